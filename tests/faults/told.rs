//! What was printed, and whether it is what should have been.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::hooked::names;
use crate::support::Sandbox;

/// How often each run was told, whole or in part.
#[derive(Default)]
pub(crate) struct Told(BTreeMap<String, usize>);

impl Told {
    /// Adds the reports that stand in this text, each a line of JSON, and checks each.
    pub(crate) fn count(&mut self, text: &str) {
        for line in text.lines().filter(|line| line.starts_with('{')) {
            let Some(at) = line.find("\"run\":\"") else {
                panic!("cut before its run: {line}");
            };
            *self.0.entry(line[at + 7..at + 43].to_owned()).or_default() += 1;
            if let Ok(report) = serde_json::from_str(line) {
                check_clean(&report);
            }
        }
    }

    /// Every finished run has its ticket in one place, and was printed once; one whose teller was
    /// killed at it, at most once. Those that ran in the foreground are nobody else's to tell.
    #[track_caller]
    pub(crate) fn check(&self, place: &Sandbox) {
        let delivered = names(&place.store().join("delivered"));
        let telling = names(&place.store().join("telling"));
        let times = |run: &String| self.0.get(run).copied().unwrap_or(0);
        for run in &telling {
            assert!(times(run) <= 1 && !delivered.contains(run), "{run}");
        }
        for run in runs(place) {
            let dir = place.store().join("runs").join(&run);
            let read = |name: &str| -> Value {
                let bytes = fs::read(dir.join(name)).unwrap();
                serde_json::from_slice(&bytes)
                    .unwrap_or_else(|error| panic!("{run}/{name}: {error}"))
            };
            let (state, request) = (read("state.json"), read("request.json"));
            let ended = state["phase"].clone();
            if ended == "superseded" || ended == "cancelled" {
                continue;
            }
            assert!(
                ended != "queued" && ended != "running",
                "{run} stands as {ended}"
            );
            if delivered.contains(&run) {
                assert_eq!(times(&run), 1, "{run} ended as {ended}");
            } else {
                let own = request["background"] == false;
                assert!(
                    own || telling.contains(&run),
                    "{run} ended as {ended} and nobody was told"
                );
            }
            if let Ok(report) = fs::read(dir.join("report.json")) {
                check_clean(&serde_json::from_slice(&report).unwrap());
            }
        }
        for (run, times) in &self.0 {
            assert_eq!(*times, 1, "{run} was told {times} times");
        }
    }
}

/// Runs of the store, oldest first.
pub(crate) fn runs(place: &Sandbox) -> Vec<String> {
    let mut runs = names(&place.store().join("runs"));
    runs.retain(|name| !name.starts_with('.'));
    runs
}

/// A report may call itself clean only where every agent answered and every hunk was read.
#[track_caller]
pub(crate) fn check_clean(report: &Value) {
    if report["state"] != "clean" {
        return;
    }
    let agents = report["agents"].as_array().cloned().unwrap_or_default();
    for agent in &agents {
        assert_eq!(agent["outcome"], "answered", "clean: {report:#}");
    }
    let coverage = &report["coverage"];
    assert_eq!(
        coverage["hunks"], coverage["hunks_read"],
        "clean: {report:#}"
    );
    let read = !agents.is_empty() || coverage["hunks"] == 0;
    assert!(read, "clean, and nobody read it: {report:#}");
}
