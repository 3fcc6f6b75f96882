//! What `.gitattributes` say of the changed paths, read from the base of the
//! change: a change cannot hide a file from its own review.
//!
//! Only the attributes that matter here are looked at. The repository's own
//! untracked `info/attributes` comes last and wins, as for git.

use std::collections::{BTreeSet, HashMap};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::git::{GitError, Repo};
use crate::model::{ObjectId, RepoPath};

/// Bytes of one attributes file; larger ones are ignored, as they are not written by hand.
const FILE_BYTES: u64 = 128 * 1024;
/// Lines of one file that are used.
const LINES: usize = 500;
/// Directories in which a file is looked for.
const DIRECTORIES: usize = 5_000;

/// Attributes of one path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Attributes {
    /// `linguist-generated`.
    pub(super) generated: Option<bool>,
    /// `linguist-vendored`.
    pub(super) vendored: Option<bool>,
    /// `binary` or `-diff`.
    pub(super) no_diff: bool,
    /// Name of a content filter.
    pub(super) filter: Option<String>,
    /// How line ends are kept.
    pub(super) line_ends: LineEnds,
}

/// Whether git stores CRLF as LF.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum LineEnds {
    /// As `core.autocrlf` says.
    #[default]
    Unsaid,
    /// Never.
    Kept,
    /// Where the stored file has none.
    Auto,
    /// Always.
    Converted,
}

/// The rules of all attributes files that can hold for the change.
#[derive(Default)]
pub(super) struct Rules {
    /// Directory (with its final slash, or empty) → its file, outer directories first.
    files: Vec<RuleFile>,
}

struct RuleFile {
    directory: Vec<u8>,
    patterns: GlobSet,
    /// For each pattern, its words.
    settings: Vec<Vec<(String, State)>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Set,
    Unset,
    Unspecified,
    Value(String),
}

impl Rules {
    /// Reads the files at `base` that can hold for these paths.
    pub(super) fn read<'a>(
        repo: &Repo,
        base: Option<&ObjectId>,
        paths: impl Iterator<Item = &'a RepoPath>,
    ) -> Result<Self, GitError> {
        let directories = directories(paths);
        let mut rules = Self::default();
        if let Some(base) = base {
            let names: Vec<RepoPath> = directories
                .iter()
                .map(|d| [d.as_slice(), b".gitattributes"].concat())
                .map(RepoPath::new)
                .collect();
            let sides = repo.sides_at(base, &names)?;
            let found: Vec<_> = directories
                .iter()
                .zip(sides)
                .filter_map(|(d, s)| Some((d, s?.content)))
                .collect();
            let contents: Vec<_> = found.iter().map(|(_, c)| c.clone()).collect();
            let texts = repo.contents(&contents, FILE_BYTES)?;
            for ((directory, _), text) in found.iter().zip(texts) {
                rules.add(directory, &text.unwrap_or_default());
            }
        }
        let own = std::fs::read(repo.common_dir().join("info/attributes")).unwrap_or_default();
        rules.add(b"", &own);
        Ok(rules)
    }

    fn add(&mut self, directory: &[u8], text: &[u8]) {
        if let Some(file) = RuleFile::parse(directory, text) {
            self.files.push(file);
        }
    }

    /// What holds for one path.
    pub(super) fn of(&self, path: &RepoPath) -> Attributes {
        let mut states: HashMap<&str, &State> = HashMap::new();
        for file in &self.files {
            let Some(inside) = path.as_bytes().strip_prefix(file.directory.as_slice()) else {
                continue;
            };
            for index in file.patterns.matches(as_path(inside)) {
                states.extend(
                    file.settings[index]
                        .iter()
                        .map(|(name, state)| (name.as_str(), state)),
                );
            }
        }
        Attributes {
            generated: states.get("linguist-generated").and_then(|s| flag(s)),
            vendored: states.get("linguist-vendored").and_then(|s| flag(s)),
            no_diff: states.get("diff") == Some(&&State::Unset),
            filter: match states.get("filter") {
                Some(State::Value(name)) => Some(name.clone()),
                _ => None,
            },
            line_ends: line_ends(states.get("text").copied(), states.get("eol").copied()),
        }
    }
}

fn line_ends(text: Option<&State>, eol: Option<&State>) -> LineEnds {
    match (text, eol) {
        (Some(State::Unset), _) => LineEnds::Kept,
        (Some(State::Value(v)), _) if v == "auto" => LineEnds::Auto,
        (Some(State::Set), _) | (None, Some(State::Value(_))) => LineEnds::Converted,
        _ => LineEnds::Unsaid,
    }
}

/// `linguist-*` attributes are flags, with `=true` and `=false` also in use.
fn flag(state: &State) -> Option<bool> {
    match state {
        State::Set => Some(true),
        State::Unset => Some(false),
        State::Unspecified => None,
        State::Value(value) => Some(value != "false"),
    }
}

impl RuleFile {
    fn parse(directory: &[u8], text: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(text);
        let mut macros = HashMap::from([(
            "binary".to_owned(),
            vec![
                ("diff".to_owned(), State::Unset),
                ("text".to_owned(), State::Unset),
            ],
        )]);
        let (mut builder, mut settings) = (GlobSetBuilder::new(), Vec::new());
        for line in text
            .lines()
            .map(str::trim)
            .filter(|l| !l.is_empty() && !l.starts_with('#'))
        {
            let Some((pattern, rest)) = pattern_and_rest(line) else {
                continue;
            };
            if let Some(name) = pattern.strip_prefix("[attr]") {
                macros.insert(name.to_owned(), words(rest, &HashMap::new()));
                continue;
            }
            let words = words(rest, &macros);
            if words.is_empty() || settings.len() >= LINES {
                continue;
            }
            if let Some(glob) = glob(&pattern) {
                builder.add(glob);
                settings.push(words);
            }
        }
        if settings.is_empty() {
            return None;
        }
        Some(Self {
            directory: directory.to_vec(),
            patterns: builder.build().ok()?,
            settings,
        })
    }
}

/// The pattern, quoted or not, and the words after it.
fn pattern_and_rest(line: &str) -> Option<(String, &str)> {
    let Some(quoted) = line.strip_prefix('"') else {
        let (pattern, rest) = line.split_once([' ', '\t'])?;
        return Some((pattern.to_owned(), rest));
    };
    let mut pattern = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((pattern, &quoted[at + 1..])),
            '\\' => pattern.push(chars.next()?.1),
            other => pattern.push(other),
        }
    }
    None
}

/// The words that matter, macros expanded.
fn words(text: &str, macros: &HashMap<String, Vec<(String, State)>>) -> Vec<(String, State)> {
    let mut found = Vec::new();
    for word in text.split_whitespace() {
        let (name, state) = if let Some(name) = word.strip_prefix('-') {
            (name, State::Unset)
        } else if let Some(name) = word.strip_prefix('!') {
            (name, State::Unspecified)
        } else if let Some((name, value)) = word.split_once('=') {
            (name, State::Value(value.to_owned()))
        } else {
            (word, State::Set)
        };
        if let (Some(words), State::Set) = (macros.get(name), &state) {
            found.extend(words.iter().cloned());
        } else if matches!(
            name,
            "linguist-generated" | "linguist-vendored" | "diff" | "filter" | "text" | "eol"
        ) {
            found.push((name.to_owned(), state));
        }
    }
    found
}

/// git's pattern: without a slash it holds for the name at any depth, with one from this directory.
fn glob(pattern: &str) -> Option<globset::Glob> {
    let anchored = pattern.contains('/');
    let pattern = pattern.strip_prefix('/').unwrap_or(pattern);
    // braces mean nothing to git
    let pattern = pattern.replace('{', "[{]").replace('}', "[}]");
    let pattern = if anchored {
        pattern
    } else {
        format!("**/{pattern}")
    };
    GlobBuilder::new(&pattern)
        .literal_separator(true)
        .backslash_escape(true)
        .build()
        .ok()
}

/// Every directory above the paths, the outer ones first; each with its final slash.
fn directories<'a>(paths: impl Iterator<Item = &'a RepoPath>) -> Vec<Vec<u8>> {
    let mut found: BTreeSet<Vec<u8>> = BTreeSet::from([Vec::new()]);
    for path in paths {
        let bytes = path.as_bytes();
        for at in (0..bytes.len()).rev().filter(|at| bytes[*at] == b'/') {
            if found.len() >= DIRECTORIES || !found.insert(bytes[..=at].to_vec()) {
                break;
            }
        }
    }
    found.into_iter().collect()
}

pub(super) fn as_path(bytes: &[u8]) -> &std::path::Path {
    use std::os::unix::ffi::OsStrExt;
    std::path::Path::new(std::ffi::OsStr::from_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(files: &[(&str, &str)]) -> Rules {
        let mut rules = Rules::default();
        for (directory, text) in files {
            rules.add(directory.as_bytes(), text.as_bytes());
        }
        rules
    }

    #[test]
    fn later_and_deeper_lines_win() {
        let rules = rules(&[
            (
                "",
                "*.pb.go linguist-generated\ndocs/** linguist-vendored=true\n/top.c -diff\n",
            ),
            (
                "api/",
                "keep.pb.go -linguist-generated\nold.pb.go !linguist-generated\n",
            ),
        ]);
        let generated = |path: &str| rules.of(&RepoPath::from(path)).generated;
        assert_eq!(generated("a/b.pb.go"), Some(true));
        assert_eq!(generated("api/x/keep.pb.go"), Some(false));
        assert_eq!(generated("api/old.pb.go"), None);
        assert_eq!(
            rules.of(&RepoPath::from("docs/a/b.md")).vendored,
            Some(true)
        );
        assert!(rules.of(&RepoPath::from("top.c")).no_diff);
        assert!(!rules.of(&RepoPath::from("sub/top.c")).no_diff);
    }

    #[test]
    fn macros_quotes_and_line_ends() {
        let rules = rules(&[(
            "",
            "[attr]made -diff linguist-generated\n\"a b.txt\" made\n*.png binary\n*.psd filter=lfs diff=lfs -text\n* text=auto\n*.{c} eol=lf\n",
        )]);
        let of = |path: &str| rules.of(&RepoPath::from(path));
        assert!(of("a b.txt").no_diff && of("x/a b.txt").generated == Some(true));
        assert!(of("p.png").no_diff);
        assert_eq!(of("p.psd").filter.as_deref(), Some("lfs"));
        assert!(!of("p.psd").no_diff);
        assert_eq!(of("a.rs").line_ends, LineEnds::Auto);
        assert_eq!(of("a.c").line_ends, LineEnds::Auto);
    }

    #[test]
    fn hostile_files_do_not_stop_the_reading() {
        let many = "*a*b*c*d*e*f linguist-generated\n".repeat(2_000);
        let rules = rules(&[
            ("", &many),
            ("", "[ -diff\n\"open -diff\n\\ -diff\n***/** -diff\n"),
        ]);
        assert_eq!(rules.of(&RepoPath::from("abcdef")).generated, Some(true));
    }
}
