//! What a child is given, and what is kept of what it says.

use super::*;

#[test]
fn an_answer_is_spooled_with_its_standard_error() {
    let sandbox = Sandbox::new();
    let outcome = only(sandbox.job("a", json!([{"out": "hello"}, {"err": "a warning"}])));
    assert_eq!(
        (outcome.ending.clone(), outcome.stop),
        (Ending::Answered, StopStep::None)
    );
    assert_eq!(printed(&outcome), "hello");
    assert_eq!(fs::read_to_string(&outcome.stderr).unwrap(), "a warning");
    let mut left: Vec<_> = fs::read_dir(sandbox.path("spool-a"))
        .unwrap()
        .flatten()
        .map(|e| e.file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["raw.err", "raw.out"]);
}

#[test]
fn codes_signals_and_programs_that_cannot_start_are_told_apart() {
    let sandbox = Sandbox::new();
    assert_eq!(
        only(sandbox.job("code", json!([{"err": "no"}, {"exit": 7}]))).ending,
        Ending::Exited(7)
    );
    assert_eq!(
        only(sandbox.job("signal", json!([{"die": 9}]))).ending,
        Ending::Signalled(9)
    );
    let mut missing = sandbox.job("missing", json!([]));
    missing.invocation.program = sandbox.path("no-such-program");
    let Ending::NotStarted(why) = only(missing).ending else {
        panic!("started")
    };
    assert!(why.contains("no-such-program: No such file"), "{why}");
    let mut relative = sandbox.job("relative", json!([]));
    relative.invocation.program = "fake-agent".into();
    assert!(
        matches!(only(relative).ending, Ending::NotStarted(why) if why.contains("not an absolute path"))
    );
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
    let mut deaf = sandbox.job_of_script(
        "deaf",
        json!({"read": false, "default": [{"bytes": 3_000_000}]}),
    );
    deaf.invocation.prompt = prompt.clone().into_bytes();
    let mut reading = sandbox.job("reading", json!([{"dump": sandbox.text_path("dump")}]));
    reading.invocation.prompt = prompt.clone().into_bytes();
    let (_, outcomes) = supervise(vec![deaf, reading], &options());
    assert!(
        outcomes.iter().all(|o| o.ending == Ending::Answered),
        "{outcomes:?}"
    );
    assert_eq!(
        dump_of(&sandbox.path("dump"))["stdin"]
            .as_str()
            .unwrap()
            .len(),
        prompt.len()
    );
}

#[test]
#[cfg(target_os = "linux")]
fn memory_stays_flat_whatever_is_printed() {
    let sandbox = Sandbox::new();
    let peak = || {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let line = status
            .lines()
            .find(|l| l.starts_with("VmHWM:"))
            .unwrap()
            .to_owned();
        line.split_ascii_whitespace()
            .nth(1)
            .unwrap()
            .parse::<u64>()
            .unwrap()
    };
    only(sandbox.job("small", json!([{"bytes": 10}])));
    let before = peak();
    let jobs = (0..8).map(|i| {
        let mut job = sandbox.job(&format!("b{i}"), json!([{"bytes": 24_000_000}]));
        job.invocation.limits.output_bytes = 32 << 20;
        job
    });
    let (_, outcomes) = supervise(jobs.collect(), &options());
    assert!(
        outcomes
            .iter()
            .all(|o| o.stdout.metadata().unwrap().len() == 24_000_000)
    );
    // the kernel counts per processor and adds up now and then: its peak may go back a little
    let grown = peak().saturating_sub(before);
    // other tests of this program run beside it; 192 MB of output would show all the same
    assert!(grown < 64_000, "grew by {grown} KiB");
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
