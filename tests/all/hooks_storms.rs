//! Many commits at once: one review when the sequence ends, and nothing twice.

use serde_json::json;

use crate::scene::reply;
use crate::support::Sandbox;

/// A quiet time in which several commits fit on any machine.
const QUIET: &str = "8s";

/// Commits `names` one by one, each a file of its own, without a review.
fn commits(place: &Sandbox, names: &[&str]) {
    for name in names {
        file(place, name, name);
        place.git(&["add", "-A"]).exits(0);
        unseen(place, &["commit", "-q", "-m", name]);
    }
}

/// A file whose content depends on both words.
fn file(place: &Sandbox, name: &str, word: &str) {
    place.write(
        &format!("{name}.py"),
        format!("def {name}(x):\n    return '{word}' + x\n"),
    );
}

/// Runs git with our hooks silent.
fn unseen(place: &Sandbox, args: &[&str]) {
    let output = place
        .command("git")
        .args(args)
        .env("GIT_AGENTS", "0")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A topic of three commits beside a main branch that went on.
fn topic() -> Sandbox {
    let place = Sandbox::hooked();
    unseen(&place, &["switch", "-q", "-c", "topic"]);
    commits(&place, &["one", "two", "three"]);
    unseen(&place, &["switch", "-q", "main"]);
    commits(&place, &["upstream"]);
    unseen(&place, &["switch", "-q", "topic"]);
    place
}

fn edited(place: &Sandbox, editor: &str, args: &[&str]) -> crate::support::Ran {
    let mut command = place.command("git");
    command
        .args(args)
        .env("GIT_SEQUENCE_EDITOR", editor)
        .env("GIT_EDITOR", "true");
    let output = command.output().unwrap();
    let ran = crate::support::Ran::of(&output);
    ran.exits(0)
}

#[test]
fn a_rebase_ends_in_one_review_of_all_its_commits() {
    for backend in ["--merge", "--apply"] {
        let place = topic();
        place.git(&["rebase", "-q", backend, "main"]).exits(0);
        place.quiet();
        assert_eq!(
            place.reviewed(),
            ["upstream..three"],
            "{backend} {:?}",
            place.phases()
        );
        assert_eq!(place.starts(), 1, "{backend}");
    }
}

#[test]
fn an_interactive_rebase_with_squash_fixup_and_exec_is_one_review() {
    let place = topic();
    let base = place.git(&["rev-parse", "HEAD~3"]).out.trim().to_owned();
    let editor = "sed -i -e '2s/pick/squash/' -e '3s/pick/fixup/' -e '$aexec true'";
    edited(&place, editor, &["rebase", "-q", "-i", &base]);
    place.quiet();
    assert_eq!(
        (place.reviewed(), place.starts()),
        (vec!["one".to_owned()], 1)
    );
}

#[test]
fn picks_reverts_and_patches_of_several_are_one_review() {
    let place = topic();
    place
        .git(&["format-patch", "-q", "-o", "../patches", "main"])
        .exits(0);
    unseen(&place, &["switch", "-q", "main"]);
    place.git(&["cherry-pick", "main..topic"]).exits(0);
    place.quiet();
    assert_eq!(
        (place.reviewed(), place.starts()),
        (vec!["upstream..three".to_owned()], 1)
    );
    place.git(&["revert", "--no-edit", "HEAD~2..HEAD"]).exits(0);
    place.quiet();
    assert_eq!(place.reviewed()[1], "three..Revert \"two\"");
    unseen(&place, &["switch", "-q", "-c", "patched", "main~5"]);
    place
        .git(&[
            "am",
            "-q",
            "../patches/0001-one.patch",
            "../patches/0002-two.patch",
        ])
        .exits(0);
    place.quiet();
    assert_eq!(place.starts(), 2, "the same changes were reviewed before");
    file(&place, "two", "other");
    unseen(&place, &["commit", "-q", "-am", "other two"]);
    unseen(&place, &["format-patch", "-q", "-o", "../more", "-1"]);
    unseen(&place, &["reset", "-q", "--hard", "HEAD~1"]);
    place
        .git(&["am", "-q", "../more/0001-other-two.patch"])
        .exits(0);
    place.quiet();
    assert_eq!(
        (place.reviewed()[2].as_str(), place.starts()),
        ("other two", 3)
    );
}

#[test]
fn a_merge_is_reviewed_for_what_it_decides_itself_and_a_fast_forward_not_at_all() {
    let place = topic();
    unseen(&place, &["switch", "-q", "main"]);
    place.git(&["merge", "-q", "-m", "join", "topic"]).exits(0);
    place.quiet();
    assert_eq!(
        (place.reviewed(), place.starts(), place.ready()),
        (vec!["join".to_owned()], 0, 0)
    );
    unseen(&place, &["switch", "-q", "topic"]);
    place.git(&["merge", "-q", "--ff-only", "main"]).exits(0);
    place.quiet();
    assert_eq!(place.reviewed().len(), 1);
}

#[test]
fn rapid_commits_are_one_review() {
    let place = Sandbox::hooked();
    place.config("agents.settle", QUIET);
    for name in ["a", "b", "c"] {
        file(&place, name, name);
        place.commit_hooked(name);
    }
    place.quiet();
    assert_eq!(
        (place.reviewed(), place.starts()),
        (vec!["start..c".to_owned()], 1)
    );
    assert_eq!(place.phases(), ["superseded", "superseded", "done"]);
}

#[test]
fn the_first_commits_of_a_repository_are_reviewed_together() {
    let place = Sandbox::new();
    place.config("agents.settle", QUIET);
    place.config("agents.enabled", "security");
    place.agents_find(&[]);
    place.agents(&["init"]).exits(0);
    for name in ["a", "b"] {
        file(&place, name, name);
        place.commit_hooked(name);
    }
    place.quiet();
    assert_eq!(
        (place.reviewed(), place.starts()),
        (vec!["nothing..b".to_owned()], 1)
    );
}

#[test]
fn an_amended_commit_takes_the_place_of_one_that_waits() {
    let place = Sandbox::hooked();
    place.config("agents.settle", QUIET);
    file(&place, "a", "one");
    place.commit_hooked("a");
    file(&place, "a", "two");
    place
        .git(&["commit", "-q", "-a", "--amend", "-m", "better a"])
        .exits(0);
    place.quiet();
    assert_eq!(
        (place.reviewed(), place.starts()),
        (vec!["better a".to_owned()], 1)
    );
}

#[test]
fn a_commit_on_another_branch_supersedes_nothing() {
    let place = Sandbox::hooked();
    place.config("agents.settle", QUIET);
    file(&place, "a", "a");
    place.commit_hooked("a");
    place
        .git(&["switch", "-q", "-c", "other", "HEAD~1"])
        .exits(0);
    file(&place, "b", "b");
    place.commit_hooked("b");
    place.quiet();
    let mut reviewed = place.reviewed();
    reviewed.sort();
    assert_eq!(reviewed, ["a", "b"]);
}

#[test]
fn a_commit_that_is_gone_is_not_reviewed() {
    let place = Sandbox::hooked();
    place.config("agents.settle", QUIET);
    file(&place, "a", "a");
    place.commit_hooked("a");
    unseen(&place, &["reset", "-q", "--hard", "HEAD~1"]);
    place.quiet();
    assert!(place.reviewed().is_empty());
}

#[test]
fn fixups_drafts_and_those_that_say_so_wait() {
    let place = Sandbox::hooked();
    for message in ["fixup! start", "WIP", "wip: half", "later\n\n[skip agents]"] {
        file(&place, "a", message);
        place.commit_hooked(message);
        place.quiet();
    }
    assert_eq!(
        (place.reviewed().len(), place.starts(), place.ready()),
        (0, 0, 0)
    );
    file(&place, "b", "b");
    place.commit_hooked("done");
    place.quiet();
    assert_eq!(
        (place.reviewed(), place.starts()),
        (vec!["done".to_owned()], 1)
    );
    // the sequence they waited for
    edited(
        &place,
        "sed -i -e 's/^pick \\(.*\\) wip: half/fixup \\1 x/;s/^pick \\(.*\\) later/fixup \\1 x/'",
        &["rebase", "-q", "-i", "--autosquash", "HEAD~4"],
    );
    place.quiet();
    assert_eq!(
        place.starts(),
        1,
        "what is left is a draft, and a commit that was reviewed: {:?}",
        place.reviewed()
    );
}

#[test]
fn unchanged_work_costs_nothing_under_another_name() {
    let place = topic();
    place.git(&["rebase", "-q", "main"]).exits(0);
    place.quiet();
    assert_eq!((place.starts(), place.ready()), (1, 1));
    place
        .git(&["commit", "-q", "--amend", "-m", "three, said better"])
        .exits(0);
    place.quiet();
    unseen(&place, &["switch", "-q", "main"]);
    commits(&place, &["more"]);
    unseen(&place, &["switch", "-q", "topic"]);
    for backend in ["--merge", "--apply"] {
        place
            .git(&["rebase", "-q", backend, "--force-rebase", "main"])
            .exits(0);
        place.quiet();
    }
    unseen(&place, &["switch", "-q", "-c", "picked", "main"]);
    place.git(&["cherry-pick", "topic"]).exits(0);
    place.quiet();
    let linked = place.root().join("linked").display().to_string();
    unseen(&place, &["worktree", "add", "-q", &linked, "main"]);
    place.git_in(linked.as_ref(), &["cherry-pick", "topic~1"]);
    place.quiet();
    assert_eq!(
        (place.starts(), place.ready(), place.reviewed().len()),
        (1, 1, 1),
        "{:?}",
        place.phases()
    );
}

#[test]
fn after_a_rebase_only_what_changed_is_reviewed() {
    let place = topic();
    place.git(&["rebase", "-q", "main"]).exits(0);
    place.quiet();
    let editor = "sed -i '2s/^pick/edit/'";
    edited(&place, editor, &["rebase", "-q", "-i", "main"]);
    file(&place, "two", "changed");
    place
        .git(&["commit", "-q", "-a", "--amend", "-m", "two, changed"])
        .exits(0);
    edited(&place, "true", &["rebase", "--continue"]);
    place.quiet();
    assert_eq!(
        (place.reviewed()[1].as_str(), place.starts()),
        ("two, changed", 2)
    );
}

#[test]
fn an_amended_message_while_the_agents_run_starts_no_second_review() {
    let place = Sandbox::hooked();
    let go = place.root().join("go");
    place.agents_do(json!([{"wait_for": go.display().to_string()}, {"reply": reply(&[])}]));
    file(&place, "a", "a");
    place.commit_hooked("a");
    crate::support::eventually("an agent runs", || place.starts() == 1);
    place
        .git(&["commit", "-q", "--amend", "-m", "a, said better"])
        .exits(0);
    crate::support::eventually("the amended one is settled", || {
        place.phases() == ["running", "superseded"]
    });
    std::fs::write(go, "").unwrap();
    place.quiet();
    assert_eq!((place.starts(), place.ready()), (1, 1));
}

#[test]
fn an_aborted_rebase_is_no_review_and_loses_none() {
    let place = topic();
    place.config("agents.settle", QUIET);
    file(&place, "four", "four");
    place.commit_hooked("four");
    let ran = place
        .command("git")
        .args(["rebase", "-i", "HEAD~2"])
        .env("GIT_SEQUENCE_EDITOR", "sed -i 1s/pick/edit/")
        .output();
    assert!(ran.unwrap().status.success());
    place.quiet();
    assert_eq!(place.phases(), ["superseded"], "a rebase was under way");
    place.git(&["rebase", "--abort"]).exits(0);
    file(&place, "five", "five");
    place.commit_hooked("five");
    place.quiet();
    assert_eq!(place.reviewed(), ["three..five"]);
}
