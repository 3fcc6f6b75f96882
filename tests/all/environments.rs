//! Repositories and environments that are set up in unusual ways.

use std::fs;

use crate::support::{Ran, Sandbox};

fn write_hole(place: &Sandbox) {
    place.write(
        "src/db.py",
        "def f(cur, name):\n    cur.execute(\"select * from t where n = %s\" % name)\n",
    );
}

#[test]
fn a_temporary_directory_that_is_not_there_costs_nothing() {
    let place = Sandbox::with_commit();
    place.write_hole("Name is pasted into SQL");
    place.commit("look up users");
    let output = place
        .command("git")
        .args(["agents", "run", "--agents", "security"])
        .env("TMPDIR", "/nonexistent")
        .output();
    let ran = Ran::of(&output.unwrap()).exits(1);
    assert!(!ran.out.contains("NOT REVIEWED"), "{}", ran.out);
}

#[test]
fn a_message_is_shown_in_the_encoding_that_its_commit_names() {
    let place = Sandbox::with_commit();
    place.config("i18n.commitEncoding", "ISO-8859-1");
    write_hole(&place);
    place.git(&["add", "-A"]).exits(0);
    fs::write(place.root().join("message"), b"Gr\xfc\xdfe und T\xf6ne\n").unwrap();
    place.git(&["commit", "-q", "-F", "../message"]).exits(0);
    let ran = place.agents(&["run", "--backend", "offline"]).exits(1);
    assert!(ran.out.contains("\"Grüße und Töne\""), "{}", ran.out);
}

#[test]
fn dotfiles_with_a_work_tree_elsewhere_are_reviewed() {
    let place = Sandbox::bare_place();
    let home = place.root().join("dotfiles");
    fs::create_dir(&home).unwrap();
    let git = |words: &[&str]| {
        let output = place
            .command("git")
            .current_dir(&home)
            .args(["--git-dir=../store.git", "--work-tree=."])
            .args(words)
            .output();
        Ran::of(&output.unwrap())
    };
    let made = place
        .command("git")
        .current_dir(place.root())
        .args(["init", "-q", "--bare", "store.git"])
        .output();
    assert!(made.unwrap().status.success());
    git(&["config", "status.showUntrackedFiles", "no"]).exits(0);
    let hole = "def f(cur, name):\n    cur.execute(\"select * from t where n = %s\" % name)\n";
    fs::write(home.join("db.py"), "x = 1\n").unwrap();
    fs::write(home.join("private.txt"), "never tracked\n").unwrap();
    git(&["add", "db.py"]).exits(0);
    git(&["commit", "-q", "-m", "start"]).exits(0);
    fs::write(home.join("db.py"), hole).unwrap();
    let ran = git(&["agents", "run", "--backend", "offline"]).exits(1);
    assert!(ran.out.contains("uncommitted work"), "{}", ran.out);
    assert!(ran.out.contains("1/1 file read"), "{}", ran.out);
}
