//! Requests: made from what was asked, and read back.

use super::error::PipelineError;
use super::prepare::ReviewSpec;
use super::workspace::Workspace;
use crate::diff;
use crate::model::{AgentName, RunRequest, Severity, Target, TargetKind, TargetSpec, Trigger};
use crate::store::Store;
use crate::sys::clock;

/// A request for `target`, not yet on disk.
///
/// # Errors
/// When HEAD cannot be read.
pub fn new_request(
    workspace: &Workspace,
    trigger: Trigger,
    target: TargetSpec,
    agents: Vec<AgentName>,
    options: (Option<String>, Option<Severity>),
) -> Result<RunRequest, PipelineError> {
    let (backend, fail_on) = options;
    Ok(RunRequest {
        id: Store::new_run_id(),
        trigger,
        target,
        git_dir: workspace.repo.git_dir().to_owned(),
        work_tree: workspace.repo.work_tree().map(Into::into),
        head: workspace.repo.head()?,
        branch: None,
        agents,
        command: None,
        backend,
        fail_on,
        background: false,
        asked_at: clock::now(),
    })
}

/// A target that no later move of a branch changes.
pub(crate) struct Pinned {
    /// How to name it.
    pub(crate) spec: TargetSpec,
    /// What it is.
    pub(crate) target: Target,
    /// What was there to look at too and is not in it, in words.
    pub(crate) not_looked_at: Option<String>,
}

/// The target with every revision replaced by its full id, so that a run in
/// the background reviews what was named even when branches move.
///
/// # Errors
/// When a revision is unknown.
pub(crate) fn pinned(workspace: &Workspace, spec: &TargetSpec) -> Result<Pinned, PipelineError> {
    let (target, not_looked_at) = diff::resolve(&workspace.repo, spec)?;
    let text = |id: &Option<crate::model::ObjectId>| id.as_ref().map(|id| id.as_str().to_owned());
    let spec = match (target.kind, text(&target.base), text(&target.head)) {
        (TargetKind::Commit, _, Some(head)) => TargetSpec::Commit(head),
        (TargetKind::Range, Some(from), Some(to)) => TargetSpec::Range {
            from,
            to,
            symmetric: false,
        },
        (TargetKind::Staged, ..) => TargetSpec::Staged,
        (TargetKind::Worktree, ..) => TargetSpec::Worktree,
        (TargetKind::Commit | TargetKind::Range, ..) => spec.clone(),
    };
    Ok(Pinned {
        spec,
        target,
        not_looked_at,
    })
}

/// What a request asks for.
#[must_use]
pub(crate) fn spec_of(request: &RunRequest) -> ReviewSpec {
    ReviewSpec {
        target: request.target.clone(),
        agents: request.agents.clone(),
        command: request.command.clone(),
        backend: request.backend.clone(),
        background: request.background,
    }
}
