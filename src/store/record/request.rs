//! `request.json`.

use serde::{Deserialize, Serialize};

use super::{Record, understand};
use crate::model::{
    AgentName, CommandCall, ObjectId, RunId, RunRequest, Severity, TargetSpec, Trigger,
};
use crate::sys::path::PathRecord;

#[derive(Serialize, Deserialize)]
pub(crate) struct RequestRecord {
    id: String,
    trigger: String,
    target: TargetRecord,
    git_dir: PathRecord,
    #[serde(default)]
    work_tree: Option<PathRecord>,
    #[serde(default)]
    head: Option<String>,
    #[serde(default)]
    branch: Option<String>,
    #[serde(default)]
    agents: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    command: Option<CallRecord>,
    #[serde(default)]
    backend: Option<String>,
    #[serde(default)]
    fail_on: Option<String>,
    #[serde(default)]
    background: bool,
    #[serde(default)]
    asked_at: i64,
}

#[derive(Serialize, Deserialize)]
struct CallRecord {
    name: String,
    #[serde(default)]
    arguments: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum TargetRecord {
    Auto,
    Staged,
    Worktree,
    Commit {
        rev: String,
    },
    Range {
        from: String,
        to: String,
        symmetric: bool,
    },
    Base {
        rev: String,
    },
}

impl Record for RunRequest {
    type Disk = RequestRecord;

    fn to_disk(&self) -> RequestRecord {
        RequestRecord {
            id: self.id.to_string(),
            trigger: self.trigger.as_str().to_owned(),
            target: target_record(&self.target),
            git_dir: PathRecord::of(&self.git_dir),
            work_tree: self.work_tree.as_deref().map(PathRecord::of),
            head: self.head.as_ref().map(ToString::to_string),
            branch: self.branch.clone(),
            agents: self.agents.iter().map(ToString::to_string).collect(),
            command: self.command.clone().map(|call| CallRecord {
                name: call.name,
                arguments: call.arguments,
            }),
            backend: self.backend.clone(),
            fail_on: self.fail_on.map(|severity| severity.as_str().to_owned()),
            background: self.background,
            asked_at: self.asked_at,
        }
    }

    fn from_disk(disk: RequestRecord) -> Result<Self, String> {
        let head = disk
            .head
            .map(|id| understand("head", &id, ObjectId::parse))
            .transpose()?;
        let agents: Result<_, String> = disk
            .agents
            .iter()
            .map(|name| understand("agent", name, AgentName::parse))
            .collect();
        Ok(Self {
            id: understand("run", &disk.id, RunId::parse)?,
            trigger: understand("trigger", &disk.trigger, Trigger::parse)?,
            target: target(disk.target),
            git_dir: disk.git_dir.into_path(),
            work_tree: disk.work_tree.map(PathRecord::into_path),
            head,
            branch: disk.branch,
            agents: agents?,
            command: disk.command.map(|call| CommandCall {
                name: call.name,
                arguments: call.arguments,
            }),
            backend: disk.backend,
            fail_on: disk
                .fail_on
                .map(|word| understand("severity", &word, Severity::parse))
                .transpose()?,
            background: disk.background,
            asked_at: disk.asked_at,
        })
    }
}

fn target_record(target: &TargetSpec) -> TargetRecord {
    match target.clone() {
        TargetSpec::Auto => TargetRecord::Auto,
        TargetSpec::Staged => TargetRecord::Staged,
        TargetSpec::Worktree => TargetRecord::Worktree,
        TargetSpec::Commit(rev) => TargetRecord::Commit { rev },
        TargetSpec::Range {
            from,
            to,
            symmetric,
        } => TargetRecord::Range {
            from,
            to,
            symmetric,
        },
        TargetSpec::Base(rev) => TargetRecord::Base { rev },
    }
}

fn target(record: TargetRecord) -> TargetSpec {
    match record {
        TargetRecord::Auto => TargetSpec::Auto,
        TargetRecord::Staged => TargetSpec::Staged,
        TargetRecord::Worktree => TargetSpec::Worktree,
        TargetRecord::Commit { rev } => TargetSpec::Commit(rev),
        TargetRecord::Range {
            from,
            to,
            symmetric,
        } => TargetSpec::Range {
            from,
            to,
            symmetric,
        },
        TargetRecord::Base { rev } => TargetSpec::Base(rev),
    }
}
