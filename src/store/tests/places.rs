//! What may stand where the store writes: nothing, a link, a pipe, a full or read-only disk.

use crate::store::prune::Pruned;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use super::*;

#[test]
fn a_store_that_is_missing_reads_as_empty_and_is_not_made() {
    let (dir, store) = new();
    let nobody = Store::new_run_id();
    assert!(
        store.run_ids().is_empty()
            && store.undelivered().is_empty()
            && store.known_findings().is_empty()
    );
    assert!(store.answers(&nobody).is_empty() && store.read_log(&nobody).is_empty());
    assert!(
        !store.is_alive(&nobody)
            && holder(&store, &nobody).is_none()
            && store.report(&nobody).is_none()
    );
    assert!(!store.claim_delivery(&nobody).unwrap());
    assert_eq!(store.prune(0, 0, i64::MAX).unwrap(), Pruned::default());
    assert!(matches!(store.state(&nobody), Err(StoreError::NoRun(_))));
    assert!(matches!(
        store.mark_ready(&nobody),
        Err(StoreError::NoRun(_))
    ));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
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
        assert!(
            matches!(&refused, StoreError::Unsafe { why, .. } if why == "is a symbolic link"),
            "{refused}"
        );
        assert!(
            made_before
                .create_run(&request(&Store::new_run_id()))
                .is_err(),
            "{level}"
        );
        assert_eq!(
            fs::read_dir(goal.path()).unwrap().count(),
            0,
            "nothing is written through it"
        );
    }
}

#[test]
fn a_run_that_is_a_link_is_no_run() {
    let (_dir, store) = new();
    let (real, link) = (run(&store), Store::new_run_id());
    symlink(store.run_dir(&real), store.run_dir(&link)).unwrap();
    assert!(matches!(
        store.request(&link),
        Err(StoreError::Unsafe { .. })
    ));
    assert!(store.save_report(&link, b"{}").is_err());
    assert!(store.report(&real).is_none());
}

#[test]
fn a_pipe_in_a_records_place_is_refused_and_not_waited_for() {
    let (_dir, store) = new();
    let id = run(&store);
    let path = store.run_dir(&id).join("state.json");
    fs::remove_file(&path).unwrap();
    assert!(
        Command::new("mkfifo")
            .arg(&path)
            .status()
            .unwrap()
            .success()
    );
    assert!(matches!(store.state(&id), Err(StoreError::Unsafe { .. })));
}

#[test]
fn a_store_removed_underneath_is_an_error_not_a_panic() {
    let (dir, store) = new();
    let id = run(&store);
    let lock = store.lock_run(&id).unwrap().unwrap();
    fs::remove_dir_all(dir.path().join("agents")).unwrap();
    let state = RunRecord {
        phase: RunState::Done,
        attempts: 1,
        since: 0,
    };
    assert!(matches!(
        store.set_state(&id, &state),
        Err(StoreError::NoRun(_))
    ));
    assert!(store.save_report(&id, b"{}").is_err());
    assert!(store.mark_ready(&id).is_err());
    store.log(&id, "gone", &[]);
    drop(lock);
    assert!(
        !dir.path().join("agents").exists(),
        "a lost run is not half made again"
    );
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
        if reserve.exists() {
            Err(full())
        } else {
            Ok(())
        }
    });
    assert!(fits_then.is_ok() && tries == 2 && !reserve.exists());
    let last = store.root().join("reserve.last");
    let word = store.with_last_reserve(|| if last.exists() { Err(full()) } else { Ok(()) });
    assert!(word.is_ok() && !last.exists(), "how a run ended finds room");
    let still = store.with_reserve(|| Err(full()));
    assert_eq!(
        still.unwrap_err().kind(),
        io::ErrorKind::StorageFull,
        "without a reserve it is said"
    );
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
    let state = RunRecord {
        phase: RunState::Done,
        attempts: 1,
        since: 0,
    };
    assert!(matches!(
        store.set_state(&id, &state),
        Err(StoreError::Denied { .. })
    ));
    assert_eq!(store.state(&id).unwrap().phase, RunState::Queued);
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
