//! The hidden command behind the `anthropic` and `openai` backends: the prompt on standard
//! input, progress and the answer as JSON lines on standard output.

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::args::HttpArgs;
use super::error::CommandError;
use super::exit_code;
use crate::backends::api;
use crate::backends::api::{Kind, Question, Reply, Stop};

/// Between two lines of progress: enough for any idle deadline.
const BEAT: Duration = Duration::from_secs(1);

pub(super) fn http(args: &HttpArgs) -> Result<u8, CommandError> {
    let kind = Kind::parse(&args.kind).ok_or_else(|| CommandError::usage("no such API"))?;
    let unreadable = |what: &str, error: &dyn std::error::Error| {
        CommandError::incomplete(format!("{what}: {error}"))
    };
    let mut prompt = String::new();
    io::stdin()
        .read_to_string(&mut prompt)
        .map_err(|error| unreadable("cannot read the prompt", &error))?;
    let schema = args
        .schema
        .as_ref()
        .map(|path| -> Result<Value, CommandError> {
            let bytes = std::fs::read(path)
                .map_err(|error| unreadable("cannot read the schema", &error))?;
            serde_json::from_slice(&bytes)
                .map_err(|error| unreadable("cannot read the schema", &error))
        });
    let key = args
        .key_variable
        .as_ref()
        .and_then(|name| std::env::var(name).ok());
    let key = key
        .map(|key| key.trim().to_owned())
        .filter(|key| !key.is_empty());
    let url = args.url.trim_end_matches('/').to_owned();
    let question = Question {
        kind,
        url,
        key,
        model: args.model.clone(),
        schema: schema.transpose()?,
        prompt,
        shared: args.shared,
    };
    let mut last = None::<Instant>;
    let reply = api::ask(&question, &mut |bytes| {
        if last.is_none_or(|at| at.elapsed() >= BEAT) {
            last = Some(Instant::now());
            say(&json!({"type": "progress", "bytes": bytes}));
        }
    });
    say(&as_json(&reply));
    Ok(if reply.fault.is_none() {
        exit_code::CLEAN
    } else {
        exit_code::FINDINGS
    })
}

/// A reader that is gone ends us by itself.
fn say(value: &Value) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{value}").and_then(|()| out.flush());
}

fn as_json(reply: &Reply) -> Value {
    let stop = reply.stop.map(|stop| match stop {
        Stop::End => "end",
        Stop::Cut => "cut",
        Stop::Refused => "refused",
    });
    let error = reply
        .fault
        .as_ref()
        .map(|fault| json!({"status": fault.status, "message": fault.message, "retry_after": fault.retry_after}));
    json!({
        "type": "result",
        "text": reply.text,
        "model": reply.model,
        "usage": {
            "tokens_in": reply.tokens_in,
            "tokens_cached": reply.tokens_cached,
            "tokens_out": reply.tokens_out,
            "cost": reply.cost,
        },
        "stop": stop,
        "error": error,
    })
}
