//! Prompt integration: tells a finished review right after the next git command.
//!
//! Promises, held by the scripts in `hooks/`: after every command one test of
//! one file and no process started while nothing waits; `$?` and what else
//! hangs on the prompt stay as they were; nothing happens in shells that are
//! not interactive, nor when the program is gone. When something waits and the
//! last command was git, `git-agents _deliver` is run; what it prints is left to it.

use std::fmt;
use std::path::Path;

/// A shell that can be told apart by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// bash 4.0 and later.
    Bash,
    /// zsh.
    Zsh,
    /// fish 3.0 and later.
    Fish,
}

impl Shell {
    /// Every shell with a script.
    pub const ALL: [Self; 3] = [Self::Bash, Self::Zsh, Self::Fish];

    /// By its name, or by the path in `$SHELL`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let file = Path::new(name).file_name()?.to_str()?;
        Self::ALL.into_iter().find(|shell| shell.name() == file)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
        }
    }

    /// The script that `git agents shell-init` prints.
    #[must_use]
    pub fn script(self) -> &'static str {
        match self {
            Self::Bash => include_str!("../../hooks/shell-init.bash"),
            Self::Zsh => include_str!("../../hooks/shell-init.zsh"),
            Self::Fish => include_str!("../../hooks/shell-init.fish"),
        }
    }

    /// The line to add to [`Self::rc_file`].
    #[must_use]
    pub fn rc_line(self) -> &'static str {
        match self {
            Self::Bash => "eval \"$(git-agents shell-init bash)\"",
            Self::Zsh => "eval \"$(git-agents shell-init zsh)\"",
            Self::Fish => "git-agents shell-init fish | source",
        }
    }

    /// The file that the shell reads when it starts, as people write it.
    #[must_use]
    pub fn rc_file(self) -> &'static str {
        match self {
            Self::Bash => "~/.bashrc",
            Self::Zsh => "~/.zshrc",
            Self::Fish => "~/.config/fish/config.fish",
        }
    }
}

impl fmt::Display for Shell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shells_are_known_by_name_and_path() {
        assert_eq!(Shell::parse("/usr/bin/zsh"), Some(Shell::Zsh));
        assert_eq!(Shell::parse("fish"), Some(Shell::Fish));
        assert_eq!(Shell::parse("/bin/dash"), None);
        assert_eq!(Shell::parse(""), None);
    }

    #[test]
    fn every_script_names_its_own_line() {
        for shell in Shell::ALL {
            assert!(shell.script().contains(shell.rc_line()), "{shell}");
            assert!(shell.script().contains("/git-agents/waiting"), "{shell}");
        }
    }
}
