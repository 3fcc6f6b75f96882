//! A line of the ledger.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::super::{Attempt, Stage};
use super::answer::{EstimateRecord, UsageRecord, perspective, perspective_word};
use super::ending::EndingRecord;
use super::{Record, understand};
use crate::model::{AgentName, JobId, ObjectId, RunId};
use crate::sys::path::PathRecord;

#[derive(Serialize, Deserialize)]
pub(crate) struct AttemptRecord {
    at: i64,
    run: String,
    agent: String,
    perspective: String,
    chunk: u32,
    attempt: u32,
    /// None: about to start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ending: Option<EndingRecord>,
    #[serde(default)]
    repository: Option<PathRecord>,
    #[serde(default)]
    commit: Option<String>,
    #[serde(default)]
    branch: Option<String>,
    backend: String,
    #[serde(default)]
    usage: UsageRecord,
    #[serde(default)]
    estimate: EstimateRecord,
}

impl Record for Attempt {
    type Disk = AttemptRecord;

    fn to_disk(&self) -> AttemptRecord {
        AttemptRecord {
            at: self.at,
            run: self.run.to_string(),
            agent: self.job.agent.to_string(),
            perspective: perspective_word(self.job.perspective).to_owned(),
            chunk: self.job.chunk,
            attempt: self.number,
            ending: match &self.stage {
                Stage::Started => None,
                Stage::Ended(ending) => Some(EndingRecord::of(ending)),
            },
            repository: Some(PathRecord::of(&self.repository)),
            commit: self.commit.as_ref().map(ToString::to_string),
            branch: self.branch.clone(),
            backend: self.backend.clone(),
            usage: UsageRecord::of(&self.usage),
            estimate: EstimateRecord::of(&self.estimate),
        }
    }

    fn from_disk(disk: AttemptRecord) -> Result<Self, String> {
        let agent = understand("agent", &disk.agent, AgentName::parse)?;
        let perspective = understand("perspective", &disk.perspective, perspective)?;
        Ok(Self {
            at: disk.at,
            run: understand("run", &disk.run, RunId::parse)?,
            job: JobId {
                agent,
                perspective,
                chunk: disk.chunk,
            },
            number: disk.attempt,
            stage: disk
                .ending
                .map_or(Stage::Started, |ending| Stage::Ended(ending.into_ending())),
            repository: disk
                .repository
                .map_or_else(PathBuf::new, PathRecord::into_path),
            commit: disk.commit.and_then(|text| ObjectId::parse(&text)),
            branch: disk.branch,
            backend: disk.backend,
            usage: disk.usage.into_usage(),
            estimate: disk.estimate.into_estimate(),
        })
    }
}
