//! `catalog`: the built-in provider, and provider files of one's own.

use serde_json::json;

use crate::support::Home;

#[test]
fn every_kind_of_subject_is_shown() {
    let home = Home::empty();
    home.xreq(&["catalog"]).succeeds().prints("24 keys, 24 scopes, 178 operations");
    home.xreq(&["catalog", "x"]).succeeds().prints("x.tweet.write").prints("offline.access");
    let key = home.xreq(&["catalog", "x.dm.read"]).succeeds();
    key.prints("scopes     dm.read users.read").prints("api adds   tweet.read");
    let scope = home.xreq(&["catalog", "dm.read"]).succeeds();
    scope.prints("x.dm.read").prints("GET /2/dm_events");
    let operation = home.xreq(&["catalog", "POST /2/tweets"]).succeeds();
    operation.prints("tweet.read tweet.write users.read").prints("x.tweet.write");
    home.xreq(&["catalog", "post", "/2/tweets"]).succeeds().prints("x.tweet.write");
    home.xreq(&["catalog", "GET /2/users/12"]).succeeds().prints("GET /2/users/{id}");
    home.xreq(&["catalog", "GET /2/users/me"]).succeeds().prints("GET /2/users/me");
}

#[test]
fn what_several_providers_have_is_asked_for_by_provider() {
    let home = Home::empty();
    let ran = home.xreq(&["catalog", "openid"]).exits(2);
    ran.complains("`openid` is of several providers").complains("google openid");
    let args = ["catalog", "google", "openid", "--format", "json"];
    assert_eq!(home.xreq(&args).succeeds().json()["provider"], "google");
    let ran = home.xreq(&["catalog", "GET /search"]).succeeds();
    ran.prints("Reddit: Search posts");
    home.xreq(&["catalog", "github GET /search"]).exits(2);
    home.xreq(&["catalog", "github", "GET", "/user"]).succeeds().prints("GitHub");
}

#[test]
fn any_user_token_is_not_no_user_token() {
    let home = Home::empty();
    let any = home.xreq(&["catalog", "GET /2/tweets/counts/recent"]).succeeds();
    any.prints("user token  any, whatever its scopes");
    let none = home.xreq(&["catalog", "GET /2/tweets/search/all"]).succeeds();
    none.prints("user token  refused");
}

#[test]
fn an_operation_may_take_two_keys() {
    let home = Home::empty();
    let args = ["catalog", "--format", "json", "DELETE /2/dm_events/1"];
    let answer = home.xreq(&args).succeeds().json();
    assert_eq!(answer["given_by"], json!([["x.dm.read", "x.dm.write"]]));
}

/// Messages are one thing, the keys of a chat another, though X takes the same scope for both.
#[test]
fn threat_07_what_outlives_the_call_is_given_by_a_key_of_its_own() {
    let home = Home::empty();
    let given_by = |operation: &str| {
        let answer = home.xreq(&["catalog", "--format", "json", operation]).succeeds().json();
        (answer["standing"].clone(), answer["given_by"].clone())
    };
    for (operation, standing, keys) in [
        ("POST /2/users/12/public_keys", true, json!([["x.dm.keys"]])),
        ("POST /2/dm_conversations/with/12/messages", false, json!([["x.dm.write"]])),
        ("POST /2/webhooks", true, json!([["x.webhook.write"]])),
        ("POST /2/compliance/jobs", true, json!([["x.compliance.write"]])),
        ("POST /2/activity/subscriptions", true, json!([["x.activity.write"]])),
        // To list them makes nothing; X asks for the scopes of reading likes.
        ("GET /2/activity/subscriptions", false, json!([["x.like.read"]])),
    ] {
        assert_eq!(given_by(operation), (standing.into(), keys), "{operation}");
    }
    let key = home.xreq(&["catalog", "x.dm.keys"]).succeeds();
    key.prints("standing   makes authority that outlives the call").prints("proposed here");
    let answer = home.xreq(&["catalog", "--format", "json", "x.dm.write"]).succeeds().json();
    assert_eq!(answer["standing"], false);
}

/// Such a key takes a grant like any other, and is neither proposed for its scopes nor called superfluous.
#[test]
fn threat_07_a_standing_key_is_asked_for_by_name() {
    let home = Home::with_manifest("integrations: [x.tweet.read, x.dm.write, x.dm.keys]\n");
    let ran = home.xreq(&["validate"]).succeeds();
    assert!(!ran.stdout.contains("covered"), "{}", ran.stdout);
    let scopes =
        ["import", "x", "--scopes", "dm.write tweet.read users.read", "--expires-in", "7200"];
    home.xreq_with(&scopes, "token").succeeds();
    home.xreq(&["run", "--", "sh", "-c", "echo $XREQ_INTEGRATIONS"])
        .succeeds()
        .prints("x.tweet.read x.dm.write x.dm.keys");
    home.write("xreq.yaml", "integrations: [{key: x, scopes: [dm.write, users.read]}]\n");
    home.xreq(&["validate"]).succeeds().prints("x.dm.write");
    home.write("xreq.yaml", "integrations: [x.webhook.write]\n");
    home.xreq(&["check"]).exits(1).complains("No credential of kind app_only: x");
}

/// A key without scopes would be one for everything that its credential opens.
#[test]
fn threat_07_a_key_without_scopes_gives_the_operations_that_it_lists() {
    let home = Home::empty();
    let catalog = |args: &[&str]| {
        home.xreq(&[&["catalog", "--format", "json"], args].concat()).succeeds().json()
    };
    for (key, kind, other) in [
        ("discord.bot", "static", "discord POST /channels/7/webhooks"),
        (
            "gcp.vertex_ai",
            "service_account",
            "gcp DELETE /v1/projects/p/locations/l/cachedContents/c",
        ),
    ] {
        let provider = catalog(&[key.split_once('.').expect("it has a provider").0]);
        let all = provider["operations"].as_array().expect("it has operations");
        let accepted = all.iter().filter(|it| it[kind] == true).count();
        let key_answer = catalog(&[key]);
        let given = key_answer["operations"].as_array().expect("it lists operations");
        assert!(given.len() < accepted, "{key}: {} of {accepted}", given.len());
        for operation in given {
            assert_eq!((&operation["standing"], &operation[kind]), (&json!(false), &json!(true)));
            let lists_it = operation["keys"].as_array().expect("a list").contains(&json!(key));
            assert!(lists_it, "{key}: {operation}");
        }
        assert_eq!(catalog(&[other])["given_by"], json!([]), "{other}");
    }
}

#[test]
fn what_is_not_there_is_told_with_what_is_near() {
    let home = Home::empty();
    home.xreq(&["catalog", "x.tweet.raed"]).exits(2).complains("did you mean `x.tweet.read`?");
    home.xreq(&["catalog", "GET /2/nowhere"]).exits(2).complains("catalog_unknown");
}

#[test]
fn a_provider_of_ones_own_goes_all_the_way() {
    let root = env!("CARGO_MANIFEST_DIR");
    let file = format!("{root}/examples/providers/acme.yaml");
    let home = Home::with_manifest("integrations: [acme.order.read]\n");
    home.xreq(&["validate"]).exits(1).complains("").prints("unknown-provider");
    home.xreq(&["validate", "--catalog", &file]).succeeds();
    let key = home.xreq(&["catalog", "--catalog", &file, "--format", "json", "acme.order.read"]);
    let scopes = key.succeeds().json()["scopes"].clone();
    let scopes: Vec<_> =
        scopes.as_array().unwrap().iter().map(|scope| scope.as_str().unwrap().to_owned()).collect();

    home.write("home/providers/acme.yaml", std::fs::read(&file).unwrap());
    let scopes = scopes.join(" ");
    let args = ["import", "acme", "--scopes", &scopes, "--expires-in", "7200"];
    home.xreq_with(&args, "token").succeeds();
    let agent = ["run", "--", "sh", "-c", "echo $ACME_ACCESS_TOKEN $XREQ_INTEGRATIONS"];
    home.xreq(&agent).succeeds().prints("token acme.order.read");
    home.xreq(&["schema", "manifest"]).succeeds().prints("acme.order.read");
    home.xreq(&["validate", "--catalog", &file]).exits(2).complains("catalog_conflict");
}

#[test]
fn settings_may_move_a_provider_and_are_checked() {
    let home = Home::with_manifest("integrations: [x.tweet.read]\n");
    home.write("home/config.yaml", "providers:\n  x:\n    token_url: http://127.0.0.1:9/token\n");
    home.xreq(&["validate"]).succeeds();
    for (text, says) in [
        ("providers:\n  x:\n    token_ulr: https://example.com\n", "config.yaml:3:5"),
        ("providers:\n  x:\n    token_url: http://example.com\n", "http://example.com"),
        ("providers:\n  y:\n    token_url: https://example.com\n", "`y`"),
    ] {
        home.write("home/config.yaml", text);
        home.xreq(&["validate"]).exits(2).complains(says);
    }
    let text = "providers:\n  x:\n    token_url: https://user:canary@example.com\n";
    home.write("home/config.yaml", text);
    let ran = home.xreq(&["validate"]).exits(2).complains("`providers.x.token_url`");
    assert!(!ran.stderr.contains("canary"), "{}", ran.stderr);
}

#[test]
fn what_is_nearly_a_subject_is_answered_with_it() {
    let home = Home::empty();
    for (subject, answer) in [
        ("x.tweet", "`xreq catalog x.tweet.read` or `xreq catalog x.tweet.write`"),
        ("/2/tweets", "`xreq catalog 'GET /2/tweets'` or `xreq catalog 'POST /2/tweets'`"),
        ("POST /2/tweet", "did you mean `POST /2/tweets`?"),
        ("/2/tweet", "did you mean `/2/tweets`?"),
        ("tweet", "`xreq catalog x.tweet.read` or `xreq catalog x.tweet.write`"),
        ("Messages", "`xreq catalog x.dm.read` or `xreq catalog x.dm.write`"),
        ("twitter", "no provider, key or scope is called `twitter`"),
    ] {
        home.xreq(&["catalog", subject]).exits(2).complains(answer);
    }
    home.xreq(&["catalog", "/2/users/me"]).succeeds().prints("GET /2/users/me  X: ");
    home.xreq(&["catalog", "/2/users/12/likes"]).succeeds().prints("POST /2/users/{id}/likes");
}

/// Nobody wrote a manifest of arguments, and nobody is shown one.
#[test]
fn arguments_are_explained_as_they_were_typed() {
    let home = Home::empty();
    home.xreq(&["client", "set", "x", "--id", "a", "--public"]).succeeds();
    for args in [
        &["explain", "x.dm.raed"][..],
        &["explain", "dm.read"],
        &["explain", "x.dm.read", "y"],
        &["connect", "x", "y"],
        &["connect", "x", "x.dm.raed", "x.tweet.raed"],
    ] {
        let stderr = home.xreq(args).stderr;
        assert!(stderr.starts_with("error[") && !stderr.contains(" | "), "{args:?}: {stderr}");
        assert!(!stderr.contains("<arguments>") && !stderr.contains("write it"), "{stderr}");
        let named = args[1..].iter().filter(|it| !["x", "x.dm.read"].contains(it));
        for word in named.filter(|it| **it != "dm.read") {
            assert!(stderr.contains(&format!("`{word}`")), "{word}: {stderr}");
        }
    }
    home.xreq(&["explain", "x.dm.raed"]).exits(2).complains("did you mean `x.dm.read`?");
    home.xreq(&["explain", "dm.read"]).exits(2).complains("`xreq catalog dm.read`");
}
