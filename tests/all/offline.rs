//! A fresh machine: no agent, no account.

use crate::scene;
use crate::support::Sandbox;

#[test]
fn a_fresh_machine_gets_a_report_from_the_offline_reviewer() {
    let place = scene::injected();
    let ran = place.agents(&["run", "--format", "json"]).exits(1);
    let report = ran.json();
    assert_eq!(report["state"], "findings");
    assert_eq!(report["version"], 1);
    for agent in ["security", "performance", "retro"] {
        let line = scene::line(&report, agent);
        assert_eq!(
            (&line["backend"], &line["outcome"]),
            (&"offline".into(), &"answered".into()),
            "{line:#}"
        );
    }
    let finding = &report["findings"][0];
    assert_eq!(finding["category"], "CWE-89", "{report:#}");
    assert_eq!(
        (&finding["file"], &finding["line_start"]),
        (&"src/db.py".into(), &2.into())
    );
    assert_eq!(finding["quote"], scene::BAD);
    assert_eq!(finding["tier"], "confirmed");
    assert_eq!(report["coverage"]["not_reviewed"], serde_json::json!([]));
}

#[test]
fn a_harmless_commit_is_clean_and_exits_0() {
    let place = Sandbox::with_commit();
    place.write(
        "src/lib.rs",
        "pub fn double(n: u32) -> u32 {\n    n.wrapping_mul(2)\n}\n",
    );
    place.commit("double");
    let report = place.agents(&["run", "--format", "json"]).exits(0).json();
    assert_eq!(report["state"], "clean", "{report:#}");
}

#[test]
fn a_secret_is_reported_masked_and_kept_nowhere() {
    let place = Sandbox::with_commit();
    let secret = ["ghp_", "q7Rk2mZ9xT4vB1nL8cW5yH3sD6fJ0pGaVeQ1"].concat();
    place.write(
        "deploy.sh",
        format!("#!/bin/sh\ncurl -H \"Authorization: token {secret}\" https://api.invalid\n"),
    );
    place.commit("deploy");
    let ran = place.agents(&["run", "--format", "json"]);
    assert!(!ran.out.contains(&secret) && !ran.err.contains(&secret));
    let report = ran.exits(1).json();
    let finding = &report["findings"][0];
    assert_eq!(finding["category"], "CWE-798", "{report:#}");
    assert!(
        finding["quote"].as_str().unwrap().contains("[redacted:"),
        "{finding:#}"
    );
    assert_eq!(report["redacted"], 1);
    let kept = std::process::Command::new("grep")
        .args(["-r", &secret])
        .arg(place.store())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&kept.stdout), "");
}

#[test]
fn a_language_without_rules_is_said_to_have_had_only_the_general_checks() {
    let place = Sandbox::with_commit();
    place.write("main.rb", "puts 1 + 1\n");
    place.commit("ruby");
    let ran = place.agents(&["run", "--all"]).exits(0);
    assert!(
        ran.out.contains("main.rb") && ran.out.contains("general checks only"),
        "{}",
        ran.out
    );
}

#[test]
fn nothing_to_review_is_said_and_is_not_a_failure() {
    let place = Sandbox::with_commit();
    place
        .git(&["commit", "-q", "--allow-empty", "-m", "nothing"])
        .exits(0);
    let report = place.agents(&["run", "--format", "json"]).exits(0).json();
    assert_eq!(report["coverage"]["hunks"], 0, "{report:#}");
}

#[test]
fn the_bar_decides_the_exit_code() {
    let place = scene::injected();
    place.agents(&["run", "--fail-on", "critical"]).exits(0);
    place.agents(&["run", "--fail-on", "medium"]).exits(1);
    place.config("agents.gate", "critical");
    place.agents(&["run"]).exits(0);
}
