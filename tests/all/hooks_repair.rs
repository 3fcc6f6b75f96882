//! Another tool installs its hooks over ours.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::{Sandbox, eventually};

/// What `git lfs install --force` and its like leave: their hook, where ours stood.
fn overwrite(place: &Sandbox, event: &str) {
    let path = place.repo.join(".git/hooks").join(event);
    fs::write(
        &path,
        format!(
            "#!/bin/sh\necho {event} >>\"{}\"\n",
            place.root().join("theirs").display()
        ),
    )
    .unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn theirs(place: &Sandbox) -> String {
    fs::read_to_string(place.root().join("theirs")).unwrap_or_default()
}

#[test]
fn the_next_review_puts_ours_back_and_both_run() {
    let place = Sandbox::hooked();
    overwrite(&place, "pre-push");
    let said = "another tool has replaced our hooks";
    assert!(place.agents(&["status"]).exits(0).err.contains(said));
    place.write("a.py", "x = 1\n");
    place.commit_hooked("a");
    place.quiet();
    place.agents(&["hooks", "status"]).exits(0);
    assert!(!place.agents(&["status"]).exits(0).err.contains(said));
    place.git(&["init", "-q", "--bare", "../remote"]).exits(0);
    let ran = place.git(&["push", "../remote", "main"]).exits(0);
    assert_eq!(theirs(&place), "pre-push\n");
    assert!(
        ran.err.contains("agents: not reviewed: 1 commit"),
        "ours judges: {}",
        ran.err
    );
    place.quiet();
    // to the byte, with theirs in its place
    place.agents(&["hooks", "uninstall"]).exits(0);
    assert!(
        fs::read_to_string(place.repo.join(".git/hooks/pre-push"))
            .unwrap()
            .contains("theirs")
    );
}

#[test]
fn the_next_push_puts_ours_back_and_says_so() {
    let place = Sandbox::hooked();
    overwrite(&place, "post-commit");
    place.write("a.py", "x = 1\n");
    place.commit_hooked("a");
    place.git(&["init", "-q", "--bare", "../remote"]).exits(0);
    let ran = place.git(&["push", "../remote", "main"]).exits(0);
    assert!(ran.err.contains("both run again"), "{}", ran.err);
    place.quiet();
    place.write("b.py", "x = 1\n");
    place.commit_hooked("b");
    place.quiet();
    assert_eq!(theirs(&place), "post-commit\npost-commit\n");
    eventually("the commit is reviewed", || {
        place.reviewed().last().map(String::as_str) == Some("b")
    });
}

#[test]
fn a_hook_that_somebody_deleted_stays_away() {
    let place = Sandbox::hooked();
    fs::remove_file(place.repo.join(".git/hooks/pre-push")).unwrap();
    place.write("a.py", "x = 1\n");
    place.commit_hooked("a");
    place.quiet();
    assert!(!place.repo.join(".git/hooks/pre-push").exists());
}
