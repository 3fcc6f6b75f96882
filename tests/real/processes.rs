//! What runs in a place, seen from outside: each of its processes has a home below the place in
//! its environment, the place's own or a private one.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::place::Place;

/// How long a killed process may still be seen.
const GOING: Duration = Duration::from_secs(60);

/// A running process.
pub(crate) struct Process {
    /// Its number.
    pub(crate) id: u64,
    /// Its arguments.
    pub(crate) arguments: Vec<String>,
    /// Its environment, as text.
    pub(crate) environment: String,
    /// Where it works.
    pub(crate) directory: PathBuf,
}

/// All of a place. Elsewhere than on Linux nobody can be asked, and there are none.
pub(crate) fn of(place: &Place) -> Vec<Process> {
    let home = format!("HOME={}/", place.sandbox.root().display());
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let processes = entries.filter_map(|entry| read(&entry.path()));
    processes
        .filter(|process| {
            process
                .environment
                .split('\0')
                .any(|variable| variable.starts_with(&home))
        })
        .collect()
}

fn read(entry: &Path) -> Option<Process> {
    let text = |name: &str| {
        fs::read(entry.join(name))
            .ok()
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    };
    let arguments = text("cmdline")?
        .split_terminator('\0')
        .map(str::to_owned)
        .collect();
    let directory = fs::read_link(entry.join("cwd")).ok()?;
    let id = entry.file_name()?.to_str()?.parse().ok()?;
    Some(Process {
        id,
        arguments,
        environment: text("environ")?,
        directory,
    })
}

/// A killed process may take a moment to be gone; one that was left behind stays.
#[track_caller]
pub(crate) fn assert_none(place: &Place) {
    let begun = Instant::now();
    loop {
        let left: Vec<Vec<String>> = of(place)
            .into_iter()
            .map(|process| process.arguments)
            .collect();
        if left.is_empty() {
            return;
        }
        assert!(begun.elapsed() < GOING, "left behind: {left:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
