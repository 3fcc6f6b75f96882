//! Every form of a target, on real repositories.

use serde_json::{Value, json};

use crate::scene;
use crate::support::Sandbox;

#[track_caller]
fn review(place: &Sandbox, args: &[&str]) -> Value {
    let ran = place.agents(&[&["run", "--format", "json"], args].concat());
    assert!(
        matches!(ran.code, 0 | 1),
        "exit {}\n{}\n{}",
        ran.code,
        ran.out,
        ran.err
    );
    ran.json()
}

#[track_caller]
fn target(report: &Value, kind: &str, hunks: u64) {
    assert_eq!(report["target"]["kind"], kind, "{report:#}");
    assert_eq!(report["coverage"]["hunks"], hunks, "{report:#}");
}

#[test]
fn uncommitted_work_holds_staged_unstaged_and_untracked_text() {
    let place = Sandbox::with_commit();
    place.write("README.md", "# A project\nmore\n");
    place.write("staged.py", "a = 1\n");
    place.git(&["add", "staged.py"]).exits(0);
    place.write("untracked.py", "b = 2\n");
    target(&review(&place, &[]), "worktree", 3);
    target(&review(&place, &["--worktree"]), "worktree", 3);
    target(&review(&place, &["--staged"]), "staged", 1);
}

#[test]
fn without_uncommitted_work_head_is_reviewed() {
    let place = scene::injected();
    let report = review(&place, &[]);
    target(&report, "commit", 1);
    assert_eq!(report["target"]["head"], place.head());
    assert_eq!(report["target"]["subject"], "look up users by name");
}

#[test]
fn commits_ranges_and_bases() {
    let place = Sandbox::with_commit();
    place.git(&["tag", "-a", "-m", "t", "v1"]).exits(0);
    place.write("one.py", "a = 1\n");
    place.commit("one");
    place
        .git(&["switch", "-q", "-c", "topic", "HEAD~1"])
        .exits(0);
    place.write("two.py", "b = 2\n");
    place.commit("two");
    place.write("three.py", "c = 3\n");
    place.commit("three");
    target(&review(&place, &["HEAD~1"]), "commit", 1);
    target(&review(&place, &["v1"]), "commit", 1);
    target(&review(&place, &["v1..HEAD"]), "range", 2);
    target(&review(&place, &["main..topic"]), "range", 3);
    target(&review(&place, &["main...topic"]), "range", 2);
    target(&review(&place, &["--base", "main"]), "range", 2);
}

#[test]
fn the_root_commit_and_an_unborn_head_compare_with_the_empty_tree() {
    let place = Sandbox::new();
    place.write("first.py", "a = 1\n");
    let report = review(&place, &[]);
    target(&report, "worktree", 1);
    assert_eq!(report["target"]["base"], Value::Null);
    place.commit("first");
    let report = review(&place, &[]);
    target(&report, "commit", 1);
    assert_eq!(report["target"]["base"], Value::Null);
}

#[test]
fn a_merge_shows_only_what_the_merge_decided() {
    let place = Sandbox::with_commit();
    place.write("shared.py", "value = 0\n");
    place.commit("shared");
    place.git(&["switch", "-q", "-c", "side"]).exits(0);
    place.write("shared.py", "value = 1\n");
    place.write("side.py", "s = 1\n");
    place.commit("side");
    place.git(&["switch", "-q", "main"]).exits(0);
    place.write("shared.py", "value = 2\n");
    place.commit("main");
    assert_ne!(place.git(&["merge", "-q", "side"]).code, 0);
    place.write("shared.py", "value = 3\n");
    place.commit("merge side");
    let report = review(&place, &[]);
    target(&report, "commit", 1);
    place
        .git(&["switch", "-q", "-c", "clean", "HEAD~1"])
        .exits(0);
    place.write("clean.py", "c = 1\n");
    place.commit("clean");
    place
        .git(&["merge", "-q", "-m", "clean merge", "side", "-X", "ours"])
        .exits(0);
    place.git(&["reset", "-q", "--hard", "HEAD~1"]).exits(0);
    place
        .git(&["switch", "-q", "-c", "other", "HEAD~1"])
        .exits(0);
    place.write("other.py", "o = 1\n");
    place.commit("other");
    place
        .git(&["merge", "-q", "-m", "clean merge", "clean"])
        .exits(0);
    target(&review(&place, &[]), "commit", 0);
}

#[test]
fn detached_linked_bare_and_submodule() {
    let place = scene::injected();
    place.git(&["switch", "-q", "--detach"]).exits(0);
    target(&review(&place, &[]), "commit", 1);
    let linked = place.root().join("linked");
    place
        .git(&["worktree", "add", "-q", linked.to_str().unwrap(), "main"])
        .exits(0);
    let ran = place
        .agents_in(&linked, &["run", "--format", "json"])
        .exits(1);
    target(&ran.json(), "commit", 1);
    let bare = place.root().join("bare.git");
    place
        .git(&["clone", "-q", "--bare", ".", bare.to_str().unwrap()])
        .exits(0);
    let ran = place
        .agents_in(&bare, &["run", "main~1..main", "--format", "json"])
        .exits(1);
    target(&ran.json(), "range", 1);
    place
        .git(&["submodule", "add", "-q", bare.to_str().unwrap(), "sub"])
        .exits(0);
    place.commit("add a submodule");
    let report = review(&place, &[]);
    assert!(
        report["coverage"]["hunks"].as_u64().unwrap() >= 1,
        "{report:#}"
    );
}

#[test]
fn sha256_repositories_are_read_with_the_git_program() {
    let place = Sandbox::bare_place();
    std::fs::create_dir(&place.repo).unwrap();
    place
        .git(&["init", "-q", "-b", "main", "--object-format=sha256"])
        .exits(0);
    place.write("a.py", "a = 1\n");
    place.commit("one");
    place.write("a.py", format!("def find(cur, name):\n{}\n", scene::BAD));
    place.commit("two");
    let ran = place.agents(&["run", "-v", "--format", "json"]).exits(1);
    assert!(ran.err.contains("the git program"), "{}", ran.err);
    target(&ran.json(), "commit", 1);
    target(&review(&place, &["HEAD~1"]), "commit", 1);
}

#[test]
fn odd_files_are_read_or_listed_with_the_reason() {
    let place = Sandbox::with_commit();
    place.write(
        "old name.py",
        "def f():\n    return 1\n\n\ndef g():\n    return 2\n",
    );
    place.write("mode.sh", "#!/bin/sh\necho hi\n");
    place.commit("before");
    place.git(&["mv", "old name.py", "new name.py"]).exits(0);
    place
        .git(&["update-index", "--chmod=+x", "mode.sh"])
        .exits(0);
    std::os::unix::fs::symlink("README.md", place.repo.join("link")).unwrap();
    place.write("crlf.txt", "one\r\ntwo\r\n");
    place.write("no-newline.txt", "end");
    place.write("latin1.txt", b"caf\xe9\n");
    place.write("image.bin", b"\x00\x01\x02");
    place.write("vendor/lib.js", "var a = 1;\n");
    place.write("app.min.js", "var a=1;".repeat(4000));
    place.write(
        "gen.go",
        "// Code generated by protoc. DO NOT EDIT.\npackage x\n",
    );
    place.write("huge.txt", "x".repeat(50 << 20));
    place.git(&["add", "-A", "--", ":!mode.sh"]).exits(0);
    place.git(&["commit", "-q", "-m", "odd files"]).exits(0);
    let ran = place.agents(&["run", "HEAD", "--format", "json"]);
    let report = ran.exits(3).json();
    let skipped = report["coverage"]["skipped"].as_array().unwrap();
    let why = |file: &str| {
        let entry = skipped
            .iter()
            .find(|s| s["file"] == file)
            .unwrap_or_else(|| panic!("{file}: {report:#}"));
        entry["why"].as_str().unwrap().to_owned()
    };
    assert_eq!(why("image.bin"), "binary");
    assert_eq!(why("vendor/lib.js"), "vendored");
    assert_eq!(why("app.min.js"), "minified");
    assert_eq!(why("gen.go"), "generated");
    assert!(
        why("huge.txt").starts_with("too large"),
        "{}",
        why("huge.txt")
    );
    assert_eq!(
        report["state"], "incomplete",
        "a file too large to read is not clean"
    );
    let prompt = place.agents(&["prompt", "HEAD", "--agent", "security"]);
    for words in [
        "new name.py: renamed, from old name.py",
        "mode.sh",
        "caf\\xe9",
        "no line feed at the end",
        "CRLF",
        "link",
    ] {
        assert!(
            prompt.out.contains(words),
            "`{words}` is not in the prompt:\n{}",
            prompt.out
        );
    }
}

#[test]
fn lock_files_become_dependency_changes() {
    let place = Sandbox::with_commit();
    let lock = |version: &str| {
        format!(
            "version = 4\n\n[[package]]\nname = \"left\"\nversion = \"{version}\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n"
        )
    };
    place.write("Cargo.lock", lock("1.0.0"));
    place.commit("lock");
    place.write("Cargo.lock", lock("2.0.0") + "\n[[package]]\nname = \"right\"\nversion = \"0.1.0\"\nsource = \"git+https://example.invalid/right#abc\"\n");
    place.commit("upgrade");
    let prompt = place.agents(&["prompt", "--agent", "security"]).out;
    assert!(
        prompt.contains("left") && prompt.contains("1.0.0") && prompt.contains("2.0.0"),
        "{prompt}"
    );
    assert!(
        prompt.contains("right") && prompt.contains("git+https://example.invalid/right"),
        "{prompt}"
    );
    let report = review(&place, &[]);
    assert!(
        report["coverage"]["skipped"]
            .to_string()
            .contains("lock file: summarised"),
        "{report:#}"
    );
    assert!(
        report["findings"].to_string().contains("right"),
        "a foreign source is a finding: {report:#}"
    );
}

#[test]
fn no_program_of_the_repositorys_configuration_runs() {
    let place = scene::injected();
    let marker = place.root().join("ran");
    let program = place.root().join("evil.sh");
    std::fs::write(
        &program,
        format!("#!/bin/sh\ntouch {}\ncat\n", marker.display()),
    )
    .unwrap();
    std::os::unix::fs::symlink("/bin/chmod", place.root().join("bin/chmod2")).ok();
    place.git(&["config", "user.note", "x"]).exits(0);
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = program.to_str().unwrap();
    for key in [
        "core.fsmonitor",
        "diff.external",
        "diff.evil.command",
        "diff.evil.textconv",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "core.pager",
        "gpg.program",
        "core.sshCommand",
        "core.editor",
    ] {
        place.git(&["config", key, path]).exits(0);
    }
    std::fs::write(
        place.repo.join(".git/info/attributes"),
        "*.py filter=evil diff=evil\n",
    )
    .unwrap();
    std::fs::create_dir_all(place.repo.join("h")).unwrap();
    place
        .git(&[
            "config",
            "core.hooksPath",
            place.repo.join("h").to_str().unwrap(),
        ])
        .exits(0);
    std::fs::copy(&program, place.repo.join("h/post-index-change")).unwrap();
    std::fs::write(place.repo.join("src/db.py"), "x = 1\n").unwrap();
    std::fs::remove_file(&marker).ok();
    for args in [
        &["run", "HEAD"][..],
        &["run", "--worktree"],
        &["run", "--staged"],
        &["prompt", "HEAD"],
        &["status"],
        &["findings"],
    ] {
        let command = place
            .command(crate::support::program())
            .args(args)
            .output()
            .unwrap();
        assert!(
            !marker.exists(),
            "{args:?} ran a program of the configuration\n{}",
            String::from_utf8_lossy(&command.stderr)
        );
    }
}

#[test]
fn a_tracked_policy_narrows_from_the_base_and_never_from_the_change() {
    let place = scene::injected();
    place.write(".gitagents.toml", "exclude = [\"src/**\"]\n");
    place.write(
        "src/db.py",
        format!("def find(cur, name):\n{0}\n{0}\n    return 1\n", scene::BAD),
    );
    place.commit("hide the sources in the same commit");
    target(&review(&place, &[]), "commit", 2);
    place.write(
        "src/db.py",
        format!("def find(cur, name):\n{}\n", scene::BAD),
    );
    place.commit("and now they are left out");
    let report = review(&place, &[]);
    target(&report, "commit", 0);
    let skipped = &report["coverage"]["skipped"][0];
    assert_eq!(
        (&skipped["file"], &skipped["why"]),
        (&json!("src/db.py"), &json!("left out by settings"))
    );
}

#[test]
fn a_tracked_policy_is_read_where_the_branch_left_the_one_it_follows() {
    let place = scene::injected();
    place.git(&["branch", "base"]).exits(0);
    place
        .git(&["checkout", "-q", "-b", "work", "--track", "base"])
        .exits(0);
    place.write(".gitagents.toml", "exclude = [\"src/**\"]\n");
    place.commit("leave the sources out, on this branch only");
    place.write(
        "src/db.py",
        format!("def find(cur, name):\n{}\n", scene::BAD),
    );
    place.commit("change the sources");
    target(&review(&place, &[]), "commit", 1);
    place.git(&["branch", "-f", "base", "HEAD~1"]).exits(0);
    target(&review(&place, &[]), "commit", 0);
}
