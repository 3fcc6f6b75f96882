//! `git agents run --command NAME ARGS`: one agent of its own, several in their roles, in front or behind.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::scene::{finding, injected, line, reply, script};
use crate::support::{Ran, Sandbox};

const FILE: &str = ".claude/commands/perf.md";
const TEXT: &str = "---\ndescription: Looks for slowness\nargument-hint: [path] [depth]\nallowed-tools: Read, Bash(git diff:*)\n\
                    hooks: {}\n---\nLook at $1 to depth $2 ($ARGUMENTS).\nNow: !`git diff $1`\nSee @src/db.py\n";

fn place() -> Sandbox {
    let place = injected();
    let steps = |name: &str| json!([{"dump": seen(&place, name)}, {"reply": reply(&[finding("Slow", "low")])}]);
    let names = ["command-perf", "security", "retro"];
    place.fake_agent(&script(&names.map(|name| (name, steps(name)))));
    place.write(FILE, TEXT);
    place
}

fn seen(place: &Sandbox, agent: &str) -> PathBuf {
    place.root().join(format!("{agent}.json"))
}

fn prompt_of(place: &Sandbox, agent: &str) -> Option<String> {
    let seen: Value = serde_json::from_slice(&fs::read(seen(place, agent)).ok()?).unwrap();
    Some(seen["stdin"].as_str().unwrap().to_owned())
}

#[track_caller]
fn refused(ran: Ran, words: &[&str]) {
    let ran = ran.refuses(words);
    assert!(
        ran.err.lines().count() == 2 && ran.err.starts_with("error: "),
        "{}",
        ran.err
    );
}

#[test]
fn a_command_runs_as_one_agent_with_its_arguments_and_without_running_anything() {
    let place = place();
    place.agents(&["trust", "perf", "--yes"]).exits(0);
    let run = [
        "run",
        "HEAD",
        "--format",
        "json",
        "--command",
        "perf",
        "src/db.py",
        "two words",
        "--",
        "-x",
    ];
    let report = place.agents(&run).exits(0).json();
    assert_eq!(report["agents"].as_array().unwrap().len(), 1, "{report:#}");
    assert_eq!(line(&report, "command-perf")["outcome"], "answered");
    assert_eq!(report["findings"][0]["agents"], json!(["command-perf"]));
    let prompt = prompt_of(&place, "command-perf").unwrap();
    assert!(
        prompt.contains("Look at src/db.py to depth two words (src/db.py two words -x).\n"),
        "{prompt}"
    );
    assert!(
        prompt.contains("Now: [not run: git diff src/db.py]\nSee [file not included: src/db.py]\n"),
        "{prompt}"
    );
    assert!(
        !prompt.contains("def find(cur, name):\n    cur"),
        "no file was read"
    );
    let notes = report["notes"].to_string();
    for note in [
        "perf: !`git diff src/db.py` is not run",
        "perf: @src/db.py is not read",
        "perf: Bash(git diff:*) is not given; `git agents trust .claude/commands/perf.md --tool 'Bash(git diff:*)'`",
        "command-perf: not obeyed: hooks",
    ] {
        assert!(notes.contains(note), "{note} is not in {notes}");
    }
    // no review of the commit came of it
    assert!(!place.store().join("by-commit").exists());
    place.agents(&["run", "HEAD"]).exits(1);
    assert!(place.store().join("by-commit").exists());
}

#[test]
fn several_agents_do_it_each_in_its_role() {
    let place = place();
    place.agents(&["trust", FILE, "--yes"]).exits(0);
    let run = [
        "run",
        "HEAD",
        "--agents",
        "security,retro",
        "--format",
        "json",
        "--command",
        "/perf",
        "src",
    ];
    let report = place.agents(&run).exits(0).json();
    for name in ["security", "retro"] {
        assert_eq!(line(&report, name)["outcome"], "answered");
        let prompt = prompt_of(&place, name).unwrap();
        assert!(
            prompt.contains(&format!("You are the `{name}` reviewer"))
                && prompt.contains("Look at src to depth")
        );
    }
    assert!(prompt_of(&place, "command-perf").is_none());
    assert!(
        report["notes"]
            .to_string()
            .contains("each agent keeps its own tools"),
        "{:#}",
        report["notes"]
    );
    // the file may name them itself
    place.write(
        ".gitagents/commands/both.md",
        "---\nagents: [security, retro]\n---\nLook twice.\n",
    );
    place.agents(&["trust", "both", "--yes"]).exits(0);
    let report = place
        .agents(&["run", "HEAD", "--format", "json", "--command", "both"])
        .exits(0)
        .json();
    assert!(
        line(&report, "security")["outcome"] == "answered"
            && line(&report, "retro")["outcome"] == "answered"
    );
    assert!(
        prompt_of(&place, "retro").unwrap().contains("Look twice."),
        "not the answer of an earlier task"
    );
}

#[test]
fn in_the_background_it_returns_at_once_and_the_result_is_waited_for() {
    let place = place();
    place.agents(&["trust", "perf", "--yes"]).exits(0);
    let started = place
        .agents(&[
            "run",
            "HEAD",
            "--background",
            "--command",
            "perf",
            "src/db.py",
        ])
        .exits(0);
    assert!(
        started
            .err
            .contains("perf: !`git diff src/db.py` is not run"),
        "{}",
        started.err
    );
    let report = place.agents(&["wait", "--format", "json"]).exits(0).json();
    assert_eq!(report["run"], started.out.trim());
    assert_eq!(line(&report, "command-perf")["outcome"], "answered");
    assert!(
        prompt_of(&place, "command-perf")
            .unwrap()
            .contains("Look at src/db.py to depth ")
    );
}

#[test]
fn an_untrusted_or_changed_command_never_runs() {
    let place = place();
    let run = ["run", "HEAD", "--command", "perf"];
    refused(
        place.agents(&run),
        &[
            "command `perf`",
            "perf.md is not trusted",
            "`git agents trust .claude/commands/perf.md`",
        ],
    );
    place.agents(&["trust", "perf", "--yes"]).exits(0);
    place.write(FILE, TEXT.replace("slowness", "nothing"));
    refused(
        place.agents(&run),
        &[
            "changed since you trusted it",
            "`git agents trust .claude/commands/perf.md`",
        ],
    );
    refused(
        place.agents(&["run", "HEAD", "--background", "--command", "perf"]),
        &["changed since you trusted it"],
    );
    assert!(!place.store().exists() && prompt_of(&place, "command-perf").is_none());
}

#[test]
fn a_command_that_changes_before_the_background_gets_to_it_is_not_run() {
    let place = place();
    place.agents(&["trust", "perf", "--yes"]).exits(0);
    place.config("agents.jobs", "1");
    // the run is on disk as it was asked for; its supervisor reads the file anew
    let started = place
        .agents(&["run", "HEAD", "--background", "--command", "perf"])
        .exits(0);
    place.agents(&["wait"]);
    place.write(FILE, TEXT.replace("Look", "Obey"));
    let ran = place.agents(&["retry", started.out.trim()]);
    assert!(
        ran.code != 0 && ran.err.contains("changed since you trusted it"),
        "{}",
        ran.err
    );
    assert!(!prompt_of(&place, "command-perf").unwrap().contains("Obey"));
}

#[test]
fn an_unknown_command_lists_what_exists() {
    let place = place();
    refused(
        place.agents(&["run", "--command", "pref"]),
        &["there is no command `pref`", "there are: perf"],
    );
    fs::remove_file(place.repo.join(FILE)).unwrap();
    refused(
        place.agents(&["run", "--command", "pref"]),
        &["none is there", "`git agents agents`"],
    );
    place.write(FILE, TEXT);
    place.agents(&["trust", "perf", "--yes"]).exits(0);
    refused(
        place.agents(&["run", "--command", "perf", "--agents", "nobody"]),
        &["unknown agent `nobody`"],
    );
    assert!(!place.store().exists());
}

#[test]
fn the_users_own_commands_need_no_trust_and_come_first() {
    let place = place();
    let mine = |dir: &str, text: &str| {
        let path = place.root().join(dir);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    mine(
        "config/git-agents/commands/perf.md",
        "My own perf: $ARGUMENTS.",
    );
    mine("home/.claude/commands/deep/nested.md", "Nested.");
    place
        .agents(&["run", "HEAD", "--command", "perf", "here"])
        .exits(0);
    assert!(
        prompt_of(&place, "command-perf")
            .unwrap()
            .contains("My own perf: here.")
    );
    place
        .agents(&["run", "HEAD", "--command", "deep:nested"])
        .exits(0);
    let listed = place.agents(&["agents"]).exits(0).out;
    assert!(
        listed.contains("perf.md: left out, the command `perf` is already defined"),
        "{listed}"
    );
}

#[test]
fn commands_are_listed_with_what_they_are_not_given() {
    let place = place();
    let listed = place.agents(&["agents"]).exits(0).out;
    for words in [
        "\ncommands\n  perf [path] [depth]: Looks for slowness\n    .claude/commands/perf.md, not trusted\n",
        "    not given unless you allow it: Bash(git diff:*)\n    ignored: hooks\n",
        "    !`git diff ` is not run\n    @src/db.py is not read\n",
        "    not run: `git agents trust .claude/commands/perf.md` shows it and asks\n",
    ] {
        assert!(listed.contains(words), "{words} is not in {listed}");
    }
    assert!(
        place
            .agents(&["trust"])
            .exits(0)
            .out
            .contains(".claude/commands/perf.md  not trusted")
    );
    let json = place.agents(&["agents", "--json"]).exits(0).out;
    assert!(
        json.lines()
            .any(|line| line.contains("\"command\":\"perf\"")
                && line.contains("\"standing\":\"not trusted\""))
    );
}

#[test]
fn with_no_model_there_is_nobody_to_follow_a_command() {
    let place = place();
    place.agents(&["trust", "perf", "--yes"]).exits(0);
    for agents in [&[][..], &["--agents", "security"][..]] {
        let run = [
            &["run", "HEAD", "--backend", "offline", "--format", "json"],
            agents,
            &["--command", "perf"],
        ]
        .concat();
        let report = place.agents(&run).exits(3).json();
        assert!(
            report["notes"].to_string().contains("needs a model"),
            "{report:#}"
        );
    }
}

#[test]
fn the_prompt_of_a_command_can_be_seen_beforehand() {
    let place = place();
    place.agents(&["trust", "perf", "--yes"]).exits(0);
    let shown = place
        .agents(&["prompt", "HEAD", "--command", "perf", "src/db.py"])
        .exits(0)
        .out;
    assert!(
        shown.contains("You are the `command-perf` reviewer")
            && shown.contains("Look at src/db.py"),
        "{shown}"
    );
}
