//! Programs that are called as their documentation says and that nobody of ours has run: used
//! only where the person names them, never by `auto`.
//!
//! Their answer is their final text, read as leniently as any other; what they print beside it
//! is not known well enough to be relied on.

use serde_json::Value;

use crate::model::{Ending, Invocation, Outcome};

use super::event_stream::{Said, events};
use super::failure_patterns::{classify, one_line};
use super::{Adapter, AgentError, Answer, InvocationRequest, check_model, check_prompt};

/// A program and how it is called.
pub(super) struct Documented {
    name: &'static str,
    program: &'static str,
    family: &'static str,
    args: &'static [&'static str],
    /// The option for a model; none: it takes none.
    model: Option<&'static str>,
    credentials: &'static [&'static str],
    extra: &'static [(&'static str, &'static str)],
    files: &'static [(&'static str, &'static str)],
    format: Format,
    sealing: &'static str,
    login_hint: &'static str,
    refused: Option<&'static str>,
}

/// What stands on standard output.
#[derive(Clone, Copy)]
enum Format {
    /// Its last result line, as Claude Code prints one, else everything.
    Result,
    /// Everything, banners and all.
    Text,
}

impl Adapter for Documented {
    fn name(&self) -> &'static str {
        self.name
    }

    fn program(&self) -> Option<&'static str> {
        Some(self.program)
    }

    fn family(&self) -> &'static str {
        self.family
    }

    fn prepare(&self, request: &InvocationRequest<'_>) -> Result<Invocation, AgentError> {
        check_prompt(request.prompt)?;
        if let Some(why) = self.refused {
            return Err(AgentError::Refused(why.to_owned()));
        }
        let mut args = self.args.to_vec();
        match (check_model(request.model)?, self.model) {
            (Some(model), Some(option)) => args.extend([option, model]),
            (Some(_), None) => {
                return Err(AgentError::Refused(format!(
                    "`{}` takes no model's name",
                    self.name
                )));
            }
            (None, _) => {}
        }
        Ok(Invocation {
            files: self
                .files
                .iter()
                .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()))
                .collect(),
            ..request.invocation(
                args,
                request.environment.sealed(self.credentials, self.extra),
            )
        })
    }

    fn read(&self, outcome: &Outcome, stdout: &[u8], stderr: &[u8]) -> Answer {
        let result = match self.format {
            Format::Result => events(stdout)
                .filter(|event| event["type"] == "result")
                .last(),
            Format::Text => None,
        };
        let said = match result {
            Some(result) => result_said(&result),
            None => Said {
                text: String::from_utf8_lossy(stdout).into_owned(),
                ..Said::default()
            },
        };
        let mut answer = said.conclude(outcome, stdout, stderr);
        // some exit with 0 whatever happened, and print why where the answer ought to be
        let unread = matches!(answer.ending, Ending::Unreadable(_) | Ending::Empty);
        if unread && let Some(known) = answer.detail.as_deref().and_then(classify) {
            answer.ending = known;
        }
        answer
    }

    fn verified(&self) -> Option<&'static str> {
        None
    }

    fn sealing(&self) -> &'static str {
        self.sealing
    }

    fn refused(&self) -> Option<&'static str> {
        self.refused
    }

    fn login_probe(&self) -> Option<&'static [&'static str]> {
        None
    }

    fn login_hint(&self) -> &'static str {
        self.login_hint
    }
}

fn result_said(result: &Value) -> Said {
    let mut said = Said {
        text: result["result"].as_str().unwrap_or_default().to_owned(),
        ..Said::default()
    };
    let usage = &result["usage"];
    said.usage.tokens_in = usage["input_tokens"].as_u64();
    said.usage.tokens_cached = usage["cache_read_input_tokens"].as_u64();
    said.usage.tokens_out = usage["output_tokens"].as_u64();
    if result["is_error"] == Value::Bool(true) {
        let words = result["error"]
            .as_str()
            .map_or_else(|| said.text.clone(), str::to_owned);
        let ending = classify(&words).unwrap_or_else(|| Ending::Refused(one_line(&words)));
        said.failure = Some((ending, words));
    }
    said
}

/// Cursor's agent. Rules that deny win over rules that allow, and ask mode changes nothing.
pub(super) static CURSOR: Documented = Documented {
    name: "cursor-agent",
    program: "cursor-agent",
    family: "cursor",
    args: &["--print", "--output-format", "json", "--mode=ask"],
    model: Some("--model"),
    credentials: &["CURSOR_API_KEY"],
    extra: &[("CURSOR_CONFIG_DIR", "{dir}")],
    files: &[(
        "cli-config.json",
        r#"{"version":1,"editor":{"vimMode":false},"permissions":{"allow":[],"deny":["Shell(**)","Read(**)","Write(**)","WebFetch(*)","Mcp(*:*)"]}}"#,
    )],
    format: Format::Result,
    sealing: "ask mode, and rules that deny shell, files, network and servers, in a configuration directory of its \
              own; its rules and sessions elsewhere are not known",
    login_hint: "set CURSOR_API_KEY",
    refused: None,
};

/// Amp. It asks before nothing, so all depends on its list of disabled tools.
pub(super) static AMP: Documented = Documented {
    name: "amp",
    program: "amp",
    family: "amp",
    args: &[
        "--execute",
        "--stream-json",
        "--settings-file",
        "{dir}/settings.json",
    ],
    model: None,
    credentials: &["AMP_API_KEY", "AMP_URL"],
    extra: &[],
    files: &[(
        "settings.json",
        r#"{"amp.tools.disable":["*"],"amp.permissions":[{"tool":"*","action":"reject"}],"amp.mcpServers":{},"amp.mcpPermissions":[{"matches":{"command":"*"},"action":"reject"},{"matches":{"url":"*"},"action":"reject"}],"amp.dangerouslyAllowAll":false,"amp.updates.mode":"disabled"}"#,
    )],
    format: Format::Result,
    sealing: "all tools disabled and rejected by settings of its own; each thread is kept on Amp's server",
    login_hint: "set AMP_API_KEY",
    refused: None,
};

/// goose. Its chat mode runs no tool.
pub(super) static GOOSE: Documented = Documented {
    name: "goose",
    program: "goose",
    family: "goose",
    args: &[
        "run",
        "--instructions",
        "-",
        "--no-session",
        "--no-profile",
        "--quiet",
        "--max-turns",
        "2",
    ],
    model: Some("--model"),
    credentials: &[
        "GOOSE_PROVIDER",
        "GOOSE_MODEL",
        "ANTHROPIC_API_KEY",
        "OPENAI_API_KEY",
        "OPENROUTER_API_KEY",
        "GOOGLE_API_KEY",
        "GROQ_API_KEY",
        "OLLAMA_HOST",
    ],
    extra: &[
        ("GOOSE_MODE", "chat"),
        ("CONTEXT_FILE_NAMES", "[]"),
        ("GOOSE_TELEMETRY_ENABLED", "false"),
    ],
    files: &[],
    format: Format::Text,
    sealing: "chat mode, in which no tool runs, no extensions, no session; the user's provider settings are read",
    login_hint: "goose configure",
    refused: None,
};

/// aider. In ask mode it has no tools; it would fetch addresses that stand in the prompt.
pub(super) static AIDER: Documented = Documented {
    name: "aider",
    program: "aider",
    family: "aider",
    args: &[
        "--message-file",
        "/dev/stdin",
        "--chat-mode",
        "ask",
        "--dry-run",
        "--no-git",
        "--no-detect-urls",
        "--no-suggest-shell-commands",
        "--no-auto-lint",
        "--no-auto-test",
        "--no-check-update",
        "--no-show-release-notes",
        "--no-show-model-warnings",
        "--no-analytics",
        "--no-restore-chat-history",
        "--chat-history-file",
        "/dev/null",
        "--input-history-file",
        "/dev/null",
        "--map-tokens",
        "0",
        "--yes-always",
        "--no-pretty",
        "--no-stream",
    ],
    model: Some("--model"),
    credentials: &[
        "ANTHROPIC_API_KEY",
        "OPENAI_API_KEY",
        "OPENAI_API_BASE",
        "GEMINI_API_KEY",
        "OPENROUTER_API_KEY",
        "GROQ_API_KEY",
        "DEEPSEEK_API_KEY",
        "OLLAMA_API_BASE",
    ],
    extra: &[],
    files: &[],
    format: Format::Text,
    sealing: "ask mode, which has no tools, dry run, no git, no history; ~/.aider.conf.yml of the user is read",
    login_hint: "set the provider's key, such as ANTHROPIC_API_KEY",
    refused: None,
};

/// Factory's droid. Its read-only default still runs commands that it takes for harmless, so the
/// run is restricted to one tool that reads.
pub(super) static DROID: Documented = Documented {
    name: "droid",
    program: "droid",
    family: "factory",
    args: &[
        "exec",
        "--output-format",
        "json",
        "--restrict-tools",
        "Read",
        "--disable-builtin-skills",
    ],
    model: Some("--model"),
    credentials: &["FACTORY_API_KEY"],
    extra: &[],
    files: &[],
    format: Format::Result,
    sealing: "restricted to reading files, from anywhere; the user's hooks, servers and skills are not switched off",
    login_hint: "set FACTORY_API_KEY",
    refused: None,
};

/// Antigravity, the successor of Gemini CLI.
pub(super) static AGY: Documented = Documented {
    name: "agy",
    program: "agy",
    family: "google",
    args: &[],
    model: None,
    credentials: &[],
    extra: &[],
    files: &[],
    format: Format::Text,
    sealing: "not run",
    login_hint: "use `gemini` with GEMINI_API_KEY",
    refused: Some(
        "no documented option takes its shell and its writing away, and the user's allow rules would hold",
    ),
};
