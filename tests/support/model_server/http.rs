//! As much of HTTP/1.1 as the programs speak: bodies with a length or in chunks, answers whole
//! or as a stream of events, connections that are used again.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// Longest head or body that is read, bytes; a test's prompt is far smaller.
const LONGEST: u64 = 64 << 20;

/// A request as it came.
pub(super) struct Message {
    pub(super) method: String,
    /// With its query.
    pub(super) target: String,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Message {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }
}

/// One client.
pub(super) struct Connection {
    reader: BufReader<TcpStream>,
    writer: TcpStream,
}

impl Connection {
    pub(super) fn new(stream: TcpStream) -> io::Result<Self> {
        Ok(Self {
            writer: stream.try_clone()?,
            reader: BufReader::new(stream),
        })
    }

    /// The next request; none when the client is done.
    pub(super) fn read(&mut self) -> io::Result<Option<Message>> {
        let first = self.line()?;
        let mut words = first.split(' ');
        let (Some(method), Some(target)) = (words.next(), words.next()) else {
            return Ok(None);
        };
        let mut message = Message {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        };
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            message
                .headers
                .push((name.trim().to_lowercase(), value.trim().to_owned()));
        }
        if message
            .header("expect")
            .is_some_and(|e| e.eq_ignore_ascii_case("100-continue"))
        {
            self.writer.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        message.body = self.body(&message)?;
        Ok(Some(message))
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        (&mut self.reader).take(LONGEST).read_line(&mut line)?;
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    }

    fn body(&mut self, message: &Message) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        if message
            .header("transfer-encoding")
            .is_some_and(|t| t.to_lowercase().contains("chunked"))
        {
            loop {
                let line = self.line()?;
                let size =
                    u64::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16);
                let size =
                    size.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
                (&mut self.reader)
                    .take(size.min(LONGEST))
                    .read_to_end(&mut body)?;
                self.line()?;
                if size == 0 {
                    return Ok(body);
                }
            }
        }
        let length = message
            .header("content-length")
            .and_then(|l| l.parse::<u64>().ok())
            .unwrap_or(0);
        (&mut self.reader)
            .take(length.min(LONGEST))
            .read_to_end(&mut body)?;
        Ok(body)
    }

    /// A whole answer in JSON.
    pub(super) fn respond(
        &mut self,
        status: u16,
        headers: &[(String, String)],
        body: &Value,
        is_head: bool,
    ) -> io::Result<()> {
        let body = body.to_string();
        let mut text = format!(
            "HTTP/1.1 {status} {}\r\ncontent-type: application/json\r\n",
            reason(status)
        );
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
        if !is_head {
            text.push_str(&body);
        }
        self.writer.write_all(text.as_bytes())
    }

    /// The head of an answer of events.
    pub(super) fn begin_stream(&mut self) -> io::Result<EventStream> {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\n\
                    transfer-encoding: chunked\r\n\r\n";
        self.writer.write_all(head.as_bytes())?;
        Ok(EventStream {
            writer: self.writer.try_clone()?,
        })
    }

    /// Waits this long at most for the client to leave.
    pub(super) fn is_gone(&mut self, beat: Duration) -> bool {
        if self.writer.set_read_timeout(Some(beat)).is_err() {
            return true;
        }
        match self.writer.read(&mut [0; 1]) {
            Ok(read) => read == 0,
            Err(error) => !matches!(
                error.kind(),
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
            ),
        }
    }
}

/// An answer under way.
pub(super) struct EventStream {
    writer: TcpStream,
}

impl EventStream {
    /// One event, as one chunk; without a name where the protocol has none.
    pub(super) fn send(&mut self, name: &str, data: &Value) -> io::Result<()> {
        let name = if name.is_empty() {
            String::new()
        } else {
            format!("event: {name}\n")
        };
        self.send_text(&format!("{name}data: {data}\n\n"))
    }

    /// One chunk.
    pub(super) fn send_text(&mut self, event: &str) -> io::Result<()> {
        self.writer
            .write_all(format!("{:x}\r\n{event}\r\n", event.len()).as_bytes())
    }

    /// The last, empty chunk.
    pub(super) fn end(mut self) -> io::Result<()> {
        self.writer.write_all(b"0\r\n\r\n")
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        401 => "Unauthorized",
        404 => "Not Found",
        426 => "Upgrade Required",
        429 => "Too Many Requests",
        _ => "Status",
    }
}
