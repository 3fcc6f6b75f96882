//! `git agents wait`: until the reviews in the background are done.

use std::time::{Duration, Instant};

use super::args::WaitArgs;
use super::error::CommandError;
use super::runs::{self, Activity};
use super::{exit_code, output, run};
use crate::gate;
use crate::model::{Report, RunId, Target};
use crate::review::Workspace;

/// How often the state is looked at.
const LOOK: Duration = Duration::from_millis(50);

pub(super) fn wait(args: &WaitArgs) -> Result<u8, CommandError> {
    let workspace = super::here()?;
    let wanted = runs::wanted(&workspace, &args.target)?;
    let deadline = args
        .timeout
        .as_deref()
        .map(runs::duration)
        .transpose()?
        .map(|limit| Instant::now() + limit);
    let mut waited = pending(&workspace, wanted.as_ref());
    if waited.is_empty() && wanted.is_none() {
        // What ended a moment ago and nobody was told of is what was waited for.
        waited = workspace.store.undelivered();
    }
    if waited.is_empty() && wanted.is_none() {
        output::note("agents: no reviews are running\n");
        return Ok(exit_code::CLEAN);
    }
    while waited.iter().any(|id| in_work(&workspace, id)) {
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(timed_out(&workspace, &waited, args));
        }
        std::thread::sleep(LOOK);
    }
    if waited.is_empty() {
        let report = runs::newest(&workspace, &args.target)?;
        return told(&workspace, &report, args);
    }
    let mut code = exit_code::CLEAN;
    for id in &waited {
        code = worse(code, outcome(&workspace, id, args)?);
    }
    Ok(code)
}

fn pending(workspace: &Workspace, wanted: Option<&Target>) -> Vec<RunId> {
    let mut runs: Vec<RunId> = workspace.store.run_ids();
    runs.retain(|id| in_work(workspace, id));
    runs.retain(|id| {
        let request = workspace.store.request(id).ok();
        wanted.is_none_or(|target| {
            request.is_some_and(|request| runs::is_about(workspace, &request, target))
        })
    });
    runs.reverse();
    runs
}

fn in_work(workspace: &Workspace, id: &RunId) -> bool {
    matches!(
        runs::standing(workspace, id),
        Activity::Waiting | Activity::Running
    )
}

fn outcome(workspace: &Workspace, id: &RunId, args: &WaitArgs) -> Result<u8, CommandError> {
    if let Some(report) = runs::report_of(workspace, id) {
        return told(workspace, &report, args);
    }
    let Some(failure) = runs::no_report(workspace, id) else {
        return Ok(exit_code::INCOMPLETE);
    };
    output::stderr(&failure.to_text());
    Ok(failure.code)
}

/// How many reviews go on after the time that was given.
fn timed_out(workspace: &Workspace, waited: &[RunId], args: &WaitArgs) -> CommandError {
    let left = waited.iter().filter(|id| in_work(workspace, id)).count();
    let reviews = match left {
        1 => "1 review is".to_owned(),
        left => format!("{left} reviews are"),
    };
    let limit = args.timeout.as_deref().unwrap_or_default();
    CommandError::incomplete(format!("timed out: {reviews} still running after {limit}"))
        .hint("`git agents status` shows how far they are")
        .hint("`git agents wait` waits without a limit")
}

/// Prints the report here, so that no hook prints it a second time.
fn told(workspace: &Workspace, report: &Report, args: &WaitArgs) -> Result<u8, CommandError> {
    let claimed = workspace.store.claim_delivery(&report.run).unwrap_or(false);
    if let Err(failure) = run::print(report, &args.print) {
        if claimed {
            workspace.store.release_delivery(&report.run);
        }
        return Err(failure);
    }
    if claimed {
        workspace.store.finish_delivery(&report.run);
        workspace.store.refresh_waiting();
    }
    Ok(gate::exit_code(report, workspace.settings.bar()))
}

/// Findings outrank what was not reviewed, and that outranks clean.
fn worse(one: u8, two: u8) -> u8 {
    let rank = |code| match code {
        exit_code::FINDINGS => 2,
        exit_code::CLEAN => 0,
        _ => 1,
    };
    if rank(two) > rank(one) { two } else { one }
}
