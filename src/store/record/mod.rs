//! The shapes on disk, private to the store, and their conversion by hand.
//!
//! A record carries `version`. Fields may be added, never renamed; unknown ones
//! are passed over, and a missing one that nothing depends on takes its
//! default, so that an older program reads what a newer one wrote. What decides
//! what is done (ids, target, phase) must be understood, else the record counts
//! as damaged.

mod answer;
mod attempt;
mod ending;
mod finding;
mod request;
mod small;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The version written.
const VERSION: u32 = 1;

/// A value that has a shape on disk.
pub(super) trait Record: Sized {
    /// That shape.
    type Disk: Serialize + DeserializeOwned;

    /// The value as it is written.
    fn to_disk(&self) -> Self::Disk;

    /// The value as it is read, or what cannot be understood.
    fn from_disk(disk: Self::Disk) -> Result<Self, String>;
}

#[derive(Serialize, Deserialize)]
struct Versioned<T> {
    #[serde(default)]
    version: u32,
    #[serde(flatten)]
    body: T,
}

/// One line of JSON with its line feed.
pub(super) fn encode(value: &impl Record) -> Vec<u8> {
    let record = Versioned {
        version: VERSION,
        body: value.to_disk(),
    };
    let mut bytes =
        serde_json::to_vec(&record).expect("records hold string keys and finite depth only");
    bytes.push(b'\n');
    bytes
}

/// Reads what [`encode`] wrote, here or in a newer version.
pub(super) fn decode<T: Record>(bytes: &[u8]) -> Result<T, String> {
    let record: Versioned<T::Disk> = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
    T::from_disk(record.body).map_err(|why| match record.version > VERSION {
        true => format!("{why}; written by a newer version of git-agents"),
        false => why,
    })
}

/// Understands a word or says which one it is.
fn understand<T>(
    what: &str,
    text: &str,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<T, String> {
    read(text).ok_or_else(|| format!("{what} `{text}` is unknown", text = text.escape_debug()))
}

#[cfg(test)]
mod tests;
