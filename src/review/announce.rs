//! A finished review asks to be told.

use super::error::PipelineError;
use super::workspace::Workspace;
use crate::model::RunId;

/// Marks the run as ready to be told, and sets the index file's time back, so
/// that the next `git status` fires a hook that tells (`agents.nudge`).
///
/// # Errors
/// When the store cannot be written.
pub(crate) fn announce(workspace: &Workspace, run: &RunId) -> Result<(), PipelineError> {
    workspace.store.mark_ready(run)?;
    match workspace.settings.nudge.then(|| workspace.repo.nudge()) {
        Some(Ok(Some((index, time)))) => workspace.store.note_nudge(&index, time),
        Some(Ok(None)) => {}
        // Without it some other command tells.
        Some(Err(_)) | None => workspace.store.forget_nudge(),
    }
    Ok(())
}
