//! What the faults have in common: a repository at work, its own file system, and coming to rest.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::hooked::{names, ours};
use crate::support::{Ran, Sandbox, eventually};
use crate::told::Told;

/// The longest that things may take to come to rest.
const REST: Duration = Duration::from_secs(300);

/// A repository with hooks whose reviews begin at once and find nothing.
pub(crate) fn quick() -> Sandbox {
    let place = Sandbox::hooked();
    place.config("agents.settle", "20ms");
    place.config("agents.gate.wait", "0");
    place.git(&["init", "-q", "--bare", "../remote"]).exits(0);
    place
}

/// Runs git with this environment, as a program that asked for JSON; git must not care.
#[track_caller]
pub(crate) fn git(place: &Sandbox, env: &[(&str, &str)], args: &[&str], told: &mut Told) -> Ran {
    let mut command = place.command("git");
    command.args(args).env("GIT_AGENTS_FORMAT", "json");
    command.envs(env.iter().copied());
    let ran = Ran::of(&command.output().unwrap()).exits(0);
    told.count(&ran.err);
    ran
}

/// Goes on as a person would until nothing is in work and every commit is known.
#[track_caller]
pub(crate) fn rest(place: &Sandbox, env: &[(&str, &str)], told: &mut Told) {
    let begun = Instant::now();
    while !is_at_rest(place, env, told) {
        assert!(
            begun.elapsed() < REST,
            "never came to rest: {:?}",
            place.phases()
        );
        std::thread::sleep(Duration::from_millis(100));
    }
    eventually("no process is left", || ours(place).is_empty());
}

/// One look, by the commands that a person would type: of each worktree, since what was asked for
/// in one is told there, and of each branch.
fn is_at_rest(place: &Sandbox, env: &[(&str, &str)], told: &mut Told) -> bool {
    let mut branches = vec![(place.repo.clone(), "main")];
    if beside(place).exists() {
        branches.push((beside(place), "topic"));
    }
    for (dir, branch) in &branches {
        let dir = dir.to_str().unwrap();
        git(place, env, &["-C", dir, "switch", "-q", "-C", branch], told);
    }
    let store = place.store();
    if names(&store.join("open")).len() + place.ready() > 0 {
        return false;
    }
    branches.iter().all(|(_, branch)| {
        let push = ["push", "--dry-run", "../remote", branch];
        !git(place, env, &push, told).err.contains("not reviewed: ")
    })
}

/// Where a second worktree is, if the test made one.
pub(crate) fn beside(place: &Sandbox) -> PathBuf {
    place.root().join("beside")
}

/// Every commit of `main` but the first has a report.
#[track_caller]
pub(crate) fn all_reviewed(place: &Sandbox) {
    let all = place.git(&["rev-list", "main"]).exits(0).out;
    let mut commits: Vec<&str> = all.lines().collect();
    commits.pop();
    let missing: BTreeSet<&str> = commits
        .into_iter()
        .filter(|commit| {
            let by = place.store().join("by-commit").join(commit);
            let entry = fs::read_to_string(by).unwrap_or_default();
            let run = entry.lines().next().unwrap_or_default().to_owned();
            let report = place.store().join("runs").join(&run).join("report.json");
            run.is_empty() || !report.exists()
        })
        .collect();
    assert!(missing.is_empty(), "no report of {missing:?}");
}

/// Runs the named test once more where it may mount and choose process ids; true in there.
/// Where the system refuses such a place, that is said, and the test has nothing to do.
pub(crate) fn is_inside(test: &str, options: &[&str]) -> bool {
    if std::env::var("GIT_AGENTS_FAULT_INSIDE").is_ok() {
        return true;
    }
    let enter = || {
        let mut unshare = Command::new("unshare");
        unshare.args(["--map-root-user", "--mount"]).args(options);
        unshare
    };
    let allowed = enter().arg("true").stderr(Stdio::null()).status();
    if !allowed.is_ok_and(|status| status.success()) {
        println!("not run: this system allows no namespaces of one's own");
        return false;
    }
    let status = enter()
        .arg(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .env("GIT_AGENTS_FAULT_INSIDE", "1")
        .status()
        .unwrap();
    assert!(status.success(), "see above");
    false
}
