//! One review from its request to its report: prepare, execute, conclude.
//!
//! [`prepare()`] reads the change and writes the prompts, [`execute()`] brings each prompt to an answer,
//! [`conclude()`] checks the answers, remembers the findings and stores the report.
//!
//! Promises: the request is on disk before anything starts, every answer is on disk before it is
//! used, and a review that was interrupted goes on from the answers it already has. Leaves to the
//! other modules what they do, and to `cli` and `hooks` what is printed.

mod announce;
mod cache_key;
mod conclude;
mod error;
pub(crate) mod execute;
mod notes;
mod prepare;
mod reuse;
pub(crate) mod target;
pub(crate) mod workspace;

pub(crate) use announce::announce;
pub(crate) use conclude::conclude;
pub(crate) use error::{PipelineError, error_chain};
pub(crate) use execute::{Observer, Silent, execute};
pub(crate) use notes::note_carried;
pub(crate) use prepare::definitions::{approved, definitions, shown_path, trust, trust_command};
pub(crate) use prepare::login_status::learn;
pub(crate) use prepare::probe::{Probe, ProbeKind, ProbeResult, version_in};
pub(crate) use prepare::slash_command::{called, commands};
pub(crate) use prepare::snapshot::sweep_snapshots;
pub(crate) use prepare::{Prepared, ReviewSpec, check, prepare, preview};
pub(crate) use reuse::{ChangeReuse, is_reviewed};
pub(crate) use target::{new_request, pinned, spec_of};
pub(crate) use workspace::{Workspace, config_entries, holds_unreviewed};

use crate::model::{Report, RunRecord, RunRequest, RunState};
use crate::supervisor::SupervisorExit;
use crate::sys::clock;

/// How a run ended.
pub struct Finished {
    /// The report; partial when the run was stopped.
    pub report: Report,
    /// Whether every job came to its own end.
    pub finish: SupervisorExit,
    /// Whether work waits because the money of the day is spent.
    pub over_daily_budget: bool,
}

/// Carries out a request that is on disk and whose lock the caller holds, to
/// its report. `fresh`: no answer of an earlier run is reused.
///
/// # Errors
/// When the change cannot be read, the plan cannot be made or the store cannot be written;
/// the run's state is then `failed` with the words of the error.
pub fn run_review(
    workspace: &Workspace,
    request: &RunRequest,
    fresh: bool,
    observer: &mut dyn Observer,
) -> Result<Finished, PipelineError> {
    // A supervisor has counted its attempt before it came here.
    let attempts = workspace
        .store
        .state(&request.id)
        .map_or(1, |state| state.attempts.max(1));
    let set = |phase| {
        // waiting for the next day is no attempt at anything
        let attempts = if matches!(phase, RunState::OverBudget { .. }) {
            0
        } else {
            attempts
        };
        let state = RunRecord {
            phase,
            attempts,
            since: clock::now(),
        };
        workspace.store.set_state(&request.id, &state)
    };
    sweep_snapshots(workspace, Some(&request.id));
    workspace.store.keep_request(&request.id)?;
    set(RunState::Running)?;
    let result = review(workspace, request, fresh, observer);
    match &result {
        Ok(done) => set(match done.finish {
            // nobody waits for it: it goes on by itself
            SupervisorExit::Completed if done.over_daily_budget && request.background => {
                RunState::OverBudget {
                    until: clock::next_day(clock::now()),
                }
            }
            SupervisorExit::Completed => RunState::Done,
            SupervisorExit::Interrupted | SupervisorExit::Cancelled => RunState::Cancelled,
        })?,
        Err(error) => {
            set(RunState::Failed(error::error_chain(error)))?;
            if request.background {
                announce(workspace, &request.id)?;
            }
            workspace.store.close_mark(&request.id);
        }
    }
    result
}

fn review(
    workspace: &Workspace,
    request: &RunRequest,
    fresh: bool,
    observer: &mut dyn Observer,
) -> Result<Finished, PipelineError> {
    let prepared = prepare(workspace, &spec_of(request))?;
    observer.prepared(&prepared);
    let executed = execute(workspace, request, &prepared, fresh, observer)?;
    let report = conclude(workspace, request, &prepared, &executed)?;
    Ok(Finished {
        report,
        finish: executed.finish,
        over_daily_budget: executed.over_daily_budget,
    })
}
