//! kill -9 at random points of hook, launch, supervisor, agent, delivery, `run`, `dismiss`, `prune`
//! and the other commands.
//!
//! The rounds are dealt out to several repositories, since most of a round is waiting.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::dice::{Dice, is_long, number, seed};
use crate::hooked::{names, ours};
use crate::scene::{finding, hole};
use crate::support::{Ran, Sandbox, eventually, program};
use crate::told::{Told, check_clean};

/// Rounds unless told otherwise: short, and long. About one process dies in each
/// round.
const ROUNDS: [u64; 2] = [100, 11_000];
/// Repositories at once: short, and long.
const LANES: [u64; 2] = [4, 8];
/// Rounds in one repository: the more reviews were lost in it, the longer it takes to come to rest.
const STINT: u64 = 50;
/// Rounds between two pushes: of more commits than 50 that nobody noted, a push starts no review.
const PUSH: u64 = 40;
/// The longest that things may take to come to rest.
const REST: Duration = Duration::from_secs(600);
/// Pause between two looks.
const LOOK: Duration = Duration::from_millis(200);

/// What one round does.
#[derive(Clone, Copy)]
enum Round {
    Commit,
    Command(&'static [&'static str]),
    /// The other decision about the finding that is there from the start.
    Decide,
}

/// Half of them commit; the rest are the commands that write.
const KINDS: [Round; 18] = [
    Round::Commit,
    Round::Commit,
    Round::Commit,
    Round::Commit,
    Round::Commit,
    Round::Commit,
    Round::Command(&["run", "HEAD", "--format", "json"]),
    Round::Command(&["run", "HEAD", "--fresh", "--format", "json"]),
    Round::Command(&["run", "HEAD", "--background"]),
    Round::Command(&["prune"]),
    Round::Command(&["prune"]),
    Round::Command(&["findings", "--all", "--json"]),
    Round::Command(&["status", "--json"]),
    Round::Command(&["_deliver"]),
    Round::Command(&["_deliver"]),
    Round::Decide,
    Round::Decide,
    Round::Decide,
];

/// One repository in which processes die, and what was printed there.
struct Lane {
    place: Sandbox,
    dice: Dice,
    told: Told,
    /// How many died, by what they were.
    killed: BTreeMap<String, u64>,
    /// How long a command takes here: the kill falls anywhere in it, or a little after.
    took: Duration,
    /// The finding about which is decided again and again.
    finding: String,
    commits: Vec<String>,
}

impl Lane {
    fn new(seed: u64) -> Self {
        let place = Sandbox::hooked();
        place.config("agents.settle", "20ms");
        place.config("agents.gate.wait", "0");
        // what is swept away cannot be looked at in the end
        place.config("agents.keep", "100000 runs 30 days");
        place.git(&["init", "-q", "--bare", "../remote"]).exits(0);
        place.write("src/db.py", hole());
        place.commit("look up users by name");
        place.agents_find(&[finding("the name is pasted into the statement", "high")]);
        let report = place.agents(&["run", "HEAD", "--format", "json"]).exits(1);
        let id = report.json()["findings"][0]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        place.agents_find(&[]);
        let commits = vec![place.head()];
        Self {
            place,
            dice: Dice(seed),
            told: Told::default(),
            killed: BTreeMap::new(),
            took: Duration::from_millis(20),
            finding: id,
            commits,
        }
    }

    fn round(&mut self, number: u64) {
        match KINDS[self.dice.below(KINDS.len() as u64) as usize] {
            Round::Commit => self.commit(number),
            Round::Command(words) => {
                let ran = self.command(words);
                if words[0] == "run"
                    && ran.code < 128
                    && !ran.out.is_empty()
                    && ran.out.starts_with('{')
                {
                    check_clean(&ran.json());
                }
            }
            Round::Decide => self.decide(),
        }
    }

    fn commit(&mut self, number: u64) {
        self.place
            .write("file.py", format!("def f():\n    return {number}\n"));
        self.git(&["add", "file.py"]);
        self.git(&["commit", "-q", "-m", &number.to_string()]);
        let head = self.place.head();
        assert_ne!(self.commits.last(), Some(&head), "the commit is there");
        self.commits.push(head);
    }

    /// Runs git as a program that asked for JSON; a random process of ours dies meanwhile, and git
    /// does not care.
    fn git(&mut self, args: &[&str]) {
        let mut command = self.place.command("git");
        command.args(args).env("GIT_AGENTS_FORMAT", "json");
        let ran = self.disturbed(command, false);
        assert_eq!(ran.code, 0, "{args:?}: {}", ran.err);
        self.told.count(&ran.err);
    }

    /// Runs a command of ours, which dies itself in most rounds.
    fn command(&mut self, words: &[&str]) -> Ran {
        let mut command = self.place.command(program());
        command.args(words).env("GIT_AGENTS_FORMAT", "json");
        let itself = self.dice.below(4) > 0;
        let ran = self.disturbed(command, itself);
        // 0 clean, 1 findings, 3 something was not read, or it was killed; an error only where its
        // own child was killed that was about to become git
        let child_died = ran.code == 2 && ran.err.contains("SIGKILL");
        assert!(
            [0, 1, 3, 137].contains(&ran.code) || child_died,
            "{words:?}: {}: {}",
            ran.code,
            ran.err
        );
        ran
    }

    /// Dismisses or reopens the finding: afterwards it is what it was or what was asked for, and
    /// what was asked for where the command said so.
    fn decide(&mut self) {
        let (finding, before) = (self.finding.clone(), self.status());
        let (words, asked): (&[&str], _) = match before.as_str() {
            "dismissed" => (&["reopen", &finding], "open"),
            _ => (&["dismiss", &finding, "--reason", "checked"], "dismissed"),
        };
        let ran = self.command(words);
        let after = self.status();
        if ran.code == 0 {
            assert_eq!(after, asked, "{words:?} said it was done");
        }
        assert!(after == asked || after == before, "{words:?}: {after}");
    }

    fn status(&self) -> String {
        let all = self.place.agents(&["findings", "--all", "--json"]).exits(0);
        let rows = all
            .out
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let row = rows
            .into_iter()
            .find(|row| row["id"] == json!(self.finding));
        let row = row.unwrap_or_else(|| panic!("{} is gone: {}", self.finding, all.out));
        row["status"].as_str().unwrap().to_owned()
    }

    /// Runs it, and kills somebody meanwhile: it itself, or one of ours.
    fn disturbed(&mut self, mut command: std::process::Command, itself: bool) -> Ran {
        let begun = Instant::now();
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let most = u64::try_from(self.took.as_micros()).unwrap() * 3 / 2;
        std::thread::sleep(Duration::from_micros(self.dice.below(most.max(1))));
        if itself {
            let name = kind(child.id());
            if child.try_wait().unwrap().is_none() && child.kill().is_ok() {
                self.died(name);
            }
        } else {
            self.kill_someone(&mut child);
        }
        let output = child.wait_with_output().unwrap();
        self.took = (self.took * 7 + begun.elapsed()) / 8;
        Ran::of(&output)
    }

    /// Kills one of those who are there, or the first to come while the command runs.
    fn kill_someone(&mut self, child: &mut Child) {
        loop {
            let over = child.try_wait().unwrap().is_some();
            if self.kill_one() || over {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn kill_one(&mut self) -> bool {
        let found = ours(&self.place);
        let chosen = self.dice.below(found.len().max(1) as u64);
        let Some(pid) = found.get(usize::try_from(chosen).unwrap()) else {
            return false;
        };
        let name = kind(*pid);
        let pid = rustix::process::Pid::from_raw(i32::try_from(*pid).unwrap()).unwrap();
        let killed = rustix::process::kill_process(pid, rustix::process::Signal::KILL).is_ok();
        if killed {
            self.died(name);
        }
        killed
    }

    fn died(&mut self, name: String) {
        *self.killed.entry(name).or_default() += 1;
    }

    /// Runs git as a program that asked for JSON, undisturbed.
    fn json(&mut self, args: &[&str]) -> String {
        let mut command = self.place.command("git");
        let output = command.args(args).env("GIT_AGENTS_FORMAT", "json").output();
        let ran = Ran::of(&output.unwrap()).exits(0);
        self.told.count(&ran.err);
        ran.err
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

    fn check(&self) {
        self.told.check(&self.place);
        for commit in &self.commits {
            let store = self.place.store();
            let entry =
                fs::read_to_string(store.join("by-commit").join(commit)).unwrap_or_default();
            let by = entry.lines().next().unwrap_or_default();
            assert!(
                store.join("runs").join(by).join("report.json").exists(),
                "{commit} has no report: {by}"
            );
        }
        eventually("no process is left", || ours(&self.place).is_empty());
    }
}

/// What a process of ours is, by its first words.
fn kind(pid: u32) -> String {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let mut words = line
        .split(|byte| *byte == 0)
        .map(|word| String::from_utf8_lossy(word).into_owned());
    let program = words.next().unwrap_or_default();
    let name = program.rsplit('/').next().unwrap_or_default().to_owned();
    let word = words
        .find(|word| !word.starts_with('-') && !word.starts_with('/'))
        .unwrap_or_default();
    match name.as_str() {
        "" => "one that had just ended".to_owned(),
        "fake-agent" => "agent".to_owned(),
        _ => format!("{name} {word}"),
    }
}

/// Goes through the rounds in one repository and checks what is left; returns who died.
fn lane(seed: u64, rounds: u64) -> BTreeMap<String, u64> {
    let mut lane = Lane::new(seed);
    let begun = Instant::now();
    for number in 0..rounds {
        lane.round(number);
        if number % PUSH == PUSH - 1 {
            lane.push();
        }
    }
    let worked = begun.elapsed();
    lane.rest();
    println!(
        "{} processes were killed in {rounds} rounds, {worked:.1?} and {:.1?} of rest",
        lane.killed.values().sum::<u64>(),
        begun.elapsed() - worked
    );
    lane.check();
    lane.killed
}

#[test]
fn nothing_is_lost_or_told_twice_whenever_a_process_dies() {
    let rounds = number("GIT_AGENTS_FAULT_ROUNDS").unwrap_or(ROUNDS[usize::from(is_long())]);
    println!("GIT_AGENTS_FAULT_ROUNDS={rounds}");
    let seed = seed();
    let lanes = LANES[usize::from(is_long())];
    let stints = |lane_number: u64| {
        let share = rounds / lanes + u64::from(lane_number < rounds % lanes);
        let mut killed = Vec::new();
        for stint in 0..share.div_ceil(STINT) {
            let seed = seed.wrapping_add(lane_number + stint * lanes);
            killed.extend(lane(seed, STINT.min(share - stint * STINT)));
        }
        killed
    };
    let killed: Vec<(String, u64)> = std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..lanes)
            .map(|number| scope.spawn(move || stints(number)))
            .collect();
        let ends = lanes.into_iter().map(|lane| lane.join());
        ends.flat_map(|end| end.expect("what failed stands above"))
            .collect()
    });
    let mut table = BTreeMap::<String, u64>::new();
    for (name, count) in killed {
        *table.entry(name).or_default() += count;
    }
    for (name, count) in &table {
        println!("{count:>6}  {name}");
    }
    println!("{:>6}  killed in all", table.values().sum::<u64>());
    assert!(
        table.values().sum::<u64>() >= rounds / 2,
        "too few were killed"
    );
}
