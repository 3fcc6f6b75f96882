//! Told exactly once: a run has one ticket, and whoever renames it first prints.
//!
//! `runs/<run>/ticket` → `ready/<run>` (the report is finished) → `telling/<run>`
//! (somebody prints it) → `delivered/<run>`.
//! The ticket is made with the run and never copied, so neither a supervisor
//! that is started again nor two terminals at once can make a second one. Who is
//! killed while printing leaves it in `telling`: whether the person saw it nobody
//! knows, so it is not printed again, but where to find it is said.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::{fs, io};

use super::{Store, StoreError};
use crate::model::RunId;
use crate::sys::{clock, files};

/// Seconds after which nobody prints any more.
const PRINTING: u64 = 60;

impl Store {
    /// The report is finished and somebody should be told. Saying so again,
    /// even after it was told, changes nothing.
    ///
    /// # Errors
    /// No such run, or the store cannot be written.
    pub fn mark_ready(&self, run: &RunId) -> Result<(), StoreError> {
        let ticket = self.existing(run)?.join("ticket");
        let ready = self.ensure("ready")?;
        // The mark first: who is killed between the two leaves a mark too many, not a report too few.
        self.mark_waiting();
        if move_ticket(&ticket, &ready.join(run.as_str()))? {
            files::sync_dir(&ready).map_err(|e| StoreError::at("write", &ready, e))?;
            self.announce();
        }
        Ok(())
    }

    /// Takes back the ticket of a run that goes on after its partial report was told, so that the
    /// whole one is told too.
    pub fn renew_ticket(&self, run: &RunId) {
        let Ok(dir) = self.existing(run) else { return };
        for place in ["delivered", "ready"] {
            // where it is in neither place, somebody prints just now or it was never given out
            let _ = move_ticket(
                &self.root.join(place).join(run.as_str()),
                &dir.join("ticket"),
            );
        }
        self.refresh_waiting();
    }

    /// Finished runs that nobody was told of, oldest first.
    #[must_use]
    pub fn undelivered(&self) -> Vec<RunId> {
        let names = Self::names(&self.root.join("ready"));
        let mut ids: Vec<RunId> = names.iter().filter_map(|name| RunId::parse(name)).collect();
        ids.sort_unstable();
        ids
    }

    /// Takes the right, and the duty, to tell of this run: true for exactly one caller.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn claim_delivery(&self, run: &RunId) -> Result<bool, StoreError> {
        let ready = self.root.join("ready").join(run.as_str());
        if fs::symlink_metadata(&ready).is_err() {
            return Ok(false);
        }
        move_ticket(&ready, &self.ensure("telling")?.join(run.as_str()))
    }

    /// The claimed report was printed.
    pub fn finish_delivery(&self, run: &RunId) {
        let telling = self.root.join("telling").join(run.as_str());
        // What cannot be moved is said to be cut short later on; no more.
        let _ = self
            .ensure("delivered")
            .map(|dir| fs::rename(telling, dir.join(run.as_str())));
    }

    /// Runs whose printing began a while ago and never ended. Each is given to one caller.
    #[must_use]
    pub fn cut_short(&self) -> Vec<RunId> {
        let dir = self.root.join("telling");
        let mut runs: Vec<RunId> = Self::names(&dir)
            .iter()
            .filter_map(|name| RunId::parse(name))
            .collect();
        // a rename sets the time of the entry's change
        let old = |run: &RunId| {
            let since = fs::symlink_metadata(dir.join(run.as_str()))
                .map_or(i64::MAX, |about| about.ctime());
            clock::age(since, clock::now()) > PRINTING
        };
        runs.retain(old);
        runs.retain(|run| {
            let delivered = self.ensure("delivered").map(|dir| dir.join(run.as_str()));
            delivered.is_ok_and(|to| move_ticket(&dir.join(run.as_str()), &to).unwrap_or(false))
        });
        runs
    }

    /// Whether somebody prints, or was killed while printing.
    pub(super) fn is_telling(&self) -> bool {
        !Self::names(&self.root.join("telling")).is_empty()
    }

    /// Gives a claim back after the print failed, so that the next one tells.
    pub fn release_delivery(&self, run: &RunId) {
        let telling = self.root.join("telling").join(run.as_str());
        let _ = fs::rename(telling, self.root.join("ready").join(run.as_str()));
    }
}

/// Whether this call moved it; false when it was not there (any more).
fn move_ticket(from: &Path, to: &Path) -> Result<bool, StoreError> {
    match fs::rename(from, to) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(e) => Err(StoreError::at("move", from, e)),
    }
}
