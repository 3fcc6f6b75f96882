//! Filling of format templates, as far as values need it.

use super::value::{Piece, Trust, Value};

/// How placeholders are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// `%s`, `%d`, `%(name)s`.
    Percent,
    /// `{}`, `{name}`, `{0:x}`.
    Braces,
}

/// Puts the arguments, in order, into the template's placeholders. A number
/// placeholder makes a clean hole; an argument that is missing, an opaque one.
pub(super) fn fill(template: &Value, style: Style, arguments: &[Value]) -> Value {
    let mut given = arguments.iter();
    let mut result = Value::default();
    for piece in &template.0 {
        let Piece::Text(text) = piece else {
            result = result.then(Value(vec![piece.clone()]));
            continue;
        };
        let mut rest = text.as_str();
        while let Some((before, number, after)) = next_placeholder(rest, style) {
            let argument = given
                .next()
                .or(arguments.last())
                .cloned()
                .unwrap_or_else(|| Value::hole(Trust::Opaque));
            let argument = if number {
                Value::hole(Trust::Clean)
            } else {
                argument
            };
            result = result.then(Value::text(before)).then(argument);
            rest = after;
        }
        result = result.then(Value::text(rest));
    }
    result
}

fn next_placeholder(text: &str, style: Style) -> Option<(&str, bool, &str)> {
    match style {
        Style::Percent => percent(text),
        Style::Braces => braces(text),
    }
}

fn percent(text: &str) -> Option<(&str, bool, &str)> {
    for (at, _) in text.match_indices('%') {
        let mut after = &text[at + 1..];
        if let Some(named) = after.strip_prefix('(') {
            after = named.split_once(')')?.1;
        }
        let after =
            after.trim_start_matches(|c: char| c.is_ascii_digit() || "+-# .*[]$".contains(c));
        let Some(verb) = after.chars().next() else {
            continue;
        };
        if verb.is_ascii_alphabetic() {
            let number = "diufxXeEgGcbotTpU".contains(verb);
            return Some((&text[..at], number, &after[1..]));
        }
    }
    None
}

fn braces(text: &str) -> Option<(&str, bool, &str)> {
    let mut from = 0;
    while let Some(open) = text[from..].find('{').map(|i| i + from) {
        if text[open + 1..].starts_with('{') {
            from = open + 2;
            continue;
        }
        let close = text[open..].find('}')? + open;
        let format = text[open + 1..close].rsplit_once(':');
        let is_number = format.is_some_and(|(_, format)| takes_numbers_only(format));
        return Some((&text[..open], is_number, &text[close + 1..]));
    }
    None
}

/// Whether a format specification such as `d`, `05d`, `,.2f` or `x` refuses everything but numbers.
/// Source: Python's format specification mini-language, presentation types for numbers.
pub(super) fn takes_numbers_only(format: &str) -> bool {
    let Some(kind) = format.chars().next_back() else {
        return false;
    };
    let before = &format[..format.len() - kind.len_utf8()];
    // A fill character is followed by its alignment and may be anything.
    let mut rest = before;
    let mut chars = before.chars();
    if let (Some(fill), Some('<' | '>' | '=' | '^')) = (chars.next(), chars.next()) {
        rest = &before[fill.len_utf8()..];
    }
    let is_layout = |c: char| c.is_ascii_digit() || "<>=^+- #,_.".contains(c);
    "bcdeEfFgGnoxX%".contains(kind) && rest.chars().all(is_layout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_become_holes() {
        let name = [Value::hole(Trust::Parameter)];
        let filled = fill(&Value::text("a = '%s' and b = %d"), Style::Percent, &name);
        let expected = Value::text("a = '")
            .then(name[0].clone())
            .then(Value::text("' and b = "));
        assert_eq!(
            filled,
            expected
                .then(Value::hole(Trust::Clean))
                .then(Value::text(""))
        );
        let filled = fill(
            &Value::text("{{x}} {y}"),
            Style::Braces,
            &[Value::text("1")],
        );
        assert_eq!(filled.constant().as_deref(), Some("{{x}} 1"));
    }

    #[test]
    fn numeric_formats_refuse_text() {
        for format in [
            "d", "05d", ",.2f", "x", "#x", "+d", "e", ".3g", "%", "*>8d", "n", "_d",
        ] {
            assert!(takes_numbers_only(format), "{format}");
        }
        for format in [
            "", "s", "10", "<10", "?", "r", "%Y-%m-%d", "name", "{width}d", "x s",
        ] {
            assert!(!takes_numbers_only(format), "{format}");
        }
    }

    #[test]
    fn odd_templates_do_not_panic() {
        for text in ["%", "%(", "100%", "{", "{{", "}", "%ä", "{ä", "%-"] {
            for style in [Style::Percent, Style::Braces] {
                assert_ne!(fill(&Value::text(text), style, &[]), Value::default());
            }
        }
    }
}
