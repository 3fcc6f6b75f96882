//! Whether reviews can work here: each check with its result and what to do.

use serde_json::{Value, json};

use crate::cli::hooks;
use crate::hooks::install;
use crate::hooks::install::BinaryState;
use crate::review::{ProbeResult, Workspace};
use crate::sys::process::{self, Word};

/// A check and its result.
pub(super) struct Check {
    name: &'static str,
    verdict: Verdict,
    words: String,
}

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Good,
    /// Works, with less comfort.
    Note,
    Fault,
}

impl Check {
    fn new(name: &'static str, verdict: Verdict, words: impl Into<String>) -> Self {
        Self {
            name,
            verdict,
            words: words.into(),
        }
    }

    /// Whether reviews suffer.
    pub(super) fn is_fault(&self) -> bool {
        self.verdict == Verdict::Fault
    }

    fn mark(&self) -> &'static str {
        match self.verdict {
            Verdict::Good => "ok",
            Verdict::Note => "note",
            Verdict::Fault => "FAULT",
        }
    }

    pub(super) fn to_text(&self) -> String {
        format!("{:<6}{:<11}{}", self.mark(), self.name, self.words)
    }

    pub(super) fn to_json(&self) -> Value {
        json!({"check": self.name, "result": self.mark().to_lowercase(), "words": self.words})
    }
}

/// All checks of this repository on this machine.
pub(super) fn all(workspace: &Workspace, recursion: Option<&ProbeResult>) -> Vec<Check> {
    vec![
        detaching(),
        store(workspace),
        hooks(workspace),
        guard(recursion),
    ]
}

/// A process that leaves this session, and says so.
fn detaching() -> Check {
    let name = "background";
    let env: Vec<_> = std::env::vars_os().collect();
    let program = std::env::current_exe();
    match program
        .and_then(|program| process::detach_and_hear(&program, &["_detached".into()], &env))
    {
        Ok(Word::Ready) => Check::new(
            name,
            Verdict::Good,
            "a review can go on in a session of its own",
        ),
        Ok(Word::Silent) => Check::new(
            name,
            Verdict::Fault,
            "a process of ours could not leave this session",
        ),
        Ok(Word::Late) => Check::new(
            name,
            Verdict::Fault,
            "a process of ours did not come up in time",
        ),
        Err(error) => Check::new(
            name,
            Verdict::Fault,
            format!("no process can be started: {error}"),
        ),
    }
}

fn store(workspace: &Workspace) -> Check {
    let place = workspace.store.root().display();
    match workspace.store.check() {
        Ok(()) => Check::new(
            "store",
            Verdict::Good,
            format!("{place} can be written and locked"),
        ),
        Err(error) => {
            let cause = std::error::Error::source(&error)
                .map(|cause| format!(": {cause}"))
                .unwrap_or_default();
            Check::new("store", Verdict::Fault, format!("{error}{cause}"))
        }
    }
}

fn hooks(workspace: &Workspace) -> Check {
    let name = "hooks";
    let status =
        match hooks::options(false).map(|options| install::status(&workspace.repo, &options)) {
            Ok(Ok(status)) => status,
            Ok(Err(error)) => {
                return Check::new(
                    name,
                    Verdict::Fault,
                    format!("cannot be looked at: {error}"),
                );
            }
            Err(failure) => {
                return Check::new(
                    name,
                    Verdict::Fault,
                    failure.to_text().trim_end().to_owned(),
                );
            }
        };
    if status.is_healthy() {
        return Check::new(
            name,
            Verdict::Good,
            format!("all {} reach this program", status.events.len()),
        );
    }
    let active = status
        .events
        .iter()
        .filter(|event| event.state.reaches_us())
        .count();
    if status.route.is_none() && !status.global {
        return Check::new(
            name,
            Verdict::Note,
            "not installed here; `git agents init` installs them",
        );
    }
    let binary = match &status.binary {
        BinaryState::Missing(path) => format!("; their program {} is missing", path.display()),
        BinaryState::Present(_) | BinaryState::Unknown => String::new(),
    };
    let all = status.events.len();
    Check::new(
        name,
        Verdict::Fault,
        format!("{active} of {all} reach us{binary}; `git agents hooks status` tells more"),
    )
}

/// Our own program, started as an agent would start it.
fn guard(told: Option<&ProbeResult>) -> Check {
    match told {
        Some(told) if told.words.contains("inside a review") => {
            Check::new("recursion", Verdict::Good, "an agent cannot start a review")
        }
        Some(told) => Check::new(
            "recursion",
            Verdict::Fault,
            format!("an agent could start a review: {}", told.ending.describe()),
        ),
        None => Check::new("recursion", Verdict::Fault, "could not be tried"),
    }
}
