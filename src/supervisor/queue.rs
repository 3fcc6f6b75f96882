//! Jobs that have not started.

use std::collections::VecDeque;
use std::time::Duration;

use crate::model::JobId;

use super::SuperviseJob;

/// First come, first served, among those whose delay is over.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: VecDeque<Entry>,
}

#[derive(Debug)]
struct Entry {
    job: SuperviseJob,
    ready_at: Duration,
    announced: bool,
}

impl Queue {
    /// Adds jobs at time `now`.
    pub(super) fn add(&mut self, jobs: Vec<SuperviseJob>, now: Duration) {
        self.waiting.extend(jobs.into_iter().map(|job| {
            let ready_at = now.saturating_add(job.delay);
            Entry {
                job,
                ready_at,
                announced: false,
            }
        }));
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether one could start at `now`.
    pub(super) fn has_ready(&self, now: Duration) -> bool {
        self.waiting.iter().any(|e| e.ready_at <= now)
    }

    /// Takes the first whose delay is over.
    pub(super) fn take_ready(&mut self, now: Duration) -> Option<SuperviseJob> {
        let at = self.waiting.iter().position(|e| e.ready_at <= now)?;
        self.waiting.remove(at).map(|e| e.job)
    }

    /// Takes the first, ready or not.
    pub(super) fn take_any(&mut self) -> Option<SuperviseJob> {
        self.waiting.pop_front().map(|e| e.job)
    }

    /// Those of which nobody has said yet that they wait; each is returned once.
    pub(super) fn unannounced(&mut self) -> Vec<JobId> {
        let fresh = self.waiting.iter_mut().filter(|e| !e.announced);
        fresh
            .map(|e| {
                e.announced = true;
                e.job.id.clone()
            })
            .collect()
    }
}
