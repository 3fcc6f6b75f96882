//! Where a hook runs, found from files alone: no library, no process.

use std::fs;
use std::path::{Path, PathBuf};

use crate::model::ObjectId;

/// Larger pointer files (`.git`, `commondir`, `HEAD`, a loose ref) are not git's.
const POINTER_BYTES: usize = 8 << 10;

/// The repository of a hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GitDirs {
    /// The worktree's git directory, absolute.
    pub git_dir: PathBuf,
    /// The common directory, absolute.
    pub common_dir: PathBuf,
    /// Top of the work tree; none in a bare repository.
    pub work_tree: Option<PathBuf>,
}

impl GitDirs {
    /// git starts a hook at the top of the work tree, or in the git directory
    /// of a bare repository, and names the git directory in `GIT_DIR` where it is not `.git`.
    #[must_use]
    pub(crate) fn of_hook(cwd: &Path, git_dir: Option<&Path>) -> Option<Self> {
        let named = git_dir.map(|dir| cwd.join(dir));
        let can_be_bare = named.is_some();
        let git_dir = named.or_else(|| pointed(&cwd.join(".git")))?;
        let git_dir = git_dir.canonicalize().ok()?;
        let common_dir = match pointer(&git_dir.join("commondir")) {
            Some(text) => git_dir.join(text).canonicalize().ok()?,
            None => git_dir.clone(),
        };
        let bare = can_be_bare && cwd.canonicalize().ok()? == git_dir;
        Some(Self {
            git_dir,
            common_dir,
            work_tree: (!bare).then(|| cwd.to_owned()),
        })
    }

    /// HEAD's commit where the files say so: a loose ref, as it is just after a
    /// commit. `None` where it is packed or kept in another back end; whoever
    /// needs it then asks git.
    #[must_use]
    pub(crate) fn head(&self) -> Option<ObjectId> {
        let head = pointer(&self.git_dir.join("HEAD"))?;
        match head.strip_prefix("ref: ") {
            None => ObjectId::parse(&head),
            Some(name) if name.split('/').any(|part| part == "..") => None,
            Some(name) => ObjectId::parse(&pointer(&self.common_dir.join(name))?),
        }
    }

    /// Short name of the branch that HEAD is on, or that the rebase under way
    /// will put it on again; none where it is detached.
    #[must_use]
    pub(crate) fn branch(&self) -> Option<String> {
        let files = ["rebase-merge/head-name", "rebase-apply/head-name", "HEAD"];
        let name = files
            .iter()
            .find_map(|file| pointer(&self.git_dir.join(file)))?;
        let name = name.strip_prefix("ref: ").unwrap_or(&name);
        name.strip_prefix("refs/heads/").map(str::to_owned)
    }

    /// A commit that a file of the worktree's git directory names.
    #[must_use]
    pub(crate) fn commit_in(&self, name: &str) -> Option<ObjectId> {
        ObjectId::parse(&pointer(&self.git_dir.join(name))?)
    }

    /// Whether what is printed now would stand in the middle of something: a
    /// rebase, a pick or revert of several to its very end, a bisection.
    #[must_use]
    pub(crate) fn is_busy(&self) -> bool {
        let there = |name: &str| self.git_dir.join(name).exists();
        there("rebase-merge")
            || there("rebase-apply")
            || there("sequencer")
            || there("BISECT_START")
    }

    /// Whether a rebase, a pick or revert of several, or `am` is under way. For a
    /// sequencer, one line left means that this is its last commit.
    #[must_use]
    pub(crate) fn in_sequence(&self) -> bool {
        let there = |name: &str| self.git_dir.join(name).exists();
        if there("rebase-merge") || there("rebase-apply") {
            return true;
        }
        let todo = fs::read_to_string(self.git_dir.join("sequencer/todo")).unwrap_or_default();
        todo.lines()
            .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
            .count()
            > 1
    }
}

/// `.git` as a directory, or the directory that a `.git` file points to.
fn pointed(dot_git: &Path) -> Option<PathBuf> {
    if dot_git.is_dir() {
        return Some(dot_git.to_owned());
    }
    let text = pointer(dot_git)?;
    Some(dot_git.parent()?.join(text.strip_prefix("gitdir: ")?))
}

fn pointer(path: &Path) -> Option<String> {
    let bytes = fs::read(path)
        .ok()
        .filter(|bytes| bytes.len() <= POINTER_BYTES)?;
    Some(String::from_utf8(bytes).ok()?.trim_end().to_owned())
}
