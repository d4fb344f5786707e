//! Google: granular consent, and refresh tokens that have to be asked for.

use xreq::sandbox::{Decision, decide};

use super::Faced;
use crate::support::provider::Connecting;

const SEND: &str = "https://www.googleapis.com/auth/gmail.send";
const EMAIL: &str = "https://www.googleapis.com/auth/userinfo.email";

#[test]
fn google_grants_what_was_ticked_and_merges_the_rest() {
    let faced = Faced::new("google", "integrations: [google.gmail.send, google.calendar]\n");
    faced.connect(&["openid", EMAIL, SEND]).exits(1).complains("auth/calendar");
    faced.home.xreq(&["check"]).exits(1);
    faced.connect(&[]).succeeds();
    faced.home.xreq(&["check"]).succeeds();
    // A refresh token stays, and is used again.
    for _ in 0..2 {
        faced.home.xreq(&["refresh", "google", "--force"]).succeeds();
    }
    let grant = &faced.sandbox.control().grants("alice")[1];
    assert_eq!((grant.refreshes, grant.refreshable), (2, true));
    faced.home.xreq(&["run", "--", "printenv", "GOOGLE_OAUTH_ACCESS_TOKEN"]).succeeds();
    faced.home.xreq(&["disconnect", "google"]).succeeds();
    assert_eq!(faced.sandbox.control().grants("alice")[1].access_tokens, 0);
}

#[test]
fn google_gives_no_refresh_token_unless_it_is_asked_for() {
    let faced = Faced::new("google", "integrations: [google.gmail.send]\n");
    for (asked, instead, is_refreshable) in [
        ("access_type=offline", "access_type=online", false),
        ("prompt=consent", "prompt=consent", true),
        // Who has consented before gives none without being asked anew.
        ("prompt=consent", "prompt=select_account", false),
    ] {
        let connecting = Connecting::to("google", &faced.home, &["--expect", "@alice"]);
        assert!(connecting.url.contains(asked), "{}", connecting.url);
        let decision = Decision::Grant { account: Some("alice".to_owned()), only: Vec::new() };
        decide(&connecting.url.replace(asked, instead), &decision).expect("the owner decides");
        connecting.end();
        let newest = faced.grants().pop().expect("there is one");
        assert_eq!(newest.refreshable, is_refreshable, "{instead}");
    }
}
