//! Configuration and contents that mean harm.

use std::ops::ControlFlow;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use super::sandbox::{Sandbox, commit, file, names, range, skipped};
use crate::diff::{CaptureLimits, CaptureRequest, capture};
use crate::git::{GitCommand, GitError};
use crate::model::{SkipReason, TargetSpec};

/// A repository whose configuration names a program wherever git takes one.
fn poisoned() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write(
        ".gitattributes",
        "*.txt filter=poison diff=poison\n*.req filter=needed\n",
    );
    sandbox.write("a.txt", "1\n");
    sandbox.write("b.req", "1\n");
    sandbox.write("c", "1\n");
    sandbox.commit("one");
    sandbox.write("a.txt", "2\n");
    sandbox.commit("two");
    let marker = sandbox.path(".git/marker");
    let script = sandbox.path(".git/poison");
    std::fs::write(
        &script,
        format!("#!/bin/sh\necho \"$0 $*\" >> '{}'\ncat\n", marker.display()),
    )
    .unwrap();
    std::fs::set_permissions(&script, PermissionsExt::from_mode(0o755)).unwrap();
    std::fs::create_dir_all(sandbox.path(".git/poison-hooks")).unwrap();
    for hook in [
        "post-index-change",
        "post-checkout",
        "reference-transaction",
        "pre-commit",
    ] {
        std::fs::copy(&script, sandbox.path(".git/poison-hooks").join(hook)).unwrap();
        std::fs::copy(&script, sandbox.path(".git/hooks").join(hook)).unwrap();
    }
    let program = script.display().to_string();
    let mut config = format!(
        "[core]\nfsmonitor = {program}\nhooksPath = {}\npager = {program}\n",
        sandbox.path(".git/poison-hooks").display()
    );
    config += &format!(
        "sshCommand = {program}\nalternateRefsCommand = {program}\neditor = {program}\naskPass = {program}\n"
    );
    config += &format!(
        "[diff]\nexternal = {program}\n[diff \"poison\"]\ncommand = {program}\ntextconv = {program}\n"
    );
    for filter in ["poison", "needed"] {
        config += &format!(
            "[filter \"{filter}\"]\nclean = {program}\nsmudge = {program}\nprocess = {program}\n"
        );
    }
    config += &format!(
        "[filter \"needed\"]\nrequired = true\n[gpg]\nprogram = {program}\n[log]\nshowSignature = true\n"
    );
    config +=
        &format!("[pager]\nlog = {program}\ndiff = {program}\n[credential]\nhelper = !{program}\n");
    config += &format!("[hook \"poison\"]\nevent = post-index-change\ncommand = {program}\n");
    let mut all = std::fs::read_to_string(sandbox.path(".git/config")).unwrap();
    all += &config;
    std::fs::write(sandbox.path(".git/config"), all).unwrap();
    sandbox
}

#[test]
fn no_program_that_configuration_names_is_run() {
    let sandbox = poisoned();
    sandbox.write("a.txt", "3\n");
    sandbox.write("b.req", "2\n");
    sandbox.write("c", "1\n");
    sandbox.write("new.txt", "new\n");
    let specs = [
        TargetSpec::Auto,
        TargetSpec::Worktree,
        TargetSpec::Staged,
        commit("HEAD"),
        range("HEAD~1", "HEAD"),
    ];
    for spec in &specs {
        let change = sandbox.change(spec);
        let all = change.files.len() + change.skipped.len();
        assert!(*spec == TargetSpec::Staged || all > 0);
    }
    let repo = sandbox.repo().with_plumbing("test");
    let calls: [&[&str]; 7] = [
        &["log", "-p", "--stat"],
        &["show", "HEAD"],
        &["diff"],
        &["diff", "HEAD"],
        &["diff-tree", "-p", "HEAD"],
        &["status", "--porcelain"],
        &["for-each-ref"],
    ];
    for args in calls {
        GitCommand::new(&repo).args(args).output(1 << 20).unwrap();
    }
    let marker = std::fs::read_to_string(sandbox.path(".git/marker")).unwrap_or_default();
    assert_eq!(marker, "", "programs were run");
}

/// The poison works: without our hardening git does run it.
#[test]
fn the_poison_is_real() {
    let sandbox = poisoned();
    sandbox.write("a.txt", "3\n");
    let _ = sandbox
        .command(&sandbox.path(""))
        .args(["diff"])
        .output()
        .unwrap();
    assert!(sandbox.path(".git/marker").exists());
}

#[test]
fn huge_contents_are_not_read() {
    let sandbox = Sandbox::new();
    sandbox.write("line.json", "1\n");
    sandbox.commit("one");
    sandbox.write("line.json", vec![b'x'; 50 * 1024 * 1024]);
    sandbox.write("other.rs", "fn a() {}\n");
    let started = Instant::now();
    let work = sandbox.change(&TargetSpec::Worktree);
    assert_eq!(names(&work), ["added other.rs"]);
    assert_eq!(
        work.skipped[0].reason,
        SkipReason::TooLarge {
            bytes: 50 * 1024 * 1024
        }
    );
    sandbox.git(&["-c", "core.compression=0", "add", "-A"]);
    sandbox.commit("two");
    assert_eq!(skipped(&sandbox.change(&commit("HEAD"))), skipped(&work));
    assert!(started.elapsed() < Duration::from_secs(300));
}

#[test]
fn a_deadline_ends_the_reading_and_says_so() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "1\n");
    sandbox.commit("one");
    let limits = CaptureLimits {
        deadline: Some(Duration::ZERO),
        ..CaptureLimits::default()
    };
    let change = sandbox.capture(&commit("HEAD"), &limits, &[]).change;
    assert_eq!(skipped(&change), ["a: over the review's size budget"]);
    assert_eq!(
        change.notes,
        ["reading stopped at its deadline; the rest is over the budget"]
    );
}

#[test]
fn the_repositorys_own_git_is_not_started() {
    let sandbox = Sandbox::new();
    sandbox.commit("one");
    let repo = sandbox.repo();
    let version = GitCommand::new(&repo)
        .args(["version"])
        .output(1_000)
        .unwrap();
    assert!(version.starts_with(b"git version"));
}

#[test]
fn output_is_capped_streamed_and_timed() {
    let sandbox = Sandbox::new();
    for i in 0..300 {
        sandbox.write(format!("f{i:03}"), "x\n");
    }
    sandbox.commit("one");
    let repo = sandbox.repo();
    let list = || GitCommand::new(&repo).args(["ls-tree", "-r", "--name-only", "HEAD"]);
    assert!(matches!(
        list().output(100),
        Err(GitError::TooMuchOutput { limit: 100, .. })
    ));
    let mut seen = Vec::new();
    list()
        .lines(|line| {
            seen.push(line.to_vec());
            if seen.len() == 3 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })
        .unwrap();
    assert_eq!(seen, [b"f000", b"f001", b"f002"]);
    let mut count = 0;
    list()
        .lines(|_| {
            count += 1;
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(count, 300);
    let error = GitCommand::new(&repo)
        .args(["no-such-subcommand"])
        .output(100)
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("cannot run `git no-such-subcommand`: git: 'no-such"),
        "{error}"
    );
    // reads its standard input for ever: ours is empty, so it ends
    GitCommand::new(&repo)
        .args(["cat-file", "--batch"])
        .output(100)
        .unwrap();
    let slow = GitCommand::new(&repo)
        .args(["cat-file", "--batch-all-objects", "--batch"])
        .deadline(Duration::ZERO);
    assert!(matches!(
        slow.output(1 << 20),
        Err(GitError::TimedOut { .. })
    ));
}

#[test]
fn bounds_hold_for_a_large_change() {
    let sandbox = Sandbox::new();
    sandbox.commit("root");
    for i in 0..400 {
        let text: String = (0..500)
            .map(|l| format!("let value_{i}_{l} = {l};\n"))
            .collect();
        sandbox.write(format!("src/f{i}.rs"), text);
    }
    sandbox.commit("many");
    let spec = commit("HEAD");
    let limits = CaptureLimits {
        total_bytes: 200_000,
        ..CaptureLimits::default()
    };
    let repo = sandbox.repo();
    let change = capture(
        &repo,
        &CaptureRequest {
            spec: &spec,
            limits,
            exclude: &[],
        },
    )
    .unwrap()
    .change;
    let bytes: usize = change
        .hunks()
        .flat_map(|(_, h)| &h.lines)
        .map(|line| line.text.len() + 1)
        .sum();
    assert!(bytes <= 200_000 && bytes > 100_000, "{bytes}");
    assert_eq!(change.files.len() + change.skipped.len(), 400);
    assert!(
        change
            .skipped
            .iter()
            .all(|s| s.reason == SkipReason::OverBudget)
    );
    assert_eq!(file(&change, "src/f0.rs").hunks.len(), 1);
}
