//! Files of the store with something else in them.

use std::fs;

use serde_json::{Value, json};

use super::{SCOPES, home, token, token_of};
use crate::support::Home;

/// Asserts that everything that reads the grant `default` says what is wrong with it, and never
/// that there is no grant.
#[track_caller]
fn assert_refused(home: &Home, code: &str, how: &str) {
    let code = format!("error[{code}]");
    for (line, exit) in [
        ("check", 3),
        ("check --format json", 3),
        ("check --strict", 3),
        ("explain", 3),
        ("status", 1),
        ("status x", 1),
        ("status --format json", 1),
        ("run -- true", 125),
        ("run --dry-run -- true", 125),
    ] {
        let ran = home.xreq(&line.split(' ').collect::<Vec<_>>()).exits(exit);
        assert!(ran.stderr.contains(&code), "{how}: no {code} in\n{}", ran.stderr);
        assert!(ran.stderr.contains("/grants/x/default.json"), "{how}: {}", ran.stderr);
        assert!(!ran.stderr.contains("not-connected"), "{how}: {}", ran.stderr);
        assert!(!ran.stderr.contains("panicked"), "{how}: {}", ran.stderr);
        if line == "status --format json" {
            assert_eq!(ran.json()["attention"], true, "{how}");
        }
    }
}

/// The grant `default` as who changes it leaves it: without its signature, which is good no more.
fn unsigned(home: &Home) -> Value {
    let mut grant = stored(home);
    grant.as_object_mut().expect("an object").remove("signature").expect("it was signed");
    grant
}

fn write(home: &Home, content: impl AsRef<[u8]>) {
    fs::write(home.grant("default"), content).expect("it can be written");
}

fn stored(home: &Home) -> Value {
    let content = fs::read(home.grant("default")).expect("it can be read");
    serde_json::from_slice(&content).expect("it is JSON")
}

#[test]
fn a_truncated_grant_is_damaged_at_every_length() {
    let home = home("old");
    let content = fs::read(home.grant("default")).expect("it can be read");
    for length in (0..content.len() - 2).step_by(10) {
        write(&home, &content[..length]);
        let code = "error[store_corrupt]";
        for (line, exit) in [("check", 3), ("status", 1), ("run -- true", 125)] {
            let ran = home.xreq(&line.split(' ').collect::<Vec<_>>()).exits(exit);
            let ran = ran.complains(code).complains("/grants/x/default.json");
            assert!(!ran.stderr.contains("not-connected"), "{length}: {}", ran.stderr);
        }
    }
    write(&home, &content[..content.len() / 2]);
    assert_refused(&home, "store_corrupt", "half of it");
    home.import("new", SCOPES);
    assert_eq!(token(&home), "new");
}

#[test]
fn what_is_no_grant_is_damaged() {
    let home = home("old");
    let content = fs::read(home.grant("default")).expect("it can be read");
    let garbage: Vec<u8> = (0..2000_u32).map(|n| (n * n).to_be_bytes()[2] ^ 0x5a).collect();
    let mut with_nul = content.clone();
    with_nul[300] = 0;
    let mut not_utf8 = content.clone();
    not_utf8[300] = 0xff;
    let deep = "[".repeat(100_000);
    let twice = [content.as_slice(), &content].concat();
    for (how, bytes) in [
        ("garbage", garbage.as_slice()),
        ("NULs", &[0; 1000]),
        ("a NUL", &with_nul),
        ("no UTF-8", &not_utf8),
        ("2 MiB", &vec![b' '; 2 << 20]),
        ("deep", deep.as_bytes()),
        ("twice", &twice),
        ("nothing", b""),
        ("null", b"null"),
        ("a number", b"1e999999"),
        ("an object", b"{}"),
        ("a token", b"some-token"),
        ("a token response", br#"{"access_token":"a","scope":"tweet.read users.read"}"#),
    ] {
        write(&home, bytes);
        assert_refused(&home, "store_corrupt", how);
    }
    write(&home, &content);
    assert_eq!(token(&home), "old");
}

#[test]
fn a_version_of_tomorrow_is_not_guessed_at() {
    let home = home("old");
    for (version, code) in [
        (json!(4), "store_too_new"),
        (json!(u64::MAX), "store_too_new"),
        (json!(0), "store_corrupt"),
        (json!(-1), "store_corrupt"),
        (json!("1"), "store_corrupt"),
    ] {
        let mut grant = stored(&home);
        grant["version"] = version.clone();
        grant["new_field"] = json!({ "of": "tomorrow" });
        write(&home, grant.to_string());
        assert_refused(&home, code, &version.to_string());
        home.import("old", SCOPES);
    }
}

#[test]
fn grants_that_changed_places_are_found_out_without_a_key() {
    let home = home("of-default");
    super::import(&home, "work", "of-work").succeeds();
    fs::remove_file(home.store().join("identity.txt")).expect("it is there");
    let (first, second) = (home.grant("default"), home.grant("work"));
    let between = home.path().join("between");
    fs::rename(&first, &between).expect("it can be moved");
    fs::rename(&second, &first).expect("it can be moved");
    fs::rename(&between, &second).expect("it can be moved");
    assert_refused(&home, "store_tampered", "swapped");

    // A copy in a place where there was nothing, and of another provider.
    fs::copy(&second, &first).expect("it can be copied");
    fs::create_dir_all(home.store().join("grants/y")).expect("the place is free");
    for copy in ["grants/x/copy.json", "grants/y/default.json"] {
        fs::copy(&first, home.store().join(copy)).expect("it can be copied");
        home.xreq(&["status"]).exits(1).complains("error[store_tampered]").complains(copy);
    }
}

#[test]
fn a_sealed_part_of_another_grant_is_found_out() {
    let home = home("of-default");
    super::import(&home, "work", "of-work").succeeds();
    let other = fs::read(home.grant("work")).expect("it can be read");
    let other: Value = serde_json::from_slice(&other).expect("it is JSON");
    let mut grant = unsigned(&home);
    grant["sealed"] = other["sealed"].clone();
    write(&home, grant.to_string());
    let ran = home.xreq(&["run", "--", "true"]).exits(125).complains("error[store_tampered]");
    ran.complains("/grants/x/default.json").complains("`account`");
    assert_eq!(token_of(&home, "work"), "of-work");
}

#[test]
fn every_edited_field_is_found_out_before_the_launch() {
    let home = home("old");
    let (original, signed) = (unsigned(&home), stored(&home));
    for (field, value) in [
        ("account_id", json!("1")),
        ("handle", json!("somebody")),
        ("client_id", json!("1")),
        ("scopes", json!(["tweet.read", "tweet.write", "users.read"])),
        ("scopes_assumed", json!(false)),
        ("token_type", json!("mac")),
        ("connected_at", json!("2020-01-01T00:00:00Z")),
        ("issued_at", json!("2020-01-01T00:00:00Z")),
        ("expires_at", json!("2999-01-01T00:00:00Z")),
        ("expires_at", Value::Null),
    ] {
        let mut grant = original.clone();
        grant["metadata"][field] = value;
        // A signature tells it without a key.
        grant["signature"] = signed["signature"].clone();
        write(&home, grant.to_string());
        home.xreq(&["check"]).exits(3).complains("store_tampered").complains("its signature");
        grant.as_object_mut().expect("an object").remove("signature");
        write(&home, grant.to_string());
        let ran = home.xreq(&["run", "--", "echo", "launched"]).exits(125);
        let ran = ran.complains("error[store_tampered]").complains("/grants/x/default.json");
        assert_eq!(ran.complains(&format!("`{field}`")).stdout, "");
        // Without a key nothing can be proved, and what is readable is believed.
        home.xreq(&["check"]).succeeds();
        home.xreq(&["status", "--within", "0s"]).succeeds();
    }
    for (field, value, code) in [
        ("account", json!("work"), "store_tampered"),
        ("provider", json!("y"), "store_tampered"),
        ("account", json!("../default"), "store_corrupt"),
        ("scopes", json!("tweet.read"), "store_corrupt"),
        ("expires_at", json!("tomorrow"), "store_corrupt"),
        ("added", json!(1), "store_corrupt"),
    ] {
        let mut grant = original.clone();
        grant["metadata"][field] = value;
        write(&home, grant.to_string());
        assert_refused(&home, code, field);
    }
    for field in ["provider", "account", "scopes", "connected_at", "refreshable"] {
        let mut grant = original.clone();
        grant["metadata"].as_object_mut().expect("it is an object").remove(field);
        write(&home, grant.to_string());
        assert_refused(&home, "store_corrupt", field);
    }
    write(&home, original.to_string());
    assert_eq!(token(&home), "old");
}

#[test]
fn a_changed_sealed_part_does_not_open() {
    let home = home("old");
    let original = unsigned(&home);
    let sealed = original["sealed"]["access_token"].as_str().expect("it is text");
    for at in (0..sealed.len()).step_by(17) {
        let mut changed = sealed.as_bytes().to_vec();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let mut grant = original.clone();
        grant["sealed"]["access_token"] = String::from_utf8(changed).expect("it is ASCII").into();
        write(&home, grant.to_string());
        let ran = home.xreq(&["run", "--", "echo", "launched"]).exits(125);
        assert!(
            ran.stderr.contains("error[store_corrupt]")
                || ran.stderr.contains("error[store_sealed]"),
            "{at}: {}",
            ran.stderr
        );
        assert_eq!(ran.complains("/grants/x/default.json").stdout, "");
    }
}

#[test]
fn a_damaged_grant_does_not_hide_the_others() {
    let home = home("of-default");
    super::import(&home, "work", "of-work").succeeds();
    write(&home, "{");
    let ran = home.xreq(&["status", "--format", "json"]).exits(1).complains("store_corrupt");
    assert_eq!(ran.json()["accounts"][0]["account"], "work");
    assert_eq!(token_of(&home, "work"), "of-work");
}

#[test]
fn a_damaged_secret_is_named() {
    let home = home("old");
    home.write("xreq.yaml", "secrets: [FAL_KEY]\n");
    home.xreq_with(&["secret", "set", "FAL_KEY"], "value").succeeds();
    let file = home.store().join("secrets/FAL_KEY.json");
    fs::write(&file, "{").expect("it can be written");
    for (line, exit) in [("check", 3), ("run -- true", 125), ("secret list", 1)] {
        let ran = home.xreq(&line.split(' ').collect::<Vec<_>>()).exits(exit);
        let ran = ran.complains("error[store_corrupt]").complains("/secrets/FAL_KEY.json");
        assert!(!ran.stderr.contains("secret/missing"), "{}", ran.stderr);
    }
    home.xreq(&["secret", "rm", "FAL_KEY"]).succeeds();
    assert!(!file.exists());
}
