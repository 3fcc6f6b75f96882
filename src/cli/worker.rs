//! The hidden command that carries out a queued run in its own session.

use super::args::SuperviseArgs;
use super::error::CommandError;
use super::exit_code;
use crate::hooks;
use crate::hooks::Repaired;
use crate::hooks::debounce;
use crate::hooks::debounce::Settled;
use crate::model::{
    ObjectId, RunId, RunRecord, RunRequest, RunState, Target, TargetKind, TargetSpec,
};
use crate::report::json;
use crate::review;
use crate::review::{PipelineError, Silent, Workspace};
use crate::store::Store;
use crate::supervisor;
use crate::sys::clock;

/// Supervisors started for one run before it is given up.
const ATTEMPTS: u32 = 3;

pub(super) fn supervise(args: &SuperviseArgs) -> Result<u8, CommandError> {
    let store = Store::open(&args.common_dir)?;
    let id = RunId::parse(&args.run)
        .ok_or_else(|| CommandError::usage(format!("`{}` is not a valid run ID", args.run)))?;
    // Whoever holds the lock does the work; a second supervisor has nothing to do.
    let Some(_lock) = store.lock_run(&id)? else {
        return Ok(exit_code::CLEAN);
    };
    let state = store.state(&id)?;
    if state.phase.is_final() {
        return Ok(exit_code::CLEAN);
    }
    let request = store.request(&id)?;
    if state.attempts >= ATTEMPTS {
        reap(&store, &id);
        give_up(
            &store,
            &request,
            state.attempts,
            &format!("the review process exited unexpectedly {ATTEMPTS} times"),
        )?;
        return Ok(exit_code::INCOMPLETE);
    }
    store.set_state(
        &id,
        &RunRecord {
            attempts: state.attempts + 1,
            ..state.clone()
        },
    )?;
    let went_over = matches!(state.phase, RunState::OverBudget { .. });
    let reviewed = if went_over {
        go_on(&store, &request)
    } else {
        review(&store, &request, args.fresh)
    };
    match reviewed {
        Ok(()) => Ok(exit_code::CLEAN),
        Err(error) => {
            if !store.state(&id)?.phase.is_final() {
                give_up(
                    &store,
                    &request,
                    state.attempts + 1,
                    &review::error_chain(&error),
                )?;
            }
            Err(error.into())
        }
    }
}

fn review(store: &Store, request: &RunRequest, fresh: bool) -> Result<(), PipelineError> {
    let workspace = Workspace::open(&request.git_dir, request.work_tree.as_deref())?;
    hooks::note_settings(&workspace);
    match hooks::repair(&workspace.repo) {
        Repaired::Nothing => {}
        Repaired::Back => store.log(&request.id, "hooks put back", &[]),
        Repaired::Not(why) => store.log(&request.id, "hooks displaced", &[("why", why)]),
    }
    match debounce::settle(&workspace, request)? {
        Settled::Review(target) => {
            let request = RunRequest {
                target,
                ..request.clone()
            };
            review::run_review(&workspace, &request, fresh, &mut Silent)?;
        }
        Settled::Leave(why) => {
            store.log(&request.id, "left", &[("why", why)]);
            // a supervisor that died at this run may have left an agent at work, for nobody now
            reap(store, &request.id);
            let phase = match store.cancel_file(&request.id).exists() {
                true => RunState::Cancelled,
                false => RunState::Superseded,
            };
            let attempts = store.state(&request.id)?.attempts;
            store.set_state(
                &request.id,
                &RunRecord {
                    phase,
                    attempts,
                    since: clock::now(),
                },
            )?;
        }
    }
    Ok(())
}

/// Ends what a supervisor that died has left running. To be called with the run's lock held.
pub(super) fn reap(store: &Store, id: &RunId) {
    for dir in store.job_dirs(id) {
        supervisor::reap(&dir);
    }
}

/// Another day's money: the same lines as in the partial report, which was told; the whole one is told too.
fn go_on(store: &Store, request: &RunRequest) -> Result<(), PipelineError> {
    let workspace = Workspace::open(&request.git_dir, request.work_tree.as_deref())?;
    let told = store
        .report(&request.id)
        .and_then(|bytes| json::read(&bytes).ok());
    let target = told
        .and_then(|report| spec_of(&report.target))
        .unwrap_or_else(|| request.target.clone());
    store.renew_ticket(&request.id);
    let request = RunRequest {
        target,
        ..request.clone()
    };
    review::run_review(&workspace, &request, false, &mut Silent).map(|_| ())
}

/// How to name this target again; none where it is not made of commits.
fn spec_of(target: &Target) -> Option<TargetSpec> {
    let id = |id: &Option<ObjectId>| id.as_ref().map(ToString::to_string);
    match target.kind {
        TargetKind::Commit => id(&target.head).map(TargetSpec::Commit),
        TargetKind::Range => Some(TargetSpec::Range {
            from: id(&target.base)?,
            to: id(&target.head)?,
            symmetric: false,
        }),
        TargetKind::Worktree | TargetKind::Staged => None,
    }
}

/// Ends a run that cannot go on; somebody is told.
fn give_up(
    store: &Store,
    request: &RunRequest,
    attempts: u32,
    why: &str,
) -> Result<(), CommandError> {
    let id = &request.id;
    store.set_state(
        id,
        &RunRecord {
            phase: RunState::Failed(why.to_owned()),
            attempts,
            since: clock::now(),
        },
    )?;
    match Workspace::open(&request.git_dir, request.work_tree.as_deref()) {
        Ok(workspace) => review::announce(&workspace, id)?,
        // without the settings or the repository the word waits for whichever command comes
        Err(_) => store.mark_ready(id)?,
    }
    store.close_mark(id);
    Ok(())
}
