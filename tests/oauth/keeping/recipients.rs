//! Recipients without one's own key: what is sealed to them is lost to oneself.

use std::fs;

use xreq::sandbox::{Endpoint, LogEntry};

use crate::oauth::PRINT_TOKEN;
use crate::support::provider::{Connecting, House};

/// Somebody else's key.
const STRANGER: &str = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa";

const FILE: &str = "home/recipients.txt";

/// A house with a grant, which is sealed to somebody else from now on.
fn estranged() -> House {
    let house = House::connected();
    house.age(7_000);
    house.home.write(FILE, format!("{STRANGER}\n"));
    house.control().clear_log();
    house
}

/// The keys that a complaint names.
#[track_caller]
fn named(complaint: &str) -> String {
    let line = complaint.lines().find(|line| line.contains("add its recipient to"));
    let (_, keys) = line.and_then(|line| line.rsplit_once(' ')).expect("it says what to add");
    keys.to_owned()
}

#[test]
fn nothing_is_refreshed_that_could_not_be_opened_then() {
    let house = estranged();
    let before = fs::read(house.home.grant("default")).expect("it is stored");
    let token = house.home.xreq(&["token", "x"]);
    let ran = house.home.xreq(&["refresh", "x", "--force"]).exits(3);
    let ran = ran.complains("error[store_sealed]").complains("recipients.txt");
    let key = named(&ran.stderr);
    house.home.xreq(&["refresh", "--all"]).exits(3).prints("1 grant: 1 failed");
    let run = house.home.xreq(&PRINT_TOKEN);
    assert_eq!(house.control().log(), [], "nobody is asked");
    assert_eq!(fs::read(house.home.grant("default")).ok(), Some(before));
    let folder = fs::read_dir(house.home.store().join("grants/x")).expect("it is there");
    assert_eq!(folder.count(), 2, "the grant and its lock");
    // The access token lives for a while.
    run.succeeds().complains("warning: what is sealed now").complains(&key);
    token.exits(3).complains(&key);

    let identity = fs::read_to_string(house.home.store().join("identity.txt")).expect("there");
    assert!(identity.contains(&key), "{key} is no key of {identity}");
    house.home.write(FILE, format!("{STRANGER}\n{key}\n"));
    house.home.xreq(&["refresh", "x", "--force"]).succeeds();
    house.home.xreq(&["run", "--", "true"]).succeeds();
}

#[test]
fn who_connects_is_warned_before_anybody_consents() {
    let house = estranged();
    let connecting = Connecting::start(&house.home, &[]);
    assert!(connecting.before().contains("warning: what is sealed now"), "{}", connecting.before());
    let key = named(connecting.before());
    assert!(key.starts_with("age1") && key != STRANGER, "{key}");
    let is_quiet = |log: &[LogEntry]| log.iter().all(|l| l.endpoint != Endpoint::Token);
    assert!(is_quiet(&house.control().log()));
    connecting.comes_back(&house.consent(&connecting.url, "alice", |_| true));
    connecting.end().succeeds();
    house.home.xreq(&["token", "x"]).exits(3).complains("error[store_sealed]");
}
