//! One part of work as it stands, and how its agent is called.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::backends;
use crate::backends::environment::Environment;
use crate::backends::{AgentError, Answer, InvocationRequest};
use crate::model::{Ending, Estimate, HunkId, Invocation, JobLimits, Outcome, Usage};
use crate::reply;
use crate::review::execute::answers::hunks_of;
use crate::review::execute::split;
use crate::review::prepare::snapshot::granted;
use crate::review::prepare::{Prepared, Work};
use crate::review::workspace::Session;
use crate::store::{Attempt, Stage, StoredAnswer};
use crate::sys::files;

/// Between TERM and KILL.
const GRACE: Duration = Duration::from_secs(3);
/// End of an agent's standard output that is read, bytes: every program prints its answer last, and a longer one is
/// no reply. What an agent may print before it costs no memory.
const ANSWER: u64 = 4 << 20;
/// The same for standard error.
const WORDS: u64 = 256 << 10;

/// What a call is made from besides the work.
pub(crate) struct Around<'a> {
    pub(crate) prepared: &'a Prepared,
    pub(crate) environment: &'a Environment,
    /// What an exploring agent may read.
    pub(crate) snapshot: Option<&'a Path>,
}

/// One part of work as it stands.
pub(crate) struct Place<'a> {
    pub(crate) work: Cow<'a, Work>,
    /// The backend that is asked, or was asked last.
    pub(crate) backend: String,
    /// Attempts at this backend in this run, each counted on disk before it started.
    pub(crate) attempts: u32,
    /// The ledger's number of the attempt that runs.
    pub(crate) number: u32,
    /// Backends that failed, each with its ending.
    pub(crate) tried: Vec<(String, Ending)>,
    /// What all attempts cost so far.
    pub(crate) usage: Usage,
    /// What their programs did not say, guessed.
    pub(crate) estimate: Estimate,
    /// Hunks that a split left without a prompt.
    pub(crate) unfit: Vec<HunkId>,
    pub(crate) answer: Option<StoredAnswer>,
}

impl<'a> Place<'a> {
    pub(crate) fn new(work: Cow<'a, Work>) -> Self {
        let backend = work.job.backend.clone();
        Self {
            work,
            backend,
            attempts: 0,
            number: 0,
            tried: Vec::new(),
            usage: Usage::default(),
            estimate: Estimate::default(),
            unfit: Vec::new(),
            answer: None,
        }
    }

    /// Takes up what an earlier supervisor of this run wrote down; returns how its last attempt ended.
    pub(crate) fn resume(&mut self, past: &[Attempt]) -> Option<Ending> {
        for attempt in past {
            let ending = match &attempt.stage {
                Stage::Started => Ending::Lost,
                Stage::Ended(ending) => ending.clone(),
            };
            self.tried.push((attempt.backend.clone(), ending));
            self.usage.add(&attempt.usage);
            self.estimate.add(&attempt.estimate);
        }
        if let Some(at) = self
            .tried
            .iter()
            .position(|(_, ending)| *ending == Ending::TooLong)
            && split::can_split(&self.work)
        {
            // what came after it was one of its halves, whose answers are found by themselves
            let (backend, ending) = self.tried.swap_remove(at);
            self.tried.truncate(at);
            self.backend = backend;
            return Some(ending);
        }
        let (backend, ending) = self.tried.pop()?;
        // its answer did not reach the disk
        let ending = if ending == Ending::Answered {
            Ending::Lost
        } else {
            ending
        };
        let same = past
            .iter()
            .filter(|attempt| attempt.backend == backend)
            .count();
        (self.backend, self.attempts) = (backend, u32::try_from(same).unwrap_or(u32::MAX));
        Some(ending)
    }

    /// Goes on at this backend after the last attempt ended in this way.
    pub(crate) fn go_on(&mut self, backend: String, ending: Ending) {
        self.tried.push((self.backend.clone(), ending));
        if self.backend != backend {
            self.backend = backend;
            self.attempts = 0;
        }
    }

    /// The answer as it is kept.
    pub(crate) fn stored(
        &self,
        prepared: &Prepared,
        answer: Answer,
        elapsed: Duration,
    ) -> StoredAnswer {
        StoredAnswer {
            job: self.work.id.clone(),
            backend: self.backend.clone(),
            ending: answer.ending,
            elapsed,
            reply: answer.reply.as_ref().map(reply::encode_reply),
            usage: Usage {
                model: answer.usage.model.or(self.usage.model.clone()),
                ..self.usage.clone()
            },
            estimate: self.estimate,
            tried: self.tried.clone(),
            detail: answer.detail,
            hunks: hunks_of(&self.work, prepared)
                .into_iter()
                .chain(self.unfit.iter().copied())
                .collect(),
            attempts: self.attempts,
        }
    }

    /// What the ended process said.
    pub(crate) fn read(&self, outcome: &Outcome) -> Answer {
        let (stdout, stderr) = (
            files::read_tail(&outcome.stdout, ANSWER),
            files::read_tail(&outcome.stderr, WORDS),
        );
        let (stdout, stderr) = (stdout.unwrap_or_default(), stderr.unwrap_or_default());
        match backends::adapter(&self.backend) {
            Some(adapter) => adapter.read(outcome, &stdout, &stderr),
            None => ended(outcome.ending.clone()),
        }
    }

    /// The call.
    pub(crate) fn invocation(
        &self,
        session: &Session,
        around: &Around<'_>,
    ) -> Result<Invocation, Ending> {
        let Around {
            prepared,
            environment,
            snapshot,
        } = *around;
        let settings = &session.settings;
        let refused = |why: &str| Ending::NotStarted(why.to_owned());
        let adapter = backends::adapter(&self.backend).ok_or_else(|| refused("no such backend"))?;
        let brief = self
            .work
            .brief
            .as_ref()
            .ok_or_else(|| refused("no prompt"))?;
        let words = settings.command.clone().unwrap_or_default();
        let own = words.first().map(PathBuf::from);
        let program = prepared.programs.get(&self.backend).cloned().or(own);
        let program = program.ok_or_else(|| refused("its program is not installed"))?;
        let limits = JobLimits {
            hard: settings.timeout,
            idle: settings.idle_timeout,
            output_bytes: settings.output_bytes,
            grace: GRACE,
        };
        // A model named for one backend means nothing to another one.
        let job = &self.work.job;
        let planned = (self.backend == job.backend)
            .then_some(job.model.as_deref())
            .flatten();
        adapter
            .prepare(&InvocationRequest {
                program: &program,
                prompt: &brief.prompt,
                shared: brief.shared,
                schema: &prepared.schema,
                model: planned.or(settings.model_of_backend(&self.backend)),
                limits,
                snapshot,
                tools: granted(job),
                environment,
                endpoint: &settings.endpoint_of(&self.backend),
                command_args: words.get(1..).unwrap_or_default(),
            })
            .map_err(|error| match error {
                AgentError::Refused(why) => Ending::Refused(why),
                AgentError::TooLong { .. } => Ending::TooLong,
                AgentError::BadModel(_) => Ending::NotStarted(error.to_string()),
            })
    }
}

/// An ending without a word.
pub(crate) fn ended(ending: Ending) -> Answer {
    Answer {
        ending,
        reply: None,
        usage: Usage::default(),
        detail: None,
    }
}
