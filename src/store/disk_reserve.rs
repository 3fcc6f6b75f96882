//! A little room kept back, so that a full disk still takes the work under way,
//! and in any case the word that it was full.

use std::path::PathBuf;
use std::{fs, io};

use super::Store;
use crate::sys::files::{self, Sync};

/// Files that hold the room, each with its size in bytes: enough for the states,
/// answers and report of one run; and for how one ended.
const FILES: [(&str, usize); 2] = [("reserve", 192 << 10), (LAST, 16 << 10)];
/// The room for how a run ended.
const LAST: &str = "reserve.last";

impl Store {
    fn reserve(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Sets the room aside; without room to set aside, nothing happens.
    pub(super) fn keep_reserve(&self) {
        for (name, bytes) in FILES {
            let path = self.reserve(name);
            if path.exists() {
                continue;
            }
            // not zeros: a file system that compresses would keep nothing back
            let noise: Vec<u8> = (0..bytes as u32)
                .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
                .collect();
            let _ = files::write_new(&path, &noise, Sync::Lazy).inspect_err(|_| {
                let _ = fs::remove_file(&path);
            });
        }
    }

    /// Does `write`, and once more with the reserve given back if the disk was full.
    pub(super) fn with_reserve(&self, write: impl FnMut() -> io::Result<()>) -> io::Result<()> {
        self.giving_back(&FILES[..1], write)
    }

    /// The same with everything that was kept back: for how a run ended.
    pub(super) fn with_last_reserve(
        &self,
        write: impl FnMut() -> io::Result<()>,
    ) -> io::Result<()> {
        self.giving_back(&FILES, write)
    }

    fn giving_back(
        &self,
        kept: &[(&str, usize)],
        mut write: impl FnMut() -> io::Result<()>,
    ) -> io::Result<()> {
        let mut done = write();
        for (name, _) in kept {
            match &done {
                Err(error) if is_full(error) && fs::remove_file(self.reserve(name)).is_ok() => {
                    done = write();
                }
                _ => {}
            }
        }
        done
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}
