//! The output of `git config --list -z --show-scope --show-origin`, as values.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::error::shown;
use crate::sys::dirs;
use crate::sys::path::without_dots;

/// One setting as git printed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConfigEntry {
    /// Its key: first and last part in lower case, as git prints them.
    pub key: String,
    /// Its value; none for a bare key, which git reads as true.
    pub value: Option<String>,
    /// Its level.
    pub scope: Scope,
    /// Where it stands, as git prints it: `file:/home/u/.gitconfig`, `command line:`.
    pub origin: String,
    /// Whether that is a file that the repository could track, or a place we do not know.
    pub inside_work_tree: bool,
}

/// A level of git's configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The machine's.
    System,
    /// The user's.
    Global,
    /// The repository's.
    Local,
    /// One worktree's.
    Worktree,
    /// `git -c`, or the environment.
    Command,
}

impl ConfigEntry {
    /// The file it stands in, where it is one.
    #[must_use]
    pub(crate) fn file(&self) -> Option<&Path> {
        self.origin.strip_prefix("file:").map(Path::new)
    }

    /// Where it stands, in words.
    #[must_use]
    pub(crate) fn place(&self) -> String {
        match self.origin.strip_prefix("file:") {
            Some(path) => format!("`{}`", shown(path)),
            None if self.scope == Scope::Command => "the command line or environment".to_owned(),
            None => format!("`{}`", shown(&self.origin)),
        }
    }
}

/// Reads the output of `git config --list -z --show-scope --show-origin`, run
/// at the top of `work_tree` (none: a bare repository). What does not have
/// that shape is passed over.
#[must_use]
pub(crate) fn parse_config_list(output: &[u8], work_tree: Option<&Path>) -> Vec<ConfigEntry> {
    let own = dirs::user_git_config();
    let mut known: HashMap<(&[u8], &[u8]), bool> = HashMap::new();
    let mut parts = output.split(|b| *b == 0);
    let mut entries = Vec::new();
    while let (Some(scope), Some(origin), Some(setting)) =
        (parts.next(), parts.next(), parts.next())
    {
        let inside = known
            .entry((scope, origin))
            .or_insert_with(|| is_reachable(scope, origin, work_tree, &own));
        let mut halves = setting.splitn(2, |b| *b == b'\n');
        let key = text(halves.next().unwrap_or_default());
        let value = halves.next().map(text);
        let scope = scope_of(scope).unwrap_or(Scope::Local);
        entries.push(ConfigEntry {
            key,
            value,
            scope,
            origin: text(origin),
            inside_work_tree: *inside,
        });
    }
    entries
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn scope_of(word: &[u8]) -> Option<Scope> {
    match word {
        b"system" => Some(Scope::System),
        b"global" => Some(Scope::Global),
        b"local" => Some(Scope::Local),
        b"worktree" => Some(Scope::Worktree),
        b"command" => Some(Scope::Command),
        _ => None,
    }
}

/// Whether the repository's content could reach this place. The user's own
/// files count as the user's even where the home directory is a work tree.
fn is_reachable(scope: &[u8], origin: &[u8], work_tree: Option<&Path>, own: &[PathBuf]) -> bool {
    let Some(scope) = scope_of(scope) else {
        return true;
    };
    let Some(path) = origin.strip_prefix(b"file:") else {
        return scope != Scope::Command;
    };
    let Some(top) = work_tree else { return false };
    let path = top.join(OsStr::from_bytes(path));
    if scope == Scope::Global && own.contains(&path) {
        return false;
    }
    let real = || {
        Some(can_be_tracked(
            &fs::canonicalize(&path).ok()?,
            &fs::canonicalize(top).ok()?,
        ))
    };
    can_be_tracked(&without_dots(&path), &without_dots(top)) || real().unwrap_or(false)
}

/// git tracks no path with a component `.git`.
fn can_be_tracked(path: &Path, top: &Path) -> bool {
    path.strip_prefix(top)
        .is_ok_and(|rest| rest.components().all(|part| part.as_os_str() != ".git"))
}
