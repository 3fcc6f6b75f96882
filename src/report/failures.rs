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
    let attempts = attempts(line);
    if line.ending != Ending::Answered {
        let parts = std::iter::once(attempts).chain(last_words(line));
        return Some(parts.collect::<Vec<_>>().join(" · "));
    }
    if line.tried.is_empty() {
        return None;
    }
    Some(format!("{attempts} · {}", answered(line)))
}

/// How each attempt that failed ended; those that ended alike are told once, with their number.
fn attempts(line: &AgentLine) -> String {
    let last = (line.ending != Ending::Answered).then_some((&line.backend, &line.ending));
    let tried = line.tried.iter().map(|(backend, ending)| (backend, ending));
    let mut groups: Vec<(&String, &Ending, usize)> = Vec::new();
    for (backend, ending) in tried.chain(last) {
        // the times to wait differ from attempt to attempt, and the last one counts
        let alike = |known: &&mut (&String, &Ending, usize)| {
            known.0 == backend && known.1.as_str() == ending.as_str()
        };
        match groups.iter_mut().find(alike) {
            Some(group) => *group = (backend, ending, group.2 + 1),
            None => groups.push((backend, ending, 1)),
        }
    }
    let told = |(backend, ending, times): &(&String, &Ending, usize)| {
        let what = ended(backend, ending);
        match times {
            1 => what,
            times => format!("{what}, {times} times"),
        }
    };
    groups.iter().map(told).collect::<Vec<_>>().join(" · ")
}

/// What the program wrote last before it failed.
fn last_words(line: &AgentLine) -> Option<String> {
    let detail = line.detail.as_deref()?;
    let words = detail.lines().rev().find(|l| !l.trim().is_empty())?;
    Some(super::layout::cut(words.trim(), 160))
}

/// Jobs that failed, those that failed alike on one line: their names, what happened, and the last
/// words of the first one that left any.
pub(super) fn failed(report: &Report) -> Vec<String> {
    struct Group {
        names: Vec<String>,
        fate: String,
        words: Option<String>,
    }
    let mut groups: Vec<Group> = Vec::new();
    for line in report.agents.iter().filter(|line| is_gap(line)) {
        let name = Untrusted(&line.name).to_string();
        let (fate, words) = match line.ending {
            Ending::Answered => (fate(line).unwrap_or_default(), None),
            _ => (attempts(line), last_words(line)),
        };
        match groups.iter_mut().find(|group| group.fate == fate) {
            Some(group) => {
                group.names.push(name);
                group.words = group.words.take().or(words);
            }
            None => groups.push(Group {
                names: vec![name],
                fate,
                words,
            }),
        }
    }
    let line = |group: &Group| {
        let words = group.words.as_ref().map(|words| format!(" · {words}"));
        format!(
            "{}: {}{}",
            group.names.join(", "),
            group.fate,
            words.unwrap_or_default()
        )
    };
    groups.iter().map(line).collect()
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
