//! One finding, lesson or coverage entry, read leniently.

use serde_json::Value;

use crate::model::{Fix, HunkId, Lesson, Proposal, Severity};

/// Longest title, in characters; as the design fixes it.
const TITLE: usize = 100;
/// Longest category, module, tag, in characters.
const WORD: usize = 100;
/// Longest path, in characters.
const PATH: usize = 4096;
/// Longest quote, scenario, advice, replacement, in characters.
const PROSE: usize = 4000;
/// Longest lesson.
const LESSON: usize = 16_000;
/// Most tags of a lesson.
const TAGS: usize = 16;
/// Most hunks that one range such as `h1-h9` may name.
const RANGE: u32 = 10_000;

/// Reads a finding; the error says what is missing or cannot be understood.
pub(super) fn proposal(value: &Value) -> Result<Proposal, String> {
    let object = value.as_object().ok_or("not an object")?;
    let get = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| object.get(*name).filter(|v| !v.is_null()))
    };
    let text =
        |names: &[&str], cap: usize| get(names).map(|v| cut(&plain(v), cap)).unwrap_or_default();
    let title = label(&text(&["title", "summary"], PROSE), TITLE);
    if title.is_empty() {
        return Err("no title".into());
    }
    let file = text(&["file", "path", "filename", "file_path"], PATH);
    if file.trim().is_empty() {
        return Err("no file".into());
    }
    let rating = text(&["severity", "priority", "level"], WORD);
    let severity = severity(&rating).ok_or_else(|| format!("unknown severity `{rating}`"))?;
    let (line_start, line_end) = lines(&get);
    Ok(Proposal {
        title,
        severity,
        confidence: get(&["confidence"]).map_or(50, confidence),
        category: label(&text(&["category", "cwe", "class", "type"], WORD), WORD),
        // not trimmed: a name may begin or end with a blank
        file,
        line_start,
        line_end,
        quote: text(&["quote", "code", "snippet"], PROSE),
        scenario: with_step(
            text(
                &["scenario", "description", "explanation", "details"],
                PROSE,
            ),
            get(&["not_shown", "notShown", "missing_step", "missingStep"]),
        ),
        fix: get(&["fix", "suggestion", "recommendation"]).and_then(fix),
    })
}

/// The scenario with the step that is not shown as its last line, where every reader of the finding
/// looks for it. A scenario that names it already stays as it is.
fn with_step(mut scenario: String, given: Option<&Value>) -> String {
    let steps: Vec<String> = match given {
        Some(Value::Array(steps)) => steps.iter().map(plain).collect(),
        Some(step) => vec![plain(step)],
        None => Vec::new(),
    };
    let named = steps.iter().map(|step| one_line(step));
    let named: Vec<String> = named
        .filter(|step| {
            let nothing = ["", "none", "nothing", "n/a", "null", "false", "-"];
            !nothing.contains(&step.trim_end_matches('.').to_ascii_lowercase().as_str())
        })
        .collect();
    if !named.is_empty() && !scenario.to_ascii_lowercase().contains("not shown:") {
        scenario.push_str(&format!("\nNot shown: {}", cut(&named.join("; "), PROSE)));
    }
    scenario
}

/// Reads a lesson.
pub(super) fn lesson(value: &Value) -> Result<Lesson, String> {
    let object = value.as_object().ok_or("not an object")?;
    let text = |name: &str, cap: usize| {
        object
            .get(name)
            .filter(|v| !v.is_null())
            .map(|v| cut(&plain(v), cap))
            .unwrap_or_default()
    };
    let (title, body) = (label(&text("title", PROSE), TITLE), text("body", LESSON));
    if title.is_empty() || body.trim().is_empty() {
        return Err("no title or no body".into());
    }
    let tags = object
        .get("tags")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    Ok(Lesson {
        title,
        category: label(&text("category", WORD), WORD),
        problem_type: label(&text("problem_type", WORD), WORD),
        module: label(&text("module", WORD), WORD),
        tags: tags
            .iter()
            .take(TAGS)
            .map(|t| label(&plain(t), WORD))
            .collect(),
        body,
    })
}

/// Reads a coverage entry: `h3`, `3`, `h1-h4`, `h3 src/a.rs +1,2`.
pub(super) fn coverage(value: &Value) -> Vec<HunkId> {
    let text = plain(value.get("id").unwrap_or(value));
    let first = text.split_whitespace().next().unwrap_or_default();
    let range = first.split_once("..").or_else(|| first.split_once('-'));
    match range.and_then(|(from, to)| Some((hunk(from)?, hunk(to)?))) {
        Some((from, to)) if from <= to && to - from < RANGE => (from..=to).map(HunkId).collect(),
        Some(_) => Vec::new(),
        None => hunk(first).map(HunkId).into_iter().collect(),
    }
}

fn hunk(text: &str) -> Option<u32> {
    let text = text.trim_matches([',', ':', ';', '`', '"', '[', ']']);
    text.strip_prefix(['h', 'H']).unwrap_or(text).parse().ok()
}

/// A scalar's text; of a list or an object, its JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A title or a name: one line, no longer than that, and the same when it is read again.
fn label(text: &str, characters: usize) -> String {
    cut(&one_line(text), characters).trim_end().to_owned()
}

/// The first `characters` of it.
pub(super) fn cut(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => text[..end].to_owned(),
        None => text.to_owned(),
    }
}

fn severity(word: &str) -> Option<Severity> {
    match word.trim().to_ascii_lowercase().as_str() {
        "critical" | "blocker" | "severe" | "p0" => Some(Severity::Critical),
        "high" | "major" | "error" | "p1" => Some(Severity::High),
        "medium" | "moderate" | "warning" | "p2" => Some(Severity::Medium),
        "low" | "minor" | "info" | "informational" | "note" | "trivial" | "nit" | "p3" => {
            Some(Severity::Low)
        }
        _ => None,
    }
}

/// Rounds down to the step below, so that nobody is made more certain than they said.
fn confidence(value: &Value) -> u8 {
    let text = plain(value).trim().to_ascii_lowercase();
    let step = |percent: f64| match percent {
        p if p >= 100.0 => 100,
        p if p >= 75.0 => 75,
        p if p >= 50.0 => 50,
        p if p >= 25.0 => 25,
        _ => 0,
    };
    match text.as_str() {
        "certain" | "very high" | "definite" => return 100,
        "high" | "likely" => return 75,
        "medium" | "moderate" | "possible" => return 50,
        "low" | "unlikely" => return 25,
        _ => {}
    }
    match text.trim_end_matches('%').trim_end().parse::<f64>() {
        // a fraction is one only if it was written as one: `1` is one percent, `1.0` is certain
        Ok(number) if number <= 1.0 && text.contains('.') => step(number * 100.0),
        Ok(number) => step(number),
        Err(_) => 0,
    }
}

/// First and last line, from 1; 0 where they are not given.
fn lines<'a>(get: &impl Fn(&[&str]) -> Option<&'a Value>) -> (u32, u32) {
    let start = get(&[
        "line_start",
        "start_line",
        "lineStart",
        "startLine",
        "line",
        "lines",
    ]);
    let end = get(&["line_end", "end_line", "lineEnd", "endLine"]);
    let mut given = start.map(numbers).unwrap_or_default();
    given.extend(end.map(numbers).unwrap_or_default());
    let (first, last) = (
        given.iter().copied().min().unwrap_or(0),
        given.iter().copied().max().unwrap_or(0),
    );
    (first, last)
}

/// All numbers in it that can be line numbers: `14`, `"L14-16"`, `[14, 16]`, `14.0`.
fn numbers(value: &Value) -> Vec<u32> {
    if let Some(float) = value.as_f64() {
        let whole = float.trunc();
        let fits = (1.0..=f64::from(u32::MAX)).contains(&whole);
        return if fits {
            whole.to_string().parse().into_iter().collect()
        } else {
            Vec::new()
        };
    }
    let text = cut(&plain(value), WORD);
    let parts = text
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok());
    parts.filter(|line| *line > 0).take(2).collect()
}

fn fix(value: &Value) -> Option<Fix> {
    let text = |name: &str| {
        value
            .get(name)
            .filter(|v| !v.is_null())
            .map(|v| cut(&plain(v), PROSE))
    };
    let fix = match value {
        Value::Object(_) => Fix {
            advice: text("advice")
                .or_else(|| text("description"))
                .unwrap_or_default(),
            replacement: text("replacement"),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Fix {
                advice: cut(&plain(value), PROSE),
                replacement: None,
            }
        }
    };
    (!fix.advice.trim().is_empty() || fix.replacement.is_some()).then_some(fix)
}
