//! The hidden command of the shell integration: tells what waits here.

use super::error::CommandError;
use super::exit_code;
use crate::git::Repo;
use crate::hooks;
use crate::hooks::GitDirs;
use crate::store::{self, Store};
use crate::sys::terminal;

pub(super) fn deliver() -> Result<u8, CommandError> {
    if !terminal::stderr_is_terminal() {
        return Ok(exit_code::CLEAN);
    }
    let announced = store::take_announced();
    if let Some(place) = here()
        && let Ok(store) = Store::open(&place.common_dir)
    {
        hooks::tell_here(&store, &place);
    }
    for common_dir in &announced {
        store::put_back(common_dir);
    }
    Ok(exit_code::CLEAN)
}

/// The repository of the current directory; outside one there is nothing to tell.
fn here() -> Option<GitDirs> {
    let repo = Repo::discover(&std::env::current_dir().ok()?).ok()?;
    Some(GitDirs {
        git_dir: repo.git_dir().to_owned(),
        common_dir: repo.common_dir().to_owned(),
        work_tree: repo.work_tree().map(Into::into),
    })
}
