//! A disk that is full, read-only or broken, at every write.
//!
//! Two ways: the store on a small file system with so many pages left, for every number of pages;
//! and the program under `strace`, which lets the n-th call fail, for every n.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::dice::{Dice, is_long, seed};
use crate::hooked::{names, ours};
use crate::place::{all_reviewed, git, is_inside, quick, rest};
use crate::scene::{finding, held, injected, reply, script};
use crate::support::{Ran, Sandbox, eventually, program};
use crate::told::{Told, check_clean, runs};

const TITLE: &str = "the name is pasted into the statement";
/// What the file system may answer.
const ERRORS: [&str; 3] = ["ENOSPC", "EROFS", "EIO"];
/// Calls that change a file system. `write` goes to terminals too, and may fail there as well.
const CALLS: [&str; 7] = [
    "write",
    "fsync",
    "rename,renameat,renameat2",
    "mkdir,mkdirat",
    "link,linkat",
    "unlink,unlinkat",
    "ftruncate",
];
/// Bytes of a page.
const PAGE: usize = 4096;

/// Mounts a file system of this many kibibytes over a directory of the place.
fn mount(dir: &Path, options: &str) {
    fs::create_dir_all(dir).unwrap();
    let mut mount = Command::new("mount");
    mount
        .args(["-t", "tmpfs", "-o", options, "faults"])
        .arg(dir);
    assert!(mount.status().unwrap().success());
}

fn remount(dir: &Path, options: &str) {
    let mut mount = Command::new("mount");
    mount.args(["-o", &format!("remount,{options}")]).arg(dir);
    assert!(mount.status().unwrap().success());
}

/// Fills the file system until only so many pages are left.
fn fill(dir: &Path, left: usize) {
    let filler = dir.join("filler");
    let mut bytes = 16 << 20;
    while bytes >= PAGE {
        let block = vec![b'x'; bytes];
        let mut file = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&filler)
            .unwrap();
        if std::io::Write::write_all(&mut file, &block).is_err() {
            bytes /= 2;
        }
    }
    let file = fs::OpenOptions::new().write(true).open(&filler).unwrap();
    let full = file.metadata().unwrap().len();
    file.set_len(full.saturating_sub((left * PAGE) as u64))
        .unwrap();
}

/// The open findings.
fn open(place: &Sandbox) -> String {
    place.agents(&["findings", "--json"]).exits(0).out
}

/// Commits a change with the store as full as that, then makes room: nothing is lost.
fn commit_with_pages_left(left: usize, user_state: bool) {
    let place = quick();
    let dir = match user_state {
        true => place.root().join("state/git-agents"),
        false => place.store().parent().unwrap().to_owned(),
    };
    let _ = fs::remove_dir_all(&dir);
    mount(&dir, "size=2m,mode=700");
    let mut told = Told::default();
    place.write("b.py", "def g():\n    return 0\n");
    git(&place, &[], &["add", "-A"], &mut told);
    git(&place, &[], &["commit", "-q", "-m", "before"], &mut told);
    rest(&place, &[], &mut told);
    fill(&dir, left);
    place.write_hole(TITLE);
    git(&place, &[], &["add", "-A"], &mut told);
    git(&place, &[], &["commit", "-q", "-m", "hole"], &mut told);
    eventually("what the hook started has ended", || {
        ours(&place).is_empty()
    });
    git(&place, &[], &["switch", "-q", "-C", "main"], &mut told);
    eventually("what the command started has ended", || {
        ours(&place).is_empty()
    });
    fs::remove_file(dir.join("filler")).unwrap();
    rest(&place, &[], &mut told);
    all_reviewed(&place);
    told.check(&place);
    // an answer that found no room on the disk is missing in words, and had again when there is some
    if !open(&place).contains(TITLE) {
        let report = place.agents(&["report", "HEAD", "--format", "json"]).json();
        let answered = report["agents"][0]["outcome"] == "answered";
        assert!(!answered, "{left} pages left: {report:#}");
        place.agents(&["retry"]).exits(1);
        assert!(open(&place).contains(TITLE), "{left} pages left");
    }
    Command::new("umount").arg("-l").arg(&dir).status().unwrap();
}

#[test]
fn a_disk_that_is_full_at_any_write_of_a_background_review_loses_nothing() {
    let name = "disk::a_disk_that_is_full_at_any_write_of_a_background_review_loses_nothing";
    if !is_inside(name, &[]) {
        return;
    }
    let pages: Vec<usize> = match is_long() {
        true => (0..64).collect(),
        false => vec![0, 1, 2, 3, 5, 8, 13, 21],
    };
    for left in pages {
        println!("{left} pages left");
        commit_with_pages_left(left, false);
        if left % 4 == 0 {
            commit_with_pages_left(left, true);
        }
    }
}

#[test]
fn a_store_that_is_read_only_for_a_while_loses_nothing() {
    let name = "disk::a_store_that_is_read_only_for_a_while_loses_nothing";
    if !is_inside(name, &[]) {
        return;
    }
    let place = quick();
    let dir = place.store().parent().unwrap().to_owned();
    let _ = fs::remove_dir_all(&dir);
    mount(&dir, "size=2m,mode=700");
    let mut told = Told::default();
    place.write("b.py", "def g():\n    return 0\n");
    git(&place, &[], &["add", "-A"], &mut told);
    git(&place, &[], &["commit", "-q", "-m", "before"], &mut told);
    rest(&place, &[], &mut told);
    remount(&dir, "ro");
    place.write_hole(TITLE);
    git(&place, &[], &["add", "-A"], &mut told);
    git(&place, &[], &["commit", "-q", "-m", "hole"], &mut told);
    git(&place, &[], &["switch", "-q", "-C", "main"], &mut told);
    eventually("what the hook started has ended", || {
        ours(&place).is_empty()
    });
    remount(&dir, "rw");
    rest(&place, &[], &mut told);
    all_reviewed(&place);
    told.check(&place);
    assert!(
        place
            .agents(&["findings", "--json"])
            .exits(0)
            .out
            .contains(TITLE)
    );
    Command::new("umount").arg("-l").arg(&dir).status().unwrap();
}

/// One call that fails: which, how, and the how manyeth.
struct Fault {
    calls: &'static str,
    error: &'static str,
    when: u32,
}

/// Runs the program with one call of its own failing; whether the call was reached.
fn faulty(place: &Sandbox, words: &[&str], fault: &Fault) -> (Ran, bool) {
    let log = place.root().join("strace");
    let mut command = place.command("strace");
    command.env("PATH", std::env::var_os("PATH").unwrap());
    command.args(["-qq", "-o"]).arg(&log);
    command.args(["-e", &format!("trace={}", fault.calls)]);
    let Fault { calls, error, when } = fault;
    command.args(["-e", &format!("inject={calls}:error={error}:when={when}")]);
    command.arg(program()).args(words);
    let output = command.stdin(Stdio::null()).output().unwrap();
    let traced = fs::read_to_string(&log).unwrap_or_default();
    (Ran::of(&output), traced.contains("(INJECTED)"))
}

/// All faults that this command reaches, or some of them in the short form: about one in `stride`.
/// `check` says whether the call was reached; returns how many were.
fn each_fault(words: &[&str], stride: u64, mut check: impl FnMut(&Fault) -> bool) {
    let mut dice = Dice(seed());
    let mut reached = 0;
    for calls in CALLS {
        for error in ERRORS {
            let mut step = || match is_long() {
                true => 1,
                false => 1 + u32::try_from(dice.below(2 * stride - 1)).unwrap(),
            };
            let mut when = step();
            while check(&Fault { calls, error, when }) {
                reached += 1;
                when += step();
            }
        }
    }
    println!("{words:?}: {reached} calls failed");
    assert!(reached > 5, "only {reached} calls failed");
}

/// The one report of a foreground review is whole and true, or the command says that it failed.
#[test]
fn a_review_never_calls_itself_clean_whatever_write_fails() {
    let (place, go) = held(TITLE);
    fs::write(go, "").unwrap();
    let words = ["run", "HEAD", "--fresh", "--format", "json"];
    each_fault(&words, 6, |fault| {
        let (ran, reached) = faulty(&place, &words, fault);
        let at = format!("{} {} {}", fault.calls, fault.error, fault.when);
        // the event loop wakes itself by a write that goes to no disk
        if ran.err.contains("failed to wake I/O driver") {
            return reached;
        }
        assert!(!ran.err.contains("panicked"), "{at}: {}", ran.err);
        assert!(
            [1, 2, 3].contains(&ran.code),
            "{at}: {} {}",
            ran.code,
            ran.err
        );
        if let Ok(report) = serde_json::from_str::<Value>(&ran.out) {
            check_clean(&report);
            assert_ne!(report["state"], "clean", "{at}");
            // where nothing is said to be missing, nothing is
            let whole = report["state"] == "findings";
            assert!(!whole || ran.out.contains(TITLE), "{at}: {report:#}");
        }
        reached
    });
    assert!(place.agents(&words).exits(1).out.contains(TITLE));
    assert!(place.agents(&["findings"]).exits(0).out.contains(TITLE));
}

/// A decision stands on the disk, or the command says that it could not be kept.
#[test]
fn a_dismissal_is_kept_or_refused_whatever_write_fails() {
    let (place, go) = held(TITLE);
    fs::write(go, "").unwrap();
    let report = place
        .agents(&["run", "HEAD", "--format", "json"])
        .exits(1)
        .json();
    let id = report["findings"][0]["id"].as_str().unwrap().to_owned();
    let dismiss = ["dismiss", &id, "--reason", "checked"];
    each_fault(&dismiss, 1, |fault| {
        let (ran, reached) = faulty(&place, &dismiss, fault);
        let at = format!("{} {} {}", fault.calls, fault.error, fault.when);
        let all = place.agents(&["findings", "--all", "--json"]).exits(0).out;
        let stands = all.contains("\"dismissed\"");
        assert!(all.contains(&id), "{at}: the finding is gone");
        assert!(
            stands || ran.code != 0,
            "{at}: said done, and is not: {all}"
        );
        assert!(!ran.err.contains("panicked"), "{at}: {}", ran.err);
        if stands {
            place.agents(&["reopen", &id]).exits(0);
        }
        reached
    });
}

/// What is not old stays, whatever `prune` cannot do.
#[test]
fn a_prune_that_fails_anywhere_costs_no_report() {
    let place = injected();
    place.fake_agent(&script(&[(
        "security",
        serde_json::json!([{"reply": reply(&[finding(TITLE, "high")])}]),
    )]));
    for _ in 0..4 {
        place.agents(&["run", "HEAD", "--fresh"]).exits(1);
    }
    place.config("agents.keep", "3 runs 30 days");
    let mut newest = runs(&place).split_off(1);
    each_fault(&["prune"], 1, |fault| {
        let (ran, reached) = faulty(&place, &["prune"], fault);
        assert!(!ran.err.contains("panicked"), "{}", ran.err);
        let left = runs(&place);
        for run in &newest {
            let report = place.store().join("runs").join(run).join("report.json");
            assert!(left.contains(run) && report.exists(), "{run} is gone");
        }
        // the next one has as much to do
        place.agents(&["run", "HEAD", "--fresh"]).exits(1);
        newest = runs(&place).split_off(runs(&place).len() - 3);
        reached
    });
    place.agents(&["prune"]).exits(0);
    assert_eq!(runs(&place), newest);
    assert_eq!(names(&place.store().join("trash")), Vec::<String>::new());
}
