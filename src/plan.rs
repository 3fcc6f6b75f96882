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
    Access, AgentDefinition, AgentName, Change, FileChange, Job, Language, Perspective, Plan, Settings, SkippedAgent,
    Usable,
};

/// The backend that is always there.
const OFFLINE: &str = "offline";
/// The backend of the person's own program.
const COMMAND: &str = "command";

/// What a plan is made from.
#[derive(Clone, Copy, Debug)]
pub struct PlanInput<'a> {
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
    pub available: &'a [Usable],
    /// Whether nobody is there to be asked.
    pub background: bool,
    /// Agents whose tools beyond reading a person approved, now or beforehand.
    pub approved: &'a [AgentName],
    /// Agents that may not run whatever else holds, each with the reason.
    pub withheld: &'a [SkippedAgent],
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
pub fn plan(input: &PlanInput) -> Result<Plan, PlanError> {
    let names = chosen(input)?;
    let content = Content::of(input.change);
    let mut plan = Plan { jobs: Vec::new(), skipped: Vec::new() };
    for (place, name) in names.into_iter().enumerate() {
        if let Some(withheld) = input.withheld.iter().find(|withheld| withheld.name == *name) {
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
    let asked = if input.requested.is_empty() { &input.settings.enabled } else { input.requested };
    let mut names: Vec<&AgentName> = Vec::new();
    for name in asked {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() { Err(PlanError::NothingEnabled) } else { Ok(names) }
}

fn definition_of<'a>(input: &PlanInput<'a>, name: &AgentName) -> Result<&'a AgentDefinition, PlanError> {
    let found = input.definitions.iter().find(|d| d.name == *name);
    found.ok_or_else(|| {
        let mut known: Vec<AgentName> = input.definitions.iter().map(|d| d.name.clone()).collect();
        known.sort();
        known.dedup();
        PlanError::UnknownAgent { name: name.clone(), known }
    })
}

/// `place` is the agent's among those that run.
fn backend_of(input: &PlanInput, definition: &AgentDefinition, place: usize) -> Result<String, PlanError> {
    let name = &definition.name;
    let asked = input.requested_backend.unwrap_or_else(|| input.settings.backend_of(name));
    match asked {
        "auto" => Ok(spread(input, definition, place).to_owned()),
        OFFLINE => Ok(OFFLINE.to_owned()),
        other if input.available.iter().any(|b| b.name == other) => Ok(other.to_owned()),
        other => Err(PlanError::MissingBackend { backend: other.to_owned(), agent: name.clone() }),
    }
}

/// The backend that `auto` means for this agent. One that asks for reading goes where it is given, if anywhere.
fn spread<'a>(input: &PlanInput<'a>, definition: &AgentDefinition, place: usize) -> &'a str {
    let name = &definition.name;
    let reads = definition.access() == Access::Explore && input.available.iter().any(|b| b.auto && b.explores);
    let mut candidates = input.available.iter().filter(|backend| backend.auto && (backend.explores || !reads));
    let Some(first) = candidates.next() else { return OFFLINE };
    if first.name == COMMAND || input.settings.model_of(name).is_some() {
        return &first.name;
    }
    let mut heads: Vec<&Usable> = vec![first];
    for backend in candidates {
        if heads.iter().all(|head| head.family != backend.family) {
            heads.push(backend);
        }
    }
    let place = input.settings.enabled.iter().position(|enabled| enabled == name).unwrap_or(place);
    &heads[place % heads.len()].name
}

/// Why an agent does not run, if it does not.
fn skip(input: &PlanInput, definition: &AgentDefinition, backend: &str, content: Content) -> Option<SkippedAgent> {
    let name = &definition.name;
    let skipped = |why: &str, is_gap| Some(SkippedAgent { name: name.clone(), why: why.to_owned(), is_gap });
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
        return skipped("needs a model: the offline reviewer knows security, performance and retro only", true);
    }
    match definition.access() {
        Access::Unsafe(tools) if !input.approved.contains(name) => {
            let when = if input.background { "in the background" } else { "without your approval" };
            let options: Vec<String> =
                tools.iter().map(|tool| format!("--tool {}", shell_words::quote(tool))).collect();
            let command = format!("git agents trust {name} {}", options.join(" "));
            skipped(&format!("asks for {}: refused {when}; `{command}` allows it", tools.join(", ")), true)
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
    let explores = input.available.iter().any(|usable| usable.name == backend && usable.explores);
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
    let fits = definition.model_of.as_deref().is_none_or(|host| host == backend);
    let own = definition.model.as_deref().filter(|_| fits).filter(|model| match *model {
        "inherit" | "" => false,
        "sonnet" | "opus" | "haiku" => backend == "claude",
        _ => true,
    });
    let settings = input.settings;
    let for_agent = settings.per_agent.get(definition.name.as_str()).and_then(|agent| agent.model.as_deref());
    let for_all = settings.model.as_deref();
    for_agent.or(settings.model_of_backend(backend)).or(for_all).or(own).map(str::to_owned)
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
    let steers = hidden || ["agents", "claude", "gemini", "skill"].iter().any(|s| name == format!("{s}.md"));
    let regular = [file.old_mode, file.new_mode].iter().all(|mode| matches!(mode, 0 | 0o100_644));
    let known = ["readme", "license", "licence", "copying", "changelog", "authors", "notice", "contributing", "news"];
    let named =
        known.iter().any(|k| name == *k || name.starts_with(&format!("{k}.")) || name.starts_with(&format!("{k}-")));
    let in_docs = path.split('/').any(|part| matches!(part, "doc" | "docs"));
    // `requirements.txt` and `CMakeLists.txt` are not for people
    let by_language = file.language == Language::Prose && (!name.ends_with(".txt") || in_docs);
    regular && !steers && (by_language || (named && matches!(file.language, Language::Prose | Language::Other)))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::model::{
        DefinitionSource, FileStatus, LockFileChange, Reader, RepoPath, RepoPolicy, SkipReason, Skipped, Target,
        TargetKind,
    };

    fn name(text: &str) -> AgentName {
        AgentName::parse(text).unwrap()
    }

    fn definition(text: &str, tools: &[&str], perspectives: &[Perspective]) -> AgentDefinition {
        AgentDefinition {
            name: name(text),
            description: String::new(),
            tools: tools.iter().map(|t| (*t).to_owned()).collect(),
            model: None,
            model_of: None,
            perspectives: perspectives.to_vec(),
            body: String::new(),
            source: DefinitionSource::BuiltIn,
            ignored: Vec::new(),
            digest: String::new(),
        }
    }

    fn built_in() -> Vec<AgentDefinition> {
        let one = [Perspective::Informed];
        vec![
            definition("security", &[], &one),
            definition("performance", &[], &one),
            definition("retro", &[], &[Perspective::Informed, Perspective::Fresh]),
            definition("reader", &["Read", "Grep"], &one),
            definition("shell", &["Read", "Bash"], &one),
        ]
    }

    fn change(paths: &[&str]) -> Change {
        let file = |path: &&str| {
            let path = RepoPath::from(*path);
            let language = Language::of_path(&path);
            let (status, old_path, hunks) = (FileStatus::Modified, None, Vec::new());
            let (old_mode, new_mode, new_text, old_text) = (0o100_644, 0o100_644, None, None);
            FileChange { path, old_path, status, old_mode, new_mode, language, hunks, new_text, old_text }
        };
        Change {
            target: Target { kind: TargetKind::Commit, base: None, head: None, subject: String::new(), branch: None },
            commits: Vec::new(),
            commit_count: 0,
            files: paths.iter().map(file).collect(),
            skipped: Vec::new(),
            lock_files: Vec::new(),
            reader: Reader::Libgit2,
            notes: Vec::new(),
            has_base: true,
        }
    }

    fn with_lock_file(mut change: Change) -> Change {
        change.lock_files.push(LockFileChange {
            path: "Cargo.lock".into(),
            ecosystem: "Cargo",
            changes: Vec::new(),
            incomplete: None,
        });
        change
    }

    fn usable(name: &str, family: &str) -> Usable {
        Usable { name: name.to_owned(), family: family.to_owned(), auto: true, explores: false }
    }

    struct Case {
        definitions: Vec<AgentDefinition>,
        settings: Settings,
        requested: Vec<AgentName>,
        backend: Option<&'static str>,
        change: Change,
        available: Vec<Usable>,
        background: bool,
        approved: Vec<AgentName>,
        withheld: Vec<SkippedAgent>,
    }

    impl Case {
        fn new(change: Change) -> Self {
            let (definitions, settings) = (built_in(), Settings::default());
            let (requested, approved) = (Vec::new(), Vec::new());
            let available = vec![usable("claude", "one"), usable("codex", "one")];
            let withheld = Vec::new();
            Self {
                definitions,
                settings,
                requested,
                backend: None,
                change,
                available,
                background: true,
                approved,
                withheld,
            }
        }

        fn plan(&self) -> Result<Plan, PlanError> {
            plan(&PlanInput {
                definitions: &self.definitions,
                settings: &self.settings,
                requested: &self.requested,
                requested_backend: self.backend,
                change: &self.change,
                available: &self.available,
                background: self.background,
                approved: &self.approved,
                withheld: &self.withheld,
            })
        }

        /// `agent[-fresh]@backend` of each job, then `agent: why[!]` of each skip, `!` for a gap.
        fn shown(&self) -> Vec<String> {
            let plan = self.plan().unwrap();
            let job = |j: &Job| {
                let fresh = if j.perspective == Perspective::Fresh { "-fresh" } else { "" };
                format!("{}{fresh}@{}", j.definition.name, j.backend)
            };
            let skip = |s: &SkippedAgent| format!("{}: {}{}", s.name, s.why, if s.is_gap { "!" } else { "" });
            plan.jobs.iter().map(job).chain(plan.skipped.iter().map(skip)).collect()
        }
    }

    #[test]
    fn auto_takes_the_first_usable_backend_else_offline() {
        let mut case = Case::new(change(&["a.rs"]));
        assert_eq!(case.shown(), ["security@claude", "performance@claude", "retro@claude", "retro-fresh@claude"]);
        case.available.clear();
        assert_eq!(case.shown(), ["security@offline", "performance@offline", "retro@offline"]);
    }

    #[test]
    fn reviewers_are_spread_over_families_in_turn() {
        let mut case = Case::new(change(&["a.rs"]));
        case.available = vec![
            usable("claude", "anthropic"),
            usable("anthropic", "anthropic"),
            usable("codex", "openai"),
            Usable { auto: false, ..usable("goose", "goose") },
        ];
        let two = ["security@claude", "performance@codex", "retro@claude", "retro-fresh@claude"];
        assert_eq!(case.shown(), two);
        case.available.push(usable("gemini", "google"));
        let three = ["security@claude", "performance@codex", "retro@gemini", "retro-fresh@gemini"];
        assert_eq!(case.shown(), three);
        case.requested = vec![name("retro"), name("security")];
        assert_eq!(case.shown(), ["retro@gemini", "retro-fresh@gemini", "security@claude"], "whoever runs beside it");
    }

    #[test]
    fn reading_is_given_where_it_can_be_kept_to_reading_and_elsewhere_the_agent_is_sealed() {
        let mut case = Case::new(change(&["a.rs"]));
        case.requested = vec![name("security"), name("reader")];
        let access = |case: &Case| -> Vec<(String, Access)> {
            case.plan().unwrap().jobs.into_iter().map(|job| (job.backend, job.access)).collect()
        };
        assert_eq!(access(&case), [("claude".into(), Access::Sealed), ("claude".into(), Access::Sealed)]);
        case.available[1].explores = true;
        assert_eq!(access(&case), [("claude".into(), Access::Sealed), ("codex".into(), Access::Explore)]);
        case.backend = Some("claude");
        assert_eq!(access(&case), [("claude".into(), Access::Sealed), ("claude".into(), Access::Sealed)]);
    }

    #[test]
    fn one_model_or_the_persons_own_command_runs_everybody() {
        let mut case = Case::new(change(&["a.rs"]));
        case.available = vec![usable("claude", "anthropic"), usable("codex", "openai")];
        case.settings.model = Some("opus".into());
        assert_eq!(case.shown()[1], "performance@claude");
        case.settings.model = None;
        case.available.insert(0, usable("command", "command"));
        assert_eq!(case.shown()[..2], ["security@command", "performance@command"]);
        case.backend = Some("codex");
        assert_eq!(case.shown()[0], "security@codex");
    }

    #[test]
    fn a_backends_own_model_is_for_what_it_runs() {
        let mut case = Case::new(change(&["a.rs"]));
        case.available = vec![usable("claude", "anthropic"), usable("openai", "localhost:11434")];
        let model = |text: &str| crate::model::AgentSettings { model: Some(text.to_owned()), ..Default::default() };
        case.settings.per_agent.insert("openai".into(), model("qwen3-coder"));
        let models = |case: &Case| case.plan().unwrap().jobs.into_iter().map(|job| job.model).collect::<Vec<_>>();
        assert_eq!(models(&case), [None, Some("qwen3-coder".into()), None, None]);
        case.settings.per_agent.insert(
            "performance".into(),
            crate::model::AgentSettings { backend: Some("openai".into()), ..model("small") },
        );
        assert_eq!(models(&case)[1], Some("small".into()));
    }

    #[test]
    fn prose_alone_is_for_retro() {
        for paths in [&["docs/a.md", "README"][..], &["docs/notes.txt"], &["LICENSE-MIT"]] {
            let mut case = Case::new(change(paths));
            case.available.clear();
            let expected = ["retro@offline", "security: only prose changed", "performance: only prose changed"];
            assert_eq!(case.shown(), expected, "{paths:?}");
        }
    }

    #[test]
    fn text_that_steers_tools_is_not_prose() {
        for path in
            ["AGENTS.md", ".cursor/rules/x.md", "requirements.txt", "CMakeLists.txt", "pkg/SKILL.md", "Makefile"]
        {
            assert_eq!(Content::of(&change(&[path])), Content::Code, "{path}");
        }
    }

    #[test]
    fn lock_files_alone_are_for_security() {
        let mut case = Case::new(with_lock_file(change(&[])));
        let rest = ["performance: only lock files changed", "retro: only lock files changed"];
        assert_eq!(case.shown(), ["security@claude", rest[0], rest[1]]);
        case.change = with_lock_file(change(&["src/a.rs"]));
        assert_eq!(case.shown().len(), 4);
    }

    #[test]
    fn an_empty_change_skips_everybody() {
        let mut case = Case::new(change(&[]));
        case.requested = vec![name("security")];
        assert_eq!(case.shown(), ["security: nothing changed"]);
        case.change.skipped.push(Skipped { path: "a.png".into(), reason: SkipReason::Binary });
        assert_eq!(case.shown(), ["security: every changed file was left out"]);
    }

    #[test]
    fn who_is_named_runs_though_not_enabled_and_though_its_field_is_untouched() {
        let mut case = Case::new(change(&["a.md"]));
        case.available[0].explores = true;
        case.requested = vec![name("performance"), name("reader"), name("performance")];
        assert_eq!(case.shown(), ["performance@claude", "reader@claude"]);
        assert_eq!(case.plan().unwrap().jobs[1].access, Access::Explore);
    }

    #[test]
    fn unsafe_tools_are_refused_without_approval() {
        let mut case = Case::new(change(&["a.rs"]));
        case.requested = vec![name("shell")];
        assert_eq!(
            case.shown(),
            ["shell: asks for Bash: refused in the background; `git agents trust shell --tool Bash` allows it!"]
        );
        case.background = false;
        assert_eq!(
            case.shown(),
            ["shell: asks for Bash: refused without your approval; `git agents trust shell --tool Bash` allows it!"]
        );
        case.approved = vec![name("shell")];
        assert_eq!(case.shown(), ["shell@claude"]);
    }

    #[test]
    fn an_agent_of_ones_own_needs_a_model() {
        let mut case = Case::new(change(&["a.rs"]));
        (case.requested, case.backend) = (vec![name("reader")], Some("offline"));
        let why = "needs a model: the offline reviewer knows security, performance and retro only";
        assert_eq!(case.shown(), [format!("reader: {why}!")]);
    }

    #[test]
    fn the_repository_may_narrow_who_runs_and_not_widen() {
        let mut case = Case::new(change(&["a.rs"]));
        case.settings.policy =
            RepoPolicy { enabled: Some(vec![name("security"), name("shell")]), ..RepoPolicy::default() };
        let unwanted = "not wanted by .gitagents.toml";
        assert_eq!(
            case.shown(),
            ["security@claude".to_owned(), format!("performance: {unwanted}"), format!("retro: {unwanted}")]
        );
    }

    #[test]
    fn backends_by_name_must_be_usable() {
        let mut case = Case::new(change(&["a.rs"]));
        case.settings.per_agent.entry("retro".into()).or_default().backend = Some("codex".into());
        assert_eq!(case.shown()[2..], ["retro@codex", "retro-fresh@codex"]);
        case.settings.backend = "gemini".into();
        let error = case.plan().unwrap_err();
        assert_eq!(error, PlanError::MissingBackend { backend: "gemini".into(), agent: name("security") });
        case.backend = Some("auto");
        assert_eq!(case.shown()[0], "security@claude");
    }

    #[test]
    fn unknown_and_no_agents_are_errors() {
        let mut case = Case::new(change(&["a.rs"]));
        case.requested = vec![name("secruity")];
        case.definitions.truncate(2);
        let known = vec![name("performance"), name("security")];
        assert_eq!(case.plan(), Err(PlanError::UnknownAgent { name: name("secruity"), known }));
        (case.requested, case.settings.enabled) = (Vec::new(), Vec::new());
        assert_eq!(case.plan(), Err(PlanError::NothingEnabled));
    }

    #[test]
    fn models_fit_their_backend() {
        let mut case = Case::new(change(&["a.rs"]));
        case.definitions[0].model = Some("sonnet".into());
        let model = |case: &Case| case.plan().unwrap().jobs[0].model.clone();
        assert_eq!(model(&case).as_deref(), Some("sonnet"));
        case.backend = Some("codex");
        assert_eq!(model(&case), None);
        case.settings.model = Some("large".into());
        assert_eq!(model(&case).as_deref(), Some("large"));
        case.backend = Some("offline");
        assert_eq!(model(&case), None);
    }
}
