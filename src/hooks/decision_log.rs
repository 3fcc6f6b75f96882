//! The gate's decisions, one JSON object a line, bound to commit ids.

use serde::{Deserialize, Serialize};

use crate::model::{ObjectId, Reason, Verdict};
use crate::review::Workspace;
use crate::sys::{clock, files};

/// Held pushes that are looked at again.
const OVERRIDES: usize = 20;
/// Bytes of the record that are read back.
const BYTES: u64 = 8 << 20;

/// One decision.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct GateRecord {
    /// Version of this record.
    pub version: u32,
    /// Seconds since the epoch.
    pub at: i64,
    /// The remote's name or URL as git gave it.
    pub remote: String,
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
    /// Whether the push had been held and went through without us.
    #[serde(default)]
    pub overridden: bool,
}

/// Appends a decision. A record that cannot be written changes no decision.
pub(super) fn append(workspace: &Workspace, remote: &str, tips: &[ObjectId], verdict: &Verdict) {
    let why = |reason: &Reason| match reason {
        Reason::Finding(id) => id.to_string(),
        Reason::NotReviewed(what) => format!("not reviewed: {what}"),
    };
    let tree = |tip: &ObjectId| {
        workspace
            .repo
            .commit(tip)
            .map_or_else(|_| String::new(), |c| c.tree.to_string())
    };
    write(
        workspace,
        &GateRecord {
            version: 1,
            at: clock::now(),
            remote: remote.to_owned(),
            tips: tips.iter().map(ToString::to_string).collect(),
            trees: tips.iter().map(tree).collect(),
            gate: verdict.gate.clone(),
            held: verdict.held,
            why: verdict.why.iter().map(why).collect(),
            overridden: false,
        },
    );
}

/// Records held pushes that went through without us: `--no-verify` runs no hook,
/// but the remote's branch, as known here, then holds the commit.
pub(super) fn note_overrides(workspace: &Workspace) {
    let past = decisions(workspace);
    for (index, held) in past
        .iter()
        .enumerate()
        .rev()
        .filter(|(_, decided)| decided.held)
        .take(OVERRIDES)
    {
        let settled = |later: &GateRecord| {
            later.tips == held.tips && later.remote == held.remote && !later.held
        };
        if past.iter().skip(index + 1).any(settled) {
            continue;
        }
        let mut tips = held.tips.iter().filter_map(|tip| ObjectId::parse(tip));
        let pushed = |tip: ObjectId| {
            workspace
                .repo
                .is_on_remote(&held.remote, &tip)
                .unwrap_or(false)
        };
        if !held.tips.is_empty() && tips.all(pushed) {
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

fn write(workspace: &Workspace, decided: &GateRecord) {
    if let Ok(line) = serde_json::to_string(decided) {
        let _ = workspace
            .store
            .root()
            .is_dir()
            .then(|| files::append_line(&path(workspace), line.as_bytes()));
    }
}

/// All decisions, oldest first; torn lines are left out.
pub(super) fn decisions(workspace: &Workspace) -> Vec<GateRecord> {
    let bytes = files::read_capped(&path(workspace), BYTES).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

fn path(workspace: &Workspace) -> std::path::PathBuf {
    workspace.store.root().join("gate.jsonl")
}
