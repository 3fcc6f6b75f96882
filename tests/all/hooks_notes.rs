//! Reports in `git log` and `git show`, for those who asked for it.

use std::fs;

use crate::support::{Ran, Sandbox};

const TITLE: &str = "Name is pasted into SQL";
const REF: &str = "refs/notes/agents";

fn shown(place: &Sandbox, args: &[&str]) -> usize {
    place.git(args).exits(0).out.matches(TITLE).count()
}

fn notes(place: &Sandbox) -> Ran {
    place.git(&["for-each-ref", "refs/notes"]).exits(0)
}

fn noted() -> Sandbox {
    let place = Sandbox::hooked();
    let ran = place.agents(&["init", "--notes"]).exits(0);
    assert!(
        ran.out
            .contains("`git log` and `git show` print reports too"),
        "{}",
        ran.out
    );
    place.write_hole(TITLE);
    place.commit_hooked("look up users by name");
    place.quiet();
    place
}

#[test]
fn without_being_asked_there_are_no_notes() {
    let place = Sandbox::hooked();
    place.write_hole(TITLE);
    place.commit_hooked("look up users by name");
    place.quiet();
    assert_eq!(
        (notes(&place).out.as_str(), shown(&place, &["log"])),
        ("", 0)
    );
}

#[test]
fn log_and_show_print_the_report_under_its_commit() {
    let place = noted();
    for args in [
        &["log", "-1"][..],
        &["show", "--stat"],
        &["log", "-p", "-1"],
    ] {
        assert_eq!(shown(&place, args), 1, "{args:?}");
    }
    assert_eq!(
        shown(&place, &["log", "--oneline"]) + shown(&place, &["show", "HEAD~1"]),
        0
    );
    place.write("b.py", "x = 1\n");
    place.agents_find(&[]);
    place.commit_hooked("another");
    place.quiet();
    let all = place.git(&["log"]).exits(0).out;
    assert!(
        all.matches(TITLE).count() == 1 && all.matches("Notes (agents):").count() == 2,
        "{all}"
    );
    // however many, they are one commit
    assert_eq!(
        place.git(&["rev-list", "--count", REF]).exits(0).out.trim(),
        "1"
    );
}

#[test]
fn a_push_leaves_them_here() {
    let place = noted();
    place.git(&["init", "-q", "--bare", "../remote"]).exits(0);
    for args in [
        &["push", "-q", "../remote", "main"][..],
        &["push", "-q", "--all", "../remote"],
    ] {
        place.git(args).exits(0);
    }
    let there = place.git(&["ls-remote", "../remote"]).exits(0);
    assert!(
        there.out.contains("refs/heads/main") && !there.out.contains("notes"),
        "{}",
        there.out
    );
}

#[test]
fn rebased_and_reviewed_together_they_are_found_too() {
    let place = noted();
    place
        .git(&["commit", "-q", "--amend", "-m", "said better"])
        .exits(0);
    place.quiet();
    assert_eq!(
        shown(&place, &["log", "-1"]),
        1,
        "{}",
        place.git(&["log"]).out
    );
    place.config("agents.settle", "1s");
    for name in ["a", "b"] {
        place.write(&format!("{name}.py"), "x = 1\n");
        place.commit_hooked(name);
    }
    place.quiet();
    let log = place.git(&["log", "-1", "HEAD~1"]).exits(0).out;
    assert!(log.contains("agents: reviewed together with"), "{log}");
}

#[test]
fn installing_again_keeps_them_and_uninstalling_takes_them_away() {
    let place = Sandbox::with_commit();
    place.config("agents.settle", "100ms");
    place.config("agents.backend", "offline");
    let config = || fs::read_to_string(place.repo.join(".git/config")).unwrap();
    let before = config();
    place.agents(&["init", "--notes"]).exits(0);
    place.write(
        "src/db.py",
        format!("def find(cur, name):\n{}\n", crate::scene::BAD),
    );
    place.commit_hooked("hole");
    place.quiet();
    for _ in 0..2 {
        place.agents(&["hooks", "install"]).exits(0);
        let log = place.git(&["log", "-1"]).exits(0).out;
        assert!(
            log.contains("Notes (agents):") && log.contains("src/db.py:2"),
            "{log}"
        );
    }
    place.agents(&["hooks", "uninstall"]).exits(0);
    assert_eq!((config(), notes(&place).out), (before, String::new()));
    assert!(!place.git(&["log"]).exits(0).out.contains("agents:"));
    assert!(!place.repo.join(".git/agents-hooks").exists());
    place.agents(&["report"]).exits(0);
}
