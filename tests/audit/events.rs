//! Each event is a line, and has what is known of it.

use serde_json::{Value, json};
use xreq::sandbox::{Endpoint, Fault};

use super::{MANIFEST, SCOPES, file, home, house, lines, only, record};
use crate::support::Home;
use crate::support::provider::{ASKED, House};

/// A line without what differs each time, whose HMACs are told from one another by nothing.
fn lasting(mut line: Value) -> Value {
    let fields = line.as_object_mut().expect("it is an object");
    for name in ["time", "pid", "schema_version", "manifest", "seq", "prev", "mac"] {
        fields.remove(name);
    }
    for grant in fields.get_mut("grants").and_then(Value::as_array_mut).into_iter().flatten() {
        if grant.get("token_hmac").is_some() {
            grant["token_hmac"] = "HMAC".into();
        }
    }
    line
}

fn scopes(list: &str) -> Vec<&str> {
    list.split(' ').collect()
}

#[test]
fn a_launch() {
    let home = home("true");
    let ran = home.xreq(&["run", "--", "sh", "-c", "echo $$", "with-an-argument"]).succeeds();
    let line = only(&home);
    assert_eq!(line["pid"].to_string(), ran.stdout.trim());
    let manifest = home.path().canonicalize().expect("it is there").join("xreq.yaml");
    assert_eq!(line["manifest"], manifest.to_str().expect("a plain path"));
    let grant = json!({"provider": "x", "account": "default", "scopes": scopes(SCOPES), "token_hmac": "HMAC"});
    assert_eq!(
        lasting(line),
        json!({
            "event": "launch", "outcome": "done", "keys": ["x.tweet.read"],
            "secrets": ["FAL_KEY"], "unmet": ["FAL_KEY"], "argv0": "sh", "grants": [grant],
        })
    );
    home.xreq(&["run", "--dry-run", "--", "sh"]).succeeds();
    home.xreq(&["check"]).succeeds();
    home.xreq(&["explain"]).succeeds();
    assert!(!file(&home).exists(), "nothing happened");
}

#[test]
fn a_launch_that_is_denied() {
    let home = home("true");
    home.write("xreq.yaml", "integrations: [x.dm.read, x.tweet.read]\nsecrets: [FAL_KEY]\n");
    home.xreq(&["run", "--", "agent"]).exits(125);
    let denied = |event: &str| {
        json!({
            "event": event, "outcome": "denied", "code": "requirements_unmet",
            "keys": ["x.dm.read", "x.tweet.read"], "secrets": ["FAL_KEY"],
            "unmet": ["x.dm.read", "FAL_KEY"],
        })
    };
    let mut launch = denied("launch");
    launch["argv0"] = "agent".into();
    assert_eq!(lasting(only(&home)), launch);
    home.xreq(&["check"]).exits(1);
    assert_eq!(lasting(only(&home)), denied("check"));
    home.xreq(&["run", "--dry-run", "--", "agent"]).exits(125);
    assert!(!file(&home).exists(), "nothing was to be launched");
}

#[test]
fn a_launch_that_fails() {
    let home = home("true");
    home.xreq(&["run", "--", "no-such-command"]).exits(127);
    let both = lines(&file(&home));
    let outcomes: Vec<_> = both.iter().map(|line| (&line["event"], &line["outcome"])).collect();
    assert_eq!(
        outcomes,
        [(&json!("launch"), &json!("done")), (&json!("launch"), &json!("failed"))]
    );
    assert_eq!(both[1]["code"], "command_not_found");
    assert_eq!(both[1]["argv0"], "no-such-command");

    std::fs::remove_file(file(&home)).expect("it is there");
    home.write("xreq.yaml", "integrations: [x.tweet.raed]\n");
    home.xreq(&["run", "--", "agent"]).exits(125);
    let line = only(&home);
    assert_eq!((&line["outcome"], &line["code"]), (&json!("denied"), &json!("manifest_invalid")));
    assert!(line["manifest"].as_str().expect("a path").ends_with("/xreq.yaml"));
    home.xreq(&["check"]).exits(1);
    let line = only(&home);
    assert_eq!((&line["event"], &line["code"]), (&json!("check"), &json!("manifest_invalid")));
}

#[test]
fn a_refresh_wherever_it_is_done() {
    let house = house();
    let grant = json!({
        "provider": "x", "account": "default", "scopes": scopes(ASKED), "token_hmac": "HMAC",
    });
    let refreshed = json!({"event": "refresh", "outcome": "done", "grants": [grant]});
    house.home.xreq(&["refresh", "x"]).succeeds();
    assert!(!file(&house.home).exists(), "it was fresh");
    house.home.xreq(&["refresh", "x", "--force"]).succeeds();
    assert_eq!(lasting(only(&house.home)), refreshed);
    for (command, event) in [
        (&["token", "x"][..], Some("token")),
        (&["run", "--", "true"], Some("launch")),
        (&["check", "--refresh"], None),
        (&["refresh", "--all"], None),
    ] {
        house.age(8_000);
        house.home.xreq(command).succeeds();
        let both = lines(&file(&house.home));
        assert_eq!(lasting(both[0].clone()), refreshed, "{command:?}");
        assert_eq!(both.get(1).map(|line| &line["event"]), event.map(Value::from).as_ref());
        if let Some(second) = both.get(1) {
            let hmac = |line: &Value| line["grants"][0]["token_hmac"].clone();
            assert_eq!(hmac(second), hmac(&both[0]), "it is the same token");
        }
        std::fs::remove_file(file(&house.home)).expect("it is there");
    }
}

#[test]
fn a_refresh_that_fails() {
    let house = house();
    for (fault, code) in [
        (Some(Fault::status(503)), "provider_unavailable"),
        (Some(Fault::Html), "refresh_in_doubt"),
        (None, "reconnect_required"),
    ] {
        match fault {
            Some(fault) => house.control().fault(Endpoint::Token, fault, 1),
            None => house.control().revoke_by_user("alice"),
        }
        assert_ne!(house.home.xreq(&["refresh", "x", "--force"]).status.code(), Some(0));
        let expected = json!({
            "event": "refresh", "outcome": "failed", "code": code,
            "grants": [{"provider": "x", "account": "default"}],
        });
        assert_eq!(lasting(only(&house.home)), expected);
    }
}

#[test]
fn a_connected_account_and_its_end() {
    let house = House::new();
    record(&house);
    house.connect(&[]).succeeds();
    let grant = json!({
        "provider": "x", "account": "default", "scopes": scopes(ASKED), "token_hmac": "HMAC",
    });
    let connected = json!({"event": "connect", "outcome": "done", "grants": [grant]});
    let line = only(&house.home);
    let hmac = line["grants"][0]["token_hmac"].clone();
    assert_eq!(lasting(line), connected);
    house.home.xreq(&["token", "x"]).succeeds();
    assert_eq!(only(&house.home)["grants"][0]["token_hmac"], hmac);
    house.home.xreq(&["disconnect", "x"]).succeeds();
    let line = only(&house.home);
    assert_eq!(line["grants"][0]["token_hmac"], hmac);
    assert_eq!(line["event"], "disconnect");

    // What was granted in part is stored, and is one event.
    house.connect_as("alice", &[], |scope| scope != "tweet.write").exits(1);
    let line = only(&house.home);
    assert_eq!((&line["event"], &line["outcome"]), (&json!("connect"), &json!("done")));
    house.home.xreq(&["disconnect", "x", "--local-only"]).succeeds();
    let line = only(&house.home);
    assert_eq!(line["outcome"], "done");
    assert_eq!(line["grants"][0]["token_hmac"], Value::Null, "it was not opened");
    house.home.xreq(&["disconnect", "x", "--account", "other"]).exits(2);
    let line = only(&house.home);
    assert_eq!((&line["outcome"], &line["code"]), (&json!("failed"), &json!("not_stored")));
    assert_eq!(line["grants"], json!([{"provider": "x", "account": "other"}]));
}

#[test]
fn a_consent_that_is_not_given() {
    let house = House::new();
    record(&house);
    house.home.xreq(&["connect", "x", "--timeout", "1s", "--no-browser"]).exits(3);
    let line = only(&house.home);
    assert_eq!((&line["outcome"], &line["code"]), (&json!("failed"), &json!("session_expired")));
    let connecting = crate::support::provider::Connecting::start(&house.home, &[]);
    let refused = format!("{}?error=access_denied", house.redirect_uri);
    let state = connecting.url.split_once("state=").expect("it has a state").1;
    let state = state.split('&').next().expect("it is first");
    connecting.comes_back(&format!("{refused}&state={state}"));
    connecting.end().exits(1);
    let line = only(&house.home);
    assert_eq!(
        (&line["outcome"], &line["code"]),
        (&json!("denied"), &json!("authorization_denied"))
    );
}

#[test]
fn an_import() {
    let home = home("true");
    home.import("another-token", SCOPES);
    let line = only(&home);
    assert_eq!((&line["event"], &line["outcome"]), (&json!("import"), &json!("done")));
    assert_eq!(line["grants"][0]["account"], "default");
}

/// What `xreq run` asks for its agent is no way past the log.
#[test]
fn a_token_for_a_parent() {
    let home = home("true");
    let lines = r#"{"version":2,"at_once":1,"catalog":[],"trusted_owners":[],"passphrase":null}
{"version":2,"id":7,"provider":"x","account":"default","kind":"oauth2","part":"main","min_ttl_ms":0,"older_than_ms":null,"force":false,"wants_token":true}
"#;
    let ran = home.xreq_with(&["@refresh"], lines).succeeds();
    assert!(
        ran.stdout.starts_with(r#"{"version":2,"id":7,"token":{"access_token":"an-old-token""#),
        "{}",
        ran.stdout
    );
    let line = only(&home);
    assert_eq!(line["for_pid"], std::process::id());
    home.xreq(&["token", "x"]).succeeds();
    let other = only(&home);
    assert_eq!(other.get("for_pid"), None);
    assert_eq!(lasting(other)["grants"], lasting(line)["grants"]);
}

#[test]
fn nothing_is_recorded_unless_it_is_asked_for() {
    for setting in ["false", "null"] {
        let home = Home::with_manifest(MANIFEST);
        if setting == "false" {
            home.write("home/config.yaml", "audit: false\n");
        }
        home.import("a-token", SCOPES);
        home.xreq(&["run", "--", "true"]).succeeds();
        home.xreq(&["token", "x"]).succeeds();
        home.xreq(&["run", "--", "no-such-command"]).exits(127);
        let names: Vec<_> = std::fs::read_dir(home.store())
            .expect("it is there")
            .map(|entry| entry.expect("it can be read").file_name())
            .filter(|name| name.to_string_lossy().contains("audit"))
            .collect();
        assert!(names.is_empty(), "{names:?}");
    }
}
