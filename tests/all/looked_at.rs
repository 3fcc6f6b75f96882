//! A report says what was looked at: nothing to review is not clean, and what
//! git does not show is not read.

use crate::scene;
use crate::support::{Ran, Sandbox};

/// What `run` says in its first lines, whose exit code must be this one.
fn told(place: &Sandbox, args: &[&str], code: i32) -> String {
    place.agents(&[&["run"], args].concat()).exits(code).out
}

#[test]
fn a_merge_that_decided_nothing_is_not_called_clean() {
    let place = Sandbox::with_commit();
    place.git(&["switch", "-q", "-c", "side"]).exits(0);
    place.write("side.py", "x = 1\n");
    place.commit("side");
    place.git(&["switch", "-q", "main"]).exits(0);
    place.write("main.py", "y = 1\n");
    place.commit("main");
    place.git(&["merge", "-q", "-m", "merge", "side"]).exits(0);
    let out = told(&place, &[], 0);
    assert!(
        out.contains("nothing to review: the merge itself decided nothing"),
        "{out}"
    );
    assert!(!out.contains("clean"), "{out}");
    let report = place.agents(&["run", "--format", "json"]).exits(0).json();
    assert_eq!(report["coverage"]["nothing"], "merge");
}

#[test]
fn nothing_staged_nothing_changed_and_an_empty_commit_are_nothing_to_review() {
    let place = scene::injected();
    let staged = told(&place, &["--staged"], 0);
    assert!(
        staged.contains("nothing to review: nothing is staged"),
        "{staged}"
    );
    let work = told(&place, &["--worktree"], 0);
    assert!(
        work.contains("nothing to review: nothing is changed"),
        "{work}"
    );
    let range = told(&place, &["HEAD..HEAD"], 0);
    assert!(range.contains("nothing to review: both ends"), "{range}");
    place
        .git(&["commit", "-q", "--allow-empty", "-m", "empty"])
        .exits(0);
    let empty = told(&place, &[], 0);
    assert!(
        empty.contains("nothing to review: the commit changes no file"),
        "{empty}"
    );
}

#[test]
fn untracked_files_do_not_take_the_place_of_head() {
    let place = scene::injected();
    place.write("scratch.txt", "notes\n");
    let ran = place.agents(&["run"]).exits(1);
    assert!(ran.out.contains("look up users by name"), "{}", ran.out);
    assert!(
        ran.err
            .contains("not looked at: 1 untracked file (scratch.txt)"),
        "{}",
        ran.err
    );
    let work = told(&place, &["--worktree"], 0);
    assert!(work.contains("uncommitted work"), "{work}");
}

/// The prompt of the work tree, with these variables.
fn prompt(place: &Sandbox, variables: &[(&str, &str)]) -> String {
    let mut command = place.command(crate::support::program());
    command.args(["prompt", "--worktree", "--agent", "security"]);
    command.envs(variables.iter().copied());
    let ran = Ran::of(&command.output().unwrap());
    assert!(ran.out.contains("x = 1"), "{}{}", ran.out, ran.err);
    ran.out
}

#[test]
fn what_git_ignores_by_any_setting_is_not_read() {
    let place = Sandbox::with_commit();
    place.write("a.py", "x = 1\n");
    place.write("notes.txt", "PRIVATE words\n");
    assert!(prompt(&place, &[]).contains("PRIVATE"));
    let ignore = place.root().join("ignore");
    std::fs::write(&ignore, "notes.txt\n").unwrap();
    let file = ignore.display().to_string();
    let one_command = [
        ("GIT_CONFIG_COUNT", "1"),
        ("GIT_CONFIG_KEY_0", "core.excludesFile"),
        ("GIT_CONFIG_VALUE_0", file.as_str()),
    ];
    assert!(!prompt(&place, &one_command).contains("PRIVATE"));
    let parameters = format!("'core.excludesfile={file}'");
    let by_option = [("GIT_CONFIG_PARAMETERS", parameters.as_str())];
    assert!(!prompt(&place, &by_option).contains("PRIVATE"));
    let included = place.root().join("included");
    std::fs::write(&included, format!("[core]\n\texcludesFile = {file}\n")).unwrap();
    let key = "includeIf.hasconfig:remote.*.url:https://example.org/**.path";
    place
        .git(&["config", "--global", key, &included.display().to_string()])
        .exits(0);
    place
        .git(&["remote", "add", "o", "https://example.org/a"])
        .exits(0);
    assert!(!prompt(&place, &[]).contains("PRIVATE"));
}

#[test]
fn plain_text_behind_a_filter_does_not_leave() {
    let place = Sandbox::with_commit();
    place
        .git(&["config", "filter.crypt.clean", "tr a-z n-za-m"])
        .exits(0);
    place.write(".gitattributes", "keys/** filter=crypt\n");
    place.write("keys/db.txt", "alpha\n");
    place.commit("keys");
    place.write("a.py", "x = 1\n");
    place.write("keys/db.txt", "alpha\nthe launch word is swordfish\n");
    place.write("keys/new.txt", "the next word is barracuda\n");
    let text = prompt(&place, &[]);
    assert!(
        !text.contains("swordfish") && !text.contains("barracuda"),
        "{text}"
    );
    let report = place
        .agents(&["run", "--worktree", "--format", "json"])
        .exits(3)
        .json();
    assert_eq!(report["coverage"]["skipped"].as_array().unwrap().len(), 2);
}

#[test]
fn why_says_that_nobody_read_a_line() {
    let place = scene::injected();
    place.agents(&["run"]).exits(1);
    let read = place.agents(&["why", "src/db.py:2"]).exits(0);
    assert!(
        read.out.contains("src/db.py") || read.out.contains(":2 "),
        "{}",
        read.out
    );
    let beyond = place.agents(&["why", "src/db.py:9999"]).exits(3);
    assert!(
        beyond.out.contains("line not read: the file has ")
            && beyond.err.contains("no review has read line 9999"),
        "{}{}",
        beyond.out,
        beyond.err
    );
    let lines: String = (0..40).map(|n| format!("a{n} = {n}\n")).collect();
    place.write("long.py", &lines);
    place.commit("long");
    place.write("long.py", lines.replace("a30 = 30", "a30 = 31"));
    place.commit("one line");
    place.agents(&["run"]).exits(0);
    place.agents(&["why", "long.py:31"]).exits(0);
    let far = place.agents(&["why", "long.py:3"]).exits(3);
    assert!(
        far.out.contains("the change does not touch it"),
        "{}",
        far.out
    );
}
