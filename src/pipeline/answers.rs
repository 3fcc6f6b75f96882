//! Answers that no process gives: the offline reviewer's, and those that never came.

use std::time::Duration;

use super::prepare::{Prepared, Work, has_offline_field};
use crate::agent::{self, Answer};
use crate::model::{AgentLine, Ending, HunkId, JobId, Reply, Usage};
use crate::store::StoredAnswer;

/// Hunks that this work was to read.
pub(super) fn hunks_of(work: &Work, prepared: &Prepared) -> Vec<HunkId> {
    match &work.brief {
        Some(brief) => brief.hunks.clone(),
        None => prepared.change.hunks().map(|(_, hunk)| hunk.id).collect(),
    }
}

/// The offline reviewer's part of the work.
pub(super) fn offline_answer(work: &Work, prepared: &Prepared) -> StoredAnswer {
    if !has_offline_field(&prepared.facts, &work.job.definition) {
        let why = "the offline reviewer has no checks for this agent".to_owned();
        let outcome = Answer { ending: Ending::Refused(why), reply: None, usage: Usage::default(), detail: None };
        return stored(&work.id, "offline", outcome, hunks_of(work, prepared));
    }
    let reply = prepared.facts[&work.id.agent].clone();
    StoredAnswer { hunks: hunks_of(work, prepared), ..facts_answer(&work.id, &reply) }
}

/// The offline reviewer's facts as an answer.
pub(super) fn facts_answer(id: &JobId, reply: &Reply) -> StoredAnswer {
    let answer = Answer {
        ending: Ending::Answered,
        reply: Some(reply.clone()),
        usage: Usage { cost: Some(0.0), ..Usage::default() },
        detail: None,
    };
    stored(id, "offline", answer, reply.coverage.clone())
}

fn stored(id: &JobId, backend: &str, answer: Answer, hunks: Vec<HunkId>) -> StoredAnswer {
    StoredAnswer {
        job: id.clone(),
        backend: backend.to_owned(),
        ending: answer.ending,
        elapsed: Duration::ZERO,
        reply: answer.reply.as_ref().map(agent::encode_reply),
        usage: answer.usage,
        tried: Vec::new(),
        detail: answer.detail,
        hunks,
        attempts: 0,
    }
}

/// A job that never came to an end.
pub(super) fn lost(work: &Work, backend: &str, tried: &[(String, Ending)]) -> StoredAnswer {
    let answer = Answer { ending: Ending::Lost, reply: None, usage: Usage::default(), detail: None };
    let hunks = work.brief.as_ref().map(|b| b.hunks.clone()).unwrap_or_default();
    StoredAnswer { tried: tried.to_vec(), ..stored(&work.id, backend, answer, hunks) }
}

/// The report's line of an answer.
pub(super) fn line_of(id: &JobId, answer: &StoredAnswer) -> AgentLine {
    AgentLine {
        name: id.to_string(),
        backend: answer.backend.clone(),
        ending: answer.ending.clone(),
        elapsed: answer.elapsed,
        usage: answer.usage.clone(),
        tried: answer.tried.clone(),
        detail: answer.detail.clone(),
    }
}
