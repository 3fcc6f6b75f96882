//! A run as asked for and as it stands.

use std::path::PathBuf;

use super::ids::{AgentName, ObjectId, RunId};
use super::target::TargetSpec;

/// What started a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// `git agents run`.
    Command,
    /// The post-commit hook.
    PostCommit,
    /// post-rewrite, post-merge, post-applypatch: the end of a sequence.
    Sequence,
    /// pre-push found a commit without a review.
    PrePush,
    /// `git agents retry`.
    Retry,
}

impl Trigger {
    /// The word in records.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::PostCommit => "post-commit",
            Self::Sequence => "sequence",
            Self::PrePush => "pre-push",
            Self::Retry => "retry",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [
            Self::Command,
            Self::PostCommit,
            Self::Sequence,
            Self::PrePush,
            Self::Retry,
        ]
        .into_iter()
        .find(|t| t.as_str() == text)
    }
}

/// A request: on disk before anything starts, never changed afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRequest {
    /// Its id.
    pub id: RunId,
    /// What started it.
    pub trigger: Trigger,
    /// What to review. Revisions are full object ids where the target names commits.
    pub target: TargetSpec,
    /// Absolute path of the worktree's git directory.
    pub git_dir: PathBuf,
    /// Absolute top of the work tree; none in a bare repository.
    pub work_tree: Option<PathBuf>,
    /// HEAD when it was asked for.
    pub head: Option<ObjectId>,
    /// The branch that it was asked on, where a hook asked; none where HEAD was detached.
    pub branch: Option<String>,
    /// Agents asked for; empty: those of the settings.
    pub agents: Vec<AgentName>,
    /// The slash command that says what they are to do; none: their own definitions.
    pub command: Option<CommandCall>,
    /// Backend asked for; none: by settings.
    pub backend: Option<String>,
    /// The bar for the exit code, where `--fail-on` gave one.
    pub fail_on: Option<super::severity::Severity>,
    /// Whether it runs in the background.
    pub background: bool,
    /// Seconds since the epoch.
    pub asked_at: i64,
}

/// A slash command as it was called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandCall {
    /// Its name.
    pub name: String,
    /// Its arguments, as typed.
    pub arguments: Vec<String>,
}

/// Where a run stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRecord {
    /// The phase.
    pub phase: RunState,
    /// Attempts at starting it.
    pub attempts: u32,
    /// Seconds since the epoch of the last change of phase.
    pub since: i64,
}

/// Phases of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunState {
    /// On disk, not started.
    Queued,
    /// A supervisor works on it.
    Running,
    /// The report is written.
    Done,
    /// Ended without a report: why.
    Failed(String),
    /// A person stopped it; partial answers are kept.
    Cancelled,
    /// A newer request took its place before it started.
    Superseded,
    /// The money of the day is spent; partial answers are kept and reported, and it goes on by itself.
    OverBudget {
        /// Seconds since the epoch when the next day begins.
        until: i64,
    },
}

impl RunState {
    /// The word in records and `status`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed(_) => "failed",
            Self::Cancelled => "cancelled",
            Self::Superseded => "superseded",
            Self::OverBudget { .. } => "over budget",
        }
    }

    /// Whether nothing more will happen to it.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Self::Queued | Self::Running | Self::OverBudget { .. } => false,
            Self::Done | Self::Failed(_) | Self::Cancelled | Self::Superseded => true,
        }
    }
}
