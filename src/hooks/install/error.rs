//! What can go wrong while hooks are installed.

use std::path::{Path, PathBuf};

use crate::git::GitError;

/// Every ending of an installation that is neither done nor refused with lines
/// to add by hand.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// Not `--global`, and no repository here.
    #[error("no repository to install hooks in")]
    NoRepository,
    /// Neither a home directory nor `XDG_CONFIG_HOME`.
    #[error("no home directory to keep global hooks in")]
    NoHome,
    /// The recorded program must be found from any directory.
    #[error("not an absolute path: {}", path.display())]
    RelativeBinary {
        /// As it was given.
        path: PathBuf,
    },
    /// Another program is writing the configuration, or died doing so.
    #[error("{} is locked: {} exists", path.display(), lock.display())]
    FileLock {
        /// The configuration file.
        path: PathBuf,
        /// The lock file, which git would call stale if nothing runs.
        lock: PathBuf,
    },
    /// git does not read the configuration as it was written; the old one stands again.
    #[error("git does not read what was added to {}", path.display())]
    NotRead {
        /// The configuration file.
        path: PathBuf,
    },
    /// git refused.
    #[error("cannot read the hook configuration")]
    Git(#[from] GitError),
    /// The operating system refused.
    #[error("cannot {attempt} {}", path.display())]
    Io {
        /// What was tried.
        attempt: &'static str,
        /// With which file.
        path: PathBuf,
        /// The refusal.
        #[source]
        source: std::io::Error,
    },
}

impl HookError {
    /// A closure for `map_err` on I/O results.
    pub(super) fn io<'a>(
        attempt: &'static str,
        path: &'a Path,
    ) -> impl FnOnce(std::io::Error) -> Self + 'a {
        move |source| Self::Io {
            attempt,
            path: path.to_path_buf(),
            source,
        }
    }
}
