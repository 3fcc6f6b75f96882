//! What can go wrong with the store, in words for people.

use std::io;
use std::path::Path;

use thiserror::Error;

/// A failure of the store.
#[derive(Debug, Error)]
pub enum StoreError {
    /// No room.
    #[error("cannot {attempt}: the disk is full")]
    Full {
        /// Verb and path.
        attempt: String,
    },
    /// The file system cannot be written.
    #[error("cannot {attempt}: the file system is read-only")]
    ReadOnly {
        /// Verb and path.
        attempt: String,
    },
    /// This user may not.
    #[error("cannot {attempt}: permission denied")]
    Denied {
        /// Verb and path.
        attempt: String,
    },
    /// The file system has no locks.
    #[error("cannot {attempt}: the file system has no file locks")]
    NoLocks {
        /// Verb and path.
        attempt: String,
    },
    /// Something else stands where our file belongs: a link, a pipe, another user's directory.
    #[error("cannot {attempt}: it {why}")]
    Unsafe {
        /// Verb and path.
        attempt: String,
        /// What is wrong with it.
        why: String,
    },
    /// The record is there and makes no sense.
    #[error("{what} is damaged: {why}")]
    Damaged {
        /// Which record.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// No run has this id.
    #[error("no run `{0}`")]
    NoRun(String),
    /// Several runs fit.
    #[error("{count} runs fit `{text}`")]
    ManyRuns {
        /// What was asked for.
        text: String,
        /// How many fit.
        count: usize,
    },
    /// Anything else that the system said.
    #[error("cannot {attempt}")]
    Io {
        /// Verb and path.
        attempt: String,
        /// What it said.
        source: io::Error,
    },
}

impl StoreError {
    /// Sorts what the system said about an attempt (`write`, `read`, ...) at a path.
    pub(super) fn at(verb: &str, path: &Path, source: io::Error) -> Self {
        let attempt = format!("{verb} `{}`", path.display());
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { attempt },
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { attempt },
            io::ErrorKind::PermissionDenied => Self::Denied { attempt },
            // our own refusals; the system's come with a number
            io::ErrorKind::InvalidInput | io::ErrorKind::FileTooLarge
                if source.raw_os_error().is_none() =>
            {
                Self::Unsafe {
                    attempt,
                    why: source.to_string(),
                }
            }
            _ => Self::Io { attempt, source },
        }
    }

    /// A record that was read and makes no sense.
    pub(super) fn damaged(path: &Path, why: &str) -> Self {
        Self::Damaged {
            what: format!("`{}`", path.display()),
            why: why.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(errno: rustix::io::Errno) -> String {
        StoreError::at("write", Path::new("/s/state.json"), errno.into()).to_string()
    }

    #[test]
    fn the_usual_obstacles_have_plain_words() {
        use rustix::io::Errno;
        assert_eq!(
            said(Errno::NOSPC),
            "cannot write `/s/state.json`: the disk is full"
        );
        assert_eq!(
            said(Errno::DQUOT),
            "cannot write `/s/state.json`: the disk is full"
        );
        assert_eq!(
            said(Errno::ROFS),
            "cannot write `/s/state.json`: the file system is read-only"
        );
        assert_eq!(
            said(Errno::ACCESS),
            "cannot write `/s/state.json`: permission denied"
        );
        assert_eq!(
            said(Errno::PERM),
            "cannot write `/s/state.json`: permission denied"
        );
        assert_eq!(said(Errno::IO), "cannot write `/s/state.json`");
    }
}
