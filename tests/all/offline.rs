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
fn drawn_passwords_in_addresses_are_confirmed() {
    let place = Sandbox::with_commit();
    place.write(
        "app.conf",
        "DATABASE_URL=postgres://app:Zk3vQ9pLw7Rt2XyB@db.prod.acme.io:5432/app\n",
    );
    place.write(
        "sync.sh",
        "git clone https://bot:Hq8sL2mZx0Vt5KpD9wRy@git.acme.io/x.git\n",
    );
    place.commit("addresses");
    let report = place.agents(&["run", "--format", "json"]).exits(1).json();
    let tiers: Vec<_> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["category"] == "CWE-798")
        .map(|finding| finding["tier"].as_str().unwrap())
        .collect();
    assert_eq!(tiers, ["confirmed", "confirmed"], "{report:#}");
}

#[test]
fn the_public_configuration_of_a_page_is_not_confirmed() {
    let place = Sandbox::with_commit();
    let key = ["AIza", "SyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY"].concat();
    place.write(
        "firebase.js",
        format!(
            "export const app = initializeApp({{\n  apiKey: \"{key}\",\n  \
             authDomain: \"shop-4711.firebaseapp.com\",\n  projectId: \"shop-4711\",\n}});\n"
        ),
    );
    place.commit("web config");
    place.agents(&["run"]).exits(0);
}

#[test]
fn the_secret_beside_an_access_key_id_leaves_no_machine() {
    let place = Sandbox::with_commit();
    let id = ["AKIA", "Q3EGRVTWZKHNM7PL"].concat();
    let secret = ["k3J9sLq8Zr2Tn6VwXy7Bd4", "Fh1Gm5Pc0AeUiOk3J9"].concat();
    place.write("up.py", format!("k = \"{id}\"\ns = \"{secret}\"\n"));
    place.commit("up");
    let prompt = place.agents(&["prompt", "--agent", "security"]).exits(0);
    assert!(!prompt.out.contains(&secret), "{}", prompt.out);
    assert!(
        prompt
            .out
            .contains("s = \"[redacted:aws-secret-access-key:"),
        "{}",
        prompt.out
    );
    place.agents(&["run"]).exits(1);
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

#[test]
fn a_long_line_hides_no_call() {
    let place = Sandbox::with_commit();
    let call = "eval(request.args[\"x\"])";
    let comment = "z".repeat(700);
    place.write(
        "a.py",
        format!("def run(request):\n    {call}  # {comment}\n"),
    );
    let blanks = " ".repeat(800);
    place.write(
        "b.py",
        format!("def run(request):\n    x = 1;{blanks}{call}\n"),
    );
    let many = "y = 2; ".repeat(200);
    place.write("c.py", format!("def run(request):\n    {many}{call}\n"));
    place.commit("calls");
    let ran = place
        .agents(&["run", "--backend", "offline", "--all"])
        .exits(1);
    for line in ["a.py:2", "b.py:2", "c.py:2", "far to the right"] {
        assert!(ran.out.contains(line), "{line}: {}", ran.out);
    }
}

#[test]
fn a_format_that_takes_numbers_only_injects_nothing() {
    let place = Sandbox::with_commit();
    place.write(
        "a.py",
        "def up(cur, n):\n    \
         cur.execute(\"update t set x = 1 where id = {:d}\".format(n))\n    \
         cur.execute(f\"update t set x = 1 where id = {n:05d}\")\n    \
         cur.execute(\"update t set x = 1 where id = %d\" % n)\n",
    );
    place.commit("numbers");
    place.agents(&["run", "--backend", "offline"]).exits(0);
    place.write(
        "b.py",
        "def up(cur, n):\n    cur.execute(\"update t set x = 1 where id = {:>5}\".format(n))\n",
    );
    place.commit("text");
    place.agents(&["run", "--backend", "offline"]).exits(1);
}
