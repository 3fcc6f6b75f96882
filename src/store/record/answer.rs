//! `agents/<job>/result.json`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::StoredAnswer;
use super::ending::{EndingRecord, milliseconds};
use super::{Record, understand};
use crate::model::{AgentName, Estimate, HunkId, JobId, Perspective, Usage};

#[derive(Serialize, Deserialize)]
pub(crate) struct AnswerRecord {
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
    estimate: EstimateRecord,
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
pub(super) struct UsageRecord {
    model: Option<String>,
    tokens_in: Option<u64>,
    tokens_cached: Option<u64>,
    tokens_out: Option<u64>,
    cost: Option<f64>,
}

/// What was guessed, kept apart from what was said.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct EstimateRecord {
    tokens_in: Option<u64>,
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
            usage: UsageRecord::of(&self.usage),
            estimate: EstimateRecord::of(&self.estimate),
            reply: self.reply.clone(),
        }
    }

    fn from_disk(disk: AnswerRecord) -> Result<Self, String> {
        let agent = understand("agent", &disk.agent, AgentName::parse)?;
        let perspective = understand("perspective", &disk.perspective, perspective)?;
        Ok(Self {
            job: JobId {
                agent,
                perspective,
                chunk: disk.chunk,
            },
            backend: disk.backend,
            ending: disk.ending.into_ending(),
            elapsed: Duration::from_millis(disk.ms),
            reply: disk.reply,
            usage: disk.usage.into_usage(),
            estimate: disk.estimate.into_estimate(),
            tried: disk
                .tried
                .into_iter()
                .map(|tried| (tried.backend, tried.ending.into_ending()))
                .collect(),
            detail: disk.detail,
            hunks: disk.hunks.into_iter().map(HunkId).collect(),
            attempts: disk.attempts,
        })
    }
}

pub(super) fn perspective_word(perspective: Perspective) -> &'static str {
    match perspective {
        Perspective::Informed => "informed",
        Perspective::Fresh => "fresh",
    }
}

pub(super) fn perspective(word: &str) -> Option<Perspective> {
    match word {
        "informed" => Some(Perspective::Informed),
        "fresh" => Some(Perspective::Fresh),
        _ => None,
    }
}

/// A cost that is no number is no cost: JSON has no word for it.
fn real(cost: Option<f64>) -> Option<f64> {
    cost.filter(|cost| cost.is_finite())
}

impl UsageRecord {
    pub(super) fn of(usage: &Usage) -> Self {
        Self {
            model: usage.model.clone(),
            tokens_in: usage.tokens_in,
            tokens_cached: usage.tokens_cached,
            tokens_out: usage.tokens_out,
            cost: real(usage.cost),
        }
    }

    pub(super) fn into_usage(self) -> Usage {
        Usage {
            model: self.model,
            tokens_in: self.tokens_in,
            tokens_cached: self.tokens_cached,
            tokens_out: self.tokens_out,
            cost: self.cost,
        }
    }
}

impl EstimateRecord {
    pub(super) fn of(estimate: &Estimate) -> Self {
        Self {
            tokens_in: estimate.tokens_in,
            tokens_out: estimate.tokens_out,
            cost: real(estimate.cost),
        }
    }

    pub(super) fn into_estimate(self) -> Estimate {
        Estimate {
            tokens_in: self.tokens_in,
            tokens_out: self.tokens_out,
            cost: self.cost,
        }
    }
}
