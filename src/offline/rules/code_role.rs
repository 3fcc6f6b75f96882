//! What kind of code a path holds.

use crate::model::RepoPath;

/// What kind of code a path holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CodeRole {
    /// What runs for its users.
    Product,
    /// Examples, migrations, scripts: runs once or is read; its speed matters little.
    OneOff,
    /// Tests: what is dangerous there is often the point.
    Tests,
}

impl CodeRole {
    pub(super) fn of(path: &RepoPath) -> Self {
        let text = path.to_text();
        let (folders, name) = text.rsplit_once('/').unwrap_or(("", &text));
        let stem = name.split_once('.').map_or(name, |(s, _)| s);
        let whole = name.rsplit_once('.').map_or(name, |(s, _)| s);
        let in_any = |names: &[&str]| folders.split('/').any(|f| names.contains(&f));
        let test_name = name.starts_with("test_")
            || matches!(stem, "conftest" | "tests")
            || TEST_ENDS.iter().any(|e| whole.ends_with(e))
            || (stem.ends_with("Test") && name.ends_with(".java"));
        if in_any(&TEST_FOLDERS) || test_name {
            Self::Tests
        } else if in_any(&ONE_OFF_FOLDERS) || folders.ends_with("management/commands") {
            Self::OneOff
        } else {
            Self::Product
        }
    }
}

const TEST_FOLDERS: [&str; 19] = [
    "test",
    "tests",
    "__tests__",
    "testdata",
    "testing",
    "spec",
    "specs",
    "fixtures",
    "e2e",
    "__mocks__",
    "mocks",
    "testutil",
    "testutils",
    "integration-tests",
    "benches",
    "benchmarks",
    "cypress",
    "testsuite",
    "unittests",
];

const TEST_ENDS: [&str; 9] = [
    "_test", "_tests", ".test", ".spec", "-test", ".e2e", ".stories", "Tests", "TestCase",
];

const ONE_OFF_FOLDERS: [&str; 12] = [
    "example",
    "examples",
    "docs",
    "doc",
    "demo",
    "demos",
    "samples",
    "migrations",
    "scripts",
    "tutorial",
    "tools",
    "hack",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_code_is_told_by_its_path() {
        for path in [
            "tests/a.py",
            "src/test/java/A.java",
            "pkg/a_test.go",
            "a/b.spec.ts",
            "test_x.py",
            "x/GsonTest.java",
        ] {
            assert_eq!(CodeRole::of(&path.into()), CodeRole::Tests, "{path}");
        }
        for path in [
            "src/latest/a.py",
            "contest.py",
            "src/attest.rs",
            "src/BenchmarkTest00001.java",
            "testcode/a.py",
        ] {
            assert_ne!(CodeRole::of(&path.into()), CodeRole::Tests, "{path}");
        }
    }
}
