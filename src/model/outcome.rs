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

    /// What it says beside its name. With it, [`Ending::parse`] gives the ending back.
    #[must_use]
    pub fn detail(&self) -> EndingDetail {
        let mut detail = EndingDetail::default();
        match self {
            Self::Exited(number) | Self::Signalled(number) => detail.number = Some(*number),
            Self::NotStarted(why)
            | Self::Refused(why)
            | Self::NoQuota(why)
            | Self::Unreachable(why)
            | Self::Unreadable(why) => detail.why = Some(why.clone()),
            Self::RateLimited { retry_after } => detail.retry_after = *retry_after,
            Self::Answered
            | Self::TimedOut(_)
            | Self::Cancelled
            | Self::Superseded
            | Self::TooMuchOutput
            | Self::OverBudget
            | Self::Overloaded
            | Self::NotLoggedIn
            | Self::TooLong
            | Self::Empty
            | Self::Lost => {}
        }
        detail
    }

    /// The ending of this name; no number is 0, no reason an empty one. None: no ending has the name.
    #[must_use]
    pub fn parse(name: &str, detail: EndingDetail) -> Option<Self> {
        let EndingDetail {
            number,
            why,
            retry_after,
        } = detail;
        let (number, why) = (number.unwrap_or_default(), why.unwrap_or_default());
        let all = [
            Self::Answered,
            Self::Exited(number),
            Self::Signalled(number),
            Self::TimedOut(Deadline::Idle),
            Self::TimedOut(Deadline::Hard),
            Self::Cancelled,
            Self::Superseded,
            Self::TooMuchOutput,
            Self::NotStarted(why.clone()),
            Self::Refused(why.clone()),
            Self::OverBudget,
            Self::RateLimited { retry_after },
            Self::NoQuota(why.clone()),
            Self::Overloaded,
            Self::Unreachable(why.clone()),
            Self::NotLoggedIn,
            Self::TooLong,
            Self::Unreadable(why),
            Self::Empty,
            Self::Lost,
        ];
        all.into_iter().find(|ending| ending.as_str() == name)
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
            Self::RateLimited {
                retry_after: Some(after),
            } => {
                format!("rate limited, retry in {} s", after.as_secs())
            }
            other => other.as_str().to_owned(),
        }
    }
}

/// What an ending says beside its name. Records and the JSON report each write it in fields of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndingDetail {
    /// Exit code or signal number.
    pub number: Option<i32>,
    /// A reason, in the words of whoever gave it.
    pub why: Option<String>,
    /// When the provider said to come back.
    pub retry_after: Option<Duration>,
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
