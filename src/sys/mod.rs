//! The machine around us: clock, directories, files, terminal, processes.
//!
//! Promises: no call follows a symbolic link where it writes private data, none
//! blocks on a pipe that stands in a file's place, and every write is old or
//! new, never half. What Linux and macOS do differently is decided in here.
//! Leaves to others: what the files mean (`store`) and which processes run
//! (`git`, `supervisor`).

pub(crate) mod program_search;
pub(crate) mod stderr;

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
compile_error!(
    "git-agents runs on Linux and macOS; sessions, locks and signals elsewhere are not written yet"
);

pub(crate) mod clock;
pub(crate) mod dirs;
pub(crate) mod files;
pub(crate) mod lock;
pub(crate) mod mount;
pub(crate) mod path;
pub(crate) mod process;
pub(crate) mod process_identity;
pub(crate) mod terminal;
