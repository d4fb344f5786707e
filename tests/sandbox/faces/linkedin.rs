//! The face `linkedin`: no refresh tokens.

use serde_json::json;

use super::Faced;
use crate::support::http::Request;

#[test]
fn linkedin_gives_tokens_of_sixty_days_that_nothing_refreshes() {
    let faced = Faced::connected("linkedin", "integrations: [linkedin.post.write]\n");
    faced.home.xreq(&["check"]).succeeds();
    let account = &faced.status()["accounts"][0];
    assert_eq!(account["refreshable"], false, "{account}");
    faced.home.xreq(&["refresh", "linkedin", "--force"]).exits(1);
    let token = faced.agent_gets("LINKEDIN_ACCESS_TOKEN");
    let post = |body| Request::json("POST", "/rest/posts", &body).bearer(&token);
    let ask = |body| post(body).send(&faced.sandbox.base_url()).expect("it answers");
    assert_eq!(ask(json!({})).status, 422);
    let made = ask(json!({"commentary": "hello, network"}));
    assert!(made.header("x-restli-id").is_some_and(|id| id.starts_with("urn:li:share:")));
    assert_eq!(faced.sandbox.control().posts()[0].text, "hello, network");
}
