//! A clock that jumps while things are under way: back an hour, forward a year, and to and fro.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::json;

use crate::dice::{Dice, is_long, seed};
use crate::hooked::names;
use crate::place::{all_reviewed, git, quick, rest};
use crate::scene::{finding, hole, reply};
use crate::support::{Sandbox, eventually};
use crate::told::Told;

/// Shifts the wall clock of whoever loads it by the seconds that a file says now.
const SHIM: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <sys/time.h>

static long shift(void) {
    const char *path = getenv("FAULT_CLOCK");
    char text[32] = {0};
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return 0;
    ssize_t got = read(file, text, sizeof text - 1);
    close(file);
    return got > 0 ? atol(text) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *at) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int done = real(clock, at);
    if (done == 0 && clock == CLOCK_REALTIME) at->tv_sec += shift();
    return done;
}

time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}
"#;

const HOUR: i64 = 3600;
const YEAR: i64 = 365 * 24 * HOUR;

/// A repository whose programs all see a clock that can be set.
struct Shifted {
    place: Sandbox,
    shim: String,
    file: PathBuf,
    told: Told,
}

impl Shifted {
    fn new() -> Self {
        let place = quick();
        let (source, shim) = (place.root().join("clock.c"), place.root().join("clock.so"));
        fs::write(&source, SHIM).unwrap();
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .args([&shim, &source])
            .arg("-ldl")
            .status()
            .unwrap();
        assert!(built.success());
        let file = place.root().join("clock");
        let shifted = Self {
            place,
            shim: shim.to_str().unwrap().to_owned(),
            file,
            told: Told::default(),
        };
        shifted.set(0);
        shifted
    }

    fn set(&self, seconds: i64) {
        let beside = self.file.with_extension("new");
        fs::write(&beside, seconds.to_string()).unwrap();
        fs::rename(beside, &self.file).unwrap();
    }

    fn env(&self) -> [(&'static str, String); 2] {
        let file = self.file.to_str().unwrap().to_owned();
        [("LD_PRELOAD", self.shim.clone()), ("FAULT_CLOCK", file)]
    }

    fn git(&mut self, args: &[&str]) {
        let env = self.env();
        let env = env.each_ref().map(|(name, value)| (*name, value.as_str()));
        git(&self.place, &env, args, &mut self.told);
    }

    fn rest(&mut self) {
        let env = self.env();
        let env = env.each_ref().map(|(name, value)| (*name, value.as_str()));
        rest(&self.place, &env, &mut self.told);
    }

    fn commit(&mut self, number: u64) {
        self.place
            .write("a.py", format!("def f():\n    return {number}\n"));
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", &number.to_string()]);
    }

    fn check(mut self) {
        self.rest();
        all_reviewed(&self.place);
        self.told.check(&self.place);
    }
}

#[test]
fn the_shim_shifts_what_the_program_reads() {
    let shifted = Shifted::new();
    shifted.place.write("a.py", "def f():\n    return 1\n");
    shifted.place.commit("code");
    shifted.set(YEAR);
    let mut command = shifted.place.command("git");
    command.envs(shifted.env());
    let ran = command.args(["agents", "run", "HEAD", "--format", "json"]);
    crate::support::Ran::of(&ran.output().unwrap()).exits(0);
    let run = names(&shifted.place.store().join("runs")).pop().unwrap();
    let request = shifted
        .place
        .store()
        .join("runs")
        .join(run)
        .join("request.json");
    let request: serde_json::Value = serde_json::from_slice(&fs::read(request).unwrap()).unwrap();
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() as i64;
    let asked = request["asked_at"].as_i64().unwrap();
    assert!(
        asked > now + YEAR - HOUR,
        "{asked} is not a year after {now}"
    );
}

/// The clock jumps while the agent works, and the answer still becomes a report that is told once.
#[test]
fn a_clock_that_jumps_while_an_agent_works_costs_nothing() {
    for jump in [-HOUR, YEAR, -YEAR] {
        let mut shifted = Shifted::new();
        let go = shifted.place.root().join("go");
        let title = "the name is pasted into the statement";
        let answer = reply(&[finding(title, "high")]);
        shifted
            .place
            .agents_do(json!([{"wait_for": go.display().to_string()}, {"reply": answer}]));
        shifted.place.write("src/db.py", hole());
        shifted.git(&["add", "-A"]);
        shifted.git(&["commit", "-q", "-m", "hole"]);
        eventually("an agent runs", || shifted.place.starts() == 1);
        shifted.set(jump);
        // a command in between must not take the review for lost, nor sweep its files away
        shifted.git(&["switch", "-q", "-C", "main"]);
        let pruned = shifted
            .place
            .command("git")
            .envs(shifted.env())
            .args(["agents", "prune"])
            .status();
        assert!(pruned.unwrap().success());
        fs::write(&go, "").unwrap();
        shifted.rest();
        assert_eq!(
            shifted.place.starts(),
            1,
            "asked once, after a jump of {jump}"
        );
        let open = shifted.place.agents(&["findings", "--json"]).exits(0).out;
        assert!(open.contains(title), "{open}");
        shifted.check();
    }
}

/// A review that was lost is found whatever the clock says, and what came later counts as newer.
#[test]
fn a_review_that_was_lost_before_the_jump_is_found_after_it() {
    for jump in [-HOUR, YEAR] {
        let mut shifted = Shifted::new();
        shifted.place.agents_do(json!([{"stall": true}]));
        shifted.commit(1);
        eventually("an agent runs", || shifted.place.starts() == 1);
        let run = names(&shifted.place.store().join("runs")).pop().unwrap();
        shifted.place.kill_holder(&run);
        shifted.set(jump);
        shifted.place.agents_find(&[]);
        shifted.commit(2);
        shifted.check();
    }
}

/// To and fro between commits: all are reviewed, each report is told once.
#[test]
fn a_clock_that_jumps_between_commits_loses_none() {
    let mut dice = Dice(seed());
    let mut shifted = Shifted::new();
    let rounds = if is_long() { 100 } else { 12 };
    for number in 0..rounds {
        let jump = [0, -HOUR, HOUR, YEAR, -YEAR][dice.below(5) as usize];
        shifted.set(jump);
        shifted.commit(number);
    }
    shifted.set(0);
    shifted.check();
}
