//! Uncommitted work: which paths differ between HEAD, the index and the work
//! tree. No content is read here, and neither reader runs a content filter.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use git2::{Delta, DiffOptions};

use super::command::GitCommand;
use super::conversions::{self, Conversion};
use super::diff_entry::{Content, Entry, SUBMODULE, SYMLINK, Side};
use super::error::GitError;
use super::plumbing;
use super::repo::{Repo, object_id};
use crate::model::{ObjectId, Reader, RepoPath};

/// Uncommitted work as found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uncommitted {
    /// Paths that differ, sorted.
    pub entries: Vec<Entry>,
    /// Paths that a merge left unresolved in the index.
    pub conflicted: Vec<RepoPath>,
    /// Paths that git does not track, in `entries` too.
    pub untracked: BTreeSet<RepoPath>,
    /// Work files that a content filter converts, which is not run: not in `entries`.
    pub(crate) filtered: Vec<Filtered>,
    /// Untracked files beyond the number asked for, not in `entries`.
    pub untracked_left_out: usize,
}

/// A work file of which git would store something else than what lies there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Filtered {
    /// Its path.
    pub(crate) path: RepoPath,
    /// Name of the filter.
    pub(crate) filter: String,
    /// Whether it may only have been touched: it is as long as when git last looked.
    pub(crate) same_size: bool,
}

/// Path, the index's side, and the mode in the work tree (0: gone).
type WorkChange = (RepoPath, Option<Side>, u32);

/// What either reader says about the work tree against the index.
#[derive(Default)]
struct WorkTree {
    changed: Vec<WorkChange>,
    untracked: Vec<RepoPath>,
}

/// What either reader says about the index against HEAD.
#[derive(Default)]
struct Index {
    entries: Vec<Entry>,
    conflicted: BTreeSet<RepoPath>,
}

impl Repo {
    /// The same repository with the reader that gets the index and the work
    /// tree right: libgit2 reads no sparse and no split index, and takes files
    /// outside a sparse checkout for deleted.
    #[must_use]
    pub fn for_uncommitted(&self) -> Option<Self> {
        let repository = self.libgit2()?;
        let sparse = repository
            .config()
            .and_then(|c| c.get_bool("core.sparseCheckout"))
            .unwrap_or(false);
        let why = if sparse {
            "sparse checkout".to_owned()
        } else {
            open_index(self, repository)
                .err()
                .map(|e| e.message().to_owned())?
        };
        Some(self.plumbing_copy(Reader::Plumbing { why }))
    }

    /// The index against HEAD.
    pub fn staged(&self) -> Result<Uncommitted, GitError> {
        if self.work_tree().is_none() {
            return Err(GitError::NoWorkTree {
                git_dir: self.git_dir().to_path_buf(),
            });
        }
        let index = self.index_changes()?;
        let conflicted = index.conflicted.into_iter().collect();
        Ok(Uncommitted {
            entries: index.entries,
            conflicted,
            ..Uncommitted::default()
        })
    }

    /// The work tree against HEAD, with at most `max_untracked` untracked files.
    pub fn uncommitted(&self, max_untracked: usize) -> Result<Uncommitted, GitError> {
        let Some(top) = self.work_tree() else {
            return Err(GitError::NoWorkTree {
                git_dir: self.git_dir().to_path_buf(),
            });
        };
        let index = self.index_changes()?;
        let mut work = self.work_tree_changes()?;
        work.untracked.sort();
        let left_out = work.untracked.len().saturating_sub(max_untracked);
        work.untracked.truncate(max_untracked);
        let exec_bits = self.trusts_exec_bits();
        let filtered = self.take_filtered(&mut work)?;
        let mut entries: BTreeMap<RepoPath, Entry> = index
            .entries
            .into_iter()
            .map(|e| (e.path.clone(), e))
            .collect();
        for (path, index_side, mode) in work.changed {
            if index.conflicted.contains(&path) {
                continue;
            }
            let old = entries.get(&path).map_or(index_side, |e| e.old.clone());
            let new = self.work_side(&path, mode);
            entries.insert(path.clone(), Entry { path, old, new });
        }
        for path in &work.untracked {
            let old = entries.get(path).and_then(|e| e.old.clone());
            let new = self.work_side(path, mode_of(top, path, exec_bits));
            entries.insert(
                path.clone(),
                Entry {
                    path: path.clone(),
                    old,
                    new,
                },
            );
        }
        for entry in self.conflict_entries(&index.conflicted, exec_bits)? {
            entries.insert(entry.path.clone(), entry);
        }
        Ok(Uncommitted {
            entries: entries.into_values().filter(|e| e.old != e.new).collect(),
            conflicted: index.conflicted.into_iter().collect(),
            untracked: work.untracked.into_iter().collect(),
            filtered,
            untracked_left_out: left_out,
        })
    }

    /// Takes out the files that a filter converts: neither whether they differ
    /// nor what of them git would store is known without running it. What is
    /// staged of them is in the index already.
    fn take_filtered(&self, work: &mut WorkTree) -> Result<Vec<Filtered>, GitError> {
        let present = work
            .changed
            .iter()
            .filter(|(_, _, mode)| mode & 0o170_000 == 0o100_000);
        let tracked: Vec<RepoPath> = present.map(|(path, ..)| path.clone()).collect();
        let paths: Vec<&RepoPath> = tracked.iter().chain(&work.untracked).collect();
        let conversions = conversions::of(self, &paths)?;
        if conversions.values().any(|c| *c == Conversion::Encoding) && self.libgit2().is_some() {
            // libgit2 does not know other encodings and takes such files for changed
            work.changed = plumbing_changes(self)?;
        }
        let filters: BTreeMap<RepoPath, String> = conversions
            .into_iter()
            .filter_map(|(path, conversion)| match conversion {
                Conversion::Filter(name) => Some((path, name)),
                Conversion::Encoding => None,
            })
            .collect();
        work.changed
            .retain(|(path, _, mode)| *mode == 0 || !filters.contains_key(path));
        work.untracked.retain(|path| !filters.contains_key(path));
        let filtered = filters.into_iter().map(|(path, filter)| {
            let same_size = self.has_size_of_index(&path);
            Filtered {
                path,
                filter,
                same_size,
            }
        });
        Ok(filtered.collect())
    }

    /// Whether the work file is as long as it was when git last compared it.
    fn has_size_of_index(&self, path: &RepoPath) -> bool {
        use std::os::unix::ffi::OsStrExt;
        let inside = Path::new(std::ffi::OsStr::from_bytes(path.as_bytes()));
        // the size is in the index file, whichever program reads the rest
        let file = self.git_dir().join("index");
        let index = git2::Index::open(self.index_file().unwrap_or(&file)).ok();
        let entry = index.and_then(|index| index.get_path(inside, 0));
        let size = self
            .work_file(path)
            .and_then(|file| file.symlink_metadata().ok())
            .map(|data| data.len());
        entry.is_some_and(|entry| size == Some(u64::from(entry.file_size)))
    }

    /// Conflicted paths: HEAD's side against what the work tree holds, markers and all.
    fn conflict_entries(
        &self,
        paths: &BTreeSet<RepoPath>,
        exec_bits: bool,
    ) -> Result<Vec<Entry>, GitError> {
        let (Some(head), Some(top)) = (self.head()?, self.work_tree()) else {
            return Ok(Vec::new());
        };
        let paths: Vec<RepoPath> = paths.iter().cloned().collect();
        let sides = self.sides_at(&head, &paths)?;
        let entry = |(path, old): (RepoPath, Option<Side>)| {
            let new = self.work_side(&path, mode_of(top, &path, exec_bits));
            Entry { path, old, new }
        };
        Ok(paths.into_iter().zip(sides).map(entry).collect())
    }

    fn work_side(&self, path: &RepoPath, mode: u32) -> Option<Side> {
        match mode {
            0 => None,
            SUBMODULE => Some(Side::object(SUBMODULE, self.submodule_head(path)?)),
            _ => Some(Side {
                mode: super::diff_entry::canonical(mode),
                content: Content::WorkFile(path.clone()),
            }),
        }
    }

    /// The commit that is checked out in a submodule.
    fn submodule_head(&self, path: &RepoPath) -> Option<ObjectId> {
        let place = self.work_file(path)?;
        let repo = Self::discover(&place).ok()?;
        let same = repo.work_tree()?.canonicalize().ok()? == place.canonicalize().ok()?;
        if same {
            repo.head().ok().flatten()
        } else {
            None
        }
    }

    /// `core.fileMode`: false where the file system has no such bit.
    fn trusts_exec_bits(&self) -> bool {
        self.config_value("core.filemode")
            .is_none_or(|v| !matches!(v.as_str(), "false" | "no" | "off" | "0"))
    }

    fn index_changes(&self) -> Result<Index, GitError> {
        let head = self.head()?;
        match self.libgit2() {
            Some(repository) => {
                let attempt = "compare the index with HEAD";
                libgit2_index(self, repository, head.as_ref()).map_err(GitError::libgit2(attempt))
            }
            None => plumbing_index(self, head.as_ref()),
        }
    }

    fn work_tree_changes(&self) -> Result<WorkTree, GitError> {
        let Some(repository) = self.libgit2() else {
            return plumbing_work_tree(self);
        };
        let mut work =
            libgit2_work_tree(self, repository).map_err(GitError::libgit2("read the work tree"))?;
        work.untracked = untracked(self)?;
        for (path, id) in
            submodules(self, repository).map_err(GitError::libgit2("read the index"))?
        {
            let now = self.submodule_head(&path);
            if now.as_ref().is_some_and(|now| *now != id) {
                work.changed
                    .push((path, Some(Side::object(SUBMODULE, id)), SUBMODULE));
            }
        }
        Ok(work)
    }
}

fn open_index(repo: &Repo, repository: &git2::Repository) -> Result<git2::Index, git2::Error> {
    repo.index_file()
        .map_or_else(|| repository.index(), git2::Index::open)
}

fn libgit2_index(
    repo: &Repo,
    repository: &git2::Repository,
    head: Option<&ObjectId>,
) -> Result<Index, git2::Error> {
    let tree = match head {
        Some(id) => Some(
            repository
                .find_commit(git2::Oid::from_str(id.as_str())?)?
                .tree()?,
        ),
        None => None,
    };
    let index = open_index(repo, repository)?;
    let mut options = DiffOptions::new();
    options.include_typechange(true).skip_binary_check(true);
    let diff = repository.diff_tree_to_index(tree.as_ref(), Some(&index), Some(&mut options))?;
    let mut found = Index::default();
    for delta in diff.deltas() {
        let path = delta
            .new_file()
            .path_bytes()
            .or(delta.old_file().path_bytes())
            .unwrap_or_default();
        let path = RepoPath::new(path);
        if delta.status() == Delta::Conflicted {
            found.conflicted.insert(path);
            continue;
        }
        found.entries.push(Entry {
            path,
            old: side(&delta.old_file()),
            new: side(&delta.new_file()),
        });
    }
    found
        .entries
        .retain(|e| !found.conflicted.contains(&e.path));
    found.entries.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn side(file: &git2::DiffFile<'_>) -> Option<Side> {
    let mode = u32::from(file.mode());
    (mode != 0 && !file.id().is_zero()).then(|| Side::object(mode, object_id(file.id())))
}

fn libgit2_work_tree(repo: &Repo, repository: &git2::Repository) -> Result<WorkTree, git2::Error> {
    let index = open_index(repo, repository)?;
    let mut options = DiffOptions::new();
    options.include_typechange(true);
    options
        .skip_binary_check(true)
        .ignore_submodules(true)
        .update_index(false);
    let diff = repository.diff_index_to_workdir(Some(&index), Some(&mut options))?;
    let mut found = WorkTree::default();
    for delta in diff.deltas() {
        let path = delta
            .new_file()
            .path_bytes()
            .or(delta.old_file().path_bytes())
            .unwrap_or_default();
        let path = RepoPath::new(path);
        match delta.status() {
            Delta::Deleted => found.changed.push((path, side(&delta.old_file()), 0)),
            Delta::Added | Delta::Modified | Delta::Typechange => {
                found.changed.push((
                    path,
                    side(&delta.old_file()),
                    u32::from(delta.new_file().mode()),
                ));
            }
            _ => {}
        }
    }
    Ok(found)
}

/// Submodules in the index, with the commits recorded there.
fn submodules(
    repo: &Repo,
    repository: &git2::Repository,
) -> Result<Vec<(RepoPath, ObjectId)>, git2::Error> {
    let index = open_index(repo, repository)?;
    let entries = index.iter().filter(|e| e.mode == SUBMODULE);
    Ok(entries
        .map(|e| (RepoPath::new(e.path), object_id(e.id)))
        .collect())
}

fn plumbing_index(repo: &Repo, head: Option<&ObjectId>) -> Result<Index, GitError> {
    let tree = head.map_or_else(|| plumbing::empty_tree(repo), ObjectId::as_str);
    let args = [
        "diff-index",
        "--cached",
        "--raw",
        "-z",
        "--no-renames",
        "--ignore-submodules=none",
        "--no-abbrev",
    ];
    let raw = plumbing::raw_lines(GitCommand::new(repo).args(args).args([tree]))?;
    let mut found = Index::default();
    for line in raw {
        if line.status == b'U' {
            found.conflicted.insert(line.path);
        } else {
            found.entries.push(line.into_entry());
        }
    }
    found
        .entries
        .retain(|e| !found.conflicted.contains(&e.path));
    Ok(found)
}

fn plumbing_work_tree(repo: &Repo) -> Result<WorkTree, GitError> {
    Ok(WorkTree {
        changed: plumbing_changes(repo)?,
        untracked: untracked(repo)?,
    })
}

/// `git diff`, not `git diff-files`: it looks past a changed time stamp.
fn plumbing_changes(repo: &Repo) -> Result<Vec<WorkChange>, GitError> {
    let args = [
        "diff",
        "--raw",
        "-z",
        "--no-renames",
        "--ignore-submodules=dirty",
        "--no-abbrev",
    ];
    let mut changed = Vec::new();
    for line in plumbing::raw_lines(GitCommand::new(repo).args(args))? {
        let old = line
            .old
            .1
            .map(|id| Side::object(line.old.0, id))
            .filter(|s| s.mode != 0);
        changed.push((line.path, old, line.new.0));
    }
    Ok(changed)
}

/// What git does not track and does not ignore. Both readers ask git: which
/// files are ignored depends on conditional includes and on settings of one
/// command, which libgit2 does not read, and what git hides nobody else may see.
fn untracked(repo: &Repo) -> Result<Vec<RepoPath>, GitError> {
    // Whoever keeps dotfiles in a repository sets this, so that the rest of the home stays out.
    let shown = repo.config_value("status.showUntrackedFiles");
    if shown.is_some_and(|value| ["no", "false", "off", "0"].contains(&value.as_str())) {
        return Ok(Vec::new());
    }
    let others = ["ls-files", "--others", "--exclude-standard", "-z"];
    let mut found = Vec::new();
    let call = GitCommand::new(repo).keep_user_config().args(others);
    call.records(0, |path| {
        // a path that ends in a slash is somebody else's repository
        if !path.ends_with(b"/") {
            found.push(RepoPath::new(path));
        }
        std::ops::ControlFlow::Continue(())
    })?;
    Ok(found)
}

/// The mode git would record for a file in the work tree; 0 when there is none.
fn mode_of(top: &Path, path: &RepoPath, exec_bits: bool) -> u32 {
    use std::os::unix::ffi::OsStrExt;
    let place = top.join(std::ffi::OsStr::from_bytes(path.as_bytes()));
    match place.symlink_metadata() {
        Ok(data) if data.is_symlink() => SYMLINK,
        Ok(data) if data.is_file() && exec_bits => 0o100_000 | (data.permissions().mode() & 0o777),
        Ok(data) if data.is_file() => 0o100_644,
        _ => 0,
    }
}
