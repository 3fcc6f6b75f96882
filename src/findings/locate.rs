//! Proposal → place in the change: the path is in it, and the quote stands there.
//!
//! Promises: what is returned was found in the change's own text, never taken
//! from the agent; nothing outside the change is opened.

use std::collections::HashMap;

use super::file_text::{FileText, Side};
use super::path_forms::{only_likely, path_forms};
use super::quote::{self, Found, Search};
use super::similarity::{cap, folded_lines};
use crate::model::{
    Change, CommitInfo, FileChange, LineKind, LockFileChange, Proposal, RepoPath, VersionChange,
};
use crate::text::visible::shown;

/// Longest quote, in characters, that a finding keeps.
const QUOTE_CHARS: usize = 4000;

/// Who proposes: a model has to prove more than the program's own rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// The embedded reviewer: it may speak of a whole file, or of a line that is only a brace.
    Program,
    /// An agent.
    Agent,
}

/// Where a proposal stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Located {
    pub(super) path: RepoPath,
    pub(super) old_path: Option<RepoPath>,
    pub(super) line_start: u32,
    pub(super) line_end: u32,
    pub(super) on_removed: bool,
    pub(super) introduced: bool,
    pub(super) quote: String,
    /// The quoted lines and up to three around them, for the fingerprint.
    pub(super) window: String,
    pub(super) checks: Vec<String>,
}

/// Finds places in one change; keeps what it prepared of each file.
pub(super) struct Locator<'a> {
    change: &'a Change,
    files: HashMap<String, &'a FileChange>,
    views: HashMap<&'a RepoPath, FileText>,
    search: Search,
}

impl<'a> Locator<'a> {
    /// For proposals with these quotes.
    pub(super) fn new<'q>(change: &'a Change, quotes: impl IntoIterator<Item = &'q str>) -> Self {
        let mut files: HashMap<String, &FileChange> = HashMap::new();
        for file in &change.files {
            files.insert(file.path.to_text(), file);
        }
        for file in &change.files {
            for path in [Some(&file.path), file.old_path.as_ref()]
                .into_iter()
                .flatten()
            {
                files.entry(path.to_text()).or_insert(file);
                files
                    .entry(shown(path.as_bytes()).into_owned())
                    .or_insert(file);
            }
        }
        Self {
            change,
            files,
            views: HashMap::new(),
            search: Search::of(quotes),
        }
    }

    /// The place, or in words why there is none.
    pub(super) fn locate(
        &mut self,
        proposal: &Proposal,
        source: Source,
    ) -> Result<Located, String> {
        // The program writes paths as they are; only a model's are read with indulgence.
        let forms = match source {
            Source::Program => vec![proposal.file.clone()],
            Source::Agent => path_forms(&proposal.file),
        };
        let file = self.file_meant(&forms, source);
        let is_name = || proposal.line_start == 0 && proposal.quote == proposal.file;
        if source == Source::Program && (proposal.quote.trim().is_empty() || is_name()) {
            return self.whole_file(&forms, file, proposal);
        }

        if let Some(file) = file {
            let view = self
                .views
                .entry(&file.path)
                .or_insert_with(|| FileText::of(file));
            let found = quote::find(view, proposal, source, &mut self.search)?;
            return Ok(place(file, view, proposal, &found));
        }
        if let Some(lock) = self
            .change
            .lock_files
            .iter()
            .find(|l| forms.contains(&l.path.to_text()))
        {
            let place = in_lock_file(lock, proposal);
            if place.is_ok() || source == Source::Agent {
                return place;
            }
        }
        let mut messages = self.change.commits.iter().map(CommitInfo::message_path);
        if source == Source::Program
            && let Some(path) = messages.find(|path| path.to_text() == proposal.file)
        {
            return Ok(outside_of_hunks(&path, proposal));
        }
        let skipped = self
            .change
            .skipped
            .iter()
            .find(|s| forms.contains(&s.path.to_text()));
        Err(match skipped {
            Some(skipped) if source == Source::Program => {
                return Ok(outside_of_hunks(&skipped.path, proposal));
            }
            Some(skipped) => format!(
                "the file was left out of the review: {}",
                skipped.reason.describe()
            ),
            None => NOT_IN_CHANGE.to_owned(),
        })
    }
}

impl<'a> Locator<'a> {
    /// The file of the change that these forms of a path mean.
    fn file_meant(&self, forms: &[String], source: Source) -> Option<&'a FileChange> {
        let exact = forms.iter().find_map(|form| self.files.get(form).copied());
        if exact.is_some() || source == Source::Program {
            return exact;
        }
        let files = &self.change.files;
        let paths: Vec<String> = files.iter().map(|file| file.path.to_text()).collect();
        only_likely(forms, &paths).map(|at| &files[at])
    }

    /// A fact about a file as a whole, which may be one that nobody read as text.
    fn whole_file(
        &self,
        forms: &[String],
        file: Option<&FileChange>,
        proposal: &Proposal,
    ) -> Result<Located, String> {
        let skipped = || {
            self.change
                .skipped
                .iter()
                .find(|s| forms.contains(&s.path.to_text()))
        };
        let path = file.map(|f| &f.path).or_else(|| skipped().map(|s| &s.path));
        Ok(Located {
            path: path.ok_or(NOT_IN_CHANGE)?.clone(),
            old_path: file.and_then(|f| f.old_path.clone()),
            line_start: 0,
            line_end: 0,
            on_removed: false,
            introduced: true,
            quote: proposal.quote.clone(),
            window: String::new(),
            checks: vec!["a fact about the whole file".to_owned()],
        })
    }
}

/// A line that the program itself found where no reviewer looked.
fn outside_of_hunks(path: &RepoPath, proposal: &Proposal) -> Located {
    Located {
        path: path.clone(),
        old_path: None,
        line_start: proposal.line_start,
        line_end: proposal.line_end.max(proposal.line_start),
        on_removed: false,
        introduced: true,
        quote: cap(&proposal.quote, QUOTE_CHARS),
        window: proposal.quote.clone(),
        checks: vec!["found by the search for secrets outside of what reviewers read".to_owned()],
    }
}

const NOT_IN_CHANGE: &str = "the path is not in the change";

fn place(file: &FileChange, view: &FileText, proposal: &Proposal, found: &Found) -> Located {
    let rows = &view.side(found.side)[found.segment][found.rows.clone()];
    let on_removed = rows.iter().all(|r| r.new.is_none()) || found.side == Side::Before;
    let numbers: Vec<u32> = rows
        .iter()
        .filter_map(|r| if on_removed { r.old } else { r.new })
        .collect();
    let line_start = numbers.iter().copied().min().unwrap_or(0);
    let line_end = numbers.iter().copied().max().unwrap_or(line_start);
    let introduced = rows.iter().any(|r| r.kind != LineKind::Context);
    let standing = || {
        cap(
            &rows
                .iter()
                .map(|r| r.raw.as_str())
                .collect::<Vec<_>>()
                .join("\n"),
            QUOTE_CHARS,
        )
    };
    let quote = if found.verbatim {
        cap(proposal.quote.trim_matches('\n'), QUOTE_CHARS)
    } else {
        standing()
    };
    let mut checks = vec![found.check.to_owned()];
    let claimed = (
        proposal.line_start,
        proposal.line_end.max(proposal.line_start),
    );
    if claimed.0 == 0 {
        checks.push(format!("line {line_start} found by the quote"));
    } else if line_start < claimed.0 || line_end > claimed.1 {
        checks.push(corrected(claimed, (line_start, line_end)));
    }
    if !introduced {
        checks.push("older: on lines that this change did not touch".to_owned());
    }
    let window =
        window(file, on_removed, line_start, line_end).unwrap_or_else(|| around(view, found));
    let old_path = file.old_path.clone();
    Located {
        path: file.path.clone(),
        old_path,
        line_start,
        line_end,
        on_removed,
        introduced,
        quote,
        window,
        checks,
    }
}

fn corrected(from: (u32, u32), to: (u32, u32)) -> String {
    let text = |(a, b): (u32, u32)| {
        if a == b {
            a.to_string()
        } else {
            format!("{a}-{b}")
        }
    };
    let noun = if from.0 == from.1 && to.0 == to.1 {
        "line"
    } else {
        "lines"
    };
    format!("{noun} corrected from {} to {}", text(from), text(to))
}

/// The window from the whole file, which does not change with the hunks' borders.
fn window(file: &FileChange, on_removed: bool, start: u32, end: u32) -> Option<String> {
    let text = if on_removed {
        file.old_text.as_ref()
    } else {
        file.new_text.as_ref()
    }?;
    let first = (start.saturating_sub(4)) as usize;
    let count = (end.saturating_sub(start) as usize).saturating_add(if start > 3 {
        7
    } else {
        start as usize + 3
    });
    let lines: Vec<_> = text
        .split(|b| *b == b'\n')
        .skip(first)
        .take(count)
        .map(String::from_utf8_lossy)
        .collect();
    Some(lines.join("\n"))
}

/// The window from the rows at hand.
fn around(view: &FileText, found: &Found) -> String {
    let segment = &view.side(found.side)[found.segment];
    let range =
        found.rows.start.saturating_sub(3)..found.rows.end.saturating_add(3).min(segment.len());
    segment[range]
        .iter()
        .map(|r| r.raw.as_str())
        .collect::<Vec<_>>()
        .join("\n")
}

/// In a lock file the text that reviewers saw is the summary: the quote has to
/// name a package that changed.
fn in_lock_file(lock: &LockFileChange, proposal: &Proposal) -> Result<Located, String> {
    let quote = folded_lines(&proposal.quote).join(" ");
    let named = lock.changes.iter().filter(|c| names(&quote, &c.name));
    let change = named
        .max_by_key(|c| c.name.len())
        .ok_or("the quote names no dependency that changed")?;
    let on_removed = matches!(change.version, VersionChange::Removed(_));
    let line = change.line.unwrap_or(0);
    Ok(Located {
        path: lock.path.clone(),
        old_path: None,
        line_start: line,
        line_end: line,
        on_removed,
        introduced: true,
        quote: cap(proposal.quote.trim_matches('\n'), QUOTE_CHARS),
        window: change.name.clone(),
        checks: vec!["the dependency changed in this lock file".to_owned()],
    })
}

fn names(quote: &str, package: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '@');
    !package.is_empty()
        && quote.match_indices(package).any(|(at, _)| {
            let before = quote[..at].chars().next_back();
            let after = quote[at + package.len()..].chars().next();
            // `name@1.2`, `name-1.2.tgz` and `name.` are still that name
            !before.is_some_and(part) && !after.is_some_and(|c| part(c) && !matches!(c, '@' | '.'))
        })
}

#[cfg(test)]
#[path = "locate_tests.rs"]
mod tests;
