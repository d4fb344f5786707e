//! Files that are not as they were written: none is ever taken for another grant, or for none.

use serde_json::{Value, json};

use super::*;
use crate::store::identity::Identities;

#[test]
fn every_changed_metadata_field_is_found_out() {
    let fixture = Fixture::new();
    let stored = fixture.stored();
    assert!(fixture.reopen(stored.to_string()).is_ok(), "the form of the JSON does not matter");
    let fields = stored["metadata"].as_object().unwrap();
    assert_eq!(fields.len(), 21, "a new field needs a case here");
    for (field, value) in fields {
        let other = match (field.as_str(), value) {
            ("provider", _) => json!("google"),
            ("kind", _) => json!("oauth1"),
            ("generation", _) => json!(8),
            ("origins", _) => json!(["https://example.com"]),
            ("scopes", _) => json!(["tweet.read", "tweet.write", "users.read"]),
            (name, Value::String(_)) if name.ends_with("_at") => json!("2036-01-01T00:00:00Z"),
            ("client", _) => json!("another"),
            ("refresh_in_flight", flight) => {
                json!({"since": flight["since"], "token_sha256": "hash", "attempts": 2})
            }
            ("last_error", _) => {
                json!({"at": "2026-11-22T04:05:06Z", "class": "transient", "message": "no answer"})
            }
            (_, Value::Bool(value)) => json!(!value),
            (_, Value::String(value)) => json!(format!("{value}0")),
            other => panic!("{other:?}"),
        };
        let mut changed = stored.clone();
        changed["metadata"][field] = other;
        let error = fixture.reopen(changed.to_string()).unwrap_err();
        assert_eq!(error.code(), Code::StoreTampered, "{field}: {error}");
        assert!(error.to_string().contains("default.json"), "{error}");
        assert!(error.hint().unwrap().contains("`xreq connect x`"), "{error}");
        if !matches!(field.as_str(), "provider" | "account" | "kind" | "part") {
            assert!(error.to_string().contains(&format!("`{field}`")), "{error}");
        }
    }
}

#[test]
fn a_metadata_field_that_is_gone_or_new_is_found_out() {
    let fixture = Fixture::new();
    let stored = fixture.stored();
    for field in stored["metadata"].as_object().unwrap().keys() {
        let mut changed = stored.clone();
        changed["metadata"].as_object_mut().unwrap().remove(field);
        let is_optional = [
            "account_id",
            "handle",
            "client_id",
            "client",
            "generation",
            "origins",
            "expires_at",
            "refresh_token_issued_at",
            "refreshed_at",
            "refresh_in_flight",
            "last_error",
        ]
        .contains(&field.as_str());
        let expected = match field.as_str() {
            // They are what their absence says.
            "kind" | "part" => None,
            _ if is_optional => Some(Code::StoreTampered),
            _ => Some(Code::StoreCorrupt),
        };
        assert_eq!(code(fixture.reopen(changed.to_string())), expected, "{field}");
    }
    for at in ["", "/metadata"] {
        let mut changed = stored.clone();
        changed.pointer_mut(at).unwrap()["extra"] = json!(1);
        assert_eq!(code(fixture.reopen(changed.to_string())), Some(Code::StoreCorrupt), "{at}");
    }
}

#[test]
fn a_file_in_the_place_of_another_is_found_out_without_a_key() {
    let fixture = Fixture::new();
    fixture.put(&grant("default")).unwrap();
    fixture.put(&grant("work")).unwrap();
    let google = fixture.home().grants().join("google");
    fs::create_dir(&google).unwrap();
    fs::copy(fixture.file("default"), google.join("default.json")).unwrap();
    fs::copy(fixture.file("default"), fixture.file("work")).unwrap();
    assert_eq!(code(fixture.get("google", "default")), Some(Code::StoreTampered));
    assert_eq!(code(fixture.get("x", "work")), Some(Code::StoreTampered));
    let listed = fixture.grants();
    assert_eq!(listed.iter().filter(|listed| listed.metadata.is_err()).count(), 2);
}

#[test]
fn a_sealed_part_of_another_record_is_found_out() {
    let fixture = Fixture::new();
    fixture.put(&grant("work")).unwrap();
    let work: Value = serde_json::from_slice(&fs::read(fixture.file("work")).unwrap()).unwrap();
    let mut stored = fixture.stored();
    stored["sealed"] = work["sealed"].clone();
    let error = fixture.reopen(stored.to_string()).unwrap_err();
    assert_eq!(error.code(), Code::StoreTampered);
    assert!(error.to_string().contains("`account`"), "{error}");
}

#[test]
fn a_sealed_part_that_is_no_grant_is_found_out_and_not_shown() {
    let fixture = Fixture::new();
    let mut stored = fixture.stored();
    let metadata = stored["metadata"].clone();
    for plaintext in [
        json!("canary"),
        json!({"metadata": metadata, "access_token": ["canary"], "refresh_token": "canary"}),
        json!({"metadata": metadata, "access_token": "canary"}),
        json!({"metadata": metadata, "access_token": "canary", "refresh_token": null}),
        json!({"metadata": metadata, "access_token": "c", "refresh_token": "c", "canary": 1}),
        json!({"metadata": {"name": "X", "stored_at": "2026-01-01T00:00:00Z"}, "value": "canary"}),
    ] {
        let sealed = seal(plaintext.to_string().as_bytes(), &fixture.recipients);
        stored["sealed"] = json!({"access_token": sealed});
        let error = fixture.reopen(stored.to_string()).unwrap_err();
        assert_eq!(error.code(), Code::StoreTampered, "{plaintext}");
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }
}

#[test]
fn parts_of_two_generations_do_not_go_together() {
    let fixture = Fixture::new();
    let older = fixture.stored();
    let mut newer = grant("default");
    newer.metadata.generation += 1;
    fixture.put(&newer).unwrap();
    let newer: Value = serde_json::from_slice(&fs::read(fixture.file("default")).unwrap()).unwrap();
    assert!(fixture.reopen(newer.to_string()).is_ok());
    let mut mixed = newer.clone();
    mixed["sealed"]["refresh_token"] = older["sealed"]["refresh_token"].clone();
    let mut fewer = newer.clone();
    fewer["sealed"].as_object_mut().unwrap().remove("refresh_token");
    let mut twice = newer;
    twice["sealed"]["refresh_token"] = twice["sealed"]["access_token"].clone();
    for changed in [mixed, fewer, twice] {
        assert_eq!(code(fixture.reopen(changed.to_string())), Some(Code::StoreTampered));
    }
}

#[test]
fn a_truncated_file_is_damaged_at_every_length() {
    let fixture = Fixture::new();
    fixture.stored();
    let whole = fs::read(fixture.file("default")).unwrap();
    for length in 0..whole.len() - 1 {
        let error = fixture.reopen(&whole[..length]).unwrap_err();
        assert_eq!(error.code(), Code::StoreCorrupt, "{length}: {error}");
        assert!(error.to_string().contains("default.json"), "{error}");
        assert!(error.hint().unwrap().contains("`xreq connect x`"), "{error}");
    }
    assert!(fixture.reopen(&whole[..whole.len() - 1]).is_ok(), "only the line end is gone");
}

#[test]
fn a_changed_sealed_part_never_opens() {
    let fixture = Fixture::new();
    let stored = fixture.stored();
    let sealed = stored["sealed"]["access_token"].as_str().unwrap();
    let refused = |changed: &str| {
        let mut stored = stored.clone();
        stored["sealed"]["access_token"] = json!(changed);
        // What names the recipient may be hit: then it is sealed to nobody we know.
        let expected = [Some(Code::StoreCorrupt), Some(Code::StoreSealed)];
        let found = code(fixture.reopen(stored.to_string()));
        assert!(expected.contains(&found), "{found:?} from {changed}");
    };
    for length in 0..sealed.len() - 1 {
        refused(&sealed[..length]);
    }
    for at in 0..sealed.len() - 1 {
        let other = if sealed.as_bytes()[at] == b'A' { "B" } else { "A" };
        refused(&format!("{}{other}{}", &sealed[..at], &sealed[at + 1..]));
    }
    refused(&format!("{sealed}{sealed}"));
    refused(&format!("{sealed}more"));
    refused("");
}

#[test]
fn what_is_no_record_is_damaged() {
    let fixture = Fixture::new();
    let stored = fixture.stored();
    let text = stored.to_string();
    let with = |field: &str, value: Value| {
        let mut changed = stored.clone();
        changed[field] = value;
        changed.to_string()
    };
    for content in [
        "null".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        format!("{text}{text}"),
        format!("\u{feff}{text}"),
        text.replacen('{', r#"{"version":1,"#, 1),
        text.replace(r#""x""#, r#""../x""#),
        with("format", json!("xreq-secret")),
        with("version", json!(0)),
        with("version", json!(-1)),
        with("version", json!("1")),
        with("version", json!(2)),
        with("sealed", json!(null)),
        with("sealed", json!({})),
        with("sealed", stored["sealed"]["access_token"].clone()),
        text.replacen(r#""refresh_token":"#, r#""access_token":"#, 1),
        "[".repeat(100_000),
    ] {
        let start = &content[..content.len().min(60)];
        assert_eq!(code(fixture.reopen(&content)), Some(Code::StoreCorrupt), "{start}");
    }
    assert_eq!(code(fixture.reopen(b"\xff\xfe\0")), Some(Code::StoreCorrupt));
}

#[test]
fn a_newer_version_is_named_whatever_else_it_has() {
    let fixture = Fixture::new();
    let stored = fixture.stored();
    let mut newer = stored.clone();
    newer["version"] = json!(4);
    for added in [None, Some("/metadata"), Some("")] {
        let mut newer = newer.clone();
        if let Some(at) = added {
            newer.pointer_mut(at).unwrap()["more"] = json!("oauth1");
        }
        let error = fixture.reopen(newer.to_string()).unwrap_err();
        assert_eq!(error.code(), Code::StoreTooNew, "{added:?}");
        assert!(error.hint().is_some());
    }
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    let fixture = Fixture::new();
    let mut text = fixture.stored().to_string();
    text.push_str(&" ".repeat((1 << 20) - text.len()));
    assert!(fixture.reopen(&text).is_ok());
    text.push(' ');
    assert_eq!(code(fixture.reopen(&text)), Some(Code::StoreCorrupt));
}

#[test]
fn another_identity_does_not_open_it() {
    let fixture = Fixture::new();
    fixture.put(&grant("default")).unwrap();
    let stranger = Fixture::new();
    let sealed = fixture.get("x", "default").unwrap().unwrap();
    let error = sealed.unseal(&stranger.identities).unwrap_err();
    assert_eq!(error.code(), Code::StoreSealed);
    let identity = stranger.home().identity_file().display().to_string();
    assert!(error.to_string().contains(&identity), "{error}");
    assert!(error.hint().unwrap().contains("XREQ_IDENTITY_FILE"));
}

#[test]
fn each_of_two_recipients_opens_it() {
    let fixture = Fixture::new();
    let (second, stranger) = (Fixture::new(), Fixture::new());
    let both = fixture.recipients.iter().chain(second.recipients.iter());
    let lines: Vec<_> = both.map(ToString::to_string).collect();
    fs::write(fixture.home().recipients_file(), lines.join("\n")).unwrap();
    let recipients = Recipients::load(fixture.home(), &Env::default(), &Nobody).unwrap();
    let lock = fixture.store.lock_grant(&id("x", "default")).unwrap();
    fixture.store.put_grant(&lock, &grant("default"), &recipients).unwrap();
    let sealed = fixture.get("x", "default").unwrap().unwrap();
    let opens = |identities: &Identities| code(sealed.unseal(identities));
    assert_eq!(opens(&fixture.identities), None);
    assert_eq!(opens(&second.identities), None);
    assert_eq!(opens(&stranger.identities), Some(Code::StoreSealed));
}
