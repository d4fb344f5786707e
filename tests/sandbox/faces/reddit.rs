//! Reddit: lasting grants, and programs that have a name.

use xreq::sandbox::{Decision, Endpoint, decide};

use super::Faced;
use crate::support::http::Request;
use crate::support::provider::Connecting;

#[test]
fn reddit_refreshes_what_was_asked_for_to_last() {
    let faced = Faced::new("reddit", "integrations: [reddit.read, reddit.submit]\n");
    for (duration, is_refreshable) in [("temporary", false), ("permanent", true)] {
        let connecting = Connecting::to("reddit", &faced.home, &["--expect", "@alice"]);
        let decision = Decision::Grant { account: Some("alice".to_owned()), only: Vec::new() };
        let url = connecting.url.replace("duration=permanent", &format!("duration={duration}"));
        decide(&url, &decision).expect("the owner decides");
        connecting.end();
        let newest = faced.grants().pop().expect("there is one");
        assert_eq!(newest.refreshable, is_refreshable, "{duration}");
    }
    for _ in 0..2 {
        faced.home.xreq(&["refresh", "reddit", "--force"]).succeeds();
    }
    let mut presented: Vec<_> =
        faced.requests(Endpoint::Token).into_iter().filter_map(|it| it.presented).collect();
    assert_eq!(presented.pop(), presented.pop(), "the token stays the same");
    faced.home.xreq(&["disconnect", "reddit"]).succeeds().prints("its tokens are revoked");
    assert!(faced.grants().iter().all(|grant| !grant.refreshable));
}

#[test]
fn reddit_refuses_programs_without_a_name() {
    let faced = Faced::connected("reddit", "integrations: [reddit.read, reddit.submit]\n");
    let token = faced.agent_gets("REDDIT_ACCESS_TOKEN");
    let send = |request: Request| request.bearer(&token).send(&faced.sandbox.base_url());
    let ask = |request: Request| send(request).expect("it answers");
    let form = || Request::form("/api/submit", &[("title", "hello, reddit"), ("sr", "test")]);
    assert_eq!(ask(form()).status, 429);
    assert_eq!(ask(form().header("user-agent", "a test")).status, 200);
    let listed = ask(Request::get("/new").header("user-agent", "a test"));
    assert!(listed.body.contains("hello, reddit"), "{listed:?}");
}
