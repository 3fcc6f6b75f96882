//! The change as numbered lines.

use std::borrow::Cow;

use crate::model::change::LONGEST_SHOWN;
use crate::model::{FileChange, FileStatus, Hunk, Line, LineKind};
use crate::text::visible::shown;

const SYMLINK: u32 = 0o120_000;
const SUBMODULE: u32 = 0o160_000;

/// The line that opens a file: path, what happened, language, and what lines cannot tell.
pub(super) fn file_heading(file: &FileChange) -> String {
    let mut facts = vec![file.status.as_str().to_owned()];
    if let Some(old) = file.old_path.as_ref().filter(|old| **old != file.path) {
        facts.push(format!("from {}", shown(old.as_bytes())));
    }
    facts.push(file.language.as_str().to_owned());
    facts.extend(kind_of(file));
    facts.extend(mode_change(file));
    if has_crlf(file) {
        facts.push("all lines end in CRLF (not shown)".to_owned());
    }
    format!(
        "=== file {}: {}\n",
        shown(file.path.as_bytes()),
        facts.join(", ")
    )
}

fn kind_of(file: &FileChange) -> Option<String> {
    let word = |mode: u32| match mode & 0o170_000 {
        SYMLINK => "symbolic link",
        SUBMODULE => "submodule",
        _ => "regular file",
    };
    let (old, new) = (word(file.old_mode), word(file.new_mode));
    match (file.old_mode, file.new_mode) {
        (0, _) if new != "regular file" => Some(format!(
            "{new}: its line is the {}",
            target_word(file.new_mode)
        )),
        (_, 0) if old != "regular file" => Some(format!(
            "{old}: its line is the {}",
            target_word(file.old_mode)
        )),
        (0, _) | (_, 0) => None,
        _ if old != new => Some(format!("was a {old}, is a {new}")),
        _ if new != "regular file" => Some(format!(
            "{new}: its line is the {}",
            target_word(file.new_mode)
        )),
        _ => None,
    }
}

fn target_word(mode: u32) -> &'static str {
    if mode & 0o170_000 == SUBMODULE {
        "commit it points at"
    } else {
        "path it points at"
    }
}

fn mode_change(file: &FileChange) -> Option<String> {
    let (old, new) = (file.old_mode, file.new_mode);
    match file.status {
        FileStatus::Added if new == 0o100_755 => Some("executable".to_owned()),
        FileStatus::Added | FileStatus::Deleted => None,
        _ if old != new && old != 0 && new != 0 => Some(format!("mode {old:06o} -> {new:06o}")),
        _ => None,
    }
}

/// Whether every line of the file ends in a carriage return, so that it can be
/// stated once instead of being shown on each.
pub(super) fn has_crlf(file: &FileChange) -> bool {
    let mut ended = file
        .hunks
        .iter()
        .flat_map(|h| &h.lines)
        .filter(|l| !l.no_newline)
        .peekable();
    ended.peek().is_some() && ended.all(|l| l.text.last() == Some(&b'\r'))
}

/// Writes the hunk: its heading, the enclosing line git found, its lines.
pub(super) fn write_hunk(out: &mut String, file: &FileChange, hunk: &Hunk, crlf: bool) {
    out.push_str(&hunk.heading(&shown(file.path.as_bytes())));
    out.push('\n');
    if !hunk.section.is_empty() {
        out.push_str(&format!("    in: {}\n", shown(hunk.section.as_bytes())));
    }
    if hunk.lines.is_empty() {
        out.push_str("    (no lines changed)\n");
    }
    for line in &hunk.lines {
        write_line(out, line, crlf);
    }
}

fn write_line(out: &mut String, line: &Line, crlf: bool) {
    let (sign, number) = match line.kind {
        LineKind::Context => (' ', line.new_number),
        LineKind::Added => ('+', line.new_number),
        LineKind::Removed => ('-', line.old_number),
    };
    let text = if crlf {
        line.text.strip_suffix(b"\r").unwrap_or(&line.text)
    } else {
        &line.text
    };
    write_numbered(out, sign, number.unwrap_or(0), text);
    if line.no_newline {
        out.push_str("      (no line feed at the end of the file)\n");
    }
}

/// One numbered line: `+  12| text`, with `~` for the bar where something had to be spelled out.
pub(super) fn write_numbered(out: &mut String, sign: char, number: u32, text: &[u8]) {
    let (text, rest) = text.split_at(text.len().min(LONGEST_SHOWN));
    let text = shown(text);
    let bar = if matches!(text, Cow::Owned(_)) {
        '~'
    } else {
        '|'
    };
    out.push(sign);
    push_right(out, number);
    out.push(bar);
    out.push(' ');
    out.push_str(&text);
    if !rest.is_empty() {
        out.push_str(&format!(
            " [... {} more bytes of this line are not shown]",
            rest.len()
        ));
    }
    out.push('\n');
}

/// As `{number:>4}`, without the machinery of formats: every line of every prompt comes by here.
fn push_right(out: &mut String, number: u32) {
    let mut digits = [' '; 10];
    let (mut first, mut left) = (digits.len(), number);
    while first == digits.len() || left > 0 {
        first -= 1;
        digits[first] = char::from_digit(left % 10, 10).unwrap_or(' ');
        left /= 10;
    }
    out.extend(&digits[first.min(digits.len() - 4)..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_formats_write_them() {
        for number in [0, 7, 10, 999, 9_999, 10_000, u32::MAX] {
            let mut out = String::new();
            write_numbered(&mut out, '+', number, b"x");
            assert_eq!(out, format!("+{number:>4}| x\n"));
        }
    }
}
