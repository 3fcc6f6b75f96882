//! One change that every test of the main job reviews, and answers to it.

use serde_json::{Value, json};

use crate::support::Sandbox;

/// The line with the hole.
pub(crate) const BAD: &str = "    cur.execute(\"select * from users where name = '%s'\" % name)";

/// A repository whose last commit adds an SQL injection in Python, line 2.
pub(crate) fn injected() -> Sandbox {
    let place = Sandbox::with_commit();
    place.write("src/db.py", format!("def find(cur, name):\n{BAD}\n    return cur.fetchone()\n"));
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

/// A script in which each agent answers with its own steps; agents not named find nothing.
pub(crate) fn script(agents: &[(&str, Value)]) -> Value {
    let rules: Vec<Value> = agents
        .iter()
        .map(|(name, steps)| json!({"match": format!("You are the `{name}` reviewer"), "do": steps}))
        .collect();
    json!({"rules": rules, "default": [{"reply": reply(&[])}]})
}

/// The named agent's line of a JSON report.
#[track_caller]
pub(crate) fn line<'a>(report: &'a Value, agent: &str) -> &'a Value {
    let lines = report["agents"].as_array().unwrap();
    lines.iter().find(|line| line["name"] == agent).unwrap_or_else(|| panic!("no line of {agent} in {report:#}"))
}
