//! From answers to a report: checked, remembered, stored, ready to be told.

pub(crate) mod remedy;

use super::announce::announce;
use super::error::PipelineError;
use super::execute::Executed;
use super::notes;
use super::prepare::Prepared;
use super::workspace::Workspace;
use crate::findings;
use crate::findings::DeriveInput;
use crate::gate;
use crate::model::{AskedOptions, FindingId, ObjectId, Report, RunId, RunRequest, Trigger};
use crate::report;
use crate::supervisor::SupervisorExit;
use crate::sys::clock;

/// Makes and stores the report.
///
/// # Errors
/// When the store cannot be written.
pub(crate) fn conclude(
    workspace: &Workspace,
    request: &RunRequest,
    prepared: &Prepared,
    executed: &Executed,
) -> Result<Report, PipelineError> {
    let known = workspace.store.known_findings();
    let remote = workspace.repo.remote_url().unwrap_or_default();
    let head = prepared.change.target.head.as_ref();
    let mut synthesis = findings::derive_findings(&DeriveInput {
        change: &prepared.change,
        results: &executed.results,
        skipped_agents: &prepared.plan.skipped,
        known: &known,
        remote: &remote,
    });
    let newer = |id: &FindingId| {
        known
            .iter()
            .any(|k| k.id == *id && is_after(workspace, &k.last_run, head))
    };
    synthesis.gone.retain(|id| !newer(id));
    let paths: Vec<_> = prepared
        .change
        .files
        .iter()
        .map(|file| file.path.clone())
        .collect();
    for finding in findings::update_known(&known, &synthesis, &request.id, head, &paths) {
        if !known.contains(&finding) {
            workspace.store.save_known(&finding)?;
        }
    }
    let settings = &workspace.settings;
    let unread: Vec<String> = synthesis
        .coverage
        .not_reviewed
        .iter()
        .map(|n| format!("{} ({})", n.file, n.agent))
        .collect();
    let verdict = gate::decide(
        &synthesis.findings,
        &unread,
        settings.gate,
        settings.gate_unreviewed_holds,
    );
    let mut notes = executed.notes.clone();
    notes.extend(prepared.notes.iter().cloned());
    notes.extend(synthesis.notes);
    let report = Report {
        run: request.id.clone(),
        target: prepared.change.target.clone(),
        state: synthesis.state,
        findings: synthesis.findings,
        set_aside: synthesis.set_aside,
        lessons: synthesis.lessons,
        agents: executed.lines.clone(),
        coverage: synthesis.coverage,
        lock_files: prepared.change.lock_files.clone(),
        redacted: prepared.redacted,
        verdict,
        notes,
        elapsed: executed.elapsed,
        made_at: clock::now(),
        reader: prepared.change.reader.clone(),
        asked: asked(request),
    };
    workspace
        .store
        .save_report(&request.id, report::json::write(&report).as_bytes())?;
    // what a command asked for is no review of the commit
    if request.command.is_none() {
        let commits: Vec<ObjectId> = prepared
            .change
            .commits
            .iter()
            .map(|commit| commit.id.clone())
            .collect();
        for commit in commits.iter().chain(head) {
            workspace.store.set_run_of_commit(commit, &request.id)?;
        }
        notes::write(workspace, &report, &commits);
    }
    if request.background
        && executed.finish == SupervisorExit::Completed
        && !is_silent(request, prepared)
    {
        announce(workspace, &request.id)?;
    }
    Ok(report)
}

/// What was asked for beside the target.
fn asked(request: &RunRequest) -> AskedOptions {
    let command = request.command.iter().flat_map(|call| {
        let arguments = call.arguments.iter().cloned();
        std::iter::once(call.name.clone()).chain(arguments)
    });
    AskedOptions {
        backend: request.backend.clone(),
        agents: request.agents.iter().map(ToString::to_string).collect(),
        fail_on: request.fail_on,
        command: command.collect(),
    }
}

/// Whether that run looked at a commit that comes after this one: what stands in it is not
/// repaired by its own past. Commits that are no relatives, as after an amend, may repair.
fn is_after(workspace: &Workspace, run: &RunId, head: Option<&ObjectId>) -> bool {
    let report = workspace
        .store
        .report(run)
        .and_then(|bytes| report::json::read(&bytes).ok());
    let seen = report.and_then(|report| report.target.head);
    let pair = head.zip(seen).filter(|(head, seen)| *head != seen);
    pair.is_some_and(|(head, seen)| workspace.repo.is_ancestor(head, &seen).unwrap_or(false))
}

/// A merge that decided nothing itself, and the like: nobody asked, and there is nothing to tell.
fn is_silent(request: &RunRequest, prepared: &Prepared) -> bool {
    let change = &prepared.change;
    request.trigger == Trigger::Sequence && change.files.is_empty() && change.skipped.is_empty()
}
