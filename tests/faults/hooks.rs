//! Twelve hooks at once in two worktrees.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::dice::is_long;
use crate::hooked::ours;
use crate::place::{all_reviewed, beside, quick, rest};
use crate::support::{Ran, Sandbox};
use crate::told::Told;

/// Commits of each of the twelve: short, and long.
const COMMITS: [usize; 2] = [3, 25];

/// Commits as often as git lets it: git itself allows one at a time in a worktree.
fn commit(place: &Sandbox, dir: &PathBuf, name: &str, told: &Mutex<Told>) -> String {
    loop {
        let mut command = place.command("git");
        command.current_dir(dir).env("GIT_AGENTS_FORMAT", "json");
        command.args(["commit", "-q", "--allow-empty", "-m", name]);
        let ran = Ran::of(&command.output().unwrap());
        told.lock().unwrap().count(&ran.err);
        if ran.code == 0 {
            return name.to_owned();
        }
        // its message file is one for all of a worktree, too
        let words = [".lock", "cannot lock ref", "empty commit message"];
        let taken = words.iter().any(|words| ran.err.contains(words));
        assert!(taken, "{}", ran.err);
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

#[test]
fn twelve_hooks_at_once_in_two_worktrees_lose_nothing() {
    let place = quick();
    let beside = beside(&place);
    let path = beside.to_str().unwrap();
    place
        .git(&["worktree", "add", "-q", "-b", "topic", path])
        .exits(0);
    let told = Mutex::new(Told::default());
    let most = AtomicUsize::new(0);
    let commits = COMMITS[usize::from(is_long())];
    std::thread::scope(|scope| {
        for number in 0..12 {
            let dir = if number % 2 == 0 {
                &place.repo
            } else {
                &beside
            };
            let (place, told, most) = (&place, &told, &most);
            scope.spawn(move || {
                for round in 0..commits {
                    commit(place, dir, &format!("{number}.{round}"), told);
                    most.fetch_max(ours(place).len(), Ordering::Relaxed);
                }
            });
        }
    });
    let mut told = told.into_inner().unwrap();
    println!(
        "{} commits, at most {} processes of ours at once",
        12 * commits,
        most.into_inner()
    );
    rest(&place, &[], &mut told);
    all_reviewed(&place);
    told.check(&place);
}
