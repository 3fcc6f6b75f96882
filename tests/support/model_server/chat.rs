//! Answers as OpenAI's chat completions have them.

use serde_json::{Value, json};

use super::wire::{Part, halves, id};
use super::{Request, TOKENS};

/// The answer as one object.
pub(super) fn whole(request: &Request, parts: &[Part]) -> Value {
    let mut message = json!({"role": "assistant", "content": text(parts)});
    let calls = calls(request, parts);
    if !calls.is_empty() {
        message["tool_calls"] = calls.into();
    }
    let choice =
        json!({"index": 0, "message": message, "finish_reason": reason(parts), "logprobs": null});
    let mut whole = envelope(request, "chat.completion");
    whole["choices"] = json!([choice]);
    whole["usage"] = usage();
    whole
}

/// The answer as pieces of a stream.
pub(super) fn chunks(request: &Request, parts: &[Part]) -> Vec<Value> {
    let piece = |delta: Value, reason: Value| {
        let mut chunk = envelope(request, "chat.completion.chunk");
        chunk["choices"] =
            json!([{"index": 0, "delta": delta, "finish_reason": reason, "logprobs": null}]);
        chunk
    };
    let mut chunks = vec![piece(
        json!({"role": "assistant", "content": ""}),
        Value::Null,
    )];
    let text = text(parts);
    if !text.is_empty() {
        chunks.extend(halves(&text).map(|half| piece(json!({"content": half}), Value::Null)));
    }
    for (index, mut call) in calls(request, parts).into_iter().enumerate() {
        call["index"] = json!(index);
        chunks.push(piece(json!({"tool_calls": [call]}), Value::Null));
    }
    chunks.push(piece(json!({}), reason(parts).into()));
    let mut last = envelope(request, "chat.completion.chunk");
    last["choices"] = json!([]);
    last["usage"] = usage();
    chunks.push(last);
    chunks
}

fn envelope(request: &Request, object: &str) -> Value {
    json!({"id": id("chatcmpl", request, 0), "object": object, "created": 1_790_000_000, "model": request.body["model"]})
}

fn text(parts: &[Part]) -> String {
    let texts = parts.iter().filter_map(|part| match part {
        Part::Text(text) => Some(text.as_str()),
        Part::Call(..) => None,
    });
    texts.collect()
}

fn calls(request: &Request, parts: &[Part]) -> Vec<Value> {
    let calls = parts
        .iter()
        .enumerate()
        .filter_map(|(index, part)| match part {
            Part::Text(_) => None,
            Part::Call(name, input) => Some(json!({
                "id": id("call", request, index), "type": "function",
                "function": {"name": name, "arguments": input.to_string()},
            })),
        });
    calls.collect()
}

fn reason(parts: &[Part]) -> &'static str {
    if parts.iter().any(|part| matches!(part, Part::Call(..))) {
        "tool_calls"
    } else {
        "stop"
    }
}

fn usage() -> Value {
    let read = TOKENS.fresh + TOKENS.cached;
    json!({
        "prompt_tokens": read, "completion_tokens": TOKENS.written, "total_tokens": read + TOKENS.written,
        "prompt_tokens_details": {"cached_tokens": TOKENS.cached},
    })
}
