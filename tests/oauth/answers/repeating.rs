//! Providers that repeat what they were sent. No secret of it is shown or stored: neither where it
//! looks like a token, nor where it is made of words.

use std::fs;

use serde_json::{Value, json};

use crate::oauth::recorder::{CLIENT_SECRET, Studio, back};
use crate::support::Ran;

/// What the tokens and the code of the recorder are, and what its client's secret is: as it is, in a
/// form, and in a header.
const SECRETS: [&str; 6] = [
    "the-code",
    "the-access-token",
    "the-refresh-token",
    CLIENT_SECRET,
    "-the+secret%3Aof%2Bthe%3Dclient",
    "dGhlK2lkOi10aGUrc2VjcmV0JTNBb2YlMkJ0aGUlM0RjbGllbnQ=",
];

/// Providers to which the secret of the client comes in the header, and in the form.
fn studios() -> [Studio; 2] {
    ["basic", "post"].map(|way| {
        let way = format!("confidential: client_secret_{way}");
        Studio::new("confidential: client_secret_basic", &way)
    })
}

/// Makes an endpoint answer with a refusal that says this.
fn refuses(studio: &Studio, path: &str, error: &str, description: &str) {
    let body = json!({ "error": error, "error_description": description });
    let head = "400 Bad Request\r\nContent-Type: application/json";
    studio.recorder.answers(path, head, body.to_string());
}

/// Ways to say what was sent. The last one is cut in the middle of it.
fn words() -> Vec<String> {
    let all = "<code> <code_verifier> <refresh_token> <token> <client_secret>";
    let mut words = vec![all.to_owned(), "<body>".to_owned(), "<authorization>".to_owned()];
    for name in ["code", "refresh_token", "token", "client_secret"] {
        words.push(format!("{} <{name}>", "no ".repeat(65)));
    }
    words
}

/// Asserts that a text has no secret, and no half of one.
#[track_caller]
fn is_harmless(text: &str) {
    for secret in SECRETS {
        let half = &secret[..secret.len().min(8)];
        assert!(!text.contains(half), "{secret} in\n{text}");
    }
}

/// Connects, and gives the page that the browser shows, and what the command did.
fn connect(studio: &Studio) -> (String, Ran) {
    let connecting = studio.connecting();
    let page = connecting.comes_back(&back(&connecting.url, "the-code"));
    (page, connecting.end())
}

#[test]
fn an_exchange_that_is_refused_shows_nothing_that_was_sent() {
    for studio in studios() {
        for words in words() {
            for error in ["invalid_grant", "<code>", "<code_verifier>", "<client_secret>"] {
                refuses(&studio, "/token", error, &words);
                let (page, ran) = connect(&studio);
                assert!(!ran.status.success());
                is_harmless(&ran.stderr);
                is_harmless(&page);
                let sent = studio.recorder.requests("/token");
                let verifier = sent.last().and_then(|sent| sent.field("code_verifier"));
                let verifier = verifier.expect("it was sent");
                assert!(!ran.stderr.contains(&verifier[..8]), "{verifier} in\n{}", ran.stderr);
                assert!(!page.contains(&verifier[..8]), "{verifier} in\n{page}");
            }
        }
    }
}

#[test]
fn a_refresh_that_is_refused_shows_and_stores_nothing_that_was_sent() {
    for studio in studios() {
        studio.connect();
        let stored = studio.home.store().join("grants/photos/default.json");
        for words in words() {
            for error in ["invalid_grant", "<refresh_token>", "<client_secret>"] {
                refuses(&studio, "/token", error, &words);
                let ran = studio.home.xreq(&["refresh", "photos", "--force"]).exits(1);
                is_harmless(&ran.stderr);
                let text = fs::read(&stored).expect("it is there");
                let stored: Value = serde_json::from_slice(&text).expect("it is JSON");
                let message = stored["metadata"]["last_error"]["message"].as_str();
                is_harmless(message.expect("it failed"));
                is_harmless(&studio.home.xreq(&["status"]).stdout);
            }
        }
    }
}

#[test]
fn a_revocation_that_is_refused_shows_nothing_that_was_sent() {
    for studio in studios() {
        studio.connect();
        for words in words() {
            refuses(&studio, "/revoke", "<token>", &words);
            let ran = studio.home.xreq(&["disconnect", "photos"]).exits(3);
            is_harmless(&ran.stderr);
        }
    }
}

#[test]
fn a_look_up_that_is_refused_does_not_show_the_token() {
    let [studio, _] = studios();
    for words in ["<authorization>".to_owned(), format!("{}<authorization>", "no ".repeat(62))] {
        refuses(&studio, "/me", "<authorization>", &words);
        let (page, ran) = connect(&studio);
        let ran = ran.exits(1).complains("the account that consented could not be looked up");
        is_harmless(&ran.stderr);
        is_harmless(&page);
    }
}
