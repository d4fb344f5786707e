//! Imports of the fields that people have.

use age::secrecy::ExposeSecret;
use xreq::model::access_level::AccessLevel;
use xreq::sandbox::{Endpoint, Fault};

use super::{POSTS, consumer, import, lines};
use crate::support::Ran;
use crate::support::provider::House;

const IMPORT: [&str; 4] = ["import", "x", "--kind", "oauth1"];

fn house() -> House {
    let house = House::new();
    house.home.write("xreq.yaml", POSTS);
    house
}

#[test]
fn the_fields_of_the_portal_become_a_client_and_a_credential() {
    let house = house();
    let ran = import(&house, AccessLevel::ReadWrite).succeeds();
    ran.prints("stored x (default) by oauth1 of @alice: read-write; it does not expire")
        .prints("stored the consumer key of the client x (default)");
    house.home.xreq(&["check"]).succeeds();
    // The rest of the client stays.
    let client = house.home.xreq(&["client", "show", "--format", "json"]).json();
    assert_eq!(client["clients"][0]["client_id"], house.sandbox.client().client_id);
    import(&house, AccessLevel::Read)
        .succeeds()
        .prints("replaced x (default) by oauth1 of @alice: read;");
}

#[test]
fn a_file_may_use_any_of_the_names() {
    let house = house();
    let pair = house.control().issue_oauth1_token("bob", AccessLevel::ReadWrite);
    let ((key, secret), token, token_secret) =
        (consumer(&house), pair.token.expose_secret(), pair.secret.expose_secret());
    let text = format!(
        "# from the portal\nexport TWITTER_CONSUMER_KEY='{key}'\nX_API_KEY={key}\n\
         TWITTER_API_SECRET_KEY=\"{secret}\"\r\ntwitter_access_token={token}\n\
         TWITTER_ACCESS_SECRET={token_secret}\nBEARER_TOKEN=AAAA\nOPENAI_API_KEY=sk-other\n"
    );
    house.home.write("keys.env", text);
    let args = [&IMPORT[..], &["--account", "work", "--client", "second", "keys.env"]].concat();
    let ran = house.home.xreq(&args).succeeds().prints("stored x (work) by oauth1 of @bob");
    ran.prints("the client x (second)").complains("xreq import x --kind app_only --account work");
}

#[test]
fn what_cannot_be_meant_is_refused_by_line() {
    let house = house();
    let pair = house.control().issue_oauth1_token("alice", AccessLevel::ReadWrite);
    let whole = lines(&house, &pair);
    let secrets = [
        consumer(&house).1,
        pair.token.expose_secret().to_owned(),
        pair.secret.expose_secret().to_owned(),
        "a-second-token".to_owned(),
    ];
    for (text, words) in [
        (
            format!("{whole}X_ACCESS_TOKEN=a-second-token\n"),
            "standard input:5:1: `X_ACCESS_TOKEN` has another value than `ACCESS_TOKEN` at standard \
             input:3:1",
        ),
        (whole.replace("ACCESS_TOKEN_SECRET", "NOTHING"), "the access token secret is not"),
        (
            whole.replace("API_SECRET", "NOTHING"),
            "`API_KEY` is there, and the consumer secret is not",
        ),
        (format!("{whole}what is this\n"), "standard input:5:1: "),
        ("API_KEY=a\nAPI_SECRET=b\n".to_owned(), "and no token of an account"),
        ("PORT=1\n".to_owned(), "has none of the fields that are read"),
        (String::new(), "has none of the fields that are read"),
        (
            "\u{feff}ACCESS_TOKEN=t\u{e4}\nACCESS_TOKEN_SECRET=s\n".to_owned(),
            "that no such key has",
        ),
    ] {
        let ran = house.home.xreq_with(&IMPORT, &text);
        assert!(!ran.status.success(), "{text}");
        let ran = ran.complains(words).complains("help: ");
        assert!(!secrets.iter().any(|secret| ran.stderr.contains(secret)), "{}", ran.stderr);
    }
    house.home.xreq(&["status"]).succeeds().complains("there is no grant");
    let second = whole.replace(&consumer(&house).0, "anotherConsumerKey0000000");
    house.home.xreq_with(&IMPORT, &whole).succeeds();
    let ran = house.home.xreq_with(&IMPORT, second).complains("has another consumer key");
    ran.complains("--client NAME");
}

#[test]
fn a_token_that_the_provider_does_not_know_is_refused() {
    let house = house();
    let pair = house.control().issue_oauth1_token("alice", AccessLevel::ReadWrite);
    let whole = lines(&house, &pair);
    house.control().revoke_by_user("alice");
    house.home.xreq_with(&IMPORT, &whole).complains("error[token_invalid]").complains("error 89");
    let pair = house.control().issue_oauth1_token("alice", AccessLevel::ReadWrite);
    let wrong = lines(&house, &pair).replace(&consumer(&house).1, "wrong");
    house.home.xreq_with(&IMPORT, wrong).complains("error[client_rejected]");
    assert!(!house.home.store().join("grants/x/default~oauth1~main.json").exists());
}

#[test]
fn out_of_reach_and_odd_is_stored_with_a_warning() {
    let house = house();
    house.control().fault(Endpoint::Verify, Fault::status(503), 1);
    let ran = import(&house, AccessLevel::Read).succeeds().prints("of unknown level");
    ran.complains("the level of the token is not known: it could not be asked");
    house.home.xreq(&["check"]).succeeds().complains("grant/level-unknown");

    house.control().fault(Endpoint::Verify, Fault::DropBefore, u32::MAX);
    let odd = "API_KEY=k\nAPI_SECRET=s\nACCESS_TOKEN=AAAAAAAAAAAAAAAAAAAAAMLheAAAAAAA0%2BuSeid%2BULvsea4JtiGRiSDSJSI%3DEUifiRBkKG5E2XzMDjRfl76ZC9Ub0wnz4XsNiRVBChTYbJcE3F\n\
               ACCESS_TOKEN_SECRET=s\n";
    let args = [&IMPORT[..], &["--client", "odd", "--account", "odd"]].concat();
    let ran: Ran = house.home.xreq_with(&args, odd).succeeds();
    ran.complains("the access token looks like a bearer token of the app")
        .complains("the consumer key does not look like one of X")
        .complains("the token secret does not look like one of X");
}

#[test]
fn the_number_of_a_token_is_held_against_its_account() {
    let house = house();
    let pair = house.control().issue_oauth1_token("alice", AccessLevel::ReadWrite);
    house.control().fault(Endpoint::Verify, Fault::patch("id_str", "1002"), 1);
    let ran = house.home.xreq_with(&IMPORT, lines(&house, &pair)).succeeds();
    ran.complains("begins with the number 1001, and X says that it is of the account 1002");
}
