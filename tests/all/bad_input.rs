//! Bad input: one line, a hint that is a command, exit 2, nothing written.

use serde_json::json;

use crate::scene::{injected, reply};
use crate::support::{Ran, Sandbox};

#[track_caller]
fn refused(place: &Sandbox, ran: Ran, words: &[&str]) {
    let ran = ran.refuses(words);
    assert!(
        ran.err
            .lines()
            .any(|line| line.starts_with("hint: ") && line.contains('`')),
        "{}",
        ran.err
    );
    assert!(!place.store().exists(), "something was written");
}

#[test]
fn outside_a_repository() {
    let place = Sandbox::bare_place();
    let ran = place
        .command(crate::support::program())
        .arg("run")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert_eq!(ran.status.code(), Some(2), "{text}");
    assert!(
        text.starts_with("error: ") && text.contains("repository") && text.contains("hint: "),
        "{text}"
    );
}

#[test]
fn an_unknown_revision() {
    let place = injected();
    refused(&place, place.agents(&["run", "nowhere"]), &["nowhere"]);
    refused(
        &place,
        place.agents(&["run", "HEAD..nowhere"]),
        &["nowhere"],
    );
    refused(
        &place,
        place.agents(&["run", "--base", "nowhere"]),
        &["nowhere"],
    );
}

#[test]
fn an_unknown_agent_or_backend() {
    let place = injected();
    refused(
        &place,
        place.agents(&["run", "--agents", "securty"]),
        &["securty"],
    );
    refused(
        &place,
        place.agents(&["run", "--backend", "nothing"]),
        &["nothing"],
    );
}

#[test]
fn a_backend_that_is_not_installed_offers_offline() {
    let place = injected();
    refused(
        &place,
        place.agents(&["run", "--backend", "claude"]),
        &["claude", "not installed", "--backend offline"],
    );
    place.config("agents.backend", "codex");
    refused(
        &place,
        place.agents(&["run"]),
        &["codex", "--backend offline"],
    );
    place.config("agents.backend", "command");
    for program in ["/no/such/program --x", "no-such-program", "bin/review"] {
        place.config("agents.command", program);
        let name = program.split(' ').next().unwrap();
        refused(
            &place,
            place.agents(&["run"]),
            &[name, "agents.command", "--backend offline"],
        );
        refused(
            &place,
            place.agents(&["run", "--background"]),
            &[name, "--backend offline"],
        );
    }
}

#[test]
fn a_bad_value_names_key_and_place() {
    let place = injected();
    place.config("agents.gate", "sometimes");
    refused(
        &place,
        place.agents(&["run"]),
        &["agents.gate", "sometimes", ".gitconfig"],
    );
    place.config("agents.gate", "warn");
    place.config("agents.timeout", "soon");
    refused(
        &place,
        place.agents(&["run"]),
        &["agents.timeout", "soon", ".gitconfig"],
    );
}

#[test]
fn a_malformed_definition_names_file_and_line() {
    let place = injected();
    let dir = place.root().join("config/git-agents/agents");
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(
        dir.join("mine.md"),
        "---\nname: mine\ndescription: [oops\n---\nbody\n",
    )
    .unwrap();
    refused(&place, place.agents(&["run"]), &["mine.md:3"]);
}

#[test]
fn a_repository_cannot_choose_a_program() {
    let place = injected();
    let marker = place.root().join("ran");
    let script = place.root().join("script.json");
    std::fs::write(
        &script,
        json!({"default": [{"touch": marker.display().to_string()}, {"reply": reply(&[])}]})
            .to_string(),
    )
    .unwrap();
    let line = format!(
        "{} {}",
        crate::support::fake::fake_agent().display(),
        script.display()
    );
    place.write(
        ".gitconfig-shared",
        format!("[agents]\n\tbackend = command\n\tcommand = {line}\n"),
    );
    place.write(
        ".gitagents.toml",
        format!("backend = \"command\"\ncommand = \"{line}\"\n"),
    );
    place.commit("settings of the repository");
    place.write("b.py", "x = 1\n");
    place.commit("a change");
    place
        .git(&["config", "include.path", "../.gitconfig-shared"])
        .exits(0);
    place.agents(&["run", "HEAD~1"]);
    place.agents(&["run"]);
    assert!(!marker.exists(), "a tracked file chose a program");
}

#[test]
fn an_agent_in_the_work_tree_is_not_run() {
    let place = injected();
    let marker = place.root().join("ran");
    place.write(
        "bin/claude",
        format!("#!/bin/sh\ntouch {}\n", marker.display()),
    );
    use std::os::unix::fs::PermissionsExt;
    let file = place.repo.join("bin/claude");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    for path in [
        place.repo.join("bin").display().to_string(),
        "bin".to_owned(),
    ] {
        let search = format!("{path}:{}", place.root().join("bin").display());
        place
            .command("git")
            .env("PATH", search)
            .args(["agents", "run"])
            .output()
            .unwrap();
        assert!(
            !marker.exists(),
            "a program of the repository was run through {path}"
        );
    }
}
