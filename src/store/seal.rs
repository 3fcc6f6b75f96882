//! Seals on the records that the push gate believes: who can write into a repository's `.git`
//! directory cannot write a verdict.
//!
//! A seal is an HMAC-SHA-256 under a key in the user's state directory, where no repository can
//! write. The seal of a report covers the request that it answers, and the entries that lead from a
//! commit, or from the key of a change, to a run have seals of their own, so that the way from a
//! request to a verdict is closed.
//!
//! Records from before there were seals are sealed once, when the first seal is written for a
//! repository; from then on a record without a seal is not believed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{LARGE, SMALL, Store};
use crate::model::digest::{hexadecimal, sha256};
use crate::model::{ObjectId, RunId};
use crate::sys::{dirs, files};

/// Bytes of the key.
const KEY_BYTES: usize = 32;
/// Bytes of an entry: a run's id, and a seal on a line of its own.
pub(super) const ENTRY: u64 = 256;

/// Whether a record is as we wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seal {
    Intact,
    /// Somebody else wrote it, or it was changed.
    Broken,
    /// The user's key cannot be read.
    Unknown,
}

/// What an entry leads from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Entry<'a> {
    Commit(&'a str),
    Key(&'a str),
}

impl Entry<'_> {
    fn fields(&self) -> [&[u8]; 2] {
        match self {
            Self::Commit(commit) => [b"commit", commit.as_bytes()],
            Self::Key(key) => [b"key", key.as_bytes()],
        }
    }
}

/// The key; none without a home, or where the state directory cannot be used.
fn key() -> Option<&'static [u8; KEY_BYTES]> {
    static KEY: OnceLock<Option<[u8; KEY_BYTES]>> = OnceLock::new();
    KEY.get_or_init(|| read_or_make_key(&dirs::user_state()?).ok())
        .as_ref()
}

fn read_or_make_key(state: &Path) -> io::Result<[u8; KEY_BYTES]> {
    let path = state.join("seal.key");
    match read_key(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        read => return read,
    }
    if let Some(parent) = state.parent() {
        fs::create_dir_all(parent)?;
    }
    files::private_dir(state)?;
    let mut made = [0; KEY_BYTES];
    getrandom::fill(&mut made).map_err(io::Error::other)?;
    match files::create_new(&path, &made) {
        Ok(()) => Ok(made),
        // Another process made it in the meantime.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => read_key(&path),
        Err(error) => Err(error),
    }
}

fn read_key(path: &Path) -> io::Result<[u8; KEY_BYTES]> {
    let bytes = files::read_capped(path, KEY_BYTES as u64)?;
    bytes
        .try_into()
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "the key has another length"))
}

fn mac_of(key: &[u8; KEY_BYTES], fields: &[&[u8]]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for field in fields {
        mac.update(&(field.len() as u64).to_le_bytes());
        mac.update(field);
    }
    mac
}

/// The seal on these fields, in hexadecimal.
fn seal(fields: &[&[u8]]) -> Option<String> {
    let mac = mac_of(key()?, fields);
    Some(hexadecimal(&mac.finalize().into_bytes()))
}

fn check(fields: &[&[u8]], written: Option<&str>) -> Seal {
    let Some(expected) = seal(fields) else {
        return Seal::Unknown;
    };
    if written == Some(expected.as_str()) {
        Seal::Intact
    } else {
        Seal::Broken
    }
}

/// An entry that leads to a run, as it is written.
pub(super) fn entry(from: Entry<'_>, run: &RunId) -> String {
    let [kind, name] = from.fields();
    match seal(&[kind, name, run.as_str().as_bytes()]) {
        Some(seal) => format!("{run}\n{seal}\n"),
        None => run.to_string(),
    }
}

/// The run to which an entry leads, and its seal.
pub(super) fn read_entry(path: &Path) -> Option<(RunId, Option<String>)> {
    let bytes = files::read_capped(path, ENTRY).ok()?;
    let mut lines = std::str::from_utf8(&bytes).ok()?.lines();
    let run = RunId::parse(lines.next()?)?;
    Some((run, lines.next().map(str::to_owned)))
}

fn check_entry(from: Entry<'_>, path: &Path) -> Seal {
    let Some((run, written)) = read_entry(path) else {
        return Seal::Broken;
    };
    let [kind, name] = from.fields();
    check(&[kind, name, run.as_str().as_bytes()], written.as_deref())
}

impl Store {
    /// Seals a report together with the request that it answers. Without a key nothing is written:
    /// the report is then as good as ever for reading, and the gate does not believe it.
    pub(super) fn seal_report(&self, run: &RunId, report: &[u8]) {
        self.adopt();
        self.write_report_seal(run, report);
    }

    fn write_report_seal(&self, run: &RunId, report: &[u8]) {
        let dir = self.run_dir(run);
        let request = files::read_capped(&dir.join("request.json"), SMALL).unwrap_or_default();
        if let Some(seal) = seal(&[b"report", run.as_str().as_bytes(), &request, report]) {
            // A report without its seal is told as such at the push.
            let _ = self.write(&dir.join("report.seal"), seal.as_bytes(), files::Sync::Lazy);
        }
    }

    /// Whether a run's report is as we wrote it, and the commit's entry too, where it leads there.
    #[must_use]
    pub(crate) fn seal_of_report(&self, run: &RunId, commit: &ObjectId) -> Seal {
        self.adopt();
        let dir = self.run_dir(run);
        let request = files::read_capped(&dir.join("request.json"), SMALL).unwrap_or_default();
        let report = files::read_capped(&dir.join("report.json"), LARGE).unwrap_or_default();
        let written = files::read_capped(&dir.join("report.seal"), SMALL).unwrap_or_default();
        let written = String::from_utf8(written).ok();
        let fields: [&[u8]; 4] = [b"report", run.as_str().as_bytes(), &request, &report];
        match check(&fields, written.as_deref()) {
            Seal::Intact => {}
            other => return other,
        }
        let entry = self.commit_entry(commit);
        if entry.exists() {
            check_entry(Entry::Commit(commit.as_str()), &entry)
        } else {
            Seal::Intact
        }
    }

    /// Whether the entry of this key is ours.
    #[must_use]
    pub(crate) fn seal_of_key(&self, key: &str) -> Seal {
        self.adopt();
        let path = self.keys_dir().join(sha256(key));
        check_entry(Entry::Key(&sha256(key)), &path)
    }

    /// Seals what was written before there were seals, once for each repository.
    fn adopt(&self) {
        let Some(marker) = self.adoption_marker() else {
            return;
        };
        if marker.exists() || key().is_none() {
            return;
        }
        for run in self.run_ids() {
            let is_sealed = self.run_dir(&run).join("report.seal").exists();
            if let Some(report) = self.report(&run).filter(|_| !is_sealed) {
                self.write_report_seal(&run, &report);
            }
        }
        let commits = self.root.join("by-commit");
        for name in Self::names(&commits) {
            self.adopt_entry(Entry::Commit(&name), &commits.join(&name));
        }
        let keys = self.keys_dir();
        for name in Self::names(&keys) {
            self.adopt_entry(Entry::Key(&name), &keys.join(&name));
        }
        if let Some(dir) = marker.parent() {
            let made = files::private_dir(dir).and_then(|()| files::create_new(&marker, b""));
            // Without the marker it is done again, which changes nothing that is sealed.
            drop(made);
        }
    }

    fn adopt_entry(&self, from: Entry<'_>, path: &Path) {
        if let Some((run, None)) = read_entry(path) {
            let _ = self.write(path, entry(from, &run).as_bytes(), files::Sync::Lazy);
        }
    }

    fn adoption_marker(&self) -> Option<PathBuf> {
        use std::os::unix::ffi::OsStrExt;
        let name = sha256(self.root.as_os_str().as_bytes());
        Some(dirs::user_state()?.join("sealed").join(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_read_again() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let state = dir.path().join("state/git-agents");
        let made = read_or_make_key(&state).expect("a key");
        assert_eq!(read_or_make_key(&state).expect("the key"), made);
        assert_ne!(made, [0; KEY_BYTES]);
    }

    #[test]
    fn fields_do_not_run_together() {
        let key = [7; KEY_BYTES];
        let seal = |fields: &[&[u8]]| hexadecimal(&mac_of(&key, fields).finalize().into_bytes());
        assert_ne!(seal(&[b"ab", b"c"]), seal(&[b"a", b"bc"]));
        assert_ne!(seal(&[b"a"]), seal(&[b"a", b""]));
    }
}
