//! A prompt that is longer than the model takes becomes two.

use std::collections::HashSet;

use crate::model::{Change, FileChange, Hunk, HunkId, JobId, Prompt};
use crate::prompt;
use crate::prompt::PromptInput;
use crate::review::cache_key;
use crate::review::prepare::{Prepared, PromptJob};
use crate::review::workspace::Workspace;

/// Prompts shorter than this are not split: what does not fit then is not the change.
const SHORTEST: usize = 8 << 10;

/// Whether there is anything to divide.
pub(crate) fn can_split(work: &PromptJob) -> bool {
    work.prompt
        .as_ref()
        .is_some_and(|prompt| prompt.hunks.len() > 1 && prompt.text.len() > SHORTEST)
}

/// The work in two halves of about the same length. The first keeps the work's name, so that its
/// past stays with it; the second is the job's part `number`. None where a half finds no room.
pub(crate) fn halves(
    workspace: &Workspace,
    prepared: &Prepared,
    work: &PromptJob,
    number: u32,
) -> Option<[PromptJob; 2]> {
    let whole = work.prompt.as_ref().filter(|_| can_split(work))?;
    let (first, second) = divide(&prepared.change, whole);
    let first = half(workspace, prepared, work, (&first, work.id.chunk))?;
    let second = half(workspace, prepared, work, (&second, number))?;
    Some([first, second])
}

/// The prompt's hunks in order, up to the one with which half of their text is reached, and the rest.
fn divide(change: &Change, whole: &Prompt) -> (Vec<HunkId>, Vec<HunkId>) {
    let size = |id: &HunkId| -> usize {
        let found = change.hunks().find(|(_, hunk)| hunk.id == *id);
        found.map_or(0, |(_, hunk)| {
            hunk.lines.iter().map(|line| line.text.len() + 10).sum()
        })
    };
    let sizes: Vec<usize> = whole.hunks.iter().map(size).collect();
    let all: usize = sizes.iter().sum();
    let mut so_far = 0;
    let reached = |size: &usize| {
        so_far += size;
        so_far * 2 >= all
    };
    let at = sizes
        .iter()
        .position(reached)
        .map_or(1, |at| at + 1)
        .clamp(1, whole.hunks.len() - 1);
    let (first, second) = whole.hunks.split_at(at);
    (first.to_vec(), second.to_vec())
}

/// One half, with a smaller background too where that leaves room for its lines.
fn half(
    workspace: &Workspace,
    prepared: &Prepared,
    work: &PromptJob,
    (hunks, chunk): (&[HunkId], u32),
) -> Option<PromptJob> {
    let whole = work.prompt.as_ref()?;
    let change = only(&prepared.change, hunks);
    let candidates = prepared
        .facts
        .get(&work.job.definition.name)
        .map_or(&[][..], |reply| &reply.proposals);
    let schema = prepared.schema.to_string();
    let compose = |budget: usize| {
        let composed = prompt::compose(&PromptInput {
            job: &work.job,
            change: &change,
            context: &prepared.context,
            candidates,
            schema: &schema,
            snapshot: prepared.snapshot.as_ref().map(|snapshot| &snapshot.note),
            guidance: prepared.guidance.as_deref(),
            nonce: &whole.nonce,
            budget: budget.min(workspace.settings.prompt_bytes),
            max_chunks: 1,
        });
        let fits = composed.left_out.is_empty() && composed.prompts.len() == 1;
        composed.prompts.into_iter().next().filter(|_| fits)
    };
    let length = whole.text.len();
    let mut prompt = compose(length * 6 / 10)
        .or_else(|| compose(length * 8 / 10))
        .or_else(|| compose(length))?;
    let id = JobId {
        chunk,
        ..work.id.clone()
    };
    prompt.job = id.clone();
    let read = prepared
        .snapshot
        .as_ref()
        .map(|snapshot| snapshot.digest.as_str());
    let key = cache_key::of(&prepared.change, &work.job, &id, Some(&prompt), read);
    Some(PromptJob {
        id,
        job: work.job.clone(),
        prompt: Some(prompt),
        key,
    })
}

/// The change with these hunks alone.
fn only(change: &Change, hunks: &[HunkId]) -> Change {
    let wanted: HashSet<HunkId> = hunks.iter().copied().collect();
    let part = |file: &FileChange| {
        let kept: Vec<Hunk> = file
            .hunks
            .iter()
            .filter(|hunk| wanted.contains(&hunk.id))
            .cloned()
            .collect();
        (!kept.is_empty()).then(|| FileChange {
            hunks: kept,
            ..file.clone()
        })
    };
    Change {
        files: change.files.iter().filter_map(part).collect(),
        ..change.clone()
    }
}
