//! Marks that something waits to be told, so that whoever looks after every
//! command has one file to test and starts nothing while it is not there.

use std::ffi::OsStr;
use std::fs::{self, FileTimes};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::Store;
use crate::sys::{dirs, files};

/// How the names of marks that somebody has taken away begin.
const TAKEN: &str = "waiting.";
/// Bytes of the user's mark that are read.
const MARK_BYTES: u64 = 1 << 20;
/// Bytes of the note of the last nudge: a time and a path.
const NOTE_BYTES: u64 = 8 << 10;

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

    /// Notes that the time of this index file was set back, so that [`Store::nudge_again`] can do so
    /// without reading the index.
    pub fn note_nudge(&self, index: &Path, time: SystemTime) {
        let Ok(since) = time.duration_since(UNIX_EPOCH) else {
            return;
        };
        let mut text = format!("{}.{:09}\t", since.as_secs(), since.subsec_nanos()).into_bytes();
        text.extend_from_slice(index.as_os_str().as_bytes());
        // Without the note a captured `git status` uses the nudge up.
        let _ = files::replace(&self.root.join("nudge"), &text, files::Sync::Lazy);
    }

    /// From here on [`Store::nudge_again`] does nothing.
    pub fn forget_nudge(&self) {
        let _ = fs::remove_file(self.root.join("nudge"));
    }

    /// Sets the time of this worktree's index file back once more: a command that nobody saw has
    /// written the file.
    pub fn nudge_again(&self, git_dir: &Path) {
        let note = files::read_capped(&self.root.join("nudge"), NOTE_BYTES).unwrap_or_default();
        let Some((time, index)) =
            read_nudge(&note).filter(|(_, index)| index.parent() == Some(git_dir))
        else {
            return;
        };
        if let Ok(file) = files::open_regular(&index) {
            let _ = file.set_times(FileTimes::new().set_modified(time));
        }
    }

    pub(super) fn mark_waiting(&self) {
        // Without the mark, hooks that start us anyway look for themselves.
        let _ = files::create_new(&self.root.join("waiting"), b"");
        self.wake_hook();
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

fn read_nudge(note: &[u8]) -> Option<(SystemTime, PathBuf)> {
    let tab = note.iter().position(|b| *b == b'\t')?;
    let (seconds, nanoseconds) = std::str::from_utf8(&note[..tab]).ok()?.split_once('.')?;
    let time = Duration::new(seconds.parse().ok()?, nanoseconds.parse().ok()?);
    Some((
        UNIX_EPOCH.checked_add(time)?,
        PathBuf::from(OsStr::from_bytes(&note[tab + 1..])),
    ))
}

/// Takes the user's mark away; returns the common directories it named. Those
/// that still have something to tell are put back with [`put_back`].
#[must_use]
pub(crate) fn take_announced() -> Vec<PathBuf> {
    let Some(state) = dirs::user_state() else {
        return Vec::new();
    };
    let mine = format!("{TAKEN}{}", std::process::id());
    if fs::rename(state.join("waiting"), state.join(&mine)).is_err() {
        return Vec::new();
    }
    let mut named = Vec::new();
    // Those of others too: who was killed here has put nothing back.
    for taken in Store::names(&state)
        .iter()
        .filter(|name| name.starts_with(TAKEN))
    {
        let path = state.join(taken);
        let bytes = files::read_capped(&path, MARK_BYTES).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        named.extend(
            text.lines()
                .filter(|line| !line.is_empty())
                .map(PathBuf::from),
        );
        let _ = fs::remove_file(&path);
    }
    named.sort();
    named.dedup();
    named
}

/// Names a repository in the user's mark again if something still waits in it.
pub(crate) fn put_back(common_dir: &Path) {
    if let Ok(store) = Store::open(common_dir)
        && (!store.undelivered().is_empty() || store.is_telling())
    {
        store.announce();
    }
}
