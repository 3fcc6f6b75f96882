#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod agents;
mod backends;

use super::*;
use crate::model::{DefinitionSource, LockFileChange, samples};

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
    samples::change(paths.iter().map(|path| samples::file(path)).collect())
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

fn usable(name: &str, family: &str) -> BackendCandidate {
    BackendCandidate {
        name: name.to_owned(),
        family: family.to_owned(),
        auto: true,
        explores: false,
    }
}

struct Case {
    definitions: Vec<AgentDefinition>,
    settings: Settings,
    requested: Vec<AgentName>,
    backend: Option<&'static str>,
    change: Change,
    available: Vec<BackendCandidate>,
    background: bool,
    approved: Vec<AgentName>,
    withheld: Vec<AgentSkip>,
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
            let fresh = if j.perspective == Perspective::Fresh {
                "-fresh"
            } else {
                ""
            };
            format!("{}{fresh}@{}", j.definition.name, j.backend)
        };
        let skip =
            |s: &AgentSkip| format!("{}: {}{}", s.name, s.why, if s.is_gap { "!" } else { "" });
        plan.jobs
            .iter()
            .map(job)
            .chain(plan.skipped.iter().map(skip))
            .collect()
    }
}
