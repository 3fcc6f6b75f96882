//! Everything before a process starts: the change, its facts, the plan, the prompts.

pub(crate) mod backend_selection;
pub(crate) mod definitions;
pub(crate) mod login_status;
mod masking;
pub(crate) mod probe;
#[cfg(test)]
mod reach_tests;
pub(crate) mod slash_command;
pub(crate) mod snapshot;
mod spared_secrets;

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use super::error::PipelineError;
use super::prepare::backend_selection::{Backends, check_backend, check_backends};
use super::prepare::definitions::{approved, check_trusted, definitions, not_obeyed, withheld};

use self::masking::mask;
use super::cache_key;
use super::prepare::slash_command::ResolvedCommand;
use super::workspace::Workspace;
use crate::agents::Definitions;
use crate::context::{self, ContextRequest};
use crate::diff;
use crate::diff::{CaptureLimits, CaptureRequest, Spared};
use crate::lockfile;
use crate::model::{
    AgentDefinition, AgentName, AgentSkip, Change, CommandCall, Context, HunkId, Job, JobId,
    MaskedSecret, Perspective, Plan, Prompt, Reply, TargetSpec,
};
use crate::offline::{self, OfflineInput};
use crate::plan::{self, PlanInput};
use crate::prompt;
use crate::prompt::PromptInput;
use crate::reply;
use crate::snapshot::Gathered;
use crate::sys::clock;

/// Text read for a review that no prompt bounds, bytes.
const OFFLINE_BYTES: u64 = 64 << 20;
/// Time for mining history when only the prompt is looked at.
const HISTORY_PREVIEW: Duration = Duration::from_millis(25);
/// Time for mining history while a person waits for a review.
const HISTORY_FOREGROUND: Duration = Duration::from_millis(250);
/// Time for mining history in the background.
const HISTORY_BACKGROUND: Duration = Duration::from_secs(3);

/// What is to be reviewed, and by whom.
#[derive(Clone, Debug)]
pub(crate) struct ReviewSpec {
    /// The target.
    pub target: TargetSpec,
    /// Agents by name; empty: those of the settings.
    pub agents: Vec<AgentName>,
    /// The slash command that they are to do.
    pub command: Option<CommandCall>,
    /// Backend for all of them.
    pub backend: Option<String>,
    /// Whether nobody waits for it.
    pub background: bool,
}

/// One prompt's work, or the offline reviewer's part.
#[derive(Clone)]
pub struct PromptJob {
    /// Its id.
    pub id: JobId,
    /// The planned job.
    pub job: Job,
    /// The prompt; none for the offline reviewer.
    pub prompt: Option<Prompt>,
    /// Key under which the answer can be used again.
    pub key: String,
}

/// A review, ready to start.
pub struct Prepared {
    /// The change, secrets masked.
    pub change: Change,
    /// Facts around it, secrets masked.
    pub context: Context,
    /// Secrets that were masked.
    pub secrets: Vec<MaskedSecret>,
    /// How many distinct ones.
    pub redacted: usize,
    /// Who runs.
    pub plan: Plan,
    /// What the offline reviewer found, by agent.
    pub facts: BTreeMap<AgentName, Reply>,
    /// What exploring agents may read; none where nobody does.
    pub snapshot: Option<Gathered>,
    /// The work, in plan order.
    pub work: Vec<PromptJob>,
    /// Backends usable on this machine, best first, without `offline`.
    pub available: Vec<String>,
    /// Programs of these backends.
    pub programs: BTreeMap<String, PathBuf>,
    /// Schema of the reply.
    pub schema: serde_json::Value,
    /// The project's own guidance for reviewers, secrets masked.
    pub guidance: Option<String>,
    /// Whether the person named one backend for this run.
    pub asked_backend: bool,
    /// Hunks that fit no prompt, and whose.
    pub left_out: Vec<(JobId, HunkId)>,
    /// Notes for people.
    pub notes: Vec<String>,
}

/// Reads the change and writes the prompts.
///
/// # Errors
/// When the change cannot be read, a definition or a setting is wrong, or a
/// configured backend cannot run.
pub(crate) fn prepare(workspace: &Workspace, ask: &ReviewSpec) -> Result<Prepared, PipelineError> {
    let mut prepared = gathered(workspace, ask, false)?;
    check_backends(workspace, &prepared.plan, &prepared.programs)?;
    write_work(workspace, &mut prepared, false);
    Ok(prepared)
}

/// As [`prepare`], with a prompt for every agent, whoever would run it: what
/// `git agents prompt` shows.
///
/// # Errors
/// As [`prepare`], but a backend need not be there.
pub(crate) fn preview(workspace: &Workspace, ask: &ReviewSpec) -> Result<Prepared, PipelineError> {
    let mut prepared = gathered(workspace, ask, true)?;
    write_work(workspace, &mut prepared, true);
    Ok(prepared)
}

/// Whether the plan can be made, before anything is written: agents are known,
/// backends can run.
///
/// # Errors
/// As [`prepare`].
pub(crate) fn check(workspace: &Workspace, ask: &ReviewSpec) -> Result<(), PipelineError> {
    let definitions = definitions(workspace)?;
    let called = call_of(workspace, ask, &definitions)?;
    ask.agents
        .iter()
        .try_for_each(|name| check_trusted(workspace, &definitions, name))?;
    let backends = Backends::find(workspace.repo.work_tree());
    let known = |name: &AgentName| definitions.agents.iter().any(|d| d.name == *name);
    if let Some(name) = ask.agents.iter().find(|name| !known(name)) {
        let known = definitions.agents.iter().map(|d| d.name.clone()).collect();
        return Err(plan::PlanError::UnknownAgent {
            name: name.clone(),
            known,
        }
        .into());
    }
    let called = called.map(|called| called.names());
    let named = if ask.agents.is_empty() {
        &workspace.settings.enabled
    } else {
        &ask.agents
    };
    for name in called.as_ref().unwrap_or(named) {
        let backend = ask
            .backend
            .as_deref()
            .unwrap_or_else(|| workspace.settings.backend_of(name));
        check_backend(workspace, backend, name, &backends.programs)?;
    }
    Ok(())
}

#[expect(
    clippy::too_many_lines,
    reason = "it lists, in order, everything that a review is prepared from"
)]
fn gathered(
    workspace: &Workspace,
    ask: &ReviewSpec,
    for_prompts: bool,
) -> Result<Prepared, PipelineError> {
    let definitions = definitions(workspace)?;
    let backends = Backends::find(workspace.repo.work_tree());
    let backends = if for_prompts {
        backends
    } else {
        backends.logged_in(workspace, ask)
    };
    let remote = for_prompts || backends.wanted(workspace, ask);
    let (mut change, mut spared) = read_change(workspace, ask, remote)?;
    if for_prompts {
        // A prompt that is only shown brings no findings, so that nothing beside it is searched.
        spared.clear();
    }
    // reading history is waiting for git: the detector's automata are built in the meantime
    let (mut context, detector) = thread::scope(|scope| {
        let detector = scope.spawn(workspace.detector);
        let context = gather(workspace, ask, &change, for_prompts);
        (
            context,
            detector.join().unwrap_or_else(|panic| resume_unwind(panic)),
        )
    });
    let called = call_of(workspace, ask, &definitions)?;
    let (known, requested, approved, withheld) = match &called {
        Some(called) => (
            &called.definitions,
            called.names(),
            called.approved.clone(),
            Vec::new(),
        ),
        None => {
            let approved = approved(workspace, &definitions.agents);
            (
                &definitions.agents,
                ask.agents.clone(),
                approved,
                withheld(workspace, &definitions),
            )
        }
    };
    let mut notes = workspace.settings.ignored.clone();
    notes.extend(if for_prompts {
        Vec::new()
    } else {
        backends.hints(workspace)
    });
    let mut guidance = workspace.settings.policy.guidance.clone();
    let masked = match &detector {
        Ok(detector) => spared_secrets::search(&workspace.repo, &spared, detector)
            .map_err(|error| error.to_string())
            .and_then(|searched| {
                let guidance = guidance.as_mut();
                mask(detector, &mut change, &mut context, guidance, &searched)
                    .map_err(|error| error.to_string())
            }),
        Err(error) => Err(error.to_string()),
    };
    notes.extend(change.notes.iter().cloned());
    let mut plan = plan::plan(&PlanInput {
        definitions: known,
        settings: &workspace.settings,
        requested: &requested,
        requested_backend: ask.backend.as_deref(),
        change: &change,
        available: &if for_prompts {
            Backends::all(workspace)
        } else {
            backends.plannable(workspace, ask)
        },
        background: ask.background,
        approved: &approved,
        withheld: &withheld,
    })?;
    if let Some(called) = &called {
        slash_command::refuse_offline(&mut plan);
        notes.extend(called.notes.iter().cloned());
    }
    notes.extend(
        plan.jobs
            .iter()
            .filter_map(|job| not_obeyed(&job.definition)),
    );
    notes.dedup();
    let mut snapshot = None;
    let (secrets, redacted) = match masked {
        Ok(mut masker) => {
            let found = (masker.hits().to_vec(), masker.count());
            snapshot = snapshot::gather(workspace, &change, &mut masker, &mut plan, &mut notes);
            found
        }
        Err(error) => {
            notes.push(format!(
                "secret detection failed ({error}): no agent outside this machine was asked"
            ));
            refuse_remote(&mut plan, &error);
            (Vec::new(), 0)
        }
    };
    let has_rules = |job: &Job| matches!(job.definition.name.as_str(), "security" | "performance");
    let structure = plan.jobs.iter().any(has_rules);
    let clock = clock::thread_time;
    let facts = match called {
        None => offline::review(&OfflineInput {
            change: &change,
            context: &context,
            secrets: &secrets,
            structure,
            clock,
        }),
        // it answers for no command
        Some(_) => BTreeMap::new(),
    };
    let schema = reply::reply_schema();
    Ok(Prepared {
        change,
        context,
        secrets,
        redacted,
        plan,
        facts,
        snapshot,
        work: Vec::new(),
        available: backends
            .usable(workspace)
            .into_iter()
            .map(|backend| backend.name)
            .collect(),
        programs: backends.programs,
        schema,
        asked_backend: ask.backend.is_some(),
        guidance,
        left_out: Vec::new(),
        notes,
    })
}

fn call_of(
    workspace: &Workspace,
    ask: &ReviewSpec,
    definitions: &Definitions,
) -> Result<Option<ResolvedCommand>, PipelineError> {
    ask.command
        .as_ref()
        .map(|call| slash_command::called(workspace, call, &ask.agents, definitions))
        .transpose()
}

fn read_change(
    workspace: &Workspace,
    ask: &ReviewSpec,
    remote: bool,
) -> Result<(Change, Vec<Spared>), PipelineError> {
    let settings = &workspace.settings;
    let exclude: Vec<String> = settings
        .exclude
        .iter()
        .chain(&settings.policy.exclude)
        .cloned()
        .collect();
    // Line numbers, the background and the instructions take their part of a prompt.
    let prompts = (settings.prompt_bytes * settings.prompts_per_agent) as u64 * 7 / 10;
    let total_bytes = if remote { prompts } else { OFFLINE_BYTES };
    let limits = CaptureLimits {
        total_bytes,
        ..CaptureLimits::default()
    };
    let capture = diff::capture(
        &workspace.repo,
        &CaptureRequest {
            spec: &ask.target,
            limits,
            exclude: &exclude,
        },
    )?;
    let mut change = capture.change;
    for lock in capture.lock_blobs {
        let mut summary = lockfile::summarize(&lock.path, lock.old.as_deref(), lock.new.as_deref());
        if let Some(why) = lock.unread {
            summary.incomplete = Some(why.to_owned());
        }
        change.lock_files.push(summary);
    }
    Ok((change, capture.spared))
}

fn gather(workspace: &Workspace, ask: &ReviewSpec, change: &Change, for_prompts: bool) -> Context {
    let deadline = match (for_prompts, ask.background) {
        (true, _) => HISTORY_PREVIEW,
        (false, true) => HISTORY_BACKGROUND,
        (false, false) => HISTORY_FOREGROUND,
    };
    context::gather(
        &workspace.repo,
        change,
        &ContextRequest {
            deadline,
            ..ContextRequest::default()
        },
    )
}

fn refuse_remote(plan: &mut Plan, error: &str) {
    let (kept, refused): (Vec<Job>, Vec<Job>) = plan
        .jobs
        .drain(..)
        .partition(|job| job.backend == "offline");
    plan.jobs = kept;
    plan.skipped
        .extend(refused.into_iter().map(|job| AgentSkip {
            name: job.definition.name,
            why: format!("secret detection failed: {error}"),
            is_gap: true,
        }));
}

fn write_work(workspace: &Workspace, prepared: &mut Prepared, preview: bool) {
    let nonce = prompt::nonce();
    let schema = prepared.schema.to_string();
    for job in &prepared.plan.jobs {
        if job.backend == "offline" && !preview {
            // The facts do not depend on the perspective: one part of work is enough.
            if job.perspective == Perspective::Informed {
                let agent = job.definition.name.clone();
                let id = JobId {
                    agent,
                    perspective: Perspective::Informed,
                    chunk: 1,
                };
                let key = cache_key::of(&prepared.change, job, &id, None, None);
                prepared.work.push(PromptJob {
                    id,
                    job: job.clone(),
                    prompt: None,
                    key,
                });
            }
            continue;
        }
        let candidates = prepared
            .facts
            .get(&job.definition.name)
            .map_or(&[][..], |reply| &reply.proposals);
        let composed = prompt::compose(&PromptInput {
            job,
            change: &prepared.change,
            context: &prepared.context,
            candidates,
            schema: &schema,
            snapshot: prepared.snapshot.as_ref().map(|snapshot| &snapshot.note),
            guidance: prepared.guidance.as_deref(),
            nonce: &nonce,
            budget: workspace.settings.prompt_bytes,
            max_chunks: workspace.settings.prompts_per_agent,
        });
        let left_out = JobId {
            agent: job.definition.name.clone(),
            perspective: job.perspective,
            chunk: 1,
        };
        prepared.left_out.extend(
            composed
                .left_out
                .into_iter()
                .map(|hunk| (left_out.clone(), hunk)),
        );
        for prompt in composed.prompts {
            // nothing is looked up for a prompt that is only shown
            let read = prepared
                .snapshot
                .as_ref()
                .map(|snapshot| snapshot.digest.as_str());
            let key = if preview {
                String::new()
            } else {
                cache_key::of(&prepared.change, job, &prompt.job, Some(&prompt), read)
            };
            prepared.work.push(PromptJob {
                id: prompt.job.clone(),
                job: job.clone(),
                prompt: Some(prompt),
                key,
            });
        }
    }
}

/// Whether this definition has a field in the offline reviewer.
pub(super) fn has_offline_field(
    facts: &BTreeMap<AgentName, Reply>,
    definition: &AgentDefinition,
) -> bool {
    facts.contains_key(&definition.name)
}
