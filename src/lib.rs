//! `git agents`: reviews a change with agents that run in parallel, checks what they say against
//! the code, and tells it once, as the next git command runs.
//!
//! The library exists for the two programs of this package: `git-agents`, and `git-agents-hook`,
//! which git waits for. What they call stands here; everything else is private. How the modules
//! fit together is described in `ARCHITECTURE.md`.

mod agents;
mod backends;
mod cli;
mod context;
mod diff;
mod findings;
mod gate;
mod git;
mod hooks;
mod lockfile;
mod model;
mod offline;
mod plan;
mod prompt;
mod reply;
mod report;
mod review;
mod secrets;
mod settings;
mod snapshot;
mod store;
mod supervisor;
mod sys;
mod text;

use std::ffi::OsString;

pub use hooks::{HookFollowUp, run_fast};
pub use sys::process::{become_program, leave};

/// Runs `git agents` with these arguments, the program's name first; returns the exit code.
#[must_use]
pub fn run_command(arguments: Vec<OsString>) -> u8 {
    cli::main(arguments)
}

/// Runs a hook whose name comes first in the arguments; returns the exit code.
#[must_use]
pub fn run_hook(arguments: &[OsString]) -> u8 {
    hooks::main(arguments)
}

/// Tells what is ready, or judges a push, after `git-agents-hook` has done the rest; returns the
/// exit code.
#[must_use]
pub fn finish_hook(arguments: &[OsString]) -> u8 {
    hooks::rest(arguments)
}

/// Says what is wrong with changed settings, then does what the hook is for; returns the exit code.
#[must_use]
pub fn check_settings_in_hook(arguments: &[OsString]) -> u8 {
    hooks::check(arguments)
}

/// What the tests of this package reach into. Not meant for anybody else.
#[doc(hidden)]
pub mod testing {
    pub use crate::git::Repo;
    pub use crate::hooks::install;
    pub use crate::hooks::shell_integration::Shell;
    pub use crate::report::json;
    pub use crate::review::execute::Silent;
    pub use crate::review::run_review;
    pub use crate::review::target::new_request;
    pub use crate::review::workspace::Workspace;
    pub use crate::secrets::{Detector, DetectorError};
    pub use crate::sys::stderr::take_stderr_back;

    /// The values that flow through the program.
    pub mod model {
        pub use crate::model::*;
    }

    /// The supervisor of agents' processes.
    pub mod supervisor {
        pub use crate::supervisor::*;
    }
}
