//! Which definitions are in force here, and what the user allowed to them.

use std::path::Path;

use crate::agents;
use crate::agents::{Definitions, Trust, Untrusted};
use crate::model::{Access, AgentDefinition, AgentName, AgentSkip};
use crate::review::error::PipelineError;
use crate::review::workspace::Workspace;
use crate::sys::dirs;

/// Definitions in force: built in, the user's, and the repository's trusted ones.
///
/// # Errors
/// When a definition file is malformed.
pub(crate) fn definitions(workspace: &Workspace) -> Result<Definitions, PipelineError> {
    let top = workspace.repo.work_tree();
    let places = agents::places(dirs::user_config().as_deref(), dirs::home().as_deref(), top);
    let trust = trust(workspace);
    let standing = |path: &Path, digest: &str| trust.standing(path, digest);
    Ok(agents::load_definitions(&places, top, &standing)?)
}

/// What the user allowed to this repository's files.
#[must_use]
pub(crate) fn trust(workspace: &Workspace) -> Trust {
    Trust::load(
        dirs::user_state().as_deref(),
        workspace.repo.common_dir(),
        workspace.repo.work_tree(),
    )
}

/// Agents that ask for more than reading, and whose every such tool the user allowed beforehand.
#[must_use]
pub(crate) fn approved(workspace: &Workspace, definitions: &[AgentDefinition]) -> Vec<AgentName> {
    let asking = definitions
        .iter()
        .filter_map(|definition| match definition.access() {
            Access::Unsafe(tools) => Some((definition, tools)),
            Access::Sealed | Access::Explore => None,
        });
    let mut trust = None;
    let mut is_approved = |definition: &AgentDefinition, tools: &[String]| {
        let allowed = trust
            .get_or_insert_with(|| self::trust(workspace))
            .approved_tools(definition);
        tools.iter().all(|tool| allowed.contains(tool))
    };
    asking
        .filter(|(agent, tools)| is_approved(agent, tools))
        .map(|(agent, _)| agent.name.clone())
        .collect()
}

/// Agents that may not run because their file is not trusted, each with what to type.
pub(crate) fn withheld(workspace: &Workspace, definitions: &Definitions) -> Vec<AgentSkip> {
    let known = |name: &AgentName| definitions.agents.iter().any(|agent| agent.name == *name);
    let untrusted = definitions
        .untrusted
        .iter()
        .filter(|untrusted| !known(&untrusted.definition.name));
    let skipped = |it: &Untrusted| {
        let (standing, command) = (
            standing_words(workspace, it),
            trust_command(workspace, &it.path),
        );
        AgentSkip {
            name: it.definition.name.clone(),
            why: format!("{standing}: `{command}`"),
            is_gap: true,
        }
    };
    untrusted.map(skipped).collect()
}

/// The error for an agent that was asked for by name and is not trusted.
pub(crate) fn check_trusted(
    workspace: &Workspace,
    definitions: &Definitions,
    name: &AgentName,
) -> Result<(), PipelineError> {
    let known = definitions.agents.iter().any(|agent| agent.name == *name);
    let untrusted = definitions
        .untrusted
        .iter()
        .find(|it| it.definition.name == *name)
        .filter(|_| !known);
    untrusted.map_or(Ok(()), |it| {
        let (why, command) = (
            standing_words(workspace, it),
            trust_command(workspace, &it.path),
        );
        Err(PipelineError::Untrusted {
            what: format!("agent `{name}`"),
            why,
            command,
        })
    })
}

fn standing_words(workspace: &Workspace, untrusted: &Untrusted) -> String {
    let path = shown_path(workspace, &untrusted.path);
    if untrusted.changed {
        format!("{path} changed since you trusted it")
    } else {
        format!("{path} is not trusted")
    }
}

/// A path below the top of the work tree where it is inside, for people.
#[must_use]
pub(crate) fn shown_path(workspace: &Workspace, path: &Path) -> String {
    let top = workspace.repo.work_tree();
    top.and_then(|top| path.strip_prefix(top).ok())
        .unwrap_or(path)
        .display()
        .to_string()
}

/// What to type to see the file and trust it.
#[must_use]
pub(crate) fn trust_command(workspace: &Workspace, path: &Path) -> String {
    format!(
        "git agents trust {}",
        shell_words::quote(&shown_path(workspace, path))
    )
}

/// Says which fields of a definition would loosen something and were not obeyed.
pub(crate) fn not_obeyed(definition: &AgentDefinition) -> Option<String> {
    let fields: Vec<&str> = definition
        .ignored
        .iter()
        .map(String::as_str)
        .filter(|field| agents::loosens(field))
        .collect();
    (!fields.is_empty()).then(|| format!("{}: not obeyed: {}", definition.name, fields.join(", ")))
}
