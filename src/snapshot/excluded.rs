//! Files that are in no snapshot, by their names alone.

use crate::model::{LeftOut, RepoPath};

/// Names that agent programs read as instructions, settings or servers, whatever directory they
/// are in. Compared in lower case: some file systems do not tell cases apart. From the programs'
/// own documentation, and from what was seen to be read by them.
const AGENT_NAMES: [&str; 40] = [
    "agents.md",
    "agents.override.md",
    "agent.md",
    "claude.md",
    "claude.local.md",
    "gemini.md",
    "qwen.md",
    "copilot-instructions.md",
    "conventions.md",
    "crush.md",
    "goose.md",
    "skill.md",
    ".claude",
    ".claude.json",
    ".codex",
    ".gemini",
    ".geminiignore",
    ".qwen",
    ".qwenignore",
    ".opencode",
    "opencode.json",
    "opencode.jsonc",
    ".pi",
    ".agents",
    ".agent",
    ".amp",
    ".factory",
    ".crush.json",
    "crush.json",
    "crushrc",
    ".continue",
    ".copilot",
    ".gitagents",
    ".gitagents.toml",
    ".mcp.json",
    "mcp.json",
    ".roo",
    ".kilocode",
    ".vscode",
    ".idea",
];

/// How such names begin.
const AGENT_PREFIXES: [&str; 6] = [
    ".cursor",
    ".windsurf",
    ".cline",
    ".goose",
    ".aider",
    ".augment",
];

/// Below `.github`.
const GITHUB_NAMES: [&str; 6] = [
    "agents",
    "prompts",
    "instructions",
    "chatmodes",
    "hooks",
    "skills",
];

/// Names of files that hold credentials.
const CREDENTIALS: [&str; 14] = [
    ".netrc",
    "_netrc",
    ".npmrc",
    ".yarnrc.yml",
    ".pypirc",
    ".git-credentials",
    ".htpasswd",
    ".pgpass",
    ".dockercfg",
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "credentials",
];

/// Extensions of key stores.
const KEY_STORES: [&str; 9] = [
    "pem", "key", "p12", "pfx", "jks", "keystore", "kdbx", "ppk", "tfstate",
];

/// Longest path, in bytes, and deepest: within what every file system takes.
const LONGEST: (usize, usize) = (1_000, 100);

/// Why this path is in no snapshot; none if its name is no reason.
pub(super) fn by_name(path: &RepoPath) -> Option<LeftOut> {
    let parts: Vec<&[u8]> = path.as_bytes().split(|b| *b == b'/').collect();
    let honest = |part: &&[u8]| {
        !matches!(*part, b"" | b"." | b"..") && part.len() < 250 && !part.contains(&0)
    };
    if !parts.iter().all(honest) || path.as_bytes().len() > LONGEST.0 || parts.len() > LONGEST.1 {
        return Some(LeftOut::NoFile);
    }
    let lower: Vec<String> = parts.iter().map(|part| folded(part)).collect();
    if lower
        .iter()
        .any(|part| part == ".git" || part.starts_with("git~"))
    {
        return Some(LeftOut::NoFile);
    }
    if lower.iter().any(|part| is_agents(part)) || in_github(&lower) {
        return Some(LeftOut::AgentConfiguration);
    }
    let name = lower.last().map_or("", String::as_str);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let environment = name == ".env" || (name.starts_with(".env.") && !name.ends_with("example"));
    let known = CREDENTIALS.contains(&name) || KEY_STORES.contains(&extension);
    (environment || known).then_some(LeftOut::Credentials)
}

/// In lower case and without what some file systems do not see: trailing dots and blanks, and
/// code points that they ignore in names.
fn folded(part: &[u8]) -> String {
    let ignored = |c: &char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}');
    let text: String = String::from_utf8_lossy(part)
        .chars()
        .filter(|c| !ignored(c))
        .collect();
    text.to_lowercase().trim_end_matches(['.', ' ']).to_owned()
}

fn is_agents(part: &str) -> bool {
    AGENT_NAMES.contains(&part)
        || AGENT_PREFIXES.iter().any(|prefix| part.starts_with(prefix))
        || [
            ".agent.md",
            ".instructions.md",
            ".prompt.md",
            ".chatmode.md",
            ".mdc",
        ]
        .iter()
        .any(|end| part.ends_with(end))
}

fn in_github(parts: &[String]) -> bool {
    parts
        .windows(2)
        .any(|pair| pair[0] == ".github" && GITHUB_NAMES.contains(&pair[1].as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_agents_obey_and_credentials_are_named() {
        let reason = |path: &str| by_name(&RepoPath::from(path));
        for path in [
            "CLAUDE.md",
            "deep/down/AGENTS.md",
            "Agents.MD",
            ".claude/settings.json",
            "x/.CLAUDE/y",
            ".codex/config.toml",
            ".gemini/settings.json",
            "GEMINI.md",
            ".cursorrules",
            ".cursor/rules/a.mdc",
            ".mcp.json",
            ".opencode/agent/a.md",
            "opencode.json",
            ".qwen/settings.json",
            ".pi/SYSTEM.md",
            ".github/copilot-instructions.md",
            ".github/agents/a.md",
            ".github/instructions/a.md",
            ".vscode/mcp.json",
            ".aider.conf.yml",
            ".agents/skills/x/SKILL.md",
            ".cl\u{200c}aude/settings.json",
        ] {
            assert_eq!(reason(path), Some(LeftOut::AgentConfiguration), "{path}");
        }
        for path in [
            ".env",
            "a/.env.production",
            "deploy/server.pem",
            "id_rsa",
            ".npmrc",
            "infra/x.tfstate",
        ] {
            assert_eq!(reason(path), Some(LeftOut::Credentials), "{path}");
        }
        for path in [
            "../x",
            "a/../b",
            "/etc/passwd",
            "",
            "a//b",
            ".git/config",
            "x/.GIT/config",
            "git~1/x",
            ".git./x",
        ] {
            assert_eq!(reason(path), Some(LeftOut::NoFile), "{path}");
        }
        let long = "a/".repeat(200) + "b";
        assert_eq!(reason(&long), Some(LeftOut::NoFile));
        for path in [
            "src/main.rs",
            ".env.example",
            ".github/workflows/ci.yml",
            "docs/agents.rst",
            "src/claude.rs",
        ] {
            assert_eq!(reason(path), None, "{path}");
        }
    }
}
