//! What is told of a grant that is kept: once each, and in the right order.

use age::secrecy::ExposeSecret;
use jiff::{SignedDuration, Timestamp};
use xreq::refresh::agent::Holding;
use xreq::refresh::agent::token_requests::Unavailable;
use xreq::sandbox::{Endpoint, Fault, Options};

use super::{Keeping, until, workers};
use crate::support::provider::House;

/// Into the margin before the end of a token that lives two hours, and beyond its end.
const TO_THE_MARGIN: i64 = 7_060;
const BEYOND: i64 = 7_300;

#[test]
fn a_refresh_is_told_of_once_its_token_is_there() {
    let house = House::connected();
    let keeping = Keeping::start(&house);
    let old = keeping.token();
    house.age(TO_THE_MARGIN);
    assert_eq!(keeping.event(), ("refreshed", ""));
    assert_ne!(keeping.token(), old);
    assert_eq!(house.refreshes().len(), 1);
    assert!(keeping.events().is_empty());
}

#[test]
fn what_another_process_refreshes_is_noticed() {
    let house = House::connected();
    let keeping = Keeping::start(&house);
    let old = keeping.token();
    house.home.xreq(&["refresh", "x", "--force"]).succeeds();
    assert_eq!(keeping.event(), ("refreshed", ""));
    assert_ne!(keeping.token(), old);
    assert_eq!(house.refreshes().len(), 1);
}

#[test]
fn what_fails_for_a_while_is_told_once_and_then_mended() {
    let house = House::connected();
    house.control().fault(Endpoint::Token, Fault::status(503), u32::MAX);
    house.age(BEYOND);
    let keeping = Keeping::start(&house);
    assert_eq!(keeping.event(), ("failing", "provider_unavailable"));
    until("it is tried again", || house.refreshes().len() >= 2);
    let Err(Unavailable::For { error, .. }) = keeping.ask(None) else {
        panic!("there is no token");
    };
    assert_eq!(error.code().name(), "provider_unavailable");
    assert!(keeping.events().is_empty());
    house.control().clear_faults();
    assert_eq!(keeping.event(), ("refreshed", ""));
    assert_eq!(keeping.event(), ("recovered", ""));
    keeping.token();
}

#[test]
fn a_provider_that_wants_to_be_left_alone_is() {
    let house = House::connected();
    let busy = Fault::Status { status: 429, retry_after: Some(3) };
    house.control().fault(Endpoint::Token, busy, 1);
    house.age(BEYOND);
    let keeping = Keeping::start(&house);
    assert_eq!(keeping.event(), ("failing", "provider_unavailable"));
    // Not even those who ask make it ask.
    while keeping.ask(None).is_err() {
        assert!(house.refreshes().len() <= 2);
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(house.refreshes().len(), 2);
}

#[test]
fn a_dead_grant_is_told_of_at_once_and_comes_to_life_when_it_is_connected_anew() {
    let house = House::with(Options { expires_in: 8, ..Options::default() });
    house.connect(&[]).succeeds();
    let keeping = Keeping::start(&house);
    let old = keeping.token();
    house.control().revoke_by_user("alice");
    assert_eq!(keeping.event(), ("dead", "reconnect_required"));
    let is_dead = || match keeping.ask(Some(SignedDuration::ZERO)) {
        Ok(live) => {
            assert_eq!(live.access_token.expose_secret(), old, "it is used while it lives");
            false
        }
        Err(why) => matches!(why, Unavailable::Dead(_)),
    };
    until("its token ends", is_dead);
    assert_eq!(house.refreshes().len(), 1, "a dead grant was asked for");
    assert!(keeping.events().is_empty());
    house.connect(&[]).succeeds();
    assert_eq!(keeping.event(), ("recovered", ""));
    assert_eq!(keeping.event(), ("refreshed", ""));
    assert_ne!(keeping.token(), old);
}

#[test]
fn a_grant_that_is_gone_gives_no_token() {
    let house = House::connected();
    let keeping = Keeping::start(&house);
    keeping.token();
    house.home.xreq(&["disconnect", "x"]).succeeds();
    assert_eq!(keeping.event(), ("dead", "not_stored"));
    let Err(Unavailable::Dead(why)) = keeping.ask(None) else {
        panic!("it gives a token");
    };
    assert_eq!(why.hint(), Some("`xreq connect x` gets another one"));
    house.connect(&[]).succeeds();
    assert_eq!(keeping.event(), ("recovered", ""));
    assert_eq!(keeping.event(), ("refreshed", ""));
}

#[test]
fn a_damaged_file_is_told_of_and_mended() {
    let house = House::connected();
    let keeping = Keeping::start(&house);
    keeping.token();
    let file = house.home.grant("default");
    let good = std::fs::read(&file).expect("it is there");
    let (bad, aside) = (b"{\"format\": ".to_vec(), file.with_extension("new"));
    for (content, event) in [(bad, ("failing", "store_corrupt")), (good, ("recovered", ""))] {
        std::fs::write(&aside, content).expect("it can be written");
        std::fs::rename(&aside, &file).expect("it can be replaced");
        assert_eq!(keeping.event(), event);
        keeping.token();
    }
}

#[test]
fn who_holds_no_token_is_told_of_new_ones_all_the_same() {
    let house = House::connected();
    house.age(TO_THE_MARGIN);
    let keeping = Keeping::with(&house, Holding::Metadata, workers(&house));
    assert_eq!(keeping.event(), ("refreshed", ""));
    assert_eq!(house.refreshes().len(), 1);
    // What was issued in the same second cannot be told apart.
    let second = Timestamp::now().as_second();
    until("the second is over", || Timestamp::now().as_second() > second);
    house.home.xreq(&["refresh", "x", "--force"]).succeeds();
    assert_eq!(keeping.event(), ("refreshed", ""));
    assert!(keeping.ask(None).is_err());
    assert!(keeping.events().is_empty());
}

#[test]
fn workers_that_do_not_start_are_told_of() {
    let house = House::connected();
    house.age(BEYOND);
    let mut workers = workers(&house);
    workers.program = house.home.path().join("nothing");
    let keeping = Keeping::with(&house, Holding::Tokens, workers);
    assert_eq!(keeping.event(), ("failing", "worker_failed"));
    assert!(keeping.ask(None).is_err());
}
