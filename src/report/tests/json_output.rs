//! Reports as the published JSON.

use serde_json::Value;

use super::*;

#[test]
#[expect(clippy::too_many_lines, reason = "a whole output")]
fn findings_as_json() {
    insta::assert_snapshot!(everything(&findings(), Format::Json), @r##"
    {
      "version": 1,
      "run": "0192f3c4-5b6d-7e8f-9012-3456789abcde",
      "state": "findings",
      "target": {
        "kind": "commit",
        "base": "1a2b3c4d1a2b3c4d1a2b3c4d1a2b3c4d1a2b3c4d",
        "head": "3f2c1ab03f2c1ab03f2c1ab03f2c1ab03f2c1ab0",
        "subject": "cache the price table",
        "branch": "main"
      },
      "findings": [
        {
          "id": "7c1d00aa11bb22cc",
          "tier": "confirmed",
          "status": "open",
          "title": "cache key leaves out the tenant",
          "severity": "high",
          "confidence": 100,
          "category": "CWE-639",
          "agents": [
            "performance",
            "security"
          ],
          "fields": [
            "security"
          ],
          "file": "src/pricing.rs",
          "line_start": 88,
          "line_end": 88,
          "on_removed": false,
          "quote": "    let key = format!(\"price:{sku}\");",
          "introduced": true,
          "scenario": "Two tenants that ask for the same sku get each other's price; the second one to ask is shown what the first one pays.",
          "fix": {
            "advice": "put `tenant_id` in the key",
            "replacement": "    let key = format!(\"price:{tenant_id}:{sku}\");"
          },
          "checks": [
            "quote stands",
            "2 reviewers agree"
          ]
        },
        {
          "id": "7c1e00aa11bb22cc",
          "tier": "confirmed",
          "status": "open",
          "title": "table is cloned for every request",
          "severity": "low",
          "confidence": 75,
          "category": "needless-copy",
          "agents": [
            "performance"
          ],
          "fields": [
            "performance"
          ],
          "file": "src/pricing.rs",
          "line_start": 120,
          "line_end": 122,
          "on_removed": false,
          "quote": "let table = TABLE\n    .read()\n    .clone();",
          "introduced": true,
          "scenario": "At 1000 requests a second it copies 40 MB a second.",
          "fix": null,
          "checks": [
            "line corrected from 118 to 120"
          ]
        }
      ],
      "set_aside": [],
      "lessons": [
        {
          "title": "Cache key: tenant",
          "category": "security-issues",
          "problem_type": "security_issue",
          "module": "pricing",
          "tags": [
            "cache"
          ],
          "body": "Every key of a shared cache names the tenant."
        }
      ],
      "agents": [
        {
          "name": "security",
          "backend": "claude",
          "model": "m-1",
          "outcome": "answered",
          "ms": 41000,
          "tokens_in": 5200,
          "tokens_cached": null,
          "tokens_out": 310,
          "cost": null,
          "tried": [],
          "detail": null
        },
        {
          "name": "performance",
          "backend": "claude",
          "model": "m-1",
          "outcome": "answered",
          "ms": 41000,
          "tokens_in": 5200,
          "tokens_cached": null,
          "tokens_out": 310,
          "cost": null,
          "tried": [],
          "detail": null
        },
        {
          "name": "retro",
          "backend": "claude",
          "model": "m-1",
          "outcome": "answered",
          "ms": 41000,
          "tokens_in": 5200,
          "tokens_cached": null,
          "tokens_out": 310,
          "cost": null,
          "tried": [],
          "detail": null
        }
      ],
      "coverage": {
        "files": 3,
        "files_read": 3,
        "paths": [],
        "hunks": 9,
        "hunks_read": 9,
        "not_reviewed": [],
        "skipped": []
      },
      "redacted": 0,
      "verdict": {
        "gate": "high",
        "held": true,
        "why": [
          {
            "finding": "7c1d00aa11bb22cc"
          }
        ]
      },
      "lock_files": [],
      "notes": [],
      "elapsed_ms": 41000,
      "made_at": 1790000000,
      "reader": {
        "name": "libgit2"
      },
      "asked": {
        "backend": null,
        "agents": [],
        "fail_on": null,
        "command": []
      }
    }
    "##);
}

/// What the report's JSON says otherwise than the other's, a line for a value or an item of a list.
fn unlike(report: &Report, other: &Report) -> String {
    let read = |report| {
        serde_json::from_str::<serde_json::Map<_, _>>(&everything(report, Format::Json)).unwrap()
    };
    let (members, others) = (read(report), read(other));
    assert!(members.keys().eq(others.keys()));
    members
        .iter()
        .filter(|(name, value)| others[*name] != **value)
        .map(|(name, value)| lines(name, value))
        .collect()
}

fn lines(name: &str, value: &Value) -> String {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| lines(&format!("{name}.{key}"), value))
            .collect(),
        Value::Array(items) if !items.is_empty() => items
            .iter()
            .map(|item| format!("{name}[]: {item}\n"))
            .collect(),
        other => format!("{name}: {other}\n"),
    }
}

#[test]
fn incomplete_as_json() {
    insta::assert_snapshot!(unlike(&incomplete(), &findings()), @r##"
    state: "incomplete"
    findings: []
    lessons: []
    agents[]: {"name":"security","backend":"claude","model":null,"outcome":"not logged in","ms":41000,"tokens_in":null,"tokens_cached":null,"tokens_out":null,"cost":null,"tried":[],"detail":"Error: please run /login\n\n"}
    agents[]: {"name":"performance","backend":"claude","model":"m-1","outcome":"answered","ms":41000,"tokens_in":5200,"tokens_cached":null,"tokens_out":310,"cost":null,"tried":[],"detail":null}
    agents[]: {"name":"retro","backend":"offline","model":"m-1","outcome":"answered","ms":41000,"tokens_in":5200,"tokens_cached":null,"tokens_out":310,"cost":null,"tried":[{"backend":"codex","outcome":"rate limited","retry_after_ms":90000}],"detail":null}
    coverage.files: 1
    coverage.files_read: 0
    coverage.paths: []
    coverage.hunks: 5
    coverage.hunks_read: 0
    coverage.not_reviewed[]: {"file":"src/pricing.rs","hunk":"h1","agent":"security"}
    coverage.not_reviewed[]: {"file":"src/pricing.rs","hunk":"h2","agent":"security"}
    coverage.not_reviewed[]: {"file":"src/pricing.rs","hunk":"h3","agent":"security"}
    coverage.not_reviewed[]: {"file":"src/pricing.rs","hunk":"h4","agent":"security"}
    coverage.not_reviewed[]: {"file":"src/pricing.rs","hunk":"h5","agent":"security"}
    coverage.skipped[]: {"file":"data/big.json","why":"too large (52428800 bytes)","reason":"too-large","bytes":52428800,"gap":true}
    coverage.skipped[]: {"file":"logo.png","why":"binary","reason":"binary","gap":false}
    coverage.skipped[]: {"file":"icon.png","why":"binary","reason":"binary","gap":false}
    coverage.skipped[]: {"file":"Cargo.lock","why":"lock file: summarised","reason":"lock-file","gap":false}
    verdict.gate: "warn"
    verdict.held: false
    verdict.why: []
    lock_files[]: {"file":"Cargo.lock","ecosystem":"Cargo","changes":[{"name":"left-pad","change":"added","from":null,"to":"1.3.0","source":"git+https://example.org/left-pad","foreign_source":true,"line":12}],"incomplete":null}
    notes[]: "bin/run.rb: general checks only"
    "##);
}
