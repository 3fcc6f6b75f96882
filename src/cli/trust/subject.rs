//! What is to be trusted: one definition or slash command, by its file or its name.

use std::path::{Path, PathBuf};

use crate::agents;
use crate::agents::{Commands, Untrusted};
use crate::cli::error::CommandError;
use crate::model::digest::sha256;
use crate::model::{AgentDefinition, DefinitionSource};
use crate::review;
use crate::review::Workspace;
use crate::text::escape;

/// A definition with the bytes that were read for it.
pub(super) struct Subject {
    /// Its file.
    pub(super) path: PathBuf,
    /// The same, below the top of the work tree where it is inside.
    pub(super) shown: String,
    /// SHA-256 of the bytes.
    pub(super) sha256: String,
    /// What they say.
    pub(super) definition: AgentDefinition,
    /// Whether it is the user's own, which needs no trust to run.
    pub(super) is_of_user: bool,
}

impl Subject {
    fn of(workspace: &Workspace, definition: AgentDefinition) -> Option<Self> {
        let (path, is_of_user) = match &definition.source {
            DefinitionSource::BuiltIn => return None,
            DefinitionSource::User(path) => (path.clone(), true),
            DefinitionSource::Repository(path) => (path.clone(), false),
        };
        let shown = review::shown_path(workspace, &path);
        Some(Self {
            path,
            shown,
            sha256: definition.digest.clone(),
            definition,
            is_of_user,
        })
    }

    /// The file as it stands, and what is made of it; safe for a terminal.
    pub(super) fn to_text(&self, bytes: &[u8]) -> String {
        let definition = &self.definition;
        let mut text = String::new();
        for line in String::from_utf8_lossy(bytes).lines() {
            text.push_str(&format!("  | {}\n", escape::line(line)));
        }
        let mut field =
            |name: &str, words: &str| text.push_str(&format!("{name}: {}\n", escape::line(words)));
        field("file", &format!("{}, sha256 {}", self.shown, self.sha256));
        field("agent", definition.name.as_str());
        field(
            "tools",
            &if definition.tools.is_empty() {
                "none".to_owned()
            } else {
                definition.tools.join(", ")
            },
        );
        if !definition.ignored.is_empty() {
            field("ignored", &definition.ignored.join(", "));
        }
        text
    }

    /// The bytes that are shown and recorded, which must be those that were understood.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, CommandError> {
        let bytes = agents::read_definition(&self.path, self.is_of_user).map_err(|error| {
            CommandError::usage(format!("{} cannot be read: {error}", self.shown))
        })?;
        if sha256(&bytes) == self.sha256 {
            return Ok(bytes);
        }
        Err(
            CommandError::usage(format!("{} changed just now", self.shown)).hint(format!(
                "`git agents trust {}` shows it again",
                shell_words::quote(&self.shown)
            )),
        )
    }
}

/// The one definition that a file's path or an agent's name means.
pub(super) fn find(workspace: &Workspace, what: &str) -> Result<Subject, CommandError> {
    let (found, commands) = (review::definitions(workspace)?, review::commands(workspace));
    let all: Vec<(String, Subject)> =
        all(workspace, found.agents, found.untrusted, commands.clone());
    let path = absolute(workspace, what)?;
    let is_meant = |at: &usize| real_place(&all[*at].1.path) == path;
    let mut meant: Vec<usize> = (0..all.len()).filter(is_meant).collect();
    if meant.is_empty() {
        meant = (0..all.len()).filter(|at| all[*at].0 == what).collect();
    }
    match meant[..] {
        [one] => Ok(all
            .into_iter()
            .nth(one)
            .expect("an index of the list itself")
            .1),
        [] => Err(unknown(
            workspace,
            what,
            &[found.notes, commands.notes].concat(),
        )),
        [..] => {
            let files: Vec<&str> = meant.iter().map(|at| all[*at].1.shown.as_str()).collect();
            Err(CommandError::usage(format!(
                "several files define `{what}`: {}",
                files.join(", ")
            ))
            .hint(format!(
                "`git agents trust {}` names one",
                shell_words::quote(files[0])
            )))
        }
    }
}

/// Agents and commands by what they are called, whether they may run or not.
fn all(
    workspace: &Workspace,
    agents: Vec<AgentDefinition>,
    untrusted: Vec<Untrusted>,
    commands: Commands,
) -> Vec<(String, Subject)> {
    let untrusted = untrusted.into_iter().map(|untrusted| untrusted.definition);
    let agents = agents
        .into_iter()
        .chain(untrusted)
        .map(|agent| (agent.name.to_string(), agent));
    let waiting = commands
        .untrusted
        .into_iter()
        .map(|untrusted| untrusted.command);
    let commands = commands
        .ready
        .into_iter()
        .chain(waiting)
        .map(|command| (command.name, command.definition));
    let subject = |(name, definition)| Some((name, Subject::of(workspace, definition)?));
    agents.chain(commands).filter_map(subject).collect()
}

fn unknown(workspace: &Workspace, what: &str, notes: &[String]) -> CommandError {
    let failure = if agents::built_in()
        .iter()
        .any(|agent| agent.name.as_str() == what)
    {
        CommandError::usage(format!("`{what}` is built in and needs no trust"))
    } else {
        let full = workspace
            .repo
            .work_tree()
            .map_or_else(|| PathBuf::from(what), |top| top.join(what));
        let about = notes
            .iter()
            .find(|note| note.starts_with(&full.display().to_string()));
        let words = about.map(|note| note.replacen(&full.display().to_string(), what, 1));
        CommandError::usage(words.unwrap_or_else(|| {
            format!("no definition and no command is called `{what}` or stands there")
        }))
    };
    failure.hint("`git agents agents` lists definitions and their files")
}

/// The path as the person means it, from the current directory, else from the top.
pub(super) fn absolute(workspace: &Workspace, what: &str) -> Result<PathBuf, CommandError> {
    let here = std::env::current_dir().map_err(|error| {
        CommandError::usage(format!("the current directory cannot be read: {error}"))
    })?;
    let path = here.join(what);
    let from_top = workspace.repo.work_tree().map(|top| top.join(what));
    Ok(real_place(
        &from_top.filter(|_| !path.exists()).unwrap_or(path),
    ))
}

/// The path with its directory's links and dots followed, but not its own.
fn real_place(path: &Path) -> PathBuf {
    match (
        path.parent().and_then(|parent| parent.canonicalize().ok()),
        path.file_name(),
    ) {
        (Some(parent), Some(name)) => parent.join(name),
        _ => path.to_owned(),
    }
}
