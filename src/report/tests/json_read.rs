//! The published JSON read back, and its schema.

use super::*;
use crate::model::{Reader, RepoPath, Status};

#[test]
fn a_newer_report_is_read_as_far_as_understood() {
    let mut value: serde_json::Value = serde_json::from_str(&json::write(&findings())).unwrap();
    value["version"] = 2.into();
    value["findings"][0]["status"] = "pondered".into();
    value["something"] = true.into();
    let read = json::read(value.to_string().as_bytes()).unwrap();
    assert_eq!(read.findings, [slow()]);
    assert_eq!(
        read.notes,
        ["written by a newer version: 1 entry not understood"]
    );
    value["version"] = 1.into();
    let error = json::read(value.to_string().as_bytes()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "read `status` of the report: \"pondered\""
    );
    value["version"] = 0.into();
    assert_eq!(
        json::read(value.to_string().as_bytes())
            .unwrap_err()
            .to_string(),
        "read a report of version 0"
    );
    for bytes in [&b""[..], b"{}", b"null", b"\xff", b"{\"version\":1}"] {
        assert_eq!(
            json::read(bytes).unwrap_err().to_string(),
            "parse the report"
        );
    }
}

#[test]
fn a_path_that_is_not_utf8_survives_json() {
    let mut report = findings();
    report.findings[0].path = RepoPath::new(*b"src/\xff.rs");
    report.reader = Reader::Plumbing {
        why: "sha256".into(),
    };
    report.findings[1].status = Status::Fixed;
    assert_eq!(json::read(json::write(&report).as_bytes()).unwrap(), report);
}

#[test]
fn the_schema_names_every_field_of_the_design() {
    let schema = json::schema();
    let properties = |value: &serde_json::Value| -> Vec<String> {
        value["properties"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect()
    };
    let (finding, agent) = (&schema["$defs"]["Finding"], &schema["$defs"]["Agent"]);
    for (shape, fields) in [
        (
            &schema,
            "version run state target findings set_aside lessons agents coverage redacted verdict",
        ),
        (
            finding,
            "id tier status title severity confidence category agents file line_start line_end quote",
        ),
        (finding, "introduced scenario fix checks"),
        (
            agent,
            "name backend model outcome ms tokens_in tokens_out cost",
        ),
    ] {
        let named = properties(shape);
        for field in fields.split(' ') {
            assert!(named.iter().any(|p| p == field), "{field}");
        }
    }
    assert_eq!(
        schema["properties"]["state"]["enum"],
        serde_json::json!(["clean", "findings", "incomplete"])
    );
}

proptest! {
    #![proptest_config(some_cases())]

    #[test]
    fn json_comes_back_as_it_went(report in any_report()) {
        prop_assert_eq!(json::read(json::write(&report).as_bytes()).unwrap(), report);
    }
}
