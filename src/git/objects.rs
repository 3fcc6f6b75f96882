//! Commits, trees and blobs, from either reader.
//!
//! Promises: nothing is fetched; an object that is not in this clone is told
//! apart from one that cannot be read; a blob's size is known before its
//! bytes are asked for.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use git2::{ObjectType, Odb, Oid};

use super::command::GitCommand;
use super::commit::{self, Commit};
use super::diff_entry::{Content, Entry, SYMLINK, Side};
use super::error::GitError;
use super::plumbing;
use super::repo::{Repo, object_id};
use super::tree::{Trees, missing_or};
use crate::model::{CommitInfo, ObjectId, RepoPath};

/// Bytes of a file in the work tree that are read even if it grew since it was measured.
const WORK_FILE_BYTES: u64 = 64 * 1024 * 1024;
/// Bytes of a file in the work tree that are read at a time.
const STREAM_BYTES: usize = 256 * 1024;

/// Commits of a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Newest first, at most as many as asked for.
    pub commits: Vec<CommitInfo>,
    /// How many there are.
    pub count: usize,
}

impl Repo {
    /// Paths that differ between the trees of two commits, sorted; without a
    /// base, everything in `head`.
    pub fn compare(
        &self,
        base: Option<&ObjectId>,
        head: &ObjectId,
    ) -> Result<Vec<Entry>, GitError> {
        let Some(repository) = self.libgit2() else {
            return plumbing::compare(self, base, head);
        };
        let old = base.map(|b| self.tree_of(b)).transpose()?;
        let new = self.tree_of(head)?;
        Trees::new(odb(repository)?).compare(old, Some(new))
    }

    /// What the given paths are at a commit, in their order; none where there is nothing.
    pub fn sides_at(
        &self,
        commit: &ObjectId,
        paths: &[RepoPath],
    ) -> Result<Vec<Option<Side>>, GitError> {
        let Some(repository) = self.libgit2() else {
            return plumbing::sides_at(self, commit, paths);
        };
        let root = self.tree_of(commit)?;
        let mut trees = Trees::new(odb(repository)?);
        paths.iter().map(|p| trees.find(root, p)).collect()
    }

    /// Sizes in bytes; none where the content is not in this clone or work tree.
    pub fn sizes(&self, contents: &[Content]) -> Result<Vec<Option<u64>>, GitError> {
        let ids = objects_in(contents);
        let mut sizes = match self.libgit2() {
            Some(repository) => libgit2_sizes(repository, &ids)?,
            None => plumbing::sizes(self, &ids)?,
        }
        .into_iter();
        let of = |content: &Content| match content {
            Content::Object(_) => sizes.next().flatten(),
            Content::WorkFile(path) => self
                .work_file(path)
                .and_then(|f| f.symlink_metadata().ok())
                .map(|m| m.len()),
        };
        Ok(contents.iter().map(of).collect())
    }

    /// Bytes; none where they cannot be had. At most `max` of each: what is
    /// longer counts as not to be had, so ask for the sizes first.
    pub fn contents(
        &self,
        contents: &[Content],
        max: u64,
    ) -> Result<Vec<Option<Vec<u8>>>, GitError> {
        let sizes = self.sizes(contents)?;
        let fits = |size: &Option<u64>| size.is_some_and(|s| s <= max);
        let small = contents
            .iter()
            .zip(&sizes)
            .filter(|(_, s)| fits(s))
            .map(|(c, _)| c.clone());
        let mut read = self
            .measured_contents(&small.collect::<Vec<_>>())?
            .into_iter();
        Ok(sizes
            .iter()
            .map(|s| if fits(s) { read.next().flatten() } else { None })
            .collect())
    }

    /// Like [`Self::contents`], for contents whose sizes the caller has found bearable.
    pub fn measured_contents(
        &self,
        contents: &[Content],
    ) -> Result<Vec<Option<Vec<u8>>>, GitError> {
        let ids = objects_in(contents);
        let mut blobs = match self.libgit2() {
            Some(repository) => libgit2_blobs(repository, &ids)?,
            None => plumbing::objects(self, &ids)?,
        }
        .into_iter();
        let of = |content: &Content| match content {
            Content::Object(_) => blobs.next().flatten(),
            Content::WorkFile(path) => self
                .work_file(path)
                .and_then(|file| read_file(&file, WORK_FILE_BYTES)),
        };
        Ok(contents.iter().map(of).collect())
    }

    /// The first `max` bytes of a file in the work tree; none if it is no file.
    #[must_use]
    pub fn work_file_start(&self, path: &RepoPath, max: usize) -> Option<Vec<u8>> {
        let file = self.work_file(path)?;
        if file.symlink_metadata().ok()?.is_symlink() {
            return read_file(&file, max as u64);
        }
        let mut bytes = Vec::new();
        open_file(&file)?
            .take(max as u64)
            .read_to_end(&mut bytes)
            .ok()?;
        Some(bytes)
    }

    /// Hands the bytes of one content to `each` piece by piece, whatever its
    /// size; false where they cannot be had.
    pub(crate) fn stream(
        &self,
        content: &Content,
        each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<bool, GitError> {
        match content {
            Content::Object(id) => {
                let blob = GitCommand::new(self).args(["cat-file", "blob", id.as_str()]);
                match blob.chunks(each) {
                    Ok(()) => Ok(true),
                    Err(GitError::Failed { .. }) => Ok(false),
                    Err(error) => Err(error),
                }
            }
            Content::WorkFile(path) => {
                let Some(file) = self.work_file(path) else {
                    return Ok(false);
                };
                if file.symlink_metadata().is_ok_and(|m| m.is_symlink()) {
                    let target = read_file(&file, WORK_FILE_BYTES).unwrap_or_default();
                    let _ = each(&target);
                    return Ok(true);
                }
                let Some(mut file) = open_file(&file) else {
                    return Ok(false);
                };
                let mut buffer = vec![0; STREAM_BYTES];
                loop {
                    match file.read(&mut buffer) {
                        Ok(0) => return Ok(true),
                        Ok(count) if each(&buffer[..count]).is_break() => return Ok(true),
                        Ok(_) => {}
                        Err(_) => return Ok(false),
                    }
                }
            }
        }
    }

    /// Where a path is in the work tree.
    pub(super) fn work_file(&self, path: &RepoPath) -> Option<PathBuf> {
        let inside = Path::new(std::ffi::OsStr::from_bytes(path.as_bytes()));
        Some(self.work_tree()?.join(inside))
    }

    /// A commit, with the parents that it names.
    pub fn commit(&self, id: &ObjectId) -> Result<Commit, GitError> {
        let raw = match self.libgit2() {
            Some(repository) => {
                let odb = odb(repository)?;
                let object = odb
                    .read(oid(id)?)
                    .map_err(|e| missing_or(e, id, "read a commit"))?;
                object.data().to_vec()
            }
            None => plumbing::objects(self, std::slice::from_ref(id))?
                .pop()
                .flatten()
                .ok_or_else(|| GitError::MissingObject { id: id.clone() })?,
        };
        commit::parse(id, &raw).ok_or_else(|| unreadable(id))
    }

    /// The best common ancestor; none when the histories are unrelated.
    pub fn merge_base(&self, one: &ObjectId, two: &ObjectId) -> Result<Option<ObjectId>, GitError> {
        let Some(repository) = self.libgit2() else {
            return plumbing::merge_base(self, one, two);
        };
        match repository.merge_base(oid(one)?, oid(two)?) {
            Ok(base) => Ok(Some(object_id(base))),
            Err(e) if e.code() == git2::ErrorCode::NotFound => plumbing::merge_base(self, one, two),
            Err(e) => Err(GitError::libgit2("find the merge base")(e)),
        }
    }

    /// Commits reachable from `to` but not from `from`, by date, at most `max` of them read.
    pub fn log(&self, from: Option<&ObjectId>, to: &ObjectId, max: usize) -> Result<Log, GitError> {
        let ids = match self.libgit2().map(|r| walk(r, from, to)) {
            Some(Ok(ids)) => ids,
            // a shallow clone's missing parents stop libgit2, not git
            Some(Err(_)) | None => plumbing::walk(self, from, to)?,
        };
        let commits = ids
            .iter()
            .take(max)
            .map(|id| self.commit(id).map(|c| c.info));
        Ok(Log {
            commits: commits.collect::<Result<_, _>>()?,
            count: ids.len(),
        })
    }

    /// Whether a shallow clone ends at this commit: its parents are not here.
    #[must_use]
    pub fn is_boundary(&self, id: &ObjectId) -> bool {
        let shallow = std::fs::read(self.common_dir().join("shallow")).unwrap_or_default();
        shallow
            .split(|b| *b == b'\n')
            .any(|line| line == id.as_str().as_bytes())
    }

    /// A regular file at a commit; none when there is nothing at the path, or
    /// a link (whose target is not followed), a submodule or a directory.
    pub fn read_blob(
        &self,
        commit: &ObjectId,
        path: &RepoPath,
        max: u64,
    ) -> Result<Option<Vec<u8>>, GitError> {
        let side = self
            .sides_at(commit, std::slice::from_ref(path))?
            .pop()
            .flatten();
        let Some(side) = side.filter(|s| s.is_readable() && s.mode != SYMLINK) else {
            return Ok(None);
        };
        let Content::Object(id) = &side.content else {
            return Ok(None);
        };
        let wanted = std::slice::from_ref(&side.content);
        let missing = || GitError::MissingObject { id: id.clone() };
        let bytes = self.sizes(wanted)?.pop().flatten().ok_or_else(missing)?;
        if bytes > max {
            return Err(GitError::TooLarge {
                path: path.clone(),
                bytes,
            });
        }
        self.contents(wanted, max)?
            .pop()
            .flatten()
            .map(Some)
            .ok_or_else(missing)
    }

    /// Files and links at a commit, in git's order, at most `max`.
    pub fn list_paths(&self, commit: &ObjectId, max: usize) -> Result<Vec<RepoPath>, GitError> {
        let Some(repository) = self.libgit2() else {
            return plumbing::list_paths(self, commit, max);
        };
        Trees::new(odb(repository)?).paths(self.tree_of(commit)?, max)
    }

    fn tree_of(&self, commit: &ObjectId) -> Result<Oid, GitError> {
        oid(&self.commit(commit)?.tree)
    }
}

fn odb(repository: &git2::Repository) -> Result<Odb<'_>, GitError> {
    repository
        .odb()
        .map_err(GitError::libgit2("open the object database"))
}

fn oid(id: &ObjectId) -> Result<Oid, GitError> {
    Oid::from_str(id.as_str()).map_err(GitError::libgit2("read an object id"))
}

fn unreadable(id: &ObjectId) -> GitError {
    GitError::Failed {
        attempt: format!("read commit {id}"),
        detail: "it is damaged, or no commit".to_owned(),
    }
}

fn objects_in(contents: &[Content]) -> Vec<ObjectId> {
    let id = |content: &Content| match content {
        Content::Object(id) => Some(id.clone()),
        Content::WorkFile(_) => None,
    };
    contents.iter().filter_map(id).collect()
}

fn libgit2_sizes(
    repository: &git2::Repository,
    ids: &[ObjectId],
) -> Result<Vec<Option<u64>>, GitError> {
    let odb = odb(repository)?;
    let partial = is_partial(repository);
    let mut sizes = Vec::with_capacity(ids.len());
    for id in ids {
        let oid = oid(id)?;
        // in a partial clone each miss would make libgit2 look for new packs
        let here = !partial || odb.exists_ext(oid, git2::OdbLookupFlags::NO_REFRESH);
        let header = if here {
            odb.read_header(oid).ok()
        } else {
            None
        };
        sizes.push(
            header
                .filter(|(_, kind)| *kind == ObjectType::Blob)
                .map(|(size, _)| size as u64),
        );
    }
    Ok(sizes)
}

fn libgit2_blobs(
    repository: &git2::Repository,
    ids: &[ObjectId],
) -> Result<Vec<Option<Vec<u8>>>, GitError> {
    let odb = odb(repository)?;
    let read = |id: &ObjectId| Ok(odb.read(oid(id)?).ok().map(|o| o.data().to_vec()));
    ids.iter().map(read).collect()
}

fn is_partial(repository: &git2::Repository) -> bool {
    repository.config().is_ok_and(|config| {
        let mut promisor = config.get_str("extensions.partialClone").is_ok();
        if let Ok(entries) = config.entries(Some("^remote\\..*\\.promisor$")) {
            let _ = entries.for_each(|_| promisor = true);
        }
        promisor
    })
}

/// Ids of a range, newest first.
fn walk(
    repository: &git2::Repository,
    from: Option<&ObjectId>,
    to: &ObjectId,
) -> Result<Vec<ObjectId>, GitError> {
    let steps = || -> Result<Vec<ObjectId>, git2::Error> {
        let mut walk = repository.revwalk()?;
        walk.set_sorting(git2::Sort::TIME)?;
        walk.push(Oid::from_str(to.as_str())?)?;
        if let Some(from) = from {
            walk.hide(Oid::from_str(from.as_str())?)?;
        }
        walk.map(|id| id.map(object_id)).collect()
    };
    steps().map_err(GitError::libgit2("walk the history"))
}

/// A file or a link's target, without following the link, devices and pipes left alone.
fn read_file(path: &Path, max: u64) -> Option<Vec<u8>> {
    let metadata = path.symlink_metadata().ok()?;
    if metadata.is_symlink() {
        return std::fs::read_link(path)
            .ok()
            .map(|t| t.as_os_str().as_bytes().to_vec());
    }
    if metadata.len() > max {
        return None;
    }
    let file = open_file(path)?;
    let mut bytes = Vec::new();
    file.take(max.saturating_add(1))
        .read_to_end(&mut bytes)
        .ok()?;
    (bytes.len() as u64 <= max).then_some(bytes)
}

/// A regular file, opened without waiting for anything and without following a link.
fn open_file(path: &Path) -> Option<File> {
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let flags = i32::try_from(flags.bits()).ok()?;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(path)
        .ok()?;
    file.metadata().is_ok_and(|m| m.is_file()).then_some(file)
}

/// Stops a stream of records once `full`.
pub(super) fn until(full: bool) -> ControlFlow<()> {
    if full {
        ControlFlow::Break(())
    } else {
        ControlFlow::Continue(())
    }
}
