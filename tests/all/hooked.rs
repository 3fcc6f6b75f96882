//! A repository with our hooks, and what is going on behind it.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::scene::{finding, hole, reply, script};
use crate::support::{Sandbox, eventually, program};

impl Sandbox {
    /// One commit, hooks installed by `init`, a short quiet time, agents that find nothing
    /// and count themselves in `starts`.
    pub(crate) fn hooked() -> Self {
        let place = Self::with_commit();
        place.config("agents.settle", "100ms");
        place.config("agents.enabled", "security");
        place.agents_find(&[]);
        place.agents(&["init"]).exits(0);
        place
    }

    /// From here on the agent proposes these findings.
    pub(crate) fn agents_find(&self, findings: &[Value]) {
        self.agents_do(json!([{"reply": reply(findings)}]));
    }

    /// From here on the agent takes these steps; each start is counted.
    pub(crate) fn agents_do(&self, steps: Value) {
        let mut script = script(&[("security", steps)]);
        let counter = self.root().join("starts").display().to_string();
        script["rules"][0]["counter"] = json!(counter);
        script["rules"][0]["first"] = json!(1_000_000);
        self.fake_agent(&script);
    }

    /// How many agents have started.
    pub(crate) fn starts(&self) -> usize {
        fs::read(self.root().join("starts"))
            .unwrap_or_default()
            .len()
    }

    /// Writes the file with the hole, found as `title`.
    pub(crate) fn write_hole(&self, title: &str) {
        self.write("src/db.py", hole());
        self.agents_find(&[finding(title, "high")]);
    }

    /// Commits everything with the hooks running and the output captured; returns the id.
    pub(crate) fn commit_hooked(&self, message: &str) -> String {
        self.git(&["add", "-A"]).exits(0);
        let ran = self.git(&["commit", "-q", "-m", message]).exits(0);
        assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", ""));
        self.head()
    }

    /// An empty commit with the hooks running and the output captured.
    pub(crate) fn commit_hooked_empty(&self, message: &str) {
        let ran = self
            .git(&["commit", "-q", "--allow-empty", "-m", message])
            .exits(0);
        assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", ""));
    }

    /// Waits until nothing is queued or running.
    #[track_caller]
    pub(crate) fn quiet(&self) {
        eventually("no review is left in work", || {
            names(&self.store().join("open")).is_empty()
        });
    }

    /// Runs that wait to be told.
    pub(crate) fn ready(&self) -> usize {
        names(&self.store().join("ready")).len()
    }

    /// Waits until a report waits to be told.
    #[track_caller]
    pub(crate) fn wait_ready(&self, count: usize) {
        eventually("the reports are ready", || {
            let told = self.store().join("waiting").exists()
                && self.root().join("state/git-agents/waiting").exists();
            self.ready() == count && told && names(&self.store().join("open")).is_empty()
        });
    }

    /// The pid of the process that works on this run, or did last.
    pub(crate) fn holder(&self, run: &str) -> Option<u64> {
        let lock = fs::read(self.store().join("runs").join(run).join("lock")).ok()?;
        serde_json::from_slice::<Value>(&lock).ok()?["pid"].as_u64()
    }

    /// Ends the process that works on this run as a crash does, and waits until it is gone.
    #[track_caller]
    pub(crate) fn kill_holder(&self, run: &str) {
        let pid = self.holder(run).unwrap();
        std::process::Command::new("kill")
            .args(["-9", &pid.to_string()])
            .status()
            .unwrap();
        eventually("it is gone", || is_gone(pid));
    }

    /// Ids of all runs with their phase, oldest first.
    pub(crate) fn phases(&self) -> Vec<String> {
        let runs = self.store().join("runs");
        let state = |id: &String| fs::read(runs.join(id).join("state.json")).unwrap_or_default();
        let phase =
            |bytes: Vec<u8>| serde_json::from_slice::<Value>(&bytes).unwrap()["phase"].clone();
        names(&runs)
            .iter()
            .map(|id| {
                phase(state(id))
                    .as_str()
                    .map_or_else(|| "failed".to_owned(), str::to_owned)
            })
            .collect()
    }

    /// Targets of the reports, oldest first: `subject` of a commit, `a..b` of a range.
    pub(crate) fn reviewed(&self) -> Vec<String> {
        let runs = self.store().join("runs");
        let report = |id: &String| fs::read(runs.join(id).join("report.json")).ok();
        let reports = names(&runs)
            .iter()
            .filter_map(report)
            .map(|b| serde_json::from_slice::<Value>(&b).unwrap())
            .collect::<Vec<_>>();
        let subject = |id: &Value| {
            let Some(id) = id.as_str() else {
                return "nothing".to_owned();
            };
            self.git(&["log", "-1", "--format=%s", id])
                .out
                .trim()
                .to_owned()
        };
        let label = |report: &Value| {
            let target = &report["target"];
            match target["kind"].as_str() {
                Some("range") => {
                    format!("{}..{}", subject(&target["base"]), subject(&target["head"]))
                }
                _ => subject(&target["head"]),
            }
        };
        reports.iter().map(label).collect()
    }
}

/// Processes of ours that belong to this place.
pub(crate) fn ours(place: &Sandbox) -> Vec<u32> {
    let built = program().parent().unwrap().to_owned();
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

/// Whether this process has ended.
pub(crate) fn is_gone(pid: u64) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.is_empty() || stat.contains(") Z")
}

/// Names in a directory, sorted; none where there is none.
pub(crate) fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}
