//! The schedule by value: a world without processes that answers every effect.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// A provider that charges for writing its cache.
const PAYS: &str = "anthropic";
/// One that does not.
const FREE: &str = "codex";

/// Performs effects as the driver would, and holds the promises of the module against each.
struct World {
    schedule: Schedule,
    policy: Policy,
    /// Tasks whose process runs, or waits to be started again by the supervisor.
    running: Vec<TaskId>,
    settled: Vec<TaskId>,
    starts: BTreeMap<(TaskId, String), u32>,
    was_cancelled: bool,
    /// What the next starts come to: whether each takes place.
    refusals: Vec<Option<Ending>>,
    /// Whether prompts that are too long can be divided.
    splits: bool,
}

impl World {
    fn new(tasks: usize, max_in_flight: usize, backend: &str, fail_over: &[&str]) -> Self {
        let fail_over: Vec<String> = fail_over.iter().map(|name| (*name).to_owned()).collect();
        let tasks = (0..tasks).map(|_| {
            let mut task = Task::new(backend.to_owned(), fail_over.clone(), 1);
            task.can_split = true;
            task
        });
        Self {
            schedule: Schedule::new(tasks.collect()),
            policy: Policy {
                max_in_flight,
                pays_for_cache: BTreeMap::from([(PAYS.to_owned(), true), (FREE.to_owned(), false)]),
            },
            running: Vec::new(),
            settled: Vec::new(),
            starts: BTreeMap::new(),
            was_cancelled: false,
            refusals: Vec::new(),
            splits: true,
        }
    }

    fn open(&mut self) {
        for task in 0..self.schedule.tasks().len() {
            let seed = Seed::Unasked;
            self.take(Input::Seeded { task, seed });
        }
        self.take(Input::Opened);
    }

    fn take(&mut self, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let cancels = matches!(
                &input,
                Input::Ended {
                    ending: Ending::Cancelled,
                    ..
                }
            );
            self.was_cancelled |= cancels;
            let schedule = std::mem::take(&mut self.schedule);
            let (schedule, effects) = step(schedule, input, &self.policy);
            self.schedule = schedule;
            for effect in effects {
                inputs.extend(self.perform(effect));
            }
            self.check();
        }
    }

    fn perform(&mut self, effect: Effect) -> Option<Input> {
        match effect {
            Effect::Start { task, .. } => {
                assert!(!self.was_cancelled, "task {task} starts after the end");
                assert!(!self.running.contains(&task), "task {task} starts twice");
                if let Some(ending) = self.refusals.pop().flatten() {
                    return Some(Input::NotStarted { task, ending });
                }
                let backend = self.schedule.task(task).backend.clone();
                *self.starts.entry((task, backend)).or_default() += 1;
                self.running.push(task);
                None
            }
            Effect::Split { task } => {
                if !std::mem::take(&mut self.splits) {
                    return Some(Input::NotSplit { task });
                }
                // What was asked of the whole prompt is not counted against its first half.
                self.starts.retain(|(other, _), _| *other != task);
                let half = |chunk| Half {
                    can_split: false,
                    is_answered: false,
                    chunk,
                };
                let halves = [half(1), half(2)];
                Some(Input::Split { task, halves })
            }
            Effect::Settle { task, .. } => {
                assert!(!self.settled.contains(&task), "task {task} settles twice");
                self.settled.push(task);
                None
            }
        }
    }

    fn end(&mut self, task: TaskId, ending: Ending) {
        self.running.retain(|other| *other != task);
        let took = Duration::ZERO;
        self.take(Input::Ended { task, ending, took });
    }

    fn check(&self) {
        let in_flight = self.schedule.in_flight();
        assert!(
            in_flight <= self.policy.max_in_flight,
            "{in_flight} at once"
        );
        for ((task, backend), starts) in &self.starts {
            assert!(
                *starts <= ATTEMPTS,
                "task {task} asked {backend} {starts} times"
            );
        }
    }

    fn check_end(&self) {
        assert!(self.running.is_empty(), "{:?} still run", self.running);
        let settled: BTreeSet<TaskId> = self.settled.iter().copied().collect();
        let all: BTreeSet<TaskId> = (0..self.schedule.tasks().len()).collect();
        assert_eq!(settled, all, "every task settles: {:?}", self.schedule);
    }
}

fn endings() -> [Ending; 6] {
    [
        Ending::Answered,
        Ending::Overloaded,
        Ending::NotLoggedIn,
        Ending::TooLong,
        Ending::Exited(1),
        Ending::Cancelled,
    ]
}

/// Every order of `0..n`.
fn orders(n: usize) -> Vec<Vec<TaskId>> {
    if n == 0 {
        return vec![Vec::new()];
    }
    let mut found = Vec::new();
    for order in orders(n - 1) {
        for at in 0..n {
            let mut order = order.clone();
            order.insert(at, n - 1);
            found.push(order);
        }
    }
    found
}

#[test]
fn every_order_of_endings_of_up_to_four_tasks_settles_each_once() {
    let kinds = endings();
    for tasks in 1..=4_u32 {
        for order in orders(tasks as usize) {
            for combination in 0..kinds.len().pow(tasks) {
                for max_in_flight in [1, 2, 4] {
                    let mut world = World::new(tasks as usize, max_in_flight, FREE, &[PAYS]);
                    world.open();
                    let mut first: Vec<Option<Ending>> = (0..tasks)
                        .map(|task| combination / kinds.len().pow(task) % kinds.len())
                        .map(|kind| Some(kinds[kind].clone()))
                        .collect();
                    let mut steps = 0;
                    while !world.running.is_empty() {
                        let next = order.iter().find(|task| world.running.contains(task));
                        let task = next.copied().unwrap_or(world.running[0]);
                        let ending = first.get_mut(task).and_then(Option::take);
                        world.end(task, ending.unwrap_or(Ending::Answered));
                        steps += 1;
                        assert!(steps < 100, "it does not end: {:?}", world.schedule);
                    }
                    world.check_end();
                }
            }
        }
    }
}

#[test]
fn after_a_cancelled_task_what_waits_is_settled_and_nothing_starts() {
    let mut world = World::new(3, 2, FREE, &[]);
    world.open();
    world.end(0, Ending::Cancelled);
    assert_eq!(world.settled, [0, 2]);
    world.end(1, Ending::Overloaded);
    world.check_end();
}

#[test]
fn one_prompt_leads_where_the_cache_is_paid_for() {
    let mut world = World::new(3, 4, PAYS, &[]);
    world.open();
    assert_eq!(world.running, [0], "the others wait for the first word");
    world.take(Input::OutputStarted { task: 0 });
    assert_eq!(world.running, [0, 1, 2]);

    let mut world = World::new(3, 4, PAYS, &[]);
    world.open();
    world.end(0, Ending::Refused("no".into()));
    assert_eq!(world.running, [1, 2], "or for its end");

    let mut world = World::new(3, 4, PAYS, &[]);
    world.refusals = vec![Some(Ending::OverBudget)];
    world.open();
    assert_eq!(world.running, [1, 2], "or for its failure to start");
}

#[test]
fn a_start_that_did_not_take_place_is_no_attempt() {
    let mut world = World::new(1, 1, FREE, &[PAYS]);
    world.refusals = vec![Some(Ending::OverBudget)];
    world.open();
    assert_eq!(world.schedule.task(0).attempts, 0);
    assert_eq!(world.settled, [0]);
}

#[test]
fn an_interrupted_task_goes_on_where_it_was() {
    let seed = |ending, attempts| Seed::Interrupted {
        backend: FREE.to_owned(),
        attempts,
        failed: Vec::new(),
        ending,
    };
    let seeded = |seed| {
        let mut world = World::new(1, 1, FREE, &[PAYS]);
        world.take(Input::Seeded { task: 0, seed });
        world.take(Input::Opened);
        world
    };
    let lost = seeded(seed(Ending::Lost, 1));
    assert_eq!(lost.schedule.task(0).attempts, 2, "asked again at once");
    let exhausted = seeded(seed(Ending::Lost, ATTEMPTS));
    assert_eq!(exhausted.schedule.task(0).backend, PAYS);
    let refused = seeded(seed(Ending::NotLoggedIn, 1));
    assert_eq!(refused.schedule.task(0).backend, PAYS);
    let known = seeded(Seed::Answered);
    assert!(known.running.is_empty() && known.settled.is_empty());
}

#[test]
fn a_prompt_that_cannot_be_divided_goes_to_another_backend() {
    let mut world = World::new(1, 1, FREE, &[PAYS]);
    world.splits = false;
    world.open();
    world.end(0, Ending::TooLong);
    assert_eq!(world.schedule.task(0).backend, PAYS);
    assert_eq!(
        world.schedule.task(0).failed,
        [(FREE.to_owned(), Ending::TooLong)]
    );
    world.end(0, Ending::Answered);
    world.check_end();
}

#[test]
fn the_offline_reviewer_stands_in_last() {
    let mut world = World::new(1, 1, FREE, &[OFFLINE]);
    world.open();
    world.end(0, Ending::NotLoggedIn);
    assert_eq!(world.settled, [0]);
    assert_eq!(world.schedule.task(0).backend, OFFLINE);
}

proptest! {
    #[test]
    fn any_sequence_of_events_ends(
        tasks in 1..5_usize,
        max_in_flight in 1..5_usize,
        pays in any::<bool>(),
        refusals in prop::collection::vec(prop::option::weighted(0.2, 0..4_usize), 0..12),
        events in prop::collection::vec((0..8_usize, 0..7_usize), 0..60),
    ) {
        let backend = if pays { PAYS } else { FREE };
        let mut world = World::new(tasks, max_in_flight, backend, &[FREE, PAYS, OFFLINE]);
        let why = |kind: usize| match kind {
            0 => Ending::OverBudget,
            1 => Ending::Refused("no".into()),
            2 => Ending::TooLong,
            _ => Ending::NotStarted("no program".into()),
        };
        world.refusals = refusals.into_iter().map(|kind| kind.map(why)).collect();
        world.open();
        for (which, kind) in events {
            let Some(task) = world.running.get(which % world.running.len().max(1)).copied() else {
                break;
            };
            match endings().get(kind) {
                Some(ending) => world.end(task, ending.clone()),
                None => world.take(Input::OutputStarted { task }),
            }
        }
        let mut steps = 0;
        while let Some(task) = world.running.first().copied() {
            world.end(task, Ending::Answered);
            steps += 1;
            prop_assert!(steps < 100, "it does not end");
        }
        world.check_end();
    }
}
