//! What an agent is.

use std::path::PathBuf;

use super::ids::{AgentName, Perspective};

/// A parsed definition: Markdown with YAML front matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentDefinition {
    /// Its name.
    pub name: AgentName,
    /// One sentence for people.
    pub description: String,
    /// Tools it asks for, as written.
    pub tools: Vec<String>,
    /// Model it asks for; the user's setting wins.
    pub model: Option<String>,
    /// The only backend that understands this model's name; none: all of them do.
    pub model_of: Option<String>,
    /// Perspectives to run, at least one.
    pub perspectives: Vec<Perspective>,
    /// The instructions.
    pub body: String,
    /// Where it was found.
    pub source: DefinitionSource,
    /// Front matter fields that were read and not obeyed, in order.
    pub ignored: Vec<String>,
    /// SHA-256 of the file's bytes, hexadecimal.
    pub digest: String,
}

impl AgentDefinition {
    /// What it may touch, decided from the tools it asks for.
    #[must_use]
    pub fn access(&self) -> Access {
        if self.tools.is_empty() {
            return Access::Sealed;
        }
        let reads_only = |t: &String| matches!(t.as_str(), "Read" | "Grep" | "Glob");
        let unsafe_tools: Vec<String> = self
            .tools
            .iter()
            .filter(|t| !reads_only(t))
            .cloned()
            .collect();
        if unsafe_tools.is_empty() {
            Access::Explore
        } else {
            Access::Unsafe(unsafe_tools)
        }
    }
}

/// Where a definition comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DefinitionSource {
    /// In the binary.
    BuiltIn,
    /// In the user's configuration directory.
    User(PathBuf),
    /// In the repository, trusted by content hash.
    Repository(PathBuf),
}

/// How far an agent may reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// No tools, empty directory.
    Sealed,
    /// Read-only tools on a throw-away snapshot.
    Explore,
    /// Asks for these tools beyond reading; not background safe.
    Unsafe(Vec<String>),
}

/// Whether a text may be handed to a program as a model's name: it cannot be taken for an option
/// and holds nothing that a provider's name does not.
#[must_use]
pub fn is_model_name(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"._:/@-[]+".contains(&b);
    text.len() <= 128
        && text.bytes().all(fits)
        && text
            .bytes()
            .next()
            .is_some_and(|b| b.is_ascii_alphanumeric())
}
