//! A target as named → a target as resolved, with what has to be read for it.

use super::text_detection;
use crate::git::{GitError, Repo, Uncommitted};
use crate::model::{ObjectId, RepoPath, Target, TargetKind, TargetSpec};
use crate::text::plural::count;

/// Untracked files that are looked at; more is an unpacked archive or a build.
pub(super) const UNTRACKED: usize = 2_000;

/// A target and how to read it.
pub(super) struct Resolved {
    pub(super) target: Target,
    pub(super) scope: Scope,
    /// The reader for this target, where it is not the repository's usual one.
    pub(super) reader: Option<Repo>,
    /// What was there to look at too, and was not.
    pub(super) not_looked_at: Option<String>,
}

/// What has to be compared.
pub(super) enum Scope {
    /// The trees of the target's base and head.
    Trees,
    /// What the head decided against all its parents; the first is the base.
    Merge {
        /// The second parent and further ones.
        others: Vec<ObjectId>,
    },
    /// Nothing: the head's parents are not in this shallow clone.
    Boundary,
    /// Index or work tree against the base.
    Uncommitted(Uncommitted),
}

impl Resolved {
    fn plain(target: Target, scope: Scope) -> Self {
        Self {
            target,
            scope,
            reader: None,
            not_looked_at: None,
        }
    }
}

pub(super) fn resolve(repo: &Repo, spec: &TargetSpec) -> Result<Resolved, GitError> {
    match spec {
        TargetSpec::Auto => auto(repo),
        TargetSpec::Staged => {
            let reader = repo.for_uncommitted();
            let changes = reader.as_ref().unwrap_or(repo).staged()?;
            let target = uncommitted_target(repo, TargetKind::Staged)?;
            Ok(Resolved {
                target,
                scope: Scope::Uncommitted(changes),
                reader,
                not_looked_at: None,
            })
        }
        TargetSpec::Worktree => {
            let (reader, changes) = work_tree(repo)?;
            let target = uncommitted_target(repo, TargetKind::Worktree)?;
            Ok(Resolved {
                target,
                scope: Scope::Uncommitted(changes),
                reader,
                not_looked_at: None,
            })
        }
        TargetSpec::Commit(revision) => commit(repo, revision_id(repo, revision)?),
        TargetSpec::Range {
            from,
            to,
            symmetric,
        } => {
            if is_empty_tree(from) {
                return range(repo, None, revision_id(repo, to)?);
            }
            let (old, new) = (revision_id(repo, from)?, revision_id(repo, to)?);
            if *symmetric {
                from_merge_base(repo, (from, &old), (to, new))
            } else {
                range(repo, Some(old), new)
            }
        }
        TargetSpec::Base(reference) => {
            let head = repo.head()?.ok_or(GitError::NoCommitsYet)?;
            let base = revision_id(repo, reference)?;
            from_merge_base(repo, (reference, &base), ("HEAD", head))
        }
    }
}

/// Uncommitted work if there is any, else the commit HEAD. Files that git does
/// not track are no reason to leave HEAD unread: they may lie there for months.
fn auto(repo: &Repo) -> Result<Resolved, GitError> {
    let head = repo.head()?;
    let mut not_looked_at = None;
    if repo.work_tree().is_some() {
        let (reader, changes) = work_tree(repo)?;
        let tracked = changes.entries.len() > changes.untracked.len();
        if tracked || head.is_none() && is_work(reader.as_ref().unwrap_or(repo), &changes) {
            let target = uncommitted_target(repo, TargetKind::Worktree)?;
            return Ok(Resolved {
                target,
                scope: Scope::Uncommitted(changes),
                reader,
                not_looked_at: None,
            });
        }
        not_looked_at = besides_head(&changes);
    }
    let head = head.ok_or(GitError::NoCommitsYet)?;
    Ok(Resolved {
        not_looked_at,
        ..commit(repo, head)?
    })
}

/// What lies in the work tree while HEAD is reviewed.
fn besides_head(changes: &Uncommitted) -> Option<String> {
    let untracked = changes.untracked.len() + changes.untracked_left_out;
    let mut parts = Vec::new();
    if untracked > 0 {
        let named: Vec<String> = changes
            .untracked
            .iter()
            .take(3)
            .map(RepoPath::to_text)
            .collect();
        let more = if untracked > named.len() { ", ..." } else { "" };
        parts.push(format!(
            "{} ({}{more})",
            count(untracked, "untracked file"),
            named.join(", ")
        ));
    }
    let filtered = changes.filtered.iter().filter(|f| !f.same_size).count();
    if filtered > 0 {
        parts.push(format!(
            "{} under a content filter",
            count(filtered, "file")
        ));
    }
    (!parts.is_empty()).then(|| {
        format!(
            "the commit HEAD was looked at; not looked at: {}; `git agents run --worktree` reviews uncommitted work",
            parts.join(" and ")
        )
    })
}

fn work_tree(repo: &Repo) -> Result<(Option<Repo>, Uncommitted), GitError> {
    let reader = repo.for_uncommitted();
    let changes = reader.as_ref().unwrap_or(repo).uncommitted(UNTRACKED)?;
    Ok((reader, changes))
}

/// A tracked path that differs, or an untracked text file.
fn is_work(repo: &Repo, changes: &Uncommitted) -> bool {
    let is_text = |path: &RepoPath| {
        repo.work_file_start(path, text_detection::SNIFFED)
            .is_some_and(|b| !text_detection::is_binary(&b))
    };
    changes
        .entries
        .iter()
        .any(|e| !changes.untracked.contains(&e.path) || is_text(&e.path))
}

fn uncommitted_target(repo: &Repo, kind: TargetKind) -> Result<Target, GitError> {
    let subject = if kind == TargetKind::Staged {
        "staged work"
    } else {
        "uncommitted work"
    };
    Ok(Target {
        kind,
        base: repo.head()?,
        head: None,
        subject: subject.to_owned(),
        branch: repo.branch(),
    })
}

fn commit(repo: &Repo, id: ObjectId) -> Result<Resolved, GitError> {
    let commit = repo.commit(&id)?;
    let boundary = !commit.parents.is_empty() && repo.is_boundary(&id);
    let mut parents = if boundary {
        Vec::new()
    } else {
        commit.parents.clone()
    }
    .into_iter();
    let base = parents.next();
    let others: Vec<ObjectId> = parents.collect();
    let scope = match (boundary, others.is_empty()) {
        (true, _) => Scope::Boundary,
        (false, true) => Scope::Trees,
        (false, false) => Scope::Merge { others },
    };
    let subject = commit.info.subject().to_owned();
    let target = Target {
        kind: TargetKind::Commit,
        base,
        head: Some(id),
        subject,
        branch: repo.branch(),
    };
    Ok(Resolved::plain(target, scope))
}

fn range(repo: &Repo, base: Option<ObjectId>, head: ObjectId) -> Result<Resolved, GitError> {
    let subject = repo.commit(&head)?.info.subject().to_owned();
    let target = Target {
        kind: TargetKind::Range,
        base,
        head: Some(head),
        subject,
        branch: repo.branch(),
    };
    Ok(Resolved::plain(target, Scope::Trees))
}

fn from_merge_base(
    repo: &Repo,
    from: (&str, &ObjectId),
    to: (&str, ObjectId),
) -> Result<Resolved, GitError> {
    let no_base = || GitError::NoMergeBase {
        from: from.0.to_owned(),
        to: to.0.to_owned(),
    };
    let base = repo.merge_base(from.1, &to.1)?.ok_or_else(no_base)?;
    range(repo, Some(base), to.1)
}

/// git's name for the tree without an entry, for which `git diff` has it too:
/// everything up to the other end.
fn is_empty_tree(revision: &str) -> bool {
    matches!(
        revision,
        "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
            | "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"
    )
}

/// A revision; before the first commit even `HEAD` names none, which is no mistyping.
fn revision_id(repo: &Repo, revision: &str) -> Result<ObjectId, GitError> {
    repo.resolve_commit(revision).map_err(|error| match error {
        GitError::UnknownRevision { .. } if revision == "HEAD" => GitError::NoCommitsYet,
        other => other,
    })
}
