//! `git agents status`: what waits, runs and ended lately, from any worktree.

use std::time::Duration;

use console::Term;

use super::args::StatusArgs;
use super::failure::Failure;
use super::runs::{self, Standing};
use super::{exit, output};
use crate::model::{ObjectId, ReportState, RunId, RunPhase, RunRequest, TargetSpec};
use crate::pipeline::Session;
use crate::report::escape;

/// Ended runs shown.
const RECENT: usize = 5;
/// How often `--watch` looks.
const LOOK: Duration = Duration::from_millis(250);

pub(super) fn status(args: &StatusArgs) -> Result<u8, Failure> {
    let session = super::here()?;
    if args.watch {
        return watch(&session);
    }
    let rows = rows(&session);
    if rows.is_empty() {
        output::stderr("agents: no reviews yet; `git agents run` makes one\n");
    }
    for row in &rows {
        output::stdout(&if args.json { row.to_json() } else { row.to_text() })?;
    }
    Ok(exit::CLEAN)
}

fn watch(session: &Session) -> Result<u8, Failure> {
    let term = Term::stdout();
    let mut drawn = 0;
    loop {
        let rows = rows(session);
        let mut text: Vec<String> = rows.iter().map(Row::to_text).collect();
        if term.is_term() {
            // a row that wraps would be two to clear
            let width = usize::from(term.size().1).saturating_sub(1).max(20);
            let fitted = |row: &String| format!("{}\n", console::truncate_str(row.trim_end(), width, "…"));
            text = text.iter().map(fitted).collect();
            // A terminal that went away ends the watch at the next write.
            let _ = term.clear_last_lines(drawn);
        }
        let running = rows.iter().any(|row| matches!(row.standing, Standing::Waiting | Standing::Running));
        if term.is_term() || !running {
            output::stdout(&text.concat())?;
        }
        if !running {
            return Ok(exit::CLEAN);
        }
        drawn = text.len();
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
        Standing::Over => state.as_ref().map_or("damaged", |s| s.phase.as_str()).to_owned(),
    };
    if let Some(why) = runs::left(session, &run) {
        let phase = if why.starts_with("superseded") { phase } else { "skipped".to_owned() };
        return Row { request: session.store.request(&run).ok(), run, standing, phase, result: why };
    }
    let result = match (standing, state.map(|s| s.phase)) {
        (Standing::Over, Some(RunPhase::Failed(why))) => why,
        (Standing::Over, _) => result(session, &run),
        (Standing::Interrupted, _) => format!("`git agents retry {}` goes on from what was answered", run.short()),
        (Standing::Waiting | Standing::Running, _) => answered(session, &run),
    };
    Row { request: session.store.request(&run).ok(), run, standing, phase, result }
}

fn result(session: &Session, run: &RunId) -> String {
    let Some(report) = runs::report_of(session, run) else { return String::new() };
    let open = report.findings.iter().filter(|f| f.tier == crate::model::Tier::Confirmed && f.status.is_open()).count();
    let findings = if open == 1 { "1 finding".to_owned() } else { format!("{open} findings") };
    match report.state {
        ReportState::Clean => "clean".to_owned(),
        ReportState::Findings => findings,
        ReportState::Incomplete if open == 0 => "INCOMPLETE".to_owned(),
        ReportState::Incomplete => format!("INCOMPLETE, {findings}"),
    }
}

fn answered(session: &Session, run: &RunId) -> String {
    let names: Vec<String> =
        session.store.answers(run).iter().map(|a| format!("{} {}", a.job, a.ending.as_str())).collect();
    names.join(", ")
}

impl Row {
    fn to_text(&self) -> String {
        let when = self.request.as_ref().map(|r| runs::ago(r.asked_at)).unwrap_or_default();
        let what = self.request.as_ref().map(|r| label(&r.target)).unwrap_or_default();
        let result = escape::line(&self.result);
        format!("{}  {:<11} {:<18} {when:<11} {result}\n", self.run.short(), self.phase, escape::line(&what))
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
    let short = |text: &str| ObjectId::parse(text).map_or_else(|| text.to_owned(), |id| id.short().to_owned());
    match spec {
        TargetSpec::Auto => "newest work".to_owned(),
        TargetSpec::Staged => "staged work".to_owned(),
        TargetSpec::Worktree => "uncommitted work".to_owned(),
        TargetSpec::Commit(revision) => short(revision),
        TargetSpec::Range { from, to, symmetric } => {
            let dots = if *symmetric { "..." } else { ".." };
            format!("{}{dots}{}", short(from), short(to))
        }
        TargetSpec::Base(base) => format!("{base}...HEAD"),
    }
}
