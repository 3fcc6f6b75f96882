#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
#![expect(
    clippy::needless_pass_by_value,
    reason = "entries are written in place with `json!`"
)]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::model::{Fix, HunkId, Lesson, Proposal, Severity, Usage};

fn finding() -> Value {
    json!({"title": "name reaches the query", "severity": "high", "confidence": 75, "category": "CWE-89",
           "file": "src/db.py", "line_start": 14, "line_end": 15, "quote": "cur.execute(\"..\" + name)",
           "scenario": "name = ' OR 1=1", "fix": {"advice": "bind it", "replacement": "cur.execute(q, [name])"}})
}

fn proposal() -> Proposal {
    Proposal {
        title: "name reaches the query".into(),
        severity: Severity::High,
        confidence: 75,
        category: "CWE-89".into(),
        file: "src/db.py".into(),
        line_start: 14,
        line_end: 15,
        quote: "cur.execute(\"..\" + name)".into(),
        scenario: "name = ' OR 1=1".into(),
        fix: Some(Fix {
            advice: "bind it".into(),
            replacement: Some("cur.execute(q, [name])".into()),
        }),
    }
}

fn whole() -> Value {
    json!({"version": 1, "findings": [finding()], "coverage": ["h1", "h2"],
           "lessons": [{"title": "Bind", "category": "security-issues", "problem_type": "security_issue",
                        "module": "db", "tags": ["sql"], "body": "Always."}]})
}

fn expected() -> Reply {
    Reply {
        proposals: vec![proposal()],
        coverage: vec![HunkId(1), HunkId(2)],
        lessons: vec![Lesson {
            title: "Bind".into(),
            category: "security-issues".into(),
            problem_type: "security_issue".into(),
            module: "db".into(),
            tags: vec!["sql".into()],
            body: "Always.".into(),
        }],
        ..Reply::default()
    }
}

/// One finding with some of its fields replaced; `null` takes one away.
fn changed(changes: Value) -> Result<Proposal, (String, String)> {
    let mut entry = finding();
    for (name, value) in changes.as_object().unwrap() {
        entry[name] = value.clone();
    }
    let reply = decode_reply(&json!({"findings": [entry]}).to_string()).unwrap();
    reply
        .proposals
        .first()
        .cloned()
        .ok_or_else(|| reply.rejected[0].clone())
}

fn why(text: &str) -> String {
    decode_reply(text).unwrap_err().why
}

#[test]
fn a_reply_is_found_whatever_stands_around_it() {
    let json = whole().to_string();
    let pretty = serde_json::to_string_pretty(&whole()).unwrap();
    for text in [
        json.clone(),
        format!("\u{feff}{pretty}\n"),
        format!(
            "Here is my review of `fn a() {{ \"x\" }}`:\n\n```json\n{pretty}\n```\nThat is all. [done] {{}}"
        ),
        format!("Format: {{\"version\": 1, \"findings\": []}}. Mine:\n{json}"),
        format!("\u{1b}[1m\u{1b}[32m{json}\u{1b}[0m"),
        pretty.replace("\"coverage\"", "\u{1b}[34m\"coverage\"\u{1b}[0m"),
        json!({"result": whole()}).to_string(),
        json!({"response": json}).to_string(),
        pretty.replace("\"h2\"\n", "\"h2\",\n"),
    ] {
        assert_eq!(decode_reply(&text), Ok(expected()), "{text}");
    }
}

#[test]
fn a_bare_list_and_a_single_finding_are_findings() {
    for value in [
        json!([finding()]),
        finding(),
        json!({"findings": finding()}),
    ] {
        let reply = decode_reply(&value.to_string()).unwrap();
        assert_eq!(
            reply,
            Reply {
                proposals: vec![proposal()],
                ..Reply::default()
            }
        );
    }
    assert_eq!(decode_reply("[]"), Ok(Reply::default()));
    assert_eq!(decode_reply("{\"findings\": null}"), Ok(Reply::default()));
}

#[test]
fn what_is_no_reply_says_why() {
    assert_eq!(why(""), "no text");
    assert_eq!(
        why("I found nothing to report."),
        "no JSON in it; it begins \"I found nothing to report.\""
    );
    assert_eq!(
        why("{\"error\": \"quota\"}"),
        "JSON without findings: {\"error\":\"quota\"}"
    );
    assert_eq!(
        why("{\"version\": 9, \"findings\": []}"),
        "it follows version 9 of the reply's schema, not 1"
    );
    assert_eq!(why("{\"findings\": 7}"), "findings are no list but 7");
    assert!(why(&" ".repeat(5 << 20)).starts_with("5242880 bytes are no reply"));
    for version in [json!(1), json!("1"), json!("1.0"), json!(1.0), json!(null)] {
        assert!(decode_reply(&json!({"version": version, "findings": []}).to_string()).is_ok());
    }
}

#[test]
fn half_a_reply_keeps_its_complete_findings_and_no_coverage() {
    let text =
        json!({"version": 1, "coverage": ["h1"], "findings": [finding(), finding(), finding()]})
            .to_string();
    let cut = text.rfind("scenario").unwrap();
    let error = decode_reply(&text[..cut]).unwrap_err();
    assert_eq!(error.why, "the JSON ends early, after 2 complete findings");
    let partial = *error.partial.unwrap();
    assert_eq!(partial.proposals, [proposal(), proposal()]);
    assert_eq!((partial.coverage, partial.notes), (vec![], vec![error.why]));
    let error = decode_reply("{\"version\": 1, \"findings\": [").unwrap_err();
    assert_eq!(
        (error.why.as_str(), error.partial),
        ("the JSON ends early, after 0 complete findings", None)
    );
}

#[test]
fn faults_that_models_make_in_strings_are_mended() {
    let text = r#"{"findings": [{"title": "bad \d+ regex", "severity": "low", "file": "a.py", "quote": "a
b",},], "coverage": ["h1",]}"#;
    let reply = decode_reply(text).unwrap();
    assert_eq!(
        (
            reply.proposals[0].title.as_str(),
            reply.proposals[0].quote.as_str()
        ),
        ("bad \\d+ regex", "a\nb")
    );
    assert_eq!(reply.coverage, [HunkId(1)]);
}

#[test]
fn a_broken_entry_costs_no_other() {
    let reply = decode_reply(
        &json!({"findings": [1, {"title": "no file", "severity": "low"}, finding()]}).to_string(),
    );
    let reply = reply.unwrap();
    assert_eq!(reply.proposals, [proposal()]);
    assert_eq!(
        reply.rejected,
        [
            ("1".into(), "not an object".into()),
            ("no file".into(), "no file".into())
        ]
    );
    assert_eq!(
        changed(json!({"severity": "awful"})),
        Err((
            "name reaches the query".into(),
            "unknown severity `awful`".into()
        ))
    );
    assert_eq!(changed(json!({"title": " \n"})).unwrap_err().1, "no title");
}

#[test]
fn ratings_are_read_in_many_words_and_never_rounded_up() {
    for (given, severity) in [
        ("HIGH", Severity::High),
        ("Critical ", Severity::Critical),
        ("warning", Severity::Medium),
    ] {
        assert_eq!(
            changed(json!({"severity": given})).unwrap().severity,
            severity
        );
    }
    for (given, confidence) in [
        (json!(0.9), 75),
        (json!(1.0), 100),
        (json!(1), 0),
        (json!("75%"), 75),
        (json!("80"), 75),
        (json!("High"), 75),
        (json!(99), 75),
        (json!(1e300), 100),
        (json!(-5), 0),
        (json!("who knows"), 0),
        (json!([]), 0),
    ] {
        assert_eq!(
            changed(json!({"confidence": given})).unwrap().confidence,
            confidence,
            "{given}"
        );
    }
    assert_eq!(changed(json!({"confidence": null})).unwrap().confidence, 50);
}

#[test]
fn lines_are_read_in_many_forms() {
    for (given, lines) in [
        (json!({"line_start": "14", "line_end": "16"}), (14, 16)),
        (json!({"line_start": "L14-L16", "line_end": null}), (14, 16)),
        (
            json!({"line_start": null, "line_end": null, "lines": [14, 16]}),
            (14, 16),
        ),
        (json!({"line_start": 16, "line_end": 14}), (14, 16)),
        (json!({"line_start": 14.0, "line_end": null}), (14, 14)),
        (json!({"line_start": -3, "line_end": null}), (0, 0)),
        (
            json!({"line_start": 1e12, "line_end": "99999999999"}),
            (0, 0),
        ),
        (json!({"line_start": null, "line_end": null}), (0, 0)),
    ] {
        let read = changed(given.clone()).unwrap();
        assert_eq!((read.line_start, read.line_end), lines, "{given}");
    }
}

#[test]
fn coverage_is_read_in_many_forms() {
    let coverage = |value: Value| {
        decode_reply(&json!({"findings": [], "coverage": value}).to_string())
            .unwrap()
            .coverage
    };
    let ids = |ids: &[u32]| ids.iter().copied().map(HunkId).collect::<Vec<_>>();
    assert_eq!(
        coverage(json!(["h1", "H2", 3, "4", "h1"])),
        ids(&[1, 2, 3, 4])
    );
    assert_eq!(
        coverage(json!(["h1-h3", "h5..h6", {"id": "h9"}])),
        ids(&[1, 2, 3, 5, 6, 9])
    );
    assert_eq!(
        coverage(json!(["h3 src/db.py +12,9", "all", -1, null, "h9-h1"])),
        ids(&[3])
    );
    assert_eq!(coverage(json!("h1, h2")), ids(&[1, 2]));
    assert_eq!(coverage(json!(["h0-h4294967295"])), ids(&[]));
    let many: Vec<_> = (0..1000).map(|_| "h1-h9000").collect();
    assert_eq!(coverage(json!(many)).len(), 9000);
}

#[test]
fn everything_is_capped() {
    let long = "é".repeat(9000);
    let read =
        changed(json!({"title": long, "quote": long, "scenario": long, "fix": long})).unwrap();
    let lengths = [
        &read.title,
        &read.quote,
        &read.scenario,
        &read.fix.unwrap().advice,
    ]
    .map(|t| t.chars().count());
    assert_eq!(lengths, [100, 4000, 4000, 4000]);
    let reply = decode_reply(&json!({"findings": vec![finding(); 207]}).to_string()).unwrap();
    assert_eq!(reply.proposals.len(), 200);
    assert_eq!(
        reply.notes,
        ["7 findings beyond the first 200 were not read"]
    );
    let reply = decode_reply(&json!({"findings": vec![json!(0); 200]}).to_string()).unwrap();
    assert_eq!(reply.rejected.len(), 50);
}

#[test]
fn hostile_texts_take_no_time() {
    let begun = std::time::Instant::now();
    for text in [
        "{\"",
        "[{",
        "[",
        "{\"a\":[",
        "\"[{\",",
        "{\"findings\":[{},",
        "}",
        "\\",
    ] {
        let _ = decode_reply(&text.repeat((1 << 20) / text.len()));
        let _ = decode_reply(&format!("[{}", text.repeat((1 << 20) / text.len())));
    }
    assert!(
        begun.elapsed() < std::time::Duration::from_secs(300),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn an_agent_cannot_pass_its_words_off_as_stored_ones() {
    let mut forged = expected();
    forged.usage.cost = Some(0.0);
    forged.notes = vec!["reviewed by the owner".into()];
    let text = encode_reply(&forged);
    assert_eq!(decode_reply(&text), Ok(forged));
    assert_eq!(decode_answer(&text), Ok(expected()));
}

#[test]
fn the_schema_is_strict() {
    fn check(schema: &Value) {
        match schema {
            Value::Object(object) => {
                if let Some(properties) = object.get("properties") {
                    let names: Vec<_> = properties.as_object().unwrap().keys().collect();
                    assert_eq!(object["required"], json!(names));
                    assert_eq!(object["additionalProperties"], json!(false));
                }
                assert!(!object.contains_key("$ref"));
                object.values().for_each(check);
            }
            Value::Array(items) => items.iter().for_each(check),
            _ => {}
        }
    }
    let schema = reply_schema();
    check(&schema);
    let top: Vec<_> = schema["properties"].as_object().unwrap().keys().collect();
    assert_eq!(top, ["version", "findings", "coverage", "lessons"]);
    let entry = &schema["properties"]["findings"]["items"]["properties"];
    assert_eq!(
        entry["title"]["type"],
        json!("string"),
        "a property called title is no keyword"
    );
    assert_eq!(entry["confidence"]["enum"], json!([0, 25, 50, 75, 100]));
    assert_eq!(schema["properties"]["version"]["enum"], json!([1]));
    assert_eq!(entry["fix"]["anyOf"][1], json!({"type": "null"}));
    assert_eq!(
        entry["fix"]["anyOf"][0]["properties"]["replacement"]["type"],
        json!(["string", "null"])
    );
    assert!(schema.to_string().len() < 16_000);
}

fn any_proposal() -> impl Strategy<Value = Proposal> {
    let severity = prop_oneof![
        Just(Severity::Low),
        Just(Severity::Medium),
        Just(Severity::High),
        Just(Severity::Critical)
    ];
    let fix = proptest::option::of((any::<String>(), proptest::option::of(any::<String>())));
    let words = (
        any::<String>(),
        any::<String>(),
        any::<String>(),
        any::<String>(),
        any::<String>(),
    );
    (words, severity, any::<(u8, u32, u32)>(), fix).prop_map(
        |((a, b, c, d, e), severity, (confidence, f, l), fix)| Proposal {
            title: a,
            severity,
            confidence,
            category: b,
            file: c,
            line_start: f,
            line_end: l,
            quote: d,
            scenario: e,
            fix: fix.map(|(advice, replacement)| Fix {
                advice,
                replacement,
            }),
        },
    )
}

proptest! {
    #[test]
    fn stored_replies_come_back_exactly(
        proposals in proptest::collection::vec(any_proposal(), 0..5),
        coverage in proptest::collection::vec(any::<u32>().prop_map(HunkId), 0..5),
        rejected in proptest::collection::vec(any::<(String, String)>(), 0..3),
        notes in proptest::collection::vec(any::<String>(), 0..3),
        lesson in proptest::option::of(any::<(String, String, Vec<String>)>()),
        usage in any::<(Option<String>, Option<u64>, Option<u64>)>(),
        cost in proptest::option::of(-1e9f64..1e9),
    ) {
        let lessons = lesson.into_iter().map(|(title, body, tags)| Lesson {
            title, body, tags, category: "c".into(), problem_type: "p".into(), module: "m".into(),
        });
        let usage = Usage { model: usage.0, tokens_in: usage.1, tokens_cached: usage.2, tokens_out: None, cost };
        let reply = Reply { proposals, coverage, lessons: lessons.collect(), rejected, usage, notes };
        prop_assert_eq!(decode_reply(&encode_reply(&reply)), Ok(reply));
    }

    #[test]
    fn no_text_makes_decoding_panic(text in any::<String>(), at in 0usize..2000, bytes in any::<Vec<u8>>()) {
        let _ = decode_reply(&text);
        let mut damaged = whole().to_string().into_bytes();
        let at = at.min(damaged.len());
        damaged.splice(at..at, bytes);
        let _ = decode_reply(&String::from_utf8_lossy(&damaged));
        let _ = decode_reply(&String::from_utf8_lossy(&damaged[..at]));
    }

    #[test]
    fn reading_twice_changes_nothing(text in "[\\PC\\s]{0,200}", line in any::<i64>()) {
        let entry = json!({"title": text, "severity": "low", "file": text, "quote": text, "line": line});
        let once = decode_reply(&json!({"findings": [entry]}).to_string()).unwrap();
        let again = decode_answer(&encode_reply(&once)).unwrap();
        prop_assert_eq!(once.proposals, again.proposals);
    }
}
