//! What agents answer, well and badly, and what becomes of it.

use serde_json::{Value, json};

use crate::scene::{self, finding, injected, line, reply, script};

fn run(agents: &[(&str, Value)], code: i32) -> Value {
    let place = injected();
    place.fake_agent(&script(agents));
    let ran = place.agents(&["run", "--format", "json"]);
    assert_eq!(ran.code, code, "stdout:\n{}\nstderr:\n{}", ran.out, ran.err);
    ran.json()
}

/// The security agent answers in this way; the others answer well.
fn security(steps: Value) -> Value {
    let report = run(
        &[
            ("security", steps),
            ("performance", json!([{"reply": reply(&[])}])),
        ],
        1,
    );
    assert_eq!(
        line(&report, "performance")["outcome"],
        "answered",
        "{report:#}"
    );
    report
}

#[track_caller]
fn is_a_gap(report: &Value, outcome: &str) {
    assert_eq!(report["state"], "incomplete", "{report:#}");
    assert_eq!(line(report, "security")["outcome"], outcome, "{report:#}");
    let unread = report["coverage"]["not_reviewed"].as_array().unwrap();
    assert!(
        unread.iter().any(|n| n["agent"] == "security"),
        "{report:#}"
    );
}

#[test]
fn three_agents_and_the_offline_reviewer_become_one_finding() {
    let report = run(
        &[
            (
                "security",
                json!([{"reply": reply(&[finding("Name is pasted into SQL", "high")])}]),
            ),
            (
                "retro",
                json!([{"reply": reply(&[finding("SQL is built from the name", "medium")])}]),
            ),
        ],
        1,
    );
    assert_eq!(report["state"], "findings", "{report:#}");
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{report:#}");
    let agents: Vec<&str> = findings[0]["agents"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(agents, ["offline", "retro", "security"]);
    assert_eq!(findings[0]["severity"], "high");
    assert_eq!(findings[0]["confidence"], 100);
}

#[test]
fn a_finding_of_which_one_step_is_not_shown_is_likely_and_holds_nothing() {
    // no rule finds this one, so that nothing but the agent's word speaks for it
    let mut open = finding("The cursor is handed out after it was closed", "high");
    open["confidence"] = json!(50);
    open["category"] = json!("CWE-672");
    open["scenario"] =
        json!("A caller that passes a cursor of a closed connection gets rows of another one.");
    open["not_shown"] = json!("who calls `find`");
    let mut vague = open.clone();
    vague["title"] = json!("Errors are swallowed");
    vague["category"] = json!("CWE-390");
    vague["scenario"] = json!("This could be a problem.");
    vague["not_shown"] = json!(null);
    let place = injected();
    place.fake_agent(&script(&[(
        "security",
        json!([{"reply": reply(&[open, vague])}]),
    )]));
    let report = place.agents(&["run", "--format", "json"]).json();
    let found = |title: &str| {
        let findings = report["findings"].as_array().unwrap();
        let found = findings.iter().find(|f| f["title"] == title);
        found.unwrap_or_else(|| panic!("{report:#}")).clone()
    };
    let likely = found("The cursor is handed out after it was closed");
    assert_eq!(likely["tier"], "likely", "{report:#}");
    assert_eq!(likely["not_shown"], "who calls `find`");
    assert_eq!(found("Errors are swallowed")["tier"], "maybe");
    let held = report["verdict"]["why"].to_string();
    assert!(!held.contains(likely["id"].as_str().unwrap()), "{held}");
    let screen = place.agents(&["report"]).out;
    assert!(
        screen.contains("LIKELY, but one step is not shown"),
        "{screen}"
    );
    assert!(screen.contains("not shown: who calls `find`"), "{screen}");
    assert!(screen.contains("1 likely"), "{screen}");
    assert!(!screen.contains("Errors are swallowed"), "{screen}");
    let list = place.agents(&["findings"]).out;
    assert!(list.contains("likely"), "{list}");
}

#[test]
fn a_quote_that_does_not_stand_is_set_aside() {
    let mut invented = finding("Shell injection", "critical");
    invented["quote"] = json!("os.system(name)");
    invented["category"] = json!("CWE-78");
    let report = security(json!([{"reply": reply(&[invented])}]));
    assert!(
        report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .all(|f| f["title"] != "Shell injection")
    );
    let aside = &report["set_aside"][0];
    assert_eq!(
        (&aside["title"], &aside["stage"]),
        (&"Shell injection".into(), &"locate".into()),
        "{report:#}"
    );
}

#[test]
fn wrong_lines_are_corrected_and_said() {
    let mut moved = finding("Name is pasted into SQL", "high");
    moved["line_start"] = json!(40);
    moved["line_end"] = json!(40);
    let report = security(json!([{"reply": reply(&[moved])}]));
    let found = &report["findings"][0];
    assert_eq!(found["line_start"], 2, "{report:#}");
    assert!(found["checks"].to_string().contains("40"), "{found:#}");
}

#[test]
fn findings_for_other_files_are_set_aside() {
    let mut other = finding("Elsewhere", "high");
    other["file"] = json!("../../etc/passwd");
    let report = security(json!([{"reply": reply(&[other])}]));
    assert_eq!(report["set_aside"][0]["stage"], "locate", "{report:#}");
}

#[test]
fn a_fenced_answer_with_prose_before_it_is_read() {
    let text = format!(
        "Sure! Here is my review:\n\n```json\n{}\n```\nHope it helps.",
        reply_text()
    );
    let report = security(json!([{"out": text}]));
    assert_eq!(
        line(&report, "security")["outcome"],
        "answered",
        "{report:#}"
    );
    assert_eq!(report["state"], "findings");
}

/// A reply with the one hunk of the scene spelled out.
fn reply_text() -> String {
    let mut value = reply(&[finding("Name is pasted into SQL", "high")]);
    value["coverage"] = json!(["h1"]);
    value.to_string()
}

#[test]
fn silence_garbage_and_halves_are_named_and_leave_a_gap() {
    is_a_gap(&security(json!([{"exit": 0}])), "empty reply");
    is_a_gap(&security(json!([{"garbage": 5000}])), "unreadable reply");
    is_a_gap(
        &security(json!([{"half": reply(&[finding("x", "high")])}])),
        "unreadable reply",
    );
    is_a_gap(
        &security(json!([{"out": "I could not find the file you mean."}])),
        "unreadable reply",
    );
    is_a_gap(&security(json!([{"err": "boom"}, {"exit": 7}])), "exited");
    is_a_gap(&security(json!([{"die": 9}])), "signalled");
}

#[test]
fn another_schema_version_is_named() {
    let report = security(json!([{"out": "{\"version\": 9, \"findings\": [], \"coverage\": []}"}]));
    is_a_gap(&report, "unreadable reply");
    assert!(
        line(&report, "security").to_string().contains('9'),
        "{report:#}"
    );
}

#[test]
fn a_hunk_that_was_not_echoed_is_not_reviewed() {
    let report = security(json!([{"out": "{\"version\": 1, \"findings\": [], \"coverage\": []}"}]));
    assert_eq!(report["state"], "incomplete", "{report:#}");
    assert_eq!(report["coverage"]["not_reviewed"][0]["agent"], "security");
}

#[test]
fn escapes_in_an_answer_never_reach_the_terminal() {
    let place = injected();
    let mut evil = finding("\u{1b}]0;owned\u{7}title \u{202e}gnp", "high");
    evil["scenario"] = json!("a\u{9b}31mred\rover\u{8}");
    place.fake_agent(&script(&[("security", json!([{"reply": reply(&[evil])}]))]));
    let ran = place.agents(&["run", "--all"]).exits(1);
    let bad = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    assert_eq!(ran.out.chars().find(|c| bad(*c)), None, "{:?}", ran.out);
    assert!(ran.out.contains("owned"), "{}", ran.out);
}

#[test]
fn a_flood_is_stopped_and_named() {
    let place = injected();
    place.config("agents.outputBytes", "1m");
    place.fake_agent(&script(&[(
        "security",
        json!([{"flood": 1_000_000_000_u64}]),
    )]));
    let report = place.agents(&["run", "--format", "json"]).exits(1).json();
    is_a_gap(&report, "too much output");
}

#[test]
fn deadlines_end_an_agent_and_keep_the_others() {
    let place = injected();
    place.config("agents.timeout", "6s");
    place.fake_agent(&script(&[(
        "security",
        json!([{"ignore_term": true}, {"stall": true}]),
    )]));
    let report = place.agents(&["run", "--format", "json"]).exits(1).json();
    is_a_gap(&report, "timed out (hard)");
    assert_eq!(line(&report, "retro")["outcome"], "answered");
    place.config("agents.timeout", "1m");
    place.config("agents.idleTimeout", "6s");
    let report = place.agents(&["run", "--format", "json"]).exits(1).json();
    is_a_gap(&report, "timed out (idle)");
}

#[test]
fn answers_are_used_again_and_only_what_failed_is_asked_again() {
    let place = injected();
    let counter = place.root().join("count").display().to_string();
    let name = "You are the `security` reviewer";
    let rules = json!({"rules": [
        {"match": name, "first": 1, "counter": counter, "do": [{"exit": 3}]},
        {"match": name, "do": [{"reply": reply(&[finding("Name is pasted into SQL", "high")])}]},
        {"match": "You are the `performance` reviewer", "do": [{"touch": place.root().join("asked").display().to_string()}, {"reply": reply(&[])}]}],
        "default": [{"reply": reply(&[])}]});
    place.fake_agent(&rules);
    let first = place.agents(&["run", "--format", "json"]).exits(1).json();
    is_a_gap(&first, "exited");
    std::fs::remove_file(place.root().join("asked")).unwrap();
    let second = place.agents(&["retry", "--format", "json"]).exits(1).json();
    assert_eq!(second["state"], "findings", "{second:#}");
    assert!(
        !place.root().join("asked").exists(),
        "performance was asked twice"
    );
}

#[test]
fn an_amended_message_pays_nothing() {
    let place = injected();
    let asked = place.root().join("asked");
    place.fake_agent(
        &json!({"default": [{"touch": asked.display().to_string()}, {"reply": reply(&[])}]}),
    );
    place.agents(&["run"]).exits(1);
    assert!(asked.exists());
    std::fs::remove_file(&asked).unwrap();
    place
        .git(&["commit", "-q", "--amend", "-m", "another subject"])
        .exits(0);
    let report = place.agents(&["run", "--format", "json"]).exits(1).json();
    assert!(!asked.exists(), "the same lines were paid for twice");
    assert_eq!(report["state"], "findings", "{report:#}");
    place.agents(&["run", "--fresh"]).exits(1);
    assert!(asked.exists());
}

#[test]
fn an_agent_is_sealed() {
    let place = injected();
    let dump = place.root().join("dump.json");
    place.fake_agent(&script(&[(
        "security",
        json!([{"dump": dump.display().to_string()}, {"reply": reply(&[])}]),
    )]));
    let mut command = place.command("git");
    command.args(["agents", "run", "--agents", "security"]);
    for (name, value) in [
        ("GITHUB_TOKEN", "t"),
        ("SSH_AUTH_SOCK", "/s"),
        ("AWS_SECRET_ACCESS_KEY", "a"),
        ("GIT_DIR", ".git"),
    ] {
        command.env(name, value);
    }
    command.output().unwrap();
    let dumped: Value = serde_json::from_slice(&std::fs::read(&dump).unwrap()).unwrap();
    let names: Vec<String> = dumped["env"].as_object().unwrap().keys().cloned().collect();
    for name in &names {
        let banned = name.starts_with("GIT_CONFIG")
            || name == "GIT_DIR"
            || name.contains("TOKEN")
            || name.contains("AWS")
            || name == "SSH_AUTH_SOCK";
        assert!(!banned, "{name} reached the agent");
    }
    let cwd = dumped["cwd"].as_str().unwrap();
    assert!(!cwd.starts_with(place.repo.to_str().unwrap()), "{cwd}");
    assert_eq!(
        dumped["cwd_entries"],
        json!([]),
        "the working directory was not empty"
    );
    assert!(
        !dumped["argv"].to_string().contains("select"),
        "the prompt was in argv"
    );
    assert!(
        dumped["stdin"]
            .as_str()
            .unwrap()
            .contains(scene::BAD.trim()),
        "the prompt was not on standard input"
    );
    assert!(!std::path::Path::new(cwd).exists(), "{cwd} was left behind");
}

#[test]
fn a_lesson_of_retro_becomes_a_file_in_docs_solutions() {
    let place = injected();
    let lesson = json!({"title": "Bind values in SQL", "category": "security-issues", "problem_type": "security_issue",
        "module": "db", "tags": ["sql"], "body": "## Problem\n\nSQL was built by hand."});
    let mut answer = reply(&[]);
    answer["lessons"] = json!([lesson]);
    place.fake_agent(&script(&[("retro", json!([{"reply": answer}]))]));
    place.agents(&["run"]).exits(1);
    let ran = place.agents(&["learn"]).exits(0);
    let path = place.repo.join(ran.out.trim());
    assert!(
        path.starts_with(place.repo.join("docs/solutions/security-issues")),
        "{}",
        path.display()
    );
    let text = std::fs::read_to_string(path).unwrap();
    assert!(
        text.starts_with("---\n")
            && text.contains("title:")
            && text.contains("SQL was built by hand."),
        "{text}"
    );
}
