//! Records that somebody else wrote, copied or changed.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

use super::{
    RECORDS, elsewhere, home, import_elsewhere, key, launch, path, put, record, resealed, state,
};
use crate::support::provider::House;
use crate::support::{Home, SCOPES};

#[test]
fn records_of_this_machine_are_used_in_silence() {
    let home = resealed();
    super::is_quiet(&launch(&home).succeeds());
    super::is_quiet(&home.xreq(&["status", "--within", "1h"]).succeeds());
    for name in RECORDS {
        let signature = &record(&home, name)["signature"];
        assert_eq!(signature["key"], key(&state(&home)), "{name}");
    }
}

/// Who knows the recipients and can write the store seals a grant of their own.
#[test]
fn a_forged_grant_is_refused_once_the_store_was_resealed() {
    let home = home();
    import_elsewhere(&home, "forged");
    super::is_quiet(&launch(&home).succeeds());
    home.xreq(&["check"]).succeeds().complains("note").complains("`xreq writer list`");
    home.import("mine", SCOPES);
    home.xreq(&["reseal"]).succeeds().complains("from now on");
    import_elsewhere(&home, "forged");
    let forger = key(&home.path().join("elsewhere/xreq"));
    let add = format!("`xreq writer add {forger}`");
    launch(&home).exits(125).complains("error[writer_unknown]").complains(&add);
    for args in [&["check"][..], &["token", "x"], &["refresh", "x"], &["status", "--within", "1h"]]
    {
        let ran = home.xreq(args);
        assert!(!ran.status.success(), "{args:?}");
        ran.complains("writer_unknown").complains(&add);
    }
    home.xreq(&["reseal"]).exits(3).complains("writer_unknown");
    assert_eq!(record(&home, RECORDS[0])["signature"]["key"], forger, "it was signed");
    home.import("mine", SCOPES);
    launch(&home).succeeds();
}

#[test]
fn a_foreign_secret_and_a_foreign_client_are_refused_too() {
    let home = resealed();
    elsewhere(&home, &["secret", "set", "FAL_KEY"], "forged").succeeds();
    launch(&home).exits(125).complains("error[writer_unknown]");
    home.xreq_with(&["secret", "set", "FAL_KEY"], "mine").succeeds();
    launch(&home).succeeds();
    elsewhere(&home, &["client", "set", "x", "--id", "forged"], "a-secret").succeeds();
    home.xreq(&["client", "show"]).exits(1).complains("writer_unknown");
    home.xreq_with(&["client", "set", "x", "--id", "mine"], "a-secret").succeeds();
    super::is_quiet(&home.xreq(&["client", "show"]).succeeds());
}

#[test]
fn a_record_without_a_signature_is_taken_until_the_store_was_resealed() {
    let home = home();
    let unsigned = |name: &str| {
        let mut unsigned = record(&home, name);
        unsigned.as_object_mut().expect("an object").remove("signature").expect("it is signed");
        put(&home, name, &unsigned);
    };
    unsigned(RECORDS[0]);
    super::is_quiet(&launch(&home).succeeds());
    super::is_quiet(&home.xreq(&["check"]).succeeds());
    home.xreq(&["reseal", "--check"]).exits(1).prints("grant x (default): not signed");
    home.xreq(&["reseal"]).succeeds().prints("resealed grant x (default), which no trusted writer");
    launch(&home).succeeds();
    for name in RECORDS {
        unsigned(name);
    }
    let ran = launch(&home).exits(125).complains("error[record_unsigned]");
    ran.complains("move it away and run `xreq connect x`");
    home.xreq(&["client", "show"]).exits(1).complains("record_unsigned");
    home.xreq(&["secret", "list"]).exits(1).complains("record_unsigned");
    home.xreq(&["reseal"]).exits(3).complains("record_unsigned").prints("3 failed");
}

/// It is found out without a key, and before the store was resealed.
#[test]
fn a_signature_is_good_for_its_record_alone() {
    let home = home();
    home.xreq_with(&["secret", "set", "OTHER_KEY"], "canary-other").succeeds();
    let is_found = |name: &str, changed: Value| {
        let before = record(&home, name);
        put(&home, name, &changed);
        launch(&home).exits(125).complains("error[store_tampered]");
        home.xreq(&["check"]).exits(3).complains("store_tampered");
        put(&home, name, &before);
        launch(&home).succeeds();
    };
    let [grant, client, secret] = RECORDS.map(|name| record(&home, name));
    let other = record(&home, "secrets/OTHER_KEY.json");
    // Another one's signature.
    for signature in [&client["signature"], &other["signature"]] {
        let mut changed = grant.clone();
        changed["signature"] = signature.clone();
        is_found(RECORDS[0], changed);
    }
    // Another one's seal, under this one's name.
    let mut changed = secret.clone();
    changed["sealed"] = other["sealed"].clone();
    is_found(RECORDS[2], changed);
    // Another record, in the place of this one.
    is_found(RECORDS[2], other.clone());
    let mut renamed = other.clone();
    renamed["metadata"]["name"] = "FAL_KEY".into();
    is_found(RECORDS[2], renamed);
    // Other metadata; a field that is left out says what it says by default.
    for (field, value) in [("generation", 9.into()), ("expires_at", "2099-01-01T00:00:00Z".into())]
    {
        let mut changed = grant.clone();
        changed["metadata"][field] = value;
        is_found(RECORDS[0], changed);
    }
    let mut changed = grant.clone();
    changed["metadata"].as_object_mut().expect("an object").remove("generation");
    is_found(RECORDS[0], changed);
    // The key of somebody else.
    import_elsewhere(&home, "forged");
    let mut changed = grant.clone();
    changed["signature"]["key"] = key(&home.path().join("elsewhere/xreq")).into();
    put(&home, RECORDS[0], &grant);
    is_found(RECORDS[0], changed);
}

/// The order of fields and the white space are no part of a record.
#[test]
fn a_record_may_be_written_in_another_form() {
    let home = resealed();
    for name in RECORDS {
        let fields = record(&home, name);
        let fields = fields.as_object().expect("an object").iter().rev();
        let turned = |value: &Value| match value.as_object() {
            Some(fields) => fields.clone().into_iter().rev().collect(),
            None => value.clone(),
        };
        let turned: Map<_, _> =
            fields.map(|(field, value)| (field.clone(), turned(value))).collect();
        put(&home, name, &turned.into());
    }
    super::is_quiet(&launch(&home).succeeds());
    super::is_quiet(&home.xreq(&["client", "show"]).succeeds());
}

#[test]
fn a_refresh_signs_what_it_writes() {
    let house = House::connected();
    house.home.xreq(&["reseal"]).succeeds();
    let before = record(&house.home, RECORDS[0]);
    house.home.xreq(&["refresh", "x", "--force"]).succeeds();
    let after = record(&house.home, RECORDS[0]);
    assert_ne!(before["sealed"], after["sealed"]);
    assert_eq!(after["signature"]["key"], key(&state(&house.home)));
    house.home.xreq(&["token", "x"]).succeeds();
}

#[test]
fn a_store_of_version_2_opens_unchanged_and_is_signed_when_it_is_resealed() {
    let home = Home::with_manifest(super::MANIFEST);
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stores/version-2");
    let read = |file: &str| fs::read(from.join(file)).expect("it is there");
    let files = ["grants/x/work.json", RECORDS[0], RECORDS[1], RECORDS[2]];
    for file in files {
        home.write(&format!("home/{file}"), read(file));
    }
    fs::write(home.store().join("identity.txt"), read("identity.txt")).expect("it is ours");
    super::is_quiet(&home.xreq(&["status", "--verify"]));
    home.xreq(&["check", "--account", "x=work"]);
    for file in files {
        assert_eq!(fs::read(path(&home, file)).expect("it is there"), read(file), "{file}");
    }
    home.xreq(&["reseal"]).succeeds().prints("4 resealed");
    for file in files {
        assert_eq!(record(&home, file)["signature"]["key"], key(&state(&home)), "{file}");
    }
    home.write(&format!("home/{}", RECORDS[2]), read(RECORDS[2]));
    home.xreq(&["secret", "list"]).exits(1).complains("record_unsigned");
}
