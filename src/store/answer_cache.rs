//! The same work is never paid twice: one run a key.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::{Store, StoreError};
use super::{lock, seal};
use crate::model::RunId;
use crate::model::digest::sha256;
use crate::sys::{clock, files};

/// A key may be claimed before its run is written; this long, in seconds, that is believed.
const BELIEVED: u64 = 60;
/// Taking over an abandoned key is short; others wait this often.
const TRIES: u32 = 40;

impl Store {
    /// The run that has this work, if it still exists.
    #[must_use]
    pub fn run_for_key(&self, key: &str) -> Option<RunId> {
        let run = read_entry(&self.key_path(key))?;
        self.run_dir(&run).is_dir().then_some(run)
    }

    /// Gives the work to `run`, or says which run has it already. Of several
    /// callers at once exactly one gets `None`. An entry whose run is gone is taken over.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn claim_key(&self, key: &str, run: &RunId) -> Result<Option<RunId>, StoreError> {
        let dir = self.ensure("by-key")?;
        let path = self.key_path(key);
        let entry = seal::entry(seal::Entry::Key(&sha256(key)), run);
        match files::create_new(&path, entry.as_bytes()) {
            Ok(()) => return Ok(None),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(StoreError::at("write", &path, e)),
        }
        if let Some(other) = self.believed(&path) {
            return Ok((other != *run).then_some(other));
        }
        // whoever cannot get it in time goes on: work paid twice is better than none
        let _held = lock::take(&dir.join(".lock"), TRIES)?;
        if let Some(other) = self.believed(&path) {
            return Ok((other != *run).then_some(other));
        }
        let written = files::replace(&path, entry.as_bytes(), files::Sync::Lazy);
        written
            .map(|()| None)
            .map_err(|e| StoreError::at("write", &path, e))
    }

    /// Gives the key up if `run` has it: its work came to nothing.
    pub fn release_key(&self, key: &str, run: &RunId) {
        let path = self.key_path(key);
        if read_entry(&path).as_ref() == Some(run) {
            let _ = fs::remove_file(path);
        }
    }

    pub(super) fn keys_dir(&self) -> PathBuf {
        self.root.join("by-key")
    }

    fn key_path(&self, key: &str) -> PathBuf {
        self.keys_dir().join(sha256(key))
    }

    /// The entry's run, if it exists or may be about to.
    fn believed(&self, path: &Path) -> Option<RunId> {
        let run = read_entry(path)?;
        let fresh = clock::age(made_at(&run), clock::now()) < BELIEVED;
        (fresh || self.run_dir(&run).is_dir()).then_some(run)
    }
}

pub(super) fn read_entry(path: &Path) -> Option<RunId> {
    let (run, _) = seal::read_entry(path)?;
    Some(run)
}

/// Seconds since the epoch in a version 7 UUID: its first 48 bits are milliseconds.
pub(super) fn made_at(run: &RunId) -> i64 {
    let digits: String = run
        .as_str()
        .chars()
        .filter(|c| *c != '-')
        .take(12)
        .collect();
    i64::from_str_radix(&digits, 16).unwrap_or(0) / 1000
}
