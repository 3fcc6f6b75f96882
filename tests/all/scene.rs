//! One change that every test of the main job reviews, and answers to it.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::server::Request;
use crate::support::Sandbox;

/// The line with the hole.
pub(crate) const BAD: &str = "    cur.execute(\"select * from users where name = '%s'\" % name)";

/// Python with an SQL injection in line 2.
pub(crate) fn hole() -> String {
    format!("def find(cur, name):\n{BAD}\n    return cur.fetchone()\n")
}

/// A repository whose last commit adds an SQL injection in Python, line 2.
pub(crate) fn injected() -> Sandbox {
    let place = Sandbox::with_commit();
    place.write("src/db.py", hole());
    place.commit("look up users by name");
    place
}

/// A finding at `src/db.py:2` as an agent proposes it.
pub(crate) fn finding(title: &str, severity: &str) -> Value {
    json!({
        "title": title, "severity": severity, "confidence": 75, "category": "CWE-89",
        "file": "src/db.py", "line_start": 2, "line_end": 2, "quote": BAD,
        "scenario": "A name with a quote ends the string and adds a condition.",
        "fix": {"advice": "Bind the value.", "replacement": null}
    })
}

/// A reply that read everything.
pub(crate) fn reply(findings: &[Value]) -> Value {
    json!({"version": 1, "findings": findings, "coverage": "all", "lessons": []})
}

/// The reply of a provider that read every hunk named in the request's prompt.
pub(crate) fn reply_to(request: &Request, findings: &[Value]) -> String {
    let ids = request
        .prompt()
        .lines()
        .filter_map(|line| line.strip_prefix("=== hunk ")?.split(' ').next());
    let mut value = reply(findings);
    value["coverage"] = json!(ids.collect::<Vec<_>>());
    value.to_string()
}

/// [`injected`], whose security agent finds the hole when the file that is given too exists.
pub(crate) fn held(title: &str) -> (Sandbox, PathBuf) {
    let place = injected();
    let go = place.root().join("go");
    let steps = json!([{"wait_for": go.display().to_string()}, {"reply": reply(&[finding(title, "high")])}]);
    place.fake_agent(&script(&[("security", steps)]));
    (place, go)
}

/// A script in which each agent answers with its own steps; agents not named find nothing.
pub(crate) fn script(agents: &[(&str, Value)]) -> Value {
    let rules: Vec<Value> = agents
        .iter()
        .map(
            |(name, steps)| json!({"match": format!("You are the `{name}` reviewer"), "do": steps}),
        )
        .collect();
    json!({"rules": rules, "default": [{"reply": reply(&[])}]})
}

/// The named agent's line of a JSON report.
#[track_caller]
pub(crate) fn line<'a>(report: &'a Value, agent: &str) -> &'a Value {
    let lines = report["agents"].as_array().unwrap();
    lines
        .iter()
        .find(|line| line["name"] == agent)
        .unwrap_or_else(|| panic!("no line of {agent} in {report:#}"))
}
