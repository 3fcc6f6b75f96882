//! Faults that models put into JSON and that can be mended without guessing.

use memchr::memmem;

/// Mends, outside strings, a comma before a closing bracket, comments, and the names that other
/// languages have for JSON's constants; inside strings, raw control characters, backslashes that
/// escape nothing (`"\d+"`), and halves of a character that was cut (a lone surrogate). The text
/// begins with the JSON; what follows it may be anything.
pub(super) fn repair(text: &str) -> String {
    let mut mended = String::with_capacity(text.len() + 16);
    let mut in_string = false;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        rest = after;
        match c {
            '"' => {
                in_string = !in_string;
                mended.push(c);
            }
            '\\' if in_string => rest = escape(after, &mut mended),
            c if in_string && c < ' ' => mended.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ if in_string => mended.push(c),
            '}' | ']' => {
                drop_trailing_comma(&mut mended);
                mended.push(c);
            }
            '/' => match after_comment(after) {
                Some(after) => rest = after,
                None => mended.push(c),
            },
            c if c.is_ascii_alphabetic() || c == '-' => {
                let word_end = after
                    .find(|c: char| !c.is_ascii_alphanumeric())
                    .unwrap_or(after.len());
                rest = &after[word_end..];
                let word = &text[text.len() - after.len() - 1..text.len() - rest.len()];
                mended.push_str(match word {
                    "None" | "NaN" | "nan" | "undefined" | "Infinity" | "-Infinity" => "null",
                    "True" => "true",
                    "False" => "false",
                    other => other,
                });
            }
            c => mended.push(c),
        }
    }
    mended
}

/// Writes one escape of a string, mended where it is none; returns what follows it.
fn escape<'t>(after: &'t str, mended: &mut String) -> &'t str {
    let Some(kind) = after.chars().next() else {
        mended.push_str("\\\\");
        return after;
    };
    match kind {
        '"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' => {
            mended.push('\\');
            mended.push(kind);
            &after[1..]
        }
        'u' => unicode_escape(after, mended),
        _ => {
            mended.push_str("\\\\");
            after
        }
    }
}

/// The same for `\uXXXX`, of which `after` begins with the `u`.
fn unicode_escape<'t>(after: &'t str, mended: &mut String) -> &'t str {
    let Some(unit) = code_unit(after) else {
        mended.push_str("\\\\");
        return after;
    };
    let rest = &after[5..];
    let low = rest
        .strip_prefix('\\')
        .and_then(code_unit)
        .filter(|low| (0xdc00..0xe000).contains(low));
    match unit {
        0xd800..0xdc00 if low.is_some() => {
            mended.push('\\');
            mended.push_str(&after[..5]);
            mended.push_str(&rest[..6]);
            &rest[6..]
        }
        // Half a character: the other half was cut away.
        0xd800..0xe000 => {
            mended.push('\u{fffd}');
            rest
        }
        _ => {
            mended.push('\\');
            mended.push_str(&after[..5]);
            rest
        }
    }
}

/// The number in `uXXXX`.
fn code_unit(text: &str) -> Option<u32> {
    let digits = text.strip_prefix('u')?.get(..4)?;
    let is_hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    u32::from_str_radix(digits, 16)
        .ok()
        .filter(|_| is_hexadecimal)
}

/// What follows a comment, of which `after` begins with the second character.
fn after_comment(after: &str) -> Option<&str> {
    if let Some(comment) = after.strip_prefix('/') {
        let end = comment.find('\n').unwrap_or(comment.len());
        return Some(&comment[end..]);
    }
    let comment = after.strip_prefix('*')?;
    let end = comment.find("*/")?;
    Some(&comment[end + 2..])
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

    #[test]
    fn halves_of_characters_comments_and_foreign_constants_are_mended() {
        let whole = r#"{"a": "\ud83d\ude00 \u00e9"}"#;
        assert_eq!(repair(whole), whole);
        assert_eq!(
            repair(r#"{"a": "x \ud83d y"}"#),
            "{\"a\": \"x \u{fffd} y\"}"
        );
        assert_eq!(repair(r#"{"a": "\ude00"}"#), "{\"a\": \"\u{fffd}\"}");
        assert_eq!(repair(r#"{"a": "\ud83d"#), "{\"a\": \"\u{fffd}");
        assert_eq!(repair(r#"{"a": "\u12"}"#), r#"{"a": "\\u12"}"#);
        let comments = "{ // one\n \"a\": 1, /* two */ \"b\": \"// no\" }";
        assert_eq!(repair(comments), "{ \n \"a\": 1,  \"b\": \"// no\" }");
        let constants = "{\"a\": None, \"b\": True, \"c\": NaN, \"d\": -1, \"e\": null}";
        let mended = "{\"a\": null, \"b\": true, \"c\": null, \"d\": -1, \"e\": null}";
        assert_eq!(repair(constants), mended);
    }
}
