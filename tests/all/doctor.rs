//! `git agents doctor`, and that a review starts no review.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::scene::{injected, reply, script};
use crate::support::{Sandbox, eventually};

fn lines(place: &Sandbox, code: i32) -> Vec<Value> {
    let ran = place.agents(&["doctor", "--json"]).exits(code);
    ran.out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[track_caller]
fn find<'a>(lines: &'a [Value], key: &str, value: &str) -> &'a Value {
    lines
        .iter()
        .find(|line| line[key] == value)
        .unwrap_or_else(|| panic!("no {key} {value} in {lines:#?}"))
}

/// A program that tells a version, and its login by an exit code.
pub(crate) fn install(place: &Sandbox, name: &str, script: &str) {
    let path = place.root().join("bin").join(name);
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn each_agent_and_each_check_is_told() {
    let place = injected();
    install(
        &place,
        "claude",
        "case $1 in --version) echo '2.1.329 (Claude Code)';; auth) exit 1;; esac",
    );
    install(
        &place,
        "codex",
        "case $1 in --version) echo codex-cli 0.170.0;; login) exit 0;; esac",
    );
    install(&place, "goose", "echo 1.50.0");
    place.fake_agent(&script(&[]));
    place.agents(&["run"]).exits(1);
    let lines = lines(&place, 0);
    let claude = find(&lines, "agent", "claude");
    assert_eq!(
        (&claude["version"], &claude["logged_in"]),
        (&json!("2.1.329"), &json!(false)),
        "{claude:#}"
    );
    let codex = find(&lines, "agent", "codex");
    assert_eq!(
        (&codex["version"], &codex["logged_in"]),
        (&json!("0.170.0"), &json!(true)),
        "{codex:#}"
    );
    assert_eq!(find(&lines, "agent", "goose")["verified"], Value::Null);
    assert_eq!(find(&lines, "agent", "pi")["found"], false);
    assert_eq!(
        find(&lines, "agent", "anthropic")["lacks"],
        "ANTHROPIC_API_KEY is not set"
    );
    let command = find(&lines, "agent", "command");
    assert_eq!(command["last"], "answered", "{command:#}");
    for check in ["background", "store", "recursion"] {
        assert_eq!(find(&lines, "check", check)["result"], "ok", "{lines:#?}");
    }
    assert_eq!(find(&lines, "check", "hooks")["result"], "note");
    let text = place.agents(&["doctor"]).exits(0).out;
    assert!(text.contains("not logged in: claude auth login"), "{text}");
    assert!(
        text.contains("0.170.0; this was tried with 0.169.0"),
        "{text}"
    );
}

#[test]
fn a_program_that_hangs_holds_doctor_up_for_a_bounded_time_only() {
    let place = injected();
    install(&place, "codex", "sleep 600");
    let lines = lines(&place, 0);
    assert_eq!(find(&lines, "agent", "codex")["version"], Value::Null);
}

#[test]
fn a_store_that_cannot_be_written_is_a_fault() {
    let place = injected();
    std::os::unix::fs::symlink("/nowhere", place.repo.join(".git/agents")).unwrap();
    let ran = place.agents(&["doctor"]);
    assert_ne!(ran.code, 0, "{}", ran.out);
}

#[test]
fn an_agent_that_commits_inside_a_review_starts_none() {
    let place = injected();
    place.agents(&["hooks", "install"]).exits(0);
    let repo = place.repo.display().to_string();
    place.fake_agent(&script(&[(
        "security",
        json!([{"commit": repo}, {"reply": reply(&[])}]),
    )]));
    let runs = || std::fs::read_dir(place.store().join("runs")).map_or(0, Iterator::count);
    place.agents(&["run"]).exits(1);
    let subject = place.git(&["log", "-1", "--format=%s"]).exits(0).out;
    assert_eq!(
        subject.trim(),
        "made inside a review",
        "the agent did commit"
    );
    assert_eq!(runs(), 1, "its commit started a review");
    let inside = place
        .command("git")
        .args(["agents", "run"])
        .env("GIT_AGENTS_INSIDE_REVIEW", "1")
        .output()
        .unwrap();
    assert_eq!(inside.status.code(), Some(2));
    // the hooks do work: a commit outside starts one
    place
        .git(&["commit", "-q", "--allow-empty", "-m", "outside"])
        .exits(0);
    eventually("a commit outside starts a review", || runs() == 2);
    place.agents(&["wait"]);
}

#[test]
fn a_key_in_a_variable_is_a_login_and_a_url_is_told() {
    let place = injected();
    install(
        &place,
        "codex",
        "case $1 in --version) echo codex-cli 0.170.0;; login) exit 1;; esac",
    );
    install(
        &place,
        "claude",
        "case $1 in --version) echo '2.1.329 (Claude Code)';; auth) exit 1;; esac",
    );
    let told = |variables: &[(&str, &str)]| -> Vec<Value> {
        let mut command = place.command("git");
        command.args(["agents", "doctor", "--format", "json"]);
        let output = command.envs(variables.iter().copied()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let lines = told(&[]);
    for name in ["codex", "claude"] {
        assert_eq!(find(&lines, "agent", name)["logged_in"], json!(false));
    }
    let lines = told(&[
        ("CODEX_API_KEY", "k"),
        ("ANTHROPIC_API_KEY", "k"),
        ("ANTHROPIC_BASE_URL", "http://user:word@localhost:1/v1"),
    ]);
    let codex = find(&lines, "agent", "codex");
    assert_eq!(
        (&codex["logged_in"], &codex["key"]),
        (&json!(true), &json!("CODEX_API_KEY")),
        "{codex:#}"
    );
    let claude = find(&lines, "agent", "claude");
    assert_eq!(
        (&claude["key"], &claude["url"]),
        (&json!("ANTHROPIC_API_KEY"), &json!("http://localhost:1/v1")),
        "{claude:#}"
    );
}

#[test]
fn names_that_do_not_exist_are_faults_with_the_nearest_one() {
    let place = injected();
    let line = lines(&place, 0);
    assert_eq!(find(&line, "check", "settings")["result"], "ok");
    place.config("agents.backend", "cluade");
    place.config("agents.enabled", "secruity retro");
    let line = lines(&place, 3);
    let check = find(&line, "check", "settings");
    let words = check["words"].as_str().unwrap();
    assert_eq!(check["result"], "fault", "{check:#}");
    assert!(words.contains("did you mean `claude`?"), "{words}");
    assert!(words.contains("did you mean `security`?"), "{words}");
    let ran = place.agents(&["run", "--agents", "retro"]).exits(2);
    assert!(ran.err.contains("did you mean `claude`?"), "{}", ran.err);
    place.config("agents.backend", "offline");
    place.config("agents.auto", "comit");
    let ran = place.agents(&["run", "--agents", "retro"]).exits(2);
    assert!(ran.err.contains("agents.auto commit"), "{}", ran.err);
}
