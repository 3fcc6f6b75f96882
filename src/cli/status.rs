//! `git agents status`: what waits, runs and ended lately, from any worktree.

use std::collections::HashMap;
use std::time::Duration;

use console::Term;

use super::args::StatusArgs;
use super::error::Failure;
use super::runs::{self, Standing};
use super::spending::Today;
use super::{exit_code, output};
use crate::model::{ObjectId, ReportState, RunId, RunPhase, RunRequest, TargetSpec};
use crate::review::Session;
use crate::sys::clock;
use crate::text::escape;
use crate::text::plural::count;

/// Ended runs shown.
const RECENT: usize = 5;
/// How often `--watch` looks.
const LOOK: Duration = Duration::from_millis(250);

pub(super) fn status(args: &StatusArgs) -> Result<u8, Failure> {
    let session = super::here()?;
    super::hooks::warn_displaced(&session);
    if args.watch {
        return watch(&session, args.json);
    }
    let rows = rows(&session);
    let today = Today::of(&session);
    if rows.is_empty() {
        output::stderr("agents: no reviews yet; `git agents run` makes one\n");
    }
    for row in &rows {
        output::stdout(&if args.json {
            row.to_json()
        } else {
            row.to_text()
        })?;
    }
    output::stdout(&if args.json {
        today.to_json()
    } else {
        today.to_text()
    })?;
    Ok(exit_code::CLEAN)
}

fn watch(session: &Session, json: bool) -> Result<u8, Failure> {
    let term = Term::stdout();
    if term.is_term() && !json {
        picture(session, &term)
    } else {
        changes(session, json)
    }
}

/// A table, drawn over itself until nothing runs.
fn picture(session: &Session, term: &Term) -> Result<u8, Failure> {
    let mut drawn = 0;
    loop {
        let rows = rows(session);
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
fn changes(session: &Session, json: bool) -> Result<u8, Failure> {
    let mut said: HashMap<RunId, (String, String)> = HashMap::new();
    loop {
        let rows = rows(session);
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
    standing: Standing,
    phase: String,
    result: String,
}

fn rows(session: &Session) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut over = 0;
    for run in session.store.run_ids() {
        let standing = runs::standing(session, &run);
        if standing == Standing::Over {
            over += 1;
            if over > RECENT {
                continue;
            }
        }
        rows.push(row(session, run, standing));
    }
    rows
}

fn row(session: &Session, run: RunId, standing: Standing) -> Row {
    let state = session.store.state(&run).ok();
    let phase = match standing {
        Standing::Waiting => "waiting".to_owned(),
        Standing::Running => "running".to_owned(),
        Standing::Interrupted => "interrupted".to_owned(),
        Standing::OverBudget => "over budget".to_owned(),
        Standing::Over => state
            .as_ref()
            .map_or("damaged", |s| s.phase.as_str())
            .to_owned(),
    };
    if let Some(why) = runs::left(session, &run) {
        let phase = if why.starts_with("superseded") {
            phase
        } else {
            "skipped".to_owned()
        };
        return Row {
            request: session.store.request(&run).ok(),
            run,
            standing,
            phase,
            result: why,
        };
    }
    let result = match (standing, state.map(|s| s.phase)) {
        (Standing::Over, Some(RunPhase::Failed(why))) => why,
        (Standing::Over, _) => result(session, &run),
        (Standing::Interrupted, _) => format!(
            "`git agents retry {}` goes on from what was answered",
            run.short()
        ),
        (Standing::OverBudget, Some(RunPhase::OverBudget { until })) => format!(
            "goes on with the first git command after {}; `git agents retry {}` asks again now",
            clock::time_of_day(until),
            run.short()
        ),
        (Standing::OverBudget | Standing::Waiting | Standing::Running, _) => {
            answered(session, &run)
        }
    };
    Row {
        request: session.store.request(&run).ok(),
        run,
        standing,
        phase,
        result,
    }
}

fn result(session: &Session, run: &RunId) -> String {
    let Some(report) = runs::report_of(session, run) else {
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

fn answered(session: &Session, run: &RunId) -> String {
    let names: Vec<String> = session
        .store
        .answers(run)
        .iter()
        .map(|a| format!("{} {}", a.job, a.ending.as_str()))
        .collect();
    names.join(", ")
}

impl Row {
    fn is_in_work(&self) -> bool {
        matches!(self.standing, Standing::Waiting | Standing::Running)
    }

    fn to_text(&self) -> String {
        let when = self
            .request
            .as_ref()
            .map(|r| runs::ago(r.asked_at))
            .unwrap_or_default();
        let what = self
            .request
            .as_ref()
            .map(|r| label(&r.target))
            .unwrap_or_default();
        let result = escape::line(&self.result);
        format!(
            "{}  {:<11} {:<18} {when:<11} {result}\n",
            self.run.short(),
            self.phase,
            escape::line(&what)
        )
    }

    fn to_json(&self) -> String {
        let request = self.request.as_ref();
        let value = serde_json::json!({
            "run": self.run.as_str(),
            "phase": self.phase,
            "target": request.map(|r| label(&r.target)),
            "trigger": request.map(|r| r.trigger.as_str()),
            "asked_at": request.map(|r| r.asked_at),
            "result": self.result,
        });
        format!("{value}\n")
    }
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
