//! A scripted provider on this machine: both HTTP APIs, with streams and every way to fail.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

/// How a request is answered.
#[derive(Clone)]
pub(crate) enum Answer {
    /// This text, streamed in pieces.
    Text(String),
    /// This text, cut at the output limit.
    Cut(String),
    /// This text at once, without a stream.
    Whole(String),
    /// This status with these headers and this error.
    Status(u16, Vec<(&'static str, String)>, Value),
    /// The first half of this text as a stream, then nothing for an hour.
    Stall(String),
    /// The first half of this text as a stream, then the end of the connection.
    Drop(String),
    /// The head of a stream, then an error inside it.
    Broken(Value),
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Its path with the query.
    pub(crate) path: String,
    /// Its headers, names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// Its body; null where there was none.
    pub(crate) body: Value,
    /// The body as it came.
    pub(crate) raw: String,
    /// The whole prompt.
    prompt: String,
    /// Answers that had begun by then.
    answers_begun: usize,
}

impl Request {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }

    /// The prompt.
    pub(crate) fn prompt(&self) -> &str {
        &self.prompt
    }

    fn is_anthropic(&self) -> bool {
        self.path.ends_with("/v1/messages")
    }
}

type Script = dyn Fn(&Request) -> Answer + Send + Sync;

/// The provider; it lives as long as the test's process.
pub(crate) struct Server {
    port: u16,
    seen: Arc<Mutex<Vec<Request>>>,
}

/// What a connection needs.
struct Desk {
    log: Arc<Mutex<Vec<Request>>>,
    script: Arc<Script>,
    models: String,
    answers_begun: AtomicUsize,
}

impl Server {
    /// Answers every question as `script` says, and lists these models.
    pub(crate) fn start(
        models: &[&str],
        script: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("a bound port").port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let list: Vec<Value> = models.iter().map(|id| json!({"id": id})).collect();
        let list = json!({"data": list}).to_string();
        let answers_begun = AtomicUsize::new(0);
        let desk = Arc::new(Desk {
            log: Arc::clone(&seen),
            script: Arc::new(script),
            models: list,
            answers_begun,
        });
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let desk = Arc::clone(&desk);
                // a client that is killed breaks its connection; that is its business
                thread::spawn(move || serve(stream, &desk));
            }
        });
        Self { port, seen }
    }

    /// Its address, without a path.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Questions that came before the first answer had begun.
    pub(crate) fn begun_before_first_answer(&self) -> usize {
        self.seen()
            .iter()
            .filter(|request| request.answers_begun == 0)
            .count()
    }

    /// What came so far.
    pub(crate) fn seen(&self) -> Vec<Request> {
        self.seen.lock().expect("no test panics here").clone()
    }
}

fn serve(stream: TcpStream, desk: &Desk) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    let mut request = read(&mut reader)?;
    request.answers_begun = desk.answers_begun.load(Ordering::SeqCst);
    desk.log
        .lock()
        .expect("no test panics here")
        .push(request.clone());
    if request
        .path
        .split('?')
        .next()
        .is_some_and(|path| path.ends_with("/models"))
    {
        return plain(&mut stream, 200, &[], &desk.models);
    }
    let answer = (desk.script)(&request);
    desk.answers_begun.fetch_add(1, Ordering::SeqCst);
    match answer {
        Answer::Status(status, headers, error) => {
            plain(&mut stream, status, &headers, &error.to_string())
        }
        Answer::Whole(text) => plain(&mut stream, 200, &[], &whole(&request, &text)),
        Answer::Text(text) => streamed(&mut stream, &events(&request, &text, "end"), usize::MAX),
        Answer::Cut(text) => streamed(&mut stream, &events(&request, &text, "cut"), usize::MAX),
        Answer::Drop(text) => streamed(&mut stream, &events(&request, &text, "end"), 3),
        Answer::Stall(text) => {
            streamed(&mut stream, &events(&request, &text, "end"), 3)?;
            thread::sleep(std::time::Duration::from_secs(3600));
            None
        }
        Answer::Broken(error) => {
            let mut all = events(&request, "x", "end");
            all.truncate(2);
            all.push(("error", json!({"type": "error", "error": error})));
            streamed(&mut stream, &all, usize::MAX)
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers
        .iter()
        .find(|(name, _)| name == "content-length")
        .and_then(|(_, value)| value.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    let raw = String::from_utf8_lossy(&body).into_owned();
    let body: Value = serde_json::from_str(&raw).unwrap_or(Value::Null);
    let content = &body["messages"][0]["content"];
    let blocks = content.as_array().map(Vec::as_slice).unwrap_or_default();
    let blocks: String = blocks
        .iter()
        .filter_map(|block| block["text"].as_str())
        .collect();
    let prompt = content.as_str().map_or(blocks, str::to_owned);
    Some(Request {
        path,
        headers,
        body,
        raw,
        prompt,
        answers_begun: 0,
    })
}

fn plain(
    stream: &mut TcpStream,
    status: u16,
    headers: &[(&'static str, String)],
    body: &str,
) -> Option<()> {
    let extra: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n{extra}\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).ok()
}

/// The first so many events, then the end of the connection.
fn streamed(stream: &mut TcpStream, events: &[(&str, Value)], count: usize) -> Option<()> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n: comment\n\n";
    stream.write_all(head.as_bytes()).ok()?;
    for (name, data) in events.iter().take(count) {
        let data = if data.is_null() {
            "[DONE]".to_owned()
        } else {
            data.to_string()
        };
        stream
            .write_all(format!("event: {name}\r\ndata: {data}\r\n\r\n").as_bytes())
            .ok()?;
        stream.flush().ok()?;
    }
    Some(())
}

/// Both halves of a text, between characters.
fn halves(text: &str) -> (&str, &str) {
    let middle = (0..=text.len() / 2)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    text.split_at(middle)
}

fn events(request: &Request, text: &str, stop: &str) -> Vec<(&'static str, Value)> {
    let (first, second) = halves(text);
    if request.is_anthropic() {
        let reason = if stop == "cut" {
            "max_tokens"
        } else {
            "end_turn"
        };
        let delta = |text: &str| json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}});
        return vec![
            (
                "message_start",
                json!({"type": "message_start", "message": {"model": "claude-x", "usage": {"input_tokens": 100, "output_tokens": 1}}}),
            ),
            ("ping", json!({"type": "ping"})),
            ("content_block_delta", delta(first)),
            ("content_block_delta", delta(second)),
            (
                "message_delta",
                json!({"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 10}}),
            ),
            ("message_stop", json!({"type": "message_stop"})),
        ];
    }
    let reason = if stop == "cut" { "length" } else { "stop" };
    let chunk = |delta: Value, reason: Value| json!({"model": "local-x", "choices": [{"delta": delta, "finish_reason": reason}]});
    vec![
        ("message", chunk(json!({"role": "assistant"}), Value::Null)),
        ("message", chunk(json!({"content": ""}), Value::Null)),
        ("message", chunk(json!({"content": first}), Value::Null)),
        ("message", chunk(json!({"content": second}), Value::Null)),
        ("message", chunk(json!({}), json!(reason))),
        (
            "message",
            json!({"choices": [], "usage": {"prompt_tokens": 100, "completion_tokens": 10, "cost": 0.01}}),
        ),
        ("message", Value::Null),
    ]
}

fn whole(request: &Request, text: &str) -> String {
    let value = if request.is_anthropic() {
        json!({"content": [{"type": "text", "text": text}], "stop_reason": "end_turn", "usage": {"input_tokens": 100, "output_tokens": 10}})
    } else {
        json!({"choices": [{"message": {"content": text}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 100, "completion_tokens": 10}})
    };
    value.to_string()
}
