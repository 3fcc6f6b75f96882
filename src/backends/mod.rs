//! How each agent program and each API is called, sealed, and how its outcome is read.
//!
//! One file a program and one line in [`adapters`]: adding a program touches its adapter, that line
//! and one recorded reply. An adapter builds values and reads bytes.
//!
//! Promises: nothing here starts a process; only the hidden command that asks an API opens a
//! connection (`api`); no byte of a prompt is in any argument; a child's environment is an allow
//! list; only what exited 0, was parsed, reports no error and is not empty is `Answered`.
//! Leaves to others: running (`supervisor`), choosing (`plan`), believing (`findings`).

pub(crate) mod api;
pub(crate) mod environment;

mod api_adapter;
mod claude;
mod codex;
mod command;
mod copilot;
mod event_stream;
mod failure_patterns;
mod gemini;
mod opencode;
mod pi;
mod qwen;
mod unverified;
mod user_files;

use std::ffi::OsString;
use std::path::Path;

use serde_json::Value;

use crate::model::{Ending, Endpoint, Invocation, JobLimits, Outcome, Reply, Usage};

use crate::backends::environment::Environment;
use crate::model::is_model_name;
use crate::reply::{DecodeError, decode_answer};

/// What an agent program needs to be told, and how to understand it.
pub(crate) trait Adapter: Sync {
    /// The backend's name in settings and reports.
    fn name(&self) -> &'static str;
    /// The program to look for; none where the person's settings name it.
    fn program(&self) -> Option<&'static str>;
    /// Whether it is an API that our own program asks.
    fn is_http(&self) -> bool {
        false
    }
    /// Whether it marks the part of the prompt that reviewers share, for a cache that is paid for.
    fn marks_shared_part(&self) -> bool {
        false
    }
    /// Whose models it runs: reviewers are spread over families.
    fn family(&self) -> &'static str;
    /// The same, where the person's own URL may lead to other models.
    fn family_at(&self, _endpoint: &Endpoint) -> String {
        self.family().to_owned()
    }
    /// The sealed call; with a snapshot, and only where [`Adapter::exploring`] says how, the same with
    /// read-only tools and the snapshot as its working directory.
    ///
    /// # Errors
    /// The prompt or the model's name cannot be handed to this program safely.
    fn prepare(&self, request: &InvocationRequest<'_>) -> Result<Invocation, AgentError>;
    /// Decides from what the program left whether it answered, and what.
    fn read(&self, outcome: &Outcome, stdout: &[u8], stderr: &[u8]) -> Answer;
    /// The version with which all this was tried; none: nobody did.
    fn verified(&self) -> Option<&'static str>;
    /// How it is sealed, and where it cannot be, in one line for people.
    fn sealing(&self) -> &'static str;
    /// How it is kept to read-only tools on a snapshot, in one line for people; the error says why it
    /// cannot be, and runs sealed instead.
    ///
    /// # Errors
    /// It cannot; in words for people.
    fn exploring(&self) -> Result<&'static str, &'static str> {
        Err("nobody verified that it can be kept to reading")
    }
    /// Whether it can be given just these tools beyond reading, and no others.
    ///
    /// # Errors
    /// It cannot; in words for people.
    fn granting(&self, _tools: &[String]) -> Result<(), String> {
        Err("it cannot be given single tools".to_owned())
    }
    /// Why it is never run; none: it is.
    fn refused(&self) -> Option<&'static str> {
        None
    }
    /// What it lacks to be used unless it was named, as far as environment and settings tell.
    fn lacks(&self, _environment: &Environment, _endpoint: &Endpoint) -> Option<String> {
        None
    }
    /// What variables and files say about the login; none: only [`Self::login_probe`] tells.
    fn knows_login(&self, _environment: &Environment) -> Option<bool> {
        None
    }
    /// The variable whose key it uses; none: it has a login of its own, or needs no key.
    fn key_in_use(&self, _environment: &Environment, _endpoint: &Endpoint) -> Option<String> {
        None
    }
    /// Where its requests go, where that is not the provider's own address.
    fn base_url(&self, _environment: &Environment, _endpoint: &Endpoint) -> Option<String> {
        None
    }
    /// Arguments that check the login without spending anything: exit code 0 says logged in.
    fn login_probe(&self) -> Option<&'static [&'static str]>;
    /// What to type to log in.
    fn login_hint(&self) -> &'static str;
}

/// What a call is built from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InvocationRequest<'a> {
    /// Absolute path, as [`detect`](crate::sys::program_search::detect) found it.
    pub program: &'a Path,
    /// The whole prompt.
    pub prompt: &'a str,
    /// Bytes at its beginning that other reviewers' prompts share; 0: unknown.
    pub shared: usize,
    /// The reply's schema.
    pub schema: &'a Value,
    /// Model asked for.
    pub model: Option<&'a str>,
    /// The snapshot that it may read; none: it runs sealed.
    pub snapshot: Option<&'a Path>,
    /// Tools beyond reading that the person allowed to this agent, as [`Adapter::granting`] took them.
    pub tools: &'a [String],
    /// Bounds.
    pub limits: JobLimits,
    /// What was set when we started.
    pub environment: &'a Environment,
    /// Where the backend is, if it is an API; the default for others.
    pub endpoint: &'a Endpoint,
    /// Arguments of `agents.command`; other adapters ignore them.
    pub command_args: &'a [String],
}

impl InvocationRequest<'_> {
    /// The call with these arguments and this environment: the prompt on standard input, in a private directory
    /// that holds nothing.
    fn invocation<A: Into<OsString>>(
        &self,
        args: impl IntoIterator<Item = A>,
        env: Vec<(OsString, OsString)>,
    ) -> Invocation {
        Invocation {
            program: self.program.to_owned(),
            args: args.into_iter().map(Into::into).collect(),
            env,
            prompt: self.prompt.as_bytes().to_vec(),
            files: Vec::new(),
            cwd: None,
            limits: self.limits,
        }
    }
}

/// Why a call cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AgentError {
    /// It would not be safe.
    #[error("{0}")]
    Refused(String),
    /// The program takes no prompt of this length.
    #[error("the prompt has {length} {unit}, `{program}` takes {limit}")]
    TooLong {
        /// The backend.
        program: &'static str,
        /// Length of the prompt.
        length: usize,
        /// The most it takes.
        limit: usize,
        /// What is counted.
        unit: &'static str,
    },
    /// The model's name could be taken for something else.
    #[error("`{0}` is not a model's name")]
    BadModel(String),
}

/// An outcome, understood.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    /// How it ended; `Answered` only with a reply.
    pub ending: Ending,
    /// The reply; beside another ending than `Answered`, what could be saved of one.
    pub reply: Option<Reply>,
    /// What it cost, where the program says; the reply holds the same.
    pub usage: Usage,
    /// The program's or the provider's own words, at most 2000 characters. Untrusted.
    pub detail: Option<String>,
}

static ADAPTERS: [&dyn Adapter; 16] = [
    &claude::Claude,
    &codex::Codex,
    &gemini::Gemini,
    &copilot::Copilot,
    &opencode::OpenCode,
    &qwen::Qwen,
    &pi::Pi,
    &api_adapter::ANTHROPIC,
    &api_adapter::OPENAI,
    &unverified::CURSOR,
    &unverified::AMP,
    &unverified::GOOSE,
    &unverified::AIDER,
    &unverified::DROID,
    &unverified::AGY,
    &command::Command,
];

/// All adapters, in the order in which `auto` prefers them.
#[must_use]
pub(crate) fn adapters() -> &'static [&'static dyn Adapter] {
    &ADAPTERS
}

/// Names that a setting may give: every backend, and the choice among them.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let own = adapters().iter().map(|adapter| adapter.name());
    ["auto", "offline"].into_iter().chain(own)
}

/// Whether a setting may give this name.
#[must_use]
pub(crate) fn is_known(name: &str) -> bool {
    names().any(|known| known == name)
}

/// The adapter of this name.
#[must_use]
pub(crate) fn adapter(name: &str) -> Option<&'static dyn Adapter> {
    adapters().iter().copied().find(|a| a.name() == name)
}

/// The first of these variables that is set.
fn first_set(environment: &Environment, names: &[&str]) -> Option<String> {
    let set = names.iter().find(|name| environment.get(name).is_some());
    set.map(|name| (*name).to_owned())
}

/// Refuses a prompt that a program could take for a command, a file or nothing at all.
fn check_prompt(prompt: &str) -> Result<(), AgentError> {
    match prompt.chars().next() {
        None => Err(AgentError::Refused("the prompt is empty".into())),
        Some(first) if matches!(first, '/' | '@' | '!') || first.is_whitespace() => {
            Err(AgentError::Refused(format!(
                "the prompt begins with {first:?}, which programs take for a command"
            )))
        }
        Some(_) => Ok(()),
    }
}

fn check_model(model: Option<&str>) -> Result<Option<&str>, AgentError> {
    match model {
        Some(name) if !is_model_name(name) => Err(AgentError::BadModel(name.to_owned())),
        other => Ok(other),
    }
}

/// The answer in this text. `usage` is the program's own account.
fn answer_in(text: &str, usage: Usage) -> Answer {
    if text.trim_ascii().trim().is_empty() {
        return Answer {
            ending: Ending::Empty,
            reply: None,
            usage,
            detail: None,
        };
    }
    match decode_answer(text) {
        Ok(mut reply) => {
            reply.usage = usage.clone();
            Answer {
                ending: Ending::Answered,
                reply: Some(reply),
                usage,
                detail: None,
            }
        }
        Err(error) => unreadable(error, usage),
    }
}

fn unreadable(error: DecodeError, usage: Usage) -> Answer {
    let reply = error.partial.map(|partial| Reply {
        usage: usage.clone(),
        ..*partial
    });
    Answer {
        ending: Ending::Unreadable(error.why),
        reply,
        usage,
        detail: None,
    }
}

/// What could be saved of a text beside an ending that is no answer. Coverage is not: what was
/// cut short may have been read, or not.
fn saved(ending: Ending, text: &str, usage: Usage, detail: Option<String>) -> Answer {
    let note = format!("from an agent that ended otherwise: {}", ending.as_str());
    let reply = answer_in(text, usage.clone())
        .reply
        .filter(|reply| !reply.proposals.is_empty());
    let reply = reply.map(|mut reply| {
        reply.coverage.clear();
        reply.notes.push(note);
        reply
    });
    Answer {
        ending,
        reply,
        usage,
        detail,
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod more_tests;

#[cfg(test)]
mod beside_tests;
