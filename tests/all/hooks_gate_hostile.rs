//! Ways past the push gate: what is pushed but was never looked at, and records that were changed.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

use crate::support::{Ran, Sandbox};

const TITLE: &str = "Name is pasted into SQL";

/// A token as a provider makes them, put together so that no scanner takes it for a real one.
fn token() -> String {
    ["ghp", "_NqVwYS81VP7Hb1DX8pPd5khxE3pyIgKpaUnA"].concat()
}

/// A hooked repository with a remote that has its first commit; the gate holds from high on.
fn gated() -> Sandbox {
    let place = Sandbox::hooked();
    place.git(&["init", "-q", "--bare", "../remote"]).exits(0);
    place
        .git(&["remote", "add", "origin", "../remote"])
        .exits(0);
    let pushed = place
        .command("git")
        .args(["push", "-q", "-u", "origin", "main"])
        .env("GIT_AGENTS", "0")
        .output();
    assert!(pushed.unwrap().status.success());
    place.config("agents.gate", "high");
    place
}

/// The hole is committed and reviewed.
fn with_hole() -> Sandbox {
    let place = gated();
    place.write_hole(TITLE);
    place.commit_hooked("fix the look up");
    place.quiet();
    place
}

fn push(place: &Sandbox, args: &[&str]) -> Ran {
    place.git(&[&["push", "-q"], args].concat())
}

fn held(ran: &Ran, words: &str) {
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains(words), "{words}: {}", ran.err);
}

#[test]
fn a_source_with_blanks_is_judged() {
    let place = with_hole();
    held(
        &push(&place, &["origin", ":/fix the look:refs/heads/x"]),
        TITLE,
    );
}

#[test]
fn a_ref_name_that_is_not_utf_8_switches_nothing_off() {
    let place = with_hole();
    let name = OsStr::from_bytes(b"refs/heads/caf\xe9");
    let made = place
        .command("git")
        .arg("update-ref")
        .arg(name)
        .arg("HEAD")
        .output();
    assert!(made.unwrap().status.success());
    let output = place
        .command("git")
        .args(["push", "-q", "origin", "main"])
        .arg(name)
        .output();
    held(&Ran::of(&output.unwrap()), TITLE);
}

#[test]
fn a_finding_is_followed_through_a_rename_and_into_another_file() {
    let place = with_hole();
    place.git(&["mv", "src/db.py", "src/names.py"]).exits(0);
    place.commit_hooked("a better name");
    place.quiet();
    held(&push(&place, &["origin", "main"]), TITLE);
    // Moved by hand, with other code around it: no rename that git could see.
    let code = fs::read_to_string(place.repo.join("src/names.py")).unwrap();
    place.git(&["rm", "-q", "src/names.py"]).exits(0);
    let around: String = (0..200)
        .map(|n| format!("def other_{n}():\n    pass\n"))
        .collect();
    place.write("lib/all.py", format!("{around}{code}{around}"));
    place.commit_hooked("one file for all");
    place.quiet();
    held(&push(&place, &["origin", "main"]), TITLE);
}

#[test]
fn a_file_that_grew_is_searched_all_the_same() {
    let place = with_hole();
    let code = fs::read_to_string(place.repo.join("src/db.py")).unwrap();
    place.write(
        "src/db.py",
        format!("{code}{}", "# padding\n".repeat(600_000)),
    );
    place.commit_hooked("more comments");
    place.quiet();
    held(&push(&place, &["origin", "main"]), TITLE);
}

#[test]
fn objects_without_a_commit_are_searched_for_secrets_and_told() {
    let place = gated();
    place.write("secret.txt", format!("tok = \"{}\"\n", token()));
    let blob = place
        .git(&["hash-object", "-w", "secret.txt"])
        .out
        .trim()
        .to_owned();
    fs::remove_file(place.repo.join("secret.txt")).unwrap();
    place.git(&["tag", "blob", &blob]).exits(0);
    let ran = push(&place, &["origin", "blob"]);
    held(&ran, "object pushed as blob");
    assert!(
        ran.err.contains("refs/tags/blob names a blob"),
        "{}",
        ran.err
    );
    let message = format!("deploy key {}", token());
    place
        .git(&["tag", "-a", "v1", "-m", &message, "HEAD"])
        .exits(0);
    held(&push(&place, &["origin", "v1"]), "tag message of v1");
    place
        .git(&["tag", "-a", "outer", "-m", "a tag of a tag", "v1"])
        .exits(0);
    held(&push(&place, &["origin", "outer"]), "tag message of outer");
    // A plain object is told, and passes where what was not reviewed may.
    place.git(&["tag", "tree", "HEAD^{tree}"]).exits(0);
    let tree = push(&place, &["origin", "tree"]).exits(0);
    assert!(
        tree.err.contains("refs/tags/tree names a tree"),
        "{}",
        tree.err
    );
    place.config("agents.gate.unreviewed", "hold");
    held(
        &push(&place, &["origin", "HEAD^{tree}:refs/tags/again"]),
        "names a tree",
    );
}

#[test]
fn a_finding_in_a_tag_can_be_dismissed() {
    let place = gated();
    let message = format!("deploy key {}", token());
    place
        .git(&["tag", "-a", "v1", "-m", &message, "HEAD"])
        .exits(0);
    let err = push(&place, &["origin", "v1"]).err;
    let id = err.split('[').nth(1).unwrap().split(']').next().unwrap();
    place
        .agents(&["dismiss", id, "--reason", "revoked"])
        .exits(0);
    push(&place, &["origin", "v1"]).exits(0);
}

#[test]
fn a_secret_in_a_commit_message_is_a_finding_and_holds() {
    let place = gated();
    place.write("a.txt", "x\n");
    place.commit_hooked(&format!("use {}", token()));
    place.quiet();
    let report = place.agents(&["report", "--all"]);
    assert!(report.out.contains("commit message of"), "{}", report.out);
    assert!(!report.out.contains(&token()), "{}", report.out);
    held(&push(&place, &["origin", "main"]), "commit message of");
}

#[test]
fn what_is_replaced_is_read_as_it_is_pushed() {
    let place = with_hole();
    let bad = place.head();
    let good = place
        .git(&[
            "commit-tree",
            "-p",
            "HEAD~1",
            "-m",
            "harmless",
            "HEAD~1^{tree}",
        ])
        .out
        .trim()
        .to_owned();
    place.git(&["replace", &bad, &good]).exits(0);
    held(&push(&place, &["origin", "main"]), TITLE);
    let shown = place.agents(&["run", &bad, "--fresh"]);
    assert!(shown.out.contains(TITLE), "{}", shown.out);
}

#[test]
fn a_tracking_ref_that_nobody_fetched_takes_nothing_out() {
    let place = with_hole();
    place
        .git(&["update-ref", "refs/remotes/origin/forged", "HEAD"])
        .exits(0);
    held(&push(&place, &["origin", "main"]), TITLE);
    // Written as a file, it has no reflog at all.
    place
        .git(&["update-ref", "-d", "refs/remotes/origin/forged"])
        .exits(0);
    let file = place.repo.join(".git/refs/remotes/origin/written");
    fs::write(file, format!("{}\n", place.head())).unwrap();
    held(&push(&place, &["origin", "main"]), TITLE);
}

#[test]
fn another_url_for_the_remote_is_another_place() {
    let place = with_hole();
    push(&place, &["--no-verify", "origin", "main"]).exits(0);
    place
        .git(&["init", "-q", "--bare", "../elsewhere"])
        .exits(0);
    held(&push(&place, &["../elsewhere", "main"]), TITLE);
    // A decision about the old address is on record; then the address changes.
    push(&place, &["origin", "HEAD~1:refs/heads/side"]).exits(0);
    place
        .git(&["remote", "set-url", "origin", "../elsewhere"])
        .exits(0);
    held(&push(&place, &["origin", "main"]), TITLE);
}

#[test]
fn a_changed_report_is_not_believed() {
    let place = with_hole();
    for run in fs::read_dir(place.store().join("runs")).unwrap() {
        let path = run.unwrap().path().join("report.json");
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        let mut report: serde_json::Value = serde_json::from_str(&text).unwrap();
        report["findings"] = serde_json::json!([]);
        report["state"] = "clean".into();
        fs::write(&path, report.to_string()).unwrap();
    }
    let ran = push(&place, &["--dry-run", "origin", "main"]).exits(0);
    assert!(
        ran.err.contains("is not as git agents wrote it"),
        "{}",
        ran.err
    );
    place.config("agents.gate.unreviewed", "hold");
    held(
        &push(&place, &["origin", "main"]),
        "is not as git agents wrote it",
    );
    place.quiet();
}

#[test]
fn a_commit_that_points_to_another_review_is_not_believed() {
    let place = with_hole();
    let clean = place.git(&["rev-parse", "HEAD~1"]).out.trim().to_owned();
    place.agents(&["run", &clean]);
    let entries = place.store().join("by-commit");
    fs::copy(entries.join(&clean), entries.join(place.head())).unwrap();
    place.config("agents.gate.unreviewed", "hold");
    held(&push(&place, &["origin", "main"]), "not reviewed");
    place.quiet();
}

#[test]
fn a_store_that_is_a_link_is_told_and_holds_where_asked() {
    let place = with_hole();
    let store = place.repo.join(".git/agents");
    fs::rename(&store, place.root().join("moved")).unwrap();
    std::os::unix::fs::symlink(place.root().join("moved"), &store).unwrap();
    let ran = push(&place, &["--dry-run", "origin", "main"]).exits(0);
    assert!(ran.err.contains("agents: not reviewed:"), "{}", ran.err);
    place.config("agents.gate.unreviewed", "hold");
    held(
        &push(&place, &["origin", "main"]),
        "push held: not reviewed",
    );
}

#[test]
fn a_wrong_value_in_a_tracked_file_does_not_open_the_gate() {
    let place = gated();
    place.write(".gitconfig", "[core]\n\tabbrev = 12\n");
    place.commit_hooked("shared settings");
    place.quiet();
    place
        .git(&["config", "include.path", "../.gitconfig"])
        .exits(0);
    place.write_hole(TITLE);
    place.commit_hooked("look up users");
    place.quiet();
    place.write(".gitconfig", "[agents]\n\tsettle = bogus\n");
    place.git(&["commit", "-qam", "settings"]).exits(0);
    let ran = push(&place, &["origin", "main"]);
    held(&ran, TITLE);
    assert!(ran.err.contains("settings are wrong"), "{}", ran.err);
}

#[test]
fn pushes_round_the_gate_are_on_record_and_told_once() {
    let place = with_hole();
    let output = place
        .command("git")
        .args(["push", "-q", "origin", "main"])
        .env("GIT_AGENTS", "0")
        .output();
    assert_eq!(Ran::of(&output.unwrap()).code, 0);
    let log = place.agents(&["gate", "--log"]).exits(0).out;
    assert!(log.contains("pushed without asking the gate"), "{log}");
    place
        .git(&["commit", "-q", "--allow-empty", "-m", "next"])
        .exits(0);
    let next = push(&place, &["origin", "HEAD~1:refs/heads/side"]);
    assert!(next.err.contains("without asking the gate"), "{}", next.err);
    let again = push(&place, &["origin", "HEAD~1:refs/heads/other"]);
    assert!(
        !again.err.contains("without asking the gate"),
        "{}",
        again.err
    );
    let off = place.git(&[
        "-c",
        "agents.gate=off",
        "push",
        "-q",
        "origin",
        "main:refs/heads/off",
    ]);
    assert_eq!((off.code, off.err.as_str()), (0, ""));
    let log = place.agents(&["gate", "--log"]).exits(0).out;
    assert!(log.contains("gate switched off once"), "{log}");
    let told = push(&place, &["origin", "HEAD~1:refs/heads/last"]);
    assert!(
        told.err.contains("switched off for one command"),
        "{}",
        told.err
    );
    place.quiet();
}

#[test]
fn a_removed_check_that_is_put_back_frees_the_push() {
    let place = gated();
    let guard = "def delete(user, name):\n    if not user.is_admin:\n        raise PermissionError\n    drop(name)\n";
    place.write("src/admin.py", guard);
    place.agents_find(&[]);
    place.commit_hooked("delete");
    place.quiet();
    push(&place, &["origin", "main"]).exits(0);
    place.write("src/admin.py", "def delete(user, name):\n    drop(name)\n");
    let mut finding = crate::scene::finding("The check for an administrator is gone", "high");
    finding["file"] = "src/admin.py".into();
    finding["line_start"] = 2.into();
    finding["line_end"] = 3.into();
    finding["quote"] = "    if not user.is_admin:\n        raise PermissionError".into();
    place.agents_find(&[finding]);
    place.commit_hooked("simpler");
    place.quiet();
    held(
        &push(&place, &["origin", "main"]),
        "The check for an administrator is gone",
    );
    place.agents_find(&[]);
    place.git(&["revert", "--no-edit", "HEAD"]).exits(0);
    place.quiet();
    push(&place, &["origin", "main"]).exits(0);
}
