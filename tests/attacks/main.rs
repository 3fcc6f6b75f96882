//! Attacks of our own on what agents answer, on what they can reach and leave behind, by other
//! users of the machine, and by sheer size.
//!
//! ```text
//! cargo test --locked --test attacks                            # and a table of tried and held
//! GIT_AGENTS_ATTACKS=all cargo test --locked --test attacks     # the heavy ones at full size
//! ```
//!
//! Each attempt is one test: it holds where the attack came to nothing.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should panic")]
#![expect(clippy::print_stdout, reason = "the table is what was asked for")]

mod attempt;
mod denial;
mod isolation;
mod others;
mod output;
mod replies;
#[path = "../all/scene.rs"]
#[expect(dead_code, reason = "shared with the other end to end tests")]
mod scene;
#[path = "../support/http_server.rs"]
#[expect(dead_code, reason = "shared with the other end to end tests")]
mod server;
#[path = "../all/support.rs"]
#[expect(dead_code, reason = "shared with the other end to end tests")]
mod support;

use std::process::ExitCode;

use libtest_mimic::Arguments;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    if !cfg!(target_os = "linux") {
        return ExitCode::SUCCESS;
    }
    let mut attempts = replies::attempts();
    attempts.extend(output::attempts());
    attempts.extend(isolation::attempts());
    attempts.extend(others::attempts());
    attempts.extend(denial::attempts());
    let trials = attempts.into_iter().map(attempt::Attempt::trial).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    if !arguments.list {
        println!("{}", attempt::table());
    }
    conclusion.exit_code()
}
