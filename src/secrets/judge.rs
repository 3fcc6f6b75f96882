//! How sure a hit is whose pattern says little: the value decides, and the place.

use std::ops::Range;

use super::encoded;
use super::plausibility::{self, Look, Strength};
use super::rule::Rule;
use super::site::Site;

/// A drawn value in a place that secrets are in.
const SURE: u8 = 80;
/// The most that a value can be that nobody drew.
const FOLDED: u8 = 50;
/// The surest an example can be.
const EXAMPLE: u8 = 25;
/// From here on a rule's shape is a vendor's own: no place takes anything from it.
const OWN_SHAPE: u8 = 85;
/// A password in an address that nobody can reach has to be this long to be live.
const LONG: usize = 16;

/// Rules whose pattern is a place and not a shape.
const BY_VALUE: [&str; 26] = [
    "login-call",
    "login-call-plain",
    "identified-by",
    "url-password",
    "connection-password",
    "connection-password-first",
    "authorization-bearer",
    "authorization-token",
    "header-key",
    "curl-login",
    "psexec-login",
    "net-use-login",
    "netrc-password",
    "netrc-password-line",
    "phpmailer-password",
    "mysql-password",
    "credential-object",
    "django-secret-key",
    "jwt-secret",
    "login-option",
    "login-option-docker",
    "login-option-long",
    "directive-password",
    "oracle-password",
    "database-login",
    "wordpress-salt",
];

/// The confidence of a rule's hit, or nothing for what stands in for a secret.
pub(super) fn confidence(rule: &Rule, text: &[u8], range: &Range<usize>, site: Site) -> Option<u8> {
    let value = &text[range.clone()];
    let sure = match plausibility::look(value) {
        Look::Placeholder => return None,
        Look::Example => return Some(rule.confidence.min(EXAMPLE)),
        Look::Live => rule.confidence,
    };
    let judged = match rule.name {
        "authorization-basic" | "docker-config-auth" => of_login(value)?,
        "json-web-token" => of_web_token(value, sure),
        "url-password" => of_address(text, range)?,
        "authorization-token" if is_basic(&text[..range.start]) => return None,
        name if BY_VALUE.contains(&name) => by_value(value)?,
        name if name.ends_with("-hash") && site == Site::Logins => SURE,
        _ => sure,
    };
    if judged < OWN_SHAPE {
        return Some(judged.min(site.most_by_name()));
    }
    Some(judged)
}

fn by_value(value: &[u8]) -> Option<u8> {
    if names_variable(value) {
        return None;
    }
    match plausibility::strength(value) {
        Strength::Drawn if !plausibility::is_words(value) => Some(SURE),
        Strength::Drawn | Strength::Chosen | Strength::Word => Some(FOLDED),
    }
}

/// `$NAME`, `%NAME%`, `%s`, `#{name}`: something else is put here.
fn names_variable(value: &[u8]) -> bool {
    let starts = |mark: u8| {
        value
            .windows(2)
            .any(|pair| pair[0] == mark && (pair[1].is_ascii_alphabetic() || pair[1] == b'_'))
    };
    let bare = value.first() == Some(&b'%') && (value.last() == Some(&b'%') || value.len() == 2);
    bare || ((starts(b'$') || value.starts_with(b"$")) && !plausibility::is_drawn(&value[1..]))
}

/// A password in an address: of an example, of this machine, or of a real host.
fn of_address(text: &[u8], range: &Range<usize>) -> Option<u8> {
    let value = &text[range.clone()];
    let sure = by_value(value)?;
    let after = &text[range.end..text.len().min(range.end + 120)];
    let host: Vec<u8> = after
        .iter()
        .skip(1)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
        .map(u8::to_ascii_lowercase)
        .collect();
    let unreachable = [
        &b"example"[..],
        b"example.com",
        b"example.org",
        b"example.net",
        b"localhost",
        b"127.0.0.1",
        b"host",
        b"hostname",
    ];
    let ends = |tail: &[u8]| host.ends_with(tail);
    let nowhere = unreachable.contains(&host.as_slice())
        || [
            &b".example"[..],
            b".example.com",
            b".example.org",
            b".example.net",
            b".test",
            b".invalid",
        ]
        .iter()
        .any(|tail| ends(tail));
    let long = value.len() >= LONG;
    Some(if nowhere && !long {
        sure.min(FOLDED)
    } else {
        sure
    })
}

/// Whether a login follows, which has a rule of its own.
fn is_basic(before: &[u8]) -> bool {
    let word = before.trim_ascii_end();
    word[word.len().saturating_sub(5)..].eq_ignore_ascii_case(b"basic")
}

/// `user:password` in base64; anything else behind the word is no login.
fn of_login(value: &[u8]) -> Option<u8> {
    let plain = encoded::decode_text(value)?;
    let colon = plain.iter().position(|b| *b == b':')?;
    let (user, password) = (&plain[..colon], &plain[colon + 1..]);
    // a token may stand in either part, the other one empty
    let secret = if password.is_empty() { user } else { password };
    if plausibility::look(secret) == Look::Placeholder {
        return Some(EXAMPLE);
    }
    by_value(secret)
}

/// A token says itself whom it is for.
fn of_web_token(value: &[u8], sure: u8) -> u8 {
    let payload = value.split(|b| *b == b'.').nth(1);
    let Some(claims) = payload.and_then(encoded::decode_text) else {
        return sure;
    };
    let lower = claims.to_ascii_lowercase();
    let told = [
        "\"anon\"",
        "john doe",
        "1234567890",
        "example",
        "\"joe\"",
        "\"payload\"",
        "jane doe",
    ];
    let made_up = told
        .iter()
        .any(|word| lower.windows(word.len()).any(|w| w == word.as_bytes()));
    if made_up { sure.min(EXAMPLE) } else { sure }
}
