//! From prompts to answers: starts what is missing, reads what comes back,
//! tries again or elsewhere where that helps, and puts every answer on disk
//! before it is used.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::answers::{facts_answer, hunks_of, line_of, lost, offline_answer};
use super::error::PipelineError;
use super::explore::{Explorer, granted};
use super::next::{Next, next};
use super::prepare::{Prepared, Work};
use super::session::Session;
use crate::agent::{self, AgentError, Answer, Environment, InvocationRequest};
use crate::model::{AgentLine, Ending, Event, Invocation, JobId, JobLimits, Outcome, RunId, RunRequest, Usage};
use crate::store::{self, StoredAnswer};
use crate::supervise::{self, Finish, Slots, SuperviseJob, SuperviseOptions};
use crate::synth::JobResult;
use crate::sys::files;

/// Between TERM and KILL.
const GRACE: Duration = Duration::from_secs(3);
/// End of an agent's standard output that is read, bytes: every program prints its answer last, and a longer one is
/// no reply. What an agent may print before it costs no memory.
const ANSWER: u64 = 4 << 20;
/// The same for standard error.
const WORDS: u64 = 256 << 10;

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
pub struct Executed {
    /// One for each part of work, in order, then the offline reviewer's facts.
    pub results: Vec<JobResult>,
    /// One line for each part of work.
    pub lines: Vec<AgentLine>,
    /// How the supervisor ended.
    pub finish: Finish,
    /// From the first start to the last end.
    pub elapsed: Duration,
    /// What agents that read a snapshot did, and what they were not given.
    pub notes: Vec<String>,
}

/// Runs what has no answer yet.
///
/// # Errors
/// When the store cannot be written or the supervisor cannot work.
pub fn execute(
    session: &Session,
    request: &RunRequest,
    prepared: &Prepared,
    fresh: bool,
    observer: &mut dyn Observer,
) -> Result<Executed, PipelineError> {
    let started = Instant::now();
    let mut desk = Desk::new(session, request, prepared);
    let mut jobs = Vec::new();
    let own = session.store.answers(&request.id);
    for (index, work) in prepared.work.iter().enumerate() {
        if let Some((answer, reused)) = desk.existing(work, &own, fresh) {
            desk.keep(index, answer, reused, observer)?;
        } else if work.brief.is_none() {
            desk.keep(index, offline_answer(work, prepared), false, observer)?;
        } else {
            match desk.start(index, Duration::ZERO) {
                Ok(job) => jobs.push(job),
                Err(ending) => desk.fail(index, ending, observer)?,
            }
        }
    }
    let finish = if jobs.is_empty() { Finish::Completed } else { desk.supervise(jobs, observer)? };
    let (results, lines, elapsed) = (desk.results(), desk.lines(), started.elapsed());
    Ok(Executed { results, lines, finish, elapsed, notes: desk.explorer.finish() })
}

/// One part of work as it stands.
struct Place {
    backend: String,
    attempts: u32,
    tried: Vec<(String, Ending)>,
    answer: Option<StoredAnswer>,
    reused: bool,
}

/// Keeps the books of one run.
struct Desk<'a> {
    session: &'a Session,
    run: &'a RunId,
    prepared: &'a Prepared,
    environment: Environment,
    explorer: Explorer<'a>,
    places: Vec<Place>,
    index: BTreeMap<JobId, usize>,
}

impl<'a> Desk<'a> {
    fn new(session: &'a Session, request: &'a RunRequest, prepared: &'a Prepared) -> Self {
        let place = |work: &Work| Place {
            backend: work.job.backend.clone(),
            attempts: 0,
            tried: Vec::new(),
            answer: None,
            reused: false,
        };
        let index = prepared.work.iter().enumerate().map(|(i, work)| (work.id.clone(), i)).collect();
        let places = prepared.work.iter().map(place).collect();
        let explorer = Explorer::new(session, request, prepared);
        Self { session, run: &request.id, prepared, environment: environment(session), explorer, places, index }
    }

    /// An answer that need not be asked for again: of this run before it was
    /// interrupted, or of an earlier run of the same work.
    fn existing(&self, work: &Work, own: &[StoredAnswer], fresh: bool) -> Option<(StoredAnswer, bool)> {
        let fits = |a: &&StoredAnswer| a.job == work.id && a.ending == Ending::Answered && a.reply.is_some();
        if let Some(own) = own.iter().find(fits) {
            return Some((own.clone(), false));
        }
        if fresh || work.brief.is_none() {
            return None;
        }
        let earlier = self.session.store.run_for_key(&work.key)?;
        self.session.store.answers(&earlier).iter().find(fits).map(|answer| (answer.clone(), true))
    }

    fn keep(
        &mut self,
        index: usize,
        answer: StoredAnswer,
        reused: bool,
        observer: &mut dyn Observer,
    ) -> Result<(), PipelineError> {
        self.session.store.save_answer(self.run, &answer)?;
        let work = &self.prepared.work[index];
        if answer.ending == Ending::Answered && work.brief.is_some() && !reused {
            self.session.store.claim_key(&work.key, self.run)?;
        }
        self.places[index].reused = reused;
        let line = line_of(&work.id, &answer);
        self.places[index].answer = Some(answer);
        observer.settled(&work.id, &line, reused);
        Ok(())
    }

    fn fail(&mut self, index: usize, ending: Ending, observer: &mut dyn Observer) -> Result<(), PipelineError> {
        let answer = self.answer(index, Answer { ending, reply: None, usage: Usage::default(), detail: None });
        self.keep(index, answer, false, observer)
    }

    fn answer(&self, index: usize, answer: Answer) -> StoredAnswer {
        let (work, place) = (&self.prepared.work[index], &self.places[index]);
        StoredAnswer {
            job: work.id.clone(),
            backend: place.backend.clone(),
            ending: answer.ending,
            elapsed: Duration::ZERO,
            reply: answer.reply.as_ref().map(agent::encode_reply),
            usage: answer.usage,
            tried: place.tried.clone(),
            detail: answer.detail,
            hunks: hunks_of(work, self.prepared),
            attempts: place.attempts,
        }
    }

    fn start(&mut self, index: usize, delay: Duration) -> Result<SuperviseJob, Ending> {
        let work = &self.prepared.work[index];
        let spool = self.session.store.job_dir(self.run, &work.id).map_err(|e| Ending::NotStarted(e.to_string()))?;
        // What a supervisor that was killed left running would be paid for twice.
        supervise::reap(&spool);
        let snapshot = self.explorer.snapshot_for(&work.job, &self.places[index].backend);
        let invocation = self.invocation(index, snapshot?.as_deref())?;
        self.places[index].attempts += 1;
        let place = &self.places[index];
        let fields =
            [("job", work.id.to_string()), ("backend", place.backend.clone()), ("attempt", place.attempts.to_string())];
        self.session.store.log(self.run, "attempt", &fields);
        Ok(SuperviseJob { id: work.id.clone(), invocation, spool, delay })
    }

    fn invocation(&self, index: usize, snapshot: Option<&Path>) -> Result<Invocation, Ending> {
        let (work, place) = (&self.prepared.work[index], &self.places[index]);
        let settings = &self.session.settings;
        let refused = |why: &str| Ending::NotStarted(why.to_owned());
        let adapter = agent::adapter(&place.backend).ok_or_else(|| refused("no such backend"))?;
        let brief = work.brief.as_ref().ok_or_else(|| refused("no prompt"))?;
        if let Err(error) = self.session.store.save_prompt_digest(self.run, &work.id, &brief.prompt) {
            return Err(refused(&error.to_string()));
        }
        let words = settings.command.clone().unwrap_or_default();
        let own = words.first().map(PathBuf::from);
        let program = self.prepared.programs.get(&place.backend).cloned().or(own);
        let program = program.ok_or_else(|| refused("its program is not installed"))?;
        let limits = JobLimits {
            hard: settings.timeout,
            idle: settings.idle_timeout,
            output_bytes: settings.output_bytes,
            grace: GRACE,
        };
        // A model named for one backend means nothing to another one.
        let planned = (place.backend == work.job.backend).then_some(work.job.model.as_deref()).flatten();
        let model = planned.or(settings.model_of_backend(&place.backend));
        adapter
            .prepare(&InvocationRequest {
                program: &program,
                prompt: &brief.prompt,
                schema: &self.prepared.schema,
                model,
                limits,
                snapshot,
                tools: granted(&work.job),
                environment: &self.environment,
                endpoint: &settings.endpoint_of(&place.backend),
                command_args: words.get(1..).unwrap_or_default(),
            })
            .map_err(|error| match error {
                AgentError::Refused(why) => Ending::Refused(why),
                AgentError::TooLong { .. } => Ending::TooLong,
                AgentError::BadModel(_) => Ending::NotStarted(error.to_string()),
            })
    }

    fn supervise(&mut self, jobs: Vec<SuperviseJob>, observer: &mut dyn Observer) -> Result<Finish, PipelineError> {
        let settings = &self.session.settings;
        let options = SuperviseOptions {
            per_run: settings.jobs,
            slots: store::slots_dir().map(|dir| Slots { dir, count: settings.jobs }),
            cancel_file: Some(self.session.store.cancel_file(self.run)),
            handle_signals: true,
        };
        let mut fault = None;
        let finish = supervise::run(jobs, &options, &mut |event| {
            observer.event(&event);
            let Event::Finished(outcome) = event else { return Vec::new() };
            match self.settle(&outcome, observer) {
                Ok(more) => more,
                Err(error) => {
                    fault.get_or_insert(error);
                    Vec::new()
                }
            }
        })?;
        fault.map_or(Ok(finish), Err)
    }

    fn settle(&mut self, outcome: &Outcome, observer: &mut dyn Observer) -> Result<Vec<SuperviseJob>, PipelineError> {
        let Some(&index) = self.index.get(&outcome.job) else { return Ok(Vec::new()) };
        let read = self.read(index, outcome);
        let others = self.others(index);
        let (backend, delay) = match next(&read.ending, self.places[index].attempts, &others) {
            Next::Accept => {
                let mut answer = self.answer(index, read);
                answer.elapsed = outcome.elapsed;
                self.keep(index, answer, false, observer)?;
                return Ok(Vec::new());
            }
            Next::Again(delay) => (self.places[index].backend.clone(), delay),
            Next::Elsewhere(backend) => (backend, Duration::ZERO),
        };
        let place = &mut self.places[index];
        place.tried.push((place.backend.clone(), read.ending));
        if place.backend != backend {
            place.backend = backend;
            place.attempts = 0;
        }
        match self.start(index, delay) {
            Ok(job) => Ok(vec![job]),
            Err(ending) => self.fail(index, ending, observer).map(|()| Vec::new()),
        }
    }

    fn read(&self, index: usize, outcome: &Outcome) -> Answer {
        let (stdout, stderr) = (files::read_tail(&outcome.stdout, ANSWER), files::read_tail(&outcome.stderr, WORDS));
        let (stdout, stderr) = (stdout.unwrap_or_default(), stderr.unwrap_or_default());
        match agent::adapter(&self.places[index].backend) {
            Some(adapter) => adapter.read(outcome, &stdout, &stderr),
            None => Answer { ending: outcome.ending.clone(), reply: None, usage: Usage::default(), detail: None },
        }
    }

    /// Backends to go on with: none where the person named one.
    fn others(&self, index: usize) -> Vec<String> {
        let (work, place) = (&self.prepared.work[index], &self.places[index]);
        let named = self.session.settings.backend_of(&work.job.definition.name) != "auto";
        if named || self.prepared.asked_backend {
            return Vec::new();
        }
        let tried = |name: &String| *name == place.backend || place.tried.iter().any(|(t, _)| t == name);
        self.prepared.available.iter().filter(|name| !tried(name)).cloned().collect()
    }

    fn lines(&self) -> Vec<AgentLine> {
        let each = self.prepared.work.iter().zip(&self.places);
        each.map(|(work, place)| match &place.answer {
            Some(answer) => line_of(&work.id, answer),
            None => line_of(&work.id, &lost(work, &place.backend, &place.tried)),
        })
        .collect()
    }

    fn results(&self) -> Vec<JobResult> {
        let each = self.prepared.work.iter().zip(&self.places);
        let mut results: Vec<JobResult> = each
            .map(|(work, place)| {
                let answer = place.answer.clone().unwrap_or_else(|| lost(work, &place.backend, &place.tried));
                let reply = answer.reply.as_deref().and_then(|text| agent::decode_reply(text).ok());
                let offline = work.brief.is_none();
                JobResult {
                    job: work.id.clone(),
                    reviewer: if offline { "offline".into() } else { work.id.agent.to_string() },
                    line: line_of(&work.id, &answer),
                    given: answer.hunks,
                    counts_for_coverage: true,
                    reply,
                }
            })
            .collect();
        results.extend(self.facts());
        results
    }

    /// The offline reviewer's facts for agents that another backend runs, and
    /// secrets always: what a model says never removes them.
    fn facts(&self) -> Vec<JobResult> {
        let mut results = Vec::new();
        for (agent, reply) in &self.prepared.facts {
            let planned = self.prepared.work.iter().find(|work| work.id.agent == *agent);
            let mut reply = reply.clone();
            match planned {
                Some(work) if work.brief.is_none() => continue,
                Some(_) => {}
                None => reply.proposals.retain(|p| p.category == "CWE-798"),
            }
            let id = JobId { agent: agent.clone(), perspective: crate::model::Perspective::Informed, chunk: 1 };
            let answer = facts_answer(&id, &reply);
            results.push(JobResult {
                line: line_of(&id, &answer),
                job: id,
                reviewer: "offline".into(),
                given: reply.coverage.clone(),
                counts_for_coverage: false,
                reply: Some(reply),
            });
        }
        results
    }
}

/// The person's environment, with nothing of the work tree on its search path.
fn environment(session: &Session) -> Environment {
    let current = Environment::current();
    match session.repo.work_tree() {
        Some(top) => current.outside(top),
        None => current,
    }
}
