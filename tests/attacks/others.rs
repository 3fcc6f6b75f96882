//! Other users of the machine: what they may read, and what they can put in our way.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::attempt::{Attempt, attempt};
use crate::replies::{calm, honest};
use crate::scene::{reply, script};
use crate::support::{Ran, Sandbox, eventually};

const GROUP: &str = "other users";
/// A user that owns nothing.
const NOBODY: u32 = 65_534;

/// A repository whose review finds something.
fn ready() -> Sandbox {
    let place = calm();
    let found = json!([{"reply": reply(&[honest()])}]);
    place.fake_agent(&script(&[("security", found)]));
    place.config("agents.enabled", "security");
    place
}

/// Reviews HEAD; it ends soon, however it ends.
fn review(place: &Sandbox) -> Ran {
    let begun = Instant::now();
    let ran = place.agents(&["run", "HEAD", "--fresh", "--format", "json"]);
    assert!(
        begun.elapsed() < Duration::from_secs(60),
        "it hung: {ran:?}"
    );
    assert!(!ran.err.contains("panicked"), "{}", ran.err);
    assert!(ran.code != 0, "called clean: {ran:?}");
    ran
}

/// Everything below, links not followed.
fn below(dir: &Path) -> Vec<PathBuf> {
    let mut found = vec![dir.to_owned()];
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.file_type().unwrap().is_dir() {
            found.extend(below(&entry.path()));
        } else {
            found.push(entry.path());
        }
    }
    found
}

/// Nobody but the user may do anything with what is below.
fn is_private(dir: &Path) {
    for path in below(dir) {
        let about = fs::symlink_metadata(&path).unwrap();
        let bits = about.permissions().mode() & 0o077;
        assert!(
            about.is_symlink() || bits == 0,
            "{}: {bits:o}",
            path.display()
        );
    }
}

fn mkfifo(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}

/// All attempts.
pub(crate) fn attempts() -> Vec<Attempt> {
    let mut all = permissions();
    all.extend(planted());
    all.extend(owned());
    all
}

fn permissions() -> Vec<Attempt> {
    let private = |name: &str, prepare: fn(&Sandbox)| {
        attempt(GROUP, name, move || {
            let place = ready();
            prepare(&place);
            let text = "umask 0; exec \"$@\"";
            let mut command = place.command("sh");
            command
                .args(["-c", text, "sh"])
                .arg(crate::support::program());
            let ran = Ran::of(&command.args(["run", "HEAD", "--fresh"]).output().unwrap());
            ran.exits(1);
            is_private(&place.store());
            is_private(&place.root().join("state/git-agents"));
        })
    };
    vec![
        private("read the store after a umask of 0", |_| {}),
        private("read the store of a shared repository", |place| {
            place
                .git(&["config", "core.sharedRepository", "0666"])
                .exits(0);
        }),
        private("enter a store that was made for all", |place| {
            let agents = place.store().parent().unwrap().to_owned();
            fs::create_dir_all(place.store()).unwrap();
            for dir in [&agents, &place.store()] {
                fs::set_permissions(dir, fs::Permissions::from_mode(0o777)).unwrap();
            }
            // what was in it before is as private as its directory
        }),
        private("enter a state directory that was made for all", |place| {
            let dir = place.root().join("state/git-agents/slots");
            fs::create_dir_all(&dir).unwrap();
            for dir in [dir.parent().unwrap(), &dir] {
                fs::set_permissions(dir, fs::Permissions::from_mode(0o777)).unwrap();
            }
        }),
        attempt(GROUP, "read the prompt in the temporary directory", || {
            let place = calm();
            let (go, here) = (place.root().join("go"), place.root().join("here"));
            place.fake_agent(&json!({"default": [
                {"touch": here.display().to_string()},
                {"wait_for": go.display().to_string()}, {"reply": reply(&[])}]}));
            let mut command = place.command(crate::support::program());
            let mut child = command
                .args(["run", "HEAD", "--format", "json"])
                .spawn()
                .unwrap();
            eventually("the agent is there", || here.exists());
            is_private_but_top(&place.root().join("tmp"));
            fs::write(go, "").unwrap();
            child.wait().unwrap();
        }),
        attempt(GROUP, "read the prompt in a command line", || {
            let place = calm();
            let (go, here) = (place.root().join("go"), place.root().join("here"));
            place.fake_agent(&json!({"default": [
                {"touch": here.display().to_string()},
                {"wait_for": go.display().to_string()}, {"reply": reply(&[])}]}));
            let mut command = place.command(crate::support::program());
            let mut child = command
                .args(["run", "HEAD", "--format", "json"])
                .spawn()
                .unwrap();
            eventually("the agent is there", || here.exists());
            for entry in fs::read_dir("/proc").unwrap().flatten() {
                let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
                let line = String::from_utf8_lossy(&line).into_owned();
                assert!(!line.contains("select count(*) from users"), "{line}");
            }
            fs::write(go, "").unwrap();
            child.wait().unwrap();
        }),
    ]
}

fn is_private_but_top(dir: &Path) {
    for entry in fs::read_dir(dir).unwrap().flatten() {
        let mode = entry.metadata().unwrap().permissions().mode() & 0o077;
        assert_eq!(mode, 0, "{}", entry.path().display());
    }
}

/// Puts something at a path before we come; afterwards what it leads to is as it was.
fn plant(name: &str, at: &'static str, what: fn(&Path, &Path)) -> Attempt {
    attempt(GROUP, name, move || {
        let place = ready();
        // a first review, so that all directories are there
        place.agents(&["run", "HEAD"]).exits(1);
        let precious = place.root().join("precious");
        fs::create_dir(&precious).unwrap();
        fs::write(precious.join("file"), "precious").unwrap();
        let path = match at.strip_prefix("state/") {
            Some(rest) => place.root().join("state/git-agents").join(rest),
            None => place.store().join(at),
        };
        match fs::symlink_metadata(&path) {
            Ok(about) if about.is_dir() => fs::remove_dir_all(&path).unwrap(),
            Ok(_) => fs::remove_file(&path).unwrap(),
            Err(_) => fs::create_dir_all(path.parent().unwrap()).unwrap(),
        }
        what(&path, &precious);
        review(&place);
        let begun = Instant::now();
        for words in [
            &["status"][..],
            &["findings"],
            &["prune"],
            &["gate", "HEAD"],
        ] {
            let ran = place.agents(words);
            assert!(!ran.err.contains("panicked"), "{words:?}: {}", ran.err);
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "it hung");
        assert_eq!(fs::read(precious.join("file")).unwrap(), b"precious");
        assert_eq!(fs::read_dir(&precious).unwrap().count(), 1);
    })
}

fn planted() -> Vec<Attempt> {
    let to_dir = |path: &Path, precious: &Path| symlink(precious, path).unwrap();
    let to_file = |path: &Path, precious: &Path| symlink(precious.join("file"), path).unwrap();
    let pipe = |path: &Path, _: &Path| mkfifo(path);
    let hard = |path: &Path, precious: &Path| fs::hard_link(precious.join("file"), path).unwrap();
    let file = |path: &Path, _: &Path| fs::write(path, "x").unwrap();
    let mut all = vec![];
    for name in [
        "runs",
        "findings",
        "ready",
        "by-commit",
        "by-key",
        "open",
        "ledger",
        "trash",
    ] {
        all.push(plant(
            &format!("a link in place of the store's `{name}`"),
            name,
            to_dir,
        ));
    }
    for name in ["runs", "findings", "by-commit", "by-key", "ledger"] {
        all.push(plant(
            &format!("a file in place of the store's `{name}`"),
            name,
            file,
        ));
    }
    for name in [
        "prune.lock",
        "gate.jsonl",
        "nudge",
        "waiting",
        "settings.seen",
        "reserve",
    ] {
        all.push(plant(
            &format!("a link in place of the store's `{name}`"),
            name,
            to_file,
        ));
        all.push(plant(
            &format!("a pipe in place of the store's `{name}`"),
            name,
            pipe,
        ));
    }
    all.push(plant(
        "a second name of a file in place of the decision log",
        "gate.jsonl",
        hard,
    ));
    for name in ["slots", "ledger", "waiting"] {
        let at: &'static str = match name {
            "slots" => "state/slots",
            "ledger" => "state/ledger",
            _ => "state/waiting",
        };
        all.push(plant(
            &format!("a link in place of the user's `{name}`"),
            at,
            to_dir,
        ));
    }
    all.push(plant(
        "a link in place of the user's key",
        "state/seal.key",
        to_file,
    ));
    all.push(plant(
        "a pipe in place of the user's key",
        "state/seal.key",
        pipe,
    ));
    all.push(plant(
        "a pipe in place of a slot",
        "state/slots/slot-0",
        pipe,
    ));
    all.push(plant(
        "a link in place of a slot",
        "state/slots/slot-0",
        to_file,
    ));
    all
}

/// What belongs to somebody else. Needs the right to give files away.
fn owned() -> Vec<Attempt> {
    if rustix::process::geteuid().as_raw() != 0 {
        return Vec::new();
    }
    let foreign = |name: &str, at: &'static str, store_is_used: bool| {
        attempt(GROUP, name, move || {
            let place = ready();
            place.agents(&["run", "HEAD"]).exits(1);
            let path = match at.strip_prefix("state/") {
                Some(rest) => place.root().join("state/git-agents").join(rest),
                None => place.store().join(at),
            };
            chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
            let before = below(&path).len();
            review(&place);
            let about = fs::metadata(&path).unwrap();
            assert_eq!(about.uid(), NOBODY, "it was not replaced");
            assert!(
                store_is_used || below(&path).len() == before,
                "it was written to"
            );
        })
    };
    vec![
        foreign("a store that belongs to somebody else", "", false),
        foreign("runs that belong to somebody else", "runs", false),
        foreign("findings that belong to somebody else", "findings", false),
        foreign("slots that belong to somebody else", "state/slots", true),
        attempt(GROUP, "a repository that belongs to somebody else", || {
            let place = ready();
            for path in below(&place.repo) {
                std::os::unix::fs::lchown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
            }
            let ran = place.agents(&["run", "HEAD", "--format", "json"]);
            assert!(ran.code >= 2, "{ran:?}");
        }),
        attempt(GROUP, "hold all slots for ever", || {
            let place = ready();
            place.config("agents.jobs", "1");
            let dir = place.root().join("state/git-agents/slots");
            fs::create_dir_all(&dir).unwrap();
            let path = dir.join("slot-0");
            fs::write(&path, "").unwrap();
            chown(&dir, Some(NOBODY), Some(NOBODY)).unwrap();
            let held = fs::File::open(&path).unwrap();
            held.lock().unwrap();
            review(&place);
        }),
    ]
}
