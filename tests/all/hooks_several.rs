//! Several at once: worktrees, repositories, hooks.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::hooked::names;
use crate::scene::reply;
use crate::support::{Ran, Sandbox, eventually};

const SOURCE: &str = "def f(x):\n    return x\n";

/// Runs git in all these places at the same time, each with its own words; returns when all have ended.
fn at_once(place: &Sandbox, calls: &[(PathBuf, Vec<&str>)]) {
    let start = |(dir, args): &(PathBuf, Vec<&str>)| {
        let mut command = place.command("git");
        command
            .current_dir(dir)
            .args(args)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped());
        command.spawn().unwrap()
    };
    let running: Vec<_> = calls.iter().map(start).collect();
    for child in running {
        let ran = Ran::of(&child.wait_with_output().unwrap()).exits(0);
        assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", ""));
    }
}

#[test]
fn twelve_hooks_at_once_are_one_review() {
    let place = Sandbox::hooked();
    place.config("agents.settle", "1s");
    place.write("a.py", SOURCE);
    place.git(&["add", "-A"]).exits(0);
    let quiet = place
        .command("git")
        .args(["commit", "-q", "-m", "a"])
        .env("GIT_AGENTS", "0")
        .status()
        .unwrap();
    assert!(quiet.success());
    let hook = place.repo.join(".git/hooks/post-commit");
    let running: Vec<_> = (0..12)
        .map(|_| place.command(&hook).spawn().unwrap())
        .collect();
    for mut child in running {
        assert!(child.wait().unwrap().success());
    }
    place.quiet();
    assert_eq!(
        (place.reviewed(), place.starts(), place.ready()),
        (vec!["a".to_owned()], 1, 1),
        "{:?}",
        place.phases()
    );
    assert_eq!(place.phases().len(), 12);
}

#[test]
fn the_same_change_in_two_worktrees_is_one_review() {
    let place = Sandbox::hooked();
    place.config("agents.settle", "1s");
    let linked = place.root().join("linked");
    place
        .git(&[
            "worktree",
            "add",
            "-q",
            "-b",
            "side",
            linked.to_str().unwrap(),
        ])
        .exits(0);
    place.quiet();
    let both = [place.repo.clone(), linked];
    for dir in &both {
        fs::write(dir.join("a.py"), SOURCE).unwrap();
        place.git_in(dir, &["add", "-A"]).exits(0);
    }
    let calls: Vec<_> = both
        .iter()
        .zip(["here", "there"])
        .map(|(dir, name)| (dir.clone(), vec!["commit", "-q", "-m", name]))
        .collect();
    at_once(&place, &calls);
    place.quiet();
    assert_eq!(
        (place.starts(), place.ready(), place.reviewed().len()),
        (1, 1, 1),
        "{:?}",
        place.phases()
    );
    for dir in &both {
        let head = place.git_in(dir, &["rev-parse", "HEAD"]).out;
        assert!(
            place.store().join("by-commit").join(head.trim()).exists(),
            "{}",
            dir.display()
        );
    }
}

/// A repository of the same person beside the first one.
fn another(place: &Sandbox, name: &str) -> PathBuf {
    let dir = place.root().join(name);
    place.git(&["init", "-q", dir.to_str().unwrap()]).exits(0);
    place
        .git_in(&dir, &["commit", "-q", "--allow-empty", "-m", "start"])
        .exits(0);
    place.agents_in(&dir, &["init"]).exits(0);
    fs::write(
        dir.join(format!("{name}.py")),
        format!("{SOURCE}# {name}\n"),
    )
    .unwrap();
    place.git_in(&dir, &["add", "-A"]).exits(0);
    dir
}

#[test]
fn ten_repositories_share_the_limit_and_no_commit_waits_for_it() {
    let place = Sandbox::hooked();
    place.config("agents.jobs", "2");
    let (go, room) = (place.root().join("go"), place.root().join("room"));
    fs::create_dir(&room).unwrap();
    let inside = |step: &str| json!({step: room.display().to_string()});
    place.agents_do(
        json!([inside("enter"), {"wait_for": go.display().to_string()}, inside("leave"), {"reply": reply(&[])}]),
    );
    let repos: Vec<PathBuf> = (0..10)
        .map(|number| another(&place, &format!("r{number}")))
        .collect();
    let calls: Vec<_> = repos
        .iter()
        .map(|dir| (dir.clone(), vec!["commit", "-q", "-m", "work"]))
        .collect();
    // nobody is answered before all ten commits are made
    at_once(&place, &calls);
    let open = |dir: &Path| names(&dir.join(".git/agents/v1/open")).len();
    assert!(repos.iter().all(|dir| open(dir) == 1));
    eventually("both places are taken", || place.starts() == 2);
    fs::write(&go, "").unwrap();
    eventually("all are reviewed", || {
        repos.iter().all(|dir| open(dir) == 0)
    });
    assert!(
        repos
            .iter()
            .all(|dir| names(&dir.join(".git/agents/v1/ready")).len() == 1)
    );
    assert_eq!(place.starts(), 10);
    let counts = fs::read_to_string(room.with_extension("log")).unwrap();
    let most = counts
        .lines()
        .filter_map(|line| line.parse::<usize>().ok())
        .max();
    assert_eq!((most, counts.lines().count()), (Some(2), 10), "{counts}");
}
