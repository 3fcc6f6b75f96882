//! `git agents retry`: asks again what was not answered.

use super::args::RetryArgs;
use super::error::CommandError;
use super::run::{self, Foreground};
use super::runs::{self, Activity};
use super::worker;
use crate::model::{
    Ending, ReportState, RunId, RunRecord, RunRequest, RunState, TargetSpec, Trigger,
};
use crate::review;
use crate::review::Workspace;
use crate::sys::clock;

pub(super) fn retry(args: &RetryArgs, verbose: bool) -> Result<u8, CommandError> {
    let here = super::here()?;
    let workspace = &here;
    let id = match &args.run {
        Some(text) => runs::named(workspace, text)?,
        None => newest_gap(workspace)?,
    };
    let standing = runs::standing(workspace, &id);
    if matches!(standing, Activity::Running | Activity::Waiting) {
        return Err(
            CommandError::usage(format!("run {} is still running", id.short())).hint(format!(
                "`git agents wait` waits for it, `git agents cancel {}` stops it",
                id.short()
            )),
        );
    }
    let old = workspace.store.request(&id)?;
    let there = where_it_was(workspace, &old)?;
    let workspace = there.as_ref().unwrap_or(workspace);
    let request = again(workspace, &old)?;
    if standing == Activity::Interrupted {
        take_over(workspace, &id, &request.id)?;
    }
    let new = request.id.clone();
    let waits = standing == Activity::OverBudget;
    if args.background {
        let code = run::background(workspace, request, false)?;
        if waits {
            take_over(workspace, &id, &new)?;
        }
        return Ok(code);
    }
    let code = run::foreground(
        workspace,
        &request,
        &Foreground {
            fresh: false,
            verbose,
            print: &args.print,
        },
    )?;
    let report = runs::report_of(workspace, &new).filter(|_| waits);
    // what waited for another day has been asked again: it need not go on by itself
    if report.is_some_and(|report| {
        report
            .agents
            .iter()
            .all(|line| line.ending != Ending::OverBudget)
    }) {
        take_over(workspace, &id, &new)?;
    }
    Ok(code)
}

/// Ends the run whose supervisor is gone, with what that left running, so that no hook starts it again.
fn take_over(workspace: &Workspace, id: &RunId, by: &RunId) -> Result<(), CommandError> {
    let Some(_lock) = workspace.store.lock_run(id)? else {
        return Ok(());
    };
    worker::reap(&workspace.store, id);
    let attempts = workspace.store.state(id).map_or(0, |state| state.attempts);
    workspace
        .store
        .log(id, "left", &[("why", format!("superseded by {by}"))]);
    let state = RunRecord {
        phase: RunState::Superseded,
        attempts,
        since: clock::now(),
    };
    Ok(workspace.store.set_state(id, &state)?)
}

/// The worktree that the review was asked for in, where it is not this one.
/// Commits are the same in all of them; uncommitted work is not.
fn where_it_was(
    workspace: &Workspace,
    old: &RunRequest,
) -> Result<Option<Workspace>, CommandError> {
    let anywhere = matches!(old.target, TargetSpec::Commit(_) | TargetSpec::Range { .. });
    if old.git_dir == workspace.repo.git_dir() || anywhere {
        return Ok(None);
    }
    match Workspace::open(&old.git_dir, old.work_tree.as_deref()) {
        Ok(there) => Ok(Some(there)),
        Err(_) => Err(CommandError::usage(
            "the worktree whose uncommitted work was reviewed no longer exists",
        )),
    }
}

/// The same request under a new id: answers are found again by their keys.
fn again(workspace: &Workspace, old: &RunRequest) -> Result<RunRequest, CommandError> {
    let options = (old.backend.clone(), old.fail_on);
    let again = review::new_request(
        workspace,
        Trigger::Retry,
        old.target.clone(),
        old.agents.clone(),
        options,
    )?;
    Ok(RunRequest {
        command: old.command.clone(),
        ..again
    })
}

/// Whether there was nothing to review, or another run did.
fn is_superseded(workspace: &Workspace, id: &RunId) -> bool {
    workspace
        .store
        .state(id)
        .is_ok_and(|state| state.phase == RunState::Superseded)
}

fn newest_gap(workspace: &Workspace) -> Result<RunId, CommandError> {
    let complete = |id: &RunId| {
        runs::report_of(workspace, id).is_some_and(|report| report.state != ReportState::Incomplete)
    };
    let mut candidates = workspace.store.run_ids().into_iter();
    candidates
        .find(|id| match runs::standing(workspace, id) {
            Activity::Interrupted | Activity::OverBudget => true,
            Activity::Over => !complete(id) && !is_superseded(workspace, id),
            Activity::Running | Activity::Waiting => false,
        })
        .ok_or_else(|| {
            CommandError::usage("every review is complete, so there is nothing to retry")
                .hint("`git agents run --fresh` reviews again without the answers that are known")
        })
}
