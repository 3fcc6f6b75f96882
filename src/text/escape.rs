//! The escaper that stands before every terminal and every Markdown file.
//!
//! Promises: its output holds no control character, no character that moves,
//! hides or reorders others; what was there is shown in a visible form, `^[` or
//! `<U+202E>`. It escapes, it never strips: strippers that were measured leave
//! C1 controls, carriage returns, bidi and tag characters standing.

use std::fmt;

/// Text from a repository or a model. Its only way out is escaped.
#[derive(Clone, Copy)]
pub(crate) struct Untrusted<'a>(pub &'a str);

impl fmt::Display for Untrusted<'_> {
    /// As [`line()`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&line(self.0))
    }
}

/// Escaped for one line: line feeds and tabs become visible too.
#[must_use]
pub(crate) fn line(text: &str) -> String {
    escape(text, |_| false)
}

/// Escaped for several lines: line feeds and tabs stay.
#[must_use]
pub(crate) fn block(text: &str) -> String {
    escape(text, |c| matches!(c, '\n' | '\t'))
}

/// A JSON document that says the same with every character written as an escape that a terminal
/// might act upon; outside of strings JSON has none of them.
#[must_use]
pub(crate) fn json(document: &str) -> String {
    let mut out = String::with_capacity(document.len());
    for c in document.chars() {
        if c > '~' && is_hostile(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

fn escape(text: &str, keep: impl Fn(char) -> bool) -> String {
    // nearly everything is: one look at all bytes is far cheaper than one at each character
    if text
        .bytes()
        .fold(true, |plain, b| plain & matches!(b, b' '..=b'~'))
    {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    // a variation selector belongs to the visible character right before it
    let mut base = false;
    for c in text.chars() {
        let hidden = if is_variation_selector(c) {
            !base
        } else {
            is_hostile(c)
        };
        base = !hidden && !is_variation_selector(c) && !c.is_whitespace();
        match c {
            _ if keep(c) => out.push(c),
            '\0'..='\x1f' => out.extend(['^', char::from(c as u8 + 0x40)]),
            '\x7f' => out.push_str("^?"),
            _ if hidden => out.push_str(&format!("<U+{:04X}>", u32::from(c))),
            _ => out.push(c),
        }
    }
    out
}

fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' | '\u{180B}'..='\u{180D}' | '\u{180F}')
}

/// Controls, and what a person cannot see or is misled by.
fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            // soft hyphen, combining joiner, fillers, Khmer inherent vowels
            '\u{AD}' | '\u{34F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{3164}' | '\u{FFA0}'
            // bidirectional marks, embeddings, overrides, isolates
            | '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
            // zero width, invisible operators, deprecated formatting
            | '\u{180E}' | '\u{200B}'..='\u{200D}' | '\u{2060}'..='\u{2065}' | '\u{206A}'..='\u{206F}' | '\u{FEFF}'
            // line and paragraph separator
            | '\u{2028}' | '\u{2029}'
            // interlinear annotation, musical formatting, shorthand
            | '\u{FFF0}'..='\u{FFFB}' | '\u{1D173}'..='\u{1D17A}' | '\u{1BCA0}'..='\u{1BCA3}'
            // the tag block and the rest of that plane's invisible part
            | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_says_the_same_without_what_a_terminal_acts_upon() {
        let value = serde_json::json!({"a": "\u{9d}x\u{202e}é\u{e0041}\u{7f}\n"});
        let safe = json(&value.to_string());
        assert_eq!(safe, r#"{"a":"\u009dx\u202eé\udb40\udc41\u007f\n"}"#);
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&safe).ok(),
            Some(value)
        );
    }

    #[test]
    fn what_strippers_leave_standing_is_visible() {
        for (input, output) in [
            ("\x1b[31mred\x1b[0m", "^[[31mred^[[0m"),
            ("\x1b]0;title\x07", "^[]0;title^G"),
            ("\x1b]52;c;QUJD\x1b\\", "^[]52;c;QUJD^[\\"),
            ("\u{9b}2J\u{9d}8;;x\u{9c}", "<U+009B>2J<U+009D>8;;x<U+009C>"),
            ("safe\revil", "safe^Mevil"),
            ("a\x08b", "a^Hb"),
            ("\x7f \0", "^? ^@"),
            ("a\u{202e}b\u{2069}", "a<U+202E>b<U+2069>"),
            ("a\u{200b}b\u{feff}c\u{2060}", "a<U+200B>b<U+FEFF>c<U+2060>"),
            ("\u{e0041}\u{e007f}", "<U+E0041><U+E007F>"),
            ("a\u{2028}b\u{2029}", "a<U+2028>b<U+2029>"),
            ("☺\u{fe0f} ok", "☺\u{fe0f} ok"),
            ("x\u{fe0f}\u{fe0e}\u{e0100}", "x\u{fe0f}<U+FE0E><U+E0100>"),
            (" \u{fe0f}", " <U+FE0F>"),
            ("a\nb\tc", "a^Jb^Ic"),
            ("naïve 日本 שלום", "naïve 日本 שלום"),
        ] {
            assert_eq!(line(input), output);
        }
        assert_eq!(block("a\r\n\tb\x1b"), "a^M\n\tb^[");
        assert_eq!(format!("{}", Untrusted("\x1b")), "^[");
    }
}
