//! kill -9 at random points of hook, launch, supervisor, agent and delivery.
//!
//! `GIT_AGENTS_CRASH_ROUNDS` says how many (CI: 1000), `GIT_AGENTS_CRASH_SEED` repeats a run. The
//! rounds are dealt out to several repositories, since most of a round is waiting.

#![expect(clippy::print_stdout, reason = "a run that failed has to be repeated")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;

use crate::hooked::names;
use crate::support::Sandbox;

/// Rounds unless told otherwise.
const ROUNDS: u64 = 60;
/// Repositories at once.
const LANES: u64 = 4;
/// Rounds in one repository: the more reviews were lost in it, the longer it takes to come to rest.
const STINT: u64 = 50;
/// Rounds between two pushes: of more commits than 50 that nobody noted, a push starts no review.
const PUSH: u64 = 40;
/// The longest that things may take to come to rest.
const REST: Duration = Duration::from_secs(600);
/// Pause between two looks.
const LOOK: Duration = Duration::from_millis(200);

/// A small generator of numbers; good enough to hit every place.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Processes of ours that belong to this place.
pub(crate) fn ours(place: &Sandbox) -> Vec<u32> {
    let built = crate::support::program().parent().unwrap().to_owned();
    let home = format!("HOME={}", place.root().join("home").display());
    let pids = names(Path::new("/proc"))
        .into_iter()
        .filter_map(|name| name.parse::<u32>().ok());
    pids.filter(|pid| {
        let proc = Path::new("/proc").join(pid.to_string());
        let of_us = fs::read_link(proc.join("exe")).is_ok_and(|exe| exe.starts_with(&built));
        let is_test = *pid == std::process::id();
        let here = || {
            fs::read(proc.join("environ"))
                .is_ok_and(|all| all.split(|b| *b == 0).any(|v| v == home.as_bytes()))
        };
        // an agent's environment is its own; its working directory is below ours
        let works_here =
            || fs::read_link(proc.join("cwd")).is_ok_and(|cwd| cwd.starts_with(place.root()));
        of_us && !is_test && (here() || works_here())
    })
    .collect()
}

fn kill_one(place: &Sandbox, dice: &mut Dice) -> bool {
    let found = ours(place);
    let Some(pid) = found.get(usize::try_from(dice.below(found.len().max(1) as u64)).unwrap())
    else {
        return false;
    };
    let pid = rustix::process::Pid::from_raw(i32::try_from(*pid).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).is_ok()
}

/// Adds the reports that were printed, whole or in part.
fn count(text: &str, told: &mut BTreeMap<String, usize>) {
    for line in text.lines().filter(|line| line.starts_with('{')) {
        let at = line
            .find("\"run\":\"")
            .unwrap_or_else(|| panic!("cut before its run: {line}"))
            + 7;
        *told.entry(line[at..at + 36].to_owned()).or_default() += 1;
    }
}

/// One repository in which processes die, and what was printed there.
struct Lane {
    place: Sandbox,
    dice: Dice,
    told: BTreeMap<String, usize>,
    killed: u64,
    /// How long a command takes here: the kill falls anywhere in it, or a little after.
    took: Duration,
}

impl Lane {
    fn new(seed: u64) -> Self {
        let place = Sandbox::hooked();
        place.config("agents.settle", "20ms");
        place.config("agents.gate.wait", "0");
        // what is swept away cannot be looked at in the end
        place.config("agents.keep", "100000 runs 30 days");
        place.git(&["init", "-q", "--bare", "../remote"]).exits(0);
        Self {
            place,
            dice: Dice(seed),
            told: BTreeMap::new(),
            killed: 0,
            took: Duration::from_millis(20),
        }
    }

    /// Runs git as a program that asked for JSON; a random process of ours dies meanwhile.
    fn round(&mut self, args: &[&str]) {
        let mut command = self.place.command("git");
        command
            .args(args)
            .env("GIT_AGENTS_FORMAT", "json")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let begun = Instant::now();
        let mut child = command.spawn().unwrap();
        let most = u64::try_from(self.took.as_micros()).unwrap() * 3 / 2;
        std::thread::sleep(Duration::from_micros(self.dice.below(most.max(1))));
        self.killed += u64::from(self.kill_someone(&mut child));
        let output = child.wait_with_output().unwrap();
        self.took = (self.took * 7 + begun.elapsed()) / 8;
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            output.status.success(),
            "{args:?}: {}\n{text}",
            output.status
        );
        count(&text, &mut self.told);
    }

    /// Kills one of those who are there, or the first to come while git runs.
    fn kill_someone(&mut self, git: &mut std::process::Child) -> bool {
        loop {
            let over = git.try_wait().unwrap().is_some();
            if kill_one(&self.place, &mut self.dice) {
                return true;
            }
            if over {
                return false;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Adds and commits a file, again and again; returns the commits.
    fn rounds(&mut self, rounds: u64) -> Vec<String> {
        let mut commits = vec![self.place.head()];
        for number in 0..rounds {
            self.place
                .write("file.py", format!("def f():\n    return {number}\n"));
            self.round(&["add", "file.py"]);
            self.round(&["commit", "-q", "-m", &number.to_string()]);
            let head = self.place.head();
            assert_ne!(commits.last(), Some(&head), "the commit is there");
            commits.push(head);
            if number % PUSH == PUSH - 1 {
                self.push();
            }
        }
        commits.split_off(1)
    }

    /// Runs git as a program that asked for JSON, undisturbed.
    fn json(&mut self, args: &[&str]) -> String {
        let output = self
            .place
            .command("git")
            .args(args)
            .env("GIT_AGENTS_FORMAT", "json")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{args:?}: {text}");
        count(&text, &mut self.told);
        text
    }

    /// The push that finds commits whose hook was killed before it noted them; returns what it says.
    fn push(&mut self) -> String {
        self.json(&["push", "--dry-run", "../remote", "main"])
    }

    /// Goes on as a person would until nothing is in work: commands, and pushes that find what nobody announced.
    fn rest(&mut self) {
        let begun = Instant::now();
        loop {
            let open = names(&self.place.store().join("open"));
            assert!(
                begun.elapsed() < REST,
                "never came to rest: {open:?} {:?}",
                self.place.phases()
            );
            std::thread::sleep(LOOK);
            self.json(&["switch", "-q", "-C", "main"]);
            let in_work = names(&self.place.store().join("open")).len() + self.place.ready();
            if in_work == 0 && !self.push().contains("not reviewed: ") {
                return;
            }
        }
    }
}

/// Goes through the rounds in one repository and checks what is left; returns how many died.
fn lane(seed: u64, rounds: u64) -> u64 {
    let mut lane = Lane::new(seed);
    let begun = Instant::now();
    let commits = lane.rounds(rounds);
    let worked = begun.elapsed();
    lane.rest();
    println!(
        "{} processes were killed in {rounds} rounds, {worked:.1?} and {:.1?} of rest",
        lane.killed,
        begun.elapsed() - worked
    );
    check_told(&lane.place, &lane.told);
    for commit in &commits {
        let by = fs::read_to_string(lane.place.store().join("by-commit").join(commit))
            .unwrap_or_default();
        assert!(
            lane.place
                .store()
                .join("runs")
                .join(&by)
                .join("report.json")
                .exists(),
            "{commit} has no report: {by}"
        );
    }
    crate::support::eventually("no process is left", || ours(&lane.place).is_empty());
    lane.killed
}

/// The rounds of one lane, dealt out to repositories one after another.
fn stints(seed: u64, rounds: u64) -> u64 {
    let stint = |number: u64| {
        lane(
            seed.wrapping_add(number * LANES),
            STINT.min(rounds - number * STINT),
        )
    };
    (0..rounds.div_ceil(STINT)).map(stint).sum()
}

#[test]
fn nothing_is_lost_or_told_twice_whenever_a_process_dies() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let rounds = number("GIT_AGENTS_CRASH_ROUNDS").unwrap_or(ROUNDS);
    let by_clock = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_nanos() as u64;
    let seed = number("GIT_AGENTS_CRASH_SEED").unwrap_or(by_clock);
    println!("GIT_AGENTS_CRASH_ROUNDS={rounds} GIT_AGENTS_CRASH_SEED={seed}");
    let killed = std::thread::scope(|scope| {
        let share = |number| rounds / LANES + u64::from(number < rounds % LANES);
        let lanes: Vec<_> = (0..LANES)
            .map(|number| scope.spawn(move || stints(seed.wrapping_add(number), share(number))))
            .collect();
        lanes
            .into_iter()
            .map(|lane| lane.join().expect("what failed stands above"))
            .sum::<u64>()
    });
    assert!(killed > 0, "nothing was killed");
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
        assert!(
            *times == 1 && (delivered.contains(run) || telling.contains(run)),
            "{run} was told {times} times"
        );
    }
    for run in names(&place.store().join("runs"))
        .iter()
        .filter(|name| !name.starts_with('.'))
    {
        let state = fs::read(place.store().join("runs").join(run).join("state.json")).unwrap();
        let state: Value = serde_json::from_slice(&state).unwrap();
        let over =
            state["phase"] == "superseded" || delivered.contains(run) || telling.contains(run);
        assert!(
            over,
            "{run} ended as {} and nobody was told",
            state["phase"]
        );
    }
}
