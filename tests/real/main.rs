//! The real agent programs from end to end: `git agents run` in a sealed sandbox, three reviewers
//! at once, against a model server on the loopback interface.
//!
//! Runs where it is asked for, since it needs the programs:
//!
//! ```text
//! tests/real/install && GIT_AGENTS_TEST_REAL=1 cargo test --test real          # claude and codex
//! tests/real/install --all && GIT_AGENTS_TEST_REAL=1 cargo test --test real    # all seven
//! ```
//!
//! `GIT_AGENTS_TEST_REAL=measure` prints the README's table of time and memory instead.
//!
//! A case in which a program differs from the others says so in its name.
//! The harness is one that can say at run time what is ignored: each program that is not there is
//! one ignored line, never fourteen that passed. Claude and codex have to be there.
//!
//! A further program is one value in [`program`], and its protocol in the server if that is new.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should panic")]
#![expect(clippy::print_stdout, reason = "the table is what was asked for")]

mod answers;
mod calls;
mod exploring;
mod failures;
mod measured;
#[path = "../support/model_server/mod.rs"]
mod model_server;
mod place;
mod poison;
mod processes;
mod program;
mod sealing;
#[path = "../all/support.rs"]
#[expect(
    dead_code,
    reason = "shared with the other end to end tests, which use the rest"
)]
mod support;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

use program::{ALL, Program, REQUIRED};

/// A case, and its name.
type Case = (&'static str, fn(&'static Program));

macro_rules! cases {
    ($($module:ident::$case:ident,)*) => { [$((stringify!($case), $module::$case as fn(&'static Program)),)*] };
}

const CASES: [Case; 14] = cases![
    answers::three_reviewers_become_one_report,
    answers::the_prompts_share_their_beginning,
    failures::a_wrong_key_is_no_login,
    failures::a_rate_limit_is_named,
    failures::a_rate_limit_that_ends_is_waited_for,
    failures::a_long_rate_limit_is_not_sat_out,
    failures::an_overloaded_provider_is_named,
    failures::a_stalled_stream_ends_at_the_deadline,
    failures::a_refused_connection_is_named,
    failures::prose_instead_of_the_schema_is_unreadable,
    sealing::a_tool_that_the_model_calls_does_not_run,
    sealing::a_poisoned_repository_is_only_read_as_a_change,
    sealing::a_poisoned_repository_catches_the_unsealed,
    sealing::the_prompt_is_in_no_command_line_and_in_no_file,
];

/// Only for those that can be kept to reading.
const READING: Case = (
    "a_tool_call_reads_the_snapshot_and_reaches_nothing_else",
    exploring::a_tool_call_reads_the_snapshot_and_reaches_nothing_else,
);

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let wish = std::env::var("GIT_AGENTS_TEST_REAL").unwrap_or_default();
    if wish == "measure" {
        for program in ALL.iter().filter(|program| program.version().is_some()) {
            println!("{}", measured::row(program));
        }
        return ExitCode::SUCCESS;
    }
    let asked = wish == "1";
    let trials = if asked {
        ALL.iter().flat_map(trials).collect()
    } else {
        vec![not_run("not asked for: GIT_AGENTS_TEST_REAL=1")]
    };
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The cases of a program, or why there are none.
fn trials(program: &'static Program) -> Vec<Trial> {
    let name = program.name;
    match program.version() {
        None if REQUIRED.contains(&name) => {
            let words = format!("{name} is not there: `tests/real/install`");
            vec![Trial::test(format!("{name} is installed"), move || {
                Err(words.into())
            })]
        }
        None => vec![not_run(&format!(
            "{name} is not installed: tests/real/install {name}"
        ))],
        Some(version) => {
            let trial = |(case, run): Case| {
                let exceptions = program.exceptions.iter().map(|exception| exception.told());
                let differs = exceptions
                    .filter(|(of, _)| *of == case)
                    .map(|(_, why)| format!(", {why}"));
                Trial::test(
                    format!("{name}::{case}{}", differs.collect::<String>()),
                    move || {
                        run(program);
                        Ok(())
                    },
                )
                .with_kind(version.clone())
            };
            CASES
                .into_iter()
                .chain(program.looks.map(|_| READING))
                .map(trial)
                .collect()
        }
    }
}

/// One line that says what did not run.
fn not_run(why: &str) -> Trial {
    Trial::test(why, || Ok(())).with_ignored_flag(true)
}
