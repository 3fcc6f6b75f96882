//! Keeps the books of one run: what stands where, what follows an ending, and
//! who is asked next. Answers and attempts are on disk before they count.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use crate::backends;
use crate::backends::environment::Environment;
use crate::backends::{Adapter, Answer};
use crate::findings::JobResult;
use crate::model::report::OFFLINE;
use crate::model::{AgentLine, Ending, JobId, Outcome, RunId, RunRequest};
use crate::review::error::PipelineError;
use crate::review::execute::Observer;
use crate::review::execute::answers::{line_of, lost, offline_answer, reused};
use crate::review::execute::budget::Purse;
use crate::review::execute::cache_warmup::Warmth;
use crate::review::execute::retry::{ATTEMPTS, Left, Next, next};
use crate::review::execute::split;
use crate::review::execute::task::{Around, Place, ended};
use crate::review::prepare::login_status;
use crate::review::prepare::snapshot::Explorer;
use crate::review::prepare::{Prepared, Work, has_offline_field};
use crate::review::workspace::Session;
use crate::store::StoredAnswer;
use crate::supervisor;
use crate::supervisor::SuperviseJob;

type Jobs = Result<Vec<SuperviseJob>, PipelineError>;

/// The books.
pub(crate) struct Desk<'a> {
    session: &'a Session,
    run: &'a RunId,
    prepared: &'a Prepared,
    environment: Environment,
    explorer: Explorer<'a>,
    purse: Purse<'a>,
    places: Vec<Place<'a>>,
    index: BTreeMap<JobId, usize>,
    /// Work that has not been handed over, so that the money is looked at just before.
    queue: VecDeque<usize>,
    /// Work at the supervisor, but for what waits for another attempt.
    handed: BTreeSet<usize>,
    /// Answers of this run before it was interrupted.
    own: Vec<StoredAnswer>,
    /// Whether answers of earlier runs are left alone.
    fresh: bool,
    over_daily_budget: bool,
    warmth: Warmth,
}

impl<'a> Desk<'a> {
    pub(crate) fn new(
        session: &'a Session,
        request: &'a RunRequest,
        prepared: &'a Prepared,
        fresh: bool,
    ) -> Self {
        let run = &request.id;
        let places: Vec<Place<'a>> = prepared
            .work
            .iter()
            .map(|work| Place::new(Cow::Borrowed(work)))
            .collect();
        Self {
            session,
            run,
            prepared,
            environment: environment(session),
            explorer: Explorer::new(session, request, prepared),
            purse: Purse::new(session, run, &prepared.change),
            index: places
                .iter()
                .enumerate()
                .map(|(i, place)| (place.work.id.clone(), i))
                .collect(),
            places,
            queue: VecDeque::new(),
            handed: BTreeSet::new(),
            own: session.store.answers(run),
            fresh,
            over_daily_budget: false,
            warmth: Warmth::default(),
        }
    }

    /// Settles what needs no agent; returns the first jobs.
    pub(crate) fn open(&mut self, observer: &mut dyn Observer) -> Jobs {
        let mut jobs = Vec::new();
        for index in 0..self.prepared.work.len() {
            jobs.extend(self.place(index, observer)?);
        }
        jobs.extend(self.fill(observer)?);
        Ok(jobs)
    }

    /// Uses the answer there is, takes up what was interrupted, or queues the work.
    fn place(&mut self, index: usize, observer: &mut dyn Observer) -> Jobs {
        let work = self.places[index].work.clone();
        if let Some((answer, is_reused)) = self.existing(&work) {
            return self
                .keep(index, answer, is_reused, observer)
                .map(|()| Vec::new());
        }
        if work.brief.is_none() {
            return self
                .keep(index, offline_answer(&work, self.prepared), false, observer)
                .map(|()| Vec::new());
        }
        let past = self.purse.past(&work.id);
        match self.places[index].resume(&past) {
            // the pause has been long enough
            Some(Ending::Lost) if self.places[index].attempts < ATTEMPTS => {
                let place = &mut self.places[index];
                place.tried.push((place.backend.clone(), Ending::Lost));
                self.queue.push_back(index);
                Ok(Vec::new())
            }
            Some(ending) => self.after(index, ended(ending), Duration::ZERO, observer),
            None => {
                self.queue.push_back(index);
                Ok(Vec::new())
            }
        }
    }

    /// An answer that need not be asked for again: of this run before it was
    /// interrupted, or of an earlier run of the same work.
    fn existing(&self, work: &Work) -> Option<(StoredAnswer, bool)> {
        let held = work.brief.as_ref().map_or(&[][..], |brief| &brief.hunks);
        let fits = |a: &&StoredAnswer| {
            let is_whole = held.iter().all(|hunk| a.hunks.contains(hunk));
            a.job == work.id && a.ending == Ending::Answered && a.reply.is_some() && is_whole
        };
        if let Some(own) = self.own.iter().find(fits) {
            return Some((own.clone(), false));
        }
        if self.fresh || work.brief.is_none() {
            return None;
        }
        let earlier = self.session.store.run_for_key(&work.key)?;
        self.session
            .store
            .answers(&earlier)
            .iter()
            .find(fits)
            .map(|answer| (reused(answer), true))
    }

    /// Hands over as much as may run at once.
    fn fill(&mut self, observer: &mut dyn Observer) -> Jobs {
        let mut jobs = Vec::new();
        while self.handed.len() < self.session.settings.jobs.max(1) {
            let Some(at) = self
                .queue
                .iter()
                .position(|index| self.warmth.may_start(&self.places[*index]))
            else {
                break;
            };
            let Some(index) = self.queue.remove(at) else {
                break;
            };
            self.warmth.starts(&self.places[index]);
            match self.start(index, Duration::ZERO) {
                Ok(job) => {
                    self.handed.insert(index);
                    jobs.push(job);
                }
                Err(answer) => {
                    self.warmth.is_warm(&self.places[index]);
                    jobs.extend(self.after(index, *answer, Duration::ZERO, observer)?);
                }
            }
        }
        Ok(jobs)
    }

    /// The agent has said something: its prompt is read.
    pub(crate) fn spoke(&mut self, job: &JobId, observer: &mut dyn Observer) -> Jobs {
        let Some(&index) = self.index.get(job) else {
            return Ok(Vec::new());
        };
        if self.warmth.is_warm(&self.places[index]) {
            self.fill(observer)
        } else {
            Ok(Vec::new())
        }
    }

    /// A process has ended.
    pub(crate) fn finished(&mut self, outcome: &Outcome, observer: &mut dyn Observer) -> Jobs {
        let Some(&index) = self.index.get(&outcome.job) else {
            return Ok(Vec::new());
        };
        self.handed.remove(&index);
        let place = &mut self.places[index];
        self.warmth.is_warm(place);
        let answer = place.read(outcome);
        login_status::learn_from(self.prepared, &place.backend, &answer.ending);
        let never_ran = outcome.elapsed.is_zero();
        let estimate = self
            .purse
            .end(&place.work, (place.number, never_ran), &answer)?;
        place.usage.add(&answer.usage);
        place.estimate.add(&estimate);
        let mut jobs = self.after(index, answer, outcome.elapsed, observer)?;
        jobs.extend(self.fill(observer)?);
        Ok(jobs)
    }

    /// What follows an ending.
    fn after(
        &mut self,
        index: usize,
        answer: Answer,
        elapsed: Duration,
        observer: &mut dyn Observer,
    ) -> Jobs {
        let others = self.others(index);
        let place = &self.places[index];
        let can_split = split::can_split(&place.work);
        let is_api = backends::adapter(&place.backend).is_some_and(Adapter::is_http);
        let took = if is_api { Duration::ZERO } else { elapsed };
        match next(
            &answer.ending,
            Left {
                attempts: place.attempts,
                others: &others,
                can_split,
                took,
            },
        ) {
            Next::Accept => {
                let stored = place.stored(self.prepared, answer, elapsed);
                self.keep(index, stored, false, observer)
                    .map(|()| Vec::new())
            }
            Next::Again(delay) => {
                let backend = place.backend.clone();
                self.go_on(index, (backend, answer.ending), delay, observer)
            }
            Next::Elsewhere(backend) if backend == OFFLINE => {
                let place = &mut self.places[index];
                place.go_on(backend, answer.ending);
                // what the offline reviewer found is in the report anyway; nobody else read this
                let stored = place.stored(self.prepared, ended(Ending::Answered), Duration::ZERO);
                self.keep(index, stored, false, observer)
                    .map(|()| Vec::new())
            }
            Next::Elsewhere(backend) => {
                self.go_on(index, (backend, answer.ending), Duration::ZERO, observer)
            }
            Next::Split => self.split(index, answer, elapsed, observer),
        }
    }

    fn go_on(
        &mut self,
        index: usize,
        (backend, ending): (String, Ending),
        delay: Duration,
        observer: &mut dyn Observer,
    ) -> Jobs {
        self.places[index].go_on(backend, ending);
        match self.start(index, delay) {
            Ok(job) => {
                if delay.is_zero() {
                    self.handed.insert(index);
                }
                Ok(vec![job])
            }
            Err(answer) => self.after(index, *answer, Duration::ZERO, observer),
        }
    }

    /// Two smaller prompts in place of one that was too long.
    fn split(
        &mut self,
        index: usize,
        answer: Answer,
        elapsed: Duration,
        observer: &mut dyn Observer,
    ) -> Jobs {
        let id = self.places[index].work.id.clone();
        let same =
            |other: &&JobId| (&other.agent, other.perspective) == (&id.agent, id.perspective);
        let number = self
            .index
            .keys()
            .filter(same)
            .map(|other| other.chunk)
            .max()
            .unwrap_or(0)
            + 1;
        let Some([first, second]) = split::halves(
            self.session,
            self.prepared,
            &self.places[index].work,
            number,
        ) else {
            return self.give_up_splitting(index, answer, elapsed, observer);
        };
        self.session.store.log(
            self.run,
            "split",
            &[("job", id.to_string()), ("into", second.id.to_string())],
        );
        let place = &mut self.places[index];
        place.tried.push((place.backend.clone(), answer.ending));
        place.attempts = 0;
        let backend = place.backend.clone();
        place.work = Cow::Owned(first);
        let mut other = Place::new(Cow::Owned(second));
        other.backend = backend;
        let other_index = self.places.len();
        self.index.insert(other.work.id.clone(), other_index);
        self.places.push(other);
        let mut jobs = Vec::new();
        for half in [index, other_index] {
            match self.existing(&self.places[half].work) {
                Some((found, is_reused)) => self.keep(half, found, is_reused, observer)?,
                None => self.queue.push_back(half),
            }
        }
        jobs.extend(self.fill(observer)?);
        Ok(jobs)
    }

    /// The prompt stays as it is: somebody else may take it.
    fn give_up_splitting(
        &mut self,
        index: usize,
        answer: Answer,
        elapsed: Duration,
        observer: &mut dyn Observer,
    ) -> Jobs {
        let others = self.others(index);
        match others.into_iter().find(|name| name != OFFLINE) {
            Some(backend) => self.go_on(index, (backend, answer.ending), Duration::ZERO, observer),
            None => {
                let stored = self.places[index].stored(self.prepared, answer, elapsed);
                self.keep(index, stored, false, observer)
                    .map(|()| Vec::new())
            }
        }
    }

    fn start(&mut self, index: usize, delay: Duration) -> Result<SuperviseJob, Box<Answer>> {
        let place = &self.places[index];
        let failed = |ending| Box::new(ended(ending));
        let not_started = |error: &dyn std::error::Error| {
            failed(Ending::NotStarted(crate::review::with_causes(error)))
        };
        if let Some(over) = self.purse.over(&place.work, &place.backend) {
            self.over_daily_budget |= over.is_daily;
            return Err(Box::new(Answer {
                detail: Some(over.words),
                ..ended(Ending::OverBudget)
            }));
        }
        if place.attempts >= ATTEMPTS {
            return Err(failed(Ending::Lost));
        }
        let store = &self.session.store;
        let id = place.work.id.clone();
        let spool = store
            .job_dir(self.run, &id)
            .map_err(|error| not_started(&error))?;
        // What a supervisor that was killed left running would be paid for twice.
        supervisor::reap(&spool);
        let snapshot = self
            .explorer
            .snapshot_for(&place.work.job, &place.backend)
            .map_err(failed)?;
        let around = Around {
            prepared: self.prepared,
            environment: &self.environment,
            snapshot: snapshot.as_deref(),
        };
        let invocation = place.invocation(self.session, &around).map_err(failed)?;
        let prompt = place.work.brief.as_ref().map_or("", |brief| &brief.prompt);
        store
            .save_prompt_digest(self.run, &id, prompt)
            .map_err(|error| not_started(&error))?;
        let number = self
            .purse
            .begin(&place.work, &place.backend)
            .map_err(|error| not_started(&error))?;
        let place = &mut self.places[index];
        place.number = number;
        place.attempts += 1;
        let attempt = place.attempts.to_string();
        let fields = [
            ("job", id.to_string()),
            ("backend", place.backend.clone()),
            ("attempt", attempt),
        ];
        store.log(self.run, "attempt", &fields);
        Ok(SuperviseJob {
            id,
            invocation,
            spool,
            delay,
        })
    }

    fn keep(
        &mut self,
        index: usize,
        answer: StoredAnswer,
        is_reused: bool,
        observer: &mut dyn Observer,
    ) -> Result<(), PipelineError> {
        self.session.store.save_answer(self.run, &answer)?;
        let place = &mut self.places[index];
        let work = &place.work;
        // without a reply somebody stood in: the next run asks again
        if answer.ending == Ending::Answered
            && work.brief.is_some()
            && answer.reply.is_some()
            && !is_reused
        {
            self.session.store.claim_key(&work.key, self.run)?;
        }
        let line = line_of(&work.id, &answer);
        observer.settled(&work.id, &line, is_reused);
        place.answer = Some(answer);
        Ok(())
    }

    /// Backends to go on with, the offline reviewer last; none where the person named one.
    fn others(&self, index: usize) -> Vec<String> {
        let place = &self.places[index];
        let job = &place.work.job;
        let named = self.session.settings.backend_of(&job.definition.name) != "auto";
        if named || self.prepared.asked_backend {
            return Vec::new();
        }
        let tried =
            |name: &String| *name == place.backend || place.tried.iter().any(|(t, _)| t == name);
        let offline =
            has_offline_field(&self.prepared.facts, &job.definition).then(|| OFFLINE.to_owned());
        self.prepared
            .available
            .iter()
            .cloned()
            .chain(offline)
            .filter(|name| !tried(name))
            .collect()
    }

    pub(crate) fn is_over_daily_budget(&self) -> bool {
        self.over_daily_budget
    }

    /// What agents that read a snapshot did, and what no budget can count.
    pub(crate) fn finish(self) -> Vec<String> {
        let unpriced = self.unpriced();
        let mut notes = self.explorer.finish();
        notes.extend(unpriced);
        notes
    }

    fn unpriced(&self) -> Vec<String> {
        let settings = &self.session.settings;
        let has_budget = settings.budget_daily.or(settings.budget_run).is_some()
            || settings.per_agent.values().any(|own| own.budget.is_some());
        if !has_budget {
            return Vec::new();
        }
        let answers = self.places.iter().filter_map(|place| place.answer.as_ref());
        let unpriced =
            answers.filter(|a| a.attempts > 0 && a.usage.cost.or(a.estimate.cost).is_none());
        let names: BTreeSet<&str> = unpriced
            .map(|answer| answer.backend.as_str())
            .filter(|b| *b != OFFLINE)
            .collect();
        let note = |name| {
            format!(
                "{name} names no cost, so no budget counts it: `git config --global agents.{name}.price \"IN OUT\"` \
                 sets US dollars per million tokens"
            )
        };
        names.into_iter().map(note).collect()
    }

    pub(crate) fn lines(&self) -> Vec<AgentLine> {
        self.places
            .iter()
            .map(|place| line_of(&place.work.id, &answer_of(place)))
            .collect()
    }

    pub(crate) fn results(&self) -> Vec<JobResult> {
        let result = |place: &Place<'_>| {
            let answer = answer_of(place);
            let reply = answer
                .reply
                .as_deref()
                .and_then(|text| crate::reply::decode_reply(text).ok());
            let is_offline = place.work.brief.is_none();
            JobResult {
                job: place.work.id.clone(),
                reviewer: if is_offline {
                    OFFLINE.into()
                } else {
                    place.work.id.agent.to_string()
                },
                line: line_of(&place.work.id, &answer),
                given: answer.hunks,
                counts_for_coverage: true,
                reply,
            }
        };
        let mut results: Vec<JobResult> = self.places.iter().map(result).collect();
        results.extend(crate::review::execute::answers::facts(self.prepared));
        results
    }
}

fn answer_of(place: &Place<'_>) -> StoredAnswer {
    let missing = || lost(&place.work, &place.backend, &place.tried);
    place.answer.clone().unwrap_or_else(missing)
}

/// The person's environment, with nothing of the work tree on its search path.
fn environment(session: &Session) -> Environment {
    let current = Environment::current();
    match session.repo.work_tree() {
        Some(top) => current.outside(top),
        None => current,
    }
}
