//! Where an entry comes from, and what it may set from there.

use crate::settings::entry::Scope;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::*;

#[test]
fn a_file_that_could_be_tracked_sets_data_only() {
    let mut entries = vec![
        entry("agents.gate", "high"),
        tracked("agents.exclude", "gen/**"),
    ];
    for key in KEYS.iter().filter(|key| key.reach == Reach::Owner) {
        entries.push(tracked(
            &key.name
                .replace("<agent>", "security")
                .replace("<name>", "codex"),
            "1",
        ));
    }
    let settings = load(&entries, None).unwrap();
    let owners = KEYS.iter().filter(|key| key.reach == Reach::Owner).count();
    assert_eq!(settings.ignored.len(), owners);
    assert!(settings.ignored.contains(
        &"`agents.command` in `.git/../team` is not obeyed: a file inside the work tree may not set it".to_owned()
    ));
    let expected = Settings {
        gate: GatePolicy::Hold(Severity::High),
        exclude: vec!["gen/**".into()],
        ignored: settings.ignored.clone(),
        ..Settings::default()
    };
    assert_eq!(settings, expected);
}

/// A repository, its work tree and a home, as real git sees them.
struct Sandbox {
    dir: tempfile::TempDir,
}

impl Sandbox {
    fn new() -> Self {
        let place = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        fs::create_dir_all(place.path("home")).unwrap();
        place.git(&["init", "-q", "-b", "main", "../work"], "home");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        fs::canonicalize(self.dir.path()).unwrap().join(name)
    }

    fn git(&self, args: &[&str], at: &str) -> Vec<u8> {
        let run = Command::new("git")
            .args(args)
            .current_dir(self.path(at))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.path("home"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output()
            .unwrap();
        assert!(
            run.status.success(),
            "{args:?}: {}",
            String::from_utf8_lossy(&run.stderr)
        );
        run.stdout
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn list(&self, more: &[&str]) -> Vec<ConfigEntry> {
        let args = [
            more,
            &["config", "--list", "-z", "--show-scope", "--show-origin"],
        ]
        .concat();
        parse_config_list(&self.git(&args, "work"), Some(&self.path("work")))
    }

    /// Where the work's `agents.command` lines stand, and whether they count as trackable.
    fn commands(&self) -> Vec<(String, bool)> {
        let entries = self
            .list(&[])
            .into_iter()
            .filter(|e| e.key == "agents.command");
        entries
            .map(|e| (e.value.unwrap(), e.inside_work_tree))
            .collect()
    }
}

#[test]
fn what_git_prints_is_read() {
    let place = Sandbox::new();
    place.write(
        "home/.gitconfig",
        "[agents]\n\tgate = low\n[agents \"security\"]\n\tbackend\n",
    );
    place.git(&["config", "agents.promptBytes", "100k"], "work");
    place.git(&["config", "agents.command", "x 'a\nb'"], "work");
    let entries = place.list(&["-c", "agents.jobs=7"]);
    let ours: Vec<_> = entries
        .iter()
        .filter(|e| e.key.starts_with("agents."))
        .collect();
    let short: Vec<_> = ours
        .iter()
        .map(|e| {
            (
                e.key.as_str(),
                e.value.as_deref(),
                e.scope,
                e.inside_work_tree,
            )
        })
        .collect();
    assert_eq!(
        short,
        [
            ("agents.gate", Some("low"), Scope::Global, false),
            ("agents.security.backend", None, Scope::Global, false),
            ("agents.promptbytes", Some("100k"), Scope::Local, false),
            ("agents.command", Some("x 'a\nb'"), Scope::Local, false),
            ("agents.jobs", Some("7"), Scope::Command, false),
        ]
    );
    assert_eq!(ours[0].file().unwrap(), place.path("home/.gitconfig"));
    assert_eq!(ours[4].place(), "the command line or environment");
}

#[test]
fn only_files_that_git_could_track_count_as_inside() {
    let place = Sandbox::new();
    let outside = place.path("home/team");
    place.write("home/team", "[agents]\n\tcommand = outside\n");
    place.write("work/.team", "[agents]\n\tcommand = tracked\n");
    place.write("work/.git/extra", "[agents]\n\tcommand = private\n");
    symlink("../.team", place.path("work/.git/link")).unwrap();
    symlink(place.path("work"), place.path("home/alias")).unwrap();
    let alias = place.path("home/alias/.team");
    place.git(&["config", "agents.command", "own"], "work");
    let includes = [
        outside.to_str().unwrap(),
        "../.team",
        "extra",
        "link",
        alias.to_str().unwrap(),
    ];
    for include in includes {
        place.git(&["config", "--add", "include.path", include], "work");
    }
    let found = place.commands();
    let expected = [
        ("own", false),
        ("outside", false),
        ("tracked", true),
        ("private", false),
        ("tracked", true),
        ("tracked", true),
    ];
    assert_eq!(
        found,
        expected.map(|(value, inside)| (value.to_owned(), inside))
    );
    let settings = load(&place.list(&[]), None).unwrap();
    assert_eq!(settings.command.unwrap(), ["private"]);
    assert_eq!(settings.ignored.len(), 3, "{:?}", settings.ignored);
}

#[test]
fn the_users_includes_into_the_work_tree_are_no_way_round() {
    let place = Sandbox::new();
    place.write(
        "work/.team",
        "[agents]\n\tbackend = command\n\tcommand = tracked\n",
    );
    place.write(
        "home/.gitconfig",
        &format!(
            "[include]\n\tpath = {}\n",
            place.path("work/.team").display()
        ),
    );
    assert_eq!(place.commands(), [("tracked".to_owned(), true)]);
    let settings = load(&place.list(&[]), None).unwrap();
    assert_eq!(
        (settings.command, settings.backend.as_str()),
        (None, "auto")
    );
}

#[test]
fn places_without_a_known_owner_are_not_trusted() {
    let list = b"submodule\0blob:abc\0agents.command\nx\0later\0file:/etc/x\0agents.command\ny\0local\0blob:HEAD:x\0agents.jobs\n2\0";
    let entries = parse_config_list(list, Some(Path::new("/w")));
    assert_eq!(entries.len(), 3);
    assert!(entries.iter().all(|e| e.inside_work_tree));
    let bare = parse_config_list(b"local\0file:config\0agents.command\nx\0", None);
    assert!(!bare[0].inside_work_tree);
}

proptest! {
    #[test]
    fn no_config_makes_reading_panic(output in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = load(&parse_config_list(&output, Some(Path::new("/w"))), None);
    }

    #[test]
    fn tracked_files_never_name_a_program(pairs in prop::collection::vec((
        prop::sample::select(vec!["agents.command", "agents.backend", "agents.security.backend", "agents.Command",
                                  "AGENTS.COMMAND", "agents.x.BACKEND", "agents.model"]),
        "[a-z]{1,8}"), 0..8)) {
        let entries: Vec<ConfigEntry> = pairs.iter().map(|(key, value)| tracked(key, value)).collect();
        let settings = load(&entries, None).unwrap();
        prop_assert_eq!(settings.ignored.len(), entries.len());
        prop_assert_eq!(Settings { ignored: Vec::new(), ..settings }, Settings::default());
    }
}
