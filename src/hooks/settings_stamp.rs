//! Whether the settings were understood as they are now, asked by the times of
//! the files that hold them: a commit reads no configuration.
//!
//! The supervisor, and `init`, note the files once they have read them. While
//! none has changed there is nothing to say; when one has, and somebody is there
//! to see it, the whole program looks and says in one line what is wrong.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::review::{Workspace, config_entries};
use crate::store::Store;
use crate::sys::{dirs, files};

/// Bytes of the note that are read.
const NOTE_BYTES: u64 = 256 << 10;

/// Whether every file is as it was when it was understood.
pub(super) fn are_known(store: &Store) -> bool {
    let note = files::read_capped(&path(store), NOTE_BYTES).unwrap_or_default();
    let text = String::from_utf8_lossy(&note);
    let same = |line: &str| {
        line.split_once('\t')
            .is_some_and(|(seen, path)| stamp(Path::new(path)) == seen)
    };
    !text.is_empty() && text.lines().all(same)
}

/// Notes the files of settings that were understood.
pub(crate) fn note(workspace: &Workspace) {
    if !workspace.store.root().is_dir() || are_known(&workspace.store) {
        return;
    }
    let Ok(entries) = config_entries(workspace) else {
        return;
    };
    let top = workspace
        .repo
        .work_tree()
        .unwrap_or_else(|| workspace.repo.git_dir());
    let mut found: Vec<PathBuf> = entries
        .iter()
        .filter_map(|entry| Some(top.join(entry.file()?)))
        .collect();
    // Those that git would read if they were there.
    found.extend(dirs::user_git_config());
    found.extend([
        workspace.repo.common_dir().join("config"),
        workspace.repo.git_dir().join("config.worktree"),
    ]);
    found.sort();
    found.dedup();
    let lines: Vec<String> = found
        .iter()
        .map(|path| format!("{}\t{}\n", stamp(path), path.display()))
        .collect();
    let text = lines.concat();
    // Without the note the next commit looks again.
    let _ = files::replace(&path(&workspace.store), text.as_bytes(), files::Sync::Lazy);
}

fn path(store: &Store) -> PathBuf {
    store.root().join("settings.seen")
}

/// What changes with the file's content.
fn stamp(path: &Path) -> String {
    fs::metadata(path).map_or_else(
        |_| "absent".to_owned(),
        |about| {
            format!(
                "{}.{}:{}:{}",
                about.mtime(),
                about.mtime_nsec(),
                about.size(),
                about.ino()
            )
        },
    )
}
