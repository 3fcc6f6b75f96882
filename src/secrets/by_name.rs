//! Secrets known only by the name they are assigned to: `db_password = "..."`.

use std::ops::Range;

use super::plausibility;
use crate::model::SecretSpan;

/// What the name promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// `password`: people choose it, so it may be short.
    Password,
    /// `token`, `secret`, `api_key`: a machine drew it.
    Token,
}

/// Names' parts and what they promise.
pub(super) const WORDS: [(&str, Word); 27] = [
    ("password", Word::Password),
    ("passwd", Word::Password),
    ("passphrase", Word::Password),
    ("passwort", Word::Password),
    ("pwd", Word::Password),
    ("_pass", Word::Password),
    ("userpass", Word::Password),
    ("secret", Word::Token),
    ("token", Word::Token),
    ("api_key", Word::Token),
    ("apikey", Word::Token),
    ("api-key", Word::Token),
    ("api.key", Word::Token),
    ("access_key", Word::Token),
    ("accesskey", Word::Token),
    ("access-key", Word::Token),
    ("auth_key", Word::Token),
    ("authkey", Word::Token),
    ("private_key", Word::Token),
    ("privatekey", Word::Token),
    ("encryption_key", Word::Token),
    ("encryptionkey", Word::Token),
    ("signing_key", Word::Token),
    ("master_key", Word::Token),
    ("credential", Word::Token),
    ("_key", Word::Token),
    ("bearer", Word::Token),
];

/// Parts of a name that make it a name of something else.
const OTHERWISE: [&str; 38] = [
    "public",
    "pub_key",
    "hash",
    "digest",
    "checksum",
    "integrity",
    "sha",
    "name",
    "file",
    "path",
    "dir",
    "url",
    "uri",
    "endpoint",
    "type",
    "length",
    "size",
    "field",
    "label",
    "title",
    "placeholder",
    "message",
    "prompt",
    "expire",
    "ttl",
    "regex",
    "pattern",
    "count",
    "index",
    "cursor",
    "page",
    "next",
    "foreign",
    "primary",
    "sort",
    "column",
    "fingerprint",
    "version",
];
const LONGEST_NAME: usize = 48;
const LONGEST_VALUE: usize = 512;

/// The value assigned to the name that holds the keyword `text[keyword]`.
pub(super) fn value_of(text: &[u8], keyword: Range<usize>, word: Word) -> Option<SecretSpan> {
    let (name, rest) = name_around(text, &keyword);
    let lower = text[name].to_ascii_lowercase();
    if OTHERWISE
        .iter()
        .any(|other| lower.windows(other.len()).any(|w| w == other.as_bytes()))
    {
        return None;
    }
    let (from, operator) = operator_at(text, rest)?;
    let (range, quoted) = value_at(text, from, operator)?;
    let found = &text[range.clone()];
    let fits = if quoted {
        fits_quoted(found, word)
    } else {
        fits_bare(found, word)
    };
    fits.then(|| span(range, word))
}

fn span(range: Range<usize>, word: Word) -> SecretSpan {
    match word {
        Word::Password => SecretSpan {
            range,
            rule: "password",
            what: "password",
            confidence: 50,
        },
        Word::Token => SecretSpan {
            range,
            rule: "secret-value",
            what: "secret value",
            confidence: 50,
        },
    }
}

/// The whole name, and where it ends, closing quote or bracket included.
fn name_around(text: &[u8], keyword: &Range<usize>) -> (Range<usize>, usize) {
    let part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let floor = keyword.start.saturating_sub(LONGEST_NAME);
    let before = text[floor..keyword.start]
        .iter()
        .rev()
        .take_while(|b| part(b))
        .count();
    let after = text[keyword.end..]
        .iter()
        .take(LONGEST_NAME)
        .take_while(|b| part(b))
        .count();
    let end = keyword.end + after;
    let closers = text[end..]
        .iter()
        .take(3)
        .take_while(|b| matches!(b, b'"' | b'\'' | b']' | b'}' | b'`'))
        .count();
    (keyword.start - before..end, end + closers)
}

/// What joins a name to its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    /// `=`, `:=`, `=>`, `==`.
    Equals,
    /// `:`.
    Colon,
    /// `,` or `(`: the value has to be quoted.
    Call,
    /// `>`: an element's text.
    Element,
}

/// Skips an annotated type (`: &str`, ` string`) and reads the operator.
fn operator_at(text: &[u8], at: usize) -> Option<(usize, Operator)> {
    let window = &text[at.min(text.len())..text.len().min(at + 64)];
    let line = window.split(|b| *b == b'\n').next().unwrap_or(window);
    let blank = line
        .iter()
        .take_while(|b| matches!(b, b' ' | b'\t'))
        .count();
    let rest = &line[blank..];
    let first = *rest.first()?;
    match first {
        b',' | b'(' => Some((at + blank + 1, Operator::Call)),
        b'>' => Some((at + blank + 1, Operator::Element)),
        b'=' | b'?' | b'|' | b'+' => equals(rest).map(|n| (at + blank + n, Operator::Equals)),
        b':' => Some(colon(rest, at + blank)),
        b if b.is_ascii_alphabetic() || b == b'!' => {
            let sign = rest
                .iter()
                .position(|b| *b == b'=')
                .filter(|n| *n <= 24 && plain_type(&rest[..*n]))?;
            equals(&rest[sign..]).map(|n| (at + blank + sign + n, Operator::Equals))
        }
        _ => None,
    }
}

/// `:=`, `: str = `, or `:` alone.
fn colon(rest: &[u8], at: usize) -> (usize, Operator) {
    let annotated = rest
        .iter()
        .position(|b| *b == b'=')
        .filter(|n| *n <= 24 && plain_type(&rest[1..*n]));
    match annotated {
        Some(sign) => (at + sign + 1, Operator::Equals),
        None => (
            at + rest.iter().take_while(|b| **b == b':').count(),
            Operator::Colon,
        ),
    }
}

/// Length of an operator that ends in `=`, with `>` of `=>`.
fn equals(rest: &[u8]) -> Option<usize> {
    let length = rest
        .iter()
        .take(4)
        .take_while(|b| matches!(b, b'=' | b'?' | b'|' | b'+' | b'>'))
        .count();
    (rest[..length].contains(&b'=') || rest.starts_with(b"||")).then_some(length)
}

fn plain_type(text: &[u8]) -> bool {
    text.iter().all(|b| {
        b.is_ascii_alphanumeric()
            || matches!(
                b,
                b' ' | b'&' | b'\'' | b'_' | b'<' | b'>' | b'!' | b':' | b'[' | b']'
            )
    })
}

/// The value and whether it is quoted.
fn value_at(text: &[u8], from: usize, operator: Operator) -> Option<(Range<usize>, bool)> {
    let rest = &text[from.min(text.len())..text.len().min(from + LONGEST_VALUE)];
    let mut skip = rest
        .iter()
        .take(8)
        .take_while(|b| matches!(b, b' ' | b'\t'))
        .count();
    while skip < rest.len().min(10)
        && matches!(rest[skip], b'b' | b'r' | b'u' | b'@' | b'\\' | b'(')
        && opens(&rest[skip + 1..])
    {
        skip += 1;
    }
    let start = from + skip;
    let body = &rest[skip.min(rest.len())..];
    let first = *body.first()?;
    if matches!(first, b'"' | b'\'' | b'`') {
        let length = body[1..].iter().position(|b| *b == first || *b == b'\n')?;
        let escaped = usize::from(
            length > 0
                && body[length] == b'\\'
                && body[1..=length].iter().filter(|b| **b == b'\\').count() == 1,
        );
        return (body[1 + length] == first)
            .then_some((start + 1..start + 1 + length - escaped, true));
    }
    let ends = |b: &u8| {
        b.is_ascii_whitespace()
            || matches!(
                b,
                b'"' | b'\'' | b'`' | b';' | b',' | b'<' | b')' | b'}' | b'\\' | b'&'
            )
    };
    let length = body.iter().position(ends).unwrap_or(body.len());
    let next = body.get(length);
    match operator {
        Operator::Call => None,
        Operator::Element => (next == Some(&b'<')).then_some((start..start + length, true)),
        Operator::Equals | Operator::Colon => Some((start..start + length, false)),
    }
}

fn opens(rest: &[u8]) -> bool {
    rest.iter()
        .take(3)
        .any(|b| matches!(b, b'"' | b'\'' | b'`'))
}

/// A literal: short ones only under the name of a password.
fn fits_quoted(found: &[u8], word: Word) -> bool {
    if found.len() > 256 || !is_one_word(found) {
        return false;
    }
    match word {
        Word::Password => found.len() >= 6 && is_password(found),
        Word::Token => (12..).contains(&found.len()) && plausibility::is_random(found, 3.0),
    }
}

/// Without quotes it may as well be an expression: only what looks random.
fn fits_bare(found: &[u8], word: Word) -> bool {
    let plain = |b: &u8| {
        b.is_ascii_alphanumeric()
            || matches!(
                b,
                b'+' | b'/' | b'=' | b'_' | b'-' | b'~' | b'!' | b'#' | b'%' | b'^' | b'*' | b'@'
            )
    };
    let dotted = found.contains(&b'.');
    let least = if word == Word::Password { 8 } else { 16 };
    let digits = found.iter().filter(|b| b.is_ascii_digit()).count();
    found.len() >= least
        && (found.iter().all(plain)
            || (dotted && found.len() >= 24 && found.iter().all(|b| plain(b) || *b == b'.')))
        && digits >= 2
        && !found.starts_with(b"@")
        && plausibility::is_random(found, 3.0)
}

/// Not a sentence, an address, a template, a call or a message key.
fn is_one_word(found: &[u8]) -> bool {
    let out = |b: &u8| {
        b.is_ascii_whitespace()
            || matches!(b, b'<' | b'>' | b'{' | b'}' | b'(' | b')' | b'[' | b']')
    };
    let has = |word: &[u8]| found.windows(word.len()).any(|w| w == word);
    !found.iter().any(out)
        && !has(b"://")
        && !has(b"$")
        && !has(b"%s")
        && !has(b"-----")
        && !found.starts_with(b"/")
}

/// A password as people choose it: not all letters, unless mixed case with a
/// sign; never a stand-in.
fn is_password(found: &[u8]) -> bool {
    let digit = found.iter().any(u8::is_ascii_digit);
    let letter = found.iter().any(u8::is_ascii_alphabetic);
    let sign = found
        .iter()
        .any(|b| matches!(b, b'!' | b'@' | b'%' | b'^' | b'&' | b'*' | b'?' | b'+'));
    letter
        && (digit || sign)
        && plausibility::look(found) == plausibility::Look::Live
        && !names_itself(found)
}

/// `password1`, `test123`, `secret_2`: says that it is one.
fn names_itself(found: &[u8]) -> bool {
    let lower = found.to_ascii_lowercase();
    let words: [&[u8]; 9] = [
        b"password",
        b"passw",
        b"secret",
        b"token",
        b"test",
        b"none",
        b"null",
        b"admin",
        b"default",
    ];
    words.iter().any(|w| lower.starts_with(w)) && plausibility::is_words(found)
}
