//! `git agents hooks`: install, remove, inspect.

use super::args::{HooksAction, HooksArgs};
use super::error::CommandError;
use super::{exit_code, output};
use crate::git::{GitError, Repo, version};
use crate::hooks;
use crate::hooks::install;
use crate::hooks::install::{
    BinaryState, EventState, HookError, HookStatus, InstallOptions, InstallReport, Manager, Route,
};
use crate::report;
use crate::review::Workspace;
use crate::text::escape;

/// Columns of what is told.
pub(super) const WIDTH: usize = 79;

pub(super) fn hooks(args: &HooksArgs) -> Result<u8, CommandError> {
    match args.action {
        HooksAction::Install { global } => {
            let report = set_up(global, false)?;
            output::stdout(&installed(&report))?;
            Ok(if report.route == Route::ByHand {
                exit_code::USAGE
            } else {
                exit_code::CLEAN
            })
        }
        HooksAction::Uninstall { global } => uninstall(global),
        HooksAction::Status => status(),
    }
}

/// Says where another tool's hooks stand in place of ours.
pub(super) fn warn_displaced(workspace: &Workspace) {
    if install::displaced(workspace.repo.common_dir()) {
        output::stderr(
            "agents: another tool has replaced our hooks, or they were removed; \
             `git agents hooks status` shows which\n",
        );
    }
}

/// Installs the hooks here, or for all repositories.
pub(super) fn set_up(global: bool, notes: bool) -> Result<InstallReport, CommandError> {
    let repo = place(global)?;
    Ok(install::install(
        repo.as_ref(),
        &InstallOptions {
            notes,
            ..options(global)?
        },
    )?)
}

fn place(global: bool) -> Result<Option<Repo>, CommandError> {
    if global {
        return Ok(None);
    }
    Ok(Some(super::here()?.repo))
}

pub(super) fn options(global: bool) -> Result<InstallOptions, CommandError> {
    let unknown = |error: std::io::Error| {
        CommandError::usage(format!("this program's own path cannot be found: {error}"))
    };
    Ok(InstallOptions {
        global,
        notes: false,
        binary: hooks::program().map_err(unknown)?,
        git_version: version()?,
    })
}

/// What an installation did, in words.
pub(super) fn installed(done: &InstallReport) -> String {
    let events: Vec<&str> = done.events.iter().map(|event| event.name()).collect();
    let head = match done.route {
        Route::ByHand => "hooks: nothing was written; add these lines by hand:",
        Route::Config => "hooks: in git's configuration:",
        Route::Files => "hooks: in the repository's hooks:",
        Route::Dispatcher => "hooks: in front of the hooks that are set:",
    };
    let mut text = format!("{head}\n");
    text.push_str(&report::wrapped(&events.join(", "), 4, WIDTH));
    let mut say = |line: &str| {
        text.push_str(&escape::line(line));
        text.push('\n');
    };
    if let Some(manager) = done.manager {
        say(&format!("found: {manager}, left working"));
    }
    for chained in &done.chained {
        say(&format!(
            "kept: {}, called from ours",
            chained.kept.display()
        ));
    }
    for line in &done.by_hand {
        say(&format!("    {line}"));
    }
    for note in &done.notes {
        say(&format!("note: {note}"));
    }
    text
}

fn uninstall(global: bool) -> Result<u8, CommandError> {
    let report = install::uninstall(place(global)?.as_ref(), &options(global)?)?;
    let done = if report.routes.is_empty() {
        "hooks: none were installed"
    } else {
        "hooks: removed"
    };
    let mut text = format!("{done}\n");
    for note in &report.notes {
        text.push_str(&format!("note: {}\n", escape::line(note)));
    }
    output::stdout(&text)?;
    Ok(exit_code::CLEAN)
}

fn status() -> Result<u8, CommandError> {
    let workspace = super::here()?;
    let status = install::status(&workspace.repo, &options(false)?)?;
    output::stdout(&told(&status))?;
    Ok(if status.is_healthy() {
        exit_code::CLEAN
    } else {
        exit_code::INCOMPLETE
    })
}

fn told(status: &HookStatus) -> String {
    let mut lines = Vec::new();
    let managers: Vec<String> = status.managers.iter().map(Manager::to_string).collect();
    if !managers.is_empty() {
        lines.push(format!("managers: {}", managers.join(", ")));
    }
    lines.push(match &status.binary {
        BinaryState::Present(path) => format!("program: {}", path.display()),
        BinaryState::Missing(path) => {
            format!("program: {} is MISSING; hooks do nothing", path.display())
        }
        BinaryState::Unknown => "program: no hook names one; `git agents hooks install`".to_owned(),
    });
    for event in &status.events {
        let state = match &event.state {
            EventState::Active => "active".to_owned(),
            EventState::Resting => {
                "active while a review is in work or waits to be told".to_owned()
            }
            EventState::Missing => "not installed".to_owned(),
            EventState::Shadowed { by } => format!("SHADOWED by {by}"),
            EventState::Displaced { by } => format!("DISPLACED by {}", by.display()),
            EventState::NotExecutable => "NOT EXECUTABLE".to_owned(),
        };
        lines.push(format!("{:<18} {state}", event.event.name()));
    }
    lines
        .iter()
        .map(|line| format!("{}\n", escape::line(line)))
        .collect()
}

impl From<HookError> for CommandError {
    fn from(error: HookError) -> Self {
        match error {
            HookError::Git(error) => GitError::into(error),
            HookError::FileLock { ref lock, .. } => {
                let hint = format!("if no git runs: `rm {}`", lock.display());
                Self::usage(error.to_string()).hint(hint)
            }
            HookError::NoRepository
            | HookError::NoHome
            | HookError::RelativeBinary { .. }
            | HookError::NotRead { .. }
            | HookError::Io { .. } => {
                let cause = std::error::Error::source(&error)
                    .map(|cause| format!(": {cause}"))
                    .unwrap_or_default();
                Self::usage(format!("{error}{cause}"))
                    .hint("`git agents hooks status` tells what is installed")
            }
        }
    }
}
