//! The form in which the store keeps a reply: the wire format and, under private keys, what the
//! program knows beside it. Exact in both directions.

use serde::{Deserialize, Serialize};

use crate::model::{HunkId, Reply, Usage};

use super::wire::{VERSION, WireFinding, WireLesson};

/// The version of this form.
const STORED: u32 = 1;

#[derive(Serialize, Deserialize)]
struct StoredReply {
    #[serde(rename = "_stored")]
    stored: u32,
    version: u64,
    findings: Vec<WireFinding>,
    coverage: Vec<String>,
    lessons: Vec<WireLesson>,
    #[serde(rename = "_usage")]
    usage: StoredUsage,
    #[serde(rename = "_rejected")]
    rejected: Vec<(String, String)>,
    #[serde(rename = "_notes")]
    notes: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct StoredUsage {
    model: Option<String>,
    tokens_in: Option<u64>,
    tokens_cached: Option<u64>,
    tokens_out: Option<u64>,
    /// As text: it comes back to the last bit.
    cost: Option<String>,
}

/// Writes a reply for the store, with usage, rejected entries and notes; [`super::decode_reply`]
/// gives the same reply back.
#[must_use]
pub(crate) fn encode_reply(reply: &Reply) -> String {
    let stored = StoredReply {
        stored: STORED,
        version: VERSION,
        findings: reply.proposals.iter().map(WireFinding::from).collect(),
        coverage: reply.coverage.iter().map(ToString::to_string).collect(),
        lessons: reply.lessons.iter().map(WireLesson::from).collect(),
        usage: encode_usage(&reply.usage),
        rejected: reply.rejected.clone(),
        notes: reply.notes.clone(),
    };
    serde_json::to_string(&stored).expect("strings and numbers under literal keys are always JSON")
}

/// `None` if this is not what [`encode_reply`] wrote.
pub(super) fn decode_stored(text: &str) -> Option<Reply> {
    let stored: StoredReply = serde_json::from_str(text).ok()?;
    let coverage = stored
        .coverage
        .iter()
        .map(|id| HunkId::parse(id))
        .collect::<Option<_>>()?;
    (stored.stored == STORED && stored.version == VERSION).then(|| Reply {
        proposals: stored.findings.into_iter().map(Into::into).collect(),
        coverage,
        lessons: stored.lessons.into_iter().map(Into::into).collect(),
        rejected: stored.rejected,
        usage: decode_usage(stored.usage),
        notes: stored.notes,
    })
}

fn encode_usage(usage: &Usage) -> StoredUsage {
    StoredUsage {
        model: usage.model.clone(),
        tokens_in: usage.tokens_in,
        tokens_cached: usage.tokens_cached,
        tokens_out: usage.tokens_out,
        cost: usage.cost.map(|c| c.to_string()),
    }
}

fn decode_usage(stored: StoredUsage) -> Usage {
    Usage {
        model: stored.model,
        tokens_in: stored.tokens_in,
        tokens_cached: stored.tokens_cached,
        tokens_out: stored.tokens_out,
        cost: stored.cost.and_then(|c| c.parse().ok()),
    }
}
