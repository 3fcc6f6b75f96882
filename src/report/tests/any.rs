//! Arbitrary reports, hostile in every text.

use std::time::Duration;

use proptest::prelude::*;

use crate::model::*;
use crate::report::samples::clean;

/// Text with all that is hostile to a terminal and to Markdown.
fn hostile() -> impl Strategy<Value = String> {
    let bits = prop::sample::select(vec![
        "\x1b]0;owned\x07",
        "\x1b[2J\x1b[H",
        "\x1b]52;c;QUJD\x07",
        "\x1b]8;;http://e.vil\x1b\\x",
        "\u{9b}2J",
        "\u{9d}0;t\u{9c}",
        "\r",
        "\x08\x08",
        "\x7f",
        "\0",
        "\u{202e}",
        "\u{2066}",
        "\u{200b}",
        "\u{e0041}",
        "\u{fe0f}\u{fe0e}",
        "\u{2028}",
        "\n",
        "\t",
        "](http://e.vil)",
        "![x](y)",
        "<img src=x>",
        "```",
        "`",
        "@root",
        "www.e.vil",
        "http://e.vil",
        "日本語",
        "word ",
        " ",
        "a/b.rs",
    ]);
    let text = prop_oneof![3 => bits.prop_map(str::to_owned), 1 => "\\PC{0,12}", 1 => any::<char>().prop_map(String::from)];
    prop::collection::vec(text, 0..6).prop_map(|parts| parts.concat())
}

fn path() -> impl Strategy<Value = RepoPath> {
    prop_oneof![
        hostile().prop_map(RepoPath::new),
        prop::collection::vec(any::<u8>(), 0..12).prop_map(RepoPath::new)
    ]
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(hostile(), 0..3)
}

fn ending() -> impl Strategy<Value = Ending> {
    prop_oneof![
        Just(Ending::Answered),
        any::<i32>().prop_map(Ending::Exited),
        any::<i32>().prop_map(Ending::Signalled),
        Just(Ending::TimedOut(Deadline::Idle)),
        Just(Ending::TimedOut(Deadline::Hard)),
        Just(Ending::Cancelled),
        Just(Ending::Superseded),
        Just(Ending::TooMuchOutput),
        hostile().prop_map(Ending::NotStarted),
        hostile().prop_map(Ending::Refused),
        hostile().prop_map(Ending::NoQuota),
        Just(Ending::OverBudget),
        prop::option::of(millis()).prop_map(|retry_after| Ending::RateLimited { retry_after }),
        Just(Ending::Overloaded),
        hostile().prop_map(Ending::Unreachable),
        Just(Ending::NotLoggedIn),
        Just(Ending::TooLong),
        hostile().prop_map(Ending::Unreadable),
        Just(Ending::Empty),
        Just(Ending::Lost),
    ]
}

fn millis() -> impl Strategy<Value = Duration> {
    (0..1u64 << 40).prop_map(Duration::from_millis)
}

fn skip_reason() -> impl Strategy<Value = SkipReason> {
    prop_oneof![
        Just(SkipReason::Binary),
        Just(SkipReason::Generated),
        Just(SkipReason::Vendored),
        Just(SkipReason::Minified),
        any::<u64>().prop_map(|bytes| SkipReason::TooLarge { bytes }),
        Just(SkipReason::OverBudget),
        Just(SkipReason::LockFile),
        Just(SkipReason::Filtered),
        Just(SkipReason::Missing),
        hostile().prop_map(SkipReason::Unreadable),
    ]
}

fn finding_id() -> impl Strategy<Value = FindingId> {
    "[0-9a-f]{16}".prop_map(|text| FindingId::parse(&text).unwrap())
}

fn finding() -> impl Strategy<Value = Finding> {
    let tier = prop::sample::select(vec![Tier::Confirmed, Tier::Maybe]);
    let status = prop::sample::select(vec![
        Status::Open,
        Status::Fixed,
        Status::Dismissed,
        Status::Regressed,
    ]);
    let severity = prop::sample::select(vec![
        Severity::Low,
        Severity::Medium,
        Severity::High,
        Severity::Critical,
    ]);
    let fix = prop::option::of((hostile(), prop::option::of(hostile()))).prop_map(|f| {
        f.map(|(advice, replacement)| Fix {
            advice,
            replacement,
        })
    });
    let head = (
        finding_id(),
        tier,
        status,
        severity,
        any::<u8>(),
        path(),
        any::<(u32, u32)>(),
    );
    let words = (hostile(), hostile(), hostile(), hostile(), texts(), texts());
    (head, words, fix, any::<(bool, bool)>()).prop_map(
        |(
            (id, tier, status, severity, confidence, path, lines),
            words,
            fix,
            (on_removed, introduced),
        )| Finding {
            id,
            tier,
            status,
            title: words.0,
            severity,
            confidence,
            category: words.1,
            agents: words.4,
            fields: vec![AgentName::parse("retro").unwrap()],
            path,
            line_start: lines.0,
            line_end: lines.1,
            on_removed,
            quote: words.2,
            introduced,
            not_shown: (tier == Tier::Likely).then(|| words.3.clone()),
            scenario: words.3,
            fix,
            checks: words.5,
        },
    )
}

fn agent_line() -> impl Strategy<Value = AgentLine> {
    let usage = (
        prop::option::of(hostile()),
        any::<[Option<u64>; 3]>(),
        prop::option::of(0u32..1_000_000),
    )
        .prop_map(
            |(model, [tokens_in, tokens_cached, tokens_out], cost)| Usage {
                model,
                tokens_in,
                tokens_cached,
                tokens_out,
                cost: cost.map(|c| f64::from(c) / 1000.0),
            },
        );
    let tried = prop::collection::vec((hostile(), ending()), 0..2);
    let estimate = (any::<[Option<u64>; 2]>(), prop::option::of(0u32..1_000_000)).prop_map(
        |([tokens_in, tokens_out], cost)| Estimate {
            tokens_in,
            tokens_out,
            cost: cost.map(|c| f64::from(c) / 1000.0),
        },
    );
    let words = [prop::option::of(hostile()), prop::option::of(hostile())];
    (
        hostile(),
        hostile(),
        ending(),
        millis(),
        (usage, estimate),
        tried,
        words,
    )
        .prop_map(
            |(name, backend, ending, elapsed, (usage, estimate), tried, [detail, advice])| {
                AgentLine {
                    name,
                    backend,
                    ending,
                    elapsed,
                    usage,
                    estimate,
                    tried,
                    detail,
                    advice,
                }
            },
        )
}

fn lock_file() -> impl Strategy<Value = LockFileChange> {
    let version = prop_oneof![
        hostile().prop_map(VersionChange::Added),
        hostile().prop_map(VersionChange::Removed),
        (hostile(), hostile()).prop_map(|(from, to)| VersionChange::Moved { from, to }),
        hostile().prop_map(VersionChange::SourceChanged),
    ];
    let change = (
        hostile(),
        version,
        prop::option::of(hostile()),
        any::<(bool, Option<u32>)>(),
    )
        .prop_map(
            |(name, version, source, (foreign_source, line))| DependencyChange {
                name,
                version,
                source,
                foreign_source,
                line,
            },
        );
    (
        path(),
        prop::collection::vec(change, 0..3),
        prop::option::of(hostile()),
    )
        .prop_map(|(path, changes, incomplete)| LockFileChange {
            path,
            ecosystem: "npm",
            changes,
            incomplete,
        })
}

fn coverage() -> impl Strategy<Value = CoverageReport> {
    let unread = (hostile(), any::<u32>(), hostile()).prop_map(|(file, hunk, agent)| NotReviewed {
        file,
        hunk: HunkId(hunk),
        agent,
    });
    let skipped = (path(), skip_reason()).prop_map(|(path, reason)| Skipped { path, reason });
    (
        any::<[u32; 4]>(),
        prop::collection::vec(unread, 0..6),
        prop::collection::vec(skipped, 0..6),
    )
        .prop_map(
            |([files, files_read, hunks, hunks_read], not_reviewed, skipped)| CoverageReport {
                files: files as usize,
                files_read: files_read as usize,
                paths: Vec::new(),
                hunks: hunks as usize,
                hunks_read: hunks_read as usize,
                not_reviewed,
                skipped,
                nothing: None,
            },
        )
}

fn target() -> impl Strategy<Value = Target> {
    let kinds = vec![
        TargetKind::Commit,
        TargetKind::Range,
        TargetKind::Worktree,
        TargetKind::Staged,
    ];
    let id = || prop::option::of("[0-9a-f]{40}").prop_map(|t| t.and_then(|t| ObjectId::parse(&t)));
    (
        prop::sample::select(kinds),
        id(),
        id(),
        hostile(),
        prop::option::of(hostile()),
    )
        .prop_map(|(kind, base, head, subject, branch)| Target {
            kind,
            base,
            head,
            subject,
            branch,
        })
}

pub(super) fn any_report() -> impl Strategy<Value = Report> {
    let states = vec![
        ReportState::Clean,
        ReportState::Findings,
        ReportState::Incomplete,
    ];
    let stages = vec![Stage::Decode, Stage::Locate, Stage::Merge];
    let aside = (
        hostile(),
        hostile(),
        prop::sample::select(stages),
        hostile(),
    )
        .prop_map(|(title, agent, stage, why)| SetAside {
            title,
            agent,
            stage,
            why,
        });
    let lesson = (
        hostile(),
        hostile(),
        hostile(),
        hostile(),
        texts(),
        hostile(),
    )
        .prop_map(
            |(title, category, problem_type, module, tags, body)| Lesson {
                title,
                category,
                problem_type,
                module,
                tags,
                body,
            },
        );
    let reason = prop_oneof![
        finding_id().prop_map(Reason::Finding),
        hostile().prop_map(Reason::NotReviewed)
    ];
    let verdict = (
        hostile(),
        any::<bool>(),
        prop::collection::vec(reason, 0..3),
    )
        .prop_map(|(gate, held, why)| Verdict { gate, held, why });
    let reader = prop_oneof![
        Just(Reader::Libgit2),
        hostile().prop_map(|why| Reader::Plumbing { why })
    ];
    let lists = (
        prop::collection::vec(finding(), 0..4),
        prop::collection::vec(aside, 0..3),
        prop::collection::vec(lesson, 0..3),
        prop::collection::vec(agent_line(), 0..4),
        prop::collection::vec(lock_file(), 0..2),
        texts(),
    );
    let facts = (millis(), any::<i64>(), any::<u32>());
    (
        target(),
        prop::sample::select(states),
        lists,
        coverage(),
        verdict,
        facts,
        reader,
    )
        .prop_map(
            |(target, state, lists, coverage, verdict, (elapsed, made_at, redacted), reader)| {
                Report {
                    run: clean().run,
                    target,
                    state,
                    findings: lists.0,
                    set_aside: lists.1,
                    lessons: lists.2,
                    agents: lists.3,
                    coverage,
                    lock_files: lists.4,
                    redacted: redacted as usize,
                    verdict,
                    notes: lists.5,
                    elapsed,
                    made_at,
                    reader,
                    asked: asked(redacted),
                }
            },
        )
}

/// Options of every kind, and none.
fn asked(seed: u32) -> AskedOptions {
    if seed.is_multiple_of(3) {
        return AskedOptions::default();
    }
    AskedOptions {
        backend: Some(format!("backend-{seed}")),
        agents: vec!["security".to_owned(); (seed % 4) as usize],
        fail_on: Some(Severity::Medium).filter(|_| seed.is_multiple_of(2)),
        command: vec![format!("fix {seed}"), "--all".to_owned()],
    }
}
