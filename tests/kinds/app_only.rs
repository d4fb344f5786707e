//! The bearer token of an app, at the sandbox.

use age::secrecy::ExposeSecret;

use crate::support::http::Request;
use crate::support::provider::House;
use crate::support::{Ran, conforms};

const MANIFEST: &str = "integrations:\n  - {key: x.tweet.read, kind: app_only}\n";

/// A house whose client has the consumer key of the sandbox.
fn house() -> House {
    let house = House::new();
    house.home.write("xreq.yaml", MANIFEST);
    store_key(&house, None);
    house
}

/// Stores the consumer key, with its own secret or another one.
fn store_key(house: &House, other: Option<&str>) {
    let client = house.sandbox.client();
    let (key, secret) = client.consumer().expect("the app has keys");
    let args = ["client", "set", "x", "--consumer-key", key];
    house.home.xreq_with(&args, other.unwrap_or(secret.expose_secret())).succeeds();
}

/// Returns the variables that an agent gets, one a line.
fn launched(house: &House, args: &[&str]) -> Ran {
    let mut run = house.home.command();
    run.env("X_ACCESS_TOKEN", "inherited").env("X_BEARER_TOKEN", "inherited");
    Ran::of(run.arg("run").args(args).args(["--", "env"]))
}

/// Returns the value of a variable.
fn value<'e>(environment: &'e str, name: &str) -> Option<&'e str> {
    environment.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
}

#[test]
fn a_minted_token_serves_and_is_ended_for_everybody() {
    let house = house();
    let gap = house.home.xreq(&["check", "--format", "json"]).exits(1).json();
    conforms("check", &gap);
    let gap = &gap["errors"][0];
    assert_eq!((&gap["type"], &gap["key"]), (&"kind".into(), &"x".into()));
    assert_eq!(gap["action"]["kind"], "app_only");
    assert_eq!(gap["action"]["command"], "xreq connect x --kind app_only");

    let connected = house.home.xreq(&["connect", "x", "--kind", "app_only"]).succeeds();
    assert!(connected.stdout.starts_with("connected x (default, app_only)"), "{connected:?}");
    // The app has one token.
    house.home.xreq(&["connect", "x", "--kind", "app_only"]).succeeds().prints("connected anew");

    let checked = house.home.xreq(&["check", "--format", "json"]).succeeds().json();
    conforms("check", &checked);
    let warning = &checked["warnings"][0];
    assert_eq!(
        (&warning["code"], &warning["kind"]),
        (&"key/kind-partial".into(), &"app_only".into())
    );
    assert_eq!(warning["operations"].as_array().expect("a list").len(), 9);
    assert_eq!(warning["action"]["command"], "xreq connect x");

    let ran = launched(&house, &[]).succeeds();
    let token = value(&ran.stdout, "X_BEARER_TOKEN").expect("it is set").to_owned();
    assert!(token.starts_with("AAAA"), "{token}");
    assert_eq!(value(&ran.stdout, "X_ACCESS_TOKEN"), None, "nothing stands in for it");
    assert_eq!(value(&ran.stdout, "XREQ_INTEGRATIONS"), Some("x.tweet.read"));
    let search = Request::get("/2/tweets/search/recent?query=hello").bearer(&token);
    let base_url = house.sandbox.base_url();
    assert_eq!(search.send(&base_url).expect("it answers").status, 200);
    let refused = Request::get("/2/users/me").bearer(&token).send(&base_url).expect("it answers");
    assert_eq!(refused.status, 403);

    let status = house.home.xreq(&["status"]).succeeds();
    assert!(status.stdout.contains("x (default, app_only)  connected"), "{}", status.stdout);
    assert!(status.stdout.contains("token of the app that does not expire"), "{}", status.stdout);
    assert!(!status.stdout.contains("refresh"), "{}", status.stdout);
    let status = house.home.xreq(&["status", "--format", "json", "--verify"]).succeeds().json();
    conforms("status", &status);
    assert_eq!(status["accounts"][0]["kind"], "app_only");
    assert_eq!(status["accounts"][0]["needs_a_person"], false);
    house.home.xreq(&["refresh", "--all"]).succeeds();

    let asked = house.home.xreq(&["disconnect", "x", "--kind", "app_only"]).exits(2);
    let asked = asked.complains("confirmation_needed").complains("everybody who uses the app");
    asked.complains("--yes");
    assert_eq!(search.send(&base_url).expect("it answers").status, 200, "it is kept");
    let ended = house.home.xreq(&["disconnect", "x", "--kind", "app_only", "--yes"]).succeeds();
    assert!(ended.stdout.starts_with("disconnected x (default, app_only)"), "{}", ended.stdout);
    assert_eq!(search.send(&base_url).expect("it answers").status, 401);
    house.home.xreq(&["check"]).exits(1);
}

#[test]
fn a_grant_stands_beside_it_and_the_manifest_says_which_serves() {
    let house = house();
    let both = "integrations:\n  - {key: x.tweet.read, kind: [app_only, oauth2]}\n  - x.tweet.write\n  \
                - {key: x.list.read, kind: app_only}\n";
    house.home.write("xreq.yaml", both);
    // What a grant does not serve is not asked for.
    house.connect(&[]).succeeds().prints("offline.access tweet.read tweet.write users.read;");
    house.home.xreq(&["connect", "x", "--kind", "app_only"]).succeeds();
    let ran = launched(&house, &[]).succeeds();
    assert!(value(&ran.stdout, "X_BEARER_TOKEN").is_some_and(|token| token.starts_with("AAAA")));
    assert!(value(&ran.stdout, "X_ACCESS_TOKEN").is_some_and(|token| token != "inherited"));
    assert!(value(&ran.stdout, "X_ACCESS_TOKEN_EXPIRES_AT").is_some());

    // Without a word of it, grants come first: the launch is that of a manifest of before.
    house.home.write("xreq.yaml", "integrations: [x.tweet.read, x.tweet.write]\n");
    let ran = launched(&house, &[]).succeeds();
    assert_eq!(value(&ran.stdout, "X_BEARER_TOKEN"), Some("inherited"));
    // Ending one leaves the other.
    house.home.xreq(&["disconnect", "x", "--kind", "app_only", "--yes"]).succeeds();
    house.home.xreq(&["check"]).succeeds();
}

#[test]
fn the_names_of_the_manifest_are_those_that_the_agent_reads() {
    let house = house();
    house.home.xreq(&["connect", "x", "--kind", "app_only"]).succeeds();
    let renamed = "integrations:\n  - key: x.tweet.read\n    kind: app_only\n    env: {access_token: TWITTER_BEARER}\n";
    house.home.write("xreq.yaml", renamed);
    let ran = launched(&house, &[]).succeeds();
    assert!(value(&ran.stdout, "TWITTER_BEARER").is_some_and(|token| token.starts_with("AAAA")));
    assert_eq!(value(&ran.stdout, "X_BEARER_TOKEN"), None, "it is not inherited");
    let shown = house.home.xreq(&["explain"]).succeeds().stdout;
    assert!(shown.contains("access_token in TWITTER_BEARER"), "{shown}");
    assert!(shown.contains("x (default, app_only)"), "{shown}");
    house.home.write("old.yaml", MANIFEST);
    let diff =
        house.home.xreq(&["diff", "old.yaml", "xreq.yaml", "--format", "json"]).exits(1).json();
    assert_eq!(diff["manifests"][0]["variables_gained"][0]["variable"], "TWITTER_BEARER");
    house.home.write("old.yaml", "integrations: [{key: x.tweet.read, kind: oauth2}]\n");
    let diff =
        house.home.xreq(&["diff", "old.yaml", "xreq.yaml", "--format", "json"]).exits(1).json();
    assert_eq!(diff["manifests"][0]["kinds_gained"][0]["kind"], "app_only");
    assert_eq!(diff["manifests"][0]["kinds_lost"][0]["kind"], "oauth2");
}

#[test]
fn a_pasted_token_is_warned_of_by_its_shape_and_never_refused() {
    let house = house();
    let import = ["import", "x", "--kind", "app_only"];
    let odd = house.home.xreq_with(&import, "not-at-all\n").succeeds();
    odd.complains("does not look like an app-only token");
    assert_eq!(
        value(&launched(&house, &[]).succeeds().stdout, "X_BEARER_TOKEN"),
        Some("not-at-all")
    );
    let token = format!("AAAA{}%3D", "aB3".repeat(30));
    let replaced = house.home.xreq_with(&import, &token).succeeds();
    assert_eq!(replaced.stdout.lines().next(), Some("replaced x (default, app_only)"));
    assert!(!replaced.stderr.contains("look like"), "{}", replaced.stderr);
    for (text, why) in
        [("", "is empty"), ("a b", "is no token"), ("{\"access_token\": \"a\"}", "is no token")]
    {
        house.home.xreq_with(&import, text).exits(2).complains("token_invalid").complains(why);
    }
    let with_scopes = [&import[..], &["--scopes", "tweet.read"]].concat();
    house.home.xreq_with(&with_scopes, &token).exits(2).complains("only grants have scopes");
    // What the sandbox did not mint, it does not invalidate.
    let kept = house.home.xreq(&["disconnect", "x", "--kind", "app_only", "--yes"]).exits(3);
    kept.complains("revocation_failed").complains("--kind app_only --local-only");
    let alone = ["disconnect", "x", "--kind", "app_only", "--local-only"];
    house.home.xreq(&alone).succeeds();
}

#[test]
fn what_is_missing_or_wrong_is_said() {
    let house = House::new();
    let connect = ["connect", "x", "--kind", "app_only"];
    let keyless = house.home.xreq(&connect).exits(2).complains("missing_params");
    keyless.complains("xreq client set x --consumer-key KEY");
    store_key(&house, Some("not-its-secret"));
    house.home.xreq(&connect).complains("client_rejected").exits(1);
    store_key(&house, None);
    house.home.xreq(&[&connect[..], &["--client", "other"]].concat()).exits(2).complains("`other`");
    house.home.xreq(&["connect", "x", "--kind", "static"]).exits(2).complains("kind_unsupported");
    house
        .home
        .xreq_with(&["import", "x", "--kind", "static"], "t")
        .exits(2)
        .complains("kind_unsupported");
    house.home.xreq(&["connect", "x", "--kind", "bearer"]).exits(2).complains("app_only");

    // The secret goes nowhere but to the servers that it was stored for.
    let config = House::config(&house.sandbox.base_url());
    let elsewhere =
        "    kinds: {app_only: {mint_url: \"http://127.0.0.1:9/oauth2/token\"}}\naccounts";
    house.home.write("home/config.yaml", config.replace("accounts", elsewhere));
    house.home.xreq(&connect).exits(3).complains("origin_changed");
}

/// The consumer secret and the token are in no output, no error and no file that is not sealed.
#[test]
fn neither_the_consumer_secret_nor_the_token_is_told() {
    let house = house();
    let client = house.sandbox.client();
    let secret = client.consumer().expect("the app has keys").1.expose_secret().to_owned();
    house.home.write("home/config.yaml", {
        let config = House::config(&house.sandbox.base_url());
        format!("audit: true\n{config}")
    });
    let connect = ["connect", "x", "--kind", "app_only"];
    let mut said: Vec<Ran> = vec![house.home.xreq(&connect).succeeds()];
    let token =
        value(&launched(&house, &[]).succeeds().stdout, "X_BEARER_TOKEN").map(str::to_owned);
    let token = token.expect("it is set");
    for args in [
        &["run", "--dry-run", "--", "env"][..],
        &["status", "--verify", "--format", "json"],
        &["check", "--verify"],
        &["client", "show", "--format", "json"],
        &["connect", "x", "--kind", "app_only"],
        &["disconnect", "x", "--kind", "app_only"],
        &["run", "--redact", "--", "env"],
        &["disconnect", "x", "--kind", "app_only", "--yes"],
    ] {
        said.push(house.home.xreq(args));
    }
    store_key(&house, Some("not-its-secret-but-long"));
    said.push(house.home.xreq(&connect).exits(1));
    for ran in &said {
        for hidden in [&*secret, &token, "not-its-secret-but-long"] {
            let said = format!("{}{}", ran.stdout, ran.stderr);
            assert!(!said.contains(hidden), "{hidden} in {said}");
        }
    }
    let log = house.home.path().join("home/audit.jsonl");
    let log = std::fs::read_to_string(log).expect("what is done is recorded");
    let events: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
    for event in ["connect", "launch", "disconnect"] {
        let is_it =
            |line: &&serde_json::Value| line["event"] == event && line["outcome"] != "failed";
        let line = events.iter().find(is_it).unwrap_or_else(|| panic!("no {event} in {log}"));
        conforms("audit", line);
        assert_eq!(line["grants"][0]["kind"], "app_only", "{line}");
    }
    for hidden in [&*secret, &token] {
        assert!(!log.contains(hidden), "{log}");
    }
}

/// Beside a grant that is kept fresh in files, a token that never changes is in its variable as ever.
#[test]
fn keeping_fresh_is_for_grants_alone() {
    let house = house();
    let both = "integrations: [x.tweet.write, {key: x.tweet.read, kind: app_only}]\n";
    house.home.write("xreq.yaml", both);
    house.connect(&[]).succeeds();
    house.home.xreq(&["connect", "x", "--kind", "app_only"]).succeeds();
    let kept = launched(&house, &["--keep-fresh", "--deliver", "file"]).succeeds();
    assert!(value(&kept.stdout, "X_BEARER_TOKEN").is_some_and(|token| token.starts_with("AAAA")));
    assert_eq!(value(&kept.stdout, "X_ACCESS_TOKEN"), None, "it is in a file");
    assert!(value(&kept.stdout, "X_ACCESS_TOKEN_FILE").is_some());
    let listed = house.home.xreq(&["refresh", "--all", "--format", "json"]).succeeds().json();
    assert_eq!(listed["grants"].as_array().map(Vec::len), Some(1), "{listed}");
}
