//! Performs what the [`Schedule`] asks for: looks at the money, writes the attempt down, hands a
//! process to the supervisor, reads what it said, and keeps the answer.
//!
//! Promises: an attempt is in the ledger before its process starts, and an answer is on disk before
//! anybody hears of it. Leaves every decision to [`step`].

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use super::Observer;
use super::answers::{self, line_of, offline_answer, reused, unanswered};
use super::budget::{Budget, BudgetScope};
use super::schedule::{
    Effect, Half, Input, Policy, Schedule, Seed, Settlement, Task, TaskId, step,
};
use super::split;
use super::task::{Interruption, InvocationContext, TaskRecord, ended};
use crate::backends::environment::Environment;
use crate::backends::{self, Adapter, Answer};
use crate::findings::JobResult;
use crate::model::report::OFFLINE;
use crate::model::{AgentLine, Ending, JobId, Outcome, RunId, RunRequest};
use crate::reply;
use crate::review::error::PipelineError;
use crate::review::prepare::login_status;
use crate::review::prepare::snapshot::SnapshotGuard;
use crate::review::prepare::{Prepared, PromptJob, has_offline_field};
use crate::review::workspace::Workspace;
use crate::store::StoredAnswer;
use crate::supervisor::{self, SuperviseJob};

type Jobs = Result<Vec<SuperviseJob>, PipelineError>;

/// Carries out the work of one review.
pub(crate) struct Driver<'a> {
    workspace: &'a Workspace,
    run: &'a RunId,
    prepared: &'a Prepared,
    environment: Environment,
    snapshot: SnapshotGuard<'a>,
    budget: Budget<'a>,
    policy: Policy,
    schedule: Schedule,
    /// What belongs to each task of the schedule, by its number.
    records: Vec<TaskRecord<'a>>,
    index: BTreeMap<JobId, TaskId>,
    /// Answers of this review from before it was interrupted.
    previous_answers: Vec<StoredAnswer>,
    /// Whether answers of earlier reviews are left alone.
    fresh: bool,
    /// Whether something was not asked because the money of the day is spent.
    is_over_daily_budget: bool,
}

impl<'a> Driver<'a> {
    pub(crate) fn new(
        workspace: &'a Workspace,
        request: &'a RunRequest,
        prepared: &'a Prepared,
        fresh: bool,
    ) -> Self {
        let run = &request.id;
        let mut tasks = Vec::new();
        let mut records = Vec::new();
        let mut index = BTreeMap::new();
        for job in &prepared.work {
            let mut task = Task::new(
                job.job.backend.clone(),
                fail_over(workspace, prepared, job),
                job.id.chunk,
            );
            task.can_split = split::can_split(job);
            index.insert(job.id.clone(), tasks.len());
            tasks.push(task);
            records.push(TaskRecord::new(Cow::Borrowed(job)));
        }
        Self {
            workspace,
            run,
            prepared,
            environment: environment(workspace),
            snapshot: SnapshotGuard::new(workspace, request, prepared),
            budget: Budget::new(workspace, run, &prepared.change),
            policy: policy(workspace, prepared),
            schedule: Schedule::new(tasks),
            records,
            index,
            previous_answers: workspace.store.answers(run),
            fresh,
            is_over_daily_budget: false,
        }
    }

    /// Settles what needs no agent; returns the first jobs.
    pub(crate) fn open(&mut self, observer: &mut dyn Observer) -> Jobs {
        let mut jobs = Vec::new();
        for task in 0..self.records.len() {
            let seed = self.seed(task, observer)?;
            jobs.extend(self.drive(Input::Seeded { task, seed }, observer)?);
        }
        jobs.extend(self.drive(Input::Opened, observer)?);
        Ok(jobs)
    }

    /// An agent has said something.
    pub(crate) fn output_started(&mut self, job: &JobId, observer: &mut dyn Observer) -> Jobs {
        let Some(&task) = self.index.get(job) else {
            return Ok(Vec::new());
        };
        self.drive(Input::OutputStarted { task }, observer)
    }

    /// A process has ended.
    pub(crate) fn ended(&mut self, outcome: &Outcome, observer: &mut dyn Observer) -> Jobs {
        let Some(&task) = self.index.get(&outcome.job) else {
            return Ok(Vec::new());
        };
        let backend = self.schedule.task(task).backend.clone();
        let record = &mut self.records[task];
        let answer = record.interpret(outcome, &backend);
        login_status::learn_from(self.prepared, &backend, &answer.ending);
        let never_ran = outcome.elapsed.is_zero();
        let estimate = self
            .budget
            .end(&record.job, (record.number, never_ran), &answer)?;
        record.usage.add(&answer.usage);
        record.estimate.add(&estimate);
        let ending = answer.ending.clone();
        record.last_attempt = Some((answer, outcome.elapsed));
        let is_api = backends::adapter(&backend).is_some_and(Adapter::is_http);
        let took = if is_api {
            Duration::ZERO
        } else {
            outcome.elapsed
        };
        self.drive(Input::Ended { task, ending, took }, observer)
    }

    /// Takes an input through the schedule, and performs what follows until nothing does.
    ///
    /// An effect that fails becomes the next input. It ends, since each such input uses up a
    /// backend or makes a prompt shorter.
    fn drive(&mut self, input: Input, observer: &mut dyn Observer) -> Jobs {
        let mut inputs = VecDeque::from([input]);
        let mut jobs = Vec::new();
        while let Some(input) = inputs.pop_front() {
            let schedule = std::mem::take(&mut self.schedule);
            let (schedule, effects) = step(schedule, input, &self.policy);
            self.schedule = schedule;
            for effect in effects {
                match effect {
                    Effect::Start { task, after } => match self.start(task, after) {
                        Ok(job) => jobs.push(job),
                        Err(answer) => {
                            let ending = answer.ending.clone();
                            self.records[task].last_attempt = Some((*answer, Duration::ZERO));
                            inputs.push_back(Input::NotStarted { task, ending });
                        }
                    },
                    Effect::Split { task } => inputs.push_back(self.split(task, observer)?),
                    Effect::Settle { task, with } => self.settle(task, with, observer)?,
                }
            }
        }
        Ok(jobs)
    }

    /// What is known of a task before anything starts. An answer that is known is kept at once.
    fn seed(&mut self, task: TaskId, observer: &mut dyn Observer) -> Result<Seed, PipelineError> {
        let job = self.records[task].job.clone();
        if let Some((answer, is_reused)) = self.reusable_answer(&job) {
            self.keep(task, answer, is_reused, observer)?;
            return Ok(Seed::Answered);
        }
        if job.prompt.is_none() {
            let answer = offline_answer(&job, self.prepared);
            self.keep(task, answer, false, observer)?;
            return Ok(Seed::Answered);
        }
        let past = self.budget.past(&job.id);
        let Some(interruption) = self.records[task].resume(&past) else {
            return Ok(Seed::Unasked);
        };
        let Interruption {
            backend,
            attempts,
            failed,
            ending,
        } = interruption;
        self.records[task].last_attempt = Some((ended(ending.clone()), Duration::ZERO));
        Ok(Seed::Interrupted {
            backend,
            attempts,
            failed,
            ending,
        })
    }

    /// An answer that need not be asked for again, and whether it is of an earlier review: of this
    /// review before it was interrupted, or of an earlier one of the same prompt.
    fn reusable_answer(&self, job: &PromptJob) -> Option<(StoredAnswer, bool)> {
        let asked = job.prompt.as_ref().map_or(&[][..], |prompt| &prompt.hunks);
        let fits = |answer: &&StoredAnswer| {
            answer.job == job.id
                && answer.ending == Ending::Answered
                && answer.reply.is_some()
                && asked.iter().all(|hunk| answer.hunks.contains(hunk))
        };
        if let Some(own) = self.previous_answers.iter().find(fits) {
            return Some((own.clone(), false));
        }
        if self.fresh || job.prompt.is_none() {
            return None;
        }
        let earlier = self.workspace.store.run_for_key(&job.key)?;
        let answers = self.workspace.store.answers(&earlier);
        let found = answers.iter().find(fits)?;
        Some((reused(found), true))
    }

    /// Makes a task ready for the supervisor: everything about the attempt is on disk afterwards.
    fn start(&mut self, task: TaskId, after: Duration) -> Result<SuperviseJob, Box<Answer>> {
        let scheduled = self.schedule.task(task);
        let (backend, attempt) = (scheduled.backend.clone(), scheduled.attempts);
        let record = &self.records[task];
        let failed = |ending| Box::new(ended(ending));
        let not_started = |error: &dyn std::error::Error| {
            failed(Ending::NotStarted(crate::review::error_chain(error)))
        };
        if let Err(exceeded) = self.budget.admit(&record.job, &backend) {
            self.is_over_daily_budget |= exceeded.scope == BudgetScope::Daily;
            return Err(Box::new(Answer {
                detail: Some(exceeded.to_string()),
                ..ended(Ending::OverBudget)
            }));
        }
        let store = &self.workspace.store;
        let id = record.job.id.clone();
        let spool = store
            .job_dir(self.run, &id)
            .map_err(|error| not_started(&error))?;
        // What a supervisor that was killed left running would be paid for twice.
        supervisor::reap(&spool);
        let snapshot = self
            .snapshot
            .lend(&record.job.job, &backend)
            .map_err(failed)?;
        let context = InvocationContext {
            prepared: self.prepared,
            environment: &self.environment,
            snapshot: snapshot.as_deref(),
        };
        let invocation = record
            .invocation(self.workspace, &backend, &context)
            .map_err(failed)?;
        let prompt = record.job.prompt.as_ref().map_or("", |prompt| &prompt.text);
        store
            .save_prompt_digest(self.run, &id, prompt)
            .map_err(|error| not_started(&error))?;
        let number = self
            .budget
            .begin(&record.job, &backend)
            .map_err(|error| not_started(&error))?;
        self.records[task].number = number;
        let fields = [
            ("job", id.to_string()),
            ("backend", backend),
            ("attempt", attempt.to_string()),
        ];
        store.log(self.run, "attempt", &fields);
        Ok(SuperviseJob {
            id,
            invocation,
            spool,
            delay: after,
        })
    }

    /// Divides a prompt that was too long. An answer to a half that is known is kept at once.
    fn split(&mut self, task: TaskId, observer: &mut dyn Observer) -> Result<Input, PipelineError> {
        let whole = &self.records[task].job;
        let id = whole.id.clone();
        let same_job =
            |other: &&JobId| (&other.agent, other.perspective) == (&id.agent, id.perspective);
        let last = self.index.keys().filter(same_job).map(|other| other.chunk);
        let number = last.max().unwrap_or(0) + 1;
        let Some([first, second]) = split::halves(self.workspace, self.prepared, whole, number)
        else {
            return Ok(Input::NotSplit { task });
        };
        self.workspace.store.log(
            self.run,
            "split",
            &[("job", id.to_string()), ("into", second.id.to_string())],
        );
        let other = self.records.len();
        self.index.insert(second.id.clone(), other);
        self.records[task].job = Cow::Owned(first);
        self.records.push(TaskRecord::new(Cow::Owned(second)));
        let halves = [self.half(task, observer)?, self.half(other, observer)?];
        Ok(Input::Split { task, halves })
    }

    fn half(&mut self, task: TaskId, observer: &mut dyn Observer) -> Result<Half, PipelineError> {
        let job = self.records[task].job.clone();
        let known = self.reusable_answer(&job);
        let is_answered = known.is_some();
        if let Some((answer, is_reused)) = known {
            self.keep(task, answer, is_reused, observer)?;
        }
        Ok(Half {
            can_split: split::can_split(&job),
            is_answered,
            chunk: job.id.chunk,
        })
    }

    fn settle(
        &mut self,
        task: TaskId,
        with: Settlement,
        observer: &mut dyn Observer,
    ) -> Result<(), PipelineError> {
        let (answer, elapsed) = match with {
            Settlement::LastAttempt => match self.records[task].last_attempt.take() {
                Some(last) => last,
                None => (ended(Ending::Lost), Duration::ZERO),
            },
            Settlement::OfflineStandsIn => (ended(Ending::Answered), Duration::ZERO),
            Settlement::NeverAsked => (ended(Ending::Cancelled), Duration::ZERO),
        };
        let scheduled = self.schedule.task(task);
        let stored = self.records[task].stored(self.prepared, scheduled, answer, elapsed);
        self.keep(task, stored, false, observer)
    }

    /// Writes an answer to disk; only then is it told.
    fn keep(
        &mut self,
        task: TaskId,
        answer: StoredAnswer,
        is_reused: bool,
        observer: &mut dyn Observer,
    ) -> Result<(), PipelineError> {
        let store = &self.workspace.store;
        store.save_answer(self.run, &answer)?;
        let record = &mut self.records[task];
        let job = &record.job;
        // Without a reply somebody stood in: the next review asks again.
        let is_new_reply =
            answer.ending == Ending::Answered && answer.reply.is_some() && !is_reused;
        if is_new_reply && job.prompt.is_some() {
            store.claim_key(&job.key, self.run)?;
        }
        let line = line_of(&job.id, &answer, &self.workspace.settings);
        observer.settled(&job.id, &line, is_reused);
        record.answer = Some(answer);
        Ok(())
    }

    pub(crate) fn is_over_daily_budget(&self) -> bool {
        self.is_over_daily_budget
    }

    /// What agents that read a snapshot did, and what no budget can count.
    pub(crate) fn finish(self) -> Vec<String> {
        let unpriced = self.unpriced();
        let mut notes = self.snapshot.finish();
        notes.extend(unpriced);
        notes
    }

    /// One note for each backend whose cost no budget can count.
    fn unpriced(&self) -> Vec<String> {
        let settings = &self.workspace.settings;
        let has_budget = settings.budget_daily.or(settings.budget_run).is_some()
            || settings.per_agent.values().any(|own| own.budget.is_some());
        if !has_budget {
            return Vec::new();
        }
        let mut names = BTreeSet::new();
        for answer in self
            .records
            .iter()
            .filter_map(|record| record.answer.as_ref())
        {
            let cost = answer.usage.cost.or(answer.estimate.cost);
            if answer.attempts > 0 && cost.is_none() && answer.backend != OFFLINE {
                names.insert(answer.backend.as_str());
            }
        }
        let note = |name| {
            format!(
                "{name} names no cost, so no budget counts it: \
                 `git config --global agents.{name}.price \"IN OUT\"` \
                 sets US dollars per million tokens"
            )
        };
        names.into_iter().map(note).collect()
    }

    pub(crate) fn lines(&self) -> Vec<AgentLine> {
        (0..self.records.len())
            .map(|task| {
                let answer = self.answer_of(task);
                line_of(
                    &self.records[task].job.id,
                    &answer,
                    &self.workspace.settings,
                )
            })
            .collect()
    }

    /// What became of each task, in order, then what the offline reviewer adds.
    pub(crate) fn results(&self) -> Vec<JobResult> {
        let mut results = Vec::new();
        for (task, record) in self.records.iter().enumerate() {
            let answer = self.answer_of(task);
            let reply = answer
                .reply
                .as_deref()
                .and_then(|text| reply::decode_reply(text).ok());
            let reviewer = match record.job.prompt {
                None => OFFLINE.to_owned(),
                Some(_) => record.job.id.agent.to_string(),
            };
            results.push(JobResult {
                job: record.job.id.clone(),
                reviewer,
                line: line_of(&record.job.id, &answer, &self.workspace.settings),
                given: answer.hunks,
                counts_for_coverage: true,
                reply,
            });
        }
        results.extend(answers::facts(self.prepared));
        results
    }

    fn answer_of(&self, task: TaskId) -> StoredAnswer {
        match &self.records[task].answer {
            Some(answer) => answer.clone(),
            None => unanswered(&self.records[task].job, self.schedule.task(task)),
        }
    }
}

/// Backends to go on with when the planned one fails, the offline reviewer last; none where a
/// person named the backend.
fn fail_over(workspace: &Workspace, prepared: &Prepared, job: &PromptJob) -> Vec<String> {
    let definition = &job.job.definition;
    let is_named = workspace.settings.backend_of(&definition.name) != "auto";
    if is_named || prepared.asked_backend {
        return Vec::new();
    }
    let mut names = prepared.available.clone();
    if has_offline_field(&prepared.facts, definition) {
        names.push(OFFLINE.to_owned());
    }
    names
}

fn policy(workspace: &Workspace, prepared: &Prepared) -> Policy {
    let planned = prepared.work.iter().map(|job| &job.job.backend);
    let pays_for_cache = planned.chain(&prepared.available).map(|name| {
        let pays = backends::adapter(name).is_some_and(|adapter| adapter.marks_shared_part());
        (name.clone(), pays)
    });
    Policy {
        max_in_flight: workspace.settings.jobs,
        pays_for_cache: pays_for_cache.collect(),
    }
}

/// The person's environment, with nothing of the work tree on its search path.
fn environment(workspace: &Workspace) -> Environment {
    let current = Environment::current();
    match workspace.repo.work_tree() {
        Some(top) => current.outside(top),
        None => current,
    }
}
