//! Whether reviews can work here: each check with its result and what to do.

use serde_json::{Value, json};

use crate::backends;
use crate::cli::hooks;
use crate::hooks::install;
use crate::hooks::install::BinaryState;
use crate::review::{self, ProbeResult, Workspace};
use crate::settings;
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
        names(workspace),
        detaching(),
        store(workspace),
        hooks(workspace),
        guard(recursion),
    ]
}

/// Whether every backend and reviewer that settings name exists.
fn names(workspace: &Workspace) -> Check {
    let settings = &workspace.settings;
    let own = settings.per_agent.iter().filter_map(|(agent, own)| {
        let backend = own.backend.as_deref()?;
        Some((format!("agents.{agent}.backend"), backend))
    });
    let mut wrong = Vec::new();
    for (key, name) in
        std::iter::once(("agents.backend".to_owned(), settings.backend.as_str())).chain(own)
    {
        if !backends::is_known(name) {
            let near = did_you_mean(settings::nearest_word(name, backends::names()));
            wrong.push(format!(
                "{key} is `{name}`, and there is no such backend{near}"
            ));
        }
    }
    if let Ok(found) = review::definitions(workspace) {
        let known: Vec<&str> = found
            .agents
            .iter()
            .map(|agent| agent.name.as_str())
            .collect();
        for name in settings
            .enabled
            .iter()
            .filter(|name| !known.contains(&name.as_str()))
        {
            let near = settings::nearest_word(name.as_str(), known.iter().copied());
            let near = did_you_mean(near);
            wrong.push(format!(
                "agents.enabled names `{name}`, and there is no such reviewer{near}"
            ));
        }
    }
    if wrong.is_empty() {
        return Check::new(
            "settings",
            Verdict::Good,
            "every backend and reviewer that is named exists",
        );
    }
    wrong.push("`git agents config` shows where each is set".to_owned());
    Check::new("settings", Verdict::Fault, wrong.join("; "))
}

fn did_you_mean(near: Option<&str>) -> String {
    near.map(|near| format!(" (did you mean `{near}`?)"))
        .unwrap_or_default()
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
