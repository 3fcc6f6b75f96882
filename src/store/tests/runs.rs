//! What a run keeps, and how runs are found.

use super::*;
use crate::model::{FindingId, FindingRecord, Severity, Status, Tier};

#[test]
fn a_request_is_queued_whole_and_private() {
    let (dir, store) = new();
    let id = run(&store);
    assert_eq!(
        store.request(&id).unwrap().target,
        TargetSpec::Commit("1".repeat(40))
    );
    assert_eq!(store.state(&id).unwrap().phase, RunState::Queued);
    assert!(
        store.create_run(&request(&id)).is_err(),
        "an id is used once"
    );
    store
        .save_answer(&id, &answer(job("security", Perspective::Informed, 1)))
        .unwrap();
    store.log(&id, "started", &[]);
    let _lock = store.lock_run(&id).unwrap().unwrap();
    assert_eq!(
        modes(dir.path()),
        BTreeSet::from([(true, 0o700), (false, 0o600)])
    );
}

#[test]
fn a_damaged_run_costs_that_run_only() {
    let (_dir, store) = new();
    let (good, bad, torn) = (run(&store), run(&store), run(&store));
    fs::write(store.run_dir(&bad).join("state.json"), "{\"phase\":").unwrap();
    fs::remove_file(store.run_dir(&torn).join("state.json")).unwrap();
    assert_eq!(
        store.run_ids(),
        [torn.clone(), bad.clone(), good.clone()],
        "newest first, damaged ones too"
    );
    assert!(store.state(&good).is_ok());
    assert!(matches!(store.state(&bad), Err(StoreError::Damaged { .. })));
    assert!(matches!(
        store.state(&torn),
        Err(StoreError::Damaged { .. })
    ));
}

#[test]
fn a_creation_that_was_killed_is_no_run_and_is_swept() {
    let (_dir, store) = new();
    let id = run(&store);
    let half = store
        .runs_dir()
        .join(format!("{}{}", files::UNFINISHED, Store::new_run_id()));
    fs::create_dir(&half).unwrap();
    fs::write(half.join("state.json"), "").unwrap();
    fs::write(store.run_dir(&id).join(".new-abc"), "").unwrap();
    assert_eq!(store.run_ids(), [id]);
    assert_eq!(
        store.prune(200, 30, clock::now()).unwrap().strays,
        0,
        "a young one may have a writer"
    );
    assert_eq!(store.prune(200, 30, clock::now() + DAY).unwrap().strays, 2);
    assert!(!half.exists());
}

#[test]
fn runs_are_found_by_either_end() {
    let (_dir, store) = new();
    let ids: Vec<RunId> = (0..3).map(|_| run(&store)).collect();
    let text = ids[1].as_str();
    assert_eq!(store.find_run(text).unwrap(), ids[1]);
    assert_eq!(store.find_run(&text[24..].to_uppercase()).unwrap(), ids[1]);
    assert!(matches!(
        store.find_run(&text[..4]),
        Err(StoreError::ManyRuns { count: 3, .. })
    ));
    for nothing in ["", " ", "zzz", "../.."] {
        assert!(
            matches!(store.find_run(nothing), Err(StoreError::NoRun(_))),
            "{nothing}"
        );
    }
}

#[test]
fn answers_and_digests_are_kept_by_job() {
    let (_dir, store) = new();
    let id = run(&store);
    let jobs = [
        job("Retro", Perspective::Fresh, 1),
        job("retro", Perspective::Informed, 2),
        job("retro", Perspective::Fresh, 1),
        job("retro-fresh", Perspective::Informed, 1),
    ];
    for job in jobs.iter().rev() {
        store.save_answer(&id, &answer(job.clone())).unwrap();
    }
    assert_eq!(
        store
            .answers(&id)
            .into_iter()
            .map(|a| a.job)
            .collect::<Vec<_>>(),
        jobs
    );
    let folded: BTreeSet<String> = Store::names(&store.run_dir(&id).join("agents"))
        .iter()
        .map(|n| n.to_lowercase())
        .collect();
    assert_eq!(
        folded.len(),
        4,
        "no two share a directory, whatever the file system: {folded:?}"
    );
    store.save_prompt_digest(&id, &jobs[1], "abc").unwrap();
    let digest =
        fs::read_to_string(store.job_dir(&id, &jobs[1]).unwrap().join("prompt.sha256")).unwrap();
    assert_eq!(
        digest,
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n"
    );
    let mut changed = answer(jobs[1].clone());
    changed.ending = Ending::Lost;
    store.save_answer(&id, &changed).unwrap();
    fs::write(
        store.job_dir(&id, &jobs[2]).unwrap().join("result.json"),
        "{",
    )
    .unwrap();
    let endings: Vec<Ending> = store.answers(&id).into_iter().map(|a| a.ending).collect();
    assert_eq!(endings, [Ending::Answered, Ending::Lost, Ending::Answered]);
}

#[test]
fn reports_and_cancels() {
    let (_dir, store) = new();
    let id = run(&store);
    assert_eq!(store.report(&id), None);
    store.save_report(&id, b"{\"version\":1}").unwrap();
    assert_eq!(store.report(&id).unwrap(), b"{\"version\":1}");
    assert!(!store.cancel_file(&id).exists());
    store.request_cancel(&id).unwrap();
    store.request_cancel(&id).unwrap();
    assert!(store.cancel_file(&id).exists());
    assert!(store.request_cancel(&Store::new_run_id()).is_err());
}

#[test]
fn the_log_keeps_its_order_and_passes_over_a_torn_line() {
    let (_dir, store) = new();
    let id = run(&store);
    store.log(
        &id,
        "started",
        &[("job", "security".into()), ("text", "a\nb\u{1b}".into())],
    );
    let path = store.run_dir(&id).join("log.jsonl");
    let mut torn = fs::read(&path).unwrap();
    torn.extend_from_slice(b"{\"version\":1,\"at\":17");
    fs::write(&path, torn).unwrap();
    store.log(&id, "ended", &[("why", "ä".repeat(5000))]);
    let lines = store.read_log(&id);
    assert_eq!(
        lines.iter().map(|l| l.event.as_str()).collect::<Vec<_>>(),
        ["started", "ended"]
    );
    let fields = [
        ("job".to_owned(), "security".to_owned()),
        ("text".to_owned(), "a\nb\u{1b}".to_owned()),
    ];
    assert_eq!(lines[0].fields, fields);
    assert_eq!(lines[1].fields[0].1, "ä".repeat(2048));
    store.log(&Store::new_run_id(), "nobody", &[]);
}

fn known(id: &str) -> FindingRecord {
    FindingRecord {
        id: FindingId::parse(id).unwrap(),
        status: Status::Open,
        title: "t".into(),
        tier: Tier::Confirmed,
        severity: Severity::High,
        file: "f".into(),
        line: 3,
        quote: "q".into(),
        fields: Vec::new(),
        first_run: Store::new_run_id(),
        last_run: Store::new_run_id(),
        fixed_by: None,
        decision: None,
        rounds: 1,
    }
}

#[test]
fn findings_are_remembered_one_by_one() {
    let (_dir, store) = new();
    let (one, mut two) = (known("0000000000000001"), known("0000000000000002"));
    store.save_known(&two).unwrap();
    store.save_known(&one).unwrap();
    two.status = Status::Fixed;
    store.save_known(&two).unwrap();
    assert_eq!(store.known_findings(), [one.clone(), two.clone()]);
    fs::write(store.root().join("findings/0000000000000001.json"), "?").unwrap();
    fs::write(store.root().join("findings/notes.json"), "{}").unwrap();
    assert_eq!(store.known_findings(), [two]);
}

#[test]
fn twelve_writers_leave_nothing_torn() {
    let (_dir, store) = new();
    let ids = together(12, |n| {
        let name = format!("agent{n}");
        let ids: Vec<RunId> = (0..10).map(|_| run(&store)).collect();
        for id in &ids {
            for phase in [RunState::Running, RunState::Done] {
                store
                    .set_state(
                        id,
                        &RunRecord {
                            phase,
                            attempts: 1,
                            since: 0,
                        },
                    )
                    .unwrap();
                store.log(&ids[0], "phase", &[("n", n.to_string())]);
            }
            store
                .save_answer(id, &answer(job(&name, Perspective::Informed, 1)))
                .unwrap();
            for run in store.run_ids() {
                assert!(store.request(&run).is_ok() && store.state(&run).is_ok());
            }
        }
        ids
    });
    assert_eq!(store.run_ids().len(), 120);
    for id in ids.iter().flatten() {
        assert_eq!(store.state(id).unwrap().phase, RunState::Done);
        assert_eq!(store.answers(id).len(), 1);
    }
    assert!(ids.iter().all(|ids| store.read_log(&ids[0]).len() == 20));
}

#[test]
fn a_run_log_takes_lines_from_many_writers() {
    let (_dir, store) = new();
    let id = run(&store);
    together(12, |n| {
        (0..50).for_each(|_| store.log(&id, "tick", &[("n", n.to_string())]));
    });
    assert_eq!(store.read_log(&id).len(), 600);
}
