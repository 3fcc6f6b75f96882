//! Real hook managers next to ours: in either order, installed again, removed.
//!
//! With `GIT_AGENTS_TEST_MANAGERS=1` they are installed at pinned versions below
//! `target/tmp` from their registries; without it those on the search path are
//! tested. Each test says what ran.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "a test says what it could run")]

#[expect(dead_code, reason = "each test file uses a part")]
mod hook_support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use git_agents::testing::Repo;
use git_agents::testing::install::{self, Event, EventState, Manager, Route};
use hook_support::{Sandbox, attempt, both, picture, run, same, script, sealed_with};

const NPM: [&str; 2] = ["husky@9.1.7", "lefthook@2.2.2"];
const PIP: [&str; 2] = ["pre-commit==4.7.0", "prek==0.5.11"];

/// Installs the pinned managers once, if asked to; where they are.
fn managers() -> Vec<PathBuf> {
    static PLACES: OnceLock<Vec<PathBuf>> = OnceLock::new();
    let install = || {
        if std::env::var_os("GIT_AGENTS_TEST_MANAGERS").is_none_or(|value| value != "1") {
            return Vec::new();
        }
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!(
            "managers-{}-{}",
            NPM.join("-"),
            PIP.join("-")
        ));
        let done = place.join("done");
        if !done.exists() {
            let _ = fs::remove_dir_all(&place);
            fs::create_dir_all(&place).unwrap();
            let npm = [
                "npm",
                "install",
                "--ignore-scripts",
                "--silent",
                "--no-audit",
                "--no-fund",
                "--prefix",
                ".",
            ];
            must(&place, &[&npm[..], &NPM].concat());
            must(&place, &["python3", "-m", "venv", "venv"]);
            must(
                &place,
                &[
                    &[
                        "venv/bin/pip",
                        "--quiet",
                        "--disable-pip-version-check",
                        "install",
                    ][..],
                    &PIP,
                ]
                .concat(),
            );
            fs::write(&done, "").unwrap();
        }
        // the npm package of lefthook is a program of node's around the real one
        vec![place.join("node_modules/.bin"), place.join("venv/bin")]
    };
    PLACES.get_or_init(install).clone()
}

fn must(directory: &Path, words: &[&str]) {
    let status = Command::new(words[0])
        .args(&words[1..])
        .current_dir(directory)
        .status()
        .unwrap();
    assert!(status.success(), "{words:?}");
}

/// Whether the program is here; says so.
fn here(sandbox: &Sandbox, program: &str, ask: &[&str]) -> bool {
    let (name, args) = ask.split_first().unwrap();
    let output = Command::new(name)
        .args(args)
        .current_dir(sandbox.path(""))
        .output();
    let answer = output.ok().filter(|output| output.status.success());
    println!(
        "{program}: {}",
        answer
            .as_ref()
            .map_or("not here, not tested".to_owned(), |o| both(o)
                .trim()
                .to_owned())
    );
    answer.is_some()
}

fn project(sandbox: &Sandbox, name: &str, files: &[(&str, &str)]) -> PathBuf {
    let top = sandbox.repository(name);
    run(
        &sandbox.path(""),
        &["git", "init", "-q", "--bare", &format!("{name}.remote")],
    );
    run(
        &top,
        &[
            "git",
            "remote",
            "add",
            "origin",
            &format!("../{name}.remote"),
        ],
    );
    for (file, text) in files {
        script(&top.join(file), text);
    }
    run(&top, &["git", "add", "-f", "."]);
    run(
        &top,
        &["git", "commit", "-q", "--allow-empty", "-m", "project"],
    );
    sandbox.calls();
    top
}

/// Commits and pushes; each must run theirs once and ours once, with the same lines.
fn both_run(sandbox: &Sandbox, top: &Path, when: &str) {
    run(top, &["git", "commit", "-q", "--allow-empty", "-m", when]);
    let mut events = sandbox.events();
    events.sort();
    assert_eq!(events, ["post-commit", "theirs-post-commit"], "{when}");
    run(top, &["git", "push", "-q", "origin", "HEAD"]);
    let calls = sandbox.calls();
    let ours: Vec<_> = calls
        .iter()
        .filter(|c| c.starts_with("pre-push origin "))
        .collect();
    let theirs = calls
        .iter()
        .filter(|c| c.starts_with("theirs-pre-push"))
        .count();
    assert!(ours.len() == 1 && theirs == 1, "{when}: {calls:?}");
    assert!(
        ours[0].contains("|HEAD ") || ours[0].contains("|refs/heads/main "),
        "{when}: {calls:?}"
    );
    run(
        top,
        &[
            "git",
            "commit",
            "-q",
            "--amend",
            "--allow-empty",
            "-m",
            when,
        ],
    );
    let calls = sandbox.calls();
    assert_eq!(
        calls
            .iter()
            .filter(|c| c.starts_with("post-rewrite amend|"))
            .count(),
        1,
        "{when}: {calls:?}"
    );
    let held = attempt(
        top,
        &[
            "env",
            "FAKE_EXIT=1",
            "git",
            "push",
            "-q",
            "-f",
            "origin",
            "HEAD",
        ],
    );
    assert!(!held.status.success(), "{when}: a held push is held");
    run(top, &["git", "push", "-q", "-f", "origin", "HEAD"]);
    sandbox.calls();
    let tracked = run(top, &["git", "status", "--short"]);
    assert_eq!(
        tracked, "",
        "{when}: tracked files are as they were, and nothing of ours shows"
    );
}

/// After ours is out: theirs runs, ours does not.
fn theirs_run(sandbox: &Sandbox, top: &Path, when: &str) {
    run(top, &["git", "commit", "-q", "--allow-empty", "-m", when]);
    assert_eq!(sandbox.events(), ["theirs-post-commit"], "{when}");
}

fn healthy(sandbox: &Sandbox, top: &Path, when: &str) {
    let seen =
        install::status(&Repo::discover(top).unwrap(), &sandbox.options((2, 47, 0))).unwrap();
    assert!(seen.is_healthy(), "{when}: {seen:?}");
}

#[test]
fn husky() {
    let Some(sandbox) = sealed_with(managers) else {
        return;
    };
    if !here(&sandbox, "husky", &["sh", "-c", "command -v husky"]) {
        return;
    }
    let files = [
        (
            "package.json",
            "{\"devDependencies\": {\"husky\": \"9\"}}\n",
        ),
        (
            ".husky/post-commit",
            "echo theirs-post-commit >>\"$FAKE_LOG\"\n",
        ),
        (".husky/pre-push", "echo theirs-pre-push >>\"$FAKE_LOG\"\n"),
    ];
    let top = project(&sandbox, "husky-first", &files);
    run(&top, &["husky"]);
    let before = picture(&top.join(".git"));
    let report = sandbox.install(&top);
    assert_eq!(
        (report.route, report.manager),
        (Route::Dispatcher, Some(Manager::Husky))
    );
    both_run(&sandbox, &top, "husky first");
    run(&top, &["husky"]);
    both_run(&sandbox, &top, "husky again");
    healthy(&sandbox, &top, "husky again");
    sandbox.uninstall(&top);
    same(&picture(&top.join(".git")), &before, "uninstalled");
    theirs_run(&sandbox, &top, "ours out");

    // a fresh clone, before `npm install` has run husky
    let top = project(&sandbox, "ours-first", &files);
    assert_eq!(sandbox.install(&top).route, Route::Dispatcher);
    run(&top, &["git", "commit", "-q", "--allow-empty", "-m", "x"]);
    assert_eq!(sandbox.events(), ["post-commit"]);
    run(&top, &["husky"]);
    both_run(&sandbox, &top, "ours first");
    sandbox.install(&top);
    both_run(&sandbox, &top, "ours again");
    // husky is given up
    run(
        &top,
        &["git", "config", "--local", "--unset", "core.hooksPath"],
    );
    fs::remove_dir_all(top.join(".husky/_")).unwrap();
    run(&top, &["git", "commit", "-q", "--allow-empty", "-m", "x"]);
    assert_eq!(sandbox.events(), ["post-commit"]);
}

fn pre_commit_like(program: &str, manager: Manager) {
    let Some(sandbox) = sealed_with(managers) else {
        return;
    };
    if !here(&sandbox, program, &[program, "--version"]) {
        return;
    }
    let hook = |stage: &str| {
        format!(
            "      - id: {stage}\n        name: {stage}\n        language: system\n        always_run: true\n        \
             pass_filenames: false\n        stages: [{stage}]\n        \
             entry: sh -c 'echo theirs-{stage} >>\"$FAKE_LOG\"'\n"
        )
    };
    let config = format!(
        "repos:\n  - repo: local\n    hooks:\n{}{}",
        hook("post-commit"),
        hook("pre-push")
    );
    let files = [(".pre-commit-config.yaml", config.as_str())];
    let theirs = [program, "install", "-t", "post-commit", "-t", "pre-push"];

    let top = project(&sandbox, "theirs-first", &files);
    run(&top, &theirs);
    let before = picture(&top.join(".git"));
    assert_eq!(sandbox.install(&top).route, Route::Files);
    assert!(install::detect_manager(&Repo::discover(&top).unwrap()).contains(&manager));
    both_run(&sandbox, &top, "theirs first");
    run(&top, &theirs);
    both_run(&sandbox, &top, "theirs again");
    sandbox.install(&top);
    both_run(&sandbox, &top, "ours again");
    healthy(&sandbox, &top, "ours again");
    sandbox.uninstall(&top);
    same(&picture(&top.join(".git")), &before, "uninstalled");
    theirs_run(&sandbox, &top, "ours out");

    let top = project(&sandbox, "ours-first", &files);
    let mine = "#!/bin/sh\necho mine-post-commit >>\"$FAKE_LOG\"\n";
    script(&top.join(".git/hooks/post-commit"), mine);
    sandbox.install(&top);
    run(&top, &theirs);
    for when in ["theirs second", "ours again"] {
        run(&top, &["git", "commit", "-q", "--allow-empty", "-m", "x"]);
        let mut events = sandbox.events();
        events.sort();
        assert_eq!(
            events,
            ["mine-post-commit", "post-commit", "theirs-post-commit"],
            "{when}"
        );
        healthy(&sandbox, &top, when);
        sandbox.install(&top);
    }
    // theirs goes: ours comes back to its place
    run(
        &top,
        &[program, "uninstall", "-t", "post-commit", "-t", "pre-push"],
    );
    run(&top, &["git", "commit", "-q", "--allow-empty", "-m", "x"]);
    assert_eq!(sandbox.events(), ["mine-post-commit", "post-commit"]);
    sandbox.uninstall(&top);
    assert_eq!(
        fs::read_to_string(top.join(".git/hooks/post-commit")).unwrap(),
        mine
    );
    // ours goes from below theirs
    sandbox.install(&top);
    run(&top, &theirs);
    sandbox.uninstall(&top);
    run(&top, &["git", "commit", "-q", "--allow-empty", "-m", "x"]);
    assert_eq!(sandbox.events(), ["mine-post-commit", "theirs-post-commit"]);
}

#[test]
fn pre_commit() {
    pre_commit_like("pre-commit", Manager::PreCommit);
}

#[test]
fn prek() {
    pre_commit_like("prek", Manager::Prek);
}

#[expect(
    clippy::too_many_lines,
    reason = "one scene, from installation to removal"
)]
#[test]
fn lefthook() {
    let Some(sandbox) = sealed_with(managers) else {
        return;
    };
    if !here(&sandbox, "lefthook", &["lefthook", "version"]) {
        return;
    }
    let config = "post-commit:\n  commands:\n    a:\n      run: echo theirs-post-commit >>\"$FAKE_LOG\"\n\
                  pre-push:\n  commands:\n    a:\n      run: echo theirs-pre-push >>\"$FAKE_LOG\"\n";
    let files = [("lefthook.yml", config)];
    let top = project(&sandbox, "theirs-first", &files);
    run(&top, &["lefthook", "install"]);
    let before = picture(&top.join(".git"));
    let report = sandbox.install(&top);
    assert_eq!(
        (report.route, report.manager, report.by_hand.len()),
        (Route::Files, Some(Manager::Lefthook), 0)
    );
    both_run(&sandbox, &top, "theirs first");
    run(&top, &["lefthook", "install"]);
    both_run(&sandbox, &top, "theirs again");
    run(&top, &["lefthook", "install", "--force"]);
    both_run(&sandbox, &top, "theirs by force");
    healthy(&sandbox, &top, "theirs by force");
    sandbox.uninstall(&top);
    let mut after = picture(&top.join(".git"));
    let mut before = before;
    for shown in [&mut after, &mut before] {
        // when lefthook last looked at its configuration, and what it asked of git-lfs
        shown.retain(|name, _| {
            name != "info/lefthook.checksum" && name != "lfs" && !name.starts_with("lfs/")
        });
    }
    same(&after, &before, "uninstalled");
    assert!(!top.join("lefthook-local.yml").exists());
    theirs_run(&sandbox, &top, "ours out");

    let top = project(&sandbox, "ours-first", &files);
    sandbox.install(&top);
    run(&top, &["lefthook", "install"]);
    both_run(&sandbox, &top, "ours first");
    assert!(!install::displaced(&top.join(".git")));
    run(&top, &["lefthook", "uninstall"]);
    sandbox.uninstall(&top);
    run(&top, &["git", "commit", "-q", "--allow-empty", "-m", "x"]);
    assert_eq!(sandbox.events(), [""; 0]);

    // lefthook learns an event for which ours stood there alone
    let top = project(&sandbox, "learns", &files);
    sandbox.install(&top);
    run(&top, &["lefthook", "install"]);
    let more = format!(
        "{config}post-checkout:\n  commands:\n    a:\n      run: echo theirs-checkout >>\"$FAKE_LOG\"\n"
    );
    fs::write(top.join("lefthook.yml"), more).unwrap();
    run(&top, &["git", "commit", "-q", "-am", "more"]);
    run(&top, &["lefthook", "install", "--force"]);
    assert!(
        install::displaced(&top.join(".git")),
        "ours was moved aside"
    );
    sandbox.install(&top);
    healthy(&sandbox, &top, "put back");
    sandbox.calls();
    // ours starts nothing while nothing waits
    fs::create_dir_all(top.join(".git/agents/v1")).unwrap();
    fs::write(top.join(".git/agents/v1/waiting"), "").unwrap();
    run(&top, &["git", "switch", "-q", "-c", "x"]);
    let events = sandbox.events();
    let times = |name: &str| events.iter().filter(|event| *event == name).count();
    assert_eq!(
        (times("post-checkout"), times("theirs-checkout")),
        (1, 1),
        "{events:?}"
    );
    run(&top, &["git", "switch", "-q", "main"]);
    sandbox.calls();

    // a URL is data, whatever lefthook makes of it
    let top = project(&sandbox, "hostile", &files);
    run(&top, &["lefthook", "install"]);
    sandbox.install(&top);
    let name = "it's $(touch PWNED) `touch PWNED`;x";
    run(&sandbox.path(""), &["git", "init", "-q", "--bare", name]);
    run(&top, &["git", "push", "-q", &format!("../{name}"), "main"]);
    let calls = sandbox.calls();
    assert!(
        calls
            .iter()
            .any(|c| c.starts_with(&format!("pre-push ../{name} ../{name}|"))),
        "{calls:?}"
    );
    assert!(!top.join("PWNED").exists());

    // somebody's own local file is not touched
    let top = project(&sandbox, "taken", &files);
    fs::write(top.join("lefthook-local.yml"), "colors: false\n").unwrap();
    run(&top, &["lefthook", "install"]);
    let report = sandbox.install(&top);
    assert!(
        !report.events.contains(&Event::PrePush) && report.events.contains(&Event::PostRewrite)
    );
    let lines: Vec<_> = report
        .by_hand
        .iter()
        .map(|line| line.split_once(": ").unwrap().1)
        .collect();
    assert_eq!(
        fs::read_to_string(top.join("lefthook-local.yml")).unwrap(),
        "colors: false\n"
    );
    fs::write(
        top.join("lefthook-local.yml"),
        format!("colors: false\n{}\n", lines.join("\n")),
    )
    .unwrap();
    fs::write(top.join(".git/info/exclude"), "lefthook-local.yml\n").unwrap();
    both_run(&sandbox, &top, "added by hand");
    healthy(&sandbox, &top, "added by hand");
}

#[test]
fn git_lfs() {
    let Some(sandbox) = sealed_with(managers) else {
        return;
    };
    if !here(&sandbox, "git-lfs", &["git", "lfs", "version"]) {
        return;
    }
    run(
        &sandbox.path("home"),
        &["git", "lfs", "install", "--skip-repo"],
    );
    let uploaded = |name: &str| {
        let objects = sandbox.path(&format!("{name}.remote/lfs/objects"));
        objects.exists() && run(&objects, &["find", ".", "-type", "f"]).lines().count() == 1
    };
    let push = |name: &str, top: &Path| {
        let remote = format!(
            "file://{}",
            sandbox.path(&format!("{name}.remote")).display()
        );
        run(top, &["git", "remote", "set-url", "origin", &remote]);
        fs::write(
            top.join(".gitattributes"),
            "*.bin filter=lfs diff=lfs merge=lfs -text\n",
        )
        .unwrap();
        fs::write(top.join("a.bin"), "large\n").unwrap();
        run(top, &["git", "add", "."]);
        run(top, &["git", "commit", "-qm", "large"]);
        assert_eq!(sandbox.events(), ["post-commit"]);
        let held = attempt(
            top,
            &["env", "FAKE_EXIT=1", "git", "push", "-q", "origin", "main"],
        );
        assert!(!held.status.success() && !uploaded(name));
        run(top, &["git", "push", "-q", "origin", "main"]);
        assert!(uploaded(name), "the object is with the remote");
        assert_eq!(sandbox.events(), ["pre-push", "pre-push"]);
    };
    let top = project(&sandbox, "theirs-first", &[]);
    run(&top, &["git", "lfs", "install"]);
    let before = picture(&top.join(".git"));
    let report = sandbox.install(&top);
    assert_eq!(
        (report.route, report.manager, report.chained.len()),
        (Route::Files, Some(Manager::GitLfs), 4)
    );
    push("theirs-first", &top);
    sandbox.uninstall(&top);
    let mut after = picture(&top.join(".git"));
    after.retain(|name, _| name != "lfs" && !name.starts_with("lfs/"));
    let mut before = before;
    before.retain(|name, _| name != "lfs" && !name.starts_with("lfs/"));
    let config = |shown: &std::collections::BTreeMap<String, String>| {
        shown["config"].split("\n[lfs]").next().unwrap().to_owned()
    };
    let url = |text: String| {
        text.lines()
            .filter(|l| !l.contains("url = "))
            .map(|l| l.to_owned() + "\n")
            .collect::<String>()
    };
    assert_eq!(
        url(config(&after)).trim_end(),
        url(config(&before)).trim_end()
    );
    after.remove("config");
    before.remove("config");
    same(&after, &before, "uninstalled");

    // git-lfs refuses where a hook stands; its part is done all the same
    let top = project(&sandbox, "ours-first", &[]);
    sandbox.install(&top);
    let refused = attempt(&top, &["git", "lfs", "install"]);
    println!("`git lfs install` after ours: {}", refused.status);
    push("ours-first", &top);
    // by force it writes over ours; installing again heals that
    run(&top, &["git", "lfs", "install", "--force"]);
    assert!(install::displaced(&top.join(".git")));
    let seen =
        install::status(&Repo::discover(&top).unwrap(), &sandbox.options((2, 47, 0))).unwrap();
    assert!(matches!(seen.events[0].state, EventState::Displaced { .. }));
    sandbox.install(&top);
    healthy(&sandbox, &top, "git-lfs by force");
}
