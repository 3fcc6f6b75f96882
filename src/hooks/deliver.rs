//! Telling a finished review, once: whoever moves its ticket prints it.

use std::io::Write;

use crate::model::{RunId, RunState};
use crate::report;
use crate::report::{Format, RenderOptions, json};
use crate::store::Store;
use crate::sys::clock;
use crate::text::escape;

use super::decision_log;
use super::git_dirs::GitDirs;
use super::pre_push::output;

/// After this many seconds a report is told in any worktree, not only where the commit was made.
const ANYWHERE: u64 = 600;

/// How it is printed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DeliveryOptions {
    /// As JSON, one document a line, for a program that asked for it.
    pub json: bool,
    /// Columns.
    pub width: usize,
    /// Lines in all.
    pub lines: usize,
    /// Whether to colour.
    pub colour: bool,
}

/// Prints every waiting report that belongs here; returns how many.
pub(crate) fn deliver(
    store: &Store,
    place: &GitDirs,
    how: DeliveryOptions,
    to: &mut dyn Write,
) -> usize {
    let waiting = store.undelivered();
    let here: Vec<RunId> = waiting
        .into_iter()
        .filter(|run| is_told_here(store, place, run))
        .collect();
    let mine: Vec<RunId> = here
        .into_iter()
        .filter(|run| store.claim_delivery(run).unwrap_or(false))
        .collect();
    say_cut_short(store, how, to);
    if !how.json {
        let bypasses = output::bypasses_text(&decision_log::take_untold(store.root()));
        // Whether anybody reads it changes nothing.
        let _ = to.write_all(bypasses.as_bytes());
    }
    if mine.is_empty() {
        return 0;
    }
    let text = text(store, &mine, how);
    if to
        .write_all(text.as_bytes())
        .and_then(|()| to.flush())
        .is_err()
    {
        for run in &mine {
            store.release_delivery(run);
        }
        store.refresh_waiting();
        return 0;
    }
    for run in &mine {
        store.finish_delivery(run);
    }
    store.refresh_waiting();
    mine.len()
}

/// Names reports of which nobody knows whether they were seen.
fn say_cut_short(store: &Store, how: DeliveryOptions, to: &mut dyn Write) {
    let cut = store.cut_short();
    if cut.is_empty() {
        return;
    }
    store.refresh_waiting();
    for run in cut.iter().filter(|_| !how.json) {
        let line = format!(
            "agents: printing a report was interrupted; `git agents report --run {}` has it\n",
            run.short()
        );
        // Nobody is left to tell that this could not be told.
        let _ = to.write_all(line.as_bytes());
    }
}

fn is_told_here(store: &Store, place: &GitDirs, run: &RunId) -> bool {
    match store.request(run) {
        Ok(request) => {
            request.git_dir == place.git_dir
                || clock::age(request.asked_at, clock::now()) > ANYWHERE
        }
        // A damaged request has no home: whoever comes first says so.
        Err(_) => true,
    }
}

fn text(store: &Store, runs: &[RunId], how: DeliveryOptions) -> String {
    let share = (how.lines / runs.len()).max(1);
    let mut text = String::new();
    for run in runs {
        text.push_str(&one(store, run, how, share));
    }
    if how.json {
        return text;
    }
    let lines: Vec<&str> = text.lines().collect();
    if lines.len() <= how.lines {
        return text;
    }
    let mut cut = lines[..how.lines.saturating_sub(1)].join("\n");
    cut.push_str("\nagents: more in `git agents report`\n");
    cut
}

fn one(store: &Store, run: &RunId, how: DeliveryOptions, lines: usize) -> String {
    let bytes = store.report(run);
    let Some(report) = bytes.as_deref().and_then(|bytes| json::read(bytes).ok()) else {
        return failed(store, run, how.json);
    };
    if how.json {
        let value: Option<serde_json::Value> =
            bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        return value
            .map(|value| escape::json(&format!("{value}\n")))
            .unwrap_or_default();
    }
    let options = RenderOptions {
        width: how.width,
        colour: how.colour,
        all: false,
        max_lines: Some(lines),
    };
    report::render(&report, Format::Terminal, &options)
}

fn failed(store: &Store, run: &RunId, as_json: bool) -> String {
    let why = match store.state(run).map(|state| state.phase) {
        Ok(RunState::Failed(why)) => why,
        Ok(phase) => format!("it ended as {}", phase.as_str()),
        Err(error) => error.to_string(),
    };
    if as_json {
        let value = serde_json::json!({"version": 1, "run": run.as_str(), "state": "incomplete", "error": why});
        return format!("{value}\n");
    }
    let why = escape::line(&why);
    format!(
        "agents: NOT REVIEWED: {why}\n        `git agents retry {}` tries again\n",
        run.short()
    )
}
