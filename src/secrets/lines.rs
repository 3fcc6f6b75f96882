//! From spans in a text to pieces of its lines, and lines with pieces replaced.

use std::ops::Range;

/// A part of a line that belongs to the secret with this number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// Bytes of the line.
    pub(super) range: Range<usize>,
    /// Which secret: an index into the masker's values.
    pub(super) secret: usize,
}

/// Byte ranges of the lines, without their line feeds.
pub(super) fn line_ranges(text: &[u8]) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive(|b| *b == b'\n') {
        let end = start + line.len();
        ranges.push(start..end - usize::from(line.ends_with(b"\n")));
        start = end;
    }
    ranges
}

/// Cuts sorted spans of a text at its lines. Every piece is without the blanks
/// around it, so indentation and carriage returns stay.
pub(super) fn pieces(
    text: &[u8],
    lines: &[Range<usize>],
    spans: &[(Range<usize>, usize)],
) -> Vec<Vec<Piece>> {
    let mut cut = vec![Vec::new(); lines.len()];
    let mut from = 0;
    for (range, secret) in spans {
        from += lines[from..].partition_point(|line| line.end < range.start);
        for (at, line) in lines
            .iter()
            .enumerate()
            .skip(from)
            .take_while(|(_, line)| line.start < range.end)
        {
            let (start, end) = (range.start.max(line.start), range.end.min(line.end));
            if start < end {
                cut[at].extend(trimmed(text, start..end, line.start).map(|range| Piece {
                    range,
                    secret: *secret,
                }));
            }
        }
    }
    cut
}

fn trimmed(text: &[u8], range: Range<usize>, line_start: usize) -> Option<Range<usize>> {
    let part = &text[range.clone()];
    let lead = part.len() - part.trim_ascii_start().len();
    let length = part.trim_ascii().len();
    let start = range.start + lead - line_start;
    (length > 0).then_some(start..start + length)
}

/// Sorted and disjoint; a union keeps the longer piece's secret.
pub(super) fn merged(mut pieces: Vec<Piece>) -> Vec<Piece> {
    pieces.sort_by_key(|piece| (piece.range.start, piece.range.end));
    let mut result: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match result.last_mut() {
            Some(last) if piece.range.start < last.range.end => {
                if piece.range.len() > last.range.len() {
                    last.secret = piece.secret;
                }
                last.range.end = last.range.end.max(piece.range.end);
            }
            _ => result.push(piece),
        }
    }
    result
}

/// The line with every piece replaced by its marker.
pub(super) fn replaced(line: &[u8], pieces: &[Piece], marker: impl Fn(usize) -> String) -> Vec<u8> {
    let mut masked = Vec::with_capacity(line.len());
    let mut from = 0;
    for piece in pieces {
        masked.extend_from_slice(&line[from..piece.range.start]);
        masked.extend_from_slice(marker(piece.secret).as_bytes());
        from = piece.range.end;
    }
    masked.extend_from_slice(&line[from..]);
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_over_lines_is_cut_and_keeps_indentation_and_carriage_returns() {
        let text = b"a\r\n  bcd\r\n  ef\r\ng";
        let cut = pieces(text, &line_ranges(text), &[(3..15, 0)]);
        let at = |range| vec![Piece { range, secret: 0 }];
        assert_eq!(cut, vec![vec![], at(2..5), at(2..4), vec![]]);
    }

    #[test]
    fn overlapping_pieces_become_one() {
        let piece = |range, secret| Piece { range, secret };
        assert_eq!(
            merged(vec![piece(2..9, 1), piece(0..4, 0)]),
            vec![piece(0..9, 1)]
        );
        assert_eq!(
            replaced(b"abcdef", &[piece(1..3, 0), piece(3..4, 1)], |n| format!(
                "<{n}>"
            )),
            b"a<0><1>ef"
        );
    }
}
