//! The end of a grant.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::oauth::recorder::{PROVIDER, Recorded, Studio};

/// A provider whose file says this of revocation, with an account that is connected.
fn connected(revoke: &str) -> Studio {
    let file = PROVIDER.replace("  revoke_url: @/revoke\n", "");
    let studio = Studio::of(&format!("{file}{revoke}"));
    studio.connect();
    studio
}

fn revocations(studio: &Studio) -> Vec<Recorded> {
    studio.recorder.all().into_iter().filter(|it| it.path.starts_with("/revoke")).collect()
}

#[test]
fn the_short_form_revokes_each_token() {
    let short = Studio::saying("");
    short.connect();
    for studio in [short, connected("revoke: {url: \"@/revoke\"}\n")] {
        studio.home.xreq(&["disconnect", "photos"]).succeeds().prints("its tokens are revoked");
        let hints: Vec<_> =
            revocations(&studio).iter().map(|it| it.field("token_type_hint")).collect();
        let expected = ["refresh_token", "access_token"].map(|hint| Some(hint.to_owned()));
        assert_eq!(hints, expected);
    }
}

#[test]
fn one_revocation_ends_an_authorization() {
    let studio = connected("revoke: {url: \"@/revoke\", ends: authorization}\n");
    studio.home.xreq(&["disconnect", "photos"]).succeeds().prints("its tokens are revoked");
    let sent = revocations(&studio);
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].field("token").as_deref(), Some("the-refresh-token"));
    studio.home.xreq(&["status"]).prints("");
    studio.home.xreq(&["disconnect", "photos"]).exits(2).complains("error[not_stored]");
}

#[test]
fn a_token_may_be_the_credential_of_its_own_end() {
    let studio = connected("revoke: {url: \"@/revoke\", style: bearer}\ntoken: {ok: /ok}\n");
    let head = "200 OK\r\nContent-Type: application/json";
    studio.recorder.answers("/revoke", head, r#"{"ok":false,"error":"not_authed"}"#);
    let ran = studio.home.xreq(&["disconnect", "photos"]).exits(3);
    ran.complains("error[revocation_failed]").complains("not_authed");
    studio.recorder.answers("/revoke", head, r#"{"ok":true,"revoked":true}"#);
    let ran = studio.home.xreq(&["disconnect", "photos"]).succeeds();
    ran.complains("Photos revokes access tokens alone: the refresh token works until");
    let sent = revocations(&studio);
    assert_eq!(sent.len(), 2);
    for request in sent {
        assert_eq!(request.method, "POST");
        assert_eq!(request.authorization.as_deref(), Some("Bearer the-access-token"));
        assert_eq!(request.body, "");
    }
}

#[test]
fn a_client_may_delete_what_it_was_given() {
    let studio = connected(
        "revoke: {url: \"@/revoke/{client_id}/grant\", style: basic_delete_json, ends: authorization}\n",
    );
    studio.recorder.answers("/revoke/the%20id/grant", "204 No Content", "");
    let ran = studio.home.xreq(&["disconnect", "photos"]).succeeds();
    assert!(!ran.stderr.contains("refresh token works"), "{}", ran.stderr);
    let sent = revocations(&studio);
    assert_eq!(sent.len(), 1);
    assert_eq!(
        (sent[0].method.as_str(), sent[0].path.as_str()),
        ("DELETE", "/revoke/the%20id/grant")
    );
    let body: Value = serde_json::from_str(&sent[0].body).expect("it is JSON");
    assert_eq!(body, json!({"access_token": "the-access-token"}));
    let header = sent[0].authorization.as_deref().expect("there is one");
    let credentials = STANDARD.decode(header.strip_prefix("Basic ").expect("it is Basic"));
    assert!(credentials.expect("it is base64").starts_with(b"the+id:"));
}

#[test]
fn what_cannot_be_revoked_is_said_and_kept() {
    for (revoke, why) in [
        ("", "Photos revokes no tokens on request"),
        (
            "revoke: {url: \"@/revoke\", ends: sessions}\n",
            "Photos ends a grant only with every session of the account, in all apps",
        ),
    ] {
        let studio = connected(revoke);
        let ran = studio.home.xreq(&["disconnect", "photos"]).exits(3).complains(why);
        ran.complains("is kept").complains("xreq disconnect photos --account default --local-only");
        studio.home.xreq(&["run", "--", "true"]).succeeds();
        studio.home.xreq(&["disconnect", "photos", "--local-only"]).succeeds();
        studio.home.xreq(&["run", "--", "true"]).exits(125);
        assert_eq!(revocations(&studio).len(), 0);
    }
}
