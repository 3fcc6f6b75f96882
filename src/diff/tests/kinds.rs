//! Kinds of files and of changes to them.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::sandbox::{Sandbox, commit, file, hunks_of, names, patch, skipped};
use crate::diff::CaptureLimits;
use crate::model::{FileStatus, Language, RepoPath, TargetSpec};

fn numbered(from: usize, to: usize) -> String {
    (from..=to)
        .map(|i| format!("line {i} of the text\n"))
        .collect()
}

#[test]
fn renames_copies_and_modes() {
    let sandbox = Sandbox::new();
    sandbox.write("exact.rs", numbered(1, 20));
    sandbox.write("dir/edited.rs", numbered(30, 60));
    sandbox.write("other.rs", numbered(100, 140));
    sandbox.write("source.rs", numbered(200, 240));
    sandbox.write("mode.sh", "#!/bin/sh\n");
    sandbox.commit("one");
    sandbox.git(&["mv", "exact.rs", "moved.rs"]);
    std::fs::create_dir(sandbox.path("new")).unwrap();
    sandbox.git(&["mv", "dir/edited.rs", "new/edited.rs"]);
    sandbox.write(
        "new/edited.rs",
        numbered(30, 60).replace("line 40 ", "line forty "),
    );
    sandbox.git(&["mv", "other.rs", "renamed.rs"]);
    sandbox.write("renamed.rs", numbered(100, 140).replace("line 101 ", "x "));
    sandbox.write("copy.rs", numbered(200, 240));
    sandbox.write("source.rs", numbered(200, 240).replace("line 220 ", "y "));
    std::fs::set_permissions(sandbox.path("mode.sh"), PermissionsExt::from_mode(0o755)).unwrap();
    sandbox.commit("two");
    let change = sandbox.change(&commit("HEAD"));
    assert_eq!(
        names(&change),
        [
            "copied source.rs -> copy.rs",
            "mode changed mode.sh",
            "renamed exact.rs -> moved.rs",
            "renamed dir/edited.rs -> new/edited.rs",
            "renamed other.rs -> renamed.rs",
            "modified source.rs",
        ]
    );
    let mode = file(&change, "mode.sh");
    assert_eq!((mode.old_mode, mode.new_mode), (0o100_644, 0o100_755));
    let copy = file(&change, "copy.rs");
    let added = copy.added_lines();
    assert_eq!(
        (copy.old_mode, added.len()),
        (0, 41),
        "every line of a copy is new: {added:?}"
    );
    for path in ["mode.sh", "moved.rs"] {
        let hunks = &file(&change, path).hunks;
        assert!(
            hunks.len() == 1 && hunks[0].lines.is_empty(),
            "{path} has one hunk without lines"
        );
    }
    let expected = sandbox.git(&[
        "diff",
        "-M",
        "HEAD~1",
        "HEAD",
        "--",
        "dir/edited.rs",
        "new/edited.rs",
    ]);
    assert_eq!(patch(file(&change, "new/edited.rs")), hunks_of(&expected));
}

#[test]
fn links_and_submodules_are_their_pointers() {
    let sandbox = Sandbox::new();
    let sub = Sandbox::new();
    sub.write("a", "1\n");
    let first = sub.commit("one");
    sub.write("a", "2\n");
    let second = sub.commit("two");
    sandbox.write("file", "text\n");
    symlink("target/a", sandbox.path("link")).unwrap();
    sandbox.git(&[
        "submodule",
        "--quiet",
        "add",
        &sub.path("").display().to_string(),
        "sub",
    ]);
    sandbox.git_at(&sandbox.path("sub"), &["checkout", "-q", &first]);
    sandbox.commit("one");
    std::fs::remove_file(sandbox.path("link")).unwrap();
    symlink("target/b", sandbox.path("link")).unwrap();
    std::fs::remove_file(sandbox.path("file")).unwrap();
    symlink("elsewhere", sandbox.path("file")).unwrap();
    sandbox.git_at(&sandbox.path("sub"), &["checkout", "-q", &second]);

    let expected = |change: &crate::model::Change| {
        assert_eq!(
            names(change),
            ["type changed file", "modified link", "modified sub"]
        );
        let link = file(change, "link");
        assert_eq!((link.old_mode, link.new_mode), (0o120_000, 0o120_000));
        let no_newline = "\\ No newline at end of file\n";
        assert_eq!(
            patch(link),
            format!("@@ -1 +1 @@\n-target/a\n{no_newline}+target/b\n{no_newline}")
        );
        assert_eq!(
            patch(file(change, "file")),
            format!("@@ -1 +1 @@\n-text\n+elsewhere\n{no_newline}")
        );
        let pointer =
            format!("@@ -1 +1 @@\n-Subproject commit {first}\n+Subproject commit {second}\n");
        assert_eq!(patch(file(change, "sub")), pointer);
        assert_eq!(link.new_text, None);
    };
    expected(&sandbox.change(&TargetSpec::Worktree));
    sandbox.git(&["add", "-A"]);
    expected(&sandbox.change(&TargetSpec::Staged));
    sandbox.commit("two");
    expected(&sandbox.change(&commit("HEAD")));
}

#[test]
fn bytes_stay_bytes() {
    let sandbox = Sandbox::new();
    let name = OsStr::from_bytes(b"caf\xe9 \"x\"\t\n.txt");
    sandbox.write(name, b"latin \xe9\r\nkept\r\nlone \r here\r\n");
    sandbox.write("no-newline", "a\nb");
    sandbox.write("empty", "");
    sandbox.commit("one");
    sandbox.write(name, b"latin \xe8\r\nkept\r\nlone \r here\r\nlast");
    sandbox.write("no-newline", "a\nb\n");
    sandbox.write("empty", "x");
    sandbox.write("new-empty", "");
    sandbox.commit("two");
    let change = sandbox.change(&commit("HEAD"));
    let odd = change.file(&RepoPath::new(name.as_bytes())).unwrap();
    let texts: Vec<&[u8]> = odd.hunks[0]
        .lines
        .iter()
        .map(|l| l.text.as_slice())
        .collect();
    assert_eq!(
        texts,
        [
            &b"latin \xe9\r"[..],
            b"latin \xe8\r",
            b"kept\r",
            b"lone \r here\r",
            b"last"
        ]
    );
    assert!(odd.hunks[0].lines[4].no_newline);
    assert_eq!(
        patch(file(&change, "no-newline")),
        "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n"
    );
    assert_eq!(
        patch(file(&change, "empty")),
        "@@ -0,0 +1 @@\n+x\n\\ No newline at end of file\n"
    );
    let empty = file(&change, "new-empty");
    assert!(
        empty.status == FileStatus::Added
            && empty.hunks.len() == 1
            && empty.hunks[0].lines.is_empty()
    );
    assert_eq!(
        file(&change, "no-newline").new_text.as_deref(),
        Some(&b"a\nb\n"[..])
    );
    assert_eq!(
        file(&change, "no-newline").old_text.as_deref(),
        Some(&b"a\nb"[..])
    );
}

#[test]
fn what_is_left_out_is_listed_with_its_reason() {
    let sandbox = Sandbox::new();
    sandbox.write(
        ".gitattributes",
        "*.pb.go linguist-generated\n*.dat binary\nthird/** linguist-vendored\n",
    );
    sandbox.write("info", "x\n");
    sandbox.commit("one");
    sandbox.write("image", b"\x89PNG\0\0");
    sandbox.write("a.pb.go", "package a\n");
    sandbox.write("b.dat", "looks like text\n");
    sandbox.write("third/x.c", "int x;\n");
    sandbox.write("vendor/y.c", "int y;\n");
    sandbox.write(
        "gen.go",
        "// Code generated by stringer. DO NOT EDIT.\npackage g\n",
    );
    sandbox.write("page.html", "x".repeat(6_000));
    sandbox.write("app.min.js", "let a\n");
    sandbox.write("big.txt", numbered(1, 60_000));
    sandbox.write("big.png", vec![1; 1_100_000]);
    sandbox.write("Cargo.lock", "[[package]]\n");
    sandbox.write("docs/out.md", "x\n");
    sandbox.write("kept.rs", "fn kept() {}\n");
    sandbox.commit("two");
    let capture = sandbox.capture(
        &commit("HEAD"),
        &CaptureLimits::default(),
        &["docs".to_owned()],
    );
    let size = numbered(1, 60_000).len();
    assert_eq!(
        skipped(&capture.change),
        [
            "Cargo.lock: lock file: summarised",
            "a.pb.go: generated",
            "app.min.js: minified",
            "b.dat: binary",
            "big.png: binary",
            &format!("big.txt: too large ({size} bytes)"),
            "docs/out.md: left out by settings",
            "gen.go: generated",
            "image: binary",
            "page.html: minified",
            "third/x.c: vendored",
            "vendor/y.c: vendored",
        ]
    );
    assert_eq!(names(&capture.change), ["added kept.rs"]);
    assert_eq!(capture.lock_blobs.len(), 1);
    let lock = &capture.lock_blobs[0];
    assert_eq!(
        (lock.old.as_deref(), lock.new.as_deref(), lock.unread),
        (None, Some(&b"[[package]]\n"[..]), None)
    );
}

#[test]
fn a_change_cannot_hide_itself() {
    let sandbox = Sandbox::new();
    sandbox.write("evil.rs", "fn fine() {}\n");
    sandbox.commit("one");
    sandbox.write(".gitattributes", "* linguist-generated -diff\n");
    sandbox.write("evil.rs", "// @generated\nfn evil() {}\n");
    sandbox.commit("two");
    let change = sandbox.change(&commit("HEAD"));
    assert_eq!(names(&change), ["added .gitattributes", "modified evil.rs"]);
    sandbox.write("evil.rs", "fn later() {}\n");
    sandbox.commit("three");
    assert_eq!(
        skipped(&sandbox.change(&commit("HEAD"))),
        ["evil.rs: binary"]
    );
}

#[test]
fn the_budget_takes_source_first_and_cuts_nothing() {
    let sandbox = Sandbox::new();
    sandbox.commit("root");
    sandbox.write("a.md", numbered(1, 100));
    sandbox.write("src/big.rs", numbered(1, 200));
    sandbox.write("src/small.rs", numbered(1, 50));
    sandbox.write("tests/small.rs", numbered(300, 400));
    sandbox.commit("two");
    let limits = CaptureLimits {
        total_bytes: 9_000,
        ..CaptureLimits::default()
    };
    let change = sandbox.capture(&commit("HEAD"), &limits, &[]).change;
    assert_eq!(names(&change), ["added src/big.rs", "added src/small.rs"]);
    let over = "over the review's size budget";
    assert_eq!(
        skipped(&change),
        [format!("a.md: {over}"), format!("tests/small.rs: {over}")]
    );
}

#[test]
fn a_script_without_extension_has_its_language() {
    let sandbox = Sandbox::new();
    sandbox.write("tool", "#!/usr/bin/env python3\nprint(1)\n");
    sandbox.commit("one");
    assert_eq!(
        file(&sandbox.change(&commit("HEAD")), "tool").language,
        Language::Python
    );
}

#[test]
fn a_file_that_becomes_a_directory() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "file a\n");
    sandbox.write("a.b", "between\n");
    sandbox.commit("one");
    std::fs::remove_file(sandbox.path("a")).unwrap();
    sandbox.write("a/x", "another text\n");
    sandbox.commit("two");
    assert_eq!(
        names(&sandbox.change(&commit("HEAD"))),
        ["deleted a", "added a/x"]
    );
}
