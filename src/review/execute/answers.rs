//! Answers that no process gives: the offline reviewer's, and those that never came.

use std::time::Duration;

use crate::backends::Answer;
use crate::findings::JobResult;
use crate::model::report::OFFLINE;
use crate::model::{
    AgentLine, Ending, Estimate, HunkId, JobId, Perspective, Reply, Settings, Usage,
};
use crate::reply;
use crate::review::conclude::remedy::advice;
use crate::review::execute::schedule::Task;
use crate::review::prepare::{Prepared, PromptJob, has_offline_field};
use crate::store::StoredAnswer;

/// Hunks that this work was to read.
pub(crate) fn hunks_of(work: &PromptJob, prepared: &Prepared) -> Vec<HunkId> {
    match &work.prompt {
        Some(prompt) => prompt.hunks.clone(),
        None => prepared.change.hunks().map(|(_, hunk)| hunk.id).collect(),
    }
}

/// The offline reviewer's part of the work.
pub(crate) fn offline_answer(work: &PromptJob, prepared: &Prepared) -> StoredAnswer {
    if !has_offline_field(&prepared.facts, &work.job.definition) {
        let why = "the offline reviewer has no checks for this agent".to_owned();
        let outcome = Answer {
            ending: Ending::Refused(why),
            reply: None,
            usage: Usage::default(),
            detail: None,
        };
        return stored(&work.id, OFFLINE, outcome, hunks_of(work, prepared));
    }
    let reply = prepared.facts[&work.id.agent].clone();
    StoredAnswer {
        hunks: hunks_of(work, prepared),
        ..facts_answer(&work.id, &reply)
    }
}

/// The offline reviewer's facts as an answer.
pub(crate) fn facts_answer(id: &JobId, reply: &Reply) -> StoredAnswer {
    let answer = Answer {
        ending: Ending::Answered,
        reply: Some(reply.clone()),
        usage: Usage {
            cost: Some(0.0),
            ..Usage::default()
        },
        detail: None,
    };
    stored(id, OFFLINE, answer, reply.coverage.clone())
}

/// An answer of an earlier run: it costs nothing again.
pub(crate) fn reused(answer: &StoredAnswer) -> StoredAnswer {
    let usage = Usage {
        model: answer.usage.model.clone(),
        cost: Some(0.0),
        ..Usage::default()
    };
    StoredAnswer {
        usage,
        estimate: Estimate::default(),
        ..answer.clone()
    }
}

/// The offline reviewer's facts for agents that another backend runs, and
/// secrets always: what a model says never removes them.
pub(crate) fn facts(prepared: &Prepared) -> Vec<JobResult> {
    let mut results = Vec::new();
    for (agent, reply) in &prepared.facts {
        let planned = prepared.work.iter().find(|work| work.id.agent == *agent);
        let mut reply = reply.clone();
        match planned {
            Some(work) if work.prompt.is_none() => continue,
            Some(_) => {}
            None => reply.proposals.retain(|p| p.category == "CWE-798"),
        }
        let id = JobId {
            agent: agent.clone(),
            perspective: Perspective::Informed,
            chunk: 1,
        };
        let answer = facts_answer(&id, &reply);
        results.push(JobResult {
            // the offline reviewer needs no advice
            line: line_of(&id, &answer, &Settings::default()),
            job: id,
            reviewer: OFFLINE.into(),
            given: reply.coverage.clone(),
            counts_for_coverage: false,
            reply: Some(reply),
        });
    }
    results
}

fn stored(id: &JobId, backend: &str, answer: Answer, hunks: Vec<HunkId>) -> StoredAnswer {
    StoredAnswer {
        job: id.clone(),
        backend: backend.to_owned(),
        ending: answer.ending,
        elapsed: Duration::ZERO,
        reply: answer.reply.as_ref().map(reply::encode_reply),
        usage: answer.usage,
        estimate: Estimate::default(),
        tried: Vec::new(),
        detail: answer.detail,
        hunks,
        attempts: 0,
    }
}

/// What stands for a task whose review ended before it was settled.
pub(crate) fn unanswered(job: &PromptJob, task: &Task) -> StoredAnswer {
    let answer = Answer {
        ending: Ending::Lost,
        reply: None,
        usage: Usage::default(),
        detail: None,
    };
    let hunks = match &job.prompt {
        Some(prompt) => prompt.hunks.clone(),
        None => Vec::new(),
    };
    StoredAnswer {
        tried: task.failed.clone(),
        ..stored(&job.id, &task.backend, answer, hunks)
    }
}

/// The report's line of an answer.
pub(crate) fn line_of(id: &JobId, answer: &StoredAnswer, settings: &Settings) -> AgentLine {
    let (ending, backend) = match answer.tried.last() {
        // it stands in: what helps is what helps the one that was to answer
        Some((backend, ending)) if answer.backend == OFFLINE => (ending, backend),
        Some(_) | None => (&answer.ending, &answer.backend),
    };
    AgentLine {
        name: id.to_string(),
        backend: answer.backend.clone(),
        ending: answer.ending.clone(),
        elapsed: answer.elapsed,
        usage: answer.usage.clone(),
        estimate: answer.estimate,
        tried: answer.tried.clone(),
        detail: answer.detail.clone(),
        advice: advice(ending, backend, settings),
    }
}
