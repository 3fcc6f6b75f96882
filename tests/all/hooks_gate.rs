//! The push gate.

use std::fs;

use serde_json::json;

use crate::scene::{finding, reply};
use crate::support::{Ran, Sandbox, eventually};

const TITLE: &str = "Name is pasted into SQL";

/// A hooked repository that was pushed once to the remote `origin`.
fn cloned() -> Sandbox {
    let place = Sandbox::hooked();
    remote(&place, "origin", "remote");
    let output = place
        .command("git")
        .args(["push", "-q", "-u", "origin", "main"])
        .env("GIT_AGENTS", "0")
        .output();
    assert!(output.unwrap().status.success());
    place
}

fn remote(place: &Sandbox, name: &str, dir: &str) {
    let path = place.root().join(dir).display().to_string();
    place.git(&["init", "-q", "--bare", &path]).exits(0);
    place.git(&["remote", "add", name, &path]).exits(0);
}

/// The hole is committed and its review told of.
fn with_hole() -> Sandbox {
    let place = cloned();
    place.write_hole(TITLE);
    place.commit_hooked("look up users by name");
    place.quiet();
    place.git_shown(&["status"]);
    place
}

fn push(place: &Sandbox, args: &[&str]) -> Ran {
    place.git(&[&["push", "-q"], args].concat())
}

fn id_in(text: &str) -> String {
    let at = text.find('[').unwrap();
    text[at + 1..].split(']').next().unwrap().to_owned()
}

fn log(place: &Sandbox) -> String {
    place.agents(&["gate", "--log"]).exits(0).out
}

#[test]
fn by_default_findings_are_printed_and_the_push_goes_on() {
    let place = with_hole();
    let ran = push(&place, &[]).exits(0);
    assert!(
        ran.err.contains(TITLE) && ran.err.contains("it goes on"),
        "{}",
        ran.err
    );
    assert!(log(&place).contains("passed"));
    place.config("agents.gate", "off");
    place.write_hole(TITLE);
    place
        .git(&["commit", "-q", "--amend", "-m", "again"])
        .exits(0);
    assert_eq!(push(&place, &["--force"]).exits(0).err, "");
}

#[test]
fn a_severity_holds_and_says_three_ways_on() {
    let place = with_hole();
    place.config("agents.gate", "critical");
    push(&place, &["--dry-run"]).exits(0);
    place.config("agents.gate", "high");
    let ran = push(&place, &[]).exits(1);
    for part in [
        "push held: 1 confirmed finding at high or above",
        "src/db.py:2",
        TITLE,
        "A name with a quote",
        "fix it",
        "git agents dismiss",
        "--no-verify",
    ] {
        assert!(ran.err.contains(part), "{part}: {}", ran.err);
    }
    assert!(
        log(&place).lines().last().unwrap().contains("held"),
        "{}",
        log(&place)
    );
    push(&place, &["--no-verify"]).exits(0);
    assert!(
        log(&place).contains("pushed although held"),
        "{}",
        log(&place)
    );
    let record = fs::read_to_string(place.store().join("gate.jsonl")).unwrap();
    let tree = place
        .git(&["rev-parse", "HEAD^{tree}"])
        .out
        .trim()
        .to_owned();
    assert!(
        record.contains(&place.head()) && record.contains(&tree),
        "{record}"
    );
}

#[test]
fn a_dismissed_finding_holds_no_push_also_after_amend_and_rebase() {
    let place = with_hole();
    place.config("agents.gate", "high");
    let id = id_in(&push(&place, &[]).exits(1).err);
    place
        .agents(&["dismiss", &id, "--reason", "the names are constants"])
        .exits(0);
    place
        .git(&["commit", "-q", "--amend", "-m", "said better"])
        .exits(0);
    place.quiet();
    push(&place, &["--dry-run"]).exits(0);
    place.write(
        "src/db.py",
        format!(
            "# a line above\ndef find(cur, name):\n{}\n",
            crate::scene::BAD
        ),
    );
    place
        .git(&["commit", "-q", "-a", "--amend", "-m", "moved"])
        .exits(0);
    place.quiet();
    push(&place, &["--dry-run"]).exits(0);
    place.agents(&["reopen", &id]).exits(0);
    push(&place, &["--dry-run"]).exits(1);
}

#[test]
fn what_a_later_commit_takes_away_holds_nothing() {
    let place = with_hole();
    place.config("agents.gate", "high");
    push(&place, &["--dry-run"]).exits(1);
    place.agents_find(&[]);
    place.write(
        "src/db.py",
        "def find(cur, name):\n    cur.execute('select 1 where name = %s', (name,))\n",
    );
    place.commit_hooked("bind the value");
    place.quiet();
    let ran = push(&place, &[]).exits(0);
    assert_eq!(ran.err, "");
}

#[test]
fn every_form_of_push_is_read() {
    let place = with_hole();
    place.config("agents.gate", "high");
    for args in [
        &["origin", "HEAD:refs/heads/new"][..],
        &["origin", "main", "main~1:refs/heads/old"],
        &["--force", "origin", "main"],
        &["../remote", "main"],
        &["--tags", "origin"],
        &["origin", "refs/tags/signed"],
    ] {
        place.git(&["tag", "-f", "-m", "a tag", "signed"]).exits(0);
        let ran = push(&place, args);
        assert_eq!(
            (ran.code, ran.err.matches(TITLE).count()),
            (1, 1),
            "{args:?}: {}",
            ran.err
        );
    }
    place.git(&["branch", "plain", "main~1"]).exits(0);
    for args in [
        &["origin", "plain"][..],
        &["origin", ":plain"],
        &["origin", "main~1:refs/heads/x"],
    ] {
        let ran = push(&place, args);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{args:?}");
    }
    let tree = push(&place, &["origin", "HEAD^{tree}:refs/tags/t"]).exits(0);
    assert_eq!(
        tree.err,
        "agents: not reviewed: refs/tags/t names a tree, not a commit\n"
    );
    // up to date: nothing on standard input
    place.git(&["switch", "-q", "plain"]).exits(0);
    assert_eq!(push(&place, &["origin", "plain"]).exits(0).err, "");
}

#[test]
fn foreign_force_pushes_and_first_pushes_without_tracking_refs() {
    let place = with_hole();
    place.config("agents.gate", "high");
    let other = place.root().join("other").display().to_string();
    place
        .git(&[
            "clone",
            "-q",
            place.root().join("remote").to_str().unwrap(),
            &other,
        ])
        .exits(0);
    for args in [
        &["commit", "-q", "--allow-empty", "-m", "theirs"][..],
        &["push", "-q", "origin", "HEAD:main"],
    ] {
        place.git_in(other.as_ref(), args).exits(0);
    }
    // the remote's tip is not in this clone
    assert!(
        push(&place, &["--force", "origin", "main"])
            .exits(1)
            .err
            .contains(TITLE)
    );
    remote(&place, "fresh", "fresh");
    let ran = push(&place, &["fresh", "main"]).exits(1);
    // The first commit is on another remote: nobody owes a review of it.
    assert!(
        ran.err.contains(TITLE) && !ran.err.contains("not reviewed"),
        "{}",
        ran.err
    );
    place.quiet();
}

#[test]
fn sha256_repositories_are_gated() {
    let place = Sandbox::bare_place();
    fs::create_dir(&place.repo).unwrap();
    place
        .git(&["init", "-q", "-b", "main", "--object-format=sha256"])
        .exits(0);
    place.write("README.md", "x\n");
    place.commit("start");
    place.config("agents.settle", "100ms");
    place.config("agents.enabled", "security");
    place.config("agents.gate", "high");
    place.agents(&["init"]).exits(0);
    place
        .git(&[
            "init",
            "-q",
            "--bare",
            "--object-format=sha256",
            "../remote",
        ])
        .exits(0);
    place.write_hole(TITLE);
    place.commit_hooked("hole");
    place.quiet();
    let ran = push(&place, &["../remote", "main"]).exits(1);
    assert!(ran.err.contains(TITLE), "{}", ran.err);
}

#[test]
fn commits_nobody_announced_are_found_started_and_named() {
    let place = cloned();
    place.write_hole(TITLE);
    place.git(&["add", "-A"]).exits(0);
    let output = place
        .command("git")
        .args(["commit", "-q", "-m", "unseen"])
        .env("GIT_AGENTS", "0")
        .output()
        .unwrap();
    assert!(output.status.success());
    let ran = push(&place, &["--dry-run"]).exits(0);
    let short = &place.head()[..7];
    assert!(
        ran.err.contains(short) && ran.err.contains("started in the background"),
        "{}",
        ran.err
    );
    place.quiet();
    assert_eq!(place.reviewed(), ["unseen"]);
    assert_eq!(
        place
            .git_shown(&["commit", "--allow-empty", "-m", "[skip agents]"])
            .count(TITLE),
        1
    );
    assert!(push(&place, &["--dry-run"]).exits(0).err.contains(TITLE));
    assert_eq!(place.starts(), 1);
}

#[test]
fn drafts_are_reviewed_at_the_push_and_those_that_say_so_are_not() {
    let place = cloned();
    place.write("a.py", "def a():\n    return 1\n");
    place.commit_hooked("WIP a");
    place.quiet();
    place.write("b.py", "def b():\n    return 1\n");
    place.commit_hooked("b [skip agents]");
    place.quiet();
    let ran = push(&place, &[]).exits(0);
    assert!(ran.err.contains("not reviewed: 1 commit"), "{}", ran.err);
    place.quiet();
    assert_eq!(place.reviewed(), ["WIP a"]);
}

#[test]
fn never_means_never_and_push_means_at_the_push() {
    let place = cloned();
    for (auto, runs) in [("never", 0), ("push", 1)] {
        place.config("agents.auto", auto);
        place.write("a.py", format!("def a():\n    return '{auto}'\n"));
        place.commit_hooked(auto);
        place.quiet();
        assert_eq!(place.starts(), 0, "{auto}");
        let ran = push(&place, &["--dry-run"]).exits(0);
        assert!(ran.err.contains("not reviewed"), "{}", ran.err);
        place.quiet();
        assert_eq!(place.starts(), runs, "{auto}");
    }
}

#[test]
fn unreviewed_commits_can_hold() {
    let place = cloned();
    place.config("agents.gate", "high");
    place.config("agents.gate.unreviewed", "hold");
    place.write("a.py", "x = 1\n");
    place.git(&["add", "-A"]).exits(0);
    place
        .command("git")
        .args(["commit", "-q", "-m", "unseen"])
        .env("GIT_AGENTS", "0")
        .status()
        .unwrap();
    let ran = push(&place, &[]).exits(1);
    assert!(
        ran.err.contains("push held: not reviewed") && ran.err.contains("--no-verify"),
        "{}",
        ran.err
    );
    place.quiet();
    push(&place, &[]).exits(0);
}

#[test]
fn a_running_review_is_waited_for() {
    let place = cloned();
    place.config("agents.gate", "high");
    place.write_hole(TITLE);
    let go = place.root().join("go");
    place.agents_do(json!([{"wait_for": go.display().to_string()}, {"reply": reply(&[finding(TITLE, "high")])}]));
    place.commit_hooked("hole");
    eventually("an agent runs", || place.starts() == 1);
    place.config("agents.gate.wait", "1s");
    let ran = push(&place, &["--dry-run"]).exits(0);
    assert!(
        ran.err.contains("1 review in work") && ran.err.contains("git agents wait"),
        "{}",
        ran.err
    );
    place.config("agents.gate.wait", "60s");
    let mut command = place.command("git");
    command.args(["push", "--dry-run"]);
    let shown = crate::pty::show_and(command, "waiting for 1 review", || {
        fs::write(go, "").unwrap();
    });
    assert!(shown.code == 1 && shown.text.contains(TITLE), "{shown:?}");
}

#[test]
fn faults_of_ours_pass_and_say_so() {
    let place = with_hole();
    place.config("agents.gate", "hihg");
    let ran = push(&place, &["--dry-run"]).exits(0);
    assert!(
        ran.err.contains("agents: not reviewed: ") && ran.err.contains("agents.gate"),
        "{}",
        ran.err
    );
    place.config("agents.gate", "high");
    fs::rename(place.store().join("runs"), place.root().join("gone")).unwrap();
    push(&place, &["--dry-run"]).exits(0);
}
