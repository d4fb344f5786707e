//! Answers to the exchange of an authorization code.

use std::fs;

use xreq::sandbox::{Control, Endpoint, Fault};

use super::{Case, Meaning, cases};
use crate::support::Ran;
use crate::support::provider::{Connecting, House};

/// The page that the browser shows in the end, and what the command did.
pub(super) fn connect(house: &House) -> (String, Ran) {
    let connecting = Connecting::start(&house.home, &[]);
    let back = house.consent(&connecting.url, "alice", |_| true);
    let page = connecting.comes_back(&back);
    (page, connecting.end())
}

fn requests(control: &Control) -> usize {
    control.log().iter().filter(|logged| logged.endpoint == Endpoint::Token).count()
}

/// The exit status and the code of a failure. Where the client is at fault is known by 401 and by
/// what the server calls it; else the code may be.
fn expected(case: &Case) -> (i32, &'static str) {
    match case.meaning {
        Meaning::Transient | Meaning::InDoubt => (3, "provider_unavailable"),
        Meaning::Rejected => (3, "token_exchange_failed"),
        Meaning::Client if case.name == "400 and something else" => (3, "token_exchange_failed"),
        Meaning::Client | Meaning::Plan => (1, "client_rejected"),
    }
}

#[test]
fn without_tokens_nothing_is_stored() {
    let house = House::new();
    let control = house.control();
    for case in &cases() {
        let name = case.name;
        let (status, code) = expected(case);
        control.clear_log();
        control.fault(Endpoint::Token, case.fault.clone(), 1);
        let (page, ran) = connect(&house);
        let ran = ran.exits(status).complains(&format!("error[{code}]")).complains("  help: ");
        assert_eq!(ran.stdout, "", "{name}");
        assert_eq!(ran.stderr.contains("plan"), case.meaning == Meaning::Plan, "{}", ran.stderr);
        assert!(page.contains("X was not connected") && page.contains(code), "{name}: {page}");
        assert_eq!(requests(&control), 1, "{name}");
        assert!(!house.home.grant("default").exists(), "{name}");
    }
    connect(&house).1.succeeds();
}

#[test]
fn what_was_stored_before_stays() {
    let house = House::connected();
    let before = fs::read(house.home.grant("default")).expect("it is stored");
    for fault in [Fault::status(503), super::body(400, super::DEAD)] {
        house.control().fault(Endpoint::Token, fault, 1);
        connect(&house).1.exits(3);
        assert_eq!(fs::read(house.home.grant("default")).ok(), Some(before.clone()));
    }
}

#[test]
fn the_server_is_told_a_code_once() {
    let house = House::new();
    house.control().fault(Endpoint::Token, Fault::DropBefore, u32::MAX);
    connect(&house).1.exits(3);
    house.control().clear_faults();
    let exchanges: Vec<_> = house.control().log();
    assert_eq!(exchanges.iter().filter(|l| l.endpoint == Endpoint::Token).count(), 1);
}
