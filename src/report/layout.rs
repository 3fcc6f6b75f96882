//! Lines of toned text for a terminal: measured, wrapped, cut, then painted.
//!
//! Promises: whatever was put in, a painted line holds no control character but
//! the colours put in here; [`Text::paint`] escapes once more for that.

use console::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::model::Severity;
use crate::text::escape;

/// How a span of text looks where colour is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Dim,
    Strong,
    Good,
    Bad,
    Command,
    Severity(Severity),
}

impl Tone {
    fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Dim => Style::new().dim(),
            Self::Strong => Style::new().bold(),
            Self::Good => Style::new().green(),
            Self::Bad | Self::Severity(Severity::Critical) => Style::new().red().bold(),
            Self::Command => Style::new().cyan(),
            Self::Severity(Severity::High) => Style::new().red(),
            Self::Severity(Severity::Medium) => Style::new().yellow(),
            Self::Severity(Severity::Low) => Style::new().blue(),
        }
    }
}

/// Columns within which a list's names end.
const NAME_COLUMNS: usize = 24;

/// One line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text {
    spans: Vec<(Tone, String)>,
}

impl Text {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// A line that begins with so many spaces.
    pub(super) fn indented(columns: usize) -> Self {
        Self::new().plain(&" ".repeat(columns))
    }

    pub(super) fn plain(self, text: &str) -> Self {
        self.tone(Tone::Plain, text)
    }

    /// Adds text, escaped for one line.
    pub(super) fn tone(mut self, tone: Tone, text: &str) -> Self {
        self.spans.push((tone, escape::line(text)));
        self
    }

    /// Spaces up to this column.
    pub(super) fn pad_to(self, column: usize) -> Self {
        let missing = column.saturating_sub(self.width());
        self.plain(&" ".repeat(missing))
    }

    pub(super) fn width(&self) -> usize {
        self.spans.iter().map(|(_, text)| text.width()).sum()
    }

    pub(super) fn paint(&self, colour: bool) -> String {
        let mut out = String::new();
        for (tone, text) in &self.spans {
            let safe = escape::line(text);
            if colour && *tone != Tone::Plain && !safe.trim().is_empty() {
                out.push_str(&tone.style().force_styling(true).apply_to(safe).to_string());
            } else {
                out.push_str(&safe);
            }
        }
        if colour {
            out
        } else {
            out.trim_end_matches(' ').to_owned()
        }
    }
}

/// Paints the lines, each ended by a line feed.
pub(super) fn paint(lines: &[Text], colour: bool) -> String {
    lines.iter().map(|l| l.paint(colour) + "\n").collect()
}

/// Escaped words, filled into lines of at most `width` columns; a longer word is broken.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_ascii_whitespace() {
        let word = escape::line(word);
        let needs = word.width();
        if used > 0 && used + 1 + needs > width {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        for c in word.chars() {
            let columns = c.width().unwrap_or(0);
            if used > 0 && used + columns > width {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(c);
            used += columns;
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// A line of a list on lines of at most `width` columns, broken between words only; what follows
/// stands below the column that the line's own text begins in.
pub(super) fn fill(line: &str, width: usize) -> Vec<String> {
    if line.width() <= width {
        return vec![line.to_owned()];
    }
    let indent = line.len() - line.trim_start_matches(' ').len();
    // a name in the first columns, with spaces behind it
    let text = &line[indent..];
    let named = text.find("  ").map(|end| {
        let spaces = text[end..].len() - text[end..].trim_start_matches(' ').len();
        indent + end + spaces
    });
    let start = named.filter(|start| *start <= NAME_COLUMNS && line.is_char_boundary(*start));
    let (start, hang) = start.map_or((indent, indent + 4), |start| (start, start));
    let (lead, rest) = line.split_at(start);
    let hang = if start == indent { hang } else { lead.width() };
    let broken = wrap(rest, width.saturating_sub(hang).max(20));
    let with_lead = |(index, part): (usize, &String)| match index {
        0 => format!("{lead}{part}"),
        _ => format!("{:hang$}{part}", ""),
    };
    broken.iter().enumerate().map(with_lead).collect()
}

/// Escaped, at most `width` columns, cut with an ellipsis.
pub(super) fn cut(text: &str, width: usize) -> String {
    let text = escape::line(text);
    if text.width() <= width {
        return text;
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        let columns = c.width().unwrap_or(0);
        if used + columns + 1 > width {
            break;
        }
        out.push(c);
        used += columns;
    }
    out.push('…');
    out
}

/// Code as lines without their common indentation, tabs as four spaces, not escaped yet.
pub(super) fn dedent(code: &str) -> Vec<String> {
    let lines: Vec<String> = code
        .lines()
        .map(|l| l.trim_end_matches('\r').replace('\t', "    "))
        .collect();
    let indent = |l: &String| l.len() - l.trim_start_matches(' ').len();
    let common = lines
        .iter()
        .filter(|l| !l.trim().is_empty())
        .map(indent)
        .min()
        .unwrap_or(0);
    let cut = |l: &String| l.get(common..).unwrap_or("").trim_end().to_owned();
    let mut lines: Vec<String> = lines.iter().map(cut).collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapping_fills_lines_and_breaks_long_words() {
        assert_eq!(
            wrap("one two  three\nfour", 9),
            ["one two", "three", "four"]
        );
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrap("日本語 ok", 4), ["日本", "語", "ok"]);
        assert_eq!(wrap("", 5), Vec::<String>::new());
    }

    #[test]
    fn a_line_of_a_list_is_broken_between_words_below_its_text() {
        assert_eq!(fill("  short", 20), ["  short"]);
        assert_eq!(
            fill("  codex    one two three four five six", 30),
            ["  codex    one two three four", "           five six"]
        );
        assert_eq!(
            fill("  one two three four five six seven", 26),
            ["  one two three four", "      five six seven"]
        );
        let path = "error: /a/very/long/path/that/stands/alone is not there";
        assert_eq!(
            fill(path, 44),
            [
                "error:",
                "    /a/very/long/path/that/stands/alone is",
                "    not there"
            ]
        );
    }

    #[test]
    fn cutting_counts_columns() {
        assert_eq!(cut("日本語", 6), "日本語");
        assert_eq!(cut("日本語x", 6), "日本…");
        assert_eq!(cut("ab\x1bcd", 4), "ab^…");
    }

    #[test]
    fn code_loses_its_common_indentation() {
        assert_eq!(dedent("\tif x:\r\n\n\t\ty\n\n"), ["if x:", "", "    y"]);
        assert_eq!(dedent("  é\n x"), [" é", "x"]);
    }

    #[test]
    fn colour_comes_after_escaping() {
        let line = Text::new().tone(Tone::Bad, "a\x1b[0mb");
        assert_eq!(line.paint(true), "\x1b[31m\x1b[1ma^[[0mb\x1b[0m");
        assert_eq!(line.paint(false), "a^[[0mb");
    }
}
