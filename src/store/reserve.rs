//! A little room kept back, so that a full disk still takes the word that it was full.

use std::path::PathBuf;
use std::{fs, io};

use super::Store;
use crate::sys::files::{self, Sync};

/// Enough for the last states, answers and a report of one run.
const BYTES: usize = 64 << 10;

impl Store {
    fn reserve(&self) -> PathBuf {
        self.root.join("reserve")
    }

    /// Sets the room aside; without room to set aside, nothing happens.
    pub(super) fn keep_reserve(&self) {
        let path = self.reserve();
        if !path.exists() {
            // not zeros: a file system that compresses would keep nothing back
            let noise: Vec<u8> = (0..BYTES as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
            let _ = files::write_new(&path, &noise, Sync::Lazy).inspect_err(|_| {
                let _ = fs::remove_file(&path);
            });
        }
    }

    /// Does `write`, and once more with the reserve given back if the disk was full.
    pub(super) fn with_reserve(&self, mut write: impl FnMut() -> io::Result<()>) -> io::Result<()> {
        match write() {
            Err(e) if is_full(&e) && fs::remove_file(self.reserve()).is_ok() => write(),
            other => other,
        }
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
