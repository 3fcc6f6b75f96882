//! The shapes of answers on the wire: one answer as a whole, and the same as events.

use serde_json::{Value, json};

use super::{Protocol, Request, Step, TOKENS, chat, gemini};

/// The tool by which Claude Code takes an answer that follows a schema.
const STRUCTURED: &str = "StructuredOutput";

/// Part of an answer.
pub(super) enum Part {
    Text(String),
    Call(String, Value),
}

/// The answer as one object.
pub(super) fn whole(request: &Request, step: &Step) -> Value {
    let parts = parts(request, step);
    match request.protocol {
        Protocol::Messages => message(request, &parts),
        Protocol::Chat => chat::whole(request, &parts),
        Protocol::Gemini => gemini::whole(request, &parts),
        Protocol::Responses | Protocol::None => response(request, &parts),
    }
}

/// The answer as named events.
pub(super) fn events(request: &Request, step: &Step) -> Vec<(String, Value)> {
    let parts = parts(request, step);
    let events = match request.protocol {
        Protocol::Messages => message_events(request, &parts),
        Protocol::Chat => chat::chunks(request, &parts),
        Protocol::Gemini => gemini::chunks(request, &parts),
        Protocol::Responses | Protocol::None => response_events(request, &parts),
    };
    let name = |event: &Value| event["type"].as_str().unwrap_or_default().to_owned();
    events
        .into_iter()
        .map(|event| (name(&event), event))
        .collect()
}

/// The body of a failure.
pub(super) fn failure(protocol: Protocol, status: u16) -> Value {
    let (kind, code) = match status {
        401 => ("authentication_error", Some("invalid_api_key")),
        429 => ("rate_limit_error", Some("rate_limit_exceeded")),
        529 => ("overloaded_error", None),
        _ => ("api_error", None),
    };
    let message = format!("scripted failure {status}");
    match protocol {
        Protocol::Messages => json!({"type": "error", "error": {"type": kind, "message": message}}),
        Protocol::Gemini => gemini::failure(status, &message),
        Protocol::Responses | Protocol::Chat | Protocol::None => {
            json!({"error": {"message": message, "type": kind, "param": null, "code": code}})
        }
    }
}

fn parts(request: &Request, step: &Step) -> Vec<Part> {
    match step {
        Step::Reply(reply) if request.tools().contains(&STRUCTURED) => {
            vec![Part::Call(STRUCTURED.into(), reply.clone())]
        }
        Step::Reply(reply) => vec![Part::Text(reply.to_string())],
        Step::Text(text) => vec![Part::Text(text.clone())],
        Step::Calls(calls) => calls
            .iter()
            .map(|(name, input)| Part::Call(name.clone(), input.clone()))
            .collect(),
        Step::Status(..) | Step::Stall | Step::Disconnect => Vec::new(),
    }
}

/// Unique within one conversation: position in it, and in the answer.
pub(super) fn id(prefix: &str, request: &Request, index: usize) -> String {
    format!(
        "{prefix}_{}_{}_{index}",
        request.reviewer().unwrap_or("nobody"),
        request.nth
    )
}

/// Both halves of a text, so that a stream has more than one piece.
pub(super) fn halves(text: &str) -> [&str; 2] {
    let middle = (0..=text.len() / 2)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    let (first, second) = text.split_at(middle);
    [first, second]
}

fn message(request: &Request, parts: &[Part]) -> Value {
    let calls = parts.iter().any(|part| matches!(part, Part::Call(..)));
    let block = |(index, part): (usize, &Part)| match part {
        Part::Text(text) => json!({"type": "text", "text": text}),
        Part::Call(name, input) => {
            json!({"type": "tool_use", "id": id("toolu", request, index), "name": name, "input": input})
        }
    };
    json!({
        "id": id("msg", request, 0), "type": "message", "role": "assistant", "model": request.body["model"],
        "content": parts.iter().enumerate().map(block).collect::<Vec<_>>(),
        "stop_reason": if calls { "tool_use" } else { "end_turn" }, "stop_sequence": null,
        "usage": {"input_tokens": TOKENS.fresh, "cache_read_input_tokens": TOKENS.cached,
                  "cache_creation_input_tokens": 0, "output_tokens": TOKENS.written},
    })
}

fn message_events(request: &Request, parts: &[Part]) -> Vec<Value> {
    let whole = message(request, parts);
    let mut head = whole.clone();
    head["content"] = json!([]);
    head["stop_reason"] = Value::Null;
    head["usage"]["output_tokens"] = json!(1);
    let mut events = vec![json!({"type": "message_start", "message": head})];
    for (index, part) in parts.iter().enumerate() {
        let mut start = whole["content"][index].clone();
        let deltas = match part {
            Part::Text(text) => {
                start["text"] = json!("");
                halves(text).map(|piece| json!({"type": "text_delta", "text": piece}))
            }
            Part::Call(_, input) => {
                start["input"] = json!({});
                halves(&input.to_string())
                    .map(|piece| json!({"type": "input_json_delta", "partial_json": piece}))
            }
        };
        events.push(json!({"type": "content_block_start", "index": index, "content_block": start}));
        let delta = |delta| json!({"type": "content_block_delta", "index": index, "delta": delta});
        events.extend(deltas.map(delta));
        events.push(json!({"type": "content_block_stop", "index": index}));
    }
    events.push(json!({
        "type": "message_delta", "usage": whole["usage"],
        "delta": {"stop_reason": whole["stop_reason"], "stop_sequence": null},
    }));
    events.push(json!({"type": "message_stop"}));
    events
}

fn item(request: &Request, index: usize, part: &Part) -> Value {
    match part {
        Part::Text(text) => json!({
            "type": "message", "id": id("msg", request, index), "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": text, "annotations": []}],
        }),
        // free text instead of JSON makes it a call of a custom tool
        Part::Call(name, Value::String(input)) => json!({
            "type": "custom_tool_call", "id": id("ctc", request, index), "call_id": id("call", request, index),
            "status": "completed", "name": name, "input": input,
        }),
        Part::Call(name, input) => {
            let mut call = json!({
                "type": "function_call", "id": id("fc", request, index), "call_id": id("call", request, index),
                "status": "completed", "name": name, "arguments": input.to_string(),
            });
            if let Some((namespace, name)) = name.split_once('/') {
                call["namespace"] = json!(namespace);
                call["name"] = json!(name);
            }
            call
        }
    }
}

fn response(request: &Request, parts: &[Part]) -> Value {
    let items: Vec<Value> = parts
        .iter()
        .enumerate()
        .map(|(index, part)| item(request, index, part))
        .collect();
    let read = TOKENS.fresh + TOKENS.cached;
    json!({
        "id": id("resp", request, 0), "object": "response", "created_at": 1_790_000_000, "status": "completed",
        "model": request.body["model"], "error": null, "incomplete_details": null, "output": items,
        "parallel_tool_calls": true, "tools": [],
        "usage": {"input_tokens": read, "input_tokens_details": {"cached_tokens": TOKENS.cached},
                  "output_tokens": TOKENS.written, "output_tokens_details": {"reasoning_tokens": 0},
                  "total_tokens": read + TOKENS.written},
    })
}

fn response_events(request: &Request, parts: &[Part]) -> Vec<Value> {
    let whole = response(request, parts);
    let mut head = whole.clone();
    head["status"] = json!("in_progress");
    head["output"] = json!([]);
    head["usage"] = Value::Null;
    let mut events = vec![
        json!({"type": "response.created", "response": head}),
        json!({"type": "response.in_progress", "response": head}),
    ];
    for (index, part) in parts.iter().enumerate() {
        events.extend(item_events(index, part, &whole["output"][index]));
    }
    events.push(json!({"type": "response.completed", "response": whole}));
    for (number, event) in events.iter_mut().enumerate() {
        event["sequence_number"] = json!(number);
    }
    events
}

fn item_events(index: usize, part: &Part, item: &Value) -> Vec<Value> {
    let mut begun = item.clone();
    begun["status"] = json!("in_progress");
    let mut middle = Vec::new();
    match part {
        Part::Text(text) => {
            begun["content"] = json!([]);
            let place = json!({"item_id": item["id"], "output_index": index, "content_index": 0});
            let at_place = |kind: &str, field: &str, value: Value| {
                let mut event = place.clone();
                event["type"] = json!(kind);
                event[field] = value;
                event
            };
            let empty = json!({"type": "output_text", "text": "", "annotations": []});
            middle.push(at_place("response.content_part.added", "part", empty));
            middle.extend(
                halves(text)
                    .map(|piece| at_place("response.output_text.delta", "delta", piece.into())),
            );
            middle.push(at_place(
                "response.output_text.done",
                "text",
                text.as_str().into(),
            ));
            middle.push(at_place(
                "response.content_part.done",
                "part",
                item["content"][0].clone(),
            ));
        }
        Part::Call(_, Value::String(_)) => begun["input"] = json!(""),
        Part::Call(..) => {
            begun["arguments"] = json!("");
            let (id, all) = (&item["id"], &item["arguments"]);
            middle.push(
                json!({"type": "response.function_call_arguments.delta", "item_id": id,
                               "output_index": index, "delta": all}),
            );
            middle.push(
                json!({"type": "response.function_call_arguments.done", "item_id": id,
                               "output_index": index, "arguments": all}),
            );
        }
    }
    let mut events =
        vec![json!({"type": "response.output_item.added", "output_index": index, "item": begun})];
    events.extend(middle);
    events.push(json!({"type": "response.output_item.done", "output_index": index, "item": item}));
    events
}
