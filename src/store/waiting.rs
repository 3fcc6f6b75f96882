//! Marks that something waits to be told, so that whoever looks after every
//! command has one file to test and starts nothing while it is not there.

use std::fs;
use std::path::{Path, PathBuf};

use super::Store;
use crate::sys::{dirs, files};

/// How the names of marks that somebody has taken away begin.
const TAKEN: &str = "waiting.";
/// Bytes of the user's mark that are read.
const MARK_BYTES: u64 = 1 << 20;

impl Store {
    /// Whether this repository's mark is there: one look at one file.
    #[must_use]
    pub fn has_waiting_mark(&self) -> bool {
        self.root.join("waiting").exists()
    }

    /// Sets or removes this repository's mark, `waiting`, by what really waits.
    pub fn refresh_waiting(&self) {
        let mark = self.root.join("waiting");
        let waits = || !self.undelivered().is_empty() || self.is_telling();
        if !waits() {
            let _ = fs::remove_file(&mark);
        }
        // Looked at again: a report may have become ready between the two.
        if waits() {
            self.mark_waiting();
        }
    }

    pub(super) fn mark_waiting(&self) {
        // Without the mark, hooks that start us anyway look for themselves.
        let _ = files::create_new(&self.root.join("waiting"), b"");
    }

    /// Adds this repository to the user's mark, which the shell integration tests.
    pub(super) fn announce(&self) {
        self.refresh_waiting();
        let common_dir = self.root.parent().and_then(Path::parent);
        if let (Some(state), Some(dir)) = (dirs::user_state(), common_dir.and_then(Path::to_str)) {
            // Without the mark a hook or the person's next own command still tells.
            let made = fs::create_dir_all(&state).and_then(|()| files::private_dir(&state));
            let _ = made.and_then(|()| files::append_line(&state.join("waiting"), dir.as_bytes()));
        }
    }
}

/// Takes the user's mark away; returns the common directories it named. Those
/// that still have something to tell are put back with [`put_back`].
#[must_use]
pub fn take_announced() -> Vec<PathBuf> {
    let Some(state) = dirs::user_state() else { return Vec::new() };
    let mine = format!("{TAKEN}{}", std::process::id());
    if fs::rename(state.join("waiting"), state.join(&mine)).is_err() {
        return Vec::new();
    }
    let mut named = Vec::new();
    // Those of others too: who was killed here has put nothing back.
    for taken in Store::names(&state).iter().filter(|name| name.starts_with(TAKEN)) {
        let path = state.join(taken);
        let bytes = files::read_capped(&path, MARK_BYTES).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        named.extend(text.lines().filter(|line| !line.is_empty()).map(PathBuf::from));
        let _ = fs::remove_file(&path);
    }
    named.sort();
    named.dedup();
    named
}

/// Names a repository in the user's mark again if something still waits in it.
pub fn put_back(common_dir: &Path) {
    if let Ok(store) = Store::open(common_dir)
        && (!store.undelivered().is_empty() || store.is_telling())
    {
        store.announce();
    }
}
