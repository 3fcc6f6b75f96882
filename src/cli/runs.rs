//! Finding runs and findings that a person names.

use std::time::Duration;

use super::args::TargetArgs;
use super::error::CommandError;
use crate::model::{
    FindingId, FindingRecord, Report, RunId, RunRequest, RunState, Target, TargetKind,
};
use crate::report::json;
use crate::review;
use crate::review::Workspace;
use crate::sys::clock;

/// A supervisor that was just started may not hold its lock yet: seconds.
const STARTING: i64 = 10;

/// A run as it really stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Activity {
    /// On disk, about to start, or in its quiet time.
    Waiting,
    /// A process works on it.
    Running,
    /// Nobody works on it, and it has not ended.
    Interrupted,
    /// Waits for another day's money; a partial report is there.
    OverBudget,
    /// Ended.
    Over,
}

/// How a run really stands: what is written, checked against who holds its lock.
pub(super) fn standing(workspace: &Workspace, run: &RunId) -> Activity {
    let Ok(state) = workspace.store.state(run) else {
        return Activity::Interrupted;
    };
    if state.phase.is_final() {
        return Activity::Over;
    }
    if workspace.store.is_alive(run) {
        // a supervisor first lets the quiet time pass
        let begun = state.phase != RunState::Queued;
        return if begun {
            Activity::Running
        } else {
            Activity::Waiting
        };
    }
    let fresh = clock::now().saturating_sub(state.since) <= STARTING;
    match state.phase {
        RunState::Queued if fresh => Activity::Waiting,
        RunState::Queued | RunState::Running => Activity::Interrupted,
        RunState::OverBudget { .. } => Activity::OverBudget,
        RunState::Done | RunState::Failed(_) | RunState::Cancelled | RunState::Superseded => {
            Activity::Over
        }
    }
}

/// Why a run ended without looking at anything, where it did: another one took
/// its place, or nothing was to be reviewed by itself.
pub(super) fn left(workspace: &Workspace, run: &RunId) -> Option<String> {
    let phase = workspace.store.state(run).ok()?.phase;
    if phase != RunState::Superseded {
        return None;
    }
    let lines = workspace.store.read_log(run);
    let fields = &lines.iter().rev().find(|line| line.event == "left")?.fields;
    fields
        .iter()
        .find(|(name, _)| name == "why")
        .map(|(_, why)| why.clone())
}

/// The run that a person named by part of its id.
pub(super) fn named(workspace: &Workspace, text: &str) -> Result<RunId, CommandError> {
    workspace.store.find_run(text).map_err(|error| {
        CommandError::usage(error.to_string()).hint("`git agents status` lists runs with their ids")
    })
}

/// The stored report of a run.
pub(super) fn report_of(workspace: &Workspace, run: &RunId) -> Option<Report> {
    workspace
        .store
        .report(run)
        .and_then(|bytes| json::read(&bytes).ok())
}

/// The newest report, of the target if one is named.
pub(super) fn newest(workspace: &Workspace, target: &TargetArgs) -> Result<Report, CommandError> {
    let wanted = wanted(workspace, target)?;
    let mut runs = workspace.store.run_ids().into_iter();
    let fits = |report: &Report| {
        wanted
            .as_ref()
            .is_none_or(|target| same(target, &report.target))
    };
    if let Some(report) = runs.find_map(|run| report_of(workspace, &run).filter(fits)) {
        return Ok(report);
    }
    let newest = workspace.store.run_ids().into_iter().find(|run| {
        let request = workspace.store.request(run);
        let about = |target| request.is_ok_and(|request| is_about(workspace, &request, target));
        wanted.as_ref().is_none_or(about)
    });
    // a review that was asked for and left no report says itself what became of it
    if let Some(run) = newest {
        return Err(without_report(workspace, &run));
    }
    let failure = match &wanted {
        None => CommandError::incomplete("no change has been reviewed in this repository yet"),
        Some(target) => {
            CommandError::incomplete(format!("{} has not been reviewed", target.label()))
        }
    };
    let target = match &target.target {
        Some(named) => format!(" {named}"),
        None => String::new(),
    };
    Err(failure.hint(format!("`git agents run{target}` reviews it now")))
}

/// Why a run has no report, and what to type next; none where it has one.
pub(super) fn no_report(workspace: &Workspace, run: &RunId) -> Option<CommandError> {
    match report_of(workspace, run) {
        Some(_) => None,
        None => Some(without_report(workspace, run)),
    }
}

/// Why this run, which has no report, has none, and what to type next.
pub(super) fn without_report(workspace: &Workspace, run: &RunId) -> CommandError {
    let id = run.short();
    let logs = format!("`git agents logs {id}` shows what happened");
    let retry = format!("`git agents retry {id}` starts the review again");
    let wait = "`git agents wait` waits for it and prints its report";
    let say = |what: String| CommandError::incomplete(format!("run {id} {what}"));
    match standing(workspace, run) {
        Activity::Waiting => say("has not started yet".to_owned()).hint(wait),
        Activity::Running => say("is still running".to_owned()).hint(wait),
        Activity::Interrupted => say("was interrupted before it was complete".to_owned())
            .hint(retry)
            .hint(logs),
        Activity::OverBudget => {
            say("waits, because the daily budget was reached".to_owned()).hint(retry)
        }
        Activity::Over => match workspace.store.state(run).map(|state| state.phase) {
            Ok(RunState::Failed(why)) => say(format!("failed: {why}")).hint(retry).hint(logs),
            Ok(RunState::Cancelled) => say("was cancelled".to_owned()).hint(retry),
            Ok(RunState::Superseded) => {
                let why = left(workspace, run);
                let why = why.map(|why| format!(": {why}")).unwrap_or_default();
                say(format!("reviewed nothing{why}")).hint(logs)
            }
            Ok(RunState::Done) => {
                say("is complete, but its report cannot be read".to_owned()).hint(retry)
            }
            Ok(RunState::Queued | RunState::Running | RunState::OverBudget { .. }) | Err(_) => {
                say("has a damaged record".to_owned()).hint(logs)
            }
        },
    }
}

/// The resolved target, if one is named.
pub(super) fn wanted(
    workspace: &Workspace,
    target: &TargetArgs,
) -> Result<Option<Target>, CommandError> {
    if !target.is_named() {
        return Ok(None);
    }
    Ok(Some(review::pinned(workspace, &target.spec()?)?.target))
}

/// Whether a report is about this target.
pub(super) fn same(wanted: &Target, reported: &Target) -> bool {
    let uncommitted = |kind| matches!(kind, TargetKind::Worktree | TargetKind::Staged);
    if uncommitted(wanted.kind) || uncommitted(reported.kind) {
        return wanted.kind == reported.kind && wanted.base == reported.base;
    }
    wanted.head == reported.head
        && (wanted.kind == TargetKind::Commit || wanted.base == reported.base)
}

/// Whether a request is about this target.
pub(super) fn is_about(workspace: &Workspace, request: &RunRequest, wanted: &Target) -> bool {
    review::pinned(workspace, &request.target).is_ok_and(|pinned| same(wanted, &pinned.target))
}

/// The remembered finding that a person named by a prefix of its id.
pub(super) fn known(workspace: &Workspace, prefix: &str) -> Result<FindingRecord, CommandError> {
    let hint = "`git agents findings --all` lists all findings with their ids";
    let mut fitting: Vec<FindingRecord> = workspace.store.known_findings();
    fitting.retain(|finding| !prefix.is_empty() && finding.id.as_str().starts_with(prefix));
    let count = fitting.len();
    match fitting.pop() {
        Some(finding) if count == 1 => Ok(finding),
        Some(_) => Err(CommandError::usage(format!(
            "the ids of {count} findings begin with `{prefix}`"
        ))
        .hint(hint)),
        None => Err(CommandError::usage(format!(
            "there is no finding whose id begins with `{prefix}`"
        ))
        .hint(hint)),
    }
}

/// The newest report that holds this finding.
pub(super) fn report_with(workspace: &Workspace, id: &FindingId) -> Option<Report> {
    let holds = |report: &Report| report.findings.iter().any(|finding| finding.id == *id);
    workspace
        .store
        .run_ids()
        .iter()
        .find_map(|run| report_of(workspace, run).filter(holds))
}

/// Reads `90s`, `5m`, `1h`, `500ms` or plain seconds.
pub(super) fn duration(text: &str) -> Result<Duration, CommandError> {
    crate::settings::parse_duration(text).ok_or_else(|| {
        CommandError::usage(format!("`{text}` is not a duration"))
            .hint("durations are written like `90s`, `5m` or `1h`")
    })
}

/// How long ago, in one word.
pub(super) fn ago(then: i64) -> String {
    match clock::now().saturating_sub(then).max(0) {
        seconds @ 0..=59 => format!("{seconds} s ago"),
        seconds @ 60..=3599 => format!("{} min ago", seconds / 60),
        seconds @ 3600..=86_399 => format!("{} h ago", seconds / 3600),
        seconds => format!("{} d ago", seconds / 86_400),
    }
}
