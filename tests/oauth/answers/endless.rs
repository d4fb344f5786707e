//! Answers that come late, and those that never come. One test waits for all of these at once.

use std::thread;
use std::time::{Duration, Instant};

use xreq::sandbox::{Endpoint, Fault};

use super::exchanging::connect;
use super::refreshing::{house, launch};
use crate::support::provider::House;

/// Does something that must take as long as an answer is waited for, and no longer.
fn gives_up(what: &str, action: impl FnOnce()) {
    let began = Instant::now();
    action();
    let took = began.elapsed();
    assert!((14..60).contains(&took.as_secs()), "{what}: {took:?}");
}

#[test]
fn an_endless_answer_is_not_waited_for() {
    thread::scope(|scope| {
        scope.spawn(refreshing);
        scope.spawn(connecting);
        scope.spawn(naming);
        scope.spawn(disconnecting);
    });
}

fn refreshing() {
    let (house, _) = house(-100);
    house.control().fault(Endpoint::Token, Fault::Hang, 1);
    gives_up("refresh", || {
        launch(&house)
            .exits(125)
            .complains("error[refresh_in_doubt]")
            .complains("no answer within 15 seconds");
    });
    assert_eq!(house.state(), "in_doubt");
    launch(&house).succeeds();
}

fn connecting() {
    let house = House::new();
    house.control().fault(Endpoint::Token, Fault::Hang, 1);
    gives_up("connect", || {
        let (_, ran) = connect(&house);
        ran.exits(3).complains("error[provider_unavailable]");
    });
    assert!(!house.home.grant("default").exists());
}

fn naming() {
    let house = House::new();
    house.control().fault(Endpoint::Me, Fault::Hang, 1);
    gives_up("the look-up", || {
        let (_, ran) = connect(&house);
        ran.exits(1).complains("error[account_unconfirmed]");
    });
    assert!(!house.home.grant("default").exists());
}

fn disconnecting() {
    let house = House::connected();
    house.control().fault(Endpoint::Revoke, Fault::Hang, 1);
    gives_up("disconnect", || {
        house.home.xreq(&["disconnect", "x"]).exits(3).complains("error[revocation_failed]");
    });
    assert!(house.home.grant("default").exists());
    house.home.xreq(&["disconnect", "x"]).succeeds();
}

#[test]
fn a_late_answer_is_waited_for() {
    let late = || Fault::Slow(Duration::from_secs(1));
    let (house, old) = house(-100);
    house.control().fault(Endpoint::Token, late(), 1);
    let ran = launch(&house).succeeds();
    assert!(ran.stdout != old && ran.stderr.is_empty(), "{}", ran.stderr);

    house.control().fault(Endpoint::Token, late(), 1);
    let (page, ran) = connect(&house);
    ran.succeeds();
    assert!(page.contains("X is connected"), "{page}");
}
