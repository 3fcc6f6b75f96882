//! Writing to the person's streams. A reader that goes away is not a fault.

use std::io::{self, ErrorKind, Write};

use super::args::{FormatArg, PrintArgs};
use super::error::CommandError;
use crate::report::{Format, RenderOptions};
use crate::sys::terminal;

/// Writes what was asked for.
pub(super) fn stdout(text: &str) -> Result<(), CommandError> {
    settle(io::stdout().lock(), text.as_bytes())
}

/// Writes bytes that were asked for.
pub(super) fn stdout_bytes(bytes: &[u8]) -> Result<(), CommandError> {
    settle(io::stdout().lock(), bytes)
}

/// Writes everything else.
pub(super) fn stderr(text: &str) {
    // Standard error being closed is no reason to change what a command does.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

fn settle(mut stream: impl Write, bytes: &[u8]) -> Result<(), CommandError> {
    match stream.write_all(bytes).and_then(|()| stream.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(CommandError::incomplete(format!(
            "standard output cannot be written: {error}"
        ))),
    }
}

/// The format asked for; people's format by default.
pub(super) fn format(asked: Option<FormatArg>) -> Format {
    match asked {
        Some(FormatArg::Markdown) => Format::Markdown,
        Some(FormatArg::Json) => Format::Json,
        Some(FormatArg::Terminal) | None => Format::Terminal,
    }
}

/// How standard output is drawn on.
pub(super) fn render_options(print: &PrintArgs) -> RenderOptions {
    RenderOptions {
        width: if terminal::stdout_is_terminal() {
            terminal::width()
        } else {
            80
        },
        colour: console::colors_enabled(),
        all: print.all,
        max_lines: None,
    }
}
