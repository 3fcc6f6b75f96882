//! Whether a value can be a secret at all, judged by its bytes.

/// How a value looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// May be live.
    Live,
    /// Has a live shape, but says of itself that it is an example.
    Example,
    /// Stands in for a value: nothing to mask.
    Placeholder,
}

const STAND_INS: [&str; 21] = [
    "****",
    "....",
    "____",
    "changeme",
    "change_me",
    "change-me",
    "placeholder",
    "redacted",
    "your_",
    "your-",
    "yourpass",
    "yourtoken",
    "yoursecret",
    "yourapi",
    "insert",
    "replace_",
    "replace-",
    "replaceme",
    "<your",
    "${",
    "{{",
];
const EXAMPLES: [&str; 8] = [
    "example",
    "sample",
    "dummy",
    "fake",
    "deadbeef",
    "foobar",
    "0123456789",
    "1234567890",
];

/// Values that are no secret to anyone, whole.
const COMMON: [&str; 24] = [
    "password",
    "passwd",
    "pass",
    "secret",
    "postgres",
    "root",
    "admin",
    "user",
    "username",
    "guest",
    "test",
    "mysql",
    "token",
    "changeit",
    "default",
    "letmein",
    "password1",
    "pw",
    "pwd",
    "development",
    "rabbitmq",
    "mongodb",
    "redis",
    "superuser",
];

/// Judges a value that has a vendor's shape.
pub(super) fn look(value: &[u8]) -> Look {
    let lower = value.to_ascii_lowercase();
    let holds = |words: &[&str]| words.iter().any(|word| find(&lower, word.as_bytes()));
    if COMMON.iter().any(|word| lower == word.as_bytes())
        || distinct(value) <= 3
        || longest_run(value) >= 8
        || is_crossed_out(&lower)
        || holds(&STAND_INS)
    {
        Look::Placeholder
    } else if holds(&EXAMPLES) || longest_run(value) >= 6 || longest_sequence(&lower) >= 8 {
        Look::Example
    } else {
        Look::Live
    }
}

/// Whether a value found only by the name it is assigned to looks drawn at
/// random: letters and digits mixed, no words, no path, no call.
pub(super) fn is_random(value: &[u8], bits: f64) -> bool {
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    digits >= 1
        && letters >= 2
        && !is_words(value)
        && !is_uuid(value)
        && !is_integrity(value)
        && look(value) == Look::Live
        && entropy(value) >= bits
}

/// Shannon entropy in bits per byte.
pub(super) fn entropy(value: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in value {
        counts[usize::from(*byte)] += 1;
    }
    let total = value.len().max(1) as f64;
    let share = |count: &u32| f64::from(*count) / total;
    counts
        .iter()
        .filter(|c| **c > 0)
        .map(|c| -share(c) * share(c).log2())
        .sum()
}

/// Words with few digits behind them, joined by separators or by capitals: an
/// identifier, a path, a file name, a version.
pub(super) fn is_words(value: &[u8]) -> bool {
    let separator = |b: &u8| {
        matches!(
            b,
            b'_' | b'-' | b'.' | b'/' | b':' | b' ' | b',' | b'@' | b'#'
        )
    };
    value.split(separator).all(is_camel_word)
}

/// `oauth2`, `getTokenV2`, `2024`: few stretches of one case, and digits at few places.
fn is_camel_word(piece: &[u8]) -> bool {
    let mut changes = 0;
    let mut stretches = 1;
    for pair in piece.windows(2) {
        let digit_edge = pair[0].is_ascii_digit() != pair[1].is_ascii_digit();
        let capital = pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase();
        changes += usize::from(digit_edge);
        stretches += usize::from(digit_edge || capital);
    }
    let odd = piece.iter().any(|b| !b.is_ascii_alphanumeric());
    let digits = piece.iter().filter(|b| b.is_ascii_digit()).count();
    !odd && changes <= 2 && digits <= 8 && (stretches <= 4 || piece.len() >= stretches * 4)
}

/// `8-4-4-4-12` hexadecimal digits.
fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => *b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

/// `sha512-...`, `sha256:...`, `md5:...`.
fn is_integrity(value: &[u8]) -> bool {
    let lower = value[..value.len().min(8)].to_ascii_lowercase();
    [
        &b"sha1-"[..],
        b"sha256",
        b"sha384",
        b"sha512",
        b"md5",
        b"h1:",
    ]
    .iter()
    .any(|p| lower.starts_with(p))
}

/// Whether a stretch of `x` takes the place of a good part of the value. A short one
/// comes up in drawn tokens too.
fn is_crossed_out(lower: &[u8]) -> bool {
    let xs = lower
        .split(|b| *b != b'x')
        .map(<[u8]>::len)
        .max()
        .unwrap_or(0);
    xs >= 4 && xs * 5 >= lower.len()
}

fn distinct(value: &[u8]) -> usize {
    let mut seen = [false; 256];
    value.iter().for_each(|b| seen[usize::from(*b)] = true);
    seen.iter().filter(|s| **s).count()
}

fn longest_run(value: &[u8]) -> usize {
    longest(value, |a, b| a == b)
}

fn longest_sequence(value: &[u8]) -> usize {
    longest(value, |a, b| {
        a.is_ascii_alphanumeric() && a.checked_add(1) == Some(b)
    })
}

/// Length of the longest stretch in which every neighbour pair fits.
fn longest(value: &[u8], fits: impl Fn(u8, u8) -> bool) -> usize {
    let mut best = usize::from(!value.is_empty());
    let mut current = best;
    for pair in value.windows(2) {
        current = if fits(pair[0], pair[1]) {
            current + 1
        } else {
            1
        };
        best = best.max(current);
    }
    best
}

fn find(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|w| w == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_paths_and_hash_names_are_not_random() {
        for value in [
            "oauth2_token_url",
            "getTokenV2",
            "config/app1.yml",
            "sha512-abc123def456ghi",
            "utf8",
            "v1.2.3",
        ] {
            assert!(!is_random(value.as_bytes(), 2.5), "{value}");
        }
        assert!(!is_random(b"3f2504e0-4f89-11d3-9a0c-0305e82c3301", 2.5));
    }

    #[test]
    fn mixed_strings_are_random() {
        for value in ["a8f3k2m9x7q1z5w4", "Zx9!kQ2#vB7m", "9d2e4f61c0b8a7735e1f"] {
            assert!(is_random(value.as_bytes(), 3.0), "{value}");
        }
    }

    #[test]
    fn stand_ins_are_told_from_examples() {
        assert_eq!(look(b"xxxxxxxxxxxxxxxxxxxx"), Look::Placeholder);
        assert_eq!(look(b"sk-xxxx-xxxx-a1b2"), Look::Placeholder);
        assert_eq!(
            look(b"sk_live_0A8aA0Aa0Kaa0aAzAagaXxxXAAAVa0aAA0aAA0qa"),
            Look::Live
        );
        assert_eq!(look(b"${GITHUB_TOKEN}"), Look::Placeholder);
        assert_eq!(look(b"AKIAIOSFODNN7EXAMPLE"), Look::Example);
        assert_eq!(look(b"k3J9sLq8Zr2Tn6Vw"), Look::Live);
        assert_eq!(look(b""), Look::Placeholder);
    }
}
