//! A finished review asks to be told.

use super::error::PipelineError;
use super::workspace::Session;
use crate::model::RunId;

/// Marks the run as ready to be told, and sets the index file's time back, so
/// that the next `git status` fires a hook that tells (`agents.nudge`).
///
/// # Errors
/// When the store cannot be written.
pub(crate) fn announce(session: &Session, run: &RunId) -> Result<(), PipelineError> {
    session.store.mark_ready(run)?;
    match session.settings.nudge.then(|| session.repo.nudge()) {
        Some(Ok(Some((index, time)))) => session.store.note_nudge(&index, time),
        Some(Ok(None)) => {}
        // Without it some other command tells.
        Some(Err(_)) | None => session.store.forget_nudge(),
    }
    Ok(())
}
