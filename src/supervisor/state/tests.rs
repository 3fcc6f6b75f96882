use proptest::prelude::*;

use super::*;

const LIMITS: JobLimits = JobLimits {
    hard: Duration::from_secs(60),
    idle: Duration::from_secs(20),
    output_bytes: 1000,
    grace: Duration::from_secs(2),
};

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn looked_at(out: u64) -> Input {
    Input::Looked(Written { out, err: 0 })
}

fn exited(code: i32) -> Input {
    Input::Exited {
        exit: Exit::Code(code),
        written: Written::default(),
        left_over: false,
    }
}

/// Feeds all inputs in turn and returns the last state with every effect.
fn drive(inputs: &[(Duration, Input)]) -> (JobState, Vec<Effect>) {
    let mut state = started(Duration::ZERO);
    let mut all = Vec::new();
    for (when, input) in inputs {
        let (next, effects) = step(state, *when, *input, &LIMITS);
        state = next;
        all.extend(effects);
    }
    (state, all)
}

fn end_of(inputs: &[(Duration, Input)]) -> End {
    match drive(inputs).0 {
        JobState::Ended(end) => end,
        other => panic!("not ended: {other:?}"),
    }
}

#[test]
fn output_postpones_the_idle_deadline_but_not_the_hard_one() {
    let inputs: Vec<_> = (1..=6).map(|i| (at(i * 10), looked_at(i))).collect();
    let (state, effects) = drive(&inputs[..5]);
    assert!(matches!(state, JobState::Running(_)));
    assert!(effects.iter().all(|e| *e == Effect::AnnounceProgress));
    let (state, effects) = drive(&inputs);
    assert!(matches!(
        state,
        JobState::Stopping(
            _,
            Stop {
                why: StopWhy::Deadline(Deadline::Hard),
                ..
            }
        )
    ));
    assert!(effects.ends_with(&[Effect::AnnounceStop, Effect::Term]));
}

#[test]
fn silence_on_both_streams_is_the_idle_deadline() {
    let inputs = [(at(20), looked_at(0)), (at(21), exited(0))];
    assert_eq!(
        end_of(&inputs),
        End {
            ending: Ending::TimedOut(Deadline::Idle),
            stop: StopStep::Term,
            elapsed: at(21)
        }
    );
}

#[test]
fn kill_follows_when_the_grace_is_over_and_not_before() {
    let (_, effects) = drive(&[(at(1), Input::Cancel), (at(2), looked_at(0))]);
    assert_eq!(effects, [Effect::AnnounceStop, Effect::Term]);
    let inputs = [
        (at(1), Input::Cancel),
        (at(3), looked_at(0)),
        (at(3), exited(0)),
    ];
    assert_eq!(
        drive(&inputs).1,
        [Effect::AnnounceStop, Effect::Term, Effect::Kill]
    );
    assert_eq!(
        end_of(&inputs),
        End {
            ending: Ending::Cancelled,
            stop: StopStep::Kill,
            elapsed: at(3)
        }
    );
}

#[test]
fn a_second_cancel_kills_at_once() {
    let (_, effects) = drive(&[
        (at(1), Input::Cancel),
        (at(1), Input::CancelNow),
        (at(1), Input::CancelNow),
    ]);
    assert_eq!(effects, [Effect::AnnounceStop, Effect::Term, Effect::Kill]);
}

#[test]
fn a_flood_gets_no_grace() {
    let (state, effects) = drive(&[(at(1), looked_at(1001))]);
    assert_eq!(
        effects,
        [Effect::AnnounceProgress, Effect::AnnounceStop, Effect::Kill]
    );
    assert!(matches!(
        state,
        JobState::Stopping(
            _,
            Stop {
                why: StopWhy::Flood,
                ..
            }
        )
    ));
    assert!(matches!(
        drive(&[(at(1), looked_at(1000))]).0,
        JobState::Running(_)
    ));
}

#[test]
fn a_flood_that_ended_between_two_looks_is_one_too() {
    let input = Input::Exited {
        exit: Exit::Code(0),
        written: Written { out: 0, err: 1001 },
        left_over: false,
    };
    assert_eq!(end_of(&[(at(1), input)]).ending, Ending::TooMuchOutput);
}

#[test]
fn what_is_left_of_the_group_is_killed_and_the_answer_stands() {
    let input = Input::Exited {
        exit: Exit::Code(0),
        written: Written::default(),
        left_over: true,
    };
    assert_eq!(drive(&[(at(1), input)]).1, [Effect::Kill]);
    assert_eq!(
        end_of(&[(at(1), input)]),
        End {
            ending: Ending::Answered,
            stop: StopStep::Kill,
            elapsed: at(1)
        }
    );
}

#[test]
fn a_group_that_even_kill_does_not_end_is_given_up() {
    let gone = at(1) + LIMITS.grace + GIVE_UP;
    let inputs = [
        (at(1), Input::Cancel),
        (at(1) + LIMITS.grace, looked_at(0)),
        (gone, looked_at(0)),
    ];
    assert_eq!(end_of(&inputs).stop, StopStep::Kill);
}

fn any_input() -> impl Strategy<Value = Input> {
    let written = (0u64..1500, 0u64..1500).prop_map(|(out, err)| Written { out, err });
    let exit = prop_oneof![
        (0i32..3).prop_map(Exit::Code),
        (1i32..16).prop_map(Exit::Signal)
    ];
    prop_oneof![
        4 => written.clone().prop_map(Input::Looked),
        1 => Just(Input::Cancel),
        1 => Just(Input::CancelNow),
        1 => (exit, written, any::<bool>())
            .prop_map(|(exit, written, left_over)| Input::Exited { exit, written, left_over }),
    ]
}

proptest! {
    #[test]
    fn no_history_kills_before_its_time_or_speaks_after_the_end(
        inputs in proptest::collection::vec((0u64..40_000, any_input()), 0..40)
    ) {
        let mut state = started(Duration::ZERO);
        let mut now = Duration::ZERO;
        let (mut terms, mut announced, mut term_at, mut hurry) = (0, 0, None, false);
        for (wait, input) in inputs {
            now += Duration::from_millis(wait);
            let ended_before = matches!(state, JobState::Ended(_));
            let flooded = matches!(input, Input::Looked(w) if w.exceeds(LIMITS.output_bytes));
            let exited = matches!(input, Input::Exited { .. });
            hurry |= flooded || exited || input == Input::CancelNow;
            let (next, effects) = step(state, now, input, &LIMITS);
            prop_assert!(!ended_before || effects.is_empty());
            for effect in effects {
                match effect {
                    Effect::Term => { terms += 1; term_at = Some(now); }
                    Effect::AnnounceStop => announced += 1,
                    Effect::Kill => {
                        let grace_over = term_at.is_some_and(|t| now >= t + LIMITS.grace);
                        prop_assert!(hurry || grace_over);
                    }
                    Effect::AnnounceProgress => prop_assert!(announced == 0),
                }
            }
            if exited { prop_assert!(matches!(next, JobState::Ended(_))); }
            state = next;
        }
        prop_assert!(terms <= 1 && announced <= 1);
    }

    #[test]
    fn looking_often_enough_always_ends_a_job(cancel_at in 0u64..80, quiet_from in 0u64..80) {
        let mut state = started(Duration::ZERO);
        let longest = LIMITS.hard + LIMITS.grace + GIVE_UP;
        for second in 0..=longest.as_secs() + 1 {
            let input = if second == cancel_at { Input::Cancel } else { looked_at(second.min(quiet_from)) };
            state = step(state, at(second), input, &LIMITS).0;
        }
        let JobState::Ended(end) = state else { panic!("still alive") };
        prop_assert_eq!(end.stop, StopStep::Kill);
    }
}

#[test]
fn own_endings_are_told_apart() {
    let ended = |exit| {
        end_of(&[(
            at(1),
            Input::Exited {
                exit,
                written: Written::default(),
                left_over: false,
            },
        )])
        .ending
    };
    assert_eq!(
        [Exit::Code(0), Exit::Code(7), Exit::Signal(11)].map(ended),
        [Ending::Answered, Ending::Exited(7), Ending::Signalled(11)]
    );
}
