//! What stands where hooks would go. Looks only; decides nothing.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::error::HookError;
use super::event::Event;
use super::hooks_path::{self, HooksPath};
use super::manager::{self, Manager};
use super::shim;
use crate::git::{GitCommand, GitError, Repo};
use crate::store::kept;
use crate::sys::mount;

/// The files we may write, all below the directory that work trees share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Places {
    /// The configuration that gets an include.
    pub(super) config: PathBuf,
    /// What is included.
    pub(super) included: PathBuf,
    /// Directory of shims outside the repository's `hooks`.
    pub(super) shims: PathBuf,
}

impl Places {
    pub(super) fn of(common_dir: &Path) -> Self {
        // not in the store, which only its owner may enter: git would die for
        // everybody else on an include that it must not read
        let ours = common_dir.join("agents-hooks");
        Self {
            config: common_dir.join("config"),
            included: ours.join("hooks.config"),
            shims: ours.join("hooks"),
        }
    }
}

/// What stands under a hook's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Occupant {
    /// Nothing.
    Nothing,
    /// A shim of ours.
    Ours,
    /// A hook of pre-commit or prek, which runs `<hook>.legacy` first.
    RunsLegacy,
    /// A hook of lefthook, which would move ours away.
    Lefthook,
    /// A hook that must keep its name.
    NeedsItsName,
    /// Any other hook.
    Foreign,
    /// A foreign hook, while one that we moved aside earlier waits to come back.
    Twice,
}

/// Facts on which the route is decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Survey {
    pub(super) common_dir: PathBuf,
    pub(super) work_tree: Option<PathBuf>,
    pub(super) places: Places,
    /// The hook directory that git would use without us, and where it is set.
    pub(super) hooks_path: HooksPath,
    /// Whether that is the repository's own `hooks`.
    pub(super) usual_directory: bool,
    /// Why the repository's own `hooks` cannot be written.
    pub(super) hooks_unusable: Option<String>,
    /// Why the configuration cannot be written.
    pub(super) config_unusable: Option<String>,
    /// Whether programs below the git directory cannot be started.
    pub(super) noexec: bool,
    pub(super) managers: Vec<Manager>,
    pub(super) occupants: Vec<(Event, Occupant)>,
}

/// Looks at a repository.
pub(super) fn survey(repo: &Repo) -> Result<Survey, HookError> {
    let common_dir = repo.common_dir().to_path_buf();
    let places = Places::of(&common_dir);
    let hooks_path = hooks_path::read(repo, &places.included)?;
    let hooks = common_dir.join("hooks");
    let base = repo.work_tree().unwrap_or(&common_dir);
    let usual_directory = hooks_path
        .theirs
        .as_ref()
        .is_none_or(|set| same_place(&base.join(set), &hooks));
    Ok(Survey {
        usual_directory,
        hooks_unusable: unusable_directory(&hooks).or(tracked(repo, &hooks)?),
        config_unusable: unusable_file(&places.config).or(tracked(repo, &places.config)?),
        noexec: mount::is_noexec(&common_dir),
        managers: manager::detect_manager(repo),
        occupants: Event::ALL
            .map(|event| (event, occupant(&hooks, event.name())))
            .to_vec(),
        work_tree: repo.work_tree().map(Path::to_path_buf),
        hooks_path,
        places,
        common_dir,
    })
}

/// What stands at `directory/name`.
pub(super) fn occupant(directory: &Path, name: &str) -> Occupant {
    let path = directory.join(name);
    if fs::symlink_metadata(&path).is_err() {
        return Occupant::Nothing;
    }
    let content = manager::look(&path);
    if shim::is_ours(&content) {
        return Occupant::Ours;
    }
    match manager::author(&content) {
        Some(Manager::PreCommit | Manager::Prek) => return Occupant::RunsLegacy,
        Some(Manager::Lefthook) => return Occupant::Lefthook,
        Some(Manager::GitLfs | Manager::Husky) | None => {}
    }
    if fs::symlink_metadata(kept(&path)).is_ok() {
        Occupant::Twice
    } else if manager::needs_its_name(&path) {
        Occupant::NeedsItsName
    } else {
        Occupant::Foreign
    }
}

/// Whether git tracks this path or something below it, with a sentence.
pub(super) fn tracked(repo: &Repo, path: &Path) -> Result<Option<String>, HookError> {
    let inside = repo.work_tree().is_some_and(|top| path.starts_with(top));
    let dot_git = repo
        .work_tree()
        .is_some_and(|top| path.starts_with(top.join(".git")));
    if !inside || dot_git {
        return Ok(None);
    }
    let listed = GitCommand::new(repo)
        .args(["ls-files", "-z", "--"])
        .args([path])
        .output(64 * 1024);
    let listed = match listed {
        Ok(bytes) => !bytes.is_empty(),
        Err(GitError::TooMuchOutput { .. }) => true,
        Err(error) => return Err(error.into()),
    };
    Ok(listed.then(|| format!("{} is tracked", path.display())))
}

fn same_place(a: &Path, b: &Path) -> bool {
    match (fs::canonicalize(a), fs::canonicalize(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}

fn unusable_directory(path: &Path) -> Option<String> {
    match fs::symlink_metadata(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => path
            .parent()
            .is_none_or(|parent| !writable(parent))
            .then(|| format!("{} cannot be made", path.display())),
        Err(e) => Some(format!("{}: {e}", path.display())),
        Ok(about) if about.file_type().is_symlink() => {
            Some(format!("{} is a symbolic link", path.display()))
        }
        Ok(about) if !about.is_dir() => Some(format!("{} is no directory", path.display())),
        Ok(_) => (!writable(path)).then(|| format!("{} is read-only", path.display())),
    }
}

pub(super) fn unusable_file(path: &Path) -> Option<String> {
    match fs::symlink_metadata(path) {
        Ok(about) if about.file_type().is_symlink() => {
            return Some(format!("{} is a symbolic link", path.display()));
        }
        Ok(about) if !about.is_file() => {
            return Some(format!("{} is no regular file", path.display()));
        }
        Ok(about) if about.permissions().mode() & 0o222 == 0 => {
            return Some(format!("{} is read-only", path.display()));
        }
        _ => {}
    }
    let parent = path.parent()?;
    (parent.exists() && !writable(parent)).then(|| format!("{} is read-only", parent.display()))
}

fn writable(directory: &Path) -> bool {
    // for the superuser, what the owner asked for counts
    let marked = fs::metadata(directory).is_ok_and(|about| about.permissions().mode() & 0o222 != 0);
    marked && rustix::fs::access(directory, rustix::fs::Access::WRITE_OK).is_ok()
}
