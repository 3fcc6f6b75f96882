//! What git calls: the hooks' entry, their installation, and the telling of
//! finished reviews.
//!
//! Promises: every hook but pre-push exits 0 whatever happens to us; nothing is
//! printed unless standard error is a terminal or a program asked for JSON; no
//! hook waits for a review but pre-push, for a bounded time. The way to a commit
//! starts no runtime, opens no library and reads no configuration: the
//! supervisor does that in its own time.
//!
//! Chosen: two programs. `git-agents-hook` holds [`run_fast()`] alone, since starting
//! the whole program costs git more than everything that a hook does; it becomes
//! `git-agents _hook-rest` where something is to be told or judged. Where it is
//! not installed, `git-agents _hook` does both.

mod commit_ranges;
pub(crate) mod debounce;
mod decision_log;
pub(crate) mod deliver;
mod directives;
mod entry;
mod filters;
mod git_dirs;
pub mod install;
pub(crate) mod launch;
mod pre_push;
mod reinstall;
mod settings_stamp;
pub(crate) mod shell_integration;

use std::ffi::OsString;
use std::io::{self, Write};

pub(crate) use decision_log::{Bypass, GateRecord};
pub use entry::{HookFollowUp, run_fast};
pub(crate) use git_dirs::GitDirs;
use pre_push::{Push, PushedRef, PushedRefs, Remote};
pub(crate) use reinstall::{Repaired, program, repair};
pub(crate) use settings_stamp::note as note_settings;

use crate::model::Verdict;
use crate::review::{self, PipelineError, Workspace, error_chain};
use crate::store::Store;
use crate::sys::terminal;
use crate::text::escape;

use deliver::DeliveryOptions;

/// Runs a hook: `arguments` begin with the event's name. Returns the exit code.
#[must_use]
pub(crate) fn main(arguments: &[OsString]) -> u8 {
    match run_fast(arguments) {
        HookFollowUp::Nothing => 0,
        HookFollowUp::Tell | HookFollowUp::Judge => rest(arguments),
        HookFollowUp::Check => check(arguments),
    }
}

/// Says in one line what is wrong with settings that have changed; where
/// nothing is, does what the hook is for. Returns the exit code.
#[must_use]
pub(crate) fn check(arguments: &[OsString]) -> u8 {
    let Some((store, place)) = entry::here() else {
        return 0;
    };
    match Workspace::open(&place.git_dir, place.work_tree.as_deref()) {
        Err(error @ PipelineError::Settings(_)) => {
            let why = escape::line(&error_chain(&error));
            // The commit is made; who does not see this finds it not reviewed at the push.
            let _ = io::stderr().write_all(format!("agents: not reviewed: {why}\n").as_bytes());
        }
        opened => {
            entry::start(arguments, &store, &place);
            if let Ok(workspace) = opened {
                note_settings(&workspace);
            }
        }
    }
    if entry::is_inside(arguments, &place) {
        0
    } else {
        rest(arguments)
    }
}

/// What the small program leaves to this one.
#[must_use]
pub(crate) fn rest(arguments: &[OsString]) -> u8 {
    let Some(place) = entry::place() else {
        return 0;
    };
    // A store that is refused, such as a link, tells nothing; the push is judged all the same.
    if entry::may_tell()
        && let Ok(store) = Store::open(&place.common_dir)
    {
        deliver::deliver(
            &store,
            &place,
            telling(entry::wants_json()),
            &mut io::stderr().lock(),
        );
    }
    if arguments.first().is_some_and(|event| event == "pre-push") {
        pre_push(&place, arguments)
    } else {
        0
    }
}

/// One screen of this terminal.
#[must_use]
pub(crate) fn telling(json: bool) -> DeliveryOptions {
    let (height, width) = terminal::size();
    DeliveryOptions {
        json,
        width,
        lines: height.saturating_sub(3).clamp(8, 40),
        colour: console::colors_enabled_stderr(),
    }
}

fn pre_push(place: &GitDirs, arguments: &[OsString]) -> u8 {
    let word = |index: usize| {
        let word = arguments.get(index).map(|word| word.to_string_lossy());
        word.map(std::borrow::Cow::into_owned).unwrap_or_default()
    };
    let remote = Remote {
        name: word(1),
        url: word(2),
    };
    let push = Push::read(remote, &mut io::stdin().lock());
    let opened = Workspace::open_for_gate(&place.git_dir, place.work_tree.as_deref());
    let judged = opened.and_then(|(workspace, fault)| {
        say_repaired(&repair(&workspace.repo));
        pre_push::hook(&workspace, place, &push, fault)
    });
    judged.unwrap_or_else(|error| not_judged(place, &error))
}

/// The gate itself failed: the push passes, unless the settings hold what was not reviewed.
fn not_judged(place: &GitDirs, error: &PipelineError) -> u8 {
    let why = escape::line(&error_chain(error));
    let holds = review::holds_unreviewed(&place.git_dir, place.work_tree.as_deref());
    let text = if holds {
        format!(
            "agents: push held: not reviewed: {why}\n\
             agents: to go on: mend that and push again, or `git push --no-verify`\n"
        )
    } else {
        format!("agents: not reviewed: {why}\n")
    };
    // A push must not fail because nobody reads what is said about it.
    let _ = io::stderr().write_all(text.as_bytes());
    u8::from(holds)
}

fn say_repaired(repaired: &Repaired) {
    let words = match repaired {
        Repaired::Nothing => return,
        Repaired::Back => "another tool had put its hooks in place of ours; both run again",
        Repaired::Not(_) => {
            "another tool has put its hooks in place of ours; `git agents hooks install` tells more"
        }
    };
    // Whether anybody reads it changes nothing.
    let _ = io::stderr().write_all(format!("agents: {words}\n").as_bytes());
}

/// Tells what waits in this repository, for the shell integration; returns how many.
pub(crate) fn tell_here(store: &Store, place: &GitDirs) -> usize {
    if place.is_busy() {
        return 0;
    }
    deliver::deliver(store, place, telling(false), &mut io::stderr().lock())
}

/// Decides about a push of HEAD, as the pre-push hook would.
///
/// # Errors
/// When the repository cannot be read.
pub(crate) fn judge_head(workspace: &Workspace, remote: &str) -> Result<Verdict, PipelineError> {
    let id = workspace.repo.resolve_commit("HEAD")?;
    let place = GitDirs {
        git_dir: workspace.repo.git_dir().to_owned(),
        common_dir: workspace.repo.common_dir().to_owned(),
        work_tree: workspace.repo.work_tree().map(Into::into),
    };
    let pushed = PushedRef {
        local: b"HEAD".to_vec(),
        id,
        target: b"HEAD".to_vec(),
        remote: None,
    };
    let push = Push {
        remote: Remote {
            name: remote.to_owned(),
            url: String::new(),
        },
        refs: PushedRefs {
            refs: vec![pushed],
            unreadable: Vec::new(),
        },
        is_whole: true,
    };
    pre_push::decide(workspace, &place, &push, None)
}

/// The gate's decisions, oldest first, held pushes that went through anyway among them.
#[must_use]
pub(crate) fn decisions(workspace: &Workspace) -> Vec<GateRecord> {
    decision_log::note_bypasses(workspace);
    decision_log::decisions(workspace)
}
