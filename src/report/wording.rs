//! What a report says, in words; the formats share it. Everything here is escaped for one line.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::model::report::OFFLINE;
use crate::model::{
    DependencyChange, Ending, Finding, LockFileChange, Reason, Report, ReportState, Severity,
    Spending, TargetKind, VersionChange,
};
use crate::text::escape::Untrusted;
use crate::text::plural::count;

use super::failures::failed;
pub(super) use super::failures::{advice, is_gap, trouble};
pub(super) use super::left_out::left_out;
use super::left_out::spared;

/// Names shown of one kind before the rest is only counted.
const SHOWN: usize = 3;

/// `0.4 s`, `41 s`, `2 min 5 s`.
pub(super) fn duration(time: Duration) -> String {
    match time.as_secs() {
        0 => format!("{}.{} s", 0, time.subsec_millis() / 100),
        seconds @ 1..=119 => format!("{seconds} s"),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

/// The heading's parts.
pub(super) struct Summary {
    /// `agents: 3f2c1ab "cache the price table":`
    pub(super) name: String,
    /// `INCOMPLETE`, or empty.
    pub(super) alarm: &'static str,
    /// `2 findings, 1 high`, `clean`, or empty.
    pub(super) result: String,
    /// `(security performance retro · 41 s · 3/3 files read)`
    pub(super) details: String,
}

impl Summary {
    /// `INCOMPLETE, 2 findings, 1 high`
    pub(super) fn state(&self) -> String {
        let parts = [self.alarm, &self.result];
        parts
            .into_iter()
            .filter(|p| !p.is_empty())
            .collect::<Vec<_>>()
            .join(", ")
    }
}

pub(super) fn summary(report: &Report) -> Summary {
    let label = report.target.label();
    let subject = super::layout::cut(&report.target.subject, 60);
    let name = match report.target.kind {
        TargetKind::Commit | TargetKind::Range if !subject.is_empty() => {
            format!("agents: {label} \"{subject}\":")
        }
        _ => format!("agents: {label}:"),
    };
    let counting: Vec<&Finding> = report.findings.iter().filter(|f| f.counts()).collect();
    let likely = report.findings.iter().filter(|f| f.is_likely()).count();
    let (alarm, result) = match report.state {
        ReportState::Incomplete if counting.is_empty() && likely == 0 => {
            ("INCOMPLETE", String::new())
        }
        ReportState::Incomplete => ("INCOMPLETE", totals(&counting, likely)),
        ReportState::Findings => ("", totals(&counting, likely)),
        ReportState::Clean => match report.coverage.nothing {
            Some(nothing) => ("", format!("nothing to review: {}", nothing.describe())),
            None => ("", "clean".to_owned()),
        },
    };
    Summary {
        name,
        alarm,
        result,
        details: details(report),
    }
}

fn totals(findings: &[&Finding], likely: usize) -> String {
    let mut parts = Vec::new();
    if !findings.is_empty() || likely == 0 {
        parts.push(count(findings.len(), "finding"));
    }
    for severity in [Severity::Critical, Severity::High] {
        let of_it = findings.iter().filter(|f| f.severity == severity).count();
        if of_it > 0 {
            parts.push(format!("{of_it} {severity}"));
        }
    }
    if likely > 0 {
        parts.push(format!("{likely} likely"));
    }
    parts.join(", ")
}

fn details(report: &Report) -> String {
    let answered = || {
        report
            .agents
            .iter()
            .filter(|a| a.ending == Ending::Answered)
    };
    let mut parts = Vec::new();
    let names = unique(answered().map(|a| agent_of(&a.name)));
    if !names.is_empty() {
        parts.push(names.join(" "));
    }
    let offline = unique(
        answered()
            .filter(|a| a.backend == OFFLINE)
            .map(|a| agent_of(&a.name)),
    );
    if !names.is_empty() && answered().all(|a| a.backend == OFFLINE) {
        parts.push("offline rules only".to_owned());
    } else if offline.iter().any(|n| n != OFFLINE) {
        let replaced: Vec<&str> = offline
            .iter()
            .map(String::as_str)
            .filter(|n| *n != OFFLINE)
            .collect();
        parts.push(format!("{} by offline rules", replaced.join(" ")));
    }
    parts.push(duration(report.elapsed));
    let coverage = &report.coverage;
    parts.push(match coverage.files {
        0 => "no text to read".to_owned(),
        1 => format!("{}/1 file read", coverage.files_read),
        files => format!("{}/{files} files read", coverage.files_read),
    });
    parts.extend(spared(report));
    parts.extend(spent(report).money());
    format!("({})", parts.join(" · "))
}

/// What the whole review cost.
fn spent(report: &Report) -> Spending {
    let mut all = Spending::default();
    report.agents.iter().for_each(|line| all.add(&line.spent()));
    all
}

/// Stands in coverage where no agent was to read a hunk.
const NOBODY: &str = "any agent";

pub(super) fn unique<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    names
        .filter(|n| seen.insert(*n))
        .map(|n| Untrusted(n).to_string())
        .collect()
}

/// The agent of a job's name: `retro-fresh.2` → `retro`.
pub(super) fn agent_of(job: &str) -> &str {
    let name = job.split_once('.').map_or(job, |(name, _)| name);
    name.strip_suffix("-fresh").unwrap_or(name)
}

/// What `git agents run` takes to mean this target again, with its leading space.
fn run_argument(report: &Report) -> String {
    match (report.target.kind, &report.target.head) {
        (TargetKind::Commit | TargetKind::Range, Some(_)) => format!(" {}", report.target.label()),
        (TargetKind::Staged, _) => " --staged".to_owned(),
        (TargetKind::Worktree | TargetKind::Commit | TargetKind::Range, _) => {
            " --worktree".to_owned()
        }
    }
}

/// The command that shows this report again.
pub(super) fn report_command(report: &Report) -> String {
    match (report.target.kind, &report.target.head) {
        (TargetKind::Commit | TargetKind::Range, Some(_)) => {
            format!("git agents report {}", report.target.label())
        }
        _ => format!("git agents report --run {}", report.run.short()),
    }
}

/// What was not reviewed, a line each: jobs that failed, those alike together, agents that did
/// not run, hunks nobody echoed, files that are a gap.
pub(super) fn gaps(report: &Report, all: bool) -> Vec<String> {
    let mut lines = failed(report);
    lines.extend(unread(report, all));
    let skipped: Vec<_> = report
        .coverage
        .skipped
        .iter()
        .filter(|s| s.reason.is_gap())
        .collect();
    let shown = if all { skipped.len() } else { SHOWN * 2 };
    let line = |s: &&crate::model::Skipped| {
        format!(
            "{}: {}",
            Untrusted(&s.path.to_text()),
            super::layout::cut(&s.reason.describe(), 160)
        )
    };
    lines.extend(skipped.iter().take(shown).map(line));
    if skipped.len() > shown {
        lines.push(format!("and {}", count(skipped.len() - shown, "more file")));
    }
    lines
}

/// Whether every job of this agent failed, which tells already that it read nothing.
fn is_silent(report: &Report, agent: &str) -> bool {
    let chunk = |name: &str| {
        name.strip_prefix(agent)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let mut jobs = report
        .agents
        .iter()
        .filter(|line| chunk(&line.name))
        .peekable();
    jobs.peek().is_some() && jobs.all(is_gap)
}

fn unread(report: &Report, all: bool) -> Vec<String> {
    let mut agents: BTreeMap<&str, BTreeMap<&str, Vec<String>>> = BTreeMap::new();
    for entry in report
        .coverage
        .not_reviewed
        .iter()
        .filter(|n| all || !is_silent(report, &n.agent))
    {
        agents
            .entry(&entry.agent)
            .or_default()
            .entry(&entry.file)
            .or_default()
            .push(entry.hunk.to_string());
    }
    let shown = if all { usize::MAX } else { SHOWN };
    let line = |(agent, files): (&str, BTreeMap<&str, Vec<String>>)| {
        let file = |(file, hunks): (&&str, &Vec<String>)| {
            format!("{} ({})", Untrusted(file), few(hunks, shown))
        };
        let mut names: Vec<String> = files.iter().take(shown).map(file).collect();
        if files.len() > shown {
            names.push(count(files.len() - shown, "more file"));
        }
        let names = names.join(", ");
        let hunks = files.values().map(Vec::len).sum::<usize>();
        if !all && hunks == report.coverage.hunks && hunks > SHOWN && agent != NOBODY {
            let (hunks, files) = (count(hunks, "hunk"), count(files.len(), "file"));
            return format!("{} read none of {hunks} in {files}", Untrusted(agent));
        }
        match agent {
            NOBODY => format!("no agent read {names}"),
            agent => format!("{} did not read {names}", Untrusted(agent)),
        }
    };
    agents.into_iter().map(line).collect()
}

fn few(names: &[String], shown: usize) -> String {
    let more = names.len().saturating_sub(shown);
    let mut text = names
        .iter()
        .take(shown)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

/// Commands that may close the gaps; none where only files are too much to read.
pub(super) fn remedies(report: &Report) -> Vec<(&'static str, String)> {
    let failed = report
        .agents
        .iter()
        .filter(|a| is_gap(a))
        .map(|a| agent_of(&a.name));
    let unread = report
        .coverage
        .not_reviewed
        .iter()
        .map(|n| n.agent.as_str())
        .filter(|a| *a != NOBODY);
    let names = unique(failed.chain(unread.map(agent_of)));
    if names.is_empty() && report.coverage.not_reviewed.is_empty() {
        return Vec::new();
    }
    let again = format!("git agents retry {}", report.run.short());
    vec![
        ("again:             ", again),
        ("in the foreground: ", run_command(report, &names)),
    ]
}

/// `git agents run` for the agents that left something unread, as it was asked for.
fn run_command(report: &Report, names: &[String]) -> String {
    let asked = &report.asked;
    let mut words = vec![format!("git agents run{}", run_argument(report))];
    let mut option = |name: &str, value: &str| {
        words.push(name.to_owned());
        words.push(shell_words::quote(value).into_owned());
    };
    let agents = if names.is_empty() {
        &asked.agents
    } else {
        names
    };
    // the one agent that a slash command makes has no name that could be asked for
    if !agents.is_empty() && (asked.command.is_empty() || !asked.agents.is_empty()) {
        option("--agents", &agents.join(","));
    }
    if let Some(backend) = &asked.backend {
        option("--backend", backend);
    }
    if let Some(bar) = asked.fail_on {
        option("--fail-on", bar.as_str());
    }
    if let Some((name, arguments)) = asked.command.split_first() {
        option("--command", name);
        if !arguments.is_empty() {
            words.push("--".to_owned());
            let quoted = arguments
                .iter()
                .map(|word| shell_words::quote(word).into_owned());
            words.extend(quoted);
        }
    }
    Untrusted(&words.join(" ")).to_string()
}

/// `Cargo.lock: 2 added, 1 moved, 1 from outside the registry`
pub(super) fn lock_file(lock: &LockFileChange) -> String {
    let number =
        |kind: fn(&VersionChange) -> bool| lock.changes.iter().filter(|c| kind(&c.version)).count();
    let counts = [
        (number(|v| matches!(v, VersionChange::Added(_))), "added"),
        (
            number(|v| matches!(v, VersionChange::Removed(_))),
            "removed",
        ),
        (
            number(|v| matches!(v, VersionChange::Moved { .. })),
            "moved",
        ),
        (
            number(|v| matches!(v, VersionChange::SourceChanged(_))),
            "with another source",
        ),
        (
            lock.changes.iter().filter(|c| c.foreign_source).count(),
            "from outside the registry",
        ),
    ];
    let mut parts: Vec<String> = counts
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, what)| format!("{n} {what}"))
        .collect();
    if let Some(why) = &lock.incomplete {
        parts.push(format!(
            "summary incomplete: {}",
            super::layout::cut(why, 160)
        ));
    }
    if parts.is_empty() {
        parts.push("no dependency changed".to_owned());
    }
    format!("{}: {}", Untrusted(&lock.path.to_text()), parts.join(", "))
}

/// `serde 1.0.1 → 1.0.2`, `left-pad 1.3.0 added (git+https://...)`
pub(super) fn dependency(change: &DependencyChange) -> String {
    let what = match &change.version {
        VersionChange::Added(to) => format!("{} added", Untrusted(to)),
        VersionChange::Removed(from) => format!("{} removed", Untrusted(from)),
        VersionChange::Moved { from, to } => format!("{} → {}", Untrusted(from), Untrusted(to)),
        VersionChange::SourceChanged(at) => format!("{}: another source", Untrusted(at)),
    };
    let source = change.source.as_ref().filter(|_| change.foreign_source);
    let source = source
        .map(|s| format!(" ({})", Untrusted(s)))
        .unwrap_or_default();
    format!("{} {what}{source}", Untrusted(&change.name))
}

/// `push would be held by 1 finding (agents.gate = high)`
pub(super) fn verdict(report: &Report) -> Option<String> {
    if !report.verdict.held {
        return None;
    }
    let findings = report
        .verdict
        .why
        .iter()
        .filter(|w| matches!(w, Reason::Finding(_)))
        .count();
    let unread = report.verdict.why.len() - findings;
    let mut parts = Vec::new();
    if findings > 0 {
        parts.push(format!(
            "by {} (agents.gate = {})",
            count(findings, "finding"),
            Untrusted(&report.verdict.gate)
        ));
    }
    if unread > 0 {
        parts.push("for what was not reviewed (agents.gate.unreviewed)".to_owned());
    }
    Some(format!("push would be held {}", parts.join(" and ")))
}

/// How notes begin that must not be missed.
const WARNING: &str = "warning: ";

/// Notes that must not be missed.
pub(super) fn warnings(report: &Report) -> Vec<String> {
    report
        .notes
        .iter()
        .filter(|note| note.starts_with(WARNING))
        .map(|note| Untrusted(note).to_string())
        .collect()
}

/// Notes for people, without those that an agent's own line already tells, and without warnings.
pub(super) fn notes(report: &Report) -> Vec<String> {
    let failed: Vec<String> = report
        .agents
        .iter()
        .filter(|a| a.ending != Ending::Answered)
        .map(|a| a.name.clone())
        .collect();
    let told = |note: &&String| {
        !note.starts_with(WARNING)
            && !failed
                .iter()
                .any(|name| note.starts_with(&format!("{name} did not run: ")))
    };
    report
        .notes
        .iter()
        .filter(told)
        .map(|n| Untrusted(n).to_string())
        .collect()
}

/// The findings of a report by how they are shown, each in rank order.
pub(super) struct Sections<'a> {
    pub(super) shown: Vec<&'a Finding>,
    pub(super) folded: Vec<&'a Finding>,
    pub(super) likely: Vec<&'a Finding>,
    pub(super) maybe: Vec<&'a Finding>,
    pub(super) older: Vec<&'a Finding>,
    pub(super) settled: Vec<&'a Finding>,
}

impl<'a> Sections<'a> {
    /// What holds a push is shown, folded or not.
    pub(super) fn of(report: &'a Report) -> Self {
        let mut sections = Self {
            shown: Vec::new(),
            likely: Vec::new(),
            folded: Vec::new(),
            maybe: Vec::new(),
            older: Vec::new(),
            settled: Vec::new(),
        };
        for finding in &report.findings {
            let holds = report
                .verdict
                .why
                .contains(&Reason::Finding(finding.id.clone()));
            let section = if !finding.status.is_open() {
                &mut sections.settled
            } else if !finding.introduced {
                &mut sections.older
            } else if finding.is_likely() {
                &mut sections.likely
            } else if !finding.counts() {
                &mut sections.maybe
            } else if finding.is_folded() && !holds {
                &mut sections.folded
            } else {
                &mut sections.shown
            };
            section.push(finding);
        }
        sections
    }

    /// Counts of what is not shown, a phrase each.
    pub(super) fn hidden(&self) -> Vec<String> {
        let phrases = [
            (
                self.folded.len(),
                "below high, known from earlier rounds or new in a late one",
            ),
            (self.maybe.len(), "maybe"),
            (self.older.len(), "older, not from this change"),
            (self.settled.len(), "dismissed or fixed"),
        ];
        phrases
            .into_iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, what)| format!("{n} {what}"))
            .collect()
    }
}

/// The shortest prefix, of at least four digits, that no other finding of the report has.
pub(super) fn short_id<'f>(report: &Report, finding: &'f Finding) -> &'f str {
    let id = finding.id.as_str();
    let others: Vec<&str> = report
        .findings
        .iter()
        .map(|f| f.id.as_str())
        .filter(|other| *other != id)
        .collect();
    let length = (4..id.len()).find(|l| !others.iter().any(|other| other.starts_with(&id[..*l])));
    &id[..length.unwrap_or(id.len())]
}

/// `src/pricing.rs:88`, `src/a.rs:3-5`, `old/b.rs:7 (removed)`, escaped.
pub(super) fn place(finding: &Finding) -> String {
    let lines = match (finding.line_start, finding.line_end) {
        (0, _) => String::new(),
        (start, end) if end > start => format!(":{start}-{end}"),
        (start, _) => format!(":{start}"),
    };
    let removed = if finding.on_removed { " (removed)" } else { "" };
    format!("{}{lines}{removed}", Untrusted(&finding.path.to_text()))
}
