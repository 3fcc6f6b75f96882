//! The tables as a whole, and what holds for every rule.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod bounds;
mod c;
mod go;
mod java;
mod javascript;
mod novelty;
mod places;
mod python;
mod rust;

use std::collections::BTreeSet;

use tree_sitter::Query;

use super::rule::{Dialect, RuleSet, queries};
use super::{BUDGET, RuleHit, examine};
use crate::model::samples::{self, change};
use crate::model::{Change, FileChange, Hunk, HunkId, Line, LineKind};

/// A rule, code that it meets, and code close to it that it does not.
type Case = (&'static str, &'static str, &'static str);

/// What the rules find within the usual time.
fn check(change: &Change) -> Vec<RuleHit> {
    examine(change, BUDGET, crate::sys::clock::thread_time).hits
}

fn added(number: u32) -> Line {
    Line {
        kind: LineKind::Added,
        old_number: None,
        new_number: Some(number),
        text: Vec::new(),
        no_newline: false,
    }
}

/// A file whose given lines (all, when empty) were added.
fn file(path: &str, old: Option<&str>, new: &str, lines: &[u32]) -> FileChange {
    let count = u32::try_from(new.lines().count()).unwrap();
    let all: Vec<u32> = (1..=count).collect();
    let lines = if lines.is_empty() { &all[..] } else { lines };
    let hunk = Hunk {
        id: HunkId::parse("h1").unwrap(),
        old_start: 0,
        old_count: 0,
        new_start: 1,
        new_count: count,
        section: String::new(),
        lines: lines.iter().map(|n| added(*n)).collect(),
    };
    let text = |text: &str| text.as_bytes().to_vec();
    FileChange {
        hunks: vec![hunk],
        new_text: Some(text(new)),
        old_text: old.map(text),
        ..samples::file(path)
    }
}

fn hits(path: &str, new: &str) -> Vec<RuleHit> {
    check(&change(vec![file(path, None, new, &[])]))
}

fn rules(path: &str, new: &str) -> Vec<&'static str> {
    hits(path, new).iter().map(|h| h.rule).collect()
}

/// Holds every case against the rules, and every rule of the dialect against the cases.
fn hold(dialect: Dialect, path: &str, cases: &[Case]) {
    for (rule, bad, good) in cases {
        let found = rules(path, bad);
        assert!(
            found.contains(rule),
            "{path}: {rule} should meet, met only {found:?}:\n{bad}"
        );
        let found = rules(path, good);
        assert!(
            !found.contains(rule),
            "{path}: {rule} should leave alone:\n{good}"
        );
    }
    let covered: BTreeSet<&str> = cases.iter().map(|c| c.0).collect();
    let all: BTreeSet<&str> = RuleSet::read(dialect)
        .unwrap()
        .rules
        .iter()
        .map(|r| r.id)
        .collect();
    assert_eq!(
        all.difference(&covered).collect::<Vec<_>>(),
        Vec::<&&str>::new(),
        "rules without a case"
    );
}

#[test]
fn every_table_is_read_and_fits_its_grammar() {
    for (at, dialect) in Dialect::ALL.into_iter().enumerate() {
        let set = RuleSet::read(dialect).unwrap_or_else(|e| panic!("{dialect:?}: {e}"));
        assert_eq!(dialect as usize, at);
        let ids: BTreeSet<&str> = set.rules.iter().map(|r| r.id).collect();
        assert_eq!(ids.len(), set.rules.len());
        for rule in &set.rules {
            assert!(
                rule.title.chars().count() <= 100 && !rule.title.ends_with('.'),
                "{}",
                rule.id
            );
            assert!(matches!(rule.confidence, 50 | 75), "{}", rule.id);
            assert!(
                rule.scenario.ends_with('.') && rule.advice.ends_with('.'),
                "{}",
                rule.id
            );
        }
    }
}

/// The larger grammars are left out: their analysis takes seconds unoptimised.
#[test]
fn tables_are_queries_that_tree_sitter_takes() {
    for dialect in [Dialect::C, Dialect::Go, Dialect::Rust, Dialect::Python] {
        for section in dialect.sections() {
            let query = Query::new(&dialect.grammar(), queries(section).unwrap());
            assert!(query.is_ok(), "{section}: {query:?}");
        }
    }
}

#[test]
fn no_rule_asks_for_a_parse_of_every_file() {
    let plain = b"a = b + 1;\nfor (x in y) { return x in y && !z; }\nif a in b: c += 1\n";
    let whole = 0..plain.len();
    for dialect in Dialect::ALL {
        let set = RuleSet::read(dialect).unwrap();
        let asks = |at: &usize| {
            set.active(
                plain,
                std::slice::from_ref(&whole),
                Some(&BTreeSet::from([*at])),
            )
            .is_some()
        };
        let asking: Vec<&str> = (0..set.rules.len())
            .filter(asks)
            .map(|at| set.rules[at].id)
            .collect();
        assert_eq!(asking, Vec::<&str>::new(), "{dialect:?}");
        assert!(
            set.rules
                .iter()
                .flat_map(|r| r.near.iter().chain(&r.file))
                .all(|e| e.compiles()),
            "{dialect:?}"
        );
    }
}
