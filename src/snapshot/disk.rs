//! A snapshot on the disk: written, checked, removed.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::FILE_BYTES;
use super::gather::Gathered;
use crate::model::RepoPath;
use crate::sys::dirs;
use crate::sys::files;

/// How the names of snapshots begin; a leftover is known by it.
const PREFIX: &str = "git-agents-snapshot-";
/// Differences that are named.
const NAMED: usize = 5;
/// Entries that are looked at when a snapshot is checked; more are only counted as too many.
const ENTRIES: usize = 20_000;

/// What stands at a path of the snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
enum EntryKind {
    Directory,
    File([u8; 32]),
    Link(Vec<u8>),
    Other,
}

/// A snapshot on the disk. It goes away when this is dropped; what a killed process leaves is for
/// [`remove_leftover`].
#[derive(Debug)]
pub(crate) struct Copied {
    path: PathBuf,
    expected: BTreeMap<Vec<u8>, EntryKind>,
}

impl Copied {
    /// Writes it to a fresh directory of this user alone in the system's temporary directory: below
    /// the repository or the home directory an agent would find what is configured there. `made` is
    /// called with its path while it is still empty, so that it can be noted down. In the end nothing
    /// in it can be written without changing modes first.
    ///
    /// # Errors
    /// What the file system says; nothing is left then.
    pub(crate) fn write(gathered: &Gathered, made: &mut dyn FnMut(&Path)) -> io::Result<Self> {
        let private = Permissions::from_mode(0o700);
        let dir = tempfile::Builder::new()
            .prefix(PREFIX)
            .permissions(private)
            .tempdir_in(dirs::temporary())?;
        // programs resolve their working directory, and compare what is asked for with the result
        let path = dir.path().canonicalize()?;
        made(&path);
        let mut copied = Self {
            path,
            expected: BTreeMap::new(),
        };
        // from here on our own `drop` removes it, which knows of the modes
        let _ = dir.keep();
        for file in &gathered.files {
            copied.add_file(&file.path, &file.text)?;
        }
        for (path, target) in &gathered.links {
            copied.add_link(path, target)?;
        }
        let directories = copied
            .expected
            .iter()
            .filter(|(_, standing)| **standing == EntryKind::Directory);
        for place in directories
            .map(|(path, _)| copied.place(path))
            .chain([copied.path.clone()])
        {
            fs::set_permissions(place, Permissions::from_mode(0o500))?;
        }
        Ok(copied)
    }

    /// Where it is.
    #[must_use]
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What is not as it was written, some of it by name; empty while nobody wrote here.
    #[must_use]
    pub(crate) fn differences(&self) -> Vec<String> {
        let mut found = BTreeMap::new();
        let complete = stand(&self.path, &mut Vec::new(), &mut found);
        let mut words = Vec::new();
        for (path, standing) in &self.expected {
            match found.remove(path) {
                None => words.push(format!("{} is gone", RepoPath::new(path.as_slice()))),
                Some(now) if now != *standing => {
                    words.push(format!("{} was changed", RepoPath::new(path.as_slice())));
                }
                Some(_) => {}
            }
        }
        words.extend(
            found
                .keys()
                .map(|path| format!("{} is new", RepoPath::new(path.as_slice()))),
        );
        if !complete {
            words.push("more than can be looked at".to_owned());
        }
        let more = words.len().saturating_sub(NAMED);
        words.truncate(NAMED);
        words.extend((more > 0).then(|| format!("{more} more")));
        words
    }

    fn place(&self, path: &[u8]) -> PathBuf {
        self.path.join(OsStr::from_bytes(path))
    }

    fn add_file(&mut self, path: &RepoPath, text: &[u8]) -> io::Result<()> {
        self.make_parents(path.as_bytes())?;
        let place = self.place(path.as_bytes());
        let opened = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o400)
            .open(place);
        match opened {
            Ok(mut file) => file.write_all(text)?,
            // two names of the tree are one on this file system: the first stands
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
            Err(error) => return Err(error),
        }
        self.expected.insert(
            path.as_bytes().to_vec(),
            EntryKind::File(Sha256::digest(text).into()),
        );
        Ok(())
    }

    fn add_link(&mut self, path: &RepoPath, target: &[u8]) -> io::Result<()> {
        self.make_parents(path.as_bytes())?;
        match symlink(OsStr::from_bytes(target), self.place(path.as_bytes())) {
            Ok(()) => {
                self.expected
                    .insert(path.as_bytes().to_vec(), EntryKind::Link(target.to_vec()));
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn make_parents(&mut self, path: &[u8]) -> io::Result<()> {
        for at in path
            .iter()
            .enumerate()
            .filter(|(_, b)| **b == b'/')
            .map(|(at, _)| at)
        {
            let parent = &path[..at];
            if self.expected.contains_key(parent) {
                continue;
            }
            match DirBuilder::new().mode(0o700).create(self.place(parent)) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    files::check_private_dir(&self.place(parent))?;
                }
                Err(error) => return Err(error),
            }
            self.expected.insert(parent.to_vec(), EntryKind::Directory);
        }
        Ok(())
    }
}

impl Drop for Copied {
    fn drop(&mut self) {
        let _ = remove_leftover(&self.path);
    }
}

/// Removes a snapshot that a killed process left; whether nothing stands there any more. Only a
/// directory of this user that is named as ours are is touched, and no link is followed.
#[must_use]
pub(crate) fn remove_leftover(path: &Path) -> bool {
    let ours = path.is_absolute()
        && path
            .file_name()
            .is_some_and(|name| name.as_bytes().starts_with(PREFIX.as_bytes()));
    match files::check_private_dir(path) {
        Err(error) => error.kind() == io::ErrorKind::NotFound,
        Ok(()) if !ours => false,
        Ok(()) => {
            open_up(path);
            fs::remove_dir_all(path).is_ok()
        }
    }
}

/// Makes every directory writable, so that its entries can be removed.
fn open_up(dir: &Path) {
    // one that cannot be opened keeps its entries, and the removal says so
    let _ = fs::set_permissions(dir, Permissions::from_mode(0o700));
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            open_up(&entry.path());
        }
    }
}

/// Everything below a directory; false if there is more than can be looked at.
fn stand(dir: &Path, at: &mut Vec<u8>, found: &mut BTreeMap<Vec<u8>, EntryKind>) -> bool {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if found.len() >= ENTRIES {
            return false;
        }
        let length = at.len();
        at.extend_from_slice(entry.file_name().as_bytes());
        let standing = standing(&entry.path());
        let is_directory = standing == EntryKind::Directory;
        found.insert(at.clone(), standing);
        if is_directory {
            at.push(b'/');
            if !stand(&entry.path(), at, found) {
                return false;
            }
        }
        at.truncate(length);
    }
    true
}

fn standing(path: &Path) -> EntryKind {
    let Ok(about) = path.symlink_metadata() else {
        return EntryKind::Other;
    };
    if about.is_dir() {
        return EntryKind::Directory;
    }
    if about.is_symlink() {
        return fs::read_link(path).map_or(EntryKind::Other, |to| {
            EntryKind::Link(to.as_os_str().as_bytes().to_vec())
        });
    }
    // a second name could be written through without a trace here
    if about.nlink() > 1 {
        return EntryKind::Other;
    }
    files::read_capped(path, FILE_BYTES * 2).map_or(EntryKind::Other, |text| {
        EntryKind::File(Sha256::digest(text).into())
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;
    use crate::snapshot::gather::SnapshotFile;

    fn gathered(files: &[(&str, &str)], links: &[(&str, &str)]) -> Gathered {
        let file = |(path, text): &(&str, &str)| SnapshotFile {
            path: RepoPath::from(*path),
            text: (*text).into(),
        };
        let link =
            |(path, target): &(&str, &str)| (RepoPath::from(*path), target.as_bytes().to_vec());
        Gathered {
            files: files.iter().map(file).collect(),
            links: links.iter().map(link).collect(),
            ..Gathered::default()
        }
    }

    fn copied() -> Copied {
        let snapshot = gathered(
            &[("a/b/c.rs", "fn c() {}"), ("d", "")],
            &[("l", "a/b/c.rs")],
        );
        Copied::write(&snapshot, &mut |path| assert!(path.is_dir())).unwrap()
    }

    #[test]
    fn it_is_private_read_only_and_goes_away() {
        let copied = copied();
        let path = copied.path().to_owned();
        let mode = |name: &str| {
            path.join(name)
                .symlink_metadata()
                .unwrap()
                .permissions()
                .mode()
                & 0o777
        };
        assert_eq!(
            [
                mode(""),
                mode("a"),
                mode("a/b"),
                mode("a/b/c.rs"),
                mode("d")
            ],
            [0o500, 0o500, 0o500, 0o400, 0o400]
        );
        assert_eq!(fs::read_to_string(path.join("l")).unwrap(), "fn c() {}");
        assert_eq!(copied.differences(), [""; 0]);
        drop(copied);
        assert!(!path.exists());
        assert!(remove_leftover(&path), "what is not there is gone");
    }

    #[test]
    fn every_difference_is_seen() {
        let copied = copied();
        let path = copied.path().to_owned();
        open_up(&path);
        fs::remove_file(path.join("d")).unwrap();
        fs::create_dir(path.join("d")).unwrap();
        fs::write(path.join("a/new"), "x").unwrap();
        fs::remove_file(path.join("l")).unwrap();
        fs::set_permissions(path.join("a/b/c.rs"), Permissions::from_mode(0o600)).unwrap();
        fs::write(path.join("a/b/c.rs"), "fn c(){ }").unwrap();
        assert_eq!(
            copied.differences(),
            [
                "a/b/c.rs was changed",
                "d was changed",
                "l is gone",
                "a/new is new"
            ]
        );
        for n in 0..9 {
            fs::write(path.join(format!("n{n}")), "").unwrap();
        }
        assert_eq!(
            copied.differences().last().map(String::as_str),
            Some("8 more")
        );
    }

    #[test]
    fn only_a_directory_of_ours_is_removed() {
        let parent = tempfile::tempdir().unwrap();
        let at = |name: &str| parent.path().join(name);
        fs::create_dir(at("precious")).unwrap();
        fs::create_dir(at("git-agents-snapshot-1")).unwrap();
        symlink(at("precious"), at("git-agents-snapshot-2")).unwrap();
        fs::write(at("git-agents-snapshot-3"), "").unwrap();
        assert!(!remove_leftover(&at("precious")) && at("precious").exists());
        assert!(
            remove_leftover(&at("git-agents-snapshot-1")) && !at("git-agents-snapshot-1").exists()
        );
        assert!(!remove_leftover(&at("git-agents-snapshot-2")) && at("precious").exists());
        assert!(!remove_leftover(&at("git-agents-snapshot-3")));
        assert!(!remove_leftover(Path::new(".")), "only absolute ones");
    }
}
