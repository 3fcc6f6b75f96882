//! The code around a hunk: the enclosing function or type, found by indentation.
//!
//! No parser: it must work for every language, on text that may not compile. What
//! it shows is true text with true line numbers; only its choice is a guess.

use crate::model::{Change, FileChange, FileStatus, Hunk, Language, LineKind, Surrounding};

/// Lines shown for one hunk.
const MAX_LINES: usize = 60;
/// Lines looked at above and below a hunk.
const REACH: usize = 1500;
/// Bytes of one shown line; longer ones are nobody's reading.
const LINE_BYTES: usize = 400;
/// Hunks that are looked at.
const MAX_HUNKS: usize = 500;

/// Pieces for all hunks of reviewed source files.
pub(super) fn of_change(change: &Change) -> Vec<Surrounding> {
    let mut pieces = Vec::new();
    let mut hunks = 0;
    for file in change.files.iter().filter(|f| is_source(f)) {
        let Some(text) = &file.new_text else { continue };
        let lines: Vec<&[u8]> = text.split(|b| *b == b'\n').collect();
        for hunk in &file.hunks {
            hunks += 1;
            if hunks > MAX_HUNKS {
                return pieces;
            }
            pieces.extend(around(file, hunk, &lines));
        }
    }
    pieces
}

fn is_source(file: &FileChange) -> bool {
    let moved = !matches!(file.status, FileStatus::Added | FileStatus::Deleted);
    moved && !matches!(file.language, Language::Prose | Language::Config)
}

/// At most two pieces: the head of the enclosing block, and what stands next to the hunk.
fn around(file: &FileChange, hunk: &Hunk, lines: &[&[u8]]) -> Vec<Surrounding> {
    let Some((first, last)) = span(hunk, lines.len()) else {
        return Vec::new();
    };
    let Some((head, end)) = enclosing(hunk, lines, first, last) else {
        return Vec::new();
    };
    let outside = first.saturating_sub(head) + end.saturating_sub(last);
    if outside == 0 {
        return Vec::new();
    }
    let piece = |from: usize, to: usize| Surrounding {
        hunk: hunk.id,
        path: file.path.clone(),
        first_line: u32::try_from(from + 1).unwrap_or(u32::MAX),
        text: text_of(&lines[from..=to]),
    };
    if outside <= MAX_LINES {
        return vec![piece(head.min(first), end.max(last))];
    }
    let below = end.saturating_sub(last).min(MAX_LINES / 3);
    let above = first.saturating_sub(head).min(MAX_LINES - 4 - below);
    let near = piece(first - above, last + below);
    if first - above > head + 3 {
        vec![piece(head, head + 2), near]
    } else {
        vec![piece(head, last + below)]
    }
}

/// Indices of the hunk's first and last line in the new text.
fn span(hunk: &Hunk, lines: usize) -> Option<(usize, usize)> {
    let first = (hunk.new_start as usize).checked_sub(1)?;
    let last = first + (hunk.new_count as usize).checked_sub(1)?;
    (last < lines).then_some((first, last))
}

/// Head and end of the innermost block that looks like a function or type and holds
/// the changed lines. None at the top level, where there is nothing around.
fn enclosing(hunk: &Hunk, lines: &[&[u8]], first: usize, last: usize) -> Option<(usize, usize)> {
    let mut level = changed_indent(hunk)?;
    let changed = first_change(hunk).unwrap_or(first);
    let mut head = None;
    for at in (changed.saturating_sub(REACH)..changed).rev() {
        let Some(indent) = indent(lines[at]) else {
            continue;
        };
        if indent < level && !is_closing(lines[at]) {
            level = indent;
            head = Some(at);
            if is_definition(lines[at]) || level == 0 {
                break;
            }
        }
    }
    let head = head.map(|at| with_signature(lines, at, level))?;
    let reach = (last + 1 + REACH).min(lines.len());
    let ends = |at: &usize| indent(lines[*at]).is_some_and(|i| i <= level);
    let end = (last + 1..reach).find(ends).map_or(reach - 1, |at| {
        if is_closing(lines[at]) { at } else { at - 1 }
    });
    let end = if hunk_closes(lines, first, last, level) {
        last
    } else {
        end
    };
    Some((head, end.max(last)))
}

/// Whether the block ends inside the hunk already, after its last change or before.
fn hunk_closes(lines: &[&[u8]], first: usize, last: usize, level: usize) -> bool {
    lines[first..=last]
        .iter()
        .rev()
        .take(3)
        .any(|l| is_closing(l) && indent(l).is_some_and(|i| i <= level))
}

/// A brace on its own line belongs to the signature above it.
fn with_signature(lines: &[&[u8]], at: usize, level: usize) -> usize {
    if lines[at].trim_ascii() != b"{" {
        return at;
    }
    let above = (at.saturating_sub(8)..at).rev();
    let mut start = at;
    for line in above {
        match indent(lines[line]) {
            Some(i)
                if i >= level
                    && !is_closing(lines[line])
                    && !lines[line].trim_ascii().ends_with(b";") =>
            {
                start = line;
            }
            _ => break,
        }
    }
    start
}

/// The least indentation of the changed lines; of all lines where only removals are.
fn changed_indent(hunk: &Hunk) -> Option<usize> {
    let added = hunk.lines.iter().filter(|l| l.kind == LineKind::Added);
    let least = added.filter_map(|l| indent(&l.text)).min();
    let removed = || {
        hunk.lines
            .iter()
            .filter(|l| l.kind == LineKind::Removed)
            .filter_map(|l| indent(&l.text))
            .min()
    };
    least.or_else(removed).filter(|i| *i > 0)
}

/// Index of the first changed line in the new text.
fn first_change(hunk: &Hunk) -> Option<usize> {
    let mut next = hunk.new_start as usize;
    for line in &hunk.lines {
        match line.kind {
            LineKind::Context => next += 1,
            LineKind::Added | LineKind::Removed => return next.checked_sub(1),
        }
    }
    None
}

/// Columns before the first character, a tab counting as eight; none for an empty line.
fn indent(line: &[u8]) -> Option<usize> {
    let mut columns = 0;
    for byte in line {
        match byte {
            b' ' => columns += 1,
            b'\t' => columns += 8,
            b'\r' => return None,
            _ => return Some(columns),
        }
    }
    None
}

fn is_closing(line: &[u8]) -> bool {
    matches!(line.trim_ascii().first(), Some(b'}' | b')' | b']')) || line.trim_ascii() == b"end"
}

/// Whether a line opens a function or a type, in the words of common languages.
fn is_definition(line: &[u8]) -> bool {
    const WORDS: [&str; 15] = [
        "fn",
        "def",
        "func",
        "fun",
        "function",
        "class",
        "impl",
        "trait",
        "struct",
        "enum",
        "interface",
        "module",
        "sub",
        "proc",
        "namespace",
    ];
    const BRANCHES: [&str; 9] = [
        "if", "for", "while", "switch", "catch", "else", "match", "with", "return",
    ];
    let text = String::from_utf8_lossy(&line[..line.len().min(LINE_BYTES)]);
    let mut words = text
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|w| !w.is_empty());
    let first = words.clone().next().unwrap_or_default();
    if BRANCHES.contains(&first) || text.trim_start().starts_with('}') {
        return false;
    }
    let trimmed = text.trim_end();
    words.any(|w| WORDS.contains(&w)) || (trimmed.contains('(') && trimmed.ends_with('{'))
}

fn text_of(lines: &[&[u8]]) -> String {
    let shorten = |line: &&[u8]| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let text = String::from_utf8_lossy(&line[..line.len().min(LINE_BYTES)]).into_owned();
        if line.len() > LINE_BYTES {
            format!("{text}[cut]")
        } else {
            text
        }
    };
    lines.iter().map(shorten).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::model::{HunkId, Line, samples};

    /// A hunk over new lines `from..=to` (from 1) of which `added` are new.
    fn file(path: &str, text: &str, (from, to): (u32, u32), added: &[u32]) -> FileChange {
        let all: Vec<&str> = text.lines().collect();
        let line = |n: u32| Line {
            kind: if added.contains(&n) {
                LineKind::Added
            } else {
                LineKind::Context
            },
            old_number: None,
            new_number: Some(n),
            text: all[n as usize - 1].as_bytes().to_vec(),
            no_newline: false,
        };
        let hunk = Hunk {
            id: HunkId(1),
            old_start: from,
            old_count: 0,
            new_start: from,
            new_count: to - from + 1,
            section: String::new(),
            lines: (from..=to).map(line).collect(),
        };
        FileChange {
            hunks: vec![hunk],
            new_text: Some(text.as_bytes().to_vec()),
            ..samples::file(path)
        }
    }

    fn pieces(file: &FileChange) -> Vec<(u32, String)> {
        let lines: Vec<&[u8]> = file
            .new_text
            .as_ref()
            .unwrap()
            .split(|b| *b == b'\n')
            .collect();
        around(file, &file.hunks[0], &lines)
            .into_iter()
            .map(|s| (s.first_line, s.text))
            .collect()
    }

    #[test]
    fn the_enclosing_function_is_shown_whole_when_short() {
        let text = "use a;\n\nfn one() {\n    if x {\n        a();\n        b();\n    }\n    c();\n}\n\nfn two() {}\n";
        let expected = "fn one() {\n    if x {\n        a();\n        b();\n    }\n    c();\n}";
        assert_eq!(
            pieces(&file("a.rs", text, (5, 6), &[6])),
            [(3, expected.to_owned())]
        );
    }

    #[test]
    fn indentation_alone_is_enough() {
        let text = "class A:\n    def f(self):\n        a()\n        b()\n\n    def g(self):\n        pass\n";
        let expected = "    def f(self):\n        a()\n        b()\n";
        assert_eq!(
            pieces(&file("a.py", text, (4, 4), &[4])),
            [(2, expected.to_owned())]
        );
    }

    #[test]
    fn a_brace_on_its_own_line_brings_its_signature() {
        let text = "int x;\n\nstatic int\nf(int a)\n{\n\tg();\n\th();\n}\n";
        assert_eq!(
            pieces(&file("a.c", text, (6, 7), &[7])),
            [(3, "static int\nf(int a)\n{\n\tg();\n\th();\n}".to_owned())]
        );
    }

    #[test]
    fn the_top_level_and_whole_functions_have_nothing_around() {
        let text = "a = 1\nb = 2\ndef f():\n    return 1\nc = 3\n";
        assert!(pieces(&file("a.py", text, (1, 2), &[2])).is_empty());
        assert!(pieces(&file("a.py", text, (3, 4), &[4])).is_empty());
    }

    #[test]
    fn a_long_function_shows_its_head_and_the_neighbourhood() {
        let body: String = (0..400).map(|i| format!("    step_{i}();\n")).collect();
        let text = format!("fn long() {{\n{body}}}\n");
        let shown = pieces(&file("a.rs", &text, (200, 206), &[203]));
        assert_eq!(shown.len(), 2);
        assert_eq!(
            shown[0],
            (1, "fn long() {\n    step_0();\n    step_1();".to_owned())
        );
        let lines: usize = shown.iter().map(|(_, t)| t.lines().count()).sum();
        assert!(lines <= MAX_LINES + 7, "{lines}");
        assert!(shown[1].1.contains("step_201();"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_survived(text in "[ \t{}()a\n]{1,200}", from in 1_u32..40, len in 0_u32..40, add in 0_u32..40) {
            let total = u32::try_from(text.lines().count()).unwrap();
            proptest::prop_assume!(total > 0);
            let from = from.min(total);
            let made = file("a.c", &text, (from, (from + len).min(total)), &[add]);
            for (first, text) in pieces(&made) {
                proptest::prop_assert!(first >= 1 && text.lines().count() <= 100);
            }
        }
    }
}
