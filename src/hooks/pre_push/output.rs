//! What a person reads at a push, on standard error.

use std::io::Write;
use std::time::Duration;

use crate::model::{Finding, GatePolicy, ObjectId, Reason, Severity, Verdict};
use crate::report;
use crate::review::Workspace;
use crate::sys::terminal;
use crate::text::escape;
use crate::text::plural::count;

use super::Started;
use super::pushed_commits::PushedCommits;
use super::unreviewed::Unreviewed;
use crate::hooks::decision_log::{Bypass, GateRecord};

/// Findings printed.
const SHOWN: usize = 5;
/// Commits named.
const NAMED: usize = 5;

/// What is told of one push.
pub(super) struct Shown<'a> {
    pub(super) pushed: &'a PushedCommits,
    /// What was not reviewed beside commits.
    pub(super) others: &'a [Unreviewed],
    pub(super) findings: &'a [Finding],
    pub(super) verdict: &'a Verdict,
    pub(super) started: Started,
}

pub(super) fn tell(workspace: &Workspace, push: &Shown<'_>) {
    let Shown {
        pushed,
        others,
        findings,
        verdict,
        started,
    } = *push;
    let mut text = String::new();
    let bar = match workspace.settings.gate {
        GatePolicy::Hold(severity) => severity,
        GatePolicy::Off | GatePolicy::Warn => Severity::Low,
    };
    let shown: Vec<&Finding> = findings
        .iter()
        .filter(|finding| finding.severity >= bar)
        .collect();
    let how_many = count(shown.len(), "confirmed finding");
    if !shown.is_empty() {
        text.push_str(&match workspace.settings.gate {
            GatePolicy::Hold(_) => {
                format!("agents: push held: {how_many} at {bar} or above (agents.gate = {bar})\n")
            }
            GatePolicy::Off | GatePolicy::Warn => {
                format!("agents: {how_many} in what is pushed; it goes on (agents.gate = warn)\n")
            }
        });
    }
    for finding in shown.iter().take(SHOWN) {
        text.push_str(&row(finding));
    }
    if shown.len() > SHOWN {
        text.push_str(&format!(
            "  and {} more: `git agents findings`\n",
            shown.len() - SHOWN
        ));
    }
    text.push_str(&missing(pushed, started));
    for other in others {
        let other = escape::line(&other.to_string());
        text.push_str(&format!("agents: not reviewed: {other}\n"));
    }
    for reason in verdict.why.iter().filter(|_| verdict.held) {
        if let Reason::NotReviewed(what) = reason {
            text.push_str(&format!(
                "agents: push held: not reviewed: {}\n",
                escape::line(what)
            ));
        }
    }
    if verdict.held {
        text.push_str(&ways_on(shown.first().copied()));
    }
    say(&text);
}

/// Shown again and again on one line of a terminal.
pub(super) fn waiting(running: usize, left: Duration) {
    let reviews = count(running, "review");
    say(&format!(
        "\ragents: waiting for {reviews}, {} s at most \x1b[K",
        left.as_secs() + 1
    ));
}

/// Takes that line away.
pub(super) fn waited() {
    say("\r\x1b[K");
}

fn ways_on(first: Option<&Finding>) -> String {
    let first = match first {
        Some(finding) => {
            let id = finding.id.short();
            format!("fix it, commit, push again\n  git agents dismiss {id} --reason \"...\"")
        }
        None => "git agents wait    # then push again".to_owned(),
    };
    format!("agents: to go on, one of\n  {first}\n  git push --no-verify\n")
}

fn row(finding: &Finding) -> String {
    let place = escape::line(&format!("{}:{}", finding.path, finding.line_start));
    let title = escape::line(&finding.title);
    let why = finding.scenario.lines().next().unwrap_or("");
    let why = report::wrapped(why, 11, terminal::size().1.saturating_sub(1));
    let severity = finding.severity.as_str().to_uppercase();
    format!(
        "  {severity:<8} {place}  {title}  [{}]\n{why}",
        finding.id.short()
    )
}

fn missing(load: &PushedCommits, started: Started) -> String {
    let mut text = String::new();
    if let (Some(newest), Some(oldest)) = (load.unreviewed.first(), load.unreviewed.last()) {
        let names: Vec<&str> = load
            .unreviewed
            .iter()
            .take(NAMED)
            .map(ObjectId::short)
            .collect();
        let more = if load.unreviewed.len() > names.len() || load.more {
            ", ..."
        } else {
            ""
        };
        let plus = if load.more { " and more" } else { "" };
        let how_many = count(load.unreviewed.len(), "commit");
        text.push_str(&format!(
            "agents: not reviewed: {how_many}{plus} ({}{more})",
            names.join(", ")
        ));
        text.push_str(&match started {
            Started::Yes => "; a review has started in the background\n".to_owned(),
            Started::NotWanted => "; `git agents run` reviews (agents.auto = never)\n".to_owned(),
            Started::TooMany => {
                format!(
                    "; `git agents run {}..{}` reviews them\n",
                    oldest.short(),
                    newest.short()
                )
            }
        });
    }
    text.push_str(&waived(load));
    if !load.running.is_empty() {
        let how_many = count(load.running.len(), "review");
        text.push_str(&format!(
            "agents: not reviewed: {how_many} in work; `git agents wait`, then push again\n"
        ));
    }
    text
}

/// What nobody looked at because somebody said so: one line a reason.
fn waived(load: &PushedCommits) -> String {
    let mut reasons: Vec<&str> = load.waived.iter().map(|(_, why)| why.as_str()).collect();
    reasons.sort_unstable();
    reasons.dedup();
    let mut text = String::new();
    for why in reasons {
        let same = load
            .waived
            .iter()
            .filter(|(_, other)| other == why)
            .map(|(id, _)| id.short());
        let names: Vec<&str> = same.collect();
        let more = if names.len() > NAMED { ", ..." } else { "" };
        let how_many = count(names.len(), "commit");
        let shown = names[..names.len().min(NAMED)].join(", ");
        text.push_str(&format!(
            "agents: not reviewed: {how_many} ({shown}{more}): {}\n",
            escape::line(why)
        ));
    }
    text
}

/// Pushes that went past the gate, each told once.
pub(in crate::hooks) fn bypasses(untold: &[GateRecord]) {
    say(&bypasses_text(untold));
}

/// The same as text.
pub(in crate::hooks) fn bypasses_text(untold: &[GateRecord]) -> String {
    let mut text = String::new();
    for record in untold.iter().rev().take(NAMED) {
        let tips: Vec<&str> = record
            .tips
            .iter()
            .map(|tip| tip.get(..7).unwrap_or(tip))
            .collect();
        let how = match record.bypass {
            Some(Bypass::SwitchedOff) => "while the gate was switched off for one command",
            Some(Bypass::NoHook) => "without asking the gate (--no-verify or GIT_AGENTS=0)",
            None => "although the gate had held it (--no-verify)",
        };
        let remote = escape::line(&record.remote);
        let tips = tips.join(" ");
        text.push_str(&format!("agents: {tips} was pushed to {remote} {how}\n"));
    }
    if untold.len() > NAMED {
        let more = untold.len() - NAMED;
        text.push_str(&format!(
            "agents: and {more} more: `git agents gate --log`\n"
        ));
    }
    text
}

fn say(text: &str) {
    // A push must not fail because nobody reads what is said about it.
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
