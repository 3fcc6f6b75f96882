//! What programs say beside their answer: exit codes, logs and traces.

use std::time::Duration;

use serde_json::json;

use super::more_tests::{RECORDED, file};
use super::tests::{read, recorded};
use super::*;
use crate::model::Deadline;

#[test]
fn exit_codes_and_words_beside_the_lines_count() {
    let auth = read(
        "gemini",
        Ending::Exited(41),
        b"",
        "Invalid auth method selected.",
    );
    assert_eq!(auth.ending, Ending::NotLoggedIn);
    assert!(matches!(
        read("gemini", Ending::Exited(53), b"", "").ending,
        Ending::Unreadable(_)
    ));
    let wait = read(
        "gemini",
        Ending::Exited(173),
        &recorded("gemini-429.jsonl"),
        "cause: {\n retryDelayMs: 7000,\n",
    );
    assert_eq!(
        wait.ending,
        Ending::RateLimited {
            retry_after: Some(Duration::from_secs(7))
        }
    );
    let login = read(
        "copilot",
        Ending::Exited(1),
        b"",
        "Error: No authentication information found.\n",
    );
    assert_eq!(login.ending, Ending::NotLoggedIn);
    let tool = "Run aborted: tool-call budget of 0 exceeded (--max-tool-calls); observed 1.";
    assert!(matches!(
        read("qwen", Ending::Exited(55), b"", tool).ending,
        Ending::Unreadable(_)
    ));
    assert_eq!(
        read("qwen", Ending::Exited(1), b"", "error: unknown option").ending,
        Ending::Exited(1)
    );
}

#[test]
fn a_time_out_while_the_provider_fails_is_named_after_the_provider() {
    let timed_out = Ending::TimedOut(Deadline::Hard);
    let logged = |words: &str| {
        format!("[log_1a2b3c] post http://h/v1/chat/completions {words} in 9ms - error\n")
    };
    let (limit, over) = (
        logged("failed with status 429"),
        logged("succeeded with status 200"),
    );
    let qwen = |lines: &str| read("qwen", timed_out.clone(), lines.as_bytes(), "").ending;
    assert_eq!(qwen(&limit), Ending::RateLimited { retry_after: None });
    assert_eq!(qwen(&(limit.clone() + &over)), timed_out);
    let log = recorded("pi-429.jsonl");
    assert_eq!(
        read("pi", timed_out.clone(), &log, "").ending,
        Ending::RateLimited { retry_after: None }
    );
    assert_eq!(
        read("pi", timed_out.clone(), &recorded("pi-ok.jsonl"), "").ending,
        timed_out
    );
    let bare = |words: &str| {
        let message = json!({"role": "assistant", "content": [], "stopReason": "error", "errorMessage": words});
        let line = json!({"type": "message_end", "message": message}).to_string();
        read("pi", timed_out.clone(), line.as_bytes(), "").ending
    };
    assert_eq!(
        bare("429 scripted failure"),
        Ending::RateLimited { retry_after: None }
    );
    assert_eq!(bare("Request was aborted."), timed_out);
    let words =
        "level=ERROR message=\"stream error\" error.error=\"AI_APICallError: rate limit exceeded\"";
    let limited = read("opencode", timed_out.clone(), b"", words);
    assert_eq!(limited.ending, Ending::RateLimited { retry_after: None });
    let silent = read("opencode", timed_out.clone(), b"", "");
    assert!(
        silent
            .detail
            .is_some_and(|words| words.contains("without a word"))
    );
    for agent in RECORDED {
        assert_eq!(
            read(agent, Ending::Cancelled, &recorded(&file(agent, "401")), "").ending,
            Ending::Cancelled
        );
    }
}

#[test]
fn a_log_beside_an_answer_is_no_part_of_it() {
    let log =
        b"[log_1a2b3c] post http://h/v1/chat/completions failed with status 429 in 9ms - error\n";
    let answer = read(
        "qwen",
        Ending::Answered,
        &[log, recorded("qwen-ok.json").as_slice()].concat(),
        "",
    );
    assert_eq!(
        (answer.ending, answer.usage.tokens_in),
        (Ending::Answered, Some(100))
    );
}

#[test]
fn a_provider_is_quoted_without_what_a_program_wraps_around_it() {
    let inner = json!({"error": {"code": 429, "message": "You exceeded your current quota.\nSee the console."}});
    let outer = json!({"error": {"message": inner.to_string(), "code": 429}});
    for (words, expected) in [
        (
            format!("[API Error: {outer}]\nPlease wait and try again later."),
            "You exceeded your current quota.",
        ),
        (
            "[API Error: 401 no such key]\nPlease check".to_owned(),
            "401 no such key",
        ),
        ("[API Error: {\"error\":7}]".to_owned(), "{\"error\":7}"),
        ("fetch failed".to_owned(), "fetch failed"),
    ] {
        assert_eq!(super::event_stream::unwrapped(&words), expected);
    }
}

#[test]
fn copilot_tells_what_failed_before_what_to_do() {
    let words = read(
        "copilot",
        Ending::Exited(1),
        &recorded("copilot-401.jsonl"),
        "",
    )
    .detail
    .unwrap_or_default();
    assert!(
        words.starts_with("Authentication failed with provider") && words.lines().count() == 1,
        "{words}"
    );
}

#[test]
fn copilot_tells_its_tokens_in_its_tracing() {
    let span = |kind: &str| {
        let used = json!({
            "gen_ai.operation.name": kind, "gen_ai.usage.input_tokens": 1500, "gen_ai.usage.output_tokens": 45,
            "gen_ai.usage.cache_read.input_tokens": 300,
        });
        json!({"type": "span", "name": kind, "attributes": used}).to_string()
    };
    // the span of the whole run repeats the sum of its requests
    let tracing = format!(
        "Package extraction took 9ms\n{}\n{}\n",
        span("chat"),
        span("invoke_agent")
    );
    let usage = read(
        "copilot",
        Ending::Answered,
        &recorded("copilot-ok.jsonl"),
        &tracing,
    )
    .usage;
    assert_eq!(
        (usage.tokens_in, usage.tokens_cached, usage.tokens_out),
        (Some(1500), Some(300), Some(45))
    );
    let failed = read("copilot", Ending::Exited(1), b"", &tracing);
    assert_eq!(
        failed.detail.as_deref(),
        Some("Package extraction took 9ms")
    );
}
