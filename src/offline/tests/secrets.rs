//! Secrets that were added and removed.

use super::*;

fn of_secrets(secrets: &[MaskedSecret]) -> Vec<String> {
    proposals(&empty(), &Context::default(), secrets, "security")
        .iter()
        .map(prompt)
        .collect()
}

#[test]
fn an_added_secret_is_told_once_by_how_sure_the_rule_is() {
    let sure = masked("src/pay.py", 1, 95);
    let again = MaskedSecret {
        line: 9,
        ..sure.clone()
    };
    let doubtful = masked("src/pay.py", 2, 50);
    let sample = masked("tests/test_pay.py", 3, 95);
    let example = masked("src/pay.py", 4, 25);
    let all = [sure, again, doubtful, sample, example];
    let expected = vec![
        "critical 100 CWE-798 src/pay.py:7",
        "medium 50 CWE-798 src/pay.py:7",
        "low 50 CWE-798 tests/test_pay.py:7",
        "low 25 CWE-798 src/pay.py:7",
    ];
    assert_eq!(of_secrets(&all), expected);
    let found = proposals(&empty(), &Context::default(), &all, "security");
    assert_eq!(found[0].quote, "  key = \"[redacted:stripe-key:1]\"");
    assert!(
        found[0].scenario.contains("2 places"),
        "{}",
        found[0].scenario
    );
}

#[test]
fn a_removed_secret_asks_for_rotation_only_when_it_is_gone_and_sure() {
    let removed = MaskedSecret {
        added: false,
        on_removed: true,
        ..masked("src/a.py", 1, 95)
    };
    assert_eq!(
        of_secrets(std::slice::from_ref(&removed)),
        vec!["low 50 CWE-798 src/a.py:7"]
    );
    let unsure = MaskedSecret {
        confidence: 50,
        ..removed.clone()
    };
    assert_eq!(of_secrets(&[unsure]), Vec::<String>::new());
    let context_line = MaskedSecret {
        on_removed: false,
        ..removed.clone()
    };
    assert_eq!(of_secrets(&[removed, context_line]), Vec::<String>::new());
}

#[test]
fn a_long_line_is_quoted_around_its_marker() {
    let line = format!(
        "{}é[redacted:stripe-key:1]{}",
        "é".repeat(900),
        "é".repeat(900)
    );
    let secret = MaskedSecret {
        masked_line: line.clone(),
        ..masked("a.js", 1, 95)
    };
    let found = proposals(&empty(), &Context::default(), &[secret], "security");
    assert!(line.contains(&found[0].quote) && found[0].quote.contains("[redacted:stripe-key:1]"));
    assert!(found[0].quote.len() <= 600);
}
