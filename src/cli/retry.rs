//! `git agents retry`: asks again what was not answered.

use super::args::RetryArgs;
use super::error::Failure;
use super::run::{self, Foreground};
use super::runs::{self, Standing};
use super::worker;
use crate::model::{
    Ending, ReportState, RunId, RunPhase, RunRequest, RunState, TargetSpec, Trigger,
};
use crate::review;
use crate::review::Session;
use crate::sys::clock;

pub(super) fn retry(args: &RetryArgs, verbose: bool) -> Result<u8, Failure> {
    let here = super::here()?;
    let session = &here;
    let id = match &args.run {
        Some(text) => runs::named(session, text)?,
        None => newest_gap(session)?,
    };
    let standing = runs::standing(session, &id);
    if matches!(standing, Standing::Running | Standing::Waiting) {
        return Err(
            Failure::usage(format!("run {} is still running", id.short())).hint(format!(
                "`git agents wait` waits for it, `git agents cancel {}` stops it",
                id.short()
            )),
        );
    }
    let old = session.store.request(&id)?;
    let there = where_it_was(session, &old)?;
    let session = there.as_ref().unwrap_or(session);
    let request = again(session, &old)?;
    if standing == Standing::Interrupted {
        take_over(session, &id, &request.id)?;
    }
    let new = request.id.clone();
    let waits = standing == Standing::OverBudget;
    if args.background {
        let code = run::background(session, request, false)?;
        if waits {
            take_over(session, &id, &new)?;
        }
        return Ok(code);
    }
    let code = run::foreground(
        session,
        &request,
        &Foreground {
            fresh: false,
            verbose,
            print: &args.print,
        },
    )?;
    let report = runs::report_of(session, &new).filter(|_| waits);
    // what waited for another day has been asked again: it need not go on by itself
    if report.is_some_and(|report| {
        report
            .agents
            .iter()
            .all(|line| line.ending != Ending::OverBudget)
    }) {
        take_over(session, &id, &new)?;
    }
    Ok(code)
}

/// Ends the run whose supervisor is gone, with what that left running, so that no hook starts it again.
fn take_over(session: &Session, id: &RunId, by: &RunId) -> Result<(), Failure> {
    let Some(_lock) = session.store.lock_run(id)? else {
        return Ok(());
    };
    worker::reap(&session.store, id);
    let attempts = session.store.state(id).map_or(0, |state| state.attempts);
    session
        .store
        .log(id, "left", &[("why", format!("superseded by {by}"))]);
    let state = RunState {
        phase: RunPhase::Superseded,
        attempts,
        since: clock::now(),
    };
    Ok(session.store.set_state(id, &state)?)
}

/// The worktree that the review was asked for in, where it is not this one.
/// Commits are the same in all of them; uncommitted work is not.
fn where_it_was(session: &Session, old: &RunRequest) -> Result<Option<Session>, Failure> {
    let anywhere = matches!(old.target, TargetSpec::Commit(_) | TargetSpec::Range { .. });
    if old.git_dir == session.repo.git_dir() || anywhere {
        return Ok(None);
    }
    match Session::open(&old.git_dir, old.work_tree.as_deref()) {
        Ok(there) => Ok(Some(there)),
        Err(_) => Err(Failure::usage(
            "the worktree whose uncommitted work this was is gone",
        )),
    }
}

/// The same request under a new id: answers are found again by their keys.
fn again(session: &Session, old: &RunRequest) -> Result<RunRequest, Failure> {
    let options = (old.backend.clone(), old.fail_on);
    let again = review::new_request(
        session,
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
fn is_superseded(session: &Session, id: &RunId) -> bool {
    session
        .store
        .state(id)
        .is_ok_and(|state| state.phase == RunPhase::Superseded)
}

fn newest_gap(session: &Session) -> Result<RunId, Failure> {
    let complete = |id: &RunId| {
        runs::report_of(session, id).is_some_and(|report| report.state != ReportState::Incomplete)
    };
    let mut candidates = session.store.run_ids().into_iter();
    candidates
        .find(|id| match runs::standing(session, id) {
            Standing::Interrupted | Standing::OverBudget => true,
            Standing::Over => !complete(id) && !is_superseded(session, id),
            Standing::Running | Standing::Waiting => false,
        })
        .ok_or_else(|| {
            Failure::usage("every review is complete")
                .hint("`git agents run --fresh` asks again anyway")
        })
}
