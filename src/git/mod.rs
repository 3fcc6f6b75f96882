//! All contact with the repository.
//!
//! Promises: nothing here runs a program that the repository's configuration
//! names; nothing here reaches the network; no libgit2 handle leaves the
//! module. libgit2 reads where it can; where it cannot (sha256 objects,
//! reftable, unknown extensions, replaced objects), the git program does,
//! hardened, behind the same functions. What a change means is left to
//! `capture`.

pub mod command;
pub mod commit;
pub mod diff_entry;
pub mod error;
pub mod line_ranges;
pub mod objects;
pub mod repo;
pub mod repository_state;
pub mod uncommitted;

mod discover;
mod index_mtime;
mod notes;
mod plumbing;
mod queries;
mod remote;
mod tree;

pub use command::GitCommand;
pub use commit::Commit;
pub use diff_entry::{Content, Entry, Side};
pub use error::GitError;
pub use line_ranges::{ChangedLines, changed_lines};
pub use notes::NOTES_REF;
pub use objects::Log;
pub use queries::version;
pub use repo::Repo;
pub use repository_state::{Fingerprint, Part};
pub use uncommitted::Uncommitted;
