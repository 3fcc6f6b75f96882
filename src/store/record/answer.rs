//! `agents/<job>/result.json`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::StoredAnswer;
use super::ending::{EndingRecord, milliseconds};
use super::{Record, understand};
use crate::model::{AgentName, HunkId, JobId, Perspective, Usage};

#[derive(Serialize, Deserialize)]
pub(in crate::store) struct AnswerRecord {
    agent: String,
    perspective: String,
    chunk: u32,
    backend: String,
    ending: EndingRecord,
    #[serde(default)]
    ms: u64,
    #[serde(default)]
    attempts: u32,
    #[serde(default)]
    tried: Vec<TriedRecord>,
    #[serde(default)]
    detail: Option<String>,
    #[serde(default)]
    hunks: Vec<u32>,
    #[serde(default)]
    usage: UsageRecord,
    #[serde(default)]
    reply: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct TriedRecord {
    backend: String,
    ending: EndingRecord,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct UsageRecord {
    model: Option<String>,
    tokens_in: Option<u64>,
    tokens_cached: Option<u64>,
    tokens_out: Option<u64>,
    cost: Option<f64>,
}

impl Record for StoredAnswer {
    type Disk = AnswerRecord;

    fn to_disk(&self) -> AnswerRecord {
        let tried = |(backend, ending): &(String, _)| TriedRecord {
            backend: backend.clone(),
            ending: EndingRecord::of(ending),
        };
        AnswerRecord {
            agent: self.job.agent.to_string(),
            perspective: perspective_word(self.job.perspective).to_owned(),
            chunk: self.job.chunk,
            backend: self.backend.clone(),
            ending: EndingRecord::of(&self.ending),
            ms: milliseconds(self.elapsed),
            attempts: self.attempts,
            tried: self.tried.iter().map(tried).collect(),
            detail: self.detail.clone(),
            hunks: self.hunks.iter().map(|hunk| hunk.0).collect(),
            usage: usage_record(&self.usage),
            reply: self.reply.clone(),
        }
    }

    fn from_disk(disk: AnswerRecord) -> Result<Self, String> {
        let agent = understand("agent", &disk.agent, AgentName::parse)?;
        let perspective = understand("perspective", &disk.perspective, perspective)?;
        Ok(Self {
            job: JobId { agent, perspective, chunk: disk.chunk },
            backend: disk.backend,
            ending: disk.ending.into_ending(),
            elapsed: Duration::from_millis(disk.ms),
            reply: disk.reply,
            usage: usage(disk.usage),
            tried: disk.tried.into_iter().map(|tried| (tried.backend, tried.ending.into_ending())).collect(),
            detail: disk.detail,
            hunks: disk.hunks.into_iter().map(HunkId).collect(),
            attempts: disk.attempts,
        })
    }
}

fn perspective_word(perspective: Perspective) -> &'static str {
    match perspective {
        Perspective::Informed => "informed",
        Perspective::Fresh => "fresh",
    }
}

fn perspective(word: &str) -> Option<Perspective> {
    match word {
        "informed" => Some(Perspective::Informed),
        "fresh" => Some(Perspective::Fresh),
        _ => None,
    }
}

/// A cost that is no number is no cost: JSON has no word for it.
fn usage_record(usage: &Usage) -> UsageRecord {
    UsageRecord {
        model: usage.model.clone(),
        tokens_in: usage.tokens_in,
        tokens_cached: usage.tokens_cached,
        tokens_out: usage.tokens_out,
        cost: usage.cost.filter(|cost| cost.is_finite()),
    }
}

fn usage(record: UsageRecord) -> Usage {
    Usage {
        model: record.model,
        tokens_in: record.tokens_in,
        tokens_cached: record.tokens_cached,
        tokens_out: record.tokens_out,
        cost: record.cost,
    }
}
