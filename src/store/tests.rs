#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod claims;
mod locks;
mod places;
mod pruning;
mod runs;

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use super::*;
use crate::model::{
    AgentName, Ending, Estimate, HunkId, JobId, Perspective, RunRecord, RunRequest, RunState,
    TargetSpec, Trigger, Usage,
};
use crate::sys::clock;

const DAY: i64 = 86_400;

fn new() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    (dir, store)
}

fn request(id: &RunId) -> RunRequest {
    RunRequest {
        id: id.clone(),
        trigger: Trigger::PostCommit,
        target: TargetSpec::Commit("1".repeat(40)),
        git_dir: "/r/.git".into(),
        work_tree: Some("/r".into()),
        head: None,
        branch: None,
        agents: Vec::new(),
        command: None,
        backend: None,
        fail_on: None,
        background: true,
        asked_at: clock::now(),
    }
}

fn run(store: &Store) -> RunId {
    let id = Store::new_run_id();
    store.create_run(&request(&id)).unwrap();
    id
}

fn ended(store: &Store, phase: RunState, since: i64) -> RunId {
    let id = run(store);
    store
        .set_state(
            &id,
            &RunRecord {
                phase,
                attempts: 1,
                since,
            },
        )
        .unwrap();
    id
}

fn job(agent: &str, perspective: Perspective, chunk: u32) -> JobId {
    JobId {
        agent: AgentName::parse(agent).unwrap(),
        perspective,
        chunk,
    }
}

fn answer(job: JobId) -> StoredAnswer {
    StoredAnswer {
        job,
        backend: "claude".into(),
        ending: Ending::Answered,
        elapsed: Duration::from_millis(1500),
        reply: Some("{}".into()),
        usage: Usage::default(),
        estimate: Estimate::default(),
        tried: Vec::new(),
        detail: None,
        hunks: vec![HunkId(1)],
        attempts: 1,
    }
}

fn together<T: Send>(count: usize, act: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let start = Barrier::new(count);
    thread::scope(|scope| {
        let (start, act) = (&start, &act);
        let spawn = |n| {
            scope.spawn(move || {
                start.wait();
                act(n)
            })
        };
        let threads: Vec<_> = (0..count).map(spawn).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    })
}

fn modes(dir: &Path) -> BTreeSet<(bool, u32)> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(dir).unwrap().filter_map(Result::ok) {
        let about = entry.metadata().unwrap();
        found.insert((about.is_dir(), about.mode() & 0o777));
        if about.is_dir() {
            found.extend(modes(&entry.path()));
        }
    }
    found
}

/// Whether somebody was, or is being, told of this run.
fn is_delivered(store: &Store, run: &RunId) -> bool {
    ["delivered", "telling"]
        .iter()
        .any(|place| store.root().join(place).join(run.as_str()).exists())
}

/// Who works on the run now; `None` when nobody does, or it cannot be read.
fn holder(store: &Store, run: &RunId) -> Option<Holder> {
    let body = files::read_capped(&store.run_dir(run).join("lock"), SMALL).ok()?;
    let holder = record::decode(&body).ok()?;
    store.is_alive(run).then_some(holder)
}
