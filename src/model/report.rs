//! One synthesized report.

use std::time::Duration;

use super::change::{Change, Reader};
use super::cost::{Estimate, Spending};
use super::dependency::LockFileChange;
use super::finding::{Finding, SetAside};
use super::gate::Verdict;
use super::ids::{HunkId, RunId};
use super::lesson::Lesson;
use super::outcome::Ending;
use super::reply::Usage;
use super::severity::Severity;
use super::skipped::Skipped;
use super::target::{Target, TargetKind};

/// The report of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The run.
    pub run: RunId,
    /// What was reviewed.
    pub target: Target,
    /// Clean, findings, or incomplete.
    pub state: ReportState,
    /// Checked findings, ranked: confirmed before maybe, worse before better.
    pub findings: Vec<Finding>,
    /// Proposals that do not count.
    pub set_aside: Vec<SetAside>,
    /// Lessons proposed.
    pub lessons: Vec<Lesson>,
    /// One line for each job.
    pub agents: Vec<AgentLine>,
    /// What was read.
    pub coverage: CoverageReport,
    /// Dependency changes from lock files.
    pub lock_files: Vec<LockFileChange>,
    /// Secrets masked before any prompt.
    pub redacted: usize,
    /// What the gate says.
    pub verdict: Verdict,
    /// Notes for people.
    pub notes: Vec<String>,
    /// From the start of the first job to the end of the last.
    pub elapsed: Duration,
    /// Seconds since the epoch, when the report was made.
    pub made_at: i64,
    /// Who read the repository.
    pub reader: Reader,
    /// What was asked for beside the target.
    pub asked: AskedOptions,
}

/// The options of a review that was asked for, which a command that repeats it has to keep.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AskedOptions {
    /// `--backend`; none: by settings.
    pub backend: Option<String>,
    /// `--agents`; empty: those of the settings.
    pub agents: Vec<String>,
    /// `--fail-on`; none: by settings.
    pub fail_on: Option<Severity>,
    /// `--command` with its arguments; empty: no slash command.
    pub command: Vec<String>,
}

/// The three states; `Incomplete` is never shown as clean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportState {
    /// Everything was read and nothing was confirmed.
    Clean,
    /// Everything was read and something was confirmed.
    Findings,
    /// Something was not reviewed.
    Incomplete,
}

impl ReportState {
    /// The word in the JSON report.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Findings => "findings",
            Self::Incomplete => "incomplete",
        }
    }
}

/// How one job went.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentLine {
    /// The job's name: `security`, `retro-fresh`, `security.2`; for an agent that never ran, its name.
    pub name: String,
    /// Backend that answered or was tried last.
    pub backend: String,
    /// How it ended.
    pub ending: Ending,
    /// How long.
    pub elapsed: Duration,
    /// What it cost over all attempts, by the programs' own account; nothing for an answer that was there before.
    pub usage: Usage,
    /// What they did not say, guessed.
    pub estimate: Estimate,
    /// Backends tried before, each with how it ended.
    pub tried: Vec<(String, Ending)>,
    /// The program's last words on standard error, capped. Untrusted.
    pub detail: Option<String>,
    /// What a person can do about an ending that is no answer, in words and commands.
    pub advice: Option<String>,
}

impl AgentLine {
    /// What it cost, guesses included.
    #[must_use]
    pub fn spent(&self) -> Spending {
        Spending::of(&self.usage, &self.estimate)
    }

    /// Whether the offline reviewer answered because nobody else did.
    #[must_use]
    pub fn is_stand_in(&self) -> bool {
        self.backend == OFFLINE && !self.tried.is_empty()
    }
}

/// The name of the reviewer inside the program.
pub const OFFLINE: &str = "offline";

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CoverageReport {
    /// Files under review.
    pub files: usize,
    /// Of these, files whose every hunk was read by every agent that was to read it.
    pub files_read: usize,
    /// Hunks under review.
    pub hunks: usize,
    /// Of these, hunks read by every agent that was to read them.
    pub hunks_read: usize,
    /// What was not reviewed: file text, hunk, and by which agent.
    pub not_reviewed: Vec<NotReviewed>,
    /// Paths of the files under review, in prompt order.
    pub paths: Vec<String>,
    /// Files left out, with reasons.
    pub skipped: Vec<Skipped>,
    /// Why there was nothing at all to review, where that is so.
    pub nothing: Option<Nothing>,
}

/// A change in which nothing at all changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nothing {
    /// A merge whose every line is one of its parents'.
    Merge,
    /// A commit with the files of its parent.
    Commit,
    /// A range whose ends have the same files.
    Range,
    /// An index like HEAD.
    Staged,
    /// A work tree like HEAD.
    Worktree,
}

impl Nothing {
    /// None where something changed.
    #[must_use]
    pub fn of(change: &Change) -> Option<Self> {
        if !change.is_empty() {
            return None;
        }
        let merges = change.commits.iter().any(|commit| commit.parents > 1);
        Some(match change.target.kind {
            TargetKind::Commit if merges => Self::Merge,
            TargetKind::Commit => Self::Commit,
            TargetKind::Range => Self::Range,
            TargetKind::Staged => Self::Staged,
            TargetKind::Worktree => Self::Worktree,
        })
    }

    /// The word in records.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::Commit => "commit",
            Self::Range => "range",
            Self::Staged => "staged",
            Self::Worktree => "worktree",
        }
    }

    /// The variant of a word in records.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let all = [
            Self::Merge,
            Self::Commit,
            Self::Range,
            Self::Staged,
            Self::Worktree,
        ];
        all.into_iter().find(|nothing| nothing.as_str() == word)
    }

    /// In words, for people.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Merge => "the merge itself decided nothing",
            Self::Commit => "the commit changes no file",
            Self::Range => "both ends have the same files",
            Self::Staged => "nothing is staged",
            Self::Worktree => "nothing is changed",
        }
    }
}

/// A hunk that an agent was to read and did not report as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotReviewed {
    /// The file.
    pub file: String,
    /// The hunk.
    pub hunk: HunkId,
    /// The agent.
    pub agent: String,
}
