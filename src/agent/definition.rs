//! One agent definition: Markdown with YAML front matter, to a value.
//!
//! Obeyed: `name`, `description`, `tools`, `model`, `perspectives`. Everything else is listed as
//! ignored; so what a definition can ask for is what this file reads, and nothing more.

use std::path::PathBuf;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::model::{AgentDefinition, AgentName, DefinitionSource, Perspective};

/// Largest definition file, in bytes.
pub(super) const FILE_BYTES: usize = 256 << 10;
/// Longest description, in characters.
const DESCRIPTION: usize = 1000;

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

/// Reads a definition.
///
/// # Errors
/// [`DefinitionError::Malformed`], naming the file of `source` and the line.
pub fn parse_definition(bytes: &[u8], source: DefinitionSource) -> Result<AgentDefinition, DefinitionError> {
    let file = match &source {
        DefinitionSource::BuiltIn => "built in".to_owned(),
        DefinitionSource::User(path) | DefinitionSource::Repository(path) => path.display().to_string(),
    };
    parse(bytes, source).map_err(|(line, what)| DefinitionError::Malformed { file, line, what })
}

/// SHA-256 of the bytes, as trust records it.
pub(super) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn parse(bytes: &[u8], source: DefinitionSource) -> Result<AgentDefinition, Fault> {
    if bytes.len() > FILE_BYTES {
        return Err((1, format!("{} bytes are too many, at most {FILE_BYTES} are read", bytes.len())));
    }
    let text = std::str::from_utf8(bytes).map_err(|e| (line_at(bytes, e.valid_up_to()), "not UTF-8".to_owned()))?;
    let (front, body, body_line) = split(text.trim_start_matches('\u{feff}'))?;
    let fields = parse_yaml(front)?;
    let reader = Reader { front, fields: &fields };
    if body.trim().is_empty() {
        return Err((body_line, "no instructions after the front matter".into()));
    }
    Ok(AgentDefinition {
        name: reader.name()?,
        description: reader.description()?,
        tools: reader.tools()?,
        model: reader.model()?,
        perspectives: reader.perspectives()?,
        body: body.trim().to_owned(),
        source,
        ignored: fields.keys().filter(|key| !OBEYED.contains(&key.as_str())).cloned().collect(),
        digest: digest(bytes),
    })
}

fn line_at(bytes: &[u8], at: usize) -> usize {
    1 + bytes.iter().take(at).filter(|b| **b == b'\n').count()
}

/// Front matter, body, and the body's first line.
fn split(text: &str) -> Result<(&str, &str, usize), Fault> {
    let mut lines = text.split_inclusive('\n');
    let opening = lines.next().filter(|line| line.trim_end() == "---");
    let start = opening.map(str::len).ok_or_else(|| (1, "front matter must open with a line `---`".to_owned()))?;
    let mut end = start;
    for (number, line) in lines.enumerate() {
        if line.trim_end() == "---" {
            return Ok((&text[start..end], &text[end + line.len()..], number + 3));
        }
        end += line.len();
    }
    Err((1, "front matter is never closed by a line `---`".into()))
}

fn parse_yaml(front: &str) -> Result<Map<String, Value>, Fault> {
    let options = serde_saphyr::options! { with_snippet: false, strict_booleans: true };
    match serde_saphyr::from_str_with_options::<Option<Map<String, Value>>>(front, options) {
        Ok(fields) => Ok(fields.unwrap_or_default()),
        Err(error) => {
            let line = error.location().map_or(1, |l| usize::try_from(l.line()).unwrap_or(1).max(1));
            let words = error.to_string();
            let first = words.lines().next().unwrap_or_default();
            // the parser counts from the front matter's own first line
            let what = first.rsplit_once(" at line ").map_or(first, |(what, _)| what);
            let what = what.strip_prefix("error: ").unwrap_or(what).trim_end_matches(':');
            let lines = front.lines().count().max(1);
            Err((line.min(lines) + 1, format!("front matter: {what}")))
        }
    }
}

/// Fields that are obeyed.
const OBEYED: [&str; 5] = ["name", "description", "tools", "model", "perspectives"];

/// Reads the obeyed fields, each with the line for complaints.
struct Reader<'a> {
    front: &'a str,
    fields: &'a Map<String, Value>,
}

impl Reader<'_> {
    /// The line of the file in which this field stands; the opening line if it is missing.
    fn line(&self, field: &str) -> usize {
        let is_field = |line: &str| {
            let line = line.trim_start_matches(['"', '\'']);
            line.strip_prefix(field)
                .is_some_and(|rest| rest.trim_start_matches(['"', '\'']).trim_start().starts_with(':'))
        };
        self.front.lines().position(is_field).map_or(1, |at| at + 2)
    }

    fn fault<T>(&self, field: &str, what: String) -> Result<T, Fault> {
        Err((self.line(field), what))
    }

    fn text(&self, field: &str) -> Result<Option<&str>, Fault> {
        match self.fields.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.trim())),
            Some(_) => self.fault(field, format!("`{field}` must be text")),
        }
    }

    /// A list of words, written as a list or as one text with commas.
    fn words(&self, field: &str) -> Result<Vec<String>, Fault> {
        match self.fields.get(field) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::String(text)) => Ok(split_words(text)),
            Some(Value::Array(items)) => {
                let words = items.iter().map(|item| item.as_str().map(|text| text.trim().to_owned()));
                let words: Option<Vec<String>> = words.collect();
                words.map_or_else(|| self.fault(field, format!("`{field}` must be a list of words")), Ok)
            }
            Some(_) => self.fault(field, format!("`{field}` must be a list of words")),
        }
    }

    fn name(&self) -> Result<AgentName, Fault> {
        match self.text("name")? {
            None => Err((1, "no `name`".into())),
            Some(text) => AgentName::parse(text).map_or_else(
                || self.fault("name", "`name` must be a letter, then letters, digits, `-` or `_`, at most 64".into()),
                Ok,
            ),
        }
    }

    fn description(&self) -> Result<String, Fault> {
        match self.text("description")? {
            None | Some("") => self.fault("description", "no `description`".into()),
            Some(text) => Ok(text.chars().take(DESCRIPTION).collect()),
        }
    }

    fn tools(&self) -> Result<Vec<String>, Fault> {
        let mut tools = self.words("tools")?;
        tools.retain(|tool| !tool.is_empty());
        Ok(tools)
    }

    /// `inherit`, which other programs write for their own default, is no model.
    fn model(&self) -> Result<Option<String>, Fault> {
        match self.text("model")? {
            None | Some("" | "inherit") => Ok(None),
            Some(model) if is_model_name(model) => Ok(Some(model.to_owned())),
            Some(_) => self.fault("model", "`model` is not a model's name".into()),
        }
    }

    fn perspectives(&self) -> Result<Vec<Perspective>, Fault> {
        let mut found = Vec::new();
        for word in self.words("perspectives")? {
            let perspective = match word.as_str() {
                "informed" => Perspective::Informed,
                "fresh" => Perspective::Fresh,
                _ => return self.fault("perspectives", "`perspectives` are `informed` and `fresh`".into()),
            };
            if !found.contains(&perspective) {
                found.push(perspective);
            }
        }
        Ok(if found.is_empty() { vec![Perspective::Informed] } else { found })
    }
}

/// Splits at commas outside parentheses: `Read, Bash(git log, git diff)` are two.
fn split_words(text: &str) -> Vec<String> {
    let mut depth = 0usize;
    let parts = text.split(|c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    });
    parts.map(|part| part.trim().to_owned()).collect()
}

/// Whether a text may be handed to a program as a model's name: it cannot be taken for an option
/// and holds nothing that a provider's name does not.
pub(super) fn is_model_name(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"._:/@-[]+".contains(&b);
    text.len() <= 128 && text.bytes().all(fits) && text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests;
