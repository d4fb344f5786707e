//! Grants that stay fresh, and those that come, go, die and come back.

use std::thread;
use std::time::{Duration, Instant};

use age::secrecy::ExposeSecret;
use jiff::{SignedDuration, Timestamp};
use rustix::process::Signal;
use xreq::model::scope::ScopeSet;
use xreq::sandbox::{Endpoint, Fault};

use super::{Daemon, account, all_live, house, left, metadata, nothing_is_in_doubt, store, until};
use crate::support::provider::{ASKED, House};

/// Asserts that all tokens live, for this long.
#[track_caller]
fn stay_fresh(house: &House, for_so_long: Duration) {
    let end = Instant::now() + for_so_long;
    while Instant::now() < end {
        assert!(all_live(house), "{:?}", left(house));
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
#[ignore = "slow: three lives of a token, 48 seconds"]
fn twenty_grants_live_on_over_three_lives() {
    let house = house(16, 20);
    let daemon = Daemon::start(&house.home, &[]);
    stay_fresh(&house, Duration::from_secs(48));
    let refreshes = house.refreshes().len();
    // Each after twelve or thirteen seconds of its sixteen.
    assert!((3 * 20..5 * 20).contains(&refreshes), "{refreshes} refreshes");
    // Those that are at work are counted when they end.
    until("the same count", || {
        let counted = daemon.sample(r#"xreq_refreshes_total{provider="x",class="refreshed"}"#);
        i64::try_from(house.refreshes().len()) == Ok(counted)
    });
    assert_eq!(daemon.said().lines().count(), 2, "{}", daemon.said());
    assert_eq!(daemon.health().0, 200);
}

#[test]
fn what_is_old_is_refreshed_though_it_lives() {
    let house = house(7_200, 0);
    let ago = |minutes| Timestamp::now() - SignedDuration::from_mins(minutes);
    store(&house, "default", ago(95));
    store(&house, "young", ago(50));
    let daemon = Daemon::start(&house.home, &["--older-than", "90m"]);
    until("a refresh", || !house.refreshes().is_empty());
    daemon.signal(Signal::TERM);
    assert!(daemon.end().0.success());
    let refreshed: Vec<_> =
        metadata(&house).iter().map(|grant| grant.refreshed_at.is_some()).collect();
    assert_eq!(refreshed, [true, false]);
    assert_eq!(house.refreshes().len(), 1);
}

#[test]
#[ignore = "slow: a life of a token after the daemon's end, 30 seconds"]
fn a_daemon_that_was_killed_goes_on_where_it_was() {
    let house = house(16, 5);
    let daemon = Daemon::start(&house.home, &[]);
    until("a refresh of each", || house.refreshes().len() >= 5);
    daemon.signal(Signal::KILL);
    drop(daemon.end());
    assert!(house.home.store().join("run/daemon.sock").exists());
    let daemon = Daemon::start(&house.home, &[]);
    stay_fresh(&house, Duration::from_secs(18));
    assert_eq!(daemon.health().0, 200);
}

#[test]
fn what_expired_while_nobody_kept_it_is_refreshed_at_once() {
    let house = house(600, 0);
    let issued_at = Timestamp::now() - SignedDuration::from_hours(10);
    for number in 0..30 {
        store(&house, &format!("account-{number}"), issued_at);
    }
    let daemon = Daemon::start(&house.home, &[]);
    daemon.says("keeping 30 grants: 30 expired");
    until("fresh tokens", || all_live(&house));
    assert_eq!(house.refreshes().len(), 30);
    // Nobody has to hear of each of them.
    assert_eq!(daemon.said().lines().count(), 2, "{}", daemon.said());
}

#[test]
fn past_an_end_that_is_only_assumed_a_grant_is_refreshed_and_not_called_dead() {
    let house = house(600, 0);
    store(&house, "default", Timestamp::now() - SignedDuration::from_hours(181 * 24));
    let daemon = Daemon::start(&house.home, &[]);
    daemon.says("keeping 1 grant: 1 expired");
    until("fresh tokens", || all_live(&house));
    assert_eq!(daemon.said().lines().count(), 2, "{}", daemon.said());
    let doubted = || daemon.sample("xreq_grants_maybe_expired{provider=\"x\"}");
    until("no doubt", || doubted() == 0);
    assert!(!daemon.said().contains("is dead"), "{}", daemon.said());
}

#[test]
fn a_refresh_that_is_at_work_comes_to_its_end() {
    for signal in [Signal::TERM, Signal::INT, Signal::KILL] {
        let house = house(600, 0);
        store(&house, "default", Timestamp::now() - SignedDuration::from_mins(20));
        house.control().fault(Endpoint::Token, Fault::Slow(Duration::from_secs(2)), 1);
        let daemon = Daemon::start(&house.home, &[]);
        assert!(house.control().wait_until(super::PATIENCE, |log| !log.is_empty()));
        daemon.signal(signal);
        let (status, said) = daemon.end();
        if signal == Signal::KILL {
            until("the end of the refresh", || all_live(&house));
        } else {
            assert!(status.success(), "{status}\n{said}");
            assert!(said.contains("ending: a refresh is at work"), "{said}");
        }
        assert!(all_live(&house), "{signal:?}");
        assert!(nothing_is_in_doubt(&house));
        assert_eq!(house.refreshes().len(), 1);
        house.home.xreq(&["refresh", "x", "--force"]).succeeds();
    }
}

/// The worker would store the tokens without the daemon, but nobody would tell what became of the rest.
#[test]
fn what_becomes_of_the_last_refresh_is_told_before_the_end() {
    let house = house(600, 0);
    store(&house, "default", Timestamp::now() - SignedDuration::from_mins(20));
    house.control().revoke_by_user("default");
    house.control().fault(Endpoint::Token, Fault::Slow(Duration::from_secs(2)), 1);
    let daemon = Daemon::start(&house.home, &[]);
    assert!(house.control().wait_until(super::PATIENCE, |log| !log.is_empty()));
    let start = Instant::now();
    daemon.signal(Signal::TERM);
    let (status, said) = daemon.end();
    assert!(status.success(), "{status}\n{said}");
    let (before, after) = said.split_once("ending: a refresh is at work").expect("it said so");
    assert!(!before.contains("is dead") && after.contains("x (default) is dead: "), "{said}");
    // It waits for 20 seconds at most, and here for no longer than the refresh.
    assert!(start.elapsed() < Duration::from_secs(15), "{said}");
}

#[test]
fn who_is_told_to_end_twice_waits_for_nobody() {
    let house = house(600, 0);
    store(&house, "default", Timestamp::now() - SignedDuration::from_mins(20));
    house.control().fault(Endpoint::Token, Fault::Slow(Duration::from_secs(10)), 1);
    let daemon = Daemon::start(&house.home, &[]);
    assert!(house.control().wait_until(super::PATIENCE, |log| !log.is_empty()));
    let start = Instant::now();
    daemon.signal(Signal::TERM);
    daemon.says("ending: a refresh is at work");
    daemon.signal(Signal::TERM);
    assert!(daemon.end().0.success());
    assert!(start.elapsed() < Duration::from_secs(8));
    // The refresh goes on without it.
    until("the end of the refresh", || all_live(&house));
}

#[test]
fn a_dead_grant_is_told_of_once_and_healed_by_a_new_one() {
    let house = house(12, 2);
    house.control().revoke_by_user("default");
    let daemon = Daemon::start(&house.home, &[]);
    daemon.says("x (default) is dead: ");
    daemon.says("run `xreq connect x`");
    let refreshes = house.refreshes().len();
    until("further refreshes", || house.refreshes().len() > refreshes + 1);
    assert_eq!(daemon.times_said("is dead"), 1);
    let (status, health) = daemon.health();
    assert_eq!((status, health["status"].as_str()), (503, Some("attention")));
    assert_eq!(health["need_a_person"], 1);

    let issued = house.control().issue_grant("default", &ScopeSet::parse(ASKED));
    house.home.xreq_with(&["import", "x", "-"], issued.response.expose_secret()).succeeds();
    daemon.says("x (default) is fresh again");
    assert_eq!(daemon.health().0, 200);
    stay_fresh(&house, Duration::from_secs(14));
}

#[test]
fn a_grant_that_was_dead_before_is_told_of_at_the_start() {
    let house = house(8, 1);
    house.control().revoke_by_user("default");
    house.home.xreq(&["refresh", "x", "--force"]).exits(1);
    let daemon = Daemon::start(&house.home, &[]);
    assert_eq!(daemon.times_said("x (default) is dead: "), 1, "{}", daemon.said());
    assert_eq!(house.refreshes().len(), 1);
}

#[test]
fn a_grant_comes_and_goes() {
    let house = house(12, 1);
    let daemon = Daemon::start(&house.home, &[]);
    store(&house, "new", Timestamp::now());
    daemon.says("x (new) is kept from now on");
    stay_fresh(&house, Duration::from_secs(14));
    house.home.xreq(&["disconnect", "x", "--account", "new"]).succeeds();
    daemon.says("x (new) is gone");
    until("one grant", || daemon.health().1["grants"]["expiring"] == 1);
    let before = house.refreshes().len();
    until("refreshes of the other one", || house.refreshes().len() > before + 1);
    assert_eq!(daemon.times_said("(new)"), 2, "{}", daemon.said());
}

#[test]
fn what_somebody_else_refreshed_is_not_refreshed_again() {
    let house = house(7_200, 0);
    store(&house, "default", Timestamp::now() - SignedDuration::from_mins(114));
    let daemon = Daemon::start(&house.home, &[]);
    house.home.xreq(&["refresh", "x", "--force"]).succeeds();
    until("the new token", || daemon.sample("xreq_next_expiry_seconds") > 7_000);
    assert_eq!(house.refreshes().len(), 1);
    assert_eq!(daemon.sample(r#"xreq_grants{provider="x",state="connected"}"#), 1);
}

#[test]
fn a_damaged_grant_is_told_of_and_leaves_the_others_alone() {
    let house = house(8, 2);
    let content = std::fs::read(house.home.grant("account-1")).expect("it is stored");
    std::fs::write(house.home.grant("account-1"), "{}").expect("it can be written");
    let daemon = Daemon::start(&house.home, &[]);
    daemon.says("x (account-1) cannot be kept: ");
    until("refreshes of the other one", || house.refreshes().len() > 1);
    assert_eq!(daemon.health().1["grants"]["damaged"], 1);
    assert_eq!(daemon.times_said("cannot be kept"), 1);
    // Put back by a rename, as editors and backups do it.
    house.home.write("restored", content);
    let (from, to) = (house.home.path().join("restored"), house.home.grant("account-1"));
    std::fs::rename(from, to).expect("it can be moved");
    daemon.says("x (account-1) is fresh again");
    until("good health", || daemon.health().0 == 200);
}

#[test]
fn a_crowd_is_not_told_one_by_one() {
    let house = house(7_200, 25);
    let daemon = Daemon::start(&house.home, &[]);
    // All at once: a daemon that looked while they go would tell of them in parts.
    let (grants, elsewhere) = (house.home.store().join("grants/x"), house.home.path().join("gone"));
    std::fs::rename(grants, elsewhere).expect("it can be moved");
    daemon.says("and 5 more, which are not told");
    assert_eq!(daemon.times_said(" is gone"), 20);
    until("no grants", || daemon.health().1["grants"]["connected"] == 0);
}

/// Returns a house with so many grants that have expired, and whose owners have revoked them.
fn revoked(grants: usize) -> House {
    let house = house(7_200, 0);
    for number in 0..grants {
        let account = account(number);
        store(&house, &account, Timestamp::now() - SignedDuration::from_hours(3));
        house.control().revoke_by_user(&account);
    }
    house
}

#[test]
fn of_a_crowd_that_dies_not_every_grant_is_told() {
    let house = revoked(25);
    let daemon = Daemon::start(&house.home, &[]);
    until("all are dead", || daemon.health().1["need_a_person"] == 25);
    assert_eq!(daemon.times_said(" is dead: "), 20, "{}", daemon.said());
}

#[test]
#[ignore = "slow: the minute in which grants make a crowd"]
fn the_rest_of_a_crowd_is_told_in_one_sentence() {
    let house = revoked(25);
    let daemon = Daemon::start(&house.home, &[]);
    until("all are dead", || daemon.health().1["need_a_person"] == 25);
    thread::sleep(Duration::from_secs(50));
    daemon.says("5 more grants of x are dead: ");
    assert_eq!(daemon.times_said(" more grants of x "), 1, "{}", daemon.said());
}
