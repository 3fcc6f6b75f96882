//! What a person is told when a command cannot do its work: one sentence, and
//! commands to type next.

use std::fmt::Write as _;

use super::exit_code;
use crate::agents::DefinitionError;
use crate::backends;
use crate::git::GitError;
use crate::plan::PlanError;
use crate::review::PipelineError;
use crate::settings;
use crate::store::StoreError;
use crate::text::escape;

/// A failure with its exit code.
#[derive(Debug)]
pub(crate) struct CommandError {
    /// The exit code.
    pub code: u8,
    message: String,
    hints: Vec<String>,
}

impl CommandError {
    /// Wrong usage or configuration.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self {
            code: exit_code::USAGE,
            message: message.into(),
            hints: Vec::new(),
        }
    }

    /// Work that could not be finished.
    pub(super) fn incomplete(message: impl Into<String>) -> Self {
        Self {
            code: exit_code::INCOMPLETE,
            message: message.into(),
            hints: Vec::new(),
        }
    }

    /// Adds a command to type, or a sentence around one.
    #[must_use]
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// What standard error gets, line feeds included. Safe for a terminal.
    #[must_use]
    pub(crate) fn to_text(&self) -> String {
        let mut text = format!("error: {}\n", escape::line(&self.message));
        for hint in &self.hints {
            let _ = writeln!(text, "hint: {}", escape::line(hint));
        }
        text
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let _ = write!(text, ": {inner}");
        cause = inner.source();
    }
    text
}

impl From<PipelineError> for CommandError {
    fn from(error: PipelineError) -> Self {
        match error {
            PipelineError::Git(error) => error.into(),
            PipelineError::Plan(error) => error.into(),
            PipelineError::Store(error) => error.into(),
            PipelineError::Definition(error) => error.into(),
            PipelineError::Settings(error) => {
                let failure = Self::usage(chain(&error));
                error.hints.iter().fold(failure, |failure, hint| failure.hint(format!("`{hint}`")))
            }
            PipelineError::Backend { ref backend, .. } if !backends::is_known(backend) => {
                unknown_backend(backend, &error)
            }
            PipelineError::Backend { ref agent, .. } => Self::usage(error.to_string())
                .hint(format!("`git agents run --backend offline --agents {agent}` needs no program and no account"))
                .hint("`git agents agents` lists what is installed"),
            PipelineError::Untrusted { ref command, .. } => {
                Self::usage(error.to_string()).hint(format!("`{command}` shows it and asks"))
            }
            PipelineError::UnknownCommand { ref known, .. } => {
                let hint = match known.is_empty() {
                    true => "`git agents agents` tells where commands are looked for; none is there".to_owned(),
                    false => format!("`git agents agents` lists commands; there are: {}", known.join(", ")),
                };
                Self::usage(error.to_string()).hint(hint)
            }
            PipelineError::Render(_) => Self::usage(error.to_string()).hint("`git agents agents` lists commands"),
            PipelineError::Busy(ref run) => {
                let hint = format!("`git agents wait` waits for it, `git agents cancel {run}` stops it");
                Self::usage(error.to_string()).hint(hint)
            }
            PipelineError::Supervise(error) => Self::incomplete(chain(&error)),
            PipelineError::Temporary(_) => Self::incomplete(chain(&error)),
        }
    }
}

/// There is no backend of that name; the nearest is named.
fn unknown_backend(name: &str, error: &PipelineError) -> CommandError {
    let failure = CommandError::usage(error.to_string());
    let failure = match settings::nearest_word(name, backends::names()) {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure,
    };
    failure.hint("`git agents agents` lists all backends")
}

impl From<GitError> for CommandError {
    fn from(error: GitError) -> Self {
        let hint = hint_of(&error);
        Self::usage(chain(&error)).hint(hint)
    }
}

/// What to type next.
fn hint_of(error: &GitError) -> String {
    match error {
        GitError::NotARepository { .. } => {
            "`git init` makes a repository, `cd` goes to one".to_owned()
        }
        GitError::DubiousOwnership { path } => {
            format!(
                "if you trust it: `git config --global --add safe.directory {}`",
                path.display()
            )
        }
        GitError::BareRepositoryRefused { path } => {
            format!("`git --git-dir={} agents ...` names it", path.display())
        }
        GitError::UnknownRevision { .. } => {
            "`git log --oneline --all` lists commits, `git branch -a` branches".to_owned()
        }
        GitError::NoMergeBase { from, to } => {
            format!("`git agents run {from}..{to}` compares the two trees")
        }
        GitError::NoWorkTree { .. } => "`git agents run HEAD` reviews the last commit".to_owned(),
        GitError::NoCommitsYet => {
            "`git agents run --worktree` reviews files before the first commit".to_owned()
        }
        GitError::MissingObject { .. } => {
            "`git fetch` brings what a partial or shallow clone left out".to_owned()
        }
        GitError::InvalidPattern { .. } => {
            "`git config --get-all agents.exclude` lists the patterns".to_owned()
        }
        GitError::NoGitProgram => "`git --version` tells whether git is found".to_owned(),
        GitError::TooLarge { .. }
        | GitError::TimedOut { .. }
        | GitError::TooMuchOutput { .. }
        | GitError::Failed { .. }
        | GitError::Libgit2 { .. }
        | GitError::Io { .. } => {
            "`git fsck` checks the repository, `git agents run -v` tells how it is read".to_owned()
        }
    }
}

impl From<PlanError> for CommandError {
    fn from(error: PlanError) -> Self {
        Self::usage(chain(&error)).hint("`git agents agents` lists the agents and who can run them")
    }
}

impl From<DefinitionError> for CommandError {
    fn from(error: DefinitionError) -> Self {
        Self::usage(chain(&error)).hint("`git agents agents` lists the definitions in force")
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        Self::incomplete(chain(&error))
    }
}
