//! A review is apart from who committed: no stream, no descriptor, no signal, no
//! terminal leads from one to the other.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::hooked::names;
use crate::scene::reply;
use crate::support::{Ran, Sandbox, eventually};

/// A change to be committed, and an agent that answers only when `go` is there.
fn held() -> (Sandbox, PathBuf) {
    let place = Sandbox::hooked();
    let go = place.root().join("go");
    place.agents_do(json!([{"wait_for": go.display().to_string()}, {"reply": reply(&[])}]));
    place.write("a.txt", "1\n");
    place.git(&["add", "-A"]).exits(0);
    (place, go)
}

/// The one run's record.
fn record(place: &Sandbox, name: &str) -> Option<Value> {
    let runs = place.store().join("runs");
    let run = runs.join(names(&runs).first()?);
    serde_json::from_slice(&fs::read(run.join(name)).ok()?).ok()
}

/// The supervisor, once its agent runs.
fn supervisor(place: &Sandbox) -> PathBuf {
    eventually("an agent runs", || place.starts() == 1);
    Path::new("/proc").join(record(place, "lock").unwrap()["pid"].to_string())
}

/// Lets the agent answer; the first supervisor must have got to the end.
fn ends_in_one_attempt(place: &Sandbox, go: &Path) {
    fs::write(go, "").unwrap();
    let phase = || {
        record(place, "state.json").map(|state| (state["phase"].clone(), state["attempts"].clone()))
    };
    eventually("the review has ended", || {
        phase().is_some_and(|(phase, _)| phase == "done")
    });
    assert_eq!(phase().unwrap().1, 1);
    place.quiet();
}

fn links(process: &Path) -> Vec<String> {
    let dir = process.join("fd");
    let link = |name: &String| {
        fs::read_link(dir.join(name))
            .map(|to| format!("{name} {}", to.display()))
            .ok()
    };
    names(&dir).iter().filter_map(link).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn no_descriptor_or_variable_of_the_caller_reaches_the_supervisor() {
    let (place, go) = held();
    let line = "exec 7>../leaked 8<a.txt; ls -l /proc/self/fd; git commit -q -m one";
    let ran = place
        .command("sh")
        .args(["-c", line])
        .env("GIT_TRACE2", "0")
        .output()
        .unwrap();
    let ran = Ran::of(&ran).exits(0);
    let ours = |word: &&str| {
        word.starts_with("pipe:") || word.ends_with("/leaked") || word.ends_with("/a.txt")
    };
    let leaked: Vec<&str> = ran.out.split_whitespace().filter(ours).collect();
    assert!(leaked.len() >= 4, "{}", ran.out);
    let process = supervisor(&place);
    let open = links(&process);
    for stream in ["0 /dev/null", "1 /dev/null", "2 /dev/null"] {
        assert!(open.iter().any(|link| link == stream), "{stream}: {open:?}");
    }
    for link in leaked {
        assert!(
            !open.iter().any(|to| to.ends_with(link)),
            "{link}: {open:?}"
        );
    }
    let environment = String::from_utf8(fs::read(process.join("environ")).unwrap()).unwrap();
    let of_git = |entry: &&str| entry.starts_with("GIT_") && !entry.starts_with("GIT_CONFIG");
    assert_eq!(
        environment.split('\0').filter(of_git).collect::<Vec<_>>(),
        Vec::<&str>::new()
    );
    assert_eq!(fs::read_link(process.join("cwd")).unwrap(), Path::new("/"));
    let stat = fs::read_to_string(process.join("stat")).unwrap();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    let pid = process.file_name().unwrap().to_str().unwrap();
    assert_eq!(
        (fields[2], fields[3], fields[4], fields[16]),
        (pid, pid, "0", "19"),
        "group, session, terminal, nice"
    );
    ends_in_one_attempt(&place, &go);
}

#[test]
fn a_killed_process_group_leaves_the_review_alone() {
    let (place, go) = held();
    let mut shell = place.command("sh");
    shell
        .args(["-c", "git commit -q -m one; kill -9 0"])
        .process_group(0);
    assert_eq!(Ran::of(&shell.output().unwrap()).code, 128 + 9);
    assert_eq!(place.git(&["log", "-1", "--format=%s"]).out, "one\n");
    ends_in_one_attempt(&place, &go);
}

#[test]
fn a_closed_terminal_leaves_the_review_alone() {
    let (place, go) = held();
    place.git_shown(&["commit", "-q", "-m", "one"]).exits(0);
    ends_in_one_attempt(&place, &go);
}
