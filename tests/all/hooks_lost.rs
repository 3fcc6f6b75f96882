//! Supervisors that die, and what becomes of their reviews.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::hooked::{is_gone, names, ours};
use crate::scene::{finding, reply};
use crate::support::{Sandbox, eventually};

const TITLE: &str = "Name is pasted into SQL";

/// The one run.
fn run(place: &Sandbox) -> String {
    names(&place.store().join("runs")).remove(0)
}

/// A file of the one run.
fn of_run(place: &Sandbox, name: &str) -> PathBuf {
    place.store().join("runs").join(run(place)).join(name)
}

fn state(place: &Sandbox) -> Value {
    serde_json::from_slice(&fs::read(of_run(place, "state.json")).unwrap()).unwrap()
}

/// A request as a hook leaves it whose supervisor never came up.
fn orphan(place: &Sandbox, since: i64) {
    let mut value = state(place);
    value["phase"] = json!("queued");
    value["since"] = json!(since);
    fs::write(of_run(place, "state.json"), value.to_string()).unwrap();
}

/// A hook fires that starts nothing itself.
fn next_command(place: &Sandbox) {
    place.git(&["switch", "-q", "-C", "next"]).exits(0);
}

fn stalled() -> (Sandbox, PathBuf) {
    let place = Sandbox::hooked();
    let go = place.root().join("go");
    place.write_hole(TITLE);
    place.agents_do(json!([{"wait_for": go.display().to_string()}, {"reply": reply(&[finding(TITLE, "high")])}]));
    (place, go)
}

#[test]
fn one_killed_while_agents_run_goes_on_at_the_next_command() {
    let (place, go) = stalled();
    place.commit_hooked("hole");
    eventually("an agent runs", || place.starts() == 1);
    place.kill_holder(&run(&place));
    fs::write(go, "").unwrap();
    next_command(&place);
    place.wait_ready(1);
    assert_eq!(place.git_shown(&["status"]).count(TITLE), 1);
    assert_eq!(state(&place)["attempts"], 2);
}

#[test]
fn one_killed_in_the_quiet_time_goes_on_too() {
    let (place, go) = stalled();
    fs::write(go, "").unwrap();
    place.config("agents.settle", "30s");
    place.commit_hooked("hole");
    eventually("the supervisor waits", || {
        place.holder(&run(&place)).is_some() && state(&place)["attempts"] == 1
    });
    place.kill_holder(&run(&place));
    place.config("agents.settle", "100ms");
    // its state says when it last was heard of: the start is given a few seconds
    orphan(&place, 1);
    next_command(&place);
    place.wait_ready(1);
    assert_eq!(place.starts(), 1);
}

#[test]
fn one_that_never_came_up_is_started_and_a_clock_set_back_does_not_hide_it() {
    for since in [1, 99_999_999_999_i64] {
        let place = Sandbox::hooked();
        // the small program finds no whole one: as if it had been killed at the launch
        let away = place.root().join("bin2");
        fs::create_dir(&away).unwrap();
        let hook = place.repo.join(".git/hooks/post-commit");
        let ours = crate::support::program().with_file_name("git-agents-hook");
        fs::copy(&ours, away.join("git-agents-hook")).unwrap();
        let text = fs::read_to_string(&hook).unwrap();
        let moved = text.replace(
            ours.to_str().unwrap(),
            away.join("git-agents-hook").to_str().unwrap(),
        );
        assert_ne!(text, moved);
        fs::write(&hook, moved).unwrap();
        fs::rename(
            place.root().join("bin/git-agents"),
            place.root().join("bin/away"),
        )
        .unwrap();
        place.write_hole(TITLE);
        place.commit_hooked("hole");
        let is_here = |pid: &String| {
            fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe.starts_with(&away))
        };
        eventually("what the hook started has ended", || {
            !names(Path::new("/proc")).iter().any(is_here)
        });
        fs::rename(
            place.root().join("bin/away"),
            place.root().join("bin/git-agents"),
        )
        .unwrap();
        assert_eq!(
            (state(&place)["phase"].as_str(), place.holder(&run(&place))),
            (Some("queued"), None)
        );
        next_command(&place);
        assert_eq!(place.holder(&run(&place)), None, "it may still be starting");
        orphan(&place, since);
        next_command(&place);
        place.wait_ready(1);
        assert_eq!(place.git_shown(&["status"]).count(TITLE), 1);
    }
}

#[test]
fn after_three_attempts_it_is_reported() {
    let (place, _) = stalled();
    place.commit_hooked("hole");
    for attempt in 1..=3 {
        eventually("an agent runs", || {
            place.starts() == attempt && state(&place)["attempts"] == attempt
        });
        place.kill_holder(&run(&place));
        next_command(&place);
    }
    place.wait_ready(1);
    let shown = place.git_shown(&["status"]);
    assert!(
        shown.count("NOT REVIEWED") == 1 && shown.text.contains("exited unexpectedly 3 times"),
        "{}",
        shown.text
    );
    assert_eq!(place.starts(), 3);
    if cfg!(target_os = "linux") {
        eventually("no agent is left", || ours(&place).is_empty());
    }
}

#[test]
fn the_store_may_be_read_only_or_gone_and_the_commit_succeeds() {
    let place = Sandbox::hooked();
    place.write("a.py", "x = 1\n");
    place.commit_hooked("without a store");
    place.quiet();
    assert_eq!(place.reviewed(), ["without a store"]);
    fs::remove_dir_all(place.repo.join(".git/agents")).unwrap();
    fs::write(place.repo.join(".git/agents"), "in the way").unwrap();
    place.write("b.py", "x = 1\n");
    place.commit_hooked("something in the way");
    place.git(&["init", "-q", "--bare", "../remote"]).exits(0);
    place.git(&["push", "-q", "../remote", "main"]).exits(0);
}

#[test]
fn a_store_removed_while_agents_run_hurts_nobody() {
    let (place, go) = stalled();
    place.commit_hooked("hole");
    eventually("an agent runs", || place.starts() == 1);
    let pid = place.holder(&run(&place)).unwrap();
    fs::remove_dir_all(place.store()).unwrap();
    fs::write(go, "").unwrap();
    eventually("the supervisor ends", || is_gone(pid));
    place.commit_hooked_empty("goes on");
}
