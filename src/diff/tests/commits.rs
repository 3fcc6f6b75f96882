//! Targets that are commits and ranges.

use super::sandbox::{Sandbox, commit, file, hunks_of, names, patch, range, skipped};
use crate::git::{GitError, Repo};
use crate::model::{Reader, TargetKind, TargetSpec};

fn numbered(from: usize, to: usize) -> String {
    (from..=to).map(|i| format!("line {i}\n")).collect()
}

#[test]
fn a_commit_is_compared_with_its_first_parent() {
    let sandbox = Sandbox::new();
    sandbox.write("src/a.rs", "fn a() {\n    1\n}\n");
    let base = sandbox.commit("one");
    sandbox.write("src/a.rs", "fn a() {\n    2\n}\n");
    sandbox.write("b.txt", "new\n");
    let head = sandbox.commit("two\n\nbody");
    let change = sandbox.change(&commit("HEAD"));
    assert_eq!(change.target.kind, TargetKind::Commit);
    assert_eq!(change.target.base.as_ref().unwrap().as_str(), base);
    assert_eq!(change.target.head.as_ref().unwrap().as_str(), head);
    assert_eq!(
        (
            change.target.subject.as_str(),
            change.target.branch.as_deref()
        ),
        ("two", Some("main"))
    );
    assert_eq!(names(&change), ["added b.txt", "modified src/a.rs"]);
    assert_eq!(
        patch(file(&change, "src/a.rs")),
        "@@ -1,3 +1,3 @@\n fn a() {\n-    1\n+    2\n }\n"
    );
    assert_eq!(patch(file(&change, "b.txt")), "@@ -0,0 +1 @@\n+new\n");
    assert_eq!(change.commits[0].message, "two\n\nbody\n");
    assert_eq!(
        (change.commits.len(), change.commit_count, change.has_base),
        (1, 1, true)
    );
    let ids: Vec<u32> = change.hunks().map(|(_, h)| h.id.0).collect();
    assert_eq!(ids, [1, 2]);
    assert_eq!(change.reader, Reader::Libgit2);
    assert!(change.notes.is_empty());
}

#[test]
fn the_root_commit_is_compared_with_nothing() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "a\n");
    sandbox.commit("root");
    let change = sandbox.change(&TargetSpec::Auto);
    assert_eq!(names(&change), ["added a"]);
    assert!(!change.has_base && change.target.base.is_none());
}

#[test]
fn hunks_are_those_of_git() {
    let sandbox = Sandbox::new();
    let body: String = (1..60)
        .map(|i| {
            if i % 9 == 0 {
                format!("fn f{i}() {{\n")
            } else {
                format!("    step({i});\n")
            }
        })
        .collect();
    sandbox.write("a.rs", &body);
    sandbox.commit("one");
    let mut lines: Vec<String> = body.lines().map(str::to_owned).collect();
    lines[0] = "first".to_owned();
    lines[20] = "twenty".to_owned();
    lines[27] = "near".to_owned();
    lines.remove(40);
    lines.insert(50, "inserted\nand more".to_owned());
    lines.push("last".to_owned());
    sandbox.write("a.rs", lines.join("\n"));
    sandbox.commit("two");
    let change = sandbox.change(&commit("HEAD"));
    let expected = sandbox.git(&["diff", "--no-color", "HEAD~1", "HEAD"]);
    assert_eq!(patch(file(&change, "a.rs")), hunks_of(&expected));
    assert!(file(&change, "a.rs").hunks.len() >= 4);
}

#[test]
fn ranges_with_two_and_three_dots_and_a_base() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "1\n");
    sandbox.commit("root");
    sandbox.git(&["switch", "-qc", "topic"]);
    sandbox.write("t", "topic\n");
    sandbox.commit("topic one");
    sandbox.write("t", "topic 2\n");
    let topic = sandbox.commit("topic two");
    sandbox.git(&["switch", "-q", "main"]);
    sandbox.write("a", "2\n");
    sandbox.commit("main moves");
    let two = sandbox.change(&range("main", "topic"));
    assert_eq!(names(&two), ["modified a", "added t"]);
    let subjects: Vec<&str> = two.commits.iter().map(|c| c.subject()).collect();
    assert_eq!(
        (subjects, two.commit_count),
        (vec!["topic two", "topic one"], 2)
    );
    let three = TargetSpec::Range {
        from: "main".to_owned(),
        to: "topic".to_owned(),
        symmetric: true,
    };
    let three = sandbox.change(&three);
    assert_eq!(names(&three), ["added t"]);
    assert_eq!(three.target.subject, "topic two");
    sandbox.git(&["switch", "-q", "--detach", &topic]);
    let base = sandbox.change(&TargetSpec::Base("main".to_owned()));
    assert_eq!(
        (base.target.base, base.files),
        (three.target.base, three.files)
    );
    assert_eq!(base.target.branch, None);
}

#[test]
fn a_tag_names_its_commit_and_an_odd_revision_none() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "1\n");
    let id = sandbox.commit("root");
    sandbox.git(&["tag", "-a", "-m", "tag", "v1"]);
    assert_eq!(
        sandbox.change(&commit("v1")).target.head.unwrap().as_str(),
        id
    );
    assert_eq!(
        sandbox.change(&commit("@")).target.head.unwrap().as_str(),
        id
    );
    for revision in [
        "nope",
        "--all",
        "-1",
        "",
        "HEAD~9",
        "HEAD:a",
        "a\nb",
        "HEAD..HEAD",
    ] {
        let error = sandbox.error(&commit(revision));
        assert!(
            matches!(error, GitError::UnknownRevision { .. }),
            "{revision}: {error}"
        );
    }
    assert_eq!(
        sandbox.error(&range("HEAD", "gone")).to_string(),
        "unknown revision `gone`"
    );
}

#[test]
fn unrelated_histories_have_no_merge_base() {
    let sandbox = Sandbox::new();
    sandbox.commit("root");
    sandbox.git(&["checkout", "-q", "--orphan", "other"]);
    sandbox.commit("other root");
    let error = sandbox.error(&TargetSpec::Base("main".to_owned()));
    assert_eq!(error.to_string(), "no merge base between `main` and `HEAD`");
}

#[test]
fn an_unborn_head_has_no_commit_to_review() {
    let sandbox = Sandbox::new();
    for spec in [
        TargetSpec::Auto,
        commit("HEAD"),
        TargetSpec::Base("HEAD".to_owned()),
    ] {
        assert!(matches!(sandbox.error(&spec), GitError::NoCommitsYet));
    }
}

#[test]
fn a_bare_repository_gives_commits_and_ranges() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "1\n");
    sandbox.commit("one");
    sandbox.write("a", "2\n");
    sandbox.commit("two");
    sandbox.git(&["clone", "-q", "--bare", ".", "bare.git"]);
    let limits = crate::diff::CaptureLimits::default();
    for spec in [TargetSpec::Auto, range("HEAD~1", "HEAD"), commit("main")] {
        let change = sandbox
            .capture_at(&sandbox.path("bare.git"), &spec, &limits, &[])
            .change;
        assert_eq!(names(&change), ["modified a"]);
    }
    let repo = Repo::discover(&sandbox.path("bare.git")).unwrap();
    assert_eq!(repo.work_tree(), None);
    let error = crate::diff::resolve(&repo, &TargetSpec::Worktree).unwrap_err();
    assert!(matches!(error, GitError::NoWorkTree { .. }));
    assert_eq!(
        repo.name(),
        sandbox.path("").file_name().unwrap().to_string_lossy()
    );
}

#[test]
fn a_clean_merge_decides_nothing() {
    let sandbox = Sandbox::new();
    sandbox.write("both", numbered(1, 40));
    sandbox.write("old-name", numbered(100, 140));
    sandbox.commit("root");
    sandbox.git(&["switch", "-qc", "topic"]);
    sandbox.write("both", numbered(1, 40).replace("line 5\n", "line five\n"));
    sandbox.write("theirs", "theirs\n");
    sandbox.git(&["mv", "old-name", "new-name"]);
    sandbox.commit("topic");
    sandbox.git(&["switch", "-q", "main"]);
    sandbox.write("both", numbered(1, 40).replace("line 35\n", ""));
    sandbox.write(
        "old-name",
        numbered(100, 140).replace("line 120\n", "line x\n"),
    );
    sandbox.commit("main");
    sandbox.git(&["merge", "-q", "--no-edit", "topic"]);
    let change = sandbox.change(&commit("HEAD"));
    assert!(change.is_empty(), "{change:#?}");
    assert!(change.notes.is_empty(), "{:?}", change.notes);
    assert_eq!(change.commits[0].parents, 2);
}

#[test]
fn a_merge_shows_its_resolutions_and_what_was_slipped_in() {
    let sandbox = Sandbox::new();
    sandbox.write("a.rs", numbered(1, 60));
    sandbox.write("untouched.rs", "fn a() {}\n");
    sandbox.commit("root");
    sandbox.git(&["switch", "-qc", "topic"]);
    sandbox.write(
        "a.rs",
        numbered(1, 60)
            .replace("line 5\n", "theirs 5\n")
            .replace("line 55\n", "theirs 55\n"),
    );
    sandbox.commit("topic");
    sandbox.git(&["switch", "-q", "main"]);
    sandbox.write("a.rs", numbered(1, 60).replace("line 5\n", "ours 5\n"));
    sandbox.commit("main");
    let status = sandbox
        .command(&sandbox.path(""))
        .args(["merge", "-q", "topic"])
        .output()
        .unwrap()
        .status;
    assert!(!status.success());
    let resolved = numbered(1, 60)
        .replace("line 5\n", "both 5\n")
        .replace("line 55\n", "theirs 55\n");
    sandbox.write("a.rs", resolved.replace("line 30\n", "slipped in\n"));
    sandbox.write("untouched.rs", "fn a() { evil() }\n");
    sandbox.write("extra.rs", "fn extra() {}\n");
    sandbox.commit("merge");
    let change = sandbox.change(&commit("HEAD"));
    assert_eq!(
        names(&change),
        ["modified a.rs", "added extra.rs", "modified untouched.rs"]
    );
    let text = patch(file(&change, "a.rs"));
    assert!(
        text.contains("+both 5") && text.contains("+slipped in") && !text.contains("theirs 55"),
        "{text}"
    );
}

#[test]
fn a_merge_that_drops_a_side_says_so() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "1\n");
    sandbox.write("b", "1\n");
    sandbox.commit("root");
    sandbox.git(&["switch", "-qc", "topic"]);
    sandbox.write("a", "fixed\n");
    sandbox.commit("topic");
    sandbox.git(&["switch", "-q", "main"]);
    sandbox.write("b", "2\n");
    sandbox.commit("main");
    sandbox.git(&["merge", "-q", "-s", "ours", "--no-edit", "topic"]);
    let change = sandbox.change(&commit("HEAD"));
    assert!(change.is_empty());
    assert_eq!(
        change.notes,
        ["the merge dropped one side's whole change in: a"]
    );
}

#[test]
fn an_octopus_merge_decides_nothing_when_clean() {
    let sandbox = Sandbox::new();
    sandbox.write("base", "1\n");
    sandbox.commit("root");
    for branch in ["one", "two"] {
        sandbox.git(&["switch", "-qc", branch, "main"]);
        sandbox.write(branch, branch);
        sandbox.commit(branch);
    }
    sandbox.git(&["switch", "-q", "main"]);
    sandbox.write("own", "own\n");
    sandbox.commit("own");
    sandbox.git(&["merge", "-q", "--no-edit", "one", "two"]);
    let change = sandbox.change(&commit("HEAD"));
    assert_eq!(change.commits[0].parents, 3);
    assert!(change.is_empty());
}

#[test]
fn the_end_of_a_shallow_clone_is_not_shown_as_all_new() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "1\n");
    sandbox.write("b", "1\n");
    sandbox.commit("one");
    sandbox.write("a", "2\n");
    sandbox.commit("two");
    sandbox.write("a", "3\n");
    sandbox.commit("three");
    let url = format!("file://{}", sandbox.path("").display());
    sandbox.git(&["clone", "-q", "--depth=2", &url, "shallow"]);
    let limits = crate::diff::CaptureLimits::default();
    let place = sandbox.path("shallow");
    let change = sandbox
        .capture_at(&place, &commit("HEAD~1"), &limits, &[])
        .change;
    assert!(change.files.is_empty() && !change.has_base);
    let why = "unreadable: the parent commit is not in this shallow clone";
    assert_eq!(skipped(&change), [format!("a: {why}"), format!("b: {why}")]);
    assert!(change.notes[0].contains("git fetch --deepen=1"));
    let change = sandbox
        .capture_at(&place, &commit("HEAD"), &limits, &[])
        .change;
    assert_eq!(names(&change), ["modified a"]);
    let change = sandbox
        .capture_at(&place, &range("HEAD~1", "HEAD"), &limits, &[])
        .change;
    assert_eq!(
        (names(&change), change.commit_count),
        (vec!["modified a".to_owned()], 1)
    );
}

#[test]
fn a_partial_clone_lists_what_it_does_not_hold_and_fetches_nothing() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "1\n");
    sandbox.commit("one");
    sandbox.write("a", "2\n");
    sandbox.commit("two");
    sandbox.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", sandbox.path("").display());
    sandbox.git(&["clone", "-q", "--filter=blob:none", &url, "partial"]);
    let limits = crate::diff::CaptureLimits::default();
    let change = sandbox
        .capture_at(&sandbox.path("partial"), &commit("HEAD"), &limits, &[])
        .change;
    assert_eq!(skipped(&change), ["a: content not in this clone"]);
    let missing = sandbox.git_at(
        &sandbox.path("partial"),
        &["rev-list", "--objects", "--missing=print", "HEAD"],
    );
    assert!(
        missing.contains('?'),
        "the old blob is still missing: {missing}"
    );
}

#[test]
fn a_partial_clone_lacks_nothing_reviewable_in_pictures_and_says_it_of_lock_files() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "Cargo.lock",
        "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n",
    );
    sandbox.write("logo.png", "not read");
    sandbox.commit("one");
    sandbox.git(&["rm", "-q", "logo.png"]);
    sandbox.write(
        "Cargo.lock",
        "[[package]]\nname = \"a\"\nversion = \"1.0.1\"\n",
    );
    sandbox.commit("two");
    sandbox.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", sandbox.path("").display());
    sandbox.git(&["clone", "-q", "--filter=blob:none", &url, "partial"]);
    let limits = crate::diff::CaptureLimits::default();
    let capture = sandbox.capture_at(&sandbox.path("partial"), &commit("HEAD"), &limits, &[]);
    assert_eq!(
        skipped(&capture.change),
        ["Cargo.lock: lock file: summarised", "logo.png: binary"]
    );
    let lock = &capture.lock_blobs[0];
    assert_eq!(
        (&lock.old, &lock.new, lock.unread),
        (&None, &None, Some("content not in this clone"))
    );
}
