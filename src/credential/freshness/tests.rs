//! The decision as a table, and as equations that hold for any stored grant.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::catalog::Catalog;
use crate::credential::last_refresh::{InFlight, LastError};
use crate::model::credential_id::CredentialId;

/// The time of the tests. All others are given in seconds before or after it.
const NOW: i64 = 1_800_000_000;

/// A grant of X in the terms of its decision.
#[derive(Clone, Debug)]
struct Given {
    issued: i64,
    expires: Option<i64>,
    refreshable: bool,
    refreshed: bool,
    /// Since when it is in doubt, after how many attempts.
    doubt: Option<(i64, u32)>,
    error: Option<FailureClass>,
    retry: Option<i64>,
}

/// A fresh grant of X, as of a consent a moment ago.
const FRESH: Given = Given {
    issued: 0,
    expires: Some(7_200),
    refreshable: true,
    refreshed: true,
    doubt: None,
    error: None,
    retry: None,
};

fn at(offset: i64) -> Timestamp {
    Timestamp::from_second(NOW + offset).expect("it is near")
}

fn x() -> &'static Provider {
    static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::builtin);
    CATALOG.provider("x").expect("it is built in")
}

impl Given {
    fn metadata(&self) -> GrantMetadata {
        let doubt = self.doubt.map(|(since, attempts)| InFlight {
            since: at(since),
            token_sha256: String::new(),
            attempts,
        });
        let last_error = self.error.map(|class| LastError {
            at: at(self.issued),
            class,
            message: String::new(),
            blames: None,
            retry_at: self.retry.map(at),
        });
        let provider = "x".parse().expect("a slug");
        let id = CredentialId::grant(provider, crate::model::name::Label::default());
        GrantMetadata {
            expires_at: self.expires.map(at),
            refreshable: self.refreshable,
            refreshed_at: self.refreshed.then(|| at(self.issued)),
            refresh_in_flight: doubt,
            last_error,
            ..GrantMetadata::new(id, at(self.issued))
        }
    }

    fn decide(&self, want: Want) -> Step {
        self.decide_at(want, at(0))
    }

    fn decide_at(&self, want: Want, now: Timestamp) -> Step {
        decide(&self.metadata(), want, x(), now)
    }

    /// Returns how long a new access token will live.
    fn reach(&self) -> i64 {
        self.expires.filter(|_| self.refreshed).map_or(7_200, |end| end - self.issued)
    }

    /// Returns whether the access token lives, and still does after so many seconds; if no token lives
    /// for so long, that it lives is enough.
    fn lives(&self, seconds: i64) -> bool {
        let seconds = if self.reach() < seconds { 0 } else { seconds };
        self.expires.is_none_or(|end| end > 0 && end >= seconds)
    }
}

fn wants(min_ttl: i64) -> Want {
    Want { min_ttl: SignedDuration::from_secs(min_ttl), ..Want::default() }
}

#[test]
fn a_grant_is_refreshed_a_margin_before_its_end() {
    let left = |left: i64| Given { issued: left - 7_200, expires: Some(left), ..FRESH };
    for (given, min_ttl, step) in [
        (left(7_200), 0, Step::Keep),
        (left(300), 0, Step::Keep),
        (left(299), 0, Step::Refresh),
        (left(1_000), 1_000, Step::Keep),
        (left(1_000), 1_001, Step::Refresh),
        (left(0), 0, Step::Refresh),
        (left(-1), 0, Step::Refresh),
        (Given { expires: None, ..FRESH }, 1_000_000, Step::Keep),
        // A token that lives a minute has a margin of a quarter of it.
        (Given { issued: -45, expires: Some(15), ..FRESH }, 0, Step::Keep),
        (Given { issued: -46, expires: Some(14), ..FRESH }, 0, Step::Refresh),
        (Given { refreshable: false, ..left(1) }, 0, Step::Keep),
        (Given { refreshable: false, ..left(1) }, 2, Step::Stuck(Stuck::NoRefreshToken)),
        (Given { refreshable: false, ..left(0) }, 0, Step::Stuck(Stuck::NoRefreshToken)),
    ] {
        assert_eq!(given.decide(wants(min_ttl)), step, "{given:?} {min_ttl}");
    }
}

#[test]
fn what_no_new_token_reaches_is_no_reason_to_ask_for_one() {
    assert_eq!(FRESH.decide(wants(7_200)), Step::Keep);
    assert_eq!(
        Given { issued: -1, expires: Some(7_199), ..FRESH }.decide(wants(7_200)),
        Step::Refresh
    );
    let old = |left: i64| Given { issued: left - 7_200, expires: Some(left), ..FRESH };
    assert_eq!(old(300).decide(wants(7_201)), Step::Keep);
    assert_eq!(old(299).decide(wants(7_201)), Step::Refresh);
}

#[test]
fn what_is_kept_fresh_is_asked_for_twice_before_its_end() {
    for (life, margin, reach) in
        [(7_200, 300_000, 6_900_000), (60, 15_000, 45_000), (5, 1_250, 3_750)]
    {
        let grant = Given { expires: Some(life), ..FRESH }.metadata();
        let lost = Given { doubt: Some((life - 1, 1)), expires: Some(life), ..FRESH }.metadata();
        let want = standing(&grant, x());
        let left = |grant| {
            let due = due(grant, want, x()).expect("it ends");
            at(life).duration_since(due - SignedDuration::from_nanos(1)).as_millis()
        };
        assert_eq!((left(&grant), left(&lost)), (margin, margin / 2));
        assert_eq!(super::reach(&grant, x()).map(|reach| reach.as_millis()), Some(reach));
    }
}

#[test]
fn age_is_a_reason_of_its_own() {
    let aged = |age: i64| Given { issued: -age, expires: Some(7_200 - age), ..FRESH };
    let want = Want { older_than: Some(SignedDuration::from_mins(90)), ..Want::default() };
    assert_eq!(aged(5_399).decide(want), Step::Keep);
    assert_eq!(aged(5_400).decide(want), Step::Refresh);
    // Not while the old token is needed, because it is not known what became of the new one.
    let doubt = Given { doubt: Some((-10, 1)), ..aged(5_400) };
    assert_eq!(doubt.decide(want), Step::Keep);
}

#[test]
fn a_clock_that_was_set_back_is_not_believed() {
    assert_eq!(Given { issued: 60, expires: Some(7_260), ..FRESH }.decide(wants(0)), Step::Keep);
    assert_eq!(Given { issued: 61, expires: Some(7_261), ..FRESH }.decide(wants(0)), Step::Refresh);
    let imported = Given { issued: 86_400, refreshable: false, ..FRESH };
    assert_eq!(imported.decide(wants(0)), Step::Keep);
}

#[test]
fn what_was_noted_by_a_clock_that_was_set_back_keeps_nobody_waiting() {
    let busy = Given {
        issued: 86_400,
        expires: Some(0),
        error: Some(FailureClass::Transient),
        retry: Some(86_460),
        ..FRESH
    };
    assert_eq!(busy.decide(wants(0)), Step::Refresh);
    let lost = Given { expires: Some(0), doubt: Some((86_400, 5)), ..FRESH };
    assert_eq!(lost.decide(wants(0)), Step::Refresh);
}

#[test]
fn a_dead_grant_is_not_asked_for_again() {
    let dead = |left: i64| Given {
        issued: left - 7_200,
        expires: Some(left),
        error: Some(FailureClass::Rejected),
        ..FRESH
    };
    assert_eq!(dead(100).decide(wants(60)), Step::Keep);
    assert_eq!(dead(59).decide(wants(60)), Step::Stuck(Stuck::Rejected));
    assert_eq!(dead(59).decide(Want { force: true, ..wants(60) }), Step::Refresh);
}

#[test]
fn who_wants_to_be_left_alone_is() {
    let busy =
        |class, retry| Given { expires: Some(0), error: Some(class), retry: Some(retry), ..FRESH };
    for class in [FailureClass::Transient, FailureClass::Client, FailureClass::InDoubt] {
        assert_eq!(busy(class, 1).decide(wants(0)), Step::Stuck(Stuck::Busy(at(1))));
        assert_eq!(busy(class, 0).decide(wants(0)), Step::Refresh);
        assert_eq!(busy(class, 1).decide(Want { force: true, ..wants(0) }), Step::Refresh);
    }
}

#[test]
fn one_replay_follows_at_once_and_others_after_pauses() {
    let lost =
        |since, attempts| Given { expires: Some(0), doubt: Some((since, attempts)), ..FRESH };
    let step = |attempts, since: i64| lost(since, attempts).decide(wants(0));
    assert_eq!(step(1, 0), Step::Refresh);
    for (attempts, pause) in [(2, 30), (3, 60), (4, 120), (5, 240), (6, 480), (7, 900), (99, 900)] {
        assert_eq!(step(attempts, -pause), Step::Refresh, "{attempts}");
        let next = Step::Stuck(Stuck::InDoubt(at(1)));
        assert_eq!(step(attempts, 1 - pause), next, "{attempts}");
    }
    assert_eq!(step(u32::MAX, -900), Step::Refresh);
}

fn given() -> impl Strategy<Value = Given> {
    let near = || prop_oneof![-200_000_i64..200_000, -2_i64..2, 55_i64..65, 295_i64..305];
    let class = prop_oneof![
        Just(FailureClass::Transient),
        Just(FailureClass::Rejected),
        Just(FailureClass::Client),
        Just(FailureClass::InDoubt)
    ];
    let doubt = prop::option::of((near(), prop_oneof![0_u32..12, Just(u32::MAX)]));
    let error = prop::option::of((class, prop::option::of(near())));
    (near(), prop::option::weighted(0.9, near()), any::<bool>(), any::<bool>(), doubt, error)
        .prop_map(|(issued, expires, refreshable, refreshed, doubt, error)| Given {
            issued,
            expires,
            refreshable,
            refreshed,
            doubt,
            error: error.map(|(class, _)| class),
            retry: error.and_then(|(_, retry)| retry),
        })
}

fn want() -> impl Strategy<Value = Want> {
    let older_than = prop::option::of((0_i64..200_000).prop_map(SignedDuration::from_secs));
    let min_ttl = prop_oneof![0_i64..20_000, Just(0), Just(60), Just(300)];
    (min_ttl, older_than, prop::bool::weighted(0.2)).prop_map(|(min_ttl, older_than, force)| Want {
        min_ttl: SignedDuration::from_secs(min_ttl),
        older_than,
        force,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_asked_without_a_refresh_token(mut given in given(), want in want()) {
        given.refreshable = false;
        prop_assert_ne!(given.decide(want), Step::Refresh);
    }

    #[test]
    fn what_is_kept_lives_as_long_as_it_must(given in given(), want in want()) {
        if given.decide(want) == Step::Keep {
            prop_assert!(!want.force);
            prop_assert!(given.lives(want.min_ttl.as_secs()));
        }
    }

    #[test]
    fn what_does_not_live_as_long_as_it_must_is_never_kept(given in given(), want in want()) {
        if !given.lives(want.min_ttl.as_secs()) {
            prop_assert_ne!(given.decide(want), Step::Keep);
        }
    }

    #[test]
    fn in_doubt_the_old_token_is_used_while_it_serves(
        mut given in given(),
        doubt in (-1_000_i64..1_000, 0_u32..12),
        mut want in want(),
    ) {
        given.doubt = Some(doubt);
        want.force = false;
        if given.lives(want.min_ttl.as_secs()) {
            prop_assert_eq!(given.decide(want), Step::Keep);
        }
    }

    #[test]
    fn a_rejected_grant_is_never_asked_for(mut given in given(), mut want in want()) {
        given.error = Some(FailureClass::Rejected);
        want.force = false;
        prop_assert_ne!(given.decide(want), Step::Refresh);
    }

    #[test]
    fn force_asks_whatever_is_stored(mut given in given(), mut want in want()) {
        given.refreshable = true;
        want.force = true;
        prop_assert_eq!(given.decide(want), Step::Refresh);
    }

    #[test]
    fn a_wait_ends(given in given(), want in want()) {
        let step = given.decide(want);
        if let Step::Stuck(Stuck::Busy(until) | Stuck::InDoubt(until)) = step {
            prop_assert!(until > at(0));
            let later = until.duration_since(at(0)).as_secs();
            let mut then = given.clone();
            then.issued -= later;
            then.expires = then.expires.map(|end| end - later);
            then.doubt = then.doubt.map(|(since, attempts)| (since - later, attempts));
            then.retry = then.retry.map(|retry| retry - later);
            prop_assert_ne!(then.decide(want), step);
        }
    }

    #[test]
    fn it_is_due_when_it_is_no_longer_kept(given in given(), mut want in want()) {
        want.force = false;
        prop_assume!(given.decide(want) == Step::Keep);
        match due(&given.metadata(), want, x()) {
            None => prop_assert_eq!(given.decide_at(want, Timestamp::MAX), Step::Keep),
            Some(due) => {
                prop_assert!(due > at(0));
                let before = due - SignedDuration::from_nanos(1);
                prop_assert_eq!(given.decide_at(want, before), Step::Keep);
                prop_assert_ne!(given.decide_at(want, due), Step::Keep);
            }
        }
    }

    #[test]
    fn to_want_more_never_makes_it_kept(given in given(), want in want(), more in 0_i64..10_000) {
        let stricter = Want { min_ttl: want.min_ttl + SignedDuration::from_secs(more), ..want };
        prop_assume!(stricter.min_ttl.as_secs() <= given.reach());
        if given.decide(want) != Step::Keep {
            prop_assert_ne!(given.decide(stricter), Step::Keep);
        }
    }
}
