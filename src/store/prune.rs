//! What is kept, and for how long.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

use super::answer_cache::{made_at, read_entry};
use super::{Store, StoreError, lock};
use crate::model::{RunId, RunState};
use crate::sys::{clock, files};

/// Seconds after which an unfinished file has no writer any more.
const STRAY: u64 = 3600;
/// Seconds in a day.
const DAY: u64 = 86_400;

/// What [`Store::prune`] removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Runs.
    pub runs: usize,
    /// Files that an interrupted write had left.
    pub strays: usize,
}

/// A run that has ended.
struct Ended {
    run: RunId,
    /// Seconds since the epoch.
    at: i64,
    /// Whether a newer one took its place before it began.
    superseded: bool,
}

impl Store {
    /// Keeps the newest `keep_runs` finished runs, those that a newer one took the place of
    /// counted last, and of these the ones younger than `keep_days`; `now` is in seconds since
    /// the epoch. Runs that wait, run, or have not been told of stay. While another process
    /// prunes, this does nothing.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn prune(&self, keep_runs: usize, keep_days: u64, now: i64) -> Result<Pruned, StoreError> {
        if !self.root.is_dir() {
            return Ok(Pruned::default());
        }
        let trash = self.ensure("trash")?;
        let Some(_held) = lock::take(&self.root.join("prune.lock"), 1)? else {
            return Ok(Pruned::default());
        };
        let too_old = |ended: &Ended| clock::age(ended.at, now) / DAY >= keep_days;
        let untold: BTreeSet<RunId> = self.undelivered().into_iter().collect();
        let told = self
            .run_ids()
            .into_iter()
            .filter(|run| !untold.contains(run));
        let mut ended: Vec<Ended> = told.filter_map(|run| self.ended(run)).collect();
        ended.sort_by_key(|ended| ended.superseded);
        let surplus = ended
            .into_iter()
            .enumerate()
            .filter(|(newer, ended)| *newer >= keep_runs || too_old(ended));
        let mut pruned = Pruned::default();
        let mut gone = BTreeSet::new();
        for (_, Ended { run, .. }) in surplus {
            if self.discard(&run, &trash)? {
                pruned.runs += 1;
                gone.insert(run);
            }
        }
        self.forget_keys(&gone);
        empty(&trash);
        pruned.strays = self.sweep(now);
        Ok(pruned)
    }

    /// The run if nobody works on it any more, or ever will. Damaged ones count as ended: nobody
    /// can do anything with them.
    fn ended(&self, run: RunId) -> Option<Ended> {
        let (at, superseded) = match self.state(&run) {
            Ok(state) => match state.phase {
                RunState::Queued | RunState::Running => return None,
                RunState::Superseded => (state.since, true),
                RunState::Done
                | RunState::Failed(_)
                | RunState::Cancelled
                | RunState::OverBudget { .. } => (state.since, false),
            },
            Err(StoreError::Damaged { .. }) => (made_at(&run), false),
            Err(_) => return None,
        };
        (!self.is_alive(&run)).then_some(Ended {
            run,
            at,
            superseded,
        })
    }

    /// Moves the run aside under its lock, so that it vanishes at once for everybody.
    fn discard(&self, run: &RunId, trash: &Path) -> Result<bool, StoreError> {
        let Ok(Some(_held)) = self.lock_run(run) else {
            return Ok(false);
        };
        let dir = self.run_dir(run);
        fs::rename(&dir, trash.join(run.as_str()))
            .map_err(|e| StoreError::at("remove", &dir, e))?;
        for place in ["delivered", "telling"] {
            let _ = fs::remove_file(self.root.join(place).join(run.as_str()));
        }
        Ok(true)
    }

    fn forget_keys(&self, gone: &BTreeSet<RunId>) {
        if gone.is_empty() {
            return;
        }
        for dir in [self.keys_dir(), self.root.join("by-commit")] {
            for path in Self::names(&dir).into_iter().map(|name| dir.join(name)) {
                if read_entry(&path).is_some_and(|run| gone.contains(&run)) {
                    let _ = fs::remove_file(path);
                }
            }
        }
    }

    fn sweep(&self, now: i64) -> usize {
        let fixed =
            ["", "runs", "findings", "by-key", "by-commit"].map(|name| self.root.join(name));
        let runs = self.run_ids();
        let per_run = runs.iter().map(|run| self.run_dir(run));
        let agents = runs.iter().map(|run| self.run_dir(run).join("agents"));
        let per_job =
            agents.flat_map(|dir| Self::names(&dir).into_iter().map(move |job| dir.join(job)));
        fixed
            .into_iter()
            .chain(per_run)
            .chain(per_job)
            .map(|dir| sweep_dir(&dir, now))
            .sum()
    }
}

fn sweep_dir(dir: &Path, now: i64) -> usize {
    if files::check_private_dir(dir).is_err() {
        return 0;
    }
    let strays = Store::names(dir)
        .into_iter()
        .filter(|name| name.starts_with(files::UNFINISHED));
    strays
        .filter(|name| remove_if_stray(&dir.join(name), now))
        .count()
}

fn remove_if_stray(path: &Path, now: i64) -> bool {
    let Ok(about) = fs::symlink_metadata(path) else {
        return false;
    };
    let written = about
        .modified()
        .ok()
        .and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let written = written
        .and_then(|since| i64::try_from(since.as_secs()).ok())
        .unwrap_or(0);
    clock::age(written, now) >= STRAY && remove(path, about.is_dir())
}

fn remove(path: &Path, is_dir: bool) -> bool {
    if is_dir {
        fs::remove_dir_all(path).is_ok()
    } else {
        fs::remove_file(path).is_ok()
    }
}

fn empty(dir: &Path) {
    for name in Store::names(dir) {
        let path = dir.join(name);
        let is_dir = fs::symlink_metadata(&path).is_ok_and(|about| about.is_dir());
        remove(&path, is_dir);
    }
}
