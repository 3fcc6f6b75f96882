//! The limit of agents at once for one user, over all runs and repositories.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use super::SuperviseError;
use crate::sys::files;
use crate::sys::lock::FileLock;

/// A directory of slot files. Holding a slot is holding the kernel's lock on its file, so the
/// slots of a supervisor that died are free in that moment.
///
/// There is no order among waiting supervisors: each looks ten times a second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConcurrencyLimit {
    /// The directory, created where it is missing; private to the user.
    pub dir: PathBuf,
    /// How many; 0 counts as 1.
    pub count: usize,
}

/// A slot, held until dropped.
#[derive(Debug)]
pub(super) struct Permit {
    _held: FileLock,
}

impl ConcurrencyLimit {
    /// Makes the directory.
    pub(super) fn prepare(&self) -> Result<(), SuperviseError> {
        let failed = |source| SuperviseError::ConcurrencyLimit {
            dir: self.dir.clone(),
            source,
        };
        files::private_dir_in_ours(&self.dir).map_err(failed)?;
        // a directory that cannot be written to is found now, not job by job
        self.open(0).map(drop).map_err(failed)
    }

    /// A free slot, if there is one. The search begins behind the `held` ones of the caller, so
    /// that one who takes many does not try its own again each time.
    pub(super) fn take(&self, held: usize) -> io::Result<Option<Permit>> {
        let count = self.count.max(1);
        for number in 0..count {
            let file = self.open((held + number) % count)?;
            if let Ok(held) = FileLock::exclusive(file)? {
                return Ok(Some(Permit { _held: held }));
            }
        }
        Ok(None)
    }

    fn open(&self, number: usize) -> io::Result<File> {
        files::open_lock(&self.dir.join(format!("slot-{number}")))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn there_are_as_many_slots_as_counted_and_a_dropped_one_is_free_again() {
        let dir = tempfile::tempdir().unwrap();
        let slots = ConcurrencyLimit {
            dir: dir.path().join("slots"),
            count: 2,
        };
        slots.prepare().unwrap();
        let first = slots.take(0).unwrap().unwrap();
        let _second = slots.take(1).unwrap().unwrap();
        assert!(slots.take(2).unwrap().is_none());
        drop(first);
        assert!(slots.take(1).unwrap().is_some());
    }

    #[test]
    fn a_directory_that_cannot_be_is_named() {
        let slots = ConcurrencyLimit {
            dir: "/dev/null/slots".into(),
            count: 2,
        };
        assert_eq!(
            slots.prepare().unwrap_err().to_string(),
            "cannot use the slot directory /dev/null/slots"
        );
    }
}
