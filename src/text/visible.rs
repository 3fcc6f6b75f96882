//! Repository text as prompts show it: what a reader cannot see is spelled out.
//!
//! The composer writes lines in this form and the checker of quotes may compare
//! with it, so it is a value's property and lives here.

use std::borrow::Cow;

/// The text with control, bidirectional and invisible characters written as
/// `\u{202e}` and bytes that are not UTF-8 as `\xff`. A tab stays a tab, since
/// indentation must match when it is quoted. The result is one line: it holds
/// no line break of any kind. Borrowed when nothing had to be spelled out.
#[must_use]
pub(crate) fn shown(bytes: &[u8]) -> Cow<'_, str> {
    // nearly every line is ASCII, and every line of every prompt comes by here
    let plain = bytes
        .iter()
        .fold(true, |plain, b| plain & matches!(b, b'\t' | b' '..=b'~'));
    if let Ok(text) = std::str::from_utf8(bytes)
        && (plain || !text.chars().any(is_hidden))
    {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(bytes.len() + 16);
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if is_hidden(c) {
                out.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
            } else {
                out.push(c);
            }
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    Cow::Owned(out)
}

/// The longest beginning of at most `max` bytes that ends at a character.
#[must_use]
pub(crate) fn beginning(text: &str, max: usize) -> &str {
    let end = (0..=max.min(text.len()))
        .rev()
        .find(|i| text.is_char_boundary(*i));
    &text[..end.unwrap_or(0)]
}

/// Whether a person looking at the text would not see this character, or would
/// see its neighbours in another order. A tab counts as visible.
#[must_use]
pub(crate) fn is_hidden(c: char) -> bool {
    match c {
        '\t' => false,
        c if c.is_control() => true,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' => {
            true
        }
        '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' => true,
        '\u{3164}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{fff0}'..='\u{fffb}' => true,
        '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}' => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_lent_as_it_is() {
        assert!(matches!(
            shown("\tlet größe = \"日本\";".as_bytes()),
            Cow::Borrowed("\tlet größe = \"日本\";")
        ));
    }

    #[test]
    fn what_cannot_be_seen_is_spelled_out() {
        assert_eq!(
            shown("a\u{202e}b\u{200b}c\u{e0041}\r\u{1b}[2J\u{2028}".as_bytes()),
            "a\\u{202e}b\\u{200b}c\\u{e0041}\\u{d}\\u{1b}[2J\\u{2028}"
        );
        assert_eq!(shown(b"caf\xe9 \xff"), "caf\\xe9 \\xff");
    }

    #[test]
    fn a_beginning_ends_at_a_character() {
        assert_eq!(
            (
                beginning("aä", 2),
                beginning("aä", 3),
                beginning("aä", 9),
                beginning("ä", 0)
            ),
            ("a", "aä", "aä", "")
        );
    }

    proptest::proptest! {
        #[test]
        fn the_result_is_one_visible_line(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let text = shown(&bytes);
            proptest::prop_assert!(!text.chars().any(is_hidden));
            proptest::prop_assert!(text.lines().count() <= 1);
        }
    }
}
