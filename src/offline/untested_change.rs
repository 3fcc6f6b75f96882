//! Source that changed while its tests stayed, and messages that say otherwise than the change.

use std::collections::BTreeSet;

use super::location::{Fact, Location, added};
use super::paths::{is_code, is_test, stem};
use crate::model::{
    Change, Context, FileChange, Language, Line, LineKind, Proposal, RepoPath, Severity,
};
use crate::text::plural::count;

/// Lines of code by which a file grows in a substantial change.
const SUBSTANTIAL: usize = 20;
/// Changed lines of code that contradict a message about documentation.
const NOT_DOCUMENTATION: usize = 10;
const SHORTEST_STEM: usize = 3;
/// Beginnings of the first word of messages about work that changes no behaviour.
const RESHAPING: [&str; 9] = [
    "refactor", "renam", "mov", "style", "format", "reformat", "cleanup", "clean", "simplif",
];

/// Facts for the retrospective.
pub(super) fn check(change: &Change, context: &Context) -> Vec<Proposal> {
    let mut found = untested(change, context);
    found.extend(other_than_said(change));
    found
}

/// Says nothing as soon as any test changed: people test in more places than one.
fn untested(change: &Change, context: &Context) -> Vec<Proposal> {
    let any_test = change
        .files
        .iter()
        .any(|file| is_test(&file.path) || touches_inline_tests(file))
        || change.skipped.iter().any(|skipped| is_test(&skipped.path));
    if any_test || keeps_behaviour(change) {
        return Vec::new();
    }
    let tested: BTreeSet<(Language, String)> = context
        .history
        .test_files
        .iter()
        .map(|path| (Language::of_path(path), stem(path)))
        .collect();
    let candidates = change
        .files
        .iter()
        .filter(|file| is_code(file.language) && new_lines(file) >= SUBSTANTIAL);
    candidates
        .filter(|file| {
            stem(&file.path).len() >= SHORTEST_STEM
                && tested.contains(&(file.language, stem(&file.path)))
        })
        .filter_map(|file| test_of(&context.history.test_files, file).map(|test| (file, test)))
        .map(|(file, test)| Location::first_added(file).proposal(untested_fact(file, test)))
        .collect()
}

fn test_of<'c>(tests: &'c [RepoPath], file: &FileChange) -> Option<&'c RepoPath> {
    tests
        .iter()
        .find(|test| stem(test) == stem(&file.path) && Language::of_path(test) == file.language)
}

fn untested_fact(file: &FileChange, test: &RepoPath) -> Fact {
    let (path, test) = (file.path.to_text(), test.to_text());
    Fact {
        title: format!("`{path}` changed, its tests did not"),
        severity: Severity::Low,
        confidence: 75,
        category: "untested-change",
        scenario: format!(
            "`{path}` grows by {} of code; `{test}` exists and no test changed, so nothing shows that the new behaviour works.",
            count(new_lines(file), "line")
        ),
        advice: format!(
            "Add a case for the new behaviour to `{test}`, or say in the message why none is needed."
        ),
    }
}

/// Rust keeps unit tests in the file itself.
fn touches_inline_tests(file: &FileChange) -> bool {
    let changed = file
        .hunks
        .iter()
        .flat_map(|hunk| &hunk.lines)
        .filter(|line| line.kind != LineKind::Context);
    let in_tests = |line: &Line| {
        let text = line.to_text();
        text.contains("#[test]")
            || text.contains("#[cfg(test)]")
            || text.contains("assert_eq!(")
            || text.contains("::test]")
    };
    let below = file
        .hunks
        .iter()
        .any(|hunk| hunk.section.contains("mod tests") || hunk.section.contains("fn test_"));
    file.language == Language::Rust && (below || changed.into_iter().any(in_tests))
}

/// Whether every commit says that it only gives another form to what was there.
fn keeps_behaviour(change: &Change) -> bool {
    let says_so = |subject: &str| {
        let first = subject
            .split(|c: char| !c.is_alphabetic())
            .next()
            .unwrap_or("")
            .to_ascii_lowercase();
        RESHAPING.iter().any(|word| first.starts_with(word))
    };
    !change.commits.is_empty()
        && change
            .commits
            .iter()
            .all(|commit| says_so(commit.subject()))
}

/// Lines of code that came without others going: moved and rewritten ones bring nothing to test.
fn new_lines(file: &FileChange) -> usize {
    let lines = file.hunks.iter().flat_map(|hunk| &hunk.lines);
    let gone = lines
        .filter(|line| line.kind == LineKind::Removed && is_code_line(line))
        .count();
    code_lines(file).saturating_sub(gone)
}

/// Added lines that are neither empty nor comments.
pub(super) fn code_lines(file: &FileChange) -> usize {
    added(file).filter(|line| is_code_line(line)).count()
}

fn is_code_line(line: &Line) -> bool {
    let text = line.to_text();
    let text = text.trim();
    let comment = ["//", "#", "/*", "*", "--", "\"\"\"", "'''", ";"]
        .iter()
        .any(|mark| text.starts_with(mark));
    text.len() > 1 && !comment
}

/// A single commit whose subject says documentation and that changes code.
fn other_than_said(change: &Change) -> Vec<Proposal> {
    let [commit] = change.commits.as_slice() else {
        return Vec::new();
    };
    let subject = commit.subject();
    let kind = subject
        .split([':', '('])
        .next()
        .unwrap_or("")
        .trim()
        .to_ascii_lowercase();
    if kind != "docs" || !subject.contains(':') {
        return Vec::new();
    }
    let doubtful = |file: &&FileChange| {
        is_code(file.language)
            && !matches!(file.language, Language::Python | Language::Sql)
            && !is_test(&file.path)
    };
    let in_docs = |file: &&FileChange| {
        ["doc", "example", "site", "www"]
            .iter()
            .any(|word| file.path.to_text().to_ascii_lowercase().contains(word))
    };
    let found = change
        .files
        .iter()
        .filter(doubtful)
        .filter(|file| !in_docs(file))
        .find(|file| code_lines(file) >= NOT_DOCUMENTATION);
    let fact = |file: &FileChange| Fact {
        title: "message says documentation, the change holds code".to_owned(),
        severity: Severity::Low,
        confidence: 50,
        category: "message-mismatch",
        scenario: format!(
            "`{subject}` adds {} of code to `{}`: whoever reads the log or builds release notes from it misses that.",
            count(code_lines(file), "line"),
            file.path.to_text()
        ),
        advice: "Split the commit, or say in the subject what the code does.".to_owned(),
    };
    found
        .into_iter()
        .map(|file| Location::first_added(file).proposal(fact(file)))
        .collect()
}
