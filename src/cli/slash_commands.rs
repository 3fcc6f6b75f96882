//! Slash commands in `git agents agents`.

use serde_json::json;

use crate::agents::{Commands, SlashCommand};
use crate::model::{Access, DefinitionSource};
use crate::review;
use crate::review::Workspace;
use crate::text::escape;

/// One paragraph, or one JSON object, a command.
pub(super) fn text(workspace: &Workspace, commands: &Commands, json: bool) -> String {
    let standing = |command: &SlashCommand| match command.definition.source {
        DefinitionSource::Repository(_) => "trusted",
        DefinitionSource::BuiltIn | DefinitionSource::User(_) => "yours",
    };
    let ready = commands
        .ready
        .iter()
        .map(|command| (command, standing(command)));
    let changed = |changed: bool| {
        if changed {
            "changed since you trusted it"
        } else {
            "not trusted"
        }
    };
    let waiting = commands
        .untrusted
        .iter()
        .map(|untrusted| (&untrusted.command, changed(untrusted.changed)));
    let mut text = String::new();
    for (command, standing) in ready.chain(waiting) {
        text.push_str(&if json {
            one_json(workspace, command, standing)
        } else {
            one(workspace, command, standing)
        });
    }
    if json || text.is_empty() {
        return text;
    }
    format!("\ncommands\n{text}")
}

fn one(workspace: &Workspace, command: &SlashCommand, standing: &str) -> String {
    let definition = &command.definition;
    let hint = command
        .hint
        .as_deref()
        .map(|hint| format!(" {hint}"))
        .unwrap_or_default();
    let mut lines = vec![
        format!("  {}{hint}: {}", command.name, definition.description),
        format!("    {}, {standing}", path_of(workspace, command)),
    ];
    if !command.agents.is_empty() {
        let names: Vec<&str> = command.agents.iter().map(|name| name.as_str()).collect();
        lines.push(format!("    done by {}", names.join(", ")));
    }
    if let Access::Unsafe(tools) = definition.access() {
        lines.push(format!(
            "    not given unless you allow it: {}",
            tools.join(", ")
        ));
    }
    if !definition.ignored.is_empty() {
        lines.push(format!("    ignored: {}", definition.ignored.join(", ")));
    }
    let undone = command
        .render(&[])
        .map(|rendered| rendered.notes)
        .unwrap_or_default();
    lines.extend(undone.iter().map(|note| format!("    {note}")));
    if let DefinitionSource::Repository(path) = &definition.source
        && standing != "trusted"
    {
        lines.push(format!(
            "    not run: `{}` shows it and asks",
            review::trust_command(workspace, path)
        ));
    }
    lines
        .iter()
        .map(|line| format!("{}\n", escape::line(line)))
        .collect()
}

fn path_of(workspace: &Workspace, command: &SlashCommand) -> String {
    match &command.definition.source {
        DefinitionSource::BuiltIn => "built in".to_owned(),
        DefinitionSource::User(path) | DefinitionSource::Repository(path) => {
            review::shown_path(workspace, path)
        }
    }
}

fn one_json(workspace: &Workspace, command: &SlashCommand, standing: &str) -> String {
    let agents: Vec<&str> = command.agents.iter().map(|name| name.as_str()).collect();
    let value = json!({
        "command": command.name,
        "description": command.definition.description,
        "argument_hint": command.hint,
        "source": path_of(workspace, command),
        "standing": standing,
        "agents": agents,
        "tools": command.definition.tools,
        "ignored": command.definition.ignored,
        "sha256": command.definition.digest,
    });
    format!("{value}\n")
}
