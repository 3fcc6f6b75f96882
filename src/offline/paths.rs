//! What a path says about a file.

use crate::model::{Language, RepoPath};

/// Tests and their data, examples, documentation: what stands there is often made up.
pub(super) fn is_sample(path: &RepoPath) -> bool {
    if path.place_without_file().is_some() {
        return false;
    }
    let parts = [
        "test",
        "tests",
        "testing",
        "testdata",
        "test-data",
        "__tests__",
        "spec",
        "specs",
        "fixture",
        "fixtures",
        "__fixtures__",
        "example",
        "examples",
        "sample",
        "samples",
        "demo",
        "doc",
        "docs",
        "mock",
        "mocks",
        "e2e",
    ];
    let lower = path.to_text().to_ascii_lowercase();
    let mut folders = lower.split('/').rev();
    let name = folders.next().unwrap_or("");
    folders.any(|folder| parts.contains(&folder))
        || is_test_name(name)
        || name.contains(".example")
        || name.contains(".sample")
}

/// Whether a path is one of a test.
pub(super) fn is_test(path: &RepoPath) -> bool {
    let lower = path.to_text().to_ascii_lowercase();
    let mut folders = lower.split('/').rev();
    let name = folders.next().unwrap_or("");
    let test_folders = [
        "test",
        "tests",
        "__tests__",
        "spec",
        "specs",
        "e2e",
        "testing",
    ];
    is_test_name(name) || folders.any(|folder| test_folders.contains(&folder))
}

fn is_test_name(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name);
    name.contains(".test.")
        || name.contains(".spec.")
        || stem.starts_with("test_")
        || stem.ends_with("_test")
        || stem.ends_with("_spec")
        || stem.ends_with("_tests")
        || matches!(stem, "test" | "tests" | "conftest")
}

/// The part of a file name that a file and its test share, in lower case.
pub(super) fn stem(path: &RepoPath) -> String {
    let name = String::from_utf8_lossy(path.file_name()).into_owned();
    let stem = name.split('.').next().unwrap_or(&name);
    let mut bare = stem.strip_prefix("test_").unwrap_or(stem);
    for tail in ["_test", "_tests", "_spec", "Tests", "Test", "Spec", "IT"] {
        bare = bare
            .strip_suffix(tail)
            .filter(|rest| !rest.is_empty())
            .unwrap_or(bare);
    }
    bare.to_ascii_lowercase()
}

/// The folder, without the last `/`; empty at the top.
pub(super) fn folder(path: &RepoPath) -> &[u8] {
    let bytes = path.as_bytes();
    bytes
        .iter()
        .rposition(|b| *b == b'/')
        .map_or(&[], |at| &bytes[..at])
}

/// Whether a file holds a program, rather than data or words.
pub(super) fn is_code(language: Language) -> bool {
    !matches!(
        language,
        Language::Config | Language::Prose | Language::Other
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_and_its_file_share_a_stem() {
        for (test, file) in [
            ("tests/test_db.py", "app/db.py"),
            ("pkg/db_test.go", "pkg/db.go"),
            ("src/db.test.ts", "src/db.ts"),
            ("spec/db_spec.rb", "lib/db.rb"),
            ("src/test/java/DbTest.java", "src/main/java/Db.java"),
        ] {
            assert_eq!(stem(&test.into()), stem(&file.into()), "{test}");
            assert!(is_test(&test.into()), "{test}");
            assert!(!is_test(&file.into()), "{file}");
        }
    }

    #[test]
    fn samples_are_told_by_folder_or_name() {
        assert!(is_sample(&"docs/setup.md".into()));
        assert!(is_sample(&".env.example".into()));
        assert!(!is_sample(&"src/latest/contest.rs".into()));
    }
}
