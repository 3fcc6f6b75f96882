//! `core.hooksPath`, without what we set ourselves.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use super::error::HookError;
use crate::git::{GitCommand, GitError, Repo};

const ANSWER_BYTES: usize = 256 * 1024;

/// The last `core.hooksPath` that is not ours, and whether ours is stronger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct HooksPath {
    /// As set, `~` expanded; relative to the top of each work tree.
    pub(super) theirs: Option<PathBuf>,
    /// Where it is set: `local`, `worktree`, `global` or `system`.
    pub(super) scope: String,
    /// Whether git uses our directory.
    pub(super) ours_wins: bool,
}

/// Reads the setting at every level; `included` is our own file.
pub(super) fn read(repo: &Repo, included: &Path) -> Result<HooksPath, HookError> {
    let mut found = HooksPath::default();
    let bytes = match query(repo, &["--type=path"]) {
        Ok(bytes) => bytes,
        // `~name` of an unknown user, or nothing set
        Err(GitError::Failed { .. }) => match query(repo, &[]) {
            Ok(bytes) => bytes,
            Err(GitError::Failed { .. }) => return Ok(found),
            Err(error) => return Err(error.into()),
        },
        Err(error) => return Err(error.into()),
    };
    let fields: Vec<&[u8]> = bytes.split(|b| *b == 0).collect();
    for record in fields.chunks_exact(3) {
        let [scope, origin, value] = record else {
            continue;
        };
        if *scope == b"command" {
            // set for this call by `GitCommand`
            continue;
        }
        let file = origin.strip_prefix(b"file:").unwrap_or(origin);
        found.ours_wins = file == included.as_os_str().as_bytes();
        if !found.ours_wins {
            found.theirs = Some(PathBuf::from(OsString::from_vec(value.to_vec())));
            found.scope = String::from_utf8_lossy(scope).into_owned();
        }
    }
    Ok(found)
}

fn query(repo: &Repo, extra: &[&str]) -> Result<Vec<u8>, GitError> {
    let command = GitCommand::new(repo).args(["config", "-z", "--show-scope", "--show-origin"]);
    command
        .args(extra)
        .args(["--get-all", "core.hooksPath"])
        .output(ANSWER_BYTES)
}
