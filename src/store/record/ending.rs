//! How a job's ending is written: a word, and what belongs to it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{Ending, EndingDetail};

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
        let EndingDetail {
            number,
            why,
            retry_after,
        } = ending.detail();
        Self {
            kind: ending.as_str().to_owned(),
            number,
            why,
            retry_after_ms: retry_after.map(milliseconds),
        }
    }

    /// A word of a newer version reads as an unreadable reply: it is certain
    /// only that this program cannot count the job as answered.
    pub(super) fn into_ending(self) -> Ending {
        let retry_after = self.retry_after_ms.map(Duration::from_millis);
        // a lost code or signal is at least not that of success
        let detail = EndingDetail {
            number: Some(self.number.unwrap_or(-1)),
            why: self.why,
            retry_after,
        };
        let unknown = || Ending::Unreadable(format!("recorded as `{}`", self.kind.escape_debug()));
        Ending::parse(&self.kind, detail).unwrap_or_else(unknown)
    }
}

pub(super) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
