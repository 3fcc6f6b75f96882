#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::time::Duration;

use proptest::option;
use proptest::prelude::*;

use super::super::{Attempt, Holder, LogLine, Stage, StoredAnswer};
use super::*;
use crate::model::{
    AgentName, CommandCall, Deadline, Decision, DismissKind, Ending, Estimate, FindingId,
    FindingRecord, HunkId, JobId, ObjectId, Perspective, RunId, RunRecord, RunRequest, RunState,
    Severity, Status, TargetSpec, Tier, Trigger, Usage,
};
use crate::sys::process::Identity;

fn run_id() -> impl Strategy<Value = RunId> {
    "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"
        .prop_map(|t| RunId::parse(&t).unwrap())
}

fn object_id() -> impl Strategy<Value = ObjectId> {
    prop_oneof!["[0-9a-f]{40}", "[0-9a-f]{64}"].prop_map(|t| ObjectId::parse(&t).unwrap())
}

fn agent_name() -> impl Strategy<Value = AgentName> {
    "[A-Za-z][A-Za-z0-9_-]{0,20}".prop_map(|t| AgentName::parse(&t).unwrap())
}

fn severity() -> impl Strategy<Value = Severity> {
    prop_oneof![
        Just(Severity::Low),
        Just(Severity::Medium),
        Just(Severity::High),
        Just(Severity::Critical)
    ]
}

fn path() -> impl Strategy<Value = PathBuf> {
    prop::collection::vec(1u8..=255, 1..20)
        .prop_map(|bytes| PathBuf::from(OsString::from_vec(bytes)))
}

fn target() -> impl Strategy<Value = TargetSpec> {
    prop_oneof![
        Just(TargetSpec::Auto),
        Just(TargetSpec::Staged),
        Just(TargetSpec::Worktree),
        any::<String>().prop_map(TargetSpec::Commit),
        any::<(String, String, bool)>().prop_map(|(from, to, symmetric)| TargetSpec::Range {
            from,
            to,
            symmetric
        }),
        any::<String>().prop_map(TargetSpec::Base),
    ]
}

fn trigger() -> impl Strategy<Value = Trigger> {
    let all = [
        Trigger::Command,
        Trigger::PostCommit,
        Trigger::Sequence,
        Trigger::PrePush,
        Trigger::Retry,
    ];
    prop::sample::select(all.to_vec())
}

prop_compose! {
    fn request()(
        (id, trigger, target, git_dir, work_tree) in (run_id(), trigger(), target(), path(), option::of(path())),
        (head, branch) in (option::of(object_id()), any::<Option<String>>()),
        agents in prop::collection::vec(agent_name(), 0..4),
        (backend, fail_on) in (any::<Option<String>>(), option::of(severity())),
        call in option::of(any::<(String, Vec<String>)>()),
        (background, asked_at) in (any::<bool>(), any::<i64>()),
    ) -> RunRequest {
        let command = call.map(|(name, arguments)| CommandCall { name, arguments });
        RunRequest {
            id, trigger, target, git_dir, work_tree, head, branch, agents, command, backend, fail_on, background, asked_at
        }
    }
}

fn phase() -> impl Strategy<Value = RunState> {
    prop_oneof![
        Just(RunState::Queued),
        Just(RunState::Running),
        Just(RunState::Done),
        any::<String>().prop_map(RunState::Failed),
        Just(RunState::Cancelled),
        Just(RunState::Superseded),
        any::<i64>().prop_map(|until| RunState::OverBudget { until }),
    ]
}

fn ending() -> impl Strategy<Value = Ending> {
    let after = option::of((0u64..1 << 40).prop_map(Duration::from_millis));
    prop_oneof![
        prop::sample::select(vec![
            Ending::Answered,
            Ending::TimedOut(Deadline::Idle),
            Ending::TimedOut(Deadline::Hard),
            Ending::Cancelled,
            Ending::Superseded,
            Ending::TooMuchOutput,
            Ending::OverBudget,
            Ending::Overloaded,
            Ending::NotLoggedIn,
            Ending::TooLong,
            Ending::Empty,
            Ending::Lost,
        ]),
        any::<i32>().prop_map(Ending::Exited),
        any::<i32>().prop_map(Ending::Signalled),
        any::<String>().prop_map(Ending::NotStarted),
        any::<String>().prop_map(Ending::Refused),
        any::<String>().prop_map(Ending::NoQuota),
        any::<String>().prop_map(Ending::Unreachable),
        any::<String>().prop_map(Ending::Unreadable),
        after.prop_map(|retry_after| Ending::RateLimited { retry_after }),
    ]
}

prop_compose! {
    fn usage()(
        model in any::<Option<String>>(),
        (tokens_in, tokens_cached, tokens_out) in any::<(Option<u64>, Option<u64>, Option<u64>)>(),
        cost in option::of((0u32..1_000_000_000).prop_map(|n| f64::from(n) / 10_000.0)),
    ) -> Usage {
        Usage { model, tokens_in, tokens_cached, tokens_out, cost }
    }
}

prop_compose! {
    fn estimate()(
        (tokens_in, tokens_out) in any::<(Option<u64>, Option<u64>)>(),
        cost in option::of((0u32..1_000_000_000).prop_map(|n| f64::from(n) / 10_000.0)),
    ) -> Estimate {
        Estimate { tokens_in, tokens_out, cost }
    }
}

prop_compose! {
    fn attempt()(
        (at, run, number) in (any::<i64>(), run_id(), any::<u32>()),
        (agent, fresh, chunk) in (agent_name(), any::<bool>(), any::<u32>()),
        (stage, repository, commit) in (option::of(ending()), path(), option::of(object_id())),
        (branch, backend) in any::<(Option<String>, String)>(),
        (usage, estimate) in (usage(), estimate()),
    ) -> Attempt {
        let perspective = if fresh { Perspective::Fresh } else { Perspective::Informed };
        let job = JobId { agent, perspective, chunk };
        let stage = stage.map_or(Stage::Started, Stage::Ended);
        Attempt { at, run, job, number, stage, repository, commit, branch, backend, usage, estimate }
    }
}

prop_compose! {
    fn answer()(
        (agent, fresh, chunk) in (agent_name(), any::<bool>(), any::<u32>()),
        (backend, ending, ms) in (any::<String>(), ending(), 0u64..1 << 40),
        (reply, usage, estimate, detail) in (any::<Option<String>>(), usage(), estimate(), any::<Option<String>>()),
        tried in prop::collection::vec((any::<String>(), ending()), 0..3),
        (hunks, attempts) in (prop::collection::vec(any::<u32>().prop_map(HunkId), 0..5), any::<u32>()),
    ) -> StoredAnswer {
        let perspective = if fresh { Perspective::Fresh } else { Perspective::Informed };
        let elapsed = Duration::from_millis(ms);
        let job = JobId { agent, perspective, chunk };
        StoredAnswer { job, backend, ending, elapsed, reply, usage, estimate, tried, detail, hunks, attempts }
    }
}

prop_compose! {
    fn decision()(
        kind in prop::sample::select(vec![DismissKind::FalsePositive, DismissKind::Accepted, DismissKind::WontFix]),
        (reason, who, when) in any::<(String, String, i64)>(),
    ) -> Decision {
        Decision { kind, reason, who, when }
    }
}

prop_compose! {
    fn known()(
        id in "[0-9a-f]{16}".prop_map(|t| FindingId::parse(&t).unwrap()),
        status in prop::sample::select(vec![Status::Open, Status::Fixed, Status::Dismissed, Status::Regressed]),
        (title, severity, file, line) in (any::<String>(), severity(), any::<String>(), any::<u32>()),
        (first_run, last_run, fixed_by) in (run_id(), run_id(), option::of(object_id())),
        (decision, rounds) in (option::of(decision()), any::<u32>()),
    ) -> FindingRecord {
        let quote = format!("{title} {file}");
        let fields = vec![AgentName::parse("security").unwrap()];
        let tier = if severity == Severity::Low { Tier::Maybe } else { Tier::Confirmed };
        FindingRecord { id, status, title, tier, severity, file, line, quote, fields, first_run, last_run, fixed_by, decision, rounds }
    }
}

fn round_trip<T: Record + PartialEq + std::fmt::Debug>(value: &T) -> Result<(), TestCaseError> {
    let bytes = encode(value);
    prop_assert_eq!(bytes.iter().filter(|b| **b == b'\n').count(), 1, "one line");
    prop_assert_eq!(&decode::<T>(&bytes).unwrap(), value);
    let newer = String::from_utf8(bytes).unwrap().replacen(
        "{\"version\":1",
        "{\"later\":[{}],\"version\":7",
        1,
    );
    prop_assert_eq!(&decode::<T>(newer.as_bytes()).unwrap(), value);
    Ok(())
}

proptest! {
    #[test]
    fn requests_come_back(value in request()) { round_trip(&value)?; }

    #[test]
    fn states_come_back(phase in phase(), attempts in any::<u32>(), since in any::<i64>()) {
        round_trip(&RunRecord { phase, attempts, since })?;
    }

    #[test]
    fn answers_come_back(value in answer()) { round_trip(&value)?; }

    #[test]
    fn attempts_come_back(value in attempt()) { round_trip(&value)?; }

    #[test]
    fn known_findings_come_back(value in known()) { round_trip(&value)?; }

    #[test]
    fn small_records_come_back(
        (boot, pid, start) in any::<(Option<String>, u32, Option<u64>)>(),
        (version, since, event) in any::<(String, i64, String)>(),
        fields in prop::collection::btree_map(any::<String>(), any::<String>(), 0..4),
    ) {
        round_trip(&Holder { process: Identity { boot, pid, start }, version, since })?;
        round_trip(&LogLine { at: since, event, fields: fields.into_iter().collect() })?;
    }

    #[test]
    fn no_bytes_make_reading_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode::<RunRequest>(&bytes);
        let _ = decode::<StoredAnswer>(&bytes);
    }

    #[test]
    fn a_damaged_byte_never_panics(value in request(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = encode(&value);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = decode::<RunRequest>(&bytes);
    }
}

#[test]
fn what_a_newer_version_says_is_understood_or_named() {
    let state = decode::<RunRecord>(br#"{"version":9,"phase":"paused"}"#);
    assert_eq!(
        state.unwrap_err(),
        "phase `paused` is unknown; written by a newer version of git-agents"
    );
    let answer =
        br#"{"version":9,"agent":"retro","perspective":"fresh","chunk":1,"backend":"b","ending":{"kind":"bored"}}"#;
    let answer: StoredAnswer = decode(answer).unwrap();
    assert_eq!(
        answer.ending,
        Ending::Unreadable("recorded as `bored`".into())
    );
    let least: RunRecord = decode(br#"{"phase":"done"}"#).unwrap();
    assert_eq!(
        least,
        RunRecord {
            phase: RunState::Done,
            attempts: 0,
            since: 0
        }
    );
}
