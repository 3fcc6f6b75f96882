//! `git agents status`: what waits, runs and ended lately, from any worktree.

use std::collections::HashMap;
use std::time::Duration;

use console::{Alignment, Term};

use super::args::StatusArgs;
use super::error::CommandError;
use super::runs::{self, Activity};
use super::spending::DailySpending;
use super::{exit_code, output};
use crate::model::{ObjectId, ReportState, RunId, RunRequest, RunState, TargetKind, TargetSpec};
use crate::review::Workspace;
use crate::sys::clock;
use crate::text::escape;
use crate::text::plural::count;

/// Ended runs shown.
const RECENT: usize = 5;
/// Columns for what a run is about: a short id and the beginning of a subject.
const WHAT_COLUMNS: usize = 36;
/// How often `--watch` looks.
const LOOK: Duration = Duration::from_millis(250);

pub(super) fn status(args: &StatusArgs) -> Result<u8, CommandError> {
    let workspace = super::here()?;
    super::hooks::warn_displaced(&workspace);
    if args.watch {
        return watch(&workspace, args.list.is_json());
    }
    let rows = rows(&workspace);
    let today = DailySpending::of(&workspace);
    if rows.is_empty() {
        output::note(
            "agents: no change has been reviewed in this repository yet; `git agents run` reviews one\n",
        );
    }
    for row in &rows {
        output::stdout(&if args.list.is_json() {
            row.to_json()
        } else {
            row.to_text()
        })?;
    }
    output::stdout(&if args.list.is_json() {
        today.to_json()
    } else {
        today.to_text()
    })?;
    Ok(exit_code::CLEAN)
}

fn watch(workspace: &Workspace, json: bool) -> Result<u8, CommandError> {
    let term = Term::stdout();
    if term.is_term() && !json {
        picture(workspace, &term)
    } else {
        changes(workspace, json)
    }
}

/// A table, drawn over itself until nothing runs.
fn picture(workspace: &Workspace, term: &Term) -> Result<u8, CommandError> {
    let mut drawn = 0;
    loop {
        let rows = rows(workspace);
        let (height, width) = term.size();
        let (height, width) = (
            usize::from(height).max(2) - 1,
            usize::from(width).max(20) - 1,
        );
        // A terminal that went away ends the watch at the next write.
        let _ = term.clear_last_lines(drawn);
        let lines = rows
            .iter()
            .take(height)
            .map(|row| console::truncate_str(row.to_text().trim_end(), width, "…").into_owned());
        let lines: Vec<String> = lines.collect();
        drawn = lines.len();
        output::stdout(
            &lines
                .iter()
                .map(|line| format!("{line}\n"))
                .collect::<String>(),
        )?;
        if !rows.iter().any(Row::is_in_work) {
            return Ok(exit_code::CLEAN);
        }
        std::thread::sleep(LOOK);
    }
}

/// Every row, and then each that says something else than before, until nothing runs.
fn changes(workspace: &Workspace, json: bool) -> Result<u8, CommandError> {
    let mut said: HashMap<RunId, (String, String)> = HashMap::new();
    loop {
        let rows = rows(workspace);
        for row in &rows {
            let now = (row.phase.clone(), row.result.clone());
            if said.get(&row.run) != Some(&now) {
                output::stdout(&if json { row.to_json() } else { row.to_text() })?;
                said.insert(row.run.clone(), now);
            }
        }
        if !rows.iter().any(Row::is_in_work) {
            return Ok(exit_code::CLEAN);
        }
        std::thread::sleep(LOOK);
    }
}

/// A run in the list.
struct Row {
    run: RunId,
    request: Option<RunRequest>,
    /// What it is about, in words.
    what: String,
    standing: Activity,
    phase: String,
    result: String,
}

fn rows(workspace: &Workspace) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut over = 0;
    for run in workspace.store.run_ids() {
        let standing = runs::standing(workspace, &run);
        if standing == Activity::Over {
            over += 1;
            if over > RECENT {
                continue;
            }
        }
        rows.push(row(workspace, run, standing));
    }
    rows
}

fn row(workspace: &Workspace, run: RunId, standing: Activity) -> Row {
    let state = workspace.store.state(&run).ok();
    let phase = match standing {
        Activity::Waiting => "waiting".to_owned(),
        Activity::Running => "running".to_owned(),
        Activity::Interrupted => "interrupted".to_owned(),
        Activity::OverBudget => "over budget".to_owned(),
        Activity::Over => state
            .as_ref()
            .map_or("damaged", |s| s.phase.as_str())
            .to_owned(),
    };
    if let Some(why) = runs::left(workspace, &run) {
        let phase = if why.starts_with("superseded") {
            phase
        } else {
            "skipped".to_owned()
        };
        return Row {
            request: workspace.store.request(&run).ok(),
            what: what(workspace, &run),
            run,
            standing,
            phase,
            result: why,
        };
    }
    let result = match (standing, state.map(|s| s.phase)) {
        (Activity::Over, Some(RunState::Failed(why))) => why,
        (Activity::Over, _) => result(workspace, &run),
        (Activity::Interrupted, _) => format!(
            "run `git agents retry {}` to continue with the answers that were saved",
            run.short()
        ),
        (Activity::OverBudget, Some(RunState::OverBudget { until })) => format!(
            "continues at the first git command after {}; `git agents retry {}` tries again now",
            clock::time_of_day(until),
            run.short()
        ),
        (Activity::OverBudget | Activity::Waiting | Activity::Running, _) => {
            answered(workspace, &run)
        }
    };
    Row {
        request: workspace.store.request(&run).ok(),
        what: what(workspace, &run),
        run,
        standing,
        phase,
        result,
    }
}

fn result(workspace: &Workspace, run: &RunId) -> String {
    let Some(report) = runs::report_of(workspace, run) else {
        return String::new();
    };
    let open = report
        .findings
        .iter()
        .filter(|f| f.tier == crate::model::Tier::Confirmed && f.status.is_open())
        .count();
    let findings = count(open, "finding");
    match report.state {
        ReportState::Clean => "clean".to_owned(),
        ReportState::Findings => findings,
        ReportState::Incomplete if open == 0 => "INCOMPLETE".to_owned(),
        ReportState::Incomplete => format!("INCOMPLETE, {findings}"),
    }
}

fn answered(workspace: &Workspace, run: &RunId) -> String {
    let names: Vec<String> = workspace
        .store
        .answers(run)
        .iter()
        .map(|a| format!("{} {}", a.job, a.ending.as_str()))
        .collect();
    names.join(", ")
}

impl Row {
    fn is_in_work(&self) -> bool {
        matches!(self.standing, Activity::Waiting | Activity::Running)
    }

    fn to_text(&self) -> String {
        let when = self
            .request
            .as_ref()
            .map(|r| runs::ago(r.asked_at))
            .unwrap_or_default();
        let result = escape::line(&self.result);
        let what = escape::line(&self.what);
        let what = console::truncate_str(&what, WHAT_COLUMNS, "…\"");
        let what = console::pad_str(&what, WHAT_COLUMNS, Alignment::Left, None);
        format!(
            "{}  {:<11} {what} {when:<10} {result}\n",
            self.run.short(),
            self.phase,
        )
    }

    fn to_json(&self) -> String {
        let request = self.request.as_ref();
        let value = serde_json::json!({
            "run": self.run.as_str(),
            "phase": self.phase,
            "target": request.map(|r| label(&r.target)),
            "about": self.what,
            "trigger": request.map(|r| r.trigger.as_str()),
            "asked_at": request.map(|r| r.asked_at),
            "result": self.result,
        });
        format!("{value}\n")
    }
}

/// What a run is about: `3f2c1ab "cache the price table"`, `1a2b3c4..3f2c1ab`, `uncommitted work`.
/// May hold untrusted text.
pub(super) fn what(workspace: &Workspace, run: &RunId) -> String {
    if let Some(report) = runs::report_of(workspace, run) {
        return named(
            &report.target.label(),
            &report.target.subject,
            report.target.kind,
        );
    }
    let Ok(request) = workspace.store.request(run) else {
        return String::new();
    };
    let label = label(&request.target);
    let TargetSpec::Commit(revision) = &request.target else {
        return label;
    };
    let subject = ObjectId::parse(revision)
        .and_then(|id| workspace.repo.commit(&id).ok())
        .map(|commit| commit.info.subject().to_owned());
    named(&label, &subject.unwrap_or_default(), TargetKind::Commit)
}

fn named(label: &str, subject: &str, kind: TargetKind) -> String {
    if kind == TargetKind::Commit && !subject.is_empty() {
        return format!("{label} \"{subject}\"");
    }
    label.to_owned()
}

fn label(spec: &TargetSpec) -> String {
    let short = |text: &str| {
        ObjectId::parse(text).map_or_else(|| text.to_owned(), |id| id.short().to_owned())
    };
    match spec {
        TargetSpec::Auto => "newest work".to_owned(),
        TargetSpec::Staged => "staged work".to_owned(),
        TargetSpec::Worktree => "uncommitted work".to_owned(),
        TargetSpec::Commit(revision) => short(revision),
        TargetSpec::Range {
            from,
            to,
            symmetric,
        } => {
            let dots = if *symmetric { "..." } else { ".." };
            format!("{}{dots}{}", short(from), short(to))
        }
        TargetSpec::Base(base) => format!("{base}...HEAD"),
    }
}
