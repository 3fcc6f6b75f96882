//! The life of one job as a pure function: no clock, no process, no file.
//!
//! Times are durations since the run began. The driver feeds [`step`] with what it sees and
//! carries out the effects.

use std::time::Duration;

use crate::model::{Deadline, Ending, JobLimits, StopStep};

/// How long a killed group may take to go before it is given up (a process in an
/// uninterruptible wait cannot be ended by anybody).
pub(super) const GIVE_UP: Duration = Duration::from_secs(5);

/// Where a started job stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum JobState {
    /// Works.
    Running(Vitals),
    /// Told to stop.
    Stopping(Vitals, Stop),
    /// Over.
    Ended(End),
}

/// What is known of a process that lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Vitals {
    /// When it started.
    pub(super) started: Duration,
    /// When it last wrote.
    pub(super) last_output: Duration,
    /// What it had written by then.
    pub(super) written: Written,
}

/// Bytes in the two spool files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Written {
    /// On standard output.
    pub(super) out: u64,
    /// On standard error.
    pub(super) err: u64,
}

impl Written {
    fn exceeds(self, cap: u64) -> bool {
        self.out > cap || self.err > cap
    }
}

/// A stop under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stop {
    /// Why.
    pub(super) why: StopWhy,
    /// How far it went.
    pub(super) stage: StopStage,
}

/// How far a stop went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StopStage {
    /// TERM was sent; KILL follows at this time.
    Termed(Duration),
    /// KILL was sent; given up at this time.
    Killed(Duration),
}

/// Why a job is stopped by us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StopWhy {
    /// The person asked.
    Cancelled,
    /// A deadline.
    Deadline(Deadline),
    /// Too much output.
    Flood,
}

impl StopWhy {
    fn ending(self) -> Ending {
        match self {
            Self::Cancelled => Ending::Cancelled,
            Self::Deadline(which) => Ending::TimedOut(which),
            Self::Flood => Ending::TooMuchOutput,
        }
    }
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct End {
    /// The ending.
    pub(super) ending: Ending,
    /// What it took.
    pub(super) stop: StopStep,
    /// From start to end.
    pub(super) elapsed: Duration,
}

/// What the driver saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// It looked at the clock and at the spool files.
    Looked(Written),
    /// The run was cancelled.
    Cancel,
    /// The run was cancelled a second time: no more grace.
    CancelNow,
    /// The leader ended.
    Exited {
        /// How.
        exit: Exit,
        /// Final sizes.
        written: Written,
        /// Whether other members of its group still lived.
        left_over: bool,
    },
}

/// How a leader ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// By itself, with this code.
    Code(i32),
    /// By a signal.
    Signal(i32),
}

/// What the driver must do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Say that it is being stopped.
    AnnounceStop,
    /// Say that it wrote.
    AnnounceProgress,
    /// TERM to the group.
    Term,
    /// KILL to the group.
    Kill,
}

/// A job that starts now.
pub(super) fn started(at: Duration) -> JobState {
    JobState::Running(Vitals {
        started: at,
        last_output: at,
        written: Written::default(),
    })
}

/// One transition at time `at`. An ended job stays as it is.
pub(super) fn step(
    state: JobState,
    at: Duration,
    input: Input,
    limits: &JobLimits,
) -> (JobState, Vec<Effect>) {
    match (state, input) {
        (ended @ JobState::Ended(_), _) => (ended, Vec::new()),
        (JobState::Running(vitals), Input::Looked(written)) => looked(vitals, at, written, limits),
        (JobState::Running(vitals), Input::Cancel) => {
            terminate(vitals, at, StopWhy::Cancelled, limits)
        }
        (JobState::Running(vitals), Input::CancelNow) => kill(vitals, at, StopWhy::Cancelled),
        (JobState::Stopping(vitals, stop), Input::Looked(written)) => {
            waited(vitals, stop, at, written)
        }
        (JobState::Stopping(vitals, stop), Input::Cancel) => {
            (JobState::Stopping(vitals, stop), Vec::new())
        }
        (JobState::Stopping(vitals, stop), Input::CancelNow) => match stop.stage {
            StopStage::Termed(_) => escalate(vitals, stop.why, at),
            StopStage::Killed(_) => (JobState::Stopping(vitals, stop), Vec::new()),
        },
        (
            JobState::Running(vitals),
            Input::Exited {
                exit,
                written,
                left_over,
            },
        ) => {
            let ending = if written.exceeds(limits.output_bytes) {
                Ending::TooMuchOutput
            } else {
                own_ending(exit)
            };
            finish(vitals, at, ending, StopStep::None, left_over)
        }
        (JobState::Stopping(vitals, stop), Input::Exited { left_over, .. }) => {
            let taken = match stop.stage {
                StopStage::Termed(_) => StopStep::Term,
                StopStage::Killed(_) => StopStep::Kill,
            };
            finish(vitals, at, stop.why.ending(), taken, left_over)
        }
    }
}

fn own_ending(exit: Exit) -> Ending {
    match exit {
        Exit::Code(0) => Ending::Answered,
        Exit::Code(code) => Ending::Exited(code),
        Exit::Signal(signal) => Ending::Signalled(signal),
    }
}

fn looked(
    mut vitals: Vitals,
    at: Duration,
    written: Written,
    limits: &JobLimits,
) -> (JobState, Vec<Effect>) {
    let mut effects = Vec::new();
    if written != vitals.written {
        vitals.written = written;
        vitals.last_output = at;
        effects.push(Effect::AnnounceProgress);
    }
    let since = |then: Duration| at.saturating_sub(then);
    let (state, more) = if written.exceeds(limits.output_bytes) {
        // whoever floods the disk gets no grace
        kill(vitals, at, StopWhy::Flood)
    } else if since(vitals.started) >= limits.hard {
        terminate(vitals, at, StopWhy::Deadline(Deadline::Hard), limits)
    } else if since(vitals.last_output) >= limits.idle {
        terminate(vitals, at, StopWhy::Deadline(Deadline::Idle), limits)
    } else {
        (JobState::Running(vitals), Vec::new())
    };
    effects.extend(more);
    (state, effects)
}

fn waited(
    mut vitals: Vitals,
    stop: Stop,
    at: Duration,
    written: Written,
) -> (JobState, Vec<Effect>) {
    vitals.written = written;
    match stop.stage {
        StopStage::Termed(kill_at) if at >= kill_at => escalate(vitals, stop.why, at),
        StopStage::Killed(give_up_at) if at >= give_up_at => {
            finish(vitals, at, stop.why.ending(), StopStep::Kill, false)
        }
        StopStage::Termed(_) | StopStage::Killed(_) => {
            (JobState::Stopping(vitals, stop), Vec::new())
        }
    }
}

fn terminate(
    vitals: Vitals,
    at: Duration,
    why: StopWhy,
    limits: &JobLimits,
) -> (JobState, Vec<Effect>) {
    let stage = StopStage::Termed(at.saturating_add(limits.grace));
    (
        JobState::Stopping(vitals, Stop { why, stage }),
        vec![Effect::AnnounceStop, Effect::Term],
    )
}

fn kill(vitals: Vitals, at: Duration, why: StopWhy) -> (JobState, Vec<Effect>) {
    let (state, mut effects) = escalate(vitals, why, at);
    effects.insert(0, Effect::AnnounceStop);
    (state, effects)
}

fn escalate(vitals: Vitals, why: StopWhy, at: Duration) -> (JobState, Vec<Effect>) {
    let stage = StopStage::Killed(at.saturating_add(GIVE_UP));
    (
        JobState::Stopping(vitals, Stop { why, stage }),
        vec![Effect::Kill],
    )
}

/// The leader is gone; what is left of its group goes at once.
fn finish(
    vitals: Vitals,
    at: Duration,
    ending: Ending,
    taken: StopStep,
    left_over: bool,
) -> (JobState, Vec<Effect>) {
    let stop = if left_over { StopStep::Kill } else { taken };
    let effects = if left_over {
        vec![Effect::Kill]
    } else {
        Vec::new()
    };
    (
        JobState::Ended(End {
            ending,
            stop,
            elapsed: at.saturating_sub(vitals.started),
        }),
        effects,
    )
}

#[cfg(test)]
mod tests;
