//! Microsoft: tenants, refresh tokens that stay good, sessions that only end together.

use std::process::Command;

use serde_json::{Value, json};
use xreq::sandbox::{Endpoint, Fault};

use super::Faced;
use crate::support::http::Request;
use crate::support::provider::Connecting;
use crate::support::{Ran, XREQ};

const MANIFEST: &str = "integrations: [microsoft.mail.read]\n";

#[test]
fn microsoft_names_no_scope_of_refresh_tokens_and_gives_one() {
    let faced = Faced::connected("microsoft", MANIFEST);
    faced.home.xreq(&["check"]).succeeds();
    assert!(faced.status().to_string().contains("\"refreshable\":true"), "{}", faced.status());
    let bearer = format!("Bearer {}", faced.agent_gets("MICROSOFT_ACCESS_TOKEN"));
    let (status, me) = faced.asks("/v1.0/me", &bearer);
    assert_eq!((status, me["userPrincipalName"].as_str()), (200, Some("alice")), "{me}");
    assert_eq!(faced.asks("/v1.0/me/messages", &bearer).0, 200);
    // Mail may be read, not sent.
    let sent =
        Request::json("POST", "/v1.0/me/sendMail", &json!({})).header("authorization", &bearer);
    assert_eq!(sent.send(&faced.sandbox.base_url()).expect("it answers").status, 403);
}

#[test]
fn line_08_a_lost_answer_of_microsoft_is_asked_for_again_with_the_same_token() {
    let faced = Faced::connected("microsoft", MANIFEST);
    let control = faced.sandbox.control();
    control.fault(Endpoint::Token, Fault::DropAfter, 1);
    let refresh = ["refresh", "microsoft", "--force"];
    let lost = faced.home.xreq(&refresh).exits(3).complains("error[provider_unavailable]");
    assert!(!lost.stderr.contains("doubt"), "{}", lost.stderr);
    assert_eq!(faced.status()["accounts"][0]["state"], "connected");
    faced.home.xreq(&refresh).succeeds();
    let presented: Vec<_> =
        faced.requests(Endpoint::Token).into_iter().skip(1).filter_map(|it| it.presented).collect();
    assert_eq!(presented.len(), 2);
    assert_eq!(presented[0], presented[1], "it was the same");
    let grant = &faced.grants()[0];
    assert_eq!((grant.refreshes, grant.refreshable, grant.ended), (2, true, None));
    // From now on the new one is used.
    faced.home.xreq(&refresh).succeeds();
    let newest = faced.requests(Endpoint::Token).pop().expect("it was asked");
    assert_ne!(newest.presented.as_ref(), Some(&presented[1]));
}

#[test]
fn line_07_a_grant_of_microsoft_is_kept_because_nothing_can_be_revoked() {
    let faced = Faced::connected("microsoft", MANIFEST);
    let ran = faced.home.xreq(&["disconnect", "microsoft"]).exits(3);
    ran.complains("Microsoft ends a grant only with every session of the account");
    assert!(faced.requests(Endpoint::Revoke).is_empty());
    faced.home.xreq(&["check"]).succeeds();
    faced.home.xreq(&["disconnect", "microsoft", "--local-only"]).succeeds();
    faced.home.xreq(&["check"]).exits(1);
    assert!(faced.grants()[0].refreshable, "the grant lives");
}

#[test]
fn sessions_of_microsoft_end_together() {
    let faced = Faced::connected("microsoft", MANIFEST);
    let bearer = format!("Bearer {}", faced.agent_gets("MICROSOFT_ACCESS_TOKEN"));
    let end =
        Request::new("POST", "/v1.0/me/revokeSignInSessions").header("authorization", &bearer);
    assert_eq!(end.send(&faced.sandbox.base_url()).expect("it answers").status, 200);
    // Access tokens live on; nothing is refreshed any more.
    assert_eq!(faced.asks("/v1.0/me", &bearer).0, 200);
    let ran = faced.home.xreq(&["refresh", "microsoft", "--force"]).exits(1);
    ran.complains("error[reconnect_required]");
}

#[test]
fn microsoft_is_connected_by_a_code_that_is_typed_elsewhere() {
    let faced = Faced::new("microsoft", MANIFEST);
    let mut command = faced.home.command();
    command.args(["connect", "microsoft", "--device", "--expect", "@alice", "--timeout", "1m"]);
    let is_code = |line: &str| line.len() == 9 && line.as_bytes()[4] == b'-';
    let connecting = Connecting::showing(command.env("BROWSER", "/bin/false"), is_code);
    let page = format!("{}/common/oauth2/deviceauth", faced.sandbox.base_url());
    // The address has no code in it.
    let before = connecting.before();
    assert!(before.contains(&format!("Open {page} in any browser")), "{before}");
    let url = format!("{page}?user_code={}", connecting.url);
    Ran::of(Command::new(XREQ).args(["sandbox", "approve", &url])).succeeds();
    let ran = connecting.end().succeeds().prints("connected microsoft (default) as @alice");
    assert!(!ran.stderr.contains("user_code="), "{}", ran.stderr);
    faced.home.xreq(&["refresh", "microsoft", "--force"]).succeeds();
}

#[test]
fn the_tenant_stands_in_every_url_of_microsoft() {
    let faced = Faced::new("microsoft", MANIFEST);
    let metadata = |tenant: &str| {
        let path = format!("/{tenant}/v2.0/.well-known/openid-configuration");
        let answer = Request::get(&path).send(&faced.sandbox.base_url()).expect("it answers");
        (answer.status, serde_json::from_str::<Value>(&answer.body).unwrap_or_default())
    };
    let (status, told) = metadata("contoso.example");
    let token_url = format!("{}/common/oauth2/v2.0/token", faced.sandbox.base_url());
    assert_eq!((status, told["token_endpoint"].as_str()), (200, Some(token_url.as_str())));
    let ask = |path: &str| {
        let client = faced.sandbox.client();
        let form = [("client_id", client.client_id.as_str()), ("grant_type", "none")];
        Request::form(path, &form).send(&faced.sandbox.base_url()).expect("it answers").status
    };
    // The client is not proved: it is the token endpoint that says so.
    assert_eq!(ask("/contoso.example/oauth2/v2.0/token"), 401);
    assert_ne!(ask("/a/b/oauth2/v2.0/token"), 401);
}
