//! Our hooks, put back in front where another tool has installed its own over
//! them: `git lfs install --force`, a lefthook that learnt a new event.
//!
//! Only what stands in our place makes us act. A hook of ours that somebody
//! deleted stays away until the next `git agents hooks install`.

use std::io;
use std::path::PathBuf;

use crate::git::Repo;
use crate::review::error_chain;

use super::install::{self, EventState, HookError, InstallOptions, Route};

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Repaired {
    /// Nothing was in the way.
    Nothing,
    /// Ours are back, the other tool's run through them.
    Back,
    /// Ours are still away, for this reason; `git agents hooks install` says what to do.
    Not(String),
}

/// Puts our hooks back if need be. Where nothing is in the way, a few files are
/// read and nothing is started.
#[must_use]
pub(crate) fn repair(repo: &Repo) -> Repaired {
    if !install::displaced(repo.common_dir()) {
        return Repaired::Nothing;
    }
    attempt(repo).unwrap_or_else(|error| Repaired::Not(error_chain(&error)))
}

fn attempt(repo: &Repo) -> Result<Repaired, HookError> {
    let binary = match program() {
        Ok(binary) => binary,
        Err(error) => return Ok(Repaired::Not(error.to_string())),
    };
    let options = InstallOptions {
        global: false,
        notes: false,
        binary,
        git_version: repo.git_version()?,
    };
    let seen = install::status(repo, &options)?;
    if !seen
        .events
        .iter()
        .any(|event| matches!(event.state, EventState::Displaced { .. }))
    {
        return Ok(Repaired::Nothing);
    }
    let done = install::install(Some(repo), &options)?;
    let is_back = done.route != Route::ByHand && !install::displaced(repo.common_dir());
    let why = || {
        done.notes
            .iter()
            .chain(&done.by_hand)
            .cloned()
            .collect::<Vec<_>>()
            .join("; ")
    };
    Ok(if is_back {
        Repaired::Back
    } else {
        Repaired::Not(why())
    })
}

/// The program that hooks start, by the path under which it was installed: the
/// small one beside this one, else this one.
///
/// # Errors
/// What the system says where it does not know this program's path.
pub(crate) fn program() -> io::Result<PathBuf> {
    let own = std::env::current_exe().and_then(|path| path.canonicalize())?;
    let small = own.with_file_name("git-agents-hook");
    Ok(if small.is_file() { small } else { own })
}
