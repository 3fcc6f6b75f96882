//! Who runs, and who is skipped for what reason.

use super::*;
use crate::model::{RepoPolicy, SkipReason, Skipped};

#[test]
fn prose_alone_is_for_retro() {
    for paths in [
        &["docs/a.md", "README"][..],
        &["docs/notes.txt"],
        &["LICENSE-MIT"],
    ] {
        let mut case = Case::new(change(paths));
        case.available.clear();
        let expected = [
            "retro@offline",
            "security: only prose changed",
            "performance: only prose changed",
        ];
        assert_eq!(case.shown(), expected, "{paths:?}");
    }
}

#[test]
fn text_that_steers_tools_is_not_prose() {
    for path in [
        "AGENTS.md",
        ".cursor/rules/x.md",
        "requirements.txt",
        "CMakeLists.txt",
        "pkg/SKILL.md",
        "Makefile",
    ] {
        assert_eq!(Content::of(&change(&[path])), Content::Code, "{path}");
    }
}

#[test]
fn lock_files_alone_are_for_security() {
    let mut case = Case::new(with_lock_file(change(&[])));
    let rest = [
        "performance: only lock files changed",
        "retro: only lock files changed",
    ];
    assert_eq!(case.shown(), ["security@claude", rest[0], rest[1]]);
    case.change = with_lock_file(change(&["src/a.rs"]));
    assert_eq!(case.shown().len(), 4);
}

#[test]
fn an_empty_change_skips_everybody() {
    let mut case = Case::new(change(&[]));
    case.requested = vec![name("security")];
    assert_eq!(case.shown(), ["security: nothing changed"]);
    case.change.skipped.push(Skipped {
        path: "a.png".into(),
        reason: SkipReason::Binary,
    });
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
        [
            "shell: it requests Bash, which is not allowed in background reviews; `git agents trust shell --tool Bash` allows it!"
        ]
    );
    case.background = false;
    assert_eq!(
        case.shown(),
        [
            "shell: it requests Bash, which is not allowed without your approval; `git agents trust shell --tool Bash` allows it!"
        ]
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
    case.settings.policy = RepoPolicy {
        enabled: Some(vec![name("security"), name("shell")]),
        ..RepoPolicy::default()
    };
    let unwanted = "not wanted by .gitagents.toml";
    assert_eq!(
        case.shown(),
        [
            "security@claude".to_owned(),
            format!("performance: {unwanted}"),
            format!("retro: {unwanted}")
        ]
    );
}

#[test]
fn unknown_and_no_agents_are_errors() {
    let mut case = Case::new(change(&["a.rs"]));
    case.requested = vec![name("secruity")];
    case.definitions.truncate(2);
    let known = vec![name("performance"), name("security")];
    assert_eq!(
        case.plan(),
        Err(PlanError::UnknownAgent {
            name: name("secruity"),
            known
        })
    );
    (case.requested, case.settings.enabled) = (Vec::new(), Vec::new());
    assert_eq!(case.plan(), Err(PlanError::NothingEnabled));
}
