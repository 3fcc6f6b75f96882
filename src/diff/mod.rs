//! A target → the change that is reviewed.
//!
//! Promises: time and memory are bounded by [`CaptureLimits`], whatever the
//! repository holds; what is left out is listed with its reason; `.gitattributes`
//! count as they are at the base, so that a change cannot hide itself; both
//! readers give the same [`Change`] but for its `reader`. Leaves masking
//! secrets and reading lock files to other stages.

mod attributes;
mod classify;
mod contents;
mod file_hunks;
mod hunks;
mod language;
mod lock_files;
mod merge;
mod renames;
mod resolve;
mod similarity;
mod spared;
mod text_detection;

#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use self::attributes::Rules;
use self::contents::Blobs;
use self::file_hunks::{Expanded, Policy, Work};
use self::resolve::{Resolved, Scope};
pub(crate) use self::spared::{Spared, Window, read_spared};
use crate::git::{Filtered, GitError, Repo, Uncommitted};
use crate::model::{
    Change, CommitInfo, HunkId, RepoPath, SkipReason, Skipped, Target, TargetKind, TargetSpec,
};
use crate::text::plural::count;

/// Paths that are listed where a shallow clone keeps a commit from being compared.
const BOUNDARY_PATHS: usize = 100;

/// Bounds of one capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CaptureLimits {
    /// A file over this many bytes is not read.
    pub file_bytes: u64,
    /// Text of hunks that is kept, bytes; eight times as much is read at most.
    pub total_bytes: u64,
    /// A line over this many bytes makes a file minified.
    pub line_bytes: usize,
    /// Commits whose messages are kept.
    pub commits: usize,
    /// Time after which no further file is read.
    pub deadline: Option<Duration>,
}

impl Default for CaptureLimits {
    fn default() -> Self {
        Self {
            file_bytes: 1024 * 1024,
            total_bytes: 2 * 1024 * 1024,
            line_bytes: 5_000,
            commits: 500,
            deadline: Some(Duration::from_secs(60)),
        }
    }
}

/// What to capture.
#[derive(Clone, Debug)]
pub(crate) struct CaptureRequest<'a> {
    /// The target as named.
    pub spec: &'a TargetSpec,
    /// The bounds.
    pub limits: CaptureLimits,
    /// Globs of paths to leave out; one without a slash holds at any depth.
    pub exclude: &'a [String],
}

/// A change, and the lock files that another stage reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Capture {
    /// The change; `lock_files` is still empty.
    pub change: Change,
    /// The lock files in it.
    pub lock_blobs: Vec<LockBlobs>,
    /// The files that are left out, for the search that spares nothing.
    pub(crate) spared: Vec<Spared>,
}

/// A lock file before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LockBlobs {
    /// Its path.
    pub path: RepoPath,
    /// Before; none when it is new.
    pub old: Option<Vec<u8>>,
    /// After; none when it is gone.
    pub new: Option<Vec<u8>>,
    /// Why a side that exists was not read; then neither is here.
    pub unread: Option<&'static str>,
}

/// Paths that the person or the project excludes from every review.
#[derive(Clone, Debug)]
pub(crate) struct Excluded(globset::GlobSet);

impl Excluded {
    /// From globs as in [`CaptureRequest::exclude`].
    ///
    /// # Errors
    /// A pattern is none.
    pub(crate) fn new(patterns: &[String]) -> Result<Self, GitError> {
        classify::filter(patterns).map(Self)
    }

    /// Whether this path is excluded.
    #[must_use]
    pub(crate) fn holds(&self, path: &RepoPath) -> bool {
        self.0.is_match(attributes::as_path(path.as_bytes()))
    }
}

/// Looks the target up, without reading any text of it; with what was there to
/// look at too and is not in it, in words.
pub(crate) fn resolve(
    repo: &Repo,
    spec: &TargetSpec,
) -> Result<(Target, Option<String>), GitError> {
    let resolved = resolve::resolve(repo, spec)?;
    Ok((resolved.target, resolved.not_looked_at))
}

/// Reads the change that the target is.
pub(crate) fn capture(repo: &Repo, request: &CaptureRequest<'_>) -> Result<Capture, GitError> {
    let started = Instant::now();
    let filter = classify::filter(request.exclude)?;
    let Resolved {
        target,
        scope,
        reader,
        not_looked_at,
    } = resolve::resolve(repo, request.spec)?;
    let repo = reader.as_ref().unwrap_or(repo);
    let mut blobs = Blobs::new(repo);
    let mut notes: Vec<String> = not_looked_at.into_iter().collect();
    let work = gather(repo, &target, &scope, &mut blobs)?;
    let paths = work
        .iter()
        .flat_map(|w| [Some(&w.candidate.path), w.candidate.old_path.as_ref()])
        .flatten();
    let rules = Rules::read(repo, target.base.as_ref(), paths)?;
    let auto_crlf = repo
        .config_value("core.autocrlf")
        .is_some_and(|v| v != "false");
    let policy = Policy {
        limits: &request.limits,
        rules: &rules,
        filter: &filter,
        auto_crlf,
        started,
    };
    let mut expanded = file_hunks::expand(work, &mut blobs, &policy)?;
    notes.append(&mut expanded.notes);
    notes.extend(scope_notes(repo, &target, &scope, &mut expanded)?);
    if expanded.out_of_time {
        notes.push("reading stopped at its deadline; the rest is over the budget".to_owned());
    }
    let (commits, commit_count) = commits(repo, &target, request.limits.commits)?;
    number(&mut expanded);
    let change = Change {
        has_base: target.base.is_some(),
        target,
        commits,
        commit_count,
        files: expanded.files,
        skipped: expanded.skipped,
        lock_files: Vec::new(),
        reader: repo.reader(),
        notes,
    };
    Ok(Capture {
        change,
        lock_blobs: expanded.lock_blobs,
        spared: expanded.spared,
    })
}

/// What may have to be read for the target.
fn gather(
    repo: &Repo,
    target: &Target,
    scope: &Scope,
    blobs: &mut Blobs<'_>,
) -> Result<Vec<Work>, GitError> {
    let plain = |candidate| Work {
        candidate,
        others: Vec::new(),
        content: true,
    };
    let candidates = match (scope, &target.head) {
        (Scope::Trees, Some(head)) => {
            renames::pair(repo.compare(target.base.as_ref(), head)?, blobs)?
        }
        (Scope::Uncommitted(changes), _) => renames::pair(changes.entries.clone(), blobs)?,
        (Scope::Merge { others }, Some(head)) => {
            let Some(first) = &target.base else {
                return Ok(Vec::new());
            };
            let decided = merge::decided(repo, (first, others), head, blobs)?.into_iter();
            return Ok(decided
                .map(|d| Work {
                    candidate: d.candidate,
                    others: d.others,
                    content: d.content,
                })
                .collect());
        }
        (Scope::Boundary, _) | (Scope::Trees | Scope::Merge { .. }, None) => Vec::new(),
    };
    Ok(candidates.into_iter().map(plain).collect())
}

/// What the person should know about this kind of target.
fn scope_notes(
    repo: &Repo,
    target: &Target,
    scope: &Scope,
    out: &mut Expanded,
) -> Result<Vec<String>, GitError> {
    let mut notes = Vec::new();
    match (scope, &target.head) {
        (Scope::Boundary, Some(head)) => {
            let why = "the parent commit is not in this shallow clone";
            let reason = || SkipReason::Unreadable(why.to_owned());
            let paths = repo.list_paths(head, BOUNDARY_PATHS)?;
            out.skipped = paths
                .into_iter()
                .map(|path| Skipped {
                    path,
                    reason: reason(),
                })
                .collect();
            notes.push(format!(
                "{why}: nothing to compare with; `git fetch --deepen=1` brings it"
            ));
        }
        (Scope::Merge { others }, Some(head)) => {
            if let Some(first) = &target.base {
                notes.extend(merge::dropped(repo, (first, others), head)?);
            }
        }
        (Scope::Uncommitted(changes), _) => {
            notes.extend(uncommitted_notes(target.kind, changes, out));
        }
        (Scope::Trees | Scope::Boundary | Scope::Merge { .. }, _) => {}
    }
    Ok(notes)
}

fn uncommitted_notes(kind: TargetKind, changes: &Uncommitted, out: &mut Expanded) -> Vec<String> {
    let mut notes = Vec::new();
    if !changes.conflicted.is_empty() {
        let names: Vec<String> = changes
            .conflicted
            .iter()
            .take(10)
            .map(RepoPath::to_text)
            .collect();
        notes.push(format!("unresolved conflicts in: {}", names.join(", ")));
        if kind == TargetKind::Staged {
            let reason = || SkipReason::Unreadable("in conflict, so nothing is staged".to_owned());
            let skipped = changes.conflicted.iter().map(|path| Skipped {
                path: path.clone(),
                reason: reason(),
            });
            out.skipped.extend(skipped);
            out.skipped.sort_by(|a, b| a.path.cmp(&b.path));
        }
    }
    notes.extend(leave_out_filtered(changes, out));
    if changes.untracked_left_out > 0 {
        let (count, looked) = (changes.untracked_left_out, resolve::UNTRACKED);
        notes.push(format!(
            "{count} untracked files left out after the first {looked}"
        ));
    }
    notes
}

/// Work files of which only a filter could tell what git would store.
fn leave_out_filtered(changes: &Uncommitted, out: &mut Expanded) -> Option<String> {
    let (touched, changed): (Vec<&Filtered>, _) =
        changes.filtered.iter().partition(|file| file.same_size);
    for Filtered { path, filter, .. } in changed {
        let why = format!(
            "git stores what the content filter {filter} makes of it, and no filter is run; commit it, and its stored form is reviewed"
        );
        out.skipped.push(Skipped {
            path: path.clone(),
            reason: SkipReason::Unreadable(why),
        });
    }
    out.skipped.sort_by(|a, b| a.path.cmp(&b.path));
    let mut names: Vec<&str> = touched.iter().map(|file| file.filter.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    (!touched.is_empty()).then(|| {
        format!(
            "{} under the content filter {}: of the same size as before, taken for unchanged, no filter was run",
            count(touched.len(), "file"),
            names.join(", ")
        )
    })
}

fn commits(repo: &Repo, target: &Target, max: usize) -> Result<(Vec<CommitInfo>, usize), GitError> {
    match (target.kind, &target.head) {
        (TargetKind::Commit, Some(head)) => Ok((vec![repo.commit(head)?.info], 1)),
        (TargetKind::Range, Some(head)) => {
            let log = repo.log(target.base.as_ref(), head, max)?;
            Ok((log.commits, log.count))
        }
        (TargetKind::Commit | TargetKind::Range | TargetKind::Worktree | TargetKind::Staged, _) => {
            Ok((Vec::new(), 0))
        }
    }
}

/// Hunk ids, from 1, in the order of files and lines.
fn number(expanded: &mut Expanded) {
    for (hunk, id) in expanded
        .files
        .iter_mut()
        .flat_map(|f| &mut f.hunks)
        .zip(1..)
    {
        hunk.id = HunkId(id);
    }
}
