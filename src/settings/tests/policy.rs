//! A tracked file narrows and never widens.

use super::*;

#[test]
fn the_policy_narrows() {
    let toml = b"exclude = [\"gen/**\"]\nenabled = [\"retro\", \"security\", \"mine\"]\ngate = \"high\"\nguidance = \"Money is in cents.\"\n";
    let entries = [entry("agents.enabled", "security performance")];
    let settings = load(&entries, Some(toml)).unwrap();
    assert_eq!(settings.enabled, names("security"));
    assert_eq!(settings.gate, GatePolicy::Hold(Severity::High));
    assert_eq!(settings.policy.exclude, ["gen/**"]);
    assert_eq!(
        settings.policy.guidance.as_deref(),
        Some("Money is in cents.")
    );
    assert_eq!(settings.ignored.len(), 2);
    let mut again = settings.clone();
    apply_policy(&mut again);
    assert_eq!(again, settings, "doing it again changes nothing");
    let strict = load(&[entry("agents.gate", "low")], Some(b"gate = \"critical\"")).unwrap();
    assert_eq!(strict.gate, GatePolicy::Hold(Severity::Low));
    let cost = |own: &str, toml: &str| {
        load(&[entry("agents.budget.run", own)], Some(toml.as_bytes()))
            .unwrap()
            .budget_run
    };
    assert_eq!(
        [
            cost("2", "budget = 1"),
            cost("2", "budget = 3.5"),
            cost("", "budget = 0.5")
        ],
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
    assert!(
        lines("gate = \"high\"\nguidance = \n")
            .starts_with(".gitagents.toml is not obeyed: line 2: ")
    );
    let (policy, cut) = read_policy(format!("guidance = \"{}\"", "ä".repeat(5000)).as_bytes());
    assert_eq!(policy.guidance.unwrap().len(), 8192);
    assert_eq!(
        cut,
        ["`guidance` in .gitagents.toml is cut to 8192 of 10000 bytes"]
    );
    let many: String = (0..500).map(|n| format!("k{n} = 1\n")).collect();
    assert_eq!(lines(&many).lines().count(), 21);
    assert_eq!(read_policy(&[0xff]).1.len(), 1);
    assert_eq!(read_policy(&vec![b'#'; 300 * 1024]).1.len(), 1);
    assert_eq!(
        read_policy(format!("x = {}", "[".repeat(100_000)).as_bytes())
            .1
            .len(),
        1,
        "depth is bounded"
    );
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
            "exclude", "branches", "paths", "enabled", "gate", "budget", "guidance", "command",
            "backend", "jobs"
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
        prop::sample::select(vec![
            "[\"security\"]",
            "[\"security\", \"mine\"]",
            "[]",
            "[1]"
        ])
        .prop_map(str::to_owned),
        any::<String>().prop_map(|text| format!("{text:?}")),
    ];
    let lines = prop::collection::vec((key, value), 0..6).prop_map(|lines| {
        lines
            .into_iter()
            .map(|(k, v)| format!("{k} = {v}\n"))
            .collect::<String>()
            .into_bytes()
    });
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
}
