//! A run's log: JSON lines, only ever appended, read by `git agents logs`.

use std::fs;

use super::Store;
use super::record;
use crate::model::RunId;
use crate::sys::{clock, files};
use crate::text::visible::beginning;

/// A log grows no further; a run that writes this much has nothing new to say.
const LARGEST_LOG: u64 = 4 << 20;
/// One field's text is cut here, in bytes.
const LONGEST_FIELD: usize = 4096;

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Seconds since the epoch.
    pub at: i64,
    /// What happened.
    pub event: String,
    /// With what, in the order written. May hold untrusted text.
    pub fields: Vec<(String, String)>,
}

impl Store {
    /// Appends a line. Best effort: a log that cannot be written stops nothing.
    pub fn log(&self, run: &RunId, event: &str, fields: &[(&str, String)]) {
        let Ok(dir) = self.existing(run) else { return };
        let path = dir.join("log.jsonl");
        if fs::symlink_metadata(&path).is_ok_and(|about| about.len() > LARGEST_LOG) {
            return;
        }
        let fields = fields
            .iter()
            .map(|(name, text)| {
                (
                    (*name).to_owned(),
                    beginning(text, LONGEST_FIELD).to_owned(),
                )
            })
            .collect();
        let line = LogLine {
            at: clock::now(),
            event: event.to_owned(),
            fields,
        };
        let mut bytes = record::encode(&line);
        bytes.pop();
        let _ = files::append_line(&path, &bytes);
    }

    /// The lines written so far; a torn one is left out.
    #[must_use]
    pub fn read_log(&self, run: &RunId) -> Vec<LogLine> {
        let Ok(dir) = self.existing(run) else {
            return Vec::new();
        };
        let bytes = files::read_capped(&dir.join("log.jsonl"), 2 * LARGEST_LOG).unwrap_or_default();
        bytes
            .split(|b| *b == b'\n')
            .filter_map(|line| record::decode(line).ok())
            .collect()
    }
}
