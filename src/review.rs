//! Joins the stages: trigger → change → plan → brief → agent → supervise →
//! findings → report → verdict.
//!
//! Promises: the request is on disk before anything starts, every answer is on
//! disk before it is used, and a run that was interrupted goes on from the
//! answers it already has. Leaves to the stages what they do, and to `cli` and
//! `hook` what is printed.

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
pub(crate) use error::{PipelineError, with_causes};
pub(crate) use execute::{Observer, Silent, execute};
pub(crate) use notes::note_carried;
pub(crate) use prepare::definitions::{approved, definitions, shown_path, trust, trust_command};
pub(crate) use prepare::login_status::learn;
pub(crate) use prepare::probe::{Probe, Question, Told, version_in};
pub(crate) use prepare::slash_command::{called, commands};
pub(crate) use prepare::snapshot::sweep_snapshots;
pub(crate) use prepare::{Ask, Prepared, check, prepare, preview};
pub(crate) use reuse::{Carrier, is_reviewed};
pub(crate) use target::{ask_of, new_request, pinned};
pub(crate) use workspace::{Session, config_entries};

use crate::model::{Report, RunPhase, RunRequest, RunState};
use crate::supervisor::Finish;
use crate::sys::clock;

/// How a run ended.
pub struct Finished {
    /// The report; partial when the run was stopped.
    pub report: Report,
    /// Whether every job came to its own end.
    pub finish: Finish,
    /// Whether work waits because the money of the day is spent.
    pub over_daily_budget: bool,
}

/// Carries out a request that is on disk and whose lock the caller holds, to
/// its report. `fresh`: no answer of an earlier run is reused.
///
/// # Errors
/// When the change cannot be read, the plan cannot be made or the store cannot be written;
/// the run's state is then `failed` with the words of the error.
pub fn carry_out(
    session: &Session,
    request: &RunRequest,
    fresh: bool,
    observer: &mut dyn Observer,
) -> Result<Finished, PipelineError> {
    // A supervisor has counted its attempt before it came here.
    let attempts = session
        .store
        .state(&request.id)
        .map_or(1, |state| state.attempts.max(1));
    let set = |phase| {
        // waiting for the next day is no attempt at anything
        let attempts = if matches!(phase, RunPhase::OverBudget { .. }) {
            0
        } else {
            attempts
        };
        let state = RunState {
            phase,
            attempts,
            since: clock::now(),
        };
        session.store.set_state(&request.id, &state)
    };
    sweep_snapshots(session, Some(&request.id));
    session.store.keep_request(&request.id)?;
    set(RunPhase::Running)?;
    let result = review(session, request, fresh, observer);
    match &result {
        Ok(done) => set(match done.finish {
            // nobody waits for it: it goes on by itself
            Finish::Completed if done.over_daily_budget && request.background => {
                RunPhase::OverBudget {
                    until: clock::next_day(clock::now()),
                }
            }
            Finish::Completed => RunPhase::Done,
            Finish::Interrupted | Finish::Cancelled => RunPhase::Cancelled,
        })?,
        Err(error) => {
            set(RunPhase::Failed(error::with_causes(error)))?;
            if request.background {
                announce(session, &request.id)?;
            }
            session.store.close_mark(&request.id);
        }
    }
    result
}

fn review(
    session: &Session,
    request: &RunRequest,
    fresh: bool,
    observer: &mut dyn Observer,
) -> Result<Finished, PipelineError> {
    let prepared = prepare(session, &ask_of(request))?;
    observer.prepared(&prepared);
    let executed = execute(session, request, &prepared, fresh, observer)?;
    let report = conclude(session, request, &prepared, &executed)?;
    Ok(Finished {
        report,
        finish: executed.finish,
        over_daily_budget: executed.over_daily_budget,
    })
}
