//! Agents: their definitions, and the programs that play them.
//!
//! A definition says what an agent is to do; an adapter says how a program is called, sealed, to
//! do it, and how to read what it left. Adding a program touches one adapter, its line in
//! [`adapters`] and one recorded reply; adding a reviewer touches one Markdown file.
//!
//! Promises: nothing here starts a process or opens a connection; no byte of a prompt is in any
//! argument; a child's environment is an allow list; only what exited 0, was parsed, reports no
//! error and is not empty is `Answered`.
//! Leaves to others: running (`supervise`), choosing (`plan`), believing (`synth`).

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
pub(crate) use trust::{Grant, Permission, Standing, Trust, TrustError};
