//! Where hooks for all of a person's repositories are set.

use std::env;
use std::path::{Path, PathBuf};

use super::error::HookError;
use super::survey::{Places, tracked, unusable_file};
use crate::git::Repo;
use crate::sys::dirs;

/// The user's places, as git and the XDG rules name them.
///
/// # Errors
/// [`HookError::NoHome`].
pub(super) fn places() -> Result<Places, HookError> {
    let ours = dirs::user_config().ok_or(HookError::NoHome)?;
    let config = user_config_file().ok_or(HookError::NoHome)?;
    Ok(Places {
        config,
        included: ours.join("hooks.config"),
        shims: ours.join("hooks"),
    })
}

/// Why the user's configuration is left alone: it is a link, read-only, or
/// tracked where people keep their dotfiles.
pub(super) fn unusable(config: &Path) -> Option<String> {
    let directory = config.parent()?;
    unusable_file(config).or_else(|| {
        let repo = Repo::discover(directory).ok()?;
        tracked(&repo, config).ok().flatten()
    })
}

/// The file that `git config --global` would write.
fn user_config_file() -> Option<PathBuf> {
    if let Some(named) = env::var_os("GIT_CONFIG_GLOBAL").filter(|value| !value.is_empty()) {
        return Some(PathBuf::from(named));
    }
    let files = dirs::user_git_config();
    files
        .iter()
        .find(|path| path.exists())
        .or(files.first())
        .cloned()
}
