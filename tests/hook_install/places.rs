//! Where hooks are put, where they are not, and what is said of what is found there.

use super::*;

/// git dies on an included file that it must not read, and hooks that it must
/// not read do not run: other users of the repository need both.
#[test]
fn others_may_read_what_git_reads() {
    let Some(sandbox) = sealed() else { return };
    let top = sandbox.repository("r");
    fs::set_permissions(top.join(".git"), fs::Permissions::from_mode(0o755)).unwrap();
    run(&top, &["git", "config", "core.hooksPath", "x"]);
    sandbox.install(&top);
    for (name, shown) in picture(&top.join(".git/agents-hooks")) {
        assert!(
            shown.starts_with(if name == "hooks.config" {
                "100644"
            } else if name == "hooks" {
                "40755"
            } else {
                "100755"
            }),
            "{name} {shown}"
        );
    }
    assert_eq!(
        fs::metadata(top.join(".git/agents-hooks"))
            .unwrap()
            .permissions()
            .mode()
            & 0o777,
        0o755
    );
}

#[test]
fn a_repository_may_move() {
    let Some(sandbox) = sealed() else { return };
    let top = sandbox.repository("old");
    script(&top.join(".githooks/post-commit"), THEIRS);
    run(&top, &["git", "config", "core.hooksPath", ".githooks"]);
    sandbox.install(&top);
    let top = sandbox.path("new");
    fs::rename(sandbox.path("old"), &top).unwrap();
    commit(&top);
    assert_eq!(sandbox.calls(), ["theirs |"], "theirs goes on");
    assert_eq!(status(&sandbox, &top, (2, 47, 0)).route, None);
    sandbox.install(&top);
    commit(&top);
    assert_eq!(sandbox.calls(), ["theirs |", "post-commit|"]);
    sandbox.uninstall(&top);
    assert!(
        !fs::read_to_string(top.join(".git/config"))
            .unwrap()
            .contains("agents")
    );
}

#[test]
fn directories_we_do_not_write_to() {
    let Some(sandbox) = sealed() else { return };
    let linked = sandbox.repository("linked");
    fs::rename(linked.join(".git/hooks"), linked.join("tracked-hooks")).unwrap();
    script(&linked.join("tracked-hooks/post-commit"), THEIRS);
    std::os::unix::fs::symlink("../tracked-hooks", linked.join(".git/hooks")).unwrap();
    let read_only = sandbox.repository("read-only");
    script(&read_only.join(".git/hooks/post-commit"), THEIRS);
    fs::set_permissions(
        read_only.join(".git/hooks"),
        fs::Permissions::from_mode(0o555),
    )
    .unwrap();
    let file = sandbox.repository("file");
    fs::remove_dir_all(file.join(".git/hooks")).unwrap();
    fs::write(file.join(".git/hooks"), "").unwrap();
    for (top, calls) in [
        (&linked, vec!["theirs |", "post-commit|"]),
        (&read_only, vec!["theirs |", "post-commit|"]),
        (&file, vec!["post-commit|"]),
    ] {
        let before = picture(top);
        assert_eq!(sandbox.install(top).route, Route::Dispatcher);
        commit(top);
        assert_eq!(sandbox.calls(), calls, "{}", top.display());
        sandbox.uninstall(top);
        same(&picture(top), &before, &top.display().to_string());
    }
    fs::set_permissions(
        read_only.join(".git/hooks"),
        fs::Permissions::from_mode(0o755),
    )
    .unwrap();
}

#[test]
fn refused_with_lines_to_add_by_hand() {
    let Some(sandbox) = sealed() else { return };
    let top = sandbox.repository("linked-config");
    fs::rename(top.join(".git/config"), top.join("tracked-config")).unwrap();
    std::os::unix::fs::symlink("../tracked-config", top.join(".git/config")).unwrap();
    run(&top, &["git", "config", "core.hooksPath", "hooks dir"]);
    let before = picture(&top);
    let report = sandbox.install(&top);
    assert_eq!(
        (report.route, report.events.len(), report.by_hand.len()),
        (Route::ByHand, 0, 7)
    );
    assert_eq!(picture(&top), before);
    // the lines do what they say
    remote(&sandbox, &top);
    for line in &report.by_hand {
        let (file, text) = line.split_once(": ").unwrap();
        script(&top.join(file), &format!("#!/bin/sh\n{text}\n"));
    }
    commit(&top);
    assert_eq!(sandbox.events(), ["post-commit"]);
    assert!(
        !attempt(
            &top,
            &["env", "FAKE_EXIT=1", "git", "push", "-q", "origin", "main"]
        )
        .status
        .success()
    );
    assert!(
        attempt(
            &top,
            &[
                "env",
                "FAKE_EXIT=101",
                "git",
                "push",
                "-q",
                "origin",
                "main"
            ]
        )
        .status
        .success()
    );

    let top = sandbox.repository("per-worktree");
    run(
        &top,
        &["git", "config", "extensions.worktreeConfig", "true"],
    );
    run(
        &top,
        &["git", "config", "--worktree", "core.hooksPath", "mine"],
    );
    assert_eq!(sandbox.install(&top).route, Route::ByHand);
}

#[test]
fn a_locked_configuration_is_left_alone() {
    let Some(sandbox) = sealed() else { return };
    let top = sandbox.repository("r");
    fs::write(top.join(".git/config.lock"), "").unwrap();
    let repo = Repo::discover(&top).unwrap();
    let result = install::install(Some(&repo), &sandbox.options((2, 54, 0)));
    assert!(
        matches!(result, Err(HookError::FileLock { .. })),
        "{result:?}"
    );
    fs::remove_file(top.join(".git/config.lock")).unwrap();
    assert_eq!(
        install::install(Some(&repo), &sandbox.options((2, 54, 0)))
            .unwrap()
            .route,
        Route::Config
    );
}

#[test]
fn unusual_repositories() {
    let Some(sandbox) = sealed() else { return };
    let top = sandbox.repository("r");
    // linked work trees share the hooks, and what waits
    sandbox.install(&top);
    wait_for_telling(&top.join(".git"));
    run(&top, &["git", "worktree", "add", "-q", "../linked"]);
    assert!(sandbox.events().contains(&"post-checkout".into()));
    commit(&sandbox.path("linked"));
    assert!(sandbox.events().contains(&"post-commit".into()));
    // a submodule has hooks of its own
    let outer = sandbox.repository("outer");
    run(
        &outer,
        &[
            "git",
            "-c",
            "protocol.file.allow=always",
            "submodule",
            "--quiet",
            "add",
            "../r",
            "sub",
        ],
    );
    sandbox.calls();
    sandbox.install(&outer.join("sub"));
    commit(&outer.join("sub"));
    assert_eq!(sandbox.events(), ["post-commit"]);
    wait_for_telling(&outer.join(".git/modules/sub"));
    fs::write(outer.join("sub/a"), "changed").unwrap();
    run(&outer.join("sub"), &["git", "add", "a"]);
    assert_eq!(sandbox.events(), ["post-index-change"]);
    commit(&outer);
    assert_eq!(
        sandbox.events(),
        [""; 0],
        "the superproject is not installed"
    );
    // a bare repository pushes
    run(
        &sandbox.path(""),
        &["git", "clone", "-q", "--bare", "r", "bare"],
    );
    run(
        &sandbox.path(""),
        &["git", "init", "-q", "--bare", "target"],
    );
    sandbox.install(&sandbox.path("bare"));
    run(
        &sandbox.path("bare"),
        &["git", "push", "-q", "../target", "main"],
    );
    assert_eq!(sandbox.events(), ["pre-push"]);
    // the git directory elsewhere
    run(
        &sandbox.path(""),
        &[
            "git",
            "clone",
            "-q",
            "--separate-git-dir",
            "apart.git",
            "r",
            "apart",
        ],
    );
    sandbox.calls();
    sandbox.install(&sandbox.path("apart"));
    wait_for_telling(&sandbox.path("apart.git"));
    run(
        &sandbox.path("apart"),
        &["git", "checkout", "-q", "-b", "x"],
    );
    assert_eq!(sandbox.events().last().unwrap(), "post-checkout");
    // hooks from a template are kept
    script(&sandbox.path("template/hooks/post-commit"), THEIRS);
    run(
        &sandbox.path(""),
        &[
            "git",
            "config",
            "--global",
            "init.templateDir",
            sandbox.path("template").to_str().unwrap(),
        ],
    );
    let top = sandbox.path("templated");
    run(&sandbox.path(""), &["git", "init", "-q", "templated"]);
    assert_eq!(sandbox.install(&top).chained.len(), 1);
    run(&top, &["git", "init", "-q"]);
    commit(&top);
    assert_eq!(sandbox.calls(), ["theirs |", "post-commit|"]);
}

#[test]
fn an_older_form_is_brought_up_to_date() {
    let Some(sandbox) = sealed() else { return };
    let top = sandbox.repository("r");
    script(
        &top.join(".git/hooks/post-commit"),
        "#!/bin/sh\n# git-agents shim 0\nexit 9\n",
    );
    let report = sandbox.install(&top);
    assert!(report.chained.is_empty());
    commit(&top);
    assert_eq!(sandbox.events(), ["post-commit"]);
    // git was upgraded: hooks move to the configuration
    let repo = Repo::discover(&top).unwrap();
    assert_eq!(
        install::install(Some(&repo), &sandbox.options((2, 54, 0)))
            .unwrap()
            .route,
        Route::Config
    );
    assert!(!top.join(".git/hooks/post-commit").exists());
    assert!(status(&sandbox, &top, (2, 54, 0)).is_healthy());
    let old = status(&sandbox, &top, (2, 47, 0));
    assert!(
        old.events
            .iter()
            .all(|e| matches!(e.state, EventState::Shadowed { .. })),
        "{old:?}"
    );
    // and back
    assert_eq!(sandbox.install(&top).route, Route::Files);
    assert_eq!(
        run(&top, &["sh", "-c", "git config --get-regexp '^hook' || :"]),
        ""
    );
    commit(&top);
    assert_eq!(sandbox.events(), ["post-commit"]);
}

#[test]
fn what_hides_our_hooks_is_named() {
    let Some(sandbox) = sealed() else { return };
    let top = sandbox.repository("r");
    assert_eq!(status(&sandbox, &top, (2, 47, 0)).route, None);
    sandbox.install(&top);
    assert!(status(&sandbox, &top, (2, 47, 0)).is_healthy());
    assert!(!install::displaced(&top.join(".git")));
    run(&top, &["git", "config", "core.hooksPath", ".husky/_"]);
    let hidden = status(&sandbox, &top, (2, 47, 0));
    let by = "core.hooksPath = .husky/_ (local)".to_owned();
    assert_eq!(hidden.events[0].state, EventState::Shadowed { by });
    run(&top, &["git", "config", "--unset", "core.hooksPath"]);
    script(&top.join(".git/hooks/post-commit"), THEIRS);
    assert!(matches!(
        status(&sandbox, &top, (2, 47, 0)).events[0].state,
        EventState::Displaced { .. }
    ));
    assert!(install::displaced(&top.join(".git")));
    sandbox.install(&top);
    assert!(!install::displaced(&top.join(".git")));
    commit(&top);
    assert_eq!(sandbox.calls(), ["theirs |", "post-commit|"]);
}
