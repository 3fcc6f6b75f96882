//! Reviews that go on while nobody waits.

use std::os::unix::process::CommandExt;

use serde_json::Value;

use crate::scene::{held, injected, line};
use crate::support::{Sandbox, eventually};

fn start(place: &Sandbox) -> String {
    place
        .agents(&["run", "--background"])
        .exits(0)
        .out
        .trim()
        .to_owned()
}

#[test]
fn a_background_review_is_waited_for_from_another_worktree() {
    let (place, gate) = held("Name is pasted into SQL");
    let run = start(&place);
    eventually("the run is running", || {
        place.phase_in(&place.repo, &run) == "running"
    });
    let linked = place.root().join("linked");
    place
        .git(&[
            "worktree",
            "add",
            "-q",
            "--detach",
            linked.to_str().unwrap(),
        ])
        .exits(0);
    let early = place.agents_in(&linked, &["wait", "--timeout", "1s"]);
    assert_eq!(early.code, 3, "{}", early.err);
    std::fs::write(&gate, "").unwrap();
    let report = place
        .agents_in(&linked, &["wait", "--format", "json"])
        .exits(1)
        .json();
    assert_eq!(report["run"], run.as_str());
    assert_eq!(line(&report, "security")["outcome"], "answered");
    assert_eq!(place.phase_in(&place.repo, &run), "done");
    place.agents(&["report", "--run", &run[24..]]).exits(0);
    place.agents(&["logs", &run, "security"]).exits(0);
}

#[test]
fn cancel_keeps_what_was_answered_and_retry_goes_on() {
    let (place, gate) = held("Name is pasted into SQL");
    let run = start(&place);
    eventually("performance has answered", || {
        place
            .store()
            .join(format!("runs/{run}/agents/performance/result.json"))
            .exists()
    });
    place.agents(&["cancel"]).exits(0);
    eventually("the run is cancelled", || {
        place.phase_in(&place.repo, &run) == "cancelled"
    });
    let report = place
        .agents(&["report", "--run", &run, "--format", "json"])
        .exits(0)
        .json();
    assert_eq!(line(&report, "security")["outcome"], "cancelled");
    assert_eq!(line(&report, "performance")["outcome"], "answered");
    assert_eq!(report["state"], "incomplete");
    std::fs::write(&gate, "").unwrap();
    let report = place
        .agents(&["retry", &run, "--format", "json"])
        .exits(1)
        .json();
    assert_eq!(report["state"], "findings", "{report:#}");
}

#[test]
fn a_killed_supervisor_loses_no_answer() {
    let (place, gate) = held("Name is pasted into SQL");
    let run = start(&place);
    let result = place
        .store()
        .join(format!("runs/{run}/agents/performance/result.json"));
    eventually("performance has answered", || result.exists());
    let before = std::fs::read(&result).unwrap();
    place.kill_holder(&run);
    eventually("the run is interrupted", || {
        place.phase_in(&place.repo, &run) == "interrupted"
    });
    assert_eq!(std::fs::read(&result).unwrap(), before);
    std::fs::write(&gate, "").unwrap();
    let report = place
        .agents(&["retry", &run, "--format", "json"])
        .exits(1)
        .json();
    assert_eq!(report["state"], "findings", "{report:#}");
    assert_eq!(line(&report, "performance")["outcome"], "answered");
    // the retry took its place: no hook starts it again
    assert_eq!(place.phase_in(&place.repo, &run), "superseded");
    assert!(!place.store().join("open").join(&run).exists());
}

#[test]
fn ctrl_c_in_the_foreground_ends_every_child_and_keeps_answers() {
    let (place, _gate) = held("Name is pasted into SQL");
    let mut command = place.command(crate::support::program());
    command
        .args(["run", "--format", "json"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let child = command.process_group(0).spawn().unwrap();
    let pid = child.id().to_string();
    let answered = || {
        let runs = std::fs::read_dir(place.store().join("runs"))
            .into_iter()
            .flatten()
            .flatten();
        runs.into_iter()
            .any(|run| run.path().join("agents/performance/result.json").exists())
    };
    eventually("performance has answered", answered);
    std::process::Command::new("kill")
        .args(["-INT", &pid])
        .status()
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(130),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(line(&report, "security")["outcome"], "cancelled");
    assert_eq!(line(&report, "performance")["outcome"], "answered");
    let left = std::process::Command::new("pgrep")
        .args(["-f", place.root().join("script.json").to_str().unwrap()])
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&left.stdout),
        "",
        "an agent was left behind"
    );
}

#[test]
fn the_run_command_returns_while_its_output_is_captured() {
    let (place, gate) = held("Name is pasted into SQL");
    // `output()` reads until every holder of the pipe is gone: a supervisor that kept it would hang this test.
    start(&place);
    std::fs::write(&gate, "").unwrap();
    place.agents(&["wait"]).exits(1);
}

#[test]
fn pruning_keeps_what_runs_and_the_newest() {
    let place = injected();
    for _ in 0..3 {
        place.agents(&["run"]).exits(1);
    }
    let runs = || {
        std::fs::read_dir(place.store().join("runs"))
            .unwrap()
            .count()
    };
    assert_eq!(runs(), 3);
    place.agents(&["prune", "--runs", "1"]).exits(0);
    assert_eq!(runs(), 1);
    place.agents(&["report"]).exits(0);
}
