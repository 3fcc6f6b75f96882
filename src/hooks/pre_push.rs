//! The pre-push gate: what is to be pushed, what reviews say of it, and the decision.
//!
//! Faults of ours pass, with a line that says so, unless the settings hold what was not reviewed.

mod objects;
pub(in crate::hooks) mod output;
mod pushed_commits;
mod refs;
mod standing_findings;
mod unreviewed;

use std::io::Read;
use std::time::{Duration, Instant};

use crate::findings;
use crate::gate;
use crate::model::{
    Auto, Finding, GatePolicy, ObjectId, ReportState, RunId, Status, Trigger, Verdict,
};
use crate::review::{ChangeReuse, PipelineError, Workspace};
use crate::store::Store;
use crate::sys::terminal;

use super::commit_ranges;
use super::commit_ranges::CommitRange;
use super::decision_log::{Bypass, Decided};
use super::git_dirs::GitDirs;
use super::{decision_log, launch};
use pushed_commits::PushedCommits;
pub(crate) use pushed_commits::Remote;
pub(crate) use refs::{PushedRef, PushedRefs};
use unreviewed::Unreviewed;

/// Standard input of the hook: one line a ref.
const INPUT_BYTES: u64 = 16 << 20;
/// Wait without a terminal, whatever is set.
const WAIT_CAPTURED: Duration = Duration::from_secs(5);
/// How often running reviews are looked at.
const LOOK: Duration = Duration::from_millis(100);
/// Commits that nobody reviewed for which a push starts reviews; a whole
/// history is for the person to ask for.
const STARTED: usize = 50;

/// A push as git describes it.
pub(super) struct Push {
    pub(super) remote: Remote,
    pub(super) refs: PushedRefs,
    /// Whether git's list could be read to its end.
    pub(super) is_whole: bool,
}

impl Push {
    /// Reads the hook's standard input.
    pub(super) fn read(remote: Remote, from: &mut dyn Read) -> Self {
        let mut input = Vec::new();
        let read = from.take(INPUT_BYTES + 1).read_to_end(&mut input);
        let is_whole = read.is_ok() && input.len() as u64 <= INPUT_BYTES;
        Self {
            remote,
            refs: PushedRefs::parse(&input),
            is_whole,
        }
    }
}

/// The hook: returns the exit code. `settings_fault` is what is wrong with the settings, where
/// something is and its default was taken.
///
/// # Errors
/// What of ours failed; the push passes.
pub(super) fn hook(
    workspace: &Workspace,
    place: &GitDirs,
    push: &Push,
    settings_fault: Option<String>,
) -> Result<u8, PipelineError> {
    if push.refs.is_empty() && push.is_whole {
        return Ok(0);
    }
    decision_log::note_bypasses(workspace);
    output::bypasses(&decision_log::take_untold(workspace.store.root()));
    if workspace.settings.gate == GatePolicy::Off && settings_fault.is_none() {
        note_switched_off(workspace, push)?;
        return Ok(0);
    }
    let verdict = decide(workspace, place, push, settings_fault)?;
    Ok(u8::from(verdict.held))
}

/// Writes down that the gate was off. Where that is so for one command only, it is told later.
fn note_switched_off(workspace: &Workspace, push: &Push) -> Result<(), PipelineError> {
    let ids: Vec<ObjectId> = push.refs.refs.iter().map(|p| p.id.clone()).collect();
    let tips = workspace.repo.commits_among(&ids)?;
    let is_for_one_command = workspace.standing_gate()? != GatePolicy::Off;
    let verdict = gate::decide(&[], &[], GatePolicy::Off, false);
    decision_log::append(
        workspace,
        &Decided {
            remote: &push.remote,
            tips: &tips,
            verdict: &verdict,
            unreviewed: Vec::new(),
            bypass: is_for_one_command.then_some(Bypass::SwitchedOff),
        },
    );
    Ok(())
}

pub(super) fn decide(
    workspace: &Workspace,
    place: &GitDirs,
    push: &Push,
    settings_fault: Option<String>,
) -> Result<Verdict, PipelineError> {
    let refs = &push.refs.refs;
    let objects = objects::collect(workspace, refs)?;
    let tips = &objects.tips;
    let mut pushed = pushed_commits::look(workspace, &push.remote, refs, tips)?;
    if !pushed.running.is_empty() {
        wait(workspace, &pushed.running);
        pushed = pushed_commits::look(workspace, &push.remote, refs, tips)?;
    }
    let standing = standing_findings::of(workspace, &pushed, tips)?;
    let mut findings = standing.findings;
    findings.extend(open_findings(workspace, objects.findings));
    let mut others = objects.unreviewed;
    others.extend(push.refs.unreadable.iter().cloned().map(Unreviewed::Line));
    if !push.is_whole {
        others.push(Unreviewed::Input);
    }
    others.extend(standing.unknown);
    let records = pushed.changed_records.iter().cloned();
    others.extend(records.map(Unreviewed::ChangedRecord));
    if pushed.without_key {
        others.push(Unreviewed::NoKey);
    }
    others.extend(settings_fault.map(Unreviewed::Setting));
    let mut unread: Vec<String> = unread(&pushed).iter().map(ToString::to_string).collect();
    unread.extend(others.iter().map(ToString::to_string));
    let settings = &workspace.settings;
    let verdict = gate::decide(
        &findings,
        &unread,
        settings.gate,
        settings.gate_unreviewed_holds,
    );
    let started = start_missing(workspace, place, &pushed)?;
    output::tell(
        workspace,
        &output::Shown {
            pushed: &pushed,
            others: &others,
            findings: &findings,
            verdict: &verdict,
            started,
        },
    );
    decision_log::append(
        workspace,
        &Decided {
            remote: &push.remote,
            tips,
            verdict: &verdict,
            unreviewed: unread,
            bypass: None,
        },
    );
    Ok(verdict)
}

/// Those of the findings outside of commits that nobody dismissed. They are remembered, so that a
/// person can.
fn open_findings(workspace: &Workspace, found: Vec<Finding>) -> Vec<Finding> {
    if found.is_empty() {
        return found;
    }
    let known = workspace.store.known_findings();
    let mut open = Vec::new();
    for finding in found {
        let record = known.iter().find(|record| record.id == finding.id);
        if record.is_some_and(|record| record.status == Status::Dismissed) {
            continue;
        }
        if record.is_none() {
            let record = findings::first_seen(&finding, &Store::new_run_id());
            // Without the record it cannot be dismissed, and holds the push all the same.
            let _ = workspace.store.save_known(&record);
        }
        open.push(finding);
    }
    open
}

/// Waits for running reviews, with a line that says so.
fn wait(workspace: &Workspace, running: &[RunId]) {
    let terminal = terminal::stderr_is_terminal();
    let limit = if terminal {
        workspace.settings.gate_wait
    } else {
        workspace.settings.gate_wait.min(WAIT_CAPTURED)
    };
    let deadline = Instant::now() + limit;
    while running.iter().any(|run| workspace.store.is_unfinished(run)) && Instant::now() < deadline
    {
        if terminal {
            output::waiting(
                running.len(),
                deadline.saturating_duration_since(Instant::now()),
            );
        }
        std::thread::sleep(LOOK);
    }
    if terminal {
        output::waited();
    }
}

/// Commits that nobody has reviewed, or not whole.
fn unread(pushed: &PushedCommits) -> Vec<Unreviewed> {
    let mut unread = Vec::new();
    unread.extend(pushed.unreviewed.iter().cloned().map(Unreviewed::Commit));
    for (id, why) in &pushed.waived {
        unread.push(Unreviewed::Waived(id.clone(), why.clone()));
    }
    unread.extend(pushed.running.iter().cloned().map(Unreviewed::Running));
    if pushed.more {
        unread.push(Unreviewed::OlderThan(pushed_commits::COMMITS));
    }
    for report in pushed.reports.values() {
        if report.state == ReportState::Incomplete {
            unread.push(Unreviewed::PartsOf(report.target.label()));
        }
    }
    unread
}

/// Whether reviews of what nobody has reviewed were started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Started {
    /// In the background.
    Yes,
    /// `agents.auto` is `never`.
    NotWanted,
    /// More than a push starts.
    TooMany,
}

/// Starts reviews in the background for the commits nobody has reviewed.
fn start_missing(
    workspace: &Workspace,
    place: &GitDirs,
    load: &PushedCommits,
) -> Result<Started, PipelineError> {
    if workspace.settings.auto == Auto::Never {
        return Ok(Started::NotWanted);
    }
    if load.unreviewed.len() > STARTED || load.more {
        return Ok(Started::TooMany);
    }
    let oldest_first: Vec<ObjectId> = load.unreviewed.iter().rev().cloned().collect();
    let segments = commit_ranges::of(workspace, &oldest_first)?;
    if segments.is_empty() {
        return Ok(Started::Yes);
    }
    let carrier = ChangeReuse::new(workspace)?;
    for CommitRange { target, commits } in segments {
        let run = launch::request(&workspace.store, place, Trigger::PrePush, target)?;
        for commit in &commits {
            carrier.claim(commit, &run)?;
        }
    }
    Ok(Started::Yes)
}
