//! Files that hold nothing but a secret, or nothing but logins: their name says so.

use std::ops::Range;

use super::name::WORDS;
use super::plausibility::{self, Look, Strength};
use crate::model::SecretSpan;

/// The longest text that is taken for one secret.
const LONGEST: usize = 512;
const SHORTEST: usize = 12;

/// What a file's own name says of its whole text.
pub(super) fn of_file(path: &[u8], text: &[u8]) -> Vec<SecretSpan> {
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit(|b| *b == b'/').next().unwrap_or(&lower);
    if matches!(name, b".pgpass" | b"pgpass.conf" | b"pgpass") {
        return postgres_logins(text);
    }
    one_secret(name, text).into_iter().collect()
}

/// `config/master.key`, `secrets/db_password.txt`, `.vault_pass`: one line, and nothing else.
fn one_secret(name: &[u8], text: &[u8]) -> Option<SecretSpan> {
    if text.len() > LONGEST || !names_secret(name) {
        return None;
    }
    let value = text.trim_ascii();
    let one_word = !value
        .iter()
        .any(|b| b.is_ascii_whitespace() || matches!(b, b'(' | b'{' | b'<'));
    let drawn = plausibility::is_drawn(value) && !plausibility::is_words(value);
    if !one_word || value.len() < SHORTEST || !drawn {
        return None;
    }
    let start = text.len() - text.trim_ascii_start().len();
    Some(SecretSpan {
        range: start..start + value.len(),
        rule: "secret-file",
        what: "secret in a file of its own",
        confidence: 85,
    })
}

fn names_secret(name: &[u8]) -> bool {
    let extension = name.rsplit(|b| *b == b'.').next().unwrap_or(name);
    let public = name.windows(3).any(|w| w == b"pub") || name.windows(4).any(|w| w == b"hash");
    let plain = matches!(
        extension,
        b"txt" | b"key" | b"secret" | b"token" | b"psk" | b"pass"
    ) || !name[1.min(name.len())..].contains(&b'.');
    let word = |word: &str| name.windows(word.len()).any(|w| w == word.as_bytes());
    plain && !public && (extension == b"key" || WORDS.iter().any(|(known, _)| word(known)))
}

/// `host:port:database:user:password`, one a line.
fn postgres_logins(text: &[u8]) -> Vec<SecretSpan> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive(|b| *b == b'\n') {
        let start = at;
        at += line.len();
        let body = line.trim_ascii_end();
        if body.starts_with(b"#") {
            continue;
        }
        let Some(colon) = nth(body, b':', 3) else {
            continue;
        };
        found.extend(login(body, start, colon + 1..body.len()));
    }
    found
}

fn login(line: &[u8], start: usize, password: Range<usize>) -> Option<SecretSpan> {
    let value = &line[password.clone()];
    if value.len() < 4 || plausibility::look(value) == Look::Placeholder {
        return None;
    }
    let confidence = if plausibility::strength(value) == Strength::Word {
        50
    } else {
        80
    };
    Some(SecretSpan {
        range: start + password.start..start + password.end,
        rule: "pgpass-password",
        what: "database password",
        confidence,
    })
}

fn nth(line: &[u8], byte: u8, count: usize) -> Option<usize> {
    line.iter()
        .enumerate()
        .filter(|(_, b)| **b == byte)
        .nth(count)
        .map(|(at, _)| at)
}
