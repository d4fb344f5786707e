//! What comes of a request for consent.

use std::time::Instant;

use crate::oauth::PRINT_TOKEN;
use crate::oauth::recorder::back;
use crate::support::http::Request;
use crate::support::provider::{Connecting, House, split};
use serde_json::Value;

fn account(house: &House, label: &str) -> Value {
    let status = house.home.xreq(&["status", "x", "--format", "json"]).json();
    let accounts = status["accounts"].as_array().expect("a list").clone();
    accounts.into_iter().find(|account| account["account"] == label).expect("it is there")
}

#[test]
fn the_page_tells_what_was_connected() {
    let house = House::new();
    let connecting = Connecting::start(&house.home, &["--account", "work", "--expect", "@bob"]);
    let page = connecting.comes_back(&house.consent(&connecting.url, "bob", |_| true));
    let ran = connecting.end().succeeds().prints("connected x (work) as @bob");
    ran.prints("expires in ");
    for text in ["X is connected", "bob", "work", "tweet.write", "What comes next"] {
        assert!(page.contains(text), "no {text:?} in {page}");
    }
    let account = account(&house, "work");
    assert_eq!(account["handle"], "bob");
    assert!(account["account_id"].is_string());
    assert_eq!(account["client_id"], house.sandbox.client().client_id.as_str());
}

#[test]
fn less_than_was_asked_for_is_stored_and_told() {
    let house = House::new();
    let connecting = Connecting::start(&house.home, &["--add-scope", "like.read"]);
    let granted = |scope: &str| !["tweet.write", "like.read"].contains(&scope);
    let page = connecting.comes_back(&house.consent(&connecting.url, "alice", granted));
    let ran = connecting.end().exits(1).prints("connected x (default) as @alice");
    // The requirement that is unmet now, and where it stands.
    ran.complains("xreq.yaml:1:")
        .complains("x.tweet.write")
        .complains("error[scope_missing]: the grant is stored, and lacks what was asked for: like.read tweet.write")
        .complains("help: run `xreq connect x --add-scope like.read --add-scope tweet.write`\n");
    assert!(page.contains("with less than was asked for"), "{page}");
    assert_eq!(account(&house, "default")["scopes"].as_array().map(Vec::len), Some(3));
    house.home.xreq(&["run", "--", "true"]).exits(125);
    house.connect(&[]).succeeds();
    house.home.xreq(&["run", "--", "true"]).succeeds();
}

#[test]
fn without_a_refresh_token_it_is_said_that_the_grant_ends() {
    let house = House::new();
    let ran = house.connect_as("alice", &[], |scope| scope != "offline.access").exits(1);
    ran.complains("warning: there is no refresh token").complains("offline.access");
    assert_eq!(account(&house, "default")["refreshable"], false);
    house.home.xreq(&PRINT_TOKEN).succeeds();
    house.age(7_300);
    assert_eq!(house.state(), "reconnect");
    house.home.xreq(&PRINT_TOKEN).exits(125).complains("xreq connect x");
    house.home.xreq(&["token", "x"]).exits(1).complains("error[reconnect_required]");
    house.home.xreq(&["refresh", "--all"]).exits(1).complains("error[reconnect_required]");
    assert_eq!(house.refreshes(), []);
}

#[test]
fn refusals_have_their_reasons() {
    let house = House::new();
    for (error, status, code) in [
        ("access_denied", 1, "authorization_denied"),
        ("invalid_scope", 1, "authorization_denied"),
        ("unauthorized_client", 1, "authorization_denied"),
        ("something_else", 1, "authorization_denied"),
        ("server_error", 3, "provider_unavailable"),
        ("temporarily_unavailable", 3, "provider_unavailable"),
    ] {
        let connecting = Connecting::start(&house.home, &[]);
        let refusal = back(&connecting.url, "x").replace("code=x", &format!("error={error}"));
        let page = connecting.comes_back(&refusal);
        let ran = connecting.end().exits(status).complains(&format!("error[{code}]"));
        ran.complains(&format!("`{error}`")).complains("help: ");
        assert!(page.contains("X was not connected") && page.contains(code), "{page}");
    }
    let connecting = Connecting::start(&house.home, &[]);
    connecting.comes_back(&back(&connecting.url, "x").replace("code=x", "nothing=x"));
    connecting.end().exits(2).complains("error[missing_params]");
    assert!(!house.home.grant("default").exists());
}

#[test]
fn a_wait_ends() {
    let house = House::new();
    let began = Instant::now();
    let ran = Connecting::start(&house.home, &["--timeout", "1s"]).end().exits(3);
    ran.complains("error[session_expired]: nobody answered the request for consent within 1s")
        .complains("--timeout");
    assert!((1..15).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
}

#[test]
fn a_code_that_is_used_again_or_is_somebody_elses_gives_nothing() {
    let house = House::new();
    let connecting = Connecting::start(&house.home, &[]);
    let first = house.consent(&connecting.url, "alice", |_| true);
    let code = first.split_once("code=").expect("it has one").1;
    let code = code.split('&').next().expect("it has an end").to_owned();
    connecting.comes_back(&first);
    connecting.end().succeeds();
    // The code of one attempt does not belong to the verifier of another one.
    let connecting = Connecting::start(&house.home, &[]);
    connecting.comes_back(&back(&connecting.url, &code));
    connecting
        .end()
        .exits(3)
        .complains("error[token_exchange_failed]")
        .complains("a code is good once and for 30 seconds")
        .complains(&house.redirect_uri)
        .complains("Callback URI");
}

#[test]
fn a_redirect_uri_that_is_not_registered_is_shown_by_the_provider() {
    let house = House::new();
    let id = house.sandbox.client().client_id.as_str();
    let uri = house.redirect_uri.replace("/callback", "/other");
    let args = ["client", "set", "x", "--id", id, "--redirect-uri", &uri];
    house.home.xreq_with(&args, house.sandbox.client().secret().expect("it has one")).succeeds();
    let connecting = Connecting::start(&house.home, &["--timeout", "1s"]);
    let (base, path) = split(&connecting.url);
    let page = Request::get(path).send(base).expect("the sandbox answers");
    assert!(page.status == 400 && page.body.contains(&uri), "{}", page.body);
    connecting.end().exits(3);
}

#[test]
fn the_same_owner_under_another_label_is_pointed_out() {
    let house = House::connected();
    let ran = house.connect(&["--account", "again"]).succeeds();
    ran.complains("x (default) is the same account with the same client")
        .complains("xreq disconnect x --account default --local-only");
    house.connect_as("bob", &["--account", "bob"], |_| true).succeeds();
}
