//! Who works on a run, and what a killed process leaves.

use std::process::{Command, Stdio};
use std::time::Instant;

use super::*;
use crate::sys::process::Identity;

#[test]
fn one_process_works_on_a_run_and_the_kernel_knows() {
    let (_dir, store) = new();
    let id = run(&store);
    assert!(!store.is_alive(&id) && holder(&store, &id).is_none());
    let lock = store.lock_run(&id).unwrap().unwrap();
    assert!(store.is_alive(&id));
    assert!(store.lock_run(&id).unwrap().is_none());
    let there = holder(&store, &id).unwrap();
    assert_eq!(there.process, Identity::own());
    assert_eq!(there.version, env!("CARGO_PKG_VERSION"));
    drop(lock);
    // a program that another test starts holds our files until it is executed
    let begun = Instant::now();
    while store.is_alive(&id) && begun.elapsed().as_secs() < 60 {
        thread::sleep(Duration::from_millis(5));
    }
    assert!(!store.is_alive(&id) && holder(&store, &id).is_none());
    assert!(store.lock_run(&id).unwrap().is_some());
}

#[test]
fn a_lost_supervisor_is_replaced_once_until_the_new_one_was_there() {
    let (_dir, store) = new();
    let id = run(&store);
    assert!(!store.was_just_restarted(&id));
    // later than the state, whatever the grain of the file system's clock
    let state = store
        .root()
        .join("runs")
        .join(id.as_str())
        .join("state.json");
    let earlier = std::time::SystemTime::now() - std::time::Duration::from_secs(5);
    fs::File::open(&state)
        .unwrap()
        .set_modified(earlier)
        .unwrap();
    store.note_restart(&id);
    assert!(store.was_just_restarted(&id));
    store
        .set_state(
            &id,
            &RunRecord {
                phase: RunState::Running,
                attempts: 1,
                since: 0,
            },
        )
        .unwrap();
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
                    assert!(
                        holder(&store, &id)
                            .is_none_or(|holder| holder.process.pid == std::process::id())
                    );
                    thread::sleep(Duration::from_micros(50));
                }
            });
        }
        let got = (0..50)
            .filter(|_| store.lock_run(&id).unwrap().is_some())
            .count();
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(got, 50);
    });
}

const CYCLE: &str = "GIT_AGENTS_TEST_CYCLE";

/// Not a test by itself: the process that [`a_process_killed_anywhere_leaves_no_damage`] kills.
#[test]
fn cycle_that_is_killed() {
    let Some(dir) = std::env::var_os(CYCLE).map(PathBuf::from) else {
        return;
    };
    let store = Store::open(&dir).unwrap();
    loop {
        let id = run(&store);
        store.claim_key(id.as_str(), &id).unwrap();
        let lock = store.lock_run(&id).unwrap();
        store
            .set_state(
                &id,
                &RunRecord {
                    phase: RunState::Running,
                    attempts: 1,
                    since: 0,
                },
            )
            .unwrap();
        store.log(&id, "started", &[("text", "x".repeat(300))]);
        store
            .save_answer(&id, &answer(job("security", Perspective::Informed, 1)))
            .unwrap();
        store.save_report(&id, &[b'7'; 9000]).unwrap();
        store
            .set_state(
                &id,
                &RunRecord {
                    phase: RunState::Done,
                    attempts: 1,
                    since: 0,
                },
            )
            .unwrap();
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
            .args([
                "--exact",
                "store::tests::locks::cycle_that_is_killed",
                "--test-threads=1",
            ])
            .env(CYCLE, dir.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // Every fourth process is left alone until it got a run to its end, however slow the machine is.
        let (before, begun) = (store.run_ids(), Instant::now());
        let ended = |id: &RunId| {
            !before.contains(id) && store.state(id).is_ok_and(|s| s.phase == RunState::Done)
        };
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
            let places = [
                store.run_dir(&id).join("ticket"),
                store.root().join("ready").join(id.as_str()),
            ];
            let tickets = places.iter().filter(|place| place.exists()).count()
                + usize::from(is_delivered(&store, &id));
            assert_eq!(tickets, 1, "{state:?}");
            assert!(
                store
                    .report(&id)
                    .is_none_or(|report| report == [b'7'; 9000])
            );
            if state.phase == RunState::Done {
                assert_eq!(store.answers(&id).len(), 1);
                assert!(store.report(&id).is_some());
            }
        }
    }
    let done = |id: &RunId| store.state(id).unwrap().phase == RunState::Done;
    assert!(
        store.run_ids().iter().any(done),
        "some rounds got to the end"
    );
}

const HOLDER: &str = "GIT_AGENTS_TEST_HOLDER";

/// Not a test by itself: the process that [`a_killed_supervisor_is_not_alive`] kills.
#[test]
fn supervisor_that_is_killed() {
    let Some(dir) = std::env::var_os(HOLDER).map(PathBuf::from) else {
        return;
    };
    let store = Store::open(&dir).unwrap();
    let _lock = store.lock_run(&store.run_ids()[0]).unwrap().unwrap();
    thread::sleep(Duration::from_secs(60));
}

#[test]
fn a_killed_supervisor_is_not_alive() {
    let (dir, store) = new();
    let id = run(&store);
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "store::tests::locks::supervisor_that_is_killed",
            "--test-threads=1",
        ])
        .env(HOLDER, dir.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while holder(&store, &id).is_none_or(|holder| holder.process.pid != child.id()) {
        assert!(begun.elapsed().as_secs() < 120, "it takes the lock");
        thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!store.is_alive(&id) && holder(&store, &id).is_none());
    assert!(store.lock_run(&id).unwrap().is_some());
}
