//! What this user has trusted, by content, over all repositories. Kept in the
//! user's own directory, out of reach of any repository.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::record;
use super::{SMALL, Store, StoreError};
use crate::sys::files::{self, Sync};

/// The user's trust record: `<dir>/trust/<digest>.json`, one file an entry, so
/// that two commands at once cannot lose each other's.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    dir: PathBuf,
    entries: BTreeMap<String, Trusted>,
}

/// One trusted content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trusted {
    /// SHA-256 of the content, 64 lower-case hexadecimal digits.
    pub digest: String,
    /// Where it stood when it was trusted, for people; trust follows the content.
    pub path: PathBuf,
    /// What was allowed, in words.
    pub what: String,
}

impl Trust {
    /// Reads the record below the user's directory ([`crate::sys::dirs::user_state`]).
    /// A missing one trusts nothing; an entry that cannot be read is not trusted.
    ///
    /// # Errors
    /// [`StoreError::Unsafe`] when a link or another user's directory stands in its place.
    pub fn load(dir: &Path) -> Result<Self, StoreError> {
        let dir = dir.join("trust");
        let mut trust = Self { dir, entries: BTreeMap::new() };
        match files::check_private_dir(&trust.dir) {
            Ok(()) => trust.entries = trust.read_all(),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(StoreError::at("use", &trust.dir, e)),
        }
        Ok(trust)
    }

    /// Whether the content with this SHA-256 digest is trusted.
    #[must_use]
    pub fn is_trusted(&self, digest: &str) -> bool {
        self.entries.contains_key(digest)
    }

    /// Everything trusted, by digest.
    pub fn entries(&self) -> impl Iterator<Item = &Trusted> {
        self.entries.values()
    }

    /// Trusts a content from now on.
    ///
    /// # Errors
    /// The digest is none, or the record cannot be written.
    pub fn add(&mut self, digest: &str, path: &Path, what: &str) -> Result<(), StoreError> {
        let file = self.file(digest)?;
        let base = self.dir.parent().expect("a directory in the user's one");
        fs::create_dir_all(base).map_err(|e| StoreError::at("make", base, e))?;
        files::private_dir(&self.dir).map_err(|e| StoreError::at("make", &self.dir, e))?;
        let entry = Trusted { digest: digest.to_owned(), path: path.to_owned(), what: what.to_owned() };
        let written = files::replace(&file, &record::encode(&entry), Sync::Durable);
        written.map_err(|e| StoreError::at("write", &file, e))?;
        self.entries.insert(entry.digest.clone(), entry);
        Ok(())
    }

    /// Trusts it no longer; whether it was trusted.
    ///
    /// # Errors
    /// The digest is none, or the record cannot be written: it is then still trusted.
    pub fn remove(&mut self, digest: &str) -> Result<bool, StoreError> {
        let file = self.file(digest)?;
        match fs::remove_file(&file) {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(StoreError::at("remove", &file, e)),
        }
        Ok(self.entries.remove(digest).is_some())
    }

    fn file(&self, digest: &str) -> Result<PathBuf, StoreError> {
        if is_digest(digest) {
            return Ok(self.dir.join(format!("{digest}.json")));
        }
        Err(StoreError::Damaged { what: "the digest".into(), why: "it is not 64 hexadecimal digits".into() })
    }

    fn read_all(&self) -> BTreeMap<String, Trusted> {
        let names = Store::names(&self.dir);
        let digests = names.iter().filter_map(|name| name.strip_suffix(".json")).filter(|d| is_digest(d));
        let read = |digest: &str| {
            let bytes = files::read_capped(&self.dir.join(format!("{digest}.json")), SMALL).ok()?;
            record::decode::<Trusted>(&bytes).ok().filter(|entry| entry.digest == digest)
        };
        digests.filter_map(read).map(|entry| (entry.digest.clone(), entry)).collect()
    }
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}
