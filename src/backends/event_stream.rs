//! What a program's event lines say in the end, and what follows from it: the part that
//! programs with such lines have in common.

use serde_json::Value;

use crate::model::{Ending, Outcome, Usage};

use super::failure_patterns::{classify, detail, one_line, tail};
use super::{Answer, answer_in, saved};

/// A program's words, gathered from its output.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// Its answer.
    pub(super) text: String,
    /// How and why it failed, by its own account.
    pub(super) failure: Option<(Ending, String)>,
    /// What it was still trying to overcome.
    pub(super) trouble: Option<String>,
    /// What it cost.
    pub(super) usage: Usage,
}

impl Said {
    /// Decides how it ended: an answer only where the program exited with 0 and reports no failure.
    pub(super) fn conclude(self, outcome: &Outcome, stdout: &[u8], stderr: &[u8]) -> Answer {
        let Self {
            text,
            failure,
            trouble,
            usage,
        } = self;
        match (&outcome.ending, failure) {
            (Ending::Answered | Ending::Exited(_), Some((ending, words))) => saved(
                ending,
                &text,
                usage,
                detail(&words).or_else(|| tail(stderr)),
            ),
            (Ending::Answered, None) => {
                let answer = answer_in(&text, usage);
                let kept = (answer.ending != Ending::Answered)
                    .then(|| detail(&text).or_else(|| tail(stderr)))
                    .flatten();
                Answer {
                    detail: kept,
                    ..answer
                }
            }
            (Ending::Exited(code), None) => {
                let words = tail(stderr).or_else(|| tail(stdout));
                let ending = words
                    .as_deref()
                    .and_then(classify)
                    .unwrap_or(Ending::Exited(*code));
                saved(ending, &text, usage, words)
            }
            (Ending::TimedOut(_), failure) => {
                // it was still trying to reach the provider when its time was over
                let (named, words) = failure.unzip();
                let words = words.or(trouble).or_else(|| tail(stderr));
                let known = named
                    .filter(is_the_providers)
                    .or_else(|| words.as_deref().and_then(classify));
                saved(
                    known.unwrap_or_else(|| outcome.ending.clone()),
                    &text,
                    usage,
                    words,
                )
            }
            (other, _) => saved(other.clone(), &text, usage, tail(stderr)),
        }
    }
}

/// Whether it is the provider that failed; a program that is stopped may call that a failure too.
fn is_the_providers(ending: &Ending) -> bool {
    matches!(
        ending,
        Ending::NotLoggedIn
            | Ending::RateLimited { .. }
            | Ending::NoQuota(_)
            | Ending::Overloaded
            | Ending::Unreachable(_)
            | Ending::TooLong
    )
}

/// The JSON objects among the lines; anything else is a warning, or news of a later version.
pub(super) fn events(stdout: &[u8]) -> impl Iterator<Item = Value> {
    let lines = stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| line.first() == Some(&b'{'));
    lines.filter_map(|line| serde_json::from_slice(line).ok())
}

/// How a provider failed that answered with this HTTP status and these words.
pub(super) fn provider_failure(status: u64, words: &str) -> Ending {
    let known = classify(words);
    match (status, known) {
        (_, Some(known @ Ending::TooLong)) => known,
        (401 | 403, _) => Ending::NotLoggedIn,
        (402, _) => Ending::NoQuota(one_line(words)),
        (408, _) => Ending::Unreachable(one_line(words)),
        (413, _) => Ending::TooLong,
        (429, Some(known @ (Ending::RateLimited { .. } | Ending::NoQuota(_)))) => known,
        (429, _) => Ending::RateLimited { retry_after: None },
        (500..=599, _) => Ending::Overloaded,
        (_, Some(known)) => known,
        (_, None) => Ending::Refused(one_line(words)),
    }
}

/// The status at the head of words such as `401 invalid key`.
pub(super) fn leading_status(words: &str) -> Option<u64> {
    let number = words.split_whitespace().next()?.trim_end_matches(':');
    number
        .parse()
        .ok()
        .filter(|status| (400..600).contains(status))
}

/// The provider's own words in `[API Error: {"error":{"message":"..."}}]` and the advice after it, as
/// Gemini CLI and Qwen Code print them.
pub(super) fn unwrapped(words: &str) -> String {
    let Some((_, wrapped)) = words.split_once("[API Error: ") else {
        return words.to_owned();
    };
    let mut inner = wrapped.to_owned();
    // a provider's error may be the message of another one
    for _ in 0..3 {
        let first = serde_json::Deserializer::from_str(&inner)
            .into_iter::<Value>()
            .next();
        let message = first
            .and_then(Result::ok)
            .and_then(|error| Some(error["error"]["message"].as_str()?.to_owned()));
        let Some(message) = message else { break };
        inner = message;
    }
    inner
        .lines()
        .next()
        .unwrap_or_default()
        .trim_end_matches(']')
        .to_owned()
}

/// Some give the prompt half a second from their own start, and on a busy machine that is over before they look. Another
/// attempt may be in time.
pub(super) fn missed_prompt(stderr: &[u8]) -> Option<(Ending, String)> {
    let missed = String::from_utf8_lossy(stderr).contains("No input provided via stdin");
    let words = "it started too slowly to see its prompt";
    missed.then(|| (Ending::Unreachable(words.to_owned()), words.to_owned()))
}

/// What an answer is called that the model's output limit cut.
pub(super) fn cut() -> Ending {
    Ending::Unreadable("the answer was cut at the model's output limit".into())
}

/// Adds tokens; nothing said stays nothing.
pub(super) fn add(sum: &mut Option<u64>, more: Option<u64>) {
    if let Some(more) = more {
        *sum = Some(sum.unwrap_or(0).saturating_add(more));
    }
}

/// A model's name from a program's output, capped.
pub(super) fn model_name(value: &Value) -> Option<String> {
    value.as_str().map(|name| name.chars().take(128).collect())
}
