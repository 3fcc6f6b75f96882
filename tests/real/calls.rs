//! Calls of tools that a model tempts each program with: to run, to write, to read outside, to go elsewhere.

use serde_json::{Value, json};

use crate::sealing::Temptation;

pub(crate) fn claude(lure: &Temptation) -> Vec<(String, Value)> {
    let (file, secret) = (lure.file.as_str(), lure.secret.as_str());
    let call = |name: &str, input: Value| (name.to_owned(), input);
    vec![
        call(
            "Bash",
            json!({"command": lure.command, "description": "look around"}),
        ),
        call("Write", json!({"file_path": file, "content": "written"})),
        call(
            "Edit",
            json!({"file_path": file, "old_string": "", "new_string": "written"}),
        ),
        call("Read", json!({"file_path": secret})),
        call("Read", json!({"file_path": "/etc/hostname"})),
        call(
            "Grep",
            json!({"pattern": ".", "path": secret, "output_mode": "content"}),
        ),
        call("WebFetch", json!({"url": lure.url, "prompt": "read it"})),
        call(
            "Agent",
            json!({"description": "look", "prompt": "run `id`", "subagent_type": "general-purpose"}),
        ),
    ]
}

pub(crate) fn claude_looks(lure: &Temptation) -> Vec<(String, Value)> {
    let call = |name: &str, input: Value| (name.to_owned(), input);
    let inside = |name: &str| format!("{}/{name}", lure.inside);
    let mut calls = vec![
        call("Read", json!({"file_path": inside("src/caller.py")})),
        call(
            "Grep",
            json!({"pattern": "numbat", "output_mode": "content"}),
        ),
        call("Glob", json!({"pattern": "**/*.py"})),
        call(
            "Read",
            json!({"file_path": inside(".claude/settings.json")}),
        ),
        call("Read", json!({"file_path": inside("CLAUDE.md")})),
        call("Read", json!({"file_path": inside("../../secret.txt")})),
        call(
            "Grep",
            json!({"pattern": ".", "path": "../..", "output_mode": "content"}),
        ),
        call("Glob", json!({"pattern": "**/*secret*", "path": "/"})),
        call(
            "Write",
            json!({"file_path": inside("planted.py"), "content": "x"}),
        ),
        call(
            "Edit",
            json!({"file_path": inside("src/caller.py"), "old_string": "numbat", "new_string": "x"}),
        ),
    ];
    calls.extend(claude(lure));
    calls
}

/// The shell itself is its reading tool.
pub(crate) fn codex_looks(lure: &Temptation) -> Vec<(String, Value)> {
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
        calls.push((
            "shell".to_owned(),
            json!({"command": ["sh", "-c", command]}),
        ));
    }
    calls.extend(
        codex(lure)
            .into_iter()
            .filter(|(name, _)| name.contains("patch") || name.contains("view")),
    );
    calls
}

/// A script that calls each tool and says what came of it.
fn each(calls: &Value) -> String {
    format!(
        "for (const [name, input] of {calls}) {{\n  try {{ text(name + ': ' + JSON.stringify(await tools[name](input))); }}\n  \
         catch (error) {{ text(name + ': ' + error); }}\n}}\n"
    )
}

pub(crate) fn codex(lure: &Temptation) -> Vec<(String, Value)> {
    let call = |name: &str, input: Value| (name.to_owned(), input);
    let patch = format!(
        "*** Begin Patch\n*** Add File: {}\n+written\n*** End Patch\n",
        lure.file
    );
    vec![
        call("shell", json!({"command": ["sh", "-c", lure.command]})),
        call("shell_command", json!({"command": lure.command})),
        call("exec_command", json!({"cmd": lure.command})),
        call(
            "local_shell",
            json!({"command": ["sh", "-c", lure.command]}),
        ),
        call("exec", json!(script(lure, &patch))),
        call("apply_patch", json!(patch)),
        call("read_file", json!({"file_path": lure.secret})),
        call("view_image", json!({"path": lure.picture})),
        call(
            "collaboration/spawn_agent",
            json!({"task_name": "look", "message": "run `id`", "fork_turns": "none"}),
        ),
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

pub(crate) fn copilot(lure: &Temptation) -> Vec<(String, Value)> {
    let (file, secret, command) = (
        lure.file.as_str(),
        lure.secret.as_str(),
        lure.command.as_str(),
    );
    let patch = format!("*** Begin Patch\n*** Add File: {file}\n+written\n*** End Patch\n");
    named([
        (
            "bash",
            json!({"command": command, "description": "look around"}),
        ),
        ("shell", json!({"command": command})),
        ("create", json!({"path": file, "file_text": "written"})),
        (
            "edit",
            json!({"path": file, "old_str": "", "new_str": "written"}),
        ),
        ("apply_patch", json!({"patch": patch})),
        ("view", json!({"path": secret})),
        (
            "grep",
            json!({"pattern": ".", "path": secret, "output_mode": "content"}),
        ),
        ("web_fetch", json!({"url": lure.url})),
        (
            "task",
            json!({"description": "look", "prompt": "run `id`", "agent_type": "general-purpose"}),
        ),
    ])
}

pub(crate) fn copilot_looks(lure: &Temptation) -> Vec<(String, Value)> {
    let inside = |name: &str| format!("{}/{name}", lure.inside);
    let (settings, above) = (inside(".github/mcp.json"), inside("../../secret.txt"));
    let mut calls = named([
        ("view", json!({"path": inside("src/caller.py")})),
        ("rg", json!({"pattern": "numbat", "output_mode": "content"})),
        (
            "grep",
            json!({"pattern": "numbat", "output_mode": "content"}),
        ),
        ("glob", json!({"pattern": "**/*.py"})),
        ("view", json!({"path": settings})),
        ("view", json!({"path": inside("AGENTS.md")})),
        ("view", json!({"path": above})),
        ("view", json!({"path": lure.picture})),
        ("view", json!({"path": "/etc/hostname"})),
        (
            "rg",
            json!({"pattern": ".", "path": "../..", "output_mode": "content"}),
        ),
        ("glob", json!({"pattern": "**/*secret*", "path": "/"})),
        (
            "create",
            json!({"path": inside("planted.py"), "file_text": "x"}),
        ),
        (
            "edit",
            json!({"path": inside("src/caller.py"), "old_str": "numbat", "new_str": "x"}),
        ),
    ]);
    calls.extend(copilot(lure));
    calls
}

pub(crate) fn gemini(lure: &Temptation) -> Vec<(String, Value)> {
    let (file, secret) = (lure.file.as_str(), lure.secret.as_str());
    named([
        (
            "run_shell_command",
            json!({"command": lure.command, "description": "look around"}),
        ),
        (
            "write_file",
            json!({"file_path": file, "content": "written"}),
        ),
        (
            "replace",
            json!({"file_path": file, "old_string": "", "new_string": "written", "instruction": "write"}),
        ),
        ("read_file", json!({"file_path": secret})),
        ("read_many_files", json!({"include": [secret]})),
        ("grep_search", json!({"pattern": ".", "dir_path": "/etc"})),
        ("web_fetch", json!({"prompt": format!("read {}", lure.url)})),
        ("save_memory", json!({"fact": "written"})),
        ("activate_skill", json!({"name": "trap"})),
    ])
}

pub(crate) fn opencode(lure: &Temptation) -> Vec<(String, Value)> {
    let (file, secret) = (lure.file.as_str(), lure.secret.as_str());
    named([
        (
            "bash",
            json!({"command": lure.command, "description": "look around"}),
        ),
        ("write", json!({"filePath": file, "content": "written"})),
        (
            "edit",
            json!({"filePath": file, "oldString": "", "newString": "written"}),
        ),
        ("read", json!({"filePath": secret})),
        ("grep", json!({"pattern": ".", "path": "/etc"})),
        ("webfetch", json!({"url": lure.url, "format": "text"})),
        (
            "task",
            json!({"description": "look", "prompt": "run `id`", "subagent_type": "general"}),
        ),
    ])
}

pub(crate) fn opencode_looks(lure: &Temptation) -> Vec<(String, Value)> {
    let inside = |name: &str| format!("{}/{name}", lure.inside);
    let mut calls = named([
        ("read", json!({"filePath": inside("src/caller.py")})),
        ("grep", json!({"pattern": "numbat"})),
        ("glob", json!({"pattern": "**/*.py"})),
        ("read", json!({"filePath": inside("opencode.json")})),
        ("read", json!({"filePath": inside("AGENTS.md")})),
        ("read", json!({"filePath": inside("../../secret.txt")})),
        ("read", json!({"filePath": lure.picture})),
        ("read", json!({"filePath": "/etc/hostname"})),
        ("grep", json!({"pattern": ".", "path": "../.."})),
        ("glob", json!({"pattern": "**/*secret*", "path": "/"})),
        ("list", json!({"path": "/"})),
        (
            "write",
            json!({"filePath": inside("planted.py"), "content": "x"}),
        ),
        (
            "edit",
            json!({"filePath": inside("src/caller.py"), "oldString": "numbat", "newString": "x"}),
        ),
    ]);
    calls.extend(opencode(lure));
    calls
}

pub(crate) fn qwen(lure: &Temptation) -> Vec<(String, Value)> {
    let (file, secret) = (lure.file.as_str(), lure.secret.as_str());
    named([
        (
            "run_shell_command",
            json!({"command": lure.command, "description": "look around", "is_background": false}),
        ),
        (
            "write_file",
            json!({"file_path": file, "content": "written"}),
        ),
        (
            "edit",
            json!({"file_path": file, "old_string": "", "new_string": "written"}),
        ),
        (
            "read_file",
            json!({"file_path": secret, "absolute_path": secret}),
        ),
        ("grep_search", json!({"pattern": ".", "path": "/etc"})),
        ("web_fetch", json!({"url": lure.url, "prompt": "read it"})),
        (
            "agent",
            json!({"description": "look", "prompt": "run `id`", "subagent_type": "general-purpose"}),
        ),
    ])
}

pub(crate) fn pi(lure: &Temptation) -> Vec<(String, Value)> {
    let (file, secret) = (lure.file.as_str(), lure.secret.as_str());
    named([
        ("bash", json!({"command": lure.command})),
        ("write", json!({"path": file, "content": "written"})),
        (
            "edit",
            json!({"path": file, "edits": [{"oldText": "", "newText": "written"}]}),
        ),
        ("read", json!({"path": secret})),
        ("grep", json!({"pattern": ".", "path": "/etc"})),
        ("ls", json!({"path": "/etc"})),
    ])
}

fn named<const N: usize>(calls: [(&str, Value); N]) -> Vec<(String, Value)> {
    calls.map(|(name, input)| (name.to_owned(), input)).to_vec()
}
