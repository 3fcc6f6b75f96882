//! Slash-command files: instructions with places for arguments, as Claude Code reads them.
//!
//! Obeyed: `description`, `argument-hint`, `allowed-tools`, `model`, and our own `agents`. In their
//! home `allowed-tools` only spares questions and restricts nothing; here reading is given, and
//! anything more only where the user allowed it. `` !`command` `` is never run and `@file` never
//! read: the place says so in the prompt, and a note says so to the person.
//!
//! Facts: Claude Code's documentation "Slash commands" and "Skills", November 2026.

mod load;
mod render;

use serde_json::{Map, Value};

use super::definition::{DefinitionError, FieldsOf, parse_fields};
use super::host::Host;
use crate::model::{AgentDefinition, AgentName, DefinitionSource};

pub(crate) use load::{Commands, command_places, load_commands};
pub(crate) use render::{RenderError, Rendered};

/// Longest name, with its directories.
const NAME: usize = 50;

/// One slash command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SlashCommand {
    /// What it is called by: the file's name, with `:` after each directory.
    pub name: String,
    /// Which arguments it expects, for people.
    pub hint: Option<String>,
    /// Agents that are to do it, each in its own role; empty: one agent of its own.
    pub agents: Vec<AgentName>,
    /// The one agent of its own, its instructions as the file has them.
    pub definition: AgentDefinition,
}

impl SlashCommand {
    /// The instructions with these arguments in their places.
    ///
    /// # Errors
    /// They become too long.
    pub(crate) fn render(&self, arguments: &[String]) -> Result<Rendered, RenderError> {
        render::render(&self.definition.body, arguments)
    }
}

/// Reads a slash command. Front matter may be missing.
///
/// # Errors
/// [`DefinitionError::Malformed`], naming the file of `source` and the line.
pub(crate) fn parse_command(
    name: &str,
    bytes: &[u8],
    source: DefinitionSource,
) -> Result<SlashCommand, DefinitionError> {
    let FieldsOf {
        fields,
        mut definition,
    } = parse_fields(Host::Slash, bytes, source, &agent_name(name))?;
    let agents = named(&fields);
    definition.tools.dedup();
    let hint = fields.get("argument-hint").and_then(hint_text);
    Ok(SlashCommand {
        name: name.to_owned(),
        hint,
        agents,
        definition,
    })
}

/// Whether a text can be a command's name.
fn is_name(text: &str) -> bool {
    let fits = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphanumeric())
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    text.len() <= NAME && text.split(':').all(fits)
}

/// What its own agent is called: never like a reviewer, so that it neither gets a reviewer's
/// settings nor its place.
fn agent_name(name: &str) -> String {
    let letter = |c: char| {
        if c.is_ascii_alphanumeric() || c == '_' {
            c
        } else {
            '-'
        }
    };
    format!("command-{}", name.chars().map(letter).collect::<String>())
}

fn named(fields: &Map<String, Value>) -> Vec<AgentName> {
    let words: Vec<&str> = match fields.get("agents") {
        Some(Value::String(text)) => text.split(',').collect(),
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        Some(_) | None => Vec::new(),
    };
    words
        .into_iter()
        .filter_map(|word| AgentName::parse(word.trim()))
        .collect()
}

/// `argument-hint: [file] [mode]` is text to its author, and YAML's list.
fn hint_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Array(items) => {
            let words: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            Some(format!("[{}]", words.join(", ")))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
