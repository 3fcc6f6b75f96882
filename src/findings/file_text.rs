//! A changed file as rows to search: after the change, before it, as shown, and whole.

use std::collections::BTreeSet;

use super::quote_index::{Matches, QuoteIndex, StartRows};
use super::similarity::fold;
use crate::model::{FileChange, Line, LineKind};

/// One line of a file, not blank.
pub(super) struct Row {
    pub(super) old: Option<u32>,
    pub(super) new: Option<u32>,
    pub(super) kind: LineKind,
    pub(super) folded: String,
    pub(super) raw: String,
}

/// Rows without a gap in the file.
pub(super) type Segment = Vec<Row>;

/// Which text of the file a quote is looked for in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The hunks after the change.
    After,
    /// The hunks before the change.
    Before,
    /// The hunks as the prompt shows them, removed and added lines in turn.
    Shown,
    /// The whole file after the change.
    Whole,
}

impl Side {
    pub(super) const ALL: [Self; 4] = [Self::After, Self::Before, Self::Shown, Self::Whole];
}

/// The four texts of one file; blank lines are left out of each.
pub(super) struct FileText {
    after: Vec<Segment>,
    before: Vec<Segment>,
    shown: Vec<Segment>,
    whole: Vec<Segment>,
    hits: [Matches; 4],
}

impl FileText {
    pub(super) fn of(file: &FileChange) -> Self {
        let hunks = |keep: fn(LineKind) -> bool| -> Vec<Segment> {
            let rows = |h: &crate::model::Hunk| {
                h.lines
                    .iter()
                    .filter(|l| keep(l.kind))
                    .filter_map(row)
                    .collect()
            };
            file.hunks.iter().map(rows).collect()
        };
        Self {
            after: hunks(|k| k != LineKind::Removed),
            before: hunks(|k| k != LineKind::Added),
            shown: hunks(|_| true),
            whole: vec![whole(file)],
            hits: Default::default(),
        }
    }

    /// Where the quote, one of those of the anchors, may begin.
    pub(super) fn starts(
        &self,
        side: Side,
        quote: &[String],
        anchors: &QuoteIndex,
    ) -> StartRows<'_> {
        self.hits[side as usize].of(quote, anchors, self.side(side))
    }

    pub(super) fn side(&self, side: Side) -> &[Segment] {
        match side {
            Side::After => &self.after,
            Side::Before => &self.before,
            Side::Shown => &self.shown,
            Side::Whole => &self.whole,
        }
    }
}

fn row(line: &Line) -> Option<Row> {
    let raw = line.to_text().trim_end_matches('\r').to_owned();
    let folded = fold(&line.text);
    let row = Row {
        old: line.old_number,
        new: line.new_number,
        kind: line.kind,
        folded,
        raw,
    };
    (!row.folded.is_empty()).then_some(row)
}

fn whole(file: &FileChange) -> Segment {
    let Some(text) = &file.new_text else {
        return Vec::new();
    };
    let added: BTreeSet<u32> = file.added_lines().into_iter().collect();
    let numbered = (1u32..).zip(text.split(|b| *b == b'\n'));
    let rows = numbered.filter_map(|(number, bytes)| {
        let raw = String::from_utf8_lossy(bytes)
            .trim_end_matches('\r')
            .to_owned();
        let folded = fold(bytes);
        let kind = if added.contains(&number) {
            LineKind::Added
        } else {
            LineKind::Context
        };
        (!folded.is_empty()).then_some(Row {
            old: None,
            new: Some(number),
            kind,
            folded,
            raw,
        })
    });
    rows.collect()
}
