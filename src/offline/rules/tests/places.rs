//! Paths, languages, order.

use super::super::covers;
use super::super::rule::Dialect;
use super::{check, file, hits, rules};
use crate::model::Language;
use crate::model::samples::change;

const BAD: &str = "import os\n\nos.chmod(p, 0o777)\n";

#[test]
fn tests_are_left_alone_and_examples_are_less_sure() {
    assert_eq!(rules("tests/a.py", BAD), [""; 0]);
    assert_eq!(hits("examples/a.py", BAD)[0].proposal.confidence, 50);
    assert_eq!(hits("app/a.py", BAD)[0].proposal.confidence, 75);
    let slow = "def f(xs):\n    out = []\n    for x in xs:\n        out = out + [x]\n";
    assert_eq!(rules("scripts/a.py", slow), [""; 0]);
}

#[test]
fn coverage_is_what_has_a_table() {
    assert!(covers(Language::Python) && covers(Language::Tsx) && covers(Language::C));
    assert!(!covers(Language::Ruby) && !covers(Language::Cpp) && !covers(Language::Prose));
    assert_eq!(Dialect::of(Language::Other), None);
    assert_eq!(rules("a.rb", BAD), [""; 0]);
}

#[test]
fn a_proposal_is_complete() {
    let found = hits("app/a.py", BAD);
    let proposal = &found[0].proposal;
    assert_eq!((proposal.line_start, proposal.line_end), (3, 3));
    assert_eq!(proposal.quote, "os.chmod(p, 0o777)");
    assert_eq!(proposal.file, "app/a.py");
    assert_eq!(proposal.category, "CWE-732");
    assert!(proposal.fix.is_some());
}

#[test]
fn scenarios_name_the_value() {
    let found = hits("a.py", "def f(x):\n    os.system('ls ' + x)\n");
    assert!(found[0].proposal.scenario.contains("`'ls ' + x`"));
}

#[test]
fn the_order_does_not_depend_on_threads() {
    let name = |i: usize| format!("m{i:03}.py");
    let files = |n: usize| {
        (0..n)
            .rev()
            .map(|i| file(&name(i), None, BAD, &[]))
            .collect()
    };
    let many = check(&change(files(60)));
    let named: Vec<&str> = many.iter().map(|h| h.proposal.file.as_str()).collect();
    assert_eq!(named, (0..60).map(name).collect::<Vec<_>>());
}
