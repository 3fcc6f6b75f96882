//! Jobs beside and after one another, and what is told of them.

use super::*;

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
            let retry = SuperviseJob {
                delay: Duration::from_millis(200),
                ..job.clone()
            };
            if outcome.ending == Ending::Answered {
                Vec::new()
            } else {
                vec![retry]
            }
        }
        _ => Vec::new(),
    });
    assert_eq!(finish.unwrap(), SupervisorExit::Completed);
    assert_eq!(
        endings,
        [Ending::Exited(75), Ending::Exited(75), Ending::Answered]
    );
    assert!(begun.elapsed() >= Duration::from_millis(400));
}

/// Runs `count` agents, each of which waits until as many as may run at once have started.
fn most_at_once(count: usize, options: &SuperviseOptions) -> usize {
    let sandbox = Sandbox::new();
    let jobs = (0..count)
        .map(|i| sandbox.job(&format!("j{i}"), json!([{"out": "x"}, {"sleep": 0.2}])))
        .collect();
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
    assert_eq!(
        most_at_once(
            5,
            &SuperviseOptions {
                per_run: 2,
                ..options()
            }
        ),
        2
    );
    let slots = tempfile::tempdir().unwrap();
    let slots = ConcurrencyLimit {
        dir: slots.path().join("slots"),
        count: 3,
    };
    assert_eq!(
        most_at_once(
            7,
            &SuperviseOptions {
                slots: Some(slots),
                ..options()
            }
        ),
        3
    );
}

#[test]
fn two_supervisors_share_the_users_slots() {
    let dir = tempfile::tempdir().unwrap();
    let slots = ConcurrencyLimit {
        dir: dir.path().join("slots"),
        count: 1,
    };
    let sandbox = Sandbox::new();
    let (holds, release) = (sandbox.text_path("holds"), sandbox.text_path("release"));
    let first = sandbox.job("first", json!([{"touch": holds}, {"wait_for": release}]));
    let options = SuperviseOptions {
        slots: Some(slots),
        ..options()
    };
    let (options_there, first_there) = (options.clone(), first);
    let other = std::thread::spawn(move || supervise(vec![first_there], &options_there).1);
    eventually("the first holds the slot", || {
        sandbox.path("holds").exists()
    });
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
    run(
        vec![sandbox.job("a", json!([{"out": "12345"}, {"sleep": 0.5}]))],
        &options(),
        &mut |event| {
            seen.push(match event {
                Event::Waiting(_) => "waiting".to_owned(),
                Event::Started(_) => "started".to_owned(),
                Event::Progress { bytes, .. } => format!("{bytes} bytes"),
                Event::Stopping(_) => "stopping".to_owned(),
                Event::Finished(_) => "finished".to_owned(),
                Event::Tick => "tick".to_owned(),
            });
            Vec::new()
        },
    )
    .unwrap();
    let ticks = seen.iter().filter(|s| *s == "tick").count();
    assert!((3..=7).contains(&ticks), "{seen:?}");
    seen.retain(|s| s != "tick");
    assert_eq!(seen, ["started", "5 bytes", "finished"]);
}

#[test]
fn an_empty_run_completes() {
    assert_eq!(
        supervise(Vec::new(), &options()),
        (SupervisorExit::Completed, Vec::new())
    );
}
