//! From answers to a report: checked, remembered, stored, ready to be told.

pub(crate) mod remedy;

use super::announce::announce;
use super::error::PipelineError;
use super::execute::Executed;
use super::notes;
use super::prepare::Prepared;
use super::workspace::Session;
use crate::findings;
use crate::findings::SynthInput;
use crate::gate;
use crate::model::{FindingId, ObjectId, Report, RunId, RunRequest, Trigger};
use crate::report;
use crate::supervisor::Finish;
use crate::sys::clock;

/// Makes and stores the report.
///
/// # Errors
/// When the store cannot be written.
pub(crate) fn conclude(
    session: &Session,
    request: &RunRequest,
    prepared: &Prepared,
    executed: &Executed,
) -> Result<Report, PipelineError> {
    let known = session.store.known_findings();
    let remote = session.repo.remote_url().unwrap_or_default();
    let head = prepared.change.target.head.as_ref();
    let mut synthesis = findings::synthesize(&SynthInput {
        change: &prepared.change,
        results: &executed.results,
        skipped_agents: &prepared.plan.skipped,
        known: &known,
        remote: &remote,
    });
    let newer = |id: &FindingId| {
        known
            .iter()
            .any(|k| k.id == *id && is_after(session, &k.last_run, head))
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
            session.store.save_known(&finding)?;
        }
    }
    let settings = &session.settings;
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
    };
    session
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
            session.store.set_run_of_commit(commit, &request.id)?;
        }
        notes::write(session, &report, &commits);
    }
    if request.background && executed.finish == Finish::Completed && !is_silent(request, prepared) {
        announce(session, &request.id)?;
    }
    Ok(report)
}

/// Whether that run looked at a commit that comes after this one: what stands in it is not
/// repaired by its own past. Commits that are no relatives, as after an amend, may repair.
fn is_after(session: &Session, run: &RunId, head: Option<&ObjectId>) -> bool {
    let report = session
        .store
        .report(run)
        .and_then(|bytes| report::json::read(&bytes).ok());
    let seen = report.and_then(|report| report.target.head);
    let pair = head.zip(seen).filter(|(head, seen)| *head != seen);
    pair.is_some_and(|(head, seen)| session.repo.is_ancestor(head, &seen).unwrap_or(false))
}

/// A merge that decided nothing itself, and the like: nobody asked, and there is nothing to tell.
fn is_silent(request: &RunRequest, prepared: &Prepared) -> bool {
    let change = &prepared.change;
    request.trigger == Trigger::Sequence && change.files.is_empty() && change.skipped.is_empty()
}
