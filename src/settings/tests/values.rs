//! What each key does, and what is not a value of it.

use crate::settings::entry::Scope;
use std::time::Duration;

use super::*;
use crate::model::{Auto, Price};

#[test]
fn an_apis_place_is_a_plain_url_and_its_key_a_variables_name() {
    use crate::settings::value::{url, variable};
    assert_eq!(
        url("http://localhost:11434/v1/").as_deref(),
        Some("http://localhost:11434/v1")
    );
    assert_eq!(
        url("https://openrouter.ai/api/v1").as_deref(),
        Some("https://openrouter.ai/api/v1")
    );
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
    assert_eq!(
        variable("OPENROUTER_API_KEY").as_deref(),
        Some("OPENROUTER_API_KEY")
    );
    for bad in ["sk-ant-123", "1A", "A=B", "A B"] {
        assert_eq!(variable(bad), None, "{bad}: a key is not a name");
    }
}

#[test]
fn no_key_is_needed() {
    assert_eq!(load(&[], None).unwrap(), Settings::default());
    assert_eq!(
        loaded(&[("user.name", "x"), ("core.agents", "y")]),
        Settings::default()
    );
}

#[test]
fn the_documented_defaults_are_the_defaults() {
    for key in KEYS {
        let Some(default) = key.default else { continue };
        let loaded = loaded(&[(key.name, default)]);
        assert_eq!(loaded, Settings::default(), "{}", key.name);
        let shown = values(&loaded)
            .into_iter()
            .find(|(name, _)| name == key.name)
            .unwrap()
            .1;
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
    assert_eq!(
        set.command.as_deref().unwrap(),
        ["prog", "--flag", "two words"]
    );
    assert_eq!(set.enabled, names("security mine"));
    assert_eq!(set.auto, Auto::Never);
    assert_eq!(set.settle, Duration::from_millis(500));
    assert_eq!(set.gate, GatePolicy::Hold(Severity::High));
    assert_eq!(set.gate_wait, Duration::from_secs(60));
    assert!(set.gate_unreviewed_holds);
    assert_eq!(
        (set.timeout, set.idle_timeout),
        (Duration::from_secs(3600), Duration::from_secs(90))
    );
    assert_eq!(
        (
            set.jobs,
            set.prompt_bytes,
            set.prompts_per_agent,
            set.output_bytes
        ),
        (9, 1 << 20, 2, 64 << 10)
    );
    assert_eq!((set.budget_daily, set.budget_run), (Some(2.5), Some(1.0)));
    assert_eq!(set.per_agent["retro"].budget, Some(0.25));
    let price = |input, output, cached| {
        Some(Price {
            input,
            output,
            cached,
        })
    };
    assert_eq!(
        set.price_of(Some("vendor/m-1.5:2"), "codex"),
        price(3.0, 15.0, 0.3)
    );
    assert_eq!(
        set.price_of(Some("another"), "codex"),
        price(1.25, 10.0, 1.25)
    );
    assert_eq!(set.price_of(None, "claude"), None);
    assert_eq!((set.keep_runs, set.keep_days), (5, 30));
    assert_eq!(set.exclude, ["gen/**", "a b/*", "*.snap"]);
    assert_eq!(
        (set.auto_branches.join(" "), set.auto_paths.join(" ")),
        ("main !wip/**".into(), "src/".into())
    );
    assert!(!set.nudge && set.notes);
    assert_eq!(set.ignored, Vec::<String>::new());
    let again: Vec<ConfigEntry> = values(&set)
        .iter()
        .map(|(key, value)| entry(key, value))
        .collect();
    assert_eq!(
        load(&again, None).unwrap(),
        set,
        "shown as one would write it"
    );
}

#[test]
fn the_last_entry_counts_and_only_it_is_understood() {
    assert_eq!(
        loaded(&[("agents.jobs", "2"), ("agents.jobs", "3")]).jobs,
        3
    );
    assert_eq!(
        loaded(&[("agents.jobs", "many"), ("agents.jobs", "3")]).jobs,
        3
    );
    assert_eq!(
        loaded(&[("agents.model", "m"), ("agents.model", "")]).model,
        None
    );
    assert_eq!(
        loaded(&[("agents.command", "x"), ("agents.command", "")]).command,
        None
    );
    assert_eq!(
        loaded(&[
            ("agents.exclude", "a"),
            ("agents.exclude", ""),
            ("agents.exclude", "b")
        ])
        .exclude,
        ["b"]
    );
    assert_eq!(loaded(&[("agents.enabled", "")]).enabled, []);
}

#[test]
fn a_bare_key_is_true_for_a_flag_and_a_mistake_elsewhere() {
    let bare = |key| ConfigEntry {
        value: None,
        ..entry(key, "")
    };
    assert!(
        load(&[entry("agents.nudge", "no"), bare("agents.nudge")], None)
            .unwrap()
            .nudge
    );
    let said = load(&[bare("agents.gate")], None).unwrap_err();
    assert!(
        said.to_string()
            .starts_with("`agents.gate` is without a value, expected `off`"),
        "{said}"
    );
}

#[test]
fn a_mistake_names_key_value_form_place_and_the_way_out() {
    let local = mistake("agents.gate", "hihg");
    insta::assert_snapshot!(local, @"`agents.gate` is `hihg`, expected `off`, `warn`, `low`, `medium`, `high` or `critical`, in `.git/config`");
    assert_eq!(
        local.hints,
        [
            "git config agents.gate high",
            "git config --unset-all agents.gate"
        ]
    );
    let included = ConfigEntry {
        origin: "file:/etc/team conf".into(),
        scope: Scope::System,
        ..entry("agents.keep", "x")
    };
    let included = load(&[included], None).unwrap_err();
    assert_eq!(
        included.hints,
        [
            "git config --file '/etc/team conf' agents.keep '200 runs 30 days'",
            "git config --file '/etc/team conf' --unset-all agents.keep"
        ]
    );
    let typed = ConfigEntry {
        origin: "command line:".into(),
        scope: Scope::Command,
        ..entry("agents.jobs", "0")
    };
    let typed = load(&[typed], None).unwrap_err();
    insta::assert_snapshot!(typed, @"`agents.jobs` is `0`, expected a number from 1 to 256, in the command line or environment");
    assert_eq!(typed.hints, ["git agents config"]);
    let agent = mistake("agents.my-own.model", "--yolo");
    assert_eq!(agent.key, "agents.my-own.model");
    assert_eq!(agent.hints, ["git config --unset-all agents.my-own.model"]);
    let hostile = mistake(
        "agents.backend",
        &format!("\u{1b}]0;x\u{7}{}", "y".repeat(500)),
    );
    assert!(
        !hostile.to_string().contains('\u{1b}') && hostile.to_string().len() < 300,
        "{hostile}"
    );
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
    assert_eq!(
        Settings {
            ignored: Vec::new(),
            ..unknown
        },
        Settings::default()
    );
}

#[test]
fn names_of_keys_are_documented_once() {
    for (i, key) in KEYS.iter().enumerate() {
        assert!(
            key.about.ends_with('.') && !key.expects.is_empty(),
            "{}",
            key.name
        );
        assert!(
            KEYS[..i].iter().all(|other| other.name != key.name),
            "{}",
            key.name
        );
        let shown = values(&Settings::default())
            .iter()
            .any(|(name, _)| name == key.name);
        assert!(shown || key.name.contains('<'), "{} is shown", key.name);
    }
}

proptest! {
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
}
