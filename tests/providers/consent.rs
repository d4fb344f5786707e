//! The request for consent.

use serde_json::json;

use crate::oauth::recorder::Studio;
use crate::support::provider::parameter;

const MANIFEST: &str = "integrations: [photos.album.read, photos.picture.read]\n";

/// A provider with a second key, and these parameters of the request for consent.
fn studio(authorize: &str) -> Studio {
    let key = "  photos.picture.read: {title: T, allows: see pictures, published: [pictures]}\n";
    Studio::saying(&format!("{key}authorize: {authorize}\n"))
}

fn grants(studio: &Studio, scope: &str) {
    studio.recorder.issues(&json!({
        "access_token": "the-access-token", "refresh_token": "the-refresh-token", "scope": scope,
    }));
}

#[test]
fn a_request_has_the_parameters_of_the_file() {
    let studio = studio(
        "{parameters: {access_type: offline, prompt: select account}, scope_parameter: user_scope,
  scope_separator: \",\", account_hint_parameter: login_hint}",
    );
    studio.home.write("xreq.yaml", MANIFEST);
    grants(&studio, "albums,pictures");
    let url = studio.connect();
    assert_eq!(parameter(&url, "user_scope").as_deref(), Some("albums,pictures"));
    assert_eq!(parameter(&url, "scope"), None);
    assert_eq!(parameter(&url, "access_type").as_deref(), Some("offline"));
    assert_eq!(parameter(&url, "prompt").as_deref(), Some("select account"));
    // The account that is expected, without the sign of a handle.
    assert_eq!(parameter(&url, "login_hint").as_deref(), Some("someone"));
    studio.home.xreq(&["check"]).succeeds();
}

#[test]
fn a_second_consent_that_replaces_the_first_is_asked_for_everything() {
    let studio = studio("{add_scopes_parameters: {again: \"yes\"}}");
    let url = studio.connect();
    assert_eq!(parameter(&url, "again"), None);
    studio.home.write("xreq.yaml", MANIFEST);
    grants(&studio, "albums pictures");
    let url = studio.connect();
    assert_eq!(parameter(&url, "scope").as_deref(), Some("albums pictures"));
    assert_eq!(parameter(&url, "again").as_deref(), Some("yes"));
}

#[test]
fn a_provider_that_merges_is_asked_for_what_is_new() {
    let studio =
        studio("{consent: merges, add_scopes_parameters: {include_granted_scopes: \"true\"}}");
    studio.connect();
    studio.home.write("xreq.yaml", MANIFEST);
    studio.home.xreq(&["check"]).exits(1);
    grants(&studio, "albums pictures");
    let url = studio.connect();
    assert_eq!(parameter(&url, "scope").as_deref(), Some("pictures"));
    assert_eq!(parameter(&url, "include_granted_scopes").as_deref(), Some("true"));
    studio.home.xreq(&["check"]).succeeds();
    // With nothing new, everything is asked for: an empty request would be none.
    let url = studio.connect();
    assert_eq!(parameter(&url, "scope").as_deref(), Some("albums pictures"));
}

#[test]
fn what_a_merging_provider_does_not_say_is_both() {
    let studio = studio("{consent: adds}");
    studio.connect();
    studio.home.write("xreq.yaml", MANIFEST);
    studio.recorder.issues(&json!({ "access_token": "the-second-access-token" }));
    studio.connect();
    studio.home.xreq(&["check"]).succeeds();
}

#[test]
fn a_provider_that_merged_less_than_it_said_is_asked_again() {
    let studio = studio("{consent: adds}");
    studio.connect();
    studio.home.write("xreq.yaml", MANIFEST);
    grants(&studio, "pictures");
    let connecting = studio.connecting();
    connecting.comes_back(&crate::oauth::recorder::back(&connecting.url, "the-code"));
    connecting.end().exits(1).complains("albums");
    grants(&studio, "albums pictures");
    let url = studio.connect();
    assert_eq!(parameter(&url, "scope").as_deref(), Some("albums"));
}

#[test]
fn some_scopes_are_asked_for_each_time_and_are_no_surplus() {
    let studio = Studio::saying("always_scopes: [pictures]\n");
    grants(&studio, "albums pictures");
    let url = studio.connect();
    assert_eq!(parameter(&url, "scope").as_deref(), Some("albums pictures"));
    let check = studio.home.xreq(&["check"]).succeeds();
    assert!(!check.stderr.contains("pictures"), "{}", check.stderr);
}
