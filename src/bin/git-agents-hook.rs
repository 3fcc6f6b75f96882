//! The `git-agents-hook` program: what git waits for, and nothing else. It
//! becomes `git-agents` for all that takes longer.

use std::ffi::OsString;
use std::process::ExitCode;

use git_agents::{HookFollowUp, become_program, leave, run_fast};

/// The program that does all that takes longer.
const WHOLE: &str = "git-agents";

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    match arguments.first().and_then(|word| word.to_str()) {
        Some("_hook") => match run_fast(&arguments[1..]) {
            HookFollowUp::Nothing => {}
            HookFollowUp::Tell | HookFollowUp::Judge => become_whole("_hook-rest", &arguments[1..]),
            HookFollowUp::Check => become_whole("_hook-check", &arguments[1..]),
        },
        Some("_supervise") if leave(Some(WHOLE)) => {
            become_whole("_supervise", &arguments[1..]);
        }
        _ => {}
    }
    ExitCode::SUCCESS
}

/// Returns only where the whole program cannot be started; git goes on then.
fn become_whole(command: &str, arguments: &[OsString]) {
    let mut words = vec![OsString::from(command)];
    words.extend_from_slice(arguments);
    become_program(WHOLE, &words);
}
