//! An agent's words to a reply.

use std::collections::HashSet;

use serde_json::Value;

use crate::model::{HunkId, Reply};
use crate::text::plural::count;

use super::DecodeError;
use super::entry::{coverage, cut, lesson, proposal};
use super::extract::{Found, TEXT_BYTES, find, salvage};
use super::repair::{repair, strip_terminal_codes};
use super::wire::VERSION;

/// Most findings of one reply.
const FINDINGS: usize = 200;
/// Most lessons.
const LESSONS: usize = 10;
/// Most hunk ids.
const HUNKS: usize = 100_000;
/// Most entries that are kept as rejected.
const REJECTED: usize = 50;

/// Reads what an agent wrote: JSON alone, in a fenced block, with prose around it, with terminal
/// escapes, with the small faults that models make.
pub(crate) fn decode_answer(text: &str) -> Result<Reply, DecodeError> {
    if text.len() > TEXT_BYTES {
        return Err(DecodeError::new(format!(
            "{} bytes are no reply, at most {TEXT_BYTES} are read",
            text.len()
        )));
    }
    let text = strip_terminal_codes(text.trim_start_matches('\u{feff}'));
    match find(&text) {
        Found::Whole(value) => read(&value),
        Found::Broken { start, early } => mend(&text[start..], early),
        Found::Other(words) => Err(DecodeError::new(format!("JSON without findings: {words}"))),
        Found::Nothing => Err(DecodeError::new(describe_prose(&text))),
    }
}

fn mend(text: &str, early: bool) -> Result<Reply, DecodeError> {
    let mended = repair(text);
    if let Found::Whole(value) = find(&mended) {
        return read(&value);
    }
    let saved = salvage(&mended);
    let fault = if early {
        "the JSON ends early"
    } else {
        "the JSON is broken"
    };
    let why = format!("{fault}, after {}", count(saved.len(), "complete finding"));
    let mut reply = Reply::default();
    read_findings(&saved, &mut reply);
    reply.notes.push(why.clone());
    let partial = (!reply.proposals.is_empty()).then(|| Box::new(reply));
    Err(DecodeError { why, partial })
}

fn describe_prose(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().take(12).collect();
    let start = cut(&words.join(" "), 80);
    if start.is_empty() {
        "no text".to_owned()
    } else {
        format!("no JSON in it; it begins \"{start}\"")
    }
}

fn read(value: &Value) -> Result<Reply, DecodeError> {
    let mut reply = Reply::default();
    if let Value::Array(findings) = value {
        read_findings(findings, &mut reply);
        return Ok(reply);
    }
    check_version(value)?;
    match value.get("findings") {
        Some(Value::Array(findings)) => read_findings(findings, &mut reply),
        Some(Value::Null) => {}
        Some(Value::Object(_)) => read_findings(&[value["findings"].clone()], &mut reply),
        Some(other) => {
            return Err(DecodeError::new(format!(
                "findings are no list but {}",
                cut(&other.to_string(), 60)
            )));
        }
        None => read_findings(std::slice::from_ref(value), &mut reply),
    }
    reply.coverage = read_coverage(value.get("coverage"));
    read_lessons(value.get("lessons"), &mut reply);
    Ok(reply)
}

fn check_version(value: &Value) -> Result<(), DecodeError> {
    let version = match value.get("version") {
        None | Some(Value::Null) => return Ok(()),
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(other) => other.to_string(),
    };
    if version.parse::<f64>() == Ok(1.0) {
        return Ok(());
    }
    Err(DecodeError::new(format!(
        "it follows version {} of the reply's schema, not {VERSION}",
        cut(&version, 20)
    )))
}

fn read_findings(entries: &[Value], reply: &mut Reply) {
    for entry in entries.iter().take(FINDINGS) {
        match proposal(entry) {
            Ok(proposal) => reply.proposals.push(proposal),
            Err(why) => reject(entry, &why, reply),
        }
    }
    if let Some(more) = entries.len().checked_sub(FINDINGS).filter(|more| *more > 0) {
        reply.notes.push(format!(
            "{more} findings beyond the first {FINDINGS} were not read"
        ));
    }
}

fn read_lessons(value: Option<&Value>, reply: &mut Reply) {
    let entries = value
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    for entry in entries.iter().take(LESSONS) {
        match lesson(entry) {
            Ok(lesson) => reply.lessons.push(lesson),
            Err(why) => reject(entry, &format!("lesson: {why}"), reply),
        }
    }
}

fn reject(entry: &Value, why: &str, reply: &mut Reply) {
    if reply.rejected.len() < REJECTED {
        let title = entry
            .get("title")
            .and_then(Value::as_str)
            .map_or_else(|| entry.to_string(), str::to_owned);
        reply.rejected.push((cut(&title, 100), cut(why, 200)));
    }
}

fn read_coverage(value: Option<&Value>) -> Vec<HunkId> {
    let entries = match value {
        Some(Value::Array(entries)) => entries.clone(),
        Some(Value::String(text)) => text
            .split([',', ' '])
            .map(|part| Value::from(part.trim()))
            .collect(),
        Some(_) | None => Vec::new(),
    };
    let mut seen = HashSet::new();
    entries
        .iter()
        .flat_map(coverage)
        .take(HUNKS)
        .filter(|id| seen.insert(*id))
        .collect()
}
