//! Whether the store's place can hold it.

use std::fs;

use super::lock::take;
use super::{Store, StoreError};
use crate::sys::files::{self, Sync};

impl Store {
    /// Writes, reads, locks and removes a file where the store is; makes its directories where missing.
    ///
    /// # Errors
    /// What the file system refuses, kernel locks among it.
    pub fn check(&self) -> Result<(), StoreError> {
        let dir = self.ensure("check")?;
        let path = dir.join("probe");
        files::replace(&path, b"probe", Sync::Durable)
            .map_err(|e| StoreError::at("write", &path, e))?;
        let held = take(&path, 1)?;
        let contended = take(&path, 1)?.is_none();
        drop(held);
        fs::remove_file(&path).map_err(|e| StoreError::at("remove", &path, e))?;
        fs::remove_dir(&dir).map_err(|e| StoreError::at("remove", &dir, e))?;
        if contended {
            Ok(())
        } else {
            Err(StoreError::NoLocks {
                attempt: format!("lock `{}` once only", path.display()),
            })
        }
    }
}
