//! The pre-push gate: which commits are to be pushed, what their reviews say,
//! and the decision. Faults of ours pass, with a line that says so.

mod output;
mod pushed_commits;

use std::collections::BTreeMap;
use std::io::Read;
use std::time::{Duration, Instant};

use crate::gate;
use crate::git::{GitError, Repo};
use crate::model::{
    Auto, Finding, FindingId, GatePolicy, ObjectId, ReportState, RunId, Tier, Trigger, Verdict,
};
use crate::review::{ChangeReuse, PipelineError, Workspace};
use crate::sys::terminal;

use super::commit_ranges;
use super::commit_ranges::CommitRange;
use super::git_dirs::GitDirs;
use super::{decision_log, launch};
use pushed_commits::PushedCommits;

/// Standard input of the hook: one line a ref.
const INPUT_BYTES: u64 = 16 << 20;
/// Bytes of a file that is read to see whether a finding still stands.
const FILE_BYTES: u64 = 4 << 20;
/// Wait without a terminal, whatever is set.
const WAIT_CAPTURED: Duration = Duration::from_secs(5);
/// How often running reviews are looked at.
const LOOK: Duration = Duration::from_millis(100);
/// Commits that nobody reviewed for which a push starts reviews; a whole
/// history is for the person to ask for.
const STARTED: usize = 50;

/// A ref to be pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PushedRef {
    /// Name here.
    pub local: String,
    /// Its commit or tag here.
    pub id: ObjectId,
    /// What the remote has; none for a new one.
    pub remote: Option<ObjectId>,
}

/// Reads git's lines; deletions and malformed lines are left out.
#[must_use]
pub(crate) fn parse(input: &str) -> Vec<PushedRef> {
    let one = |line: &str| {
        let mut words = line.split(' ');
        let (local, id, _, remote) = (words.next()?, words.next()?, words.next()?, words.next()?);
        let id = ObjectId::parse(id).filter(|id| !id.is_zero())?;
        let remote = ObjectId::parse(remote).filter(|id| !id.is_zero());
        Some(PushedRef {
            local: local.to_owned(),
            id,
            remote,
        })
    };
    input.lines().filter_map(one).collect()
}

/// The hook: returns the exit code.
///
/// # Errors
/// What of ours failed; the push passes.
pub(super) fn hook(
    workspace: &Workspace,
    place: &GitDirs,
    remote: &str,
    from: &mut dyn Read,
) -> Result<u8, PipelineError> {
    let mut input = String::new();
    let read = from.take(INPUT_BYTES).read_to_string(&mut input);
    let refs = parse(&input);
    if read.is_err() || refs.is_empty() || workspace.settings.gate == GatePolicy::Off {
        return Ok(0);
    }
    decision_log::note_overrides(workspace);
    decide(workspace, place, remote, &refs).map(|verdict| u8::from(verdict.held))
}

pub(super) fn decide(
    workspace: &Workspace,
    place: &GitDirs,
    remote: &str,
    refs: &[PushedRef],
) -> Result<Verdict, PipelineError> {
    let tips = workspace.repo.commits_among(
        &refs
            .iter()
            .map(|pushed| pushed.id.clone())
            .collect::<Vec<_>>(),
    )?;
    let mut load = pushed_commits::look(workspace, remote, refs, &tips)?;
    if !load.running.is_empty() {
        wait(workspace, &load.running);
        load = pushed_commits::look(workspace, remote, refs, &tips)?;
    }
    let findings = standing(workspace, &load, &tips)?;
    let settings = &workspace.settings;
    let verdict = gate::decide(
        &findings,
        &unread(&load),
        settings.gate,
        settings.gate_unreviewed_holds,
    );
    let started = start_missing(workspace, place, &load)?;
    output::tell(workspace, &load, &findings, &verdict, started);
    decision_log::append(workspace, remote, &tips, &verdict);
    Ok(verdict)
}

/// Waits for running reviews, with a line that says so.
fn wait(workspace: &Workspace, running: &[RunId]) {
    let terminal = terminal::stderr_is_terminal();
    let limit = if terminal {
        workspace.settings.gate_wait
    } else {
        workspace.settings.gate_wait.min(WAIT_CAPTURED)
    };
    let deadline = Instant::now() + limit;
    while running.iter().any(|run| workspace.store.is_unfinished(run)) && Instant::now() < deadline
    {
        if terminal {
            output::waiting(
                running.len(),
                deadline.saturating_duration_since(Instant::now()),
            );
        }
        std::thread::sleep(LOOK);
    }
    if terminal {
        output::waited();
    }
}

/// Confirmed findings of all reviews whose quote still stands in what is pushed:
/// what one commit brings and a later one takes away is no news to the remote.
fn standing(
    workspace: &Workspace,
    load: &PushedCommits,
    tips: &[ObjectId],
) -> Result<Vec<Finding>, GitError> {
    let known = workspace.store.known_findings();
    let mut found: BTreeMap<FindingId, Finding> = BTreeMap::new();
    for finding in load.reports.values().flat_map(|report| &report.findings) {
        if finding.tier != Tier::Confirmed || !finding.introduced {
            continue;
        }
        let mut finding = finding.clone();
        if let Some(now) = known.iter().find(|k| k.id == finding.id) {
            finding.status = now.status;
        }
        let mut stands = false;
        for tip in tips {
            stands = stands || still_stands(&workspace.repo, tip, &finding)?;
        }
        if stands && finding.status.is_open() {
            found.insert(finding.id.clone(), finding);
        }
    }
    let mut findings: Vec<Finding> = found.into_values().collect();
    findings.sort_by(|a, b| {
        b.severity
            .cmp(&a.severity)
            .then_with(|| a.path.cmp(&b.path))
    });
    Ok(findings)
}

/// Whether the finding's lines are in the file at this commit. A masked secret
/// stands in the history that is pushed whatever the last commit says, and
/// removed lines cannot be looked for.
fn still_stands(repo: &Repo, tip: &ObjectId, finding: &Finding) -> Result<bool, GitError> {
    if finding.on_removed || finding.quote.contains("[redacted:") {
        return Ok(true);
    }
    let Some(bytes) = repo.read_blob(tip, &finding.path, FILE_BYTES)? else {
        return Ok(false);
    };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    Ok(finding
        .quote
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .all(|line| lines.contains(&line)))
}

/// What was not reviewed, in words.
fn unread(load: &PushedCommits) -> Vec<String> {
    let mut unread: Vec<String> = load
        .unreviewed
        .iter()
        .map(|id| id.short().to_owned())
        .collect();
    unread.extend(
        load.waived
            .iter()
            .map(|(id, why)| format!("{} ({why})", id.short())),
    );
    unread.extend(
        load.running
            .iter()
            .map(|run| format!("run {run} is not done")),
    );
    if load.more {
        unread.push(format!(
            "everything before the newest {} commits",
            pushed_commits::COMMITS
        ));
    }
    let gaps = load
        .reports
        .values()
        .filter(|report| report.state == ReportState::Incomplete);
    unread.extend(gaps.map(|report| format!("parts of {}", report.target.label())));
    unread
}

/// Whether reviews of what nobody has reviewed were started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Started {
    /// In the background.
    Yes,
    /// `agents.auto` is `never`.
    NotWanted,
    /// More than a push starts.
    TooMany,
}

/// Starts reviews in the background for the commits nobody has reviewed.
fn start_missing(
    workspace: &Workspace,
    place: &GitDirs,
    load: &PushedCommits,
) -> Result<Started, PipelineError> {
    if workspace.settings.auto == Auto::Never {
        return Ok(Started::NotWanted);
    }
    if load.unreviewed.len() > STARTED || load.more {
        return Ok(Started::TooMany);
    }
    let oldest_first: Vec<ObjectId> = load.unreviewed.iter().rev().cloned().collect();
    let segments = commit_ranges::of(workspace, &oldest_first)?;
    if segments.is_empty() {
        return Ok(Started::Yes);
    }
    let carrier = ChangeReuse::new(workspace)?;
    for CommitRange { target, commits } in segments {
        let run = launch::request(&workspace.store, place, Trigger::PrePush, target)?;
        for commit in &commits {
            carrier.claim(commit, &run)?;
        }
    }
    Ok(Started::Yes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "1111111111111111111111111111111111111111";
    const ZERO: &str = "0000000000000000000000000000000000000000";

    #[test]
    fn a_new_branch_a_deletion_and_noise_are_told_apart() {
        let input = format!(
            "refs/heads/x {A} refs/heads/x {ZERO}\n(delete) {ZERO} refs/heads/y {A}\nHEAD {A} refs/heads/z {A}\nnoise\n"
        );
        let id = ObjectId::parse(A).expect("a literal id");
        let one = PushedRef {
            local: "refs/heads/x".into(),
            id: id.clone(),
            remote: None,
        };
        let two = PushedRef {
            local: "HEAD".into(),
            id: id.clone(),
            remote: Some(id),
        };
        assert_eq!(parse(&input), vec![one, two]);
    }

    #[test]
    fn sha256_ids_are_read() {
        let (id, zero) = ("a".repeat(64), "0".repeat(64));
        let refs = parse(&format!("refs/heads/x {id} refs/heads/x {zero}\n"));
        assert_eq!(refs.len(), 1);
        assert_eq!(refs[0].remote, None);
    }
}
