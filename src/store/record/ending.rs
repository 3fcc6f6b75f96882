//! How a job's ending is written: a word, and what belongs to it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{Deadline, Ending};

#[derive(Serialize, Deserialize)]
pub(super) struct EndingRecord {
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    number: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
}

impl EndingRecord {
    pub(super) fn of(ending: &Ending) -> Self {
        let mut record = Self { kind: ending.as_str().to_owned(), number: None, why: None, retry_after_ms: None };
        match ending {
            Ending::Exited(number) | Ending::Signalled(number) => record.number = Some(*number),
            Ending::NotStarted(why)
            | Ending::Refused(why)
            | Ending::NoQuota(why)
            | Ending::Unreachable(why)
            | Ending::Unreadable(why) => {
                record.why = Some(why.clone());
            }
            Ending::RateLimited { retry_after } => record.retry_after_ms = retry_after.map(milliseconds),
            Ending::Answered
            | Ending::TimedOut(_)
            | Ending::Cancelled
            | Ending::Superseded
            | Ending::TooMuchOutput
            | Ending::OverBudget
            | Ending::Overloaded
            | Ending::NotLoggedIn
            | Ending::TooLong
            | Ending::Empty
            | Ending::Lost => {}
        }
        record
    }

    /// A word of a newer version reads as an unreadable reply: it is certain
    /// only that this program cannot count the job as answered.
    pub(super) fn into_ending(self) -> Ending {
        let why = self.why.unwrap_or_default();
        let number = self.number.unwrap_or(-1);
        match self.kind.as_str() {
            "answered" => Ending::Answered,
            "exited" => Ending::Exited(number),
            "signalled" => Ending::Signalled(number),
            "timed out (idle)" => Ending::TimedOut(Deadline::Idle),
            "timed out (hard)" => Ending::TimedOut(Deadline::Hard),
            "cancelled" => Ending::Cancelled,
            "superseded" => Ending::Superseded,
            "too much output" => Ending::TooMuchOutput,
            "not started" => Ending::NotStarted(why),
            "refused" => Ending::Refused(why),
            "quota used up" => Ending::NoQuota(why),
            "over budget" => Ending::OverBudget,
            "rate limited" => Ending::RateLimited { retry_after: self.retry_after_ms.map(Duration::from_millis) },
            "overloaded" => Ending::Overloaded,
            "unreachable" => Ending::Unreachable(why),
            "not logged in" => Ending::NotLoggedIn,
            "prompt too long" => Ending::TooLong,
            "unreadable reply" => Ending::Unreadable(why),
            "empty reply" => Ending::Empty,
            "lost" => Ending::Lost,
            other => Ending::Unreadable(format!("recorded as `{}`", other.escape_debug())),
        }
    }
}

pub(super) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
