//! The fields that are obeyed, read and checked.

use serde_json::Value;

use super::front::Parts;
use super::{Fault, Host};
use crate::model::is_model_name;
use crate::model::{AgentName, Perspective};

/// Longest description, in characters.
const DESCRIPTION: usize = 1000;

/// Reads the obeyed fields, each with the line for complaints.
pub(super) struct Reader<'a> {
    pub(super) host: Host,
    pub(super) file: &'a Parts<'a>,
    /// The file's name without its ending.
    pub(super) stem: String,
}

impl Reader<'_> {
    /// The line of the file in which this field stands; the opening line if it is missing.
    pub(super) fn line(&self, field: &str) -> usize {
        let is_field = |line: &str| {
            let line = line.trim_start_matches(['"', '\'']);
            line.strip_prefix(field).is_some_and(|rest| {
                rest.trim_start_matches(['"', '\''])
                    .trim_start()
                    .starts_with([':', '='])
            })
        };
        self.file
            .front
            .lines()
            .position(is_field)
            .map_or(1, |at| at + 1 + self.file.offset)
    }

    fn fault<T>(&self, field: &str, what: String) -> Result<T, Fault> {
        Err((self.line(field), what))
    }

    fn text(&self, field: &str) -> Result<Option<&str>, Fault> {
        match self.file.fields.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.trim())),
            Some(_) => self.fault(field, format!("`{field}` must be text")),
        }
    }

    /// A list of words, written as a list or as one text with commas.
    fn words(&self, field: &str) -> Result<Vec<String>, Fault> {
        match self.file.fields.get(field) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::String(text)) => Ok(split_words(text)),
            Some(Value::Array(items)) => {
                let words = items
                    .iter()
                    .map(|item| item.as_str().map(|text| text.trim().to_owned()));
                let words: Option<Vec<String>> = words.collect();
                words.map_or_else(
                    || self.fault(field, format!("`{field}` must be a list of words")),
                    Ok,
                )
            }
            Some(_) => self.fault(field, format!("`{field}` must be a list of words")),
        }
    }

    pub(super) fn name(&self) -> Result<AgentName, Fault> {
        let wrong = "`name` must be a letter, then letters, digits, `-` or `_`, at most 64";
        let field = if self.host.is_named_by_file() {
            None
        } else {
            self.text("name")?
        };
        if self.host == Host::Own {
            let text = field.ok_or_else(|| (1, "no `name`".to_owned()))?;
            return AgentName::parse(text).map_or_else(|| self.fault("name", wrong.into()), Ok);
        }
        let text = field.filter(|text| !text.is_empty()).unwrap_or(&self.stem);
        AgentName::parse(text)
            .or_else(|| AgentName::parse(&slug(text)))
            .map_or_else(
                || self.fault("name", format!("`{}` makes no name", text.escape_debug())),
                Ok,
            )
    }

    pub(super) fn description(&self) -> Result<String, Fault> {
        let text = match self.text("description")? {
            Some(text) if !text.is_empty() => text,
            Some(_) | None if self.host == Host::Own => {
                return self.fault("description", "no `description`".into());
            }
            Some(_) | None => self
                .file
                .body
                .trim()
                .lines()
                .next()
                .unwrap_or_default()
                .trim_start_matches('#')
                .trim(),
        };
        Ok(text.chars().take(DESCRIPTION).collect())
    }

    /// In our names, each once, without those that the file itself denies.
    pub(super) fn tools(&self) -> Result<Vec<String>, Fault> {
        let asked = match self.host.tools_elsewhere(&self.file.fields) {
            Some(tools) => tools,
            None => self.words(self.host.tools_field())?,
        };
        let denied = if self.host == Host::Claude {
            self.words("disallowedTools")?
        } else {
            Vec::new()
        };
        let mut tools: Vec<String> = Vec::new();
        for word in asked
            .iter()
            .filter(|word| !word.is_empty() && !denied.contains(word))
        {
            for tool in self.host.tool(word) {
                if !tools.contains(&tool) {
                    tools.push(tool);
                }
            }
        }
        Ok(tools)
    }

    /// The model, and whether one stands there that cannot be used. `inherit`, which other programs
    /// write for their own default, is no model.
    pub(super) fn model(&self) -> Result<(Option<String>, bool), Fault> {
        let ours = self.host == Host::Own;
        let text = match self.text("model") {
            Err(_) if !ours => return Ok((None, true)),
            other => other?,
        };
        match text {
            None | Some("" | "inherit") => Ok((None, false)),
            Some(model) if is_model_name(model) => Ok((Some(model.to_owned()), false)),
            Some(_) if !ours => Ok((None, true)),
            Some(_) => self.fault("model", "`model` is not a model's name".into()),
        }
    }

    pub(super) fn perspectives(&self) -> Result<Vec<Perspective>, Fault> {
        let mut found = Vec::new();
        let is_read = self.host.obeyed().contains(&"perspectives");
        for word in if is_read {
            self.words("perspectives")?
        } else {
            Vec::new()
        } {
            let perspective = match word.as_str() {
                "informed" => Perspective::Informed,
                "fresh" => Perspective::Fresh,
                _ => {
                    return self.fault(
                        "perspectives",
                        "`perspectives` are `informed` and `fresh`".into(),
                    );
                }
            };
            if !found.contains(&perspective) {
                found.push(perspective);
            }
        }
        Ok(if found.is_empty() {
            vec![Perspective::Informed]
        } else {
            found
        })
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

/// Lower-case words joined by `-`, as far as they go.
fn slug(text: &str) -> String {
    let words = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let slug = words.collect::<Vec<_>>().join("-").to_ascii_lowercase();
    slug.chars()
        .take(64)
        .collect::<String>()
        .trim_end_matches('-')
        .to_owned()
}
