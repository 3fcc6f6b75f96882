//! Commands on a real pseudo-terminal.

use std::process::{Command, Stdio};

use expectrl::process::unix::WaitStatus;
use expectrl::session::OsSession;
use expectrl::{Eof, Expect};

use crate::support::Sandbox;

/// What a command showed on its terminal.
#[derive(Debug)]
pub(crate) struct Shown {
    /// Everything, without escape sequences and carriage returns.
    pub(crate) text: String,
    /// The exit code.
    pub(crate) code: i32,
}

impl Shown {
    /// Asserts the exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}", self.text);
        self
    }

    /// How often a text stands there.
    pub(crate) fn count(&self, text: &str) -> usize {
        self.text.matches(text).count()
    }
}

/// Runs the command to its end with all three streams on a terminal of 24 × 100.
pub(crate) fn show(command: Command) -> Shown {
    show_and(command, "", || ())
}

/// The same, and does something once a text stands there.
pub(crate) fn show_and(command: Command, text: &str, then: impl FnOnce()) -> Shown {
    converse(command, text, |_| then())
}

/// The same, and types a line once a question stands there.
pub(crate) fn answer(mut command: Command, question: &str, line: &str) -> Shown {
    command.stdin(Stdio::inherit());
    converse(command, question, |session| {
        session.send_line(line).unwrap();
    })
}

fn converse(mut command: Command, text: &str, then: impl FnOnce(&mut OsSession)) -> Shown {
    command.env("TERM", "xterm");
    let mut session = OsSession::spawn(command).unwrap();
    session.set_expect_timeout(Some(crate::support::PATIENCE));
    session.get_process_mut().set_window_size(100, 24).unwrap();
    let mut bytes = Vec::new();
    if !text.is_empty() {
        bytes.extend_from_slice(session.expect(text).unwrap().as_bytes());
    }
    then(&mut session);
    bytes.extend_from_slice(session.expect(Eof).unwrap().as_bytes());
    let code = match session.get_process().wait().unwrap() {
        WaitStatus::Exited(_, code) => code,
        WaitStatus::Signaled(_, signal, _) => 128 + signal as i32,
        other => panic!("{other:?}"),
    };
    let text = console::strip_ansi_codes(&String::from_utf8_lossy(&bytes)).replace('\r', "");
    Shown { text, code }
}

impl Sandbox {
    /// Runs git on a terminal.
    pub(crate) fn git_shown(&self, args: &[&str]) -> Shown {
        let mut command = self.command("git");
        command.args(args);
        show(command)
    }

    /// Runs a line of shell on a terminal.
    pub(crate) fn shell_shown(&self, line: &str) -> Shown {
        let mut command = self.command("sh");
        command.args(["-c", line]);
        show(command)
    }
}
