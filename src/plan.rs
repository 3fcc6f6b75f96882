//! Who runs on what, who does not, and why.
//!
//! Pure: the same input gives the same plan. Promises that every agent asked for
//! is either in `jobs` or in `skipped` with a reason. Starting them, asking the
//! person for approval and falling back to another backend are left to others.
//!
//! # Who gets which backend under `auto`
//! Each family of models, such as all of Anthropic's, is used through its first usable
//! backend, and reviewers take the families in turn: the first enabled one (security) the
//! first, performance the second, retro the third, and round again. Chosen because what one
//! family overlooks another may see, and a rate limit then hits one reviewer. By place among
//! the enabled ones, not among those that run today, so that an answer found for a reviewer
//! is found again. The first backend runs everybody where the person set `agents.command`, or
//! one model for all by `agents.model`: it would mean nothing to another family.

use thiserror::Error;

use crate::model::{
    Access, AgentDefinition, AgentName, AgentSkip, BackendCandidate, Change, FileChange, Job,
    Language, Perspective, Plan, Settings,
};

/// The backend that is always there.
const OFFLINE: &str = "offline";
/// The backend of the person's own program.
const COMMAND: &str = "command";

/// What a plan is made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlanInput<'a> {
    /// Definitions found; for one name the first counts.
    pub definitions: &'a [AgentDefinition],
    /// Settings.
    pub settings: &'a Settings,
    /// Agents named on the command line; empty: those that settings enable.
    pub requested: &'a [AgentName],
    /// Backend named on the command line.
    pub requested_backend: Option<&'a str>,
    /// The change.
    pub change: &'a Change,
    /// Usable backends in order of preference, without `offline`.
    pub available: &'a [BackendCandidate],
    /// Whether nobody is there to be asked.
    pub background: bool,
    /// Agents whose tools beyond reading a person approved, now or beforehand.
    pub approved: &'a [AgentName],
    /// Agents that may not run whatever else holds, each with the reason.
    pub withheld: &'a [AgentSkip],
}

/// Why there is no plan: all of these are the person's to settle.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PlanError {
    /// No definition has this name.
    #[error("unknown agent `{name}`")]
    UnknownAgent {
        /// As asked for.
        name: AgentName,
        /// Those there are, sorted.
        known: Vec<AgentName>,
    },
    /// A backend was named and cannot be used.
    #[error("backend `{backend}` for agent `{agent}` is not usable")]
    MissingBackend {
        /// As asked for.
        backend: String,
        /// For whom.
        agent: AgentName,
    },
    /// Settings enable nobody and nobody was named.
    #[error("no agent is enabled")]
    NothingEnabled,
}

/// Decides. Order: as requested, else as enabled; each agent's perspectives as defined.
pub(crate) fn plan(input: &PlanInput) -> Result<Plan, PlanError> {
    let names = chosen(input)?;
    let content = Content::of(input.change);
    let mut plan = Plan {
        jobs: Vec::new(),
        skipped: Vec::new(),
    };
    for (place, name) in names.into_iter().enumerate() {
        if let Some(withheld) = input
            .withheld
            .iter()
            .find(|withheld| withheld.name == *name)
        {
            plan.skipped.push(withheld.clone());
            continue;
        }
        let definition = definition_of(input, name)?;
        let backend = backend_of(input, definition, place)?;
        match skip(input, definition, &backend, content) {
            Some(skipped) => plan.skipped.push(skipped),
            None => plan.jobs.extend(jobs_of(input, definition, &backend)),
        }
    }
    Ok(plan)
}

/// Each name once.
fn chosen<'a>(input: &PlanInput<'a>) -> Result<Vec<&'a AgentName>, PlanError> {
    let asked = if input.requested.is_empty() {
        &input.settings.enabled
    } else {
        input.requested
    };
    let mut names: Vec<&AgentName> = Vec::new();
    for name in asked {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        Err(PlanError::NothingEnabled)
    } else {
        Ok(names)
    }
}

fn definition_of<'a>(
    input: &PlanInput<'a>,
    name: &AgentName,
) -> Result<&'a AgentDefinition, PlanError> {
    let found = input.definitions.iter().find(|d| d.name == *name);
    found.ok_or_else(|| {
        let mut known: Vec<AgentName> = input.definitions.iter().map(|d| d.name.clone()).collect();
        known.sort();
        known.dedup();
        PlanError::UnknownAgent {
            name: name.clone(),
            known,
        }
    })
}

/// `place` is the agent's among those that run.
fn backend_of(
    input: &PlanInput,
    definition: &AgentDefinition,
    place: usize,
) -> Result<String, PlanError> {
    let name = &definition.name;
    let asked = input
        .requested_backend
        .unwrap_or_else(|| input.settings.backend_of(name));
    match asked {
        "auto" => Ok(spread(input, definition, place).to_owned()),
        OFFLINE => Ok(OFFLINE.to_owned()),
        other if input.available.iter().any(|b| b.name == other) => Ok(other.to_owned()),
        other => Err(PlanError::MissingBackend {
            backend: other.to_owned(),
            agent: name.clone(),
        }),
    }
}

/// The backend that `auto` means for this agent. One that asks for reading goes where it is given, if anywhere.
fn spread<'a>(input: &PlanInput<'a>, definition: &AgentDefinition, place: usize) -> &'a str {
    let name = &definition.name;
    let reads = definition.access() == Access::Explore
        && input.available.iter().any(|b| b.auto && b.explores);
    let mut candidates = input
        .available
        .iter()
        .filter(|backend| backend.auto && (backend.explores || !reads));
    let Some(first) = candidates.next() else {
        return OFFLINE;
    };
    if first.name == COMMAND || input.settings.model_of(name).is_some() {
        return &first.name;
    }
    let mut heads: Vec<&BackendCandidate> = vec![first];
    for backend in candidates {
        if heads.iter().all(|head| head.family != backend.family) {
            heads.push(backend);
        }
    }
    let place = input
        .settings
        .enabled
        .iter()
        .position(|enabled| enabled == name)
        .unwrap_or(place);
    &heads[place % heads.len()].name
}

/// Why an agent does not run, if it does not.
fn skip(
    input: &PlanInput,
    definition: &AgentDefinition,
    backend: &str,
    content: Content,
) -> Option<AgentSkip> {
    let name = &definition.name;
    let skipped = |why: &str, is_gap| {
        Some(AgentSkip {
            name: name.clone(),
            why: why.to_owned(),
            is_gap,
        })
    };
    match content {
        Content::Nothing => return skipped("nothing changed", false),
        Content::LeftOut => return skipped("every changed file was left out", false),
        Content::Prose | Content::LockFiles | Content::Code => {}
    }
    let named = input.requested.contains(name);
    if !named {
        let wanted = input.settings.policy.enabled.as_ref();
        if wanted.is_some_and(|w| !w.contains(name)) {
            return skipped("not wanted by .gitagents.toml", false);
        }
        if let Some(why) = nothing_in_its_field(name, content) {
            return skipped(why, false);
        }
    }
    if backend == OFFLINE && field(name).is_none() {
        return skipped(
            "needs a model: the offline reviewer knows security, performance and retro only",
            true,
        );
    }
    match definition.access() {
        Access::Unsafe(tools) if !input.approved.contains(name) => {
            let when = if input.background {
                "in background reviews"
            } else {
                "without your approval"
            };
            let options: Vec<String> = tools
                .iter()
                .map(|tool| format!("--tool {}", shell_words::quote(tool)))
                .collect();
            let command = format!("git agents trust {name} {}", options.join(" "));
            skipped(
                &format!(
                    "it requests {}, which is not allowed {when}; `{command}` allows it",
                    tools.join(", ")
                ),
                true,
            )
        }
        Access::Sealed | Access::Explore | Access::Unsafe(_) => None,
    }
}

/// The built-in fields, by name: a definition that replaces one keeps its field.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Security,
    Performance,
    Retro,
}

fn field(name: &AgentName) -> Option<Field> {
    match name.as_str() {
        "security" => Some(Field::Security),
        "performance" => Some(Field::Performance),
        "retro" => Some(Field::Retro),
        _ => None,
    }
}

fn nothing_in_its_field(name: &AgentName, content: Content) -> Option<&'static str> {
    match (field(name)?, content) {
        (Field::Security | Field::Performance, Content::Prose) => Some("only prose changed"),
        (Field::Performance | Field::Retro, Content::LockFiles) => Some("only lock files changed"),
        _ => None,
    }
}

/// The offline reviewer sees the change alone, so one perspective of it says everything.
fn jobs_of(input: &PlanInput, definition: &AgentDefinition, backend: &str) -> Vec<Job> {
    let mut perspectives: Vec<Perspective> = Vec::new();
    for perspective in &definition.perspectives {
        if !perspectives.contains(perspective) {
            perspectives.push(*perspective);
        }
    }
    if perspectives.is_empty() {
        perspectives.push(Perspective::Informed);
    }
    if backend == OFFLINE {
        perspectives.truncate(1);
    }
    let job = |perspective| Job {
        definition: definition.clone(),
        perspective,
        backend: backend.to_owned(),
        model: model_of(input, definition, backend),
        access: access_at(input, definition, backend),
    };
    perspectives.into_iter().map(job).collect()
}

/// Reading is only for backends that can be kept to it; at any other the agent runs sealed.
fn access_at(input: &PlanInput, definition: &AgentDefinition, backend: &str) -> Access {
    let explores = input
        .available
        .iter()
        .any(|usable| usable.name == backend && usable.explores);
    match definition.access() {
        Access::Explore if !explores => Access::Sealed,
        access => access,
    }
}

/// The user's choice for the agent, for the backend, for all, else the definition's. Other hosts write `inherit` for
/// "no choice", and short names that only `claude` knows.
fn model_of(input: &PlanInput, definition: &AgentDefinition, backend: &str) -> Option<String> {
    if backend == OFFLINE {
        return None;
    }
    let fits = definition
        .model_of
        .as_deref()
        .is_none_or(|host| host == backend);
    let own = definition
        .model
        .as_deref()
        .filter(|_| fits)
        .filter(|model| match *model {
            "inherit" | "" => false,
            "sonnet" | "opus" | "haiku" => backend == "claude",
            _ => true,
        });
    let settings = input.settings;
    let for_agent = settings
        .per_agent
        .get(definition.name.as_str())
        .and_then(|agent| agent.model.as_deref());
    let for_all = settings.model.as_deref();
    for_agent
        .or(settings.model_of_backend(backend))
        .or(for_all)
        .or(own)
        .map(str::to_owned)
}

/// What kind of work the change holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    /// Not a byte.
    Nothing,
    /// Only files that reviewers do not see.
    LeftOut,
    /// Text for people alone.
    Prose,
    /// Dependency changes and at most prose.
    LockFiles,
    /// Anything else.
    Code,
}

impl Content {
    fn of(change: &Change) -> Self {
        let all_prose = change.files.iter().all(is_prose);
        match (change.files.is_empty(), change.lock_files.is_empty()) {
            _ if change.is_empty() => Self::Nothing,
            (true, true) => Self::LeftOut,
            (false, true) if all_prose => Self::Prose,
            (_, false) if all_prose => Self::LockFiles,
            _ => Self::Code,
        }
    }
}

/// Whether a file is read by people only: prose that no tool and no agent obeys.
fn is_prose(file: &FileChange) -> bool {
    let name = String::from_utf8_lossy(file.path.file_name()).to_ascii_lowercase();
    let path = file.path.to_text().to_ascii_lowercase();
    let hidden = path.split('/').any(|part| part.starts_with('.'));
    let steers = hidden
        || ["agents", "claude", "gemini", "skill"]
            .iter()
            .any(|s| name == format!("{s}.md"));
    let regular = [file.old_mode, file.new_mode]
        .iter()
        .all(|mode| matches!(mode, 0 | 0o100_644));
    let known = [
        "readme",
        "license",
        "licence",
        "copying",
        "changelog",
        "authors",
        "notice",
        "contributing",
        "news",
    ];
    let named = known.iter().any(|k| {
        name == *k || name.starts_with(&format!("{k}.")) || name.starts_with(&format!("{k}-"))
    });
    let in_docs = path.split('/').any(|part| matches!(part, "doc" | "docs"));
    // `requirements.txt` and `CMakeLists.txt` are not for people
    let by_language = file.language == Language::Prose && (!name.ends_with(".txt") || in_docs);
    regular
        && !steers
        && (by_language || (named && matches!(file.language, Language::Prose | Language::Other)))
}

#[cfg(test)]
mod tests;
