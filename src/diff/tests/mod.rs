//! Captures of real repositories, made with the real git.
#![expect(clippy::unwrap_used, reason = "tests")]

mod commits;
mod environment;
mod hostile;
mod kinds;
mod readers;
mod sandbox;
mod uncommitted;
