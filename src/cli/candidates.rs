//! What may be typed for a value: runs, findings, agents, backends, settings and revisions.
//!
//! Promises: reads and starts nothing but git; outside of a repository, or where something cannot
//! be read, there is simply less to offer.

use std::ffi::OsStr;

use clap_complete::engine::{ArgValueCandidates, ArgValueCompleter, CompletionCandidate};

use super::status;
use crate::backends;
use crate::model::FindingRecord;
use crate::review::{self, Workspace};
use crate::settings;

/// Runs, findings and revisions offered at most: nobody reads a longer list.
const OFFERED: usize = 200;

/// The repository at hand, if there is one.
fn here() -> Option<Workspace> {
    super::here().ok()
}

fn candidate(word: &str, about: &str) -> CompletionCandidate {
    CompletionCandidate::new(word).help(Some(about.to_owned().into()))
}

/// Runs, the newest first, by the short ids that `status` shows.
pub(super) fn runs() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let Some(workspace) = here() else {
            return Vec::new();
        };
        let ids = workspace.store.run_ids();
        let ids = ids.iter().take(OFFERED).enumerate();
        ids.map(|(order, id)| {
            let about = status::what(&workspace, id);
            candidate(id.short(), &about).display_order(Some(order))
        })
        .collect()
    })
}

fn known(keep: impl Fn(&FindingRecord) -> bool) -> Vec<CompletionCandidate> {
    let Some(workspace) = here() else {
        return Vec::new();
    };
    let known = workspace.store.known_findings();
    let kept = known.iter().filter(|finding| keep(finding)).take(OFFERED);
    kept.map(|finding| {
        let about = format!(
            "{} {}:{} {}",
            finding.severity, finding.file, finding.line, finding.title
        );
        candidate(finding.id.short(), &about)
    })
    .collect()
}

/// Every known finding.
pub(super) fn findings() -> ArgValueCandidates {
    ArgValueCandidates::new(|| known(|_| true))
}

/// Findings that can be dismissed.
pub(super) fn open_findings() -> ArgValueCandidates {
    ArgValueCandidates::new(|| known(|finding| finding.status.is_open()))
}

/// Findings that can be reopened.
pub(super) fn closed_findings() -> ArgValueCandidates {
    ArgValueCandidates::new(|| known(|finding| !finding.status.is_open()))
}

/// Agents in force.
pub(super) fn agents() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let Some(workspace) = here() else {
            return Vec::new();
        };
        let Ok(found) = review::definitions(&workspace) else {
            return Vec::new();
        };
        let agents = found.agents.iter();
        agents
            .map(|agent| candidate(agent.name.as_str(), &agent.description))
            .collect()
    })
}

/// Slash commands.
pub(super) fn commands() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let Some(workspace) = here() else {
            return Vec::new();
        };
        let found = review::commands(&workspace);
        let commands = found.ready.iter();
        commands
            .map(|command| candidate(command.name.as_str(), &command.definition.description))
            .collect()
    })
}

/// Backends by name, `auto` and `offline` too.
pub(super) fn backends() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let mut all = vec![
            candidate("auto", "the best of what is installed and logged in"),
            candidate("offline", "rules inside this program, without an account"),
        ];
        for adapter in backends::adapters() {
            let about = match adapter.program() {
                Some(program) => format!("the program `{program}`"),
                None if adapter.is_http() => "an HTTP API".to_owned(),
                None => "the program that agents.command names".to_owned(),
            };
            all.push(candidate(adapter.name(), &about));
        }
        all
    })
}

/// Keys of settings.
pub(super) fn keys() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let keys = settings::KEYS.iter();
        keys.map(|key| candidate(key.name, key.about)).collect()
    })
}

/// Revisions; after `..` or `...` the second one.
pub(super) fn revisions() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        let Some((typed, workspace)) = typed.to_str().zip(here()) else {
            return Vec::new();
        };
        let begin = typed.rfind("..").map_or(0, |at| at + 2);
        let (before, name) = typed.split_at(begin);
        let refs = workspace.repo.short_ref_names(OFFERED);
        let names = std::iter::once("HEAD".to_owned()).chain(refs);
        names
            .filter(|known| known.starts_with(name))
            .map(|known| CompletionCandidate::new(format!("{before}{known}")))
            .collect()
    })
}
