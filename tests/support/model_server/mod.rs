//! A model provider on the loopback interface: real agent programs run against it from end to
//! end, without a network and without an account.
//!
//! It speaks Anthropic Messages, OpenAI Responses and chat completions, and Gemini's, streamed and whole. A script answers each
//! request with a [`Step`]; it sees the whole request, so it can tell reviewers apart by a marker
//! in the prompt. Every request is kept in memory, before the first byte of its answer is sent:
//! what is asserted after a program's end is complete.
//!
//! Promises nothing about how a model answers; [`wire`] has the shapes, [`http`] the transport.

mod chat;
mod gemini;
mod http;
mod request;
mod wire;

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

pub(crate) use request::{Credential, Protocol, Request};

/// Between two looks at whether a waiting client is gone, or everything over.
const BEAT: Duration = Duration::from_millis(50);

/// What is answered to one request.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// The answer that was asked for, in the form that was asked for.
    Reply(Value),
    /// Words, whatever form was asked for.
    Text(String),
    /// Calls of tools by name with their input, offered or not; `namespace/name` where tools have one.
    Calls(Vec<(String, Value)>),
    /// A failure with this HTTP status and these headers.
    Status(u16, Vec<(String, String)>),
    /// The first half of a streamed answer, then nothing more.
    Stall,
    /// The connection is closed without an answer.
    Disconnect,
}

/// Tokens that every answer claims.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tokens {
    /// Read by the model, not from a cache.
    pub(crate) fresh: u64,
    /// Read by the model from a cache.
    pub(crate) cached: u64,
    /// Written by the model.
    pub(crate) written: u64,
}

/// Of every answer.
pub(crate) const TOKENS: Tokens = Tokens {
    fresh: 1200,
    cached: 300,
    written: 45,
};

type Script = Box<dyn Fn(&Request) -> Step + Send + Sync>;

/// The server; it ends when this is dropped.
pub(crate) struct ModelServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    key: String,
    script: Script,
    log: Mutex<Vec<Request>>,
    connections: AtomicUsize,
    is_held: Mutex<bool>,
    released: Condvar,
    is_closing: AtomicBool,
}

impl ModelServer {
    /// Starts one. A request with another key than `key` is answered 401, whatever the script says.
    pub(crate) fn start(
        key: &str,
        script: impl Fn(&Request) -> Step + Send + Sync + 'static,
    ) -> Self {
        let listener =
            TcpListener::bind(("127.0.0.1", 0)).expect("a port on the loopback interface");
        let address = listener.local_addr().expect("a bound address");
        let shared = Arc::new(Shared {
            key: key.to_owned(),
            script: Box::new(script),
            log: Mutex::default(),
            connections: AtomicUsize::new(0),
            is_held: Mutex::new(false),
            released: Condvar::new(),
            is_closing: AtomicBool::new(false),
        });
        let own = Arc::clone(&shared);
        thread::spawn(move || own.accept(&listener));
        Self { address, shared }
    }

    /// Its address without a path.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on answers wait, until [`Self::release`].
    pub(crate) fn hold(&self) {
        *lock(&self.shared.is_held) = true;
    }

    /// Lets the answers go.
    pub(crate) fn release(&self) {
        *lock(&self.shared.is_held) = false;
        self.shared.released.notify_all();
    }

    /// Connections so far, also those without a request.
    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// All requests so far, in the order of their arrival.
    pub(crate) fn requests(&self) -> Vec<Request> {
        lock(&self.shared.log).clone()
    }

    /// Those that ask a model.
    pub(crate) fn asked(&self) -> Vec<Request> {
        self.requests()
            .into_iter()
            .filter(|request| request.protocol != Protocol::None)
            .collect()
    }
}

impl Drop for ModelServer {
    fn drop(&mut self) {
        self.shared.is_closing.store(true, Ordering::SeqCst);
        self.release();
        // wakes the accepting thread
        let _ = TcpStream::connect(self.address);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Shared {
    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        for stream in listener.incoming() {
            if self.is_closing() {
                return;
            }
            self.connections.fetch_add(1, Ordering::SeqCst);
            let own = Arc::clone(self);
            // a client that goes away in the middle is part of the game
            thread::spawn(move || stream.and_then(|stream| own.serve(stream)));
        }
    }

    fn is_closing(&self) -> bool {
        self.is_closing.load(Ordering::SeqCst)
    }

    fn serve(&self, stream: TcpStream) -> io::Result<()> {
        let mut connection = http::Connection::new(stream)?;
        while let Some(message) = connection.read()? {
            let request = self.record(Request::of(&message, &self.key));
            if !self.answer(&mut connection, &request)? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Puts it on the log, with how often the same prompt came before.
    fn record(&self, mut request: Request) -> Request {
        let mut log = lock(&self.log);
        let same = |other: &&Request| {
            other.protocol != Protocol::None && other.prompt() == request.prompt()
        };
        request.nth = log.iter().filter(same).count();
        log.push(request.clone());
        request
    }

    /// Answers; says whether the connection goes on.
    fn answer(&self, connection: &mut http::Connection, request: &Request) -> io::Result<bool> {
        if request.is_upgrade {
            let body = json!({"error": {"message": "no websockets here", "type": "invalid_request_error"}});
            return connection
                .respond(426, &[], &body, request.is_head())
                .map(|()| true);
        }
        let protocol = request.protocol;
        match protocol {
            Protocol::None if request.path == "/api/hello" => {
                return connection
                    .respond(200, &[], &json!({}), request.is_head())
                    .map(|()| true);
            }
            Protocol::None => {
                let body = json!({"error": {"message": "nothing here", "type": "not_found_error"}});
                return connection
                    .respond(404, &[], &body, request.is_head())
                    .map(|()| true);
            }
            Protocol::Messages | Protocol::Responses | Protocol::Chat | Protocol::Gemini => {}
        }
        let step = if request.has_right_key {
            (self.script)(request)
        } else {
            Step::Status(401, Vec::new())
        };
        self.wait_for_release();
        match &step {
            Step::Disconnect => Ok(false),
            Step::Status(status, headers) => connection
                .respond(*status, headers, &wire::failure(protocol, *status), false)
                .map(|()| true),
            Step::Reply(_) | Step::Text(_) | Step::Calls(_) if !request.is_streamed() => connection
                .respond(200, &[], &wire::whole(request, &step), false)
                .map(|()| true),
            Step::Reply(_) | Step::Text(_) | Step::Calls(_) => {
                self.stream(connection, protocol, &wire::events(request, &step))
            }
            Step::Stall => self.stall(connection, request),
        }
    }

    fn stream(
        &self,
        connection: &mut http::Connection,
        protocol: Protocol,
        events: &[(String, Value)],
    ) -> io::Result<bool> {
        let mut stream = connection.begin_stream()?;
        for (name, data) in events {
            stream.send(name, data)?;
        }
        if protocol == Protocol::Chat {
            stream.send_text("data: [DONE]\n\n")?;
        }
        stream.end().map(|()| true)
    }

    fn stall(&self, connection: &mut http::Connection, request: &Request) -> io::Result<bool> {
        let events = wire::events(
            request,
            &Step::Text("I have begun to read the change, and".into()),
        );
        let mut stream = connection.begin_stream()?;
        for (name, data) in &events[..events.len() / 2] {
            stream.send(name, data)?;
        }
        while !self.is_closing() && !connection.is_gone(BEAT) {}
        Ok(false)
    }

    fn wait_for_release(&self) {
        let mut held = lock(&self.is_held);
        while *held && !self.is_closing() {
            held = self
                .released
                .wait(held)
                .unwrap_or_else(std::sync::PoisonError::into_inner);
        }
    }
}
