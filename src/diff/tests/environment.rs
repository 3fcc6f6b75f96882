//! The variables that git sets for hooks, seen by a process of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::sandbox::{Sandbox, names};
use crate::diff::{CaptureLimits, CaptureRequest, capture};
use crate::git::Repo;
use crate::model::TargetSpec;

/// Set in the process that is to look, to the file it writes to.
const ANSWER: &str = "TEST_ANSWER_FILE";

/// What a process in `place` with these variables finds: git directory, work
/// tree, and the staged files.
fn seen(sandbox: &Sandbox, place: &Path, variables: &[(&str, &Path)]) -> Vec<String> {
    let answer = sandbox.path(".git/answer");
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "diff::tests::environment::look", "--nocapture"])
        .current_dir(place);
    command
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1");
    let output = command
        .env(ANSWER, &answer)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    std::fs::read_to_string(answer)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

/// Does its work only in the process that [`seen`] starts.
#[test]
fn look() {
    let Some(answer) = std::env::var_os(ANSWER) else {
        return;
    };
    let repo = Repo::discover(Path::new(".")).unwrap();
    let mut lines = vec![repo.git_dir().display().to_string()];
    lines.push(
        repo.work_tree()
            .map(|p| p.display().to_string())
            .unwrap_or_default(),
    );
    let request = CaptureRequest {
        spec: &TargetSpec::Staged,
        limits: CaptureLimits::default(),
        exclude: &[],
    };
    let ours = capture(&repo, &request).unwrap().change.files;
    let theirs = capture(&repo.with_plumbing("test"), &request)
        .unwrap()
        .change;
    assert_eq!(ours, theirs.files);
    lines.extend(names(&theirs));
    std::fs::write(answer, lines.join("\n")).unwrap();
}

fn text(path: &Path) -> String {
    path.components().collect::<PathBuf>().display().to_string()
}

#[test]
fn place_variables_hold_at_the_current_directory() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "1\n");
    sandbox.commit("one");
    let top = sandbox.path("");
    sandbox.git(&["worktree", "add", "-q", "linked"]);
    let linked = sandbox.path("linked");
    let hook = seen(
        &sandbox,
        &linked,
        &[("GIT_DIR", &sandbox.path(".git/worktrees/linked"))],
    );
    assert_eq!(
        hook,
        [text(&sandbox.path(".git/worktrees/linked")), text(&linked)]
    );
    let elsewhere = tempfile::tempdir().unwrap();
    let place = elsewhere.path().canonicalize().unwrap();
    let git_dir = sandbox.path(".git");
    let outside = seen(&sandbox, &place, &[("GIT_DIR", &git_dir)]);
    assert_eq!(outside, [text(&git_dir), text(&place)]);
    let both = seen(
        &sandbox,
        &place,
        &[("GIT_DIR", &git_dir), ("GIT_WORK_TREE", &top)],
    );
    assert_eq!(both, [text(&git_dir), text(&top)]);
    let relative = seen(&sandbox, &top, &[("GIT_DIR", Path::new(".git"))]);
    assert_eq!(relative, [text(&git_dir), text(&top)]);
}

#[test]
fn the_index_of_a_commit_in_progress_is_the_staged_one() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "1\n");
    sandbox.write("b", "1\n");
    sandbox.commit("one");
    sandbox.write("a", "2\n");
    sandbox.git(&["add", "a"]);
    std::fs::copy(
        sandbox.path(".git/index"),
        sandbox.path(".git/next-index-1.lock"),
    )
    .unwrap();
    sandbox.git(&["reset", "-q"]);
    sandbox.write("b", "2\n");
    sandbox.git(&["add", "b"]);
    let top = sandbox.path("");
    assert_eq!(seen(&sandbox, &top, &[])[2..], ["modified b"]);
    let next = Path::new(".git/next-index-1.lock");
    assert_eq!(
        seen(&sandbox, &top, &[("GIT_INDEX_FILE", next)])[2..],
        ["modified a"]
    );
}
