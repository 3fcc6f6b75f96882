//! Locks that the kernel takes back when their process ends.

use std::fs::{File, TryLockError};
use std::io;

/// A locked file, free again as soon as this is dropped. Closing the file would not be
/// enough: a child that was forked, and has not become its program yet, holds a copy.
#[derive(Debug)]
pub(crate) struct FileLock(File);

impl FileLock {
    /// Locks the file for this holder alone; gives it back while anybody else holds a lock on it.
    ///
    /// # Errors
    /// The file system cannot lock.
    pub(crate) fn exclusive(file: File) -> io::Result<Result<Self, File>> {
        let locked = file.try_lock();
        Self::of(file, locked)
    }

    /// Locks the file together with others that do so; gives it back while somebody has it alone.
    ///
    /// # Errors
    /// The file system cannot lock.
    pub(crate) fn shared(file: File) -> io::Result<Result<Self, File>> {
        let locked = file.try_lock_shared();
        Self::of(file, locked)
    }

    fn of(file: File, locked: Result<(), TryLockError>) -> io::Result<Result<Self, File>> {
        match locked {
            Ok(()) => Ok(Ok(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(Err(file)),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// The file.
    pub(crate) fn file(&mut self) -> &mut File {
        &mut self.0
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // what cannot be unlocked is when the file is closed everywhere
        let _ = self.0.unlock();
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn a_dropped_lock_is_free_although_a_copy_of_the_file_is_open() {
        let dir = tempfile::tempdir().unwrap();
        let open = || File::create(dir.path().join("lock")).unwrap();
        let file = open();
        let copy = file.try_clone().unwrap();
        let held = FileLock::exclusive(file).unwrap().unwrap();
        assert!(
            FileLock::exclusive(open()).unwrap().is_err()
                && FileLock::shared(open()).unwrap().is_err()
        );
        drop(held);
        let shared = FileLock::shared(open()).unwrap().unwrap();
        assert!(
            FileLock::shared(open()).unwrap().is_ok()
                && FileLock::exclusive(open()).unwrap().is_err()
        );
        drop(shared);
        assert!(FileLock::exclusive(open()).unwrap().is_ok());
        drop(copy);
    }
}
