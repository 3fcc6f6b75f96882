//! What a person sees while agents read, and reviews that outlive the terminal they were started from.

use std::process::Stdio;
use std::time::Duration;

use expectrl::Expect;
use expectrl::session::OsSession;
use serde_json::json;

use crate::scene::{finding, injected, line, reply, script};
use crate::support::{Sandbox, eventually};

/// What the offline reviewer says of the scene.
const FACT: &str = "agents: offline: high src/db.py:2";

/// A scene whose agents wait for a file before they answer.
fn held() -> (Sandbox, std::path::PathBuf) {
    let place = injected();
    let gate = place.root().join("go");
    let wait = |answer| json!([{"wait_for": gate.display().to_string()}, {"reply": answer}]);
    let nothing = wait(reply(&[]));
    let hole = wait(reply(&[finding("Name is pasted into SQL", "high")]));
    place.fake_agent(&script(&[
        ("security", hole),
        ("performance", nothing.clone()),
        ("retro", nothing),
    ]));
    (place, gate)
}

fn on_terminal(place: &Sandbox, line: &str) -> OsSession {
    let mut command = place.command("sh");
    command.args(["-c", line]).env("TERM", "xterm");
    let mut session = OsSession::spawn(command).unwrap();
    session.set_expect_timeout(Some(Duration::from_secs(60)));
    session.get_process_mut().set_window_size(80, 24).unwrap();
    session
}

#[test]
fn facts_and_a_row_for_each_agent_stand_there_while_they_read() {
    let (place, gate) = held();
    let mut session = on_terminal(&place, "git agents run");
    session.expect(FACT).unwrap();
    for agent in ["security", "performance", "retro"] {
        session
            .expect(expectrl::Regex(&format!(
                "{agent} +command +reading +[0-9]+ s"
            )))
            .unwrap();
    }
    std::fs::write(&gate, "").unwrap();
    session.expect("Name is pasted into SQL").unwrap();
    session.expect(expectrl::Eof).unwrap();
}

#[test]
fn without_a_terminal_each_event_is_a_line() {
    let (place, gate) = held();
    let mut command = place.command("git");
    command.args(["agents", "run"]).stdout(Stdio::piped());
    let path = place.root().join("stderr");
    let child = command
        .stderr(std::fs::File::create(&path).unwrap())
        .spawn()
        .unwrap();
    let said = || std::fs::read_to_string(&path).unwrap();
    eventually("all agents have started", || {
        said().matches(" started\n").count() == 4
    });
    assert!(said().starts_with("agents: reading "), "{}", said());
    assert!(said().find(FACT) < said().find(" started"), "{}", said());
    std::fs::write(&gate, "").unwrap();
    assert_eq!(
        child.wait_with_output().unwrap().status.code(),
        Some(1),
        "{}",
        said()
    );
    assert_eq!(
        said().matches(" answered (command, ").count(),
        4,
        "{}",
        said()
    );
    assert!(!said().contains('\u{1b}'), "{}", said());
}

#[test]
fn a_background_review_outlives_ctrl_c_and_the_terminal() {
    let (place, gate) = held();
    let mut session = on_terminal(&place, "git agents run --background; echo ready; cat");
    session.expect("ready").unwrap();
    let answers = || {
        std::fs::read_dir(place.store().join("runs"))
            .unwrap()
            .flatten()
            .next()
            .unwrap()
            .path()
    };
    eventually("the agents run", || {
        ["security", "performance", "retro"]
            .iter()
            .all(|a| answers().join("agents").join(a).join("pgid").exists())
    });
    session.send("\u{3}").unwrap();
    session.expect(expectrl::Eof).unwrap();
    // closes the terminal: whoever still belongs to it is hung up
    drop(session);
    std::fs::write(&gate, "").unwrap();
    let report = place.agents(&["wait", "--format", "json"]).exits(1).json();
    for agent in ["security", "performance", "retro"] {
        assert_eq!(line(&report, agent)["outcome"], "answered", "{report:#}");
    }
}
