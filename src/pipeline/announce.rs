//! A finished review asks to be told.

use super::error::PipelineError;
use super::session::Session;
use crate::model::RunId;

/// Marks the run as ready to be told, and sets the index file's time back, so
/// that the next `git status` fires a hook that tells (`agents.nudge`).
///
/// # Errors
/// When the store cannot be written.
pub fn announce(session: &Session, run: &RunId) -> Result<(), PipelineError> {
    session.store.mark_ready(run)?;
    if session.settings.nudge {
        // Without it some other command tells.
        if let Ok(Some((index, time))) = session.repo.nudge() {
            session.store.note_nudge(&index, time);
        }
    }
    Ok(())
}
