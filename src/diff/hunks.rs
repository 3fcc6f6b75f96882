//! Changed lines → hunks, as git makes them: three lines of context, near
//! neighbours joined, the enclosing function's line after `@@`.

use super::text_detection;
use crate::git::ChangedLines;
use crate::model::change::LONGEST_SHOWN;
use crate::model::{Hunk, HunkId, Line, LineKind};

/// Unchanged lines shown around a change.
const CONTEXT: usize = 3;
/// Bytes of the function's line that are shown, as in git.
const SECTION_BYTES: usize = 80;
/// What a line costs beyond its text: marker, numbers, line feed.
const LINE_COST: usize = 8;

/// Two texts and the lines in which they differ.
pub(super) struct Comparison<'a> {
    old: Vec<&'a [u8]>,
    new: Vec<&'a [u8]>,
    old_open: bool,
    new_open: bool,
    changes: &'a [ChangedLines],
}

impl<'a> Comparison<'a> {
    /// `changes` must come from comparing these two texts.
    pub(super) fn new(old: &'a [u8], new: &'a [u8], changes: &'a [ChangedLines]) -> Self {
        let open = |text: &[u8]| text.last().is_some_and(|b| *b != b'\n');
        Self {
            old: text_detection::lines(old),
            new: text_detection::lines(new),
            old_open: open(old),
            new_open: open(new),
            changes,
        }
    }

    /// What the hunks will cost of the budget, at least, in bytes; known before any is made.
    pub(super) fn cost(&self) -> u64 {
        let bytes = |lines: &[&[u8]], start: usize, count: usize| -> usize {
            let lines = lines.get(start..start + count).unwrap_or_default();
            lines.iter().map(|l| line_cost(l)).sum()
        };
        let of = |c: &ChangedLines| {
            bytes(&self.old, c.old_start, c.old_count) + bytes(&self.new, c.new_start, c.new_count)
        };
        self.changes.iter().map(of).sum::<usize>() as u64
    }

    /// The hunks that hold at least one change that `keep` wants. Ids are 0.
    pub(super) fn hunks(&self, keep: impl Fn(&ChangedLines) -> bool) -> Vec<Hunk> {
        let mut hunks = Vec::new();
        let mut rest = self.changes;
        let mut section = Section::default();
        while let Some(first) = rest.first() {
            let length = joined(rest);
            let (group, tail) = rest.split_at(length);
            rest = tail;
            let start = first.old_start.saturating_sub(CONTEXT);
            section.advance(&self.old, start);
            if group.iter().any(&keep) {
                hunks.push(self.hunk(group, section.text.clone()));
            }
        }
        hunks
    }

    fn hunk(&self, group: &[ChangedLines], section: String) -> Hunk {
        let (first, last) = (group[0], group[group.len() - 1]);
        let lead = first.old_start.min(first.new_start).min(CONTEXT);
        let tail = self
            .old
            .len()
            .saturating_sub(last.old_start + last.old_count)
            .min(CONTEXT);
        let (mut old, mut new) = (first.old_start - lead, first.new_start - lead);
        let (old_from, new_from) = (old, new);
        let mut lines = Vec::new();
        for change in group {
            while old < change.old_start {
                lines.push(self.line(LineKind::Context, old, new));
                (old, new) = (old + 1, new + 1);
            }
            lines.extend((0..change.old_count).map(|i| self.line(LineKind::Removed, old + i, new)));
            old += change.old_count;
            lines.extend((0..change.new_count).map(|i| self.line(LineKind::Added, old, new + i)));
            new += change.new_count;
        }
        lines.extend((0..tail).map(|i| self.line(LineKind::Context, old + i, new + i)));
        let (old_count, new_count) = (old + tail - old_from, new + tail - new_from);
        Hunk {
            id: HunkId(0),
            old_start: number(old_from, old_count),
            old_count: short(old_count),
            new_start: number(new_from, new_count),
            new_count: short(new_count),
            section,
            lines,
        }
    }

    fn line(&self, kind: LineKind, old: usize, new: usize) -> Line {
        let (lines, at, open) = match kind {
            LineKind::Removed => (&self.old, old, self.old_open),
            LineKind::Context | LineKind::Added => (&self.new, new, self.new_open),
        };
        Line {
            kind,
            old_number: (kind != LineKind::Added).then(|| short(old + 1)),
            new_number: (kind != LineKind::Removed).then(|| short(new + 1)),
            text: lines.get(at).map(|l| l.to_vec()).unwrap_or_default(),
            no_newline: open && at + 1 == lines.len(),
        }
    }
}

/// What the hunks cost of the budget, in bytes.
pub(super) fn cost(hunks: &[Hunk]) -> u64 {
    hunks
        .iter()
        .flat_map(|h| &h.lines)
        .map(|l| line_cost(&l.text) as u64)
        .sum()
}

/// A prompt shows no more of a line than this.
fn line_cost(line: &[u8]) -> usize {
    line.len().min(LONGEST_SHOWN) + LINE_COST
}

/// How many changes at the front share one hunk.
fn joined(changes: &[ChangedLines]) -> usize {
    let near = |pair: &&[ChangedLines]| {
        pair[1].old_start - (pair[0].old_start + pair[0].old_count) <= 2 * CONTEXT
    };
    1 + changes.windows(2).take_while(near).count()
}

/// A line number from 1; git names the line before where a side is empty.
fn number(from: usize, count: usize) -> u32 {
    short(if count == 0 { from } else { from + 1 })
}

fn short(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The last line before a place that starts like a definition; found in one pass.
#[derive(Default)]
struct Section {
    seen: usize,
    text: String,
}

impl Section {
    fn advance(&mut self, lines: &[&[u8]], before: usize) {
        let unseen = lines.get(self.seen..before).unwrap_or_default();
        if let Some(line) = unseen.iter().rev().find(|l| is_heading(l)) {
            let cut = line[..line.len().min(SECTION_BYTES)].trim_ascii_end();
            self.text = String::from_utf8_lossy(cut).into_owned();
        }
        self.seen = self.seen.max(before);
    }
}

fn is_heading(line: &[u8]) -> bool {
    line.first()
        .is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'$'))
}

/// The hunk of an entry that has no lines to show: a mode, a name, an empty file.
pub(super) fn empty() -> Hunk {
    Hunk {
        id: HunkId(0),
        old_start: 0,
        old_count: 0,
        new_start: 0,
        new_count: 0,
        section: String::new(),
        lines: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;
    use crate::git::changed_lines;

    /// The new text, made from the old one and the hunks alone.
    fn applied(old: &[u8], hunks: &[Hunk]) -> Vec<u8> {
        let old_lines = text_detection::lines(old);
        let mut rest = 0;
        let mut out: Vec<u8> = Vec::new();
        let mut push = |text: &[u8], open: bool| {
            out.extend_from_slice(text);
            out.extend_from_slice(if open { b"" } else { b"\n" });
        };
        let open = |at: usize| at + 1 == old_lines.len() && !old.ends_with(b"\n");
        for hunk in hunks {
            let start = if hunk.old_count == 0 {
                hunk.old_start
            } else {
                hunk.old_start - 1
            } as usize;
            (rest..start).for_each(|i| push(old_lines[i], open(i)));
            let added = hunk.lines.iter().filter(|l| l.kind != LineKind::Removed);
            added.for_each(|l| push(&l.text, l.no_newline));
            rest = start + hunk.old_count as usize;
        }
        (rest..old_lines.len()).for_each(|i| push(old_lines[i], open(i)));
        out
    }

    fn text() -> impl Strategy<Value = Vec<u8>> {
        let line = prop::sample::select(vec!["a", "b", "c", "", "fn x", "    d", "\u{e9}", "r\r"]);
        (prop::collection::vec(line, 0..40), any::<bool>()).prop_map(|(lines, open)| {
            let mut text = lines.join("\n").into_bytes();
            if !open && !text.is_empty() {
                text.push(b'\n');
            }
            text
        })
    }

    proptest! {
        #[test]
        fn hunks_carry_the_whole_difference(old in text(), new in text()) {
            let changes = changed_lines(&old, &new).unwrap();
            let comparison = Comparison::new(&old, &new, &changes);
            let hunks = comparison.hunks(|_| true);
            prop_assert_eq!(&applied(&old, &hunks), &new);
            prop_assert!(comparison.cost() <= cost(&hunks));
            for hunk in &hunks {
                let count = |kind: LineKind| hunk.lines.iter().filter(|l| l.kind != kind).count();
                prop_assert_eq!(hunk.old_count as usize, count(LineKind::Added));
                prop_assert_eq!(hunk.new_count as usize, count(LineKind::Removed));
                let first = hunk.lines.iter().find_map(|l| l.new_number);
                prop_assert!(hunk.new_count == 0 || first == Some(hunk.new_start));
                let context = hunk.lines.iter().take_while(|l| l.kind == LineKind::Context).count();
                prop_assert!(context <= CONTEXT);
            }
        }
    }
}
