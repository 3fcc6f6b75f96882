//! Things that one process gets and no other: the delivery of a report, the key of a review.

use super::*;

#[test]
fn a_report_is_claimed_exactly_once() {
    let (_dir, store) = new();
    for _ in 0..20 {
        let id = run(&store);
        assert!(
            !store.claim_delivery(&id).unwrap(),
            "not before it is ready"
        );
        store.mark_ready(&id).unwrap();
        assert_eq!(store.undelivered(), std::slice::from_ref(&id));
        let claims = together(8, |_| store.claim_delivery(&id).unwrap());
        assert_eq!(claims.iter().filter(|won| **won).count(), 1);
        assert!(store.undelivered().is_empty() && is_delivered(&store, &id));
        store.mark_ready(&id).unwrap();
        assert!(
            !store.claim_delivery(&id).unwrap(),
            "a supervisor that starts again makes no second ticket"
        );
    }
}

#[test]
fn marking_while_others_claim_makes_no_second_ticket() {
    let (_dir, store) = new();
    for _ in 0..20 {
        let id = run(&store);
        let won = together(8, |n| {
            if n % 2 == 0 {
                store.mark_ready(&id).unwrap();
            }
            (0..50)
                .filter(|_| store.claim_delivery(&id).unwrap())
                .count()
        });
        assert_eq!(won.iter().sum::<usize>(), 1);
    }
}

#[test]
fn a_failed_print_gives_the_claim_back() {
    let (_dir, store) = new();
    let (first, second) = (run(&store), run(&store));
    store.mark_ready(&second).unwrap();
    store.mark_ready(&first).unwrap();
    assert!(store.claim_delivery(&first).unwrap());
    store.release_delivery(&first);
    assert_eq!(store.undelivered(), [first.clone(), second], "oldest first");
    assert!(store.claim_delivery(&first).unwrap());
}

#[test]
fn one_run_gets_a_key() {
    let (_dir, store) = new();
    for round in 0..20 {
        let key = format!("patch-id/../{round}");
        let ids: Vec<RunId> = (0..8).map(|_| run(&store)).collect();
        let said = together(8, |n| store.claim_key(&key, &ids[n]).unwrap());
        let winner = said.iter().position(Option::is_none).unwrap();
        assert_eq!(
            said.iter()
                .flatten()
                .filter(|run| **run == ids[winner])
                .count(),
            7
        );
        assert_eq!(store.run_for_key(&key).unwrap(), ids[winner]);
        assert_eq!(
            store.claim_key(&key, &ids[winner]).unwrap(),
            None,
            "its own claim stands"
        );
    }
}

#[test]
fn a_key_of_a_run_that_is_gone_is_taken_over_by_one() {
    let (_dir, store) = new();
    let old = RunId::parse("01900000-0000-7000-8000-000000000000").unwrap();
    for round in 0..20 {
        let key = format!("{round}");
        assert_eq!(store.claim_key(&key, &old).unwrap(), None);
        assert_eq!(store.run_for_key(&key), None);
        let ids: Vec<RunId> = (0..8).map(|_| run(&store)).collect();
        let said = together(8, |n| store.claim_key(&key, &ids[n]).unwrap());
        assert_eq!(
            said.iter().filter(|other| other.is_none()).count(),
            1,
            "{said:?}"
        );
    }
    let young = Store::new_run_id();
    assert_eq!(store.claim_key("young", &young).unwrap(), None);
    assert_eq!(
        store.claim_key("young", &run(&store)).unwrap(),
        Some(young.clone()),
        "it may be about to be written"
    );
    store.release_key("young", &old);
    assert!(
        store.claim_key("young", &run(&store)).unwrap().is_some(),
        "only its holder gives it up"
    );
    store.release_key("young", &young);
    assert_eq!(store.claim_key("young", &run(&store)).unwrap(), None);
}
