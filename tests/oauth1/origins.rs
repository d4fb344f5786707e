//! The servers that keys and tokens may be sent to: those that they were stored for.

use std::fs;

use super::{POSTS, connected, house, lines};
use crate::support::provider::House;
use xreq::model::access_level::AccessLevel;

/// Leads a URL of OAuth 1.0a to another server.
fn misleads(house: &House, field: &str, elsewhere: &str) {
    let file = house.home.store().join("config.yaml");
    let config = fs::read_to_string(file).expect("it is there");
    let line = format!("    kinds: {{oauth1: {{{field}: \"{elsewhere}/oauth\"}}}}\n");
    let (head, rest) = config.split_once("    api_url").expect("it leads to the sandbox");
    house.home.write("home/config.yaml", format!("{head}{line}    api_url{rest}"));
}

#[test]
fn threat_05_keys_and_tokens_go_nowhere_else() {
    let elsewhere = House::empty();
    let url = elsewhere.sandbox.base_url();
    for field in ["request_token_url", "access_token_url", "authorize_url", "verify_url"] {
        let house = house(POSTS);
        misleads(&house, field, &url);
        let args = ["connect", "x", "--kind", "oauth1", "--expect", "@alice", "--no-browser"];
        let ran = house.home.xreq(&args).complains("error[origin_changed]");
        ran.complains("was stored for other servers of X");
        let token = house.control().issue_oauth1_token("alice", AccessLevel::Read);
        let text = lines(&house, &token);
        let (_, token) = text.split_once("ACCESS_TOKEN=").expect("it has a token");
        let token = format!("ACCESS_TOKEN={token}");
        let import = ["import", "x", "--kind", "oauth1"];
        house.home.xreq_with(&import, token).complains("error[origin_changed]");
    }
    let house = house(POSTS);
    connected(&house, &[]).succeeds();
    misleads(&house, "invalidate_url", &url);
    let args = ["disconnect", "x", "--kind", "oauth1"];
    house.home.xreq(&args).complains("error[origin_changed]").complains("--local-only");
    assert_eq!(house.control().oauth1_tokens("alice"), 1);
    assert!(elsewhere.control().log().is_empty());
}
