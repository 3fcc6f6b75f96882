//! `git agents cancel`: stops runs; what was answered is kept.

use super::args::CancelArgs;
use super::error::Failure;
use super::runs::{self, Standing};
use super::{exit_code, output, worker};
use crate::model::{RunId, RunPhase, RunState};
use crate::review::Session;
use crate::sys::clock;

pub(super) fn cancel(args: &CancelArgs) -> Result<u8, Failure> {
    let session = super::here()?;
    let chosen = choose(&session, args)?;
    if chosen.is_empty() {
        output::stderr("agents: nothing runs\n");
        return Ok(exit_code::CLEAN);
    }
    for id in &chosen {
        session.store.request_cancel(id)?;
        // Nobody may be there to read the request: then the state is ours to write.
        if let Some(_lock) = session.store.lock_run(id)? {
            worker::reap(&session.store, id);
            let attempts = session.store.state(id).map_or(0, |state| state.attempts);
            let state = RunState {
                phase: RunPhase::Cancelled,
                attempts,
                since: clock::now(),
            };
            session.store.set_state(id, &state)?;
        }
        output::stderr(&format!(
            "agents: cancelled {}; answers that came in are kept\n",
            id.short()
        ));
    }
    Ok(exit_code::CLEAN)
}

fn choose(session: &Session, args: &CancelArgs) -> Result<Vec<RunId>, Failure> {
    if let Some(text) = &args.run {
        let id = runs::named(session, text)?;
        if runs::standing(session, &id) == Standing::Over {
            return Err(Failure::usage(format!("run {} is over", id.short()))
                .hint("`git agents status` shows what runs"));
        }
        return Ok(vec![id]);
    }
    let mut unfinished = session.store.run_ids();
    unfinished.retain(|id| runs::standing(session, id) != Standing::Over);
    if unfinished.len() > 1 && !args.all {
        return Err(
            Failure::usage(format!("{} reviews are not over", unfinished.len()))
                .hint("name one from `git agents status`, or `git agents cancel --all`"),
        );
    }
    Ok(unfinished)
}
