//! `findings/<finding>.json`.

use serde::{Deserialize, Serialize};

use super::{Record, understand};
use crate::model::{
    AgentName, Decision, DismissKind, FindingId, FindingRecord, ObjectId, RunId, Severity, Status,
    Tier,
};

#[derive(Serialize, Deserialize)]
pub(crate) struct KnownRecord {
    id: String,
    status: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    tier: Option<String>,
    severity: String,
    #[serde(default)]
    file: String,
    #[serde(default)]
    line: u32,
    #[serde(default)]
    quote: String,
    #[serde(default)]
    fields: Vec<String>,
    first_run: String,
    last_run: String,
    #[serde(default)]
    fixed_by: Option<String>,
    #[serde(default)]
    decision: Option<DecisionRecord>,
    #[serde(default)]
    rounds: u32,
}

#[derive(Serialize, Deserialize)]
struct DecisionRecord {
    kind: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    who: String,
    #[serde(default)]
    when: i64,
}

impl Record for FindingRecord {
    type Disk = KnownRecord;

    fn to_disk(&self) -> KnownRecord {
        KnownRecord {
            id: self.id.to_string(),
            status: self.status.as_str().to_owned(),
            title: self.title.clone(),
            tier: Some(self.tier.as_str().to_owned()),
            severity: self.severity.as_str().to_owned(),
            file: self.file.clone(),
            line: self.line,
            quote: self.quote.clone(),
            fields: self.fields.iter().map(ToString::to_string).collect(),
            first_run: self.first_run.to_string(),
            last_run: self.last_run.to_string(),
            fixed_by: self.fixed_by.as_ref().map(ToString::to_string),
            decision: self.decision.as_ref().map(decision_record),
            rounds: self.rounds,
        }
    }

    fn from_disk(disk: KnownRecord) -> Result<Self, String> {
        Ok(Self {
            id: understand("finding", &disk.id, FindingId::parse)?,
            status: understand("status", &disk.status, status)?,
            title: disk.title,
            tier: disk
                .tier
                .as_deref()
                .map_or(Ok(Tier::Maybe), |word| understand("tier", word, tier))?,
            severity: understand("severity", &disk.severity, Severity::parse)?,
            file: disk.file,
            line: disk.line,
            quote: disk.quote,
            fields: disk
                .fields
                .iter()
                .filter_map(|name| AgentName::parse(name))
                .collect(),
            first_run: understand("run", &disk.first_run, RunId::parse)?,
            last_run: understand("run", &disk.last_run, RunId::parse)?,
            fixed_by: disk
                .fixed_by
                .map(|id| understand("commit", &id, ObjectId::parse))
                .transpose()?,
            decision: disk.decision.map(decision).transpose()?,
            rounds: disk.rounds,
        })
    }
}

fn status(word: &str) -> Option<Status> {
    [
        Status::Open,
        Status::Fixed,
        Status::Dismissed,
        Status::Regressed,
    ]
    .into_iter()
    .find(|s| s.as_str() == word)
}

fn tier(word: &str) -> Option<Tier> {
    [Tier::Confirmed, Tier::Likely, Tier::Maybe]
        .into_iter()
        .find(|tier| tier.as_str() == word)
}

fn decision_record(decision: &Decision) -> DecisionRecord {
    DecisionRecord {
        kind: decision.kind.as_str().to_owned(),
        reason: decision.reason.clone(),
        who: decision.who.clone(),
        when: decision.when,
    }
}

fn decision(record: DecisionRecord) -> Result<Decision, String> {
    let kind = understand("decision", &record.kind, DismissKind::parse)?;
    Ok(Decision {
        kind,
        reason: record.reason,
        who: record.who,
        when: record.when,
    })
}
