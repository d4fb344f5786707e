//! Notion: bodies of JSON, versions, no scopes.

use serde_json::{Value, json};
use xreq::model::scope::ScopeSet;
use xreq::sandbox::Endpoint;

use super::Faced;
use crate::support::http::Request;

const MANIFEST: &str = "integrations: [notion.read, notion.write]\n";

#[test]
fn notion_is_connected_refreshed_and_revoked() {
    let faced = Faced::connected("notion", MANIFEST);
    faced.home.xreq(&["check"]).succeeds();
    let first = faced.agent_gets("NOTION_ACCESS_TOKEN");
    faced.home.xreq(&["refresh", "notion", "--force"]).succeeds();
    let second = faced.agent_gets("NOTION_ACCESS_TOKEN");
    assert_ne!(first, second);
    let account = &faced.status()["accounts"][0];
    assert!(account.get("expires_at").is_none_or(Value::is_null), "{account}");
    let auth = faced.requests(Endpoint::Token).into_iter().map(|it| it.client_auth);
    assert!(auth.into_iter().all(|it| it == Some(xreq::sandbox::ClientAuth::Basic)));
    faced.home.xreq(&["disconnect", "notion"]).succeeds().prints("its tokens are revoked");
    assert!(faced.grants().iter().all(|grant| !grant.refreshable));
}

#[test]
fn notion_takes_json_alone_and_wants_a_version() {
    let faced = Faced::new("notion", MANIFEST);
    let base = faced.sandbox.base_url();
    let proof = super::super::basic(faced.sandbox.client());
    let ask = |request: Request| {
        let answer = request.send(&base).expect("it answers");
        (answer.status, serde_json::from_str::<Value>(&answer.body).unwrap_or_default())
    };
    let fields = [("grant_type", "refresh_token"), ("refresh_token", "none")];
    let version = "2025-09-03";
    let json = json!({"grant_type": "refresh_token", "refresh_token": "none"});
    let path = "/v1/oauth/token";
    let form = Request::form(path, &fields).header("authorization", &proof);
    let (status, told) = ask(form.header("notion-version", version));
    assert_eq!((status, told["error"].as_str()), (400, Some("invalid_request")), "{told}");
    let plain = || Request::json("POST", path, &json).header("authorization", &proof);
    let (status, told) = ask(plain().header("notion-version", version));
    assert_eq!((status, told["error"].as_str()), (400, Some("invalid_grant")), "{told}");
    let (status, told) = ask(plain());
    assert_eq!((status, told["code"].as_str()), (400, Some("missing_version")), "{told}");
}

#[test]
fn notion_tells_more_than_tokens() {
    let faced = Faced::new("notion", MANIFEST);
    let issued = faced.sandbox.control().issue_grant("alice", &ScopeSet::default());
    let answer = age::secrecy::ExposeSecret::expose_secret(&issued.response);
    let answer: Value = serde_json::from_str(answer).expect("it is JSON");
    assert_eq!(answer["owner"]["user"]["name"], "Alice");
    assert!(answer["bot_id"].is_string() && answer["refresh_token"].is_string());
    assert!(answer.get("scope").is_none() && answer.get("expires_in").is_none(), "{answer}");
}

#[test]
fn an_internal_integration_of_notion_is_pasted() {
    let faced = Faced::new("notion", MANIFEST);
    faced.import_static().succeeds().prints("@helper");
    faced.home.xreq(&["check", "--verify"]).succeeds();
    faced.agent_gets("NOTION_ACCESS_TOKEN");
}
