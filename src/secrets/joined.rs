//! Literals that a program puts together: `"abc" + "def"`, `"abc" "def"`, also over lines.

use std::ops::Range;

/// What is looked for to find them: a closing quote and what may join it to the next.
pub(super) const JOINTS: [&str; 16] = [
    "\" \"", "\" +", "\"+", "\" .", "\".", "\" &", "\"\n", "\" \\", "' '", "' +", "'+", "' .",
    "'.", "' &", "'\n", "' \\",
];

const LONGEST_LITERAL: usize = 512;
const MOST_LITERALS: usize = 24;
/// From one literal to the next, bytes.
const WIDEST_JOINT: usize = 120;
/// So much of what stands before the first literal is taken along, for the name there.
const BEFORE: usize = 160;
const SHORTEST: usize = 16;

/// Literals that belong together.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Joined {
    /// What stands before them, a quote, what they hold, a quote.
    pub(super) text: Vec<u8>,
    /// Where what they hold begins in `text`.
    held: usize,
    /// Where each stands in the text they come from, without quotes.
    pieces: Vec<Range<usize>>,
    /// The end of the last one in the text they come from.
    pub(super) end: usize,
}

impl Joined {
    /// The literals joined at the closing quote `text[at]`, when there are at
    /// least two and what they hold is without blanks.
    pub(super) fn at(text: &[u8], at: usize) -> Option<Self> {
        let quote = *text.get(at)?;
        // what follows is looked at first: it is mostly no literal
        next(text, at + 1)?;
        let floor = at.saturating_sub(LONGEST_LITERAL);
        let open = floor
            + text[floor..at]
                .iter()
                .rposition(|b| *b == quote || *b == b'\n')?;
        if text[open] != quote {
            return None;
        }
        let mut pieces = Vec::new();
        pieces.push(open + 1..at);
        let mut end = at + 1;
        while pieces.len() < MOST_LITERALS {
            let Some(piece) = next(text, end) else { break };
            end = piece.end + 1;
            pieces.push(piece);
        }
        let length: usize = pieces.iter().map(ExactSizeIterator::len).sum();
        let blank = |piece: &Range<usize>| text[piece.clone()].iter().any(u8::is_ascii_whitespace);
        if pieces.len() < 2 || length < SHORTEST || pieces.iter().any(blank) {
            return None;
        }
        let mut joined = text[open.saturating_sub(BEFORE)..=open].to_vec();
        let held = joined.len();
        for piece in &pieces {
            joined.extend_from_slice(&text[piece.clone()]);
        }
        joined.push(quote);
        Some(Self {
            text: joined,
            held,
            pieces,
            end,
        })
    }

    /// The parts of the literals that a span of the joined text stands for;
    /// nothing when it does not go from one literal into another.
    pub(super) fn places(&self, span: &Range<usize>) -> Vec<Range<usize>> {
        let mut from = self.held;
        let mut places = Vec::new();
        for piece in &self.pieces {
            let (start, end) = (span.start.max(from), span.end.min(from + piece.len()));
            if start < end {
                places.push(piece.start + start - from..piece.start + end - from);
            }
            from += piece.len();
        }
        if places.len() < 2 {
            places.clear();
        }
        places
    }
}

/// The literal behind a joint that begins at `from`.
fn next(text: &[u8], from: usize) -> Option<Range<usize>> {
    let window = &text[from..text.len().min(from + WIDEST_JOINT)];
    let open = window.iter().position(|b| matches!(b, b'"' | b'\''))?;
    let joint = &window[..open];
    let mut signs = 0;
    for byte in joint {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b'\\' => {}
            b'+' | b'.' | b'&' => signs += 1,
            _ => return None,
        }
    }
    // nothing between is a joint only where a language says so: with a blank
    if signs > 2 || joint.is_empty() {
        return None;
    }
    let start = from + open + 1;
    let quote = text[start - 1];
    let body = &text[start..text.len().min(start + LONGEST_LITERAL)];
    let length = body.iter().position(|b| *b == quote || *b == b'\n')?;
    (body[length] == quote).then_some(start..start + length)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn literals_are_joined_and_led_back() {
        let text = b"t = \"abcdefgh\" +\n  \"ijklmnop\";";
        let joined = Joined::at(text, 13).unwrap();
        assert_eq!(joined.text, b"t = \"abcdefghijklmnop\"");
        assert_eq!(joined.places(&(10..15)), vec![10..13, 20..22]);
        assert!(joined.places(&(5..9)).is_empty());
    }

    #[test]
    fn sentences_and_lists_are_not_joined() {
        for text in [
            "\"one two\" + \"three four five\"",
            "\"abcdefgh\", \"ijklmnop\"",
        ] {
            let at = text[1..].find('"').unwrap() + 1;
            assert_eq!(Joined::at(text.as_bytes(), at), None, "{text}");
        }
    }
}
