//! Writing to the person's streams. A reader that goes away is not a fault.

use std::io::{self, ErrorKind, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::args::{FormatArg, PrintArgs};
use super::error::CommandError;
use crate::report::{self, Format, RenderOptions};
use crate::sys::terminal;

/// What was printed so far, where a pager is to show all of it; none: it is printed at once.
static KEPT: Mutex<Option<Vec<u8>>> = Mutex::new(None);
/// Whether nothing is said that was not asked for.
static QUIET: AtomicBool = AtomicBool::new(false);

/// From now on, what is printed is kept.
pub(super) fn keep() {
    if let Ok(mut kept) = KEPT.lock() {
        *kept = Some(Vec::new());
    }
}

/// What was kept; from now on everything is printed at once.
pub(super) fn take_kept() -> Vec<u8> {
    let kept = KEPT.lock().ok().and_then(|mut kept| kept.take());
    kept.unwrap_or_default()
}

/// Whether [`note`] is to be silent.
pub(super) fn be_quiet(quiet: bool) {
    QUIET.store(quiet, Ordering::Relaxed);
}

/// Whether nothing is to be said that was not asked for.
pub(super) fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// Writes what was asked for.
pub(super) fn stdout(text: &str) -> Result<(), CommandError> {
    stdout_bytes(text.as_bytes())
}

/// Writes the lines of a list that was asked for: whole into files and pipes, broken between words
/// on a terminal.
pub(super) fn list(text: &str) -> Result<(), CommandError> {
    if !terminal::stdout_is_terminal() {
        return stdout(text);
    }
    stdout(&report::filled(text, terminal::width()))
}

/// Writes bytes that were asked for.
pub(super) fn stdout_bytes(bytes: &[u8]) -> Result<(), CommandError> {
    if let Ok(mut kept) = KEPT.lock()
        && let Some(kept) = kept.as_mut()
    {
        kept.extend_from_slice(bytes);
        return Ok(());
    }
    settle(io::stdout().lock(), bytes)
}

/// Writes what a person may want to know and did not ask for; nothing with `--quiet`.
pub(super) fn note(text: &str) {
    if !is_quiet() {
        stderr(text);
    }
}

/// Writes everything else.
pub(super) fn stderr(text: &str) {
    // a question waits behind its last word
    let on_terminal = text.ends_with('\n') && terminal::stderr_is_terminal();
    let filled = on_terminal.then(|| report::filled(text, terminal::width()));
    let text = filled.as_deref().unwrap_or(text);
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
