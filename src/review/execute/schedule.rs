//! The schedule of one review: what waits, what runs, what has ended, and what follows each ending.
//!
//! Promises: pure. [`step`] takes the schedule and one input and gives the schedule after it with
//! the effects to perform, in their order. Every task settles exactly once; never more tasks are in
//! flight than the policy allows; no backend is asked more than [`ATTEMPTS`] times for one task;
//! nothing starts after a task was cancelled. Leaves to the driver: processes, files, money, and
//! what an answer says.
//!
//! Chosen: the money of the day is not known here, because other processes spend it too. The driver
//! looks at it just before a start, and a refusal comes back as [`Input::NotStarted`].

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::model::Ending;
use crate::model::report::OFFLINE;
use crate::review::execute::cache_warmup::CacheWarmup;
use crate::review::execute::retry::{ATTEMPTS, FollowUp, RetryContext, decide};

/// The number of a task in its schedule.
pub(crate) type TaskId = usize;

/// Everything that is known of the work of one review while it runs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schedule {
    tasks: Vec<Task>,
    /// Tasks that wait for their turn, the next one first.
    queue: VecDeque<TaskId>,
    warmup: CacheWarmup,
    /// Whether all tasks of the start are known, so that work may begin.
    is_open: bool,
    /// Whether the review was cancelled: nothing starts any more.
    is_stopping: bool,
}

/// One prompt on its way to an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Task {
    pub(crate) state: TaskState,
    /// The backend that is asked, or that was asked last.
    pub(crate) backend: String,
    /// Attempts at this backend in this review.
    pub(crate) attempts: u32,
    /// Attempts that failed, in order: the backend and how it ended.
    pub(crate) failed: Vec<(String, Ending)>,
    /// Backends that may be asked in this order if the planned one fails. Empty where a person
    /// named the backend.
    pub(crate) fail_over: Vec<String>,
    /// Which part of the change the prompt holds: prompts of one part begin with the same bytes.
    pub(crate) chunk: u32,
    /// Whether the prompt can be divided into two smaller ones.
    pub(crate) can_split: bool,
}

/// Where a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TaskState {
    /// It is not known yet whether it needs to be asked at all.
    Unseeded,
    /// It waits for its turn.
    Queued,
    /// Its process runs.
    InFlight,
    /// It waits before another attempt at the same backend.
    BackingOff,
    /// Its prompt is being divided.
    Splitting,
    /// Its answer is final.
    Settled,
}

/// What is known of a task before the review starts anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seed {
    /// Nothing: it must be asked.
    Unasked,
    /// Its answer is already kept.
    Answered,
    /// An earlier process of this review asked and was interrupted.
    Interrupted {
        /// The backend of the last attempt.
        backend: String,
        /// Attempts at that backend.
        attempts: u32,
        /// The attempts before the last one.
        failed: Vec<(String, Ending)>,
        /// How the last attempt ended.
        ending: Ending,
    },
}

/// What has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// It was looked up what is known of a task.
    Seeded { task: TaskId, seed: Seed },
    /// All tasks are seeded.
    Opened,
    /// The start that was asked for did not take place.
    NotStarted { task: TaskId, ending: Ending },
    /// The agent has said something, so its provider has read the prompt.
    OutputStarted { task: TaskId },
    /// The attempt is over. `took` is the time that a program of its own spent; zero for a
    /// provider that we ask ourselves.
    Ended {
        task: TaskId,
        ending: Ending,
        took: Duration,
    },
    /// The prompt was divided. The task keeps the first half; the second half is a new task, the
    /// last one of the schedule.
    Split { task: TaskId, halves: [Half; 2] },
    /// The prompt cannot be divided after all.
    NotSplit { task: TaskId },
}

/// One half of a prompt that was divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Half {
    /// Whether it can be divided again.
    pub(crate) can_split: bool,
    /// Whether its answer is already kept.
    pub(crate) is_answered: bool,
    /// The part of the change that it holds.
    pub(crate) chunk: u32,
}

/// What the driver is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Ask the task's backend after a pause.
    Start { task: TaskId, after: Duration },
    /// Divide the task's prompt, and report [`Input::Split`] or [`Input::NotSplit`].
    Split { task: TaskId },
    /// Keep the task's answer: it is final.
    Settle { task: TaskId, with: Settlement },
}

/// What a task is settled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settlement {
    /// What the last attempt said.
    LastAttempt,
    /// Nobody read the prompt; the offline reviewer's findings stand in the report anyway.
    OfflineStandsIn,
    /// It was never asked, because the review was cancelled before.
    NeverAsked,
}

/// What does not change while a review runs.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    /// How many tasks may run at once, at least one.
    pub(crate) max_in_flight: usize,
    /// Backends whose provider charges for writing its cache.
    pub(crate) pays_for_cache: BTreeMap<String, bool>,
}

impl Task {
    pub(crate) fn new(backend: String, fail_over: Vec<String>, chunk: u32) -> Self {
        Self {
            state: TaskState::Unseeded,
            backend,
            attempts: 0,
            failed: Vec::new(),
            fail_over,
            chunk,
            can_split: false,
        }
    }

    /// Backends that have not been asked yet, in order.
    fn untried(&self) -> Vec<String> {
        let was_tried =
            |name: &String| *name == self.backend || self.failed.iter().any(|(t, _)| t == name);
        self.fail_over
            .iter()
            .filter(|name| !was_tried(name))
            .cloned()
            .collect()
    }

    /// Notes how the last attempt failed, and goes on at a backend.
    fn move_to(&mut self, backend: String, ending: Ending) {
        self.failed.push((self.backend.clone(), ending));
        if self.backend != backend {
            self.backend = backend;
            self.attempts = 0;
        }
    }
}

impl Schedule {
    pub(crate) fn new(tasks: Vec<Task>) -> Self {
        Self {
            tasks,
            ..Self::default()
        }
    }

    pub(crate) fn task(&self, task: TaskId) -> &Task {
        &self.tasks[task]
    }

    #[cfg(test)]
    pub(crate) fn tasks(&self) -> &[Task] {
        &self.tasks
    }

    fn in_flight(&self) -> usize {
        self.tasks
            .iter()
            .filter(|task| task.state == TaskState::InFlight)
            .count()
    }
}

/// Takes one input into the schedule; gives what is to be done about it, in order.
pub(crate) fn step(schedule: Schedule, input: Input, policy: &Policy) -> (Schedule, Vec<Effect>) {
    let mut step = Step {
        schedule,
        policy,
        effects: Vec::new(),
    };
    step.take(input);
    step.fill();
    (step.schedule, step.effects)
}

/// A step under way.
struct Step<'p> {
    schedule: Schedule,
    policy: &'p Policy,
    effects: Vec<Effect>,
}

impl Step<'_> {
    fn take(&mut self, input: Input) {
        match input {
            Input::Seeded { task, seed } => self.seed(task, seed),
            Input::Opened => self.schedule.is_open = true,
            Input::NotStarted { task, ending } => {
                // An attempt that did not take place does not count.
                let attempts = &mut self.schedule.tasks[task].attempts;
                *attempts = attempts.saturating_sub(1);
                self.ended(task, ending, Duration::ZERO);
            }
            Input::OutputStarted { task } => self.release_group(task),
            Input::Ended { task, ending, took } => self.ended(task, ending, took),
            Input::Split { task, halves } => self.split(task, halves),
            Input::NotSplit { task } => self.give_up_splitting(task),
        }
    }

    fn seed(&mut self, task: TaskId, seed: Seed) {
        match seed {
            Seed::Unasked => self.enqueue(task),
            Seed::Answered => self.schedule.tasks[task].state = TaskState::Settled,
            Seed::Interrupted {
                backend,
                attempts,
                failed,
                ending,
            } => {
                let seeded = &mut self.schedule.tasks[task];
                seeded.backend = backend;
                seeded.attempts = attempts;
                seeded.failed = failed;
                if ending == Ending::Lost && attempts < ATTEMPTS {
                    // The interruption was pause enough before another attempt.
                    let backend = seeded.backend.clone();
                    seeded.move_to(backend, ending);
                    self.enqueue(task);
                } else {
                    self.follow_up(task, ending, Duration::ZERO);
                }
            }
        }
    }

    fn ended(&mut self, task: TaskId, ending: Ending, took: Duration) {
        self.release_group(task);
        if ending == Ending::Cancelled {
            self.schedule.is_stopping = true;
        }
        self.follow_up(task, ending, took);
        if self.schedule.is_stopping {
            while let Some(waiting) = self.schedule.queue.pop_front() {
                self.settle(waiting, Settlement::NeverAsked);
            }
        }
    }

    /// Others that share the beginning of this prompt need not wait for it any longer.
    fn release_group(&mut self, task: TaskId) {
        if let Some(group) = self.group(task) {
            self.schedule.warmup.release(&group);
        }
    }

    /// The prompts that must not start together with this one; none where it does not matter.
    fn group(&self, task: TaskId) -> Option<(String, u32)> {
        let task = &self.schedule.tasks[task];
        let pays = self.policy.pays_for_cache.get(&task.backend);
        pays.is_some_and(|pays| *pays)
            .then(|| (task.backend.clone(), task.chunk))
    }

    fn follow_up(&mut self, task: TaskId, ending: Ending, took: Duration) {
        if self.schedule.is_stopping {
            self.settle(task, Settlement::LastAttempt);
            return;
        }
        let ended = &self.schedule.tasks[task];
        let untried = ended.untried();
        let context = RetryContext {
            attempts: ended.attempts,
            others: &untried,
            can_split: ended.can_split,
            took,
        };
        match decide(&ending, context) {
            FollowUp::Settle => self.settle(task, Settlement::LastAttempt),
            FollowUp::RetryAfter(pause) => {
                let backend = ended.backend.clone();
                let ended = &mut self.schedule.tasks[task];
                ended.move_to(backend, ending);
                ended.attempts += 1;
                ended.state = TaskState::BackingOff;
                self.effects.push(Effect::Start { task, after: pause });
            }
            FollowUp::FailOver(backend) if backend == OFFLINE => {
                self.schedule.tasks[task].move_to(backend, ending);
                self.settle(task, Settlement::OfflineStandsIn);
            }
            FollowUp::FailOver(backend) => self.fail_over(task, backend, ending),
            FollowUp::Split => {
                let ended = &mut self.schedule.tasks[task];
                ended.state = TaskState::Splitting;
                ended.failed.push((ended.backend.clone(), ending));
                self.effects.push(Effect::Split { task });
            }
        }
    }

    /// Goes on at another backend, before whatever else waits.
    fn fail_over(&mut self, task: TaskId, backend: String, ending: Ending) {
        self.schedule.tasks[task].move_to(backend, ending);
        self.schedule.tasks[task].state = TaskState::Queued;
        self.schedule.queue.push_front(task);
    }

    fn split(&mut self, task: TaskId, halves: [Half; 2]) {
        let [first, second] = halves;
        let whole = &mut self.schedule.tasks[task];
        whole.attempts = 0;
        whole.can_split = first.can_split;
        whole.chunk = first.chunk;
        let mut other = Task::new(whole.backend.clone(), whole.fail_over.clone(), second.chunk);
        other.can_split = second.can_split;
        let other_id = self.schedule.tasks.len();
        self.schedule.tasks.push(other);
        for (half, id) in [(first, task), (second, other_id)] {
            if half.is_answered {
                self.schedule.tasks[id].state = TaskState::Settled;
            } else {
                self.enqueue(id);
            }
        }
    }

    /// The prompt stays as long as it is: another backend may take it.
    fn give_up_splitting(&mut self, task: TaskId) {
        let whole = &mut self.schedule.tasks[task];
        let ending = match whole.failed.pop() {
            Some((_, ending)) => ending,
            None => Ending::TooLong,
        };
        let next = whole.untried().into_iter().find(|name| name != OFFLINE);
        match next {
            Some(backend) => self.fail_over(task, backend, ending),
            None => self.settle(task, Settlement::LastAttempt),
        }
    }

    fn enqueue(&mut self, task: TaskId) {
        if self.schedule.is_stopping {
            self.settle(task, Settlement::NeverAsked);
            return;
        }
        self.schedule.tasks[task].state = TaskState::Queued;
        self.schedule.queue.push_back(task);
    }

    fn settle(&mut self, task: TaskId, with: Settlement) {
        self.schedule.tasks[task].state = TaskState::Settled;
        self.effects.push(Effect::Settle { task, with });
    }

    /// Starts as much of what waits as may run at once.
    fn fill(&mut self) {
        if !self.schedule.is_open {
            return;
        }
        while self.schedule.in_flight() < self.policy.max_in_flight.max(1) {
            let may_start = |task: &TaskId| match self.group(*task) {
                Some(group) => self.schedule.warmup.may_start(&group),
                None => true,
            };
            let Some(at) = self.schedule.queue.iter().position(may_start) else {
                return;
            };
            let Some(task) = self.schedule.queue.remove(at) else {
                return;
            };
            if let Some(group) = self.group(task) {
                self.schedule.warmup.lead(group);
            }
            let next = &mut self.schedule.tasks[task];
            next.state = TaskState::InFlight;
            next.attempts += 1;
            self.effects.push(Effect::Start {
                task,
                after: Duration::ZERO,
            });
        }
    }
}

#[cfg(test)]
mod tests;
