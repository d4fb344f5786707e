//! Tokens of OAuth 1.0a: consent by PIN and by redirect, imports, verdicts by level, launches, the end.

mod carapace;
mod connecting;
mod importing;
mod judging;
mod launching;
mod origins;

use age::secrecy::ExposeSecret;
use xreq::model::access_level::AccessLevel;
use xreq::sandbox::{Decision, IssuedOauth1Token, decide};

use crate::support::Ran;
use crate::support::provider::{Connecting, House};

const POSTS: &str = "integrations: [{key: x.tweet.write, kind: oauth1}]\n";

/// A house whose client has the sandbox's consumer keys.
fn house(manifest: &str) -> House {
    let house = House::new();
    house.home.write("xreq.yaml", manifest);
    let (key, secret) = consumer(&house);
    house.home.xreq_with(&["client", "set", "x", "--consumer-key", &key], secret).succeeds();
    house
}

/// The consumer key of the sandbox's client, and its secret.
fn consumer(house: &House) -> (String, String) {
    let (key, secret) = house.sandbox.client().consumer().expect("it has consumer keys");
    (key.to_owned(), secret.expose_secret().to_owned())
}

/// The lines that a person has of a token, under the names of X's portal.
fn lines(house: &House, pair: &IssuedOauth1Token) -> String {
    let (key, secret) = consumer(house);
    format!(
        "API_KEY={key}\nAPI_SECRET={secret}\nACCESS_TOKEN={}\nACCESS_TOKEN_SECRET={}\n",
        pair.token.expose_secret(),
        pair.secret.expose_secret()
    )
}

/// Stores a token of this level, as a person who copies it from the portal.
fn import(house: &House, level: AccessLevel) -> Ran {
    let pair = house.control().issue_oauth1_token("alice", level);
    house.home.xreq_with(&["import", "x", "--kind", "oauth1"], lines(house, &pair))
}

/// Starts `xreq connect x --kind oauth1` by PIN, up to the URL.
fn by_pin(house: &House, args: &[&str]) -> Connecting {
    Connecting::start(&house.home, &[&["--kind", "oauth1"], args].concat())
}

/// Consents as an owner; returns the PIN that the page shows.
fn pin(url: &str, owner: &str) -> String {
    let decision = Decision::Grant { account: Some(owner.to_owned()), only: Vec::new() };
    let page = decide(url, &decision).expect("the page takes the decision");
    page.pin.expect("it shows a PIN")
}

/// Connects by PIN as alice.
fn connected(house: &House, args: &[&str]) -> Ran {
    let mut connecting = by_pin(house, args);
    let pin = pin(&connecting.url, "alice");
    connecting.types(&pin);
    connecting.end()
}
