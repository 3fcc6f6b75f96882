//! `git agents prune`: removes old runs.

use super::args::PruneArgs;
use super::failure::Failure;
use super::{exit, output};
use crate::model::count;
use crate::pipeline;
use crate::sys::clock;

pub(super) fn prune(args: &PruneArgs) -> Result<u8, Failure> {
    let session = super::here()?;
    let runs = args.runs.unwrap_or(session.settings.keep_runs);
    let days = args.days.unwrap_or(session.settings.keep_days);
    // first, since the note of where it is goes with the run
    pipeline::sweep_snapshots(&session, None);
    let pruned = session.store.prune(runs, days, clock::now())?;
    output::stderr(&format!("agents: removed {}\n", count(pruned.runs, "run")));
    Ok(exit::CLEAN)
}
