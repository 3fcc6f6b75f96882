//! Which run reviewed a commit, and which runs have not ended.

use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use super::answer_cache::made_at;
use super::{Store, StoreError, seal};
use crate::model::{ObjectId, RunId, RunState};
use crate::sys::{clock, files};

/// Seconds after which nobody makes a run, or is on the way to one, any more.
const MAKING: u64 = 10;

impl Store {
    /// The newest run that reviewed this commit, if it still exists.
    #[must_use]
    pub fn run_of_commit(&self, commit: &ObjectId) -> Option<RunId> {
        let (run, _) = seal::read_entry(&self.commit_entry(commit))?;
        self.run_dir(&run).is_dir().then_some(run)
    }

    /// Notes that this run reviewed the commit.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn set_run_of_commit(&self, commit: &ObjectId, run: &RunId) -> Result<(), StoreError> {
        let path = self.ensure("by-commit")?.join(commit.as_str());
        let entry = seal::entry(seal::Entry::Commit(commit.as_str()), run);
        self.write(&path, entry.as_bytes(), files::Sync::Lazy)
    }

    pub(super) fn commit_entry(&self, commit: &ObjectId) -> PathBuf {
        self.root.join("by-commit").join(commit.as_str())
    }

    /// Whether the run has not ended, whoever works on it or not yet.
    #[must_use]
    pub fn is_unfinished(&self, run: &RunId) -> bool {
        self.state(run).is_ok_and(|state| !state.phase.is_final())
    }

    /// Runs that have not ended, oldest first: a mark each, so that nothing need be read
    /// where there are none.
    #[must_use]
    pub fn unfinished(&self) -> Vec<RunId> {
        let names = Self::names(&self.root.join("open"));
        let mut runs: Vec<RunId> = names.iter().filter_map(|name| RunId::parse(name)).collect();
        runs.sort_unstable();
        runs
    }

    /// Makes the mark. It comes before the run, so that no run is without one.
    pub(super) fn open_mark(&self, run: &RunId) -> Result<(), StoreError> {
        let path = self.ensure("open")?.join(run.as_str());
        let made = self.with_reserve(|| files::write_new(&path, b"", files::Sync::Lazy));
        made.map_err(|e| StoreError::at("write", &path, e))?;
        self.wake_hook();
        Ok(())
    }

    /// Removes the mark of a run that was never made: whoever made the mark was
    /// killed before the run appeared.
    pub fn forget_unmade(&self, run: &RunId) {
        let since = made_at(run);
        let old = since > clock::now() || clock::age(since, clock::now()) > MAKING;
        if old && !self.run_dir(run).exists() {
            self.close_mark(run);
        }
    }

    /// Notes that a supervisor was started again for a run that had lost its own.
    pub fn note_restart(&self, run: &RunId) {
        // Without the note the next hook starts one more, which finds the run taken.
        let _ = self
            .existing(run)
            .and_then(|dir| self.write(&dir.join("restarted"), b"", files::Sync::Lazy));
    }

    /// Whether that was so lately that it may still be on its way: on a busy machine each of many git
    /// commands would start another one.
    #[must_use]
    pub fn was_just_restarted(&self, run: &RunId) -> bool {
        let written = |name: &str| {
            fs::metadata(self.run_dir(run).join(name))
                .and_then(|about| about.modified())
                .ok()
        };
        let Some(restarted) = written("restarted") else {
            return false;
        };
        let came_up = written("state.json").is_some_and(|state| state >= restarted);
        let lately = SystemTime::now()
            .duration_since(restarted)
            .is_ok_and(|age| age.as_secs() < MAKING);
        lately && !came_up
    }

    /// Does what a process that was killed left undone of a run that has ended:
    /// its failure is told, and its mark goes.
    pub fn tidy_ended(&self, run: &RunId) {
        let failed = self
            .state(run)
            .is_ok_and(|state| matches!(state.phase, RunState::Failed(_)));
        let in_background = || self.request(run).is_ok_and(|request| request.background);
        // with the mark still there, the next one tries again
        if !(failed && in_background()) || self.mark_ready(run).is_ok() {
            self.close_mark(run);
        }
    }

    /// Removes the mark of a run that has ended. After a failure it goes when
    /// somebody is sure to be told.
    pub fn close_mark(&self, run: &RunId) {
        // A mark that stays costs a look and no more.
        let _ = fs::remove_file(self.root.join("open").join(run.as_str()));
    }
}
