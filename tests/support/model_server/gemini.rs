//! Answers as Gemini's `generateContent` has them.

use serde_json::{Value, json};

use super::wire::{Part, halves};
use super::{Request, TOKENS};

/// The answer as one object.
pub(super) fn whole(request: &Request, parts: &[Part]) -> Value {
    envelope(request, &parts.iter().map(block).collect::<Vec<_>>(), true)
}

/// The answer as pieces of a stream.
pub(super) fn chunks(request: &Request, parts: &[Part]) -> Vec<Value> {
    let mut pieces: Vec<Value> = Vec::new();
    for part in parts {
        match part {
            Part::Text(text) => pieces.extend(halves(text).map(|half| json!({"text": half}))),
            Part::Call(..) => pieces.push(block(part)),
        }
    }
    let last = pieces.len().saturating_sub(1);
    pieces
        .iter()
        .enumerate()
        .map(|(at, piece)| envelope(request, std::slice::from_ref(piece), at == last))
        .collect()
}

/// The body of a failure.
pub(super) fn failure(status: u16, message: &str) -> Value {
    let name = match status {
        401 => "UNAUTHENTICATED",
        429 => "RESOURCE_EXHAUSTED",
        500..=599 => "UNAVAILABLE",
        _ => "INVALID_ARGUMENT",
    };
    json!({"error": {"code": status, "message": message, "status": name}})
}

fn block(part: &Part) -> Value {
    match part {
        Part::Text(text) => json!({"text": text}),
        Part::Call(name, input) => json!({"functionCall": {"name": name, "args": input}}),
    }
}

fn envelope(request: &Request, parts: &[Value], is_last: bool) -> Value {
    let mut candidate = json!({"index": 0, "content": {"role": "model", "parts": parts}});
    if is_last {
        candidate["finishReason"] = json!("STOP");
    }
    let read = TOKENS.fresh + TOKENS.cached;
    let model = request
        .path
        .rsplit('/')
        .next()
        .and_then(|name| name.split(':').next());
    json!({
        "candidates": [candidate], "modelVersion": model, "responseId": "response",
        "usageMetadata": {
            "promptTokenCount": read, "cachedContentTokenCount": TOKENS.cached,
            "candidatesTokenCount": TOKENS.written, "totalTokenCount": read + TOKENS.written,
        },
    })
}
