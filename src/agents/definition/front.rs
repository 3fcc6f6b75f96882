//! A definition's fields and instructions, whatever their notation.

use serde_json::{Map, Value};

use super::{Fault, Host};

/// A file taken apart.
pub(super) struct Parts<'a> {
    /// The text that holds the fields.
    pub(super) front: &'a str,
    /// Lines of the file before it.
    pub(super) offset: usize,
    /// The fields.
    pub(super) fields: Map<String, Value>,
    /// The instructions.
    pub(super) body: String,
    /// Their first line in the file.
    pub(super) body_line: usize,
}

pub(super) fn read(host: Host, text: &str) -> Result<Parts<'_>, Fault> {
    if host == Host::Codex {
        return read_toml(text);
    }
    if host == Host::Slash
        && text
            .lines()
            .next()
            .is_none_or(|line| line.trim_end() != "---")
    {
        return Ok(Parts {
            front: "",
            offset: 0,
            fields: Map::new(),
            body: text.to_owned(),
            body_line: 1,
        });
    }
    let (front, body, body_line) = split(text)?;
    let fields = match parse_yaml(front) {
        Err(_) if host != Host::Own && !loose_fields(front).is_empty() => loose_fields(front),
        other => other?,
    };
    Ok(Parts {
        front,
        offset: 1,
        fields,
        body: body.to_owned(),
        body_line,
    })
}

/// Codex: `developer_instructions` are the instructions.
fn read_toml(text: &str) -> Result<Parts<'_>, Fault> {
    let fields: Map<String, Value> = toml::from_str(text).map_err(|error: toml::de::Error| {
        let line = error.span().map_or(1, |span| {
            1 + text
                .bytes()
                .take(span.start)
                .filter(|b| *b == b'\n')
                .count()
        });
        (
            line,
            format!(
                "not TOML: {}",
                error.message().lines().next().unwrap_or_default()
            ),
        )
    })?;
    let body = match fields.get("developer_instructions") {
        Some(Value::String(body)) => body.clone(),
        Some(_) | None => return Err((1, "no `developer_instructions`".into())),
    };
    Ok(Parts {
        front: text,
        offset: 0,
        fields,
        body,
        body_line: 1,
    })
}

/// What the other programs make of front matter that is no YAML, such as a description with a
/// colon in it: one field a line, and lists of `- word`. Deeper lines belong to the field before.
fn loose_fields(front: &str) -> Map<String, Value> {
    let mut fields: Map<String, Value> = Map::new();
    let mut last = String::new();
    for line in front.lines() {
        let key = line.split_once(':').filter(|(key, _)| is_key(key));
        match (key, line.trim().strip_prefix("- "), fields.get_mut(&last)) {
            (Some((key, value)), ..) => {
                last = key.to_owned();
                let value = value.trim().trim_matches(['"', '\'']);
                fields
                    .entry(key.to_owned())
                    .or_insert_with(|| Value::String(value.to_owned()));
            }
            (None, Some(item), Some(Value::Array(items))) => {
                items.push(Value::String(item.trim().to_owned()));
            }
            (None, Some(item), Some(value)) if value == "" => {
                *value = Value::Array(vec![Value::String(item.trim().to_owned())]);
            }
            (None, _, Some(Value::String(text))) => {
                text.push(' ');
                text.push_str(line.trim());
            }
            (None, ..) => {}
        }
    }
    fields
}

/// A field's name at the beginning of a line.
fn is_key(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.len() <= 40
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Front matter, body, and the body's first line.
fn split(text: &str) -> Result<(&str, &str, usize), Fault> {
    let mut lines = text.split_inclusive('\n');
    let opening = lines.next().filter(|line| line.trim_end() == "---");
    let start = opening
        .map(str::len)
        .ok_or_else(|| (1, "front matter must open with a line `---`".to_owned()))?;
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
            let line = error
                .location()
                .map_or(1, |l| usize::try_from(l.line()).unwrap_or(1).max(1));
            let words = error.to_string();
            let first = words.lines().next().unwrap_or_default();
            // the parser counts from the front matter's own first line
            let what = first
                .rsplit_once(" at line ")
                .map_or(first, |(what, _)| what);
            let what = what
                .strip_prefix("error: ")
                .unwrap_or(what)
                .trim_end_matches(':');
            let lines = front.lines().count().max(1);
            Err((line.min(lines) + 1, format!("front matter: {what}")))
        }
    }
}
