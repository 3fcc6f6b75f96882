//! The loop that owns a run: it sees, asks [`step`], and does what comes out.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

use crate::model::{Ending, Event, JobId, JobLimits, Outcome, StopStep};

use super::concurrency::Permit;
use super::group::Group;
use super::queue::Queue;
use super::reap;
use super::signals::Signals;
use super::spawn::{Launched, launch};
use super::spool::{OutputFiles, PrivateDir};
use super::state::{Effect, End, Exit, Input, JobState, started, step};
use super::{SuperviseError, SuperviseJob, SuperviseOptions, SupervisorExit};

/// Between two looks at everything; also the live view's beat.
const TICK: Duration = Duration::from_millis(100);
/// Between two looks at the spool files while one of them grows.
const GROWING: Duration = Duration::from_millis(20);

/// Tells jobs of one run apart: a retry has the same `JobId`.
type Key = u64;
type ExitNotice = (Key, io::Result<ExitStatus>);

/// A run under way.
pub(super) struct Driver<'a> {
    options: &'a SuperviseOptions,
    on_event: &'a mut dyn FnMut(Event) -> Vec<SuperviseJob>,
    begun: Instant,
    queue: Queue,
    active: BTreeMap<Key, Active>,
    next_key: Key,
    exits: UnboundedReceiver<ExitNotice>,
    exit_sender: UnboundedSender<ExitNotice>,
    signals: Signals,
    /// Set once the run is cut short, to how.
    cut: Option<SupervisorExit>,
    next_look: Duration,
    next_tick: Duration,
    is_growing: bool,
}

/// A started job.
struct Active {
    id: JobId,
    limits: JobLimits,
    spool_dir: PathBuf,
    state: JobState,
    group: Group,
    spool: OutputFiles,
    feeder: JoinHandle<()>,
    _private: PrivateDir,
    _slot: Option<Permit>,
}

/// What woke the loop.
enum Wake {
    Exit(ExitNotice),
    Signal,
    Time,
}

/// Whether a slot for this user could be had.
enum SlotAnswer {
    Free(Option<Permit>),
    Full,
    Failed(io::Error),
}

impl<'a> Driver<'a> {
    /// Must be called inside the runtime.
    pub(super) fn new(
        options: &'a SuperviseOptions,
        on_event: &'a mut dyn FnMut(Event) -> Vec<SuperviseJob>,
    ) -> Result<Self, SuperviseError> {
        let (exit_sender, exits) = unbounded_channel();
        Ok(Self {
            options,
            on_event,
            begun: Instant::now(),
            queue: Queue::default(),
            active: BTreeMap::new(),
            next_key: 0,
            exits,
            exit_sender,
            signals: Signals::none(),
            cut: None,
            next_look: GROWING,
            next_tick: TICK,
            is_growing: false,
        })
    }

    /// Runs everything to its end.
    pub(super) async fn run(
        mut self,
        jobs: Vec<SuperviseJob>,
    ) -> Result<SupervisorExit, SuperviseError> {
        if self.options.handle_signals {
            self.signals = Signals::of_a_run().map_err(SuperviseError::Signals)?;
        }
        self.queue.add(jobs, self.now());
        loop {
            self.look_for_cancel_file();
            self.start_what_can_start();
            self.announce_waiting();
            if self.queue.is_empty() && self.active.is_empty() {
                return Ok(self.cut.unwrap_or(SupervisorExit::Completed));
            }
            match self.wake().await {
                Wake::Exit(notice) => self.exited(notice),
                Wake::Signal => self.signalled(),
                Wake::Time => self.look(),
            }
        }
    }

    async fn wake(&mut self) -> Wake {
        let pause = self.next_look.saturating_sub(self.now());
        tokio::select! {
            biased;
            () = self.signals.next() => Wake::Signal,
            Some(notice) = self.exits.recv() => Wake::Exit(notice),
            () = tokio::time::sleep(pause) => Wake::Time,
        }
    }

    fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    fn emit(&mut self, event: Event) {
        let follow_ups = (self.on_event)(event);
        let now = self.now();
        self.queue.add(follow_ups, now);
    }

    fn announce_waiting(&mut self) {
        for id in self.queue.unannounced() {
            self.emit(Event::Waiting(id));
        }
    }

    fn start_what_can_start(&mut self) {
        if self.cut.is_some() {
            while let Some(job) = self.queue.take_any() {
                self.never_started(job, Ending::Cancelled);
            }
            return;
        }
        while self.active.len() < self.options.per_run.max(1) && self.queue.has_ready(self.now()) {
            let slot = self.take_slot();
            if matches!(slot, SlotAnswer::Full) {
                return;
            }
            let Some(job) = self.queue.take_ready(self.now()) else {
                return;
            };
            match slot {
                SlotAnswer::Free(slot) => self.start(job, slot),
                SlotAnswer::Failed(error) => {
                    self.never_started(
                        job,
                        Ending::NotStarted(format!("cannot take a slot: {error}")),
                    );
                }
                SlotAnswer::Full => {}
            }
        }
    }

    fn take_slot(&self) -> SlotAnswer {
        match self
            .options
            .slots
            .as_ref()
            .map(|slots| slots.take(self.active.len()))
        {
            None => SlotAnswer::Free(None),
            Some(Ok(None)) => SlotAnswer::Full,
            Some(Ok(slot)) => SlotAnswer::Free(slot),
            Some(Err(error)) => SlotAnswer::Failed(error),
        }
    }

    fn start(&mut self, job: SuperviseJob, slot: Option<Permit>) {
        let (id, limits, spool_dir) = (job.id.clone(), job.invocation.limits, job.spool.clone());
        match launch(job) {
            Ok(launched) => self.adopt(id, limits, spool_dir, launched, slot),
            Err(why) => self.emit(Event::Finished(outcome(
                id,
                &spool_dir,
                unstarted(Ending::NotStarted(why)),
            ))),
        }
    }

    fn adopt(
        &mut self,
        id: JobId,
        limits: JobLimits,
        spool_dir: PathBuf,
        launched: Launched,
        slot: Option<Permit>,
    ) {
        let Launched {
            mut child,
            group,
            spool,
            feeder,
            private,
        } = launched;
        let key = self.next_key;
        self.next_key += 1;
        let sender = self.exit_sender.clone();
        tokio::spawn(async move {
            let status = child.wait().await;
            // the run is over when nobody listens any more
            let _ = sender.send((key, status));
        });
        let state = started(self.now());
        let active = Active {
            id: id.clone(),
            limits,
            spool_dir,
            state,
            group,
            spool,
            feeder,
            _private: private,
            _slot: slot,
        };
        self.active.insert(key, active);
        self.emit(Event::Started(id));
    }

    fn never_started(&mut self, job: SuperviseJob, ending: Ending) {
        self.emit(Event::Finished(outcome(
            job.id,
            &job.spool,
            unstarted(ending),
        )));
    }

    fn exited(&mut self, (key, status): ExitNotice) {
        let Some(active) = self.active.get(&key) else {
            return;
        };
        let exit = match status {
            Ok(status) => status
                .code()
                .map_or(Exit::Signal(status.signal().unwrap_or(0)), Exit::Code),
            // nobody can say any more how it ended
            Err(_) => Exit::Signal(0),
        };
        let left_over = active.group.has_members();
        let written = active.spool.written();
        self.feed(
            key,
            Input::Exited {
                exit,
                written,
                left_over,
            },
        );
    }

    fn signalled(&mut self) {
        self.drain_exits();
        let input = if self.cut.is_some() {
            Input::CancelNow
        } else {
            Input::Cancel
        };
        self.cut = Some(SupervisorExit::Interrupted);
        self.feed_all(|_| input);
    }

    fn look_for_cancel_file(&mut self) {
        let appeared = self
            .options
            .cancel_file
            .as_ref()
            .is_some_and(|path| path.symlink_metadata().is_ok());
        if appeared && self.cut.is_none() {
            self.drain_exits();
            self.cut = Some(SupervisorExit::Cancelled);
            self.feed_all(|_| Input::Cancel);
        }
    }

    /// An answer that is already there must not be called cancelled.
    fn drain_exits(&mut self) {
        while let Ok(notice) = self.exits.try_recv() {
            self.exited(notice);
        }
    }

    fn look(&mut self) {
        self.is_growing = false;
        self.feed_all(|active| Input::Looked(active.spool.written()));
        let now = self.now();
        self.next_look = now + if self.is_growing { GROWING } else { TICK };
        if now >= self.next_tick {
            self.next_tick = now + TICK;
            self.emit(Event::Tick);
        }
    }

    fn feed_all(&mut self, input: impl Fn(&Active) -> Input) {
        let inputs: Vec<(Key, Input)> = self
            .active
            .iter()
            .map(|(key, active)| (*key, input(active)))
            .collect();
        for (key, input) in inputs {
            self.feed(key, input);
        }
    }

    /// One transition of one job, and what follows from it.
    fn feed(&mut self, key: Key, input: Input) {
        let now = self.now();
        let Some(active) = self.active.get_mut(&key) else {
            return;
        };
        let (state, effects) = step(active.state.clone(), now, input, &active.limits);
        active.state = state;
        for effect in effects {
            self.perform(key, effect);
        }
        self.finish_if_ended(key);
    }

    fn perform(&mut self, key: Key, effect: Effect) {
        let Some(active) = self.active.get(&key) else {
            return;
        };
        match effect {
            Effect::Term => active.group.terminate(),
            Effect::Kill => active.group.kill(),
            Effect::AnnounceStop => self.emit(Event::Stopping(active.id.clone())),
            Effect::AnnounceProgress => {
                self.is_growing = true;
                let event = Event::Progress {
                    job: active.id.clone(),
                    bytes: active.spool.written().out,
                };
                self.emit(event);
            }
        }
    }

    fn finish_if_ended(&mut self, key: Key) {
        let Some(JobState::Ended(end)) = self.active.get(&key).map(|a| a.state.clone()) else {
            return;
        };
        if let Some(active) = self.active.remove(&key) {
            active.feeder.abort();
            active.spool.cut(active.limits.output_bytes);
            reap::forget(&active.spool_dir);
            let event = Event::Finished(outcome(active.id.clone(), &active.spool_dir, end));
            // directory and slot are given back before anybody hears of the end
            drop(active);
            self.emit(event);
        }
    }
}

impl Drop for Driver<'_> {
    /// Nothing is active at the end of a run; a panic in the caller's closure must not leave agents behind.
    fn drop(&mut self) {
        for active in self.active.values() {
            active.group.kill();
            reap::forget(&active.spool_dir);
        }
    }
}

fn unstarted(ending: Ending) -> End {
    End {
        ending,
        stop: StopStep::None,
        elapsed: Duration::ZERO,
    }
}

fn outcome(job: JobId, spool: &std::path::Path, end: End) -> Outcome {
    Outcome {
        job,
        ending: end.ending,
        stdout: OutputFiles::stdout_path(spool),
        stderr: OutputFiles::stderr_path(spool),
        elapsed: end.elapsed,
        stop: end.stop,
    }
}
