//! Hooks that were there: they go on, and an uninstall leaves them as they were.

use super::*;

#[test]
fn hooks_that_were_there_run_with_their_input_and_their_exit_code() {
    let Some(sandbox) = sealed() else { return };
    let top = sandbox.repository("r");
    remote(&sandbox, &top);
    for event in Event::ALL {
        script(&top.join(".git/hooks").join(event.name()), THEIRS);
    }
    let before = picture(&top.join(".git"));
    let report = sandbox.install(&top);
    assert_eq!(report.chained.len(), 7);
    commit(&top);
    assert_eq!(sandbox.calls(), ["theirs |", "post-commit|"]);
    run(
        &top,
        &[
            "git",
            "commit",
            "-q",
            "--amend",
            "--allow-empty",
            "-m",
            "again",
        ],
    );
    let calls = sandbox.calls();
    let inputs: Vec<_> = calls
        .iter()
        .filter(|c| c.contains("amend|"))
        .map(|c| c.split('|').nth(1).unwrap())
        .collect();
    assert!(
        inputs.len() == 2 && inputs[0] == inputs[1] && inputs[0].len() > 80,
        "{calls:?}"
    );
    run(
        &top,
        &[
            "git",
            "push",
            "-q",
            "origin",
            "main",
            "HEAD:refs/heads/second",
        ],
    );
    let calls = sandbox.calls();
    let inputs: Vec<_> = calls.iter().map(|c| c.split('|').nth(1).unwrap()).collect();
    assert!(
        inputs.len() == 2 && inputs[0] == inputs[1] && inputs[0].matches(';').count() == 2,
        "{calls:?}"
    );
    let held = attempt(
        &top,
        &[
            "env",
            "FAKE_EXIT=1",
            "git",
            "push",
            "-q",
            "origin",
            "HEAD:refs/heads/third",
        ],
    );
    assert!(!held.status.success());
    assert_eq!(
        sandbox.calls().len(),
        1,
        "a held push does not come to their hook"
    );
    script(
        &top.join(".git/hooks/pre-push.before-agents"),
        "#!/bin/sh\necho refused by theirs >&2\nexit 7\n",
    );
    let refused = attempt(
        &top,
        &["git", "push", "-q", "origin", "HEAD:refs/heads/third"],
    );
    assert!(!refused.status.success() && both(&refused).contains("refused by theirs"));
    script(
        &top.join(".git/hooks/post-checkout.before-agents"),
        "#!/bin/sh\nexit 3\n",
    );
    wait_for_telling(&top.join(".git"));
    assert_eq!(
        attempt(&top, &["git", "checkout", "-q", "-b", "x"])
            .status
            .code(),
        Some(1),
        "git's code for a hook that failed"
    );
    run(&top, &["git", "symbolic-ref", "HEAD", "refs/heads/main"]);
    script(&top.join(".git/hooks/pre-push.before-agents"), THEIRS);
    script(&top.join(".git/hooks/post-checkout.before-agents"), THEIRS);
    fs::remove_dir_all(top.join(".git/agents")).unwrap();
    sandbox.uninstall(&top);
    same(&picture(&top.join(".git")), &before, "uninstalled");
}

#[test]
fn a_hook_that_does_not_read_its_input_is_no_error() {
    let Some(sandbox) = sealed() else { return };
    let top = sandbox.repository("r");
    remote(&sandbox, &top);
    script(
        &top.join(".git/hooks/pre-push"),
        "#!/bin/sh\nexec <&-\nexit 0\n",
    );
    sandbox.install(&top);
    for branch in 0..400 {
        fs::write(
            top.join(format!(".git/refs/heads/branch-with-a-long-name-{branch}")),
            run(&top, &["cat", ".git/refs/heads/main"]),
        )
        .unwrap();
    }
    script(&sandbox.fake(), "#!/bin/sh\nexit 0\n");
    let output = attempt(
        &top,
        &["sh", "-c", "trap '' PIPE; exec git push -q --all origin"],
    );
    assert!(
        output.status.success() && both(&output).is_empty(),
        "{}",
        both(&output)
    );
}

#[test]
fn uninstall_leaves_what_was_there_to_the_byte() {
    let Some(sandbox) = sealed() else { return };
    type Layout = fn(&Path);
    let layouts: [(&str, Layout); 9] = [
        ("plain", |_| {}),
        ("foreign", |top| {
            script(&top.join(".git/hooks/post-commit"), "echo no shebang");
        }),
        ("not-executable", |top| {
            fs::write(top.join(".git/hooks/pre-push"), THEIRS).unwrap();
        }),
        ("link", |top| {
            script(
                &top.join(".git/hooks/all"),
                "#!/bin/sh\necho $(basename $0)\n",
            );
            std::os::unix::fs::symlink("all", top.join(".git/hooks/post-merge")).unwrap();
        }),
        ("no-directory", |top| {
            fs::remove_dir_all(top.join(".git/hooks")).unwrap();
        }),
        ("no-line-feed", |top| {
            let path = top.join(".git/config");
            let text = fs::read_to_string(&path).unwrap();
            fs::write(path, format!("; mine\n{text}\tx = y # end")).unwrap();
        }),
        ("carriage-returns", |top| {
            let path = top.join(".git/config");
            let text = fs::read_to_string(&path).unwrap().replace('\n', "\r\n");
            fs::write(path, text).unwrap();
        }),
        ("hooks-path", |top| {
            script(&top.join(".githooks/post-commit"), THEIRS);
            run(top, &["git", "config", "core.hooksPath", ".githooks"]);
        }),
        ("include", |top| {
            run(top, &["git", "config", "include.path", "other"]);
            run(top, &["git", "config", "includeIf.gitdir:/.path", "other"]);
        }),
    ];
    for (name, layout) in layouts {
        for version in [(2, 47, 0), (2, 54, 0)] {
            let top = sandbox.repository(&format!("{name}-{}", version.1));
            layout(&top);
            let before = picture(&top);
            let repo = Repo::discover(&top).unwrap();
            let report = install::install(Some(&repo), &sandbox.options(version)).unwrap();
            assert_ne!(report.route, Route::ByHand, "{name}");
            let installed = picture(&top);
            assert_ne!(installed, before, "{name}");
            let again = install::install(Some(&repo), &sandbox.options(version)).unwrap();
            assert_eq!(again, report, "{name}");
            same(
                &picture(&top),
                &installed,
                &format!("{name}: installed again"),
            );
            run(&top, &["git", "config", "--list"]);
            install::uninstall(Some(&repo), &sandbox.options(version)).unwrap();
            same(&picture(&top), &before, name);
            let second = install::uninstall(Some(&repo), &sandbox.options(version)).unwrap();
            assert_eq!(second.routes, Vec::new(), "{name}");
            same(&picture(&top), &before, name);
        }
    }
}

#[test]
fn another_hooks_path_goes_on_in_every_work_tree() {
    let Some(sandbox) = sealed() else { return };
    let top = sandbox.repository("r");
    remote(&sandbox, &top);
    for name in ["pre-commit", "post-commit", "pre-push"] {
        script(
            &top.join(".githooks").join(name),
            &format!("#!/bin/sh\n. \"${{0%/*}}/common\"\nsay {name}\n"),
        );
    }
    fs::write(
        top.join(".githooks/common"),
        "say() { echo \"theirs $1|\" >>\"$FAKE_LOG\"; }\n",
    )
    .unwrap();
    run(&top, &["git", "add", "."]);
    run(&top, &["git", "commit", "-qm", "hooks"]);
    run(&top, &["git", "config", "core.hooksPath", ".githooks"]);
    let report = sandbox.install(&top);
    assert_eq!(report.route, Route::Dispatcher);
    assert!(status(&sandbox, &top, (2, 47, 0)).is_healthy());
    let both_run = ["theirs pre-commit|", "theirs post-commit|", "post-commit|"];
    commit(&top);
    assert_eq!(sandbox.calls(), both_run);
    fs::create_dir(top.join("sub")).unwrap();
    commit(&top.join("sub"));
    assert_eq!(sandbox.calls(), both_run);
    run(&top, &["git", "worktree", "add", "-q", "../w"]);
    sandbox.calls();
    commit(&sandbox.path("w"));
    assert_eq!(sandbox.calls(), both_run);
    // added later
    script(
        &top.join(".githooks/commit-msg"),
        "#!/bin/sh\necho 'theirs commit-msg|' >>\"$FAKE_LOG\"\n",
    );
    commit(&top);
    assert_eq!(
        sandbox.events(),
        ["theirs", "theirs", "theirs", "post-commit"]
    );
    fs::remove_file(top.join(".githooks/commit-msg")).unwrap();
    // the setting is written again, in place or anew
    run(&top, &["git", "config", "core.hooksPath", ".githooks"]);
    commit(&top);
    assert_eq!(sandbox.calls(), both_run);
    assert_eq!(
        run(&top, &["git", "status", "--short"]),
        "",
        "tracked files are as they were"
    );
    // our directory is removed: git goes on as before us
    fs::remove_dir_all(top.join(".git/agents-hooks")).unwrap();
    commit(&top);
    assert_eq!(sandbox.calls(), both_run[..2]);
}

#[test]
fn a_global_hooks_path_goes_on() {
    let Some(sandbox) = sealed() else { return };
    script(&sandbox.path("home/my hooks/post-commit"), THEIRS);
    let top = sandbox.repository("r");
    run(
        &top,
        &["git", "config", "--global", "core.hooksPath", "~/my hooks"],
    );
    let before = picture(&top.join(".git"));
    assert_eq!(sandbox.install(&top).route, Route::Dispatcher);
    commit(&top);
    assert_eq!(sandbox.calls(), ["theirs |", "post-commit|"]);
    sandbox.uninstall(&top);
    same(&picture(&top.join(".git")), &before, "uninstalled");
    commit(&top);
    assert_eq!(sandbox.calls(), ["theirs |"]);
}

#[test]
fn a_hook_that_needs_its_name_keeps_it() {
    let Some(sandbox) = sealed() else { return };
    let top = sandbox.repository("r");
    let multi = "#!/bin/sh\necho \"theirs ${0##*/}|\" >>\"$FAKE_LOG\"\n";
    script(&top.join(".git/hooks/post-commit"), multi);
    assert_eq!(sandbox.install(&top).route, Route::Dispatcher);
    commit(&top);
    assert_eq!(sandbox.calls(), ["theirs post-commit|", "post-commit|"]);
}
