//! `check` and `explain`: verdicts for people and machines.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::support::{Home, SCOPES, conforms};

const MANIFEST: &str = "\
requirements:
  integrations:
    - key: x.tweet.write
      description: Post a summary
    - key: x.dm.read
      optional: true
  secrets:
    - key: FAL_KEY
";

fn check(home: &Home, args: &[&str], exit: i32) -> Value {
    let args = [&["check", "--format", "json"], args].concat();
    let answer = home.xreq(&args).exits(exit).json();
    conforms("check", &answer);
    answer
}

#[test]
fn an_empty_store_meets_nothing() {
    let home = Home::with_manifest(MANIFEST);
    let answer = check(&home, &[], 1);
    assert_eq!(answer["satisfied"], false);
    let types: Vec<_> = answer["errors"].as_array().unwrap().iter().map(|e| &e["type"]).collect();
    assert_eq!(types, ["integration", "secret"]);
    assert_eq!(
        answer["errors"][0]["action"],
        json!({ "type": "connect", "provider": "x", "command": "xreq connect x" })
    );
    assert_eq!(
        answer["errors"][1]["action"],
        json!({ "type": "add_secret", "secret_key": "FAL_KEY", "command": "xreq secret set FAL_KEY" })
    );
}

#[test]
fn a_missing_scope_has_the_shape_of_the_contract() {
    let home = Home::with_manifest("integrations: [x.dm.read]\n");
    home.import("token", "tweet.read users.read");
    let answer = check(&home, &[], 1);
    let mut error = answer["errors"][0].clone();
    let fields = error.as_object_mut().unwrap();
    for added in ["code", "file", "line", "column"] {
        assert!(fields.remove(added).is_some(), "no {added}");
    }
    assert_eq!(
        error,
        json!({
            "type": "scope",
            "key": "x.dm.read",
            "message": "Missing scope: dm.read",
            "action": {
                "type": "add_scopes",
                "provider": "x",
                "scopes": ["dm.read"],
                "command": "xreq connect x --add-scope dm.read",
            },
        })
    );
}

#[test]
fn what_is_optional_warns() {
    let home = Home::with_manifest(MANIFEST);
    home.import("token", SCOPES);
    home.xreq_with(&["secret", "set", "FAL_KEY"], "value").succeeds();
    let answer = check(&home, &[], 0);
    assert_eq!(answer["satisfied"], true);
    assert_eq!(answer["errors"], json!([]));
    assert_eq!(answer["warnings"][0]["key"], "x.dm.read");
    assert_eq!(answer["warnings"][0]["line"], 5);
    home.xreq(&["check"]).succeeds().prints("2 of 3 requirements met, the rest is optional");
}

#[test]
fn published_scopes_that_the_api_refuses_warn_and_fail_where_it_is_strict() {
    let home = Home::with_manifest("integrations: [x.user.read]\n");
    home.import("token", "users.read");
    let answer = check(&home, &[], 0);
    let warning = &answer["warnings"][0];
    assert_eq!(warning["action"]["scopes"], json!(["tweet.read"]));
    let operations = warning["operations"].as_array().unwrap();
    assert!(operations.contains(&json!("GET /2/users/me")), "{operations:?}");
    home.xreq(&["check"]).succeeds().complains("refused without it");
    let strict = check(&home, &["--strict"], 1);
    assert_eq!(strict["errors"][0]["type"], "scope");
}

#[test]
fn what_nobody_asked_for_is_noted() {
    let home = Home::with_manifest("integrations: [x.tweet.read]\n");
    home.import("token", "tweet.read users.read dm.write offline.access");
    let answer = check(&home, &[], 0);
    assert_eq!(answer["notes"][0]["scopes"], json!(["dm.write"]));
}

#[test]
fn an_expired_token_asks_for_a_new_consent() {
    let home = Home::with_manifest("integrations: [x.tweet.read]\n");
    let args = ["import", "x", "--scopes", SCOPES, "--expires-at", "2020-01-01T00:00:00Z", "-"];
    home.xreq_with(&args, "token").succeeds().complains("expired already");
    let answer = check(&home, &[], 1);
    assert_eq!(answer["errors"][0]["type"], "expired");
    assert_eq!(answer["errors"][0]["action"]["type"], "reconnect");
    home.xreq(&["status"]).exits(1).prints("expired");
}

#[test]
fn a_verdict_needs_no_key() {
    let home = Home::with_manifest("integrations: [x.tweet.write]\n");
    home.import("token", SCOPES);
    std::fs::remove_file(home.store().join("identity.txt")).unwrap();
    check(&home, &[], 0);
    home.xreq(&["status", "--within", "0s"]).succeeds().prints("connected");
    home.xreq(&["run", "--", "true"]).exits(125).complains("identity");
}

#[test]
fn a_wrong_manifest_is_no_verdict() {
    let home = Home::with_manifest("integrations: [x.tweet.raed]\n");
    let answer = check(&home, &[], 1);
    assert_eq!(answer["satisfied"], false);
    assert_eq!(answer["diagnostics"][0]["code"], "manifest/unknown-key");
    home.xreq(&["check"]).exits(1).complains("did you mean `x.tweet.read`?");
}

#[test]
fn without_a_manifest_the_way_out_is_told() {
    let home = Home::empty();
    let ran = home.xreq(&["check"]).exits(2).complains("manifest_missing");
    ran.complains("xreq init");
}

#[test]
fn accounts_are_chosen_and_never_guessed() {
    let home = Home::with_manifest("integrations: [x.tweet.write]\n");
    let import = |account: &str, scopes: &str| {
        let args =
            ["import", "x", "--account", account, "--scopes", scopes, "--expires-in", "7200"];
        home.xreq_with(&args, "token").succeeds();
    };
    import("work", SCOPES);
    check(&home, &[], 0);
    import("home", "tweet.read users.read");
    home.xreq(&["check"]).exits(2).complains("account_ambiguous").complains("--account x=home");
    check(&home, &["--account", "x=work"], 0);
    let answer = check(&home, &["--account", "x=home"], 1);
    assert_eq!(
        answer["errors"][0]["action"]["command"],
        "xreq connect x --account home --add-scope tweet.write"
    );
    let answer = check(&home, &["--account", "x=other"], 1);
    assert_eq!(answer["errors"][0]["message"], "Not connected: x (other)");
    assert_eq!(answer["errors"][0]["action"]["command"], "xreq connect x --account other");
    home.xreq(&["check", "--account", "=work"]).exits(2).complains("PROVIDER=LABEL");
}

#[test]
fn explain_has_the_shape_of_the_issue() {
    let home = Home::with_manifest(MANIFEST);
    home.import("token", SCOPES);
    let answer = home.xreq(&["explain", "--format", "json"]).succeeds().json();
    assert_eq!(
        answer["requirements"][1],
        json!({
            "key": "x.dm.read",
            "required": false,
            "provider": "x",
            "scopes": ["dm.read", "users.read"],
            "api_scopes": ["dm.read", "tweet.read", "users.read"],
            "covered": false,
            "covered_by": null,
            "missing": ["dm.read"],
            "line": 5,
        })
    );
    assert_eq!(answer["requirements"][0]["covered_by"], "default");
    assert_eq!(answer["secrets"][0]["covered"], false);
}

#[test]
fn explain_takes_keys_without_a_manifest() {
    let home = Home::empty();
    let ran = home.xreq(&["explain", "x.dm.read"]).succeeds();
    let ran = ran.prints("api adds    tweet.read").prints("GET /2/dm_events");
    ran.prints("xreq connect x");
    home.xreq(&["explain", "x.dm.raed"]).exits(2).complains("did you mean `x.dm.read`?");
}

/// The lines of the graph that `explain` draws, with labels in the place of the names of nodes.
fn drawn(home: &Home) -> Vec<String> {
    let printed = home.xreq(&["explain", "--format", "markdown"]).succeeds().stdout;
    let (_, graph) = printed.split_once("flowchart LR\n").expect("there is a graph");
    let (graph, _) = graph.split_once("```").expect("it ends");
    let labels: HashMap<&str, &str> = graph
        .lines()
        .filter_map(|line| {
            let name = line.trim().split(['[', '(', '{']).next()?;
            Some((name, line.split('"').nth(1)?))
        })
        .collect();
    let edges = graph.lines().filter(|line| line.contains("->"));
    edges
        .map(|edge| edge.split_whitespace().map(|word| *labels.get(word).unwrap_or(&word)))
        .map(|words| words.collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
fn what_is_granted_is_drawn_to_the_grant_whether_or_not_its_key_is_met() {
    let home = Home::with_manifest("integrations: [x.tweet.read, x.dm.read, x]\n");
    home.import("token", "tweet.read users.read");
    let edges = drawn(&home);
    let dashed: Vec<_> = edges.iter().filter(|edge| edge.contains("-.->")).collect();
    assert_eq!(dashed, ["dm.read -.-> not granted"], "{edges:?}");
    for edge in ["tweet.read --> x (default)", "x.dm.read --> tweet.read", "x --> x (default)"] {
        assert_eq!(edges.iter().filter(|drawn| *drawn == edge).count(), 1, "{edges:?}");
    }
    let home = Home::with_manifest("integrations: [x]\n");
    assert_eq!(drawn(&home), ["x -.-> not granted"]);
}

#[test]
fn scopes_of_two_providers_are_two_nodes() {
    let home = Home::with_manifest("integrations: [x.tweet.read, y.tweet.read]\n");
    let y = json!({
        "provider": "y", "title": "Y", "env_prefix": "Y",
        "endpoints": {
            "authorize_url": "https://y.example/a", "token_url": "https://y.example/t",
            "api_url": "https://y.example",
        },
        "client_authentication": { "public": "none" },
        "pkce": "S256",
        "redirect_uri": "http://127.0.0.1:8080/callback",
        "scopes": { "tweet.read": "Read" },
        "capabilities": {
            "y.tweet.read": { "title": "Read", "allows": "read", "published": ["tweet.read"] },
        },
    });
    home.write("home/providers/y.yaml", y.to_string());
    home.import("token", "tweet.read users.read");
    let edges = drawn(&home);
    assert!(edges.contains(&"tweet.read --> x (default)".to_owned()), "{edges:?}");
    assert!(edges.contains(&"tweet.read -.-> not granted".to_owned()), "{edges:?}");
}

#[test]
fn a_secret_is_missing_by_itself() {
    let home = Home::with_manifest("integrations: [x.tweet.read]\nsecrets: [x]\n");
    home.xreq_with(&["secret", "set", "x"], "value").succeeds();
    let printed = home.xreq(&["check", "--format", "markdown"]).exits(1).stdout;
    assert!(printed.contains("| <code>x</code> | required | | a secret | stored |"), "{printed}");
}

#[test]
fn a_folder_without_a_manifest_asks_for_a_file() {
    let home = Home::empty();
    home.xreq(&["validate"]).exits(2).complains("name a file or a folder");
}

/// Keys on the command line are some of what an app asks for, and no manifest.
#[test]
fn a_grant_is_compared_with_a_manifest_and_not_with_keys_that_are_explained() {
    let home = Home::with_manifest("integrations: [x.tweet.read]\n");
    home.import("token", SCOPES);
    let beyond = "has scopes that no requirement asks for: ";
    home.xreq(&["explain"]).succeeds().prints(beyond);
    let ran = home.xreq(&["explain", "x.tweet.read"]).succeeds().prints("covered by");
    assert!(!ran.stdout.contains(beyond), "{}", ran.stdout);
}
