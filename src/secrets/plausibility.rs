//! Whether a value can be a secret at all, judged by its bytes.

use super::encoded;

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
const EXAMPLES: [&str; 11] = [
    "0001020304",
    "2b7e151628aed2a6",
    "example",
    "sample",
    "dummy",
    "fake",
    "deadbeef",
    "foobar",
    "0123456789",
    "1234567890",
    "jbswy3dpehpk3pxp",
];

/// Values that are no secret to anyone, whole.
const COMMON: [&str; 30] = [
    "none",
    "null",
    "nil",
    "true",
    "false",
    "undefined",
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

/// How a value came to be, judged by its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    /// A word, an identifier, a stand-in, a hash that names itself: anything that is read.
    Word,
    /// A password as a person makes one up: letters, digits and signs.
    Chosen,
    /// A machine drew it.
    Drawn,
}

/// The shortest value that can be seen to be drawn.
const SHORTEST_DRAWN: usize = 8;

/// What a value says of its own strength.
pub(super) fn strength(value: &[u8]) -> Strength {
    if look(value) != Look::Live
        || names_itself(value)
        || is_ledger_address(value)
        || is_format(value)
        || is_password_hash(value)
    {
        return Strength::Word;
    }
    // text in base64 looks drawn: what it stands for decides
    match encoded::decode_text(value).filter(|plain| plain.is_ascii()) {
        Some(plain) => strength_of_plain(&plain),
        None => strength_of_plain(value),
    }
}

fn strength_of_plain(value: &[u8]) -> Strength {
    if look(value) != Look::Live || names_itself(value) {
        return Strength::Word;
    }
    if is_drawn(value) {
        return Strength::Drawn;
    }
    let sign = |b: &u8| {
        b.is_ascii_punctuation() && !matches!(b, b'-' | b'_' | b'.' | b'/' | b':' | b',' | b'=')
    };
    let has = |kind: &dyn Fn(&u8) -> bool| value.iter().any(kind);
    let mixed = has(&u8::is_ascii_alphabetic) && has(&u8::is_ascii_digit) && has(&sign);
    if value.len() >= SHORTEST_DRAWN && mixed {
        Strength::Chosen
    } else {
        Strength::Word
    }
}

/// Whether a value looks drawn at random: its letters do not follow one another
/// as they do in words and names, its digits and capitals do not stand at their
/// edges. No hash that says that it is one, no UUID.
pub(super) fn is_drawn(value: &[u8]) -> bool {
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let short = value.len() < SHORTEST_DRAWN || letters < 2;
    if short || !value.is_ascii() || is_uuid(value) || is_integrity(value) {
        return false;
    }
    let odd = odd_pairs(value);
    let pairs = value.len() - 1;
    // words of any language have no digits and few capitals: more of their pairs have to be odd
    let by_letters = if letters == value.len() && capitals_within(value) < 3 {
        pairs >= 11 && odd * 5 >= pairs * 2
    } else {
        odd >= 3 && odd * 4 >= pairs
    };
    (by_letters || is_drawn_hexadecimal(value)) && look(value) == Look::Live
}

/// Changes between small letters and capitals, but for a capital that begins a word.
fn capitals_within(value: &[u8]) -> usize {
    let changes = |pair: &[u8]| pair[0].is_ascii_uppercase() != pair[1].is_ascii_uppercase();
    value
        .windows(2)
        .skip(1)
        .filter(|pair| changes(pair))
        .count()
}

/// Hexadecimal digits have longer stretches of digits than other drawn text.
fn is_drawn_hexadecimal(value: &[u8]) -> bool {
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let one_case =
        !(value.iter().any(u8::is_ascii_lowercase) && value.iter().any(u8::is_ascii_uppercase));
    value.len() >= 16
        && value.iter().all(u8::is_ascii_hexdigit)
        && one_case
        && digits * 5 >= value.len()
        && distinct(value) >= 8
}

/// For each letter, the letters that often follow it in words and names, one
/// bit each: the 374 pairs that make up 97.5 % of all in code and prose.
const COMMON_PAIRS: [u32; 26] = [
    0x01fe_bd7f,
    0x011e_cb1f,
    0x013e_ddfd,
    0x013e_f97f,
    0x01ff_fdff,
    0x011e_693f,
    0x001e_f9d1,
    0x001e_5911,
    0x02ae_fc7f,
    0x0004_4011,
    0x000c_0111,
    0x013e_fd7f,
    0x001c_d91f,
    0x013e_fdff,
    0x00fe_fd7f,
    0x011e_ddbd,
    0x0010_0000,
    0x017e_fd7f,
    0x017e_fdff,
    0x01fe_f9bf,
    0x000e_f97f,
    0x0000_4115,
    0x0006_6191,
    0x000c_9135,
    0x000e_f915,
    0x0000_0110,
];

fn is_common_pair(first: u8, second: u8) -> bool {
    let at = |letter: u8| letter.to_ascii_lowercase().wrapping_sub(b'a');
    let row = COMMON_PAIRS.get(usize::from(at(first))).copied();
    row.is_some_and(|row| row >> at(second).min(31) & 1 == 1)
}

/// What a byte of a value is, to those who read it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Glyph {
    Small,
    Capital,
    Digit,
    Separator,
    Sign,
}

fn glyph(byte: u8) -> Glyph {
    match byte {
        b'a'..=b'z' => Glyph::Small,
        b'A'..=b'Z' => Glyph::Capital,
        b'0'..=b'9' => Glyph::Digit,
        b'_' | b'-' | b'.' | b'/' | b':' | b' ' | b',' => Glyph::Separator,
        _ => Glyph::Sign,
    }
}

/// Pairs of neighbours that words and names do not have: rare letters beside
/// each other, and a change between letters, capitals and digits after fewer
/// than three of a kind.
fn odd_pairs(value: &[u8]) -> usize {
    let mut odd = 0;
    let mut run = 1;
    for pair in value.windows(2) {
        let (before, after) = (glyph(pair[0]), glyph(pair[1]));
        let capitalised = before == Glyph::Capital && after == Glyph::Small && run == 1;
        if before == Glyph::Separator || after == Glyph::Separator {
            run = 1;
        } else if before == after || capitalised {
            run += 1;
            let letters = pair.iter().all(u8::is_ascii_alphabetic);
            odd += usize::from(letters && !is_common_pair(pair[0], pair[1]));
        } else {
            odd += usize::from(run < 3);
            run = 1;
        }
    }
    odd
}

/// `password1`, `P@ssw0rd!`, `test123`, `secret_2`: says what it is, and nothing drawn stands beside it.
pub(super) fn names_itself(value: &[u8]) -> bool {
    let plain: Vec<u8> = value.iter().map(|byte| as_letter(*byte)).collect();
    SPEAKING.iter().any(|word| {
        let place = plain.windows(word.len()).position(|w| w == word.as_bytes());
        place.is_some_and(|at| {
            let rest = [&value[..at], &value[at + word.len()..]].concat();
            !is_drawn(&rest)
        })
    })
}

/// Words that a made-up value is made of.
const SPEAKING: [&str; 19] = [
    "password", "passwd", "passw", "passwort", "secret", "token", "admin", "change", "letmein",
    "welcome", "qwerty", "test", "demo", "default", "foobar", "hunter", "example", "apikey",
    "mypass",
];

/// The letter that a digit or a sign is written for, in lower case.
fn as_letter(byte: u8) -> u8 {
    match byte {
        b'0' => b'o',
        b'1' | b'!' => b'i',
        b'3' => b'e',
        b'4' | b'@' => b'a',
        b'5' | b'$' => b's',
        b'7' => b't',
        other => other.to_ascii_lowercase(),
    }
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
    let odd = odd_pairs(value);
    // of 127,000 names of at least 12 letters in code none that a person made has so many
    let no_name = value.len() >= 12 && odd * 10 >= (value.len() - 1) * 3;
    !no_name && value.split(separator).all(is_camel_word)
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

/// `%d,%d-%d`, `tmp\r\n`: most of it, or an end of a line, is put in by a program.
pub(super) fn is_format(value: &[u8]) -> bool {
    let fields = value
        .windows(2)
        .filter(|pair| pair[0] == b'%' && pair[1].is_ascii_lowercase())
        .count();
    let escape = value
        .windows(2)
        .any(|pair| pair[0] == b'\\' && matches!(pair[1], b'n' | b'r' | b't' | b'0' | b'x' | b'u'));
    escape || fields * 4 >= value.len()
}

/// `$2a$10$...`, `{bcrypt}...`: not the password, and of use only to who can guess it.
fn is_password_hash(value: &[u8]) -> bool {
    let marks = [
        &b"$1$"[..],
        b"$2a$",
        b"$2b$",
        b"$2y$",
        b"$5$",
        b"$6$",
        b"$apr1$",
        b"$argon2",
        b"$pbkdf2",
        b"$scrypt",
        b"$y$",
        b"pbkdf2",
        b"scrypt:",
    ];
    marks.iter().any(|mark| value.starts_with(mark))
}

/// `0x` and 40 hexadecimal digits: an account or a contract, known to everyone.
fn is_ledger_address(value: &[u8]) -> bool {
    value.len() == 42 && value.starts_with(b"0x") && value[2..].iter().all(u8::is_ascii_hexdigit)
}

/// `sha512-...`, `sha256:...`, `md5:...`.
pub(super) fn is_integrity(value: &[u8]) -> bool {
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
            "aria-describedby",
            "django.contrib.auth.password_validation.MinimumLength2",
            "ThisIsALongIdentifierOfJava",
            "2023-03-02T15:54:02Z",
            "Pasahitza",
            "Neamhghníomhach",
            "Zugangsschlüssel",
            "wachtwoordherstel",
            "postgresql",
        ] {
            assert!(!is_drawn(value.as_bytes()), "{value}");
        }
        assert!(!is_drawn(b"3f2504e0-4f89-11d3-9a0c-0305e82c3301"));
    }

    #[test]
    fn mixed_strings_are_random() {
        for value in [
            "a8f3k2m9x7q1z5w4",
            "Zx9!kQ2#vB7m",
            "9d2e4f61c0b8a7735e1f",
            "kqzvwxplmtrbhgjd",
        ] {
            assert!(is_drawn(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn made_up_passwords_say_so() {
        for value in [
            "P@ssw0rd!",
            "password123",
            "Test1234",
            "S3cr3t!",
            "admin2024",
        ] {
            assert_eq!(strength(value.as_bytes()), Strength::Word, "{value}");
        }
        assert_eq!(strength(b"Summer#2024"), Strength::Chosen);
        assert_eq!(strength(b"test-k3J9sLq8Zr2Tn6Vw"), Strength::Drawn);
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
