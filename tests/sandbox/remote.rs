//! The sandbox as scripts change it, over HTTP.

use serde_json::json;

use super::*;

#[test]
fn scripts_do_what_tests_do() {
    let sandbox = sandbox();
    let app = App::of(&sandbox);
    let tokens = app.connect(SCOPES);
    let (access, refresh) = (tokens.text("/access_token"), tokens.text("/refresh_token"));
    let does = |method: &str, path: &str| app.send(&Request::new(method, path)).status;

    let typed = Request::new("PUT", "/sandbox/faults").body("me=503:2 token=429-retry-5");
    assert_eq!(app.send(&typed).status, 204);
    assert_eq!(app.me(&access), 503);
    let patch = json!([{"endpoint": "me", "fault": {"status": 200, "body": {"a": 1}}}]);
    assert_eq!(app.send(&Request::json("PUT", "/sandbox/faults", &patch)).status, 204);
    let me = || app.send(&Request::get("/2/users/me").bearer(&access));
    assert_eq!(me().json(), json!({"a": 1}));
    assert_eq!(me().status, 200, "a list takes the place of the one before");
    let wrong = Request::new("PUT", "/sandbox/faults").body("me=lost");
    let answer = app.send(&wrong);
    assert_eq!(answer.status, 400);
    assert!(answer.text("/detail").contains("drop-after"));
    assert_eq!(app.send(&typed).status, 204);
    assert_eq!(does("DELETE", "/sandbox/faults"), 204);
    assert_eq!(app.me(&access), 200);

    assert_eq!(does("POST", "/sandbox/expire"), 204);
    assert_eq!(app.me(&access), 401);
    let tokens = app.refresh(&refresh);
    assert_eq!(tokens.status, 200);
    assert_eq!(does("POST", "/sandbox/revoke"), 400);
    assert_eq!(does("POST", "/sandbox/revoke?account=nobody"), 404);
    assert_eq!(does("POST", "/sandbox/revoke?account=bob"), 204);
    assert_eq!(app.me(&tokens.text("/access_token")), 200);
    assert_eq!(does("POST", "/sandbox/revoke?account=alice"), 204);
    assert_eq!(app.me(&tokens.text("/access_token")), 401);

    let log = app.send(&Request::get("/sandbox/log")).json();
    assert_eq!(log[0]["endpoint"], "authorize");
    assert_eq!(log[2]["client_auth"], "basic");
    assert_eq!(log.as_array().map(Vec::len), Some(sandbox.control().log().len()));
    assert_eq!(does("DELETE", "/sandbox/log"), 204);
    assert_eq!(app.send(&Request::get("/sandbox/log")).json(), json!([]));
    assert_eq!(does("GET", "/sandbox/nothing"), 404);
}

/// A web page may send requests to this machine; its browser says which site it is of.
#[test]
fn a_page_of_another_site_changes_nothing() {
    let sandbox = sandbox();
    let app = App::of(&sandbox);
    let expire = |origin: &str| {
        app.send(&Request::new("POST", "/sandbox/expire").header("origin", origin)).status
    };
    assert_eq!(expire("https://evil.example"), 403);
    assert_eq!(expire("null"), 403);
    assert_eq!(expire(&sandbox.base_url()), 204);
}
