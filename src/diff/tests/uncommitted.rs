//! Targets that are no commit yet.

use super::sandbox::{Sandbox, commit, file, names, patch, skipped};
use crate::diff::CaptureLimits;
use crate::diff::resolve;
use crate::git::GitError;
use crate::model::{TargetKind, TargetSpec};

#[test]
fn uncommitted_work_is_staged_unstaged_and_untracked() {
    let sandbox = Sandbox::new();
    for name in ["staged", "both", "unstaged", "gone", "kept", "uncached"] {
        sandbox.write(name, format!("{name}\nsecond line\n"));
    }
    sandbox.write(".gitignore", "ignored\n");
    sandbox.commit("one");
    sandbox.write("staged", "staged 2\nsecond line\n");
    sandbox.write("both", "both 2\nsecond line\n");
    sandbox.write("new", "new\n");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["rm", "-q", "--cached", "uncached"]);
    sandbox.write("both", "both 3\nsecond line\n");
    sandbox.write("unstaged", "unstaged 2\nsecond line\n");
    sandbox.write("sub/untracked", "untracked\n");
    sandbox.write("ignored", "ignored\n");
    sandbox.write("binary", b"\0\x01");
    std::fs::remove_file(sandbox.path("gone")).unwrap();
    let work = sandbox.change(&TargetSpec::Worktree);
    assert_eq!(work.target.kind, TargetKind::Worktree);
    assert_eq!(
        (
            work.target.subject.as_str(),
            work.has_base,
            work.commit_count
        ),
        ("uncommitted work", true, 0)
    );
    let all = [
        "modified both",
        "deleted gone",
        "added new",
        "modified staged",
        "added sub/untracked",
        "modified unstaged",
    ];
    assert_eq!(names(&work), all);
    assert_eq!(skipped(&work), ["binary: binary"]);
    assert_eq!(
        patch(file(&work, "both")),
        "@@ -1,2 +1,2 @@\n-both\n+both 3\n second line\n"
    );
    assert_eq!(sandbox.change(&TargetSpec::Auto), work);
    let staged = sandbox.change(&TargetSpec::Staged);
    assert_eq!(staged.target.kind, TargetKind::Staged);
    assert_eq!(
        names(&staged),
        [
            "modified both",
            "added new",
            "modified staged",
            "deleted uncached"
        ]
    );
    assert_eq!(
        patch(file(&staged, "both")),
        "@@ -1,2 +1,2 @@\n-both\n+both 2\n second line\n"
    );
}

#[test]
fn without_uncommitted_work_auto_is_the_last_commit() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "a\n");
    sandbox.commit("one");
    sandbox.write("binary", b"\0");
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(5);
    std::fs::File::options()
        .append(true)
        .open(sandbox.path("a"))
        .unwrap()
        .set_modified(later)
        .unwrap();
    for repo in [sandbox.repo(), sandbox.repo().with_plumbing("test")] {
        assert_eq!(
            resolve(&repo, &TargetSpec::Auto).unwrap().0.kind,
            TargetKind::Commit
        );
        assert!(
            crate::diff::resolve(&repo, &TargetSpec::Worktree)
                .unwrap()
                .0
                .head
                .is_none()
        );
    }
    assert!(sandbox.change(&TargetSpec::Worktree).files.is_empty());
    sandbox.write("text", "t\n");
    let change = sandbox.change(&TargetSpec::Auto);
    assert_eq!(names(&change), ["added a"]);
    assert_eq!(
        change.notes,
        [
            "the commit HEAD was looked at; not looked at: 2 untracked files (binary, text); \
             `git agents run --worktree` reviews uncommitted work"
        ]
    );
}

#[test]
fn before_the_first_commit_everything_is_new() {
    let sandbox = Sandbox::new();
    sandbox.write("staged", "s\n");
    sandbox.git(&["add", "staged"]);
    sandbox.write("untracked", "u\n");
    let change = sandbox.change(&TargetSpec::Auto);
    assert_eq!(names(&change), ["added staged", "added untracked"]);
    assert!(!change.has_base && change.target.branch.as_deref() == Some("main"));
    assert_eq!(
        names(&sandbox.change(&TargetSpec::Staged)),
        ["added staged"]
    );
}

#[test]
fn a_conflict_is_told_and_its_markers_shown() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "1\n");
    sandbox.commit("root");
    sandbox.git(&["switch", "-qc", "topic"]);
    sandbox.write("a", "theirs\n");
    sandbox.commit("topic");
    sandbox.git(&["switch", "-q", "main"]);
    sandbox.write("a", "ours\n");
    sandbox.commit("main");
    assert!(
        !sandbox
            .command(&sandbox.path(""))
            .args(["merge", "-q", "topic"])
            .output()
            .unwrap()
            .status
            .success()
    );
    let work = sandbox.change(&TargetSpec::Worktree);
    assert!(patch(file(&work, "a")).contains("+<<<<<<< HEAD\n ours\n+=======\n+theirs\n"));
    assert_eq!(work.notes, ["unresolved conflicts in: a"]);
    let staged = sandbox.change(&TargetSpec::Staged);
    assert_eq!(
        skipped(&staged),
        ["a: unreadable: in conflict, so nothing is staged"]
    );
}

#[test]
fn linked_work_trees_and_subdirectories() {
    let sandbox = Sandbox::new();
    sandbox.write("dir/a", "1\n");
    sandbox.commit("one");
    sandbox.git(&["worktree", "add", "-q", "-b", "side", "linked"]);
    std::fs::write(sandbox.path("linked/dir/a"), "2\n").unwrap();
    let limits = CaptureLimits::default();
    let change = sandbox
        .capture_at(&sandbox.path("linked/dir"), &TargetSpec::Auto, &limits, &[])
        .change;
    assert_eq!(names(&change), ["modified dir/a"]);
    assert_eq!(change.target.branch.as_deref(), Some("side"));
    let repo = crate::git::Repo::discover(&sandbox.path("linked/dir")).unwrap();
    assert_eq!(repo.git_dir(), sandbox.path(".git/worktrees/linked"));
    assert_eq!(repo.common_dir(), sandbox.path(".git"));
    assert_eq!(repo.work_tree(), Some(sandbox.path("linked").as_path()));
    let again = crate::git::Repo::open(repo.git_dir(), repo.work_tree()).unwrap();
    assert_eq!(
        (again.work_tree(), again.branch()),
        (repo.work_tree(), Some("side".to_owned()))
    );
}

#[test]
fn line_ends_that_git_converts_are_no_change() {
    let sandbox = Sandbox::new();
    sandbox.write(".gitattributes", "*.txt text\n");
    sandbox.write("a.txt", "1\n2\n3\n");
    sandbox.write("b.bin", "1\n");
    sandbox.commit("one");
    sandbox.write("a.txt", "1\r\ntwo\r\n3\r\n");
    sandbox.write("b.bin", "1\r\n");
    let change = sandbox.change(&TargetSpec::Worktree);
    assert_eq!(
        patch(file(&change, "a.txt")),
        "@@ -1,3 +1,3 @@\n 1\n-2\n+two\n 3\n"
    );
    assert_eq!(patch(file(&change, "b.bin")), "@@ -1 +1 @@\n-1\n+1\r\n");
}

#[test]
fn too_many_untracked_files_are_counted() {
    let sandbox = Sandbox::new();
    sandbox.commit("root");
    for i in 0..2_010 {
        sandbox.write(format!("d/{i:05}"), "x\n");
    }
    let change = sandbox.change(&TargetSpec::Worktree);
    assert_eq!(change.files.len(), 2_000);
    assert_eq!(
        change.notes,
        ["10 untracked files left out after the first 2000"]
    );
}

#[test]
fn a_moved_file_that_was_not_added_yet() {
    let sandbox = Sandbox::new();
    let text: String = (0..30).map(|i| format!("line {i}\n")).collect();
    sandbox.write("a.rs", &text);
    sandbox.commit("one");
    std::fs::rename(sandbox.path("a.rs"), sandbox.path("b.rs")).unwrap();
    let change = sandbox.change(&TargetSpec::Worktree);
    assert_eq!(names(&change), ["renamed a.rs -> b.rs"]);
    assert_eq!(patch(file(&change, "b.rs")), "");
    assert_eq!(file(&change, "b.rs").hunks.len(), 1);
}

#[test]
fn content_filters_are_not_run_but_told() {
    let sandbox = Sandbox::new();
    sandbox.git(&["config", "filter.made.clean", "cat"]);
    sandbox.write(
        ".gitattributes",
        "*.psd filter=made -text\n*.raw filter=unknown\n",
    );
    for name in ["a.psd", "b.psd", "c.raw"] {
        sandbox.write(name, "stored\n");
    }
    sandbox.commit("one");
    sandbox.write("a.psd", "real content\n");
    sandbox.write("b.psd", "staged, real content\n");
    sandbox.git(&["add", "b.psd"]);
    sandbox.write("b.psd", "more of it\n");
    sandbox.write("c.raw", "no filter of this name is known\n");
    sandbox.write("new.psd", "new\n");
    let change = sandbox.change(&TargetSpec::Worktree);
    assert_eq!(names(&change), ["modified b.psd", "modified c.raw"]);
    let text = file(&change, "b.psd").new_text.clone();
    assert_eq!(text.as_deref(), Some(b"staged, real content\n".as_slice()));
    let left_out: Vec<String> = change.skipped.iter().map(|s| s.path.to_text()).collect();
    assert_eq!(left_out, ["a.psd", "b.psd", "new.psd"]);
    assert!(change.skipped.iter().all(|s| s.reason.is_gap()));
    assert!(sandbox.change(&commit("HEAD")).notes.is_empty());
}

#[test]
fn a_file_under_a_filter_that_was_only_touched_is_no_change() {
    let sandbox = Sandbox::new();
    sandbox.git(&["config", "filter.made.clean", "cat"]);
    sandbox.write(".gitattributes", "*.psd filter=made -text\n");
    sandbox.write("a.psd", "stored\n");
    sandbox.commit("one");
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(5);
    let touched = std::fs::File::options()
        .append(true)
        .open(sandbox.path("a.psd"))
        .unwrap();
    touched.set_modified(later).unwrap();
    let change = sandbox.change(&TargetSpec::Worktree);
    assert!(change.files.is_empty() && change.skipped.is_empty());
    assert_eq!(
        resolve(&sandbox.repo(), &TargetSpec::Auto).unwrap().0.kind,
        TargetKind::Commit
    );
}

#[test]
fn a_repository_without_a_work_tree_has_no_uncommitted_work() {
    let sandbox = Sandbox::with(&["--bare", "-b", "main"]);
    for spec in [TargetSpec::Worktree, TargetSpec::Staged] {
        assert!(matches!(sandbox.error(&spec), GitError::NoWorkTree { .. }));
    }
    assert!(matches!(
        sandbox.error(&TargetSpec::Auto),
        GitError::NoCommitsYet
    ));
}

#[test]
fn repositories_inside_are_not_part_of_the_work() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "1\n");
    sandbox.commit("one");
    sandbox.git(&["init", "-q", "inner"]);
    sandbox.write("inner/x", "x\n");
    sandbox.git(&["-C", "inner", "add", "x"]);
    sandbox.git(&["-C", "inner", "commit", "-q", "-m", "inner"]);
    assert_eq!(
        sandbox.change(&TargetSpec::Auto).target.kind,
        TargetKind::Commit
    );
    assert!(sandbox.change(&TargetSpec::Worktree).is_empty());
}

#[test]
fn a_file_announced_to_the_index_is_new_work() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "1\n");
    sandbox.commit("one");
    sandbox.write("announced", "text\n");
    sandbox.git(&["add", "-N", "announced"]);
    let change = sandbox.change(&TargetSpec::Worktree);
    assert_eq!(names(&change), ["added announced"]);
    assert_eq!(patch(file(&change, "announced")), "@@ -0,0 +1 @@\n+text\n");
}

#[test]
fn a_directory_replaced_by_a_link_is_not_looked_through() {
    let sandbox = Sandbox::new();
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("a"), "secret\n").unwrap();
    sandbox.write("dir/a", "1\n");
    sandbox.commit("one");
    std::fs::remove_dir_all(sandbox.path("dir")).unwrap();
    std::os::unix::fs::symlink(outside.path(), sandbox.path("dir")).unwrap();
    let change = sandbox.change(&TargetSpec::Worktree);
    assert_eq!(names(&change), ["added dir", "deleted dir/a"]);
    assert!(!patch(file(&change, "dir")).contains("secret"));
}
