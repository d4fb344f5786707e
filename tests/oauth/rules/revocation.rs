//! The end of a grant (rule 17; RFC 7009).

use std::fs;

use xreq::sandbox::{Endpoint, Fault, fingerprint};

use super::asked;
use crate::oauth::recorder::Studio;
use crate::support::provider::House;

#[test]
fn rule_17_the_refresh_token_is_revoked_first_then_the_access_token() {
    let house = House::connected();
    let token = house.home.xreq(&["token", "x"]).succeeds().stdout;
    house.home.xreq(&["disconnect", "x"]).succeeds().prints("its tokens are revoked");
    let revoked = asked(&house, Endpoint::Revoke);
    let hints: Vec<_> = revoked.iter().map(|logged| logged.token_type_hint.as_deref()).collect();
    assert_eq!(hints, [Some("refresh_token"), Some("access_token")]);
    assert!(revoked.iter().all(|logged| logged.method == "POST"));
    assert_eq!(revoked[1].presented, Some(fingerprint(token.trim())));
    assert_ne!(revoked[0].presented, revoked[1].presented);
    let grants = house.control().grants("alice");
    assert!(grants.iter().all(|grant| !grant.refreshable && grant.access_tokens == 0));
    assert!(!house.home.grant("default").exists());
}

#[test]
fn rule_17_what_is_not_revoked_is_kept_and_said_to_be_live() {
    let house = House::connected();
    let stored = fs::read(house.home.grant("default")).expect("it is stored");
    for (fault, after) in [
        (Fault::status(503), "refresh token"),
        (Fault::status(500), "refresh token"),
        (Fault::status(401), "refresh token"),
        (Fault::status(404), "refresh token"),
        (Fault::DropBefore, "refresh token"),
        (Fault::DropAfter, "refresh token"),
        (Fault::Status { status: 429, retry_after: Some(60) }, "refresh token"),
    ] {
        house.control().fault(Endpoint::Revoke, fault.clone(), 1);
        let ran = house.home.xreq(&["disconnect", "x"]).exits(3);
        let ran = ran.complains("error[revocation_failed]").complains("and the grant is kept");
        let ran = ran.complains(&format!("the {after} of x (default) is still live"));
        ran.complains("xreq disconnect x --account default --local-only");
        assert_eq!(fs::read(house.home.grant("default")).ok(), Some(stored.clone()), "{fault:?}");
    }
    house.home.xreq(&["disconnect", "x"]).succeeds();
}

#[test]
fn rule_17_half_a_revocation_is_none() {
    let studio = Studio::new("title: Photos", "title: Photos");
    studio.connect();
    // The second request of the two fails.
    let house = House::connected();
    house.control().fault(Endpoint::Revoke, Fault::PatchResponse(serde_json::Map::new()), 1);
    house.control().fault(Endpoint::Revoke, Fault::status(503), 1);
    let ran = house.home.xreq(&["disconnect", "x"]).exits(3);
    ran.complains("the access token of x (default) is still live");
    assert!(house.home.grant("default").exists());
    // What is revoked is gone from the store too: nobody takes the grant for one that can be refreshed.
    assert_eq!(house.metadata("default")["refreshable"], false);
    house.home.xreq(&["disconnect", "x"]).succeeds();
    assert_eq!(asked(&house, Endpoint::Revoke).len(), 3);
}

#[test]
fn rule_17_a_token_that_the_provider_does_not_know_counts_as_revoked() {
    let house = House::connected();
    house.control().revoke_by_user("alice");
    house.home.xreq(&["disconnect", "x"]).succeeds();
    assert!(!house.home.grant("default").exists());
}

#[test]
fn rule_17_local_only_says_what_stays_alive() {
    let house = House::connected();
    let ran = house.home.xreq(&["disconnect", "x", "--local-only"]).succeeds();
    ran.prints("removed x (default) from this store")
        .complains("X was not told: the access token expires in")
        .complains("the access token expires in 1h 59m")
        .complains("the refresh token works until the account's owner ends the access");
    assert_eq!(asked(&house, Endpoint::Revoke), []);
    assert!(house.control().grants("alice").iter().any(|grant| grant.refreshable));
    assert!(!house.home.grant("default").exists());
}

#[test]
fn rule_17_without_a_revocation_endpoint_the_grant_is_kept() {
    let studio = Studio::new("  revoke_url: @/revoke\n", "");
    studio.connect();
    let ran = studio.home.xreq(&["disconnect", "photos"]).exits(3);
    ran.complains("error[revocation_failed]").complains("revokes no tokens on request");
    studio.home.xreq(&["token", "photos"]).succeeds();
    studio.home.xreq(&["disconnect", "photos", "--local-only"]).succeeds();
    studio.home.xreq(&["token", "photos"]).exits(2);
}
