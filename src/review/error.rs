//! What can stop a run as a whole.

use std::error::Error;

use thiserror::Error as ThisError;

/// A fault that leaves no report.
#[derive(Debug, ThisError)]
pub enum PipelineError {
    /// The repository could not be read.
    #[error(transparent)]
    Git(#[from] crate::git::GitError),
    /// A setting is wrong.
    #[error(transparent)]
    Settings(#[from] crate::settings::SettingsError),
    /// A definition file is wrong.
    #[error(transparent)]
    Definition(#[from] crate::agents::DefinitionError),
    /// No plan could be made.
    #[error(transparent)]
    Plan(#[from] crate::plan::PlanError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    /// The supervisor failed.
    #[error(transparent)]
    Supervise(#[from] crate::supervisor::SuperviseError),
    /// No place for what a program says about itself.
    #[error("cannot create a temporary directory")]
    Temporary(#[source] std::io::Error),
    /// A backend's program is configured and cannot be used.
    #[error("backend `{backend}` of agent `{agent}` cannot run: {why}")]
    Backend {
        /// The backend.
        backend: String,
        /// For which agent.
        agent: String,
        /// Why.
        why: String,
    },
    /// A file of the repository would instruct an agent, and the user never allowed it.
    #[error("{what} is not run: {why}")]
    Untrusted {
        /// Which agent or command, for people.
        what: String,
        /// The file and how it stands.
        why: String,
        /// What to type to trust it.
        command: String,
    },
    /// No slash command has this name.
    #[error("there is no command `{name}`")]
    UnknownCommand {
        /// As asked for.
        name: String,
        /// Those there are, sorted.
        known: Vec<String>,
    },
    /// A slash command cannot be put together.
    #[error(transparent)]
    Render(#[from] crate::agents::RenderError),
    /// Another process works on this run.
    #[error("run {0} is being worked on by another process")]
    Busy(String),
}

/// The error and its causes in one line.
#[must_use]
pub(crate) fn error_chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
