//! `import` and `secret`: what comes into the store.

use std::fs;
use std::process::Command;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::support::{Home, SCOPES, machine};

fn grant(home: &Home) -> Value {
    let text = fs::read_to_string(home.grant("default")).expect("there is a grant");
    serde_json::from_str(&text).expect("it is JSON")
}

fn home() -> Home {
    Home::with_manifest("integrations: [x.tweet.read]\n")
}

#[test]
fn a_token_response_says_everything() {
    let home = home();
    let response = json!({
        "token_type": "bearer", "expires_in": 7200, "access_token": "at", "refresh_token": "rt",
        "scope": "users.read tweet.read", "more": [1],
    });
    let ran = home.xreq_with(&["import", "x"], response.to_string()).succeeds();
    let ran = ran.says_no_more_than_next();
    ran.prints("stored x (default): tweet.read users.read; expires in 2h");
    let metadata = &grant(&home)["metadata"];
    assert_eq!(metadata["scopes"], json!(["tweet.read", "users.read"]));
    assert_eq!(metadata["scopes_assumed"], false);
    assert_eq!(metadata["refreshable"], true);
}

#[test]
fn a_bare_token_needs_its_scopes() {
    let home = home();
    let ran = home.xreq_with(&["import", "x"], "token").exits(2).complains("scopes_unknown");
    ran.complains("--scopes");
    assert!(!home.grant("default").exists());
    let ran = home.xreq_with(&["import", "x", "--scopes", SCOPES], "token\n").succeeds();
    ran.complains("the token does not say when it expires");
    assert_eq!(grant(&home)["metadata"]["scopes_assumed"], true);
    assert_eq!(grant(&home)["metadata"].get("expires_at"), None);
}

#[test]
fn the_response_is_the_truth_about_scopes() {
    let home = home();
    let response = r#"{"access_token":"at","expires_in":7200,"scope":"tweet.read"}"#;
    let args = ["import", "x", "--scopes", "tweet.read dm.read"];
    home.xreq_with(&args, response).exits(2).complains("bad_argument");
    home.xreq_with(&["import", "x", "--scopes", "tweet.read"], response).succeeds();
}

#[test]
fn tokens_of_other_kinds_are_recognised_by_their_shape() {
    let home = home();
    let import = |token: &str| {
        let args = ["import", "x", "--scopes", SCOPES, "--expires-in", "7200"];
        home.xreq_with(&args, token).succeeds()
    };
    let body = "Q".repeat(80);
    import(&format!("{body}OmF0OjE")).says_no_more_than_next();
    let import = |token: &str| import(token).stderr;
    assert!(import(&format!("{body}OnJ0OjE")).contains("refresh token"));
    assert!(import(&format!("AAAA{body}")).contains("app-only"));
    assert!(import(&format!("1234567890-{}", "Q".repeat(40))).contains("OAuth 1.0a"));
}

#[test]
fn what_is_no_token_is_refused_and_never_quoted() {
    let home = home();
    for (input, says) in [
        ("", "is empty"),
        ("  \n", "is empty"),
        ("two words-canary", "characters"),
        ("<html>canary</html>", "neither a token nor"),
        ("{\"access_token\": \"canary\"", "neither a token nor"),
        ("{\"canary\": 1}", "no `access_token`"),
        ("{\"error\": \"invalid_grant\"}", "`invalid_grant`"),
        ("{\"access_token\": \"canary\", \"token_type\": \"mac\"}", "`mac`"),
        ("[\"canary\"]", "neither a token nor"),
    ] {
        let ran = home.xreq_with(&["import", "x", "--scopes", SCOPES], input).exits(2);
        assert!(ran.stderr.contains(says), "{input}: {}", ran.stderr);
        assert!(!ran.stderr.contains("canary"), "{input}: {}", ran.stderr);
    }
    assert!(!home.grant("default").exists());
}

#[test]
fn odd_scopes_and_providers_are_told() {
    let home = home();
    let args = ["import", "x", "--scopes", "tweet.raed", "--expires-in", "7200"];
    let ran = home.xreq_with(&args, "token").exits(2).complains("error[bad_argument]");
    ran.complains("X has no scope `tweet.raed`").complains("did you mean `tweet.read`?");
    assert!(!home.grant("default").exists());
    // What the response says is the truth, whatever it is.
    let response = r#"{"access_token":"at","expires_in":7200,"scope":"tweet.raed"}"#;
    home.xreq_with(&["import", "x"], response).succeeds().complains("did you mean `tweet.read`?");
    home.xreq_with(&["import", "y", "--scopes", "a"], "token")
        .exits(2)
        .complains("catalog_unknown");
    let args = ["import", "x", "--account", "../up", "--scopes", SCOPES];
    home.xreq_with(&args, "token").exits(2).complains("bad_argument");
}

#[test]
fn a_file_is_read_too() {
    let home = home();
    home.write(
        "response.json",
        r#"{"access_token":"at","expires_in":"7200","scope":"tweet.read"}"#,
    );
    home.xreq(&["import", "x", "response.json"]).succeeds();
    home.xreq(&["import", "x", "nowhere.json"]).exits(2).complains("file_unreadable");
}

#[test]
fn secrets_come_and_go() {
    let home = home();
    home.xreq_with(&["secret", "set", "FAL_KEY"], "canary\n").succeeds();
    let list = home.xreq(&["secret", "list"]).succeeds().prints("FAL_KEY");
    assert!(!list.stdout.contains("canary"));
    let listed = home.xreq(&["secret", "list", "--format", "json"]).succeeds().json();
    assert_eq!(listed["secrets"][0]["name"], "FAL_KEY");
    home.xreq(&["secret", "rm", "FAL_KEY"]).succeeds();
    home.xreq(&["secret", "rm", "FAL_KEY"]).exits(2).complains("not_stored");
    home.xreq_with(&["secret", "set", "FAL-KEY"], "canary").exits(2).complains("bad_argument");
    home.xreq_with(&["secret", "set", "FAL_KEY"], "\n").exits(2).complains("is empty");
    home.xreq_with(&["secret", "set", "FAL_KEY"], "a\0b").exits(2).complains("NUL");
}

#[test]
fn one_line_break_is_no_part_of_a_secret_and_two_are_one() {
    let home = Home::with_manifest("secrets: [FAL_KEY]\n");
    for (typed, got) in [("v\n", "1"), ("v\r\n", "1"), ("v\r", "2"), ("v\n\n", "2"), ("v", "1")] {
        home.xreq_with(&["secret", "set", "FAL_KEY"], typed).succeeds();
        let ran = home.xreq(&["run", "--", "sh", "-c", "printf %s \"${#FAL_KEY}\""]).succeeds();
        assert_eq!(ran.stdout, got, "{typed:?}");
    }
}

/// A refresh that began before does not write over it.
#[test]
fn an_import_over_a_grant_is_its_next_generation() {
    let home = home();
    for generation in 1..=3 {
        let token = format!(r#"{{"access_token": "access-{generation}", "scope": "tweet.read"}}"#);
        home.xreq_with(&["import", "x"], &token).succeeds();
        assert_eq!(grant(&home)["metadata"]["generation"], generation);
    }
}

#[test]
fn what_is_lost_with_an_import_is_told() {
    let home = home();
    let response = r#"{"access_token":"at","refresh_token":"rt","expires_in":7200,"scope":"tweet.read users.read"}"#;
    home.xreq_with(&["import", "x"], response).succeeds().prints("stored x (default)");
    let ran = home.xreq_with(&["import", "x"], response).succeeds().prints("replaced x (default)");
    ran.says_no_more_than_next();
    let args = ["import", "x", "--scopes", "users.read", "--expires-in", "2h"];
    let ran = home.xreq_with(&args, "token").succeeds();
    let ran = ran.complains("had scopes that are gone now: tweet.read");
    ran.complains("had a refresh token, and has none now");
}

#[test]
fn who_seals_to_others_alone_is_told_at_once() {
    let home = home();
    let other = home.xreq(&["init"]).stdout;
    let recipient = other.lines().last().and_then(|line| line.strip_prefix("recipient  "));
    home.write("home/recipients.txt", format!("{}\n", recipient.expect("init prints it")));
    home.import("token", SCOPES);
    fs::remove_file(home.store().join("identity.txt")).unwrap();
    let again = home.xreq(&["init"]).succeeds().complains("does not open");
    again.prints("identity.txt  (new");
    let args = ["import", "x", "--scopes", SCOPES, "--expires-in", "2h"];
    home.xreq_with(&args, "token").succeeds().complains("add its recipient to recipients.txt");
}

/// A token of X that dies after so many seconds, with a refresh token or without.
fn kept(seconds: i64, more: &Value) -> String {
    let expires_at = Timestamp::now().as_second() + seconds;
    let mut file = json!({
        "token_type": "bearer", "expires_in": 7200, "access_token": "made-up-access-token",
        "scope": ["tweet.read", "users.read"], "expires_at": expires_at,
    });
    let fields = file.as_object_mut().expect("it is one");
    fields.extend(more.as_object().expect("it is one").clone());
    file.to_string()
}

#[test]
fn a_point_in_time_wins_over_a_length_of_time() {
    let home = home();
    let expires_at = |home: &Home| {
        let text = grant(home)["metadata"]["expires_at"].as_str().expect("it is known").to_owned();
        text.parse::<Timestamp>().expect("it is a time").as_second()
    };
    let now = Timestamp::now().as_second();
    let rfc3339 = Timestamp::from_second(now + 1_790).expect("a time").to_string();
    for (at, expected) in [
        (json!(now + 1_790), now + 1_790),
        (serde_json::from_str(&format!("{}.5", now + 1_790)).expect("a number"), now + 1_790),
        (json!((now + 1_790) * 1_000), now + 1_790),
        (json!(rfc3339), now + 1_790),
    ] {
        let file = kept(0, &json!({ "expires_at": at }));
        home.xreq_with(&["import", "x"], file).succeeds().prints("expires in 2");
        assert_eq!(expires_at(&home), expected, "{at}");
    }
    // The command line may repeat it, and not contradict it.
    let file = kept(1_800, &json!({}));
    home.xreq_with(&["import", "x", "--expires-in", "30m"], &file).succeeds();
    let ran = home.xreq_with(&["import", "x", "--expires-in", "2h"], &file).exits(2);
    ran.complains("error[bad_argument]: the file says that the token expires at ");
    for odd in [json!(true), json!(-1), json!("NaN"), json!("10000-01-01T00:00:00Z"), json!(1e300)]
    {
        let file = kept(1_800, &json!({ "expires_at": odd }));
        let ran = home.xreq_with(&["import", "x"], file).exits(2);
        ran.complains("error[token_invalid]").complains("`expires_at` is ");
    }
    let contradicting = kept(8_000, &json!({}));
    home.xreq_with(&["import", "x"], contradicting).exits(2).complains("further away");
}

#[test]
fn a_dead_token_is_imported_as_dead_or_not_at_all() {
    let home = home();
    let ran = home.xreq_with(&["import", "x"], kept(-3_600, &json!({}))).exits(2);
    let ran = ran.complains("error[token_invalid]: the token expired at ");
    ran.complains("and there is no refresh token").complains("`xreq connect x`");
    assert!(!home.grant("default").exists());

    let file = kept(-3_600, &json!({"refresh_token": "made-up-refresh-token"}));
    let ran = home.xreq_with(&["import", "x"], file).succeeds().prints("expired 1h");
    ran.complains("has expired already: its next use refreshes it");
    home.xreq(&["status"]).prints("x (default)  expired");
    assert_eq!(grant(&home)["metadata"]["refreshable"], true);
    // Nobody gets the dead token.
    home.write("xreq.yaml", "integrations: [x.tweet.read]\n");
    let ran = home.xreq(&["run", "--", "touch", "launched"]).exits(125);
    assert!(!home.path().join("launched").exists(), "{}", ran.stderr);
}

#[test]
fn tokens_of_others_are_refused_by_name() {
    let home = home();
    for (file, says) in [
        (
            r#"{"type":"service_account","private_key":"canary","client_email":"a@b"}"#,
            "service account",
        ),
        (
            r#"{"type":"authorized_user","refresh_token":"canary","client_secret":"canary"}"#,
            "`authorized_user`",
        ),
        (r#"{"consumer_key":"canary","consumer_secret":"canary"}"#, "OAuth 1.0a"),
        (
            "github.com:\n    oauth_token: gho_canary\n    user: someone\n",
            "a token of github.com, and the provider is X",
        ),
        ("gho_canarycanarycanary", "a token of GitHub, and the provider is X"),
        (
            r#"{"token":"ya29.canary","token_uri":"https://oauth2.googleapis.com/token"}"#,
            "a token of oauth2.googleapis.com",
        ),
        ("X_ACCESS_TOKEN=canary", "environment file"),
    ] {
        home.write("file", file);
        let ran = home.xreq(&["import", "x", "--scopes", SCOPES, "file"]).exits(2);
        let ran = ran.complains("error[token_invalid]").complains(says).complains("help: ");
        assert!(!ran.stderr.contains("canary"), "{}", ran.stderr);
    }
    assert!(!home.grant("default").exists());
    // The client is known, and its secret is left where it is.
    let file = json!({
        "access_token": "at", "expires_in": 7200, "scope": "tweet.read", "client_id": "an-id",
        "client_secret": "canary", "token_uri": "https://api.x.com/2/oauth2/token",
    });
    let ran = home.xreq_with(&["import", "x"], file.to_string()).succeeds();
    ran.complains("the client secret in the file was not stored: `xreq client set x` stores it");
    assert_eq!(grant(&home)["metadata"]["client_id"], "an-id");
}

#[test]
fn a_client_id_in_a_file_has_a_limit() {
    let home = home();
    let import = |id: &str| {
        let file = json!({ "access_token": "at", "expires_in": 7200, "client_id": id });
        home.xreq_with(&["import", "x", "--scopes", SCOPES], file.to_string())
    };
    for id in ["i".repeat(513), "i".repeat(1 << 19), "a\u{1b}[31mb".to_owned(), "\0".repeat(8)] {
        let ran = import(&id).exits(2).complains("error[token_invalid]");
        ran.complains("the client id in the file").complains("512 bytes");
        assert!(!home.grant("default").exists());
    }
    import(&"i".repeat(512)).succeeds();
}

/// Tokens as the libraries themselves write them.
#[test]
fn what_libraries_keep_is_understood() {
    let python = machine::python();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/token_files.py");
    for (library, provider, catalog) in [
        ("requests-oauthlib", "x", None),
        ("google-auth", "photos", Some("examples/providers/minimal.yaml")),
    ] {
        let expires_at = Timestamp::now().as_second() - 3_600;
        let mut command = Command::new(&python);
        command.args(["-B", script, library, &expires_at.to_string()]);
        let Some(file) = command.output().ok().filter(|output| output.status.success()) else {
            machine::skips(&format!("there is no Python with {library} here"));
            continue;
        };
        let home = home();
        let catalog = catalog.map(|path| format!("{}/{path}", env!("CARGO_MANIFEST_DIR")));
        let catalog = catalog.iter().flat_map(|path| ["--catalog", path]);
        let args: Vec<_> = ["import", provider].into_iter().chain(catalog).collect();
        home.xreq_with(&args, &file.stdout).succeeds().prints("expired 1h");
        let path = home.store().join("grants").join(provider).join("default.json");
        let grant: Value = serde_json::from_slice(&fs::read(path).expect("stored")).expect("JSON");
        assert_eq!(grant["metadata"]["refreshable"], true, "{library}");
    }
}
