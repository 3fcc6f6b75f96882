//! Every key there is: name, default, meaning, and how its value is taken.

use super::value;
use crate::model::{AgentSettings, GatePolicy, Settings};

const DAY: u64 = 86_400_000;

/// A documented key.
#[derive(Debug)]
pub(crate) struct Key {
    /// Its name as documented; `<agent>` stands for an agent's name, `<name>` for a model's or a backend's.
    pub name: &'static str,
    /// Its default as one would write it; none where nothing is the default.
    pub default: Option<&'static str>,
    /// What it takes.
    pub expects: &'static str,
    /// What it does, one sentence.
    pub about: &'static str,
    /// Who may set it.
    pub reach: Reach,
    /// Whether every entry counts, an empty one clearing those before it.
    pub adds: bool,
    pub(super) set: Setter,
}

/// Takes a value for the named agent, or for all; none: not understood.
pub(super) type Setter = fn(&mut Settings, &str, &str) -> Option<()>;

/// Who may set a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Any file that git reads, also one that the repository tracks.
    Data,
    /// It names a program, costs more, sends more or loosens: no file that the repository could track.
    Owner,
}

/// All keys, in the order of the manual.
pub(crate) const KEYS: &[Key] = &[
    Key {
        name: "agents.backend",
        default: Some("auto"),
        expects: "a backend's name: `auto`, `claude`, `codex`, `command`, `offline`, ...",
        about: "Backend that runs every agent; `auto` takes what is installed.",
        reach: Reach::Owner,
        adds: false,
        set: |s, _, text| value::backend(text).map(|name| s.backend = name),
    },
    Key {
        name: "agents.<agent>.backend",
        default: None,
        expects: "a backend's name, or nothing for that of `agents.backend`",
        about: "Backend that runs this agent.",
        reach: Reach::Owner,
        adds: false,
        set: |s, agent, text| {
            let backend = optional(text, value::backend)?;
            s.per_agent.entry(agent.to_owned()).or_default().backend = backend;
            forget_empty(s);
            Some(())
        },
    },
    Key {
        name: "agents.model",
        default: None,
        expects: "a model's name without spaces, or nothing for the backend's own",
        about: "Model handed to the backend.",
        reach: Reach::Owner,
        adds: false,
        set: |s, _, text| optional(text, value::model).map(|name| s.model = name),
    },
    Key {
        name: "agents.<agent>.model",
        default: None,
        expects: "a model's name without spaces, or nothing for that of `agents.model`",
        about: "Model handed to the backend for this agent; with a backend's name, for whatever that backend runs.",
        reach: Reach::Owner,
        adds: false,
        set: |s, agent, text| {
            let model = optional(text, value::model)?;
            s.per_agent.entry(agent.to_owned()).or_default().model = model;
            forget_empty(s);
            Some(())
        },
    },
    Key {
        name: "agents.command",
        default: None,
        expects: "a program and its arguments, with quotes as in a shell",
        about: "Program of the `command` backend: prompt on standard input, JSON on standard output, no shell.",
        reach: Reach::Owner,
        adds: false,
        set: |s, _, text| {
            value::command(text).map(|words| s.command = Some(words).filter(|w| !w.is_empty()))
        },
    },
    Key {
        name: "agents.anthropic.url",
        default: None,
        expects: "an http or https URL without a password, or nothing for the provider's own",
        about: "Base URL of the `anthropic` backend: an Anthropic Messages API.",
        reach: Reach::Owner,
        adds: false,
        set: |s, _, text| optional(text, value::url).map(|url| s.anthropic.url = url),
    },
    Key {
        name: "agents.anthropic.keyVariable",
        default: None,
        expects: "an environment variable's name, or nothing for ANTHROPIC_API_KEY at the provider's own URL",
        about: "Environment variable with the key of the `anthropic` backend; with a URL of one's own and without this, no key is sent.",
        reach: Reach::Owner,
        adds: false,
        set: |s, _, text| {
            optional(text, value::variable).map(|name| s.anthropic.key_variable = name)
        },
    },
    Key {
        name: "agents.openai.url",
        default: None,
        expects: "an http or https URL without a password, or nothing for the provider's own",
        about: "Base URL of the `openai` backend: an OpenAI-compatible API, such as `http://localhost:11434/v1` for Ollama.",
        reach: Reach::Owner,
        adds: false,
        set: |s, _, text| optional(text, value::url).map(|url| s.openai.url = url),
    },
    Key {
        name: "agents.openai.keyVariable",
        default: None,
        expects: "an environment variable's name, or nothing for OPENAI_API_KEY at the provider's own URL",
        about: "Environment variable with the key of the `openai` backend; with a URL of one's own and without this, no key is sent.",
        reach: Reach::Owner,
        adds: false,
        set: |s, _, text| optional(text, value::variable).map(|name| s.openai.key_variable = name),
    },
    Key {
        name: "agents.enabled",
        default: Some("security performance retro"),
        expects: "names of agents, separated by spaces",
        about: "Agents that run.",
        reach: Reach::Owner,
        adds: false,
        set: |s, _, text| value::agents(text).map(|names| s.enabled = names),
    },
    Key {
        name: "agents.auto",
        default: Some("commit"),
        expects: "`commit`, `push` or `never`",
        about: "What starts reviews in the background.",
        reach: Reach::Owner,
        adds: false,
        set: |s, _, text| value::auto(text).map(|auto| s.auto = auto),
    },
    Key {
        name: "agents.auto.branches",
        default: None,
        expects: "globs of branch names, separated by spaces, such as `main release/** !release/old`",
        about: "Branches on which reviews start by themselves, as `includeIf.onbranch` writes them, `!` takes out; \
                several entries add up, an empty one clears.",
        reach: Reach::Owner,
        adds: true,
        set: |s, _, text| add(&mut s.auto_branches, value::patterns(text)?),
    },
    Key {
        name: "agents.auto.paths",
        default: None,
        expects: "path globs, separated by spaces, such as `src/ *.sql !src/gen/`",
        about: "Paths of which a commit must change one for a review to start by itself, `!` takes out; several \
                entries add up, an empty one clears.",
        reach: Reach::Owner,
        adds: true,
        set: |s, _, text| add(&mut s.auto_paths, value::patterns(text)?),
    },
    Key {
        name: "agents.settle",
        default: Some("3s"),
        expects: "a duration from 0 to 1h, such as `3s`",
        about: "Quiet time before a background review starts.",
        reach: Reach::Data,
        adds: false,
        set: |s, _, text| value::duration_within(text, 0, DAY / 24).map(|d| s.settle = d),
    },
    Key {
        name: "agents.gate",
        default: Some("warn"),
        expects: "`off`, `warn`, `low`, `medium`, `high` or `critical`",
        about: "`off`, `warn`, or the lowest severity that holds a push.",
        reach: Reach::Owner,
        adds: false,
        set: |s, _, text| GatePolicy::parse(text).map(|gate| s.gate = gate),
    },
    Key {
        name: "agents.gate.wait",
        default: Some("20s"),
        expects: "a duration from 0 to 2m, such as `20s`: servers drop a push that waits for minutes",
        about: "How long a push waits for running reviews.",
        reach: Reach::Data,
        adds: false,
        set: |s, _, text| value::duration_within(text, 0, 120_000).map(|d| s.gate_wait = d),
    },
    Key {
        name: "agents.gate.unreviewed",
        default: Some("pass"),
        expects: "`pass` or `hold`",
        about: "What happens to a push of commits that were not reviewed.",
        reach: Reach::Owner,
        adds: false,
        set: |s, _, text| value::unreviewed(text).map(|holds| s.gate_unreviewed_holds = holds),
    },
    Key {
        name: "agents.timeout",
        default: Some("10m"),
        expects: "a duration up to 24h, such as `10m`",
        about: "Hard deadline of one agent, from start to end.",
        reach: Reach::Owner,
        adds: false,
        set: |s, _, text| value::duration_within(text, 1, DAY).map(|d| s.timeout = d),
    },
    Key {
        name: "agents.idleTimeout",
        default: Some("8m"),
        expects: "a duration up to 24h, such as `8m`",
        about: "How long an agent may print nothing.",
        reach: Reach::Owner,
        adds: false,
        set: |s, _, text| value::duration_within(text, 1, DAY).map(|d| s.idle_timeout = d),
    },
    Key {
        name: "agents.jobs",
        default: Some("4"),
        expects: "a number from 1 to 256",
        about: "Agents at once for this user, over all repositories.",
        reach: Reach::Owner,
        adds: false,
        set: |s, _, text| value::count(text, 1, 256).map(|jobs| s.jobs = jobs),
    },
    Key {
        name: "agents.promptBytes",
        default: Some("200k"),
        expects: "a size from 1k to 16m, such as `200k`",
        about: "Byte budget of one prompt.",
        reach: Reach::Owner,
        adds: false,
        set: |s, _, text| {
            let size = value::bytes(text).filter(|size| (1 << 10..=16 << 20).contains(size))?;
            s.prompt_bytes = usize::try_from(size).ok()?;
            Some(())
        },
    },
    Key {
        name: "agents.promptsPerAgent",
        default: Some("8"),
        expects: "a number from 1 to 1000",
        about: "Prompts that one agent gets at most for a large change; the rest is named as not reviewed.",
        reach: Reach::Owner,
        adds: false,
        set: |s, _, text| value::count(text, 1, 1000).map(|count| s.prompts_per_agent = count),
    },
    Key {
        name: "agents.outputBytes",
        default: Some("16m"),
        expects: "a size from 1k to 1g, such as `16m`",
        about: "Output of one agent, on each of its two streams, after which it is stopped.",
        reach: Reach::Owner,
        adds: false,
        set: |s, _, text| {
            s.output_bytes =
                value::bytes(text).filter(|size| (1 << 10..=1 << 30).contains(size))?;
            Some(())
        },
    },
    Key {
        name: "agents.budget.daily",
        default: None,
        expects: "an amount such as `5` or `2.50`, or nothing for no limit",
        about: "Money per day of this user, in US dollars, over all repositories; once it is spent, new work waits for the next day.",
        reach: Reach::Owner,
        adds: false,
        set: |s, _, text| {
            optional(text, value::money).map(|format_usd| s.budget_daily = format_usd)
        },
    },
    Key {
        name: "agents.budget.run",
        default: None,
        expects: "an amount such as `1` or `0.25`, or nothing for no limit",
        about: "Money of one review, in US dollars; once it is spent, no further agent starts in it.",
        reach: Reach::Owner,
        adds: false,
        set: |s, _, text| optional(text, value::money).map(|format_usd| s.budget_run = format_usd),
    },
    Key {
        name: "agents.<agent>.budget",
        default: None,
        expects: "an amount such as `0.50`, or nothing for no limit",
        about: "Money of this agent in one review, in US dollars.",
        reach: Reach::Owner,
        adds: false,
        set: |s, agent, text| {
            let budget = optional(text, value::money)?;
            s.per_agent.entry(agent.to_owned()).or_default().budget = budget;
            forget_empty(s);
            Some(())
        },
    },
    Key {
        name: "agents.<name>.price",
        default: None,
        expects: "US dollars per million tokens in and out, and cached if they differ, such as `3 15 0.30`, or nothing",
        about: "Price of this model, or of whatever this backend runs, for programs that name none; `0 0` is free and no budget holds it.",
        reach: Reach::Owner,
        adds: false,
        set: |s, name, text| {
            match optional(text, value::price)? {
                Some(price) => s.prices.insert(name.to_owned(), price),
                None => s.prices.remove(name),
            };
            Some(())
        },
    },
    Key {
        name: "agents.keep",
        default: Some("200 runs 30 days"),
        expects: "a number of runs and days, such as `200 runs 30 days`",
        about: "How many finished runs are kept, and for how long.",
        reach: Reach::Owner,
        adds: false,
        set: |s, _, text| {
            let (runs, days) = value::keep(text)?;
            s.keep_runs = runs.unwrap_or(s.keep_runs);
            s.keep_days = days.unwrap_or(s.keep_days);
            Some(())
        },
    },
    Key {
        name: "agents.exclude",
        default: None,
        expects: "path globs, separated by spaces, such as `gen/** *.snap`",
        about: "Paths left out of reviews, named in the report; several entries add up, an empty one clears.",
        reach: Reach::Data,
        adds: true,
        set: |s, _, text| add(&mut s.exclude, value::globs(text)?),
    },
    Key {
        name: "agents.nudge",
        default: Some("true"),
        expects: "`true` or `false`",
        about: "Whether a finished report makes the next `git status` tell of it, by the index file's time.",
        reach: Reach::Data,
        adds: false,
        set: |s, _, text| value::boolean(text).map(|nudge| s.nudge = nudge),
    },
    Key {
        name: "agents.notes",
        default: Some("false"),
        expects: "`true` or `false`",
        about: "Whether reports of commits are kept as git notes too, in `refs/notes/agents`; `git agents init --notes` \
                sets this, and `git log` and `git show` to print them.",
        reach: Reach::Owner,
        adds: false,
        set: |s, _, text| value::boolean(text).map(|notes| s.notes = notes),
    },
];

/// An entry without a word clears what stood before it.
fn add(known: &mut Vec<String>, mut more: Vec<String>) -> Option<()> {
    if more.is_empty() {
        known.clear();
    }
    known.append(&mut more);
    Some(())
}

fn optional<T>(text: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<Option<T>> {
    if text.is_empty() {
        Some(None)
    } else {
        read(text).map(Some)
    }
}

/// An agent for which nothing is set any more is as one never named.
fn forget_empty(settings: &mut Settings) {
    settings
        .per_agent
        .retain(|_, own| *own != AgentSettings::default());
}
