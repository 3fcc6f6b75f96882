//! The index file's time, as a signal.
//!
//! git looks closer at entries that are not older than the index file, and
//! writes the index anew when it has, which fires post-index-change. With the
//! file's time set back to that of its newest entry, the next `git status` does
//! so once. An older time only makes git check more: no entry is taken for
//! unchanged that is not, no lock is taken, no file of the work tree is touched.

use std::fs::{File, FileTimes};
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::error::GitError;
use super::repo::Repo;

impl Repo {
    /// Sets the time back, unless it is that old already; returns index file and time. None where there
    /// is nothing to set: no index, no entry, or a form of index that libgit2 does not read.
    ///
    /// # Errors
    /// What the file system says.
    pub fn nudge(&self) -> Result<Option<(PathBuf, SystemTime)>, GitError> {
        let path = self
            .index_file()
            .map_or_else(|| self.git_dir().join("index"), Into::into);
        let Some(newest) = git2::Index::open(&path)
            .ok()
            .and_then(|index| newest(&index))
        else {
            return Ok(None);
        };
        let attempt = "set the time of the index file";
        let file = File::open(&path).map_err(GitError::io(attempt))?;
        let written = file
            .metadata()
            .and_then(|about| about.modified())
            .map_err(GitError::io(attempt))?;
        if written > newest {
            file.set_times(FileTimes::new().set_modified(newest))
                .map_err(GitError::io(attempt))?;
        }
        Ok(Some((path, newest)))
    }
}

/// The newest time among the entries. A time of 0 would switch git's check off.
fn newest(index: &git2::Index) -> Option<SystemTime> {
    let regular = index
        .iter()
        .filter(|entry| entry.mode & 0o170_000 == 0o100_000);
    let times = regular.map(|entry| (entry.mtime.seconds(), entry.mtime.nanoseconds()));
    let (seconds, nanoseconds) = times.filter(|(seconds, _)| *seconds > 0).max()?;
    Some(UNIX_EPOCH + Duration::new(u64::try_from(seconds).ok()?, nanoseconds))
}
