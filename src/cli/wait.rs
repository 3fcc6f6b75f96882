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
        output::stderr("agents: nothing runs\n");
        return Ok(exit_code::CLEAN);
    }
    while waited.iter().any(|id| in_work(&workspace, id)) {
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(CommandError::incomplete("the reviews are not done yet")
                .hint("`git agents status` shows them"));
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
    let phase = workspace
        .store
        .state(id)
        .map(|state| state.phase.as_str().to_owned());
    let phase = phase.unwrap_or_else(|_| "damaged".to_owned());
    let short = id.short();
    output::stderr(&format!(
        "agents: run {short} ended without a report ({phase}); `git agents logs {short}` tells more\n"
    ));
    Ok(exit_code::INCOMPLETE)
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
