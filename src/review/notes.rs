//! Reports as git notes, for those who asked `git log` and `git show` to tell
//! them (`agents.notes`).

use super::workspace::Workspace;
use crate::model::{ObjectId, Report, RunId, TargetKind};
use crate::report::{self, Format, RenderOptions, json};

/// Lines of a note.
const LINES: usize = 20;
/// Commits of one range that get a note.
const COMMITS: usize = 100;

/// Keeps the report with its newest commit, and with the others of a range the
/// word of where it is. The report itself is in the store: a note that cannot
/// be written is logged and no more.
pub(super) fn write(workspace: &Workspace, report: &Report, commits: &[ObjectId]) {
    let Some(head) = report
        .target
        .head
        .as_ref()
        .filter(|_| is_wanted(workspace, report))
    else {
        return;
    };
    let options = RenderOptions {
        max_lines: Some(LINES),
        ..RenderOptions::default()
    };
    let mut notes = vec![(
        head.clone(),
        report::render(report, Format::Terminal, &options),
    )];
    let others = commits
        .iter()
        .filter(|commit| *commit != head)
        .take(COMMITS);
    let word = format!(
        "agents: reviewed together with {}, whose note has the report\n",
        head.short()
    );
    notes.extend(others.map(|commit| (commit.clone(), word.clone())));
    keep(workspace, &report.run, &notes);
}

/// The same for a commit whose change was reviewed under another id.
pub(crate) fn note_carried(workspace: &Workspace, commit: &ObjectId, run: &RunId) {
    let report = workspace
        .store
        .report(run)
        .and_then(|bytes| json::read(&bytes).ok());
    let Some(report) = report.filter(|report| is_wanted(workspace, report)) else {
        return;
    };
    let options = RenderOptions {
        max_lines: Some(LINES),
        ..RenderOptions::default()
    };
    let text = report::render(&report, Format::Terminal, &options);
    keep(workspace, run, &[(commit.clone(), text)]);
}

fn is_wanted(workspace: &Workspace, report: &Report) -> bool {
    workspace.settings.notes && matches!(report.target.kind, TargetKind::Commit | TargetKind::Range)
}

fn keep(workspace: &Workspace, run: &RunId, notes: &[(ObjectId, String)]) {
    // a note goes with the run that it is of
    let keeps = |commit: &ObjectId| workspace.store.run_of_commit(commit).is_some();
    if let Err(error) = workspace.repo.write_notes(notes, &keeps) {
        workspace
            .store
            .log(run, "no note", &[("why", super::error_chain(&error))]);
    }
}
