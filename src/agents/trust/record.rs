//! A grant on disk.

use serde::{Deserialize, Serialize};

use super::{Grant, Permission};
use crate::sys::path::PathRecord;

#[derive(Serialize, Deserialize)]
struct GrantRecord {
    version: u32,
    repository: PathRecord,
    path: PathRecord,
    sha256: String,
    /// Absent: the file as a whole may instruct an agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tool: Option<String>,
    #[serde(default)]
    since: i64,
}

pub(super) fn encode(grant: &Grant) -> Vec<u8> {
    let tool = match &grant.permission {
        Permission::Run => None,
        Permission::Tool(tool) => Some(tool.clone()),
    };
    let record = GrantRecord {
        version: 1,
        repository: PathRecord::of(&grant.repository),
        path: PathRecord::of(&grant.path),
        sha256: grant.sha256.clone(),
        tool,
        since: grant.since,
    };
    serde_json::to_vec(&record).expect("text, bytes and numbers are always JSON")
}

/// `None` for anything but an entry of this version: another one may mean less by it.
pub(super) fn decode(bytes: &[u8]) -> Option<Grant> {
    let record: GrantRecord = serde_json::from_slice(bytes).ok()?;
    (record.version == 1).then(|| Grant {
        repository: record.repository.into_path(),
        path: record.path.into_path(),
        sha256: record.sha256,
        permission: record.tool.map_or(Permission::Run, Permission::Tool),
        since: record.since,
    })
}
