//! `git agents init`: everything set up in one command, and what it means.

use super::args::InitArgs;
use super::error::CommandError;
use super::{exit_code, hooks, output};
use crate::backends;
use crate::hooks::install::Route;
use crate::hooks::shell_integration::Shell;
use crate::model::{Auto, GatePolicy, Settings};
use crate::sys;
use crate::sys::program_search::Detection;
use crate::text::escape;

pub(super) fn init(args: &InitArgs) -> Result<u8, CommandError> {
    let workspace = if args.global {
        None
    } else {
        Some(super::here()?)
    };
    let report = hooks::set_up(args.global, args.notes)?;
    let mut text = hooks::installed(&report);
    if report.route == Route::ByHand {
        output::stdout(&text)?;
        return Ok(exit_code::USAGE);
    }
    let (major, minor, patch) = hooks::options(args.global)?.git_version;
    text.push_str(&format!("git: {major}.{minor}.{patch}\n"));
    let top = workspace
        .as_ref()
        .and_then(|workspace| workspace.repo.work_tree());
    text.push_str(&found(top));
    let defaults = Settings::default();
    text.push_str(&next(
        workspace
            .as_ref()
            .map_or(&defaults, |workspace| &workspace.settings),
    ));
    text.push_str(&shell());
    let global = if args.global { " --global" } else { "" };
    text.push_str(&format!(
        "undo: `git agents hooks uninstall{global}` puts everything back\n"
    ));
    output::stdout(&text)?;
    Ok(exit_code::CLEAN)
}

fn found(top: Option<&std::path::Path>) -> String {
    let installed = |adapter: &&dyn backends::Adapter| {
        let program = adapter.program()?;
        matches!(
            sys::program_search::detect(program, top),
            Detection::Found(_)
        )
        .then(|| adapter.name())
    };
    let names: Vec<&str> = backends::adapters().iter().filter_map(installed).collect();
    if names.is_empty() {
        return "agents: none installed; the reviewer inside this program does the job\n"
            .to_owned();
    }
    format!(
        "agents: {} (`git agents agents` tells more)\n",
        names.join(", ")
    )
}

fn next(settings: &Settings) -> String {
    let names: Vec<String> = settings.enabled.iter().map(ToString::to_string).collect();
    let names = names.join(", ");
    let first = match settings.auto {
        Auto::Commit => format!(
            "on the next commit: {names} review it in the background;\n    the report comes with a later git command"
        ),
        Auto::Push => {
            format!(
                "on the next push: {names} review\n    what was not reviewed (agents.auto = push)"
            )
        }
        Auto::Never => {
            "nothing starts by itself (agents.auto = never); `git agents run` reviews".to_owned()
        }
    };
    let only = [
        ("branches", &settings.auto_branches),
        ("paths", &settings.auto_paths),
    ];
    let only = only
        .iter()
        .filter(|(_, globs)| !globs.is_empty() && settings.auto != Auto::Never);
    let only: String = only
        .map(|(key, globs)| {
            format!(
                "    only what fits agents.auto.{key}: {}\n",
                escape::line(&globs.join(" "))
            )
        })
        .collect();
    let gate = match settings.gate {
        GatePolicy::Off => "on push: nothing (agents.gate = off)".to_owned(),
        GatePolicy::Warn => {
            "on push: findings are printed, nothing is held\n    (`git config agents.gate high` holds)".to_owned()
        }
        GatePolicy::Hold(severity) => format!("on push: held by confirmed findings at {severity} or above"),
    };
    format!("{first}\n{only}{gate}\n")
}

/// The line for the person's shell; the file is theirs to edit.
fn shell() -> String {
    let shell = std::env::var("SHELL")
        .ok()
        .and_then(|path| Shell::parse(&path));
    let Some(shell) = shell else {
        return String::new();
    };
    format!(
        "to be told after every git command, not only those that run a hook, add to {}:\n    {}\n",
        shell.rc_file(),
        shell.rc_line()
    )
}
