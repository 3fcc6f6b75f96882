//! One part of work as it stands, and how its agent is called.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::backends;
use crate::backends::environment::Environment;
use crate::backends::{AgentError, Answer, InvocationRequest};
use crate::model::{Ending, Estimate, Invocation, JobLimits, Outcome, Reply, Usage};
use crate::reply;
use crate::review::execute::answers::hunks_of;
use crate::review::execute::schedule::Task;
use crate::review::execute::split;
use crate::review::prepare::snapshot::granted;
use crate::review::prepare::{Prepared, PromptJob};
use crate::review::workspace::Workspace;
use crate::store::{Attempt, Stage, StoredAnswer};
use crate::sys::files;

/// Between TERM and KILL.
const GRACE: Duration = Duration::from_secs(3);
/// End of an agent's standard output that is read, bytes: every program prints its answer last, and a longer one is
/// no reply. What an agent may print before it costs no memory.
const ANSWER: u64 = 4 << 20;
/// The same for standard error.
const WORDS: u64 = 256 << 10;

/// What a call is made from besides the prompt.
pub(crate) struct InvocationContext<'a> {
    pub(crate) prepared: &'a Prepared,
    pub(crate) environment: &'a Environment,
    /// What an exploring agent may read.
    pub(crate) snapshot: Option<&'a Path>,
}

/// What belongs to one task of the schedule and decides nothing there: its prompt, what its
/// attempts cost, and what they said.
pub(crate) struct TaskRecord<'a> {
    pub(crate) job: Cow<'a, PromptJob>,
    /// The ledger's number of the attempt that runs.
    pub(crate) number: u32,
    /// What all attempts cost so far, as their programs said.
    pub(crate) usage: Usage,
    /// What their programs did not say, guessed.
    pub(crate) estimate: Estimate,
    /// What the last attempt said, and how long it took.
    pub(crate) last_attempt: Option<(Answer, Duration)>,
    /// The answer that was kept; it is final.
    pub(crate) answer: Option<StoredAnswer>,
}

/// How far an earlier process of this review came with a task.
pub(crate) struct Interruption {
    /// The backend of the last attempt.
    pub(crate) backend: String,
    /// Attempts at that backend.
    pub(crate) attempts: u32,
    /// The attempts before the last one.
    pub(crate) failed: Vec<(String, Ending)>,
    /// How the last attempt ended.
    pub(crate) ending: Ending,
}

impl<'a> TaskRecord<'a> {
    pub(crate) fn new(job: Cow<'a, PromptJob>) -> Self {
        Self {
            job,
            number: 0,
            usage: Usage::default(),
            estimate: Estimate::default(),
            last_attempt: None,
            answer: None,
        }
    }

    /// Takes up the attempts that an earlier process of this review wrote down; gives how far it
    /// came, or nothing where it never asked.
    pub(crate) fn resume(&mut self, past: &[Attempt]) -> Option<Interruption> {
        let mut failed = Vec::new();
        for attempt in past {
            let ending = match &attempt.stage {
                Stage::Started => Ending::Lost,
                Stage::Ended(ending) => ending.clone(),
            };
            failed.push((attempt.backend.clone(), ending));
            self.usage.add(&attempt.usage);
            self.estimate.add(&attempt.estimate);
        }
        let too_long = failed
            .iter()
            .position(|(_, ending)| *ending == Ending::TooLong);
        if let Some(at) = too_long
            && split::can_split(&self.job)
        {
            // What came after it was one of its halves, whose answers are found by themselves.
            let (backend, ending) = failed.swap_remove(at);
            failed.truncate(at);
            return Some(Interruption {
                backend,
                attempts: 0,
                failed,
                ending,
            });
        }
        let (backend, ending) = failed.pop()?;
        let ending = match ending {
            // Its answer did not reach the disk.
            Ending::Answered => Ending::Lost,
            other => other,
        };
        let at_backend = past
            .iter()
            .filter(|attempt| attempt.backend == backend)
            .count();
        Some(Interruption {
            backend,
            attempts: u32::try_from(at_backend).unwrap_or(u32::MAX),
            failed,
            ending,
        })
    }

    /// The answer as it is kept.
    pub(crate) fn stored(
        &self,
        prepared: &Prepared,
        task: &Task,
        answer: Answer,
        elapsed: Duration,
    ) -> StoredAnswer {
        StoredAnswer {
            job: self.job.id.clone(),
            backend: task.backend.clone(),
            ending: answer.ending,
            elapsed,
            reply: answer.reply.as_ref().map(reply::encode_reply),
            usage: Usage {
                model: answer.usage.model.or(self.usage.model.clone()),
                ..self.usage.clone()
            },
            estimate: self.estimate,
            tried: task.failed.clone(),
            detail: answer.detail,
            hunks: hunks_of(&self.job, prepared),
            attempts: task.attempts,
        }
    }

    /// What the ended process said.
    pub(crate) fn interpret(&self, outcome: &Outcome, backend: &str) -> Answer {
        let (stdout, stderr) = (
            files::read_tail(&outcome.stdout, ANSWER),
            files::read_tail(&outcome.stderr, WORDS),
        );
        let (stdout, stderr) = (stdout.unwrap_or_default(), stderr.unwrap_or_default());
        let Some(adapter) = backends::adapter(backend) else {
            return ended(outcome.ending.clone());
        };
        let answer = adapter.read(outcome, &stdout, &stderr);
        if !matches!(outcome.ending, Ending::TimedOut(_)) {
            return answer;
        }
        // Some programs say everything and then do not exit. What they said is whole where it
        // names every hunk that was asked about.
        let as_if_exited = Outcome {
            ending: Ending::Answered,
            ..outcome.clone()
        };
        let said = adapter.read(&as_if_exited, &stdout, &stderr);
        if said.ending == Ending::Answered && self.is_whole(said.reply.as_ref()) {
            said
        } else {
            answer
        }
    }

    /// Whether a reply names every hunk of the prompt as read.
    fn is_whole(&self, reply: Option<&Reply>) -> bool {
        let (Some(reply), Some(prompt)) = (reply, &self.job.prompt) else {
            return false;
        };
        prompt
            .hunks
            .iter()
            .all(|hunk| reply.coverage.contains(hunk))
    }

    /// The call.
    pub(crate) fn invocation(
        &self,
        workspace: &Workspace,
        backend: &str,
        context: &InvocationContext<'_>,
    ) -> Result<Invocation, Ending> {
        let InvocationContext {
            prepared,
            environment,
            snapshot,
        } = *context;
        let settings = &workspace.settings;
        let refused = |why: &str| Ending::NotStarted(why.to_owned());
        let adapter = backends::adapter(backend).ok_or_else(|| refused("no such backend"))?;
        let prompt = self
            .job
            .prompt
            .as_ref()
            .ok_or_else(|| refused("no prompt"))?;
        let words = settings.command.clone().unwrap_or_default();
        let own = words.first().map(PathBuf::from);
        let program = prepared.programs.get(backend).cloned().or(own);
        let program = program.ok_or_else(|| refused("its program is not installed"))?;
        let limits = JobLimits {
            hard: settings.timeout,
            idle: settings.idle_timeout,
            output_bytes: settings.output_bytes,
            grace: GRACE,
        };
        // A model named for one backend means nothing to another one.
        let job = &self.job.job;
        let planned = (backend == job.backend)
            .then_some(job.model.as_deref())
            .flatten();
        adapter
            .prepare(&InvocationRequest {
                program: &program,
                prompt: &prompt.text,
                shared: prompt.shared,
                schema: &prepared.schema,
                model: planned.or(settings.model_of_backend(backend)),
                limits,
                snapshot,
                tools: granted(job),
                environment,
                endpoint: &settings.endpoint_of(backend),
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
