//! kill -9 at random points of hook, launch, supervisor, agent and delivery.
//!
//! `GIT_AGENTS_CRASH_ROUNDS` says how many (CI: 1000), `GIT_AGENTS_CRASH_SEED` repeats a run.

#![expect(clippy::print_stdout, reason = "a run that failed has to be repeated")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;

use crate::hooked::names;
use crate::support::Sandbox;

/// Rounds unless told otherwise.
const ROUNDS: u64 = 60;
/// The longest that things may take to come to rest.
const REST: Duration = Duration::from_secs(240);

/// A small generator of numbers; good enough to hit every place.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Processes of ours that belong to this place.
fn ours(place: &Sandbox) -> Vec<u32> {
    let built = crate::support::program().parent().unwrap().to_owned();
    let home = format!("HOME={}", place.root().join("home").display());
    let pids = names(Path::new("/proc")).into_iter().filter_map(|name| name.parse::<u32>().ok());
    pids.filter(|pid| {
        let proc = Path::new("/proc").join(pid.to_string());
        let of_us = fs::read_link(proc.join("exe")).is_ok_and(|exe| exe.starts_with(&built));
        let is_test = *pid == std::process::id();
        let here =
            || fs::read(proc.join("environ")).is_ok_and(|all| all.split(|b| *b == 0).any(|v| v == home.as_bytes()));
        // an agent's environment is its own; its working directory is below ours
        let works_here = || fs::read_link(proc.join("cwd")).is_ok_and(|cwd| cwd.starts_with(place.root()));
        of_us && !is_test && (here() || works_here())
    })
    .collect()
}

fn kill_one(place: &Sandbox, dice: &mut Dice) -> bool {
    let found = ours(place);
    let Some(pid) = found.get(usize::try_from(dice.below(found.len().max(1) as u64)).unwrap()) else { return false };
    let pid = rustix::process::Pid::from_raw(i32::try_from(*pid).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).is_ok()
}

/// Runs git as a program that asked for JSON; a random process of ours dies meanwhile.
fn round(place: &Sandbox, args: &[&str], dice: &mut Dice, told: &mut BTreeMap<String, usize>) -> bool {
    let mut command = place.command("git");
    command.args(args).env("GIT_AGENTS_FORMAT", "json");
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let child = command.spawn().unwrap();
    std::thread::sleep(Duration::from_micros(dice.below(25_000)));
    let killed = kill_one(place, dice);
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{args:?}: {}\n{text}", output.status);
    count(&text, told);
    killed
}

/// Adds the reports that were printed, whole or in part.
fn count(text: &str, told: &mut BTreeMap<String, usize>) {
    for line in text.lines().filter(|line| line.starts_with('{')) {
        let at = line.find("\"run\":\"").unwrap_or_else(|| panic!("cut before its run: {line}")) + 7;
        *told.entry(line[at..at + 36].to_owned()).or_default() += 1;
    }
}

#[test]
fn nothing_is_lost_or_told_twice_whenever_a_process_dies() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let rounds = number("GIT_AGENTS_CRASH_ROUNDS").unwrap_or(ROUNDS);
    let by_clock = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos() as u64;
    let seed = number("GIT_AGENTS_CRASH_SEED").unwrap_or(by_clock);
    println!("GIT_AGENTS_CRASH_ROUNDS={rounds} GIT_AGENTS_CRASH_SEED={seed}");
    let mut dice = Dice(seed);
    let place = Sandbox::hooked();
    place.config("agents.settle", "20ms");
    let mut told = BTreeMap::new();
    let mut killed = 0;
    let mut commits = Vec::new();
    for number in 0..rounds {
        place.write("file.py", format!("def f():\n    return {number}\n"));
        killed += usize::from(round(&place, &["add", "file.py"], &mut dice, &mut told));
        let before = place.head();
        killed += usize::from(round(&place, &["commit", "-q", "-m", &number.to_string()], &mut dice, &mut told));
        commits.push(place.head());
        assert_ne!(commits.last(), Some(&before), "the commit is there");
    }
    println!("{killed} processes were killed in {rounds} rounds");
    rest(&place, &mut told);
    assert!(killed as u64 >= rounds / 2, "only {killed} processes were killed");
    check_told(&place, &told);
    for commit in &commits {
        let by = fs::read_to_string(place.store().join("by-commit").join(commit)).unwrap_or_default();
        assert!(place.store().join("runs").join(&by).join("report.json").exists(), "{commit} has no report: {by}");
    }
    assert_eq!(ours(&place), Vec::<u32>::new(), "processes are left");
}

/// Goes on as a person would until nothing is in work: commands, and pushes that find what nobody announced.
fn rest(place: &Sandbox, told: &mut BTreeMap<String, usize>) {
    place.git(&["init", "-q", "--bare", "../remote"]).exits(0);
    place.config("agents.gate.wait", "0");
    let begun = Instant::now();
    let json = |args: &[&str], told: &mut BTreeMap<String, usize>| {
        let output = place.command("git").args(args).env("GIT_AGENTS_FORMAT", "json").output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{args:?}: {text}");
        count(&text, told);
        text
    };
    loop {
        assert!(begun.elapsed() < REST, "never came to rest: {:?}", names(&place.store().join("open")));
        std::thread::sleep(Duration::from_millis(500));
        json(&["switch", "-q", "-C", "main"], told);
        let in_work = names(&place.store().join("open")).len() + place.ready();
        if in_work == 0 && !json(&["push", "--dry-run", "../remote", "main"], told).contains("not reviewed: ") {
            return;
        }
    }
}

/// Every finished run has its ticket in one place, and was printed once; one
/// whose teller was killed at it, at most once.
fn check_told(place: &Sandbox, told: &BTreeMap<String, usize>) {
    let delivered = names(&place.store().join("delivered"));
    let telling = names(&place.store().join("telling"));
    let times = |run: &String| told.get(run).copied().unwrap_or(0);
    for run in &delivered {
        assert_eq!(times(run), 1, "{run}");
    }
    for run in &telling {
        assert!(times(run) <= 1 && !delivered.contains(run), "{run}");
    }
    for (run, times) in told {
        assert!(*times == 1 && (delivered.contains(run) || telling.contains(run)), "{run} was told {times} times");
    }
    for run in names(&place.store().join("runs")).iter().filter(|name| !name.starts_with('.')) {
        let state = fs::read(place.store().join("runs").join(run).join("state.json")).unwrap();
        let state: Value = serde_json::from_slice(&state).unwrap();
        let over = state["phase"] == "superseded" || delivered.contains(run) || telling.contains(run);
        assert!(over, "{run} ended as {} and nobody was told", state["phase"]);
    }
}
