#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::model::{AgentName, Auto, GatePolicy, Price, Severity};

fn entry(key: &str, value: &str) -> ConfigEntry {
    ConfigEntry {
        key: key.to_owned(),
        value: Some(value.to_owned()),
        scope: Scope::Local,
        origin: "file:.git/config".to_owned(),
        inside_work_tree: false,
    }
}

fn tracked(key: &str, value: &str) -> ConfigEntry {
    ConfigEntry { origin: "file:.git/../team".into(), inside_work_tree: true, ..entry(key, value) }
}

fn loaded(pairs: &[(&str, &str)]) -> Settings {
    let entries: Vec<ConfigEntry> = pairs.iter().map(|(key, value)| entry(key, value)).collect();
    load(&entries, None).unwrap()
}

fn mistake(key: &str, value: &str) -> SettingsError {
    load(&[entry(key, value)], None).unwrap_err()
}

fn names(text: &str) -> Vec<AgentName> {
    text.split(' ').map(|name| AgentName::parse(name).unwrap()).collect()
}

#[test]
fn an_apis_place_is_a_plain_url_and_its_key_a_variables_name() {
    use super::value::{url, variable};
    assert_eq!(url("http://localhost:11434/v1/").as_deref(), Some("http://localhost:11434/v1"));
    assert_eq!(url("https://openrouter.ai/api/v1").as_deref(), Some("https://openrouter.ai/api/v1"));
    for bad in [
        "localhost:11434",
        "ftp://h",
        "http://",
        "http:///x",
        "http://u:p@h",
        "http://h/{dir}",
        "http://h?k=v",
        "http://h x",
    ] {
        assert_eq!(url(bad), None, "{bad}");
    }
    assert_eq!(variable("OPENROUTER_API_KEY").as_deref(), Some("OPENROUTER_API_KEY"));
    for bad in ["sk-ant-123", "1A", "A=B", "A B"] {
        assert_eq!(variable(bad), None, "{bad}: a key is not a name");
    }
}

#[test]
fn no_key_is_needed() {
    assert_eq!(load(&[], None).unwrap(), Settings::default());
    assert_eq!(loaded(&[("user.name", "x"), ("core.agents", "y")]), Settings::default());
}

#[test]
fn the_documented_defaults_are_the_defaults() {
    for key in KEYS {
        let Some(default) = key.default else { continue };
        let loaded = loaded(&[(key.name, default)]);
        assert_eq!(loaded, Settings::default(), "{}", key.name);
        let shown = values(&loaded).into_iter().find(|(name, _)| name == key.name).unwrap().1;
        assert_eq!(shown, default, "{}", key.name);
    }
}

#[test]
fn every_key_changes_what_it_says() {
    let set = loaded(&[
        ("agents.backend", "claude"),
        ("agents.security.backend", "codex"),
        ("agents.model", "m-1"),
        ("agents.retro.model", "vendor/m:2"),
        ("agents.command", "prog --flag 'two words'"),
        ("agents.enabled", "security,mine  security"),
        ("agents.auto", "never"),
        ("agents.settle", "500ms"),
        ("agents.gate", "high"),
        ("agents.gate.wait", "1m"),
        ("agents.gate.unreviewed", "hold"),
        ("agents.timeout", "1h"),
        ("agents.idletimeout", "90"),
        ("agents.jobs", "9"),
        ("agents.promptbytes", "1m"),
        ("agents.PROMPTSPERAGENT", "2"),
        ("AGENTS.outputBytes", "64k"),
        ("agents.budget.daily", "2.50"),
        ("agents.budget.run", "1"),
        ("agents.retro.budget", "0.25"),
        ("agents.vendor/m-1.5:2.price", "3 15 0.30"),
        ("agents.codex.price", "1.25 10"),
        ("agents.keep", "5 runs"),
        ("agents.exclude", "gen/** 'a b/*'"),
        ("agents.exclude", "*.snap"),
        ("agents.auto.branches", "main !wip/**"),
        ("agents.auto.paths", "src/"),
        ("agents.nudge", "off"),
        ("agents.notes", "yes"),
    ]);
    assert_eq!(set.backend, "claude");
    assert_eq!(set.backend_of(&names("security")[0]), "codex");
    assert_eq!(set.model_of(&names("security")[0]), Some("m-1"));
    assert_eq!(set.model_of(&names("retro")[0]), Some("vendor/m:2"));
    assert_eq!(set.command.as_deref().unwrap(), ["prog", "--flag", "two words"]);
    assert_eq!(set.enabled, names("security mine"));
    assert_eq!(set.auto, Auto::Never);
    assert_eq!(set.settle, Duration::from_millis(500));
    assert_eq!(set.gate, GatePolicy::Hold(Severity::High));
    assert_eq!(set.gate_wait, Duration::from_secs(60));
    assert!(set.gate_unreviewed_holds);
    assert_eq!((set.timeout, set.idle_timeout), (Duration::from_secs(3600), Duration::from_secs(90)));
    assert_eq!((set.jobs, set.prompt_bytes, set.prompts_per_agent, set.output_bytes), (9, 1 << 20, 2, 64 << 10));
    assert_eq!((set.budget_daily, set.budget_run), (Some(2.5), Some(1.0)));
    assert_eq!(set.per_agent["retro"].budget, Some(0.25));
    let price = |input, output, cached| Some(Price { input, output, cached });
    assert_eq!(set.price_of(Some("vendor/m-1.5:2"), "codex"), price(3.0, 15.0, 0.3));
    assert_eq!(set.price_of(Some("another"), "codex"), price(1.25, 10.0, 1.25));
    assert_eq!(set.price_of(None, "claude"), None);
    assert_eq!((set.keep_runs, set.keep_days), (5, 30));
    assert_eq!(set.exclude, ["gen/**", "a b/*", "*.snap"]);
    assert_eq!((set.auto_branches.join(" "), set.auto_paths.join(" ")), ("main !wip/**".into(), "src/".into()));
    assert!(!set.nudge && set.notes);
    assert_eq!(set.ignored, Vec::<String>::new());
    let again: Vec<ConfigEntry> = values(&set).iter().map(|(key, value)| entry(key, value)).collect();
    assert_eq!(load(&again, None).unwrap(), set, "shown as one would write it");
}

#[test]
fn the_last_entry_counts_and_only_it_is_understood() {
    assert_eq!(loaded(&[("agents.jobs", "2"), ("agents.jobs", "3")]).jobs, 3);
    assert_eq!(loaded(&[("agents.jobs", "many"), ("agents.jobs", "3")]).jobs, 3);
    assert_eq!(loaded(&[("agents.model", "m"), ("agents.model", "")]).model, None);
    assert_eq!(loaded(&[("agents.command", "x"), ("agents.command", "")]).command, None);
    assert_eq!(loaded(&[("agents.exclude", "a"), ("agents.exclude", ""), ("agents.exclude", "b")]).exclude, ["b"]);
    assert_eq!(loaded(&[("agents.enabled", "")]).enabled, []);
}

#[test]
fn a_bare_key_is_true_for_a_flag_and_a_mistake_elsewhere() {
    let bare = |key| ConfigEntry { value: None, ..entry(key, "") };
    assert!(load(&[entry("agents.nudge", "no"), bare("agents.nudge")], None).unwrap().nudge);
    let said = load(&[bare("agents.gate")], None).unwrap_err();
    assert!(said.to_string().starts_with("`agents.gate` is without a value, expected `off`"), "{said}");
}

#[test]
fn a_mistake_names_key_value_form_place_and_the_way_out() {
    let local = mistake("agents.gate", "hihg");
    insta::assert_snapshot!(local, @"`agents.gate` is `hihg`, expected `off`, `warn`, `low`, `medium`, `high` or `critical`, in `.git/config`");
    assert_eq!(local.hints, ["git config agents.gate warn", "git config --unset-all agents.gate"]);
    let included =
        ConfigEntry { origin: "file:/etc/team conf".into(), scope: Scope::System, ..entry("agents.keep", "x") };
    let included = load(&[included], None).unwrap_err();
    assert_eq!(
        included.hints,
        [
            "git config --file '/etc/team conf' agents.keep '200 runs 30 days'",
            "git config --file '/etc/team conf' --unset-all agents.keep"
        ]
    );
    let typed = ConfigEntry { origin: "command line:".into(), scope: Scope::Command, ..entry("agents.jobs", "0") };
    let typed = load(&[typed], None).unwrap_err();
    insta::assert_snapshot!(typed, @"`agents.jobs` is `0`, expected a number from 1 to 256, in the command line or environment");
    assert_eq!(typed.hints, ["git agents config"]);
    let agent = mistake("agents.my-own.model", "--yolo");
    assert_eq!(agent.key, "agents.my-own.model");
    assert_eq!(agent.hints, ["git config --unset-all agents.my-own.model"]);
    let hostile = mistake("agents.backend", &format!("\u{1b}]0;x\u{7}{}", "y".repeat(500)));
    assert!(!hostile.to_string().contains('\u{1b}') && hostile.to_string().len() < 300, "{hostile}");
}

#[test]
fn values_out_of_shape_or_range_are_mistakes() {
    for (key, bad) in [
        ("agents.backend", ""),
        ("agents.backend", "/bin/sh"),
        ("agents.backend", "Claude Code"),
        ("agents.security.backend", "a b"),
        ("agents.model", "-m"),
        ("agents.model", "a b"),
        ("agents.command", "unbalanced 'quote"),
        ("agents.command", "'' x"),
        ("agents.enabled", "security ../x"),
        ("agents.auto", "always"),
        ("agents.settle", "-1s"),
        ("agents.settle", "3 weeks"),
        ("agents.settle", "1.5s"),
        ("agents.settle", "2h"),
        ("agents.gate.wait", "3m"),
        ("agents.gate.unreviewed", "true"),
        ("agents.timeout", "0"),
        ("agents.timeout", "99999999999999999999h"),
        ("agents.timeout", "18446744073709551615h"),
        ("agents.idleTimeout", ""),
        ("agents.jobs", "257"),
        ("agents.promptBytes", "100"),
        ("agents.promptBytes", "1t"),
        ("agents.outputBytes", "18446744073709551615g"),
        ("agents.promptsPerAgent", "0"),
        ("agents.budget.daily", "-1"),
        ("agents.security.budget", "free"),
        ("agents.codex.price", "3"),
        ("agents.codex.price", "3 -15"),
        ("agents.codex.price", "1 2 3 4"),
        ("agents.budget.daily", "NaN"),
        ("agents.budget.daily", "1e9"),
        ("agents.budget.daily", "."),
        ("agents.keep", ""),
        ("agents.keep", "30"),
        ("agents.keep", "1 runs 2 runs"),
        ("agents.exclude", "a[b"),
        ("agents.auto.branches", "main !"),
        ("agents.auto.paths", "src/["),
        ("agents.nudge", "perhaps"),
    ] {
        assert_eq!(mistake(key, bad).key, key, "{bad}");
    }
}

#[test]
fn unknown_keys_are_listed_with_the_nearest_known_one() {
    let unknown = loaded(&[
        ("agents.timout", "1"),
        ("agents.Gate.wait", "1s"),
        ("agents.security.timeout", "1s"),
        ("agents.quite.other", "1"),
        ("agents.<agent>.backend", "claude"),
        ("agents.9.backend", "claude"),
        ("agents.\u{1b}[2J", "1"),
    ]);
    insta::assert_snapshot!(unknown.ignored.join("\n"), @r"
    `agents.timout` in `.git/config` is not a setting; did you mean `agents.timeout`?
    `agents.Gate.wait` in `.git/config` is not a setting; did you mean `agents.gate.wait`?
    `agents.security.timeout` in `.git/config` is not a setting; did you mean `agents.timeout`?
    `agents.quite.other` in `.git/config` is not a setting
    `agents.<agent>.backend` in `.git/config` is not a setting; did you mean `agents.backend`?
    `agents.9.backend` in `.git/config` is not a setting; did you mean `agents.backend`?
    `agents.\u{1b}[2J` in `.git/config` is not a setting
    ");
    assert_eq!(Settings { ignored: Vec::new(), ..unknown }, Settings::default());
}

#[test]
fn a_file_that_could_be_tracked_sets_data_only() {
    let mut entries = vec![entry("agents.gate", "high"), tracked("agents.exclude", "gen/**")];
    for key in KEYS.iter().filter(|key| key.reach == Reach::Owner) {
        entries.push(tracked(&key.name.replace("<agent>", "security").replace("<name>", "codex"), "1"));
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

#[test]
fn names_of_keys_are_documented_once() {
    for (i, key) in KEYS.iter().enumerate() {
        assert!(key.about.ends_with('.') && !key.expects.is_empty(), "{}", key.name);
        assert!(KEYS[..i].iter().all(|other| other.name != key.name), "{}", key.name);
        let shown = values(&Settings::default()).iter().any(|(name, _)| name == key.name);
        assert!(shown || key.name.contains('<'), "{} is shown", key.name);
    }
}

/// A repository, its work tree and a home, as real git sees them.
struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self { dir: tempfile::tempdir().unwrap() };
        fs::create_dir_all(place.path("home")).unwrap();
        place.git(&["init", "-q", "-b", "main", "../work"], "home");
        place
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
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
        assert!(run.status.success(), "{args:?}: {}", String::from_utf8_lossy(&run.stderr));
        run.stdout
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn list(&self, more: &[&str]) -> Vec<ConfigEntry> {
        let args = [more, &["config", "--list", "-z", "--show-scope", "--show-origin"]].concat();
        parse_config_list(&self.git(&args, "work"), Some(&self.path("work")))
    }

    /// Where the work's `agents.command` lines stand, and whether they count as trackable.
    fn commands(&self) -> Vec<(String, bool)> {
        let entries = self.list(&[]).into_iter().filter(|e| e.key == "agents.command");
        entries.map(|e| (e.value.unwrap(), e.inside_work_tree)).collect()
    }
}

#[test]
fn what_git_prints_is_read() {
    let place = Place::new();
    place.write("home/.gitconfig", "[agents]\n\tgate = low\n[agents \"security\"]\n\tbackend\n");
    place.git(&["config", "agents.promptBytes", "100k"], "work");
    place.git(&["config", "agents.command", "x 'a\nb'"], "work");
    let entries = place.list(&["-c", "agents.jobs=7"]);
    let ours: Vec<_> = entries.iter().filter(|e| e.key.starts_with("agents.")).collect();
    let short: Vec<_> =
        ours.iter().map(|e| (e.key.as_str(), e.value.as_deref(), e.scope, e.inside_work_tree)).collect();
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
    let place = Place::new();
    let outside = place.path("home/team");
    place.write("home/team", "[agents]\n\tcommand = outside\n");
    place.write("work/.team", "[agents]\n\tcommand = tracked\n");
    place.write("work/.git/extra", "[agents]\n\tcommand = private\n");
    symlink("../.team", place.path("work/.git/link")).unwrap();
    symlink(place.path("work"), place.path("home/alias")).unwrap();
    let alias = place.path("home/alias/.team");
    place.git(&["config", "agents.command", "own"], "work");
    let includes = [outside.to_str().unwrap(), "../.team", "extra", "link", alias.to_str().unwrap()];
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
    assert_eq!(found, expected.map(|(value, inside)| (value.to_owned(), inside)));
    let settings = load(&place.list(&[]), None).unwrap();
    assert_eq!(settings.command.unwrap(), ["private"]);
    assert_eq!(settings.ignored.len(), 3, "{:?}", settings.ignored);
}

#[test]
fn the_users_includes_into_the_work_tree_are_no_way_round() {
    let place = Place::new();
    place.write("work/.team", "[agents]\n\tbackend = command\n\tcommand = tracked\n");
    place.write("home/.gitconfig", &format!("[include]\n\tpath = {}\n", place.path("work/.team").display()));
    assert_eq!(place.commands(), [("tracked".to_owned(), true)]);
    let settings = load(&place.list(&[]), None).unwrap();
    assert_eq!((settings.command, settings.backend.as_str()), (None, "auto"));
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

#[test]
fn the_policy_narrows() {
    let toml = b"exclude = [\"gen/**\"]\nenabled = [\"retro\", \"security\", \"mine\"]\ngate = \"high\"\nguidance = \"Money is in cents.\"\n";
    let entries = [entry("agents.enabled", "security performance")];
    let settings = load(&entries, Some(toml)).unwrap();
    assert_eq!(settings.enabled, names("security"));
    assert_eq!(settings.gate, GatePolicy::Hold(Severity::High));
    assert_eq!(settings.policy.exclude, ["gen/**"]);
    assert_eq!(settings.policy.guidance.as_deref(), Some("Money is in cents."));
    assert_eq!(settings.ignored.len(), 2);
    let mut again = settings.clone();
    apply_policy(&mut again);
    assert_eq!(again, settings, "doing it again changes nothing");
    let strict = load(&[entry("agents.gate", "low")], Some(b"gate = \"critical\"")).unwrap();
    assert_eq!(strict.gate, GatePolicy::Hold(Severity::Low));
    let cost =
        |own: &str, toml: &str| load(&[entry("agents.budget.run", own)], Some(toml.as_bytes())).unwrap().budget_run;
    assert_eq!(
        [cost("2", "budget = 1"), cost("2", "budget = 3.5"), cost("", "budget = 0.5")],
        [Some(1.0), Some(2.0), Some(0.5)]
    );
}

#[test]
fn what_the_policy_may_not_say_is_listed() {
    let lines = |toml: &str| read_policy(toml.as_bytes()).1.join("\n");
    let toml = "command = \"curl\"\ngate = \"off\"\nbackend = \"command\"\ncolour = 1\nexclude = \"a\"\nenabled = [\"../x\"]\n[agents]\nx = 1\n";
    insta::assert_snapshot!(lines(toml), @r"
    `agents` in .gitagents.toml is not known; `exclude`, `branches`, `paths`, `enabled`, `gate`, `budget` and `guidance` are
    `backend` in .gitagents.toml is not obeyed: a tracked file cannot set it
    `colour` in .gitagents.toml is not known; `exclude`, `branches`, `paths`, `enabled`, `gate`, `budget` and `guidance` are
    `command` in .gitagents.toml is not obeyed: a tracked file cannot set it
    `enabled` in .gitagents.toml is not obeyed: `../x` is no name
    `exclude` in .gitagents.toml is not obeyed: expected a list of texts
    `gate` in .gitagents.toml is not obeyed: expected `low`, `medium`, `high` or `critical`
    ");
    assert!(lines("gate = \"high\"\nguidance = \n").starts_with(".gitagents.toml is not obeyed: line 2: "));
    let (policy, cut) = read_policy(format!("guidance = \"{}\"", "ä".repeat(5000)).as_bytes());
    assert_eq!(policy.guidance.unwrap().len(), 8192);
    assert_eq!(cut, ["`guidance` in .gitagents.toml is cut to 8192 of 10000 bytes"]);
    let many: String = (0..500).map(|n| format!("k{n} = 1\n")).collect();
    assert_eq!(lines(&many).lines().count(), 21);
    assert_eq!(read_policy(&[0xff]).1.len(), 1);
    assert_eq!(read_policy(&vec![b'#'; 300 * 1024]).1.len(), 1);
    assert_eq!(read_policy(format!("x = {}", "[".repeat(100_000)).as_bytes()).1.len(), 1, "depth is bounded");
}

fn rank(gate: GatePolicy) -> u8 {
    match gate {
        GatePolicy::Off => 0,
        GatePolicy::Warn => 1,
        GatePolicy::Hold(severity) => 5 - severity as u8,
    }
}

/// Policy bytes from noise to well-formed.
fn policy_bytes() -> impl Strategy<Value = Vec<u8>> {
    let key = prop_oneof![
        prop::sample::select(vec![
            "exclude", "branches", "paths", "enabled", "gate", "budget", "guidance", "command", "backend", "jobs"
        ])
        .prop_map(str::to_owned),
        "[a-z.\"]{1,12}",
    ];
    let value = prop_oneof![
        prop::sample::select(vec![
            "\"off\"",
            "\"warn\"",
            "\"low\"",
            "\"critical\"",
            "99",
            "0.5",
            "-1",
            "true",
            "\"rm -rf /\""
        ])
        .prop_map(str::to_owned),
        prop::sample::select(vec!["[\"security\"]", "[\"security\", \"mine\"]", "[]", "[1]"]).prop_map(str::to_owned),
        any::<String>().prop_map(|text| format!("{text:?}")),
    ];
    let lines = prop::collection::vec((key, value), 0..6)
        .prop_map(|lines| lines.into_iter().map(|(k, v)| format!("{k} = {v}\n")).collect::<String>().into_bytes());
    prop_oneof![3 => lines, 1 => prop::collection::vec(any::<u8>(), 0..120)]
}

proptest! {
    #[test]
    fn a_policy_never_widens(
        bytes in policy_bytes(),
        gate in prop::sample::select(vec!["off", "warn", "low", "medium", "high", "critical"]),
        enabled in prop::sample::select(vec!["", "security", "security performance retro", "mine"]),
    ) {
        let entries = [entry("agents.gate", gate), entry("agents.enabled", enabled), entry("agents.command", "p"), entry("agents.budget.run", "1")];
        let alone = load(&entries, None).unwrap();
        let with = load(&entries, Some(&bytes)).unwrap();
        prop_assert!(with.enabled.iter().all(|name| alone.enabled.contains(name)));
        prop_assert!(rank(with.gate) >= rank(alone.gate));
        prop_assert!(with.budget_run.is_some_and(|most| most <= 1.0));
        prop_assert!(with.policy.guidance.as_ref().is_none_or(|text| text.len() <= 8192));
        let same = Settings {
            enabled: alone.enabled.clone(),
            gate: alone.gate,
            budget_run: alone.budget_run,
            policy: alone.policy.clone(),
            ignored: alone.ignored.clone(),
            ..with
        };
        prop_assert_eq!(same, alone);
    }

    #[test]
    fn no_config_makes_reading_panic(output in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = load(&parse_config_list(&output, Some(Path::new("/w"))), None);
    }

    #[test]
    fn no_value_makes_reading_panic(key in prop::sample::select(KEYS.iter().map(|k| k.name).collect::<Vec<_>>()),
                                    value in prop_oneof![any::<String>(), "[0-9]{1,25}[a-z ]{0,4}", "[0-9]+ runs [0-9]+ days"],
                                    inside in any::<bool>()) {
        let key = key.replace("<agent>", "retro").replace("<name>", "m-1.5");
        let found = ConfigEntry { inside_work_tree: inside, ..entry(&key, &value) };
        match load(&[found], None) {
            Ok(settings) => {
                let again: Vec<ConfigEntry> = values(&settings).iter().map(|(k, v)| entry(k, v)).collect();
                let again = load(&again, None).unwrap();
                prop_assert_eq!(Settings { ignored: settings.ignored.clone(), ..again }, settings);
            }
            Err(e) => prop_assert!(!e.hints.is_empty() && !e.to_string().contains('\n')),
        }
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
