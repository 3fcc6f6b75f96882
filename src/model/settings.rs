//! Settings as values; where they are read, and how far each level is trusted,
//! is `git::config`'s matter.

use std::collections::BTreeMap;
use std::time::Duration;

use super::cost::Price;
use super::ids::AgentName;
use super::severity::Severity;

/// Everything that git config and `.gitagents.toml` decide.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// `agents.backend`: `auto` or a backend's name.
    pub backend: String,
    /// `agents.model`.
    pub model: Option<String>,
    /// `agents.command`, split into words; never from a tracked file.
    pub command: Option<Vec<String>>,
    /// `agents.<agent>.*`.
    pub per_agent: BTreeMap<String, AgentSettings>,
    /// `agents.anthropic.url` and `.keyVariable`.
    pub anthropic: Endpoint,
    /// `agents.openai.url` and `.keyVariable`.
    pub openai: Endpoint,
    /// `agents.enabled`.
    pub enabled: Vec<AgentName>,
    /// `agents.auto`.
    pub auto: Auto,
    /// `agents.auto.branches`: globs, those behind `!` take out.
    pub auto_branches: Vec<String>,
    /// `agents.auto.paths`: the same of paths.
    pub auto_paths: Vec<String>,
    /// `agents.settle`.
    pub settle: Duration,
    /// `agents.gate`.
    pub gate: GatePolicy,
    /// `agents.gate.wait`.
    pub gate_wait: Duration,
    /// `agents.gate.unreviewed`: hold a push for commits without a review.
    pub gate_unreviewed_holds: bool,
    /// `agents.timeout`.
    pub timeout: Duration,
    /// `agents.idleTimeout`.
    pub idle_timeout: Duration,
    /// `agents.jobs`.
    pub jobs: usize,
    /// `agents.promptBytes`.
    pub prompt_bytes: usize,
    /// `agents.promptsPerAgent`.
    pub prompts_per_agent: usize,
    /// `agents.outputBytes`: cap of one stream of one agent.
    pub output_bytes: u64,
    /// `agents.budget.daily`, US dollars.
    pub budget_daily: Option<f64>,
    /// `agents.budget.run`, US dollars.
    pub budget_run: Option<f64>,
    /// `agents.<name>.price`, by model or backend.
    pub prices: BTreeMap<String, Price>,
    /// `agents.keep`: runs.
    pub keep_runs: usize,
    /// `agents.keep`: days.
    pub keep_days: u64,
    /// `agents.nudge`.
    pub nudge: bool,
    /// `agents.notes`.
    pub notes: bool,
    /// `agents.exclude`: path globs left out by the person.
    pub exclude: Vec<String>,
    /// What the tracked file says.
    pub policy: RepoPolicy,
    /// Settings that were read and not obeyed, each in one line.
    pub ignored: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        let name = |text| AgentName::parse(text).expect("a literal name");
        Self {
            backend: "auto".into(),
            model: None,
            command: None,
            per_agent: BTreeMap::new(),
            anthropic: Endpoint::default(),
            openai: Endpoint::default(),
            enabled: vec![name("security"), name("performance"), name("retro")],
            auto: Auto::Commit,
            auto_branches: Vec::new(),
            auto_paths: Vec::new(),
            settle: Duration::from_secs(3),
            gate: GatePolicy::Warn,
            gate_wait: Duration::from_secs(20),
            gate_unreviewed_holds: false,
            timeout: Duration::from_secs(600),
            idle_timeout: Duration::from_secs(480),
            jobs: 4,
            prompt_bytes: 200 << 10,
            prompts_per_agent: 8,
            output_bytes: 16 << 20,
            budget_daily: None,
            budget_run: None,
            prices: BTreeMap::new(),
            keep_runs: 200,
            keep_days: 30,
            nudge: true,
            notes: false,
            exclude: Vec::new(),
            policy: RepoPolicy::default(),
            ignored: Vec::new(),
        }
    }
}

impl Settings {
    /// The backend asked for on behalf of this agent.
    #[must_use]
    pub fn backend_of(&self, agent: &AgentName) -> &str {
        let own = self
            .per_agent
            .get(agent.as_str())
            .and_then(|a| a.backend.as_deref());
        own.unwrap_or(&self.backend)
    }

    /// The model asked for on behalf of this agent, whatever runs it.
    #[must_use]
    pub fn model_of(&self, agent: &AgentName) -> Option<&str> {
        let own = self
            .per_agent
            .get(agent.as_str())
            .and_then(|a| a.model.as_deref());
        own.or(self.model.as_deref())
    }

    /// The model asked for on behalf of whatever this backend runs: `agents.<backend>.model`. The
    /// key is that of agents; no agent is called like a backend.
    #[must_use]
    pub fn model_of_backend(&self, backend: &str) -> Option<&str> {
        self.per_agent.get(backend).and_then(|a| a.model.as_deref())
    }

    /// What a model costs, else whatever this backend runs; none where the person named no price.
    #[must_use]
    pub fn price_of(&self, model: Option<&str>, backend: &str) -> Option<Price> {
        model
            .and_then(|model| self.prices.get(model))
            .or_else(|| self.prices.get(backend))
            .copied()
    }

    /// Where an HTTP backend is; the default for every other one.
    #[must_use]
    pub fn endpoint_of(&self, backend: &str) -> Endpoint {
        match backend {
            "anthropic" => self.anthropic.clone(),
            "openai" => self.openai.clone(),
            _ => Endpoint::default(),
        }
    }

    /// The severity at or above which a run exits 1: the gate's where it is one, else high.
    #[must_use]
    pub fn bar(&self) -> Severity {
        match self.gate {
            GatePolicy::Hold(severity) => severity,
            GatePolicy::Off | GatePolicy::Warn => Severity::High,
        }
    }
}

/// Where an HTTP backend is and which environment variable holds its key; none: the backend's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoint {
    /// Base URL, without the trailing slash.
    pub url: Option<String>,
    /// Name of the variable, never the key.
    pub key_variable: Option<String>,
}

/// Settings of one agent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AgentSettings {
    /// `agents.<agent>.backend`.
    pub backend: Option<String>,
    /// `agents.<agent>.model`.
    pub model: Option<String>,
    /// `agents.<agent>.budget`, US dollars.
    pub budget: Option<f64>,
}

/// What starts reviews in the background.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auto {
    /// Each commit.
    Commit,
    /// The push.
    Push,
    /// Nothing.
    Never,
}

/// What the gate does with confirmed findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GatePolicy {
    /// Nothing at all.
    Off,
    /// Prints and passes.
    Warn,
    /// Holds the push at or above this severity.
    Hold(Severity),
}

impl GatePolicy {
    /// The word in git config.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Warn => "warn",
            Self::Hold(severity) => severity.as_str(),
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "off" => Some(Self::Off),
            "warn" => Some(Self::Warn),
            other => Severity::parse(other).map(Self::Hold),
        }
    }
}

/// `.gitagents.toml`, data only: it can narrow, never widen. Read from the base.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RepoPolicy {
    /// Path globs to leave out; shown as left out by settings.
    pub exclude: Vec<String>,
    /// Branches on which the repository wants reviews by themselves; only those that the person's
    /// own globs fit too.
    pub branches: Vec<String>,
    /// The same of paths.
    pub paths: Vec<String>,
    /// Reviewers the repository wants; only those that the person enabled too run.
    pub enabled: Option<Vec<AgentName>>,
    /// A gate at least this strict.
    pub gate: Option<Severity>,
    /// Money of one run at most, US dollars.
    pub budget: Option<f64>,
    /// Guidance for the reviewers: data in a fence, capped.
    pub guidance: Option<String>,
}
