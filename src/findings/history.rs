//! The life of a finding over runs: open, fixed, regressed, dismissed.

use std::collections::{HashMap, HashSet};

use super::coverage::ReadBy;
use super::file_text::{FileText, Side};
use super::merge::Group;
use super::quote::Search;
use super::similarity::{folded_lines, similar_titles};
use super::{FindingSet, fingerprint};
use crate::model::{
    Change, FileChange, FileStatus, Finding, FindingId, FindingRecord, ObjectId, RepoPath, RunId,
    Severity, Status,
};

/// The round from which only what matters still shows.
const QUIET_ROUND: u32 = 3;
/// How far, in lines, a dismissed finding may have moved to be known by its title.
const NEAR: u32 = 3;

/// Whether a finding shows in this round (from 1) of reviews of the same work:
/// from the third on only what is high or worse, and what came back.
#[must_use]
pub(crate) fn visible(finding: &Finding, round: u32) -> bool {
    round < QUIET_ROUND || finding.severity >= Severity::High || finding.status == Status::Regressed
}

/// The round that this run is: one more than the most rounds of any known
/// finding that it found again. Findings of other work do not count.
pub(super) fn round(findings: &[Finding], known: &[FindingRecord]) -> u32 {
    let found: HashSet<&FindingId> = findings.iter().map(|f| &f.id).collect();
    known
        .iter()
        .filter(|k| found.contains(&k.id))
        .map(|k| k.rounds)
        .max()
        .map_or(1, |r| r.saturating_add(1))
}

/// What is known, by fingerprint, and which of it this run has already found.
pub(super) struct History<'a> {
    known: &'a [FindingRecord],
    by_id: HashMap<&'a FindingId, &'a FindingRecord>,
    /// Fingerprints of this run's candidates: nothing else may take these.
    claimed: HashSet<FindingId>,
    taken: HashSet<FindingId>,
}

impl<'a> History<'a> {
    pub(super) fn new(known: &'a [FindingRecord], groups: &[Group]) -> Self {
        let by_id = known.iter().map(|k| (&k.id, k)).collect();
        let claimed = groups.iter().flat_map(Group::ids).cloned().collect();
        Self {
            known,
            by_id,
            claimed,
            taken: HashSet::new(),
        }
    }

    /// The fingerprint and status of a group: by one of its fingerprints, else
    /// by title and place, else new. A decision on a lesser finding does not
    /// silence a worse one that was merged with it.
    pub(super) fn recognise(&mut self, group: &Group) -> (FindingId, Status) {
        let ids = group.ids();
        let exact: Vec<&FindingRecord> = ids
            .iter()
            .filter_map(|id| self.by_id.get(*id).copied())
            .collect();
        let only = ids.iter().all(|id| *id == ids[0]);
        let silences = |k: &&&FindingRecord| {
            k.status == Status::Dismissed && (only || group.severity() <= k.severity)
        };
        let alive = |k: &&&FindingRecord| k.status != Status::Dismissed;
        let known = exact
            .iter()
            .find(silences)
            .or_else(|| exact.iter().find(alive))
            .copied();
        let known = known
            .filter(|k| !self.taken.contains(&k.id))
            .or_else(|| self.by_title(group));
        let (id, status) = match known {
            Some(known) => (known.id.clone(), again(known.status)),
            None => self.unused(&ids, group),
        };
        self.taken.insert(id.clone());
        (id, status)
    }

    /// A fingerprint of the group that stands for nothing else: one that is not
    /// known if there is one. Where one reply names two things at one place, the
    /// title tells them apart.
    fn unused(&self, ids: &[&FindingId], group: &Group) -> (FindingId, Status) {
        let free = || ids.iter().filter(|id| !self.taken.contains(**id));
        let best = free()
            .find(|id| !self.by_id.contains_key(**id))
            .or_else(|| free().next());
        if let Some(id) = best {
            return ((*id).clone(), Status::Open);
        }
        let first = group.first();
        let mut id = first.id.clone();
        while self.taken.contains(&id) {
            id = fingerprint(
                id.as_str(),
                &first.proposal.category,
                &first.place.path,
                &first.proposal.title,
            );
        }
        let status = self
            .by_id
            .get(&id)
            .map_or(Status::Open, |known| again(known.status));
        (id, status)
    }

    fn by_title(&self, group: &Group) -> Option<&'a FindingRecord> {
        let first = group.first();
        let paths = [Some(&first.place.path), first.place.old_path.as_ref()];
        let files: Vec<String> = paths.into_iter().flatten().map(RepoPath::to_text).collect();
        let alike = |k: &&FindingRecord| {
            let near =
                k.line.abs_diff(first.place.line_start) <= NEAR && group.severity() <= k.severity;
            files.contains(&k.file)
                && (k.status != Status::Dismissed || near)
                && (near || same_code(&k.quote, &first.place.quote))
                && similar_titles(&k.title, &first.proposal.title)
        };
        let free =
            |k: &&FindingRecord| !self.taken.contains(&k.id) && !self.claimed.contains(&k.id);
        self.known.iter().filter(free).find(alike)
    }
}

fn same_code(a: &str, b: &str) -> bool {
    let lines = folded_lines(a);
    !lines.is_empty() && lines == folded_lines(b)
}

fn again(status: Status) -> Status {
    match status {
        Status::Open => Status::Open,
        Status::Dismissed => Status::Dismissed,
        Status::Fixed | Status::Regressed => Status::Regressed,
    }
}

/// Known open findings whose file was read again in full by their field and
/// whose code no longer stands in it.
pub(super) fn gone(
    change: &Change,
    known: &[FindingRecord],
    found: &[Finding],
    read: &ReadBy,
) -> Vec<FindingId> {
    let found: HashSet<&FindingId> = found.iter().map(|f| &f.id).collect();
    let candidates: Vec<&FindingRecord> = known
        .iter()
        .filter(|k| k.status.is_open() && !found.contains(&k.id) && read.fully(&k.file, &k.fields))
        .collect();
    if candidates.is_empty() {
        return Vec::new();
    }
    let files: HashMap<String, &FileChange> =
        change.files.iter().map(|f| (f.path.to_text(), f)).collect();
    let search = Search::of(candidates.iter().map(|k| k.quote.as_str()));
    let mut views: HashMap<&str, FileText> = HashMap::new();
    let mut gone = Vec::new();
    for candidate in candidates {
        let Some(file) = files.get(&candidate.file) else {
            continue;
        };
        let view = views
            .entry(&candidate.file)
            .or_insert_with(|| FileText::of(file));
        if file.status == FileStatus::Deleted || code_is_gone(candidate, file, view, &search) {
            gone.push(candidate.id.clone());
        }
    }
    gone
}

/// Without the whole text, only code that this change removed is surely gone.
fn code_is_gone(
    known: &FindingRecord,
    file: &FileChange,
    view: &FileText,
    search: &Search,
) -> bool {
    let lines = folded_lines(&known.quote);
    let stands = |side| super::quote::stands(view, side, &lines, search);
    if lines.is_empty() {
        return false;
    }
    let still = stands(Side::After) || stands(Side::Whole);
    !still && (file.new_text.is_some() || stands(Side::Before))
}

/// What the store remembers after a run. Found ones are brought up to date or
/// added; open ones whose code is gone are fixed by `head` (nothing is fixed by
/// uncommitted work); a person's decision stays. Doing it twice for one run
/// changes nothing more. `reviewed_paths` are the files of this run's change.
#[must_use]
pub(crate) fn update_known(
    known: &[FindingRecord],
    synthesis: &FindingSet,
    run: &RunId,
    head: Option<&ObjectId>,
    reviewed_paths: &[RepoPath],
) -> Vec<FindingRecord> {
    let found: HashMap<&FindingId, &Finding> =
        synthesis.findings.iter().map(|f| (&f.id, f)).collect();
    let gone: HashSet<&FindingId> = synthesis.gone.iter().collect();
    let reviewed: HashSet<String> = reviewed_paths.iter().map(RepoPath::to_text).collect();
    let step = |k: &FindingRecord| match (found.get(&k.id), head) {
        (Some(finding), _) => seen(k, finding, run),
        (None, Some(head))
            if gone.contains(&k.id) && reviewed.contains(&k.file) && k.status.is_open() =>
        {
            FindingRecord {
                status: Status::Fixed,
                fixed_by: Some(head.clone()),
                ..k.clone()
            }
        }
        (None, _) => k.clone(),
    };
    let mut all: Vec<FindingRecord> = known.iter().map(step).collect();
    let before: HashSet<&FindingId> = known.iter().map(|k| &k.id).collect();
    all.extend(
        synthesis
            .findings
            .iter()
            .filter(|f| !before.contains(&f.id))
            .map(|f| first_seen(f, run)),
    );
    all
}

fn seen(known: &FindingRecord, finding: &Finding, run: &RunId) -> FindingRecord {
    let again_in_this_run = known.last_run == *run;
    // A later change that only shows the code again takes nothing back.
    let tier = if finding.introduced {
        finding.tier
    } else {
        known.tier
    };
    FindingRecord {
        tier,
        status: finding.status,
        fixed_by: known
            .fixed_by
            .clone()
            .filter(|_| finding.status == Status::Fixed),
        first_run: known.first_run.clone(),
        decision: known.decision.clone(),
        rounds: known.rounds.saturating_add(u32::from(!again_in_this_run)),
        ..first_seen(finding, run)
    }
}

/// A record of a finding that nothing is known of yet.
pub(crate) fn first_seen(finding: &Finding, run: &RunId) -> FindingRecord {
    FindingRecord {
        id: finding.id.clone(),
        status: finding.status,
        title: finding.title.clone(),
        tier: finding.tier,
        severity: finding.severity,
        file: finding.path.to_text(),
        line: finding.line_start,
        quote: finding.quote.clone(),
        fields: finding.fields.clone(),
        first_run: run.clone(),
        last_run: run.clone(),
        fixed_by: None,
        decision: None,
        rounds: 1,
    }
}

#[cfg(test)]
#[path = "history_tests.rs"]
mod tests;
