//! What stands around a hit: the secret beside its id, and the marks of a configuration that is public.

use std::ops::Range;

use super::plausibility::{self, Look};
use crate::model::SecretSpan;

/// How far from an id its secret is looked for, lines and bytes.
const LINES: usize = 4;
const BYTES: usize = 600;
/// How far around a key the marks of a public configuration are looked for, bytes.
const CONFIGURATION: usize = 900;
/// The shortest random text that is masked beside an id.
const SHORTEST: usize = 16;

/// An id, and what its secret looks like.
struct Pair {
    id: &'static str,
    rule: &'static str,
    what: &'static str,
    lengths: &'static [usize],
    letters: fn(&u8) -> bool,
}

const PAIRS: [Pair; 7] = [
    Pair {
        id: "aws-access-key-id",
        rule: "aws-secret-access-key",
        what: "AWS secret access key",
        lengths: &[40],
        letters: is_base64,
    },
    Pair {
        id: "alibaba-access-key",
        rule: "alibaba-secret",
        what: "Alibaba Cloud secret",
        lengths: &[30],
        letters: u8::is_ascii_alphanumeric,
    },
    Pair {
        id: "tencent-secret-id",
        rule: "tencent-secret",
        what: "Tencent Cloud secret key",
        lengths: &[32],
        letters: u8::is_ascii_alphanumeric,
    },
    Pair {
        id: "google-hmac-id",
        rule: "google-hmac-secret",
        what: "Google Cloud Storage HMAC key",
        lengths: &[40],
        letters: is_base64,
    },
    Pair {
        id: "razorpay-key",
        rule: "razorpay-secret",
        what: "Razorpay key secret",
        lengths: &[24],
        letters: u8::is_ascii_alphanumeric,
    },
    Pair {
        id: "digitalocean-spaces-key",
        rule: "digitalocean-spaces-secret",
        what: "DigitalOcean Spaces secret",
        lengths: &[43],
        letters: is_base64,
    },
    Pair {
        id: TWILIO_ACCOUNT,
        rule: "twilio-auth-token",
        what: "Twilio auth token",
        lengths: &[32],
        letters: is_small_hexadecimal,
    },
];

/// The name of an id that is no secret itself.
pub(super) const TWILIO_ACCOUNT: &str = "twilio-account-id";

/// Marks of a Google key that every visitor of a page or holder of an app is given.
const PUBLIC_GOOGLE: [&str; 15] = [
    "google_maps_key",
    "google_api_key",
    "com.google.android",
    "firebaseapp.com",
    "firebaseio.com",
    "firebasestorage",
    "authdomain",
    "messagingsenderid",
    "measurementid",
    "initializeapp",
    "current_key",
    "gcm_sender_id",
    "<key>api_key</key>",
    "/maps/api/js",
    "maps/embed",
];

/// Marks of a search that a page itself makes.
const PUBLIC_SEARCH: [&str; 2] = ["indexname", "docsearch"];

/// The confidence of a key that is meant to be public.
pub(super) const PUBLIC_CONFIDENCE: u8 = 25;

/// Adds what stands beside the ids among the hits: their secrets, and other
/// random text, which is masked and told as a question.
pub(super) fn beside_ids(text: &[u8], hits: &mut Vec<SecretSpan>) {
    let mut found = Vec::new();
    for hit in hits.iter() {
        let Some(pair) = PAIRS.iter().find(|pair| pair.id == hit.rule) else {
            continue;
        };
        for range in tokens(text, &around(text, &hit.range, LINES, BYTES)) {
            let overlaps = range.start < hit.range.end && hit.range.start < range.end;
            if !overlaps {
                found.extend(beside(text, range, pair, hit.confidence));
            }
        }
    }
    hits.extend(found);
}

fn beside(text: &[u8], range: Range<usize>, pair: &Pair, id: u8) -> Option<SecretSpan> {
    let value = &text[range.clone()];
    if plausibility::look(value) == Look::Placeholder {
        return None;
    }
    let fits = pair.lengths.contains(&value.len()) && value.iter().all(pair.letters);
    let hash = matches!(value.len(), 40 | 64) && value.iter().all(is_small_hexadecimal);
    let drawn = plausibility::is_drawn(value) && !plausibility::is_words(value);
    if fits && drawn && !hash {
        return Some(SecretSpan {
            range,
            rule: pair.rule,
            what: pair.what,
            confidence: id.max(PUBLIC_CONFIDENCE),
        });
    }
    let example = fits && plausibility::look(value) == Look::Example;
    (example || (drawn && !hash && value.len() >= SHORTEST)).then_some(SecretSpan {
        range,
        rule: "secret-value",
        what: "secret value",
        confidence: id.min(50),
    })
}

/// Lowers the keys that are public where they stand.
pub(super) fn lower_public(text: &[u8], hits: &mut [SecretSpan]) {
    for hit in hits {
        let marks: &[&str] = match hit.rule {
            "google-api-key" => &PUBLIC_GOOGLE,
            "secret-value" | "header-key" | "algolia-key" => &PUBLIC_SEARCH,
            _ => continue,
        };
        let window = &text[around(text, &hit.range, usize::MAX, CONFIGURATION)];
        let lower = window.to_ascii_lowercase();
        let marked = marks.iter().any(|mark| holds(&lower, mark.as_bytes()));
        let search_without_app = marks.len() == PUBLIC_SEARCH.len() && !holds(&lower, b"appid");
        if marked && !search_without_app {
            hit.confidence = hit.confidence.min(PUBLIC_CONFIDENCE);
        }
    }
}

/// A name that promises a secret is wrong about a value whose own shape tells
/// that it is public or an example.
pub(super) fn yield_to_public(hits: &mut [SecretSpan]) {
    let public: Vec<Range<usize>> = hits
        .iter()
        .filter(|hit| hit.confidence <= PUBLIC_CONFIDENCE && !rests_on_name(hit.rule))
        .map(|hit| hit.range.clone())
        .collect();
    if public.is_empty() {
        return;
    }
    for hit in hits.iter_mut().filter(|hit| rests_on_name(hit.rule)) {
        let within =
            |range: &Range<usize>| range.start <= hit.range.start && hit.range.end <= range.end;
        if public.iter().any(within) {
            hit.confidence = hit.confidence.min(PUBLIC_CONFIDENCE);
        }
    }
}

fn rests_on_name(rule: &str) -> bool {
    matches!(
        rule,
        "secret-value" | "password" | "header-key" | "authorization-bearer" | "authorization-token"
    )
}

/// The account id of Twilio around its name, which leads to the token beside it.
pub(super) fn twilio_account(text: &[u8], keyword: &Range<usize>) -> Option<SecretSpan> {
    let window = around(text, keyword, LINES, BYTES);
    let is_account = |range: &Range<usize>| {
        let value = &text[range.clone()];
        value.len() == 34
            && value.starts_with(b"AC")
            && value[2..].iter().all(is_small_hexadecimal)
            && plausibility::look(value) != Look::Placeholder
    };
    let range = tokens(text, &window).into_iter().find(is_account)?;
    Some(SecretSpan {
        range,
        rule: TWILIO_ACCOUNT,
        what: "Twilio account id",
        confidence: 85,
    })
}

/// Whole lines around a range, within so many bytes.
fn around(text: &[u8], range: &Range<usize>, lines: usize, bytes: usize) -> Range<usize> {
    let floor = range.start.saturating_sub(bytes);
    let limit = text.len().min(range.end + bytes);
    let feeds = |b: &(usize, &u8)| *b.1 == b'\n';
    let start = text[floor..range.start]
        .iter()
        .enumerate()
        .rev()
        .filter(feeds)
        .nth(lines)
        .map_or(floor, |(at, _)| floor + at + 1);
    let end = text[range.end..limit]
        .iter()
        .enumerate()
        .filter(feeds)
        .nth(lines)
        .map_or(limit, |(at, _)| range.end + at);
    start..end
}

/// Runs of letters of tokens in a window.
fn tokens(text: &[u8], window: &Range<usize>) -> Vec<Range<usize>> {
    let belongs = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'_' | b'-');
    let mut tokens = Vec::new();
    let mut at = window.start;
    while at < window.end {
        let length = text[at..window.end]
            .iter()
            .take_while(|b| belongs(b))
            .count();
        if length >= SHORTEST {
            tokens.push(at..at + length);
        }
        at += length.max(1);
    }
    tokens
}

fn is_base64(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

fn is_small_hexadecimal(byte: &u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

fn holds(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|w| w == word)
}
