//! The `git config` command that reaches the file an entry stands in.

use std::path::Path;

use super::entry::{ConfigEntry, Scope};
use super::error::ends_with;
use crate::sys::dirs;

/// `git config` with the options for the entry's file; none where no file holds it.
pub(super) fn config_command(entry: &ConfigEntry) -> Option<String> {
    let file = entry.file()?;
    let option = match entry.scope {
        Scope::Global if dirs::user_git_config().iter().any(|own| own == file) => {
            " --global".to_owned()
        }
        Scope::Local if ends_with(file, ".git", "config") => String::new(),
        Scope::Worktree
            if file
                .file_name()
                .is_some_and(|name| name == "config.worktree") =>
        {
            " --worktree".to_owned()
        }
        Scope::System | Scope::Global | Scope::Local | Scope::Worktree | Scope::Command => {
            in_file(file)
        }
    };
    Some(format!("git config{option}"))
}

/// A word as a POSIX shell reads it back.
pub(super) fn word(text: &str) -> String {
    shell_words::quote(text).into_owned()
}

fn in_file(file: &Path) -> String {
    format!(" --file {}", word(&file.to_string_lossy()))
}
