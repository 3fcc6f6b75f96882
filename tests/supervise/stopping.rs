//! Deadlines, caps and cancellation, and that nothing of an agent survives them.

use super::*;

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
    assert_eq!(
        (outcomes[0].stop, printed(&outcomes[0]).as_str()),
        (StopStep::Term, "part")
    );
    assert_eq!(outcomes[1].ending, Ending::Answered);
}

#[test]
fn output_does_not_postpone_the_hard_deadline() {
    let sandbox = Sandbox::new();
    let mut job = sandbox.job(
        "busy",
        json!([{"trickle": {"text": ".", "every": 0.02, "times": 100_000}}]),
    );
    job.invocation.limits.hard = Duration::from_millis(400);
    let outcome = only(job);
    assert_eq!(outcome.ending, Ending::TimedOut(Deadline::Hard));
    assert!(
        outcome.elapsed < Duration::from_secs(10),
        "{:?}",
        outcome.elapsed
    );
    assert!(printed(&outcome).len() > 2);
}

#[test]
fn who_ignores_term_is_killed_after_the_grace() {
    let sandbox = Sandbox::new();
    let mut job = sandbox.job(
        "deaf",
        json!([{"ignore_term": true}, {"out": "ready"}, {"stall": true}]),
    );
    job.invocation.limits.idle = Duration::from_millis(500);
    job.invocation.limits.grace = Duration::from_millis(300);
    let outcome = only(job);
    assert_eq!(
        (outcome.ending, outcome.stop),
        (Ending::TimedOut(Deadline::Idle), StopStep::Kill)
    );
    assert!(outcome.elapsed >= Duration::from_millis(800));
}

#[test]
#[cfg(target_os = "linux")]
fn a_grandchild_that_holds_standard_output_neither_hangs_us_nor_survives() {
    let sandbox = Sandbox::new();
    let dump = sandbox.text_path("dump");
    let outcome = only(sandbox.job(
        "parent",
        json!([{"dump": dump}, {"grandchild": 600}, {"out": "answer"}]),
    ));
    assert_eq!(
        (outcome.ending.clone(), outcome.stop),
        (Ending::Answered, StopStep::Kill)
    );
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
        let mut job = sandbox.job(
            name,
            json!([{"ignore_term": true}, {step: 1_000_000_000_000_u64}]),
        );
        job.invocation.limits.output_bytes = 1 << 20;
        let outcome = only(job);
        assert_eq!(
            (outcome.ending, outcome.stop),
            (Ending::TooMuchOutput, StopStep::Kill)
        );
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
    let options = SuperviseOptions {
        per_run: 2,
        cancel_file: Some(cancel.clone()),
        ..options()
    };
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
    assert_eq!(finish.unwrap(), SupervisorExit::Cancelled);
    let ended = |name: &str, ending| (name.to_owned(), ending);
    outcomes.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(
        outcomes,
        [
            ended("answers", Ending::Answered),
            ended("runs", Ending::Cancelled),
            ended("waits", Ending::Cancelled)
        ]
    );
    assert!(!sandbox.path("spool-waits/raw.out").exists());
}

#[test]
#[cfg(target_os = "linux")]
fn what_a_killed_supervisor_left_running_can_be_reaped() {
    let sandbox = Sandbox::new();
    let (dump, go) = (sandbox.text_path("dump"), sandbox.path("cancel"));
    let job = sandbox.job(
        "orphan",
        json!([{"dump": dump}, {"out": "partial"}, {"stall": true}]),
    );
    let spool = job.spool.clone();
    let options = SuperviseOptions {
        cancel_file: Some(go.clone()),
        ..options()
    };
    let supervisor = std::thread::spawn(move || supervise(vec![job], &options).1);
    eventually("it works", || {
        fs::read(spool.join("raw.out")).is_ok_and(|b| b == b"partial")
    });
    let group = dump_of(&sandbox.path("dump"))["group"].as_u64().unwrap();
    // a second process, with nothing but the directory, does what a later run would do
    assert_eq!(reap(&spool), OrphanOutcome::Killed);
    eventually("the group is gone", || living_in_group(group).is_empty());
    let outcome = supervisor.join().unwrap().remove(0);
    assert_eq!(outcome.ending, Ending::Signalled(9));
    assert_eq!(printed(&outcome), "partial");
    assert_eq!(reap(&spool), OrphanOutcome::Nothing);
    let cwd = dump_of(&sandbox.path("dump"))["cwd"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(!Path::new(&cwd).exists());
}

#[test]
#[cfg(target_os = "linux")]
fn a_panic_in_the_callers_closure_leaves_no_agent_behind() {
    let sandbox = Sandbox::new();
    let job = sandbox.job(
        "left",
        json!([{"dump": sandbox.text_path("dump")}, {"out": "x"}, {"stall": true}]),
    );
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        run(vec![job], &options(), &mut |event| {
            assert!(
                !matches!(event, Event::Progress { .. }),
                "a fault of the caller"
            );
            Vec::new()
        })
    }));
    assert!(result.is_err());
    let group = dump_of(&sandbox.path("dump"))["group"].as_u64().unwrap();
    eventually("the group is gone", || living_in_group(group).is_empty());
}

/// One test for both, since a signal reaches every run of this process that listens.
#[test]
fn ctrl_c_stops_gently_and_a_second_one_at_once() {
    let interrupt = || {
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::INT)
            .unwrap();
    };
    let sandbox = Sandbox::new();
    let listening = SuperviseOptions {
        handle_signals: true,
        ..options()
    };
    for (name, presses, stop) in [("gentle", 1, StopStep::Term), ("hasty", 2, StopStep::Kill)] {
        let deaf = if presses == 2 {
            json!({"ignore_term": true})
        } else {
            json!({"err": ""})
        };
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
        assert_eq!(finish.unwrap(), SupervisorExit::Interrupted);
        assert_eq!(outcomes, [(Ending::Cancelled, stop)], "{name}");
    }
}
