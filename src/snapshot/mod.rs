//! The files that an exploring agent may read: a throw-away copy of what the change can touch.
//!
//! Promises: what is copied is the reviewed content, from the object database or from the change
//! itself, never a look at the work tree; secrets are masked by the caller's masker before a byte
//! is written; nothing that an agent program would obey is in it (`.claude`, `AGENTS.md`,
//! `.mcp.json`, ...), no `.git`, no file named for credentials, no link that leads elsewhere; files,
//! bytes and the search for neighbours are capped by counts, so that a large repository costs what
//! a middling one does; the copy is private and read-only, is checked by content afterwards, and
//! goes away. Leaves to others: who may read it (`plan`), how a program is kept inside (`backends`).
//!
//! # What is near
//! A tree that fits the caps is taken whole. Of a larger one: the changed files; those whose names
//! the changed text mentions, as an import does; those in the same directories, and tests by their
//! names; those whose text mentions a changed file or a name that a changed line declares, looked
//! for in files of the same languages, nearest first.
//!
//! Chosen: one copy for all agents of a run, read-only, of neighbours only. Rejected: a work tree by
//! `git worktree add` (runs filters and hooks, and writes to the repository); hard links to the
//! work tree (it is not what is reviewed, and a program that writes would write there); the whole
//! tree of a large repository (each byte must be read for secrets).

mod disk;
mod excluded;
mod gather;
mod mentions;
mod selection;

pub(crate) use disk::{Copied, remove_leftover};
pub(crate) use gather::{Gathered, Source, gather};

/// Most files of one snapshot.
pub(crate) const FILES: usize = 2_000;
/// Most bytes of one snapshot.
pub(crate) const BYTES: u64 = 8 << 20;
/// Largest file in it, bytes.
pub(crate) const FILE_BYTES: u64 = 512 << 10;
