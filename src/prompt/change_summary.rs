//! The change in words: what it is, how large, what it does to dependencies.

use std::collections::BTreeMap;

use super::fence::{Capped, one_line};
use crate::model::{
    Change, FileChange, HunkId, LineKind, LockFileChange, TargetKind, VersionChange,
};
use crate::text::plural::count;
use crate::text::visible::shown;

/// Hunks in no message by reason, then by file.
pub(super) fn unreviewed<'a>(
    change: &'a Change,
    left_out: &[(HunkId, &'static str)],
) -> Vec<(&'static str, Vec<FileHunks<'a>>)> {
    let why: BTreeMap<HunkId, &'static str> = left_out.iter().copied().collect();
    let mut reasons: Vec<&'static str> = why.values().copied().collect();
    reasons.sort_unstable();
    reasons.dedup();
    let files_for = |reason: &'static str| {
        let of_file = |file: &'a FileChange| {
            let all = file.hunks.iter().enumerate();
            let hunks: Vec<usize> = all
                .filter(|(_, h)| why.get(&h.id) == Some(&reason))
                .map(|(i, _)| i)
                .collect();
            (!hunks.is_empty()).then_some((file, hunks))
        };
        change.files.iter().filter_map(of_file).collect()
    };
    reasons
        .into_iter()
        .map(|reason| (reason, files_for(reason)))
        .collect()
}

/// Hunks of a file by index.
pub(super) type FileHunks<'a> = (&'a FileChange, Vec<usize>);

/// A path for use inside a line.
pub(super) fn path_of(file: &FileChange) -> String {
    one_line(file.path.as_bytes(), 300).into_owned()
}

/// `h3-h5 h9`: the ids of these hunks of a file.
pub(super) fn id_range(file: &FileChange, hunks: &[usize]) -> String {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for hunk in hunks {
        match runs.last_mut() {
            Some((_, end)) if *end + 1 == *hunk => *end = *hunk,
            _ => runs.push((*hunk, *hunk)),
        }
    }
    let id = |hunk: usize| file.hunks[hunk].id;
    let shown: Vec<String> = runs
        .iter()
        .map(|(a, b)| {
            if a == b {
                id(*a).to_string()
            } else {
                format!("{}-{}", id(*a), id(*b))
            }
        })
        .collect();
    if shown.is_empty() {
        "no hunks".to_owned()
    } else {
        shown.join(" ")
    }
}

/// Target and size in one line.
pub(super) fn what_it_is(change: &Change) -> String {
    let target = &change.target;
    let label = shown(target.label().as_bytes()).into_owned();
    let base = target.base.as_ref().map(|b| b.short().to_owned());
    let kind = match (target.kind, base) {
        (TargetKind::Commit, _) if change.commits.first().is_some_and(|c| c.parents > 1) => {
            format!("merge commit {label}, only what the merge itself decided")
        }
        (TargetKind::Commit, Some(base)) => {
            format!("commit {label} against its first parent {base}")
        }
        (TargetKind::Commit, None) => {
            format!("commit {label}, the first of its history: everything in it is new")
        }
        (TargetKind::Range, _) => format!("{} commits, {label}", change.commit_count),
        (TargetKind::Worktree | TargetKind::Staged, Some(base)) => {
            format!("{label} against commit {base}")
        }
        (TargetKind::Worktree | TargetKind::Staged, None) => {
            format!("{label}, before the first commit")
        }
    };
    let lines = |kind| {
        change
            .hunks()
            .flat_map(|(_, h)| &h.lines)
            .filter(|l| l.kind == kind)
            .count()
    };
    let (added, removed) = (lines(LineKind::Added), lines(LineKind::Removed));
    let (files, hunks) = (change.files.len(), change.hunks().count());
    format!(
        "{kind}; {}, {}, +{added} -{removed} lines",
        count(files, "file"),
        count(hunks, "hunk")
    )
}

/// Languages by number of files.
pub(super) fn languages(change: &Change) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for file in &change.files {
        *counts.entry(file.language.as_str()).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(name, n)| (std::cmp::Reverse(*n), *name));
    let list: Vec<String> = counts
        .iter()
        .map(|(name, n)| format!("{name} ({n})"))
        .collect();
    if list.is_empty() {
        "none".to_owned()
    } else {
        list.join(", ")
    }
}

/// One lock file as the changes it stands for.
pub(super) fn push_lock_file(list: &mut Capped, file: &LockFileChange) {
    list.push(&format!(
        "=== {} ({})\n",
        one_line(file.path.as_bytes(), 300),
        file.ecosystem
    ));
    if let Some(why) = &file.incomplete {
        list.push(&format!(
            "(not complete: {})\n",
            one_line(why.as_bytes(), 200)
        ));
    }
    for change in &file.changes {
        let name = one_line(change.name.as_bytes(), 200);
        let version = |v: &str| one_line(v.as_bytes(), 100).into_owned();
        let what = match &change.version {
            VersionChange::Added(to) => format!("added {name} {}", version(to)),
            VersionChange::Removed(from) => format!("removed {name} {}", version(from)),
            VersionChange::Moved { from, to } => {
                format!("moved {name} {} -> {}", version(from), version(to))
            }
            VersionChange::SourceChanged(at) => {
                format!("source or checksum changed {name} {}", version(at))
            }
        };
        let source = change
            .source
            .as_ref()
            .map(|s| format!(", from {}", one_line(s.as_bytes(), 300)));
        let foreign = if change.foreign_source {
            ", not the usual registry"
        } else {
            ""
        };
        list.push(&format!("{what}{}{foreign}\n", source.unwrap_or_default()));
    }
}
