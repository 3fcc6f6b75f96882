#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::findings::fixtures::{QUOTE, change, db, file, proposal, reply, result};
use crate::findings::{DeriveInput, JobResult, derive_findings};
use crate::model::{Decision, DismissKind, Proposal, Reply, Tier};

fn run(change: &Change, known: &[FindingRecord], results: &[JobResult]) -> FindingSet {
    derive_findings(&DeriveInput {
        change,
        results,
        skipped_agents: &[],
        known,
        remote: "r",
    })
}

fn security(proposals: Vec<Proposal>) -> Vec<JobResult> {
    vec![result("security", &[1], Some(reply(proposals, &[1])))]
}

fn run_id(number: u8) -> RunId {
    RunId::parse(&format!("00000000-0000-7000-8000-0000000000{number:02x}")).unwrap()
}

fn head() -> ObjectId {
    ObjectId::parse(&"ab".repeat(20)).unwrap()
}

/// What is known after one run that found the problem in `src/db.py`.
fn known() -> Vec<FindingRecord> {
    let found = run(
        &change(vec![db()]),
        &[],
        &security(vec![proposal("src/db.py", 12, QUOTE)]),
    );
    update_known(
        &[],
        &found,
        &run_id(1),
        Some(&head()),
        &["src/db.py".into()],
    )
}

fn next(
    known: &[FindingRecord],
    change: &Change,
    proposals: Vec<Proposal>,
    number: u8,
) -> Vec<FindingRecord> {
    let synthesis = run(change, known, &security(proposals));
    let paths: Vec<RepoPath> = change.files.iter().map(|f| f.path.clone()).collect();
    update_known(known, &synthesis, &run_id(number), Some(&head()), &paths)
}

/// The same file after a repair.
fn repaired() -> Change {
    let mut fixed = file(
        "src/db.py",
        "@12,12\n-    cur.execute(\"select * from t where n = '\" + name)\n+    cur.execute(SAFE, name)",
    );
    fixed.new_text = Some(b"def find(name):\n    cur.execute(SAFE, name)\n".to_vec());
    change(vec![fixed])
}

#[test]
fn a_finding_is_remembered_once_a_run() {
    let first = known();
    assert_eq!(first.len(), 1);
    let memory = &first[0];
    assert_eq!(
        (
            memory.status,
            memory.rounds,
            memory.line,
            memory.file.as_str()
        ),
        (Status::Open, 1, 12, "src/db.py")
    );
    let same = next(
        &first,
        &change(vec![db()]),
        vec![proposal("src/db.py", 12, QUOTE)],
        1,
    );
    assert_eq!(same, first);
    let later = next(
        &first,
        &change(vec![db()]),
        vec![proposal("src/db.py", 12, QUOTE)],
        2,
    );
    assert_eq!(
        (
            later.len(),
            later[0].rounds,
            &later[0].first_run,
            &later[0].last_run
        ),
        (1, 2, &run_id(1), &run_id(2))
    );
}

#[test]
fn code_that_is_gone_is_fixed_by_the_commit_and_back_is_regressed() {
    let fixed = next(&known(), &repaired(), Vec::new(), 2);
    assert_eq!(
        (fixed[0].status, fixed[0].fixed_by.clone()),
        (Status::Fixed, Some(head()))
    );
    let back = next(
        &fixed,
        &change(vec![db()]),
        vec![proposal("src/db.py", 12, QUOTE)],
        3,
    );
    assert_eq!(
        (back.len(), back[0].status, &back[0].fixed_by),
        (1, Status::Regressed, &None)
    );
    let again = next(&back, &repaired(), Vec::new(), 4);
    assert_eq!(again[0].status, Status::Fixed);
}

#[test]
fn silence_is_not_a_repair() {
    // the code still stands
    assert_eq!(next(&known(), &change(vec![db()]), Vec::new(), 2), known());
    // the file was not reviewed
    let elsewhere = change(vec![file("src/other.py", "+x = 1")]);
    assert_eq!(next(&known(), &elsewhere, Vec::new(), 2), known());
    // nobody says that the hunk was read
    let unread = vec![result("security", &[1], Some(Reply::default()))];
    let synthesis = run(&repaired(), &known(), &unread);
    assert_eq!(
        update_known(
            &known(),
            &synthesis,
            &run_id(2),
            Some(&head()),
            &["src/db.py".into()]
        ),
        known()
    );
    // another field read it
    let retro = vec![result("retro", &[1], Some(reply(Vec::new(), &[1])))];
    assert_eq!(run(&repaired(), &known(), &retro).gone, []);
    // uncommitted work fixes nothing yet
    let synthesis = run(&repaired(), &known(), &security(Vec::new()));
    assert_eq!(synthesis.gone.len(), 1);
    assert_eq!(
        update_known(
            &known(),
            &synthesis,
            &run_id(2),
            None,
            &["src/db.py".into()]
        ),
        known()
    );
}

#[test]
fn a_deleted_file_takes_its_findings_along() {
    let mut deleted = file("src/db.py", "-    whatever");
    deleted.status = FileStatus::Deleted;
    assert_eq!(
        next(&known(), &change(vec![deleted]), Vec::new(), 2)[0].status,
        Status::Fixed
    );
}

fn dismissed() -> Vec<FindingRecord> {
    let kind = DismissKind::FalsePositive;
    let decision = Decision {
        kind,
        reason: "fine".into(),
        who: "A <a@b>".into(),
        when: 1,
    };
    let dismiss = |k| FindingRecord {
        status: Status::Dismissed,
        decision: Some(decision.clone()),
        ..k
    };
    known().into_iter().map(dismiss).collect()
}

#[test]
fn dismissed_stays_dismissed_and_counts_no_more() {
    let synthesis = run(
        &change(vec![db()]),
        &dismissed(),
        &security(vec![proposal("src/db.py", 12, QUOTE)]),
    );
    assert_eq!(synthesis.findings[0].status, Status::Dismissed);
    assert_eq!(synthesis.state, crate::model::ReportState::Clean);
    let after = next(
        &dismissed(),
        &change(vec![db()]),
        vec![proposal("src/db.py", 12, QUOTE)],
        2,
    );
    assert_eq!(
        (after[0].status, &after[0].decision),
        (Status::Dismissed, &dismissed()[0].decision)
    );
    assert_eq!(next(&dismissed(), &repaired(), Vec::new(), 2), dismissed());
}

#[test]
fn a_finding_is_known_again_in_other_words_and_after_moved_lines() {
    let mut moved = db();
    let mut text = b"# a\n# b\n# c\n".to_vec();
    text.extend(moved.new_text.take().unwrap());
    moved.new_text = Some(text);
    for line in moved.hunks.iter_mut().flat_map(|h| &mut h.lines) {
        line.new_number = line.new_number.map(|n| n + 3);
    }
    let moved = change(vec![moved]);
    let mut reworded = proposal("src/db.py", 15, QUOTE);
    reworded.category = "injection".into();
    reworded.title = "SQL is built from user input".into();
    for (change, proposal) in [
        (&moved, proposal("src/db.py", 15, QUOTE)),
        (&moved, reworded),
    ] {
        let after = next(&known(), change, vec![proposal], 2);
        assert_eq!(
            (after.len(), &after[0].id, after[0].line),
            (1, &known()[0].id, 15)
        );
    }
}

#[test]
fn a_dismissal_does_not_silence_another_place_or_a_worse_problem() {
    let diff = "@80,80\n+    cur.execute(\"select * from u where id = '\" + ident)";
    let elsewhere = change(vec![file("src/db.py", diff)]);
    let there = proposal(
        "src/db.py",
        80,
        "cur.execute(\"select * from u where id = '\" + ident)",
    );
    assert_eq!(
        run(&elsewhere, &dismissed(), &security(vec![there])).findings[0].status,
        Status::Open
    );
    let mut worse = proposal("src/db.py", 12, QUOTE);
    worse.severity = Severity::Critical;
    worse.category = "CWE-943".into();
    let both = security(vec![worse, proposal("src/db.py", 12, QUOTE)]);
    let synthesis = run(&change(vec![db()]), &dismissed(), &both);
    assert_eq!(
        (synthesis.findings.len(), synthesis.findings[0].status),
        (1, Status::Open)
    );
}

#[test]
fn a_renamed_file_keeps_its_findings() {
    let mut moved = db();
    moved.path = "src/store.py".into();
    moved.old_path = Some("src/db.py".into());
    let after = next(
        &known(),
        &change(vec![moved]),
        vec![proposal("src/store.py", 12, QUOTE)],
        2,
    );
    assert_eq!(
        (after.len(), &after[0].id, after[0].file.as_str()),
        (1, &known()[0].id, "src/store.py")
    );
}

#[test]
fn from_the_third_round_only_what_matters_shows() {
    let change = change(vec![file(
        "a.py",
        "+first = load()\n+second = save()\n+third = drop()",
    )]);
    let with = |quote: &str, title: &str, severity| Proposal {
        severity,
        title: title.into(),
        category: title.into(),
        ..proposal("a.py", 0, quote)
    };
    let old = with("first = load()", "old problem", Severity::High);
    let low = with("second = save()", "late remark", Severity::Medium);
    let high = with("third = drop()", "late blocker", Severity::High);
    let mut known = Vec::new();
    for round in 1..=2 {
        known = next(&known, &change, vec![old.clone()], round);
    }
    let synthesis = run(
        &change,
        &known,
        &security(vec![old.clone(), low.clone(), high]),
    );
    let shown: Vec<(&str, bool)> = synthesis
        .findings
        .iter()
        .map(|f| (f.title.as_str(), f.is_folded()))
        .collect();
    let mut sorted = shown.clone();
    sorted.sort_unstable();
    assert_eq!(
        sorted,
        [
            ("late blocker", false),
            ("late remark", true),
            ("old problem", false)
        ]
    );
    assert!(synthesis.findings.iter().all(|f| f.tier == Tier::Confirmed));
    assert_eq!(
        synthesis.notes,
        ["round 3 on this work: 1 finding below high folded away"]
    );
    let second = run(
        &change,
        &next(&[], &change, vec![old.clone()], 1),
        &security(vec![old, low]),
    );
    assert!(second.findings.iter().all(|f| !f.is_folded()));
}

#[test]
fn regressions_show_in_every_round() {
    let mut finding = run(
        &change(vec![db()]),
        &[],
        &security(vec![proposal("src/db.py", 12, QUOTE)]),
    )
    .findings
    .remove(0);
    finding.severity = Severity::Low;
    assert!(visible(&finding, 2) && !visible(&finding, 3));
    finding.status = Status::Regressed;
    assert!(visible(&finding, 99));
}
