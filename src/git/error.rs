//! What can go wrong with a repository.

use std::path::PathBuf;

use crate::model::{ObjectId, RepoPath};

/// Every ending of an attempt on the repository. Texts are fragments that name
/// the attempt and the thing.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// No repository here or above.
    #[error("not a git repository: {}", start.display())]
    NotARepository {
        /// Where the search started.
        start: PathBuf,
    },
    /// The repository belongs to somebody else and the person has not declared it safe.
    #[error("dubious ownership of the repository at {}", path.display())]
    DubiousOwnership {
        /// The refused directory, as `safe.directory` wants it.
        path: PathBuf,
    },
    /// A bare repository was found by searching, which `safe.bareRepository=explicit` forbids.
    #[error("bare repository at {} refused by safe.bareRepository", path.display())]
    BareRepositoryRefused {
        /// The refused directory.
        path: PathBuf,
    },
    /// A revision that names no commit.
    #[error("unknown revision `{revision}`")]
    UnknownRevision {
        /// As it was given.
        revision: String,
    },
    /// Two commits without a common ancestor in this clone.
    #[error("no merge base between `{from}` and `{to}`")]
    NoMergeBase {
        /// Left end, as it was given.
        from: String,
        /// Right end, as it was given.
        to: String,
    },
    /// Uncommitted work was asked for in a repository without a work tree.
    #[error("no work tree in the repository at {}", git_dir.display())]
    NoWorkTree {
        /// The git directory.
        git_dir: PathBuf,
    },
    /// HEAD has no commit yet, and there is no file to look at either.
    #[error("no commits yet, and nothing to review")]
    NoCommitsYet,
    /// An object that the history names is not in this clone.
    #[error("object {id} is not in this clone")]
    MissingObject {
        /// The object.
        id: ObjectId,
    },
    /// A file over the size that the caller allowed.
    #[error("{path} has {bytes} bytes, more than allowed")]
    TooLarge {
        /// The file.
        path: RepoPath,
        /// Its size in bytes.
        bytes: u64,
    },
    /// A path filter that is no glob.
    #[error("invalid path pattern `{pattern}`")]
    InvalidPattern {
        /// As it was given.
        pattern: String,
        /// What is wrong with it.
        #[source]
        source: globset::Error,
    },
    /// The git program is not installed, or only inside the work tree.
    #[error("no git program on the search path outside the work tree")]
    NoGitProgram,
    /// The git program did not end in time and was killed.
    #[error("git took longer than {seconds} s to {attempt}")]
    TimedOut {
        /// What it was to do.
        attempt: String,
        /// The deadline in seconds.
        seconds: u64,
    },
    /// The git program printed more than the caller allowed and was killed.
    #[error("git printed more than {limit} bytes while trying to {attempt}")]
    TooMuchOutput {
        /// What it was to do.
        attempt: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// The git program ended with an error.
    #[error("cannot {attempt}: {detail}")]
    Failed {
        /// What it was to do.
        attempt: String,
        /// Its own words, untrusted and capped.
        detail: String,
    },
    /// libgit2 refused.
    #[error("cannot {attempt}")]
    Libgit2 {
        /// What it was to do.
        attempt: String,
        /// Its own words.
        #[source]
        source: git2::Error,
    },
    /// The operating system refused.
    #[error("cannot {attempt}")]
    Io {
        /// What was tried.
        attempt: String,
        /// The refusal.
        #[source]
        source: std::io::Error,
    },
}

impl GitError {
    /// A closure for `map_err` on libgit2 results.
    pub(crate) fn libgit2(attempt: &str) -> impl FnOnce(git2::Error) -> Self + '_ {
        move |source| Self::Libgit2 {
            attempt: attempt.to_owned(),
            source,
        }
    }

    /// A closure for `map_err` on I/O results.
    pub(crate) fn io(attempt: &str) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::Io {
            attempt: attempt.to_owned(),
            source,
        }
    }
}
