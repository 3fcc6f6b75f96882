//! Which backend and model each agent gets.

use super::*;
use crate::model::AgentSettings;

#[test]
fn auto_takes_the_first_usable_backend_else_offline() {
    let mut case = Case::new(change(&["a.rs"]));
    assert_eq!(
        case.shown(),
        [
            "security@claude",
            "performance@claude",
            "retro@claude",
            "retro-fresh@claude"
        ]
    );
    case.available.clear();
    assert_eq!(
        case.shown(),
        ["security@offline", "performance@offline", "retro@offline"]
    );
}

#[test]
fn reviewers_are_spread_over_families_in_turn() {
    let mut case = Case::new(change(&["a.rs"]));
    case.available = vec![
        usable("claude", "anthropic"),
        usable("anthropic", "anthropic"),
        usable("codex", "openai"),
        BackendCandidate {
            auto: false,
            ..usable("goose", "goose")
        },
    ];
    let two = [
        "security@claude",
        "performance@codex",
        "retro@claude",
        "retro-fresh@claude",
    ];
    assert_eq!(case.shown(), two);
    case.available.push(usable("gemini", "google"));
    let three = [
        "security@claude",
        "performance@codex",
        "retro@gemini",
        "retro-fresh@gemini",
    ];
    assert_eq!(case.shown(), three);
    case.requested = vec![name("retro"), name("security")];
    assert_eq!(
        case.shown(),
        ["retro@gemini", "retro-fresh@gemini", "security@claude"],
        "whoever runs beside it"
    );
}

#[test]
fn reading_is_given_where_it_can_be_kept_to_reading_and_elsewhere_the_agent_is_sealed() {
    let mut case = Case::new(change(&["a.rs"]));
    case.requested = vec![name("security"), name("reader")];
    let access = |case: &Case| -> Vec<(String, Access)> {
        case.plan()
            .unwrap()
            .jobs
            .into_iter()
            .map(|job| (job.backend, job.access))
            .collect()
    };
    assert_eq!(
        access(&case),
        [
            ("claude".into(), Access::Sealed),
            ("claude".into(), Access::Sealed)
        ]
    );
    case.available[1].explores = true;
    assert_eq!(
        access(&case),
        [
            ("claude".into(), Access::Sealed),
            ("codex".into(), Access::Explore)
        ]
    );
    case.backend = Some("claude");
    assert_eq!(
        access(&case),
        [
            ("claude".into(), Access::Sealed),
            ("claude".into(), Access::Sealed)
        ]
    );
}

#[test]
fn one_model_or_the_persons_own_command_runs_everybody() {
    let mut case = Case::new(change(&["a.rs"]));
    case.available = vec![usable("claude", "anthropic"), usable("codex", "openai")];
    case.settings.model = Some("opus".into());
    assert_eq!(case.shown()[1], "performance@claude");
    case.settings.model = None;
    case.available.insert(0, usable("command", "command"));
    assert_eq!(
        case.shown()[..2],
        ["security@command", "performance@command"]
    );
    case.backend = Some("codex");
    assert_eq!(case.shown()[0], "security@codex");
}

#[test]
fn a_backends_own_model_is_for_what_it_runs() {
    let mut case = Case::new(change(&["a.rs"]));
    case.available = vec![
        usable("claude", "anthropic"),
        usable("openai", "localhost:11434"),
    ];
    let model = |text: &str| AgentSettings {
        model: Some(text.to_owned()),
        ..Default::default()
    };
    case.settings
        .per_agent
        .insert("openai".into(), model("qwen3-coder"));
    let models = |case: &Case| {
        case.plan()
            .unwrap()
            .jobs
            .into_iter()
            .map(|job| job.model)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        models(&case),
        [None, Some("qwen3-coder".into()), None, None]
    );
    case.settings.per_agent.insert(
        "performance".into(),
        AgentSettings {
            backend: Some("openai".into()),
            ..model("small")
        },
    );
    assert_eq!(models(&case)[1], Some("small".into()));
}

#[test]
fn backends_by_name_must_be_usable() {
    let mut case = Case::new(change(&["a.rs"]));
    case.settings
        .per_agent
        .entry("retro".into())
        .or_default()
        .backend = Some("codex".into());
    assert_eq!(case.shown()[2..], ["retro@codex", "retro-fresh@codex"]);
    case.settings.backend = "gemini".into();
    let error = case.plan().unwrap_err();
    assert_eq!(
        error,
        PlanError::MissingBackend {
            backend: "gemini".into(),
            agent: name("security")
        }
    );
    case.backend = Some("auto");
    assert_eq!(case.shown()[0], "security@claude");
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
