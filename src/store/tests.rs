#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeSet;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::process::{Command, Stdio};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use super::*;
use crate::model::{
    AgentName, Ending, Estimate, FindingId, HunkId, JobId, KnownFinding, Perspective, RunPhase, RunRequest, RunState,
    Severity, Status, TargetSpec, Trigger, Usage,
};
use crate::sys::clock;

const DAY: i64 = 86_400;

fn new() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    (dir, store)
}

fn request(id: &RunId) -> RunRequest {
    RunRequest {
        id: id.clone(),
        trigger: Trigger::PostCommit,
        target: TargetSpec::Commit("1".repeat(40)),
        git_dir: "/r/.git".into(),
        work_tree: Some("/r".into()),
        head: None,
        branch: None,
        agents: Vec::new(),
        command: None,
        backend: None,
        fail_on: None,
        background: true,
        asked_at: clock::now(),
    }
}

fn run(store: &Store) -> RunId {
    let id = Store::new_run_id();
    store.create_run(&request(&id)).unwrap();
    id
}

fn ended(store: &Store, phase: RunPhase, since: i64) -> RunId {
    let id = run(store);
    store.set_state(&id, &RunState { phase, attempts: 1, since }).unwrap();
    id
}

fn job(agent: &str, perspective: Perspective, chunk: u32) -> JobId {
    JobId { agent: AgentName::parse(agent).unwrap(), perspective, chunk }
}

fn answer(job: JobId) -> StoredAnswer {
    StoredAnswer {
        job,
        backend: "claude".into(),
        ending: Ending::Answered,
        elapsed: Duration::from_millis(1500),
        reply: Some("{}".into()),
        usage: Usage::default(),
        estimate: Estimate::default(),
        tried: Vec::new(),
        detail: None,
        hunks: vec![HunkId(1)],
        attempts: 1,
    }
}

fn together<T: Send>(count: usize, act: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let start = Barrier::new(count);
    thread::scope(|scope| {
        let (start, act) = (&start, &act);
        let spawn = |n| {
            scope.spawn(move || {
                start.wait();
                act(n)
            })
        };
        let threads: Vec<_> = (0..count).map(spawn).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    })
}

fn modes(dir: &Path) -> BTreeSet<(bool, u32)> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(dir).unwrap().filter_map(Result::ok) {
        let about = entry.metadata().unwrap();
        found.insert((about.is_dir(), about.mode() & 0o777));
        if about.is_dir() {
            found.extend(modes(&entry.path()));
        }
    }
    found
}

#[test]
fn a_store_that_is_missing_reads_as_empty_and_is_not_made() {
    let (dir, store) = new();
    let nobody = Store::new_run_id();
    assert!(store.run_ids().is_empty() && store.undelivered().is_empty() && store.known_findings().is_empty());
    assert!(store.answers(&nobody).is_empty() && store.read_log(&nobody).is_empty());
    assert!(!store.is_alive(&nobody) && store.holder(&nobody).is_none() && store.report(&nobody).is_none());
    assert!(!store.claim_delivery(&nobody).unwrap());
    assert_eq!(store.prune(0, 0, i64::MAX).unwrap(), Pruned::default());
    assert!(matches!(store.state(&nobody), Err(StoreError::NoRun(_))));
    assert!(matches!(store.mark_ready(&nobody), Err(StoreError::NoRun(_))));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_request_is_queued_whole_and_private() {
    let (dir, store) = new();
    let id = run(&store);
    assert_eq!(store.request(&id).unwrap().target, TargetSpec::Commit("1".repeat(40)));
    assert_eq!(store.state(&id).unwrap().phase, RunPhase::Queued);
    assert!(store.create_run(&request(&id)).is_err(), "an id is used once");
    store.save_answer(&id, &answer(job("security", Perspective::Informed, 1))).unwrap();
    store.log(&id, "started", &[]);
    let _lock = store.lock_run(&id).unwrap().unwrap();
    assert_eq!(modes(dir.path()), BTreeSet::from([(true, 0o700), (false, 0o600)]));
}

#[test]
fn a_link_in_the_stores_place_is_refused() {
    for level in ["agents", "agents/v1", "agents/v1/runs"] {
        let (dir, goal) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let place = dir.path().join(level);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        let made_before = Store::open(dir.path()).unwrap();
        symlink(goal.path(), &place).unwrap();
        let refused = Store::open(dir.path()).unwrap_err();
        assert!(matches!(&refused, StoreError::Unsafe { why, .. } if why == "is a symbolic link"), "{refused}");
        assert!(made_before.create_run(&request(&Store::new_run_id())).is_err(), "{level}");
        assert_eq!(fs::read_dir(goal.path()).unwrap().count(), 0, "nothing is written through it");
    }
}

#[test]
fn a_run_that_is_a_link_is_no_run() {
    let (_dir, store) = new();
    let (real, link) = (run(&store), Store::new_run_id());
    symlink(store.run_dir(&real), store.run_dir(&link)).unwrap();
    assert!(matches!(store.request(&link), Err(StoreError::Unsafe { .. })));
    assert!(store.save_report(&link, b"{}").is_err());
    assert!(store.report(&real).is_none());
}

#[test]
fn a_pipe_in_a_records_place_is_refused_and_not_waited_for() {
    let (_dir, store) = new();
    let id = run(&store);
    let path = store.run_dir(&id).join("state.json");
    fs::remove_file(&path).unwrap();
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    assert!(matches!(store.state(&id), Err(StoreError::Unsafe { .. })));
}

#[test]
fn a_damaged_run_costs_that_run_only() {
    let (_dir, store) = new();
    let (good, bad, torn) = (run(&store), run(&store), run(&store));
    fs::write(store.run_dir(&bad).join("state.json"), "{\"phase\":").unwrap();
    fs::remove_file(store.run_dir(&torn).join("state.json")).unwrap();
    assert_eq!(store.run_ids(), [torn.clone(), bad.clone(), good.clone()], "newest first, damaged ones too");
    assert!(store.state(&good).is_ok());
    assert!(matches!(store.state(&bad), Err(StoreError::Damaged { .. })));
    assert!(matches!(store.state(&torn), Err(StoreError::Damaged { .. })));
}

#[test]
fn a_creation_that_was_killed_is_no_run_and_is_swept() {
    let (_dir, store) = new();
    let id = run(&store);
    let half = store.runs_dir().join(format!("{}{}", files::UNFINISHED, Store::new_run_id()));
    fs::create_dir(&half).unwrap();
    fs::write(half.join("state.json"), "").unwrap();
    fs::write(store.run_dir(&id).join(".new-abc"), "").unwrap();
    assert_eq!(store.run_ids(), [id]);
    assert_eq!(store.prune(200, 30, clock::now()).unwrap().strays, 0, "a young one may have a writer");
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
    assert!(matches!(store.find_run(&text[..4]), Err(StoreError::ManyRuns { count: 3, .. })));
    for nothing in ["", " ", "zzz", "../.."] {
        assert!(matches!(store.find_run(nothing), Err(StoreError::NoRun(_))), "{nothing}");
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
    assert_eq!(store.answers(&id).into_iter().map(|a| a.job).collect::<Vec<_>>(), jobs);
    let folded: BTreeSet<String> =
        Store::names(&store.run_dir(&id).join("agents")).iter().map(|n| n.to_lowercase()).collect();
    assert_eq!(folded.len(), 4, "no two share a directory, whatever the file system: {folded:?}");
    store.save_prompt_digest(&id, &jobs[1], "abc").unwrap();
    let digest = fs::read_to_string(store.job_dir(&id, &jobs[1]).unwrap().join("prompt.sha256")).unwrap();
    assert_eq!(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n");
    let mut changed = answer(jobs[1].clone());
    changed.ending = Ending::Lost;
    store.save_answer(&id, &changed).unwrap();
    fs::write(store.job_dir(&id, &jobs[2]).unwrap().join("result.json"), "{").unwrap();
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
fn one_process_works_on_a_run_and_the_kernel_knows() {
    let (_dir, store) = new();
    let id = run(&store);
    assert!(!store.is_alive(&id) && store.holder(&id).is_none());
    let lock = store.lock_run(&id).unwrap().unwrap();
    assert!(store.is_alive(&id));
    assert!(store.lock_run(&id).unwrap().is_none());
    let holder = store.holder(&id).unwrap();
    assert!(crate::sys::process::is_same_process(&holder.process));
    assert_eq!(holder.version, env!("CARGO_PKG_VERSION"));
    drop(lock);
    // a program that another test starts holds our files until it is executed
    let begun = std::time::Instant::now();
    while store.is_alive(&id) && begun.elapsed().as_secs() < 60 {
        thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(!store.is_alive(&id) && store.holder(&id).is_none());
    assert!(store.lock_run(&id).unwrap().is_some());
}

#[test]
fn a_lost_supervisor_is_replaced_once_until_the_new_one_was_there() {
    let (_dir, store) = new();
    let id = run(&store);
    assert!(!store.was_just_restarted(&id));
    // later than the state, whatever the grain of the file system's clock
    let state = store.root().join("runs").join(id.as_str()).join("state.json");
    let earlier = std::time::SystemTime::now() - std::time::Duration::from_secs(5);
    fs::File::open(&state).unwrap().set_modified(earlier).unwrap();
    store.note_restart(&id);
    assert!(store.was_just_restarted(&id));
    store.set_state(&id, &RunState { phase: RunPhase::Running, attempts: 1, since: 0 }).unwrap();
    assert!(!store.was_just_restarted(&id), "the new one came up");
}

#[test]
fn probing_never_keeps_a_supervisor_out() {
    let (_dir, store) = new();
    let id = run(&store);
    drop(store.lock_run(&id).unwrap().unwrap());
    let stop = std::sync::atomic::AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    assert!(store.holder(&id).is_none_or(|holder| holder.process.pid == std::process::id()));
                    thread::sleep(Duration::from_micros(50));
                }
            });
        }
        let got = (0..50).filter(|_| store.lock_run(&id).unwrap().is_some()).count();
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(got, 50);
    });
}

const CYCLE: &str = "GIT_AGENTS_TEST_CYCLE";

/// Not a test by itself: the process that [`a_process_killed_anywhere_leaves_no_damage`] kills.
#[test]
fn cycle_that_is_killed() {
    let Some(dir) = std::env::var_os(CYCLE).map(PathBuf::from) else { return };
    let store = Store::open(&dir).unwrap();
    loop {
        let id = run(&store);
        store.claim_key(id.as_str(), &id).unwrap();
        let lock = store.lock_run(&id).unwrap();
        store.set_state(&id, &RunState { phase: RunPhase::Running, attempts: 1, since: 0 }).unwrap();
        store.log(&id, "started", &[("text", "x".repeat(300))]);
        store.save_answer(&id, &answer(job("security", Perspective::Informed, 1))).unwrap();
        store.save_report(&id, &[b'7'; 9000]).unwrap();
        store.set_state(&id, &RunState { phase: RunPhase::Done, attempts: 1, since: 0 }).unwrap();
        store.mark_ready(&id).unwrap();
        drop(lock);
        if store.claim_delivery(&id).unwrap() && id.as_str().ends_with(['0', '1', '2', '3']) {
            store.release_delivery(&id);
        }
        store.prune(20, 10_000_000, 0).unwrap();
    }
}

#[test]
fn a_process_killed_anywhere_leaves_no_damage() {
    let (dir, store) = new();
    for round in 0..40u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::tests::cycle_that_is_killed", "--test-threads=1"])
            .env(CYCLE, dir.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // Every fourth process is left alone until it got a run to its end, however slow the machine is.
        let (before, begun) = (store.run_ids(), Instant::now());
        let ended = |id: &RunId| !before.contains(id) && store.state(id).is_ok_and(|s| s.phase == RunPhase::Done);
        while store.run_ids() == before || round % 4 == 0 && !store.run_ids().iter().any(ended) {
            assert!(begun.elapsed().as_secs() < 120, "it makes runs");
        }
        let more = Instant::now();
        while more.elapsed() < Duration::from_micros(round * 397 % 4000) {}
        child.kill().unwrap();
        child.wait().unwrap();
        for id in store.run_ids() {
            assert_eq!(store.request(&id).unwrap().id, id);
            let state = store.state(&id).unwrap();
            assert!(!store.is_alive(&id));
            let places = [store.run_dir(&id).join("ticket"), store.root().join("ready").join(id.as_str())];
            let tickets = places.iter().filter(|place| place.exists()).count() + usize::from(store.is_delivered(&id));
            assert_eq!(tickets, 1, "{state:?}");
            assert!(store.report(&id).is_none_or(|report| report == [b'7'; 9000]));
            if state.phase == RunPhase::Done {
                assert_eq!(store.answers(&id).len(), 1);
                assert!(store.report(&id).is_some());
            }
        }
    }
    let done = |id: &RunId| store.state(id).unwrap().phase == RunPhase::Done;
    assert!(store.run_ids().iter().any(done), "some rounds got to the end");
}

const HOLDER: &str = "GIT_AGENTS_TEST_HOLDER";

/// Not a test by itself: the process that [`a_killed_supervisor_is_not_alive`] kills.
#[test]
fn supervisor_that_is_killed() {
    let Some(dir) = std::env::var_os(HOLDER).map(PathBuf::from) else { return };
    let store = Store::open(&dir).unwrap();
    let _lock = store.lock_run(&store.run_ids()[0]).unwrap().unwrap();
    thread::sleep(Duration::from_secs(60));
}

#[test]
fn a_killed_supervisor_is_not_alive() {
    let (dir, store) = new();
    let id = run(&store);
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "store::tests::supervisor_that_is_killed", "--test-threads=1"])
        .env(HOLDER, dir.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while store.holder(&id).is_none_or(|holder| holder.process.pid != child.id()) {
        assert!(begun.elapsed().as_secs() < 120, "it takes the lock");
        thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!store.is_alive(&id) && store.holder(&id).is_none());
    assert!(store.lock_run(&id).unwrap().is_some());
}

#[test]
fn a_report_is_claimed_exactly_once() {
    let (_dir, store) = new();
    for _ in 0..20 {
        let id = run(&store);
        assert!(!store.claim_delivery(&id).unwrap(), "not before it is ready");
        store.mark_ready(&id).unwrap();
        assert_eq!(store.undelivered(), std::slice::from_ref(&id));
        let claims = together(8, |_| store.claim_delivery(&id).unwrap());
        assert_eq!(claims.iter().filter(|won| **won).count(), 1);
        assert!(store.undelivered().is_empty() && store.is_delivered(&id));
        store.mark_ready(&id).unwrap();
        assert!(!store.claim_delivery(&id).unwrap(), "a supervisor that starts again makes no second ticket");
    }
}

#[test]
fn marking_while_others_claim_makes_no_second_ticket() {
    let (_dir, store) = new();
    for _ in 0..20 {
        let id = run(&store);
        let won = together(8, |n| {
            if n % 2 == 0 {
                store.mark_ready(&id).unwrap();
            }
            (0..50).filter(|_| store.claim_delivery(&id).unwrap()).count()
        });
        assert_eq!(won.iter().sum::<usize>(), 1);
    }
}

#[test]
fn a_failed_print_gives_the_claim_back() {
    let (_dir, store) = new();
    let (first, second) = (run(&store), run(&store));
    store.mark_ready(&second).unwrap();
    store.mark_ready(&first).unwrap();
    assert!(store.claim_delivery(&first).unwrap());
    store.release_delivery(&first);
    assert_eq!(store.undelivered(), [first.clone(), second], "oldest first");
    assert!(store.claim_delivery(&first).unwrap());
}

#[test]
fn one_run_gets_a_key() {
    let (_dir, store) = new();
    for round in 0..20 {
        let key = format!("patch-id/../{round}");
        let ids: Vec<RunId> = (0..8).map(|_| run(&store)).collect();
        let said = together(8, |n| store.claim_key(&key, &ids[n]).unwrap());
        let winner = said.iter().position(Option::is_none).unwrap();
        assert_eq!(said.iter().flatten().filter(|run| **run == ids[winner]).count(), 7);
        assert_eq!(store.run_for_key(&key).unwrap(), ids[winner]);
        assert_eq!(store.claim_key(&key, &ids[winner]).unwrap(), None, "its own claim stands");
    }
}

#[test]
fn a_key_of_a_run_that_is_gone_is_taken_over_by_one() {
    let (_dir, store) = new();
    let old = RunId::parse("01900000-0000-7000-8000-000000000000").unwrap();
    for round in 0..20 {
        let key = format!("{round}");
        assert_eq!(store.claim_key(&key, &old).unwrap(), None);
        assert_eq!(store.run_for_key(&key), None);
        let ids: Vec<RunId> = (0..8).map(|_| run(&store)).collect();
        let said = together(8, |n| store.claim_key(&key, &ids[n]).unwrap());
        assert_eq!(said.iter().filter(|other| other.is_none()).count(), 1, "{said:?}");
    }
    let young = Store::new_run_id();
    assert_eq!(store.claim_key("young", &young).unwrap(), None);
    assert_eq!(store.claim_key("young", &run(&store)).unwrap(), Some(young.clone()), "it may be about to be written");
    store.release_key("young", &old);
    assert!(store.claim_key("young", &run(&store)).unwrap().is_some(), "only its holder gives it up");
    store.release_key("young", &young);
    assert_eq!(store.claim_key("young", &run(&store)).unwrap(), None);
}

#[test]
fn the_log_keeps_its_order_and_passes_over_a_torn_line() {
    let (_dir, store) = new();
    let id = run(&store);
    store.log(&id, "started", &[("job", "security".into()), ("text", "a\nb\u{1b}".into())]);
    let path = store.run_dir(&id).join("log.jsonl");
    let mut torn = fs::read(&path).unwrap();
    torn.extend_from_slice(b"{\"version\":1,\"at\":17");
    fs::write(&path, torn).unwrap();
    store.log(&id, "ended", &[("why", "ä".repeat(5000))]);
    let lines = store.read_log(&id);
    assert_eq!(lines.iter().map(|l| l.event.as_str()).collect::<Vec<_>>(), ["started", "ended"]);
    let fields = [("job".to_owned(), "security".to_owned()), ("text".to_owned(), "a\nb\u{1b}".to_owned())];
    assert_eq!(lines[0].fields, fields);
    assert_eq!(lines[1].fields[0].1, "ä".repeat(2048));
    store.log(&Store::new_run_id(), "nobody", &[]);
}

fn known(id: &str) -> KnownFinding {
    KnownFinding {
        id: FindingId::parse(id).unwrap(),
        status: Status::Open,
        title: "t".into(),
        tier: crate::model::Tier::Confirmed,
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
fn pruning_goes_by_count_then_age_and_spares_what_is_not_over() {
    let (_dir, store) = new();
    let now = clock::now();
    let old = now - 40 * DAY;
    let done = |since| ended(&store, RunPhase::Done, since);
    let queued = run(&store);
    let running = ended(&store, RunPhase::Running, old);
    let untold = done(old);
    store.mark_ready(&untold).unwrap();
    let held = done(old);
    let lock = store.lock_run(&held).unwrap().unwrap();
    let aged = done(old);
    store.claim_key("aged", &aged).unwrap();
    let surplus = done(now);
    let told = ended(&store, RunPhase::Failed("x".into()), now);
    store.mark_ready(&told).unwrap();
    store.claim_delivery(&told).unwrap();
    let newest = ended(&store, RunPhase::Cancelled, now + DAY);
    assert_eq!(store.prune(2, 30, now).unwrap().runs, 2);
    assert_eq!(store.run_ids(), [&newest, &told, &held, &untold, &running, &queued].map(Clone::clone));
    assert!(!store.keys_dir().join("aged").exists() && store.run_for_key("aged").is_none());
    assert!(!store.run_dir(&surplus).exists());
    assert_eq!(Store::names(&store.keys_dir()), Vec::<String>::new());
    drop(lock);
    assert_eq!(store.prune(200, 30, now).unwrap().runs, 1, "the held one, by age");
    assert_eq!(store.prune(0, 30, now).unwrap().runs, 2);
    assert!(!store.is_delivered(&told), "its ticket goes with it");
    assert_eq!(store.run_ids(), [untold, running, queued]);
    assert_eq!(Store::names(&store.root().join("trash")), Vec::<String>::new());
}

#[test]
fn a_damaged_run_and_a_half_removed_one_are_cleared() {
    let (_dir, store) = new();
    let bad = run(&store);
    fs::write(store.run_dir(&bad).join("state.json"), "").unwrap();
    fs::create_dir_all(store.root().join("trash/half/agents")).unwrap();
    assert_eq!(store.prune(1, 30, clock::now()).unwrap().runs, 0, "young: a person may want to look");
    assert_eq!(store.prune(1, 30, clock::now() + 31 * DAY).unwrap().runs, 1);
    assert_eq!(Store::names(&store.root().join("trash")), Vec::<String>::new());
}

#[test]
fn twelve_writers_leave_nothing_torn() {
    let (_dir, store) = new();
    let ids = together(12, |n| {
        let name = format!("agent{n}");
        let ids: Vec<RunId> = (0..10).map(|_| run(&store)).collect();
        for id in &ids {
            for phase in [RunPhase::Running, RunPhase::Done] {
                store.set_state(id, &RunState { phase, attempts: 1, since: 0 }).unwrap();
                store.log(&ids[0], "phase", &[("n", n.to_string())]);
            }
            store.save_answer(id, &answer(job(&name, Perspective::Informed, 1))).unwrap();
            for run in store.run_ids() {
                assert!(store.request(&run).is_ok() && store.state(&run).is_ok());
            }
        }
        ids
    });
    assert_eq!(store.run_ids().len(), 120);
    for id in ids.iter().flatten() {
        assert_eq!(store.state(id).unwrap().phase, RunPhase::Done);
        assert_eq!(store.answers(id).len(), 1);
    }
    assert!(ids.iter().all(|ids| store.read_log(&ids[0]).len() == 20));
}

#[test]
fn a_run_log_takes_lines_from_many_writers() {
    let (_dir, store) = new();
    let id = run(&store);
    together(12, |n| (0..50).for_each(|_| store.log(&id, "tick", &[("n", n.to_string())])));
    assert_eq!(store.read_log(&id).len(), 600);
}

#[test]
fn a_store_removed_underneath_is_an_error_not_a_panic() {
    let (dir, store) = new();
    let id = run(&store);
    let lock = store.lock_run(&id).unwrap().unwrap();
    fs::remove_dir_all(dir.path().join("agents")).unwrap();
    let state = RunState { phase: RunPhase::Done, attempts: 1, since: 0 };
    assert!(matches!(store.set_state(&id, &state), Err(StoreError::NoRun(_))));
    assert!(store.save_report(&id, b"{}").is_err());
    assert!(store.mark_ready(&id).is_err());
    store.log(&id, "gone", &[]);
    drop(lock);
    assert!(!dir.path().join("agents").exists(), "a lost run is not half made again");
    run(&store);
}

#[test]
fn the_reserve_is_given_back_when_the_disk_is_full() {
    let (_dir, store) = new();
    run(&store);
    let reserve = store.root().join("reserve");
    assert_eq!(fs::metadata(&reserve).unwrap().len(), 192 << 10);
    let full = || io::Error::from_raw_os_error(rustix::io::Errno::NOSPC.raw_os_error());
    let mut tries = 0;
    let fits_then = store.with_reserve(|| {
        tries += 1;
        if reserve.exists() { Err(full()) } else { Ok(()) }
    });
    assert!(fits_then.is_ok() && tries == 2 && !reserve.exists());
    let last = store.root().join("reserve.last");
    let word = store.with_last_reserve(|| if last.exists() { Err(full()) } else { Ok(()) });
    assert!(word.is_ok() && !last.exists(), "how a run ended finds room");
    let still = store.with_reserve(|| Err(full()));
    assert_eq!(still.unwrap_err().kind(), io::ErrorKind::StorageFull, "without a reserve it is said");
    run(&store);
    assert!(reserve.exists(), "set aside again with the next run");
}

#[test]
fn a_store_that_cannot_be_written_says_so_and_still_reads() {
    if rustix::process::geteuid().is_root() {
        return read_only_file_system();
    }
    let (dir, store) = new();
    let id = run(&store);
    let runs = store.runs_dir();
    fs::set_permissions(&runs, fs::Permissions::from_mode(0o500)).unwrap();
    fs::set_permissions(store.run_dir(&id), fs::Permissions::from_mode(0o500)).unwrap();
    let state = RunState { phase: RunPhase::Done, attempts: 1, since: 0 };
    assert!(matches!(store.set_state(&id, &state), Err(StoreError::Denied { .. })));
    assert_eq!(store.state(&id).unwrap().phase, RunPhase::Queued);
    fs::set_permissions(store.run_dir(&id), fs::Permissions::from_mode(0o700)).unwrap();
    fs::set_permissions(&runs, fs::Permissions::from_mode(0o700)).unwrap();
    drop(dir);
}

/// Permissions do not stop root; /proc cannot be written by anybody.
fn read_only_file_system() {
    let store = Store::open(Path::new("/proc/self")).unwrap();
    assert!(store.create_run(&request(&Store::new_run_id())).is_err());
    assert!(store.run_ids().is_empty());
}

#[test]
fn slots_are_the_users_own() {
    if let Some(dir) = slots_dir() {
        assert!(dir.is_absolute() && dir.ends_with("git-agents/slots"));
    }
}
