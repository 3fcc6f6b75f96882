//! One agent definition: Markdown with YAML front matter, or TOML, to a value.
//!
//! Obeyed is what [`Host::obeyed`] lists; everything else is listed as ignored; so what a
//! definition can ask for is what this file reads, and nothing more.

mod fields;
mod front;

use std::path::PathBuf;

use super::host::Host;
use crate::model::digest::sha256;
use crate::model::{AgentDefinition, DefinitionSource};
use fields::Reader;
use serde_json::{Map, Value};

/// Largest definition file, in bytes.
pub(super) const FILE_BYTES: usize = 256 << 10;

/// Why a definition cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DefinitionError {
    /// Its text is wrong.
    #[error("{file}:{line}: {what}")]
    Malformed {
        /// The file, or `built in`.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong, as a fragment.
        what: String,
    },
    /// Its file cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file or directory.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
}

/// What is wrong, and in which line of the file, from 1.
type Fault = (usize, String);

/// Reads a definition of our own format.
///
/// # Errors
/// [`DefinitionError::Malformed`], naming the file of `source` and the line.
pub(crate) fn parse_definition(
    bytes: &[u8],
    source: DefinitionSource,
) -> Result<AgentDefinition, DefinitionError> {
    parse_as(Host::Own, bytes, source)
}

/// Reads a definition as this host writes it.
///
/// # Errors
/// As [`parse_definition`].
pub(crate) fn parse_as(
    host: Host,
    bytes: &[u8],
    source: DefinitionSource,
) -> Result<AgentDefinition, DefinitionError> {
    let stem = stem(host, &source);
    parse_fields(host, bytes, source, &stem).map(|read| read.definition)
}

/// A definition with every field of its file.
pub(super) struct FieldsOf {
    /// The fields as they stand.
    pub(super) fields: Map<String, Value>,
    /// What they come to.
    pub(super) definition: AgentDefinition,
}

/// The same with the name that the file gives to its agent.
pub(super) fn parse_fields(
    host: Host,
    bytes: &[u8],
    source: DefinitionSource,
    stem: &str,
) -> Result<FieldsOf, DefinitionError> {
    let file = match &source {
        DefinitionSource::BuiltIn => "built in".to_owned(),
        DefinitionSource::User(path) | DefinitionSource::Repository(path) => {
            path.display().to_string()
        }
    };
    let parsed = parse(host, bytes, source, stem.to_owned());
    parsed.map_err(|(line, what)| DefinitionError::Malformed { file, line, what })
}

fn parse(
    host: Host,
    bytes: &[u8],
    source: DefinitionSource,
    stem: String,
) -> Result<FieldsOf, Fault> {
    if bytes.len() > FILE_BYTES {
        return Err((
            1,
            format!(
                "{} bytes are too many, at most {FILE_BYTES} are read",
                bytes.len()
            ),
        ));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|e| (line_at(bytes, e.valid_up_to()), "not UTF-8".to_owned()))?;
    let file = front::read(host, text.trim_start_matches('\u{feff}'))?;
    let reader = Reader {
        host,
        file: &file,
        stem,
    };
    if let Some((field, why)) = host.off(&file.fields) {
        return Err((reader.line(field), why.to_owned()));
    }
    if file.body.trim().is_empty() {
        return Err((
            file.body_line,
            "no instructions after the front matter".into(),
        ));
    }
    let (model, unusable) = reader.model()?;
    let is_ignored = |field: &&String| {
        !host.obeyed().contains(&field.as_str()) || (unusable && *field == "model")
    };
    let definition = AgentDefinition {
        name: reader.name()?,
        description: reader.description()?,
        tools: reader.tools()?,
        model_of: host
            .backend()
            .filter(|_| model.is_some())
            .map(str::to_owned),
        model,
        perspectives: reader.perspectives()?,
        body: file.body.trim().to_owned(),
        source,
        ignored: file.fields.keys().filter(is_ignored).cloned().collect(),
        digest: sha256(bytes),
    };
    Ok(FieldsOf {
        fields: file.fields,
        definition,
    })
}

fn line_at(bytes: &[u8], at: usize) -> usize {
    1 + bytes.iter().take(at).filter(|b| **b == b'\n').count()
}

/// The file's name without its ending.
fn stem(host: Host, source: &DefinitionSource) -> String {
    let (DefinitionSource::User(path) | DefinitionSource::Repository(path)) = source else {
        return String::new();
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let stem = host
        .endings()
        .iter()
        .find_map(|ending| name.strip_suffix(ending));
    stem.unwrap_or(&name).to_owned()
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod host_tests;
