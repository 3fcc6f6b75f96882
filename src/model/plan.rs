//! Who runs, who does not, and why.

use super::agent::{Access, AgentDefinition};
use super::ids::{AgentName, Perspective};

/// The decision before anything starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Agents that run, each with its perspective.
    pub jobs: Vec<Job>,
    /// Agents that do not, each with the reason.
    pub skipped: Vec<AgentSkip>,
}

/// A backend that can be used on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackendCandidate {
    /// Its name.
    pub name: String,
    /// Whose models it runs.
    pub family: String,
    /// Whether `auto` may take it; else only who names it.
    pub auto: bool,
    /// Whether it can be kept to read-only tools on a snapshot.
    pub explores: bool,
}

/// One agent in one perspective; becomes one prompt a chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The definition.
    pub definition: AgentDefinition,
    /// Which perspective.
    pub perspective: Perspective,
    /// The backend's name: `claude`, `codex`, `command`, `offline`, ...
    pub backend: String,
    /// Model handed to the backend.
    pub model: Option<String>,
    /// How far it may reach.
    pub access: Access,
}

/// An agent that does not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentSkip {
    /// Its name.
    pub name: AgentName,
    /// Why, in words for people.
    pub why: String,
    /// Whether the review is incomplete without it (refused) or it had
    /// nothing to do (nothing in its field changed).
    pub is_gap: bool,
}
