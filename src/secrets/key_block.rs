//! Private keys in PEM armour: over many lines, on one line with `\n` in it, or cut off.

use std::ops::Range;

use crate::model::SecretSpan;

/// The keyword that leads here.
pub(super) const OPENING: &str = "-----BEGIN ";
/// The keyword of an end whose beginning may be out of sight.
pub(super) const CLOSING: &str = "-----END ";

const DASHES: &[u8] = b"-----";
const LONGEST_LABEL: usize = 80;
const LONGEST_BODY: usize = 64 * 1024;
const FEWEST_BODY_BYTES: usize = 32;

/// The body of the private key that opens at `start`, without its armour.
pub(super) fn opened_at(text: &[u8], start: usize) -> Option<SecretSpan> {
    let label = label_at(text, start + OPENING.len())?;
    if !names_private_key(&text[label.clone()]) {
        return None;
    }
    let from = label.end + 5;
    let limit = text.len().min(from.saturating_add(LONGEST_BODY));
    let until = match find(&text[from..limit], DASHES) {
        Some(at) if text[from + at..].starts_with(CLOSING.as_bytes()) => from + at,
        Some(at) => cut_off(text, from, from + at),
        None => cut_off(text, from, limit),
    };
    span(trim(text, from..until), text)
}

/// The body before an end that stands alone: the lines right above it that are
/// nothing but key material.
pub(super) fn closed_at(text: &[u8], end: usize) -> Option<SecretSpan> {
    let label = label_at(text, end + CLOSING.len())?;
    if !names_private_key(&text[label]) {
        return None;
    }
    let floor = end.saturating_sub(LONGEST_BODY);
    let mut start = line_start(text, end, floor.max(end.saturating_sub(LONGEST_LABEL)));
    let armour_on_this_line = find(&text[start..end], DASHES).is_some();
    if armour_on_this_line || (start > 0 && text[start - 1] != b'\n') {
        return None;
    }
    while start > floor {
        let above = line_start(text, start - 1, floor);
        if !is_key_material(&text[above..start - 1]) {
            break;
        }
        start = above;
    }
    span(trim(text, start..end), text)
}

/// `RSA PRIVATE KEY` between the opening words and the dashes.
fn label_at(text: &[u8], from: usize) -> Option<Range<usize>> {
    let window = text.get(from..text.len().min(from + LONGEST_LABEL))?;
    let length = find(window, DASHES)?;
    let line = &window[..length];
    (!line.contains(&b'\n')).then_some(from..from + length)
}

fn names_private_key(label: &[u8]) -> bool {
    find(label, b"PRIVATE KEY").is_some()
}

/// Where a body ends whose closing line is out of sight.
fn cut_off(text: &[u8], from: usize, limit: usize) -> usize {
    let mut until = from;
    for line in text[from..limit].split_inclusive(|b| *b == b'\n') {
        let bare = line.trim_ascii();
        if !bare.is_empty() && !is_key_material(bare) && !is_armour_header(bare) {
            break;
        }
        until += line.len();
    }
    until
}

/// Base64 and nothing else that matters: quotes, commas, `+`, comment marks and `\n` are let through.
fn is_key_material(line: &[u8]) -> bool {
    let bare = line.trim_ascii();
    let bulk = bare
        .iter()
        .filter(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='))
        .count();
    let enough = |least: usize, percent: usize| bulk >= least && bulk * 100 >= bare.len() * percent;
    enough(40, 80) || (enough(4, 90) && !bare.contains(&b' '))
}

/// `Proc-Type: 4,ENCRYPTED`, `DEK-Info: ...`, `Version: ...`.
fn is_armour_header(line: &[u8]) -> bool {
    [
        &b"Proc-Type:"[..],
        b"DEK-Info:",
        b"Version:",
        b"Comment:",
        b"Key-",
    ]
    .iter()
    .any(|h| line.starts_with(h))
}

fn line_start(text: &[u8], at: usize, floor: usize) -> usize {
    text[floor..at]
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(floor, |i| floor + i + 1)
}

fn trim(text: &[u8], range: Range<usize>) -> Range<usize> {
    let body = &text[range.clone()];
    let lead = body.len() - body.trim_ascii_start().len();
    let tail = body.trim_ascii().len();
    range.start + lead..range.start + lead + tail
}

fn span(range: Range<usize>, text: &[u8]) -> Option<SecretSpan> {
    let body = &text[range.clone()];
    let bulk = body.iter().filter(|b| b.is_ascii_alphanumeric()).count();
    let stands_in = body.contains(&b'$') || body.contains(&b'<') || find(body, b"...").is_some();
    let enough = if stands_in {
        FEWEST_BODY_BYTES * 4
    } else {
        FEWEST_BODY_BYTES
    };
    (bulk >= enough).then_some(SecretSpan {
        range,
        rule: "private-key",
        what: "private key",
        confidence: 95,
    })
}

fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    text.windows(word.len()).position(|w| w == word)
}
