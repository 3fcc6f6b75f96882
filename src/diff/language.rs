//! A file's language: by its path, else by its `#!` line.

use crate::model::{Language, RepoPath};

/// Bytes of a first line that are looked at.
const FIRST_LINE: usize = 200;

pub(super) fn of(path: &RepoPath, text: Option<&[u8]>) -> Language {
    match Language::of_path(path) {
        Language::Other => text.and_then(by_first_line).unwrap_or(Language::Other),
        known => known,
    }
}

fn by_first_line(text: &[u8]) -> Option<Language> {
    let line = text.strip_prefix(b"#!")?;
    let line = &line[..line.len().min(FIRST_LINE)];
    let line = String::from_utf8_lossy(line.split(|b| *b == b'\n').next()?).into_owned();
    let program = |word: &str| {
        word.rsplit('/')
            .next()
            .unwrap_or(word)
            .trim_end_matches(|c: char| c.is_ascii_digit() || c == '.')
            .to_owned()
    };
    let name = line
        .split_whitespace()
        .map(program)
        .find(|w| w != "env" && !w.starts_with('-'))?;
    match name.as_str() {
        "sh" | "bash" | "zsh" | "ksh" | "dash" => Some(Language::Shell),
        "python" | "pypy" => Some(Language::Python),
        "ruby" => Some(Language::Ruby),
        "php" => Some(Language::Php),
        "node" | "nodejs" | "bun" => Some(Language::JavaScript),
        "deno" | "ts-node" | "tsx" => Some(Language::TypeScript),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_decides_before_the_first_line() {
        let of = |path: &str, text: &str| super::of(&RepoPath::from(path), Some(text.as_bytes()));
        assert_eq!(of("run", "#!/usr/bin/env python3.12\n"), Language::Python);
        assert_eq!(of("run", "#!/usr/bin/env -S bash -e\n"), Language::Shell);
        assert_eq!(of("run", "#! /bin/sh\n"), Language::Shell);
        assert_eq!(of("run.rb", "#!/bin/sh\n"), Language::Ruby);
        assert_eq!(of("run", "#!"), Language::Other);
        assert_eq!(of("run", "text"), Language::Other);
    }
}
