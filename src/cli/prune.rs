//! `git agents prune`: removes old runs.

use super::args::PruneArgs;
use super::error::CommandError;
use super::{exit_code, output};
use crate::review;
use crate::sys::clock;
use crate::text::plural::count;

pub(super) fn prune(args: &PruneArgs) -> Result<u8, CommandError> {
    let workspace = super::here()?;
    let runs = args.runs.unwrap_or(workspace.settings.keep_runs);
    let days = args.days.unwrap_or(workspace.settings.keep_days);
    // first, since the note of where it is goes with the run
    review::sweep_snapshots(&workspace, None);
    let pruned = workspace.store.prune(runs, days, clock::now())?;
    output::note(&format!("agents: removed {}\n", count(pruned.runs, "run")));
    Ok(exit_code::CLEAN)
}
