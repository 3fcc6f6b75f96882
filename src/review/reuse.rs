//! Results that hold for a commit because the same change was reviewed before,
//! under another id: after amend, rebase, cherry-pick, in another worktree.
//!
//! Chosen: the lines of the change with their context, paths and modes, and who
//! reviews with which definition and backend. Rejected: git's patch id alone,
//! which ignores white space.

use super::cache_key::hunks;
use super::error::PipelineError;
use super::prepare::definitions::definitions;
use super::workspace::Workspace;
use crate::diff;
use crate::diff::{CaptureLimits, CaptureRequest};
use crate::model::digest::FieldDigest;
use crate::model::{ObjectId, ReportState, RunId, TargetSpec};
use crate::report::json;
use crate::store::Seal;

/// Finds and keeps results by what a commit changes.
pub(crate) struct ChangeReuse<'a> {
    workspace: &'a Workspace,
    reviewers: Vec<u8>,
}

impl<'a> ChangeReuse<'a> {
    /// For the reviewers that the settings name.
    ///
    /// # Errors
    /// When a definition file is malformed.
    pub(crate) fn new(workspace: &'a Workspace) -> Result<Self, PipelineError> {
        let settings = &workspace.settings;
        let known = definitions(workspace)?.agents;
        let mut reviewers = Vec::new();
        for name in &settings.enabled {
            let digest = known
                .iter()
                .find(|known| known.name == *name)
                .map_or("", |known| known.digest.as_str());
            let model = settings.model_of(name).unwrap_or_default();
            reviewers.extend_from_slice(
                format!("{name} {digest} {} {model}\n", settings.backend_of(name)).as_bytes(),
            );
        }
        Ok(Self {
            workspace,
            reviewers,
        })
    }

    /// The complete review of the same change, or the run that is at it; noted
    /// for this commit too.
    pub(crate) fn carry(&self, commit: &ObjectId) -> Option<RunId> {
        let key = self.key(commit)?;
        let run = self.workspace.store.run_for_key(&key)?;
        if self.workspace.store.seal_of_key(&key) == Seal::Broken {
            return None;
        }
        let holds = self.workspace.store.is_unfinished(&run) || is_complete(self.workspace, &run);
        if !holds {
            self.workspace.store.release_key(&key, &run);
            return None;
        }
        // Without the note it is found by its lines again.
        let _ = self.workspace.store.set_run_of_commit(commit, &run);
        Some(run)
    }

    /// Gives the commit's change to `run`, or says who has it already; notes for the commit who it is.
    ///
    /// # Errors
    /// The store cannot be written.
    pub(crate) fn claim(
        &self,
        commit: &ObjectId,
        run: &RunId,
    ) -> Result<Option<RunId>, PipelineError> {
        if let Some(key) = self.key(commit)
            && let Some(other) = self.workspace.store.claim_key(&key, run)?
        {
            self.workspace.store.set_run_of_commit(commit, &other)?;
            return Ok(Some(other));
        }
        self.workspace.store.set_run_of_commit(commit, run)?;
        Ok(None)
    }

    /// None for a change without a line, or one that cannot be read whole.
    fn key(&self, commit: &ObjectId) -> Option<String> {
        let spec = TargetSpec::Commit(commit.to_string());
        let settings = &self.workspace.settings;
        let exclude: Vec<String> = settings
            .exclude
            .iter()
            .chain(&settings.policy.exclude)
            .cloned()
            .collect();
        let request = CaptureRequest {
            spec: &spec,
            limits: CaptureLimits::default(),
            exclude: &exclude,
        };
        let capture = diff::capture(&self.workspace.repo, &request).ok()?;
        let change = &capture.change;
        if change.files.is_empty() || change.skipped.iter().any(|skipped| skipped.reason.is_gap()) {
            return None;
        }
        let mut digest = FieldDigest::default();
        digest.field("commit-1");
        digest.field(&self.reviewers);
        hunks(change, None, &mut digest);
        for lock in &capture.lock_blobs {
            digest.field(lock.path.as_bytes());
            digest.field(lock.old.as_deref().unwrap_or_default());
            digest.field(lock.new.as_deref().unwrap_or_default());
        }
        Some(digest.finish())
    }
}

/// Whether this commit has a report.
#[must_use]
pub(crate) fn is_reviewed(workspace: &Workspace, commit: &ObjectId) -> bool {
    workspace
        .store
        .run_of_commit(commit)
        .is_some_and(|run| workspace.store.report(&run).is_some())
}

fn is_complete(workspace: &Workspace, run: &RunId) -> bool {
    let report = workspace
        .store
        .report(run)
        .and_then(|bytes| json::read(&bytes).ok());
    report.is_some_and(|report| report.state != ReportState::Incomplete)
}
