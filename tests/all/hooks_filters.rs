//! On which branches and for which paths reviews start by themselves, and what
//! is said of the rest.

use serde_json::Value;

use crate::scene::finding;
use crate::support::Sandbox;

const TITLE: &str = "Name is pasted into SQL";

/// Commits a file of its own and waits until nothing is in work.
fn commit(place: &Sandbox, path: &str) -> String {
    place.write(path, format!("{path}\n"));
    let id = place.commit_hooked(path);
    place.quiet();
    id
}

/// What `status` says of the newest run.
fn newest(place: &Sandbox) -> (String, String) {
    let ran = place.agents(&["status", "--json"]).exits(0);
    let row: Value = serde_json::from_str(ran.out.lines().next().unwrap()).unwrap();
    (
        row["phase"].as_str().unwrap().to_owned(),
        row["result"].as_str().unwrap().to_owned(),
    )
}

#[test]
fn other_branches_start_nothing_and_status_says_why() {
    let place = Sandbox::hooked();
    place.config("agents.auto.branches", "main release/ !release/old");
    place.git(&["switch", "-q", "-c", "topic"]).exits(0);
    let id = commit(&place, "a.py");
    let why = "branch `topic` is outside `agents.auto.branches`";
    assert_eq!(newest(&place), ("skipped".to_owned(), why.to_owned()));
    let ran = place.agents(&["report", &id]).exits(3);
    assert!(ran.err.contains(why), "{}", ran.err);
    place.git(&["switch", "-q", "-c", "release/old"]).exits(0);
    commit(&place, "b.py");
    place.git(&["switch", "-q", "--detach"]).exits(0);
    commit(&place, "c.py");
    assert_eq!(
        newest(&place).1,
        "a detached HEAD is outside `agents.auto.branches`"
    );
    assert_eq!((place.starts(), place.ready()), (0, 0));
    // what a person asks for is reviewed, and so is what comes to a branch that fits
    place.git(&["switch", "-q", "-C", "release/1/x"]).exits(0);
    commit(&place, "d.py");
    assert_eq!(
        (place.reviewed(), place.starts()),
        (vec!["start..d.py".to_owned()], 1)
    );
    place.git(&["switch", "-q", "topic"]).exits(0);
    let other = commit(&place, "e.py");
    place.agents(&["run", &other]).exits(0);
    assert_eq!(place.starts(), 2);
}

#[test]
fn a_rebase_belongs_to_the_branch_that_it_ends_on() {
    for backend in ["--merge", "--apply"] {
        let place = Sandbox::hooked();
        place.config("agents.auto.branches", "topic");
        place.git(&["switch", "-q", "-c", "topic"]).exits(0);
        place.config("agents.auto", "never");
        commit(&place, "a.py");
        place.git(&["switch", "-q", "main"]).exits(0);
        commit(&place, "b.py");
        place.config("agents.auto", "commit");
        place.git(&["switch", "-q", "topic"]).exits(0);
        place.git(&["rebase", "-q", backend, "main"]).exits(0);
        place.quiet();
        assert_eq!(
            place.reviewed(),
            ["start..a.py"],
            "{backend} {:?}",
            newest(&place)
        );
    }
}

#[test]
fn commits_that_touch_no_wanted_path_start_nothing() {
    let place = Sandbox::hooked();
    place.config("agents.auto.paths", "src/ *.sql !src/gen/");
    commit(&place, "docs/a.py");
    assert_eq!(
        newest(&place),
        (
            "skipped".into(),
            "every changed file is outside `agents.auto.paths`".into()
        )
    );
    commit(&place, "src/gen/a.py");
    assert_eq!(place.starts(), 0);
    commit(&place, "deep/down/a.sql");
    commit(&place, "src/a.py");
    assert_eq!(place.reviewed(), ["deep/down/a.sql", "src/a.py"]);
}

#[test]
fn a_push_names_what_the_filters_left_out_and_starts_nothing() {
    let place = Sandbox::hooked();
    place.git(&["init", "-q", "--bare", "../remote"]).exits(0);
    place.config("agents.auto.paths", "src/");
    place.config("agents.gate", "high");
    commit(&place, "docs/a.py");
    let docs = commit(&place, "docs/b.py");
    let ran = place.git(&["push", "../remote", "main"]).exits(0);
    let said = "agents: not reviewed: 3 commits (";
    let why = "every changed file is outside `agents.auto.paths`";
    assert!(
        ran.err.contains(said) && ran.err.contains(&docs[..7]) && ran.err.contains(why),
        "{}",
        ran.err
    );
    place.quiet();
    assert_eq!((place.starts(), place.reviewed().len()), (0, 0));
    // not looked at is not clean
    place.config("agents.gate.unreviewed", "hold");
    let held = place.git(&["push", "-f", "../remote", "main:refs/heads/other"]);
    assert!(held.code != 0 && held.err.contains(why), "{}", held.err);
    place.config("agents.gate.unreviewed", "pass");
    place.config("agents.auto.branches", "main");
    place.agents_find(&[finding(TITLE, "high")]);
    place.git(&["switch", "-q", "-c", "topic"]).exits(0);
    place.write_hole(TITLE);
    place.commit_hooked("hole");
    place.quiet();
    let ran = place.git(&["push", "../remote", "topic"]).exits(0);
    assert!(
        ran.err
            .contains("branch `topic` is outside `agents.auto.branches`"),
        "{}",
        ran.err
    );
    assert_eq!(place.starts(), 0);
    let held = place.git(&["push", "../remote", "topic:refs/heads/x", "topic:main"]);
    assert!(
        held.err.contains("branch `topic`") && held.code == 0,
        "{}",
        held.err
    );
}

#[test]
fn the_repository_may_narrow_further() {
    let place = Sandbox::hooked();
    place.write(
        ".gitagents.toml",
        "paths = [\"src/\"]\nbranches = [\"main\"]\n",
    );
    place.config("agents.auto", "never");
    place.commit_hooked("policy");
    commit(&place, "other.py");
    place.config("agents.auto", "commit");
    commit(&place, "docs/a.py");
    assert_eq!(
        newest(&place).1,
        "every changed file is outside `paths` in .gitagents.toml"
    );
    place.git(&["switch", "-q", "-c", "topic"]).exits(0);
    commit(&place, "src/a.py");
    assert_eq!(
        newest(&place).1,
        "branch `topic` is outside `branches` in .gitagents.toml"
    );
    assert_eq!(place.starts(), 0);
}
