//! The user's directories, by the XDG base directory rules on every system.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Where this program keeps things inside each base directory.
pub(super) const OURS: &str = "git-agents";

/// The user's home; `None` where `HOME` is not an absolute path.
#[must_use]
pub(crate) fn home() -> Option<PathBuf> {
    absolute(env::var_os("HOME"))
}

/// `$XDG_CONFIG_HOME/git-agents`, else `~/.config/git-agents`; `None` without a home.
#[must_use]
pub(crate) fn user_config() -> Option<PathBuf> {
    base(
        env::var_os("XDG_CONFIG_HOME"),
        env::var_os("HOME"),
        ".config",
    )
    .map(|dir| dir.join(OURS))
}

/// `$XDG_STATE_HOME/git-agents`, else `~/.local/state/git-agents`; `None` without a home.
#[must_use]
pub(crate) fn user_state() -> Option<PathBuf> {
    base(
        env::var_os("XDG_STATE_HOME"),
        env::var_os("HOME"),
        ".local/state",
    )
    .map(|dir| dir.join(OURS))
}

/// `$XDG_CACHE_HOME/git-agents`, else `~/.cache/git-agents`; `None` without a home.
#[must_use]
pub(crate) fn user_cache() -> Option<PathBuf> {
    base(env::var_os("XDG_CACHE_HOME"), env::var_os("HOME"), ".cache").map(|dir| dir.join(OURS))
}

/// A directory for temporary files: what `TMPDIR` names where that is a directory, else the
/// system's, else the user's cache.
#[must_use]
pub(crate) fn temporary() -> PathBuf {
    let named = env::temp_dir();
    let usual = [PathBuf::from("/tmp"), PathBuf::from("/var/tmp")];
    let places = [named.clone()].into_iter().chain(usual).chain(user_cache());
    places.into_iter().find(|dir| dir.is_dir()).unwrap_or(named)
}

/// The files that git reads as the user's own configuration, whether they exist or not.
#[must_use]
pub(crate) fn user_git_config() -> Vec<PathBuf> {
    let home = env::var_os("HOME");
    let dot = absolute(home.clone()).map(|home| home.join(".gitconfig"));
    let xdg =
        base(env::var_os("XDG_CONFIG_HOME"), home, ".config").map(|dir| dir.join("git/config"));
    dot.into_iter().chain(xdg).collect()
}

fn base(xdg: Option<OsString>, home: Option<OsString>, below_home: &str) -> Option<PathBuf> {
    absolute(xdg).or_else(|| absolute(home).map(|home| home.join(below_home)))
}

/// The specification tells programs to ignore a relative value.
fn absolute(value: Option<OsString>) -> Option<PathBuf> {
    value
        .map(PathBuf::from)
        .filter(|path| Path::is_absolute(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn os(text: &str) -> Option<OsString> {
        Some(OsString::from(text))
    }

    #[test]
    fn xdg_wins_when_it_is_absolute() {
        assert_eq!(
            base(os("/x"), os("/home/u"), ".config"),
            Some(PathBuf::from("/x"))
        );
        assert_eq!(
            base(os("rel"), os("/home/u"), ".config"),
            Some(PathBuf::from("/home/u/.config"))
        );
        assert_eq!(
            base(os(""), os("/home/u"), ".local/state"),
            Some(PathBuf::from("/home/u/.local/state"))
        );
        assert_eq!(base(None, os("rel"), ".config"), None);
        assert_eq!(base(None, None, ".config"), None);
    }
}
