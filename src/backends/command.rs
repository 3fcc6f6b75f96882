//! Any program of the person: prompt on standard input, JSON on standard output.

use std::borrow::Cow;

use crate::model::{Ending, Invocation, Outcome, Usage};

use super::failure_patterns::{classify, tail};
use super::{Adapter, AgentError, Answer, InvocationRequest, answer_in, check_prompt, saved};

/// The `command` backend.
pub(super) struct Command;

impl Adapter for Command {
    fn name(&self) -> &'static str {
        "command"
    }

    fn program(&self) -> Option<&'static str> {
        None
    }

    fn family(&self) -> &'static str {
        "command"
    }

    fn prepare(&self, request: &InvocationRequest<'_>) -> Result<Invocation, AgentError> {
        check_prompt(request.prompt)?;
        Ok(Invocation {
            cwd: request.snapshot.map(Into::into),
            ..request.invocation(request.command_args, request.environment.sealed(&[], &[]))
        })
    }

    fn read(&self, outcome: &Outcome, stdout: &[u8], stderr: &[u8]) -> Answer {
        // a megabyte of plain text is checked many times faster than it is mended
        let text =
            str::from_utf8(stdout).map_or_else(|_| String::from_utf8_lossy(stdout), Cow::Borrowed);
        let detail = tail(stderr);
        match &outcome.ending {
            Ending::Answered => Answer {
                detail,
                ..answer_in(&text, Usage::default())
            },
            // a wrapper around a provider passes its words on
            Ending::Exited(code) => {
                let words = detail.clone().or_else(|| tail(stdout)).unwrap_or_default();
                let ending = classify(&words).unwrap_or(Ending::Exited(*code));
                saved(
                    ending,
                    &text,
                    Usage::default(),
                    detail.or_else(|| tail(stdout)),
                )
            }
            other => saved(other.clone(), &text, Usage::default(), detail),
        }
    }

    fn verified(&self) -> Option<&'static str> {
        None
    }

    fn sealing(&self) -> &'static str {
        "empty directory, cleared environment, prompt on standard input; what the program itself does is up to it"
    }

    fn exploring(&self) -> Result<&'static str, &'static str> {
        Ok("the snapshot is its working directory; what the program itself does is up to it")
    }

    /// It is the person's own program, and the person allowed it.
    fn granting(&self, _tools: &[String]) -> Result<(), String> {
        Ok(())
    }

    fn login_probe(&self) -> Option<&'static [&'static str]> {
        None
    }

    fn login_hint(&self) -> &'static str {
        "run the program of `agents.command` by hand"
    }
}
