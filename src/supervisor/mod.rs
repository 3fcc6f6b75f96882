//! Runs invocations to their end: the only async code of the program.
//!
//! Promises: every job ends with exactly one [`Event::Finished`], a job that never started
//! included; no process of a job outlives it, a stopped leader's children included; memory does
//! not grow with what agents print; a job that ignores TERM is killed when its grace is over.
//!
//! Leaves to others: what an agent's output means (`backends`), what to retry (the caller, who may
//! answer an event with follow-up jobs), where the spool directories are (`store`).
//!
//! # Files, not pipes
//! A child writes straight into `raw.out` and `raw.err` of its spool directory. Chosen over pipes
//! copied in bounded buffers, because a partial answer then survives our own `kill -9`, an agent
//! that outlives us can still finish its answer, a grandchild that keeps its standard output open
//! cannot hang us, and Node programs that call `process.exit` lose nothing (they do on pipes).
//! The price: the cap is enforced by looking at the file's size, every 20 ms while output grows,
//! so a flood may touch the disk for one such interval beyond the cap before it is killed; the
//! file is cut to the cap in the end.
//!
//! # When we are killed ourselves
//! Nothing can be done in that moment without `unsafe` (a death signal needs code between fork
//! and exec). So each spool directory holds a `pgid` file while its job runs, and [`reap()`] ends
//! what it names, once it is sure that it is still the same group.

mod concurrency;
mod driver;
mod group;
mod queue;
mod reap;
mod signals;
mod spawn;
mod spool;
mod state;

use std::path::PathBuf;
use std::time::Duration;

use crate::model::{Event, Invocation, JobId};

pub use concurrency::ConcurrencyLimit;
pub use reap::{OrphanOutcome, reap};

/// One invocation to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuperviseJob {
    /// Whose.
    pub id: JobId,
    /// What to run.
    pub invocation: Invocation,
    /// An existing private directory; receives `raw.out`, `raw.err` and, while it runs, `pgid`.
    pub spool: PathBuf,
    /// How long to wait before the start, counted from when the job is handed over.
    pub delay: Duration,
}

/// How to run them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuperviseOptions {
    /// Jobs at once in this run; 0 counts as 1.
    pub per_run: usize,
    /// Jobs at once for this user, over all runs.
    pub slots: Option<ConcurrencyLimit>,
    /// A file whose appearance cancels the run.
    pub cancel_file: Option<PathBuf>,
    /// Whether Ctrl-C, TERM and HUP cancel the run. They stay caught for the rest of the
    /// process's life, since a signal's default cannot be put back without `unsafe`.
    pub handle_signals: bool,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SupervisorExit {
    /// Every job came to its own end.
    Completed,
    /// A signal cut it short.
    Interrupted,
    /// The cancel file appeared.
    Cancelled,
}

/// Why a run could not be supervised at all. A single job's trouble is its `Ending` instead.
#[derive(Debug, thiserror::Error)]
pub enum SuperviseError {
    /// The event loop could not be made.
    #[error("cannot start the event loop")]
    Runtime(#[source] std::io::Error),
    /// Signals could not be caught.
    #[error("cannot catch signals")]
    Signals(#[source] std::io::Error),
    /// The directory of slot files could not be used.
    #[error("cannot use the slot directory {}", dir.display())]
    ConcurrencyLimit {
        /// The directory.
        dir: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
}

/// Runs all jobs, and the follow-up jobs that `on_event` returns, to their ends.
///
/// Blocks the calling thread, which must not be inside another runtime. `on_event` is called on
/// that thread and should be quick: while it works, deadlines are not looked at.
///
/// # Errors
/// Only where nothing could be run; no job has been started then and none gets an event.
pub fn run(
    jobs: Vec<SuperviseJob>,
    options: &SuperviseOptions,
    on_event: &mut dyn FnMut(Event) -> Vec<SuperviseJob>,
) -> Result<SupervisorExit, SuperviseError> {
    if let Some(slots) = &options.slots {
        slots.prepare()?;
    }
    // an agent must not hold open what our caller forgot to close, such as a hook's pipe
    close_fds::set_fds_cloexec(3, &[]);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(SuperviseError::Runtime)?;
    runtime.block_on(driver::Driver::new(options, on_event)?.run(jobs))
}
