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
pub mod entry;
pub mod error;
pub mod fingerprint;
pub mod objects;
pub mod ranges;
pub mod repo;
pub mod uncommitted;

mod ask;
mod discover;
mod notes;
mod nudge;
mod plumbing;
mod remote;
mod tree;

pub use ask::version;
pub use command::GitCommand;
pub use commit::Commit;
pub use entry::{Content, Entry, Side};
pub use error::GitError;
pub use fingerprint::{Fingerprint, Part};
pub use notes::NOTES_REF;
pub use objects::Log;
pub use ranges::{ChangedLines, changed_lines};
pub use repo::Repo;
pub use uncommitted::Uncommitted;
