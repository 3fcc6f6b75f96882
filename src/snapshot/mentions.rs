//! What a change says of other files: words that may be their names, and what it declares.

use std::collections::BTreeSet;

use crate::model::{Change, FileChange, RepoPath};

/// Most words of the changed texts that are looked at.
const WORDS: usize = 200_000;
/// Most names that are looked for in other files.
const NEEDLES: usize = 64;
/// Shortest name that is looked for: shorter ones stand everywhere.
const SHORTEST: usize = 4;

/// File names without extension that say nothing; their directory's name does.
const PLAIN: [&str; 9] = [
    "mod", "index", "main", "lib", "init", "__init__", "package", "setup", "doc",
];

/// Words after which a name is declared.
const DECLARE: [&str; 18] = [
    "fn",
    "def",
    "class",
    "func",
    "function",
    "struct",
    "enum",
    "trait",
    "interface",
    "type",
    "const",
    "static",
    "mod",
    "module",
    "let",
    "var",
    "val",
    "record",
];

/// The name by which other files speak of this one.
pub(super) fn stem(path: &[u8]) -> &[u8] {
    let mut parts = path.rsplit(|b| *b == b'/');
    let name = parts.next().unwrap_or(path);
    let stem = name
        .split(|b| *b == b'.')
        .find(|part| !part.is_empty())
        .unwrap_or(name);
    let plain = PLAIN.iter().any(|plain| plain.as_bytes() == stem);
    if plain {
        parts.next().unwrap_or(stem)
    } else {
        stem
    }
}

/// All words of the changed files' new texts: identifiers, and file names with their extension.
pub(super) fn mentioned(change: &Change) -> BTreeSet<Vec<u8>> {
    let mut words = BTreeSet::new();
    for text in change
        .files
        .iter()
        .filter_map(|file| file.new_text.as_deref())
    {
        let is_name =
            |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.') || b >= 0x80;
        for name in text
            .split(|b| !is_name(*b))
            .filter(|name| name.len() >= 2 && name.len() <= 200)
        {
            if words.len() >= WORDS {
                return words;
            }
            words.extend(
                name.split(|b| *b == b'.')
                    .filter(|part| part.len() >= 2)
                    .map(<[u8]>::to_vec),
            );
            words.insert(name.trim_ascii().to_vec());
        }
    }
    words
}

/// What to look for in other files: the changed files' stems, and names that their changed lines declare.
pub(super) fn needles(change: &Change) -> Vec<Vec<u8>> {
    let mut found: Vec<Vec<u8>> = Vec::new();
    let mut add = |name: &[u8]| {
        if name.len() >= SHORTEST
            && found.len() < NEEDLES
            && !found.iter().any(|known| known == name)
        {
            found.push(name.to_vec());
        }
    };
    let stems = change
        .files
        .iter()
        .flat_map(|file| [Some(&file.path), file.old_path.as_ref()])
        .flatten();
    stems.for_each(|path: &RepoPath| add(stem(path.as_bytes())));
    change
        .files
        .iter()
        .flat_map(declared)
        .for_each(|name| add(&name));
    found
}

fn declared(file: &FileChange) -> Vec<Vec<u8>> {
    let sections = file.hunks.iter().map(|hunk| hunk.section.as_bytes());
    let lines = file
        .hunks
        .iter()
        .flat_map(|hunk| hunk.lines.iter().map(|line| line.text.as_slice()));
    sections.chain(lines).flat_map(declared_in).collect()
}

fn declared_in(line: &[u8]) -> Vec<Vec<u8>> {
    let words: Vec<&[u8]> = line
        .split(|b| !(b.is_ascii_alphanumeric() || *b == b'_'))
        .filter(|word| !word.is_empty())
        .collect();
    let declares = |word: &[u8]| DECLARE.iter().any(|known| known.as_bytes() == word);
    words
        .windows(2)
        .filter(|pair| declares(pair[0]) && !declares(pair[1]))
        .map(|pair| pair[1].to_vec())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_name_stands_for_its_directory() {
        for (path, expected) in [
            ("src/pricing.rs", "pricing"),
            ("src/pricing/mod.rs", "pricing"),
            ("web/cart/index.ts", "cart"),
            ("x/test_db.py", "test_db"),
            ("main.rs", "main"),
            (".eslintrc.js", "eslintrc"),
        ] {
            assert_eq!(stem(path.as_bytes()), expected.as_bytes(), "{path}");
        }
    }

    #[test]
    fn names_that_a_line_declares_are_found() {
        let names = |line: &str| -> Vec<String> {
            declared_in(line.as_bytes())
                .into_iter()
                .map(|name| String::from_utf8_lossy(&name).into_owned())
                .collect()
        };
        assert_eq!(names("pub(crate) fn price_of(sku: &str) {"), ["price_of"]);
        assert_eq!(names("export const function total() {"), ["total"]);
        assert_eq!(names("x = y + 1"), [""; 0]);
    }
}
