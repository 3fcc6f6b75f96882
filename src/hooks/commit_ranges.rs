//! Commits as targets: those that follow on each other are reviewed as one range.

use crate::git::GitError;
use crate::model::{ObjectId, TargetSpec};
use crate::review::{PipelineError, Workspace};

/// Commits of one range that are looked at.
const COMMITS: usize = 1000;
/// Targets that commits are split into at most; the last one takes the rest.
const TARGETS: usize = 8;
/// git's name for the empty tree: what a root commit is compared with.
const EMPTY_TREES: [&str; 2] = [
    "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
];

/// Commits and the target that holds them.
pub(super) struct CommitRange {
    /// The target.
    pub(super) target: TargetSpec,
    /// Oldest first.
    pub(super) commits: Vec<ObjectId>,
}

/// The target's commits along first parents, oldest first.
pub(super) fn commits_of(
    workspace: &Workspace,
    target: &TargetSpec,
) -> Result<Vec<ObjectId>, PipelineError> {
    match target {
        TargetSpec::Commit(id) => Ok(ObjectId::parse(id).into_iter().collect()),
        TargetSpec::Range { from, to, .. } => {
            let mut found = Vec::new();
            let mut next = ObjectId::parse(to);
            while let Some(id) = next.filter(|id| id.as_str() != from && found.len() < COMMITS) {
                next = workspace.repo.commit(&id)?.parents.first().cloned();
                found.push(id);
            }
            found.reverse();
            Ok(found)
        }
        TargetSpec::Auto | TargetSpec::Staged | TargetSpec::Worktree | TargetSpec::Base(_) => {
            Ok(Vec::new())
        }
    }
}

/// Splits commits, oldest first, where one does not follow on the one before,
/// and around merges.
pub(super) fn of(
    workspace: &Workspace,
    commits: &[ObjectId],
) -> Result<Vec<CommitRange>, GitError> {
    let mut groups: Vec<Vec<ObjectId>> = Vec::new();
    let mut after_merge = true;
    for id in commits {
        let parents = workspace.repo.commit(id)?.parents;
        let is_merge = parents.len() > 1;
        let follows =
            groups.last().and_then(|group| group.last()) == parents.first() && !parents.is_empty();
        match groups.last_mut() {
            Some(group) if follows && !is_merge && !after_merge => group.push(id.clone()),
            _ => groups.push(vec![id.clone()]),
        }
        after_merge = is_merge;
    }
    if groups.len() > TARGETS {
        let rest = groups.split_off(TARGETS - 1).concat();
        groups.push(rest);
    }
    groups
        .into_iter()
        .map(|commits| {
            Ok(CommitRange {
                target: target(workspace, &commits)?,
                commits,
            })
        })
        .collect()
}

fn target(workspace: &Workspace, commits: &[ObjectId]) -> Result<TargetSpec, GitError> {
    let (Some(oldest), Some(newest)) = (commits.first(), commits.last()) else {
        return Ok(TargetSpec::Auto);
    };
    if oldest == newest {
        return Ok(TargetSpec::Commit(newest.to_string()));
    }
    let base = workspace
        .repo
        .commit(oldest)?
        .parents
        .first()
        .map(ToString::to_string);
    let empty = EMPTY_TREES
        .iter()
        .find(|id| id.len() == newest.as_str().len())
        .unwrap_or(&EMPTY_TREES[0]);
    let from = base.unwrap_or_else(|| (*empty).to_owned());
    Ok(TargetSpec::Range {
        from,
        to: newest.to_string(),
        symmetric: false,
    })
}
