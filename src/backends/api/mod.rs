//! Asks an HTTP API for one answer: what the hidden command behind the `anthropic` and `openai`
//! backends does.
//!
//! Promises: one request (and one for the list of models where none is named, and one more
//! without the answer's schema where the server does not know schemas); nothing is followed to
//! another place; the key leaves in one header only; what comes back is capped and never trusted;
//! every failure is a status or none, with the server's own words. There is no deadline but the
//! connection's: the supervisor has them.
//! Leaves to others: what a failure means (`backends`), trying again (`review`).

mod connection;
mod model_choice;
mod sse;
mod wire;

use std::io::Read;

use serde_json::Value;
use ureq::http::{HeaderMap, Response};
use ureq::{Agent, Body};

use sse::Lines;
pub(crate) use wire::Kind;
use wire::Stream;

/// Most of an answer, in bytes.
const TEXT_BYTES: usize = 16 << 20;
/// Most of a body that is not a stream, in bytes.
const BODY_BYTES: u64 = 16 << 20;
/// Longest of a server's words that is kept, in characters.
const WORDS: usize = 1000;

/// What is asked, and where.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// Which API.
    pub kind: Kind,
    /// Base URL without the trailing slash.
    pub url: String,
    /// The key, if one is to be sent.
    pub key: Option<String>,
    /// The model; none: the server's list decides.
    pub model: Option<String>,
    /// Schema of the answer.
    pub schema: Option<Value>,
    /// The whole prompt.
    pub prompt: String,
    /// Bytes at its beginning that other questions share, for the provider's cache; 0: none.
    pub shared: usize,
}

/// What came back. Everything in it is untrusted.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Reply {
    /// The text so far, also beside a fault.
    pub text: String,
    /// The model that answered.
    pub model: Option<String>,
    /// Tokens in, cached ones included.
    pub tokens_in: Option<u64>,
    /// Of these, read from the provider's cache.
    pub tokens_cached: Option<u64>,
    /// Tokens out.
    pub tokens_out: Option<u64>,
    /// Money in US dollars, where the server says.
    pub cost: Option<f64>,
    /// Why it stopped, once it did.
    pub stop: Option<Stop>,
    /// What went wrong.
    pub fault: Option<Fault>,
}

/// Why an answer stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It was finished.
    End,
    /// The model's output limit cut it.
    Cut,
    /// The model or a filter declined.
    Refused,
}

/// Why there is no whole answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Fault {
    /// The HTTP status, or the one that an error inside the stream stands for; none: the network.
    pub status: Option<u64>,
    /// The server's or the system's words.
    pub message: String,
    /// Seconds to wait before trying again, where the server says.
    pub retry_after: Option<f64>,
}

/// Asks. `progress` is told the bytes received so far, each time some came.
#[must_use]
pub(crate) fn ask(question: &Question, progress: &mut dyn FnMut(u64)) -> Reply {
    let mut reply = Reply::default();
    if let Err(fault) = try_to_ask(question, &mut reply, progress) {
        reply.fault = Some(fault);
    }
    reply
}

fn try_to_ask(
    question: &Question,
    reply: &mut Reply,
    progress: &mut dyn FnMut(u64),
) -> Result<(), Fault> {
    let agent = connection::agent(&question.url)?;
    let model = match &question.model {
        Some(model) => model.clone(),
        None => model_choice::choose(question.kind, &list_models(&agent, question)?)?,
    };
    reply.model = Some(model.clone());
    let response = match post(
        &agent,
        question,
        &question.kind.body(question, &model, true),
    ) {
        Err(fault) if question.kind.is_about_the_format(&fault) => post(
            &agent,
            question,
            &question.kind.body(question, &model, false),
        )?,
        other => other?,
    };
    if is_stream(response.headers()) {
        read_stream(question.kind, response, reply, progress)
    } else {
        read_whole(question.kind, response, reply)
    }
}

fn post(agent: &Agent, question: &Question, body: &Value) -> Result<Response<Body>, Fault> {
    let url = format!("{}{}", question.url, question.kind.path());
    let mut request = agent
        .post(&url)
        .header("content-type", "application/json")
        .header("accept", "text/event-stream");
    for (name, value) in question.kind.headers(question.key.as_deref()) {
        request = request.header(name, value);
    }
    checked(request.send(body.to_string().as_bytes()))
}

fn list_models(agent: &Agent, question: &Question) -> Result<Value, Fault> {
    let mut request = agent.get(format!("{}{}", question.url, question.kind.models_path()));
    for (name, value) in question.kind.headers(question.key.as_deref()) {
        request = request.header(name, value);
    }
    let body = whole(checked(request.call())?)?;
    serde_json::from_slice(&body).map_err(|_| Fault {
        status: Some(404),
        message: "the list of models cannot be read: name a model".into(),
        retry_after: None,
    })
}

fn checked(result: Result<Response<Body>, ureq::Error>) -> Result<Response<Body>, Fault> {
    let response = result.map_err(|error| network(&error))?;
    let status = u64::from(response.status().as_u16());
    if response.status().is_success() {
        return Ok(response);
    }
    let retry_after = retry_after(response.headers());
    let place = response.headers().get("location").is_some();
    let mut message = wire::words(&whole(response).unwrap_or_default());
    if (300..400).contains(&status) && place {
        message =
            "the server points to another place, which is not followed: set its own URL".into();
    }
    Err(Fault {
        status: Some(status),
        message: capped(&message),
        retry_after,
    })
}

fn network(error: &ureq::Error) -> Fault {
    let words = match error {
        ureq::Error::HostNotFound => "host not found".to_owned(),
        ureq::Error::ConnectionFailed => "connection failed".to_owned(),
        ureq::Error::Io(error) => error.to_string(),
        other => other.to_string(),
    };
    Fault {
        status: None,
        message: capped(&words),
        retry_after: None,
    }
}

/// Seconds, or a date.
fn retry_after(headers: &HeaderMap) -> Option<f64> {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::trim)
    };
    if let Some(milliseconds) = text("retry-after-ms").and_then(|value| value.parse::<f64>().ok()) {
        return Some(milliseconds / 1000.0).filter(|s| s.is_finite() && *s >= 0.0);
    }
    let value = text("retry-after")?;
    let seconds = value.parse::<f64>().ok().or_else(|| {
        let then = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
        Some((then.as_second() - jiff::Timestamp::now().as_second()) as f64)
    });
    seconds.filter(|s| s.is_finite() && *s >= 0.0)
}

fn is_stream(headers: &HeaderMap) -> bool {
    let kind = headers
        .get("content-type")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    !kind.to_ascii_lowercase().starts_with("application/json")
}

fn whole(response: Response<Body>) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    let read = response
        .into_body()
        .into_reader()
        .take(BODY_BYTES)
        .read_to_end(&mut bytes);
    read.map(|_| bytes).map_err(|error| lost(&error))
}

fn lost(error: &std::io::Error) -> Fault {
    Fault {
        status: None,
        message: capped(&format!("the connection was lost: {error}")),
        retry_after: None,
    }
}

/// A server that does not stream.
fn read_whole(kind: Kind, response: Response<Body>, reply: &mut Reply) -> Result<(), Fault> {
    let body = whole(response)?;
    let value: Value = serde_json::from_slice(&body).map_err(|error| Fault {
        status: Some(500),
        message: format!("its answer is no JSON: {error}"),
        retry_after: None,
    })?;
    kind.read_whole(&value, reply)
}

fn read_stream(
    kind: Kind,
    response: Response<Body>,
    reply: &mut Reply,
    progress: &mut dyn FnMut(u64),
) -> Result<(), Fault> {
    let mut lines = Lines::new(response.into_body().into_reader());
    let mut stream = Stream::new(kind);
    let mut received = 0u64;
    while let Some(line) = lines.next().map_err(|error| lost(&error))? {
        received = received.saturating_add(line.len() as u64);
        progress(received);
        if let Some(data) = line.strip_prefix(b"data:") {
            stream.take(data.trim_ascii(), reply)?;
        }
        if reply.text.len() > TEXT_BYTES {
            return Err(Fault {
                status: Some(413),
                message: "its answer has no end".into(),
                retry_after: None,
            });
        }
        if stream.is_done() {
            break;
        }
    }
    if reply.stop.is_none() {
        let message = "connection dropped: the stream ended before the answer did".into();
        return Err(Fault {
            status: None,
            message,
            retry_after: None,
        });
    }
    Ok(())
}

fn capped(words: &str) -> String {
    words.chars().take(WORDS).collect()
}
