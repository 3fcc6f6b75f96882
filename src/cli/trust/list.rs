//! `git agents trust --list`.

use std::path::Path;

use serde_json::json;

use crate::agents;
use crate::agents::{Grant, Permission, Trust, TrustStatus};
use crate::cli::error::CommandError;
use crate::cli::{exit_code, output};
use crate::model::digest::sha256;
use crate::review;
use crate::review::Workspace;
use crate::text::escape;

/// This repository's first, then the others', each by path.
pub(super) fn list(workspace: &Workspace, trust: &Trust, json: bool) -> Result<u8, CommandError> {
    let (found, commands) = (review::definitions(workspace)?, review::commands(workspace));
    let mut grants: Vec<&Grant> = trust.grants().collect();
    grants.sort_by_key(|grant| {
        (
            !trust.is_here(grant),
            &grant.repository,
            &grant.path,
            &grant.permission,
        )
    });
    let mut text = String::new();
    for grant in grants {
        let state = state(workspace, trust, grant);
        text.push_str(&if json {
            grant_json(trust, grant, state)
        } else {
            grant_text(trust, grant, state)
        });
    }
    let agents = found
        .untrusted
        .iter()
        .map(|untrusted| (&untrusted.path, untrusted.changed));
    let commands = commands
        .untrusted
        .iter()
        .map(|untrusted| (&untrusted.path, untrusted.changed));
    for (path, changed) in agents.chain(commands) {
        text.push_str(&untrusted_text(workspace, path, changed, json));
    }
    output::stdout(&text)?;
    if let Some(problem) = trust.problem() {
        output::stderr(&format!(
            "agents: nothing is trusted here: {}\n",
            escape::line(problem)
        ));
    } else if text.is_empty() {
        output::note(
            "agents: nothing is trusted, and this repository defines nothing that could be\n",
        );
    }
    Ok(exit_code::CLEAN)
}

fn untrusted_text(workspace: &Workspace, path: &Path, changed: bool, json: bool) -> String {
    let (shown, command) = (
        review::shown_path(workspace, path),
        review::trust_command(workspace, path),
    );
    if json {
        return format!(
            "{}\n",
            json!({"path": shown, "state": if changed { "changed" } else { "untrusted" }})
        );
    }
    let why = if changed {
        "changed since you trusted it"
    } else {
        "not trusted"
    };
    format!(
        "{}\n",
        escape::line(&format!(
            "-         {shown}  {why}: `{command}` shows it and asks"
        ))
    )
}

/// What a grant allows, in words.
pub(super) fn permission(grant: &Grant) -> String {
    match &grant.permission {
        Permission::Run => "trusted".to_owned(),
        Permission::Tool(tool) => format!("may use {tool}"),
    }
}

/// Whether the grant still means anything; none where it is another repository's.
fn state(workspace: &Workspace, trust: &Trust, grant: &Grant) -> Option<&'static str> {
    if !trust.is_here(grant) {
        return None;
    }
    let path = workspace
        .repo
        .work_tree()
        .unwrap_or(Path::new(""))
        .join(&grant.path);
    let digest = agents::read_definition(&path, grant.path.is_absolute())
        .ok()
        .map(|bytes| sha256(&bytes));
    match digest {
        None => Some("file is gone"),
        Some(digest) if digest == grant.sha256 => Some("in force"),
        Some(digest) if trust.standing(&path, &digest) == TrustStatus::Trusted => {
            Some("of an older version")
        }
        Some(_) => Some("file changed"),
    }
}

fn grant_text(trust: &Trust, grant: &Grant, state: Option<&str>) -> String {
    let place = if trust.is_here(grant) {
        String::new()
    } else {
        format!("  in {}", grant.repository.display())
    };
    let state = state.map(|state| format!(", {state}")).unwrap_or_default();
    let words = format!(
        "{}  {}  {}{state}{place}",
        &grant.id()[..8],
        grant.path.display(),
        permission(grant)
    );
    format!("{}\n", escape::line(&words))
}

fn grant_json(trust: &Trust, grant: &Grant, state: Option<&str>) -> String {
    let tool = match &grant.permission {
        Permission::Run => None,
        Permission::Tool(tool) => Some(tool),
    };
    let value = json!({
        "id": grant.id(),
        "path": grant.path.display().to_string(),
        "repository": grant.repository.display().to_string(),
        "here": trust.is_here(grant),
        "sha256": grant.sha256,
        "tool": tool,
        "state": state,
        "since": grant.since,
    });
    format!("{value}\n")
}
