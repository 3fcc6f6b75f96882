//! What of git reaches us, and what git and the person hear of it.

use super::*;

#[test]
fn every_event_reaches_us() {
    let Some(sandbox) = sealed() else { return };
    let top = sandbox.repository("r");
    remote(&sandbox, &top);
    let report = sandbox.install(&top);
    assert_eq!((report.route, report.events.len()), (Route::Files, 7));
    commit(&top);
    assert_eq!(sandbox.calls(), ["post-commit|"]);
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
    assert_eq!(calls[0], "post-commit|");
    assert!(
        calls[1].starts_with("post-rewrite amend|") && calls[1].ends_with(';'),
        "{calls:?}"
    );
    run(&top, &["git", "switch", "-qc", "side", "HEAD~1"]);
    assert_eq!(sandbox.calls(), [""; 0], "nothing waits to be told");
    wait_for_telling(&top.join(".git"));
    run(&top, &["git", "switch", "-q", "main"]);
    let events = sandbox.events();
    assert!(events.contains(&"post-checkout".into()), "{events:?}");
    fs::write(top.join("a"), "2\n").unwrap();
    run(&top, &["git", "add", "a"]);
    assert_eq!(sandbox.calls(), ["post-index-change 0 0|"]);
    stop_waiting(&top.join(".git"));
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
    assert!(
        calls[0].starts_with("pre-push origin ../remote|refs/heads/main "),
        "{calls:?}"
    );
    assert_eq!(calls.len(), 1);
}

#[test]
fn a_held_push_and_our_faults() {
    let Some(sandbox) = sealed() else { return };
    let top = sandbox.repository("r");
    remote(&sandbox, &top);
    sandbox.install(&top);
    for (code, passes) in [
        (0, true),
        (1, false),
        (2, true),
        (3, true),
        (101, true),
        (127, true),
        (130, true),
    ] {
        let branch = format!("HEAD:refs/heads/b{code}");
        let word = format!("FAKE_EXIT={code}");
        let output = attempt(
            &top,
            &["env", &word, "git", "push", "-q", "origin", &branch],
        );
        assert_eq!(
            output.status.success(),
            passes,
            "exit code {code}: {}",
            both(&output)
        );
        let output = attempt(&top, &["env", &word, "git", "checkout", "-q", "-B", "x"]);
        assert!(
            output.status.success(),
            "exit code {code}: {}",
            both(&output)
        );
    }
}

#[test]
fn what_we_say_comes_out_on_the_error_stream_of_git() {
    let Some(sandbox) = sealed() else { return };
    for chained in [false, true] {
        let top = sandbox.repository(if chained { "over" } else { "alone" });
        run(
            &sandbox.path(""),
            &["git", "init", "-q", "--bare", "-b", "main", "remote"],
        );
        for event in Event::ALL {
            if chained {
                script(&top.join(".git/hooks").join(event.name()), THEIRS);
            }
        }
        sandbox.install(&top);
        wait_for_telling(&top.join(".git"));
        let commands: [(&[&str], usize); 4] = [
            (&["git", "commit", "-q", "--allow-empty", "-m", "next"], 1),
            (
                &[
                    "git",
                    "commit",
                    "-q",
                    "--amend",
                    "--allow-empty",
                    "-m",
                    "next",
                ],
                2,
            ),
            (&["git", "checkout", "-q", "-B", "other"], 1),
            (
                &[
                    "git",
                    "push",
                    "-q",
                    "--porcelain",
                    "-f",
                    "../remote",
                    "main",
                ],
                1,
            ),
        ];
        for (words, times) in commands {
            let output = attempt(&top, &[&["env", "FAKE_SAY=told"][..], words].concat());
            let (out, err) = (
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr),
            );
            assert!(!out.contains("told"), "{words:?}: {out}");
            assert!(
                err.lines().all(|line| line == "told") && err.lines().count() >= times,
                "{words:?}: {err}"
            );
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
            &[
                "git",
                "commit",
                "-q",
                "--amend",
                "--allow-empty",
                "-m",
                "next",
            ],
            &["git", "checkout", "-q", "-B", "other"],
            &["git", "checkout", "-q", "main"],
            &["git", "push", "-q", "-f", "origin", "main"],
        ];
        for words in commands {
            let output = attempt(&top, words);
            assert!(
                output.status.success() && both(&output).is_empty(),
                "{what}, {words:?}: {}",
                both(&output)
            );
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
    script(
        &sandbox.fake(),
        "#!/bin/sh\necho 'cannot load libgone.so' >&2\nexit 127\n",
    );
    everyday("a library is gone");
    script(&sandbox.fake(), "#!/bin/sh\nkill -SEGV $$\n");
    let output = attempt(
        &top,
        &[
            "git",
            "push",
            "-q",
            "-f",
            "origin",
            "HEAD~0:refs/heads/crash",
        ],
    );
    assert!(
        output.status.success() && both(&output).is_empty(),
        "{}",
        both(&output)
    );
    fs::remove_file(sandbox.fake()).unwrap();
    std::os::unix::fs::symlink("nowhere", sandbox.fake()).unwrap();
    everyday("a dangling link");
    assert!(matches!(
        status(&sandbox, &top, (2, 47, 0)).binary,
        BinaryState::Missing(_)
    ));
}

#[test]
fn agents_found_on_the_search_path_when_moved() {
    let Some(sandbox) = sealed() else { return };
    let top = sandbox.repository("r");
    sandbox.install(&top);
    fs::create_dir(sandbox.path("elsewhere")).unwrap();
    fs::rename(sandbox.fake(), sandbox.path("elsewhere/git-agents")).unwrap();
    let path = format!(
        "PATH={}:{}",
        sandbox.path("elsewhere").display(),
        std::env::var("PATH").unwrap()
    );
    run(
        &top,
        &[
            "env",
            &path,
            "git",
            "commit",
            "-q",
            "--allow-empty",
            "-m",
            "x",
        ],
    );
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
    run(
        &top,
        &[
            "env",
            "GIT_AGENTS=0",
            "git",
            "commit",
            "-q",
            "--allow-empty",
            "-m",
            "x",
        ],
    );
    assert_eq!(sandbox.calls(), ["theirs |"]);
    run(
        &top,
        &["env", "GIT_AGENTS=0", "git", "push", "-q", "origin", "main"],
    );
    let calls = sandbox.calls();
    assert!(
        calls.len() == 1 && calls[0].starts_with("theirs origin ../remote|refs/heads/main"),
        "{calls:?}"
    );
}

#[test]
fn a_program_takes_the_error_stream_back() {
    let Some(sandbox) = sealed() else { return };
    if std::env::var_os("GIT_AGENTS_STDERR").is_some() {
        std::io::stderr().write_all(b"noise of a loader\n").unwrap();
        git_agents::testing::take_stderr_back().unwrap();
        std::io::stderr().write_all(b"spoken\n").unwrap();
        return;
    }
    let line = format!(
        "{{ '{}' --exact events::a_program_takes_the_error_stream_back --nocapture >&3 3>&-; }} 3>&2 2>/dev/null",
        std::env::current_exe().unwrap().display()
    );
    let output = attempt(
        &sandbox.path(""),
        &["env", "GIT_AGENTS_STDERR=1", "sh", "-c", &line],
    );
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("spoken") && !said.contains("noise"), "{said}");
}
