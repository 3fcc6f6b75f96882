//! After the fact: the machine went down, the disk is full, the store cannot be
//! written or is gone. The commit succeeds, and somebody says what happened.

#![expect(clippy::print_stdout, reason = "what could not be tried is said")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::hooked::{names, ours};
use crate::scene::{finding, reply};
use crate::support::{Sandbox, eventually};

const TITLE: &str = "Name is pasted into SQL";

/// A small file system of its own at a directory; none where this user may not mount.
struct Mounted(PathBuf);

impl Mounted {
    fn at(dir: &Path) -> Option<Self> {
        fs::create_dir_all(dir).unwrap();
        let mounted = run(
            "mount",
            &[
                "-t",
                "tmpfs",
                "-o",
                "size=512k,mode=0700",
                "tmpfs",
                dir.to_str().unwrap(),
            ],
        );
        if !mounted {
            println!("this user may not mount: not tried");
        }
        mounted.then(|| Self(dir.to_owned()))
    }

    fn read_only(&self) {
        assert!(run(
            "mount",
            &["-o", "remount,ro", self.0.to_str().unwrap()]
        ));
    }

    /// Takes all the room there is.
    fn fill(&self) -> PathBuf {
        let path = self.0.join("ballast");
        for block in [4096, 1] {
            while fs::OpenOptions::new()
                .append(true)
                .create(true)
                .open(&path)
                .is_ok_and(|mut file| {
                    use std::io::Write;
                    file.write_all(&vec![b'x'; block]).is_ok()
                })
            {}
        }
        path
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        run("umount", &["-l", self.0.to_str().unwrap()]);
    }
}

fn run(program: &str, args: &[&str]) -> bool {
    Command::new(program)
        .args(args)
        .output()
        .is_ok_and(|output| output.status.success())
}

/// Commits on a terminal; returns what stands there.
fn commit_shown(place: &Sandbox, message: &str) -> String {
    place.git(&["add", "-A"]).exits(0);
    place
        .git_shown(&["commit", "-q", "-m", message])
        .exits(0)
        .text
}

/// Agents that wait for a file.
fn stalled() -> (Sandbox, PathBuf) {
    let place = Sandbox::hooked();
    let go = place.root().join("go");
    place.write_hole(TITLE);
    place.agents_do(json!([{"wait_for": go.display().to_string()}, {"reply": reply(&[finding(TITLE, "high")])}]));
    place.commit_hooked("hole");
    eventually("an agent runs", || place.starts() == 1);
    (place, go)
}

/// Ends supervisor, agents and whatever else at once, as the end of a session's control group does.
fn kill_all(place: &Sandbox) {
    eventually("nobody is left", || {
        for pid in ours(place) {
            run("kill", &["-9", &pid.to_string()]);
        }
        ours(place).is_empty()
    });
}

/// A hook fires that starts nothing itself.
fn next_command(place: &Sandbox) {
    place.git(&["switch", "-q", "-C", "next"]).exits(0);
}

fn told_once(place: &Sandbox) {
    place.wait_ready(1);
    assert_eq!(place.git_shown(&["status"]).count(TITLE), 1);
    assert_eq!(place.git_shown(&["status"]).count(TITLE), 0);
}

#[test]
fn a_session_that_was_torn_down_whole_is_resumed() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let (place, go) = stalled();
    kill_all(&place);
    let ran = place.agents(&["status"]).exits(0);
    assert!(
        ran.out.contains("interrupted") && ran.out.contains("git agents retry"),
        "{}",
        ran.out
    );
    fs::write(go, "").unwrap();
    next_command(&place);
    told_once(&place);
    assert_eq!(ours(&place), Vec::<u32>::new());
}

#[test]
fn after_a_reboot_it_goes_on_and_a_process_with_an_old_number_lives() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let (place, go) = stalled();
    kill_all(&place);
    // whoever has the numbers now is somebody else
    let mut bystander = Command::new("sleep")
        .arg("600")
        .process_group(0)
        .spawn()
        .unwrap();
    let run_dir = place
        .store()
        .join("runs")
        .join(&names(&place.store().join("runs"))[0]);
    let lock = run_dir.join("lock");
    let mut holder: Value = serde_json::from_slice(&fs::read(&lock).unwrap()).unwrap();
    holder["pid"] = json!(bystander.id());
    holder["boot"] = json!("00000000-0000-0000-0000-000000000000");
    fs::write(&lock, holder.to_string()).unwrap();
    let record = run_dir.join("agents/security/pgid");
    let stat = fs::read_to_string(format!("/proc/{}/stat", bystander.id())).unwrap();
    let start = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .nth(19)
        .unwrap()
        .to_owned();
    let old = fs::read_to_string(&record).unwrap();
    let mut lines: Vec<&str> = old.split('\n').collect();
    let number = bystander.id().to_string();
    (lines[0], lines[1], lines[2]) = (&number, &start, "00000000-0000-0000-0000-000000000000");
    fs::write(&record, lines.join("\n")).unwrap();
    fs::write(go, "").unwrap();
    next_command(&place);
    told_once(&place);
    assert!(
        bystander.try_wait().unwrap().is_none(),
        "a bystander was killed"
    );
    bystander.kill().unwrap();
    bystander.wait().unwrap();
}

#[test]
fn a_full_disk_costs_no_commit_and_is_said() {
    let place = Sandbox::hooked();
    let Some(disk) = Mounted::at(&place.repo.join(".git/agents")) else {
        return;
    };
    place.write("a.py", "x = 1\n");
    place.commit_hooked("while there is room");
    place.quiet();
    assert_eq!(place.reviewed(), ["while there is room"]);
    place.git_shown(&["status"]);
    // what was kept back is enough for the word that there was no room
    let ballast = disk.fill();
    place.write_hole(TITLE);
    place.commit_hooked("full");
    place.quiet();
    let shown = place
        .git_shown(&["commit", "-q", "--allow-empty", "-m", "[skip agents]"])
        .exits(0);
    let said = shown.count("the disk is full") + shown.count("No space left");
    assert!(said > 0 || shown.count(TITLE) == 1, "{}", shown.text);
    fs::remove_file(&ballast).unwrap();
    disk.fill();
    for kept in ["reserve", "reserve.last"] {
        let _ = fs::remove_file(place.store().join(kept));
    }
    disk.fill();
    place.write("b.py", "x = 1\n");
    let shown = commit_shown(&place, "no room at all");
    assert!(
        shown.contains("agents: not reviewed: ") && shown.contains("the disk is full"),
        "{shown}"
    );
    place.write("c.py", "x = 1\n");
    place.commit_hooked("captured, so silent");
    // with room again the push finds what nobody could note
    fs::remove_file(&ballast).unwrap();
    place.git(&["init", "-q", "--bare", "../remote"]).exits(0);
    let ran = place.git(&["push", "../remote", "main"]).exits(0);
    assert!(
        ran.err.contains("agents: not reviewed: ") && ran.err.contains("started in the background"),
        "{}",
        ran.err
    );
    eventually(
        "with a person's next commands nothing is left in work",
        || {
            place.git(&["switch", "-q", "-C", "main"]).exits(0);
            names(&place.store().join("open")).is_empty()
        },
    );
    assert!(
        place
            .reviewed()
            .iter()
            .any(|what| what.ends_with("captured, so silent")),
        "{:?}",
        place.reviewed()
    );
}

#[test]
fn a_store_that_cannot_be_written_costs_no_commit_and_is_said() {
    let place = Sandbox::hooked();
    let disk = Mounted::at(&place.repo.join(".git/agents"));
    place.write_hole(TITLE);
    place.commit_hooked("hole");
    place.wait_ready(1);
    let root = rustix::process::geteuid().is_root();
    let mode = |mode| {
        fs::set_permissions(place.store().join("runs"), fs::Permissions::from_mode(mode)).unwrap();
    };
    match &disk {
        Some(disk) => disk.read_only(),
        // nothing keeps root from writing
        None if root => return,
        None => mode(0o500),
    }
    place.write("b.py", "x = 1\n");
    let shown = commit_shown(&place, "read-only");
    let why = if disk.is_some() {
        "the file system is read-only"
    } else {
        "permission denied"
    };
    assert!(
        shown.contains("agents: not reviewed: ") && shown.contains(why),
        "{shown}"
    );
    place.write("c.py", "x = 1\n");
    place.commit_hooked("captured, so silent");
    place.git_shown(&["status"]).exits(0);
    // what is there is still read
    assert!(place.agents(&["report"]).out.contains(TITLE));
    place.agents(&["status"]).exits(0);
    place.git(&["init", "-q", "--bare", "../remote"]).exits(0);
    let ran = place.git(&["push", "../remote", "main"]).exits(0);
    assert!(ran.err.contains("agents: not reviewed: "), "{}", ran.err);
    if disk.is_none() {
        mode(0o700);
    }
}

#[test]
fn a_store_removed_while_agents_run_is_missed_at_the_push() {
    let (place, go) = stalled();
    fs::remove_dir_all(place.store()).unwrap();
    fs::write(&go, "").unwrap();
    eventually("nobody is left", || {
        !cfg!(target_os = "linux") || ours(&place).is_empty()
    });
    place.commit_hooked_empty("[skip agents] goes on");
    place.quiet();
    place.git(&["init", "-q", "--bare", "../remote"]).exits(0);
    let ran = place.git(&["push", "../remote", "main"]).exits(0);
    assert!(
        ran.err.contains("agents: not reviewed: ") && ran.err.contains("started in the background"),
        "{}",
        ran.err
    );
    place.wait_ready(1);
    assert_eq!(place.git_shown(&["status"]).count(TITLE), 1);
}

#[test]
fn a_clock_set_back_hides_no_report() {
    let place = Sandbox::hooked();
    place.write_hole(TITLE);
    place.commit_hooked("hole");
    place.wait_ready(1);
    // as if it had been asked for, and had ended, in a time yet to come
    let run_dir = place
        .store()
        .join("runs")
        .join(&names(&place.store().join("runs"))[0]);
    for (file, key) in [("request.json", "asked_at"), ("state.json", "since")] {
        let path = run_dir.join(file);
        let mut record: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        record[key] = json!(99_999_999_999_i64);
        fs::write(&path, record.to_string()).unwrap();
    }
    told_once(&place);
    place.agents(&["status"]).exits(0);
    place.agents(&["prune"]).exits(0);
    place.agents(&["report"]).exits(0);
}
