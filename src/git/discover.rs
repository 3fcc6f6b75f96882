//! Finding and opening a repository.
//!
//! libgit2 opens it, with its ownership check on. What libgit2 does not know
//! (object format, reference storage, extensions) the git program opens, again
//! with the ownership check on: neither a `GIT_DIR` of ours nor a setting is
//! used to get past a refusal. Where libgit2 refuses an owner, git is asked: it
//! knows forms of `safe.directory` that libgit2 does not.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Once;

use git2::{ErrorClass, ErrorCode, Repository, RepositoryOpenFlags};

use super::command::GitCommand;
use super::error::GitError;

/// Bytes of the paths that git prints about itself.
const ANSWER_BYTES: usize = 64 * 1024;

/// Variables that would give libgit2 another place than the one asked for.
const PLACE_VARIABLES: [&str; 5] = [
    "GIT_WORK_TREE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_COMMON_DIR",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
];

/// Where a repository is, and what can read it. Paths are absolute.
pub(super) struct Found {
    pub(super) git_dir: PathBuf,
    pub(super) common_dir: PathBuf,
    pub(super) work_tree: Option<PathBuf>,
    pub(super) index_file: Option<PathBuf>,
    pub(super) libgit2: Result<Repository, String>,
    pub(super) sha256: bool,
}

/// Searches from `start` upwards; at the current directory the `GIT_*` place
/// variables hold, as they do for git.
pub(super) fn search(start: &Path) -> Result<Found, GitError> {
    let start = absolute(start)?;
    let here = std::env::current_dir()
        .ok()
        .and_then(|d| d.canonicalize().ok());
    let at_cwd = here.is_some() && start.canonicalize().ok() == here;
    if at_cwd && let Some(git_dir) = place("GIT_DIR") {
        let mut found = open_at(&git_dir, place("GIT_WORK_TREE").as_deref())?;
        found.index_file = place("GIT_INDEX_FILE");
        if place("GIT_WORK_TREE").is_none() && is_plain(&found) {
            found.work_tree = here;
        }
        return Ok(found);
    }
    let mut flags = RepositoryOpenFlags::empty();
    if at_cwd || env_is_neutral() {
        flags |= RepositoryOpenFlags::FROM_ENV;
    }
    let mut found = match open_with_libgit2(&start, flags) {
        Ok(repository) => describe(repository)?,
        Err(error) => ask_git(&start, &error)?,
    };
    refuse_implicit_bare(&found)?;
    if at_cwd {
        found.index_file = place("GIT_INDEX_FILE");
    }
    Ok(found)
}

/// Opens exactly this git directory.
pub(super) fn open_at(git_dir: &Path, work_tree: Option<&Path>) -> Result<Found, GitError> {
    let git_dir = absolute(git_dir)?;
    let mut flags = RepositoryOpenFlags::NO_SEARCH | RepositoryOpenFlags::CROSS_FS;
    if env_is_neutral() {
        flags |= RepositoryOpenFlags::FROM_ENV;
    }
    let mut found = match open_with_libgit2(&git_dir, flags) {
        Ok(repository) => describe(repository)?,
        Err(error) => ask_git(&git_dir, &error)?,
    };
    if let Some(work_tree) = work_tree {
        found.work_tree = Some(absolute(work_tree)?);
        // libgit2 scans no work tree of a bare repository, as people have it for their dotfiles.
        if found.libgit2.as_ref().is_ok_and(Repository::is_bare) {
            found.libgit2 = Err("a bare repository with a work tree".to_owned());
        }
    }
    Ok(found)
}

fn open_with_libgit2(start: &Path, flags: RepositoryOpenFlags) -> Result<Repository, git2::Error> {
    static ONCE: Once = Once::new();
    // git itself does not hash every object it reads; for trees it is the larger part of the time
    ONCE.call_once(|| git2::opts::strict_hash_verification(false));
    let ceilings = std::env::var_os("GIT_CEILING_DIRECTORIES").unwrap_or_default();
    Repository::open_ext(
        start,
        flags,
        std::env::split_paths(&ceilings).filter(|p| p.is_absolute()),
    )
}

fn describe(repository: Repository) -> Result<Found, GitError> {
    let git_dir = absolute(repository.path())?;
    let common_dir = absolute(repository.commondir())?;
    let work_tree = repository.workdir().map(absolute).transpose()?;
    Ok(Found {
        git_dir,
        common_dir,
        work_tree,
        index_file: None,
        libgit2: Ok(repository),
        sha256: false,
    })
}

/// What git says of a place that libgit2 could not open.
fn ask_git(start: &Path, error: &git2::Error) -> Result<Found, GitError> {
    match (error.code(), error.class()) {
        (ErrorCode::NotFound, class) if class == ErrorClass::Repository || !start.exists() => {
            return Err(GitError::NotARepository {
                start: start.to_path_buf(),
            });
        }
        _ => {}
    }
    let directory = if start.is_dir() {
        start
    } else {
        start.parent().unwrap_or(start)
    };
    let questions = [
        "rev-parse",
        "--path-format=absolute",
        "--git-dir",
        "--git-common-dir",
        "--show-object-format",
        "--is-bare-repository",
    ];
    let answer = GitCommand::searching(directory)
        .args(questions)
        .output(ANSWER_BYTES);
    let answer = answer.map_err(|failed| match refusal(failed, start) {
        // libgit2 names the path as `safe.directory` wants it.
        GitError::DubiousOwnership { .. } if error.code() == ErrorCode::Owner => {
            GitError::DubiousOwnership {
                path: named_path(error, start),
            }
        }
        other => other,
    })?;
    let mut lines = answer.split(|b| *b == b'\n');
    let mut next = || lines.next().filter(|l| !l.is_empty()).map(|l| l.to_vec());
    let (Some(git_dir), Some(common_dir), Some(format), Some(bare)) =
        (next(), next(), next(), next())
    else {
        return Err(GitError::NotARepository {
            start: start.to_path_buf(),
        });
    };
    let work_tree = if bare == b"true" {
        None
    } else {
        top_level(directory)
    };
    Ok(Found {
        git_dir: path(&git_dir),
        common_dir: path(&common_dir),
        work_tree,
        index_file: None,
        libgit2: Err(error.message().to_owned()),
        sha256: format == b"sha256",
    })
}

/// The work tree's top; none where git knows none, for instance inside `.git`.
fn top_level(directory: &Path) -> Option<PathBuf> {
    let ask = |dir: &Path| {
        let answer = GitCommand::searching(dir)
            .args(["rev-parse", "--show-toplevel"])
            .output(ANSWER_BYTES)
            .ok()?;
        answer
            .strip_suffix(b"\n")
            .filter(|top| !top.is_empty())
            .map(path)
    };
    ask(directory).or_else(|| {
        let beside = directory.file_name() == Some(OsStr::new(".git"));
        beside.then(|| directory.parent().and_then(ask)).flatten()
    })
}

/// git's own refusals, told apart.
fn refusal(error: GitError, start: &Path) -> GitError {
    let GitError::Failed { detail, .. } = &error else {
        return error;
    };
    if detail.contains("dubious ownership") {
        return GitError::DubiousOwnership {
            path: quoted(detail).unwrap_or_else(|| start.to_path_buf()),
        };
    }
    if detail.contains("not a git repository") {
        return GitError::NotARepository {
            start: start.to_path_buf(),
        };
    }
    error
}

/// `safe.bareRepository=explicit`, a setting of the person's own levels only.
fn refuse_implicit_bare(found: &Found) -> Result<(), GitError> {
    let inside_git_dir = found.git_dir.components().any(|c| c.as_os_str() == ".git");
    if found.work_tree.is_some() || inside_git_dir {
        return Ok(());
    }
    let Ok(repository) = &found.libgit2 else {
        return Ok(());
    };
    let config = repository
        .config()
        .map_err(GitError::libgit2("read the configuration"))?;
    let explicit = [
        git2::ConfigLevel::Global,
        git2::ConfigLevel::XDG,
        git2::ConfigLevel::System,
    ]
    .iter()
    .any(|level| {
        let value = config
            .open_level(*level)
            .and_then(|c| c.get_string("safe.bareRepository"));
        value.is_ok_and(|v| v == "explicit")
    });
    if explicit {
        Err(GitError::BareRepositoryRefused {
            path: found.git_dir.clone(),
        })
    } else {
        Ok(())
    }
}

/// Whether nothing but the current directory says where the work tree is.
fn is_plain(found: &Found) -> bool {
    let Ok(repository) = &found.libgit2 else {
        return false;
    };
    let configured = repository
        .config()
        .and_then(|c| c.get_path("core.worktree"))
        .is_ok();
    !repository.is_bare() && !repository.is_worktree() && !configured
}

fn env_is_neutral() -> bool {
    PLACE_VARIABLES
        .iter()
        .all(|name| std::env::var_os(name).is_none())
}

/// A place variable, made absolute; none when it is unset or empty.
fn place(name: &str) -> Option<PathBuf> {
    let value = std::env::var_os(name).filter(|v| !v.is_empty())?;
    std::path::absolute(value).ok()
}

/// The path in quotes in libgit2's refusal, as `safe.directory` wants it.
fn named_path(error: &git2::Error, start: &Path) -> PathBuf {
    quoted(error.message()).unwrap_or_else(|| start.to_path_buf())
}

fn quoted(text: &str) -> Option<PathBuf> {
    let from = text.find('\'')? + 1;
    let to = from + text[from..].find('\'')?;
    Some(PathBuf::from(text[from..to].trim_end_matches('/')))
}

fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(bytes))
}

/// Absolute and without a trailing slash; symlinks stay, as git shows them.
fn absolute(path: &Path) -> Result<PathBuf, GitError> {
    let path = std::path::absolute(path).map_err(GitError::io("resolve a path"))?;
    Ok(path.components().collect())
}
