//! Where parts of quotes stand, found for all quotes of a run in one pass over a text.
//!
//! Promises: the work grows with the text and with what stands in it, not with
//! text times quotes; whatever quotes and text hold, it ends.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::ops::Range;

use aho_corasick::AhoCorasick;

use super::file_text::Segment;
use crate::text::visible::beginning;

/// Bytes of a quote's longest line that are searched for.
const ANCHOR_BYTES: usize = 64;

/// Matches looked at in one text; only rows full of parts of quotes have more.
const MATCHES: usize = 1_000_000;

/// A row of one side of a file: its segment and its place in there.
pub(super) type RowRef = (usize, usize);

/// The parts of the quotes that are searched for.
pub(super) struct QuoteIndex {
    automaton: Option<AhoCorasick>,
    by_text: HashMap<String, usize>,
}

impl QuoteIndex {
    /// One for each quote, given as its folded lines.
    pub(super) fn of(quotes: impl IntoIterator<Item = Vec<String>>) -> Self {
        let mut by_text = HashMap::new();
        for quote in quotes {
            if let Some((_, anchor)) = anchor(&quote) {
                let next = by_text.len();
                by_text.entry(anchor.to_owned()).or_insert(next);
            }
        }
        let mut texts: Vec<(&String, &usize)> = by_text.iter().collect();
        texts.sort_by_key(|(_, id)| **id);
        let automaton = AhoCorasick::new(texts.iter().map(|(text, _)| text)).ok();
        Self { automaton, by_text }
    }

    /// All rows in which each anchor stands.
    fn rows(&self, segments: &[Segment]) -> Vec<Vec<RowRef>> {
        let mut rows: Vec<Vec<RowRef>> = vec![Vec::new(); self.by_text.len()];
        let Some(automaton) = &self.automaton else {
            return rows;
        };
        let spots = segments
            .iter()
            .enumerate()
            .flat_map(|(s, rows)| rows.iter().enumerate().map(move |r| ((s, r.0), r.1)));
        let matches = spots.flat_map(|(spot, row)| {
            automaton
                .find_overlapping_iter(&row.folded)
                .map(move |found| (found.pattern().as_usize(), spot))
        });
        for (anchor, spot) in matches.take(MATCHES) {
            if rows[anchor].last() != Some(&spot) {
                rows[anchor].push(spot);
            }
        }
        rows
    }
}

/// The longest line's start, and which line that is.
fn anchor(quote: &[String]) -> Option<(usize, &str)> {
    let (at, line) = quote
        .iter()
        .enumerate()
        .max_by_key(|(_, line)| line.len())?;
    Some((at, beginning(line, ANCHOR_BYTES)))
}

/// The anchors' rows in one text, searched at first use.
#[derive(Default)]
pub(super) struct Matches(OnceCell<Vec<Vec<RowRef>>>);

impl Matches {
    /// Where the quote's anchor stands; nowhere, where the anchors are those of other quotes.
    pub(super) fn of<'h>(
        &'h self,
        quote: &[String],
        anchors: &QuoteIndex,
        segments: &[Segment],
    ) -> StartRows<'h> {
        let rows = self.0.get_or_init(|| anchors.rows(segments));
        let found = anchor(quote)
            .and_then(|(line, text)| Some((line, rows.get(*anchors.by_text.get(text)?)?)));
        found.map_or(
            StartRows {
                line: 0,
                spots: &[],
            },
            |(line, spots)| StartRows { line, spots },
        )
    }
}

/// Rows at which a quote may begin.
#[derive(Clone, Copy)]
pub(super) struct StartRows<'h> {
    /// The line of the quote that is the anchor.
    line: usize,
    spots: &'h [RowRef],
}

impl<'h> StartRows<'h> {
    /// Those of one segment from which `lines` rows stay in this part of it, in order.
    pub(super) fn within(
        self,
        segment: usize,
        part: Range<usize>,
        lines: usize,
    ) -> impl Iterator<Item = usize> + use<'h> {
        let from = self
            .spots
            .partition_point(|spot| *spot < (segment, part.start + self.line));
        let last = part.end.saturating_sub(lines);
        let spots = self.spots[from..]
            .iter()
            .take_while(move |spot| spot.0 == segment);
        spots
            .map(move |spot| spot.1 - self.line)
            .take_while(move |start| *start <= last)
    }
}

#[cfg(test)]
mod tests {
    use super::super::file_text::{FileText, Side};
    use super::super::fixtures::file;
    use super::*;

    fn quote(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn only_rows_that_hold_a_part_of_the_quote_are_looked_at() {
        let lines: String = (0..20_000).map(|n| format!("+row {n} ends\n")).collect();
        let view = FileText::of(&file("a.py", &lines));
        let quotes: Vec<Vec<String>> = (0..200).map(|n| quote(&format!("line {n} ends"))).collect();
        let told = quote("row 7 ends\nrow 8");
        let anchors = QuoteIndex::of(quotes.iter().cloned().chain([told.clone()]));
        let starts = |quote: &[String]| -> Vec<usize> {
            view.starts(Side::After, quote, &anchors)
                .within(0, 0..20_000, quote.len())
                .collect()
        };
        assert_eq!(quotes.iter().flat_map(|q| starts(q)).count(), 0);
        assert_eq!(starts(&told), [7]);
        assert_eq!(
            view.starts(Side::After, &told, &anchors)
                .within(0, 8..20_000, 2)
                .count(),
            0
        );
    }

    #[test]
    fn rows_full_of_parts_of_quotes_end_the_search() {
        let line = format!("+{}\n", "a".repeat(3_000));
        let view = FileText::of(&file("a.py", &line.repeat(20)));
        let quotes: Vec<Vec<String>> = (1..64).map(|n| vec!["a".repeat(n)]).collect();
        let anchors = QuoteIndex::of(quotes.iter().cloned());
        let rows = view
            .starts(Side::After, &quotes[8], &anchors)
            .within(0, 0..20, 1)
            .count();
        assert!((1..20).contains(&rows), "{rows}");
    }
}
