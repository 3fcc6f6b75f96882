//! Lines of a text as byte ranges.

use std::collections::BTreeSet;
use std::ops::Range;

/// Where each line of a text starts.
pub(super) struct Lines {
    starts: Vec<usize>,
    bytes: usize,
}

impl Lines {
    pub(super) fn of(text: &[u8]) -> Self {
        let ends = text.iter().enumerate().filter(|(_, b)| **b == b'\n');
        Self {
            starts: std::iter::once(0)
                .chain(ends.map(|(at, _)| at + 1))
                .collect(),
            bytes: text.len(),
        }
    }

    /// The bytes of these lines, counted from 1, with so many lines around each:
    /// in order, and apart from each other.
    pub(super) fn around(&self, lines: &BTreeSet<u32>, margin: u32) -> Vec<Range<usize>> {
        let mut runs: Vec<Range<usize>> = Vec::new();
        for line in lines {
            let start = self.start(line.saturating_sub(margin).max(1));
            let end = self.start(line.saturating_add(margin).saturating_add(1));
            match runs.last_mut() {
                Some(run) if start <= run.end => run.end = end,
                _ => runs.push(start..end),
            }
        }
        runs
    }

    fn start(&self, line: u32) -> usize {
        self.starts
            .get(line as usize - 1)
            .copied()
            .unwrap_or(self.bytes)
    }
}

/// Whether a range meets one of the ranges, which are in order and apart.
pub(super) fn meets(runs: &[Range<usize>], range: &Range<usize>) -> bool {
    let next = runs.partition_point(|run| run.end <= range.start);
    runs.get(next).is_some_and(|run| run.start < range.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_cover_whole_lines_and_grow_together() {
        let around = |text: &[u8], lines: &[u32], margin| -> Vec<(usize, usize)> {
            let runs = Lines::of(text).around(&lines.iter().copied().collect(), margin);
            runs.into_iter().map(|run| (run.start, run.end)).collect()
        };
        let text = b"a\nbb\nc";
        assert_eq!(around(text, &[2], 0), [(2, 5)]);
        assert_eq!(around(text, &[1, 3], 0), [(0, 2), (5, 6)]);
        assert_eq!(around(text, &[1, 3], 1), [(0, 6)]);
        assert_eq!(around(b"a", &[7], 2), [(1, 1)]);
    }

    #[test]
    fn a_range_meets_a_run_it_shares_a_byte_with() {
        let runs = [2..5, 7..9];
        let met = |range| meets(&runs, &range);
        assert!(met(0..3) && met(4..7) && met(8..8 + 1) && met(0..20));
        assert!(!met(0..2) && !met(5..7) && !met(9..20));
    }
}
