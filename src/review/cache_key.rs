//! The key under which an answer can be used again.
//!
//! Chosen: the lines of the change with their paths, modes and hunks' order,
//! without line numbers, ids and messages, so that amend, rebase, cherry-pick and
//! another worktree find the answer. Rejected: the prompt's digest, which moves
//! with every commit message.

use std::collections::HashSet;

use crate::model::digest::FieldDigest;
use crate::model::{Access, Change, HunkId, Job, JobId, Prompt};

/// Hexadecimal SHA-256 for one job of one change.
/// An exploring job's answer also rests on what it could read: `snapshot` is the digest of that.
pub(super) fn of(
    change: &Change,
    job: &Job,
    id: &JobId,
    prompt: Option<&Prompt>,
    snapshot: Option<&str>,
) -> String {
    let mut digest = FieldDigest::default();
    digest.field("review-1");
    digest.field(env!("CARGO_PKG_VERSION").as_bytes());
    digest.field(job.definition.digest.as_bytes());
    digest.field(job.backend.as_bytes());
    digest.field(job.model.as_deref().unwrap_or("").as_bytes());
    digest.field(id.to_string().as_bytes());
    hunks(change, prompt, &mut digest);
    for lock in &change.lock_files {
        digest.field(format!("{lock:?}").as_bytes());
    }
    if let Some(snapshot) = snapshot.filter(|_| job.access != Access::Sealed) {
        digest.field("snapshot");
        digest.field(snapshot.as_bytes());
    }
    digest.finish()
}

/// The lines, with their paths and modes: of the prompt's hunks, or all.
pub(super) fn hunks(change: &Change, prompt: Option<&Prompt>, digest: &mut FieldDigest) {
    let held: Option<HashSet<HunkId>> = prompt.map(|prompt| prompt.hunks.iter().copied().collect());
    for (file, hunk) in change.hunks() {
        if held.as_ref().is_some_and(|held| !held.contains(&hunk.id)) {
            continue;
        }
        digest.field(file.path.as_bytes());
        digest.field(
            file.old_path
                .as_ref()
                .map_or(&b""[..], |path| path.as_bytes()),
        );
        digest.field(format!("{} {:o} {:o}", hunk.id, file.old_mode, file.new_mode).as_bytes());
        for line in &hunk.lines {
            digest.field([line.kind as u8]);
            digest.field(&line.text);
        }
    }
}
