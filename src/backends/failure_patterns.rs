//! What programs and providers say when they fail, in free text.

use std::time::Duration;

use crate::model::Ending;

/// Longest detail that is kept, in characters.
const DETAIL: usize = 2000;
/// Longer waits are no matter of a retry; also keeps hostile numbers small.
const LONGEST_WAIT: f64 = 7.0 * 24.0 * 3600.0;

/// The class of a failure whose words these are; `None` if they say nothing known.
pub(super) fn classify(words: &str) -> Option<Ending> {
    let lower = words.to_lowercase().replace('\u{2019}', "'");
    let says = |any: &[&str]| any.iter().any(|phrase| lower.contains(phrase));
    let status = http_status(&lower);
    if says(&[
        "prompt is too long",
        "context_length_exceeded",
        "context window",
        "input_too_large",
        "exceeds 10mb",
        "maximum context length",
    ]) || status == Some(413)
    {
        return Some(Ending::TooLong);
    }
    // before the rate limit: a plan that is used up comes with 429 too, and no waiting helps
    if says(&[
        "credit balance is too low",
        "quota exceeded",
        "insufficient_quota",
        "check your plan",
        "exceeded your current quota",
    ]) {
        return Some(Ending::NoQuota(one_line(words)));
    }
    if says(&[
        "not logged in",
        "please run /login",
        "invalid api key",
        "authentication_error",
        "missing environment variable",
    ]) || matches!(status, Some(401 | 403))
    {
        return Some(Ending::NotLoggedIn);
    }
    if says(&["rate limit", "usage limit", "too many requests"]) || status == Some(429) {
        return Some(Ending::RateLimited {
            retry_after: retry_after(&lower),
        });
    }
    if says(&["overloaded", "high demand", "at capacity", "server_error"])
        || status.is_some_and(|s| (500..600).contains(&s))
    {
        return Some(Ending::Overloaded);
    }
    let network = [
        "econnrefused",
        "econnreset",
        "enotfound",
        "etimedout",
        "connection failed",
        "connection refused",
        "connection dropped",
        "connection error",
        "cannot connect to",
        "unable to connect",
        "request timed out",
        "fetch failed",
        "stream disconnected",
        "error sending request",
        "waiting for network",
    ];
    says(&network).then(|| Ending::Unreachable(one_line(words)))
}

/// The three digits after words that announce an HTTP status.
fn http_status(lower: &str) -> Option<u16> {
    let announced = [
        "status: ",
        "status ",
        "status code ",
        "api error: ",
        "rejected (",
        "http ",
    ];
    let after = announced
        .iter()
        .flat_map(|intro| lower.match_indices(intro).map(|(at, _)| at + intro.len()));
    after
        .filter_map(|at| lower.get(at..at + 3)?.parse().ok())
        .find(|status| (400..600).contains(status))
}

/// `retry after 30 seconds`, `try again in 1m30s`, `retry-after: 12.5`.
fn retry_after(lower: &str) -> Option<Duration> {
    let intros = [
        "retry-after: ",
        "retry after ",
        "try again in ",
        "retry in ",
        "wait ",
    ];
    let rest = intros.iter().find_map(|intro| {
        lower
            .find(intro)
            .and_then(|at| lower.get(at + intro.len()..))
    })?;
    let seconds = seconds(rest)?;
    (seconds > 0.0).then(|| Duration::from_secs_f64(seconds.min(LONGEST_WAIT)))
}

/// Adds up numbers with units for as long as they follow each other; a bare number is seconds.
fn seconds(text: &str) -> Option<f64> {
    let (mut total, mut rest, mut found) = (0.0, text, false);
    loop {
        let trimmed = rest.trim_start_matches([' ', ',']);
        let end = trimmed
            .find(|c: char| !(c.is_ascii_digit() || c == '.'))
            .unwrap_or(trimmed.len());
        let Ok(number) = trimmed[..end].parse::<f64>() else {
            return found.then_some(total);
        };
        let unit_text = trimmed[end..].trim_start();
        let unit: String = unit_text
            .chars()
            .take_while(char::is_ascii_alphabetic)
            .collect();
        let factor = match unit.as_str() {
            "ms" | "millisecond" | "milliseconds" => 0.001,
            "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
            "h" | "hr" | "hrs" | "hour" | "hours" => 3600.0,
            "d" | "day" | "days" => 86_400.0,
            _ => 1.0,
        };
        total += number * factor;
        found = true;
        rest = &unit_text[unit.len()..];
    }
}

/// The words in one line, capped.
pub(super) fn one_line(words: &str) -> String {
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(200).collect()
}

/// The end of a stream of bytes as a detail; `None` if there is nothing to read in it.
pub(super) fn tail(bytes: &[u8]) -> Option<String> {
    let end = &bytes[bytes.len().saturating_sub(DETAIL * 4)..];
    let text = String::from_utf8_lossy(end);
    let text = text.trim();
    let skip = text.chars().count().saturating_sub(DETAIL);
    (!text.is_empty()).then(|| text.chars().skip(skip).collect())
}

/// Words as a detail.
pub(super) fn detail(words: &str) -> Option<String> {
    let words = words.trim();
    (!words.is_empty()).then(|| words.chars().take(DETAIL).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(seconds: f64) -> Option<Ending> {
        Some(Ending::RateLimited {
            retry_after: Some(Duration::from_secs_f64(seconds)),
        })
    }

    #[test]
    fn times_to_wait_are_understood() {
        assert_eq!(
            classify("429: rate limit exceeded: try again in 1m30s"),
            waits(90.0)
        );
        assert_eq!(
            classify("Rate limit reached, please try again in 12.5s. Visit"),
            waits(12.5)
        );
        assert_eq!(
            classify("You've hit your usage limit. Try again in 2 hours 5 minutes."),
            waits(7500.0)
        );
        assert_eq!(classify("Too Many Requests (retry-after: 30)"), waits(30.0));
        assert_eq!(classify("rate limit; retry after 250ms"), waits(0.25));
        assert_eq!(
            classify("rate limit; retry after 99999999999999999999 days"),
            waits(LONGEST_WAIT)
        );
        let unknown = Some(Ending::RateLimited { retry_after: None });
        assert_eq!(
            classify("You\u{2019}ve hit your usage limit ... try again at Nov 22nd, 2026"),
            unknown
        );
        assert_eq!(classify("rate limit, try again in a while"), unknown);
    }

    #[test]
    fn other_failures_are_told_apart() {
        assert_eq!(
            classify("unexpected status 503 Service Unavailable: x, url: http://h"),
            Some(Ending::Overloaded)
        );
        assert_eq!(
            classify("unexpected status 403 Forbidden"),
            Some(Ending::NotLoggedIn)
        );
        assert_eq!(
            classify("Your input exceeds the context window of this model"),
            Some(Ending::TooLong)
        );
        assert_eq!(
            classify("Quota exceeded. Check your plan\nand billing details."),
            Some(Ending::NoQuota(
                "Quota exceeded. Check your plan and billing details.".into()
            ))
        );
        assert!(matches!(
            classify("fetch failed"),
            Some(Ending::Unreachable(_))
        ));
        let of_opencode =
            "Cannot connect to API: Unable to connect. Is the computer able to access the url?";
        assert!(matches!(
            classify(of_opencode),
            Some(Ending::Unreachable(_))
        ));
        assert_eq!(classify("I have 500 lines, status quo"), None);
        assert_eq!(classify(""), None);
    }

    #[test]
    fn the_tail_is_cut_between_characters() {
        assert_eq!(tail(b" \n"), None);
        let long = "é".repeat(9000);
        assert_eq!(
            tail(long.as_bytes()).map(|t| t.chars().count()),
            Some(DETAIL)
        );
        assert_eq!(tail(b"\xff end ").as_deref(), Some("\u{fffd} end"));
    }
}
