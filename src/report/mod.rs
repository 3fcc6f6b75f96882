//! Report → text: for a terminal, as Markdown, as the published JSON.
//!
//! Promises: pure; every word of a repository or a model leaves through
//! [`escape`](crate::text::escape) (JSON by its own escaping). Leaves writing to its callers. A new
//! format is a new file here, a variant of [`Format`] and a line in [`render`].

mod failures;
mod finding;
pub mod json;
mod layout;
mod left_out;
pub(crate) mod lesson;
mod markdown;
mod terminal;
mod wording;

use crate::model::{Finding, Report};

/// A format that a report can be shown in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people at a terminal.
    Terminal,
    /// For people elsewhere.
    Markdown,
    /// For programs; versioned.
    Json,
}

/// How a report is to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RenderOptions {
    /// Columns of the terminal; below 20 it is taken as 20.
    pub width: usize,
    /// Whether to colour.
    pub colour: bool,
    /// Also what is folded: maybe, older, dismissed, set aside, every file left out.
    pub all: bool,
    /// Lines at most ("one screen"); none: as many as it takes.
    pub max_lines: Option<usize>,
}

impl Default for RenderOptions {
    fn default() -> Self {
        Self {
            width: 80,
            colour: false,
            all: false,
            max_lines: None,
        }
    }
}

/// The report in a format, ending with a line feed.
#[must_use]
pub(crate) fn render(report: &Report, format: Format, options: &RenderOptions) -> String {
    match format {
        Format::Terminal => terminal::report(report, options),
        Format::Markdown => markdown::report(report, options),
        Format::Json => json::write(report),
    }
}

/// Text without control characters on lines of at most `width` columns, each
/// behind `indent` spaces and ended by a line feed.
#[must_use]
pub(crate) fn wrapped(text: &str, indent: usize, width: usize) -> String {
    let lines = layout::wrap(text, width.saturating_sub(indent).max(20));
    lines
        .iter()
        .map(|line| format!("{:indent$}{line}\n", ""))
        .collect()
}

/// The lines of a list, those that are too long broken between words. The text is escaped already.
#[must_use]
pub(crate) fn filled(text: &str, width: usize) -> String {
    let lines = text.lines().flat_map(|line| layout::fill(line, width));
    lines.map(|line| format!("{line}\n")).collect()
}

/// All about one finding, for a terminal.
#[must_use]
pub(crate) fn finding_detail(finding: &Finding, options: &RenderOptions) -> String {
    finding::detail(finding, options)
}

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;
