//! The reply as JSON: one set of structs for the schema and for the store.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::{Fix, Lesson, Proposal, Severity};

/// The version that is asked for and read.
pub(super) const VERSION: u64 = 1;

/// The whole reply. Doc comments here are what the model reads in the schema.
#[derive(JsonSchema)]
#[expect(
    dead_code,
    reason = "only its schema is used; agents' replies are read leniently"
)]
struct WireReply {
    /// Always 1.
    #[schemars(extend("enum" = [1]))]
    version: u8,
    /// The findings, worst first; an empty list is a good answer.
    findings: Vec<WireFinding>,
    /// Ids of all hunks that were read, such as "h1".
    coverage: Vec<String>,
    /// Lessons worth keeping; an empty list unless the task asks for lessons.
    lessons: Vec<WireLesson>,
}

#[derive(JsonSchema, Serialize, Deserialize)]
pub(super) struct WireFinding {
    /// One line, at most 100 characters.
    title: String,
    /// How bad it is.
    severity: WireSeverity,
    /// How sure you are that it is real: 0, 25, 50, 75 or 100.
    #[schemars(extend("enum" = [0, 25, 50, 75, 100]))]
    confidence: u8,
    /// CWE id such as "CWE-89", or a performance or retro class.
    category: String,
    /// Path of the file, as in the hunk's header.
    file: String,
    /// First line, as numbered in the prompt.
    line_start: u32,
    /// Last line.
    line_end: u32,
    /// The code at these lines, verbatim, without line numbers and diff markers.
    quote: String,
    /// The concrete input or state, and what goes wrong.
    scenario: String,
    /// The one step that rests on code that is not shown, such as "who calls `add_field`"; null
    /// if every step is shown.
    #[serde(default)]
    not_shown: Option<String>,
    /// How to fix it; null if there is nothing to advise.
    fix: Option<WireFix>,
}

#[derive(JsonSchema, Serialize, Deserialize)]
struct WireFix {
    /// What to do.
    advice: String,
    /// The very text that replaces the quoted lines; null if it is not that simple.
    replacement: Option<String>,
}

#[derive(Clone, Copy, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum WireSeverity {
    Critical,
    High,
    Medium,
    Low,
}

#[derive(JsonSchema, Serialize, Deserialize)]
pub(super) struct WireLesson {
    /// One line.
    title: String,
    /// Folder, such as "security-issues" or "performance-issues".
    category: String,
    /// Such as "security_issue", "performance_issue" or "best_practice".
    problem_type: String,
    /// The module it is about.
    module: String,
    /// Search words.
    tags: Vec<String>,
    /// Markdown: problem, cause, solution, how to prevent it.
    body: String,
}

/// The JSON schema of a reply, for programs and services that can hold a model to one.
///
/// Fit for the strict modes of `claude --json-schema` and of `OpenAI`: no references, nothing
/// beside the listed properties, all of them required, optional ones nullable.
#[must_use]
pub(crate) fn reply_schema() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|s| {
        s.inline_subschemas = true;
        s.meta_schema = None;
    });
    let mut schema = Schema::to_value(
        settings
            .into_generator()
            .into_root_schema_for::<WireReply>(),
    );
    make_strict(&mut schema);
    schema
}

/// Keywords that some strict mode refuses, and that say nothing the descriptions do not say.
const REFUSED: [&str; 6] = [
    "$schema", "title", "format", "minimum", "maximum", "default",
];

fn make_strict(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            REFUSED.iter().for_each(|keyword| {
                object.shift_remove(*keyword);
            });
            if let Some(Value::Object(properties)) = object.get_mut("properties") {
                let names = properties.keys().cloned().map(Value::String).collect();
                properties.values_mut().for_each(make_strict);
                object.insert("required".into(), Value::Array(names));
                object.insert("additionalProperties".into(), Value::Bool(false));
            }
            let rest = object.iter_mut().filter(|(name, _)| *name != "properties");
            rest.for_each(|(_, value)| make_strict(value));
            if object.get("type") == Some(&json!(["object", "null"])) {
                object.insert("type".into(), json!("object"));
                let of = std::mem::take(object);
                object.insert("anyOf".into(), json!([of, {"type": "null"}]));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(make_strict),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

impl From<&Proposal> for WireFinding {
    fn from(p: &Proposal) -> Self {
        Self {
            title: p.title.clone(),
            severity: p.severity.into(),
            confidence: p.confidence,
            category: p.category.clone(),
            file: p.file.clone(),
            line_start: p.line_start,
            line_end: p.line_end,
            quote: p.quote.clone(),
            scenario: p.scenario.clone(),
            // already the last line of the scenario
            not_shown: None,
            fix: p.fix.as_ref().map(|f| WireFix {
                advice: f.advice.clone(),
                replacement: f.replacement.clone(),
            }),
        }
    }
}

impl From<WireFinding> for Proposal {
    fn from(w: WireFinding) -> Self {
        Self {
            title: w.title,
            severity: w.severity.into(),
            confidence: w.confidence,
            category: w.category,
            file: w.file,
            line_start: w.line_start,
            line_end: w.line_end,
            quote: w.quote,
            scenario: w.scenario,
            fix: w.fix.map(|f| Fix {
                advice: f.advice,
                replacement: f.replacement,
            }),
        }
    }
}

impl From<&Lesson> for WireLesson {
    fn from(l: &Lesson) -> Self {
        Self {
            title: l.title.clone(),
            category: l.category.clone(),
            problem_type: l.problem_type.clone(),
            module: l.module.clone(),
            tags: l.tags.clone(),
            body: l.body.clone(),
        }
    }
}

impl From<WireLesson> for Lesson {
    fn from(w: WireLesson) -> Self {
        Self {
            title: w.title,
            category: w.category,
            problem_type: w.problem_type,
            module: w.module,
            tags: w.tags,
            body: w.body,
        }
    }
}

impl From<Severity> for WireSeverity {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Critical => Self::Critical,
            Severity::High => Self::High,
            Severity::Medium => Self::Medium,
            Severity::Low => Self::Low,
        }
    }
}

impl From<WireSeverity> for Severity {
    fn from(severity: WireSeverity) -> Self {
        match severity {
            WireSeverity::Critical => Self::Critical,
            WireSeverity::High => Self::High,
            WireSeverity::Medium => Self::Medium,
            WireSeverity::Low => Self::Low,
        }
    }
}
