//! Faults that models put into JSON and that can be mended without guessing.

use memchr::memmem;

/// Mends, outside strings, a comma before a closing bracket; inside strings, raw control
/// characters and backslashes that escape nothing (`"\d+"`). The text begins with the JSON;
/// what follows it may be anything.
pub(super) fn repair(text: &str) -> String {
    let mut mended = String::with_capacity(text.len() + 16);
    let mut in_string = false;
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' => {
                in_string = !in_string;
                mended.push(c);
            }
            '\\' if in_string => match characters.peek() {
                Some('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' | 'u') => {
                    mended.push(c);
                    mended.extend(characters.next());
                }
                _ => mended.push_str("\\\\"),
            },
            c if in_string && c < ' ' => mended.push_str(&format!("\\u{:04x}", u32::from(c))),
            '}' | ']' if !in_string => {
                drop_trailing_comma(&mut mended);
                mended.push(c);
            }
            c => mended.push(c),
        }
    }
    mended
}

fn drop_trailing_comma(mended: &mut String) {
    let kept = mended.trim_end();
    if kept.ends_with(',') {
        let length = kept.len() - 1;
        mended.truncate(length);
    }
}

/// Removes terminal control sequences. Their first character cannot occur in JSON, so nothing
/// is lost.
pub(super) fn strip_terminal_codes(text: &str) -> std::borrow::Cow<'_, str> {
    let bytes = text.as_bytes();
    let may_hold_some =
        memchr::memchr(0x1b, bytes).is_some() || memmem::find(bytes, "\u{9b}".as_bytes()).is_some();
    if may_hold_some {
        console::strip_ansi_codes(text)
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_faults_are_touched() {
        let good = r#"{"a": [1, 2, {"b": "x, ] \" \\ \u0041"}]}"#;
        assert_eq!(repair(good), good);
        assert_eq!(repair("{\"a\": [1, 2, ], }"), "{\"a\": [1, 2]}");
        assert_eq!(repair(r#"{"a": "\d+\n"}"#), r#"{"a": "\\d+\n"}"#);
        assert_eq!(repair("{\"a\": \"x\n\ty\"}"), r#"{"a": "x\u000a\u0009y"}"#);
        assert_eq!(repair("\"\\"), "\"\\\\");
    }
}
