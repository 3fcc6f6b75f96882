//! Agents: what each of them is to do, where their definitions are found, and which of a
//! repository's definitions the user trusts.
//!
//! A definition is a Markdown file with front matter, so that adding a reviewer touches one file.
//!
//! Promises: a definition from a repository runs only after the user trusted its very bytes; a
//! field that would loosen something is listed and never obeyed.
//! Leaves to others: the programs that play an agent (`backends`), choosing among them (`plan`).

pub(crate) mod definition;
mod host;
mod load;
mod search_paths;
mod slash_command;
mod trust;

pub(crate) use definition::DefinitionError;

pub(crate) use host::loosens;
pub(crate) use load::{Definitions, Untrusted, built_in, load_definitions, read_definition};
pub(crate) use search_paths::places;

pub(crate) use slash_command::{
    Commands, RenderError, SlashCommand, command_places, load_commands,
};
pub(crate) use trust::{Grant, Permission, Trust, TrustError, TrustStatus};
