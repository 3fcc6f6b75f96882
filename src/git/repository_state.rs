//! What a repository looks like from outside: enough to tell that somebody wrote to it.
//!
//! Promises: nothing is written, no content filter runs, and no content of the work tree is read:
//! files are compared by what the file system says of them. Who it was that wrote cannot be told.

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::command::GitCommand;
use super::error::GitError;
use super::repo::Repo;
use crate::model::RepoPath;

/// Changed and untracked files that are kept apart; more are left to git's own status.
const FILES: usize = 20_000;
/// Bytes of a file of the git directory that are looked at.
const SMALL_BYTES: u64 = 1 << 20;

/// The end of the line of the reference that we write ourselves, without a symbolic target.
const OWN_REFERENCE: &[u8] = b" refs/notes/agents ";

/// A part of a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// Where HEAD points.
    Head,
    /// Branches, tags and all other references.
    References,
    /// What is staged.
    Index,
    /// Files in the work tree that git does not ignore.
    WorkTree,
    /// Hooks and other files of the git directory that name programs.
    Hooks,
    /// The repository's own settings.
    Settings,
}

impl Part {
    /// The words for it.
    #[must_use]
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Head => "HEAD",
            Self::References => "references",
            Self::Index => "the index",
            Self::WorkTree => "the work tree",
            Self::Hooks => "hooks",
            Self::Settings => "the repository's settings",
        }
    }
}

/// A repository at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    parts: BTreeMap<Part, [u8; 32]>,
    /// Files that differ from the index, or are not in it.
    files: BTreeMap<RepoPath, FileMark>,
    /// The file system's time when this was taken, if it could be asked.
    taken: Time,
}

/// Seconds and nanoseconds of the file system's clock.
type Time = (i64, i64);

/// What the file system says of a file; all zero where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct FileMark {
    changed: Time,
    size: u64,
    inode: u64,
}

impl Fingerprint {
    /// Takes it. `clock` is any file or directory made just before: its time is the file system's.
    ///
    /// # Errors
    /// git cannot list references or the index.
    pub(crate) fn take(repo: &Repo, clock: &Path) -> Result<Self, GitError> {
        let dirs = [repo.git_dir(), repo.common_dir()];
        let parts = [
            (Part::Head, file_digest(&repo.git_dir().join("HEAD"))),
            (
                Part::References,
                listing(
                    repo,
                    &[
                        "for-each-ref",
                        "--format=%(objectname) %(refname) %(symref)",
                    ],
                )?,
            ),
            (Part::Index, listing(repo, &["ls-files", "--stage", "-z"])?),
            (Part::Hooks, hooks(repo.common_dir())),
            (
                Part::Settings,
                digest(dirs.iter().flat_map(|dir| {
                    ["config", "config.worktree"].map(|n| file_digest(&dir.join(n)))
                })),
            ),
        ];
        let mut files = BTreeMap::new();
        if let Some(top) = repo.work_tree() {
            let paths = [changed(repo), untracked(repo)]
                .into_iter()
                .collect::<Result<Vec<_>, _>>()?
                .concat();
            files.extend(
                paths
                    .into_iter()
                    .map(|path| (mark(top, &path), path))
                    .map(|(mark, path)| (path, mark)),
            );
        }
        let taken = clock
            .symlink_metadata()
            .map_or((i64::MAX, 0), |about| (about.ctime(), about.ctime_nsec()));
        Ok(Self {
            parts: parts.into(),
            files,
            taken,
        })
    }

    /// The parts that are not as they were, in order. A file counts as changed where the file system
    /// changed it after this was taken, so that neither `git status`, which only refreshes the index,
    /// nor a commit of what stood there already counts.
    #[must_use]
    pub(crate) fn differences(&self, later: &Self) -> Vec<Part> {
        let mut found: Vec<Part> = self
            .parts
            .iter()
            .filter(|(part, digest)| later.parts.get(part) != Some(digest))
            .map(|(part, _)| *part)
            .collect();
        let written = |(path, mark): (&RepoPath, &FileMark)| match self.files.get(path) {
            Some(before) => before != mark,
            None => *mark == FileMark::default() || mark.changed > self.taken,
        };
        if later.files.iter().any(written) {
            found.push(Part::WorkTree);
        }
        found.sort();
        found
    }
}

/// Paths whose file is not as the index remembers it.
fn changed(repo: &Repo) -> Result<Vec<RepoPath>, GitError> {
    paths(
        repo,
        &[
            "diff-files",
            "--name-only",
            "-z",
            "--no-renames",
            "--ignore-submodules=all",
        ],
    )
}

fn untracked(repo: &Repo) -> Result<Vec<RepoPath>, GitError> {
    paths(repo, &["ls-files", "--others", "--exclude-standard", "-z"])
}

fn paths(repo: &Repo, args: &[&str]) -> Result<Vec<RepoPath>, GitError> {
    let mut found = Vec::new();
    GitCommand::new(repo).args(args).records(0, |path| {
        found.push(RepoPath::new(path));
        if found.len() >= FILES {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })?;
    Ok(found)
}

fn mark(top: &Path, path: &RepoPath) -> FileMark {
    use std::os::unix::ffi::OsStrExt;
    let place = top.join(std::ffi::OsStr::from_bytes(path.as_bytes()));
    place.symlink_metadata().map_or_else(
        |_| FileMark::default(),
        |about| FileMark {
            changed: (about.ctime(), about.ctime_nsec()),
            size: about.len(),
            inode: about.ino(),
        },
    )
}

/// The digest of what git prints.
fn listing(repo: &Repo, args: &[&str]) -> Result<[u8; 32], GitError> {
    let mut hash = Sha256::new();
    GitCommand::new(repo).args(args).records(b'\n', |line| {
        // another review that ends just now writes its notes
        if !line.ends_with(OWN_REFERENCE) {
            hash.update(line);
            hash.update(b"\n");
        }
        ControlFlow::Continue(())
    })?;
    Ok(hash.finalize().into())
}

/// Names, sizes and times in the hooks' directory, and the files beside it that steer filters.
fn hooks(common_dir: &Path) -> [u8; 32] {
    let entries = fs::read_dir(common_dir.join("hooks"))
        .into_iter()
        .flatten()
        .flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.path()).collect();
    names.sort();
    names.extend(["info/attributes", "info/exclude"].map(|name| common_dir.join(name)));
    digest(names.iter().map(|path| {
        let mark = path
            .symlink_metadata()
            .map(|m| (m.mtime(), m.mtime_nsec(), m.size(), m.mode(), m.ino()));
        let mut hash = Sha256::new();
        hash.update(format!("{} {mark:?}", path.display()));
        hash.finalize().into()
    }))
}

fn file_digest(path: &Path) -> [u8; 32] {
    use std::io::Read;
    let mut bytes = Vec::new();
    // a missing file and an empty one differ in nothing that matters here
    if let Ok(file) = fs::File::open(path) {
        let _ = file.take(SMALL_BYTES).read_to_end(&mut bytes);
    }
    Sha256::digest(bytes).into()
}

fn digest(parts: impl Iterator<Item = [u8; 32]>) -> [u8; 32] {
    let mut hash = Sha256::new();
    parts.for_each(|part| hash.update(part));
    hash.finalize().into()
}
