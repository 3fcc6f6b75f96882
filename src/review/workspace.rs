//! A repository with its settings and its store: what every command works on.

use std::path::Path;

use super::error::PipelineError;
use crate::git::{GitCommand, Repo};
use crate::model::{GatePolicy, ObjectId, RepoPath, Settings};
use crate::secrets::{Detector, DetectorError};
use crate::settings::entry::Scope;
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

    /// Opens a repository for the push gate, which a wrong setting must not silence: also what is
    /// wrong with the settings, where something is.
    ///
    /// # Errors
    /// When there is no repository, or it or its store is refused.
    pub(crate) fn open_for_gate(
        git_dir: &Path,
        work_tree: Option<&Path>,
    ) -> Result<(Self, Option<String>), PipelineError> {
        let repo = Repo::open(git_dir, work_tree)?;
        let store = Store::open(repo.common_dir())?;
        let (settings, faults) =
            settings::load_what_is_right(&entries(&repo)?, policy(&repo).as_deref());
        let fault = faults.first().map(ToString::to_string);
        let workspace = Self {
            repo,
            settings,
            store,
            detector: Detector::new,
        };
        Ok((workspace, fault))
    }

    /// The gate as it is set for more than one command.
    ///
    /// # Errors
    /// When git cannot read its configuration.
    pub(crate) fn standing_gate(&self) -> Result<GatePolicy, PipelineError> {
        let mut entries = entries(&self.repo)?;
        entries.retain(|entry| entry.scope != Scope::Command);
        Ok(settings::load_what_is_right(&entries, None).0.gate)
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

/// Whether the settings hold a push of which something was not reviewed, as far as they can be read.
#[must_use]
pub(crate) fn holds_unreviewed(git_dir: &Path, work_tree: Option<&Path>) -> bool {
    let Ok(repo) = Repo::open(git_dir, work_tree) else {
        return false;
    };
    let Ok(entries) = entries(&repo) else {
        return false;
    };
    let (settings, _) = settings::load_what_is_right(&entries, None);
    matches!(settings.gate, GatePolicy::Hold(_)) && settings.gate_unreviewed_holds
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
