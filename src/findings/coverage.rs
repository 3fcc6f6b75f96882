//! What was read: hunk by hunk, by every agent that was to read it.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::JobResult;
use crate::model::{
    AgentName, Change, CoverageReport, Ending, HunkId, JobId, NotReviewed, Nothing, Perspective,
};

/// Who is named where no agent at all was to read a hunk.
const NOBODY: &str = "any agent";

/// Holds every hunk against every agent whose reading counts.
pub(super) fn coverage(change: &Change, results: &[JobResult]) -> CoverageReport {
    let readers = readers(results);
    let mut report = CoverageReport {
        files: change.files.len(),
        skipped: change.skipped.clone(),
        nothing: Nothing::of(change),
        ..Default::default()
    };
    report.paths = change
        .files
        .iter()
        .map(|file| file.path.to_text())
        .collect();
    for file in &change.files {
        let mut whole = true;
        for hunk in &file.hunks {
            report.hunks += 1;
            let missing = missing(&readers, hunk.id);
            report.hunks_read += usize::from(missing.is_empty());
            whole &= missing.is_empty();
            let entry = |agent: &str| NotReviewed {
                file: file.path.to_text(),
                hunk: hunk.id,
                agent: agent.to_owned(),
            };
            report.not_reviewed.extend(missing.into_iter().map(entry));
        }
        report.files_read += usize::from(whole);
    }
    report
}

/// One agent in one perspective: what it was given, and what it did not read.
struct Reader {
    name: String,
    given: HashSet<HunkId>,
    unread: HashSet<HunkId>,
}

fn readers(results: &[JobResult]) -> Vec<Reader> {
    let mut readers: BTreeMap<(&AgentName, Perspective), Reader> = BTreeMap::new();
    for result in results.iter().filter(|r| r.counts_for_coverage) {
        let JobId {
            agent, perspective, ..
        } = &result.job;
        let reader = readers
            .entry((agent, *perspective))
            .or_insert_with(|| Reader {
                name: JobId {
                    agent: agent.clone(),
                    perspective: *perspective,
                    chunk: 1,
                }
                .to_string(),
                given: HashSet::new(),
                unread: HashSet::new(),
            });
        let echoed = echoed(result);
        reader
            .unread
            .extend(result.given.iter().filter(|h| !echoed.contains(h)));
        reader.given.extend(&result.given);
    }
    readers.into_values().collect()
}

/// What the job says it read; nothing where it did not end with an answer.
fn echoed(result: &JobResult) -> HashSet<HunkId> {
    match (&result.line.ending, &result.reply) {
        (Ending::Answered, Some(reply)) => reply.coverage.iter().copied().collect(),
        _ => HashSet::new(),
    }
}

fn missing(readers: &[Reader], hunk: HunkId) -> Vec<&str> {
    if readers.is_empty() {
        return vec![NOBODY];
    }
    let unread = |r: &&Reader| !r.given.contains(&hunk) || r.unread.contains(&hunk);
    readers
        .iter()
        .filter(unread)
        .map(|r| r.name.as_str())
        .collect()
}

/// The fields whose every reading of the file at this path is complete.
pub(super) struct ReadBy {
    unread: HashMap<String, HashSet<String>>,
    ran: HashSet<String>,
}

impl ReadBy {
    pub(super) fn of(report: &CoverageReport, results: &[JobResult]) -> Self {
        let mut unread: HashMap<String, HashSet<String>> = HashMap::new();
        for entry in &report.not_reviewed {
            let agent = entry.agent.strip_suffix("-fresh").unwrap_or(&entry.agent);
            unread
                .entry(entry.file.clone())
                .or_default()
                .insert(agent.to_owned());
        }
        let counted = results.iter().filter(|r| r.counts_for_coverage);
        Self {
            unread,
            ran: counted.map(|r| r.job.agent.as_str().to_owned()).collect(),
        }
    }

    /// Whether every one of the fields read all of the file; with no field
    /// known, whether every agent did.
    pub(super) fn fully(&self, file: &str, fields: &[AgentName]) -> bool {
        let unread = self.unread.get(file);
        if fields.is_empty() {
            return !self.ran.is_empty() && unread.is_none();
        }
        fields.iter().all(|f| {
            self.ran.contains(f.as_str()) && unread.is_none_or(|u| !u.contains(f.as_str()))
        })
    }
}
