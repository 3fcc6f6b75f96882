//! The real `claude` and `codex` programs from end to end: `git agents run` in a sealed sandbox,
//! three reviewers at once, against a model server on the loopback interface.
//!
//! Runs where it is asked for, since it needs the programs:
//!
//! ```text
//! tests/real/install && GIT_AGENTS_TEST_REAL=1 cargo test --test real
//! ```
//!
//! A further program is one value in [`program`], and its protocol in the server if that is new.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

mod answers;
mod exploring;
mod failures;
#[path = "../support/model_server/mod.rs"]
mod model_server;
mod place;
mod processes;
mod program;
mod sealing;
#[path = "../all/support.rs"]
#[expect(dead_code, reason = "shared with the other end to end tests, which use the rest")]
mod support;

/// One test of each case for each program.
macro_rules! cases {
    ($($program:ident: $value:path;)*) => {$(
        mod $program {
            cases!(@tests $value;
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
                exploring::a_tool_call_reads_the_snapshot_and_reaches_nothing_else,
                sealing::the_prompt_is_in_no_command_line_and_in_no_file,
            );
        }
    )*};
    (@tests $value:path; $($module:ident::$case:ident,)*) => {$(
        #[test]
        fn $case() {
            if crate::program::is_asked_for() {
                crate::$module::$case(&$value);
            }
        }
    )*};
}

cases! {
    claude: crate::program::CLAUDE;
    codex: crate::program::CODEX;
}
