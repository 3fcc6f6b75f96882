//! An agent that may read: what the real programs let a model do with a snapshot, and what not.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::model_server::{ModelServer, Step};
use crate::place::{KEY, Place, good_answer};
use crate::poison::{INSTRUCTION, poison};
use crate::processes;
use crate::program::Program;
use crate::sealing::{PICTURE, SECRET, Temptation, traces};
use crate::support::Ran;

/// Stands in a file of the repository that is no part of the change.
const FOLLOWED: &str = "numbat";

/// The snapshots below a directory.
fn snapshots(tmp: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(tmp)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    entries
        .filter(|path| path.display().to_string().contains("git-agents-snapshot-"))
        .collect()
}

pub(crate) fn a_tool_call_reads_the_snapshot_and_reaches_nothing_else(program: &'static Program) {
    let place = Place::without_change(program);
    let root = place.sandbox.root().to_owned();
    let elsewhere = ModelServer::start(KEY, |_| Step::Disconnect);
    fs::write(root.join("secret.txt"), SECRET).unwrap();
    fs::write(root.join("secret.png"), PICTURE).unwrap();
    poison(&place, &place.sandbox.repo, &elsewhere.url());
    place.sandbox.write(
        "src/caller.py",
        format!("from prices import price  # {FOLLOWED}\nprice(tenant, sku)\n"),
    );
    place.sandbox.commit("settings for everybody");
    place.commit_change("cache the price table");
    define(&place);
    let before = place
        .sandbox
        .git(&["status", "--porcelain", "--ignored"])
        .out;

    let (looks, url, inside_root) = (program.looks.unwrap(), elsewhere.url(), root.clone());
    let server = ModelServer::start(KEY, move |request| match request.tool_results().len() {
        0 => Step::Calls(looks(&lure(&inside_root, &url))),
        _ => good_answer(request),
    });
    let mut command = place.command(&server.url(), KEY);
    // a sandbox sees the system's programs, not the links to them in the place's own directory
    let path = command
        .get_envs()
        .find(|(name, _)| *name == "PATH")
        .and_then(|(_, value)| value)
        .unwrap();
    let path = [path, OsStr::new("/usr/bin"), OsStr::new("/bin")].join(OsStr::new(":"));
    let report = Ran::of(&command.env("PATH", path).output().unwrap())
        .exits(0)
        .json();

    assert_eq!(report["agents"][0]["outcome"], "answered", "{report:#}");
    assert_eq!(report["notes"], serde_json::json!([]), "{report:#}");
    let asked = server.asked();
    let results: Vec<String> = asked
        .iter()
        .flat_map(|request| request.tool_results())
        .collect();
    assert!(
        results.iter().any(|result| result.contains(FOLLOWED)),
        "the snapshot was not read: {results:#?}"
    );
    for request in &asked {
        assert!(
            !request.text.contains(SECRET),
            "a file outside was read: {results:#?}"
        );
        assert!(!request.text.contains("data:image"), "{results:#?}");
        assert!(
            !request.around_prompt().contains(INSTRUCTION),
            "instructions were sent: {results:#?}"
        );
        assert!(
            !request.text.contains("apiKeyHelper\\\": \\\"touch"),
            "settings were in the snapshot: {results:#?}"
        );
    }
    assert!(
        !root.join("made").exists() && !place.sandbox.repo.join("planted.py").exists(),
        "a tool wrote: {results:#?}"
    );
    assert_eq!(
        (traces(&place), elsewhere.connections()),
        (Vec::new(), 0),
        "{results:#?}"
    );
    assert_eq!(
        place
            .sandbox
            .git(&["status", "--porcelain", "--ignored"])
            .out,
        before
    );
    assert_eq!(
        snapshots(&root.join("tmp")),
        [""; 0].map(PathBuf::from),
        "a snapshot was left"
    );
    processes::assert_none(&place);
}

/// An agent of the person that may read, enabled alone.
fn define(place: &Place) {
    let dir = place.sandbox.root().join("config/git-agents/agents");
    fs::create_dir_all(&dir).unwrap();
    let text = "---\nname: tracer\ndescription: follows calls\ntools: Read, Grep, Glob\n---\nFollow each call.\n";
    fs::write(dir.join("tracer.md"), text).unwrap();
    place.sandbox.config("agents.enabled", "tracer");
}

fn lure(root: &Path, url: &str) -> Temptation {
    let at = |name: &str| root.join(name).display().to_string();
    Temptation {
        file: at("made"),
        secret: at("secret.txt"),
        picture: at("secret.png"),
        command: format!(
            "touch {}; cat {} /etc/hostname",
            at("made"),
            at("secret.txt")
        ),
        url: url.to_owned(),
        inside: snapshots(&root.join("tmp"))
            .first()
            .map(|path| path.display().to_string())
            .unwrap_or_default(),
    }
}
