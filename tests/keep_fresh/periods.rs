//! Two hours of a token's life in ten seconds, several times over.

use std::ops::RangeInclusive;
use std::thread;
use std::time::{Duration, Instant};

use age::secrecy::ExposeSecret;
use jiff::{SignedDuration, Timestamp};
use xreq::sandbox::{Endpoint, Fault, Options};

use super::Keeping;
use crate::support::http::Request;
use crate::support::provider::House;

const LIFE: u64 = 10;
const STEP: Duration = Duration::from_millis(50);

fn brief() -> House {
    let house =
        House::with(Options { expires_in: LIFE, rate_limit: u32::MAX, ..Options::default() });
    house.connect(&[]).succeeds();
    house
}

/// Asks the API for some time with the token of the moment, and gives how often it was refused, and
/// how often there was no token.
fn call(house: &House, keeping: &Keeping, time: Duration) -> (usize, usize) {
    let (base, began) = (house.sandbox.base_url(), Instant::now());
    let (mut refused, mut without) = (0, 0);
    while began.elapsed() < time {
        match keeping.ask(None) {
            Ok(live) => {
                let token = live.access_token.expose_secret();
                let answer = Request::get("/2/users/me").bearer(token).send(&base);
                refused += usize::from(answer.expect("the sandbox answers").status != 200);
            }
            Err(_) => without += 1,
        }
        thread::sleep(STEP);
    }
    (refused, without)
}

#[test]
fn a_token_of_ten_seconds_is_fresh_after_them() {
    stay_fresh(Duration::from_secs(12), 1..=3);
}

#[test]
#[ignore = "slow: almost three lives of a token, 28 seconds"]
fn a_token_of_ten_seconds_is_always_fresh() {
    stay_fresh(Duration::from_secs(28), 3..=6);
}

fn stay_fresh(time: Duration, expected: RangeInclusive<usize>) {
    let house = brief();
    let keeping = Keeping::start(&house);
    assert_eq!(call(&house, &keeping, time), (0, 0));
    let refreshes = house.refreshes().len();
    assert!(expected.contains(&refreshes), "{refreshes}");
    let told = keeping.events();
    assert!(told.iter().all(|event| *event == ("refreshed", "")), "{told:?}");
    assert!(told.len().abs_diff(refreshes) <= 1, "{told:?}");
}

#[test]
fn slow_answers_and_short_failures_are_not_noticed() {
    let faults = [
        Fault::Slow(Duration::from_millis(500)),
        Fault::status(503),
        Fault::DropBefore,
        Fault::Html,
    ];
    thread::scope(|scope| {
        for fault in faults {
            scope.spawn(move || {
                let house = brief();
                let keeping = Keeping::start(&house);
                house.control().fault(Endpoint::Token, fault.clone(), 1);
                // Until the token that met the fault would have died.
                let calls = call(&house, &keeping, Duration::from_secs(LIFE + 2));
                assert_eq!(calls, (0, 0), "{fault:?}");
            });
        }
    });
}

#[test]
#[ignore = "slow: more than two lives of a token, 24 seconds"]
fn many_who_keep_one_grant_refresh_it_once_a_period() {
    let house = brief();
    let all: Vec<_> = (0..20).map(|_| Keeping::start(&house)).collect();
    thread::sleep(Duration::from_secs(24));
    let refreshes = house.refreshes().len();
    assert!((2..=5).contains(&refreshes), "{refreshes}");
    let now = Timestamp::now();
    for keeping in &all {
        let live = keeping.ask(None).expect("there is one");
        assert!(live.lives(SignedDuration::ZERO, now));
    }
}
