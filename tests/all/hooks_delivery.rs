//! Commit, go on, be told once.

use std::fs;
use std::os::unix::process::CommandExt;

use serde_json::{Value, json};

use crate::scene::{finding, reply};
use crate::support::{Sandbox, eventually};

const TITLE: &str = "Name is pasted into SQL";

fn reviewed() -> Sandbox {
    let place = Sandbox::hooked();
    place.write_hole(TITLE);
    place.commit_hooked("look up users by name");
    place.wait_ready(1);
    place
}

#[test]
fn the_next_git_command_on_a_terminal_tells_exactly_once() {
    let place = reviewed();
    place.write("b", "1\n");
    let shown = place.git_shown(&["add", "b"]).exits(0);
    assert_eq!(shown.count(TITLE), 1, "{}", shown.text);
    assert!(
        shown.text.contains("look up users by name") && shown.text.lines().count() <= 24,
        "{}",
        shown.text
    );
    for args in [
        &["status"][..],
        &["add", "-A"],
        &["switch", "-q", "-c", "x"],
        &["commit", "-q", "-m", "[skip agents] b"],
    ] {
        assert_eq!(
            place.git_shown(args).exits(0).count("agents:"),
            0,
            "{args:?}"
        );
    }
    assert_eq!(place.ready(), 0);
    assert_eq!(
        fs::read_dir(place.store())
            .unwrap()
            .flatten()
            .filter(|e| e.file_name() == "waiting")
            .count(),
        0
    );
}

#[test]
fn status_tells_because_of_the_nudge() {
    let place = reviewed();
    let shown = place.git_shown(&["status"]).exits(0);
    assert_eq!(shown.count(TITLE), 1, "{}", shown.text);
    assert!(
        shown.text.find(TITLE) < shown.text.find("On branch"),
        "before its own output: {}",
        shown.text
    );
    assert_eq!(place.git_shown(&["status"]).count(TITLE), 0);
}

#[test]
fn an_editor_that_looks_first_does_not_use_the_nudge_up() {
    let place = reviewed();
    for args in [&["status"][..], &["status"], &["add", "-A"]] {
        let ran = place.git(args).exits(0);
        assert_eq!(ran.err, "", "{args:?}");
    }
    assert_eq!(place.git_shown(&["status"]).exits(0).count(TITLE), 1);
    // once told, the index is left alone: with files as old as most are, since git itself
    // writes an index that is as young as one of them
    let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
    for name in ["src/db.py", "README.md"] {
        fs::File::open(place.repo.join(name))
            .unwrap()
            .set_modified(old)
            .unwrap();
    }
    place.git(&["status"]).exits(0);
    let written = || {
        fs::metadata(place.repo.join(".git/index"))
            .unwrap()
            .modified()
            .unwrap()
    };
    let before = written();
    place.git(&["status"]).exits(0);
    assert_eq!(
        (written(), place.git_shown(&["status"]).count(TITLE)),
        (before, 0)
    );
}

#[test]
fn without_the_nudge_status_is_left_alone() {
    let place = Sandbox::hooked();
    place.config("agents.nudge", "false");
    place.write_hole(TITLE);
    // files older than the index: git itself has no reason to look closer
    place.git(&["add", "-A"]).exits(0);
    let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
    for name in ["src/db.py", "README.md"] {
        fs::File::open(place.repo.join(name))
            .unwrap()
            .set_modified(old)
            .unwrap();
    }
    place.commit_hooked("x");
    place.git(&["status"]).exits(0);
    place.wait_ready(1);
    assert_eq!(place.git_shown(&["status"]).exits(0).count(TITLE), 0);
    assert_eq!(
        place
            .git_shown(&["commit", "--allow-empty", "-m", "y"])
            .exits(0)
            .count(TITLE),
        1
    );
}

#[test]
fn captured_output_gets_nothing_and_the_report_waits() {
    let place = reviewed();
    for args in [
        &["status"][..],
        &["add", "-A"],
        &["switch", "-q", "-c", "x"],
    ] {
        assert_eq!(place.git(args).exits(0).err, "");
    }
    // a person's terminal, but this command's standard error goes to a file
    place.write("b", "1\n");
    let shown = place.shell_shown("git add b 2>err; git diff --cached | cat >/dev/null; cat err");
    assert_eq!(shown.count(TITLE), 0, "{}", shown.text);
    let shown = place.shell_shown("touch b; git commit -q -m b >out; cat out");
    assert_eq!(
        shown.count(TITLE),
        1,
        "standard error it is: {}",
        shown.text
    );
    assert_eq!(fs::read_to_string(place.repo.join("out")).unwrap(), "");
}

#[test]
fn a_program_that_asks_for_json_gets_it_captured() {
    let place = reviewed();
    place.write("b", "1\n");
    let output = place
        .command("git")
        .args(["add", "b"])
        .env("GIT_AGENTS_FORMAT", "json")
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(report["findings"][0]["title"], TITLE);
    let output = place
        .command("git")
        .args(["commit", "-qm", "b"])
        .env("GIT_AGENTS_FORMAT", "json")
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn who_captures_a_commit_does_not_wait_for_its_review() {
    let place = Sandbox::hooked();
    let go = place.root().join("go");
    place.agents_do(json!([{"wait_for": go.display().to_string()}, {"reply": reply(&[])}]));
    place.write("b", "1\n");
    // `output()` reads until nobody holds the pipe any more
    place.commit_hooked("b");
    let shell = "out=$(git commit --allow-empty -m c 2>&1 3>&1 4>&2); echo \"$out\"";
    let output = place.command("bash").args(["-c", shell]).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("] c"));
    eventually("an agent is at it", || place.starts() > 0);
    assert_eq!(place.ready(), 0);
    fs::write(go, "").unwrap();
    place.quiet();
}

#[test]
fn who_kills_the_commits_process_group_does_not_kill_the_review() {
    let place = Sandbox::hooked();
    let go = place.root().join("go");
    place.write_hole(TITLE);
    place.agents_do(json!([{"wait_for": go.display().to_string()}, {"reply": reply(&[finding(TITLE, "high")])}]));
    place.git(&["add", "-A"]).exits(0);
    // an agent's shell tool: a group of its own, killed when its command is done
    let mut command = place.command("sh");
    let mut shell = command
        .args(["-c", "git commit -q -m hole; sleep 600"])
        .process_group(0)
        .spawn()
        .unwrap();
    eventually("an agent is at it", || place.starts() == 1);
    let group = rustix::process::Pid::from_raw(i32::try_from(shell.id()).unwrap()).unwrap();
    rustix::process::kill_process_group(group, rustix::process::Signal::KILL).unwrap();
    shell.wait().unwrap();
    fs::write(go, "").unwrap();
    place.wait_ready(1);
    assert_eq!(place.starts(), 1);
}

#[test]
fn one_command_can_go_without_us() {
    let place = Sandbox::hooked();
    place.write("b", "1\n");
    place.git(&["add", "b"]).exits(0);
    let output = place
        .command("git")
        .args(["commit", "-qm", "b"])
        .env("GIT_AGENTS", "0")
        .output()
        .unwrap();
    assert!(output.status.success());
    assert!(place.phases().is_empty());
}

#[test]
fn git_succeeds_silently_without_the_program_or_with_a_broken_one() {
    let place = Sandbox::hooked();
    let hooks = place.repo.join(".git/hooks");
    let hook = fs::read_to_string(hooks.join("post-commit")).unwrap();
    let ours = crate::support::program()
        .with_file_name("git-agents-hook")
        .display()
        .to_string();
    assert!(hook.contains(&ours), "{hook}");
    fs::remove_file(place.root().join("bin/git-agents")).unwrap();
    // a report waits, so this one does not rest
    fs::create_dir_all(place.store()).unwrap();
    fs::write(place.store().join("waiting"), "").unwrap();
    fs::rename(
        hooks.join("post-index-change.resting"),
        hooks.join("post-index-change"),
    )
    .unwrap();
    let broken = place.root().join("broken");
    for content in [None, Some("not a program"), Some("#!/bin/sh\nkill -9 $$\n")] {
        let _ = fs::remove_file(&broken);
        if let Some(content) = content {
            fs::write(&broken, content).unwrap();
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&broken, fs::Permissions::from_mode(0o755)).unwrap();
        }
        for event in [
            "post-commit",
            "post-index-change",
            "pre-push",
            "post-checkout",
        ] {
            let path = hooks.join(event);
            let text = fs::read_to_string(&path).unwrap();
            fs::write(&path, text.replace(&ours, &broken.display().to_string())).unwrap();
        }
        let ran = place
            .git(&["commit", "-q", "--allow-empty", "-m", "x"])
            .exits(0);
        let quiet = content.is_none();
        assert!(!quiet || ran.err.is_empty(), "{}", ran.err);
        place.git(&["switch", "-q", "-C", "other"]).exits(0);
        place.git(&["init", "-q", "--bare", "../remote"]).exits(0);
        place
            .git(&["push", "-q", "../remote", "HEAD:refs/heads/x"])
            .exits(0);
    }
}

#[test]
fn a_linked_worktree_is_told_of_its_own_commits() {
    let place = Sandbox::hooked();
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
    place.agents_find(&[finding(TITLE, "high")]);
    fs::create_dir(linked.join("src")).unwrap();
    fs::write(
        linked.join("src/db.py"),
        format!("def find(cur, name):\n{}\n", crate::scene::BAD),
    )
    .unwrap();
    place.git_in(&linked, &["add", "-A"]).exits(0);
    place
        .git_in(&linked, &["commit", "-q", "-m", "in the side room"])
        .exits(0);
    place.wait_ready(1);
    assert_eq!(
        place
            .git_shown(&["commit", "--allow-empty", "-m", "[skip agents]"])
            .count(TITLE),
        0,
        "elsewhere"
    );
    let shown = place.shell_shown("cd ../linked && git status");
    assert_eq!(shown.count(TITLE), 1, "{}", shown.text);
}

#[test]
fn after_a_while_any_worktree_is_told() {
    let place = reviewed();
    let linked = place.root().join("linked");
    place
        .git(&[
            "worktree",
            "add",
            "-q",
            "--detach",
            linked.to_str().unwrap(),
        ])
        .exits(0);
    assert_eq!(
        place
            .shell_shown("cd ../linked && git switch -q -c one")
            .exits(0)
            .count(TITLE),
        0
    );
    let run = crate::hooked::names(&place.store().join("ready")).remove(0);
    let path = place.store().join("runs").join(run).join("request.json");
    let mut request: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    request["asked_at"] = json!(1);
    fs::write(&path, request.to_string()).unwrap();
    assert_eq!(
        place
            .shell_shown("cd ../linked && git switch -q -c two")
            .exits(0)
            .count(TITLE),
        1
    );
    assert_eq!(place.git_shown(&["status"]).count(TITLE), 0);
}

#[test]
fn a_review_that_failed_is_told_with_the_way_on() {
    let place = Sandbox::hooked();
    place.config("agents.backend", "codex");
    place.write("b.py", "x = 1\n");
    place.commit_hooked("b");
    place.wait_ready(1);
    let shown = place
        .git_shown(&["commit", "--allow-empty", "-m", "[skip agents]"])
        .exits(0);
    assert_eq!(shown.count("NOT REVIEWED"), 1, "{}", shown.text);
    assert!(shown.text.contains("git agents retry"), "{}", shown.text);
}

#[test]
fn several_reports_fold_into_one_screen() {
    let place = Sandbox::hooked();
    for name in ["a", "b", "c"] {
        place.write_hole(TITLE);
        place.write(&format!("{name}.py"), format!("x = '{name}'\n"));
        place.commit_hooked(name);
        place.quiet();
    }
    let shown = place.git_shown(&["status"]).exits(0);
    assert!(
        shown.count(TITLE) >= 1 && shown.text.lines().count() <= 24 + 4,
        "{}",
        shown.text
    );
    for subject in ["\"a\"", "\"b\"", "\"c\""] {
        assert_eq!(shown.count(subject), 1, "{subject}: {}", shown.text);
    }
}
