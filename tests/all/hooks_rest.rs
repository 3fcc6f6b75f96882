//! The hook for every change of the index is there only while there is something to look for.

use std::fs;
use std::path::PathBuf;

use crate::support::Sandbox;

const TITLE: &str = "Name is pasted into SQL";

fn hook(place: &Sandbox) -> PathBuf {
    place.repo.join(".git/hooks/post-index-change")
}

fn resting(place: &Sandbox) -> PathBuf {
    place.repo.join(".git/hooks/post-index-change.resting")
}

/// Whether it is there, and whether it rests.
fn stands(place: &Sandbox) -> (bool, bool) {
    (hook(place).exists(), resting(place).exists())
}

fn add(place: &Sandbox, name: &str) {
    place.write(name, "1\n");
    place.git(&["add", name]).exits(0);
}

#[test]
fn it_rests_until_a_review_begins_and_after_its_report_was_told() {
    let place = Sandbox::hooked();
    assert_eq!(stands(&place), (false, true), "nothing to look for");
    let status = place.agents(&["hooks", "status"]).exits(0);
    assert!(
        status
            .out
            .contains("post-index-change  active while a review"),
        "{}",
        status.out
    );
    assert!(
        place
            .agents(&["doctor"])
            .out
            .contains("all 7 reach this program")
    );
    place.write_hole(TITLE);
    place.commit_hooked("look up users by name");
    assert_eq!(
        stands(&place),
        (true, false),
        "a review is in work, or its report waits"
    );
    place.wait_ready(1);
    add(&place, "b");
    assert_eq!(stands(&place), (true, false), "nobody was told");
    assert_eq!(place.git_shown(&["status"]).exits(0).count(TITLE), 1);
    add(&place, "c");
    assert_eq!(stands(&place), (false, true), "told");
}

#[test]
fn what_another_tool_puts_in_its_place_stays_and_comes_back() {
    let place = Sandbox::hooked();
    let theirs = "#!/bin/sh\necho theirs >>theirs.log\n";
    fs::write(hook(&place), theirs).unwrap();
    fs::set_permissions(
        hook(&place),
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .unwrap();
    place.write_hole(TITLE);
    place.commit_hooked("look up users by name");
    place.wait_ready(1);
    assert_eq!(
        fs::read_to_string(hook(&place))
            .unwrap()
            .matches("git-agents shim")
            .count(),
        1,
        "ours are back in front"
    );
    add(&place, "b");
    assert!(place.repo.join("theirs.log").exists());
    assert_eq!(place.git_shown(&["status"]).exits(0).count(TITLE), 1);
    add(&place, "c");
    assert_eq!(
        stands(&place),
        (true, false),
        "it runs theirs, so it does not rest"
    );
    place.agents(&["hooks", "uninstall"]).exits(0);
    assert_eq!(fs::read_to_string(hook(&place)).unwrap(), theirs);
}

#[test]
fn installing_again_and_uninstalling_find_it_at_rest() {
    let place = Sandbox::hooked();
    place.agents(&["hooks", "install"]).exits(0);
    assert_eq!(stands(&place), (false, true));
    place.agents(&["hooks", "uninstall"]).exits(0);
    assert_eq!(stands(&place), (false, false));
}

#[test]
fn linked_work_trees_share_it() {
    let place = Sandbox::hooked();
    let other = place.root().join("other");
    place
        .git(&[
            "worktree",
            "add",
            "-q",
            "-b",
            "side",
            other.to_str().unwrap(),
        ])
        .exits(0);
    assert_eq!(stands(&place), (false, true));
    fs::write(other.join("a"), "1\n").unwrap();
    place.git_in(&other, &["add", "a"]).exits(0);
    place.git_in(&other, &["commit", "-q", "-m", "a"]).exits(0);
    assert_eq!(stands(&place), (true, false));
}

#[test]
fn it_rests_after_a_review_that_has_nothing_to_tell() {
    let place = Sandbox::hooked();
    place.config("agents.auto", "never");
    place.write("a", "1\n");
    place.commit_hooked("one");
    place.quiet();
    assert_eq!(
        stands(&place),
        (true, false),
        "only the hook itself lets it rest"
    );
    add(&place, "b");
    assert_eq!(stands(&place), (false, true));
}
