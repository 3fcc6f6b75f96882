//! The small commands, and the documents that must agree with the program.

use crate::scene::{hole, injected};
use crate::support::Sandbox;

#[test]
fn a_finding_is_shown_dismissed_and_reopened_across_an_amend() {
    let place = injected();
    let report = place.agents(&["run", "--format", "json"]).exits(1).json();
    let id = report["findings"][0]["id"].as_str().unwrap().to_owned();
    let shown = place.agents(&["show", &id[..6]]).exits(0);
    assert!(shown.out.contains("src/db.py:2"), "{}", shown.out);
    assert!(
        place
            .agents(&["findings"])
            .exits(0)
            .out
            .contains("src/db.py:2")
    );
    place
        .agents(&["dismiss", &id[..6], "--reason", ""])
        .exits(2);
    place
        .agents(&[
            "dismiss",
            &id[..6],
            "--reason",
            "names are checked before",
            "--kind",
            "false-positive",
        ])
        .exits(0);
    assert_eq!(place.agents(&["findings"]).exits(0).out, "");
    place.write("notes.txt", "moved\n");
    place.git(&["add", "-A"]).exits(0);
    place
        .git(&["commit", "-q", "--amend", "-m", "amended"])
        .exits(0);
    let report = place.agents(&["run", "--format", "json"]).exits(0).json();
    assert_eq!(report["findings"][0]["status"], "dismissed", "{report:#}");
    place.agents(&["reopen", &id]).exits(0);
    place.agents(&["run", "--fresh"]).exits(1);
    place.agents(&["show", "zzzz"]).exits(2);
}

#[test]
fn the_past_of_a_commit_repairs_nothing_in_it() {
    let place = Sandbox::with_commit();
    place.write(
        "src/db.py",
        "def find(cur, name):\n    return cur.fetchone()\n",
    );
    let before = place.commit("an empty look-up");
    place.write("src/db.py", hole());
    place.commit("look up users by name");
    place.agents(&["run", "HEAD"]).exits(1);
    place.agents(&["run", &before]).exits(0);
    let again = place
        .agents(&["run", "HEAD", "--format", "json"])
        .exits(1)
        .json();
    assert_eq!(again["findings"][0]["status"], "open", "{again:#}");
}

#[test]
fn a_fixed_finding_is_closed_by_the_commit_that_fixed_it() {
    let place = injected();
    place.agents(&["run"]).exits(1);
    place.write("src/db.py", "def find(cur, name):\n    cur.execute(\"select * from users where name = %s\", (name,))\n    return cur.fetchone()\n");
    let fix = place.commit("bind the name");
    place.agents(&["run"]).exits(0);
    assert_eq!(place.agents(&["findings"]).exits(0).out, "");
    let all = place.agents(&["findings", "--all", "--json"]).exits(0);
    let known: serde_json::Value = serde_json::from_str(all.out.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&known["status"], &known["fixed_by"]),
        (&"fixed".into(), &fix.into()),
        "{known:#}"
    );
}

#[test]
fn why_tells_which_reviews_read_a_line() {
    let place = injected();
    place.agents(&["run"]).exits(1);
    let ran = place.agents(&["why", "src/db.py:2"]).exits(0);
    assert!(
        ran.out.contains("look up users by name") && ran.out.contains(":2"),
        "{}",
        ran.out
    );
    place.agents(&["why", "README.md"]).exits(3);
}

#[test]
fn the_prompt_is_printed_to_the_byte_without_secrets() {
    let place = injected();
    let secret = ["AKIA", "Q3EGRIBLXZ7WJ5KD"].concat();
    place.write("config.py", format!("AWS_ACCESS_KEY_ID = \"{secret}\"\n"));
    place.commit("config");
    let ran = place.agents(&["prompt", "--agent", "security"]).exits(0);
    assert!(!ran.out.contains(&secret), "{}", ran.out);
    assert!(ran.out.contains("[redacted:"), "{}", ran.out);
    for section in [
        "# Background",
        "# Goal",
        "# Constraints",
        "# Expected Output",
    ] {
        assert_eq!(
            ran.out.matches(&format!("\n{section}\n")).count(),
            1,
            "{section}"
        );
    }
    assert!(
        ran.err.contains(&format!("{} bytes", ran.out.len())),
        "{}",
        ran.err
    );
    assert!(
        ran.err.contains("masked: ") && ran.err.contains("config.py:1"),
        "{}",
        ran.err
    );
    let twice = place.agents(&["prompt"]).exits(0);
    for agent in ["security", "performance", "retro"] {
        assert!(
            twice
                .out
                .contains(&format!("You are the `{agent}` reviewer")),
            "{agent}"
        );
    }
}

#[test]
fn the_manual_page_in_the_repository_is_the_one_generated() {
    let place = Sandbox::bare_place();
    let output = place
        .command(crate::support::program())
        .arg("man")
        .output()
        .unwrap();
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/man/git-agents.1");
    let kept = std::fs::read(kept).unwrap();
    assert!(
        output.stdout == kept,
        "man/git-agents.1 is stale: `cargo run -- man > man/git-agents.1`"
    );
}

#[test]
fn the_manual_page_is_installed_where_man_looks() {
    let place = Sandbox::bare_place();
    let bin = place.root().join("prefix/bin");
    std::fs::create_dir_all(&bin).unwrap();
    std::fs::copy(crate::support::program(), bin.join("git-agents")).unwrap();
    let ran = crate::support::Ran::of(
        &place
            .command(bin.join("git-agents"))
            .args(["man", "--install"])
            .output()
            .unwrap(),
    );
    let page = std::fs::canonicalize(place.root())
        .unwrap()
        .join("prefix/share/man/man1/git-agents.1");
    assert_eq!(ran.exits(0).out.trim(), page.display().to_string());
    let ours = concat!(env!("CARGO_MANIFEST_DIR"), "/man/git-agents.1");
    assert_eq!(std::fs::read(page).unwrap(), std::fs::read(ours).unwrap());
}

#[test]
fn the_schemas_in_the_repository_are_the_ones_generated() {
    let place = Sandbox::bare_place();
    for which in ["report", "reply"] {
        let output = place
            .command(crate::support::program())
            .args(["schema", which])
            .output()
            .unwrap();
        let path = format!("{}/man/{which}.schema.json", env!("CARGO_MANIFEST_DIR"));
        assert!(
            output.stdout == std::fs::read(&path).unwrap(),
            "{path} is stale"
        );
    }
}

#[test]
fn every_command_has_help_and_completions() {
    let place = Sandbox::bare_place();
    let run = |args: &[&str]| {
        let output = place
            .command(crate::support::program())
            .args(args)
            .output()
            .unwrap();
        assert!(output.status.success(), "{args:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let offered = run(&["_complete", "bash", "--", "git-agents", ""]);
    for name in [
        "run", "report", "show", "findings", "status", "wait", "cancel", "retry", "logs", "prompt",
        "prune",
    ] {
        assert!(
            run(&[name, "--help"]).contains("Usage: git agents"),
            "{name}"
        );
        assert!(offered.lines().any(|word| word == name), "{name}");
    }
    assert!(run(&["completions", "bash"]).contains("_git_agents()"));
    assert!(run(&["completions", "zsh"]).contains("_git-agents"));
    assert!(run(&["completions", "fish"]).contains("git-agents"));
}

#[test]
fn the_listing_of_agents_names_sources_and_backends() {
    let place = injected();
    let ran = place.agents(&["agents"]).exits(0);
    for word in [
        "security",
        "performance",
        "retro",
        "built in",
        "claude",
        "codex",
        "not installed",
        "offline",
    ] {
        assert!(ran.out.contains(word), "{word}: {}", ran.out);
    }
    let ran = place.agents(&["config"]).exits(0);
    for key in [
        "agents.backend",
        "agents.gate",
        "agents.timeout",
        "agents.promptBytes",
    ] {
        assert!(ran.out.contains(key), "{key}: {}", ran.out);
    }
}
