//! The two APIs on the wire.

use serde_json::{Value, json};

use super::{Fault, Question, Reply, Stop};

/// Longest answer asked of the Messages API, which wants a number, in tokens.
const MAX_TOKENS: u64 = 16_000;
/// The version of the Messages API.
const ANTHROPIC_VERSION: &str = "2023-06-01";

/// An API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Anthropic Messages.
    Anthropic,
    /// OpenAI-compatible chat completions.
    OpenAi,
}

impl Kind {
    /// Of a backend's name.
    #[must_use]
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "anthropic" => Some(Self::Anthropic),
            "openai" => Some(Self::OpenAi),
            _ => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::OpenAi => "openai",
        }
    }

    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Anthropic => "/v1/messages",
            Self::OpenAi => "/chat/completions",
        }
    }

    pub(super) fn models_path(self) -> &'static str {
        match self {
            Self::Anthropic => "/v1/models?limit=100",
            Self::OpenAi => "/models",
        }
    }

    pub(super) fn headers(self, key: Option<&str>) -> Vec<(&'static str, String)> {
        match (self, key) {
            (Self::Anthropic, None) => vec![("anthropic-version", ANTHROPIC_VERSION.into())],
            (Self::Anthropic, Some(key)) => {
                vec![
                    ("anthropic-version", ANTHROPIC_VERSION.into()),
                    ("x-api-key", key.into()),
                ]
            }
            (Self::OpenAi, None) => Vec::new(),
            (Self::OpenAi, Some(key)) => vec![("authorization", format!("Bearer {key}"))],
        }
    }

    /// The request. `full`: with what not every server knows.
    pub(super) fn body(self, question: &Question, model: &str, full: bool) -> Value {
        let content = match self {
            Self::Anthropic if full => marked(question),
            Self::Anthropic | Self::OpenAi => json!(question.prompt),
        };
        let messages = json!([{"role": "user", "content": content}]);
        match self {
            Self::Anthropic => {
                json!({"model": model, "max_tokens": MAX_TOKENS, "stream": true, "messages": messages})
            }
            Self::OpenAi => {
                let mut body = json!({"model": model, "stream": true, "messages": messages});
                if full {
                    body["stream_options"] = json!({"include_usage": true});
                    if let Some(schema) = &question.schema {
                        let format = json!({"name": "review", "strict": false, "schema": schema});
                        body["response_format"] =
                            json!({"type": "json_schema", "json_schema": format});
                    }
                }
                body
            }
        }
    }

    /// Whether a refused request may pass without what not every server knows.
    pub(super) fn is_about_the_format(self, fault: &Fault) -> bool {
        let words = fault.message.to_ascii_lowercase();
        let named: &[&str] = match self {
            Self::Anthropic => &["cache_control"],
            Self::OpenAi => &["response_format", "json_schema", "schema", "stream_options"],
        };
        matches!(fault.status, Some(400 | 422 | 501)) && named.iter().any(|n| words.contains(n))
    }

    /// An answer that came at once.
    pub(super) fn read_whole(self, value: &Value, reply: &mut Reply) -> Result<(), Fault> {
        if value["error"].is_object() || value["error"].is_string() {
            return Err(fault_of(&value["error"]));
        }
        match self {
            Self::Anthropic => {
                let parts = value["content"]
                    .as_array()
                    .map(Vec::as_slice)
                    .unwrap_or_default();
                reply.text = parts
                    .iter()
                    .filter_map(|part| part["text"].as_str())
                    .collect();
                anthropic_usage(&value["usage"], reply);
                reply.stop = value["stop_reason"].as_str().map(anthropic_stop);
            }
            Self::OpenAi => {
                let choice = &value["choices"][0];
                choice["message"]["content"]
                    .as_str()
                    .unwrap_or_default()
                    .clone_into(&mut reply.text);
                openai_usage(&value["usage"], reply);
                reply.stop = choice["finish_reason"].as_str().map(openai_stop);
            }
        }
        reply.stop = reply.stop.or(Some(Stop::End));
        Ok(())
    }
}

/// The prompt in two blocks, the shared one marked for the cache: everything up to a mark is kept
/// for five minutes, if it is long enough for the model's cache.
fn marked(question: &Question) -> Value {
    match question.prompt.split_at_checked(question.shared) {
        Some((shared, own)) if !shared.is_empty() && !own.is_empty() => json!([
            {"type": "text", "text": shared, "cache_control": {"type": "ephemeral"}},
            {"type": "text", "text": own},
        ]),
        Some(_) | None => json!(question.prompt),
    }
}

/// The events of one answer.
pub(super) struct Stream {
    kind: Kind,
    done: bool,
}

impl Stream {
    pub(super) fn new(kind: Kind) -> Self {
        Self { kind, done: false }
    }

    /// Whether nothing more will come.
    pub(super) fn is_done(&self) -> bool {
        self.done
    }

    /// Takes one event's data. What is no JSON is passed over.
    pub(super) fn take(&mut self, data: &[u8], reply: &mut Reply) -> Result<(), Fault> {
        if data == b"[DONE]" {
            self.done = true;
            reply.stop = reply.stop.or(Some(Stop::End));
            return Ok(());
        }
        let Ok(event) = serde_json::from_slice::<Value>(data) else {
            return Ok(());
        };
        if event["error"].is_object() || event["error"].is_string() {
            return Err(fault_of(&event["error"]));
        }
        match self.kind {
            Kind::Anthropic => self.take_anthropic(&event, reply),
            Kind::OpenAi => take_openai(&event, reply),
        }
        Ok(())
    }

    fn take_anthropic(&mut self, event: &Value, reply: &mut Reply) {
        match event["type"].as_str().unwrap_or_default() {
            "message_start" => {
                set_model(&event["message"]["model"], reply);
                anthropic_usage(&event["message"]["usage"], reply);
            }
            "content_block_delta" => reply
                .text
                .push_str(event["delta"]["text"].as_str().unwrap_or_default()),
            "message_delta" => {
                reply.stop = event["delta"]["stop_reason"]
                    .as_str()
                    .map(anthropic_stop)
                    .or(reply.stop);
                anthropic_usage(&event["usage"], reply);
            }
            "message_stop" => {
                self.done = true;
                reply.stop = reply.stop.or(Some(Stop::End));
            }
            _ => {}
        }
    }
}

fn take_openai(event: &Value, reply: &mut Reply) {
    set_model(&event["model"], reply);
    let choice = &event["choices"][0];
    reply
        .text
        .push_str(choice["delta"]["content"].as_str().unwrap_or_default());
    if let Some(reason) = choice["finish_reason"].as_str() {
        reply.stop = Some(openai_stop(reason));
    }
    openai_usage(&event["usage"], reply);
}

fn set_model(value: &Value, reply: &mut Reply) {
    if let Some(name) = value.as_str().filter(|name| !name.is_empty()) {
        reply.model = Some(name.chars().take(128).collect());
    }
}

fn anthropic_stop(reason: &str) -> Stop {
    match reason {
        "max_tokens" | "model_context_window_exceeded" => Stop::Cut,
        "refusal" => Stop::Refused,
        _ => Stop::End,
    }
}

fn openai_stop(reason: &str) -> Stop {
    match reason {
        "length" => Stop::Cut,
        "content_filter" => Stop::Refused,
        _ => Stop::End,
    }
}

/// The counts of the start hold what went in, those of the end what came out.
fn anthropic_usage(usage: &Value, reply: &mut Reply) {
    let cached = usage["cache_read_input_tokens"].as_u64();
    let written = usage["cache_creation_input_tokens"].as_u64();
    if let Some(fresh) = usage["input_tokens"].as_u64() {
        reply.tokens_in = Some(
            fresh
                .saturating_add(cached.unwrap_or(0))
                .saturating_add(written.unwrap_or(0)),
        );
    }
    reply.tokens_cached = cached.or(reply.tokens_cached);
    reply.tokens_out = usage["output_tokens"].as_u64().or(reply.tokens_out);
}

fn openai_usage(usage: &Value, reply: &mut Reply) {
    reply.tokens_in = usage["prompt_tokens"].as_u64().or(reply.tokens_in);
    reply.tokens_cached = usage["prompt_tokens_details"]["cached_tokens"]
        .as_u64()
        .or(reply.tokens_cached);
    reply.tokens_out = usage["completion_tokens"].as_u64().or(reply.tokens_out);
    reply.cost = usage["cost"]
        .as_f64()
        .filter(|cost| cost.is_finite() && *cost >= 0.0)
        .or(reply.cost);
}

/// An error's words out of a body, whatever shape it has.
pub(super) fn words(body: &[u8]) -> String {
    match serde_json::from_slice::<Value>(body) {
        Ok(value) if !value["error"].is_null() => fault_of(&value["error"]).message,
        Ok(value) if value["message"].is_string() => {
            value["message"].as_str().unwrap_or_default().to_owned()
        }
        Ok(value) if value["detail"].is_string() => {
            value["detail"].as_str().unwrap_or_default().to_owned()
        }
        _ => String::from_utf8_lossy(body).chars().take(300).collect(),
    }
}

/// An error inside a stream has no status, but a type or a code that stands for one.
fn fault_of(error: &Value) -> Fault {
    let message = error["message"]
        .as_str()
        .or(error.as_str())
        .unwrap_or("it gave no reason");
    let name = error["code"]
        .as_str()
        .or(error["type"].as_str())
        .unwrap_or_default();
    let status = match name {
        "authentication_error" | "invalid_api_key" => 401,
        "billing_error" => 402,
        "permission_error" => 403,
        "not_found_error" | "model_not_found" => 404,
        "timeout_error" => 408,
        "request_too_large" | "context_length_exceeded" => 413,
        "rate_limit_error" | "rate_limit_exceeded" | "insufficient_quota" => 429,
        "invalid_request_error" => 400,
        "overloaded_error" => 529,
        _ => error["code"]
            .as_u64()
            .filter(|code| (400..600).contains(code))
            .unwrap_or(500),
    };
    let message = if name.is_empty() {
        message.to_owned()
    } else {
        format!("{message} ({name})")
    };
    Fault {
        status: Some(status),
        message,
        retry_after: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(kind: Kind, events: &[Value]) -> (Reply, Result<(), Fault>, bool) {
        let (mut reply, mut stream) = (Reply::default(), Stream::new(kind));
        let result = events
            .iter()
            .try_for_each(|event| stream.take(event.to_string().as_bytes(), &mut reply));
        (reply, result, stream.is_done())
    }

    #[test]
    fn an_answer_of_the_messages_api_is_put_together() {
        let (reply, result, done) = stream(
            Kind::Anthropic,
            &[
                json!({"type": "message_start", "message": {"model": "m", "usage": {"input_tokens": 5, "cache_read_input_tokens": 7, "output_tokens": 1}}}),
                json!({"type": "ping"}),
                json!({"type": "content_block_delta", "delta": {"type": "thinking_delta", "thinking": "hm"}}),
                json!({"type": "content_block_delta", "delta": {"type": "text_delta", "text": "a"}}),
                json!({"type": "content_block_delta", "delta": {"type": "text_delta", "text": "b"}}),
                json!({"type": "message_delta", "delta": {"stop_reason": "max_tokens"}, "usage": {"output_tokens": 9}}),
                json!({"type": "message_stop"}),
            ],
        );
        let expected = Reply {
            text: "ab".into(),
            model: Some("m".into()),
            tokens_in: Some(12),
            tokens_cached: Some(7),
            tokens_out: Some(9),
            stop: Some(Stop::Cut),
            ..Reply::default()
        };
        assert_eq!((reply, result, done), (expected, Ok(()), true));
    }

    #[test]
    fn an_answer_of_chat_completions_is_put_together() {
        let (reply, result, done) = stream(
            Kind::OpenAi,
            &[
                json!({"model": "m", "choices": [{"delta": {"role": "assistant", "content": ""}}]}),
                json!({"choices": [{"delta": {"content": "{}"}, "finish_reason": null}]}),
                json!({"choices": [{"delta": {}, "finish_reason": "stop"}]}),
                json!({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4, "cost": 0.5, "prompt_tokens_details": {"cached_tokens": 2}}}),
            ],
        );
        assert_eq!(
            (reply.text.as_str(), reply.stop, result, done),
            ("{}", Some(Stop::End), Ok(()), false)
        );
        assert_eq!(
            (
                reply.tokens_in,
                reply.tokens_cached,
                reply.tokens_out,
                reply.cost
            ),
            (Some(3), Some(2), Some(4), Some(0.5))
        );
    }

    #[test]
    fn errors_inside_a_stream_stand_for_a_status() {
        let status = |kind, error: Value| {
            stream(kind, &[json!({"type": "error", "error": error})])
                .1
                .err()
                .and_then(|f| f.status)
        };
        assert_eq!(
            status(
                Kind::Anthropic,
                json!({"type": "overloaded_error", "message": "Overloaded"})
            ),
            Some(529)
        );
        assert_eq!(
            status(Kind::OpenAi, json!({"code": 429, "message": "slow down"})),
            Some(429)
        );
        assert_eq!(
            status(Kind::OpenAi, json!("model runner has stopped")),
            Some(500)
        );
        assert_eq!(
            words(br#"{"error":{"message":"too many","code":"insufficient_quota"}}"#),
            "too many (insufficient_quota)"
        );
        assert_eq!(words(b"<html>bad gateway"), "<html>bad gateway");
    }

    #[test]
    fn nothing_in_a_stream_makes_reading_panic() {
        for data in [
            &b""[..],
            b"null",
            b"[]",
            b"{\"choices\":3}",
            b"\xff",
            b"{\"usage\":{\"input_tokens\":18446744073709551615,\"cache_read_input_tokens\":5}}",
        ] {
            for kind in [Kind::Anthropic, Kind::OpenAi] {
                assert_eq!(Stream::new(kind).take(data, &mut Reply::default()), Ok(()));
            }
        }
    }
}
