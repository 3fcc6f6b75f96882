//! What becomes of a request that a hook made, once things are quiet: reviewed,
//! together with what came just before it, or left to a newer one.

use std::time::Duration;

use crate::git::GitError;
use crate::model::{Auto, ObjectId, RunId, RunRequest, RunState, TargetSpec, Trigger};
use crate::review;
use crate::review::{ChangeReuse, PipelineError, Workspace, is_reviewed};
use crate::settings;

use super::commit_ranges;
use super::commit_ranges::CommitRange;
use super::git_dirs::GitDirs;
use super::{directives, filters, launch};

/// Requests looked back at for commits that were left to this one.
const LOOK_BACK: usize = 60;
/// Pause between two looks at what may end the quiet time early.
const LOOK: Duration = Duration::from_millis(100);

/// The decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Settled {
    /// Review this.
    Review(TargetSpec),
    /// Do not: why. The work is found again by a newer request, or at the push.
    Leave(String),
}

/// Waits for the quiet time and decides.
///
/// # Errors
/// When the repository cannot be read or the store cannot be written.
pub(crate) fn settle(
    workspace: &Workspace,
    request: &RunRequest,
) -> Result<Settled, PipelineError> {
    if !is_hooked(request) {
        return Ok(Settled::Review(request.target.clone()));
    }
    match workspace.settings.auto {
        Auto::Commit => {}
        Auto::Push => return Ok(leave("agents.auto is push")),
        Auto::Never => return Ok(leave("agents.auto is never")),
    }
    // a rebase by patches ends detached; its branch is known once git has gone back to it
    let ends_later = request.trigger == Trigger::Sequence && request.branch.is_none();
    let off = |branch: Option<&str>| {
        settings::off_branch(&workspace.settings, branch).map(Settled::Leave)
    };
    if let Some(left) = off(request.branch.as_deref()).filter(|_| !ends_later) {
        return Ok(left);
    }
    let target = pin(workspace, &request.target)?;
    let own = commit_ranges::commits_of(workspace, &target)?;
    let Some(tip) = own.last().cloned() else {
        return Ok(leave("nothing new"));
    };
    if request.trigger == Trigger::Sequence
        && own.len() == 1
        && !made_here(workspace, &target, &tip)?
    {
        return Ok(leave("a fast-forward"));
    }
    if let Some(why) = stopped_while_waiting(workspace, request) {
        return Ok(Settled::Leave(why));
    }
    if workspace.repo.in_sequence() {
        return Ok(leave("a rebase or pick is under way"));
    }
    if let Some(left) = off(workspace.repo.branch().as_deref()).filter(|_| ends_later) {
        return Ok(left);
    }
    if let Some(newer) = newer(workspace, request, &tip)? {
        return Ok(Settled::Leave(format!("superseded by {newer}")));
    }
    if request.trigger == Trigger::PostCommit && !workspace.repo.is_on_a_branch(&tip)? {
        return Ok(leave("no branch holds this commit any more"));
    }
    let mut commits = left_before(workspace, request, &tip)?;
    commits.retain(|commit| !own.contains(commit));
    commits.extend(own);
    decide(workspace, request, &commits)
}

fn leave(why: &str) -> Settled {
    Settled::Leave(why.to_owned())
}

/// Reviews what is new among the commits, oldest first.
fn decide(
    workspace: &Workspace,
    request: &RunRequest,
    commits: &[ObjectId],
) -> Result<Settled, PipelineError> {
    let carrier = ChangeReuse::new(workspace)?;
    let mut why = "nothing new".to_owned();
    let mut new = Vec::new();
    for commit in commits {
        if let Some(said) = waits(workspace, request.trigger, commit)? {
            workspace.store.log(
                &request.id,
                "left out",
                &[("commit", commit.to_string()), ("why", said.clone())],
            );
            why = said;
        } else if is_reviewed(workspace, commit) {
            why = "reviewed before".to_owned();
        } else if let Some(run) = carrier.carry(commit).filter(|run| *run != request.id) {
            review::note_carried(workspace, commit, &run);
            why = format!("the same change as in {run}");
        } else {
            new.push(commit.clone());
        }
    }
    let mut segments = commit_ranges::of(workspace, &new)?.into_iter();
    let Some(first) = segments.next() else {
        return Ok(Settled::Leave(why));
    };
    for segment in segments {
        start(workspace, request, &carrier, &segment)?;
    }
    let mut taken = Vec::new();
    for commit in &first.commits {
        taken.extend(carrier.claim(commit, &request.id)?);
    }
    match taken.first() {
        Some(run) if taken.len() == first.commits.len() => {
            Ok(Settled::Leave(format!("the same change as in {run}")))
        }
        Some(_) | None => Ok(Settled::Review(first.target)),
    }
}

/// A review of its own for commits that do not follow on each other.
fn start(
    workspace: &Workspace,
    request: &RunRequest,
    carrier: &ChangeReuse<'_>,
    segment: &CommitRange,
) -> Result<(), PipelineError> {
    let place = GitDirs {
        git_dir: request.git_dir.clone(),
        common_dir: workspace.repo.common_dir().to_owned(),
        work_tree: request.work_tree.clone(),
    };
    let run = launch::request(
        &workspace.store,
        &place,
        Trigger::PrePush,
        segment.target.clone(),
    )?;
    for commit in &segment.commits {
        carrier.claim(commit, &run)?;
    }
    Ok(())
}

/// A merge is named as a commit; one that came by fast-forward was not made here.
fn made_here(
    workspace: &Workspace,
    target: &TargetSpec,
    tip: &ObjectId,
) -> Result<bool, PipelineError> {
    let TargetSpec::Commit(_) = target else {
        return Ok(true);
    };
    let parents = workspace.repo.commit(tip)?.parents;
    let before = workspace.repo.resolve_commit("ORIG_HEAD").ok();
    Ok(parents.len() > 1 && parents.first() == before.as_ref())
}

/// Lets the quiet time pass. Says why where the run is to end meanwhile.
fn stopped_while_waiting(workspace: &Workspace, request: &RunRequest) -> Option<String> {
    let until = std::time::Instant::now() + workspace.settings.settle;
    loop {
        if workspace.store.cancel_file(&request.id).exists() {
            return Some("cancelled".to_owned());
        }
        let left = until.saturating_duration_since(std::time::Instant::now());
        if left.is_zero() {
            return None;
        }
        std::thread::sleep(left.min(LOOK));
    }
}

/// Revisions as ids, so that a branch that moves during the quiet time changes nothing.
fn pin(workspace: &Workspace, target: &TargetSpec) -> Result<TargetSpec, GitError> {
    let id = |revision: &str| match ObjectId::parse(revision) {
        Some(id) => Ok(id.to_string()),
        None => workspace
            .repo
            .resolve_commit(revision)
            .map(|id| id.to_string()),
    };
    match target {
        TargetSpec::Commit(revision) => Ok(TargetSpec::Commit(id(revision)?)),
        TargetSpec::Range {
            from,
            to,
            symmetric,
        } => Ok(match id(from) {
            Ok(from) => TargetSpec::Range {
                from,
                to: id(to)?,
                symmetric: *symmetric,
            },
            // the parent of a root commit
            Err(GitError::UnknownRevision { .. }) => TargetSpec::Commit(id(to)?),
            Err(error) => return Err(error),
        }),
        TargetSpec::Auto | TargetSpec::Staged | TargetSpec::Worktree | TargetSpec::Base(_) => {
            Ok(target.clone())
        }
    }
}

/// A request of the same worktree that came after this one, waits too, and
/// takes this one's commit along or replaces it.
fn newer(
    workspace: &Workspace,
    request: &RunRequest,
    tip: &ObjectId,
) -> Result<Option<RunId>, PipelineError> {
    for id in workspace
        .store
        .run_ids()
        .into_iter()
        .take_while(|id| *id > request.id)
    {
        let Ok(other) = workspace.store.request(&id) else {
            continue;
        };
        let waits = workspace
            .store
            .state(&id)
            .is_ok_and(|state| state.phase == RunState::Queued);
        if !waits || other.git_dir != request.git_dir || !is_hooked(&other) {
            continue;
        }
        let Some(head) = other.head else {
            return Ok(Some(id));
        };
        if *tip == head
            || workspace.repo.is_ancestor(tip, &head)?
            || !workspace.repo.is_on_a_branch(tip)?
        {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

fn is_hooked(request: &RunRequest) -> bool {
    matches!(request.trigger, Trigger::PostCommit | Trigger::Sequence)
}

/// What keeps the commit from a review: its message, or its paths.
fn waits(
    workspace: &Workspace,
    trigger: Trigger,
    commit: &ObjectId,
) -> Result<Option<String>, PipelineError> {
    if trigger == Trigger::PrePush {
        return Ok(None);
    }
    match directives::waits(&workspace.repo.message(commit)?) {
        Some(said) => Ok(Some(said.to_owned())),
        None => Ok(filters::off_paths(workspace, commit)?),
    }
}

/// Commits before this one whose requests were left to it, oldest first.
fn left_before(
    workspace: &Workspace,
    request: &RunRequest,
    tip: &ObjectId,
) -> Result<Vec<ObjectId>, PipelineError> {
    let mut found = Vec::new();
    let earlier = workspace
        .store
        .run_ids()
        .into_iter()
        .skip_while(|id| *id >= request.id)
        .take(LOOK_BACK);
    for id in earlier.collect::<Vec<_>>().into_iter().rev() {
        let Ok(other) = workspace.store.request(&id) else {
            continue;
        };
        // One that still waits has not seen this one: whoever claims the commits first reviews them.
        let left = |phase| matches!(phase, RunState::Superseded | RunState::Queued);
        let left = workspace
            .store
            .state(&id)
            .is_ok_and(|state| left(state.phase));
        if !left || other.git_dir != request.git_dir || !is_hooked(&other) {
            continue;
        }
        let Ok(target) = pin(workspace, &other.target) else {
            continue;
        };
        for commit in commit_ranges::commits_of(workspace, &target)? {
            if !found.contains(&commit)
                && commit != *tip
                && workspace.repo.is_ancestor(&commit, tip)?
            {
                found.push(commit);
            }
        }
    }
    Ok(found)
}
