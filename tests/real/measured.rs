//! Time and memory of each program: a review by all reviewers at once against a server that answers at once.

use std::collections::BTreeMap;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use crate::model_server::ModelServer;
use crate::place::{KEY, Place, assert_complete, good_answer};
use crate::processes;
use crate::program::Program;
use crate::support::Ran;

/// Between two looks at the processes.
const BEAT: Duration = Duration::from_millis(20);
/// Runs; the one that took the least processor time counts.
const RUNS: usize = 2;
/// Ticks of the processor's clock in a second, as Linux counts for processes.
const TICKS: f64 = 100.0;

/// What one run took.
#[derive(Clone, Copy, Debug)]
struct Cost {
    wall: Duration,
    /// Seconds of all processes together.
    processor: f64,
    /// Most kilobytes of all processes together at one time, what they share counted for each.
    peak: u64,
}

/// One row of the table in the README.
pub(crate) fn row(program: &'static Program) -> String {
    let costs: Vec<Cost> = (0..RUNS).map(|_| cost(program)).collect();
    let best = costs
        .iter()
        .min_by(|a, b| a.processor.total_cmp(&b.processor))
        .unwrap();
    format!(
        "| `{}` | {} | {:.1} s | {:.1} s | {} MB |",
        program.name,
        program.version().unwrap_or_default(),
        best.wall.as_secs_f64(),
        best.processor,
        best.peak / 1024
    )
}

fn cost(program: &'static Program) -> Cost {
    let server = ModelServer::start(KEY, good_answer);
    let place = Place::new(program);
    let begun = Instant::now();
    let child = place.start(&server);
    let ended = thread::spawn(move || child.wait_with_output().unwrap());
    let (mut peak, mut ticks) = (0, BTreeMap::new());
    while !ended.is_finished() {
        let private = place.sandbox.root().join("tmp");
        let agents = processes::of(&place)
            .into_iter()
            .filter(|process| process.directory.starts_with(&private));
        let seen: Vec<(u64, Option<u64>, Option<u64>)> = agents
            .map(|process| (process.id, resident(process.id), busy(process.id)))
            .collect();
        peak = peak.max(seen.iter().filter_map(|(_, kilobytes, _)| *kilobytes).sum());
        ticks.extend(
            seen.iter()
                .filter_map(|(id, _, busy)| Some((*id, (*busy)?))),
        );
        thread::sleep(BEAT);
    }
    let wall = begun.elapsed();
    assert_complete(Ran::of(&ended.join().unwrap()));
    let ticks: u64 = ticks.values().sum();
    Cost {
        wall,
        processor: ticks as f64 / TICKS,
        peak,
    }
}

/// Kilobytes in memory.
fn resident(id: u64) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Ticks of the processor so far.
fn busy(id: u64) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    Some(fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?)
}
