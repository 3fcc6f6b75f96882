//! Which files of a large tree are near the change, by path alone. Pure.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::mentions::{mentioned, stem};
use crate::model::{Change, Language, RepoPath};

/// Why a file is near; the first is the nearest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Near {
    /// It is changed itself.
    Changed,
    /// The changed text mentions its name.
    Named,
    /// In the directory of a changed file, or its test.
    Sibling,
    /// Its text may mention the change: to be looked into.
    SameLanguage,
    /// Nothing is known of it.
    Far,
}

/// How near a path is to the change: the reason, then by the directories that it shares.
pub(super) type Rank = (Near, Reverse<usize>);

/// What the change says of paths.
pub(super) struct Surroundings {
    changed: BTreeSet<Vec<u8>>,
    directories: BTreeSet<Vec<u8>>,
    words: BTreeSet<Vec<u8>>,
    stems: Vec<Vec<u8>>,
    extensions: BTreeSet<String>,
    languages: BTreeSet<Language>,
}

impl Surroundings {
    pub(super) fn of(change: &Change) -> Self {
        let paths = || {
            change
                .files
                .iter()
                .flat_map(|f| [Some(&f.path), f.old_path.as_ref()])
                .flatten()
        };
        let code = |language: &Language| {
            !matches!(
                language,
                Language::Prose | Language::Config | Language::Other
            )
        };
        Self {
            changed: paths().map(|path| path.as_bytes().to_vec()).collect(),
            directories: paths()
                .map(|path| directory(path.as_bytes()).to_vec())
                .collect(),
            words: mentioned(change),
            stems: paths()
                .map(|path| stem(path.as_bytes()).to_vec())
                .filter(|stem| stem.len() >= 3)
                .collect(),
            extensions: paths().filter_map(RepoPath::extension).collect(),
            languages: change
                .files
                .iter()
                .map(|file| file.language)
                .filter(code)
                .collect(),
        }
    }

    pub(super) fn rank(&self, path: &RepoPath) -> Rank {
        (self.near(path), Reverse(self.shared(path.as_bytes())))
    }

    fn near(&self, path: &RepoPath) -> Near {
        let bytes = path.as_bytes();
        let alike = path
            .extension()
            .is_some_and(|extension| self.extensions.contains(&extension))
            || self.languages.contains(&Language::of_path(path));
        let name = stem(bytes);
        if self.changed.contains(bytes) {
            Near::Changed
        } else if self.words.contains(path.file_name()) || (alike && self.words.contains(name)) {
            Near::Named
        } else if self.directories.contains(directory(bytes)) || self.is_test_of_changed(path) {
            Near::Sibling
        } else if alike {
            Near::SameLanguage
        } else {
            Near::Far
        }
    }

    fn is_test_of_changed(&self, path: &RepoPath) -> bool {
        let name = stem(path.as_bytes());
        let of = |end: &[u8]| self.stems.iter().any(|stem| stem == end);
        let before = ["test_", "spec_"]
            .iter()
            .filter_map(|start| name.strip_prefix(start.as_bytes()));
        let after = ["_test", "_spec", "_tests", "Test", "Tests", "Spec"];
        let after = after
            .iter()
            .filter_map(|end| name.strip_suffix(end.as_bytes()));
        let dotted = [".test.", ".spec."].iter().any(|part| {
            path.file_name()
                .windows(part.len())
                .any(|window| window == part.as_bytes())
                && of(name)
        });
        dotted || before.chain(after).any(of)
    }

    /// Bytes of the longest directory that it shares with a changed file.
    fn shared(&self, path: &[u8]) -> usize {
        let own = directory(path);
        let common = |other: &Vec<u8>| {
            let same = own.iter().zip(other).take_while(|(a, b)| a == b).count();
            own[..same]
                .iter()
                .rposition(|b| *b == b'/')
                .map_or(usize::from(same > 0), |at| at + 1)
        };
        self.directories.iter().map(common).max().unwrap_or(0)
    }
}

/// With its slash at the end; empty at the top.
fn directory(path: &[u8]) -> &[u8] {
    path.iter()
        .rposition(|b| *b == b'/')
        .map_or(&[], |at| &path[..=at])
}
