//! Grants, providers and machines that fail: when they are tried again, and what is told of them.

use super::*;

#[test]
fn who_does_not_work_is_waited_for() {
    let mut test = Test::new();
    test.saw(grant("a"), 3 * HOUR);
    let party = Party::Provider("x".parse().expect("a slug"));
    let failure = crate::refresh::monitor::outage::FailedRefresh {
        began: at(3 * HOUR),
        ended: at(3 * HOUR),
        retry_at: None,
    };
    test.fleet.outages.failed(&party, failure, |_| Some(at(3 * HOUR + 8)));
    assert_eq!(test.next(3 * HOUR), None);
    assert_eq!(test.wakes_at(3 * HOUR), Some(at(3 * HOUR + 8)));
    assert_eq!(test.next(3 * HOUR + 8), Some(name("a")));
}

/// A provider that is there for sixteen seconds in each minute is found.
#[test]
fn a_provider_is_tried_again_within_ten_seconds_however_often_it_failed() {
    let mut test = Test::new();
    let party = Party::Provider("x".parse().expect("a slug"));
    for tries in 0..10 {
        let now = 3 * HOUR + 100 * tries;
        test.saw(grant("a"), now);
        assert_eq!(test.next(now), Some(name("a")), "try {tries}");
        test.fleet.begins(&name("a"));
        test.fleet.ended(&name("a"), None).expect("it is there");
        test.failed("a", now, Some(party.clone()), None);
        let failure = crate::refresh::monitor::outage::FailedRefresh {
            began: at(now),
            ended: at(now),
            retry_at: None,
        };
        test.fleet.outages.failed(&party, failure, |_| Some(at(now + 60)));
        test.saw(grant("a"), now);
        let wakes_at = test.wakes_at(now).expect("it is tried again");
        assert!(wakes_at > at(now) && wakes_at <= at(now + 10), "try {tries}: {wakes_at}");
    }
}

#[test]
fn in_an_outage_those_try_first_that_have_not_failed() {
    let mut test = Test::new();
    let party = Party::Provider("x".parse().expect("a slug"));
    for (account, ends) in [("a", 10), ("b", 20), ("c", 30)] {
        test.saw(GrantMetadata { expires_at: Some(at(ends)), ..grant(account) }, 40);
    }
    let fails = |test: &mut Test, account: &str, now| {
        assert_eq!(test.next(now), Some(name(account)));
        test.fleet.begins(&name(account));
        test.fleet.ended(&name(account), None).expect("it is there");
        test.failed(account, now, Some(party.clone()), None);
        let failure = crate::refresh::monitor::outage::FailedRefresh {
            began: at(now),
            ended: at(now),
            retry_at: None,
        };
        test.fleet.outages.failed(&party, failure, |_| Some(at(now)));
        // Its own wait is over when the next one tries.
        let ends = test.fleet.monitors[&name(account)].standing.and_then(|known| known.expires_at);
        test.saw(GrantMetadata { expires_at: ends, ..grant(account) }, now + 100);
    };
    for (account, now) in [("a", 100), ("b", 300), ("c", 500), ("a", 700), ("b", 900)] {
        fails(&mut test, account, now);
    }
    test.fleet.outages.works(&"x".parse().expect("a slug"), None, at(1_000));
    assert_eq!(test.next(1_100), Some(name("a")), "the token that ends first");
}

#[test]
fn a_failure_is_forgotten_with_the_tokens_that_it_was_of() {
    let mut test = Test::new();
    let party = Party::Provider("x".parse().expect("a slug"));
    test.saw(grant("a"), 3 * HOUR);
    test.fleet.begins(&name("a"));
    test.fleet.ended(&name("a"), None).expect("it is there");
    test.failed("a", 3 * HOUR, Some(party.clone()), None);
    assert!(test.any_fails_by(&party));
    test.saw(grant("a"), 3 * HOUR);
    assert_eq!(test.next(3 * HOUR), None);
    let wakes_at = test.wakes_at(3 * HOUR).expect("it is tried again");
    assert!(wakes_at <= at(3 * HOUR + 5), "{wakes_at}");
    test.saw(grant("a"), 3 * HOUR + 5);
    assert_eq!(test.next(3 * HOUR + 5), Some(name("a")));
    let new = GrantMetadata { issued_at: at(3 * HOUR + 6), ..grant("a") };
    test.saw(new, 3 * HOUR + 6);
    assert!(!test.any_fails_by(&party));
}

#[test]
fn what_a_dead_or_unreadable_grant_failed_by_is_forgotten() {
    let party = Party::Provider("x".parse().expect("a slug"));
    let dead = GrantMetadata { last_error: Some(failed(FailureClass::Rejected, 70)), ..grant("a") };
    for end in [Ok(dead), Err(Error::new(Code::StoreCorrupt, "it is damaged"))] {
        let mut test = Test::new();
        test.saw(grant("a"), 3 * HOUR);
        test.failed("a", 3 * HOUR, Some(party.clone()), None);
        test.sees(end, "a", 3 * HOUR);
        assert!(!test.any_fails_by(&party));
    }
}

#[test]
fn a_grant_that_fails_twice_by_itself_cannot_be_kept() {
    let mut test = Test::new();
    test.saw(grant("a"), 3 * HOUR);
    let mut fails = |now, why: Option<&str>| {
        test.failed("a", now, None, why);
        test.sees(Ok(grant("a")), "a", now)
    };
    assert_eq!(fails(3 * HOUR, Some("sealed")), None);
    let change = fails(3 * HOUR + 5, Some("sealed")).expect("it is news");
    assert_eq!((change.health, change.why.as_deref()), (Health::Damaged, Some("sealed")));
    assert_eq!(fails(3 * HOUR + 15, Some("sealed")), None);
    // It is tried again all the same.
    assert!(test.wakes_at(3 * HOUR + 16).is_some());
    let new =
        GrantMetadata { issued_at: at(4 * HOUR), expires_at: Some(at(6 * HOUR)), ..grant("a") };
    assert_eq!(test.saw(new, 4 * HOUR), Some(Health::Connected));
}

#[test]
fn who_fails_by_the_machine_while_others_succeed_fails_alone() {
    let mut test = Test::new();
    for account in ["a", "b"] {
        test.saw(grant(account), 3 * HOUR);
    }
    let fails = |test: &mut Test, account: &str, now| {
        test.failed(account, now, Some(Party::Machine), Some("cannot write"));
    };
    let alone = |test: &Test, account| test.fleet.monitors[&name(account)].fails_alone();
    fails(&mut test, "a", 3 * HOUR);
    assert!(!test.fleet.concerns_others(&name("a"), &Party::Machine));
    assert!(test.fleet.concerns_others(&name("b"), &Party::Machine));
    // One that began before says nothing of it.
    test.fleet.machine_works(at(3 * HOUR - 1));
    assert!(!alone(&test, "a"));
    test.fleet.machine_works(at(3 * HOUR));
    assert!(alone(&test, "a") && !alone(&test, "b"));
    assert!(!test.any_fails_by(&Party::Machine));
}

#[test]
fn another_file_is_tried_as_if_nothing_had_failed() {
    let folder = tempfile::TempDir::new().expect("a temporary folder can be made");
    let mut test = Test::new();
    let old = version(folder.path(), "a", "old");
    let sees = |test: &mut Test, version| {
        let seen = Observation { version: Some(version), metadata: Ok(grant("a")) };
        test.finds("a", &seen, 3 * HOUR)
    };
    sees(&mut test, old);
    for _ in 0..2 {
        test.fleet.ended(&name("a"), Some(old));
        test.failed("a", 3 * HOUR, None, Some("sealed"));
    }
    let change = sees(&mut test, old).expect("it is news");
    assert_eq!((change.health, test.next(3 * HOUR)), (Health::Damaged, None));
    let new = version(folder.path(), "a", "new");
    let change = sees(&mut test, new).expect("it is news");
    assert_eq!((change.health, test.next(3 * HOUR)), (Health::Expired, Some(name("a"))));
}
