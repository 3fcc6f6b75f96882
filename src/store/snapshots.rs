//! Where the snapshots for exploring agents are, so that what a killed run left is found.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::{SMALL, Store, StoreError};
use crate::model::RunId;
use crate::sys::files::{self, Sync};

/// File name of the note in a run's directory.
const NOTE: &str = "snapshot";

impl Store {
    /// Notes that this run keeps a snapshot there.
    ///
    /// # Errors
    /// No such run, or the store cannot be written.
    pub fn note_snapshot(&self, run: &RunId, path: &Path) -> Result<(), StoreError> {
        self.write(
            &self.existing(run)?.join(NOTE),
            path.as_os_str().as_bytes(),
            Sync::Lazy,
        )
    }

    /// Where this run's snapshot is, by its note.
    #[must_use]
    pub fn snapshot_of(&self, run: &RunId) -> Option<PathBuf> {
        let bytes = files::read_capped(&self.run_dir(run).join(NOTE), SMALL).ok()?;
        Some(PathBuf::from(OsStr::from_bytes(&bytes)))
    }

    /// Forgets this run's note: the snapshot is gone.
    pub fn forget_snapshot(&self, run: &RunId) {
        let _ = fs::remove_file(self.run_dir(run).join(NOTE));
    }

    /// Runs that noted a snapshot and that no process works on any more.
    #[must_use]
    pub fn left_snapshots(&self) -> Vec<(RunId, PathBuf)> {
        let noted = self
            .run_ids()
            .into_iter()
            .filter_map(|run| self.snapshot_of(&run).map(|path| (run, path)));
        noted.filter(|(run, _)| !self.is_alive(run)).collect()
    }
}
