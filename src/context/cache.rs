//! Mined commits, kept between runs under the store's directory.
//!
//! A cache only: absent, damaged or foreign it costs time, never a result. It is
//! written only where the store exists already, so that looking at a prompt leaves
//! no trace in a repository that never ran a review.

use std::fs::{self, DirBuilder};
use std::io::{Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use super::history::{Entry, Parser};
use crate::model::ObjectId;

const MAGIC: &str = "git-agents history 1";
const FILE: &str = "history";
const MAX_BYTES: u64 = 16 << 20;

/// What the cache holds.
pub(super) struct Cached {
    /// The commit from which history was read.
    pub tip: ObjectId,
    /// How many commits were asked for; 0 when reading was cut short.
    pub asked: usize,
    /// Newest first.
    pub entries: Vec<Entry>,
}

/// Reads what an earlier run wrote, if it can be read.
pub(super) fn read(store: &Path) -> Option<Cached> {
    let path = store.join("cache").join(FILE);
    let is_file = fs::symlink_metadata(&path).ok()?.is_file();
    let mut bytes = Vec::new();
    let file = is_file.then(|| fs::File::open(&path).ok()).flatten()?;
    file.take(MAX_BYTES).read_to_end(&mut bytes).ok()?;
    decode(&bytes)
}

/// Writes beside and renames; gives up silently, since it is a cache.
pub(super) fn write(store: &Path, cached: &Cached) {
    let is_dir = |path: &Path| fs::symlink_metadata(path).is_ok_and(|m| m.is_dir());
    let folder = store.join("cache");
    if !is_dir(store) {
        return;
    }
    let _ = DirBuilder::new().mode(0o700).create(&folder);
    if !is_dir(&folder) {
        return;
    }
    if let Ok(mut file) = tempfile::NamedTempFile::new_in(&folder)
        && file.write_all(&encode(cached)).is_ok()
    {
        let _ = file.persist(folder.join(FILE));
    }
}

/// The very records of `git log`, after one line of our own.
fn encode(cached: &Cached) -> Vec<u8> {
    let mut bytes = format!("{MAGIC} {} {}\n", cached.tip, cached.asked).into_bytes();
    for entry in &cached.entries {
        bytes.extend_from_slice(
            format!("\x01{} {} {}\0", entry.id, entry.time, entry.subject).as_bytes(),
        );
        for (i, path) in entry.paths.iter().enumerate() {
            bytes.extend_from_slice(if i == 0 { b"\n" } else { b"" });
            bytes.extend_from_slice(path);
            bytes.push(0);
        }
    }
    bytes
}

fn decode(bytes: &[u8]) -> Option<Cached> {
    let end = bytes.iter().position(|b| *b == b'\n')?;
    let head = std::str::from_utf8(&bytes[..end])
        .ok()?
        .strip_prefix(MAGIC)?
        .trim_start();
    let (tip, asked) = head.split_once(' ')?;
    let mut parser = Parser::default();
    for record in bytes[end + 1..]
        .split(|b| *b == 0)
        .filter(|r| !r.is_empty())
    {
        parser.feed(record);
    }
    Some(Cached {
        tip: ObjectId::parse(tip)?,
        asked: asked.parse().ok()?,
        entries: parser.entries,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn cached() -> Cached {
        let entry = |digit: &str, paths: &[&[u8]]| Entry {
            id: ObjectId::parse(&digit.repeat(40)).unwrap(),
            time: 1_700_000_000,
            subject: "fix: a  thing".into(),
            paths: paths.iter().map(|p| p.to_vec()).collect(),
        };
        let entries = vec![
            entry("a", &[b"x y", b"\xff/\nz"]),
            entry("b", &[]),
            entry("c", &[b"q"]),
        ];
        Cached {
            tip: entries[0].id.clone(),
            asked: 7,
            entries,
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let store = tempfile::tempdir().unwrap();
        write(store.path(), &cached());
        let back = read(store.path()).unwrap();
        assert_eq!(
            (back.tip, back.asked, back.entries),
            (cached().tip, 7, cached().entries)
        );
    }

    #[test]
    fn nothing_is_made_where_no_store_is() {
        let place = tempfile::tempdir().unwrap();
        write(&place.path().join("v1"), &cached());
        assert!(!place.path().join("v1").exists());
    }

    proptest::proptest! {
        #[test]
        fn any_file_is_survived(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            decode(&bytes);
            decode(&[format!("{MAGIC} {} 5\n", "a".repeat(40)).as_bytes(), &bytes].concat());
        }
    }
}
