//! Finds the scripted agent, and writes scripts for it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The fake agent's program. `cargo test` builds it with the other examples; where only one test
/// target was asked for, it is built here.
pub(crate) fn fake_agent() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let test = std::env::current_exe().expect("the test's own path");
        let profile = test
            .parent()
            .and_then(Path::parent)
            .expect("target/<profile>/deps/<test>");
        let program = profile.join("examples/fake-agent");
        if !program.exists() {
            let mut build = Command::new(env!("CARGO"));
            build.args([
                "build",
                "--quiet",
                "--example",
                "fake-agent",
                "--target-dir",
            ]);
            build.arg(profile.parent().expect("the target directory"));
            if profile.ends_with("release") {
                build.arg("--release");
            }
            assert!(build.status().expect("cargo").success());
        }
        program
    })
}

/// Writes a script and returns its path.
pub(crate) fn script(dir: &Path, name: &str, script: &serde_json::Value) -> PathBuf {
    let path = dir.join(format!("{name}.json"));
    std::fs::write(&path, script.to_string()).expect("a writable test directory");
    path
}
