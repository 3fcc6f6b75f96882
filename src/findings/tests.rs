#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::fixtures::{QUOTE, change, db, file, proposal, reply, result};
use super::*;
use crate::model::{AgentName, LineKind, Proposal, Severity, SkipReason, Skipped};

fn run(change: &Change, results: &[JobResult]) -> FindingSet {
    derive_findings(&DeriveInput {
        change,
        results,
        skipped_agents: &[],
        known: &[],
        remote: "r",
    })
}

fn answered(job: &str, proposals: Vec<Proposal>) -> JobResult {
    result(job, &[1], Some(reply(proposals, &[1])))
}

fn with(edit: impl FnOnce(&mut Proposal)) -> Proposal {
    let mut proposal = proposal("src/db.py", 12, QUOTE);
    edit(&mut proposal);
    proposal
}

#[test]
fn one_problem_seen_by_two_agents_is_one_surer_and_worse_finding() {
    let mild = with(|p| {
        p.severity = Severity::Medium;
        p.confidence = 50;
        p.title = "Query made of user input".into();
        p.category = "CWE-943".into();
    });
    let results = [
        answered("security", vec![mild]),
        answered("performance", vec![with(|p| p.confidence = 50)]),
    ];
    let synthesis = run(&change(vec![db()]), &results);
    assert_eq!(synthesis.findings.len(), 1);
    let finding = &synthesis.findings[0];
    assert_eq!(
        (finding.severity, finding.confidence, finding.tier),
        (Severity::High, 75, Tier::Confirmed)
    );
    assert_eq!(finding.agents, ["performance", "security"]);
    assert_eq!(finding.title, "SQL built from user input");
    assert_eq!(finding.checks, ["quote stands", "2 reviewers agree"]);
    let merged = &synthesis.set_aside[0];
    assert_eq!(
        (merged.stage, merged.agent.as_str()),
        (Stage::Merge, "security")
    );
    assert_eq!(merged.why, format!("merged into {}", finding.id.short()));
}

#[test]
fn agreement_is_one_step_and_never_over_a_hundred() {
    let sure = |confidence| with(|p| p.confidence = confidence);
    let confidence =
        |results: &[JobResult]| run(&change(vec![db()]), results).findings[0].confidence;
    let three = [sure(25), sure(25), sure(25)].map(|p| vec![p]);
    let [a, b, c] = three;
    assert_eq!(
        confidence(&[
            answered("security", a),
            answered("retro", b),
            answered("performance", c)
        ]),
        50
    );
    assert_eq!(
        confidence(&[
            answered("security", vec![sure(100)]),
            answered("retro", vec![sure(100)])
        ]),
        100
    );
    // two perspectives of one agent agree; two chunks of one do not
    assert_eq!(
        confidence(&[
            answered("retro", vec![sure(50)]),
            answered("retro-fresh", vec![sure(50)])
        ]),
        75
    );
    assert_eq!(
        confidence(&[
            answered("retro", vec![sure(50)]),
            answered("retro.2", vec![sure(50)])
        ]),
        50
    );
    // the embedded reviewer is one voice whatever the field
    assert_eq!(
        confidence(&[
            answered("security@offline", vec![sure(50)]),
            answered("security", vec![sure(50)])
        ]),
        75
    );
    let offline = [
        answered("security@offline", vec![sure(50)]),
        answered("retro@offline", vec![sure(50)]),
    ];
    assert_eq!(confidence(&offline), 50);
}

#[test]
fn an_agents_words_go_before_the_embedded_reviewers() {
    let terse = with(|p| {
        p.title = "string built into SQL".into();
        p.severity = Severity::Critical;
    });
    let alone = run(
        &change(vec![db()]),
        &[answered("security@offline", vec![terse.clone()])],
    );
    let both = [
        answered("security@offline", vec![terse]),
        answered("security", vec![with(|_| {})]),
    ];
    let synthesis = run(&change(vec![db()]), &both);
    let finding = &synthesis.findings[0];
    assert_eq!(
        (finding.title.as_str(), finding.severity),
        ("SQL built from user input", Severity::Critical)
    );
    assert_eq!(finding.id, alone.findings[0].id);
    assert_eq!((finding.agents.len(), finding.fields.len()), (2, 1));
}

#[test]
fn two_problems_on_one_line_stay_two() {
    let slow = with(|p| {
        p.title = "Query runs once per row".into();
        p.category = "n-plus-one".into();
    });
    let results = [
        answered("security", vec![with(|_| {})]),
        answered("performance", vec![slow]),
    ];
    assert_eq!(run(&change(vec![db()]), &results).findings.len(), 2);
}

#[test]
fn two_things_that_one_reply_says_of_one_place_stay_two() {
    let companion = |title: &str| {
        with(|p| {
            p.title = title.into();
            p.category = "missing-companion".into();
        })
    };
    let facts = vec![
        companion("docs/api.md usually changes along"),
        companion("tests/test_db.py did not move with it"),
    ];
    let results = [answered("retro@offline", facts)];
    let first = run(&change(vec![db()]), &results);
    assert_eq!(first.findings.len(), 2);
    assert_ne!(first.findings[0].id, first.findings[1].id);
    assert_eq!(run(&change(vec![db()]), &results), first);
}

#[test]
fn one_kind_of_problem_at_two_places_stays_two() {
    let file = file(
        "a.py",
        "+run(first)\n+one\n+two\n+three\n+four\n+five\n+six\n+seven\n+eight\n+run(second)",
    );
    let at = |line, quote: &str| proposal("a.py", line, quote);
    let both = vec![at(1, "run(first)"), at(10, "run(second)")];
    assert_eq!(
        run(&change(vec![file]), &[answered("security", both)])
            .findings
            .len(),
        2
    );
}

#[test]
fn tiers_need_an_introduced_line_and_confidence() {
    let unsure = with(|p| p.confidence = 50);
    let older = with(|p| {
        p.quote = "return eval(name)".into();
        p.category = "CWE-95".into();
        p.confidence = 100;
        p.title = "eval of input".into();
    });
    let synthesis = run(
        &change(vec![db()]),
        &[answered("security", vec![unsure, older])],
    );
    let tiers: Vec<(bool, Tier)> = synthesis
        .findings
        .iter()
        .map(|f| (f.introduced, f.tier))
        .collect();
    assert_eq!(tiers, [(true, Tier::Maybe), (false, Tier::Maybe)]);
    assert_eq!(synthesis.state, ReportState::Clean);
}

#[test]
fn rank_puts_first_what_needs_doing_first() {
    let lines = [
        "alpha = one()",
        "beta = two()",
        "gamma = three()",
        "delta = four()",
    ];
    let diff: String = lines.iter().map(|l| format!("+{l}\n")).collect();
    let at = |quote: &str, severity, confidence| Proposal {
        title: quote.into(),
        category: quote.into(),
        severity,
        confidence,
        ..proposal("a.py", 0, quote)
    };
    let proposals = vec![
        at(lines[0], Severity::Critical, 50),
        at(lines[1], Severity::Low, 100),
        at(lines[2], Severity::High, 75),
        at(lines[3], Severity::High, 100),
    ];
    let synthesis = run(
        &change(vec![file("a.py", &diff)]),
        &[answered("security", proposals)],
    );
    let titles: Vec<&str> = synthesis
        .findings
        .iter()
        .map(|f| f.title.as_str())
        .collect();
    assert_eq!(titles, [lines[3], lines[2], lines[1], lines[0]]);
}

#[test]
fn what_cannot_be_read_or_found_is_set_aside_with_the_reason() {
    let mut said = reply(vec![proposal("nowhere.py", 1, QUOTE)], &[1]);
    said.rejected.push(("finding 2".into(), "no file".into()));
    let synthesis = run(&change(vec![db()]), &[result("security", &[1], Some(said))]);
    let aside: Vec<_> = synthesis
        .set_aside
        .iter()
        .map(|s| (s.stage, s.title.as_str(), s.why.as_str()))
        .collect();
    assert_eq!(
        aside,
        [
            (Stage::Decode, "finding 2", "no file"),
            (
                Stage::Locate,
                "SQL built from user input",
                "the path is not in the change"
            ),
        ]
    );
    assert_eq!(synthesis.findings, []);
}

#[test]
fn words_are_capped() {
    let long = with(|p| {
        p.title = "x".repeat(5000);
        p.scenario = "y".repeat(50_000);
        p.category = "z".repeat(5000);
    });
    let finding = run(&change(vec![db()]), &[answered("security", vec![long])])
        .findings
        .remove(0);
    let lengths = [&finding.title, &finding.scenario, &finding.category].map(|t| t.chars().count());
    assert_eq!(lengths, [100, 8000, 100]);
}

/// Two files: h1 in `src/db.py`, h2 and h3 in `b.py`.
fn two_files() -> Change {
    change(vec![db(), file("b.py", "@1,1\n+one = 1\n@50,50\n+two = 2")])
}

fn unread(synthesis: &FindingSet) -> Vec<String> {
    let entry = |n: &crate::model::NotReviewed| format!("{} {} {}", n.agent, n.file, n.hunk);
    synthesis.coverage.not_reviewed.iter().map(entry).collect()
}

fn read(job: &str, given: &[u32], echoed: &[u32]) -> JobResult {
    result(job, given, Some(reply(Vec::new(), echoed)))
}

#[test]
fn every_agent_has_to_echo_every_hunk() {
    let synthesis = run(
        &two_files(),
        &[
            read("security", &[1, 2, 3], &[1, 2, 3]),
            read("retro", &[1, 2, 3], &[1, 2, 3]),
        ],
    );
    assert_eq!(
        (unread(&synthesis), synthesis.state),
        (vec![], ReportState::Clean)
    );
    let counts = &synthesis.coverage;
    assert_eq!(
        (
            counts.files,
            counts.files_read,
            counts.hunks,
            counts.hunks_read
        ),
        (2, 2, 3, 3)
    );

    let synthesis = run(
        &two_files(),
        &[
            read("security", &[1, 2, 3], &[1, 2, 3]),
            read("retro", &[1, 2, 3], &[1, 3]),
        ],
    );
    assert_eq!(
        (unread(&synthesis), synthesis.state),
        (vec!["retro b.py h2".to_owned()], ReportState::Incomplete)
    );
    let counts = &synthesis.coverage;
    assert_eq!((counts.files_read, counts.hunks_read), (1, 2));
}

#[test]
fn chunks_of_one_agent_add_up_and_perspectives_do_not() {
    let chunks = [
        read("security", &[1], &[1]),
        read("security.2", &[2, 3], &[2, 3]),
    ];
    assert_eq!(unread(&run(&two_files(), &chunks)), Vec::<String>::new());
    let perspectives = [
        read("retro", &[1, 2, 3], &[1, 2, 3]),
        read("retro-fresh", &[1, 2, 3], &[1]),
    ];
    assert_eq!(
        unread(&run(&two_files(), &perspectives)),
        ["retro-fresh b.py h2", "retro-fresh b.py h3"]
    );
}

#[test]
fn echoing_what_was_not_given_reads_nothing() {
    let greedy = [read("security", &[1], &[1, 2, 3, 99])];
    assert_eq!(
        unread(&run(&two_files(), &greedy)),
        ["security b.py h2", "security b.py h3"]
    );
}

#[test]
fn a_failed_job_read_nothing_but_its_findings_are_kept() {
    let mut failed = answered("security", vec![with(|_| {})]);
    failed.line.ending = Ending::TimedOut(crate::model::Deadline::Hard);
    let synthesis = run(&change(vec![db()]), &[failed]);
    assert_eq!(
        (unread(&synthesis), synthesis.findings.len()),
        (vec!["security src/db.py h1".to_owned()], 1)
    );
    assert_eq!(synthesis.state, ReportState::Incomplete);
}

#[test]
fn candidates_beside_an_agent_do_not_count_as_reading() {
    let offline = answered("security@offline", vec![with(|_| {})]);
    let synthesis = run(&change(vec![db()]), std::slice::from_ref(&offline));
    assert_eq!(unread(&synthesis), ["any agent src/db.py h1"]);
    let synthesis = run(&change(vec![db()]), &[offline, read("security", &[1], &[])]);
    assert_eq!(unread(&synthesis), ["security src/db.py h1"]);
}

#[test]
fn gaps_make_a_review_incomplete_and_knowing_omissions_do_not() {
    let state = |reason: Option<SkipReason>, skipped: &[AgentSkip], results: &[JobResult]| {
        let mut change = change(vec![db()]);
        change.skipped.extend(reason.map(|reason| Skipped {
            path: "x".into(),
            reason,
        }));
        let input = DeriveInput {
            change: &change,
            results,
            skipped_agents: skipped,
            known: &[],
            remote: "",
        };
        derive_findings(&input).state
    };
    let agent = |is_gap| AgentSkip {
        name: AgentName::parse("retro").unwrap(),
        why: "asks for Bash".into(),
        is_gap,
    };
    let fine = [read("security", &[1], &[1])];
    assert_eq!(state(None, &[], &fine), ReportState::Clean);
    assert_eq!(
        state(Some(SkipReason::Binary), &[agent(false)], &fine),
        ReportState::Clean
    );
    assert_eq!(
        state(Some(SkipReason::OverBudget), &[], &fine),
        ReportState::Incomplete
    );
    assert_eq!(state(None, &[agent(true)], &fine), ReportState::Incomplete);
    let failing = [
        read("security", &[1], &[1]),
        result("retro@offline", &[], None),
    ];
    assert_eq!(state(None, &[], &failing), ReportState::Incomplete);
    assert_eq!(
        state(None, &[], &[answered("security", vec![with(|_| {})])]),
        ReportState::Findings
    );
}

#[test]
fn notes_and_lessons_come_once() {
    let lesson = |title: &str| Lesson {
        title: title.into(),
        category: "security-issues".into(),
        problem_type: "security_issue".into(),
        module: "db".into(),
        tags: vec![],
        body: "Bind values.".into(),
    };
    let mut said = reply(Vec::new(), &[1]);
    said.notes = vec!["a.rb: general checks only".into()];
    said.lessons = vec![lesson("Bind values in SQL"), lesson("bind values in sql!")];
    let results = [
        result("retro", &[1], Some(said.clone())),
        result("security", &[1], Some(said)),
    ];
    let change = change(vec![db()]);
    let idle = |name: &str| AgentSkip {
        name: AgentName::parse(name).unwrap(),
        why: "nothing to do".into(),
        is_gap: false,
    };
    let skipped = [idle("x"), idle("y")];
    let input = DeriveInput {
        change: &change,
        results: &results,
        skipped_agents: &skipped,
        known: &[],
        remote: "",
    };
    let synthesis = derive_findings(&input);
    assert_eq!(
        synthesis.notes,
        [
            "x, y did not run: nothing to do",
            "a.rb: general checks only"
        ]
    );
    assert_eq!(synthesis.lessons, [lesson("Bind values in SQL")]);
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec![
            "a = 1", "b = foo(a)", "return eval(x)", "}", "", "x", "if a {\n    b()\n}", "+b = foo(a)", " 3 | a = 1",
            "[redacted:aws-key:2]", "k = [redacted:aws-key:7]", "日本 = 語()", "\u{202e}é", "b = fooo(a)",
        ]).prop_map(str::to_owned),
        1 => "\\PC{0,30}",
        1 => ".{0,12}",
    ]
}

fn any_proposal() -> impl Strategy<Value = Proposal> {
    let words = (any_text(), any_text(), any_text(), any_text());
    let severity = prop::sample::select(vec![
        Severity::Low,
        Severity::Medium,
        Severity::High,
        Severity::Critical,
    ]);
    let file = prop_oneof![
        Just("f.py".to_owned()),
        Just("a/g.py".to_owned()),
        Just("old.py".to_owned()),
        any_text()
    ];
    let lines = (
        prop_oneof![0u32..20, any::<u32>()],
        prop_oneof![0u32..20, any::<u32>()],
    );
    let category = prop::sample::select(vec!["CWE-89", "cwe 943", "", "n+1", "CWE", "Ω"]);
    (words, severity, any::<u8>(), file, lines, category).prop_map(
        |(
            (title, quote, scenario, advice),
            severity,
            confidence,
            file,
            (line_start, line_end),
            category,
        )| Proposal {
            title,
            severity,
            confidence,
            category: category.into(),
            file,
            line_start,
            line_end,
            quote,
            scenario,
            fix: Some(Fix {
                advice,
                replacement: None,
            }),
        },
    )
}

fn any_change() -> impl Strategy<Value = Change> {
    let line = (0..3usize, any_text(), any::<u8>());
    let lines = prop::collection::vec(line, 0..12);
    let hunk = (lines, any::<u32>());
    (prop::collection::vec(hunk, 0..4), any::<bool>()).prop_map(|(hunks, with_text)| {
        let mut files = vec![file("f.py", ""), file("g.py", ""), file("new.py", "")];
        files[2].old_path = Some("old.py".into());
        for (index, (lines, start)) in hunks.into_iter().enumerate() {
            let mut hunk = file("x", "+x").hunks.remove(0);
            let number = |i: usize, on: bool| {
                on.then(|| (start % 50).saturating_add(u32::try_from(i).unwrap()))
            };
            let line = |(i, (kind, text, byte)): (usize, (usize, String, u8))| {
                let kind = [LineKind::Context, LineKind::Added, LineKind::Removed][kind];
                let mut text = text.into_bytes();
                text.extend((byte > 250).then_some(byte));
                crate::model::Line {
                    kind,
                    old_number: number(i, kind != LineKind::Added),
                    new_number: number(i, kind != LineKind::Removed),
                    text,
                    no_newline: byte == 0,
                }
            };
            hunk.lines = lines.into_iter().enumerate().map(line).collect();
            files[index % 3].hunks.push(hunk);
        }
        for file in files.iter_mut().filter(|_| with_text) {
            let lines = file
                .hunks
                .iter()
                .flat_map(|h| &h.lines)
                .filter(|l| l.kind != LineKind::Removed);
            file.new_text = Some(
                lines
                    .map(|l| l.text.clone())
                    .collect::<Vec<_>>()
                    .join(&b'\n'),
            );
        }
        change(files)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_proposal_ends_in_a_finding_or_aside(
        change in any_change(),
        first in prop::collection::vec(any_proposal(), 0..8),
        second in prop::collection::vec(any_proposal(), 0..8),
        coverage in prop::collection::vec(any::<u32>(), 0..5),
        rejected in prop::collection::vec((any_text(), any_text()), 0..3),
    ) {
        let mut one = reply(first, &coverage);
        one.rejected = rejected;
        let proposed = one.proposals.len() + one.rejected.len() + second.len();
        let results = [result("security", &[1, 2], Some(one)), result("retro@offline", &[2], Some(reply(second, &[2])))];
        let synthesis = run(&change, &results);
        prop_assert_eq!(synthesis.findings.len() + synthesis.set_aside.len(), proposed);

        let ids: BTreeSet<&FindingId> = synthesis.findings.iter().map(|f| &f.id).collect();
        prop_assert_eq!(ids.len(), synthesis.findings.len(), "fingerprints are told apart");
        prop_assert!(synthesis.findings.iter().all(|f| change.file(&f.path).is_some()));
        prop_assert!(synthesis.coverage.hunks_read <= synthesis.coverage.hunks);

        // and once more, now that everything is known
        let run_id = crate::model::RunId::parse("00000000-0000-7000-8000-000000000001").unwrap();
        let known = update_known(&[], &synthesis, &run_id, None, &[]);
        let input = DeriveInput {
            change: &change, results: &results, skipped_agents: &[], known: &known, remote: "r",
        };
        let again = derive_findings(&input);
        let again: BTreeSet<FindingId> = again.findings.into_iter().map(|f| f.id).collect();
        prop_assert_eq!(again, ids.into_iter().cloned().collect::<BTreeSet<_>>(), "the same reply is known again");
    }
}
