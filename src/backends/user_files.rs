//! Files of the person's own in which programs keep logins and settings; read, never written.

use std::path::Path;

use serde_json::{Map, Value};

use crate::sys::files;

/// Longest file that is read, bytes.
const LONGEST: u64 = 1 << 20;

/// A file that is one JSON object. People keep such files behind links.
pub(super) fn object(file: &Path) -> Option<Map<String, Value>> {
    let bytes = files::read_capped(&file.canonicalize().ok()?, LONGEST).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Whether it holds anything: a logout leaves an empty object.
pub(super) fn has_entries(file: &Path) -> bool {
    object(file).is_some_and(|object| !object.is_empty())
}
