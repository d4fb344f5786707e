//! A daemon whose grants other processes refresh too.

use std::process::Stdio;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use xreq::sandbox::{Endpoint, Fault};

use super::{Daemon, PATIENCE, all_live, house, store, until};
use crate::support::provider::House;

/// A house whose provider has asked a daemon for a minute, and the daemon.
fn told_to_wait() -> (House, Daemon) {
    let house = house(600, 0);
    store(&house, "default", Timestamp::now() - SignedDuration::from_mins(20));
    let limit = Fault::Status { status: 429, retry_after: Some(600) };
    house.control().fault(Endpoint::Token, limit, 1);
    let daemon = Daemon::start(&house.home, &[]);
    daemon.says("x gives no tokens: ");
    assert_eq!(daemon.sample("xreq_outages"), 1);
    (house, daemon)
}

#[test]
fn what_others_did_is_not_counted() {
    let house = house(600, 0);
    store(&house, "default", Timestamp::now() - SignedDuration::from_mins(20));
    house.control().fault(Endpoint::Token, Fault::Slow(Duration::from_secs(4)), 1);
    let mut other = house.home.command();
    let other = other.args(["refresh", "x", "--force"]).stdout(Stdio::null()).spawn();
    assert!(house.control().wait_until(PATIENCE, |log| !log.is_empty()));
    // Its own worker waits for the lock.
    let daemon = Daemon::start(&house.home, &[]);
    until("its worker", || daemon.sample("xreq_workers") == 1);
    assert!(other.expect("it starts").wait().expect("it ends").success());
    until("the end of its worker", || daemon.sample("xreq_workers") == 0);
    until("good health", || daemon.health().0 == 200);
    assert!(all_live(&house));
    assert_eq!(house.refreshes().len(), 1);
    assert_eq!(daemon.sample(r#"xreq_refreshes_total{provider="x",class="refreshed"}"#), 0);
    assert_eq!(daemon.health().1["last_refresh_at"], serde_json::Value::Null);
}

#[test]
fn an_outage_that_others_ended_is_told_to_have_ended() {
    let (house, daemon) = told_to_wait();
    house.home.xreq(&["refresh", "x", "--force"]).succeeds();
    daemon.says("no grant waits for x any longer, after ");
    assert_eq!(daemon.sample("xreq_outages"), 0);
    assert_eq!(daemon.health().0, 200);
}

#[test]
fn an_outage_ends_with_the_last_grant_that_failed_by_it() {
    let (house, daemon) = told_to_wait();
    house.control().revoke_by_user("default");
    house.home.xreq(&["refresh", "x", "--force"]).exits(1);
    daemon.says("x (default) is dead: ");
    daemon.says("no grant waits for x any longer, after ");
    assert_eq!(daemon.sample("xreq_outages"), 0);
}

#[test]
fn who_told_others_when_to_come_back_is_not_asked_before() {
    let house = house(600, 0);
    store(&house, "default", Timestamp::now());
    let limit = Fault::Status { status: 429, retry_after: Some(12) };
    house.control().fault(Endpoint::Token, limit, 1);
    house.home.xreq(&["refresh", "x", "--force"]).exits(3);
    let told = Timestamp::now();
    for number in 0..10 {
        store(&house, &format!("account-{number}"), told - SignedDuration::from_mins(20));
    }
    let daemon = Daemon::start(&house.home, &[]);
    until("a refresh", || house.refreshes().len() > 1);
    // The time is noted in whole seconds.
    assert!(Timestamp::now().duration_since(told) >= SignedDuration::from_secs(10));
    until("fresh tokens", || all_live(&house));
    assert_eq!(daemon.times_said("no tokens"), 0, "{}", daemon.said());
}
