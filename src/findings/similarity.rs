//! Comparing text that models copied by hand.

use similar::TextDiff;

use crate::text::visible::shown;

/// Longest text, in bytes, that is compared character by character.
const COMPARE_BYTES: usize = 4000;

/// One line as prompts show it, white space folded to single spaces and the
/// numbers taken out of `[redacted:<rule>:<n>]`, since they depend on what else
/// was masked. A carriage return at its end does not count, spelled out or not.
pub(super) fn fold(line: &[u8]) -> String {
    let line = shown(line.strip_suffix(b"\r").unwrap_or(line));
    let line = line.trim_end();
    let line = line.strip_suffix("\\u{d}").unwrap_or(line);
    let mut out = String::with_capacity(line.len());
    for word in line.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    if out.contains(MARKER) {
        without_numbers(&out)
    } else {
        out
    }
}

const MARKER: &str = "[redacted:";

fn without_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(MARKER) {
        let (before, tail) = rest.split_at(at + MARKER.len());
        out.push_str(before);
        rest = tail;
        let rule_end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
            .unwrap_or(rest.len());
        let (rule, tail) = rest.split_at(rule_end);
        out.push_str(rule);
        rest = tail;
        if let Some(tail) = rest.strip_prefix(':') {
            rest = tail.trim_start_matches(|c: char| c.is_ascii_digit());
        }
    }
    out.push_str(rest);
    out
}

/// The folded lines of a text that are not blank.
pub(super) fn folded_lines(text: &str) -> Vec<String> {
    text.lines()
        .map(|l| fold(l.as_bytes()))
        .filter(|l| !l.is_empty())
        .collect()
}

/// At most `limit` characters, cut with an ellipsis.
pub(super) fn cap(text: &str, limit: usize) -> String {
    if text.chars().nth(limit).is_none() {
        return text.to_owned();
    }
    text.chars()
        .take(limit.saturating_sub(1))
        .chain(std::iter::once('…'))
        .collect()
}

/// How alike two texts are, 0 to 1; 0 where they cannot reach `at_least` or are too long to compare.
pub(super) fn ratio(a: &str, b: &str, at_least: f32) -> f32 {
    if a == b {
        return 1.0;
    }
    if !comparable(a, b, at_least) {
        return 0.0;
    }
    TextDiff::from_chars(a, b).ratio()
}

/// What [`ratio`] costs at most, in bytes compared.
pub(super) fn cost(a: &str, b: &str, at_least: f32) -> usize {
    let counted = a.len() + b.len();
    if a != b && comparable(a, b, at_least) {
        counted + a.len() * b.len() / 4
    } else {
        counted
    }
}

fn comparable(a: &str, b: &str, at_least: f32) -> bool {
    a.len() <= COMPARE_BYTES && b.len() <= COMPARE_BYTES && upper_bound(a, b) >= at_least
}

/// No order of the same bytes can be more alike than this.
#[expect(
    clippy::cast_precision_loss,
    reason = "both texts are at most a few thousand bytes"
)]
fn upper_bound(a: &str, b: &str) -> f32 {
    let mut counts = [0i32; 256];
    a.bytes().for_each(|c| counts[usize::from(c)] += 1);
    let mut shared = 0usize;
    for byte in b.bytes() {
        let count = &mut counts[usize::from(byte)];
        if *count > 0 {
            shared += 1;
            *count -= 1;
        }
    }
    // one differing character may be several differing bytes, so the bound is in bytes and generous
    let total = a.len() + b.len();
    if total == 0 {
        1.0
    } else {
        (2 * shared) as f32 / total as f32 + 0.05
    }
}

/// Whether two titles say the same: nearly the same characters, or mostly the same words.
pub(super) fn similar_titles(a: &str, b: &str) -> bool {
    let (a, b) = (
        fold(a.as_bytes()).to_lowercase(),
        fold(b.as_bytes()).to_lowercase(),
    );
    shared_words(&a, &b) || ratio(&a, &b, 0.75) >= 0.75
}

fn shared_words(a: &str, b: &str) -> bool {
    let words = |text: &str| -> std::collections::BTreeSet<String> {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|w| w.len() > 2)
            .map(str::to_owned)
            .collect()
    };
    let (a, b) = (words(a), words(b));
    let shared = a.intersection(&b).count();
    let all = a.union(&b).count();
    shared >= 2 && shared * 5 >= all * 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_ignores_white_space_and_marker_numbers() {
        let fold = |text: &str| fold(text.as_bytes());
        assert_eq!(
            fold("\tkey =  \"[redacted:aws-key:12]\" \r"),
            "key = \"[redacted:aws-key]\""
        );
        assert_eq!(
            fold("[redacted:a:1][redacted:b:22]x"),
            "[redacted:a][redacted:b]x"
        );
        assert_eq!(fold("[redacted:"), "[redacted:");
        assert_eq!(fold("[redacted:é:3]"), "[redacted:é:3]");
    }

    #[test]
    fn what_prompts_spell_out_is_the_same_text() {
        assert_eq!(
            fold("a\u{202e} b\r".as_bytes()),
            fold(b"a\\u{202e} b\\u{d}")
        );
        assert_eq!(fold(b"caf\xe9"), "caf\\xe9");
    }

    #[test]
    fn capping_counts_characters() {
        assert_eq!(cap("äöü", 3), "äöü");
        assert_eq!(cap("äöüß", 3), "äö…");
    }

    #[test]
    fn titles_are_alike_by_letters_or_by_words() {
        assert!(similar_titles(
            "Cache key leaves out the tenant",
            "cache key leaves out tenant"
        ));
        assert!(similar_titles(
            "SQL injection in user search",
            "User search: SQL injection"
        ));
        assert!(!similar_titles(
            "SQL injection in search",
            "query runs once per row"
        ));
    }

    #[test]
    fn a_ratio_that_cannot_be_reached_is_not_computed() {
        assert!(ratio("let x = compute(a, b);", "let x = compute(a,b);", 0.9) > 0.9);
        assert!(ratio("abcdefgh", "stuvwxyz", 0.9) < 0.1);
    }
}
