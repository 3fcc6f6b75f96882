//! The question before anything is recorded.

use std::io::{self, BufRead, Read};

use crate::cli::error::CommandError;
use crate::cli::{exit_code, output};
use crate::sys::terminal;

/// Longest answer that is read, in bytes.
const ANSWER: u64 = 100;

/// Shows `text` and asks; `None`: go on, else the exit code to leave with. `--yes` answers for the
/// person, who must otherwise be there.
pub(super) fn agreed(
    yes: bool,
    text: &str,
    question: &str,
    command: &str,
) -> Result<Option<u8>, CommandError> {
    if yes {
        return Ok(None);
    }
    if !terminal::stdin_is_terminal() || !terminal::stderr_is_terminal() {
        return Err(
            CommandError::usage("there is no terminal to show the file and ask on")
                .hint(format!("`{command}` records it without asking")),
        );
    }
    output::stderr(text);
    output::stderr(&format!("{} [y/N] ", crate::text::escape::line(question)));
    let mut answer = String::new();
    let read = io::stdin().lock().take(ANSWER).read_line(&mut answer);
    if read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes") {
        return Ok(None);
    }
    output::note("agents: nothing was recorded\n");
    Ok(Some(exit_code::INTERRUPTED))
}
