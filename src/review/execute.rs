//! From prompts to answers: what is missing is started, and every answer is on
//! disk before it is used. The [`schedule`] decides, the [`driver`] performs.

pub(crate) mod answers;
pub(crate) mod budget;
pub(crate) mod cache_warmup;
pub(crate) mod driver;
pub(crate) mod retry;
pub(crate) mod schedule;
pub(crate) mod split;
pub(crate) mod task;

use std::time::{Duration, Instant};

use super::error::PipelineError;
use super::execute::driver::Driver;
use super::prepare::Prepared;
use super::workspace::Workspace;
use crate::findings::JobResult;
use crate::model::{AgentLine, Event, JobId, RunId, RunRequest};
use crate::store;
use crate::supervisor;
use crate::supervisor::{ConcurrencyLimit, SuperviseJob, SuperviseOptions, SupervisorExit};

/// Told what happens, as it happens. Every method may be left out.
pub trait Observer {
    /// The change is read and the prompts are written; nothing has started.
    fn prepared(&mut self, _prepared: &Prepared) {}
    /// The supervisor's events.
    fn event(&mut self, _event: &Event) {}
    /// A job came to its end; its answer is on disk.
    fn settled(&mut self, _job: &JobId, _line: &AgentLine, _reused: bool) {}
}

/// Tells nobody.
pub struct Silent;

impl Observer for Silent {}

/// All answers.
pub(crate) struct Executed {
    /// One for each part of work, in order, then the offline reviewer's facts.
    pub results: Vec<JobResult>,
    /// One line for each part of work.
    pub lines: Vec<AgentLine>,
    /// Notes for people: what agents that read a snapshot did and were not given, what no budget can count.
    pub notes: Vec<String>,
    /// Whether work waits because the money of the day is spent.
    pub over_daily_budget: bool,
    /// How the supervisor ended.
    pub finish: SupervisorExit,
    /// From the first start to the last end.
    pub elapsed: Duration,
}

/// Runs what has no answer yet.
///
/// # Errors
/// When the store cannot be written or the supervisor cannot work.
pub(crate) fn execute(
    workspace: &Workspace,
    request: &RunRequest,
    prepared: &Prepared,
    fresh: bool,
    observer: &mut dyn Observer,
) -> Result<Executed, PipelineError> {
    let started = Instant::now();
    let mut driver = Driver::new(workspace, request, prepared, fresh);
    let jobs = driver.open(observer)?;
    let finish = match jobs.is_empty() {
        true => SupervisorExit::Completed,
        false => run(workspace, &request.id, &mut driver, (jobs, observer))?,
    };
    Ok(Executed {
        results: driver.results(),
        lines: driver.lines(),
        over_daily_budget: driver.is_over_daily_budget(),
        finish,
        elapsed: started.elapsed(),
        notes: driver.finish(),
    })
}

fn run(
    workspace: &Workspace,
    run: &RunId,
    driver: &mut Driver<'_>,
    (jobs, observer): (Vec<SuperviseJob>, &mut dyn Observer),
) -> Result<SupervisorExit, PipelineError> {
    let settings = &workspace.settings;
    let options = SuperviseOptions {
        per_run: settings.jobs,
        slots: store::slots_dir().map(|dir| ConcurrencyLimit {
            dir,
            count: settings.jobs,
        }),
        cancel_file: Some(workspace.store.cancel_file(run)),
        handle_signals: true,
    };
    let mut fault = None;
    let finish = supervisor::run(jobs, &options, &mut |event| {
        observer.event(&event);
        let more = match &event {
            Event::Finished(outcome) => driver.ended(outcome, observer),
            Event::Progress { job, .. } => driver.output_started(job, observer),
            Event::Waiting(_) | Event::Started(_) | Event::Stopping(_) | Event::Tick => {
                Ok(Vec::new())
            }
        };
        more.unwrap_or_else(|error| {
            fault.get_or_insert(error);
            Vec::new()
        })
    })?;
    fault.map_or(Ok(finish), Err)
}
