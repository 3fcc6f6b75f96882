//! What a merge commit itself decided.
//!
//! Chosen: git's combined-diff rule. A file counts when the result's content,
//! mode or name differs from every parent's; in it, a hunk counts when its
//! lines differ from every parent's. A clean automatic merge leaves nothing,
//! a conflict's resolution and an edit slipped into the merge both stay.
//! Rejected: merging again and comparing, since libgit2's and git's merges
//! differ and the git program would write objects. The rule's known blind
//! spot, a side dropped as a whole, is told in a note.

use std::collections::HashMap;

use super::contents::Blobs;
use super::renames::{self, Candidate};
use crate::git::{ChangedLines, Entry, GitError, Repo, Side};
use crate::model::{FileStatus, ObjectId, RepoPath};

/// Paths that a note names.
const NAMED: usize = 10;

/// A file that differs from every parent.
pub(super) struct Decided {
    /// Against the first parent.
    pub(super) candidate: Candidate,
    /// The same file in the other parents; none where it is not.
    pub(super) others: Vec<Option<Side>>,
    /// Whether its content differs from every parent's, not only its mode or name.
    pub(super) content: bool,
}

/// The files that the merge `head` of these parents decided.
pub(super) fn decided(
    repo: &Repo,
    parents: (&ObjectId, &[ObjectId]),
    head: &ObjectId,
    blobs: &mut Blobs<'_>,
) -> Result<Vec<Decided>, GitError> {
    let first = renames::pair(repo.compare(Some(parents.0), head)?, blobs)?;
    let mut others: Vec<HashMap<RepoPath, Candidate>> = Vec::new();
    for parent in parents.1 {
        let candidates = renames::pair(repo.compare(Some(parent), head)?, blobs)?;
        others.push(
            candidates
                .into_iter()
                .map(|c| (c.path.clone(), c))
                .collect(),
        );
    }
    let decide = |mut candidate: Candidate| {
        let same: Option<Vec<&Candidate>> = others.iter().map(|o| o.get(&candidate.path)).collect();
        let same = same?;
        let all = |differs: &dyn Fn(&Candidate) -> bool| {
            differs(&candidate) && same.iter().all(|c| differs(c))
        };
        let content = all(&|c| !c.same_content());
        let mode = all(&|c| c.old.as_ref().map(|s| s.mode) != c.new.as_ref().map(|s| s.mode));
        let name = all(&|c| c.old_path.is_some());
        if !content && !mode && !name {
            return None;
        }
        let others = same.iter().map(|c| c.old.clone()).collect();
        if !content && mode {
            candidate.status = FileStatus::ModeChanged;
        }
        Some(Decided {
            candidate,
            others,
            content,
        })
    };
    Ok(first.into_iter().filter_map(decide).collect())
}

/// Whether this change of lines meets one of another parent's, in the result's lines.
pub(super) fn meets(change: &ChangedLines, others: &[ChangedLines]) -> bool {
    let end = |c: &ChangedLines| c.new_start + c.new_count;
    others.iter().any(|other| {
        if change.new_count == 0 || other.new_count == 0 {
            change.new_start <= end(other) && other.new_start <= end(change)
        } else {
            change.new_start < end(other) && other.new_start < end(change)
        }
    })
}

/// A note on files where one parent's change was dropped whole, if there are any.
pub(super) fn dropped(
    repo: &Repo,
    parents: (&ObjectId, &[ObjectId]),
    head: &ObjectId,
) -> Result<Option<String>, GitError> {
    let [second] = parents.1 else {
        return Ok(None);
    };
    let Some(base) = repo.merge_base(parents.0, second)? else {
        return Ok(None);
    };
    let changes = |from: &ObjectId, to: &ObjectId| -> Result<HashMap<RepoPath, Entry>, GitError> {
        Ok(repo
            .compare(Some(from), to)?
            .into_iter()
            .map(|e| (e.path.clone(), e))
            .collect())
    };
    let (ours, theirs) = (changes(&base, parents.0)?, changes(&base, second)?);
    let (from_ours, from_theirs) = (changes(parents.0, head)?, changes(second, head)?);
    let lost = |side: &HashMap<RepoPath, Entry>,
                other: &HashMap<RepoPath, Entry>,
                kept: &HashMap<RepoPath, Entry>| {
        // where the other side moved the file away, its content is elsewhere
        let differs = |e: &Entry| {
            other
                .get(&e.path)
                .is_none_or(|o| o.new.is_some() && o.new != e.new)
        };
        let gone = |e: &&Entry| !kept.contains_key(&e.path) && differs(e);
        side.values()
            .filter(gone)
            .map(|e| e.path.clone())
            .collect::<Vec<_>>()
    };
    let mut paths = lost(&ours, &theirs, &from_theirs);
    paths.extend(lost(&theirs, &ours, &from_ours));
    paths.sort();
    if paths.is_empty() {
        return Ok(None);
    }
    let named: Vec<String> = paths.iter().take(NAMED).map(RepoPath::to_text).collect();
    let more = paths.len().saturating_sub(NAMED);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    Ok(Some(format!(
        "the merge dropped one side's whole change in: {}{more}",
        named.join(", ")
    )))
}
