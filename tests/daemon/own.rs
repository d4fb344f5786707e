//! Grants that fail by themselves, while all others are kept.

use std::fs;

use serde_json::Value;

use super::{Daemon, house, until};
use crate::support::provider::House;

/// Waits until each of the good grants can have been refreshed so many times more.
fn go_on(house: &House, refreshes: usize) {
    let before = house.refreshes().len();
    until("refreshes of the others", || house.refreshes().len() >= before + refreshes);
}

#[test]
fn a_grant_that_cannot_be_opened_needs_a_person() {
    let house = house(8, 2);
    let path = house.home.grant("account-1");
    let content = fs::read(&path).expect("it is stored");
    let mut grant: Value = serde_json::from_slice(&content).expect("it is JSON");
    grant["metadata"]["scopes"] = serde_json::json!(["dm.read"]);
    fs::write(&path, grant.to_string()).expect("it can be written");
    let daemon = Daemon::start(&house.home, &[]);
    daemon.says("x (account-1) cannot be kept: ");
    daemon.says("was tampered with");
    let (status, health) = daemon.health();
    assert_eq!((status, health["status"].as_str()), (503, Some("attention")));
    assert_eq!((&health["need_a_person"], &health["grants"]["damaged"]), (&1.into(), &1.into()));
    go_on(&house, 2);
    assert_eq!(daemon.times_said("cannot be kept"), 1, "{}", daemon.said());
    assert_eq!(daemon.sample("xreq_outages"), 0);
    house.home.write("restored", content);
    fs::rename(house.home.path().join("restored"), &path).expect("it can be moved");
    daemon.says("x (account-1) is fresh again");
    until("good health", || daemon.health().0 == 200);
}

#[test]
fn what_fails_by_a_file_of_its_own_is_no_outage_of_the_machine() {
    let house = house(8, 3);
    let lock = house.home.grant("account-1").with_file_name(".account-1.lock");
    fs::remove_file(&lock).expect("a writer made it");
    fs::create_dir(&lock).expect("it was removed");
    let daemon = Daemon::start(&house.home, &[]);
    daemon.says("x (account-1) cannot be kept: cannot write ");
    go_on(&house, 4);
    assert_eq!(daemon.times_said("this machine"), 0, "{}", daemon.said());
    assert_eq!(daemon.times_said("cannot be kept"), 1, "{}", daemon.said());
    assert_eq!(daemon.sample("xreq_outages"), 0);
    assert_eq!(daemon.health().1["need_a_person"], 1);
    fs::remove_dir(&lock).expect("it is empty");
    until("good health", || daemon.health().0 == 200);
}
