//! A quote → the rows where it stands.
//!
//! Chosen: compare line by line with white space folded, then without the line
//! numbers and diff marks that models copy along, then by similarity. Rejected:
//! one fuzzy search for everything, because it also finds what is not there.

use std::ops::Range;

use super::file_text::{FileText, Row, Segment, Side};
use super::locate::Source;
use super::quote_index::{QuoteIndex, StartRows};
use super::similarity::{cost, folded_lines, ratio};
use crate::model::{LineKind, Proposal};

/// Least similarity at which a quote counts as miscopied.
const TYPO_RATIO: f32 = 0.9;
/// Shorter quotes, in bytes, must stand exactly.
const TYPO_MIN: usize = 12;
/// Longer ones, in lines, too.
const TYPO_LINES: usize = 40;
/// How far from its claimed lines a miscopied quote is looked for, in lines.
const TYPO_REACH: u32 = 500;
/// Places that are looked at for one miscopied quote, on one side.
const TYPO_PLACES: usize = 20_000;
/// Full comparisons for one quote at most.
const TYPO_TRIES: usize = 300;
/// Places of one quote that are looked at.
const PLACES: usize = 1000;
/// Bytes that are compared for all miscopied quotes of one run.
const EFFORT: usize = 40_000_000;

/// What the quotes of one run have in common.
pub(super) struct Search {
    anchors: QuoteIndex,
    effort: usize,
}

impl Search {
    /// Prepares the search for these quotes and no others.
    pub(super) fn of<'a>(quotes: impl IntoIterator<Item = &'a str>) -> Self {
        let forms = quotes
            .into_iter()
            .map(folded_lines)
            .flat_map(|lines| [bare(&lines), lines]);
        Self {
            anchors: QuoteIndex::of(forms),
            effort: EFFORT,
        }
    }

    /// Whether that many bytes may still be compared.
    fn spend(&mut self, bytes: usize) -> bool {
        let left = self.effort.checked_sub(bytes);
        self.effort = left.unwrap_or(0);
        left.is_some()
    }

    /// Bytes compared so far.
    #[cfg(test)]
    pub(super) fn spent(&self) -> usize {
        EFFORT - self.effort
    }
}

/// Where a quote stands.
pub(super) struct Found {
    pub(super) side: Side,
    pub(super) segment: usize,
    pub(super) rows: Range<usize>,
    /// Whether the agent's own text may be shown: it stands there letter by letter.
    pub(super) verbatim: bool,
    pub(super) check: &'static str,
}

/// Finds the quote nearest to the claimed lines, or says why it proves nothing.
pub(super) fn find(
    view: &FileText,
    proposal: &Proposal,
    source: Source,
    search: &mut Search,
) -> Result<Found, String> {
    let lines = folded_lines(&proposal.quote);
    if lines.is_empty() || (source == Source::Agent && !proves(&lines)) {
        return Err(if lines.is_empty() {
            "no quote".into()
        } else {
            "the quoted code is too short to identify a location".into()
        });
    }
    let claim = Claim::of(proposal);
    if let Some(mut found) = exact(view, &lines, &claim, &search.anchors) {
        found.verbatim = stands_letter_by_letter(view, &found, &proposal.quote);
        return Ok(found);
    }
    let bare = bare(&lines);
    if proves(&bare)
        && bare != lines
        && let Some(found) = exact(view, &bare, &claim, &search.anchors)
    {
        return Ok(Found {
            check: "quote stands without its line marks",
            ..found
        });
    }
    miscopied(view, &bare, &claim, search).ok_or_else(|| "the quote is not in the file".to_owned())
}

/// The lines without what stands before a line in prompts and diffs.
fn bare(lines: &[String]) -> Vec<String> {
    lines
        .iter()
        .map(|l| without_gutter(l).to_owned())
        .filter(|l| !l.is_empty())
        .collect()
}

/// A brace or an empty line stands everywhere and proves nothing.
fn proves(lines: &[String]) -> bool {
    let chars = || {
        lines
            .iter()
            .flat_map(|l| l.chars())
            .filter(|c| !c.is_whitespace())
    };
    let telling = chars()
        .filter(|c| c.is_alphanumeric() || !c.is_ascii())
        .count();
    chars().take(3).count() == 3 && telling >= 2 || chars().any(|c| !c.is_ascii())
}

/// The lines that the agent named; both 0 where it named none.
struct Claim {
    start: u32,
    end: u32,
}

impl Claim {
    fn of(proposal: &Proposal) -> Self {
        Self {
            start: proposal.line_start,
            end: proposal.line_end.max(proposal.line_start),
        }
    }

    /// The rows of a segment where a quote of so many lines can overlap the claim.
    fn around(&self, segment: &Segment, side: Side, lines: usize) -> Range<usize> {
        let number = |r: &Row| {
            if side == Side::Before {
                r.old
            } else {
                r.new.or(r.old)
            }
            .unwrap_or(0)
        };
        let start = segment
            .partition_point(|r| number(r) < self.start)
            .saturating_sub(lines);
        let end = segment
            .partition_point(|r| number(r) <= self.end)
            .saturating_add(lines)
            .min(segment.len());
        start.min(end)..end
    }

    /// Whether the row is within reach of a miscopied quote; always where nothing was claimed.
    fn is_near(&self, row: &Row, side: Side) -> bool {
        let number = if side == Side::Before {
            row.old
        } else {
            row.new.or(row.old)
        }
        .unwrap_or(0);
        let first = self.start.saturating_sub(TYPO_REACH);
        self.start == 0 || (first..=self.end.saturating_add(TYPO_REACH)).contains(&number)
    }

    /// Lines between the claim and the place; 0 where they overlap or nothing was claimed.
    fn distance(&self, rows: &[Row], side: Side) -> u32 {
        let number = |r: &Row| {
            if side == Side::Before {
                r.old
            } else {
                r.new.or(r.old)
            }
        };
        let first = rows.iter().filter_map(number).min().unwrap_or(0);
        let last = rows.iter().filter_map(number).max().unwrap_or(first);
        if self.start == 0 || (first <= self.end && last >= self.start) {
            0
        } else if first > self.end {
            first - self.end
        } else {
            self.start - last
        }
    }
}

/// The nearest place on the first side that has one; a place at the claimed lines wins over all others.
fn exact(view: &FileText, lines: &[String], claim: &Claim, anchors: &QuoteIndex) -> Option<Found> {
    let mut elsewhere = None;
    for side in Side::ALL {
        let text = Text {
            side,
            segments: view.side(side),
            starts: view.starts(side, lines, anchors),
        };
        if let Some((0, found)) = at_claim(&text, lines, claim) {
            return Some(found);
        }
        if elsewhere.is_none() {
            elsewhere = best_in(&text, lines, claim, |s| 0..s.len());
        }
    }
    elsewhere.map(|(_, found)| found)
}

/// One side, and where in it the quote may begin.
struct Text<'v> {
    side: Side,
    segments: &'v [Segment],
    starts: StartRows<'v>,
}

fn at_claim(text: &Text, lines: &[String], claim: &Claim) -> Option<(u32, Found)> {
    if claim.start == 0 {
        return None;
    }
    best_in(text, lines, claim, |s| {
        claim.around(s, text.side, lines.len())
    })
}

/// The best place among the rows that `part` picks from each segment.
fn best_in(
    text: &Text,
    lines: &[String],
    claim: &Claim,
    part: impl Fn(&Segment) -> Range<usize>,
) -> Option<(u32, Found)> {
    let side = text.side;
    let mut best: Option<((u32, bool), Found)> = None;
    let places = text
        .segments
        .iter()
        .enumerate()
        .flat_map(|(index, segment)| {
            let starts = text.starts.within(index, part(segment), lines.len());
            starts.filter_map(move |start| Some((index, segment, holds(segment, start, lines)?)))
        });
    for (index, segment, rows) in places.take(PLACES) {
        let here = &segment[rows.clone()];
        // before the change, only what was removed is a place of its own
        if side == Side::Before && here.iter().all(|r| r.kind == LineKind::Context) {
            continue;
        }
        let distance = claim.distance(here, side);
        if distance > 0 && weak(lines) && here.iter().map(|r| &r.folded).ne(lines) {
            continue;
        }
        let key = (distance, here.iter().all(|r| r.kind == LineKind::Context));
        if best.as_ref().is_none_or(|(k, _)| key < *k) {
            let check = "quote stands";
            best = Some((
                key,
                Found {
                    side,
                    segment: index,
                    rows,
                    verbatim: false,
                    check,
                },
            ));
        }
    }
    best.map(|((distance, _), found)| (distance, found))
}

/// Too short to be searched for as a part of a line.
fn weak(lines: &[String]) -> bool {
    lines.iter().map(String::len).sum::<usize>() < 8
}

/// The run of rows from there, where it holds the lines: the first as the end of its row, the last as the start.
fn holds(segment: &[Row], start: usize, lines: &[String]) -> Option<Range<usize>> {
    let last = lines.len() - 1;
    let run = start..start + lines.len();
    let rows = segment.get(run.clone())?;
    let holds = rows
        .iter()
        .zip(lines)
        .enumerate()
        .all(|(i, (row, line))| match i {
            0 if last == 0 => row.folded.contains(line.as_str()),
            0 => row.folded.ends_with(line.as_str()),
            _ if i == last => row.folded.starts_with(line.as_str()),
            _ => row.folded == *line,
        });
    holds.then_some(run)
}

fn stands_letter_by_letter(view: &FileText, found: &Found, quote: &str) -> bool {
    let rows = &view.side(found.side)[found.segment][found.rows.clone()];
    let lines = quote
        .lines()
        .map(|l| l.trim_end())
        .filter(|l| !l.trim().is_empty());
    rows.len() == lines.clone().count()
        && rows
            .iter()
            .zip(lines)
            .all(|(row, line)| row.raw.contains(line))
}

/// `+  12| code`, `14 | + code`, `+code` → `code`: marks that stand before a line in prompts and diffs.
fn without_gutter(line: &str) -> &str {
    let sign = |text: &'static str| move |l| str::strip_prefix(l, text);
    let unsigned = |l| {
        sign("+")(l)
            .or_else(|| sign("-")(l))
            .unwrap_or(l)
            .trim_start()
    };
    let start = unsigned(line.trim());
    let after = start
        .trim_start_matches(|c: char| c.is_ascii_digit())
        .trim_start();
    if after.len() == start.len() {
        return start;
    }
    match after.strip_prefix(['|', '~', ':']) {
        Some(text) if line.trim() == start => unsigned(text.trim_start()).trim(),
        Some(text) => text.trim(),
        None => unsigned(after).trim_start_matches('|').trim(),
    }
}

/// The most similar run of rows near the claim, where it is similar enough to be a miscopied quote.
fn miscopied(
    view: &FileText,
    lines: &[String],
    claim: &Claim,
    search: &mut Search,
) -> Option<Found> {
    let mut wanted = FuzzyQuery {
        text: lines.join("\n"),
        rows: lines.len(),
        tries: TYPO_TRIES,
    };
    if wanted.text.len() < TYPO_MIN || wanted.rows > TYPO_LINES {
        return None;
    }
    let sides = [Side::After, Side::Before, Side::Whole];
    sides
        .into_iter()
        .find_map(|side| most_alike(view, side, &mut wanted, claim, search))
}

fn most_alike(
    view: &FileText,
    side: Side,
    wanted: &mut FuzzyQuery,
    claim: &Claim,
    search: &mut Search,
) -> Option<Found> {
    let mut best: Option<(f32, u32, Found)> = None;
    let lines = wanted.rows;
    let segments = view.side(side).iter().enumerate();
    let all = segments.flat_map(|(index, s)| {
        s.windows(lines)
            .enumerate()
            .map(move |(at, rows)| (index, at, rows))
    });
    let near = all
        .filter(|(_, _, rows)| claim.is_near(&rows[0], side))
        .take(TYPO_PLACES);
    for (segment, at, rows) in near {
        let removed = rows.iter().any(|r| r.kind == LineKind::Removed);
        if wanted.tries == 0 || !search.spend(lines) {
            break;
        }
        if (side == Side::Before && !removed) || !near_length(rows, wanted.text.len()) {
            continue;
        }
        let here = rows
            .iter()
            .map(|r| r.folded.as_str())
            .collect::<Vec<_>>()
            .join("\n");
        if !search.spend(cost(&here, &wanted.text, TYPO_RATIO)) {
            break;
        }
        let alike = ratio(&here, &wanted.text, TYPO_RATIO);
        wanted.tries -= usize::from(alike > 0.0);
        let distance = claim.distance(rows, side);
        let better = best
            .as_ref()
            .is_none_or(|(a, d, _)| alike > *a || (alike >= *a && distance < *d));
        if alike >= TYPO_RATIO && better {
            let check = "quote miscopied: replaced by what stands there";
            let rows = at..at + wanted.rows;
            best = Some((
                alike,
                distance,
                Found {
                    side,
                    segment,
                    rows,
                    verbatim: false,
                    check,
                },
            ));
        }
    }
    best.map(|(_, _, found)| found)
}

/// A quote as one text, and over how many rows it goes.
struct FuzzyQuery {
    text: String,
    rows: usize,
    /// Full comparisons left.
    tries: usize,
}

/// Lengths so different cannot be 90 % alike.
fn near_length(rows: &[Row], wanted: usize) -> bool {
    let here: usize = rows.iter().map(|r| r.folded.len() + 1).sum();
    here.abs_diff(wanted) <= wanted / 4 + 4
}

/// Whether the lines of one of the search's quotes stand somewhere on that side.
pub(super) fn stands(view: &FileText, side: Side, lines: &[String], search: &Search) -> bool {
    let starts = view.starts(side, lines, &search.anchors);
    let mut segments = view.side(side).iter().enumerate();
    segments.any(|(index, s)| {
        starts
            .within(index, 0..s.len(), lines.len())
            .any(|at| holds(s, at, lines).is_some())
    })
}
