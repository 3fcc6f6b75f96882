//! Hooks in real repositories: what reaches us, what goes on working, and what
//! an uninstall leaves.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "a test says what it could run")]

mod hook_support;

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use git_agents::git::Repo;
use git_agents::hook::install::{self, BinaryState, Event, EventState, HookError, HookStatus, Route};
use hook_support::{Sandbox, attempt, both, git_version, picture, run, same, script, sealed};

/// Writes down that it ran, with its arguments and standard input.
const THEIRS: &str = "#!/bin/sh\nprintf 'theirs %s|%s\\n' \"$*\" \"$(tr '\\n' ';')\" >>\"$FAKE_LOG\"\n";

fn commit(top: &Path) {
    run(top, &["git", "commit", "-q", "--allow-empty", "-m", "next"]);
}

fn status(sandbox: &Sandbox, top: &Path, version: (u32, u32, u32)) -> HookStatus {
    install::status(&Repo::discover(top).unwrap(), &sandbox.options(version)).unwrap()
}

fn remote(sandbox: &Sandbox, top: &Path) {
    run(&sandbox.path(""), &["git", "init", "-q", "--bare", "remote"]);
    run(top, &["git", "remote", "add", "origin", "../remote"]);
}

fn wait_for_telling(git_dir: &Path) {
    fs::create_dir_all(git_dir.join("agents/v1")).unwrap();
    fs::write(git_dir.join("agents/v1/waiting"), "").unwrap();
    // where it rests, whoever sets the mark puts it back
    let _ = fs::rename(git_dir.join("hooks/post-index-change.resting"), git_dir.join("hooks/post-index-change"));
}

#[test]
fn every_event_reaches_us() {
    let Some(sandbox) = sealed() else { return };
    let top = sandbox.repository("r");
    remote(&sandbox, &top);
    let report = sandbox.install(&top);
    assert_eq!((report.route, report.events.len()), (Route::Files, 7));
    commit(&top);
    assert_eq!(sandbox.calls(), ["post-commit|"]);
    run(&top, &["git", "commit", "-q", "--amend", "--allow-empty", "-m", "again"]);
    let calls = sandbox.calls();
    assert_eq!(calls[0], "post-commit|");
    assert!(calls[1].starts_with("post-rewrite amend|") && calls[1].ends_with(';'), "{calls:?}");
    run(&top, &["git", "switch", "-qc", "side", "HEAD~1"]);
    assert_eq!(sandbox.calls(), [""; 0], "nothing waits to be told");
    wait_for_telling(&top.join(".git"));
    run(&top, &["git", "switch", "-q", "main"]);
    let events = sandbox.events();
    assert!(events.contains(&"post-checkout".into()), "{events:?}");
    fs::write(top.join("a"), "2\n").unwrap();
    run(&top, &["git", "add", "a"]);
    assert_eq!(sandbox.calls(), ["post-index-change 0 0|"]);
    fs::remove_file(top.join(".git/agents/v1/waiting")).unwrap();
    run(&top, &["git", "commit", "-qm", "two"]);
    run(&top, &["git", "format-patch", "-q", "-1", "-o", ".."]);
    run(&top, &["git", "switch", "-q", "side"]);
    sandbox.calls();
    run(&top, &["git", "am", "-q", "../0001-two.patch"]);
    assert_eq!(sandbox.events(), ["post-applypatch"]);
    run(&top, &["git", "merge", "-q", "main"]);
    assert_eq!(sandbox.calls(), ["post-merge 0|"]);
    run(&top, &["git", "push", "-q", "origin", "main"]);
    let calls = sandbox.calls();
    assert!(calls[0].starts_with("pre-push origin ../remote|refs/heads/main "), "{calls:?}");
    assert_eq!(calls.len(), 1);
}

#[test]
fn a_held_push_and_our_faults() {
    let Some(sandbox) = sealed() else { return };
    let top = sandbox.repository("r");
    remote(&sandbox, &top);
    sandbox.install(&top);
    for (code, passes) in [(0, true), (1, false), (2, true), (3, true), (101, true), (127, true), (130, true)] {
        let branch = format!("HEAD:refs/heads/b{code}");
        let word = format!("FAKE_EXIT={code}");
        let output = attempt(&top, &["env", &word, "git", "push", "-q", "origin", &branch]);
        assert_eq!(output.status.success(), passes, "exit code {code}: {}", both(&output));
        let output = attempt(&top, &["env", &word, "git", "checkout", "-q", "-B", "x"]);
        assert!(output.status.success(), "exit code {code}: {}", both(&output));
    }
}

#[test]
fn what_we_say_comes_out_on_the_error_stream_of_git() {
    let Some(sandbox) = sealed() else { return };
    for chained in [false, true] {
        let top = sandbox.repository(if chained { "over" } else { "alone" });
        run(&sandbox.path(""), &["git", "init", "-q", "--bare", "-b", "main", "remote"]);
        for event in Event::ALL {
            if chained {
                script(&top.join(".git/hooks").join(event.name()), THEIRS);
            }
        }
        sandbox.install(&top);
        wait_for_telling(&top.join(".git"));
        let commands: [(&[&str], usize); 4] = [
            (&["git", "commit", "-q", "--allow-empty", "-m", "next"], 1),
            (&["git", "commit", "-q", "--amend", "--allow-empty", "-m", "next"], 2),
            (&["git", "checkout", "-q", "-B", "other"], 1),
            (&["git", "push", "-q", "--porcelain", "-f", "../remote", "main"], 1),
        ];
        for (words, times) in commands {
            let output = attempt(&top, &[&["env", "FAKE_SAY=told"][..], words].concat());
            let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert!(!out.contains("told"), "{words:?}: {out}");
            assert!(err.lines().all(|line| line == "told") && err.lines().count() >= times, "{words:?}: {err}");
        }
    }
}

#[test]
fn git_is_silent_when_the_program_is_missing_or_broken() {
    let Some(sandbox) = sealed() else { return };
    let top = sandbox.repository("r");
    remote(&sandbox, &top);
    sandbox.install(&top);
    wait_for_telling(&top.join(".git"));
    let everyday = |what: &str| {
        let commands: [&[&str]; 5] = [
            &["git", "commit", "-q", "--allow-empty", "-m", "next"],
            &["git", "commit", "-q", "--amend", "--allow-empty", "-m", "next"],
            &["git", "checkout", "-q", "-B", "other"],
            &["git", "checkout", "-q", "main"],
            &["git", "push", "-q", "-f", "origin", "main"],
        ];
        for words in commands {
            let output = attempt(&top, words);
            assert!(output.status.success() && both(&output).is_empty(), "{what}, {words:?}: {}", both(&output));
        }
    };
    fs::remove_file(sandbox.fake()).unwrap();
    everyday("removed");
    fs::write(sandbox.fake(), "#!/bin/sh\nexit 0\n").unwrap();
    everyday("not executable");
    script(&sandbox.fake(), "");
    everyday("empty");
    script(&sandbox.fake(), "#!/no/such/interpreter\n");
    everyday("no interpreter");
    script(&sandbox.fake(), "\u{7f}ELF\u{2}\u{1}\u{1}\0\0");
    everyday("another machine's");
    script(&sandbox.fake(), "#!/bin/sh\necho 'cannot load libgone.so' >&2\nexit 127\n");
    everyday("a library is gone");
    script(&sandbox.fake(), "#!/bin/sh\nkill -SEGV $$\n");
    let output = attempt(&top, &["git", "push", "-q", "-f", "origin", "HEAD~0:refs/heads/crash"]);
    assert!(output.status.success() && both(&output).is_empty(), "{}", both(&output));
    fs::remove_file(sandbox.fake()).unwrap();
    std::os::unix::fs::symlink("nowhere", sandbox.fake()).unwrap();
    everyday("a dangling link");
    assert!(matches!(status(&sandbox, &top, (2, 47, 0)).binary, BinaryState::Missing(_)));
}

#[test]
fn agents_found_on_the_search_path_when_moved() {
    let Some(sandbox) = sealed() else { return };
    let top = sandbox.repository("r");
    sandbox.install(&top);
    fs::create_dir(sandbox.path("elsewhere")).unwrap();
    fs::rename(sandbox.fake(), sandbox.path("elsewhere/git-agents")).unwrap();
    let path = format!("PATH={}:{}", sandbox.path("elsewhere").display(), std::env::var("PATH").unwrap());
    run(&top, &["env", &path, "git", "commit", "-q", "--allow-empty", "-m", "x"]);
    assert_eq!(sandbox.events(), ["post-commit"]);
}

#[test]
fn one_command_without_agents() {
    let Some(sandbox) = sealed() else { return };
    let top = sandbox.repository("r");
    for name in ["post-commit", "pre-push"] {
        script(&top.join(".git/hooks").join(name), THEIRS);
    }
    remote(&sandbox, &top);
    sandbox.install(&top);
    run(&top, &["env", "GIT_AGENTS=0", "git", "commit", "-q", "--allow-empty", "-m", "x"]);
    assert_eq!(sandbox.calls(), ["theirs |"]);
    run(&top, &["env", "GIT_AGENTS=0", "git", "push", "-q", "origin", "main"]);
    let calls = sandbox.calls();
    assert!(calls.len() == 1 && calls[0].starts_with("theirs origin ../remote|refs/heads/main"), "{calls:?}");
}

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
    run(&top, &["git", "commit", "-q", "--amend", "--allow-empty", "-m", "again"]);
    let calls = sandbox.calls();
    let inputs: Vec<_> = calls.iter().filter(|c| c.contains("amend|")).map(|c| c.split('|').nth(1).unwrap()).collect();
    assert!(inputs.len() == 2 && inputs[0] == inputs[1] && inputs[0].len() > 80, "{calls:?}");
    run(&top, &["git", "push", "-q", "origin", "main", "HEAD:refs/heads/second"]);
    let calls = sandbox.calls();
    let inputs: Vec<_> = calls.iter().map(|c| c.split('|').nth(1).unwrap()).collect();
    assert!(inputs.len() == 2 && inputs[0] == inputs[1] && inputs[0].matches(';').count() == 2, "{calls:?}");
    let held = attempt(&top, &["env", "FAKE_EXIT=1", "git", "push", "-q", "origin", "HEAD:refs/heads/third"]);
    assert!(!held.status.success());
    assert_eq!(sandbox.calls().len(), 1, "a held push does not come to their hook");
    script(&top.join(".git/hooks/pre-push.before-agents"), "#!/bin/sh\necho refused by theirs >&2\nexit 7\n");
    let refused = attempt(&top, &["git", "push", "-q", "origin", "HEAD:refs/heads/third"]);
    assert!(!refused.status.success() && both(&refused).contains("refused by theirs"));
    script(&top.join(".git/hooks/post-checkout.before-agents"), "#!/bin/sh\nexit 3\n");
    wait_for_telling(&top.join(".git"));
    assert_eq!(
        attempt(&top, &["git", "checkout", "-q", "-b", "x"]).status.code(),
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
    script(&top.join(".git/hooks/pre-push"), "#!/bin/sh\nexec <&-\nexit 0\n");
    sandbox.install(&top);
    for branch in 0..400 {
        fs::write(
            top.join(format!(".git/refs/heads/branch-with-a-long-name-{branch}")),
            run(&top, &["cat", ".git/refs/heads/main"]),
        )
        .unwrap();
    }
    script(&sandbox.fake(), "#!/bin/sh\nexit 0\n");
    let output = attempt(&top, &["sh", "-c", "trap '' PIPE; exec git push -q --all origin"]);
    assert!(output.status.success() && both(&output).is_empty(), "{}", both(&output));
}

#[test]
fn uninstall_leaves_what_was_there_to_the_byte() {
    let Some(sandbox) = sealed() else { return };
    type Layout = fn(&Path);
    let layouts: [(&str, Layout); 9] = [
        ("plain", |_| {}),
        ("foreign", |top| script(&top.join(".git/hooks/post-commit"), "echo no shebang")),
        ("not-executable", |top| fs::write(top.join(".git/hooks/pre-push"), THEIRS).unwrap()),
        ("link", |top| {
            script(&top.join(".git/hooks/all"), "#!/bin/sh\necho $(basename $0)\n");
            std::os::unix::fs::symlink("all", top.join(".git/hooks/post-merge")).unwrap();
        }),
        ("no-directory", |top| fs::remove_dir_all(top.join(".git/hooks")).unwrap()),
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
            same(&picture(&top), &installed, &format!("{name}: installed again"));
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
        script(&top.join(".githooks").join(name), &format!("#!/bin/sh\n. \"${{0%/*}}/common\"\nsay {name}\n"));
    }
    fs::write(top.join(".githooks/common"), "say() { echo \"theirs $1|\" >>\"$FAKE_LOG\"; }\n").unwrap();
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
    script(&top.join(".githooks/commit-msg"), "#!/bin/sh\necho 'theirs commit-msg|' >>\"$FAKE_LOG\"\n");
    commit(&top);
    assert_eq!(sandbox.events(), ["theirs", "theirs", "theirs", "post-commit"]);
    fs::remove_file(top.join(".githooks/commit-msg")).unwrap();
    // the setting is written again, in place or anew
    run(&top, &["git", "config", "core.hooksPath", ".githooks"]);
    commit(&top);
    assert_eq!(sandbox.calls(), both_run);
    assert_eq!(run(&top, &["git", "status", "--short"]), "", "tracked files are as they were");
    // our directory is removed: git goes on as before us
    fs::remove_dir_all(top.join(".git/agents-hooks")).unwrap();
    commit(&top);
    assert_eq!(sandbox.calls(), both_run[..2]);
}

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
    assert_eq!(fs::metadata(top.join(".git/agents-hooks")).unwrap().permissions().mode() & 0o777, 0o755);
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
    assert!(!fs::read_to_string(top.join(".git/config")).unwrap().contains("agents"));
}

#[test]
fn a_program_takes_the_error_stream_back() {
    let Some(sandbox) = sealed() else { return };
    if std::env::var_os("GIT_AGENTS_STDERR").is_some() {
        std::io::stderr().write_all(b"noise of a loader\n").unwrap();
        git_agents::hook::voice::take_stderr_back().unwrap();
        std::io::stderr().write_all(b"spoken\n").unwrap();
        return;
    }
    let line = format!(
        "{{ '{}' --exact a_program_takes_the_error_stream_back --nocapture >&3 3>&-; }} 3>&2 2>/dev/null",
        std::env::current_exe().unwrap().display()
    );
    let output = attempt(&sandbox.path(""), &["env", "GIT_AGENTS_STDERR=1", "sh", "-c", &line]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("spoken") && !said.contains("noise"), "{said}");
}

#[test]
fn a_global_hooks_path_goes_on() {
    let Some(sandbox) = sealed() else { return };
    script(&sandbox.path("home/my hooks/post-commit"), THEIRS);
    let top = sandbox.repository("r");
    run(&top, &["git", "config", "--global", "core.hooksPath", "~/my hooks"]);
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

#[test]
fn directories_we_do_not_write_to() {
    let Some(sandbox) = sealed() else { return };
    let linked = sandbox.repository("linked");
    fs::rename(linked.join(".git/hooks"), linked.join("tracked-hooks")).unwrap();
    script(&linked.join("tracked-hooks/post-commit"), THEIRS);
    std::os::unix::fs::symlink("../tracked-hooks", linked.join(".git/hooks")).unwrap();
    let read_only = sandbox.repository("read-only");
    script(&read_only.join(".git/hooks/post-commit"), THEIRS);
    fs::set_permissions(read_only.join(".git/hooks"), fs::Permissions::from_mode(0o555)).unwrap();
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
    fs::set_permissions(read_only.join(".git/hooks"), fs::Permissions::from_mode(0o755)).unwrap();
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
    assert_eq!((report.route, report.events.len(), report.by_hand.len()), (Route::ByHand, 0, 7));
    assert_eq!(picture(&top), before);
    // the lines do what they say
    remote(&sandbox, &top);
    for line in &report.by_hand {
        let (file, text) = line.split_once(": ").unwrap();
        script(&top.join(file), &format!("#!/bin/sh\n{text}\n"));
    }
    commit(&top);
    assert_eq!(sandbox.events(), ["post-commit"]);
    assert!(!attempt(&top, &["env", "FAKE_EXIT=1", "git", "push", "-q", "origin", "main"]).status.success());
    assert!(attempt(&top, &["env", "FAKE_EXIT=101", "git", "push", "-q", "origin", "main"]).status.success());

    let top = sandbox.repository("per-worktree");
    run(&top, &["git", "config", "extensions.worktreeConfig", "true"]);
    run(&top, &["git", "config", "--worktree", "core.hooksPath", "mine"]);
    assert_eq!(sandbox.install(&top).route, Route::ByHand);
}

#[test]
fn a_locked_configuration_is_left_alone() {
    let Some(sandbox) = sealed() else { return };
    let top = sandbox.repository("r");
    fs::write(top.join(".git/config.lock"), "").unwrap();
    let repo = Repo::discover(&top).unwrap();
    let result = install::install(Some(&repo), &sandbox.options((2, 54, 0)));
    assert!(matches!(result, Err(HookError::Locked { .. })), "{result:?}");
    fs::remove_file(top.join(".git/config.lock")).unwrap();
    assert_eq!(install::install(Some(&repo), &sandbox.options((2, 54, 0))).unwrap().route, Route::Config);
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
    run(&outer, &["git", "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../r", "sub"]);
    sandbox.calls();
    sandbox.install(&outer.join("sub"));
    commit(&outer.join("sub"));
    assert_eq!(sandbox.events(), ["post-commit"]);
    wait_for_telling(&outer.join(".git/modules/sub"));
    fs::write(outer.join("sub/a"), "changed").unwrap();
    run(&outer.join("sub"), &["git", "add", "a"]);
    assert_eq!(sandbox.events(), ["post-index-change"]);
    commit(&outer);
    assert_eq!(sandbox.events(), [""; 0], "the superproject is not installed");
    // a bare repository pushes
    run(&sandbox.path(""), &["git", "clone", "-q", "--bare", "r", "bare"]);
    run(&sandbox.path(""), &["git", "init", "-q", "--bare", "target"]);
    sandbox.install(&sandbox.path("bare"));
    run(&sandbox.path("bare"), &["git", "push", "-q", "../target", "main"]);
    assert_eq!(sandbox.events(), ["pre-push"]);
    // the git directory elsewhere
    run(&sandbox.path(""), &["git", "clone", "-q", "--separate-git-dir", "apart.git", "r", "apart"]);
    sandbox.calls();
    sandbox.install(&sandbox.path("apart"));
    wait_for_telling(&sandbox.path("apart.git"));
    run(&sandbox.path("apart"), &["git", "checkout", "-q", "-b", "x"]);
    assert_eq!(sandbox.events().last().unwrap(), "post-checkout");
    // hooks from a template are kept
    script(&sandbox.path("template/hooks/post-commit"), THEIRS);
    run(
        &sandbox.path(""),
        &["git", "config", "--global", "init.templateDir", sandbox.path("template").to_str().unwrap()],
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
    script(&top.join(".git/hooks/post-commit"), "#!/bin/sh\n# git-agents shim 0\nexit 9\n");
    let report = sandbox.install(&top);
    assert!(report.chained.is_empty());
    commit(&top);
    assert_eq!(sandbox.events(), ["post-commit"]);
    // git was upgraded: hooks move to the configuration
    let repo = Repo::discover(&top).unwrap();
    assert_eq!(install::install(Some(&repo), &sandbox.options((2, 54, 0))).unwrap().route, Route::Config);
    assert!(!top.join(".git/hooks/post-commit").exists());
    assert!(status(&sandbox, &top, (2, 54, 0)).is_healthy());
    let old = status(&sandbox, &top, (2, 47, 0));
    assert!(old.events.iter().all(|e| matches!(e.state, EventState::Shadowed { .. })), "{old:?}");
    // and back
    assert_eq!(sandbox.install(&top).route, Route::Files);
    assert_eq!(run(&top, &["sh", "-c", "git config --get-regexp '^hook' || :"]), "");
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
    assert!(matches!(status(&sandbox, &top, (2, 47, 0)).events[0].state, EventState::Displaced { .. }));
    assert!(install::displaced(&top.join(".git")));
    sandbox.install(&top);
    assert!(!install::displaced(&top.join(".git")));
    commit(&top);
    assert_eq!(sandbox.calls(), ["theirs |", "post-commit|"]);
}

/// Hooks from the configuration, against a git that reads them if it is here,
/// else through hooks that read the same configuration.
#[test]
fn hooks_from_the_configuration_run() {
    let Some(sandbox) = sealed() else { return };
    let real = git_version() >= (2, 54, 0);
    println!("config-based hooks run by {}", if real { "git itself" } else { "a stand-in" });
    let top = sandbox.repository("it's here");
    remote(&sandbox, &top);
    script(&top.join(".git/hooks/pre-push"), THEIRS);
    let before = picture(&top.join(".git"));
    let repo = Repo::discover(&top).unwrap();
    assert_eq!(install::install(Some(&repo), &sandbox.options((2, 54, 0))).unwrap().route, Route::Config);
    let git = sandbox.path("stand-in");
    script(&git, include_str!("hook_support/git-with-config-hooks"));
    let git = if real { "git" } else { git.to_str().unwrap() };
    run(&top, &[git, "commit", "-q", "--allow-empty", "-m", "x"]);
    assert_eq!(sandbox.calls(), ["post-commit|"]);
    run(&top, &[git, "commit", "-q", "--amend", "--allow-empty", "-m", "y"]);
    let calls = sandbox.calls();
    assert!(calls.len() == 2 && calls[1].starts_with("post-rewrite amend|") && calls[1].len() > 90, "{calls:?}");
    run(&top, &[git, "push", "-q", "origin", "main"]);
    let calls = sandbox.calls();
    assert!(calls[0].starts_with("pre-push origin ../remote|refs/heads/main "), "{calls:?}");
    assert!(calls.len() == 2 && calls[1].starts_with("theirs origin ../remote|refs/heads/main "), "{calls:?}");
    let held = attempt(&top, &["env", "FAKE_EXIT=1", git, "push", "-q", "origin", "main:second"]);
    assert!(!held.status.success());
    run(&top, &["env", "FAKE_EXIT=2", git, "push", "-q", "origin", "main:second"]);
    sandbox.calls();
    run(&top, &[git, "checkout", "-q", "-b", "x"]);
    assert_eq!(sandbox.calls(), [""; 0]);
    wait_for_telling(&top.join(".git"));
    run(&top, &[git, "checkout", "-q", "-b", "y"]);
    assert_eq!(sandbox.events().last().unwrap(), "post-checkout");
    // the store goes away, with the shims
    fs::rename(top.join(".git/agents-hooks"), sandbox.path("gone")).unwrap();
    let silent = attempt(&top, &[git, "push", "-q", "origin", "main:third"]);
    assert!(silent.status.success() && both(&silent).is_empty(), "{}", both(&silent));
    fs::rename(sandbox.path("gone"), top.join(".git/agents-hooks")).unwrap();
    fs::remove_file(top.join(".git/agents-hooks/hooks/pre-push")).unwrap();
    let silent = attempt(&top, &[git, "push", "-q", "origin", "main:fourth"]);
    assert!(silent.status.success() && both(&silent).is_empty(), "{}", both(&silent));
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
    let global = |version| install::InstallOptions { global: true, ..sandbox.options(version) };
    let config = sandbox.path("home/.gitconfig");
    let text = fs::read(&config).unwrap();
    let refused = install::install(None, &global((2, 47, 3))).unwrap();
    assert_eq!((refused.route, refused.by_hand.len()), (Route::ByHand, 1));
    assert_eq!(fs::read(&config).unwrap(), text);
    assert_eq!(install::install(None, &global((2, 54, 0))).unwrap().route, Route::Config);
    let top = sandbox.repository("r");
    assert!(
        run(&top, &["git", "config", "hook.agents-post-commit.command"]).contains("_hook")
            || run(&top, &["git", "config", "hook.agents-post-commit.event"]) == "post-commit\n"
    );
    let seen = status(&sandbox, &top, (2, 54, 0));
    assert!(seen.global && seen.is_healthy() && seen.route.is_none(), "{seen:?}");
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
    let lines: Vec<_> = refused.by_hand.iter().map(|line| line.split_once(": ").unwrap().1).collect();
    fs::write(sandbox.path("dotfile"), [text, format!("{}\n", lines.join("\n")).into_bytes()].concat()).unwrap();
    assert_eq!(run(&top, &["git", "config", "hook.agents-post-commit.event"]), "post-commit\n");
}

#[test]
fn the_scripts_are_clean() {
    let hooks = Path::new(env!("CARGO_MANIFEST_DIR")).join("hooks");
    let mut names: Vec<_> =
        fs::read_dir(&hooks).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| !name.starts_with("shell-init."));
    assert!(names.len() >= 5);
    for name in &names {
        run(&hooks, &["sh", "-n", name]);
    }
    if attempt(&hooks, &["sh", "-c", "command -v shellcheck"]).status.success() {
        let mut words = vec!["shellcheck"];
        words.extend(names.iter().map(String::as_str));
        run(&hooks, &words);
    } else {
        println!("shellcheck is not here: only `sh -n` ran");
    }
}
