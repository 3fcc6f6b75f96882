//! A repository in a temporary directory, and ways to look at a capture.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::diff::{Capture, CaptureLimits, CaptureRequest, capture};
use crate::git::{GitError, Repo};
use crate::model::{Change, FileChange, LineKind, Reader, RepoPath, TargetSpec};

pub(super) struct Sandbox {
    pub(super) root: tempfile::TempDir,
    clock: std::cell::Cell<u64>,
}

impl Sandbox {
    pub(super) fn new() -> Self {
        Self::with(&["-b", "main"])
    }

    pub(super) fn with(init: &[&str]) -> Self {
        let sandbox = Self::empty();
        sandbox.git(&[&["init", "-q"], init].concat());
        sandbox
    }

    pub(super) fn empty() -> Self {
        Self {
            root: tempfile::tempdir().unwrap(),
            clock: std::cell::Cell::new(1_700_000_000),
        }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.root.path().canonicalize().unwrap().join(name)
    }

    pub(super) fn git(&self, args: &[&str]) -> String {
        self.git_at(&self.path(""), args)
    }

    pub(super) fn git_at(&self, place: &Path, args: &[&str]) -> String {
        let output = self.command(place).args(args).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "git {args:?}: {errors}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// git in a sealed environment; every call is a minute later.
    pub(super) fn command(&self, place: &Path) -> Command {
        self.clock.set(self.clock.get() + 60);
        let date = format!("{} +0000", self.clock.get());
        let mut command = Command::new("git");
        for (name, _) in std::env::vars_os().filter(|(n, _)| n.as_bytes().starts_with(b"GIT_")) {
            command.env_remove(name);
        }
        command
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1");
        command
            .env("GIT_AUTHOR_NAME", "A U Thor")
            .env("GIT_AUTHOR_EMAIL", "a@example.com");
        command
            .env("GIT_COMMITTER_NAME", "C O Mitter")
            .env("GIT_COMMITTER_EMAIL", "c@example.com");
        command
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date);
        command.env("GIT_ALLOW_PROTOCOL", "file").current_dir(place);
        command
    }

    pub(super) fn write(&self, name: impl AsRef<OsStr>, text: impl AsRef<[u8]>) {
        let file = self.path("").join(name.as_ref());
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }

    pub(super) fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    pub(super) fn repo(&self) -> Repo {
        Repo::discover(&self.path("")).unwrap()
    }

    /// The change as both readers see it; they must agree.
    pub(super) fn change(&self, spec: &TargetSpec) -> Change {
        self.capture(spec, &CaptureLimits::default(), &[]).change
    }

    pub(super) fn capture(
        &self,
        spec: &TargetSpec,
        limits: &CaptureLimits,
        exclude: &[String],
    ) -> Capture {
        self.capture_at(&self.path(""), spec, limits, exclude)
    }

    pub(super) fn capture_at(
        &self,
        place: &Path,
        spec: &TargetSpec,
        limits: &CaptureLimits,
        exclude: &[String],
    ) -> Capture {
        let request = CaptureRequest {
            spec,
            limits: limits.clone(),
            exclude,
        };
        let repo = Repo::discover(place).unwrap();
        let ours = capture(&repo, &request).unwrap();
        let mut theirs = capture(&repo.with_plumbing("test"), &request).unwrap();
        assert_eq!(
            theirs.change.reader,
            Reader::Plumbing {
                why: "test".to_owned()
            }
        );
        theirs.change.reader = ours.change.reader.clone();
        assert_eq!(ours, theirs, "both readers see the same change");
        ours
    }

    /// The error of both readers.
    pub(super) fn error(&self, spec: &TargetSpec) -> GitError {
        let request = CaptureRequest {
            spec,
            limits: CaptureLimits::default(),
            exclude: &[],
        };
        let theirs = capture(&self.repo().with_plumbing("test"), &request).unwrap_err();
        let ours = capture(&self.repo(), &request).unwrap_err();
        assert_eq!(ours.to_string(), theirs.to_string());
        ours
    }
}

pub(super) fn commit(revision: &str) -> TargetSpec {
    TargetSpec::Commit(revision.to_owned())
}

pub(super) fn range(from: &str, to: &str) -> TargetSpec {
    TargetSpec::Range {
        from: from.to_owned(),
        to: to.to_owned(),
        symmetric: false,
    }
}

pub(super) fn file<'c>(change: &'c Change, path: &str) -> &'c FileChange {
    change
        .file(&RepoPath::from(path))
        .unwrap_or_else(|| panic!("{path} is not in {change:#?}"))
}

/// `status path` of every file, in order.
pub(super) fn names(change: &Change) -> Vec<String> {
    let name = |f: &FileChange| {
        let from = f
            .old_path
            .as_ref()
            .map(|p| format!("{p} -> "))
            .unwrap_or_default();
        format!("{} {from}{}", f.status.as_str(), f.path)
    };
    change.files.iter().map(name).collect()
}

/// `path: reason` of every file left out, in order.
pub(super) fn skipped(change: &Change) -> Vec<String> {
    change
        .skipped
        .iter()
        .map(|s| format!("{}: {}", s.path, s.reason.describe()))
        .collect()
}

/// A file's hunks as `git diff` prints them.
pub(super) fn patch(file: &FileChange) -> String {
    let mut out = String::new();
    for hunk in file.hunks.iter().filter(|h| !h.lines.is_empty()) {
        let span = |start: u32, count: u32| {
            if count == 1 {
                start.to_string()
            } else {
                format!("{start},{count}")
            }
        };
        let (old, new) = (
            span(hunk.old_start, hunk.old_count),
            span(hunk.new_start, hunk.new_count),
        );
        let section = if hunk.section.is_empty() {
            String::new()
        } else {
            format!(" {}", hunk.section)
        };
        out += &format!("@@ -{old} +{new} @@{section}\n");
        for line in &hunk.lines {
            let marker = match line.kind {
                LineKind::Context => ' ',
                LineKind::Added => '+',
                LineKind::Removed => '-',
            };
            out += &format!("{marker}{}\n", line.to_text());
            if line.no_newline {
                out += "\\ No newline at end of file\n";
            }
        }
    }
    out
}

/// The hunks in git's own patch text.
pub(super) fn hunks_of(patch: &str) -> String {
    let from = patch.find("\n@@").map_or(patch.len(), |at| at + 1);
    patch[from..].to_owned()
}
