//! The small records: state, holder of a lock, log line.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::{Holder, LogLine, Login};
use super::Record;
use crate::model::{RunRecord, RunState};
use crate::sys::path::PathRecord;
use crate::sys::process::Identity;

#[derive(Serialize, Deserialize)]
pub(crate) struct StateRecord {
    phase: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<i64>,
    #[serde(default)]
    attempts: u32,
    #[serde(default)]
    since: i64,
}

impl Record for RunRecord {
    type Disk = StateRecord;

    fn to_disk(&self) -> StateRecord {
        let why = match &self.phase {
            RunState::Failed(why) => Some(why.clone()),
            RunState::Queued
            | RunState::Running
            | RunState::Done
            | RunState::Cancelled
            | RunState::Superseded
            | RunState::OverBudget { .. } => None,
        };
        let until = if let RunState::OverBudget { until } = self.phase {
            Some(until)
        } else {
            None
        };
        StateRecord {
            phase: self.phase.as_str().to_owned(),
            why,
            until,
            attempts: self.attempts,
            since: self.since,
        }
    }

    fn from_disk(disk: StateRecord) -> Result<Self, String> {
        let why = disk.why.unwrap_or_default();
        let until = disk.until.unwrap_or(0);
        let phase = super::understand("phase", &disk.phase, |word| phase(word, why, until))?;
        Ok(Self {
            phase,
            attempts: disk.attempts,
            since: disk.since,
        })
    }
}

fn phase(word: &str, why: String, until: i64) -> Option<RunState> {
    match word {
        "queued" => Some(RunState::Queued),
        "running" => Some(RunState::Running),
        "done" => Some(RunState::Done),
        "failed" => Some(RunState::Failed(why)),
        "cancelled" => Some(RunState::Cancelled),
        "superseded" => Some(RunState::Superseded),
        "over budget" => Some(RunState::OverBudget { until }),
        _ => None,
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct HolderRecord {
    #[serde(default)]
    boot: Option<String>,
    pid: u32,
    #[serde(default)]
    start: Option<u64>,
    #[serde(default)]
    program: String,
    #[serde(default)]
    since: i64,
}

impl Record for Holder {
    type Disk = HolderRecord;

    fn to_disk(&self) -> HolderRecord {
        let process = self.process.clone();
        HolderRecord {
            boot: process.boot,
            pid: process.pid,
            start: process.start,
            program: self.version.clone(),
            since: self.since,
        }
    }

    fn from_disk(disk: HolderRecord) -> Result<Self, String> {
        let process = Identity {
            boot: disk.boot,
            pid: disk.pid,
            start: disk.start,
        };
        Ok(Self {
            process,
            version: disk.program,
            since: disk.since,
        })
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct LogRecord {
    at: i64,
    event: String,
    #[serde(default)]
    fields: Map<String, Value>,
}

impl Record for LogLine {
    type Disk = LogRecord;

    fn to_disk(&self) -> LogRecord {
        let fields = self
            .fields
            .iter()
            .map(|(name, text)| (name.clone(), Value::from(text.clone())))
            .collect();
        LogRecord {
            at: self.at,
            event: self.event.clone(),
            fields,
        }
    }

    fn from_disk(disk: LogRecord) -> Result<Self, String> {
        let text = |value: Value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        let fields = disk
            .fields
            .into_iter()
            .map(|(name, value)| (name, text(value)))
            .collect();
        Ok(Self {
            at: disk.at,
            event: disk.event,
            fields,
        })
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct LoginRecord {
    program: PathRecord,
    logged_in: bool,
    at: i64,
}

impl Record for Login {
    type Disk = LoginRecord;

    fn to_disk(&self) -> LoginRecord {
        LoginRecord {
            program: PathRecord::of(&self.program),
            logged_in: self.is_there,
            at: self.at,
        }
    }

    fn from_disk(disk: LoginRecord) -> Result<Self, String> {
        Ok(Self {
            program: disk.program.into_path(),
            is_there: disk.logged_in,
            at: disk.at,
        })
    }
}
