//! Test files near the touched ones.
//!
//! Not a list of the whole tree: that costs 40 ms in a repository of 57,000 files.
//! Looked into are the folders of touched files, test folders beside and above them,
//! the folders that mirror them under a test root, and the test roots themselves.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::time::Duration;

use super::Touched;
use crate::git::{GitCommand, Repo};
use crate::model::{ObjectId, RepoPath};

/// Folders looked into.
const MAX_FOLDERS: usize = 400;
/// Files passed on.
const MAX_FILES: usize = 1000;
/// Names of test folders, beside a source or at the top.
const TEST_FOLDERS: [&str; 5] = ["test", "tests", "__tests__", "spec", "specs"];
/// Source roots that a test root mirrors.
const SOURCE_ROOTS: [&str; 4] = ["src", "lib", "app", "pkg"];

/// A prepared call that can go to another thread.
pub(super) struct Listing {
    command: GitCommand,
}

impl Listing {
    pub(super) fn new(repo: &Repo, commit: &ObjectId, deadline: Duration) -> Self {
        let command =
            GitCommand::new(repo).args(["ls-tree", "-z", "--name-only", commit.as_str(), "--"]);
        Self {
            command: command.deadline(deadline),
        }
    }

    /// Test files in the folders worth a look, ascending.
    pub(super) fn read(self, touched: &Touched) -> (Vec<RepoPath>, Vec<String>) {
        let mut files = BTreeSet::new();
        let folders = folders(touched);
        if folders.is_empty() {
            return (Vec::new(), Vec::new());
        }
        let listed = self.command.args(folders).records(0, |path| {
            if is_test(path) {
                files.insert(RepoPath::new(path));
            }
            if files.len() < MAX_FILES {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        let note = listed
            .err()
            .map(|why| format!("test files not listed: {why}"));
        (files.into_iter().collect(), note.into_iter().collect())
    }
}

/// Folders to list, each with its slash. Paths that are not UTF-8 are left out.
fn folders(touched: &Touched) -> BTreeSet<String> {
    let mut folders = BTreeSet::new();
    for path in &touched.reviewed {
        let Ok(path) = std::str::from_utf8(path.as_bytes()) else {
            continue;
        };
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        if folders.len() >= MAX_FOLDERS
            || !folder.is_empty() && folders.contains(&format!("{folder}/"))
        {
            continue;
        }
        folders.extend((!folder.is_empty()).then(|| format!("{folder}/")));
        let parent = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
        for test in TEST_FOLDERS {
            folders.extend(["", parent, folder].map(|place| join(&[place, test])));
            folders.extend(mirrored(folder, test));
        }
    }
    folders
}

/// `src/a` under `tests` as `tests/a` and `tests/src/a`; `x/src/main/a` as `x/src/test/a`.
fn mirrored(folder: &str, test: &str) -> Vec<String> {
    let parts: Vec<&str> = folder.split('/').filter(|p| !p.is_empty()).collect();
    let mut found = vec![join(&[test, folder])];
    if let Some(at) = parts.iter().position(|p| SOURCE_ROOTS.contains(p)) {
        let (before, after) = (parts[..at].join("/"), &parts[at + 1..]);
        found.push(join(&[&before, test, &after.join("/")]));
        // one more level: `src/package/a` is often mirrored as `tests/a`
        found.push(join(&[
            &before,
            test,
            &after.get(1..).unwrap_or_default().join("/"),
        ]));
    } else {
        found.push(join(&[test, &parts.get(1..).unwrap_or_default().join("/")]));
    }
    if let Some(at) = parts.iter().position(|p| *p == "main") {
        found.push(join(&[
            &parts[..at].join("/"),
            test,
            &parts[at + 1..].join("/"),
        ]));
    }
    found
}

fn join(parts: &[&str]) -> String {
    let parts: Vec<&str> = parts.iter().copied().filter(|p| !p.is_empty()).collect();
    format!("{}/", parts.join("/"))
}

/// By the conventions of common test runners. Works on bytes without copies.
pub(super) fn is_test(path: &[u8]) -> bool {
    let (folder, name) = match path.iter().rposition(|b| *b == b'/') {
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (&path[..0], path),
    };
    const FOLDERS: [&[u8]; 6] = [
        b"test",
        b"tests",
        b"__tests__",
        b"spec",
        b"specs",
        b"testing",
    ];
    const NO_CODE: [&[u8]; 6] = [b"md", b"txt", b"json", b"snap", b"yml", b"yaml"];
    let base = name.split(|b| *b == b'.').next().unwrap_or(name);
    let code = name.len() > base.len()
        && !NO_CODE
            .iter()
            .any(|e| name.ends_with(e) && name[..name.len() - e.len()].ends_with(b"."));
    let ends = |ends: &[&[u8]]| ends.iter().any(|e| base.ends_with(e));
    let starts = base
        .get(..5)
        .is_some_and(|start| start.eq_ignore_ascii_case(b"test_"));
    let named = starts
        || ends(&[
            b"_test", b"_tests", b"_spec", b"-test", b"Test", b"Tests", b"Spec",
        ]);
    let dotted = contains(name, b".test.") || contains(name, b".spec.");
    code && (named
        || dotted
        || folder
            .split(|b| *b == b'/')
            .any(|part| FOLDERS.contains(&part)))
}

/// Whether the name holds the lower-case words, in any case.
fn contains(name: &[u8], words: &[u8]) -> bool {
    name.windows(words.len().max(1))
        .any(|w| w.eq_ignore_ascii_case(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_folders_near_a_source_are_looked_into() {
        let looked = |path: &str| {
            folders(&Touched {
                reviewed: vec![path.into()],
                all: BTreeSet::new(),
            })
        };
        let near = [
            ("src/a/b.rs", "src/a/"),
            ("src/a/b.rs", "src/a/tests/"),
            ("src/a/b.rs", "tests/a/"),
            ("src/pkg/sub/b.py", "tests/sub/"),
            ("m/src/main/java/x/A.java", "m/src/test/java/x/"),
            ("app/models/user.rb", "spec/models/"),
            ("flask/json/tag.py", "tests/json/"),
            ("b.py", "tests/"),
        ];
        for (path, folder) in near {
            assert!(looked(path).contains(folder), "{path}: {:?}", looked(path));
        }
        assert!(!looked("b.py").contains("/"));
    }

    #[test]
    fn tests_are_known_by_folder_or_name() {
        let yes = [
            "tests/a.rs",
            "a/__tests__/b.js",
            "pkg/x_test.go",
            "test_x.py",
            "src/FooTest.java",
            "x.spec.ts",
        ];
        let no = [
            "src/latest.rs",
            "contest.py",
            "tests/data.json",
            "src/testimony.rs",
            "docs/test.md",
        ];
        assert!(yes.iter().all(|p| is_test(p.as_bytes())));
        assert!(!no.iter().any(|p| is_test(p.as_bytes())));
    }
}
