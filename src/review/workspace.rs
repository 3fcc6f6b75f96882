//! A repository with its settings and its store: what every command works on.

use std::path::Path;

use super::error::PipelineError;
use crate::git::{GitCommand, Repo};
use crate::model::{ObjectId, RepoPath, Settings};
use crate::secrets::{Detector, DetectorError};
use crate::settings::{self, ConfigEntry};
use crate::store::Store;

/// Bound of `git config --list`, bytes.
const CONFIG_BYTES: usize = 8 << 20;
/// Bound of `.gitagents.toml`, bytes.
const POLICY_BYTES: u64 = 256 << 10;

/// An open repository.
pub struct Workspace {
    /// The repository.
    pub repo: Repo,
    /// Its settings, the tracked policy applied.
    pub settings: Settings,
    /// Its store.
    pub store: Store,
    /// How secrets are looked for: a review asks nobody outside this machine when it fails.
    pub detector: fn() -> Result<Detector, DetectorError>,
}

impl Workspace {
    /// Opens the repository that holds `start`.
    ///
    /// # Errors
    /// When there is none, it is refused, or a setting is wrong.
    pub fn discover(start: &Path) -> Result<Self, PipelineError> {
        Self::of(Repo::discover(start)?)
    }

    /// Opens a repository by its git directory, as a request names it.
    ///
    /// # Errors
    /// As [`Workspace::discover`].
    pub fn open(git_dir: &Path, work_tree: Option<&Path>) -> Result<Self, PipelineError> {
        Self::of(Repo::open(git_dir, work_tree)?)
    }

    fn of(repo: Repo) -> Result<Self, PipelineError> {
        let store = Store::open(repo.common_dir())?;
        let settings = load_settings(&repo)?;
        Ok(Self {
            repo,
            settings,
            store,
            detector: Detector::new,
        })
    }
}

/// Every git config entry in force, with its origin.
///
/// # Errors
/// When git cannot read its configuration.
pub(crate) fn config_entries(workspace: &Workspace) -> Result<Vec<ConfigEntry>, PipelineError> {
    entries(&workspace.repo)
}

fn entries(repo: &Repo) -> Result<Vec<ConfigEntry>, PipelineError> {
    let list = ["config", "--list", "-z", "--show-scope", "--show-origin"];
    let output = GitCommand::new(repo)
        .keep_user_config()
        .args(list)
        .output(CONFIG_BYTES)?;
    Ok(settings::parse_config_list(&output, repo.work_tree()))
}

fn load_settings(repo: &Repo) -> Result<Settings, PipelineError> {
    Ok(settings::load(&entries(repo)?, policy(repo).as_deref())?)
}

/// The tracked policy, from the merge base with the upstream, else from the first
/// parent of HEAD: never from the newest commit, which may be the one under review.
fn policy(repo: &Repo) -> Option<Vec<u8>> {
    let base = upstream_base(repo).or_else(|| repo.resolve_commit("HEAD^").ok())?;
    repo.read_blob(&base, &RepoPath::from(".gitagents.toml"), POLICY_BYTES)
        .ok()
        .flatten()
}

fn upstream_base(repo: &Repo) -> Option<ObjectId> {
    let upstream = repo.upstream()?;
    let head = repo.resolve_commit("HEAD").ok()?;
    repo.merge_base(&upstream, &head).ok().flatten()
}
