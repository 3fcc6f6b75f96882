//! The `git-agents` program.

use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    // git waits for a hook: it gets past everything that a command needs.
    if arguments.get(1).is_some_and(|word| word == "_hook") {
        return ExitCode::from(git_agents::run_hook(&arguments[2..]));
    }
    if arguments.get(1).is_some_and(|word| word == "_hook-rest") {
        return ExitCode::from(git_agents::finish_hook(&arguments[2..]));
    }
    if arguments.get(1).is_some_and(|word| word == "_hook-check") {
        return ExitCode::from(git_agents::check_settings_in_hook(&arguments[2..]));
    }
    let apart = |word: &OsString| word == "_supervise" || word == "_detached";
    if arguments.get(1).is_some_and(apart) && !git_agents::leave(None) {
        return ExitCode::FAILURE;
    }
    ExitCode::from(git_agents::run_command(arguments))
}
