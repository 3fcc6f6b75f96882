//! A lesson as a file of `docs/solutions/`: front matter and Markdown.

use std::fmt::Write as _;

use crate::model::Lesson;
use crate::text::escape;

/// The file's text. `date` is `YYYY-MM-DD`. Values of the front matter are
/// quoted, so that no title can add a field; the body's control and invisible
/// characters are spelled out.
#[must_use]
pub(crate) fn to_markdown(lesson: &Lesson, date: &str) -> String {
    let mut text = String::from("---\n");
    let fields = [
        ("title", &lesson.title),
        ("category", &lesson.category),
        ("problem_type", &lesson.problem_type),
        ("module", &lesson.module),
    ];
    for (name, value) in fields {
        let _ = writeln!(text, "{name}: {}", quoted(value));
    }
    let tags: Vec<String> = lesson.tags.iter().map(|tag| quoted(tag)).collect();
    let _ = writeln!(text, "tags: [{}]\ndate: {date}\n---\n", tags.join(", "));
    let _ = writeln!(text, "# {}\n", escape::line(&lesson.title));
    text.push_str(escape::block(&lesson.body).trim_end());
    text.push('\n');
    text
}

/// A double-quoted YAML scalar: what JSON writes is YAML.
fn quoted(value: &str) -> String {
    serde_json::Value::from(escape::line(value)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_adds_no_field() {
        let lesson = Lesson {
            title: "x\"\ntools: [Bash]".into(),
            category: "security-issues".into(),
            problem_type: "security_issue".into(),
            module: "db".into(),
            tags: vec!["a, b".into()],
            body: "## Problem\n\nIt broke.\u{202e}\n".into(),
        };
        let text = to_markdown(&lesson, "2026-01-02");
        assert!(!text.contains("\ntools:"), "{text}");
        assert!(
            text.contains("tags: [\"a, b\"]\ndate: 2026-01-02\n---\n"),
            "{text}"
        );
        assert!(
            text.ends_with("It broke.U+202E\n") || !text.contains('\u{202e}'),
            "{text}"
        );
    }
}
