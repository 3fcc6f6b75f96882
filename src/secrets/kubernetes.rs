//! Secrets of Kubernetes: documents of their own kind, with values in plain text or in base64.

use std::ops::Range;

use super::encoded;
use super::plausibility::{self, Strength};
use crate::model::SecretSpan;

/// What opens such a document.
pub(super) const KIND: &str = "kind: Secret";

/// How far a document goes at most to either side of its kind, bytes.
const LONGEST: usize = 32 * 1024;

/// Keys whose values are no secrets.
const HARMLESS: [&str; 14] = [
    "username",
    "user",
    "host",
    "hostname",
    "port",
    "database",
    "dbname",
    "name",
    "ca.crt",
    "tls.crt",
    "namespace",
    "email",
    "url",
    "endpoint",
];

/// A value in a secret's document.
pub(super) struct Entry {
    /// The value, without quotes.
    pub(super) range: Range<usize>,
    /// What it stands for.
    pub(super) plain: Vec<u8>,
}

/// The values under `data:` and `stringData:` of the document whose kind stands at `keyword`.
pub(super) fn entries(text: &[u8], keyword: &Range<usize>) -> Vec<Entry> {
    // `kind: SecretStore` is another kind
    let next = text.get(keyword.end).copied().unwrap_or(b'\n');
    if !next.is_ascii_whitespace() {
        return Vec::new();
    }
    let document = document(text, keyword);
    let mut entries = Vec::new();
    let mut section: Option<(usize, bool)> = None;
    let mut at = document.start;
    for line in text[document].split_inclusive(|b| *b == b'\n') {
        let start = at;
        at += line.len();
        let body = line.trim_ascii();
        let indent = line.iter().take_while(|b| **b == b' ').count();
        if body.is_empty() || body.starts_with(b"#") {
            continue;
        }
        match section {
            Some((least, encoded)) if indent > least => {
                entries.extend(entry(text, start..at, encoded));
            }
            _ => {
                section = match body {
                    b"data:" => Some((indent, true)),
                    b"stringData:" => Some((indent, false)),
                    _ => None,
                }
            }
        }
    }
    entries
}

/// The hit of a value by itself: what it stands for is drawn, or chosen as a password is.
pub(super) fn judged(entry: &Entry) -> Option<SecretSpan> {
    let one_line = !entry.plain.iter().any(u8::is_ascii_whitespace);
    let confidence = match plausibility::strength(&entry.plain) {
        Strength::Drawn if one_line => 80,
        Strength::Chosen if one_line => 75,
        Strength::Drawn | Strength::Chosen | Strength::Word => return None,
    };
    Some(SecretSpan {
        range: entry.range.clone(),
        rule: "kubernetes-secret",
        what: "Kubernetes secret value",
        confidence,
    })
}

fn document(text: &[u8], keyword: &Range<usize>) -> Range<usize> {
    let floor = keyword.start.saturating_sub(LONGEST);
    let limit = text.len().min(keyword.end + LONGEST);
    let start = text[floor..keyword.start]
        .windows(4)
        .rposition(|w| w == b"\n---")
        .map_or(floor, |at| floor + at + 4);
    let end = text[keyword.end..limit]
        .windows(4)
        .position(|w| w == b"\n---")
        .map_or(limit, |at| keyword.end + at + 1);
    start..end
}

fn entry(text: &[u8], line: Range<usize>, encoded: bool) -> Option<Entry> {
    let bytes = &text[line.clone()];
    let colon = bytes.windows(2).position(|w| w == b": ")?;
    let key = bytes[..colon].trim_ascii();
    let lower = key.to_ascii_lowercase();
    if HARMLESS.iter().any(|known| lower == known.as_bytes()) {
        return None;
    }
    let after = &bytes[colon + 1..];
    let lead = after.len() - after.trim_ascii_start().len();
    let mut value = after.trim_ascii();
    let mut start = line.start + colon + 1 + lead;
    let quoted =
        value.len() >= 2 && matches!(value[0], b'"' | b'\'') && value.last() == value.first();
    if quoted {
        value = &value[1..value.len() - 1];
        start += 1;
    }
    let plain = if encoded {
        encoded::decode_text(value)?
    } else {
        value.to_vec()
    };
    Some(Entry {
        range: start..start + value.len(),
        plain,
    })
}
