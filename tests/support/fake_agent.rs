//! A scripted stand-in for an agent program: `fake-agent SCRIPT.json < prompt`.
//!
//! Built by `cargo test` as an example, found at `target/<profile>/examples/fake-agent`, never
//! installed. One script plays all agents of a run: the first rule whose `match` (a regular
//! expression) is found in the prompt is played, so give each agent a marker, such as its name.
//!
//! ```json
//! {"read": true,
//!  "rules": [{"match": "security", "first": 1, "counter": "/tmp/c", "do": [{"err": "busy"}, {"exit": 75}]},
//!            {"match": "security", "do": [{"reply": {"version": 1, "findings": [], "coverage": "all"}}]}],
//!  "default": [{"stall": true}]}
//! ```
//!
//! - `read` (true): whether standard input is read before anything is done. When false, the
//!   prompt counts as empty and `default` is played.
//! - `first` with `counter`: the rule holds for the first so many programs that match it; the
//!   file counts them, one byte each.
//! - No rule and no `default`: exit 0 without a word.
//!
//! Steps, in order; after the last one it exits 0:
//!
//! | step | what it does |
//! |---|---|
//! | `{"out": TEXT}`, `{"err": TEXT}` | writes the text (ANSI escapes as `\u001b`) |
//! | `{"file": PATH}` | writes the file's bytes to standard output |
//! | `{"reply": VALUE}` | writes the JSON value; `"coverage": "all"` becomes every hunk id of the prompt |
//! | `{"half": VALUE}` | writes the first half of that JSON |
//! | `{"bytes": N}`, `{"flood": N}` | writes N bytes `x` to standard output |
//! | `{"flood_err": N}` | the same to standard error |
//! | `{"garbage": N}` | writes N bytes that are neither text nor JSON |
//! | `{"trickle": {"text": TEXT, "every": SECS, "times": N}}` | writes slowly |
//! | `{"sleep": SECS}`, `{"stall": true}` | waits; stalls for an hour |
//! | `{"ignore_term": true}` | from here on TERM, INT and HUP have no effect |
//! | `{"grandchild": SECS}` | starts a child that keeps standard output open and sleeps |
//! | `{"commit": PATH}` | runs `git commit --allow-empty` in that repository |
//! | `{"die": NUMBER}` | ends itself with this signal |
//! | `{"exit": CODE}` | exits |
//! | `{"dump": PATH}` | writes what it was given, see [`dump`] |
//! | `{"tree": PATH}` | writes what the working directory holds: each path with its text, a link as `-> TARGET` |
//! | `{"write": NAME}` | makes the working directory writable, and a file in it |
//! | `{"touch": PATH}` | creates the file, to tell a test that it got here |
//! | `{"wait_for": PATH}` | waits until the file exists |
//! | `{"enter": DIR}`, `{"leave": DIR}` | notes in `DIR.log` how many are in the directory now, itself included; goes again |

use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio, exit};
use std::time::Duration;
use std::{env, fs, thread};

use serde_json::{Value, json};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("--sleep") => {
            thread::sleep(Duration::from_secs_f64(
                arguments[2].parse().expect("seconds"),
            ));
            ExitCode::SUCCESS
        }
        Some(script) => play(Path::new(script)),
        None => {
            writeln!(io::stderr(), "usage: fake-agent SCRIPT.json")
                .expect("standard error is open");
            ExitCode::from(2)
        }
    }
}

fn play(script: &Path) -> ExitCode {
    let script: Value =
        serde_json::from_slice(&fs::read(script).expect("the script")).expect("a JSON script");
    let mut prompt = Vec::new();
    if script["read"] != json!(false) {
        io::stdin()
            .read_to_end(&mut prompt)
            .expect("standard input");
    }
    let prompt = String::from_utf8_lossy(&prompt).into_owned();
    let rules = script["rules"].as_array().cloned().unwrap_or_default();
    let rule = rules.iter().find(|rule| applies(rule, &prompt));
    let steps = rule.map_or(&script["default"], |rule| &rule["do"]);
    for step in steps.as_array().unwrap_or(&Vec::new()) {
        for (name, argument) in step.as_object().expect("a step is an object") {
            perform(name, argument, &prompt);
        }
    }
    ExitCode::SUCCESS
}

fn applies(rule: &Value, prompt: &str) -> bool {
    let pattern = regex::Regex::new(text(&rule["match"])).expect("a regular expression");
    pattern.is_match(prompt)
        && rule["first"]
            .as_u64()
            .is_none_or(|first| count_up(text(&rule["counter"])) <= first)
}

/// Adds one to the counter and returns the new count.
fn count_up(path: &str) -> u64 {
    let mut file = fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .expect("the counter");
    file.write_all(b".").expect("the counter");
    file.metadata().expect("the counter").len()
}

fn perform(name: &str, argument: &Value, prompt: &str) {
    match name {
        "out" => say(text(argument).as_bytes()),
        "err" => complain(text(argument).as_bytes()),
        "file" => say(&fs::read(text(argument)).expect("the file")),
        "reply" => say(reply(argument, prompt).as_bytes()),
        "half" => {
            let whole = reply(argument, prompt);
            say(&whole.as_bytes()[..whole.len() / 2]);
        }
        "bytes" | "flood" => repeat(argument.as_u64().expect("bytes"), say),
        "flood_err" => repeat(argument.as_u64().expect("bytes"), complain),
        "garbage" => say(&(0..argument.as_u64().expect("bytes"))
            .map(|i| (i * 37 % 256) as u8)
            .collect::<Vec<u8>>()),
        "trickle" => trickle(argument),
        "sleep" => pause(argument),
        "stall" => thread::sleep(Duration::from_secs(3600)),
        "ignore_term" => ignore_signals(),
        "grandchild" => start_grandchild(argument),
        "commit" => commit(text(argument)),
        "die" => die(argument.as_i64().expect("a signal")),
        "exit" => exit(i32::try_from(argument.as_i64().expect("a code")).expect("a code")),
        "dump" => fs::write(text(argument), dump(prompt).to_string()).expect("the dump"),
        "tree" => fs::write(text(argument), tree().to_string()).expect("the tree"),
        "write" => {
            fs::set_permissions(".", fs::Permissions::from_mode(0o700)).expect("its own directory");
            fs::write(text(argument), "written by the agent").expect("a file");
        }
        "touch" => fs::write(text(argument), "").expect("the file"),
        "wait_for" => {
            while !Path::new(text(argument)).exists() {
                thread::sleep(Duration::from_millis(5));
            }
        }
        "enter" => enter(Path::new(text(argument))),
        "leave" => fs::remove_file(own_name(Path::new(text(argument)))).expect("our own name"),
        other => panic!("unknown step `{other}`"),
    }
}

fn enter(room: &Path) {
    fs::write(own_name(room), "").expect("the room");
    let count = fs::read_dir(room).expect("the room").count();
    let log = fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(room.with_extension("log"));
    log.and_then(|mut log| log.write_all(format!("{count}\n").as_bytes()))
        .expect("the log");
}

fn own_name(room: &Path) -> std::path::PathBuf {
    room.join(std::process::id().to_string())
}

/// Everything that a sealed agent can see of its surroundings.
fn dump(prompt: &str) -> Value {
    let here = env::current_dir().expect("a working directory");
    let entries = fs::read_dir(&here).expect("the working directory");
    let names: Vec<_> = entries
        .flatten()
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .collect();
    let mode = here
        .metadata()
        .expect("the working directory")
        .permissions()
        .mode()
        & 0o777;
    let variables: Vec<_> = env::vars_os()
        .map(|(k, v)| (k.to_string_lossy().into_owned(), json!(v.to_string_lossy())))
        .collect();
    let open = fs::read_dir("/proc/self/fd")
        .map(|d| d.flatten().filter_map(|e| fs::read_link(e.path()).ok()));
    let open: Vec<_> = open
        .map(|files| files.map(|f| f.display().to_string()).collect())
        .unwrap_or_default();
    json!({
        "argv": env::args().collect::<Vec<_>>(),
        "env": serde_json::Map::from_iter(variables),
        "cwd": here.display().to_string(),
        "cwd_mode": format!("{mode:o}"),
        "cwd_entries": names,
        "stdin": prompt,
        "pid": std::process::id(),
        "group": rustix::process::getpgrp().as_raw_nonzero().get(),
        "nice": rustix::process::getpriority_process(None).unwrap_or(0),
        "open_files": open,
    })
}

/// All files and links below the working directory, and whether any of it can be written by its mode.
fn tree() -> Value {
    fn walk(dir: &Path, found: &mut serde_json::Map<String, Value>) -> bool {
        let mut writable = dir.metadata().expect("a directory").permissions().mode() & 0o222 != 0;
        for entry in fs::read_dir(dir).expect("a directory").flatten() {
            let (path, kind) = (entry.path(), entry.file_type().expect("a type"));
            if kind.is_dir() {
                writable |= walk(&path, found);
                continue;
            }
            let name = path
                .strip_prefix(".")
                .expect("below here")
                .display()
                .to_string();
            let content = if kind.is_symlink() {
                format!("-> {}", fs::read_link(&path).expect("a link").display())
            } else {
                writable |= path.metadata().expect("a file").permissions().mode() & 0o222 != 0;
                String::from_utf8_lossy(&fs::read(&path).expect("a file")).into_owned()
            };
            found.insert(name, json!(content));
        }
        writable
    }
    let mut found = serde_json::Map::new();
    let writable = walk(Path::new("."), &mut found);
    found.sort_keys();
    json!({"files": found, "writable": writable, "at": env::current_dir().expect("a working directory").display().to_string()})
}

fn reply(value: &Value, prompt: &str) -> String {
    let mut value = value.clone();
    if value["coverage"] == json!("all") {
        let ids = prompt
            .lines()
            .filter_map(|line| line.strip_prefix("=== hunk ")?.split(' ').next());
        value["coverage"] = json!(ids.collect::<Vec<_>>());
    }
    value.to_string()
}

fn trickle(argument: &Value) {
    for _ in 0..argument["times"].as_u64().expect("times") {
        say(text(&argument["text"]).as_bytes());
        pause(&argument["every"]);
    }
}

fn ignore_signals() {
    use tokio::signal::unix::{SignalKind, signal};
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let guard = runtime.enter();
    for kind in [
        SignalKind::terminate(),
        SignalKind::interrupt(),
        SignalKind::hangup(),
    ] {
        std::mem::forget(signal(kind).expect("a handler"));
    }
    drop(guard);
    std::mem::forget(runtime);
}

fn start_grandchild(seconds: &Value) {
    let program = env::current_exe().expect("our own path");
    let child = Command::new(program)
        .arg("--sleep")
        .arg(seconds.to_string())
        .stdin(Stdio::null())
        .spawn();
    std::mem::forget(child.expect("a grandchild"));
}

fn commit(repository: &str) {
    let status = Command::new("git")
        .args([
            "-C",
            repository,
            "-c",
            "user.name=f",
            "-c",
            "user.email=f@example.org",
        ])
        .args([
            "commit",
            "--quiet",
            "--allow-empty",
            "-m",
            "made inside a review",
        ])
        .status();
    assert!(status.expect("git").success());
}

fn die(signal: i64) {
    let signal = i32::try_from(signal)
        .ok()
        .and_then(rustix::process::Signal::from_named_raw)
        .expect("a signal");
    rustix::process::kill_process(rustix::process::getpid(), signal).expect("our own end");
    thread::sleep(Duration::from_secs(60));
}

fn pause(seconds: &Value) {
    thread::sleep(Duration::from_secs_f64(seconds.as_f64().expect("seconds")));
}

fn repeat(mut bytes: u64, write: fn(&[u8])) {
    let block = [b'x'; 1 << 16];
    while bytes > 0 {
        let now = bytes.min(block.len() as u64);
        write(&block[..usize::try_from(now).expect("a block")]);
        bytes -= now;
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn say(bytes: &[u8]) {
    let mut out = io::stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .expect("standard output");
}

fn complain(bytes: &[u8]) {
    io::stderr().write_all(bytes).expect("standard error");
}
