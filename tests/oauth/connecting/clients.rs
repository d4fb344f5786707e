//! Which client asks for consent, and what becomes of a grant whose client is gone.

use crate::support::provider::{Connecting, House, parameter};

fn asks_as(house: &House, args: &[&str]) -> String {
    let connecting = Connecting::start(&house.home, &[args, &["--timeout", "0s"]].concat());
    let id = parameter(&connecting.url, "client_id").expect("it says who asks");
    connecting.end().exits(3);
    id
}

/// A house whose only client is the one of these variables.
fn of_environment(secret: bool) -> House {
    let mut house = House::new();
    house.home.xreq(&["client", "rm", "x"]).succeeds();
    let client =
        if secret { house.sandbox.client() } else { house.sandbox.public_client() }.clone();
    let mut home = std::mem::replace(&mut house.home, crate::support::Home::empty());
    home = home.var("X_CLIENT_ID", &client.client_id);
    if let Some(secret) = client.secret() {
        home = home.var("X_CLIENT_SECRET", secret);
    }
    house.home = home;
    house
}

#[test]
fn the_client_that_is_named_asks_and_later_refreshes() {
    let house = House::new();
    let public = house.sandbox.public_client().client_id.clone();
    let uri = house.redirect_uri.clone();
    let set = ["client", "set", "x", "--client", "org", "--id", &public, "--public"];
    house.home.xreq(&[&set[..], &["--redirect-uri", &uri]].concat()).succeeds();
    let default = house.sandbox.client().client_id.as_str();
    assert_eq!(asks_as(&house, &[]), default);
    assert_eq!(asks_as(&house, &["--client", "org"]), public);
    let missing =
        house.home.xreq(&["connect", "x", "--client", "missing", "--timeout", "5s"]).exits(2);
    missing.complains("error[missing_params]").complains("--client missing");

    house.connect(&["--client", "org"]).succeeds();
    // The client of a grant stays, also when the account is connected anew.
    assert_eq!(asks_as(&house, &[]), public);
    assert_eq!(asks_as(&house, &["--account", "other"]), default);
    house.home.xreq(&["refresh", "x", "--force"]).succeeds();
    let refresh = &house.refreshes()[0];
    assert_eq!(refresh.client_id, Some(public));
    house.home.xreq(&["disconnect", "x"]).succeeds();
}

#[test]
fn the_environment_serves_where_nothing_is_stored() {
    // The redirect URI is the provider's usual one there, whose port may be taken here.
    for secret in [true, false] {
        let house = of_environment(secret);
        let mut connecting = Connecting::start(&house.home, &["--paste"]);
        assert!(connecting.before().contains("let the client of the environment, `"));
        let back = house.consent(&connecting.url, "alice", |_| true);
        connecting.types(&back);
        connecting.end().succeeds();
        house.home.xreq(&["refresh", "x", "--force"]).succeeds();
        house.home.xreq(&["disconnect", "x"]).succeeds();
    }
}

#[test]
fn the_agent_gets_no_client() {
    let house = of_environment(true);
    let mut connecting = Connecting::start(&house.home, &["--paste"]);
    let back = house.consent(&connecting.url, "alice", |_| true);
    connecting.types(&back);
    connecting.end().succeeds();
    let ran = house.home.xreq(&["run", "--", "env"]).succeeds();
    assert!(!ran.stdout.contains("X_CLIENT_SECRET"), "{}", ran.stdout);
}

#[test]
fn without_a_client_nothing_is_asked() {
    let house = House::new();
    house.home.xreq(&["client", "rm", "x"]).succeeds();
    let ran = house.home.xreq(&["connect", "x", "--timeout", "5s"]).exits(2);
    ran.complains("error[missing_params]")
        .complains("xreq client set x --id ID")
        .complains("X_CLIENT_ID")
        .complains("developer portal");
    assert_eq!(house.control().log(), []);
}

#[test]
fn a_grant_whose_client_is_gone_is_kept_and_needs_it_back() {
    let house = House::connected();
    house.age(7_300);
    let orphans = "cannot be refreshed without it: default";
    let ran = house.home.xreq(&["client", "set", "x", "--id", "another-id", "--public"]).succeeds();
    ran.complains(orphans);
    // What nobody was connected with is missed by nobody.
    let ran = house.home.xreq(&["client", "rm", "x"]).succeeds();
    assert!(!ran.stderr.contains("cannot be refreshed"), "{}", ran.stderr);
    let set_back = ["client", "set", "x", "--id", &house.sandbox.client().client_id];
    let secret = house.sandbox.client().secret().expect("it has one");
    house.home.xreq_with(&set_back, secret).succeeds();
    house.home.xreq(&["client", "rm", "x"]).succeeds().complains(orphans);
    let id = house.sandbox.client().client_id.clone();
    let command = format!("xreq client set x --id {id}");
    let missing = |args: &[&str], status| {
        let ran = house.home.xreq(args).exits(status).complains("error[missing_params]");
        ran.complains(&command);
    };
    missing(&["refresh", "x"], 1);
    missing(&["token", "x"], 2);
    missing(&["run", "--", "true"], 125);
    missing(&["check", "--refresh"], 1);
    missing(&["disconnect", "x"], 2);
    // Another client can do nothing with it.
    let other = ["client", "set", "x", "--id", "another-id", "--public"];
    house.home.xreq(&other).succeeds();
    missing(&["refresh", "x"], 1);
    assert_eq!(house.refreshes(), []);
    // Under whatever name it comes back.
    let args = ["client", "set", "x", "--client", "back", "--id", &id];
    house.home.xreq_with(&args, house.sandbox.client().secret().expect("it has one")).succeeds();
    house.home.xreq(&["refresh", "x"]).succeeds();
}

#[test]
fn a_secret_may_begin_with_a_hyphen_and_end_with_a_line_break() {
    let house = House::new();
    let client = house.sandbox.client().clone();
    let secret = client.secret().expect("it has one");
    assert!(secret.starts_with('-'));
    for end in ["", "\n", "\r\n"] {
        let uri = house.redirect_uri.as_str();
        let args = ["client", "set", "x", "--id", &client.client_id, "--redirect-uri", uri];
        house.home.xreq_with(&args, format!("{secret}{end}")).succeeds();
        house.connect(&[]).succeeds();
    }
    for odd in ["", "\n", "a\nb", "é", "\0"] {
        let ran = house.home.xreq_with(&["client", "set", "x", "--id", "an-id"], odd).exits(2);
        ran.complains("error[bad_argument]").complains("the client secret");
    }
    let long = "a".repeat(4_097);
    house.home.xreq_with(&["client", "set", "x", "--id", "an-id"], long).exits(2);
    // What was stored before is still there.
    house.connect(&[]).succeeds();
}

#[test]
fn a_wrong_secret_is_the_clients_fault() {
    let house = House::connected();
    let id = house.sandbox.client().client_id.clone();
    let uri = house.redirect_uri.clone();
    let args = ["client", "set", "x", "--id", &id, "--redirect-uri", &uri];
    house.home.xreq_with(&args, "wrong").succeeds();
    house.connect(&[]).exits(1).complains("error[client_rejected]").complains("Keys and tokens");
    house.age(7_300);
    for _ in 0..2 {
        let ran = house.home.xreq(&["run", "--", "true"]).exits(125);
        ran.complains("error[client_rejected]").complains("the grant is kept");
    }
    house.home.xreq(&["status"]).exits(1).prints("(client)");
    house.home.xreq(&["disconnect", "x"]).exits(3).complains("still live");
}

#[test]
fn consumer_keys_are_added_to_a_client_and_stay() {
    let house = House::new();
    let add = ["client", "set", "x", "--consumer-key", "a-consumer-key"];
    house.home.xreq_with(&add, "consumer-canary\n").succeeds().prints("stored the consumer key");
    let shown = |key: &str, secret: &str| {
        let ran = house.home.xreq(&["client", "show", "--format", "json"]).succeeds();
        assert_eq!(ran.json()["clients"][0]["consumer_key"], key);
        assert!(!ran.stdout.contains(secret), "{}", ran.stdout);
    };
    shown("a-consumer-key", "consumer-canary");
    house.home.xreq(&["client", "show"]).succeeds().prints("confidential, OAuth 1.0a");
    // What the client had stays, and what is added outlives it.
    house.connect(&[]).succeeds();
    house.home.xreq(&["client", "set", "x", "--id", "another-id", "--public"]).succeeds();
    shown("a-consumer-key", "consumer-canary");
    house.home.xreq(&["client", "show"]).succeeds().prints("public, OAuth 1.0a");
    let again = ["client", "set", "x", "--consumer-key", "another-key"];
    house.home.xreq_with(&again, "consumer-canary-2").succeeds();
    shown("another-key", "consumer-canary-2");

    // A client may be of OAuth 1.0a alone; it serves no consent.
    let alone = ["client", "set", "x", "--client", "old", "--consumer-key", "key-alone"];
    house.home.xreq_with(&alone, "b").succeeds();
    let ran = house.home.xreq(&["client", "show"]).succeeds();
    ran.prints("x (old)      key-alone   OAuth 1.0a");
    let ran = house.home.xreq(&["connect", "x", "--client", "old"]).exits(2);
    ran.complains("the client `old` of X has OAuth 1.0a keys alone")
        .complains("xreq client set x --client old --id");
    for (key, secret) in [("", "b"), ("a", ""), ("a", "two\nlines")] {
        let wrong = ["client", "set", "x", "--consumer-key", key];
        house.home.xreq_with(&wrong, secret).exits(2).complains("error[bad_argument]");
    }
    let both = ["client", "set", "x", "--consumer-key", "a", "--id", "b"];
    house.home.xreq_with(&both, "c").exits(2);
    shown("another-key", "consumer-canary-2");
}

#[test]
fn clients_are_shown_without_their_secrets_and_removed() {
    let house = House::new();
    let id = house.sandbox.client().client_id.clone();
    let public = ["client", "set", "x", "--client", "org", "--id", "--the-id", "--public"];
    house.home.xreq(&public).succeeds();
    let ran = house.home.xreq(&["client", "show"]).succeeds();
    let width = id.len();
    ran.prints(&format!("x (default)  {id}  confidential  {}", house.redirect_uri)).prints(
        &format!(
            "x (org)      {:width$}  public        http://127.0.0.1:8080/callback",
            "--the-id"
        ),
    );
    let shown = house.home.xreq(&["client", "show", "x", "--format", "json"]).succeeds().json();
    assert_eq!(shown["clients"].as_array().map(Vec::len), Some(2));
    assert_eq!(shown["clients"][1]["confidential"], false);
    assert!(!shown.to_string().contains("secret"), "{shown}");
    house.home.xreq(&["client", "rm", "x", "--client", "org"]).succeeds();
    let gone = house.home.xreq(&["client", "rm", "x", "--client", "org"]).exits(2);
    gone.complains("error[not_stored]");
    house.home.xreq(&["client", "rm", "x"]).succeeds();
    house.home.xreq(&["client", "show"]).succeeds().complains("there is no client");
    house.home.xreq(&["client", "set", "x", "--id", "", "--public"]).exits(2);
    house.home.xreq(&["client", "set", "y", "--id", "a", "--public"]).exits(2);
}
