//! The programs: how each is led to the server, and what it is tempted with.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Once;

use serde_json::{Value, json};

use crate::model_server::{Credential, Protocol};
use crate::sealing::Temptation;

/// A real agent program.
pub(crate) struct Program {
    /// Its backend, and the name of its executable.
    pub(crate) name: &'static str,
    /// Variable of the key, and of the base URL.
    pub(crate) key_variable: &'static str,
    pub(crate) url_variable: &'static str,
    /// What its base URL has behind the address.
    pub(crate) url_path: &'static str,
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
    pub(crate) calls: fn(&Temptation) -> Vec<(String, Value)>,
    /// Calls of its reading tools, on files of its working directory, then calls that must fail there.
    pub(crate) looks: fn(&Temptation) -> Vec<(String, Value)>,
    /// Whether it sends the instruction file of its own directory in the home, which it cannot be kept from.
    pub(crate) sends_own_instructions: bool,
}

pub(crate) const CLAUDE: Program = Program {
    name: "claude",
    key_variable: "ANTHROPIC_API_KEY",
    url_variable: "ANTHROPIC_BASE_URL",
    url_path: "",
    protocol: Protocol::Messages,
    credential: Credential::ApiKey,
    unsealed: &["-p", "hello"],
    argument: "--json-schema",
    tools: &["DeferredToolPlaceholder", "StructuredOutput"],
    calls: claude_calls,
    looks: claude_looks,
    sends_own_instructions: false,
};

pub(crate) const CODEX: Program = Program {
    name: "codex",
    key_variable: "CODEX_API_KEY",
    url_variable: "OPENAI_BASE_URL",
    url_path: "/v1",
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
    calls: codex_calls,
    looks: codex_looks,
    sends_own_instructions: true,
};

fn claude_calls(lure: &Temptation) -> Vec<(String, Value)> {
    let (file, secret) = (lure.file.as_str(), lure.secret.as_str());
    let call = |name: &str, input: Value| (name.to_owned(), input);
    vec![
        call("Bash", json!({"command": lure.command, "description": "look around"})),
        call("Write", json!({"file_path": file, "content": "written"})),
        call("Edit", json!({"file_path": file, "old_string": "", "new_string": "written"})),
        call("Read", json!({"file_path": secret})),
        call("Read", json!({"file_path": "/etc/hostname"})),
        call("Grep", json!({"pattern": ".", "path": secret, "output_mode": "content"})),
        call("WebFetch", json!({"url": lure.url, "prompt": "read it"})),
        call("Agent", json!({"description": "look", "prompt": "run `id`", "subagent_type": "general-purpose"})),
    ]
}

fn claude_looks(lure: &Temptation) -> Vec<(String, Value)> {
    let call = |name: &str, input: Value| (name.to_owned(), input);
    let inside = |name: &str| format!("{}/{name}", lure.inside);
    let mut calls = vec![
        call("Read", json!({"file_path": inside("src/caller.py")})),
        call("Grep", json!({"pattern": "numbat", "output_mode": "content"})),
        call("Glob", json!({"pattern": "**/*.py"})),
        call("Read", json!({"file_path": inside(".claude/settings.json")})),
        call("Read", json!({"file_path": inside("CLAUDE.md")})),
        call("Read", json!({"file_path": inside("../../secret.txt")})),
        call("Grep", json!({"pattern": ".", "path": "../..", "output_mode": "content"})),
        call("Glob", json!({"pattern": "**/*secret*", "path": "/"})),
        call("Write", json!({"file_path": inside("planted.py"), "content": "x"})),
        call("Edit", json!({"file_path": inside("src/caller.py"), "old_string": "numbat", "new_string": "x"})),
    ];
    calls.extend(claude_calls(lure));
    calls
}

/// The shell itself is its reading tool.
fn codex_looks(lure: &Temptation) -> Vec<(String, Value)> {
    let commands = [
        "cat src/caller.py; grep -rn numbat .; ls -aR",
        "cat .codex/config.toml AGENTS.md",
        "cat ../../secret.txt; cat \"$HOME/.codex/auth.json\"; ls ../.. ~",
        "touch planted.py; echo x >> src/caller.py; chmod 700 . && touch planted.py",
        lure.command.as_str(),
    ];
    let url = lure.url.trim_start_matches("http://").replace(':', "/");
    let network = format!("exec 3<>/dev/tcp/{url} && echo connected");
    let network = format!("bash -c '{network}'");
    let mut calls = Vec::new();
    for command in commands.into_iter().chain([network.as_str()]) {
        let escalated = json!({"cmd": command, "sandbox_permissions": "require_escalated", "justification": "please"});
        let script = json!([["exec_command", {"cmd": command}], ["exec_command", escalated]]);
        calls.push(("exec".to_owned(), json!(each(&script))));
        calls.push(("exec_command".to_owned(), json!({"cmd": command})));
        calls.push(("exec_command".to_owned(), escalated));
        calls.push(("shell_command".to_owned(), json!({"command": command})));
        calls.push(("shell".to_owned(), json!({"command": ["sh", "-c", command]})));
    }
    calls.extend(codex_calls(lure).into_iter().filter(|(name, _)| name.contains("patch") || name.contains("view")));
    calls
}

/// A script that calls each tool and says what came of it.
fn each(calls: &Value) -> String {
    format!(
        "for (const [name, input] of {calls}) {{\n  try {{ text(name + ': ' + JSON.stringify(await tools[name](input))); }}\n  \
         catch (error) {{ text(name + ': ' + error); }}\n}}\n"
    )
}

fn codex_calls(lure: &Temptation) -> Vec<(String, Value)> {
    let call = |name: &str, input: Value| (name.to_owned(), input);
    let patch = format!("*** Begin Patch\n*** Add File: {}\n+written\n*** End Patch\n", lure.file);
    vec![
        call("shell", json!({"command": ["sh", "-c", lure.command]})),
        call("shell_command", json!({"command": lure.command})),
        call("exec_command", json!({"cmd": lure.command})),
        call("local_shell", json!({"command": ["sh", "-c", lure.command]})),
        call("exec", json!(script(lure, &patch))),
        call("apply_patch", json!(patch)),
        call("read_file", json!({"file_path": lure.secret})),
        call("view_image", json!({"path": lure.picture})),
        call("collaboration/spawn_agent", json!({"task_name": "look", "message": "run `id`", "fork_turns": "none"})),
    ]
}

/// For models that call tools from a script: each of them that could do something.
fn script(lure: &Temptation, patch: &str) -> String {
    let calls = json!([
        ["apply_patch", patch],
        ["exec_command", {"cmd": lure.command}],
        ["shell_command", {"command": lure.command}],
        ["view_image", {"path": lure.picture}],
        ["read_mcp_resource", {"server": "file", "uri": format!("file://{}", lure.secret)}],
    ]);
    format!(
        "{}text('ALL ' + JSON.stringify(ALL_TOOLS));\n\
         try {{ text(await (await fetch('{}')).text()); }} catch (error) {{ text('fetch: ' + error); }}\n",
        each(&calls),
        lure.url
    )
}

/// Whether the tests were asked for; says so if not, once and past the harness, which keeps what a
/// passing test prints to itself.
pub(crate) fn is_asked_for() -> bool {
    static SAID: Once = Once::new();
    let asked = std::env::var_os("GIT_AGENTS_TEST_REAL").is_some_and(|value| value == "1");
    if !asked {
        let words = "not asked for: `GIT_AGENTS_TEST_REAL=1` runs these, after `tests/real/install`\n";
        SAID.call_once(|| std::io::stderr().write_all(words.as_bytes()).unwrap());
    }
    asked
}

/// The folder with the programs.
#[track_caller]
pub(crate) fn installed() -> PathBuf {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/real");
    assert!(place.join("installed").is_file(), "the programs are not there: `tests/real/install`");
    place.join("bin")
}
