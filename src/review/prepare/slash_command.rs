//! A slash command that was called, as work for agents: one of its own, or several, each in its role.

use crate::agents;
use crate::agents::{Commands, Definitions, SlashCommand};
use crate::model::digest::sha256;
use crate::model::{
    Access, AgentDefinition, AgentName, AgentSkip, CommandCall, DefinitionSource, Plan,
};
use crate::plan::PlanError;
use crate::review::error::PipelineError;
use crate::review::prepare::definitions::{
    approved, check_trusted, shown_path, trust, trust_command,
};
use crate::review::workspace::Workspace;
use crate::sys::dirs;

/// Slash commands here: the user's, and the repository's trusted ones.
#[must_use]
pub(crate) fn commands(workspace: &Workspace) -> Commands {
    let top = workspace.repo.work_tree();
    let places =
        agents::command_places(dirs::user_config().as_deref(), dirs::home().as_deref(), top);
    let trust = trust(workspace);
    agents::load_commands(&places, top, &|path, digest| trust.standing(path, digest))
}

/// What a call comes to.
pub(crate) struct ResolvedCommand {
    /// Who does it, with what to do, in order.
    pub definitions: Vec<AgentDefinition>,
    /// Those of them that may use tools beyond reading, all of which the user allowed.
    pub approved: Vec<AgentName>,
    /// What was not done, for people.
    pub notes: Vec<String>,
}

impl ResolvedCommand {
    /// Who does it.
    #[must_use]
    pub(crate) fn names(&self) -> Vec<AgentName> {
        self.definitions
            .iter()
            .map(|definition| definition.name.clone())
            .collect()
    }
}

/// Looks the command up and puts the arguments in. `asked`: agents to do it; empty: those that it
/// names, else one of its own.
///
/// # Errors
/// There is no such command or agent, one is not trusted, or the text becomes too long.
pub(crate) fn called(
    workspace: &Workspace,
    call: &CommandCall,
    asked: &[AgentName],
    definitions: &Definitions,
) -> Result<ResolvedCommand, PipelineError> {
    let command = find(workspace, &call.name)?;
    let rendered = command.render(&call.arguments)?;
    let names = if asked.is_empty() {
        &command.agents
    } else {
        asked
    };
    let mut called = if names.is_empty() {
        alone(workspace, &command, &rendered.text)
    } else {
        in_roles(workspace, (&command, &rendered.text), names, definitions)?
    };
    called.notes.splice(
        0..0,
        rendered
            .notes
            .into_iter()
            .map(|note| format!("{}: {note}", command.name)),
    );
    Ok(called)
}

fn find(workspace: &Workspace, name: &str) -> Result<SlashCommand, PipelineError> {
    let commands = commands(workspace);
    let name = name.strip_prefix('/').unwrap_or(name);
    if let Some(command) = commands.ready.iter().find(|command| command.name == name) {
        return Ok(command.clone());
    }
    if let Some(untrusted) = commands
        .untrusted
        .iter()
        .find(|untrusted| untrusted.command.name == name)
    {
        let path = shown_path(workspace, &untrusted.path);
        let how = if untrusted.changed {
            "changed since you trusted it"
        } else {
            "is not trusted"
        };
        return Err(PipelineError::Untrusted {
            what: format!("command `{name}`"),
            why: format!("{path} {how}"),
            command: trust_command(workspace, &untrusted.path),
        });
    }
    let untrusted = commands
        .untrusted
        .into_iter()
        .map(|untrusted| untrusted.command.name);
    let mut known: Vec<String> = commands
        .ready
        .into_iter()
        .map(|command| command.name)
        .chain(untrusted)
        .collect();
    known.sort();
    known.dedup();
    Err(PipelineError::UnknownCommand {
        name: name.to_owned(),
        known,
    })
}

/// One agent of the command's own. Tools beyond reading are given only where the user allowed them.
fn alone(workspace: &Workspace, command: &SlashCommand, text: &str) -> ResolvedCommand {
    let mut definition = command.definition.clone();
    let mut notes = Vec::new();
    if let Access::Unsafe(tools) = definition.access() {
        let allowed = trust(workspace).approved_tools(&definition);
        let missing: Vec<&String> = tools
            .iter()
            .filter(|tool| !allowed.contains(tool))
            .collect();
        for tool in &missing {
            let file = file_of(workspace, command);
            let allow = format!(
                "git agents trust {file} --tool {}",
                shell_words::quote(tool)
            );
            notes.push(format!(
                "{}: {tool} is not given; `{allow}` allows it",
                command.name
            ));
        }
        definition.tools.retain(|tool| !missing.contains(&tool));
    }
    definition.digest = digest(&definition, text);
    text.clone_into(&mut definition.body);
    ResolvedCommand {
        approved: vec![definition.name.clone()],
        definitions: vec![definition],
        notes,
    }
}

/// Each agent in its own role, with its own tools: the command adds what is to be done.
fn in_roles(
    workspace: &Workspace,
    (command, text): (&SlashCommand, &str),
    names: &[AgentName],
    known: &Definitions,
) -> Result<ResolvedCommand, PipelineError> {
    let mut found: Vec<AgentDefinition> = Vec::new();
    for name in names {
        check_trusted(workspace, known, name)?;
        let definition = known
            .agents
            .iter()
            .find(|definition| definition.name == *name)
            .ok_or_else(|| {
                let known = known
                    .agents
                    .iter()
                    .map(|definition| definition.name.clone())
                    .collect();
                PlanError::UnknownAgent {
                    name: name.clone(),
                    known,
                }
            })?;
        if found.iter().all(|other| other.name != *name) {
            found.push(definition.clone());
        }
    }
    let approved = approved(workspace, &found);
    for definition in &mut found {
        definition.digest = digest(definition, text);
        definition.body = format!(
            "{}\n\n# Goal\n\n## Asked for now\n\n{text}\n",
            definition.body
        );
    }
    let tools = &command.definition.tools;
    let note = format!(
        "{}: {} is not given, each agent keeps its own tools",
        command.name,
        tools.join(", ")
    );
    let notes = if tools.is_empty() {
        Vec::new()
    } else {
        vec![note]
    };
    Ok(ResolvedCommand {
        definitions: found,
        approved,
        notes,
    })
}

fn file_of(workspace: &Workspace, command: &SlashCommand) -> String {
    match &command.definition.source {
        DefinitionSource::BuiltIn => String::new(),
        DefinitionSource::User(path) | DefinitionSource::Repository(path) => {
            shell_words::quote(&shown_path(workspace, path)).into_owned()
        }
    }
}

/// Of the definition and what it is to do now, so that no answer to something else is used again.
fn digest(definition: &AgentDefinition, text: &str) -> String {
    sha256(format!("{}{text}", definition.digest))
}

/// The offline reviewer does what it does, whatever a command says: it answers for none.
pub(crate) fn refuse_offline(plan: &mut Plan) {
    let (offline, kept) = plan
        .jobs
        .drain(..)
        .partition(|job| job.backend == "offline");
    plan.jobs = kept;
    let offline: Vec<crate::model::Job> = offline;
    for job in offline {
        let why = "needs a model: the offline reviewer follows no command".to_owned();
        plan.skipped.push(AgentSkip {
            name: job.definition.name,
            why,
            is_gap: true,
        });
    }
}
