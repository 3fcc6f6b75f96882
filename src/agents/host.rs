//! The programs whose agent definitions are understood, where their files stand, and what their
//! fields come to in ours.
//!
//! What was looked up, November 2026, in each program's own documentation: Claude Code
//! "Subagents", GitHub "Custom agents configuration", OpenCode "Agents", Gemini CLI "Subagents",
//! Codex "Subagents", Cursor "Subagents". In all of them a definition without a list of tools
//! inherits every tool; here it gets none. What is mapped can only ask for reading, or for more by
//! name, which is then refused until the user allowed it; what a file denies is taken away.

use serde_json::{Map, Value};

/// Whose format a definition is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// Ours, which is also the common core of the others.
    Own,
    /// Claude Code.
    Claude,
    /// GitHub Copilot.
    Copilot,
    /// OpenCode.
    OpenCode,
    /// Gemini CLI.
    Gemini,
    /// Codex: TOML.
    Codex,
    /// Cursor.
    Cursor,
    /// A slash command of Claude Code.
    Slash,
}

/// Directories below the top of a work tree; of several definitions with one name the first counts.
pub(super) const IN_REPOSITORY: [(&str, Host); 8] = [
    (".gitagents/agents", Host::Own),
    (".claude/agents", Host::Claude),
    (".github/agents", Host::Copilot),
    (".opencode/agent", Host::OpenCode),
    (".opencode/agents", Host::OpenCode),
    (".gemini/agents", Host::Gemini),
    (".codex/agents", Host::Codex),
    (".cursor/agents", Host::Cursor),
];

/// Directories below the user's home, in the same order.
pub(super) const IN_HOME: [(&str, Host); 7] = [
    (".claude/agents", Host::Claude),
    (".copilot/agents", Host::Copilot),
    (".config/opencode/agent", Host::OpenCode),
    (".config/opencode/agents", Host::OpenCode),
    (".gemini/agents", Host::Gemini),
    (".codex/agents", Host::Codex),
    (".cursor/agents", Host::Cursor),
];

/// Fields that would give an agent more than it gets here: programs, servers, permissions, files.
const LOOSENING: [&str; 24] = [
    "agent_card_json",
    "agent_card_url",
    "agents",
    "approval_policy",
    "auth",
    "background",
    "env",
    "handoffs",
    "hooks",
    "initialPrompt",
    "is_background",
    "isolation",
    "mcp",
    "mcp-servers",
    "mcpServers",
    "mcp_servers",
    "memory",
    "permission",
    "permissionMode",
    "prompt",
    "sandbox_mode",
    "shell_environment_policy",
    "skills",
    "web_search",
];

/// Whether obeying this field could give an agent more than it gets here.
#[must_use]
pub(crate) fn loosens(field: &str) -> bool {
    LOOSENING.contains(&field)
}

impl Host {
    /// The backend that understands its models' names; any for our own.
    pub(super) fn backend(self) -> Option<&'static str> {
        match self {
            Self::Own => None,
            Self::Claude | Self::Slash => Some("claude"),
            Self::Copilot => Some("copilot"),
            Self::OpenCode => Some("opencode"),
            Self::Gemini => Some("gemini"),
            Self::Codex => Some("codex"),
            Self::Cursor => Some("cursor-agent"),
        }
    }

    /// How its files' names end, longest first.
    pub(super) fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Copilot => &[".agent.md", ".md"],
            Self::Codex => &[".toml"],
            Self::Own
            | Self::Claude
            | Self::OpenCode
            | Self::Gemini
            | Self::Cursor
            | Self::Slash => &[".md"],
        }
    }

    /// Whether the file's name is the agent's, and a field `name` only a title.
    pub(super) fn is_named_by_file(self) -> bool {
        matches!(self, Self::Copilot | Self::OpenCode | Self::Slash)
    }

    /// Fields that are read and obeyed.
    pub(super) fn obeyed(self) -> &'static [&'static str] {
        match self {
            Self::Own => &["name", "description", "tools", "model", "perspectives"],
            Self::Claude => &[
                "name",
                "description",
                "tools",
                "disallowedTools",
                "model",
                "perspectives",
                "disabled",
            ],
            Self::Copilot => &["description", "tools", "model"],
            Self::OpenCode => &["description", "tools", "permission", "model", "disable"],
            Self::Gemini => &["name", "description", "kind", "tools", "model"],
            Self::Codex => &[
                "name",
                "description",
                "developer_instructions",
                "model",
                "sandbox_mode",
            ],
            Self::Cursor => &["name", "description", "model", "readonly"],
            Self::Slash => &[
                "description",
                "argument-hint",
                "allowed-tools",
                "model",
                "agents",
            ],
        }
    }

    /// Why a definition of this host is none for us, if its fields say so.
    pub(super) fn off(self, fields: &Map<String, Value>) -> Option<(&'static str, &'static str)> {
        let is = |field: &str| fields.get(field) == Some(&Value::Bool(true));
        match self {
            Self::Claude if is("disabled") => Some(("disabled", "it says that it is disabled")),
            Self::OpenCode if is("disable") => Some(("disable", "it says that it is disabled")),
            Self::Gemini if fields.get("kind").and_then(Value::as_str) == Some("remote") => {
                Some(("kind", "it is a remote agent, which is not run"))
            }
            _ => None,
        }
    }

    /// Our name of a tool that only reads; any other stays as it is written.
    pub(super) fn tool(self, word: &str) -> Vec<String> {
        let ours: &[&str] = match (self, word) {
            (Self::Claude | Self::Slash, "LS") => &["Glob"],
            (Self::Claude | Self::Slash, "NotebookRead") => &["Read"],
            (Self::Copilot | Self::OpenCode, "read" | "view") => &["Read"],
            (Self::Copilot, "search") => &["Grep", "Glob"],
            (Self::Copilot | Self::OpenCode, "grep") => &["Grep"],
            (Self::Copilot | Self::OpenCode, "glob" | "list") => &["Glob"],
            (Self::Gemini, "read_file" | "read_many_files") => &["Read"],
            (Self::Gemini, "grep_search" | "search_file_content") => &["Grep"],
            (Self::Gemini, "glob" | "list_directory") => &["Glob"],
            _ => return vec![word.to_owned()],
        };
        ours.iter().map(|&tool| tool.to_owned()).collect()
    }

    /// The field that lists its tools.
    pub(super) fn tools_field(self) -> &'static str {
        if self == Self::Slash {
            "allowed-tools"
        } else {
            "tools"
        }
    }

    /// Tools that other fields than a list ask for; none where there is a list to read.
    pub(super) fn tools_elsewhere(self, fields: &Map<String, Value>) -> Option<Vec<String>> {
        let reading = || vec!["Read".to_owned(), "Grep".to_owned(), "Glob".to_owned()];
        match self {
            Self::OpenCode => fields
                .get("tools")
                .is_none_or(Value::is_object)
                .then(|| switched_on(fields)),
            Self::Codex => Some(match fields.get("sandbox_mode").and_then(Value::as_str) {
                None => Vec::new(),
                Some("read-only") => reading(),
                Some(_) => vec!["Edit".to_owned(), "Bash".to_owned()],
            }),
            Self::Cursor => Some(if fields.get("readonly") == Some(&Value::Bool(true)) {
                reading()
            } else {
                Vec::new()
            }),
            Self::Own | Self::Claude | Self::Copilot | Self::Gemini | Self::Slash => None,
        }
    }
}

/// OpenCode's `tools: {read: true}` and `permission: {read: allow, bash: {"git *": allow}}`.
/// What is denied, or would have to be asked, is not asked for.
fn switched_on(fields: &Map<String, Value>) -> Vec<String> {
    let entries = |field: &str| {
        fields
            .get(field)
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
    };
    let is_allowed = |value: &Value| match value {
        Value::Object(rules) => rules.values().any(|rule| rule == "allow"),
        other => other == "allow",
    };
    let denied: Vec<&String> = entries("permission")
        .filter(|(_, value)| !is_allowed(value))
        .map(|(tool, _)| tool)
        .collect();
    let is_off = |tool: &String| {
        denied.contains(&tool)
            || entries("tools").any(|(name, on)| name == tool && *on == Value::Bool(false))
    };
    let by_tools = entries("tools").filter(|(_, on)| **on == Value::Bool(true));
    let by_permission = entries("permission").filter(|(_, value)| is_allowed(value));
    by_tools
        .chain(by_permission)
        .map(|(tool, _)| tool)
        .filter(|tool| !is_off(tool))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_obeyed_is_never_called_ignored_and_loosening() {
        for host in [
            Host::Own,
            Host::Claude,
            Host::Copilot,
            Host::Gemini,
            Host::Cursor,
        ] {
            assert!(
                host.obeyed().iter().all(|field| !loosens(field)),
                "{host:?}"
            );
        }
    }
}
