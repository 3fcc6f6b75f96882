//! Alive means a held kernel lock; who holds it is written inside.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::record;
use super::{Store, StoreError};
use crate::model::RunId;
use crate::sys::files;
use crate::sys::lock::FileLock;
use crate::sys::process::Identity;

/// [`Store::is_alive`] holds the lock for microseconds; this outlasts it.
const TRIES: u32 = 20;
const BETWEEN: Duration = Duration::from_millis(5);

/// The right to work on a run; the kernel takes it back when this process ends.
#[derive(Debug)]
pub struct RunLock {
    _held: FileLock,
}

/// Who works on a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    /// The process.
    pub process: Identity,
    /// This program's version there.
    pub version: String,
    /// When it took the lock, seconds since the epoch.
    pub since: i64,
}

impl Store {
    /// Takes the run for this process; `None` while another one has it.
    ///
    /// # Errors
    /// No such run, or the file system cannot lock or write.
    pub fn lock_run(&self, run: &RunId) -> Result<Option<RunLock>, StoreError> {
        let path = self.existing(run)?.join("lock");
        let Some(mut held) = take(&path, TRIES)? else {
            return Ok(None);
        };
        let file = held.file();
        if !still_at(file, &path) {
            return Err(StoreError::NoRun(run.to_string()));
        }
        let holder = Holder {
            process: Identity::own(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            since: crate::sys::clock::now(),
        };
        // who it is only helps people; a full disk must not stop the work
        let _ = file
            .set_len(0)
            .and_then(|()| file.write_all(&record::encode(&holder)));
        Ok(Some(RunLock { _held: held }))
    }

    /// Whether a process works on the run now.
    #[must_use]
    pub fn is_alive(&self, run: &RunId) -> bool {
        let Ok(file) = files::open_regular(&self.run_dir(run).join("lock")) else {
            return false;
        };
        matches!(FileLock::shared(file), Ok(Err(_)))
    }
}

/// Takes an exclusive lock, trying this often; `None` when it stays taken.
pub(super) fn take(path: &Path, tries: u32) -> Result<Option<FileLock>, StoreError> {
    let mut file = files::open_lock(path).map_err(|e| StoreError::at("open", path, e))?;
    for tried in 1..=tries {
        match FileLock::exclusive(file).map_err(|e| cannot_lock(path, e))? {
            Ok(held) => return Ok(Some(held)),
            Err(taken) => file = taken,
        }
        if tried < tries {
            thread::sleep(BETWEEN);
        }
    }
    Ok(None)
}

fn cannot_lock(path: &Path, error: io::Error) -> StoreError {
    let no_locks = [
        rustix::io::Errno::NOLCK,
        rustix::io::Errno::NOSYS,
        rustix::io::Errno::OPNOTSUPP,
    ];
    if no_locks
        .iter()
        .any(|e| error.raw_os_error() == Some(e.raw_os_error()))
    {
        return StoreError::NoLocks {
            attempt: format!("lock `{}`", path.display()),
        };
    }
    StoreError::at("lock", path, error)
}

/// Between opening and locking, `prune` may have moved the run away.
fn still_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(ours), Ok(there)) => ours.ino() == there.ino() && ours.dev() == there.dev(),
        _ => false,
    }
}
