//! Secrets known only by the name they are assigned to: `db_password = "..."`.

use std::ops::Range;

use super::name::{self, Meaning, Word, begins_word};
use super::plausibility::{self, Strength};
use super::site::Site;
use crate::model::SecretSpan;

const LONGEST_NAME: usize = 48;
const LONGEST_VALUE: usize = 512;
const LONGEST_PASSWORD: usize = 128;

/// Sure enough to be told as found.
const SURE: u8 = 80;
/// Just sure enough.
const LIKELY: u8 = 75;
/// Masked, and told as a question.
const DOUBTFUL: u8 = 50;

/// The value assigned to the name that holds the keyword `text[keyword]`.
pub(super) fn value_of(
    text: &[u8],
    keyword: Range<usize>,
    word: Word,
    site: Site,
) -> Option<SecretSpan> {
    let signs = text[keyword.clone()]
        .iter()
        .rev()
        .take_while(|b| matches!(b, b'=' | b':' | b' ' | b'"' | b'\''))
        .count();
    let keyword = keyword.start..keyword.end - signs;
    // `pass` alone is the end of many words
    let pass = text[keyword.clone()].eq_ignore_ascii_case(b"pass");
    if pass && !begins_word(text, keyword.start) {
        return None;
    }
    let (name, rest) = name_around(text, &keyword);
    let (from, operator) = default_at(text, &name, rest).or_else(|| operator_at(text, rest))?;
    let (range, quoted) = value_at(text, from, operator)?;
    let found = &text[range.clone()];
    // a part of an address is a value, wherever the address stands
    let in_address = text[..name.start]
        .last()
        .is_some_and(|b| matches!(b, b'&' | b'?' | b';'));
    // and so is `'TOKEN=...'`, which a program hands on
    let in_literal = text[..name.start].last().copied().is_some_and(is_quote)
        && !text[..rest].last().copied().is_some_and(is_quote)
        && operator == Operator::Equals;
    let has_bare_values = site.has_bare_values() || in_address || in_literal;
    let fits = if quoted {
        fits_quoted(found, word)
    } else if has_bare_values {
        fits_setting(found, word)
    } else {
        fits_bare(found, word)
    };
    if !fits {
        return None;
    }
    let meaning = name::meaning(&text[name.clone()], word);
    if meaning == Meaning::Otherwise {
        return None;
    }
    let strength = plausibility::strength(found);
    // nobody has a password this long: it is one that was encrypted
    let encrypted = word == Word::Password && found.len() > LONGEST_PASSWORD;
    // `matches("password", "5f4d...")` compares with a hash, `checker.check("...")` is a call
    let called = operator == Operator::Call
        && (text[keyword.end..rest].contains(&b'.')
            || (word == Word::Password && found.iter().all(u8::is_ascii_hexdigit)));
    let confidence = match (meaning, strength) {
        (Meaning::Otherwise | Meaning::Doubtful, _) | (_, Strength::Word) => DOUBTFUL,
        (Meaning::Secret, _) if encrypted || called => DOUBTFUL,
        (Meaning::Secret, _) if !quoted && !has_bare_values => DOUBTFUL,
        (Meaning::Secret, Strength::Drawn) => SURE,
        (Meaning::Secret, Strength::Chosen) if word != Word::Password => DOUBTFUL,
        (Meaning::Secret, Strength::Chosen) if site == Site::Settings => LIKELY,
        (Meaning::Secret, Strength::Chosen) => DOUBTFUL,
    };
    Some(span(range, word, confidence.min(site.most_by_name())))
}

fn span(range: Range<usize>, word: Word, confidence: u8) -> SecretSpan {
    let (rule, what) = match word {
        Word::Password => ("password", "password"),
        Word::Token | Word::Key => ("secret-value", "secret value"),
    };
    SecretSpan {
        range,
        rule,
        what,
        confidence,
    }
}

/// The value of `variable "db_password" { default = "..." }`, Terraform's way to assign one.
fn default_at(text: &[u8], name: &Range<usize>, rest: usize) -> Option<(usize, Operator)> {
    let before = text[..name.start].strip_suffix(b"\"")?.trim_ascii_end();
    let body = text[rest..text.len().min(rest + 400)].trim_ascii_start();
    if !before.ends_with(b"variable") || !body.starts_with(b"{") {
        return None;
    }
    let end = body.iter().position(|b| *b == b'}').unwrap_or(body.len());
    let word = body[..end].windows(7).position(|w| w == b"default")?;
    let body_start = rest + text[rest..].len() - text[rest..].trim_ascii_start().len();
    operator_at(text, body_start + word + 7)
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
        // a name in quotes is an attribute's value: only the attribute with the value follows
        b if b.is_ascii_alphabetic() && text[..at].last().is_some_and(|b| is_quote(*b)) => {
            let sign = rest.iter().position(|b| *b == b'=')?;
            let attribute = rest[..sign].trim_ascii();
            [&b"value"[..], b"content", b"Value"]
                .contains(&attribute)
                .then_some((at + blank + sign + 1, Operator::Equals))
        }
        // `#define PASSWORD "..."`, `WITH PASSWORD '...'`
        b'"' | b'\'' if blank > 0 && text[..at].last().is_some_and(u8::is_ascii_alphanumeric) => {
            Some((at + blank, Operator::Call))
        }
        b'i' if rest.starts_with(b"is ") => Some((at + blank + 3, Operator::Colon)),
        b'<' if rest.starts_with(b"<-") => Some((at + blank + 2, Operator::Equals)),
        // the next element of a property list is the value
        b'<' if rest.starts_with(b"</key>") => {
            let from = at + blank + 6;
            let after = &text[from..text.len().min(from + 64)];
            let element = after.trim_ascii_start().strip_prefix(b"<string>")?;
            Some((from + after.len() - element.len(), Operator::Element))
        }
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
    rest.iter().take(3).any(|b| is_quote(*b))
}

fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

/// A literal: short ones only under the name of a password.
fn fits_quoted(found: &[u8], word: Word) -> bool {
    if found.len() > 256 || !is_one_word(found) {
        return false;
    }
    match word {
        Word::Password => found.len() >= 6 && (is_password(found) || plausibility::is_drawn(found)),
        Word::Token | Word::Key => {
            found.len() >= 12 && !plausibility::is_words(found) && plausibility::is_drawn(found)
        }
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
        && !plausibility::is_words(found)
        && plausibility::is_drawn(found)
}

/// A bare word where bare words are values: settings, scripts of a shell.
fn fits_setting(found: &[u8], word: Word) -> bool {
    let refers = found
        .first()
        .is_some_and(|b| matches!(b, b'$' | b'@' | b'*' | b'&'))
        && !plausibility::is_drawn(&found[1..]);
    if refers || found.len() > 256 || !is_one_word(found) {
        return false;
    }
    match (word, plausibility::strength(found)) {
        (Word::Password, Strength::Word) => is_mixed(found),
        (Word::Token | Word::Key, Strength::Word) => false,
        (Word::Password, Strength::Chosen | Strength::Drawn) => true,
        (Word::Token | Word::Key, Strength::Chosen) => false,
        (Word::Token | Word::Key, Strength::Drawn) => {
            found.len() >= 16 && !plausibility::is_words(found)
        }
    }
}

/// Capitals, small letters and digits without a separator, and nothing that says what it is.
fn is_mixed(found: &[u8]) -> bool {
    let has = |kind: fn(&u8) -> bool| found.iter().any(kind);
    has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit)
        && found.iter().all(u8::is_ascii_alphanumeric)
        && plausibility::look(found) == plausibility::Look::Live
        && !plausibility::names_itself(found)
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
        && !names_variable(found)
        && (!has(b"%s") || plausibility::is_drawn(found))
        && !has(b"-----")
        && !is_path(found)
        && !plausibility::is_format(found)
}

/// Base64 may begin as a path does, and is longer than the first part of one.
fn is_path(found: &[u8]) -> bool {
    let part = found.iter().skip(1).position(|b| *b == b'/');
    found.starts_with(b"/")
        && (found.len() < 20 || plausibility::is_words(found) || part.is_some_and(|at| at < 5))
}

/// `$NAME`, `%NAME%`: a shell or a template puts something else here.
fn names_variable(found: &[u8]) -> bool {
    let in_signs = found.len() > 2 && found.starts_with(b"%") && found.ends_with(b"%");
    in_signs
        || found
            .windows(2)
            .any(|pair| pair[0] == b'$' && (pair[1].is_ascii_alphabetic() || pair[1] == b'_'))
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
        && !(plausibility::names_itself(found) && plausibility::is_words(found))
}
