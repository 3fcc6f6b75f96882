//! The supervisor against real processes: the scripted agent in every mood.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
#![expect(clippy::needless_pass_by_value, reason = "scripts are written in place with `json!`")]

#[path = "support/fake.rs"]
mod fake;

use std::cell::Cell;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fake::{fake_agent, script};
use git_agents::model::{
    AgentName, Deadline, Ending, Event, Invocation, JobId, JobLimits, Outcome, Perspective, PromptDelivery, StopStep,
};
use git_agents::supervise::{Finish, Reaped, Slots, SuperviseJob, SuperviseOptions, reap, run};
use serde_json::{Value, json};

/// Far beyond what any of these tests takes, so that only a fault reaches it.
const FAR: Duration = Duration::from_secs(60);

struct Sandbox {
    dir: tempfile::TempDir,
}

impl Sandbox {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
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
            prompt: PromptDelivery::Stdin(b"the prompt".to_vec()),
            files: Vec::new(),
            cwd: None,
            limits: JobLimits { hard: FAR, idle: FAR, output_bytes: 16 << 20, grace: Duration::from_secs(2) },
        };
        SuperviseJob { id: id(name), invocation, spool, delay: Duration::ZERO }
    }
}

fn id(name: &str) -> JobId {
    JobId { agent: AgentName::parse(name).unwrap(), perspective: Perspective::Informed, chunk: 1 }
}

fn options() -> SuperviseOptions {
    SuperviseOptions { per_run: 64, slots: None, cancel_file: None, handle_signals: false }
}

/// Runs the jobs; gives the finish, and the outcomes in the order of their ends.
fn supervise(jobs: Vec<SuperviseJob>, options: &SuperviseOptions) -> (Finish, Vec<Outcome>) {
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
    assert_eq!((finish, outcomes.len()), (Finish::Completed, 1));
    outcomes.remove(0)
}

fn printed(outcome: &Outcome) -> String {
    fs::read_to_string(&outcome.stdout).unwrap()
}

/// Waits for a condition, with a limit.
fn eventually(what: &str, condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < Duration::from_secs(120), "never happened: {what}");
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

#[test]
fn an_answer_is_spooled_with_its_standard_error() {
    let sandbox = Sandbox::new();
    let outcome = only(sandbox.job("a", json!([{"out": "hello"}, {"err": "a warning"}])));
    assert_eq!((outcome.ending.clone(), outcome.stop), (Ending::Answered, StopStep::None));
    assert_eq!(printed(&outcome), "hello");
    assert_eq!(fs::read_to_string(&outcome.stderr).unwrap(), "a warning");
    let mut left: Vec<_> = fs::read_dir(sandbox.path("spool-a")).unwrap().flatten().map(|e| e.file_name()).collect();
    left.sort();
    assert_eq!(left, ["raw.err", "raw.out"]);
}

#[test]
fn codes_signals_and_programs_that_cannot_start_are_told_apart() {
    let sandbox = Sandbox::new();
    assert_eq!(only(sandbox.job("code", json!([{"err": "no"}, {"exit": 7}]))).ending, Ending::Exited(7));
    assert_eq!(only(sandbox.job("signal", json!([{"die": 9}]))).ending, Ending::Signalled(9));
    let mut missing = sandbox.job("missing", json!([]));
    missing.invocation.program = sandbox.path("no-such-program");
    let Ending::NotStarted(why) = only(missing).ending else { panic!("started") };
    assert!(why.contains("no-such-program: No such file"), "{why}");
    let mut relative = sandbox.job("relative", json!([]));
    relative.invocation.program = "fake-agent".into();
    assert!(matches!(only(relative).ending, Ending::NotStarted(why) if why.contains("not an absolute path")));
}

#[test]
fn the_child_sees_nothing_but_its_invocation() {
    let sandbox = Sandbox::new();
    let mut job = sandbox.job("sealed", json!([{"dump": sandbox.text_path("dump")}]));
    job.invocation.env = vec![("ONLY".into(), "{dir}/x".into())];
    job.invocation.args.push("{dir}/schema.json".into());
    job.invocation.files = vec![("schema.json".into(), b"{}".to_vec())];
    assert_eq!(only(job).ending, Ending::Answered);
    let seen = dump_of(&sandbox.path("dump"));
    let cwd = seen["cwd"].as_str().unwrap();
    assert_eq!(seen["env"], json!({"ONLY": format!("{cwd}/x")}));
    assert_eq!(seen["argv"][2], json!(format!("{cwd}/schema.json")));
    assert_eq!(seen["cwd_entries"], json!(["schema.json"]));
    assert_eq!(seen["cwd_mode"], json!("700"));
    assert_eq!(seen["stdin"], json!("the prompt"));
    assert_eq!(seen["pid"], seen["group"], "a group of its own");
    assert_eq!(seen["nice"], json!(19));
    assert!(!Path::new(cwd).exists(), "the private directory is gone");
    let files = seen["open_files"].as_array().unwrap();
    let inherited = files.iter().filter(|f| {
        let name = f.as_str().unwrap();
        !(name.starts_with("pipe:")
            || name.ends_with("/raw.out")
            || name.ends_with("/raw.err")
            || name.contains("/proc"))
    });
    assert_eq!(inherited.collect::<Vec<_>>(), Vec::<&Value>::new());
    assert!(files.len() <= 4, "{files:?}");
}

#[test]
fn a_large_prompt_and_an_agent_that_never_reads_do_not_lock_up() {
    let sandbox = Sandbox::new();
    let prompt = "p".repeat(5_000_000);
    let mut deaf = sandbox.job_of_script("deaf", json!({"read": false, "default": [{"bytes": 3_000_000}]}));
    deaf.invocation.prompt = PromptDelivery::Stdin(prompt.clone().into_bytes());
    let mut reading = sandbox.job("reading", json!([{"dump": sandbox.text_path("dump")}]));
    reading.invocation.prompt = PromptDelivery::Stdin(prompt.clone().into_bytes());
    let (_, outcomes) = supervise(vec![deaf, reading], &options());
    assert!(outcomes.iter().all(|o| o.ending == Ending::Answered), "{outcomes:?}");
    assert_eq!(dump_of(&sandbox.path("dump"))["stdin"].as_str().unwrap().len(), prompt.len());
}

#[test]
fn silence_is_ended_by_the_idle_deadline_and_slow_output_is_not() {
    let sandbox = Sandbox::new();
    let mut silent = sandbox.job("silent", json!([{"out": "part"}, {"stall": true}]));
    silent.invocation.limits.idle = Duration::from_millis(300);
    let trickle = json!([{"trickle": {"text": ".", "every": 0.1, "times": 15}}]);
    let mut slow = sandbox.job("slow", trickle);
    slow.invocation.limits.idle = Duration::from_millis(900);
    let (_, outcomes) = supervise(vec![silent, slow], &options());
    assert_eq!(outcomes[0].ending, Ending::TimedOut(Deadline::Idle));
    assert_eq!((outcomes[0].stop, printed(&outcomes[0]).as_str()), (StopStep::Term, "part"));
    assert_eq!(outcomes[1].ending, Ending::Answered);
}

#[test]
fn output_does_not_postpone_the_hard_deadline() {
    let sandbox = Sandbox::new();
    let mut job = sandbox.job("busy", json!([{"trickle": {"text": ".", "every": 0.02, "times": 100_000}}]));
    job.invocation.limits.hard = Duration::from_millis(400);
    let outcome = only(job);
    assert_eq!(outcome.ending, Ending::TimedOut(Deadline::Hard));
    assert!(outcome.elapsed < Duration::from_secs(10), "{:?}", outcome.elapsed);
    assert!(printed(&outcome).len() > 2);
}

#[test]
fn who_ignores_term_is_killed_after_the_grace() {
    let sandbox = Sandbox::new();
    let mut job = sandbox.job("deaf", json!([{"ignore_term": true}, {"out": "ready"}, {"stall": true}]));
    job.invocation.limits.idle = Duration::from_millis(500);
    job.invocation.limits.grace = Duration::from_millis(300);
    let outcome = only(job);
    assert_eq!((outcome.ending, outcome.stop), (Ending::TimedOut(Deadline::Idle), StopStep::Kill));
    assert!(outcome.elapsed >= Duration::from_millis(800));
}

#[test]
#[cfg(target_os = "linux")]
fn a_grandchild_that_holds_standard_output_neither_hangs_us_nor_survives() {
    let sandbox = Sandbox::new();
    let dump = sandbox.text_path("dump");
    let outcome = only(sandbox.job("parent", json!([{"dump": dump}, {"grandchild": 600}, {"out": "answer"}])));
    assert_eq!((outcome.ending.clone(), outcome.stop), (Ending::Answered, StopStep::Kill));
    assert_eq!(printed(&outcome), "answer");
    assert!(outcome.elapsed < Duration::from_secs(20));
    let group = dump_of(&sandbox.path("dump"))["group"].as_u64().unwrap();
    eventually("the group is gone", || living_in_group(group).is_empty());
}

#[test]
#[cfg(target_os = "linux")]
fn a_stopped_agent_takes_its_children_with_it() {
    let sandbox = Sandbox::new();
    let dump = sandbox.text_path("dump");
    let steps = json!([{"dump": dump}, {"grandchild": 600}, {"out": "x"}, {"stall": true}]);
    let mut job = sandbox.job("parent", steps);
    job.invocation.limits.idle = Duration::from_millis(400);
    assert_eq!(only(job).ending, Ending::TimedOut(Deadline::Idle));
    let group = dump_of(&sandbox.path("dump"))["group"].as_u64().unwrap();
    eventually("the group is gone", || living_in_group(group).is_empty());
}

#[test]
fn a_flood_is_stopped_at_once_and_cut_to_the_cap() {
    let sandbox = Sandbox::new();
    for (name, step) in [("out", "flood"), ("err", "flood_err")] {
        let mut job = sandbox.job(name, json!([{"ignore_term": true}, {step: 1_000_000_000_000_u64}]));
        job.invocation.limits.output_bytes = 1 << 20;
        let outcome = only(job);
        assert_eq!((outcome.ending, outcome.stop), (Ending::TooMuchOutput, StopStep::Kill));
        let size = |path: &Path| path.metadata().unwrap().len();
        assert_eq!(size(&outcome.stdout).max(size(&outcome.stderr)), 1 << 20);
        assert!(outcome.elapsed < Duration::from_secs(10));
    }
}

#[test]
fn a_short_flood_between_two_looks_is_too_much_output_too() {
    let sandbox = Sandbox::new();
    let mut job = sandbox.job("short", json!([{"bytes": 5000}]));
    job.invocation.limits.output_bytes = 4999;
    let outcome = only(job);
    assert_eq!(outcome.ending, Ending::TooMuchOutput);
    assert_eq!(printed(&outcome).len(), 4999);
}

#[test]
fn the_cancel_file_ends_what_runs_and_what_waits_and_keeps_answers() {
    let sandbox = Sandbox::new();
    let cancel = sandbox.path("cancel");
    let jobs = vec![
        sandbox.job("answers", json!([{"out": "kept"}])),
        sandbox.job("runs", json!([{"out": "part"}, {"stall": true}])),
        sandbox.job("waits", json!([{"out": "never"}])),
    ];
    let options = SuperviseOptions { per_run: 2, cancel_file: Some(cancel.clone()), ..options() };
    let mut held = jobs;
    held[2].delay = FAR;
    let mut outcomes = Vec::new();
    let (answered, progressed) = (Cell::new(false), Cell::new(false));
    let finish = run(held, &options, &mut |event| {
        match event {
            Event::Finished(outcome) => {
                answered.set(answered.get() || outcome.job == id("answers"));
                outcomes.push((outcome.job.to_string(), outcome.ending));
            }
            Event::Progress { job, .. } if job == id("runs") => progressed.set(true),
            _ => {}
        }
        if answered.get() && progressed.get() {
            fs::write(&cancel, "").unwrap();
        }
        Vec::new()
    });
    assert_eq!(finish.unwrap(), Finish::Cancelled);
    let ended = |name: &str, ending| (name.to_owned(), ending);
    outcomes.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(
        outcomes,
        [ended("answers", Ending::Answered), ended("runs", Ending::Cancelled), ended("waits", Ending::Cancelled)]
    );
    assert!(!sandbox.path("spool-waits/raw.out").exists());
}

#[test]
fn follow_up_jobs_run_in_the_same_loop_after_their_delay() {
    let sandbox = Sandbox::new();
    let counter = sandbox.text_path("count");
    let content = json!({"rules": [{"match": "prompt", "first": 2, "counter": counter, "do": [{"exit": 75}]}],
                         "default": [{"out": "third time"}]});
    let job = sandbox.job_of_script("again", content);
    let mut endings = Vec::new();
    let begun = Instant::now();
    let finish = run(vec![job.clone()], &options(), &mut |event| match event {
        Event::Finished(outcome) => {
            endings.push(outcome.ending.clone());
            let retry = SuperviseJob { delay: Duration::from_millis(200), ..job.clone() };
            if outcome.ending == Ending::Answered { Vec::new() } else { vec![retry] }
        }
        _ => Vec::new(),
    });
    assert_eq!(finish.unwrap(), Finish::Completed);
    assert_eq!(endings, [Ending::Exited(75), Ending::Exited(75), Ending::Answered]);
    assert!(begun.elapsed() >= Duration::from_millis(400));
}

/// Runs `count` agents, each of which waits until as many as may run at once have started.
fn most_at_once(count: usize, options: &SuperviseOptions) -> usize {
    let sandbox = Sandbox::new();
    let jobs = (0..count).map(|i| sandbox.job(&format!("j{i}"), json!([{"out": "x"}, {"sleep": 0.2}]))).collect();
    let (mut now, mut most, mut endings) = (0usize, 0usize, Vec::new());
    run(jobs, options, &mut |event| {
        match event {
            Event::Started(_) => now += 1,
            Event::Finished(outcome) => {
                now -= 1;
                endings.push(outcome.ending);
            }
            _ => {}
        }
        most = most.max(now);
        Vec::new()
    })
    .unwrap();
    assert_eq!(endings, vec![Ending::Answered; count]);
    most
}

#[test]
fn sixteen_and_sixty_four_run_at_once() {
    assert_eq!(most_at_once(16, &options()), 16);
    assert_eq!(most_at_once(64, &options()), 64);
}

#[test]
fn limits_of_the_run_and_of_the_user_hold() {
    assert_eq!(most_at_once(5, &SuperviseOptions { per_run: 2, ..options() }), 2);
    let slots = tempfile::tempdir().unwrap();
    let slots = Slots { dir: slots.path().join("slots"), count: 3 };
    assert_eq!(most_at_once(7, &SuperviseOptions { slots: Some(slots), ..options() }), 3);
}

#[test]
fn two_supervisors_share_the_users_slots() {
    let dir = tempfile::tempdir().unwrap();
    let slots = Slots { dir: dir.path().join("slots"), count: 1 };
    let sandbox = Sandbox::new();
    let (holds, release) = (sandbox.text_path("holds"), sandbox.text_path("release"));
    let first = sandbox.job("first", json!([{"touch": holds}, {"wait_for": release}]));
    let options = SuperviseOptions { slots: Some(slots), ..options() };
    let (options_there, first_there) = (options.clone(), first);
    let other = std::thread::spawn(move || supervise(vec![first_there], &options_there).1);
    eventually("the first holds the slot", || sandbox.path("holds").exists());
    let second = sandbox.job("second", json!([{"out": "after"}]));
    let mut seen = Vec::new();
    run(vec![second], &options, &mut |event| {
        match event {
            Event::Waiting(_) => {
                seen.push("waiting");
                fs::write(&release, "").unwrap();
            }
            Event::Started(_) => seen.push("started"),
            Event::Finished(_) => seen.push("finished"),
            _ => {}
        }
        Vec::new()
    })
    .unwrap();
    assert_eq!(seen, ["waiting", "started", "finished"]);
    assert_eq!(other.join().unwrap()[0].ending, Ending::Answered);
}

#[test]
fn events_of_one_job_come_in_order_and_a_live_view_gets_its_beat() {
    let sandbox = Sandbox::new();
    let mut seen = Vec::new();
    run(vec![sandbox.job("a", json!([{"out": "12345"}, {"sleep": 0.5}]))], &options(), &mut |event| {
        seen.push(match event {
            Event::Waiting(_) => "waiting".to_owned(),
            Event::Started(_) => "started".to_owned(),
            Event::Progress { bytes, .. } => format!("{bytes} bytes"),
            Event::Stopping(_) => "stopping".to_owned(),
            Event::Finished(_) => "finished".to_owned(),
            Event::Tick => "tick".to_owned(),
        });
        Vec::new()
    })
    .unwrap();
    let ticks = seen.iter().filter(|s| *s == "tick").count();
    assert!((3..=7).contains(&ticks), "{seen:?}");
    seen.retain(|s| s != "tick");
    assert_eq!(seen, ["started", "5 bytes", "finished"]);
}

#[test]
#[cfg(target_os = "linux")]
fn what_a_killed_supervisor_left_running_can_be_reaped() {
    let sandbox = Sandbox::new();
    let (dump, go) = (sandbox.text_path("dump"), sandbox.path("cancel"));
    let job = sandbox.job("orphan", json!([{"dump": dump}, {"out": "partial"}, {"stall": true}]));
    let spool = job.spool.clone();
    let options = SuperviseOptions { cancel_file: Some(go.clone()), ..options() };
    let supervisor = std::thread::spawn(move || supervise(vec![job], &options).1);
    eventually("it works", || fs::read(spool.join("raw.out")).is_ok_and(|b| b == b"partial"));
    let group = dump_of(&sandbox.path("dump"))["group"].as_u64().unwrap();
    // a second process, with nothing but the directory, does what a later run would do
    assert_eq!(reap(&spool), Reaped::Killed);
    eventually("the group is gone", || living_in_group(group).is_empty());
    let outcome = supervisor.join().unwrap().remove(0);
    assert_eq!(outcome.ending, Ending::Signalled(9));
    assert_eq!(printed(&outcome), "partial");
    assert_eq!(reap(&spool), Reaped::Nothing);
    let cwd = dump_of(&sandbox.path("dump"))["cwd"].as_str().unwrap().to_owned();
    assert!(!Path::new(&cwd).exists());
}

#[test]
#[cfg(target_os = "linux")]
fn a_panic_in_the_callers_closure_leaves_no_agent_behind() {
    let sandbox = Sandbox::new();
    let job = sandbox.job("left", json!([{"dump": sandbox.text_path("dump")}, {"out": "x"}, {"stall": true}]));
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        run(vec![job], &options(), &mut |event| {
            assert!(!matches!(event, Event::Progress { .. }), "a fault of the caller");
            Vec::new()
        })
    }));
    assert!(result.is_err());
    let group = dump_of(&sandbox.path("dump"))["group"].as_u64().unwrap();
    eventually("the group is gone", || living_in_group(group).is_empty());
}

#[test]
#[cfg(target_os = "linux")]
fn memory_stays_flat_whatever_is_printed() {
    let sandbox = Sandbox::new();
    let peak = || {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|l| l.starts_with("VmHWM:")).unwrap().to_owned();
        line.split_ascii_whitespace().nth(1).unwrap().parse::<u64>().unwrap()
    };
    only(sandbox.job("small", json!([{"bytes": 10}])));
    let before = peak();
    let jobs = (0..8).map(|i| {
        let mut job = sandbox.job(&format!("b{i}"), json!([{"bytes": 24_000_000}]));
        job.invocation.limits.output_bytes = 32 << 20;
        job
    });
    let (_, outcomes) = supervise(jobs.collect(), &options());
    assert!(outcomes.iter().all(|o| o.stdout.metadata().unwrap().len() == 24_000_000));
    // other tests of this program run beside it; 192 MB of output would show all the same
    assert!(peak() - before < 64_000, "grew by {} KiB", peak() - before);
}

/// One test for both, since a signal reaches every run of this process that listens.
#[test]
fn ctrl_c_stops_gently_and_a_second_one_at_once() {
    let interrupt = || rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::INT).unwrap();
    let sandbox = Sandbox::new();
    let listening = SuperviseOptions { handle_signals: true, ..options() };
    for (name, presses, stop) in [("gentle", 1, StopStep::Term), ("hasty", 2, StopStep::Kill)] {
        let deaf = if presses == 2 { json!({"ignore_term": true}) } else { json!({"err": ""}) };
        let mut job = sandbox.job(name, json!([deaf, {"out": "part"}, {"stall": true}]));
        job.invocation.limits.grace = FAR;
        let mut outcomes = Vec::new();
        let finish = run(vec![job], &listening, &mut |event| {
            match event {
                Event::Progress { .. } => interrupt(),
                Event::Stopping(_) if presses == 2 => interrupt(),
                Event::Finished(outcome) => outcomes.push((outcome.ending, outcome.stop)),
                _ => {}
            }
            Vec::new()
        });
        assert_eq!(finish.unwrap(), Finish::Interrupted);
        assert_eq!(outcomes, [(Ending::Cancelled, stop)], "{name}");
    }
}

#[test]
fn an_empty_run_completes() {
    assert_eq!(supervise(Vec::new(), &options()), (Finish::Completed, Vec::new()));
}

#[test]
fn the_prompt_is_in_no_command_line() {
    let sandbox = Sandbox::new();
    let job = sandbox.job("a", json!([{"dump": sandbox.text_path("dump")}]));
    let arguments: Vec<OsString> = job.invocation.args.clone();
    only(job);
    let seen = dump_of(&sandbox.path("dump"));
    assert_eq!(seen["argv"].as_array().unwrap().len(), arguments.len() + 1);
    assert!(!seen["argv"].to_string().contains("the prompt"));
}
