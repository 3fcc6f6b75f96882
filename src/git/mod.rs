//! All contact with the repository.
//!
//! Promises: nothing here runs a program that the repository's configuration
//! names; nothing here reaches the network; no libgit2 handle leaves the
//! module. libgit2 reads where it can; where it cannot (sha256 objects,
//! reftable, unknown extensions, grafts), the git program does, hardened,
//! behind the same functions. Replaced objects are never followed: a push
//! sends the originals. What a change means is left to
//! `diff`.

pub(crate) mod command;
pub(crate) mod commit;
pub(crate) mod diff_entry;
pub(crate) mod error;
pub(crate) mod line_ranges;
pub(crate) mod objects;
pub(crate) mod repo;
pub(crate) mod repository_state;
pub(crate) mod uncommitted;

mod conversions;
mod discover;
mod index_mtime;
mod notes;
mod plumbing;
pub(crate) mod pushed;
mod queries;
mod remote;
mod screen;
mod tree;

pub(crate) use command::GitCommand;
pub(crate) use diff_entry::{Content, Entry, Side};
pub(crate) use error::GitError;
pub(crate) use line_ranges::{ChangedLines, changed_lines};
pub(crate) use queries::version;
pub use repo::Repo;
pub(crate) use repository_state::{Fingerprint, Part};
pub(crate) use screen::ScreenSettings;
pub(crate) use uncommitted::{Filtered, Uncommitted};
