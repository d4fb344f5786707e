//! Answers to a refresh.

use serde_json::Value;
use xreq::sandbox::{Endpoint, Fault};

use super::{Case, Meaning, cases};
use crate::oauth::PRINT_TOKEN;
use crate::support::Ran;
use crate::support::provider::House;

/// What is left of the old token where it still serves, in seconds: less than the margin before
/// its end in which it is refreshed.
const LEFT: i64 = 200;

/// A connected house whose access token has this long to live, and that token.
pub(super) fn house(left: i64) -> (House, String) {
    let house = House::connected();
    let token = house.home.xreq(&["token", "x"]).succeeds().stdout.trim().to_owned();
    house.age(7_200 - left);
    (house, token)
}

pub(super) fn launch(house: &House) -> Ran {
    house.home.xreq(&PRINT_TOKEN)
}

/// What `xreq status` says of the account.
fn account(house: &House) -> Value {
    house.home.xreq(&["status", "x", "--format", "json"]).json()["accounts"][0].clone()
}

/// How the failure is called by a command that can do nothing without new tokens.
fn code(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Transient => "provider_unavailable",
        Meaning::Rejected => "reconnect_required",
        Meaning::Client | Meaning::Plan => "client_rejected",
        Meaning::InDoubt => "refresh_in_doubt",
    }
}

fn state(meaning: Meaning, otherwise: &'static str) -> &'static str {
    match meaning {
        Meaning::Rejected => "reconnect",
        Meaning::InDoubt => "in_doubt",
        Meaning::Transient | Meaning::Client | Meaning::Plan => otherwise,
    }
}

/// Runs a test for each case, on both processors of a small machine.
fn each(test: impl Fn(&Case) + Sync) {
    let cases = cases();
    std::thread::scope(|scope| {
        for half in cases.chunks(cases.len().div_ceil(2)) {
            scope.spawn(|| half.iter().for_each(&test));
        }
    });
}

#[test]
fn the_old_token_serves_while_it_lives() {
    each(|case| {
        let Case { name, fault, meaning, spends } = case;
        let (house, old) = house(LEFT);
        house.control().fault(Endpoint::Token, fault.clone(), 1);
        let ran = launch(&house).succeeds().complains("warning: ");
        assert_eq!(ran.stdout, old, "{name}");
        assert_eq!(house.refreshes().len(), 1, "{name}");
        let account = account(&house);
        assert_eq!(account["state"], state(*meaning, "expiring"), "{name}");
        assert_eq!(account["last_error"]["class"], meaning.class(), "{name}");

        // The server is well again.
        let ran = launch(&house).succeeds();
        let asked_again = matches!(meaning, Meaning::Transient | Meaning::Client | Meaning::Plan);
        assert_eq!(ran.stdout != old, asked_again, "{name}");
        assert_eq!(house.refreshes().len(), if asked_again { 2 } else { 1 }, "{name}");
        if asked_again {
            assert_eq!(house.state(), "connected", "{name}");
            return;
        }

        // The old token no longer serves. What is in doubt is asked for once more.
        house.age(LEFT - 59);
        let ran = launch(&house);
        if *meaning == Meaning::InDoubt && !spends {
            assert_ne!(ran.succeeds().stdout, old, "{name}");
            assert_eq!(house.state(), "connected", "{name}");
        } else {
            ran.exits(125).complains("error[reconnect_required]");
            assert_eq!(house.state(), "reconnect", "{name}");
        }
        let asked = if *meaning == Meaning::InDoubt { 2 } else { 1 };
        assert_eq!(house.refreshes().len(), asked, "{name}");
    });
}

#[test]
fn without_a_token_that_lives_nothing_is_launched() {
    each(|case| {
        let Case { name, fault, meaning, spends } = case;
        let (house, old) = house(-100);
        house.control().fault(Endpoint::Token, fault.clone(), 1);
        let ran = launch(&house).exits(125).complains(&format!("error[{}]", code(*meaning)));
        assert_eq!(ran.stdout, "", "{name}");
        assert_eq!(house.refreshes().len(), 1, "{name}");
        let account = account(&house);
        assert_eq!(account["state"], state(*meaning, "expired"), "{name}");
        assert_eq!(account["last_error"]["class"], meaning.class(), "{name}");
        let needs_a_person = !matches!(meaning, Meaning::Transient | Meaning::InDoubt);
        assert_eq!(account["needs_a_person"], needs_a_person, "{name}");
        assert_eq!(ran.stderr.contains("plan"), *meaning == Meaning::Plan, "{}", ran.stderr);

        let ran = launch(&house);
        if *meaning == Meaning::Rejected || *spends {
            ran.exits(125).complains("error[reconnect_required]");
            assert_eq!(house.state(), "reconnect", "{name}");
        } else {
            assert_ne!(ran.succeeds().stdout, old, "{name}");
            assert_eq!(house.state(), "connected", "{name}");
        }
        let asked = if *meaning == Meaning::Rejected { 1 } else { 2 };
        assert_eq!(house.refreshes().len(), asked, "{name}");

        // A dead grant is not asked for again, and a new consent revives the account.
        if *meaning == Meaning::Rejected {
            house.home.xreq(&["refresh", "--all"]).exits(1).complains("reconnect_required");
            assert_eq!(house.refreshes().len(), 1, "{name}");
            house.connect(&[]).succeeds();
            assert_ne!(launch(&house).succeeds().stdout, old, "{name}");
        }
    });
}

#[test]
fn a_server_that_is_not_there_was_not_asked() {
    let (house, old) = house(-100);
    house.moves_to("http://127.0.0.1:1");
    launch(&house).exits(125).complains("error[provider_unavailable]");
    assert_eq!(house.state(), "expired");
    assert_eq!(house.metadata("default")["refresh_in_flight"], Value::Null);
    house.moves_to(&house.sandbox.base_url());
    assert_ne!(launch(&house).succeeds().stdout, old);
}

#[test]
fn a_server_that_wants_to_be_left_alone_is() {
    for (left, serves) in [(LEFT, true), (-100, false)] {
        let (house, old) = house(left);
        let busy = Fault::Status { status: 429, retry_after: Some(60) };
        house.control().fault(Endpoint::Token, busy, 1);
        for _ in 0..3 {
            let ran = launch(&house);
            if serves {
                assert_eq!(ran.succeeds().complains("warning: ").stdout, old);
            } else {
                ran.exits(125)
                    .complains("error[provider_unavailable]")
                    .complains("it is tried again from");
            }
            assert_eq!(house.refreshes().len(), 1);
        }
        assert!(account(&house)["last_error"]["retry_at"].is_string());
        house.age(61);
        assert_ne!(launch(&house).succeeds().stdout, old);
        assert_eq!(house.refreshes().len(), 2);
    }
}

#[test]
fn a_plan_that_is_not_sufficient_stays_the_reason() {
    for (left, exit) in [(LEFT, 0), (-100, 125)] {
        let (house, _) = house(left);
        let depleted = Fault::Status { status: 402, retry_after: Some(60) };
        house.control().fault(Endpoint::Token, depleted, 1);
        for command in [&PRINT_TOKEN[..], &PRINT_TOKEN, &["check", "--refresh", "--min-ttl", "1m"]]
        {
            let exit = if command[0] == "check" { exit.min(1) } else { exit };
            let ran = house.home.xreq(command).exits(exit);
            let ran = ran.complains("X does not serve the app").complains("the plan of the app");
            assert!(!ran.stderr.contains("xreq client set"), "{}", ran.stderr);
        }
        assert_eq!(house.refreshes().len(), 1);
        house.home.xreq(&["refresh", "x"]).exits(1).complains("the plan of the app");
        assert_eq!(account(&house)["last_error"]["class"], "client");
    }
}

#[test]
fn force_asks_whom_nobody_else_would() {
    let (house, _) = house(LEFT);
    let busy = Fault::Status { status: 503, retry_after: Some(3_600) };
    house.control().fault(Endpoint::Token, busy, 1);
    house.home.xreq(&["refresh", "x"]).exits(3).complains("error[provider_unavailable]");
    house.home.xreq(&["refresh", "x"]).exits(3).complains("error[provider_unavailable]");
    assert_eq!(house.refreshes().len(), 1);
    house.home.xreq(&["refresh", "x", "--force"]).succeeds().prints("is refreshed");
    house.control().fault(Endpoint::Token, Fault::Html, 1);
    house.home.xreq(&["refresh", "x", "--force"]).exits(3).complains("error[refresh_in_doubt]");
    assert_eq!(house.state(), "in_doubt");
    house.home.xreq(&["refresh", "x"]).succeeds().prints("is in_doubt");
    house.home.xreq(&["refresh", "x", "--force"]).succeeds().prints("is refreshed");
    house.control().fault(Endpoint::Token, super::body(400, super::DEAD), 1);
    house.home.xreq(&["refresh", "x", "--force"]).exits(1).complains("error[reconnect_required]");
    house.home.xreq(&["refresh", "x", "--force"]).succeeds().prints("is refreshed");
    assert_eq!(house.state(), "connected");
}

#[test]
fn replays_whose_answer_is_lost_too_come_more_and_more_seldom() {
    let (house, old) = house(-100);
    house.control().fault(Endpoint::Token, Fault::Html, 4);
    let in_doubt = || {
        launch(&house).exits(125).complains("error[refresh_in_doubt]");
        assert_eq!(house.state(), "in_doubt");
        house.refreshes().len()
    };
    assert_eq!(in_doubt(), 1);
    // The first replay follows at once.
    assert_eq!([in_doubt(), in_doubt()], [2, 2]);
    for (pause, asked) in [(30, 3), (60, 4)] {
        house.age(pause - 5);
        assert_eq!(in_doubt(), asked - 1);
        house.age(6);
        assert_eq!([in_doubt(), in_doubt()], [asked, asked]);
    }
    house.age(121);
    assert_ne!(launch(&house).succeeds().stdout, old);
    assert_eq!(house.metadata("default")["refresh_in_flight"], Value::Null);
}

#[test]
fn a_doubt_outlasts_what_says_nothing_of_it() {
    let (house, _) = house(-100);
    for (fault, error) in [
        (Fault::Html, "refresh_in_doubt"),
        (Fault::status(503), "provider_unavailable"),
        (super::body(401, super::NO_SECRET), "client_rejected"),
    ] {
        house.control().fault(Endpoint::Token, fault, 1);
        launch(&house).exits(125).complains(&format!("error[{error}]"));
        assert_eq!(house.state(), "in_doubt", "{error}");
    }
    launch(&house).succeeds();
    assert_eq!(house.state(), "connected");
}
