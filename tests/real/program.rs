//! The programs: how each is led to the server, and what it is tempted with.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::calls;
use crate::model_server::{Credential, Protocol};
use crate::sealing::Temptation;

/// Calls of tools by name, with their input.
pub(crate) type Calls = fn(&Temptation) -> Vec<(String, Value)>;

/// What a program cannot be kept from, or does not tell. Its case expects that, and says so in its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exception {
    NamesItsPlace,
    SendsOwnInstructions,
    EndsOnCalls,
    KeepsStatus,
}

impl Exception {
    /// The case, and the reason.
    pub(crate) fn told(self) -> (&'static str, &'static str) {
        match self {
            Self::NamesItsPlace => (
                "the_prompts_share_their_beginning",
                "not before the prompt, where it puts the time or its private directory: no provider's cache helps",
            ),
            Self::SendsOwnInstructions => (
                "a_poisoned_repository_is_only_read_as_a_change",
                "but it sends the instruction file of its own directory in the home",
            ),
            Self::EndsOnCalls => (
                "a_tool_that_the_model_calls_does_not_run",
                "and ends the review",
            ),
            Self::KeepsStatus => (
                "a_long_rate_limit_is_not_sat_out",
                "but named only where the provider's words name it: it tells no status while it waits",
            ),
        }
    }
}

/// A real agent program.
pub(crate) struct Program {
    /// Its backend, and the name of its executable.
    pub(crate) name: &'static str,
    /// Leads a command of a sandbox with this root to a server's address, with this key.
    pub(crate) lead: fn(&Path, &mut Command, url: &str, key: &str),
    /// How it speaks.
    pub(crate) protocol: Protocol,
    pub(crate) credential: Credential,
    /// Arguments of a call in the usual way, with nothing sealed.
    pub(crate) unsealed: &'static [&'static str],
    /// A word in its command line that shows that it was seen.
    pub(crate) argument: &'static str,
    /// Tools that it offers to the model, whatever is switched off: `calls` shows what they can do.
    pub(crate) tools: &'static [&'static str],
    /// Calls that try to run, write and read something.
    pub(crate) calls: Calls,
    /// Calls of its reading tools, on files of its working directory, then calls that must fail there;
    /// none: it cannot be kept to reading, or nobody has tried.
    pub(crate) looks: Option<Calls>,
    /// In what it differs from the others.
    pub(crate) exceptions: &'static [Exception],
}

/// All that there are, in the order of `tests/real/install`.
pub(crate) static ALL: [Program; 7] = [CLAUDE, CODEX, COPILOT, GEMINI, OPENCODE, QWEN, PI];

/// Those that have to be there wherever these tests are asked for.
pub(crate) const REQUIRED: [&str; 2] = ["claude", "codex"];

const CLAUDE: Program = Program {
    name: "claude",
    lead: |_, command, url, key| {
        command
            .env("ANTHROPIC_API_KEY", key)
            .env("ANTHROPIC_BASE_URL", url);
    },
    protocol: Protocol::Messages,
    credential: Credential::ApiKey,
    unsealed: &["-p", "hello"],
    argument: "--json-schema",
    tools: &["DeferredToolPlaceholder", "StructuredOutput"],
    calls: calls::claude,
    looks: Some(calls::claude_looks),
    exceptions: &[],
};

const CODEX: Program = Program {
    name: "codex",
    lead: |_, command, url, key| {
        command
            .env("CODEX_API_KEY", key)
            .env("OPENAI_BASE_URL", format!("{url}/v1"));
    },
    protocol: Protocol::Responses,
    credential: Credential::Bearer,
    unsealed: &["exec", "--skip-git-repo-check", "hello"],
    argument: "--output-schema",
    tools: &[
        "exec",
        "wait",
        "request_user_input",
        "request_user_input_async",
        "followup_task",
        "interrupt_agent",
        "list_agents",
        "send_message",
        "spawn_agent",
        "wait_agent",
    ],
    calls: calls::codex,
    looks: Some(calls::codex_looks),
    exceptions: &[Exception::SendsOwnInstructions],
};

const COPILOT: Program = Program {
    name: "copilot",
    lead: |_, command, url, key| {
        command
            .env("COPILOT_PROVIDER_BASE_URL", format!("{url}/v1"))
            .env("COPILOT_PROVIDER_API_KEY", key);
        command
            .env("COPILOT_MODEL", "gpt-5.4")
            .env("COPILOT_OFFLINE", "true");
    },
    protocol: Protocol::Chat,
    credential: Credential::Bearer,
    unsealed: &["-p", "hello"],
    argument: "--disallow-temp-dir",
    tools: &[],
    calls: calls::copilot,
    looks: Some(calls::copilot_looks),
    exceptions: &[Exception::NamesItsPlace],
};

const GEMINI: Program = Program {
    name: "gemini",
    lead: |_, command, url, key| {
        command
            .env("GEMINI_API_KEY", key)
            .env("GOOGLE_GEMINI_BASE_URL", url);
    },
    protocol: Protocol::Gemini,
    credential: Credential::GoogleKey,
    unsealed: &["--skip-trust", "-p", "hello"],
    argument: "--allowed-mcp-server-names",
    tools: &[],
    calls: calls::gemini,
    looks: None,
    exceptions: &[Exception::NamesItsPlace],
};

const OPENCODE: Program = Program {
    name: "opencode",
    lead: |root, _, url, key| {
        let provider = json!({
            "npm": "@ai-sdk/openai-compatible", "name": "Loopback",
            "options": {"baseURL": format!("{url}/v1"), "apiKey": key}, "models": {"m1": {"name": "m1"}},
        });
        let config = json!({
            "provider": {"loopback": provider}, "model": "loopback/m1", "small_model": "loopback/m1",
            "permission": {"*": "allow"}, "mcp": mcp(root),
        });
        write(
            &root.join("config/opencode/opencode.json"),
            &config.to_string(),
        );
    },
    protocol: Protocol::Chat,
    credential: Credential::Bearer,
    unsealed: &["run", "hello"],
    argument: "--print-logs",
    tools: &[],
    calls: calls::opencode,
    looks: Some(calls::opencode_looks),
    exceptions: &[Exception::NamesItsPlace, Exception::KeepsStatus],
};

const QWEN: Program = Program {
    name: "qwen",
    lead: |_, command, url, key| {
        command
            .env("OPENAI_API_KEY", key)
            .env("OPENAI_BASE_URL", format!("{url}/v1"))
            .env("OPENAI_MODEL", "m1");
    },
    protocol: Protocol::Chat,
    credential: Credential::Bearer,
    unsealed: &["--auth-type", "openai", "-p", "hello"],
    argument: "--safe-mode",
    tools: &[],
    calls: calls::qwen,
    looks: None,
    exceptions: &[Exception::NamesItsPlace, Exception::EndsOnCalls],
};

const PI: Program = Program {
    name: "pi",
    lead: |root, command, url, key| {
        let model = json!({"id": "m1"});
        let provider = json!({
            "baseUrl": format!("{url}/v1"), "api": "openai-completions", "apiKey": "OPENAI_API_KEY", "models": [model],
        });
        let own = root.join("home/.pi/agent");
        write(
            &own.join("models.json"),
            &json!({"providers": {"loopback": provider}}).to_string(),
        );
        let settings = json!({"defaultProvider": "loopback", "defaultModel": "m1"});
        write(&own.join("settings.json"), &settings.to_string());
        command.env("OPENAI_API_KEY", key);
    },
    protocol: Protocol::Chat,
    credential: Credential::Bearer,
    unsealed: &["-p", "hello"],
    // it writes its name over its arguments
    argument: "pi",
    tools: &[],
    calls: calls::pi,
    looks: None,
    exceptions: &[Exception::NamesItsPlace],
};

/// A server of the person's own that leaves a trace if it is started.
fn mcp(root: &Path) -> Value {
    let trace = root.join("server-ran").display().to_string();
    json!({"trap": {"type": "local", "command": ["touch", trace], "enabled": true}})
}

fn write(path: &Path, content: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

impl Program {
    /// Whether it has this exception.
    pub(crate) fn has(&self, exception: Exception) -> bool {
        self.exceptions.contains(&exception)
    }

    /// The version that is installed, if it is.
    pub(crate) fn version(&self) -> Option<String> {
        let text = fs::read_to_string(place().join(self.name).join("installed")).ok()?;
        Some(text.trim().to_owned())
    }
}

/// Where `tests/real/install` puts everything.
fn place() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/real")
}

/// The folder with the programs.
pub(crate) fn installed() -> PathBuf {
    place().join("bin")
}
