//! What the standard streams are connected to.

use std::io::IsTerminal;
use std::{env, io};

/// Columns assumed where nobody says.
const USUAL_WIDTH: usize = 80;
/// Rows assumed where nobody says.
const USUAL_HEIGHT: usize = 24;

/// Whether standard error is a terminal: the test before anything is told unasked.
#[must_use]
pub(crate) fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Whether standard input is a terminal: the test before anything is asked.
#[must_use]
pub(crate) fn stdin_is_terminal() -> bool {
    io::stdin().is_terminal()
}

/// Whether standard output is a terminal.
#[must_use]
pub(crate) fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Columns of the terminal on standard error, else on standard output, else
/// `COLUMNS`, else 80; between 20 and 1,000.
#[must_use]
pub(crate) fn width() -> usize {
    let of_stream = columns(io::stderr()).or_else(|| columns(io::stdout()));
    let of_env = || env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    of_stream
        .or_else(of_env)
        .unwrap_or(USUAL_WIDTH)
        .clamp(20, 1_000)
}

/// Rows and columns of the terminal on standard error; 24 rows where nobody says.
#[must_use]
pub(crate) fn size() -> (usize, usize) {
    let rows = rustix::termios::tcgetwinsize(io::stderr())
        .ok()
        .map(|size| usize::from(size.ws_row));
    (
        rows.filter(|rows| *rows > 0).unwrap_or(USUAL_HEIGHT),
        width(),
    )
}

fn columns(stream: impl std::os::fd::AsFd) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(stream).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_no_columns_and_the_width_is_usable() {
        assert_eq!(
            columns(std::fs::File::open("/dev/null").expect("the null device")),
            None
        );
        assert!((20..=1_000).contains(&width()));
    }
}
