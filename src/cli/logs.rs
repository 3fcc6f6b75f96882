//! `git agents logs`: what happened in a run, and what an agent really wrote.

use super::args::LogsArgs;
use super::error::CommandError;
use super::{exit_code, output, runs};
use crate::model::RunId;
use crate::review::Workspace;
use crate::sys::files;
use crate::text::escape;

/// Raw output printed at most, bytes.
const RAW_BYTES: u64 = 4 << 20;

pub(super) fn logs(args: &LogsArgs) -> Result<u8, CommandError> {
    let workspace = super::here()?;
    let newest = || workspace.store.run_ids().into_iter().next();
    let id = match &args.run {
        Some(text) => runs::named(&workspace, text)?,
        None => newest().ok_or_else(|| {
            CommandError::usage("no change has been reviewed in this repository yet")
                .hint("`git agents run` reviews the newest change")
        })?,
    };
    match &args.agent {
        Some(agent) => raw(&workspace, &id, agent),
        None => log(&workspace, &id),
    }
}

fn log(workspace: &Workspace, id: &RunId) -> Result<u8, CommandError> {
    let mut text = format!("run {id}\n");
    if let Ok(request) = workspace.store.request(id) {
        text.push_str(&format!(
            "asked {} by {}\n",
            runs::ago(request.asked_at),
            request.trigger.as_str()
        ));
    }
    for line in workspace.store.read_log(id) {
        let fields: Vec<String> = line
            .fields
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        text.push_str(&escape::line(&format!(
            "{}  {}  {}",
            time(line.at),
            line.event,
            fields.join(" ")
        )));
        text.push('\n');
    }
    for answer in workspace.store.answers(id) {
        let words = format!(
            "{} on {}: {} after {:.1} s",
            answer.job,
            answer.backend,
            answer.ending.describe(),
            answer.elapsed.as_secs_f64()
        );
        text.push_str(&escape::line(&words));
        text.push('\n');
        if let Some(detail) = &answer.detail {
            for line in detail.lines() {
                text.push_str(&format!("    {}\n", escape::line(line)));
            }
        }
    }
    if let Ok(state) = workspace.store.state(id) {
        text.push_str(&format!(
            "{} {}\n",
            state.phase.as_str(),
            runs::ago(state.since)
        ));
    }
    output::stdout(&text)?;
    Ok(exit_code::CLEAN)
}

fn time(at: i64) -> String {
    jiff::Timestamp::from_second(at).map_or_else(|_| at.to_string(), |t| t.to_string())
}

fn raw(workspace: &Workspace, id: &RunId, agent: &str) -> Result<u8, CommandError> {
    let answers = workspace.store.answers(id);
    let Some(answer) = answers
        .iter()
        .find(|answer| answer.job.to_string() == agent)
    else {
        let names: Vec<String> = answers
            .iter()
            .map(|answer| answer.job.to_string())
            .collect();
        return Err(
            CommandError::usage(format!("run {} has no answer of `{agent}`", id.short())).hint(
                match names.is_empty() {
                    true => format!(
                        "no agent has answered in it; `git agents logs {}` shows what happened",
                        id.short()
                    ),
                    false => format!("it has answers of {}", names.join(", ")),
                },
            ),
        );
    };
    let dir = workspace.store.job_dir(id, &answer.job)?;
    for name in ["raw.out", "raw.err"] {
        let bytes = files::read_capped(&dir.join(name), RAW_BYTES).unwrap_or_default();
        output::stdout(&format!("--- {name}, {} bytes\n", bytes.len()))?;
        output::stdout(&escape::block(&String::from_utf8_lossy(&bytes)))?;
        output::stdout("\n")?;
    }
    Ok(exit_code::CLEAN)
}
