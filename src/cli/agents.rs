//! `git agents agents`: definitions in force, and the backends that can run them.

use super::args::AgentsArgs;
use super::error::CommandError;
use super::slash_commands;
use super::{exit_code, output};
use crate::agents;
use crate::agents::Untrusted;
use crate::backends;
use crate::backends::Adapter;
use crate::model::{Access, AgentDefinition, DefinitionSource};
use crate::review;
use crate::review::Workspace;
use crate::sys;
use crate::sys::program_search::Detection;
use crate::text::escape;

pub(super) fn agents(args: &AgentsArgs) -> Result<u8, CommandError> {
    let workspace = super::here()?;
    let found = review::definitions(&workspace)?;
    let mut text = String::new();
    let approved = review::approved(&workspace, &found.agents);
    for definition in &found.agents {
        let allowed = approved.contains(&definition.name);
        text.push_str(&if args.list.is_json() {
            definition_json(&workspace, definition, standing(definition))
        } else {
            definition_text(
                &workspace,
                definition,
                &[
                    standing(definition),
                    if allowed { "tools allowed" } else { "" },
                ],
            )
        });
    }
    for Untrusted {
        definition,
        path,
        changed,
    } in &found.untrusted
    {
        let standing = if *changed {
            "changed since you trusted it"
        } else {
            "not trusted"
        };
        if args.list.is_json() {
            text.push_str(&definition_json(&workspace, definition, standing));
        } else {
            text.push_str(&definition_text(
                &workspace,
                definition,
                &[standing, "not run"],
            ));
            let command = review::trust_command(&workspace, path);
            text.push_str(&format!(
                "  {}\n",
                escape::line(&format!("`{command}` shows it and asks"))
            ));
        }
    }
    let commands = review::commands(&workspace);
    text.push_str(&slash_commands::text(
        &workspace,
        &commands,
        args.list.is_json(),
    ));
    if !args.list.is_json() {
        text.push_str("\nbackends\n");
        for adapter in backends::adapters() {
            text.push_str(&format!(
                "  {}\n",
                escape::line(&backend_text(&workspace, *adapter))
            ));
        }
        text.push_str(
            "  offline     inside this program; no account, nothing leaves the machine\n",
        );
        for note in found.notes.iter().chain(&commands.notes) {
            text.push_str(&format!("note: {}\n", escape::line(note)));
        }
    }
    if args.list.is_json() {
        output::stdout(&text)?;
    } else {
        output::list(&text)?;
    }
    Ok(exit_code::CLEAN)
}

fn source(workspace: &Workspace, definition: &AgentDefinition) -> String {
    match &definition.source {
        DefinitionSource::BuiltIn => "built in".to_owned(),
        DefinitionSource::User(path) => path.display().to_string(),
        DefinitionSource::Repository(path) => review::shown_path(workspace, path),
    }
}

/// Whose it is, for a definition in force.
fn standing(definition: &AgentDefinition) -> &'static str {
    match &definition.source {
        DefinitionSource::BuiltIn => "",
        DefinitionSource::User(_) => "yours",
        DefinitionSource::Repository(_) => "trusted",
    }
}

fn safety(workspace: &Workspace, definition: &AgentDefinition) -> String {
    let backend = workspace.settings.backend_of(&definition.name);
    match definition.access() {
        Access::Explore
            if backends::adapter(backend).is_some_and(|adapter| adapter.exploring().is_err()) =>
        {
            format!("background safe: runs sealed, since `{backend}` cannot be kept to reading")
        }
        Access::Sealed => "background safe: no tools".to_owned(),
        Access::Explore => "background safe: reads a snapshot, read-only".to_owned(),
        Access::Unsafe(tools) => format!("not background safe: asks for {}", tools.join(", ")),
    }
}

/// `standing` is whose it is and what was allowed to it, in words that may be empty.
fn definition_text(
    workspace: &Workspace,
    definition: &AgentDefinition,
    standing: &[&str],
) -> String {
    let name = &definition.name;
    let enabled = if workspace.settings.enabled.contains(name) {
        "enabled"
    } else {
        "not enabled"
    };
    let backend = workspace.settings.backend_of(name);
    let mut lines = vec![
        format!("{name}: {}", definition.description),
        format!(
            "  {enabled}, backend {backend}, {}, {}",
            source(workspace, definition),
            safety(workspace, definition)
        ),
    ];
    let standing: Vec<&str> = standing
        .iter()
        .copied()
        .filter(|word| !word.is_empty())
        .collect();
    if !standing.is_empty() {
        lines.push(format!("  {}", standing.join(", ")));
    }
    let (loosening, ignored): (Vec<&str>, Vec<&str>) = definition
        .ignored
        .iter()
        .map(String::as_str)
        .partition(|field| agents::loosens(field));
    if !ignored.is_empty() {
        lines.push(format!("  ignored: {}", ignored.join(", ")));
    }
    if !loosening.is_empty() {
        lines.push(format!(
            "  never obeyed, since it could loosen something: {}",
            loosening.join(", ")
        ));
    }
    lines
        .iter()
        .map(|line| format!("{}\n", escape::line(line)))
        .collect()
}

fn definition_json(workspace: &Workspace, definition: &AgentDefinition, standing: &str) -> String {
    let value = serde_json::json!({
        "name": definition.name.as_str(),
        "description": definition.description,
        "source": source(workspace, definition),
        "standing": standing,
        "enabled": workspace.settings.enabled.contains(&definition.name),
        "backend": workspace.settings.backend_of(&definition.name),
        "tools": definition.tools,
        "background_safe": !matches!(definition.access(), Access::Unsafe(_)),
        "ignored": definition.ignored,
        "sha256": definition.digest,
    });
    format!("{value}\n")
}

fn backend_text(workspace: &Workspace, adapter: &dyn Adapter) -> String {
    let name = adapter.name();
    let state = match adapter
        .program()
        .map(|program| sys::program_search::detect(program, workspace.repo.work_tree()))
    {
        Some(Detection::Found(path)) => path.display().to_string(),
        Some(Detection::Missing) => "not installed".to_owned(),
        Some(Detection::Refused { path, why }) => format!("{} refused: {why}", path.display()),
        None => match &workspace.settings.command {
            Some(words) => words.join(" "),
            None => "not set (`git config --global agents.command PROGRAM`)".to_owned(),
        },
    };
    let verified = match adapter.verified() {
        Some(version) => format!("; verified with {version}"),
        None if adapter.program().is_none() => String::new(),
        None => "; not verified".to_owned(),
    };
    let exploring = match adapter.exploring() {
        Ok(how) => format!("reads a snapshot: {how}"),
        Err(why) => format!("reads no snapshot: {why}"),
    };
    format!(
        "{name:<11} {state}{verified}; {}; {exploring}",
        adapter.sealing()
    )
}
