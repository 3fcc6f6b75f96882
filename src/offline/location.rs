//! Where a fact stands, and the proposal made of it.

use crate::model::{Change, FileChange, Fix, Line, LineKind, Proposal, RepoPath, Severity};
use crate::text::visible::beginning;

const LONGEST_TITLE: usize = 100;
const LONGEST_QUOTE: usize = 1_000;

/// A line in the change, or a file without one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Location {
    file: String,
    line: u32,
    quote: String,
}

impl Location {
    /// A line of the change.
    pub(super) fn line(path: &RepoPath, line: &Line) -> Self {
        let number = line.new_number.or(line.old_number).unwrap_or(0);
        Self::at(path, number, &line.to_text())
    }

    /// A line whose text is at hand.
    pub(super) fn at(path: &RepoPath, line: u32, text: &str) -> Self {
        let quote = beginning(text.trim_end_matches('\r'), LONGEST_QUOTE).to_owned();
        Self {
            file: path.to_text(),
            line,
            quote,
        }
    }

    /// The first added line of a file that says something, else the file itself.
    pub(super) fn first_added(file: &FileChange) -> Self {
        let telling = added(file).find(|line| line.text.iter().any(u8::is_ascii_alphanumeric));
        telling.or_else(|| added(file).next()).map_or_else(
            || Self::at(&file.path, 0, ""),
            |line| Self::line(&file.path, line),
        )
    }

    /// For a fact about the work as a whole: the first added line of all.
    pub(super) fn of_change(change: &Change) -> Option<Self> {
        let with_lines = change
            .files
            .iter()
            .find(|file| added(file).next().is_some());
        with_lines
            .or_else(|| change.files.first())
            .map(Self::first_added)
    }

    /// The proposal.
    pub(super) fn proposal(self, fact: Fact) -> Proposal {
        Proposal {
            title: beginning(&fact.title, LONGEST_TITLE).to_owned(),
            severity: fact.severity,
            confidence: fact.confidence,
            category: fact.category.to_owned(),
            file: self.file,
            line_start: self.line,
            line_end: self.line,
            quote: self.quote,
            scenario: fact.scenario,
            fix: Some(Fix {
                advice: fact.advice,
                replacement: None,
            }),
        }
    }
}

/// What a proposal says.
pub(super) struct Fact {
    pub(super) title: String,
    pub(super) severity: Severity,
    pub(super) confidence: u8,
    pub(super) category: &'static str,
    pub(super) scenario: String,
    pub(super) advice: String,
}

/// The lines that this change added to a file.
pub(super) fn added(file: &FileChange) -> impl Iterator<Item = &Line> {
    file.hunks
        .iter()
        .flat_map(|hunk| &hunk.lines)
        .filter(|line| line.kind == LineKind::Added)
}
