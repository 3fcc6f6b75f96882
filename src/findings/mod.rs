//! Replies → findings: locate, introduced or older, fingerprint, merge,
//! agreement, known ones, rank; and what was read.
//!
//! Promises: pure and total, whatever the agents wrote; every proposal ends as
//! part of a finding or in `set_aside` with stage and reason; the words of a
//! reply are capped. Leaves decoding to `reply`, the decision about a push to `gate`,
//! escaping to `report`.

mod category;
mod coverage;
mod file_text;
mod fingerprint;
mod history;
mod locate;
mod merge;
mod path_forms;
mod presence;
mod quote;
mod quote_index;
mod similarity;
mod tier;

use std::collections::BTreeSet;

pub(crate) use fingerprint::fingerprint;
pub(crate) use history::{first_seen, update_known, visible};
pub(crate) use presence::{is_telling, occurrences, stands_in};

use crate::model::finding::FOLDED;
use crate::model::{
    AgentLine, AgentSkip, Change, CoverageReport, Ending, Finding, FindingId, FindingRecord, Fix,
    HunkId, JobId, Lesson, Proposal, Reply, RepoPath, ReportState, SetAside, Stage, Status, Tier,
};
use crate::text::plural::count;
use locate::{Locator, Source};
use merge::{Candidate, Group};
use similarity::cap;

/// Proposals of one job that are looked at; the rest is set aside.
const PROPOSALS_PER_JOB: usize = 200;
/// Lessons of one run.
const LESSONS: usize = 20;
/// Notes of one run.
const NOTES: usize = 100;
/// Characters of a title.
const TITLE_CHARS: usize = 100;
/// Characters of a scenario, of advice, of a replacement.
const PROSE_CHARS: usize = 8000;

/// Everything that a synthesis looks at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DeriveInput<'a> {
    /// The change that was reviewed.
    pub change: &'a Change,
    /// One entry for each job that was to run.
    pub results: &'a [JobResult],
    /// Agents that did not run.
    pub skipped_agents: &'a [AgentSkip],
    /// What the store remembers.
    pub known: &'a [FindingRecord],
    /// The repository's name for fingerprints.
    pub remote: &'a str,
}

/// What became of one job.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct JobResult {
    /// Whose.
    pub job: JobId,
    /// Who speaks: the agent's name, or `offline` for the embedded reviewer.
    pub reviewer: String,
    /// How it went.
    pub line: AgentLine,
    /// Hunks in its prompt.
    pub given: Vec<HunkId>,
    /// Whether its reading counts; false for candidates beside a real agent.
    pub counts_for_coverage: bool,
    /// What it said, also where it ended badly after saying it.
    pub reply: Option<Reply>,
}

/// The checked outcome of all replies.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FindingSet {
    /// Findings, ranked.
    pub findings: Vec<Finding>,
    /// Proposals that do not count.
    pub set_aside: Vec<SetAside>,
    /// Lessons proposed.
    pub lessons: Vec<Lesson>,
    /// What was read.
    pub coverage: CoverageReport,
    /// Clean, findings or incomplete.
    pub state: ReportState,
    /// Notes for people.
    pub notes: Vec<String>,
    /// Known open findings whose code is gone; see [`update_known`].
    pub gone: Vec<FindingId>,
}

/// Checks, merges and ranks what the agents said.
#[must_use]
pub(crate) fn derive_findings(input: &DeriveInput) -> FindingSet {
    let mut set_aside = Vec::new();
    let candidates = locate_all(input, &mut set_aside);
    let groups = merge::group(candidates);
    let mut memory = history::History::new(input.known, &groups);
    let mut findings: Vec<Finding> = groups
        .iter()
        .map(|g| finding(g, &mut memory, &mut set_aside))
        .collect();
    let mut notes = notes(input);
    fold(&mut findings, input.known, &mut notes);
    findings.sort_by(|a, b| rank(a).cmp(&rank(b)));
    let coverage = coverage::coverage(input.change, input.results);
    let read = coverage::ReadBy::of(&coverage, input.results);
    let gone = history::gone(input.change, input.known, &findings, &read);
    let state = state(input, &coverage, &findings);
    FindingSet {
        findings,
        set_aside,
        lessons: lessons(input.results),
        coverage,
        state,
        notes,
        gone,
    }
}

/// A fact that the program found outside of a review, as a finding.
#[must_use]
pub(crate) fn of_fact(remote: &str, fact: &Proposal) -> Finding {
    let path = RepoPath::from(fact.file.as_str());
    Finding {
        id: fingerprint(remote, &fact.category, &path, &fact.quote),
        tier: if fact.confidence >= tier::CONFIRMED {
            Tier::Confirmed
        } else {
            Tier::Maybe
        },
        status: Status::Open,
        title: cap(&fact.title, TITLE_CHARS),
        severity: fact.severity,
        confidence: fact.confidence,
        category: fact.category.clone(),
        agents: vec![merge::OFFLINE.to_owned()],
        fields: Vec::new(),
        path,
        line_start: fact.line_start,
        line_end: fact.line_end,
        on_removed: false,
        quote: fact.quote.clone(),
        introduced: true,
        scenario: cap(&fact.scenario, PROSE_CHARS),
        not_shown: None,
        fix: fact.fix.clone(),
        checks: vec!["found in what the push sends beside commits".to_owned()],
    }
}

fn locate_all<'a>(input: &DeriveInput<'a>, set_aside: &mut Vec<SetAside>) -> Vec<Candidate<'a>> {
    let replies = input.results.iter().filter_map(|r| r.reply.as_ref());
    let looked_at = replies.flat_map(|r| r.proposals.iter().take(PROPOSALS_PER_JOB));
    let mut locator = Locator::new(input.change, looked_at.map(|p| p.quote.as_str()));
    let mut candidates = Vec::new();
    let answered = input
        .results
        .iter()
        .enumerate()
        .filter_map(|(i, r)| r.reply.as_ref().map(|reply| (i, r, reply)));
    for (job, result, reply) in answered {
        let source = if result.reviewer == merge::OFFLINE {
            Source::Program
        } else {
            Source::Agent
        };
        let aside = |title: &str, stage, why: String| SetAside {
            title: cap(title, TITLE_CHARS),
            agent: result.reviewer.clone(),
            stage,
            why: cap(&why, TITLE_CHARS * 4),
        };
        set_aside.extend(
            reply
                .rejected
                .iter()
                .map(|(what, why)| aside(what, Stage::Decode, why.clone())),
        );
        for (index, proposal) in reply.proposals.iter().enumerate() {
            if index >= PROPOSALS_PER_JOB {
                let why = format!("over the limit of {PROPOSALS_PER_JOB} findings from one job");
                set_aside.push(aside(&proposal.title, Stage::Decode, why));
                continue;
            }
            match locator.locate(proposal, source) {
                Err(why) => set_aside.push(aside(&proposal.title, Stage::Locate, why)),
                Ok(place) => {
                    let print =
                        |path| fingerprint(input.remote, &proposal.category, path, &place.window);
                    let (id, old_id) = (print(&place.path), place.old_path.as_ref().map(print));
                    let (reviewer, field) = (result.reviewer.as_str(), &result.job.agent);
                    let perspective = result.job.perspective;
                    candidates.push(Candidate {
                        proposal,
                        place,
                        id,
                        old_id,
                        reviewer,
                        field,
                        perspective,
                        job,
                    });
                }
            }
        }
    }
    candidates
}

fn finding(group: &Group, memory: &mut history::History, set_aside: &mut Vec<SetAside>) -> Finding {
    let (id, status) = memory.recognise(group);
    let first = group.first();
    let proposal = first.proposal;
    let introduced = group.members.iter().any(|m| m.place.introduced);
    let confidence = group.confidence();
    let judged = tier::judge(group, introduced);
    // What is told as the missing step is not said twice.
    let scenario = match &judged.not_shown {
        Some(_) => tier::split(&proposal.scenario).0,
        None => proposal.scenario.clone(),
    };
    let mut checks = first.place.checks.clone();
    if group.voices() > 1 {
        checks.push(format!("{} reviewers agree", group.voices()));
    }
    let title = if proposal.title.trim().is_empty() {
        "untitled finding"
    } else {
        &proposal.title
    };
    set_aside.extend(group.members.iter().skip(1).map(|m| SetAside {
        title: cap(&m.proposal.title, TITLE_CHARS),
        agent: m.reviewer.to_owned(),
        stage: Stage::Merge,
        why: format!("merged into {}", id.short()),
    }));
    Finding {
        id,
        tier: judged.tier,
        status,
        title: cap(title, TITLE_CHARS),
        severity: group.severity(),
        confidence,
        category: cap(&proposal.category, TITLE_CHARS),
        agents: group.agents(),
        fields: group.fields(),
        path: first.place.path.clone(),
        line_start: first.place.line_start,
        line_end: first.place.line_end,
        on_removed: first.place.on_removed,
        quote: first.place.quote.clone(),
        introduced,
        scenario: cap(&scenario, PROSE_CHARS),
        not_shown: judged.not_shown,
        fix: proposal.fix.as_ref().map(|f| Fix {
            advice: cap(&f.advice, PROSE_CHARS),
            replacement: f.replacement.as_ref().map(|r| cap(r, PROSE_CHARS)),
        }),
        checks,
    }
}

/// From the third round on, what is neither high nor back again is folded away.
fn fold(findings: &mut [Finding], known: &[FindingRecord], notes: &mut Vec<String>) {
    let round = history::round(findings, known);
    let mut folded = 0usize;
    for finding in findings
        .iter_mut()
        .filter(|f| f.counts() && !visible(f, round))
    {
        finding.checks.push(format!(
            "{FOLDED}below high in round {round} of reviews of this work"
        ));
        folded += 1;
    }
    if folded > 0 {
        notes.push(format!(
            "round {round} on this work: {} below high folded away",
            count(folded, "finding")
        ));
    }
}

/// Ascending: what needs doing first.
fn rank(finding: &Finding) -> impl Ord + '_ {
    use std::cmp::Reverse;
    let settled = match finding.status {
        Status::Open | Status::Regressed => false,
        Status::Fixed | Status::Dismissed => true,
    };
    let weight = (
        Reverse(finding.severity),
        Reverse(finding.confidence),
        Reverse(finding.agents.len()),
    );
    (
        settled,
        !finding.introduced,
        finding.tier,
        weight,
        &finding.path,
        finding.line_start,
        &finding.id,
    )
}

fn state(input: &DeriveInput, coverage: &CoverageReport, findings: &[Finding]) -> ReportState {
    let gap = !coverage.not_reviewed.is_empty()
        || coverage.skipped.iter().any(|s| s.reason.is_gap())
        || input.skipped_agents.iter().any(|a| a.is_gap)
        || input
            .results
            .iter()
            .any(|r| r.line.ending != Ending::Answered);
    if gap {
        ReportState::Incomplete
    } else if findings.iter().any(|f| f.counts() || f.is_likely()) {
        ReportState::Findings
    } else {
        ReportState::Clean
    }
}

fn notes(input: &DeriveInput) -> Vec<String> {
    let skipped = not_run(input.skipped_agents);
    let said = input
        .results
        .iter()
        .filter_map(|r| r.reply.as_ref())
        .flat_map(|r| r.notes.iter().cloned());
    let mut seen = BTreeSet::new();
    let all = skipped
        .into_iter()
        .chain(said)
        .map(|n| cap(&n, TITLE_CHARS * 4));
    all.filter(|n| seen.insert(n.clone())).take(NOTES).collect()
}

/// A gap is told agent by agent; those that had nothing to do, once for each reason.
fn not_run(skipped: &[AgentSkip]) -> Vec<String> {
    let mut groups: Vec<(Vec<&str>, &str, bool)> = Vec::new();
    for agent in skipped {
        match groups
            .iter_mut()
            .find(|(_, why, is_gap)| !is_gap && !agent.is_gap && *why == agent.why)
        {
            Some((names, ..)) => names.push(agent.name.as_str()),
            None => groups.push((vec![agent.name.as_str()], &agent.why, agent.is_gap)),
        }
    }
    groups
        .iter()
        .map(|(names, why, _)| format!("{} did not run: {why}", names.join(", ")))
        .collect()
}

fn lessons(results: &[JobResult]) -> Vec<Lesson> {
    let mut lessons: Vec<Lesson> = Vec::new();
    for lesson in results
        .iter()
        .filter_map(|r| r.reply.as_ref())
        .flat_map(|r| &r.lessons)
    {
        let again = lessons.iter().any(|l| {
            l.path() == lesson.path() || similarity::similar_titles(&l.title, &lesson.title)
        });
        if !again && lessons.len() < LESSONS {
            let title = cap(&lesson.title, TITLE_CHARS);
            lessons.push(Lesson {
                title,
                body: cap(&lesson.body, PROSE_CHARS * 4),
                ..lesson.clone()
            });
        }
    }
    lessons
}

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod tests;
