//! Providers that do not work for a while.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rustix::process::Signal;
use xreq::sandbox::{Endpoint, Fault};

use super::{
    Daemon, PATIENCE, all_live, house, left, metadata, nothing_is_in_doubt, store, store_for, until,
};

#[test]
fn a_provider_that_is_down_gets_no_storm() {
    let house = house(600, 0);
    let issued_at = Timestamp::now() - SignedDuration::from_mins(20);
    for number in 0..40 {
        store(&house, &format!("account-{number}"), issued_at);
    }
    house.control().fault(Endpoint::Token, Fault::status(503), u32::MAX);
    let daemon = Daemon::start(&house.home, &[]);
    daemon.says("x gives no tokens: ");
    // Eight at once, then one at a time: after five seconds, ten, twenty.
    let storm = house.control().wait_until(Duration::from_secs(12), |log| log.len() > 12);
    assert!(!storm, "{} requests", house.control().log().len());
    assert!(house.control().log().len() > 8, "nobody tries again");
    let (status, health) = daemon.health();
    assert_eq!((status, health["status"].as_str()), (503, Some("failing")));
    assert_eq!(health["outages"][0]["of"], "x");
    assert_eq!(daemon.sample("xreq_outages"), 1);
    assert_eq!(daemon.times_said("gives no tokens"), 1);

    house.control().clear_faults();
    daemon.says("x works again, after ");
    until("fresh tokens", || all_live(&house));
    until("good health", || daemon.health().0 == 200);
    assert!(nothing_is_in_doubt(&house));
}

#[test]
fn a_short_outage_costs_no_token_its_life() {
    let house = house(40, 0);
    let issued_at = Timestamp::now() - SignedDuration::from_secs(24);
    for number in 0..10 {
        store(&house, &format!("account-{number}"), issued_at);
    }
    house.control().fault(Endpoint::Token, Fault::status(503), u32::MAX);
    let daemon = Daemon::start(&house.home, &[]);
    // About eight seconds are left.
    daemon.says("x gives no tokens: ");
    house.control().clear_faults();
    daemon.says("x works again, after ");
    until("refreshes of all", || left(&house).iter().all(|left| left.as_secs() >= 20));
    assert_eq!(daemon.times_said("expired"), 0, "{}", daemon.said());
}

#[test]
fn who_says_retry_after_is_not_asked_before_for_any_grant() {
    let house = house(600, 0);
    let issued_at = Timestamp::now() - SignedDuration::from_mins(20);
    store(&house, "default", issued_at);
    let limit = Fault::Status { status: 429, retry_after: Some(15) };
    house.control().fault(Endpoint::Token, limit, 1);
    let daemon = Daemon::start(&house.home, &[]);
    daemon.says("x gives no tokens: ");
    for number in 0..10 {
        store(&house, &format!("account-{number}"), issued_at);
    }
    daemon.says("x (account-9) is kept from now on");
    let asked = house.control().wait_until(Duration::from_secs(4), |log| log.len() > 1);
    assert!(!asked, "{:?}", house.control().log());
    assert!(house.control().wait_until(PATIENCE, |log| log.len() == 12));
    until("fresh tokens", || all_live(&house));
    assert_eq!(house.refreshes().len(), 12);
}

#[test]
fn a_lost_answer_is_settled_by_one_replay() {
    let house = house(600, 0);
    store(&house, "default", Timestamp::now() - SignedDuration::from_mins(20));
    house.control().fault(Endpoint::Token, Fault::Html, 1);
    let daemon = Daemon::start(&house.home, &[]);
    daemon.says("the answer to a refresh of x (default) was lost");
    daemon.says("x (default) is fresh again");
    assert_eq!(house.refreshes().len(), 2);
    assert_eq!(daemon.sample(r#"xreq_refreshes_total{provider="x",class="in_doubt"}"#), 1);
    assert_eq!(daemon.times_said("gives no tokens"), 0);
}

#[test]
fn a_client_that_is_not_accepted_is_told_of_once() {
    let house = house(8, 6);
    let json = r#"{"error":"invalid_client"}"#.to_owned();
    house.control().fault(Endpoint::Token, Fault::Body { status: 401, json }, u32::MAX);
    let daemon = Daemon::start(&house.home, &[]);
    daemon.says("a client of x gets no tokens: X does not accept the client of x (");
    daemon.says("xreq client set x");
    let (status, health) = daemon.health();
    assert_eq!(status, 503);
    assert!(health["need_a_person"].as_u64() >= Some(1), "{health}");
    house.control().clear_faults();
    daemon.says("x works again");
    until("fresh tokens", || all_live(&house));
    assert_eq!(daemon.times_said("gets no tokens"), 1);
}

#[test]
fn a_grant_of_a_client_that_is_not_stored_costs_no_other_its_life() {
    let house = house(12, 0);
    let now = Timestamp::now();
    store_for(&house, "bad", now - SignedDuration::from_secs(13), "another");
    store(&house, "good", now);
    let daemon = Daemon::start(&house.home, &[]);
    daemon.says("a client of x gets no tokens: ");
    until("two lives", || {
        let good = metadata(&house).pop().expect("it is the last by name");
        assert!(good.expires_at > Some(Timestamp::now()), "{good:?}\n{}", daemon.said());
        house.refreshes().len() >= 2
    });
    assert_eq!(daemon.times_said("gets no tokens"), 1);
}

#[test]
fn who_mended_something_need_not_wait() {
    let house = house(600, 0);
    store(&house, "default", Timestamp::now() - SignedDuration::from_mins(20));
    let json = r#"{"error":"invalid_client"}"#.to_owned();
    house.control().fault(Endpoint::Token, Fault::Body { status: 401, json }, 6);
    let daemon = Daemon::start(&house.home, &[]);
    // By itself, six tries take more than two minutes.
    for tries in 1..=6 {
        assert!(house.control().wait_until(PATIENCE, |log| log.len() == tries));
        until("its count", || {
            daemon.sample(r#"xreq_refreshes_total{provider="x",class="client"}"#)
                == i64::try_from(tries).expect("few")
        });
        daemon.signal(Signal::HUP);
    }
    daemon.says("x works again");
    assert!(all_live(&house));
}
