//! Who failed, who answered instead, and what mends it. Everything here is escaped for one line.

use super::wording::{agent_of, unique};
use crate::model::{AgentLine, Ending, Report};
use crate::text::escape::Untrusted;
use crate::text::plural::count;

/// `security: not logged in (claude) · answered by codex instead`; nothing
/// for a job that the first backend answered at once.
pub(super) fn trouble(line: &AgentLine) -> Option<String> {
    fate(line).map(|fate| format!("{}: {fate}", Untrusted(&line.name)))
}

/// The same without the job's name.
pub(super) fn fate(line: &AgentLine) -> Option<String> {
    let mut ends: Vec<String> = line
        .tried
        .iter()
        .map(|(backend, ending)| ended(backend, ending))
        .collect();
    if line.ending == Ending::Answered {
        if ends.is_empty() {
            return None;
        }
        ends.push(answered(line));
    } else {
        ends.push(ended(&line.backend, &line.ending));
        let last_words = line
            .detail
            .as_deref()
            .and_then(|d| d.lines().rev().find(|l| !l.trim().is_empty()));
        ends.extend(last_words.map(|words| super::layout::cut(words.trim(), 160)));
    }
    Some(ends.join(" · "))
}

/// Who answered after others had failed, or the same one in the end.
fn answered(line: &AgentLine) -> String {
    let was_same = line
        .tried
        .last()
        .is_some_and(|(backend, _)| *backend == line.backend);
    let was_split = line
        .tried
        .iter()
        .any(|(_, ending)| *ending == Ending::TooLong);
    match (was_same, was_split) {
        _ if line.is_stand_in() => "only offline rules stand in".to_owned(),
        (true, true) => "answered in smaller parts".to_owned(),
        (true, false) => format!("answered after {}", count(line.tried.len(), "more attempt")),
        (false, _) => format!("answered by {} instead", Untrusted(&line.backend)),
    }
}

fn ended(backend: &str, ending: &Ending) -> String {
    let what = super::layout::cut(&ending.describe(), 160);
    if backend.is_empty() {
        what
    } else {
        format!("{what} ({})", Untrusted(backend))
    }
}

/// Whether no agent answered for this job; the offline reviewer in the place of one is none.
pub(super) fn is_gap(line: &AgentLine) -> bool {
    line.ending != Ending::Answered || line.is_stand_in()
}

/// `security, retro: log in or renew the key: ...`, each advice once.
pub(super) fn advice(report: &Report) -> Vec<String> {
    let mut groups: Vec<(&str, Vec<&AgentLine>)> = Vec::new();
    for line in &report.agents {
        let Some(advice) = line.advice.as_deref() else {
            continue;
        };
        match groups.iter_mut().find(|(known, _)| *known == advice) {
            Some((_, lines)) => lines.push(line),
            None => groups.push((advice, vec![line])),
        }
    }
    let line = |(advice, lines): (&str, Vec<&AgentLine>)| {
        format!(
            "{}: {}",
            unique(lines.iter().map(|l| agent_of(&l.name))).join(", "),
            super::layout::cut(advice, 300)
        )
    };
    groups.into_iter().map(line).collect()
}
