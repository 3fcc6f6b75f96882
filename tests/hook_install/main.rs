//! Hooks in real repositories: what reaches us, what goes on working, and what
//! an uninstall leaves.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "a test says what it could run")]

#[path = "../hook_support/mod.rs"]
mod hook_support;

mod events;
mod from_configuration;
mod others;
mod places;

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use git_agents::testing::Repo;
use git_agents::testing::install::{
    self, BinaryState, Event, EventState, HookError, HookStatus, Route,
};
use hook_support::{Sandbox, attempt, both, git_version, picture, run, same, script, sealed};

/// Writes down that it ran, with its arguments and standard input.
const THEIRS: &str =
    "#!/bin/sh\nprintf 'theirs %s|%s\\n' \"$*\" \"$(tr '\\n' ';')\" >>\"$FAKE_LOG\"\n";

fn commit(top: &Path) {
    run(top, &["git", "commit", "-q", "--allow-empty", "-m", "next"]);
}

fn status(sandbox: &Sandbox, top: &Path, version: (u32, u32, u32)) -> HookStatus {
    install::status(&Repo::discover(top).unwrap(), &sandbox.options(version)).unwrap()
}

fn remote(sandbox: &Sandbox, top: &Path) {
    run(
        &sandbox.path(""),
        &["git", "init", "-q", "--bare", "remote"],
    );
    run(top, &["git", "remote", "add", "origin", "../remote"]);
}

fn wait_for_telling(git_dir: &Path) {
    fs::create_dir_all(git_dir.join("agents/v1")).unwrap();
    fs::write(git_dir.join("agents/v1/waiting"), "").unwrap();
    // where it rests, whoever sets the mark puts it back
    let _ = fs::rename(
        git_dir.join("hooks/post-index-change.resting"),
        git_dir.join("hooks/post-index-change"),
    );
}

fn stop_waiting(git_dir: &Path) {
    fs::remove_file(git_dir.join("agents/v1/waiting")).unwrap();
    // as the program does that these tests replace
    fs::rename(
        git_dir.join("hooks/post-index-change"),
        git_dir.join("hooks/post-index-change.resting"),
    )
    .unwrap();
}
