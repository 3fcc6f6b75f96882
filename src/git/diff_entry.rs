//! What differs between two states of the repository, before any text is read.

use crate::model::{ObjectId, RepoPath};

/// Mode of a symbolic link.
pub(crate) const SYMLINK: u32 = 0o120_000;
/// Mode of a submodule's entry.
pub(crate) const SUBMODULE: u32 = 0o160_000;

/// A path whose two sides differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The path, the same on both sides.
    pub path: RepoPath,
    /// Before; none when it is new.
    pub old: Option<Side>,
    /// After; none when it is gone.
    pub new: Option<Side>,
}

/// One side of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// Mode as git writes it.
    pub mode: u32,
    /// Where the content is.
    pub content: Content,
}

impl Side {
    /// An object with its mode, reduced to the modes that git knows.
    pub(crate) fn object(mode: u32, id: ObjectId) -> Self {
        Self {
            mode: canonical(mode),
            content: Content::Object(id),
        }
    }

    /// Whether this side has bytes to read: a file or a link, no submodule.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        self.mode != SUBMODULE
    }

    /// Regular file, link or submodule: the type bits of the mode.
    #[must_use]
    pub fn kind(&self) -> u32 {
        self.mode & 0o170_000
    }
}

/// Where a side's bytes are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Content {
    /// In the object database. For a submodule, the commit it points at.
    Object(ObjectId),
    /// In the work tree, raw.
    WorkFile(RepoPath),
}

/// git's canonical mode: odd historic permissions become 644 or 755.
pub(crate) fn canonical(mode: u32) -> u32 {
    match mode & 0o170_000 {
        0o100_000 if mode & 0o100 != 0 => 0o100_755,
        0o100_000 => 0o100_644,
        kind => kind,
    }
}
