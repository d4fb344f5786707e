//! Those who ask for a token that lives long enough.

use std::sync::Barrier;
use std::thread;

use age::secrecy::ExposeSecret;
use jiff::{SignedDuration, Timestamp};
use xreq::refresh::agent::token_requests::{Asked, Unavailable};
use xreq::sandbox::{Endpoint, Fault};

use super::Keeping;
use crate::support::provider::House;

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

#[test]
fn fifty_who_ask_at_once_have_one_refresh_in_common() {
    let house = House::connected();
    house.age(5_000);
    let keeping = Keeping::start(&house);
    let old = keeping.token();
    let (tokens, begin) = (keeping.upkeep.tokens(), Barrier::new(50));
    thread::scope(|scope| {
        let ask = || {
            begin.wait();
            let live = super::ask(&tokens, Some(hours(1))).expect("it is refreshed");
            assert!(live.lives(SignedDuration::from_hours(1), Timestamp::now()));
            live.access_token.expose_secret().to_owned()
        };
        let asking: Vec<_> = (0..50).map(|_| scope.spawn(ask)).collect();
        for asked in asking {
            assert_ne!(asked.join().expect("it is answered"), old);
        }
    });
    assert_eq!(house.refreshes().len(), 1);
    assert_eq!(keeping.events(), [("refreshed", "")]);
}

#[test]
fn what_lives_long_enough_is_given_at_once() {
    let house = House::connected();
    house.age(3_500);
    let keeping = Keeping::start(&house);
    keeping.token();
    assert!(matches!(keeping.upkeep.tokens().ask("x", Some(hours(1))), Asked::Now(_)));
    assert!(matches!(keeping.upkeep.tokens().ask("y", Some(hours(1))), Asked::Unknown));
    assert_eq!(house.refreshes().len(), 0);
}

#[test]
fn what_no_token_reaches_is_not_asked_for_at_each_request() {
    let house = House::connected();
    let keeping = Keeping::start(&house);
    keeping.token();
    for _ in 0..20 {
        keeping.ask(Some(hours(24))).expect("it is as fresh as it gets");
    }
    assert_eq!(house.refreshes().len(), 0);
}

#[test]
fn who_asks_for_too_much_while_the_provider_is_down_is_told_when_to_come_back() {
    let house = House::connected();
    house.control().fault(Endpoint::Token, Fault::status(500), u32::MAX);
    house.age(5_000);
    let keeping = Keeping::start(&house);
    let old = keeping.token();
    for _ in 0..20 {
        let Err(Unavailable::For { error, retry_at }) = keeping.ask(Some(hours(1))) else {
            panic!("there is no such token");
        };
        assert_eq!(error.code().name(), "provider_unavailable");
        assert!(retry_at > Timestamp::now() - SignedDuration::from_secs(1));
    }
    assert_eq!(house.refreshes().len(), 1, "each request asked the provider");
    assert_eq!(keeping.token(), old, "who asks for less still has it");
}

#[test]
fn tokens_that_are_dead_on_arrival_are_not_asked_for_all_the_time() {
    let house = House::connected();
    house.control().set_expires_in(0);
    house.age(7_300);
    let keeping = Keeping::start(&house);
    assert_eq!(keeping.event(), ("failing", "provider_unavailable"));
    for _ in 0..20 {
        assert!(keeping.ask(None).is_err());
    }
    assert!(house.refreshes().len() <= 3, "{}", house.refreshes().len());
}

#[test]
fn at_the_end_nobody_waits() {
    let house = House::connected();
    house.control().fault(Endpoint::Token, Fault::Hang, u32::MAX);
    house.age(7_300);
    let Keeping { upkeep, .. } = Keeping::start(&house);
    let tokens = upkeep.tokens();
    let Asked::Later(answer) = tokens.ask("x", None) else { panic!("there is no token") };
    drop(upkeep);
    assert!(answer.blocking_recv().is_err());
    let Asked::Later(answer) = tokens.ask("x", None) else { panic!("there is no token") };
    assert!(answer.blocking_recv().is_err());
}
