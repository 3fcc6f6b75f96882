//! `git agents cancel`: stops runs; what was answered is kept.

use super::args::CancelArgs;
use super::error::CommandError;
use super::runs::{self, Activity};
use super::{exit_code, output, worker};
use crate::model::{RunId, RunRecord, RunState};
use crate::review::Workspace;
use crate::sys::clock;

pub(super) fn cancel(args: &CancelArgs) -> Result<u8, CommandError> {
    let workspace = super::here()?;
    let chosen = choose(&workspace, args)?;
    if chosen.is_empty() {
        output::note("agents: no reviews are running\n");
        return Ok(exit_code::CLEAN);
    }
    for id in &chosen {
        workspace.store.request_cancel(id)?;
        // Nobody may be there to read the request: then the state is ours to write.
        if let Some(_lock) = workspace.store.lock_run(id)? {
            worker::reap(&workspace.store, id);
            let attempts = workspace.store.state(id).map_or(0, |state| state.attempts);
            let state = RunRecord {
                phase: RunState::Cancelled,
                attempts,
                since: clock::now(),
            };
            workspace.store.set_state(id, &state)?;
        }
        output::note(&format!(
            "agents: run {} was cancelled. Answers that had already come in were saved.\n",
            id.short()
        ));
    }
    Ok(exit_code::CLEAN)
}

fn choose(workspace: &Workspace, args: &CancelArgs) -> Result<Vec<RunId>, CommandError> {
    if let Some(text) = &args.run {
        let id = runs::named(workspace, text)?;
        if runs::standing(workspace, &id) == Activity::Over {
            return Err(
                CommandError::usage(format!("run {} has already ended", id.short()))
                    .hint("`git agents status` shows the reviews that are running"),
            );
        }
        return Ok(vec![id]);
    }
    let mut unfinished = workspace.store.run_ids();
    unfinished.retain(|id| runs::standing(workspace, id) != Activity::Over);
    if unfinished.len() > 1 && !args.all {
        return Err(CommandError::usage(format!(
            "{} reviews have not ended yet",
            unfinished.len()
        ))
        .hint("`git agents cancel RUN` stops one of them; `git agents status` lists them")
        .hint("`git agents cancel --all` stops all of them"));
    }
    Ok(unfinished)
}
