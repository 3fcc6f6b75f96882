//! Finds the reply's JSON in whatever surrounds it.

use serde_json::{Deserializer, Value};

/// Longer texts are no reply: 200 findings at their caps fit several times.
pub(super) const TEXT_BYTES: usize = 4 << 20;
/// Places that look like JSON and turn out not to be, before the search ends. Bounds the work on
/// hostile text to this many passes over it.
const ATTEMPTS: usize = 64;
/// Keys under which programs wrap a reply.
const WRAPPERS: [&str; 7] = [
    "result",
    "reply",
    "response",
    "output",
    "structured_output",
    "review",
    "data",
];

/// What the search found.
#[derive(Debug, PartialEq)]
pub(super) enum Found {
    /// A reply, or a bare list of findings.
    Whole(Value),
    /// JSON that breaks off or is broken, from this byte on.
    Broken {
        /// Where it begins.
        start: usize,
        /// Whether it just ended too early.
        early: bool,
    },
    /// JSON, but not a reply: its first words.
    Other(String),
    /// No JSON at all.
    Nothing,
}

/// Looks for the last value that has a reply's shape: models think aloud before they answer.
pub(super) fn find(text: &str) -> Found {
    if let Ok(value) = serde_json::from_str::<Value>(text.trim_ascii().trim()) {
        return match unwrap_reply(value, true) {
            Ok(reply) => Found::Whole(reply),
            Err(other) => Found::Other(first_words(&other)),
        };
    }
    search(text)
}

fn search(text: &str) -> Found {
    let (mut best, mut broken, mut other) = (None, None, None);
    let (mut at, mut attempts) = (0, 0);
    while let Some(start) = next_start(text, at).filter(|_| attempts < ATTEMPTS) {
        match parse_at(text, start) {
            Ok((value, end)) => {
                at = end.max(start + 1);
                match unwrap_reply(value, false) {
                    // inside a broken reply, a single finding is a part and not the whole
                    Ok(reply) if broken.is_none() || reply.get("findings").is_some() => {
                        best = Some(reply);
                    }
                    Ok(_) => {}
                    Err(value) => other = other.or(Some(first_words(&value))),
                }
            }
            Err(early) => {
                attempts += 1;
                at = start + 1;
                broken = broken.or(Some(Found::Broken { start, early }));
            }
        }
    }
    best.map(Found::Whole)
        .or(broken)
        .or(other.map(Found::Other))
        .unwrap_or(Found::Nothing)
}

/// The next byte at which an object with a key, or a list of objects, may begin.
fn next_start(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let next_visible = |at: usize| {
        bytes
            .get(at + 1..)?
            .iter()
            .find(|b| !b.is_ascii_whitespace())
    };
    let begins = |at: usize| match bytes[at] {
        b'{' => matches!(next_visible(at), Some(b'"')),
        b'[' => matches!(next_visible(at), Some(b'{')),
        _ => false,
    };
    memchr::memchr2_iter(b'{', b'[', bytes.get(from..)?)
        .map(|at| from + at)
        .find(|at| begins(*at))
}

/// The value at this byte and the byte after it; the error says whether the text ended too early.
fn parse_at(text: &str, start: usize) -> Result<(Value, usize), bool> {
    let rest = text.get(start..).unwrap_or_default();
    let mut values = Deserializer::from_str(rest).into_iter::<Value>();
    match values.next() {
        Some(Ok(value)) => Ok((value, start + values.byte_offset())),
        Some(Err(error)) => Err(error.is_eof()),
        None => Err(true),
    }
}

/// Gives the value back if it is no reply. `alone`: nothing else was in the text.
fn unwrap_reply(value: Value, alone: bool) -> Result<Value, Value> {
    if is_reply(&value) || (alone && value.as_array().is_some_and(Vec::is_empty)) {
        return Ok(value);
    }
    let wrapped = WRAPPERS.iter().find_map(|key| value.get(key));
    match wrapped {
        Some(Value::String(text)) => serde_json::from_str(text)
            .ok()
            .filter(is_reply)
            .ok_or(value),
        Some(inner) if is_reply(inner) => Ok(inner.clone()),
        Some(_) | None => Err(value),
    }
}

fn is_reply(value: &Value) -> bool {
    match value {
        Value::Object(object) => object.contains_key("findings") || is_finding(value),
        Value::Array(items) => items.iter().any(is_finding),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn is_finding(value: &Value) -> bool {
    value.get("title").is_some() && (value.get("file").is_some() || value.get("severity").is_some())
}

fn first_words(value: &Value) -> String {
    value.to_string().chars().take(120).collect()
}

/// The complete findings of a broken reply that begins at this byte.
pub(super) fn salvage(text: &str) -> Vec<Value> {
    let list = match text.find("\"findings\"") {
        Some(key) => text[key..].find('[').map(|open| key + open),
        None => text.starts_with('[').then_some(0),
    };
    let mut found = Vec::new();
    let Some(mut at) = list.map(|open| open + 1) else {
        return found;
    };
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let skipped = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n', ',']).len();
        at += skipped;
        if !text.get(at..).is_some_and(|rest| rest.starts_with('{')) {
            return found;
        }
        match parse_at(text, at) {
            Ok((value, end)) => {
                found.push(value);
                at = end;
            }
            Err(_) => return found,
        }
    }
}
