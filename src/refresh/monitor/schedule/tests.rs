//! The schedule as a table, as equations, and played through with many processes on one grant.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::catalog::Catalog;
use crate::credential::freshness::standing;
use crate::credential::last_refresh::{InFlight, LastError};
use crate::model::credential_id::CredentialId;
use crate::model::name::Label;

const START: i64 = 1_800_000_000;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(START + second).expect("it is near")
}

fn ms(milliseconds: i64) -> SignedDuration {
    SignedDuration::from_millis(milliseconds)
}

fn x() -> &'static Provider {
    static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::builtin);
    CATALOG.provider("x").expect("it is built in")
}

/// Returns a grant that was refreshed at the start, with tokens that live so long.
fn grant(life: i64) -> GrantMetadata {
    let provider = "x".parse().expect("a slug");
    let id = CredentialId::grant(provider, Label::default());
    GrantMetadata {
        expires_at: Some(at(life)),
        refreshable: true,
        refreshed_at: Some(at(0)),
        ..GrantMetadata::new(id, at(0))
    }
}

fn failed(class: FailureClass, second: i64, retry: Option<i64>) -> LastError {
    let message = String::new();
    LastError { at: at(second), class, message, blames: None, retry_at: retry.map(at) }
}

fn next_of(grant: &GrantMetadata, failures: Failures, seed: u64, now: Timestamp) -> Next {
    next(grant, x(), standing(grant, x()), failures, seed, now)
}

fn failures(count: u32, last: Timestamp) -> Failures {
    Failures { count, last: Some(last) }
}

#[test]
fn a_dead_grant_is_dead_at_once_and_one_without_successor_at_its_end() {
    let mut rejected = grant(7_200);
    rejected.last_error = Some(failed(FailureClass::Rejected, 0, None));
    assert_eq!(next_of(&rejected, Failures::default(), 0, at(1)), Next::Dead(Stuck::Rejected));
    let mut last = grant(7_200);
    last.refreshable = false;
    assert_eq!(next_of(&last, Failures::default(), 0, at(7_199)), Next::Look(Some(at(7_200))));
    let end = Next::Dead(Stuck::NoRefreshToken);
    assert_eq!(next_of(&last, Failures::default(), 0, at(7_200)), end);
    last.expires_at = None;
    assert_eq!(next_of(&last, Failures::default(), 0, at(1_000_000)), Next::Look(None));
}

#[test]
fn what_the_provider_asks_for_is_granted() {
    let mut busy = grant(7_200);
    busy.last_error = Some(failed(FailureClass::Transient, 6_950, Some(7_100)));
    let one = failures(1, at(6_950));
    assert_eq!(next_of(&busy, one, 0, at(7_099)), Next::Wait(at(7_100)));
    assert_eq!(next_of(&busy, one, 0, at(7_100)), Next::Refresh);
    let mut lost = grant(7_200);
    lost.refresh_in_flight =
        Some(InFlight { since: at(7_190), token_sha256: String::new(), attempts: 2 });
    assert_eq!(next_of(&lost, Failures::default(), 0, at(7_191)), Next::Wait(at(7_220)));
}

#[test]
fn where_there_is_no_time_to_lose_nobody_draws_lots() {
    for seed in 0..100 {
        let late = next_of(&grant(7_200), Failures::default(), seed, at(7_051));
        assert_eq!(late, Next::Refresh);
        let asked = Want { min_ttl: SignedDuration::from_hours(1), ..Want::default() };
        let now = at(3_601);
        let urgent = next(&grant(7_200), x(), asked, Failures::default(), seed, now);
        assert_eq!(urgent, Next::Refresh);
    }
}

#[test]
fn a_clock_that_was_set_back_keeps_nobody_waiting() {
    assert_eq!(next_of(&grant(7_200), Failures::default(), 0, at(-3_600)), Next::Refresh);
    let later = failures(20, at(86_400));
    assert_eq!(next_of(&grant(7_200), later, 0, at(7_199)), Next::Refresh);
}

#[test]
fn waits_grow_up_to_a_bound() {
    let mut dead = grant(7_200);
    dead.expires_at = Some(at(-1));
    dead.issued_at = at(-7_201);
    let wait = |grant: &GrantMetadata, count| {
        let next = failures(count, at(0)).next_try(grant, x(), 7, at(0)).expect("a time");
        next.duration_since(at(0)).as_millis()
    };
    for (count, most) in [(1, 5_000), (2, 10_000), (3, 20_000), (4, 40_000), (5, 60_000)] {
        assert!((most / 2..=most).contains(&wait(&dead, count)), "{count}");
    }
    assert!((30_000..=60_000).contains(&wait(&dead, u32::MAX)));
    dead.last_error = Some(failed(FailureClass::Client, 0, None));
    assert!((450_000..=900_000).contains(&wait(&dead, u32::MAX)));
    let mut brief = grant(5);
    brief.expires_at = Some(at(-1));
    brief.issued_at = at(-6);
    assert!((125..=250).contains(&wait(&brief, 1)));
    assert!((625..=1_250).contains(&wait(&brief, 9)));
}

#[test]
fn what_fails_is_not_tried_at_once_again_where_no_end_is_known() {
    let mut endless = grant(7_200);
    endless.expires_at = None;
    let wait = |count| {
        let next = failures(count, at(7_200)).next_try(&endless, x(), 7, at(7_200));
        next.expect("it failed").duration_since(at(7_200)).as_millis()
    };
    assert!((2_500..=5_000).contains(&wait(1)));
    assert!((30_000..=60_000).contains(&wait(9)));
    let hourly =
        Want { older_than: Some(SignedDuration::from_hours(1)), ..standing(&endless, x()) };
    let next = |failures| next(&endless, x(), hourly, failures, 7, at(7_200));
    assert_eq!(next(Failures::default()), Next::Refresh);
    assert!(matches!(next(failures(1, at(7_200))), Next::Wait(_)));
}

#[test]
fn the_file_is_looked_at_as_often_as_it_is_of_use() {
    for (life, every) in [(7_200, 2_000), (16, 2_000), (5, 625), (0, 100)] {
        assert_eq!(look_every(&grant(life), x()), Duration::from_millis(every));
    }
}

/// Plays through what becomes of a grant that some processes keep. A refresh takes some time; who
/// comes meanwhile waits for it; what is new is seen by the others at their next look. Gives the
/// number of refreshes, of workers that were started, and of the milliseconds without a token.
fn play(life: i64, processes: u64, periods: i64) -> (usize, usize, i64) {
    const STEP: i64 = 5;
    let takes = 60;
    let mut stored = grant(life);
    let every = i64::try_from(look_every(&stored, x()).as_millis()).expect("it is short");
    let mut seen = vec![stored.clone(); usize::try_from(processes).expect("few")];
    let mut working = vec![false; seen.len()];
    let mut done: Option<i64> = None;
    let (mut refreshes, mut workers, mut dead) = (0, 0, 0);
    let mut time = 0;
    while time < life * 1_000 * periods {
        let now = at(0) + ms(time);
        if done.is_some_and(|done| done <= time) {
            done = None;
            working.fill(false);
            let whole = Timestamp::from_second(now.as_second()).expect("a time");
            stored.issued_at = whole;
            stored.refreshed_at = Some(whole);
            stored.expires_at = Some(whole + SignedDuration::from_secs(life));
        }
        if stored.expires_at.is_some_and(|end| end <= now) {
            dead += STEP;
        }
        for ((seed, seen), working) in (0..).zip(&mut seen).zip(&mut working) {
            let phase = i64::try_from(seed).expect("few") * 37 % every;
            let is_refresh = next_of(seen, Failures::default(), seed, now) == Next::Refresh;
            if (time + phase) % every < STEP || is_refresh {
                seen.clone_from(&stored);
            }
            if *working {
                continue;
            }
            if is_refresh && next_of(seen, Failures::default(), seed, now) == Next::Refresh {
                (workers, *working) = (workers + 1, true);
                if done.is_none() {
                    refreshes += 1;
                    done = Some(time + takes);
                }
            }
        }
        time += STEP;
    }
    (refreshes, workers, dead)
}

#[test]
fn a_hundred_processes_refresh_once_a_period() {
    let (refreshes, workers, dead) = play(5, 100, 20);
    assert_eq!(dead, 0);
    assert!((20..=34).contains(&refreshes), "{refreshes}");
    // Some come while the first one is at work.
    assert!(workers < refreshes * 40, "{workers}");
}

#[test]
fn one_process_refreshes_once_a_period_and_never_too_late() {
    for life in [5, 20, 120] {
        let (refreshes, workers, dead) = play(life, 1, 10);
        assert_eq!(dead, 0, "{life}");
        assert!((10..=16).contains(&refreshes), "{life}: {refreshes}");
        assert_eq!(workers, refreshes, "{life}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_said_of_the_time_is_to_come(
        life in 1_i64..10_000,
        now in -5_000_i64..12_000_000,
        count in 0_u32..40,
        last in -5_000_i64..12_000_000,
        seed in any::<u64>(),
    ) {
        let (grant, now) = (grant(life), at(0) + ms(now));
        let failures = failures(count, at(0) + ms(last));
        match next_of(&grant, failures, seed, now) {
            Next::Look(Some(time)) | Next::Wait(time) => prop_assert!(time > now),
            Next::Refresh => {
                prop_assert_eq!(decide(&grant, standing(&grant, x()), x(), now), Step::Refresh);
            }
            Next::Look(None) | Next::Dead(_) => prop_assert!(false),
        }
    }

    #[test]
    fn a_grant_is_refreshed_within_its_margin(life in 2_i64..10_000, seed in any::<u64>()) {
        let grant = grant(life);
        let Next::Look(Some(due)) = next_of(&grant, Failures::default(), seed, at(0)) else {
            panic!("it is fresh");
        };
        let turn = match next_of(&grant, Failures::default(), seed, due) {
            Next::Look(Some(turn)) => turn,
            next => { prop_assert_eq!(next, Next::Refresh); due }
        };
        prop_assert_eq!(next_of(&grant, Failures::default(), seed, turn), Next::Refresh);
        let left = at(life).duration_since(turn);
        prop_assert!(left >= margin(&grant, x()) * 3 / 4 - ms(1), "{left}");
    }

    #[test]
    fn a_token_does_not_die_without_one_more_try(
        life in 2_i64..10_000,
        seed in any::<u64>(),
    ) {
        let grant = grant(life);
        let mut failures = Failures::default();
        let mut now = at(0);
        let mut last = at(0);
        while now < at(life) {
            match next_of(&grant, failures, seed, now) {
                Next::Look(Some(time)) | Next::Wait(time) => now = time,
                Next::Refresh => { failures.add(now); last = now; }
                next => prop_assert!(false, "{next:?}"),
            }
        }
        let left = at(life).duration_since(last);
        prop_assert!(left <= margin(&grant, x()) / 4, "{left}");
        prop_assert!(failures.count >= 2 && failures.count < 40, "{}", failures.count);
    }
}
