//! Process ids that come back: a stranger has the id of a supervisor or of an agent that died.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command};

use serde_json::json;

use crate::hooked::{is_gone, names};
use crate::place::{all_reviewed, git, is_inside, quick, rest};
use crate::scene::reply;
use crate::support::{Sandbox, eventually};
use crate::told::Told;

const OPTIONS: [&str; 3] = ["--pid", "--fork", "--mount-proc"];

/// Starts a stranger with this very id, leading its own group; none where somebody else took it.
fn stranger(pid: u64) -> Option<Child> {
    for _ in 0..200 {
        fs::write("/proc/sys/kernel/ns_last_pid", (pid - 1).to_string()).unwrap();
        let mut child = Command::new("sleep")
            .arg("1000")
            .process_group(0)
            .spawn()
            .unwrap();
        if u64::from(child.id()) == pid {
            return Some(child);
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    None
}

/// Ends it at once, and waits until its id is free.
fn kill(pid: u64) {
    let raw = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    let _ = rustix::process::kill_process(raw, rustix::process::Signal::KILL);
    wait_free(pid);
}

/// Waits until the process is gone and its id is free.
fn wait_free(pid: u64) {
    eventually("it is gone", || is_gone(pid));
    eventually("its id is free", || {
        // we are the first process of this namespace: orphans are ours to bury
        let _ = rustix::process::wait(rustix::process::WaitOptions::NOHANG);
        !PathBuf::from(format!("/proc/{pid}")).exists()
    });
}

/// The group of the agent that runs now.
fn agent(place: &Sandbox) -> u64 {
    let runs = place.store().join("runs");
    let mut group = None;
    eventually("the agent is on record", || {
        group = names(&runs).iter().find_map(|run| {
            let agents = runs.join(run).join("agents");
            let job = names(&agents).into_iter().next()?;
            let text = fs::read_to_string(agents.join(job).join("pgid")).ok()?;
            text.lines().next()?.parse().ok()
        });
        group.is_some()
    });
    group.unwrap()
}

/// A review whose agent waits for the file.
fn at_work() -> (Sandbox, PathBuf, Told) {
    let place = quick();
    let go = place.root().join("go");
    place.agents_do(json!([{"wait_for": go.display().to_string()}, {"reply": reply(&[])}]));
    let mut told = Told::default();
    git(
        &place,
        &[],
        &["commit", "-q", "--allow-empty", "-m", "x"],
        &mut told,
    );
    place.write("a.py", "def f():\n    return 1\n");
    place.git(&["add", "-A"]).exits(0);
    git(&place, &[], &["commit", "-q", "-m", "x"], &mut told);
    eventually("an agent runs", || place.starts() == 1);
    (place, go, told)
}

/// The run on which somebody works.
fn run_at_work(place: &Sandbox) -> String {
    let held = |run: &String| {
        place
            .store()
            .join("runs")
            .join(run)
            .join("agents/security/pgid")
            .exists()
    };
    names(&place.store().join("runs"))
        .into_iter()
        .find(held)
        .unwrap()
}

#[test]
fn a_stranger_with_the_id_of_a_dead_supervisor_is_not_taken_for_it() {
    let name = "pids::a_stranger_with_the_id_of_a_dead_supervisor_is_not_taken_for_it";
    if !is_inside(name, &OPTIONS) {
        return;
    }
    let (place, go, mut told) = at_work();
    let (group, supervisor) = (agent(&place), place.holder(&run_at_work(&place)).unwrap());
    kill(supervisor);
    // as long as somebody is left of its session, the kernel keeps the id back
    fs::write(&go, "").unwrap();
    wait_free(group);
    let mut other = stranger(supervisor).expect("its id can be had again");
    rest(&place, &[], &mut told);
    assert_eq!(other.try_wait().unwrap(), None, "the stranger still runs");
    all_reviewed(&place);
    told.check(&place);
    other.kill().unwrap();
    other.wait().unwrap();
}

#[test]
fn a_stranger_with_the_id_of_a_dead_agent_is_left_alone() {
    let name = "pids::a_stranger_with_the_id_of_a_dead_agent_is_left_alone";
    if !is_inside(name, &OPTIONS) {
        return;
    }
    let (place, go, mut told) = at_work();
    let (group, supervisor) = (agent(&place), place.holder(&run_at_work(&place)).unwrap());
    // stopped first, so that it cannot see its agent end
    let raw = rustix::process::Pid::from_raw(i32::try_from(supervisor).unwrap()).unwrap();
    rustix::process::kill_process(raw, rustix::process::Signal::STOP).unwrap();
    kill_stopped_child(group, supervisor);
    let mut other = stranger(group).expect("its id can be had again");
    fs::write(&go, "").unwrap();
    rest(&place, &[], &mut told);
    assert_eq!(other.try_wait().unwrap(), None, "the stranger still runs");
    all_reviewed(&place);
    told.check(&place);
    other.kill().unwrap();
    other.wait().unwrap();
}

/// Ends both: the agent first, so that nobody records its end.
fn kill_stopped_child(agent: u64, supervisor: u64) {
    let raw = rustix::process::Pid::from_raw(i32::try_from(agent).unwrap()).unwrap();
    rustix::process::kill_process(raw, rustix::process::Signal::KILL).unwrap();
    eventually("the agent is gone", || is_gone(agent));
    kill(supervisor);
    wait_free(agent);
}
