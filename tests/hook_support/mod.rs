//! A sealed place for hooks: its own home, git configuration and a fake
//! `git-agents` that writes down how it was called.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use git_agents::testing::Repo;
use git_agents::testing::install::{self, InstallOptions, InstallReport, UninstallReport};

/// Set in the process that runs a test's body.
const SEALED: &str = "GIT_AGENTS_TEST_SEALED";

/// Writes down its arguments, and its standard input where git gives one.
const FAKE: &str = r#"#!/bin/sh
case $2 in
pre-push | post-rewrite) given=$(tr '\n' ';') ;;
*) given= ;;
esac
printf '%s|%s\n' "$*" "$given" >>"$FAKE_LOG"
[ "$GIT_AGENTS_STDERR" = 1 ] || echo 'not told where to speak' >&2
[ -z "$FAKE_SAY" ] || echo "$FAKE_SAY"
echo noise >&2
exit "${FAKE_EXIT:-0}"
"#;

/// A home, a fake program and room for repositories.
pub(crate) struct Sandbox {
    root: PathBuf,
}

/// In the process that `cargo test` started: runs this same test again in a
/// sealed environment and returns nothing. There: the sandbox.
pub(crate) fn sealed() -> Option<Sandbox> {
    sealed_with(Vec::new)
}

/// As [`sealed`], with more directories to find programs in.
pub(crate) fn sealed_with(programs: impl FnOnce() -> Vec<PathBuf>) -> Option<Sandbox> {
    if let Some(root) = std::env::var_os(SEALED) {
        return Some(Sandbox {
            root: PathBuf::from(root),
        });
    }
    let name = std::thread::current().name().unwrap().to_owned();
    let dir = tempfile::Builder::new()
        .prefix("agents-hooks-")
        .tempdir()
        .unwrap();
    let root = dir.path().canonicalize().unwrap();
    for part in ["home", "bin"] {
        fs::create_dir(root.join(part)).unwrap();
    }
    script(&root.join("bin/git-agents"), FAKE);
    let config = "[user]\n\tname = A\n\temail = a@example.org\n[init]\n\tdefaultBranch = main\n\
                [gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n";
    fs::write(root.join("home/.gitconfig"), config).unwrap();
    let mut path = std::env::var_os("PATH").unwrap_or_default();
    let git = std::env::var_os("GIT_AGENTS_TEST_GIT")
        .map(|git| Path::new(&git).parent().unwrap().to_owned());
    let mut first = programs();
    first.extend(git);
    path = std::env::join_paths(first.into_iter().chain(std::env::split_paths(&path))).unwrap();
    let mut again = Command::new(std::env::current_exe().unwrap());
    again
        .args(["--exact", &name, "--nocapture", "--test-threads=1"])
        .env_clear();
    for kept in [
        "TERM",
        "LLVM_PROFILE_FILE",
        "GIT_AGENTS_TEST_MANAGERS",
        "GIT_AGENTS_TEST_GIT",
        "CARGO_TARGET_TMPDIR",
    ] {
        if let Some(value) = std::env::var_os(kept) {
            again.env(kept, value);
        }
    }
    again
        .env("PATH", path)
        .env("HOME", root.join("home"))
        .env(SEALED, &root)
        .env("FAKE_LOG", root.join("log"));
    again.envs([
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("LC_ALL", "C"),
        ("GIT_EDITOR", "true"),
        ("GIT_MERGE_AUTOEDIT", "no"),
    ]);
    let output = again
        .current_dir(&root)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    println!("{text}");
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{name} failed in its sealed process"
    );
    None
}

impl Sandbox {
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub(crate) fn fake(&self) -> PathBuf {
        self.path("bin/git-agents")
    }

    /// A repository with one commit.
    pub(crate) fn repository(&self, name: &str) -> PathBuf {
        let top = self.path(name);
        run(&self.root, &["git", "init", "-q", name]);
        fs::write(top.join("a"), "1\n").unwrap();
        run(&top, &["git", "add", "a"]);
        run(&top, &["git", "commit", "-qm", "one"]);
        top
    }

    pub(crate) fn options(&self, version: (u32, u32, u32)) -> InstallOptions {
        InstallOptions {
            global: false,
            notes: false,
            binary: self.fake(),
            git_version: version,
        }
    }

    /// Installs as for a git that reads no hooks from its configuration.
    pub(crate) fn install(&self, top: &Path) -> InstallReport {
        let repo = Repo::discover(top).unwrap();
        install::install(Some(&repo), &self.options((2, 47, 0))).unwrap()
    }

    pub(crate) fn uninstall(&self, top: &Path) -> UninstallReport {
        let repo = Repo::discover(top).unwrap();
        install::uninstall(Some(&repo), &self.options((2, 47, 0))).unwrap()
    }

    /// Every call since the last question: `_hook EVENT ARGS|stdin`.
    pub(crate) fn calls(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path("log")).unwrap_or_default();
        let _ = fs::remove_file(self.path("log"));
        text.lines()
            .map(|line| line.trim_start_matches("_hook ").to_owned())
            .collect()
    }

    /// The events of those calls.
    pub(crate) fn events(&self) -> Vec<String> {
        self.calls()
            .iter()
            .map(|call| call.split([' ', '|']).next().unwrap().to_owned())
            .collect()
    }
}

/// Runs a program that must succeed; returns standard output and error together.
pub(crate) fn run(directory: &Path, words: &[&str]) -> String {
    let output = attempt(directory, words);
    let text = both(&output);
    assert!(
        output.status.success(),
        "{words:?} in {}: {}\n{text}",
        directory.display(),
        output.status
    );
    text
}

/// Runs a program to its end.
pub(crate) fn attempt(directory: &Path, words: &[&str]) -> Output {
    let (program, args) = words.split_first().unwrap();
    Command::new(program)
        .args(args)
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

pub(crate) fn both(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Writes an executable file.
pub(crate) fn script(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Every path below `directory` with its mode and its bytes or link target.
/// What git itself changes in everyday work is left out.
pub(crate) fn picture(directory: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![directory.to_path_buf()];
    while let Some(next) = waiting.pop() {
        for entry in fs::read_dir(&next).unwrap().flatten() {
            let path = entry.path();
            let name = path.strip_prefix(directory).unwrap().display().to_string();
            let about = fs::symlink_metadata(&path).unwrap();
            let mode = about.permissions().mode();
            let content = if about.file_type().is_symlink() {
                format!("-> {}", fs::read_link(&path).unwrap().display())
            } else if about.is_dir() {
                waiting.push(path);
                String::new()
            } else {
                String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned()
            };
            found.insert(name, format!("{mode:o} {content}"));
        }
    }
    let volatile = [
        "objects",
        "logs",
        "index",
        "refs",
        "COMMIT_EDITMSG",
        "ORIG_HEAD",
        "packed-refs",
    ];
    found.retain(|name, _| {
        let name = name.strip_prefix(".git/").unwrap_or(name);
        !volatile
            .iter()
            .any(|v| name == *v || name.starts_with(&format!("{v}/")))
    });
    found
}

/// Compares two pictures, naming what differs.
pub(crate) fn same(
    after: &BTreeMap<String, String>,
    before: &BTreeMap<String, String>,
    when: &str,
) {
    let keys: std::collections::BTreeSet<&String> = after.keys().chain(before.keys()).collect();
    for key in keys {
        assert_eq!(after.get(key), before.get(key), "{when}: {key}");
    }
}

/// The version of the git on the search path.
pub(crate) fn git_version() -> (u32, u32, u32) {
    let text = run(Path::new("/"), &["git", "--version"]);
    let mut numbers = text
        .split_whitespace()
        .nth(2)
        .unwrap()
        .split('.')
        .map(|n| n.parse().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    (next(), next(), next())
}
