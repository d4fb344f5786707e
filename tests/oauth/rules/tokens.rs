//! Token responses and refreshes (rules 9 to 14, and 20).

use serde_json::{Value, json};
use xreq::sandbox::{Endpoint, Fault, fingerprint};

use super::asked;
use crate::oauth::PRINT_TOKEN;
use crate::oauth::recorder::{Recorder, Studio};
use crate::support::provider::{ASKED, House};

fn account(house: &House) -> Value {
    house.home.xreq(&["status", "x", "--format", "json"]).json()["accounts"][0].clone()
}

#[test]
fn rule_09_what_was_granted_is_what_the_server_says() {
    let house = House::new();
    let ran = house.connect_as("alice", &[], |scope| scope != "tweet.write").exits(1);
    ran.complains("error[scope_missing]")
        .complains("lacks what was asked for: tweet.write")
        .complains("x.tweet.write");
    assert_eq!(account(&house)["scopes_assumed"], false);
    house.home.xreq(&PRINT_TOKEN).exits(125).complains("tweet.write");

    // Absent: as requested, and marked so. In another order: the same.
    for (scope, assumed) in [(Value::Null, true), (json!("users.read,tweet.read"), false)] {
        let house = House::new();
        house.control().fault(Endpoint::Token, Fault::patch("scope", scope), 1);
        let ran = house.connect(&[]);
        ran.exits(i32::from(!assumed));
        let account = account(&house);
        assert_eq!(account["scopes_assumed"], assumed);
        let expected = if assumed { ASKED } else { "tweet.read users.read" };
        let scopes: Vec<_> = expected.split(' ').collect();
        assert_eq!(account["scopes"], json!(scopes));
    }
}

#[test]
fn rule_10_a_refresh_never_asks_for_scopes() {
    let house = House::new();
    house.connect_as("alice", &[], |scope| scope != "tweet.write").exits(1);
    for _ in 0..2 {
        house.home.xreq(&["refresh", "x", "--force"]).succeeds();
    }
    let refreshes = house.refreshes();
    assert_eq!(refreshes.len(), 2);
    assert!(refreshes.iter().all(|refresh| refresh.scope.is_none()), "{refreshes:?}");

    let studio = Studio::new("title: Photos", "title: Photos");
    studio.connect();
    studio.home.xreq(&["refresh", "photos", "--force"]).succeeds();
    let refresh = &studio.recorder.requests("/token")[1];
    assert_eq!(refresh.body, "grant_type=refresh_token&refresh_token=the-refresh-token");
}

#[test]
fn rule_11_a_new_refresh_token_replaces_the_old_one() {
    let studio = Studio::new("title: Photos", "title: Photos");
    studio.connect();
    let refresh = |response: Value| {
        studio.recorder.issues(&response);
        studio.home.xreq(&["refresh", "photos", "--force"]).succeeds();
        let requests = studio.recorder.requests("/token");
        requests.last().and_then(|request| request.field("refresh_token")).expect("one was sent")
    };
    let response = json!({"access_token": "a", "expires_in": 3600});
    let with = |token: &str| {
        let mut response = response.clone();
        response["refresh_token"] = token.into();
        response
    };
    assert_eq!(refresh(with("second")), "the-refresh-token");
    assert_eq!(refresh(with("third")), "second");
    // Kept where there is no new one.
    assert_eq!(refresh(response.clone()), "third");
    assert_eq!(refresh(with("")), "third");
    assert_eq!(refresh(response.clone()), "third");
}

#[test]
fn rule_11_no_refresh_token_is_sent_twice() {
    let house = House::connected();
    for _ in 0..5 {
        house.home.xreq(&["refresh", "x", "--force"]).succeeds();
    }
    let mut sent: Vec<_> = house.refreshes().into_iter().map(|logged| logged.presented).collect();
    assert_eq!(sent.len(), 5);
    sent.sort();
    sent.dedup();
    assert_eq!(sent.len(), 5);
    let grants = house.control().grants("alice");
    assert!(grants.iter().all(|grant| grant.ended.is_none() && grant.refreshable), "{grants:?}");
}

#[test]
fn rule_12_only_a_bearer_token_is_used() {
    let studio = Studio::new("title: Photos", "title: Photos");
    let connect = || {
        let connecting = studio.connecting();
        connecting.comes_back(&crate::oauth::recorder::back(&connecting.url, "the-code"));
        connecting.end()
    };
    for (kind, serves) in [("bearer", true), ("Bearer", true), ("mac", false), ("DPoP", false)] {
        studio.recorder.issues(&json!({"access_token": "token-of-this-kind", "token_type": kind}));
        let ran = connect();
        if serves {
            ran.succeeds();
            studio.home.xreq(&["disconnect", "photos"]).succeeds();
        } else {
            ran.exits(3).complains(&format!("the token type is `{kind}`"));
            studio.home.xreq(&["token", "photos"]).exits(2).complains("error[not_stored]");
            assert_eq!(studio.recorder.requests("/me").len(), 2, "the token was used");
        }
    }
}

#[test]
fn rule_13_no_life_of_a_token_makes_no_sense() {
    let studio = Studio::new("title: Photos", "title: Photos");
    studio.connect();
    // Written into the answer as they stand here: some are beyond the numbers of programs.
    for (life, expected) in [
        ("7200", 7_200),
        ("\"7200\"", 7_200),
        ("0", 0),
        ("-1", 0),
        ("-99999999999999999999999", 0),
        ("99999999999999999999999", 7_200),
        ("1e400", 0),
        ("\"1e3\"", 7_200),
        ("\"\"", 7_200),
        ("null", 7_200),
        ("{}", 7_200),
    ] {
        let body = format!("{{\"access_token\":\"a\",\"expires_in\":{life}}}");
        studio.recorder.answers("/token", "200 OK", body);
        let ran = studio.home.xreq(&["refresh", "photos", "--force"]);
        assert!(!ran.stderr.contains("panicked"), "{life}: {}", ran.stderr);
        let status = studio.home.xreq(&["status", "--format", "json"]).json();
        let account = &status["accounts"][0];
        if life == "1e400" {
            // No number of JSON for most programs; the whole answer cannot be read.
            ran.exits(3).complains("error[refresh_in_doubt]");
            continue;
        }
        ran.exits(0);
        let left = account["expires_in"].as_i64().expect("it is known");
        assert!((expected - 10..=expected).contains(&left), "{life}: {left}");
        let at = account["expires_at"].as_str().expect("it is known");
        assert!(at.len() == 20 && at.ends_with('Z'), "{at}");
    }
}

#[test]
fn rule_14_no_redirect_is_followed_with_secrets() {
    let house = House::connected();
    let control = house.control();
    control.clear_log();
    let other = Recorder::start();
    let studio = Studio::new("title: Photos", "title: Photos");
    studio.connect();
    for status in ["301", "302", "303", "307", "308"] {
        let head = format!("{status} Elsewhere\r\nLocation: {}/token", other.base_url);
        studio.recorder.answers("/token", &head, "");
        let before = studio.recorder.requests("/token").len();
        let ran = studio.home.xreq(&["refresh", "photos", "--force"]).exits(3);
        ran.complains("a redirect, which a request with secrets never follows");
        assert_eq!(studio.recorder.requests("/token").len(), before + 1);
    }
    assert_eq!(other.requests("/token").len(), 0);

    // Nor is one of the same server.
    control.fault(Endpoint::Token, Fault::Redirect307, 1);
    house.home.xreq(&["refresh", "x", "--force"]).exits(3).complains("307");
    control.fault(Endpoint::Revoke, Fault::Redirect307, 1);
    house.home.xreq(&["disconnect", "x"]).exits(3).complains("307");
    assert_eq!(control.log().len(), 2);
    control.fault(Endpoint::Token, Fault::Redirect307, 1);
    control.clear_log();
    house.connect(&[]).exits(3).complains("307");
    assert_eq!(asked(&house, Endpoint::Token).len(), 1);
    // The account is looked up four times, and each time where it was before.
    control.fault(Endpoint::Me, Fault::Redirect307, u32::MAX);
    house.connect(&[]).exits(1).complains("307");
    assert_eq!(asked(&house, Endpoint::Me).len(), 4);
}

#[test]
fn rule_20_no_answer_says_where_to_ask_next() {
    let other = Recorder::start();
    let elsewhere = |path: &str| format!("{}{path}", other.base_url);
    let house = House::new();
    let fields = json!({
        "token_endpoint": elsewhere("/token"), "token_url": elsewhere("/token"),
        "revocation_endpoint": elsewhere("/revoke"), "revoke_url": elsewhere("/revoke"),
        "issuer": other.base_url, "api_url": other.base_url, "error": null,
        "authorization_endpoint": elsewhere("/authorize"), "redirect_uri": elsewhere("/"),
    });
    let Value::Object(fields) = fields else { unreachable!("it is one") };
    house.control().fault(Endpoint::Token, Fault::PatchResponse(fields), u32::MAX);
    house.connect(&[]).succeeds();
    house.home.xreq(&["refresh", "x", "--force"]).succeeds();
    let url = house.home.xreq(&["connect", "x", "--no-browser", "--timeout", "0s"]).stderr;
    assert!(url.contains(&house.sandbox.base_url()) && !url.contains(&other.base_url), "{url}");
    let token = house.home.xreq(&["token", "x"]).succeeds().stdout;
    house.home.xreq(&["disconnect", "x"]).succeeds();
    for path in ["/token", "/revoke", "/me", "/authorize", "/2/users/me", "/"] {
        assert_eq!(other.requests(path).len(), 0, "{path}");
    }
    let revoked: Vec<_> = asked(&house, Endpoint::Revoke);
    assert_eq!(revoked[1].presented, Some(fingerprint(token.trim())));
}
