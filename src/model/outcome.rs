//! How jobs go and how they end.

use std::path::PathBuf;
use std::time::Duration;

use super::ids::JobId;

/// Every way a job can end. There is no "other".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It exited 0 and its reply could be read.
    Answered,
    /// It exited with this code, not 0.
    Exited(i32),
    /// A signal ended it, not ours.
    Signalled(i32),
    /// A deadline passed.
    TimedOut(Deadline),
    /// The person stopped it.
    Cancelled,
    /// A newer change made it pointless before it started.
    Superseded,
    /// It wrote more than allowed.
    TooMuchOutput,
    /// It could not be started: why.
    NotStarted(String),
    /// We (background safety) or the model declined: why.
    Refused(String),
    /// The money cap was reached.
    OverBudget,
    /// The provider said to come back later.
    RateLimited {
        /// When it said so.
        retry_after: Option<Duration>,
    },
    /// The plan or the credit is used up: the provider's words. No waiting of ours helps.
    NoQuota(String),
    /// The provider is overloaded or failing (5xx).
    Overloaded,
    /// The connection could not be made or was lost: the program's words.
    Unreachable(String),
    /// The program has no login, or a bad one.
    NotLoggedIn,
    /// The prompt was longer than the model takes.
    TooLong,
    /// It ended well but its reply could not be read: why.
    Unreadable(String),
    /// It ended well and said nothing.
    Empty,
    /// The supervisor died while it ran.
    Lost,
}

impl Ending {
    /// Short name used in records and the JSON report.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Exited(_) => "exited",
            Self::Signalled(_) => "signalled",
            Self::TimedOut(Deadline::Idle) => "timed out (idle)",
            Self::TimedOut(Deadline::Hard) => "timed out (hard)",
            Self::Cancelled => "cancelled",
            Self::Superseded => "superseded",
            Self::TooMuchOutput => "too much output",
            Self::NotStarted(_) => "not started",
            Self::Refused(_) => "refused",
            Self::OverBudget => "over budget",
            Self::RateLimited { .. } => "rate limited",
            Self::NoQuota(_) => "quota used up",
            Self::Overloaded => "overloaded",
            Self::Unreachable(_) => "unreachable",
            Self::NotLoggedIn => "not logged in",
            Self::TooLong => "prompt too long",
            Self::Unreadable(_) => "unreadable reply",
            Self::Empty => "empty reply",
            Self::Lost => "lost",
        }
    }

    /// The name with its detail, for people. The detail may be untrusted text.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Exited(code) => format!("exited with code {code}"),
            Self::Signalled(signal) => format!("ended by signal {signal}"),
            Self::NotStarted(why) => format!("not started: {why}"),
            Self::Refused(why) => format!("refused: {why}"),
            Self::NoQuota(why) => format!("quota used up: {why}"),
            Self::Unreadable(why) => format!("unreadable reply: {why}"),
            Self::Unreachable(why) => format!("unreachable: {why}"),
            Self::RateLimited { retry_after: Some(after) } => {
                format!("rate limited, retry in {} s", after.as_secs())
            }
            other => other.as_str().to_owned(),
        }
    }
}

/// Which deadline passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deadline {
    /// No output for too long.
    Idle,
    /// Too long in all.
    Hard,
}

/// What it took to end a process group that we stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopStep {
    /// It went by itself.
    None,
    /// TERM to the group.
    Term,
    /// KILL to the group.
    Kill,
}

/// What a finished process left. Whether its output is an answer is decided by the adapter:
/// `ending` is `Answered` here for every exit with code 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whose.
    pub job: JobId,
    /// How the process ended.
    pub ending: Ending,
    /// Spooled standard output; may be cut at the cap.
    pub stdout: PathBuf,
    /// Spooled standard error; may be cut at the cap.
    pub stderr: PathBuf,
    /// From start to end.
    pub elapsed: Duration,
    /// What it took to end it.
    pub stop: StopStep,
}

/// What the supervisor tells while it works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Waiting for a slot or a retry time.
    Waiting(JobId),
    /// Started.
    Started(JobId),
    /// Has written this many bytes so far.
    Progress {
        /// Whose.
        job: JobId,
        /// Bytes on standard output.
        bytes: u64,
    },
    /// Being stopped.
    Stopping(JobId),
    /// Ended.
    Finished(Outcome),
    /// Ten times a second, for a live view.
    Tick,
}
