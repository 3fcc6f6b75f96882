//! Trees compared object by object.
//!
//! Chosen over libgit2's own tree diff, which loads the whole index for
//! attributes and parses subtrees that are the same on both sides: that made
//! it 18 to 52 times slower than git on a tree of 57,000 files.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::rc::Rc;

use git2::{Odb, Oid};

use super::diff_entry::{Entry, Side};
use super::error::GitError;
use super::repo::object_id;
use crate::model::{ObjectId, RepoPath};

/// Directories below each other; deeper ones are hostile.
const DEPTH: usize = 2_000;
/// Mode of a directory.
const DIRECTORY: u32 = 0o040_000;
/// Length of a sha1 name.
const ID_BYTES: usize = 20;

/// Raw trees of one repository.
pub(super) struct Trees<'r> {
    odb: Odb<'r>,
    seen: HashMap<Oid, Rc<[u8]>>,
}

/// One line of a raw tree.
#[derive(Clone, Copy)]
struct Item<'a> {
    mode: u32,
    name: &'a [u8],
    id: &'a [u8],
}

impl Item<'_> {
    fn is_directory(&self) -> bool {
        self.mode & 0o170_000 == DIRECTORY
    }

    fn oid(&self) -> Oid {
        Oid::from_bytes(self.id).expect("an item has the length of a sha1 name")
    }

    fn side(&self) -> Side {
        Side::object(self.mode, object_id(self.oid()))
    }

    /// Whether both say the same; cheaper than comparing sides.
    fn equals(&self, other: &Self) -> bool {
        self.id == other.id && self.mode == other.mode
    }
}

impl<'r> Trees<'r> {
    pub(super) fn new(odb: Odb<'r>) -> Self {
        Self {
            odb,
            seen: HashMap::new(),
        }
    }

    fn read(&self, id: Oid) -> Result<Rc<[u8]>, GitError> {
        let object = self
            .odb
            .read(id)
            .map_err(|e| missing_or(e, &object_id(id), "read a tree"))?;
        Ok(Rc::from(object.data()))
    }

    /// All paths that differ, sorted by path.
    pub(super) fn compare(
        &self,
        old: Option<Oid>,
        new: Option<Oid>,
    ) -> Result<Vec<Entry>, GitError> {
        let mut found = Vec::new();
        self.walk((old, new), &mut Vec::new(), &mut found)?;
        found.sort_by(|a: &Entry, b: &Entry| a.path.cmp(&b.path));
        Ok(found)
    }

    fn walk(
        &self,
        pair: (Option<Oid>, Option<Oid>),
        at: &mut Vec<u8>,
        found: &mut Vec<Entry>,
    ) -> Result<(), GitError> {
        if pair.0 == pair.1 {
            return Ok(());
        }
        if at.iter().filter(|b| **b == b'/').count() > DEPTH {
            let detail = "directories are nested too deeply".to_owned();
            return Err(GitError::Failed {
                attempt: "compare trees".to_owned(),
                detail,
            });
        }
        let none = || Ok(Rc::from([].as_slice()));
        let old = pair.0.map_or_else(none, |id| self.read(id))?;
        let new = pair.1.map_or_else(none, |id| self.read(id))?;
        let (mut left, mut right) = (items(&old).peekable(), items(&new).peekable());
        loop {
            let order = match (left.peek(), right.peek()) {
                (None, None) => return Ok(()),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(l), Some(r)) => tree_order(l, r),
            };
            let before = if order.is_le() { left.next() } else { None };
            let after = if order.is_ge() { right.next() } else { None };
            if matches!((&before, &after), (Some(b), Some(a)) if a.equals(b)) {
                continue;
            }
            self.pair(before, after, at, found)?;
        }
    }

    /// One name on one or both sides; both are directories or neither is.
    fn pair(
        &self,
        old: Option<Item<'_>>,
        new: Option<Item<'_>>,
        at: &mut Vec<u8>,
        found: &mut Vec<Entry>,
    ) -> Result<(), GitError> {
        let Some(either) = old.or(new) else {
            return Ok(());
        };
        let length = at.len();
        at.extend_from_slice(either.name);
        if either.is_directory() {
            at.push(b'/');
            self.walk((old.map(|i| i.oid()), new.map(|i| i.oid())), at, found)?;
        } else {
            let (old, new) = (old.map(|i| i.side()), new.map(|i| i.side()));
            if old != new {
                found.push(Entry {
                    path: RepoPath::new(at.as_slice()),
                    old,
                    new,
                });
            }
        }
        at.truncate(length);
        Ok(())
    }

    /// The file, link or submodule at a path below this tree.
    pub(super) fn find(&mut self, root: Oid, path: &RepoPath) -> Result<Option<Side>, GitError> {
        let mut tree = root;
        let mut parts = path.as_bytes().split(|b| *b == b'/').peekable();
        while let Some(part) = parts.next() {
            let bytes = self.remembered(tree)?;
            let Some(item) = items(&bytes).find(|i| i.name == part) else {
                return Ok(None);
            };
            match (parts.peek(), item.is_directory()) {
                (Some(_), true) => tree = item.oid(),
                (None, false) => return Ok(Some(item.side())),
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    fn remembered(&mut self, id: Oid) -> Result<Rc<[u8]>, GitError> {
        if let Some(bytes) = self.seen.get(&id) {
            return Ok(Rc::clone(bytes));
        }
        let bytes = self.read(id)?;
        self.seen.insert(id, Rc::clone(&bytes));
        Ok(bytes)
    }

    /// Paths of files and links below this tree, at most `max`.
    pub(super) fn paths(&self, root: Oid, max: usize) -> Result<Vec<RepoPath>, GitError> {
        let mut found = Vec::new();
        self.collect(root, &mut Vec::new(), max, &mut found)?;
        Ok(found)
    }

    fn collect(
        &self,
        tree: Oid,
        at: &mut Vec<u8>,
        max: usize,
        found: &mut Vec<RepoPath>,
    ) -> Result<(), GitError> {
        if at.iter().filter(|b| **b == b'/').count() > DEPTH {
            return Ok(());
        }
        let bytes = self.read(tree)?;
        for item in items(&bytes) {
            if found.len() >= max {
                return Ok(());
            }
            let length = at.len();
            at.extend_from_slice(item.name);
            if item.is_directory() {
                at.push(b'/');
                self.collect(item.oid(), at, max, found)?;
            } else if item.side().is_readable() {
                found.push(RepoPath::new(at.as_slice()));
            }
            at.truncate(length);
        }
        Ok(())
    }
}

/// The lines of a raw tree, up to the first malformed one.
fn items(bytes: &[u8]) -> impl Iterator<Item = Item<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let space = rest.iter().position(|b| *b == b' ')?;
        let mode = u32::from_str_radix(std::str::from_utf8(&rest[..space]).ok()?, 8).ok()?;
        let after = &rest[space + 1..];
        let end = after.iter().position(|b| *b == 0)?;
        let id = after.get(end + 1..end + 1 + ID_BYTES)?;
        rest = &after[end + 1 + ID_BYTES..];
        Some(Item {
            mode,
            name: &after[..end],
            id,
        })
    })
}

/// git's order inside a tree: a directory sorts as if its name ended in `/`.
fn tree_order(left: &Item<'_>, right: &Item<'_>) -> Ordering {
    let shared = left.name.len().min(right.name.len());
    let next = |item: &Item<'_>| match item.name.get(shared) {
        Some(byte) => *byte,
        None if item.is_directory() => b'/',
        None => 0,
    };
    let by_name = left.name[..shared].cmp(&right.name[..shared]);
    by_name
        .then_with(|| next(left).cmp(&next(right)))
        .then_with(|| left.name.len().cmp(&right.name.len()))
}

/// The error for an object that could not be read.
pub(super) fn missing_or(error: git2::Error, id: &ObjectId, attempt: &str) -> GitError {
    if error.code() == git2::ErrorCode::NotFound {
        return GitError::MissingObject { id: id.clone() };
    }
    GitError::libgit2(attempt)(error)
}
