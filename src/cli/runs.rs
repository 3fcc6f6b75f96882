//! Finding runs and findings that a person names.

use std::time::Duration;

use super::args::TargetArgs;
use super::error::Failure;
use crate::model::{
    FindingId, KnownFinding, Report, RunId, RunPhase, RunRequest, Target, TargetKind,
};
use crate::report::json;
use crate::review;
use crate::review::Session;
use crate::sys::clock;

/// A supervisor that was just started may not hold its lock yet: seconds.
const STARTING: i64 = 10;

/// A run as it really stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
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
pub(super) fn standing(session: &Session, run: &RunId) -> Standing {
    let Ok(state) = session.store.state(run) else {
        return Standing::Interrupted;
    };
    if state.phase.is_final() {
        return Standing::Over;
    }
    if session.store.is_alive(run) {
        // a supervisor first lets the quiet time pass
        let begun = state.phase != RunPhase::Queued;
        return if begun {
            Standing::Running
        } else {
            Standing::Waiting
        };
    }
    let fresh = clock::now().saturating_sub(state.since) <= STARTING;
    match state.phase {
        RunPhase::Queued if fresh => Standing::Waiting,
        RunPhase::Queued | RunPhase::Running => Standing::Interrupted,
        RunPhase::OverBudget { .. } => Standing::OverBudget,
        RunPhase::Done | RunPhase::Failed(_) | RunPhase::Cancelled | RunPhase::Superseded => {
            Standing::Over
        }
    }
}

/// Why a run ended without looking at anything, where it did: another one took
/// its place, or nothing was to be reviewed by itself.
pub(super) fn left(session: &Session, run: &RunId) -> Option<String> {
    let phase = session.store.state(run).ok()?.phase;
    if phase != RunPhase::Superseded {
        return None;
    }
    let lines = session.store.read_log(run);
    let fields = &lines.iter().rev().find(|line| line.event == "left")?.fields;
    fields
        .iter()
        .find(|(name, _)| name == "why")
        .map(|(_, why)| why.clone())
}

/// The run that a person named by part of its id.
pub(super) fn named(session: &Session, text: &str) -> Result<RunId, Failure> {
    session.store.find_run(text).map_err(|error| {
        Failure::usage(error.to_string()).hint("`git agents status` lists runs with their ids")
    })
}

/// The stored report of a run.
pub(super) fn report_of(session: &Session, run: &RunId) -> Option<Report> {
    session
        .store
        .report(run)
        .and_then(|bytes| json::read(&bytes).ok())
}

/// The newest report, of the target if one is named.
pub(super) fn newest(session: &Session, target: &TargetArgs) -> Result<Report, Failure> {
    let wanted = wanted(session, target)?;
    let mut runs = session.store.run_ids().into_iter();
    let fits = |report: &Report| {
        wanted
            .as_ref()
            .is_none_or(|target| same(target, &report.target))
    };
    runs.find_map(|run| report_of(session, &run).filter(fits))
        .ok_or_else(|| {
            let what = match &wanted {
                None => "there is no report yet".to_owned(),
                Some(target) => match left_out(session, target) {
                    Some(why) => format!("{} was not reviewed: {why}", target.label()),
                    None => format!("{} has no report", target.label()),
                },
            };
            Failure::incomplete(what)
                .hint("`git agents run` makes one, `git agents status` shows what runs")
        })
}

/// Why the newest request about this target was not carried out, as it says itself.
fn left_out(session: &Session, target: &Target) -> Option<String> {
    let about = |run: &RunId| {
        session
            .store
            .request(run)
            .is_ok_and(|request| is_about(session, &request, target))
    };
    let run = session.store.run_ids().into_iter().find(about)?;
    left(session, &run)
}

/// The resolved target, if one is named.
pub(super) fn wanted(session: &Session, target: &TargetArgs) -> Result<Option<Target>, Failure> {
    if !target.is_named() {
        return Ok(None);
    }
    Ok(Some(review::pinned(session, &target.spec()?)?.1))
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
pub(super) fn is_about(session: &Session, request: &RunRequest, wanted: &Target) -> bool {
    review::pinned(session, &request.target).is_ok_and(|(_, target)| same(wanted, &target))
}

/// The remembered finding that a person named by a prefix of its id.
pub(super) fn known(session: &Session, prefix: &str) -> Result<KnownFinding, Failure> {
    let hint = "`git agents findings --all` lists them";
    let mut fitting: Vec<KnownFinding> = session.store.known_findings();
    fitting.retain(|finding| !prefix.is_empty() && finding.id.as_str().starts_with(prefix));
    let count = fitting.len();
    match fitting.pop() {
        Some(finding) if count == 1 => Ok(finding),
        Some(_) => {
            Err(Failure::usage(format!("{count} findings begin with `{prefix}`")).hint(hint))
        }
        None => Err(Failure::usage(format!("no finding `{prefix}`")).hint(hint)),
    }
}

/// The newest report that holds this finding.
pub(super) fn report_with(session: &Session, id: &FindingId) -> Option<Report> {
    let holds = |report: &Report| report.findings.iter().any(|finding| finding.id == *id);
    session
        .store
        .run_ids()
        .iter()
        .find_map(|run| report_of(session, run).filter(holds))
}

/// Reads `90s`, `5m`, `1h`, `500ms` or plain seconds.
pub(super) fn duration(text: &str) -> Result<Duration, Failure> {
    crate::settings::parse_duration(text).ok_or_else(|| {
        Failure::usage(format!("`{text}` is not a duration"))
            .hint("write it like `90s`, `5m` or `1h`")
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
