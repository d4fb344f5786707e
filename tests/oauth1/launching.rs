//! Launches whose agents sign.

use std::process::{Command, Stdio};

use age::secrecy::ExposeSecret;
use xreq::model::access_level::AccessLevel;

use super::{POSTS, consumer, house, import, lines};
use crate::support::machine;

const PRINT: &str = "printf '%s\\n' \"$X_API_KEY\" \"$X_API_SECRET\" \"$X_ACCESS_TOKEN\" \
                     \"$X_ACCESS_TOKEN_SECRET\" \"${X_ACCESS_TOKEN_EXPIRES_AT-none}\" \"$XREQ_INTEGRATIONS\"";

#[test]
fn an_agent_gets_the_four_parts_and_no_expiry() {
    let house = house(POSTS);
    let pair = house.control().issue_oauth1_token("alice", AccessLevel::ReadWrite);
    let import = ["import", "x", "--kind", "oauth1"];
    house.home.xreq_with(&import, lines(&house, &pair)).succeeds();
    let mut command = house.home.command();
    command.args(["run", "--", "sh", "-c", PRINT]).env("X_ACCESS_TOKEN_EXPIRES_AT", "never");
    let ran = crate::support::Ran::of(&mut command).succeeds();
    let (key, secret) = consumer(&house);
    let (token, token_secret) = (pair.token.expose_secret(), pair.secret.expose_secret());
    let expected = format!("{key}\n{secret}\n{token}\n{token_secret}\nnone\nx.tweet.write\n");
    assert_eq!(ran.stdout, expected);
    let named =
        "integrations: [{key: x.tweet.write, kind: oauth1, env: {access_token: TWITTER_TOKEN}}]\n";
    house.home.write("xreq.yaml", named);
    let script = "printf '%s %s' \"$TWITTER_TOKEN\" \"${X_ACCESS_TOKEN-none}\"";
    let ran = house.home.xreq(&["run", "--", "sh", "-c", script]).succeeds();
    assert_eq!(ran.stdout, format!("{token} none"));
}

#[test]
fn what_is_handed_over_is_said() {
    let house = house(POSTS);
    house.home.write("home/config.yaml", {
        let config = std::fs::read_to_string(house.home.store().join("config.yaml"));
        config.expect("it is there") + "audit: {file: log.jsonl}\n"
    });
    import(&house, AccessLevel::ReadWrite).succeeds();
    let ran = house.home.xreq(&["explain"]).succeeds();
    ran.prints("the client's OAuth 1.0a secret, with which the agent signs");
    house.home.write("old.yaml", "integrations: [{key: x.tweet.write, kind: oauth2}]\n");
    let ran = house.home.xreq(&["diff", "old.yaml", "xreq.yaml"]).exits(1);
    ran.prints("with the client's OAuth 1.0a secret");
    house.home.xreq(&["run", "--", "true"]).succeeds();
    let log = std::fs::read_to_string(house.home.store().join("log.jsonl")).expect("it is written");
    let lines: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).expect("it is JSON")).collect();
    for line in &lines {
        crate::support::conforms("audit", line);
    }
    let launch = lines.iter().find(|line| line["event"] == "launch").expect("it is logged");
    let party = &launch["grants"][0];
    assert_eq!((&party["kind"], &party["level"]), (&"oauth1".into(), &"read-write".into()));
    assert_eq!(party["with_client_secret"], true);
    let import = lines.iter().find(|line| line["event"] == "import").expect("it is logged");
    assert!(import["grants"][0].get("with_client_secret").is_none());
}

#[test]
fn redaction_hides_every_secret_part() {
    let house = house(POSTS);
    let pair = house.control().issue_oauth1_token("alice", AccessLevel::ReadWrite);
    house.home.xreq_with(&["import", "x", "--kind", "oauth1"], lines(&house, &pair)).succeeds();
    let ran = house.home.xreq(&["run", "--redact", "--", "sh", "-c", PRINT]).succeeds();
    for secret in
        [consumer(&house).1.as_str(), pair.token.expose_secret(), pair.secret.expose_secret()]
    {
        assert!(!ran.stdout.contains(secret), "{}", ran.stdout);
    }
}

#[test]
fn tweepy_unmodified_signs_by_what_it_is_given() {
    let python = machine::python();
    let mut probe = Command::new(&python);
    probe.args(["-c", "import tweepy"]).stderr(Stdio::null());
    if !probe.status().is_ok_and(|status| status.success()) {
        return machine::skips("there is no Python with tweepy here");
    }
    let house = house(POSTS);
    import(&house, AccessLevel::ReadWrite).succeeds();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/signing_agent.py");
    let base = house.sandbox.base_url();
    let python = python.to_str().expect("a plain path");
    house
        .home
        .xreq(&["run", "--", python, "-B", script, &base])
        .succeeds()
        .prints("posted as alice");
    assert_eq!(house.control().posts()[0].text, "signed by an agent: a+b & ü");
}
