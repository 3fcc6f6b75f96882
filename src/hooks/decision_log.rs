//! The gate's decisions, one JSON object a line, bound to commit ids; and pushes that went round
//! the gate, which is a person's right, but never silent.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::pre_push::Remote;
use crate::git::GitError;
use crate::git::pushed::MovedBy;
use crate::model::{ObjectId, Reason, Trigger, Verdict};
use crate::review::Workspace;
use crate::sys::{clock, files};

/// Held pushes that are looked at again.
const OVERRIDES: usize = 20;
/// Bytes of the record that are read back.
const BYTES: u64 = 8 << 20;
/// Runs that are looked at for the time since which hooks have been at work.
const FIRST_RUNS: usize = 50;

/// How a push came past the gate without a decision of ours.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Bypass {
    /// No hook of ours ran: `--no-verify`, `GIT_AGENTS=0`, or a client without hooks.
    NoHook,
    /// The gate was switched off for one command.
    SwitchedOff,
}

/// One decision.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct GateRecord {
    /// Version of this record.
    pub version: u32,
    /// Seconds since the epoch.
    pub at: i64,
    /// The remote's name or URL as git gave it.
    pub remote: String,
    /// The remote's URL; empty in older records.
    #[serde(default)]
    pub url: String,
    /// Commits at the tips of what was pushed.
    pub tips: Vec<String>,
    /// The trees of these commits.
    pub trees: Vec<String>,
    /// The policy.
    pub gate: String,
    /// Whether the push was held.
    pub held: bool,
    /// Why, one entry each: a finding's id, or what was not reviewed.
    pub why: Vec<String>,
    /// What was not reviewed, whether that held the push or not.
    #[serde(default)]
    pub unreviewed: Vec<String>,
    /// Whether the push had been held and went through without us.
    #[serde(default)]
    pub overridden: bool,
    /// How the push came past the gate, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bypass: Option<Bypass>,
}

impl GateRecord {
    /// Whether a person should hear of it once.
    fn is_to_be_told(&self) -> bool {
        self.overridden || self.bypass.is_some()
    }
}

/// What is decided about, as it is written down.
pub(super) struct Decided<'a> {
    pub(super) remote: &'a Remote,
    pub(super) tips: &'a [ObjectId],
    pub(super) verdict: &'a Verdict,
    pub(super) unreviewed: Vec<String>,
    pub(super) bypass: Option<Bypass>,
}

/// Appends a decision. A record that cannot be written changes no decision.
pub(super) fn append(workspace: &Workspace, decided: &Decided<'_>) {
    let mut why = Vec::new();
    for reason in &decided.verdict.why {
        why.push(match reason {
            Reason::Finding(id) => id.to_string(),
            Reason::NotReviewed(what) => format!("not reviewed: {what}"),
        });
    }
    let tree = |tip: &ObjectId| match workspace.repo.commit(tip) {
        Ok(commit) => commit.tree.to_string(),
        Err(_) => String::new(),
    };
    write(
        workspace,
        &GateRecord {
            version: 1,
            at: clock::now(),
            remote: decided.remote.name.clone(),
            url: decided.remote.url.clone(),
            tips: decided.tips.iter().map(ToString::to_string).collect(),
            trees: decided.tips.iter().map(tree).collect(),
            gate: decided.verdict.gate.clone(),
            held: decided.verdict.held,
            why,
            unreviewed: decided.unreviewed.clone(),
            overridden: false,
            bypass: decided.bypass,
        },
    );
}

/// Since when the remote has had the URL that it has now, seconds since the epoch: what was known
/// of it before says nothing of the new place. 0 where no other URL is on record, and the largest
/// number where the newest decision was about another URL.
pub(super) fn url_changed_at(workspace: &Workspace, remote: &Remote) -> i64 {
    if remote.url.is_empty() {
        return 0;
    }
    let mut since = i64::MAX;
    for decided in decisions(workspace).iter().rev() {
        if decided.remote != remote.name || decided.url.is_empty() {
            continue;
        }
        if decided.url != remote.url {
            return since;
        }
        since = decided.at;
    }
    0
}

/// Records what went past the gate: held pushes that went through without us, and pushes that
/// nobody asked us about. `--no-verify` runs no hook, but the remote's branch, as known here, then
/// holds the commit, and its reflog says that a push put it there.
pub(super) fn note_bypasses(workspace: &Workspace) {
    let past = decisions(workspace);
    note_overridden(workspace, &past);
    // Nothing is lost where git cannot answer: it is looked for again at the next push.
    let _ = note_unseen_pushes(workspace, &past);
}

fn note_overridden(workspace: &Workspace, past: &[GateRecord]) {
    let held = past
        .iter()
        .enumerate()
        .rev()
        .filter(|(_, decided)| decided.held)
        .take(OVERRIDES);
    for (index, held) in held {
        let is_settled = past[index + 1..]
            .iter()
            .any(|later| later.tips == held.tips && later.remote == held.remote && !later.held);
        if is_settled || held.tips.is_empty() {
            continue;
        }
        let mut tips = held.tips.iter().filter_map(|tip| ObjectId::parse(tip));
        let is_pushed = tips.all(|tip| {
            let found = workspace.repo.is_on_remote(&held.remote, &tip);
            found.unwrap_or(false)
        });
        if is_pushed {
            write(
                workspace,
                &GateRecord {
                    at: clock::now(),
                    held: false,
                    overridden: true,
                    ..held.clone()
                },
            );
        }
    }
}

fn note_unseen_pushes(workspace: &Workspace, past: &[GateRecord]) -> Result<(), GitError> {
    let Some(since) = at_work_since(workspace, past) else {
        return Ok(());
    };
    for tracking in workspace.repo.tracking_refs()? {
        let MovedBy::Transfer { at, is_push: true } = tracking.moved else {
            continue;
        };
        let is_known = past
            .iter()
            .any(|decided| decided.tips.iter().any(|tip| tip == tracking.id.as_str()));
        if at < since || is_known {
            continue;
        }
        let name = String::from_utf8_lossy(&tracking.name).into_owned();
        let remote = name
            .strip_prefix("refs/remotes/")
            .and_then(|rest| rest.split('/').next())
            .unwrap_or(&name);
        write(
            workspace,
            &GateRecord {
                version: 1,
                at: clock::now(),
                remote: remote.to_owned(),
                url: String::new(),
                tips: vec![tracking.id.to_string()],
                trees: Vec::new(),
                gate: workspace.settings.gate.as_str().to_owned(),
                held: false,
                why: Vec::new(),
                unreviewed: Vec::new(),
                overridden: false,
                bypass: Some(Bypass::NoHook),
            },
        );
    }
    Ok(())
}

/// Since when our hooks have been at work here; none where they never were.
fn at_work_since(workspace: &Workspace, past: &[GateRecord]) -> Option<i64> {
    let store = &workspace.store;
    let mut runs = store.run_ids();
    runs.sort_unstable();
    let first_run = runs.iter().take(FIRST_RUNS).find_map(|run| {
        let request = store.request(run).ok()?;
        (request.trigger == Trigger::PostCommit).then_some(request.asked_at)
    });
    let first_decision = past.first().map(|decided| decided.at);
    match (first_run, first_decision) {
        (Some(run), Some(decision)) => Some(run.min(decision)),
        (found, None) | (None, found) => found,
    }
}

fn write(workspace: &Workspace, decided: &GateRecord) {
    let Ok(line) = serde_json::to_string(decided) else {
        return;
    };
    let root = workspace.store.root();
    if root.is_dir() {
        // A decision that cannot be written down is a decision all the same.
        let _ = files::append_line(&path(root), line.as_bytes());
    }
}

/// All decisions, oldest first; torn lines are left out.
pub(super) fn decisions(workspace: &Workspace) -> Vec<GateRecord> {
    read(workspace.store.root())
}

fn read(store: &Path) -> Vec<GateRecord> {
    let bytes = files::read_capped(&path(store), BYTES).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

/// Pushes past the gate that nobody was told of, oldest first. They count as told from now on.
pub(super) fn take_untold(store: &Path) -> Vec<GateRecord> {
    let marker = store.join("gate.told");
    let told = files::read_capped(&marker, 32)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok()?.trim().parse::<usize>().ok())
        .unwrap_or(0);
    let all = read(store);
    let untold: Vec<GateRecord> = all
        .iter()
        .skip(told)
        .filter(|decided| decided.is_to_be_told())
        .cloned()
        .collect();
    if !untold.is_empty() {
        let count = all.len().to_string();
        if files::replace(&marker, count.as_bytes(), files::Sync::Lazy).is_err() {
            // Told again is better than never; but not at every command of a full disk.
            return Vec::new();
        }
    }
    untold
}

fn path(store: &Path) -> PathBuf {
    store.join("gate.jsonl")
}
