#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use proptest::prelude::*;

use super::*;
use crate::agents::loosens;
use crate::model::{Access, AgentName};

fn read(host: Host, file: &str, text: &str) -> Result<AgentDefinition, DefinitionError> {
    parse_as(
        host,
        text.as_bytes(),
        DefinitionSource::Repository(file.into()),
    )
}

fn fault(host: Host, file: &str, text: &str) -> String {
    read(host, file, text).unwrap_err().to_string()
}

/// Name, tools, model with whose it is, ignored fields, instructions.
fn shown(definition: &AgentDefinition) -> String {
    let AgentDefinition {
        name,
        tools,
        model,
        model_of,
        ignored,
        body,
        ..
    } = definition;
    let model = model
        .as_deref()
        .map(|model| format!("{model}@{}", model_of.as_deref().unwrap_or("any")));
    format!(
        "{name} [{}] {} -{} | {body}",
        tools.join(" "),
        model.unwrap_or_default(),
        ignored.join(" ")
    )
}

#[test]
fn claude_code() {
    let text = "---\nname: code-reviewer\ndescription: Reviews. Use it when: always, <example>\nContext: x\n</example>\n\
                tools: Read, LS, Grep, Bash(git log:*)\ndisallowedTools: Grep\nmodel: opus\ncolor: blue\n\
                permissionMode: bypassPermissions\nhooks:\n  PreToolUse:\n    - command: rm\n---\nBe strict.\n";
    let definition = read(Host::Claude, ".claude/agents/r.md", text).unwrap();
    assert_eq!(
        shown(&definition),
        "code-reviewer [Read Glob Bash(git log:*)] opus@claude -Context color permissionMode hooks | Be strict."
    );
    assert_eq!(
        definition.description,
        "Reviews. Use it when: always, <example>"
    );
    assert_eq!(
        definition.access(),
        Access::Unsafe(vec!["Bash(git log:*)".into()])
    );
    let titled = read(
        Host::Claude,
        "x.md",
        "---\nname: Code Reviewer (v2)\ndescription: y\n---\nb",
    )
    .unwrap();
    assert_eq!(
        (titled.name.as_str(), titled.access()),
        ("code-reviewer-v2", Access::Sealed)
    );
    let off = "---\nname: x\ndescription: y\ndisabled: true\n---\nb";
    assert_eq!(
        fault(Host::Claude, "x.md", off),
        "x.md:4: it says that it is disabled"
    );
}

#[test]
fn github_copilot() {
    let text = "---\nname: 'API Architect'\ndescription: 'Mentors.'\ntools: ['read', 'search', 'edit', 'github/*']\n\
                model: ['Claude Sonnet 4.5 (copilot)']\ntarget: vscode\nmcp-servers:\n  x:\n    command: evil\n---\nHelp.";
    let definition = read(Host::Copilot, ".github/agents/api-architect.agent.md", text).unwrap();
    assert_eq!(
        shown(&definition),
        "api-architect [Read Grep Glob edit github/*]  -name model target mcp-servers | Help."
    );
    let reading = "---\ndescription: d\ntools: [read, search]\nmodel: gpt-5\n---\nb";
    let definition = read(Host::Copilot, ".github/agents/My Review.md", reading).unwrap();
    assert_eq!(
        (definition.name.as_str(), definition.access()),
        ("my-review", Access::Explore)
    );
    assert_eq!(definition.model_of.as_deref(), Some("copilot"));
    let all = read(
        Host::Copilot,
        "x.agent.md",
        "---\ndescription: d\ntools: ['*']\n---\nb",
    )
    .unwrap();
    assert_eq!(all.access(), Access::Unsafe(vec!["*".into()]));
    let none = read(Host::Copilot, "x.agent.md", "---\ndescription: d\n---\nb").unwrap();
    assert_eq!(none.access(), Access::Sealed);
}

#[test]
fn opencode() {
    let text = "---\ndescription: Reviews\nmode: subagent\nmodel: anthropic/claude-sonnet-4-20250514\ntemperature: 0.1\n\
                tools:\n  read: true\n  write: false\n  bash: true\npermission:\n  grep: allow\n  bash: deny\n  webfetch: ask\n---\nLook.";
    let definition = read(Host::OpenCode, ".opencode/agent/review.md", text).unwrap();
    assert_eq!(
        shown(&definition),
        "review [Read Grep] anthropic/claude-sonnet-4-20250514@opencode -mode temperature | Look."
    );
    let shell = "---\ndescription: d\npermission:\n  bash:\n    'git *': allow\n---\nb";
    assert_eq!(
        read(Host::OpenCode, "x.md", shell).unwrap().access(),
        Access::Unsafe(vec!["bash".into()])
    );
    assert!(
        fault(
            Host::OpenCode,
            "x.md",
            "---\ndescription: d\ndisable: true\n---\nb"
        )
        .ends_with("it is disabled")
    );
    let prompt = "---\ndescription: d\nprompt: '{file:/etc/passwd}'\n---\n";
    assert_eq!(
        fault(Host::OpenCode, "x.md", prompt),
        "x.md:5: no instructions after the front matter"
    );
}

#[test]
fn gemini() {
    let text = "---\nname: security_auditor\ndescription: Finds.\nkind: local\ntools:\n  - read_file\n  - grep_search\n\
                model: gemini-3-flash-preview\nmax_turns: 10\nmcpServers:\n  x: {}\n---\nAudit.";
    let definition = read(Host::Gemini, ".gemini/agents/a.md", text).unwrap();
    assert_eq!(
        shown(&definition),
        "security_auditor [Read Grep] gemini-3-flash-preview@gemini -max_turns mcpServers | Audit."
    );
    let remote =
        "---\nname: x\ndescription: d\nkind: remote\nagent_card_url: https://example.org\n---\nb";
    assert_eq!(
        fault(Host::Gemini, "x.md", remote),
        "x.md:4: it is a remote agent, which is not run"
    );
    let any = read(
        Host::Gemini,
        "x.md",
        "---\nname: x\ndescription: d\ntools: ['mcp_*']\n---\nb",
    )
    .unwrap();
    assert_eq!(any.access(), Access::Unsafe(vec!["mcp_*".into()]));
}

#[test]
fn codex() {
    let text = "name = \"reviewer\"\ndescription = \"Reviews.\"\nmodel = \"gpt-5.3-codex\"\nsandbox_mode = \"read-only\"\n\
                developer_instructions = \"\"\"\nRead it.\n\"\"\"\n[mcp_servers.x]\ncommand = \"evil\"\n";
    let definition = read(Host::Codex, ".codex/agents/reviewer.toml", text).unwrap();
    assert_eq!(
        shown(&definition),
        "reviewer [Read Grep Glob] gpt-5.3-codex@codex -mcp_servers | Read it."
    );
    let wide =
        "name = \"x\"\nsandbox_mode = \"danger-full-access\"\ndeveloper_instructions = \"b\"\n";
    let wide = read(Host::Codex, "x.toml", wide).unwrap();
    assert_eq!(
        wide.access(),
        Access::Unsafe(vec!["Edit".into(), "Bash".into()])
    );
    assert_eq!(wide.description, "b");
    assert!(
        fault(Host::Codex, "x.toml", "name = \"x\"\n= 3\n").starts_with("x.toml:2: not TOML: ")
    );
    assert_eq!(
        fault(Host::Codex, "x.toml", "name = \"x\"\n"),
        "x.toml:1: no `developer_instructions`"
    );
    assert_eq!(
        fault(
            Host::Codex,
            "x.toml",
            "developer_instructions = \"b\"\nname = 7\n"
        ),
        "x.toml:2: `name` must be text"
    );
}

#[test]
fn cursor() {
    let text = "---\nname: verifier\ndescription: Checks.\nmodel: fast\nreadonly: true\nis_background: true\n---\nCheck.";
    let definition = read(Host::Cursor, ".cursor/agents/v.md", text).unwrap();
    assert_eq!(
        shown(&definition),
        "verifier [Read Grep Glob] fast@cursor-agent -is_background | Check."
    );
    let free = read(
        Host::Cursor,
        ".cursor/agents/free.md",
        "---\ndescription: d\nreadonly: false\n---\nb",
    )
    .unwrap();
    assert_eq!(
        (free.name.as_str(), free.access()),
        ("free", Access::Sealed)
    );
}

#[test]
fn a_list_under_fields_that_are_no_yaml_is_read() {
    let text = "---\nname: x\ndescription: when: now\ntools:\n  - Read\n  - Bash\n---\nb";
    let definition = read(Host::Claude, "x.md", text).unwrap();
    assert_eq!(definition.tools, ["Read", "Bash"]);
    assert!(fault(Host::Own, "x.md", text).contains("front matter: "));
}

const HOSTS: [Host; 7] = [
    Host::Own,
    Host::Claude,
    Host::Copilot,
    Host::OpenCode,
    Host::Gemini,
    Host::Codex,
    Host::Cursor,
];

proptest! {
    #[test]
    fn no_bytes_of_any_host_make_it_panic(bytes in any::<Vec<u8>>(), text in "(---\n)?[a-z:=\\[\\]{}&*!|> \n\"-]{0,80}(\n---\n)?[a-z]*") {
        for host in HOSTS {
            let _ = parse_as(host, &bytes, DefinitionSource::Repository("x.md".into()));
            let _ = read(host, "x.toml", &text);
        }
    }

    /// Whatever stands in the fields: tools are what a field that is obeyed names, and a field
    /// that could loosen something is listed or narrows.
    #[test]
    fn nothing_but_named_tools_is_ever_asked_for(
        host in prop::sample::select(&HOSTS[..5]),
        field in "[a-zA-Z_]{1,12}", value in "[a-zA-Z]{1,8}",
        loosening in prop::sample::select(vec!["hooks", "permissionMode", "mcpServers", "mcp-servers", "skills", "prompt"]),
    ) {
        prop_assume!(!["name", "description", "tools", "kind", "model"].contains(&field.as_str()) && field != loosening);
        let text = format!("---\nname: x\ndescription: d\n{field}: {value}\n{loosening}: {value}\n---\nb");
        let Ok(definition) = read(host, "x.md", &text) else { return Ok(()) };
        prop_assert_eq!(definition.access(), Access::Sealed);
        prop_assert!(loosens(loosening) && definition.ignored.contains(&loosening.to_owned()));
        prop_assert!(AgentName::parse(definition.name.as_str()).is_some());
    }
}
