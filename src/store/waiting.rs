//! Marks that something waits to be told, so that whoever looks after every
//! command has one file to test and starts nothing while it is not there.

use std::ffi::OsStr;
use std::fs::{self, FileTimes};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::Store;
use crate::sys::{dirs, files};

/// What git calls the hook that it runs whenever it writes the index.
const INDEX_HOOK: &str = "post-index-change";
/// What our hook of that name has behind it while nothing waits and nothing is in work: git then
/// starts nothing when it writes the index.
pub const RESTING: &str = ".resting";
/// What a hook has behind its name that ours runs too.
pub const KEPT: &str = ".before-agents";
/// The line of our hook that says that it may rest.
pub const MAY_REST: &str = "rests=yes";
/// Bytes of a hook that are read; ours have fewer.
const HOOK_BYTES: u64 = 64 << 10;
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
        let Ok(since) = time.duration_since(UNIX_EPOCH) else { return };
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
        let Some((time, index)) = read_nudge(&note).filter(|(_, index)| index.parent() == Some(git_dir)) else {
            return;
        };
        if let Ok(file) = files::open_regular(&index) {
            let _ = file.set_times(FileTimes::new().set_modified(time));
        }
    }

    /// Gives the hook that looks after every change of the index its name back.
    pub(super) fn wake_hook(&self) {
        let Some([hook, resting]) = self.index_hook() else { return };
        // What another tool has put there since stays; without ours, the other hooks tell.
        let _ = files::rename_new(&resting, &hook);
    }

    /// Takes its name from the hook that looks after every change of the index, if there is nothing
    /// to look for, it is ours, and it runs no other; whether it rests now. For that hook and for who
    /// installs it: at any other time git may just have seen it, and says that it cannot start it.
    pub fn rest_hook(&self) -> bool {
        let Some([hook, resting]) = self.index_hook() else { return false };
        let is_needed = || self.has_waiting_mark() || !Self::names(&self.root.join("open")).is_empty();
        let runs_another = || with_suffix(&hook, KEPT).symlink_metadata().is_ok();
        if is_needed() || runs_another() || !may_rest(&hook) || fs::rename(&hook, &resting).is_err() {
            return false;
        }
        // Looked at again: a review may have begun between the two.
        let wanted = is_needed();
        if wanted {
            self.wake_hook();
        }
        !wanted
    }

    /// The hook, and where it rests.
    fn index_hook(&self) -> Option<[PathBuf; 2]> {
        let hook = self.root.parent()?.parent()?.join("hooks").join(INDEX_HOOK);
        let resting = with_suffix(&hook, RESTING);
        Some([hook, resting])
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

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn may_rest(hook: &Path) -> bool {
    let content = files::read_capped(hook, HOOK_BYTES).unwrap_or_default();
    content.split(|b| *b == b'\n').any(|line| line == MAY_REST.as_bytes())
}

fn read_nudge(note: &[u8]) -> Option<(SystemTime, PathBuf)> {
    let tab = note.iter().position(|b| *b == b'\t')?;
    let (seconds, nanoseconds) = std::str::from_utf8(&note[..tab]).ok()?.split_once('.')?;
    let time = Duration::new(seconds.parse().ok()?, nanoseconds.parse().ok()?);
    Some((UNIX_EPOCH.checked_add(time)?, PathBuf::from(OsStr::from_bytes(&note[tab + 1..]))))
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
