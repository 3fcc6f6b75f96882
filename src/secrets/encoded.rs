//! Secrets that stand in a text in base64 or hexadecimal digits.

use std::ops::Range;

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// The longest run that is decoded.
const LONGEST: usize = 16 * 1024;
/// The shortest beginning of an encoded token that is looked for: fewer letters come up in words.
const SHORTEST_START: usize = 5;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);

/// How a text is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Base64, either alphabet, padded or not.
    Base64,
    /// Two hexadecimal digits a byte.
    Hexadecimal,
}

/// Calls that decode the literal behind them.
pub(super) const DECODERS: [&str; 6] = [
    "b64decode(",
    "atob(",
    "base64_decode(",
    "buffer.from(",
    "frombase64string(",
    "decodestring(",
];

/// The literal behind the call that ends at `end`, decoded.
pub(super) fn argument_at(text: &[u8], end: usize) -> Option<(Range<usize>, Vec<u8>)> {
    let window = &text[end..text.len().min(end + 16)];
    let quote = window
        .iter()
        .position(|b| matches!(b, b'"' | b'\'' | b'`'))?;
    let (range, plain) = run_at(text, end + quote + 1, Encoding::Base64)?;
    // what is no text is a picture or a key, and others look for those
    plain.is_ascii().then_some((range, plain))
}

/// How a text that begins with `prefix` begins when it is encoded; nothing for
/// a prefix that is too short to be told.
pub(super) fn start_of(prefix: &str, encoding: Encoding) -> Option<String> {
    let start = match encoding {
        Encoding::Base64 => {
            let engine = GeneralPurpose::new(&STANDARD, LENIENT);
            let mut encoded = engine.encode(prefix);
            // the last letter may hold bits of what follows
            encoded.truncate(prefix.len() * 8 / 6);
            encoded
        }
        Encoding::Hexadecimal => prefix.bytes().map(|byte| format!("{byte:02x}")).collect(),
    };
    (start.len() >= SHORTEST_START && prefix.len() >= 4).then_some(start)
}

/// The run of encoded letters that begins at `start`, decoded; nothing when
/// the run began earlier.
pub(super) fn run_at(
    text: &[u8],
    start: usize,
    encoding: Encoding,
) -> Option<(Range<usize>, Vec<u8>)> {
    let belongs = |byte: &u8| match encoding {
        Encoding::Base64 => is_base64(*byte),
        Encoding::Hexadecimal => byte.is_ascii_hexdigit(),
    };
    if start.checked_sub(1).is_some_and(|at| belongs(&text[at])) {
        return None;
    }
    let window = &text[start..text.len().min(start + LONGEST)];
    let length = window.iter().take_while(|b| belongs(b)).count();
    let run = &window[..length];
    let decoded = match encoding {
        Encoding::Base64 => decode(run)?,
        Encoding::Hexadecimal => from_hexadecimal(run)?,
    };
    let padding = window[length..].iter().take(2).take_while(|b| **b == b'=');
    let end = start + length + padding.count();
    Some((start..end, decoded))
}

/// Base64 of either alphabet, with or without its padding.
pub(super) fn decode(run: &[u8]) -> Option<Vec<u8>> {
    let run = run
        .strip_suffix(b"==")
        .or_else(|| run.strip_suffix(b"="))
        .unwrap_or(run);
    let url_safe = run.iter().any(|b| matches!(b, b'-' | b'_'));
    let alphabet = if url_safe { &URL_SAFE } else { &STANDARD };
    GeneralPurpose::new(alphabet, LENIENT).decode(run).ok()
}

/// Base64 of a text without control characters.
pub(super) fn decode_text(run: &[u8]) -> Option<Vec<u8>> {
    let decoded = decode(run)?;
    let text = str::from_utf8(&decoded).ok()?;
    let plain = text
        .chars()
        .all(|c| !c.is_control() || c.is_ascii_whitespace());
    (plain && !decoded.is_empty()).then_some(decoded)
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

fn from_hexadecimal(run: &[u8]) -> Option<Vec<u8>> {
    run.chunks_exact(2)
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_taken_whole_and_decoded() {
        let text = b"k: dG9rZW4tMQ== and 746f6b656e";
        assert_eq!(
            run_at(text, 3, Encoding::Base64),
            Some((3..15, b"token-1".to_vec()))
        );
        assert_eq!(
            run_at(text, 20, Encoding::Hexadecimal),
            Some((20..30, b"token".to_vec()))
        );
        assert_eq!(run_at(text, 5, Encoding::Base64), None);
    }

    #[test]
    fn a_beginning_holds_no_bits_of_what_follows() {
        assert_eq!(start_of("tok-", Encoding::Base64).as_deref(), Some("dG9rL"));
        assert_eq!(start_of("tok", Encoding::Base64), None);
        assert_eq!(
            start_of("tok-", Encoding::Hexadecimal).as_deref(),
            Some("746f6b2d")
        );
    }
}
