//! Hooks that stand in the configuration, and the scripts themselves.

use super::*;

/// Hooks from the configuration, against a git that reads them if it is here,
/// else through hooks that read the same configuration.
#[test]
fn hooks_from_the_configuration_run() {
    let Some(sandbox) = sealed() else { return };
    let real = git_version() >= (2, 54, 0);
    println!(
        "config-based hooks run by {}",
        if real { "git itself" } else { "a stand-in" }
    );
    let top = sandbox.repository("it's here");
    remote(&sandbox, &top);
    script(&top.join(".git/hooks/pre-push"), THEIRS);
    let before = picture(&top.join(".git"));
    let repo = Repo::discover(&top).unwrap();
    assert_eq!(
        install::install(Some(&repo), &sandbox.options((2, 54, 0)))
            .unwrap()
            .route,
        Route::Config
    );
    let git = sandbox.path("stand-in");
    script(&git, include_str!("../hook_support/git-with-config-hooks"));
    let git = if real { "git" } else { git.to_str().unwrap() };
    run(&top, &[git, "commit", "-q", "--allow-empty", "-m", "x"]);
    assert_eq!(sandbox.calls(), ["post-commit|"]);
    run(
        &top,
        &[git, "commit", "-q", "--amend", "--allow-empty", "-m", "y"],
    );
    let calls = sandbox.calls();
    assert!(
        calls.len() == 2 && calls[1].starts_with("post-rewrite amend|") && calls[1].len() > 90,
        "{calls:?}"
    );
    run(&top, &[git, "push", "-q", "origin", "main"]);
    let calls = sandbox.calls();
    assert!(
        calls[0].starts_with("pre-push origin ../remote|refs/heads/main "),
        "{calls:?}"
    );
    assert!(
        calls.len() == 2 && calls[1].starts_with("theirs origin ../remote|refs/heads/main "),
        "{calls:?}"
    );
    let held = attempt(
        &top,
        &[
            "env",
            "FAKE_EXIT=1",
            git,
            "push",
            "-q",
            "origin",
            "main:second",
        ],
    );
    assert!(!held.status.success());
    run(
        &top,
        &[
            "env",
            "FAKE_EXIT=2",
            git,
            "push",
            "-q",
            "origin",
            "main:second",
        ],
    );
    sandbox.calls();
    run(&top, &[git, "checkout", "-q", "-b", "x"]);
    assert_eq!(sandbox.calls(), [""; 0]);
    wait_for_telling(&top.join(".git"));
    run(&top, &[git, "checkout", "-q", "-b", "y"]);
    assert_eq!(sandbox.events().last().unwrap(), "post-checkout");
    // the store goes away, with the shims
    fs::rename(top.join(".git/agents-hooks"), sandbox.path("gone")).unwrap();
    let silent = attempt(&top, &[git, "push", "-q", "origin", "main:third"]);
    assert!(
        silent.status.success() && both(&silent).is_empty(),
        "{}",
        both(&silent)
    );
    fs::rename(sandbox.path("gone"), top.join(".git/agents-hooks")).unwrap();
    fs::remove_file(top.join(".git/agents-hooks/hooks/pre-push")).unwrap();
    let silent = attempt(&top, &[git, "push", "-q", "origin", "main:fourth"]);
    assert!(
        silent.status.success() && both(&silent).is_empty(),
        "{}",
        both(&silent)
    );
    fs::remove_dir_all(top.join(".git/agents")).unwrap();
    install::uninstall(Some(&repo), &sandbox.options((2, 54, 0))).unwrap();
    let mut after = picture(&top.join(".git"));
    after.remove("HEAD");
    let mut before = before;
    before.remove("HEAD");
    same(&after, &before, "uninstalled");
}

#[test]
fn hooks_for_all_repositories() {
    let Some(sandbox) = sealed() else { return };
    let global = |version| install::InstallOptions {
        global: true,
        ..sandbox.options(version)
    };
    let config = sandbox.path("home/.gitconfig");
    let text = fs::read(&config).unwrap();
    let refused = install::install(None, &global((2, 47, 3))).unwrap();
    assert_eq!((refused.route, refused.by_hand.len()), (Route::ByHand, 1));
    assert_eq!(fs::read(&config).unwrap(), text);
    assert_eq!(
        install::install(None, &global((2, 54, 0))).unwrap().route,
        Route::Config
    );
    let top = sandbox.repository("r");
    assert!(
        run(&top, &["git", "config", "hook.agents-post-commit.command"]).contains("_hook")
            || run(&top, &["git", "config", "hook.agents-post-commit.event"]) == "post-commit\n"
    );
    let seen = status(&sandbox, &top, (2, 54, 0));
    assert!(
        seen.global && seen.is_healthy() && seen.route.is_none(),
        "{seen:?}"
    );
    install::uninstall(None, &global((2, 54, 0))).unwrap();
    assert_eq!(fs::read(&config).unwrap(), text);
    assert!(!sandbox.path("home/.config/git-agents").exists());
    // without a configuration before, none is left
    fs::remove_file(&config).unwrap();
    install::install(None, &global((2, 54, 0))).unwrap();
    install::install(None, &global((2, 54, 0))).unwrap();
    assert!(config.exists());
    install::uninstall(None, &global((2, 54, 0))).unwrap();
    assert!(!config.exists());
    // a link into somebody's dotfiles is not followed
    fs::write(sandbox.path("dotfile"), &text).unwrap();
    std::os::unix::fs::symlink(sandbox.path("dotfile"), &config).unwrap();
    let refused = install::install(None, &global((2, 54, 0))).unwrap();
    assert_eq!((refused.route, refused.by_hand.len()), (Route::ByHand, 2));
    assert_eq!(fs::read(sandbox.path("dotfile")).unwrap(), text);
    let lines: Vec<_> = refused
        .by_hand
        .iter()
        .map(|line| line.split_once(": ").unwrap().1)
        .collect();
    fs::write(
        sandbox.path("dotfile"),
        [text, format!("{}\n", lines.join("\n")).into_bytes()].concat(),
    )
    .unwrap();
    assert_eq!(
        run(&top, &["git", "config", "hook.agents-post-commit.event"]),
        "post-commit\n"
    );
}

#[test]
fn the_scripts_are_clean() {
    let hooks = Path::new(env!("CARGO_MANIFEST_DIR")).join("hooks");
    let mut names: Vec<_> = fs::read_dir(&hooks)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    // These are for a shell of their own; other tests hold them.
    names.retain(|name| !name.starts_with("shell-init.") && !name.starts_with("completions."));
    assert!(names.len() >= 5);
    for name in &names {
        run(&hooks, &["sh", "-n", name]);
    }
    if attempt(&hooks, &["sh", "-c", "command -v shellcheck"])
        .status
        .success()
    {
        let mut words = vec!["shellcheck"];
        words.extend(names.iter().map(String::as_str));
        run(&hooks, &words);
    } else {
        println!("shellcheck is not here: only `sh -n` ran");
    }
}
