//! `explain --broker`: what would go out is said before anything is launched, and what is said holds.

use serde_json::{Value, json};

use super::*;
use crate::support::Home;

/// A provider of which no operation is known.
const GUILD: &str = "\
provider: guild
title: Guild
env_prefix: GUILD
endpoints: {api_url: \"https://guild.example\"}
kinds:
  static: {title: bot token, headers: {Authorization: \"Bot {token}\"}, env: {GUILD_TOKEN: access_token}}
capabilities:
  guild.bot: {title: Act as a bot, allows: act as a bot, kinds: [static]}
";

/// One with an operation that takes grants alone, and keys of an API.
const PAGES: &str = "\
provider: pages
title: Pages
env_prefix: PAGES
endpoints: {authorize_url: \"https://pages.example/a\", token_url: \"https://pages.example/t\", api_url: \"https://api.pages.example\"}
client_authentication: {confidential: client_secret_basic}
pkce: none
redirect_uri: http://127.0.0.1:0/callback
kinds:
  static: {title: API key, headers: {Authorization: \"Bearer {token}\"}, env: {PAGES_TOKEN: access_token}}
capabilities:
  pages.page.read: {title: Read pages, allows: read pages, kinds: [oauth2, static]}
operations:
  - {method: GET, path: /v1/pages, summary: Read pages, keys: [pages.page.read], user: []}
";

/// A home in which a token of a provider of the user's own is stored.
fn home(provider: &str, file: &str, key: &str) -> Home {
    let home = Home::with_manifest(&format!("integrations: [{key}]\n"));
    home.write(&format!("home/providers/{provider}.yaml"), file);
    home.xreq_with(&["import", provider, "--kind", "static"], "a-token-of-the-api\n").succeeds();
    home
}

/// What is said of a key below a broker.
fn said(answer: &Value, key: &str) -> Value {
    let mut requirements = answer["requirements"].as_array().expect("a list").iter();
    let found = requirements.find(|it| it["key"] == key).expect("it is required");
    found["broker"].clone()
}

#[test]
fn what_is_said_of_a_key_is_what_goes_out() {
    let house = house();
    house
        .home
        .write("xreq.yaml", "integrations: [x.tweet.write, x.dm.write]\nsecrets: [API_KEY]\n");
    house.home.xreq_with(&["secret", "set", "API_KEY"], "a-secret\n").succeeds();
    let plain = house.home.xreq(&["explain", "--format", "json"]).succeeds().json();
    assert_eq!(said(&plain, "x.tweet.write"), Value::Null, "nobody asked");
    let answer = house.home.xreq(&["explain", "--broker", "--format", "json"]).succeeds().json();
    let tweets = said(&answer, "x.tweet.write");
    assert_eq!(tweets["kind"], "oauth2");
    assert_eq!(tweets["hosts"], json!(["api.twitter.com", "api.x.com"]));
    let operations = tweets["operations"].as_array().expect("a list");
    assert!(operations.contains(&json!("POST /2/tweets")), "{tweets}");
    assert!(!operations.contains(&json!("GET /2/tweets/search/recent")), "{tweets}");
    let searching = json!({"operation": "GET /2/tweets/search/recent", "standing": false});
    assert!(tweets["left_out"].as_array().expect("a list").contains(&searching), "{tweets}");
    let messages = said(&answer, "x.dm.write");
    let keys = json!({"operation": "POST /2/users/{id}/public_keys", "standing": true});
    assert!(messages["left_out"].as_array().expect("a list").contains(&keys), "{messages}");
    assert_eq!(answer["secrets"][0]["broker"], json!({"in_clear": true}));

    house.home.write("xreq.yaml", "integrations: [x.tweet.write]\n");
    let status = |call: &str| {
        let body = "-H 'content-type: application/json' -d '{\"text\":\"hi\"}'";
        let body = if call.starts_with("POST") { body } else { "" };
        let (method, path) = call.split_once(' ').expect("two words");
        let call = format!("call -o /dev/null -w '%{{http_code}}' -X {method} {body}");
        run(&house, &format!("{CALL}{call} $X_API_BASE_URL{path}")).succeeds().stdout
    };
    assert_eq!(status("POST /2/tweets"), "201");
    assert_eq!(status("GET /2/tweets/search/recent?query=a"), "403");
}

#[test]
fn people_are_told_in_words() {
    let house = house();
    house
        .home
        .write("xreq.yaml", "integrations: [x.tweet.write, x.dm.write]\nsecrets: [API_KEY]\n");
    let text = house.home.xreq(&["explain", "--broker"]).succeeds().stdout;
    for said in [
        "a placeholder for api.twitter.com, api.x.com, as oauth2",
        "POST /2/tweets",
        "that the token could call, ",
        "make authority that outlives the call",
        "handed over in clear",
    ] {
        assert!(text.replace("\n             ", " ").contains(said), "{said}\n{text}");
    }
    let page = house.home.xreq(&["explain", "--broker", "--format", "markdown"]).succeeds().stdout;
    assert!(page.contains("| key | a broker lets through | and leaves out |"), "{page}");
    assert!(!house.home.xreq(&["explain"]).succeeds().stdout.contains("placeholder"));
}

#[test]
fn a_credential_that_no_operation_takes_launches_nothing_and_is_explained() {
    for (provider, file, key, why) in [
        ("guild", GUILD, "guild.bot", "no operations of Guild are known"),
        (
            "pages",
            PAGES,
            "pages.page.read",
            "no operation of Pages accepts a credential of the kind `static`",
        ),
    ] {
        let home = home(provider, file, key);
        for more in [&[][..], &["--dry-run"]] {
            let args = [&["run", "--broker"], more, &["--", "touch", "launched"]].concat();
            let ran = home.xreq(&args).exits(125);
            assert!(
                ran.stderr.contains(why) && ran.stderr.contains("operation_none"),
                "{}",
                ran.stderr
            );
        }
        assert!(!home.path().join("launched").exists());
        home.xreq(&["run", "--", "true"]).succeeds();
        let answer = home.xreq(&["explain", "--broker", "--format", "json"]).succeeds().json();
        let error = &said(&answer, key)["error"];
        assert_eq!(error["code"], "operation_none");
        assert!(error["message"].as_str().expect("words").contains(why), "{error}");
        let text = home.xreq(&["explain", "--broker"]).succeeds().stdout;
        assert!(text.contains("nothing is launched below a broker"), "{text}");
    }
}
