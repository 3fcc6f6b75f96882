//! What is removed, and what is spared.

use super::*;

#[test]
fn pruning_goes_by_count_then_age_and_spares_what_is_not_over() {
    let (_dir, store) = new();
    let now = clock::now();
    let old = now - 40 * DAY;
    let done = |since| ended(&store, RunState::Done, since);
    let queued = run(&store);
    let running = ended(&store, RunState::Running, old);
    let untold = done(old);
    store.mark_ready(&untold).unwrap();
    let held = done(old);
    let lock = store.lock_run(&held).unwrap().unwrap();
    let aged = done(old);
    store.claim_key("aged", &aged).unwrap();
    let surplus = done(now);
    let told = ended(&store, RunState::Failed("x".into()), now);
    store.mark_ready(&told).unwrap();
    store.claim_delivery(&told).unwrap();
    let newest = ended(&store, RunState::Cancelled, now + DAY);
    assert_eq!(store.prune(2, 30, now).unwrap().runs, 2);
    assert_eq!(
        store.run_ids(),
        [&newest, &told, &held, &untold, &running, &queued].map(Clone::clone)
    );
    assert!(!store.keys_dir().join("aged").exists() && store.run_for_key("aged").is_none());
    assert!(!store.run_dir(&surplus).exists());
    assert_eq!(Store::names(&store.keys_dir()), Vec::<String>::new());
    drop(lock);
    assert_eq!(
        store.prune(200, 30, now).unwrap().runs,
        1,
        "the held one, by age"
    );
    assert_eq!(store.prune(0, 30, now).unwrap().runs, 2);
    assert!(!is_delivered(&store, &told), "its ticket goes with it");
    assert_eq!(store.run_ids(), [untold, running, queued]);
    assert_eq!(
        Store::names(&store.root().join("trash")),
        Vec::<String>::new()
    );
}

#[test]
fn a_superseded_run_takes_no_place_from_one_that_answered() {
    let (_dir, store) = new();
    let now = clock::now();
    let older = ended(&store, RunState::Done, now);
    let answered = ended(&store, RunState::Done, now);
    let superseded = ended(&store, RunState::Superseded, now);
    assert_eq!(store.prune(3, 30, now).unwrap().runs, 0);
    assert_eq!(store.prune(2, 30, now).unwrap().runs, 1);
    assert_eq!(store.run_ids(), [&answered, &older].map(Clone::clone));
    assert!(!store.run_dir(&superseded).exists());
}

#[test]
fn a_damaged_run_and_a_half_removed_one_are_cleared() {
    let (_dir, store) = new();
    let bad = run(&store);
    fs::write(store.run_dir(&bad).join("state.json"), "").unwrap();
    fs::create_dir_all(store.root().join("trash/half/agents")).unwrap();
    assert_eq!(
        store.prune(1, 30, clock::now()).unwrap().runs,
        0,
        "young: a person may want to look"
    );
    assert_eq!(store.prune(1, 30, clock::now() + 31 * DAY).unwrap().runs, 1);
    assert_eq!(
        Store::names(&store.root().join("trash")),
        Vec::<String>::new()
    );
}
