//! What the line parsers share.

/// Blanks at the left, in bytes.
pub(super) fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// Without one pair of quotes.
pub(super) fn unquoted(text: &str) -> &str {
    let text = text.trim();
    let inner = |mark: char| {
        text.strip_prefix(mark)
            .and_then(|rest| rest.strip_suffix(mark))
    };
    inner('"').or_else(|| inner('\'')).unwrap_or(text)
}

/// The value of `key: value` on a line, unquoted.
pub(super) fn field<'t>(line: &'t str, key: &str) -> Option<&'t str> {
    let rest = line.trim_start().strip_prefix(key)?.strip_prefix(':')?;
    Some(unquoted(rest))
}
