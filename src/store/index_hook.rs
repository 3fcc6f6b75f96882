//! The hook that git runs whenever it writes the index: it has its name while
//! something waits or is in work, and rests under another one, which git does
//! not know, while there is nothing to look for.

use std::fs;
use std::path::{Path, PathBuf};

use super::Store;
use crate::sys::files;
use crate::sys::path::with_suffix;

/// What git calls it.
const NAME: &str = "post-index-change";
/// The line of ours that says that it may rest.
pub(crate) const MAY_REST: &str = "rests=yes";
/// Bytes of a hook that are read; ours have fewer.
const HOOK_BYTES: u64 = 64 << 10;

/// Where a hook is kept that ours stands for and runs.
#[must_use]
pub(crate) fn kept(hook: &Path) -> PathBuf {
    with_suffix(hook, ".before-agents")
}

/// Where a hook of ours rests.
#[must_use]
pub(crate) fn resting(hook: &Path) -> PathBuf {
    with_suffix(hook, ".resting")
}

impl Store {
    /// Gives the hook its name back.
    pub(super) fn wake_hook(&self) {
        let Some(hook) = self.index_hook() else {
            return;
        };
        // What another tool has put there since stays; without ours, the other hooks tell.
        let _ = files::rename_new(&resting(&hook), &hook);
    }

    /// Takes the hook its name if there is nothing to look for, it is ours, and it runs no other. For
    /// the hook itself and for who installs it: at any other time git may just have seen it, and says
    /// that it cannot start it.
    pub fn rest_hook(&self) {
        let Some(hook) = self.index_hook() else {
            return;
        };
        let is_needed = || self.has_waiting_mark() || !self.unfinished().is_empty();
        if is_needed() || kept(&hook).symlink_metadata().is_ok() || !may_rest(&hook) {
            return;
        }
        let rests = fs::rename(&hook, resting(&hook)).is_ok();
        // Looked at again: a review may have begun between the two.
        if rests && is_needed() {
            self.wake_hook();
        }
    }

    fn index_hook(&self) -> Option<PathBuf> {
        Some(self.root.parent()?.parent()?.join("hooks").join(NAME))
    }
}

fn may_rest(hook: &Path) -> bool {
    let content = files::read_capped(hook, HOOK_BYTES).unwrap_or_default();
    content
        .split(|b| *b == b'\n')
        .any(|line| line == MAY_REST.as_bytes())
}
