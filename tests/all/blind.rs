//! A detector of secrets that fails: nobody outside this machine is asked. No input makes the
//! real one fail, so this test starts itself again with one that does in the real pipeline.

use std::path::Path;
use std::process::{Command, Stdio};

use git_agents::testing::json;
use git_agents::testing::model::{TargetSpec, Trigger};
use git_agents::testing::{self, Silent, Workspace};
use git_agents::testing::{Detector, DetectorError};
use serde_json::{Value, json};

use crate::scene;
use crate::support::Ran;

/// Set in the process that plays the program: where the report goes.
const REPORT: &str = "GIT_AGENTS_TEST_BLIND";

#[test]
fn when_the_detector_fails_no_remote_agent_runs() {
    if let Some(to) = std::env::var_os(REPORT) {
        return review(Path::new(&to));
    }
    let place = scene::injected();
    let (started, to) = (
        place.root().join("started"),
        place.root().join("report.json"),
    );
    place.fake_agent(&json!({"default": [{"touch": started.display().to_string()}, {"reply": scene::reply(&[])}]}));
    place.agents(&["run"]).exits(1);
    assert!(
        started.exists(),
        "with a detector that works the agent is asked"
    );
    std::fs::remove_file(&started).unwrap();
    let ran = start_again(place.command(std::env::current_exe().unwrap()), &to);
    let report: Value = serde_json::from_slice(&std::fs::read(&to).unwrap_or_default())
        .unwrap_or_else(|error| panic!("{error}\n{}\n{}", ran.out, ran.err));
    assert!(!started.exists(), "an agent was started: {report:#}");
    assert_eq!(
        (&report["state"], &report["agents"]),
        (&"incomplete".into(), &json!([])),
        "{report:#}"
    );
    let notes = report["notes"].to_string();
    assert!(
        notes.contains("secret detection failed")
            && notes.contains("no agent outside this machine"),
        "{notes}"
    );
}

fn start_again(mut program: Command, to: &Path) -> Ran {
    let name = "blind::when_the_detector_fails_no_remote_agent_runs";
    program
        .args(["--exact", name])
        .env(REPORT, to)
        .stdin(Stdio::null());
    Ran::of(&program.output().unwrap())
}

/// What `git agents run HEAD` does, with a detector that fails.
fn review(to: &Path) {
    let mut session = Workspace::discover(Path::new(".")).unwrap();
    session.detector = broken;
    let target = TargetSpec::Commit("HEAD".to_owned());
    let request =
        testing::new_request(&session, Trigger::Command, target, Vec::new(), (None, None)).unwrap();
    session.store.create_run(&request).unwrap();
    let _lock = session.store.lock_run(&request.id).unwrap();
    let finished = testing::run_review(&session, &request, true, &mut Silent).unwrap();
    std::fs::write(to, json::write(&finished.report)).unwrap();
}

fn broken() -> Result<Detector, DetectorError> {
    let source = Box::new(regex::Error::CompiledTooBig(0));
    Err(DetectorError::Pattern {
        rule: "any",
        source,
    })
}
