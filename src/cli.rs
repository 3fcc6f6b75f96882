//! The command line's edge: one file a command; every fault becomes a
//! [`CommandError`] here, and every exit code is decided here.

mod agents;
mod args;
mod cancel;
mod candidates;
mod completions;
mod config;
mod deliver;
mod dismiss;
mod doctor;
mod error;
mod exit_code;
mod findings;
mod gate;
mod hooks;
mod http;
mod init;
mod learn;
mod logs;
mod man;
mod output;
mod progress;
mod prompt;
mod prune;
mod report;
mod retry;
mod run;
mod runs;
mod screen;
mod show;
mod slash_commands;
mod spending;
mod status;
mod target;
mod trust;
mod wait;
mod why;
mod worker;

pub(crate) use args::Cli;
pub(crate) use error::CommandError;

use args::{Command, SchemaArg, ShellArg};
use clap::Parser;
use clap::error::ErrorKind;

use crate::hooks::shell_integration::Shell;
use crate::model::invocation::INSIDE_REVIEW;
use crate::reply;
use crate::report::json;
use crate::review::Workspace;
use crate::sys::process;

/// Runs the program on these arguments; returns its exit code.
#[must_use]
pub(crate) fn main(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> u8 {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => exit_code::CLEAN,
                _ => exit_code::USAGE,
            };
        }
    };
    let pager = screen::settle(&cli);
    let ended = dispatch(&cli);
    let kept = output::take_kept();
    if let (Some(pager), Ok(exit_code::CLEAN)) = (&pager, &ended)
        && !kept.is_empty()
    {
        screen::page(pager, &kept);
    }
    // there is no pager, or it could not be started
    let printed = output::stdout_bytes(&kept);
    match printed.and(ended) {
        Ok(code) => code,
        Err(failure) => {
            output::stderr(&failure.to_text());
            failure.code
        }
    }
}

fn dispatch(cli: &Cli) -> Result<u8, CommandError> {
    if matches!(
        cli.command,
        Command::Run(_) | Command::Retry(_) | Command::Trust(_)
    ) {
        refuse_inside_a_review()?;
    }
    match &cli.command {
        Command::Run(args) => run::run(args, cli.verbose),
        Command::Report(args) => report::report(args),
        Command::Show(args) => show::show(args),
        Command::Findings(args) => findings::findings(args),
        Command::Dismiss(args) => dismiss::dismiss(args),
        Command::Reopen(args) => dismiss::reopen(args),
        Command::Learn(args) => learn::learn(args),
        Command::Why(args) => why::why(args),
        Command::Status(args) => status::status(args),
        Command::Wait(args) => wait::wait(args),
        Command::Cancel(args) => cancel::cancel(args),
        Command::Retry(args) => retry::retry(args, cli.verbose),
        Command::Logs(args) => logs::logs(args),
        Command::Prompt(args) => prompt::prompt(args, cli.verbose),
        Command::Agents(args) => agents::agents(args),
        Command::Trust(args) => trust::trust(args),
        Command::Config(args) => config::config(args),
        Command::Prune(args) => prune::prune(args),
        Command::Completions(args) => completions::completions(args),
        Command::Complete(args) => completions::complete(args),
        Command::Man(args) => man::man(args),
        Command::Init(args) => init::init(args),
        Command::Hooks(args) => hooks::hooks(args),
        Command::ShellInit(args) => shell_init(args.shell),
        Command::Gate(args) => gate::gate(args),
        Command::Deliver => deliver::deliver(),
        Command::Schema(args) => schema(args.which),
        Command::Supervise(args) => worker::supervise(args),
        Command::Http(args) => http::http(args),
        Command::Doctor(args) => doctor::doctor(args),
        // what `doctor` starts; it got here in a session of its own
        Command::Detached => {
            process::tell();
            Ok(exit_code::CLEAN)
        }
    }
}

/// An agent that could start a review could start one without an end, and one that could trust
/// could allow itself anything.
fn refuse_inside_a_review() -> Result<(), CommandError> {
    match std::env::var_os(INSIDE_REVIEW).filter(|value| !value.is_empty()) {
        Some(_) => Err(CommandError::usage(
            "this is inside a review, which starts no other one and trusts nothing",
        )),
        None => Ok(()),
    }
}

/// The repository that holds the current directory.
fn here() -> Result<Workspace, CommandError> {
    let start = std::env::current_dir().map_err(|error| {
        CommandError::usage(format!("the current directory cannot be read: {error}"))
    })?;
    Ok(Workspace::discover(&start)?)
}

fn shell_init(shell: ShellArg) -> Result<u8, CommandError> {
    let shell = match shell {
        ShellArg::Bash => Shell::Bash,
        ShellArg::Zsh => Shell::Zsh,
        ShellArg::Fish => Shell::Fish,
    };
    output::stdout(shell.script())?;
    Ok(exit_code::CLEAN)
}

fn schema(which: SchemaArg) -> Result<u8, CommandError> {
    let schema = match which {
        SchemaArg::Report => json::schema(),
        SchemaArg::Reply => reply::reply_schema(),
    };
    output::stdout(&format!("{schema:#}\n"))?;
    Ok(exit_code::CLEAN)
}
