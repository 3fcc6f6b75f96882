//! Work in the background, looked at and steered from any shell.

use std::fs;
use std::io::{BufRead, BufReader};
use std::num::NonZero;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use expectrl::session::OsSession;
use expectrl::{Eof, Expect};
use serde_json::json;

use crate::scene::{finding, held, reply, script};
use crate::support::{Sandbox, eventually};

const TITLE: &str = "Name is pasted into SQL";

/// A running review that waits for a file, and a worktree that is not its own.
fn running() -> (Sandbox, PathBuf, PathBuf, String) {
    let (place, go) = held(TITLE);
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
    let run = place
        .agents(&["run", "--background"])
        .exits(0)
        .out
        .trim()
        .to_owned();
    let running = || place.agents(&["status"]).exits(0).out.contains("running");
    eventually("the run is running", running);
    (place, go, linked, run)
}

/// The screen of a terminal of this size after everything that was written to it.
fn screen(bytes: &[u8], columns: u16) -> String {
    let mut parser =
        vt100::Parser::new(NonZero::new(24).unwrap(), NonZero::new(columns).unwrap(), 0);
    parser.process(bytes);
    parser.screen().contents()
}

#[test]
fn status_watch_is_live_on_a_terminal_of_any_width() {
    for columns in [40_u16, 200] {
        let (place, go, linked, run) = running();
        let sealed = place.command("git");
        let mut command = Command::new("git");
        command.env_clear().envs(
            sealed
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        command
            .args(["agents", "status", "--watch"])
            .current_dir(&linked)
            .env("TERM", "xterm");
        let mut session = OsSession::spawn(command).unwrap();
        session.set_expect_timeout(Some(Duration::from_secs(300)));
        session
            .get_process_mut()
            .set_window_size(columns, 24)
            .unwrap();
        let mut bytes = Vec::new();
        // several pictures of the running review, drawn over each other
        for _ in 0..4 {
            let found = session.expect("running").unwrap();
            bytes.extend_from_slice(found.before());
            bytes.extend_from_slice(found.get(0).unwrap());
        }
        fs::write(&go, "").unwrap();
        bytes.extend_from_slice(session.expect(Eof).unwrap().as_bytes());
        let screen = screen(&bytes, columns);
        assert_eq!(screen.matches(&run[..13]).count(), 1, "{screen}");
        assert!(
            screen.contains("done") && !screen.contains("running"),
            "{screen}"
        );
        assert!(columns < 100 || screen.contains("1 finding"), "{screen}");
    }
}

#[test]
fn status_watch_prints_changes_where_there_is_no_terminal() {
    for json in [false, true] {
        let (place, go, linked, run) = running();
        let mut command = place.command("git");
        command
            .args(["agents", "status", "--watch"])
            .args(json.then_some("--json"));
        let mut child = command
            .current_dir(&linked)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map(Result::unwrap);
        let first = lines.next().unwrap();
        assert!(
            first.contains("running") && first.starts_with('{') == json,
            "{first}"
        );
        fs::write(&go, "").unwrap();
        let rest: Vec<String> = lines.collect();
        assert!(
            rest.iter().all(|line| line.contains(&run[..13]))
                && rest.last().unwrap().contains("done"),
            "{rest:?}"
        );
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn another_worktree_cancels_retries_and_reads_the_logs() {
    let (place, go, linked, run) = running();
    assert_eq!(place.phase_in(&linked, &run), "running");
    let early = place.agents_in(&linked, &["wait", "--timeout", "1s"]);
    assert_eq!(early.code, 3, "{}", early.err);
    place.agents_in(&linked, &["cancel"]).exits(0);
    eventually("the run is cancelled", || {
        place.phase_in(&linked, &run) == "cancelled"
    });
    let logs = place.agents_in(&linked, &["logs", &run[24..]]).exits(0);
    assert!(
        logs.out.contains(&run) && logs.out.contains("cancelled"),
        "{}",
        logs.out
    );
    fs::write(&go, "").unwrap();
    let report = place
        .agents_in(&linked, &["retry", &run, "--format", "json"])
        .exits(1)
        .json();
    assert_eq!(report["findings"][0]["title"], TITLE, "{report:#}");
    place
        .agents_in(
            &linked,
            &["logs", report["run"].as_str().unwrap(), "security"],
        )
        .exits(0);
}

#[test]
fn what_was_uncommitted_there_is_retried_there() {
    let place = Sandbox::with_commit();
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
    place.fake_agent(&script(&[("security", json!([{"exit": 1}]))]));
    place.write(
        "src/db.py",
        format!("def find(cur, name):\n{}\n", crate::scene::BAD),
    );
    let failed = place.agents(&["run", "--worktree", "--format", "json"]);
    let run = failed.json()["run"].as_str().unwrap().to_owned();
    place.fake_agent(&script(&[(
        "security",
        json!([{"reply": reply(&[finding(TITLE, "high")])}]),
    )]));
    let report = place
        .agents_in(&linked, &["retry", &run, "--format", "json"])
        .exits(1)
        .json();
    assert_eq!(report["target"]["kind"], "worktree");
    assert!(
        report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .any(|found| found["title"] == TITLE),
        "{report:#}"
    );
}
