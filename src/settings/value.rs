//! How values are written.

use std::time::Duration;

use globset::Glob;

use super::filter;
use crate::model::{AgentName, Auto, Price};

/// Longest name of a backend or model.
const LONGEST_NAME: usize = 200;

/// `3s`, `10m`, `1h`, `500ms`, `2d`, or plain seconds.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = number_and_unit(text)?;
    match unit {
        "ms" => Some(Duration::from_millis(number)),
        "" | "s" => Some(Duration::from_secs(number)),
        "m" => number.checked_mul(60).map(Duration::from_secs),
        "h" => number.checked_mul(3600).map(Duration::from_secs),
        "d" => number.checked_mul(86_400).map(Duration::from_secs),
        _ => None,
    }
}

/// A duration between these two, in milliseconds.
pub(super) fn duration_within(text: &str, least: u64, most: u64) -> Option<Duration> {
    duration(text).filter(|d| (u128::from(least)..=u128::from(most)).contains(&d.as_millis()))
}

/// `200k`, `1m`, `1g`, or bytes; as in git, `k` is 1,024.
pub(super) fn bytes(text: &str) -> Option<u64> {
    let (number, unit) = number_and_unit(text)?;
    let factor = match unit.to_ascii_lowercase().as_str() {
        "" => 1,
        "k" => 1 << 10,
        "m" => 1 << 20,
        "g" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(factor)
}

/// A whole number between these two.
pub(super) fn count(text: &str, least: usize, most: usize) -> Option<usize> {
    text.trim()
        .parse()
        .ok()
        .filter(|number| (least..=most).contains(number))
}

/// `5` or `2.50`.
pub(super) fn money(text: &str) -> Option<f64> {
    let plain = text.trim();
    let shape = !plain.is_empty()
        && plain.len() <= 12
        && plain.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    plain.parse().ok().filter(|_| shape)
}

/// `3 15` or `3 15 0.30`: US dollars per million tokens in, out, and in from a cache.
pub(super) fn price(text: &str) -> Option<Price> {
    let amounts: Vec<f64> = text
        .split_ascii_whitespace()
        .map(money)
        .collect::<Option<_>>()?;
    match amounts[..] {
        [input, output] => Some(Price {
            input,
            output,
            cached: input,
        }),
        [input, output, cached] => Some(Price {
            input,
            output,
            cached,
        }),
        _ => None,
    }
}

/// `200 runs 30 days`; either half may be absent.
pub(super) fn keep(text: &str) -> Option<(Option<usize>, Option<u64>)> {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let (mut runs, mut days) = (None, None);
    for pair in words.chunks(2) {
        match pair {
            [number, "runs" | "run"] if runs.is_none() => runs = Some(count(number, 0, 1_000_000)?),
            [number, "days" | "day"] if days.is_none() => {
                days = Some(count(number, 0, 36_500)? as u64);
            }
            _ => return None,
        }
    }
    (!words.is_empty()).then_some((runs, days))
}

/// git's words for true and false.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Some(true),
        "false" | "no" | "off" | "0" | "" => Some(false),
        _ => None,
    }
}

/// Names of agents, separated by white space or commas, each once.
pub(super) fn agents(text: &str) -> Option<Vec<AgentName>> {
    let words = text
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|word| !word.is_empty());
    let mut names = Vec::new();
    for word in words {
        let name = AgentName::parse(word)?;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Some(names)
}

/// Path globs, separated as a shell separates words.
pub(super) fn globs(text: &str) -> Option<Vec<String>> {
    let words = shell_words::split(text).ok()?;
    words.iter().all(|word| is_glob(word)).then_some(words)
}

/// Globs that filter, separated as a shell separates words.
pub(super) fn patterns(text: &str) -> Option<Vec<String>> {
    let words = shell_words::split(text).ok()?;
    words
        .iter()
        .all(|word| filter::is_pattern(word))
        .then_some(words)
}

/// Whether a path glob can be matched.
pub(super) fn is_glob(text: &str) -> bool {
    !text.is_empty() && text.len() <= 1000 && Glob::new(text).is_ok()
}

/// A program line, split as a shell splits words.
pub(super) fn command(text: &str) -> Option<Vec<String>> {
    let words = shell_words::split(text).ok()?;
    (!text.contains('\0') && words.first().is_none_or(|program| !program.is_empty()))
        .then_some(words)
}

/// A backend's name: lower-case letters, digits and `-`.
pub(super) fn backend(text: &str) -> Option<String> {
    let fits = text
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    (fits && text.starts_with(|c: char| c.is_ascii_lowercase()) && text.len() <= LONGEST_NAME)
        .then(|| text.to_owned())
}

/// A model's name. It becomes an argument, so it must not look like an option.
pub(super) fn model(text: &str) -> Option<String> {
    let fits = text.bytes().all(|b| b.is_ascii_graphic()) && !text.starts_with('-');
    (fits && text.len() <= LONGEST_NAME).then(|| text.to_owned())
}

/// A base URL: http or https, a host, no user or password, no query; trailing slashes go.
pub(super) fn url(text: &str) -> Option<String> {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))?;
    let plain = |c: char| c.is_ascii_graphic() && !r#""'<>\^`{|}@?#"#.contains(c);
    let host = rest.split('/').next().unwrap_or_default();
    let fits =
        !host.is_empty() && !host.starts_with(':') && rest.chars().all(plain) && text.len() <= 2000;
    fits.then(|| text.trim_end_matches('/').to_owned())
}

/// The name of an environment variable.
pub(super) fn variable(text: &str) -> Option<String> {
    let fits = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    (fits && starts && text.len() <= LONGEST_NAME).then(|| text.to_owned())
}

/// What starts reviews.
pub(super) fn auto(text: &str) -> Option<Auto> {
    match text {
        "commit" => Some(Auto::Commit),
        "push" => Some(Auto::Push),
        "never" => Some(Auto::Never),
        _ => None,
    }
}

/// Whether a push of what was not reviewed is held.
pub(super) fn unreviewed(text: &str) -> Option<bool> {
    match text {
        "pass" => Some(false),
        "hold" => Some(true),
        _ => None,
    }
}

fn number_and_unit(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    Some((number.parse().ok()?, unit.trim_start()))
}
