//! The supervisor against real processes: the scripted agent in every mood.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
#![expect(
    clippy::needless_pass_by_value,
    reason = "scripts are written in place with `json!`"
)]

#[path = "../support/fake.rs"]
mod fake;

mod call;
mod several;
mod stopping;

use std::cell::Cell;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fake::{fake_agent, script};
use git_agents::testing::model::{
    AgentName, Deadline, Ending, Event, Invocation, JobId, JobLimits, Outcome, Perspective,
    StopStep,
};
use git_agents::testing::supervisor::{
    ConcurrencyLimit, OrphanOutcome, SuperviseJob, SuperviseOptions, SupervisorExit, reap, run,
};
use serde_json::{Value, json};

/// Far beyond what any of these tests takes, so that only a fault reaches it.
const FAR: Duration = Duration::from_secs(60);

struct Sandbox {
    dir: tempfile::TempDir,
}

impl Sandbox {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn text_path(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// A job whose agent plays these steps.
    fn job(&self, name: &str, steps: Value) -> SuperviseJob {
        self.job_of_script(name, json!({ "default": steps }))
    }

    fn job_of_script(&self, name: &str, content: Value) -> SuperviseJob {
        let spool = self.path(&format!("spool-{name}"));
        fs::create_dir_all(&spool).unwrap();
        let invocation = Invocation {
            program: fake_agent().to_owned(),
            args: vec![script(self.dir.path(), name, &content).into()],
            env: Vec::new(),
            prompt: b"the prompt".to_vec(),
            files: Vec::new(),
            cwd: None,
            limits: JobLimits {
                hard: FAR,
                idle: FAR,
                output_bytes: 16 << 20,
                grace: Duration::from_secs(2),
            },
        };
        SuperviseJob {
            id: id(name),
            invocation,
            spool,
            delay: Duration::ZERO,
        }
    }
}

fn id(name: &str) -> JobId {
    JobId {
        agent: AgentName::parse(name).unwrap(),
        perspective: Perspective::Informed,
        chunk: 1,
    }
}

fn options() -> SuperviseOptions {
    SuperviseOptions {
        per_run: 64,
        slots: None,
        cancel_file: None,
        handle_signals: false,
    }
}

/// Runs the jobs; gives the finish, and the outcomes in the order of their ends.
fn supervise(
    jobs: Vec<SuperviseJob>,
    options: &SuperviseOptions,
) -> (SupervisorExit, Vec<Outcome>) {
    let mut outcomes = Vec::new();
    let finish = run(jobs, options, &mut |event| {
        if let Event::Finished(outcome) = event {
            outcomes.push(outcome);
        }
        Vec::new()
    });
    (finish.unwrap(), outcomes)
}

fn only(job: SuperviseJob) -> Outcome {
    let (finish, mut outcomes) = supervise(vec![job], &options());
    assert_eq!((finish, outcomes.len()), (SupervisorExit::Completed, 1));
    outcomes.remove(0)
}

fn printed(outcome: &Outcome) -> String {
    fs::read_to_string(&outcome.stdout).unwrap()
}

/// Waits for a condition, with a limit.
fn eventually(what: &str, condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(
            begun.elapsed() < Duration::from_secs(120),
            "never happened: {what}"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Living processes whose command line names this directory's scripts.
#[cfg(target_os = "linux")]
fn living_in_group(group: u64) -> Vec<String> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let stats = entries.filter_map(|e| fs::read_to_string(e.path().join("stat")).ok());
    let living = stats.filter(|stat| {
        let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        let fields: Vec<&str> = after_name.split_ascii_whitespace().collect();
        fields.get(2) == Some(&group.to_string().as_str()) && fields.first() != Some(&"Z")
    });
    living.collect()
}

fn dump_of(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}
