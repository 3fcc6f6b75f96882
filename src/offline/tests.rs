#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod dependencies;
mod files;
mod history;
mod secrets;

use super::*;
use crate::model::*;

fn empty() -> Change {
    samples::change(Vec::new())
}

/// A modified file to which these lines were added, from line 1.
fn added(path: &str, text: &str) -> FileChange {
    let line = |(index, text): (usize, &str)| Line {
        kind: LineKind::Added,
        old_number: None,
        new_number: u32::try_from(index + 1).ok(),
        text: text.as_bytes().to_vec(),
        no_newline: false,
    };
    let lines: Vec<Line> = text.lines().enumerate().map(line).collect();
    let new_count = u32::try_from(lines.len()).unwrap();
    let section = String::new();
    let hunk = Hunk {
        id: HunkId(1),
        old_start: 0,
        old_count: 0,
        new_start: 1,
        new_count,
        section,
        lines,
    };
    FileChange {
        hunks: vec![hunk],
        new_text: Some(text.as_bytes().to_vec()),
        ..samples::file(path)
    }
}

fn with(files: Vec<FileChange>) -> Change {
    samples::change(files)
}

fn replies(
    change: &Change,
    context: &Context,
    secrets: &[MaskedSecret],
) -> BTreeMap<AgentName, Reply> {
    review(&OfflineInput {
        change,
        context,
        secrets,
        structure: true,
        clock: crate::sys::clock::thread_time,
    })
}

fn proposals(
    change: &Change,
    context: &Context,
    secrets: &[MaskedSecret],
    agent: &str,
) -> Vec<Proposal> {
    replies(change, context, secrets)
        .remove(&AgentName::parse(agent).unwrap())
        .unwrap()
        .proposals
}

/// `severity confidence category file:line` of every proposal in a field.
fn told(change: &Change, context: &Context, agent: &str) -> Vec<String> {
    proposals(change, context, &[], agent)
        .iter()
        .map(prompt)
        .collect()
}

fn prompt(p: &Proposal) -> String {
    format!(
        "{} {} {} {}:{}",
        p.severity, p.confidence, p.category, p.file, p.line_start
    )
}

fn security(path: &str, text: &str) -> Vec<String> {
    told(
        &with(vec![added(path, text)]),
        &Context::default(),
        "security",
    )
}

fn retro(path: &str, text: &str) -> Vec<String> {
    told(&with(vec![added(path, text)]), &Context::default(), "retro")
}

fn masked(path: &str, number: u32, confidence: u8) -> MaskedSecret {
    MaskedSecret {
        path: path.into(),
        line: 7,
        masked_line: format!("  key = \"[redacted:stripe-key:{number}]\""),
        added: true,
        on_removed: false,
        rule: "stripe-key",
        what: "Stripe key",
        confidence,
        number,
    }
}

#[test]
fn every_field_answers_and_covers_every_hunk() {
    let change = with(vec![
        added("lib/a.rb", "x = 1"),
        added("README.md", "words"),
        added(".gitignore", "x"),
    ]);
    let replies = replies(&change, &Context::default(), &[]);
    let names: Vec<&str> = replies.keys().map(AgentName::as_str).collect();
    assert_eq!(names, vec!["performance", "retro", "security"]);
    for (name, reply) in &replies {
        assert_eq!(reply.coverage, vec![HunkId(1); 3], "{name}");
        assert_eq!(reply.proposals, vec![], "{name}");
        let general: &[&str] = if name.as_str() == "retro" {
            &[]
        } else {
            &["lib/a.rb: general checks only"]
        };
        assert_eq!(reply.notes, general, "{name}");
    }
}

#[test]
fn many_files_without_rules_are_one_note() {
    let change = with(
        (0..10)
            .map(|n| added(&format!("lib/{n}.rb"), "x = 1"))
            .collect(),
    );
    let notes =
        &replies(&change, &Context::default(), &[])[&AgentName::parse("security").unwrap()].notes;
    let named: Vec<String> = (0..8).map(|n| format!("lib/{n}.rb")).collect();
    assert_eq!(
        notes,
        &[format!(
            "{} and 2 more: general checks only",
            named.join(", ")
        )]
    );
}

fn lock(changes: Vec<DependencyChange>) -> Change {
    let lock = LockFileChange {
        path: "Cargo.lock".into(),
        ecosystem: "Cargo",
        changes,
        incomplete: None,
    };
    Change {
        lock_files: vec![lock],
        ..empty()
    }
}

fn dependency(name: &str, version: VersionChange, foreign: bool) -> DependencyChange {
    let source = foreign.then(|| "git+https://example.com/x".to_owned());
    DependencyChange {
        name: name.into(),
        version,
        source,
        foreign_source: foreign,
        line: Some(3),
    }
}

#[test]
fn titles_fit_and_lists_are_capped() {
    let path = format!("src/{}.rs", "long".repeat(60));
    let changes = (0..9)
        .map(|n| {
            dependency(
                &format!("{path}{n}"),
                VersionChange::Added("1".into()),
                true,
            )
        })
        .collect();
    let found = proposals(&lock(changes), &Context::default(), &[], "security");
    assert_eq!(found.len(), 9);
    assert!(found.iter().all(|p| p.title.len() <= 100));
    let secrets: Vec<MaskedSecret> = (1..=300).map(|n| masked("a.py", n, 95)).collect();
    let reply = replies(&empty(), &Context::default(), &secrets)
        .remove(&AgentName::parse("security").unwrap())
        .unwrap();
    assert_eq!(
        (reply.proposals.len(), reply.notes),
        (200, vec!["100 more facts of this kind left out".to_owned()])
    );
}
