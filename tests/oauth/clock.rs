//! Clocks that jump between two commands. What is stored moves against the clock, which comes to
//! the same.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use xreq::sandbox::{Endpoint, Fault};

use super::PRINT_TOKEN;
use crate::support::provider::House;

const DAY: i64 = 86_400;

fn token(house: &House) -> String {
    house.home.xreq(&["token", "x"]).succeeds().stdout.trim().to_owned()
}

#[test]
fn a_clock_that_was_set_forward_makes_a_token_old() {
    let house = House::connected();
    let old = token(&house);
    house.age(DAY);
    assert_eq!(house.state(), "expired");
    let new = house.home.xreq(&PRINT_TOKEN).succeeds().stdout;
    assert_ne!(new, old);
    assert_eq!(house.refreshes().len(), 1);
    // It is set right again: what was issued tomorrow is not believed.
    house.age(-DAY);
    assert_ne!(house.home.xreq(&PRINT_TOKEN).succeeds().stdout, new);
    assert_eq!(house.refreshes().len(), 2);
    house.home.xreq(&PRINT_TOKEN).succeeds();
    assert_eq!(house.refreshes().len(), 2);
    assert_eq!(house.state(), "connected");
}

#[test]
fn a_clock_that_was_set_back_says_nothing_of_a_token() {
    let house = House::connected();
    let old = token(&house);
    house.age(-DAY);
    assert_eq!(house.state(), "expiring", "the next use refreshes it");
    // By the clock it lives for 26 hours, which no token does.
    let new = house.home.xreq(&PRINT_TOKEN).succeeds().stdout;
    assert_ne!(new, old);
    assert_eq!(house.refreshes().len(), 1);
    assert_eq!(house.state(), "connected");
}

#[test]
fn a_clock_that_was_set_back_by_a_little_is_none() {
    let house = House::connected();
    house.age(-50);
    house.home.xreq(&PRINT_TOKEN).succeeds();
    assert_eq!(house.refreshes().len(), 0);
    house.age(-20);
    house.home.xreq(&PRINT_TOKEN).succeeds();
    assert_eq!(house.refreshes().len(), 1);
}

#[test]
fn a_token_of_tomorrow_serves_where_no_other_is_to_be_had() {
    let house = House::connected();
    let old = token(&house);
    house.age(-DAY);
    house.control().fault(Endpoint::Token, Fault::status(503), 1);
    let ran = house.home.xreq(&PRINT_TOKEN).succeeds().complains("warning: ");
    assert_eq!(ran.stdout, old);
    assert_ne!(house.home.xreq(&PRINT_TOKEN).succeeds().stdout, old);
}

#[test]
fn waits_do_not_last_for_days() {
    for fault in [
        Fault::Status { status: 429, retry_after: Some(3_600) },
        Fault::Status { status: 503, retry_after: Some(u64::MAX) },
    ] {
        let house = House::connected();
        house.age(7_300);
        house.control().fault(Endpoint::Token, fault, 1);
        for _ in 0..2 {
            house.home.xreq(&PRINT_TOKEN).exits(125).complains("error[provider_unavailable]");
        }
        assert_eq!(house.refreshes().len(), 1);
        // The failure was noted by a clock that was a day ahead.
        house.age(-DAY);
        house.home.xreq(&PRINT_TOKEN).succeeds();

        house.age(7_300);
        house.control().fault(
            Endpoint::Token,
            Fault::Status { status: 503, retry_after: Some(u64::MAX) },
            1,
        );
        house.home.xreq(&PRINT_TOKEN).exits(125);
        house.age(3_601);
        house.home.xreq(&PRINT_TOKEN).succeeds();
    }
}

#[test]
fn a_doubt_of_tomorrow_is_cleared_today() {
    let house = House::connected();
    house.age(20_000);
    house.control().fault(Endpoint::Token, Fault::Html, 3);
    house.home.xreq(&PRINT_TOKEN).exits(125);
    house.home.xreq(&PRINT_TOKEN).exits(125);
    house.age(31);
    house.home.xreq(&PRINT_TOKEN).exits(125).complains("error[refresh_in_doubt]");
    assert_eq!(house.refreshes().len(), 3);
    // Some hours back: the last attempt is yet to come, and the token is dead all the same.
    house.age(-10_000);
    assert_eq!(house.state(), "in_doubt");
    house.home.xreq(&PRINT_TOKEN).succeeds();
    assert_eq!(house.metadata("default")["refresh_in_flight"], Value::Null);
}

#[test]
fn an_end_that_is_assumed_is_said_as_that() {
    let house = House::connected();
    house.age(175 * DAY);
    let status = |args: &[&str]| house.home.xreq(&[&["status"], args].concat());
    // The refresh token of X is assumed to live 180 days.
    status(&[]).succeeds().prints("refresh token expires in 4d 23h").prints("assumed");
    house.age(6 * DAY);
    let doubt = "the refresh token may have expired at ";
    status(&[]).succeeds().prints(doubt).prints("is assumed, and the next refresh shows it");
    let ran = status(&["--format", "json"]).succeeds();
    let account = ran.json()["accounts"][0].clone();
    assert_eq!(account["refresh_token_may_have_expired"], true);
    assert_eq!((&account["state"], &account["needs_a_person"]), (&"expired".into(), &false.into()));
    let check = house.home.xreq(&["check"]).succeeds();
    assert!(check.stderr.contains(doubt) || check.stdout.contains(doubt), "{}", check.stderr);
    // It is a guess: asking costs nothing, and here it works.
    house.home.xreq(&PRINT_TOKEN).succeeds();
    assert_eq!(house.state(), "connected");
}

/// A token endpoint that answers 503 once a time has come, and its base URL.
fn unavailable_until(time: Timestamp) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there is a free port");
    let address = listener.local_addr().expect("it has an address");
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("somebody asks");
        let _ = stream.read(&mut [0; 4_096]);
        let left = time.duration_since(Timestamp::now());
        thread::sleep(Duration::try_from(left).unwrap_or_default());
        let answer = "HTTP/1.1 503 Later\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        let _ = stream.write_all(answer.as_bytes());
    });
    format!("http://{address}")
}

#[test]
fn a_token_that_dies_while_another_one_is_asked_for_launches_nothing() {
    let house = House::connected();
    house.age(7_197);
    let expires_at = house.metadata("default")["expires_at"].clone();
    let expires_at: Timestamp = expires_at.as_str().and_then(|at| at.parse().ok()).expect("a time");
    house.moves_to(&unavailable_until(expires_at));
    let launch = ["run", "--min-ttl", "1s", "--", "touch", "launched"];
    let ran = house.home.xreq(&launch).exits(125).complains("error[provider_unavailable]");
    assert_eq!(ran.stdout, "");
    assert!(!house.home.path().join("launched").exists());
}
