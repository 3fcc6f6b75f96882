//! Agents that may read: what they see, what they are told, and what is checked when they are done.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::scene::{self, injected, reply};
use crate::support::{Sandbox, eventually};

/// Defines an agent of the person with these tools, and enables it alone.
fn define(place: &Sandbox, name: &str, tools: &str) {
    let dir = place.root().join("config/git-agents/agents");
    fs::create_dir_all(&dir).unwrap();
    let text = format!(
        "---\nname: {name}\ndescription: follows calls\ntools: {tools}\n---\nFollow each call.\n"
    );
    fs::write(dir.join(format!("{name}.md")), text).unwrap();
    place.config("agents.enabled", name);
}

/// Files that stand in the agent's working directory, and the prompt.
struct Seen {
    files: serde_json::Map<String, Value>,
    writable: bool,
    at: PathBuf,
    prompt: String,
}

fn steps(place: &Sandbox) -> Value {
    let at = |name: &str| place.root().join(name).display().to_string();
    json!([{"tree": at("tree.json")}, {"dump": at("dump.json")}, {"reply": reply(&[])}])
}

fn seen(place: &Sandbox) -> Seen {
    let read = |name: &str| -> Value {
        serde_json::from_slice(&fs::read(place.root().join(name)).unwrap()).unwrap()
    };
    let tree = read("tree.json");
    Seen {
        files: tree["files"].as_object().unwrap().clone(),
        writable: tree["writable"] == json!(true),
        at: tree["at"].as_str().unwrap().into(),
        prompt: read("dump.json")["stdin"].as_str().unwrap().to_owned(),
    }
}

/// Lets an exploring agent look around in a review of the target.
fn explore(place: &Sandbox, target: &[&str]) -> (Seen, Value) {
    define(place, "tracer", "Read, Grep, Glob");
    place.fake_agent(&json!({"default": steps(place)}));
    let ran = place.agents(&[&["run", "--format", "json"], target].concat());
    assert!(ran.code < 2, "{}\n{}", ran.out, ran.err);
    (seen(place), ran.json())
}

fn names(seen: &Seen) -> Vec<&str> {
    seen.files.keys().map(String::as_str).collect()
}

/// No directory of ours is left in the place's temporary directory.
fn leftovers(place: &Sandbox) -> Vec<String> {
    let entries = fs::read_dir(place.root().join("tmp")).unwrap().flatten();
    entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|n| n.starts_with("git-agents-"))
        .collect()
}

/// A key that the detector knows, put together so that no file of ours holds one.
fn key() -> String {
    format!("AKIA{}", "Z7XQ4M2P9WKD5RTB")
}

#[test]
fn an_exploring_agent_sees_the_reviewed_tree_and_nothing_else() {
    let place = injected();
    place.write(
        "src/caller.py",
        "from db import find\nfind(cursor, request.args['name'])\n",
    );
    place.write(
        "src/later.py",
        "print('committed after the reviewed one')\n",
    );
    let reviewed = place.commit("call it");
    place.write("src/caller.py", "print('not under review')\n");
    place.commit("later");
    place.write("src/caller.py", "print('not even committed')\n");
    place.write("untracked.txt", "x");
    let (seen, report) = explore(&place, &[&reviewed]);
    assert_eq!(
        names(&seen),
        ["README.md", "src/caller.py", "src/db.py", "src/later.py"]
    );
    assert_eq!(
        seen.files["src/caller.py"],
        "from db import find\nfind(cursor, request.args['name'])\n"
    );
    assert!(!seen.writable, "something in it can be written");
    assert!(
        !seen.at.starts_with(&place.repo) && !seen.at.exists(),
        "{}",
        seen.at.display()
    );
    assert!(
        seen.prompt
            .contains("a read-only copy of all 4 files of the reviewed tree"),
        "{}",
        seen.prompt
    );
    assert!(!seen.prompt.contains("You have no tools"));
    assert_eq!(scene::line(&report, "tracer")["outcome"], "answered");
    assert_eq!(
        report["notes"].to_string().matches("warning").count(),
        0,
        "{report:#}"
    );
    let shown = place
        .agents(&["prompt", "-v", "--agent", "tracer", &reviewed])
        .exits(0)
        .err;
    assert!(
        shown.contains("may read all 4 files of the reviewed tree: "),
        "{shown}"
    );
    assert!(shown.contains("may be read: src/caller.py"), "{shown}");
    assert_eq!(leftovers(&place), [""; 0]);
}

#[test]
fn uncommitted_work_is_seen_as_it_is_reviewed() {
    let place = injected();
    place.write(
        "src/db.py",
        "def find(cur, name):\n    return cur.run(name)\n",
    );
    place.write("src/new.py", "import db\n");
    fs::remove_file(place.repo.join("README.md")).unwrap();
    let (seen, _) = explore(&place, &[]);
    assert_eq!(names(&seen), ["src/db.py", "src/new.py"]);
    assert_eq!(
        seen.files["src/db.py"],
        "def find(cur, name):\n    return cur.run(name)\n"
    );
    place.git(&["add", "src/db.py"]).exits(0);
    place.write("src/db.py", "edited after `git add`\n");
    let (seen, _) = explore(&place, &["--staged"]);
    assert_eq!(names(&seen), ["README.md", "src/db.py"]);
    assert_eq!(
        seen.files["src/db.py"],
        "def find(cur, name):\n    return cur.run(name)\n"
    );
}

#[test]
fn nothing_that_agents_obey_is_in_the_snapshot() {
    let place = injected();
    let obeyed = [
        "CLAUDE.md",
        "AGENTS.md",
        "sub/AGENTS.md",
        "GEMINI.md",
        "QWEN.md",
        ".claude/settings.json",
        ".mcp.json",
        ".codex/config.toml",
        ".gemini/settings.json",
        ".cursorrules",
        ".cursor/rules/x.mdc",
        ".opencode/agent/x.md",
        "opencode.json",
        ".qwen/settings.json",
        ".pi/SYSTEM.md",
        ".github/copilot-instructions.md",
        ".github/agents/x.md",
        ".agents/skills/x/SKILL.md",
        ".gitagents/agents/x.md",
        ".vscode/mcp.json",
    ];
    for path in obeyed {
        place.write(path, "obey me\n");
    }
    place.write(".env", "X=1\n");
    place.write(".github/workflows/ci.yml", "on: push\n");
    place.write("private/x.txt", "x\n");
    place.write("picture.bin", b"\0\0\0");
    place.write("use.py", "import db\n");
    place.config("agents.exclude", "private/");
    place.commit("everything");
    let (seen, report) = explore(&place, &[]);
    assert_eq!(
        names(&seen),
        [
            ".github/workflows/ci.yml",
            "README.md",
            "src/db.py",
            "use.py"
        ]
    );
    let told =
        "20 configuration files of agents, 1 file of credentials, 1 excluded file, 1 binary file";
    assert!(
        seen.prompt
            .contains(&format!("Left out on purpose: {told}.")),
        "{}",
        seen.prompt
    );
    assert_eq!(scene::line(&report, "tracer")["outcome"], "answered");
}

#[test]
fn a_link_is_kept_only_where_it_stays_inside() {
    let place = injected();
    let link = |target: &str, name: &str| {
        std::os::unix::fs::symlink(target, place.repo.join(name)).unwrap();
    };
    link("src/db.py", "inside.py");
    link("../README.md", "src/up.md");
    link("/etc/passwd", "absolute");
    link("../outside", "climbs");
    link("src", "directory");
    link("src/../../x", "winding");
    link("missing", "dangling");
    place.commit("links");
    let (seen, _) = explore(&place, &[]);
    assert_eq!(
        names(&seen),
        ["README.md", "inside.py", "src/db.py", "src/up.md"]
    );
    assert_eq!(seen.files["inside.py"], "-> src/db.py");
    assert!(seen.prompt.contains("5 links"), "{}", seen.prompt);
}

#[test]
fn secrets_are_masked_in_what_can_be_read() {
    let place = injected();
    place.write(
        "settings.py",
        format!("aws_access_key_id = \"{}\"\n", key()),
    );
    place.write("notes.txt", format!("somebody wrote {} here\n", key()));
    place.commit("settings");
    place.write("src/db.py", "import settings\n");
    place.commit("use them");
    let (seen, report) = explore(&place, &[]);
    let texts = Value::Object(seen.files.clone()).to_string();
    assert!(!texts.contains(&key()), "{texts}");
    assert!(
        seen.files["settings.py"]
            .as_str()
            .unwrap()
            .contains("[redacted:"),
        "{texts}"
    );
    assert!(
        seen.prompt.contains("Secrets in it are replaced"),
        "{}",
        seen.prompt
    );
    assert_eq!(
        report["redacted"], 0,
        "what was never in a prompt is not counted there"
    );
}

#[test]
fn of_a_large_tree_only_what_the_change_can_touch_is_copied() {
    let place = Sandbox::with_commit();
    for n in 0..2_100 {
        place.write(
            &format!("far/d{}/module{n}.py", n % 30),
            format!("x = {n}\n"),
        );
    }
    place.write("app/prices.py", "def price_of(sku):\n    return 1\n");
    place.write("app/beside.txt", "in the same directory\n");
    place.write("far/d7/shop.py", "print(price_of('a'))\n");
    place.write("lib/table.py", "rows = []\n");
    place.write("tests/test_prices.py", "def test(): pass\n");
    place.commit("a large tree");
    place.write(
        "app/prices.py",
        "import table\n\n\ndef price_of(sku):\n    return table.rows[sku]\n",
    );
    place.commit("look prices up");
    let (seen, _) = explore(&place, &[]);
    assert_eq!(
        names(&seen),
        [
            "app/beside.txt",
            "app/prices.py",
            "far/d7/shop.py",
            "lib/table.py",
            "tests/test_prices.py"
        ]
    );
    assert!(
        seen.prompt
            .contains("5 of the 2106 files of the reviewed tree"),
        "{}",
        seen.prompt
    );
    assert!(seen.prompt.contains("proves nothing"));
}

#[test]
fn an_agent_that_writes_to_its_snapshot_is_told_of_loudly() {
    let place = injected();
    define(&place, "tracer", "Read");
    place.fake_agent(&json!({"default": [{"write": "planted.py"}, {"reply": reply(&[])}]}));
    let report = place.agents(&["run", "--format", "json"]).exits(0).json();
    let first = report["notes"][0].as_str().unwrap();
    assert!(
        first.starts_with("warning: ") && first.contains("planted.py is new"),
        "{report:#}"
    );
    let shown = place.agents(&["report"]);
    let lines: Vec<&str> = shown.out.lines().take(3).collect();
    assert!(
        lines
            .join(" ")
            .contains("warning: an agent that may only read wrote"),
        "{}",
        shown.out
    );
    assert_eq!(leftovers(&place), [""; 0]);
}

#[test]
fn a_repository_that_changes_while_agents_read_is_told_of_loudly() {
    let place = injected();
    place.git(&["config", "agents.auto", "never"]).exits(0);
    define(&place, "tracer", "Read");
    let commit = json!([{"commit": place.repo.display().to_string()}, {"reply": reply(&[])}]);
    place.fake_agent(&json!({"default": commit}));
    let report = place.agents(&["run", "--format", "json"]).exits(0).json();
    let first = report["notes"][0].as_str().unwrap();
    assert!(
        first.starts_with("warning: references changed while"),
        "{report:#}"
    );
}

#[test]
fn a_planted_file_and_a_planted_hook_are_named() {
    let place = injected();
    define(&place, "tracer", "Read");
    fs::create_dir_all(place.repo.join(".git/hooks")).unwrap();
    let at = |name: &str| json!({"touch": place.repo.join(name).display().to_string()});
    let steps = json!([at("planted.py"), at(".git/hooks/post-commit"), {"reply": reply(&[])}]);
    place.fake_agent(&json!({"default": steps}));
    let report = place.agents(&["run", "--format", "json"]).exits(0).json();
    let first = report["notes"][0].as_str().unwrap();
    assert!(
        first.starts_with("warning: the work tree, hooks changed while"),
        "{report:#}"
    );
}

/// In the background a person's own commit is what one expects.
#[test]
fn in_the_background_the_persons_own_work_is_no_alarm() {
    let place = injected();
    define(&place, "tracer", "Read");
    let (begun, go) = (place.root().join("begun"), place.root().join("go"));
    place.fake_agent(&json!({"default": [{"touch": begun.display().to_string()},
        {"wait_for": go.display().to_string()}, {"reply": reply(&[])}]}));
    place.agents(&["run", "--background"]).exits(0);
    eventually("the agent reads", || begun.exists());
    place.write("README.md", "# Another title\n");
    place.commit("go on working");
    fs::write(&go, "").unwrap();
    let report = place
        .agents(&["wait", "HEAD~1", "--timeout", "60s", "--format", "json"])
        .exits(0)
        .json();
    assert!(
        !report["notes"].to_string().contains("warning"),
        "{report:#}"
    );
    let run = report["run"].as_str().unwrap();
    let log = fs::read_to_string(place.store().join("runs").join(run).join("log.jsonl")).unwrap();
    assert!(log.contains("HEAD") || log.contains("references"), "{log}");
    assert_eq!(leftovers(&place), [""; 0]);
}

#[test]
fn a_snapshot_that_a_killed_run_left_goes_at_the_next() {
    let place = injected();
    define(&place, "tracer", "Read");
    let begun = place.root().join("begun");
    place
        .fake_agent(&json!({"default": [{"touch": begun.display().to_string()}, {"stall": true}]}));
    let mut command = place.command("git");
    let mut child = command
        .args(["agents", "run"])
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    eventually("the agent reads", || begun.exists());
    let run = crate::hooked::names(&place.store().join("runs")).remove(0);
    place.kill_holder(&run);
    child.wait().unwrap();
    let left = leftovers(&place);
    assert!(
        left.iter()
            .any(|name| name.starts_with("git-agents-snapshot-")),
        "{left:?}"
    );
    place.agents(&["prune"]).exits(0);
    let left = leftovers(&place);
    assert!(
        !left
            .iter()
            .any(|name| name.starts_with("git-agents-snapshot-")),
        "{left:?}"
    );
    let group = fs::read_to_string(
        place
            .store()
            .join("runs")
            .join(run)
            .join("agents/tracer/pgid"),
    )
    .unwrap();
    let group = format!("-{}", group.lines().next().unwrap());
    std::process::Command::new("kill")
        .args(["-9", "--", &group])
        .status()
        .unwrap();
}

#[test]
fn a_backend_that_cannot_be_kept_to_reading_runs_sealed_and_says_so() {
    let place = injected();
    define(&place, "tracer", "Read, Grep");
    std::os::unix::fs::symlink(
        crate::support::fake::fake_agent(),
        place.root().join("bin/pi"),
    )
    .unwrap();
    let own = place.root().join("home/.pi/agent");
    std::fs::create_dir_all(&own).unwrap();
    std::fs::write(own.join("auth.json"), "{\"openai\": {}}").unwrap();
    place.config("agents.backend", "pi");
    let report = place.agents(&["run", "--format", "json"]).json();
    let notes = report["notes"].to_string();
    assert!(
        notes.contains("tracer asks for reading tools and runs sealed, without them: `pi`"),
        "{report:#}"
    );
    let listed = place.agents(&["agents"]).exits(0).out;
    assert!(
        listed.contains("runs sealed, since `pi` cannot be kept to reading"),
        "{listed}"
    );
    assert!(
        listed.contains("reads a snapshot: tools Read, Grep and Glob only"),
        "{listed}"
    );
}

#[test]
fn more_than_reading_is_refused_in_the_background_with_the_reason() {
    let place = injected();
    define(&place, "fixer", "Read, Bash, Write");
    place.fake_agent(&json!({"default": [{"reply": reply(&[])}]}));
    place.agents(&["run", "--background"]).exits(0);
    let report = place
        .agents(&["wait", "--timeout", "60s", "--format", "json"])
        .exits(3)
        .json();
    let note = report["notes"][0].as_str().unwrap();
    assert!(
        note.starts_with(
            "fixer did not run: it requests Bash, Write, which is not allowed in background reviews"
        ),
        "{report:#}"
    );
}

#[test]
fn allowed_tools_are_given_where_they_can_be_and_else_the_agent_is_refused() {
    let place = injected();
    define(&place, "fixer", "Read, Bash");
    place
        .agents(&["trust", "fixer", "--tool", "Bash", "--yes"])
        .exits(0);
    place.fake_agent(&json!({"default": steps(&place)}));
    let report = place.agents(&["run", "--format", "json"]).exits(0).json();
    assert_eq!(
        scene::line(&report, "fixer")["outcome"],
        "answered",
        "{report:#}"
    );
    assert!(
        seen(&place)
            .prompt
            .contains("Beyond reading you were allowed Bash:"),
        "{}",
        seen(&place).prompt
    );
    std::os::unix::fs::symlink(
        crate::support::fake::fake_agent(),
        place.root().join("bin/codex"),
    )
    .unwrap();
    place.config("agents.backend", "codex");
    let report = place.agents(&["run", "--format", "json"]).exits(3).json();
    let line = scene::line(&report, "fixer");
    assert_eq!(line["outcome"], "refused", "{report:#}");
    assert!(line.to_string().contains("asks for Bash"), "{report:#}");
}
