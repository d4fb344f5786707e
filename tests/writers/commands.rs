//! `xreq writer`.

use super::{home, import_elsewhere, key, launch, resealed, state};
use crate::support::Home;

fn foreign_key(home: &Home) -> String {
    key(&home.path().join("elsewhere/xreq"))
}

#[test]
fn a_writer_is_trusted_and_no_longer() {
    let home = resealed();
    import_elsewhere(&home, "foreign");
    let foreign = foreign_key(&home);
    launch(&home).exits(125).complains("writer_unknown");
    let add = ["writer", "add", &foreign, "--name", "laptop"];
    home.xreq(&add).succeeds().prints(&format!("trusted {foreign}"));
    super::is_quiet(&launch(&home).succeeds());
    home.xreq(&add).succeeds().prints("named anew");
    home.xreq(&["reseal"]).succeeds().prints("0 resealed, 3 current");
    home.xreq(&["writer", "remove", &foreign]).succeeds().prints("no longer trusted");
    launch(&home).exits(125).complains("writer_unknown");
    home.xreq(&["writer", "remove", &foreign]).exits(2).complains("not_stored");
    let own = key(&state(&home));
    home.xreq(&["writer", "remove", &own]).exits(2).complains("`writer.key`");
}

#[test]
fn writers_and_their_records_are_listed() {
    let home = home();
    let own = key(&state(&home));
    let list = || home.xreq(&["writer", "list"]).succeeds();
    assert_eq!(list().stdout, format!("{own}  own  3 records\n"));
    import_elsewhere(&home, "foreign");
    let foreign = foreign_key(&home);
    let expected =
        format!("{own}  own  2 records\n{foreign}  unknown  1 record\n  grant x (default)\n");
    assert_eq!(list().stdout, expected);
    home.xreq(&["writer", "add", &foreign, "--name", "laptop"]).succeeds();
    let expected = format!("{own}  own  2 records\n{foreign}  trusted  laptop  1 record\n");
    assert_eq!(list().stdout, expected);
    let answer = home.xreq(&["writer", "list", "--format", "json"]).succeeds().json();
    assert_eq!(answer["schema_version"], 1);
    assert_eq!(answer["resealed_at"], serde_json::Value::Null);
    let [first, second] = &answer["writers"].as_array().expect("a list")[..] else {
        panic!("{answer}")
    };
    assert_eq!((&first["key"], &first["standing"]), (&own.into(), &"own".into()));
    assert_eq!((&second["standing"], &second["name"]), (&"trusted".into(), &"laptop".into()));
    assert_eq!(second["records"], serde_json::json!(["grant x (default)"]));
    home.xreq(&["reseal"]).succeeds();
    let answer = home.xreq(&["writer", "list", "--format", "json"]).succeeds().json();
    assert!(answer["resealed_at"].is_string(), "{answer}");
}

#[test]
fn a_machine_that_wrote_nothing_says_so() {
    let home = Home::with_manifest("");
    let ran = home.xreq(&["writer", "list"]).succeeds().complains("no key yet");
    assert_eq!(ran.stdout, "");
}

#[test]
fn what_is_no_key_is_refused() {
    let home = home();
    for wrong in ["", "ed25519:", "age1qqqq", "ed25519:AAAA", "-"] {
        home.xreq(&["writer", "add", "--", wrong]).exits(2);
    }
}
