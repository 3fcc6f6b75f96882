//! Candidates → files with hunks, as many as the budget holds.
//!
//! Decided in this order: what path, attributes and size rule out is never
//! read; what is left is read by importance (source before tests before
//! configuration before prose, deletions last; smaller first), until the
//! budget of text, of bytes read, or of time is used up. Nothing is cut: a
//! file is expanded whole or listed as left out.

use std::rc::Rc;
use std::time::Instant;

use globset::GlobSet;

use super::attributes::{Attributes, LineEnds, Rules};
use super::contents::Blobs;
use super::hunks::{self, Comparison};
use super::merge;
use super::renames::Candidate;
use super::spared::Spared;
use super::{CaptureLimits, LockBlobs, classify, language, lock_files, text_detection};
use crate::git::{ChangedLines, Content, GitError, Side, changed_lines};
use crate::model::{FileChange, FileStatus, Hunk, RepoPath, SkipReason, Skipped};
use crate::text::plural::count;

/// Bytes read for one byte of text that the budget allows.
const READ_FACTOR: u64 = 8;
/// Files of one class that did not fit, after which no other of it is read.
const MISFITS: usize = 8;
/// Moved files that a note names.
const NAMED: usize = 5;
/// Files and bytes read in one batch.
const BATCH: (usize, u64) = (256, 1024 * 1024);

/// A candidate with what a merge adds to it.
pub(super) struct Work {
    pub(super) candidate: Candidate,
    /// The file in a merge's other parents; empty when this is no merge.
    pub(super) others: Vec<Option<Side>>,
    /// False where a merge decided mode or name only.
    pub(super) content: bool,
}

/// How to decide.
pub(super) struct Policy<'a> {
    pub(super) limits: &'a CaptureLimits,
    pub(super) rules: &'a Rules,
    pub(super) filter: &'a GlobSet,
    /// `core.autocrlf` converts where attributes say nothing.
    pub(super) auto_crlf: bool,
    pub(super) started: Instant,
}

/// What came of it.
#[derive(Default)]
pub(super) struct Expanded {
    pub(super) files: Vec<FileChange>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) lock_blobs: Vec<LockBlobs>,
    pub(super) spared: Vec<Spared>,
    /// What a person should know of it.
    pub(super) notes: Vec<String>,
    /// Whether the deadline ended the reading.
    pub(super) out_of_time: bool,
}

impl Expanded {
    /// Leaves a file out of what reviewers read.
    fn leave_out(&mut self, item: &Work, reason: SkipReason, blobs: &Blobs<'_>) {
        let size = item.candidate.new.as_ref().and_then(|s| blobs.size(s));
        self.spared.extend(Spared::of(item, &reason, size));
        self.skipped.push(Skipped {
            path: item.candidate.path.clone(),
            reason,
        });
    }
}

/// What came of one file.
enum Fate {
    Shown(Box<FileChange>, u64),
    Skipped(SkipReason),
    /// Only a time stamp or line ends differed.
    Unchanged,
}

pub(super) fn expand(
    work: Vec<Work>,
    blobs: &mut Blobs<'_>,
    policy: &Policy<'_>,
) -> Result<Expanded, GitError> {
    let mut out = Expanded::default();
    blobs.measure(work.iter().flat_map(|w| w.others.iter().flatten()))?;
    out.notes = moved_out(&work, policy);
    let mut lock_files = Vec::new();
    let mut readable = Vec::new();
    for item in work {
        let attributes = policy.rules.of(&item.candidate.path);
        match ruled_out(&item, &attributes, blobs, policy) {
            Some(reason) => {
                if reason == SkipReason::LockFile {
                    lock_files.push(item.candidate.clone());
                }
                out.leave_out(&item, reason, blobs);
            }
            None => readable.push((item, attributes)),
        }
    }
    readable.sort_by_cached_key(|(item, _)| order(item, blobs));
    read_all(readable, blobs, policy, &mut out)?;
    out.lock_blobs = lock_files::read(&lock_files, blobs)?;
    out.files.sort_by(|a, b| a.path.cmp(&b.path));
    out.skipped.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(out)
}

/// The reason that needs no content.
fn ruled_out(
    item: &Work,
    attributes: &Attributes,
    blobs: &Blobs<'_>,
    policy: &Policy<'_>,
) -> Option<SkipReason> {
    let candidate = &item.candidate;
    let reason = classify::by_path(&candidate.path, attributes, policy.filter)
        .filter(|reason| *reason == SkipReason::LockFile || !is_moved_out(candidate, policy));
    // a mode, a new name or another commit of a submodule is shown whatever the content is
    let only_outside =
        !item.content || candidate.same_content() || candidate.sides().all(|s| !s.is_readable());
    if reason.is_some() && !(only_outside && reason != Some(SkipReason::Filtered)) {
        return reason;
    }
    if only_outside {
        return None;
    }
    let readable = || candidate.sides().filter(|s| s.is_readable());
    if readable().any(|s| blobs.size(s).is_none()) {
        let gone = readable()
            .any(|s| blobs.size(s).is_none() && matches!(s.content, Content::WorkFile(_)));
        let vanished = || SkipReason::Unreadable("it vanished while being read".to_owned());
        return Some(if gone {
            vanished()
        } else {
            classify::missing(&candidate.path)
        });
    }
    let largest = readable().filter_map(|s| blobs.size(s)).max().unwrap_or(0);
    (largest > policy.limits.file_bytes).then(|| classify::too_large(&candidate.path, largest))
}

/// Whether a file that was read so far moves to where nobody reads: this change shows it still.
fn is_moved_out(candidate: &Candidate, policy: &Policy<'_>) -> bool {
    let Some(old) = candidate.old_path.as_ref() else {
        return false;
    };
    candidate.status == FileStatus::Renamed
        && classify::by_path(old, &policy.rules.of(old), policy.filter).is_none()
        && leaves_out(&candidate.path, policy).is_some()
}

/// Why files at a path are left out whatever they hold.
fn leaves_out(path: &RepoPath, policy: &Policy<'_>) -> Option<SkipReason> {
    classify::by_path(path, &policy.rules.of(path), policy.filter)
}

/// What is told of files that move to where later reviews do not look.
fn moved_out(work: &[Work], policy: &Policy<'_>) -> Vec<String> {
    let candidates = work.iter().map(|item| &item.candidate);
    let moved: Vec<String> = candidates
        .filter(|candidate| is_moved_out(candidate, policy))
        .filter_map(|candidate| {
            let reason = leaves_out(&candidate.path, policy)?;
            let (old, new) = (candidate.old_path.as_ref()?, &candidate.path);
            Some(format!("{old} to {new} ({})", reason.describe()))
        })
        .collect();
    if moved.is_empty() {
        return Vec::new();
    }
    let named = moved
        .iter()
        .take(NAMED)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    let files = count(moved.len(), "file");
    vec![format!(
        "warning: {files} moved to where later reviews do not look: {named}"
    )]
}

/// The least text that showing the candidate can take, bytes.
fn least(candidate: &Candidate, blobs: &Blobs<'_>) -> u64 {
    let size = |side: &Option<Side>| side.as_ref().and_then(|s| blobs.size(s)).unwrap_or(0);
    if candidate.same_content() {
        0
    } else {
        size(&candidate.old).abs_diff(size(&candidate.new))
    }
}

fn order(item: &Work, blobs: &Blobs<'_>) -> (classify::Class, u64, RepoPath) {
    (
        class_of(item),
        least(&item.candidate, blobs),
        item.candidate.path.clone(),
    )
}

fn class_of(item: &Work) -> classify::Class {
    classify::class(
        &item.candidate.path,
        item.candidate.status == FileStatus::Deleted,
    )
}

fn read_all(
    readable: Vec<(Work, Attributes)>,
    blobs: &mut Blobs<'_>,
    policy: &Policy<'_>,
    out: &mut Expanded,
) -> Result<(), GitError> {
    let mut budget = Budget::new(policy.limits.total_bytes);
    let mut queue = readable.into_iter().peekable();
    while queue.peek().is_some() {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while let Some((item, _)) = queue.peek() {
            let cost = reading(item, blobs);
            if batch.len() >= BATCH.0 || (bytes + cost > BATCH.1 && !batch.is_empty()) {
                break;
            }
            let Some(next) = queue.next() else { break };
            out.out_of_time |= policy
                .limits
                .deadline
                .is_some_and(|d| policy.started.elapsed() > d);
            if out.out_of_time || !budget.admits(&next.0, cost, blobs) {
                out.leave_out(&next.0, SkipReason::OverBudget, blobs);
                continue;
            }
            bytes += cost;
            batch.push(next);
        }
        let sides = || batch.iter().flat_map(|(item, _)| contents_of(item));
        blobs.load(sides(), policy.limits.file_bytes)?;
        for (item, attributes) in &batch {
            let full = budget
                .is_full(item)
                .then_some(Fate::Skipped(SkipReason::OverBudget));
            match full.map_or_else(
                || show(item, attributes, blobs, (policy, budget.text_left)),
                Ok,
            )? {
                Fate::Shown(file, cost) => {
                    budget.text_left -= cost;
                    out.files.push(*file);
                }
                Fate::Skipped(reason) => {
                    budget.note(item, &reason);
                    out.leave_out(item, reason, blobs);
                }
                Fate::Unchanged => {}
            }
        }
        blobs.forget(sides());
    }
    Ok(())
}

/// What may still be shown and read.
struct Budget {
    text_left: u64,
    read_left: u64,
    /// The class that is being read, and how many of it did not fit.
    misfits: (Option<classify::Class>, usize),
}

impl Budget {
    fn new(text: u64) -> Self {
        Self {
            text_left: text,
            read_left: text.saturating_mul(READ_FACTOR),
            misfits: (None, 0),
        }
    }

    /// Whether to read an item of this cost; if so, the cost is taken.
    fn admits(&mut self, item: &Work, cost: u64, blobs: &Blobs<'_>) -> bool {
        let admitted = !self.is_full(item)
            && cost <= self.read_left
            && least(&item.candidate, blobs) <= self.text_left;
        if admitted {
            self.read_left -= cost;
        }
        admitted
    }

    /// Whether enough of the item's class did not fit.
    fn is_full(&self, item: &Work) -> bool {
        self.misfits.0 == Some(class_of(item)) && self.misfits.1 >= MISFITS
    }

    fn note(&mut self, item: &Work, reason: &SkipReason) {
        if *reason == SkipReason::OverBudget {
            let class = Some(class_of(item));
            let before = if self.misfits.0 == class {
                self.misfits.1
            } else {
                0
            };
            self.misfits = (class, before + 1);
        }
    }
}

/// Sides whose bytes are needed: none for a mode or a name alone.
fn contents_of(item: &Work) -> impl Iterator<Item = &Side> {
    let needed = item.content && !item.candidate.same_content();
    let sides = item.candidate.sides().chain(item.others.iter().flatten());
    sides.filter(move |s| needed && s.is_readable())
}

fn reading(item: &Work, blobs: &Blobs<'_>) -> u64 {
    contents_of(item).filter_map(|s| blobs.size(s)).sum()
}

fn show(
    item: &Work,
    attributes: &Attributes,
    blobs: &Blobs<'_>,
    (policy, text_left): (&Policy<'_>, u64),
) -> Result<Fate, GitError> {
    let candidate = &item.candidate;
    if !item.content || candidate.same_content() {
        return Ok(shown(file(
            candidate,
            vec![hunks::empty()],
            Texts::default(),
        )));
    }
    let Some(mut texts) = Texts::of(candidate, blobs) else {
        return Ok(Fate::Skipped(SkipReason::Missing));
    };
    texts.new = texts
        .new
        .take()
        .map(|new| stored_form(candidate, &texts.old, new, (attributes, policy.auto_crlf)));
    if texts.old == texts.new {
        let mode = |side: &Option<Side>| side.as_ref().map(|s| s.mode);
        let same = mode(&candidate.old) == mode(&candidate.new) && candidate.old_path.is_none();
        let file = || with_moved_status(file(candidate, vec![hunks::empty()], texts.clone()));
        return Ok(if same { Fate::Unchanged } else { shown(file()) });
    }
    if candidate.sides().any(|s| s.kind() == 0o100_000) {
        let (old, new) = (
            texts.old.as_deref().map(Vec::as_slice),
            texts.new.as_deref().map(Vec::as_slice),
        );
        if let Some(reason) = classify::by_text(attributes, old, new, policy.limits.line_bytes) {
            return Ok(Fate::Skipped(reason));
        }
    }
    let (old, new) = (texts.before(), texts.after());
    let changes = changes(candidate, old, new)?;
    let comparison = Comparison::new(old, new, &changes);
    if item.others.is_empty() && comparison.cost() > text_left {
        return Ok(Fate::Skipped(SkipReason::OverBudget));
    }
    let others = other_changes(item, new, blobs)?;
    let mut hunks =
        comparison.hunks(|change| others.iter().all(|other| merge::meets(change, other)));
    if hunks::cost(&hunks) > text_left {
        return Ok(Fate::Skipped(SkipReason::OverBudget));
    }
    if hunks.is_empty() && !others.is_empty() {
        return Ok(Fate::Unchanged);
    }
    if hunks.is_empty() {
        hunks.push(hunks::empty());
    }
    Ok(shown(file(candidate, hunks, texts)))
}

fn shown(file: FileChange) -> Fate {
    let cost = hunks::cost(&file.hunks);
    Fate::Shown(Box::new(file), cost)
}

/// Both texts of a candidate, where there are such sides.
#[derive(Clone, Default)]
struct Texts {
    old: Option<Rc<Vec<u8>>>,
    new: Option<Rc<Vec<u8>>>,
}

impl Texts {
    /// None when a side that exists could not be read.
    fn of(candidate: &Candidate, blobs: &Blobs<'_>) -> Option<Self> {
        let text = |side: &Option<Side>| match side {
            None => Some(None),
            Some(side) => side_text(side, blobs).map(Some),
        };
        Some(Self {
            old: text(&candidate.old)?,
            new: text(&candidate.new)?,
        })
    }

    /// The old text; empty where there is no old side.
    fn before(&self) -> &[u8] {
        self.old.as_ref().map_or(&[], |t| t.as_slice())
    }

    /// The new text; empty where there is no new side.
    fn after(&self) -> &[u8] {
        self.new.as_ref().map_or(&[], |t| t.as_slice())
    }
}

/// A work file that only lost a bit or moved has that as its status.
fn with_moved_status(mut file: FileChange) -> FileChange {
    if file.status == FileStatus::Modified {
        file.status = FileStatus::ModeChanged;
    }
    file
}

/// The text of a side: for a submodule, git's line about its commit.
fn side_text(side: &Side, blobs: &Blobs<'_>) -> Option<Rc<Vec<u8>>> {
    match &side.content {
        Content::Object(id) if !side.is_readable() => {
            Some(Rc::new(format!("Subproject commit {id}\n").into_bytes()))
        }
        _ => blobs.bytes(side),
    }
}

/// A work file as git would store it, where git converts line ends.
fn stored_form(
    candidate: &Candidate,
    old: &Option<Rc<Vec<u8>>>,
    new: Rc<Vec<u8>>,
    (attributes, auto_crlf): (&Attributes, bool),
) -> Rc<Vec<u8>> {
    let is_file = |s: &Side| s.kind() == 0o100_000 && matches!(s.content, Content::WorkFile(_));
    let has_crlf = |bytes: &[u8]| bytes.windows(2).any(|w| w == b"\r\n");
    if !candidate.new.as_ref().is_some_and(is_file) || !has_crlf(&new) {
        return new;
    }
    let auto = || !text_detection::is_binary(&new) && !old.as_ref().is_some_and(|o| has_crlf(o));
    let converts = match attributes.line_ends {
        LineEnds::Kept => false,
        LineEnds::Converted => true,
        LineEnds::Auto => auto(),
        LineEnds::Unsaid => auto_crlf && auto(),
    };
    if converts {
        Rc::new(text_detection::with_line_feeds(&new))
    } else {
        new
    }
}

/// Where only one side exists, or the type changed, everything is replaced.
fn changes(candidate: &Candidate, old: &[u8], new: &[u8]) -> Result<Vec<ChangedLines>, GitError> {
    let whole = candidate.old.is_none()
        || candidate.new.is_none()
        || candidate.status == FileStatus::TypeChanged;
    if !whole {
        return changed_lines(old, new);
    }
    let (old_count, new_count) = (
        text_detection::lines(old).len(),
        text_detection::lines(new).len(),
    );
    let all = ChangedLines {
        old_start: 0,
        old_count,
        new_start: 0,
        new_count,
    };
    Ok(if old_count + new_count == 0 {
        Vec::new()
    } else {
        vec![all]
    })
}

/// The result's changed lines against each other parent of a merge.
fn other_changes(
    item: &Work,
    new: &[u8],
    blobs: &Blobs<'_>,
) -> Result<Vec<Vec<ChangedLines>>, GitError> {
    let against = |side: &Option<Side>| {
        let old = side
            .as_ref()
            .and_then(|s| side_text(s, blobs))
            .unwrap_or_default();
        changed_lines(&old, new)
    };
    item.others.iter().map(against).collect()
}

fn file(candidate: &Candidate, hunks: Vec<Hunk>, texts: Texts) -> FileChange {
    let text = |side: &Option<Side>, bytes: Option<Rc<Vec<u8>>>| {
        let is_file = side.as_ref().is_some_and(|s| s.kind() == 0o100_000);
        bytes.filter(|_| is_file).map(|b| b.as_ref().clone())
    };
    let (old_text, new_text) = (
        text(&candidate.old, texts.old),
        text(&candidate.new, texts.new),
    );
    FileChange {
        path: candidate.path.clone(),
        old_path: candidate.old_path.clone(),
        status: candidate.status,
        old_mode: candidate.old.as_ref().map_or(0, |s| s.mode),
        new_mode: candidate.new.as_ref().map_or(0, |s| s.mode),
        language: language::of(&candidate.path, new_text.as_deref().or(old_text.as_deref())),
        hunks,
        new_text,
        old_text,
    }
}
