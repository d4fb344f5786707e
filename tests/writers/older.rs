//! Older records, put back.

use std::fs;

use super::{RECORDS, elsewhere, home, launch, path, record, state};
use crate::support::SCOPES;

#[test]
fn an_older_record_is_told_with_a_remedy() {
    let home = home();
    let old = RECORDS.map(|name| fs::read(path(&home, name)).expect("it is there"));
    home.import("newer", SCOPES);
    home.xreq_with(&["secret", "set", "FAL_KEY"], "newer").succeeds();
    home.xreq_with(&["client", "set", "x", "--id", "an-id"], "newer").succeeds();
    super::is_quiet(&launch(&home).succeeds());
    let new = RECORDS.map(|name| fs::read(path(&home, name)).expect("it is there"));
    for (name, old) in RECORDS.iter().zip(&old) {
        home.write(&format!("home/{name}"), old);
    }
    let told = |args: &[&str], record: &str, remedy: &str| {
        let ran = home.xreq(args).succeeds().complains("warning").complains(remedy);
        ran.complains(&format!("{record}` is older than what was there: generation 1, and 2 was"));
    };
    for args in [&["run", "--", "true"][..], &["check"]] {
        told(args, "grants/x/default.json", "`xreq connect x` makes it anew");
        told(args, "secrets/FAL_KEY.json", "`xreq secret set FAL_KEY` makes it anew");
    }
    told(&["status", "--within", "1h"], "grants/x/default.json", "`xreq reseal` takes it");
    told(&["client", "show"], "clients/x/default.json", "`xreq client set x` makes it anew");
    // It is told again until something is done, and never after that.
    told(&["check"], "grants/x/default.json", "`xreq connect x`");
    for (name, new) in RECORDS.iter().zip(&new) {
        home.write(&format!("home/{name}"), new);
    }
    super::is_quiet(&launch(&home).succeeds());
}

#[test]
fn what_follows_an_older_record_is_newer_than_all() {
    let home = home();
    let old = fs::read(path(&home, RECORDS[0])).expect("it is there");
    home.import("newer", SCOPES);
    home.import("newest", SCOPES);
    home.write(&format!("home/{}", RECORDS[0]), &old);
    home.xreq(&["check"]).succeeds().complains("is older");
    home.import("after", SCOPES);
    assert_eq!(record(&home, RECORDS[0])["metadata"]["generation"], 4);
    super::is_quiet(&launch(&home).succeeds());
    // Nor is one that follows a removal.
    home.xreq(&["secret", "rm", "FAL_KEY"]).succeeds();
    home.xreq_with(&["secret", "set", "FAL_KEY"], "again").succeeds();
    assert_eq!(record(&home, RECORDS[2])["metadata"]["generation"], 2);
    super::is_quiet(&launch(&home).succeeds());
}

#[test]
fn an_older_store_that_was_put_back_on_purpose_is_agreed_to() {
    let home = home();
    let old = fs::read(path(&home, RECORDS[0])).expect("it is there");
    home.import("newer", SCOPES);
    home.write(&format!("home/{}", RECORDS[0]), &old);
    home.xreq(&["check"]).succeeds().complains("is older");
    home.xreq(&["reseal"]).succeeds().complains("is older");
    super::is_quiet(&home.xreq(&["check"]).succeeds());
    super::is_quiet(&launch(&home).succeeds());
}

/// Who can write the store, but not sign, cannot make this machine expect more than there is.
#[test]
fn a_generation_that_nobody_trusted_signed_is_not_noted() {
    let home = home();
    for number in 0..3 {
        elsewhere(&home, &["secret", "set", "FAL_KEY"], &format!("foreign-{number}")).succeeds();
        launch(&home).succeeds();
    }
    assert_eq!(record(&home, RECORDS[2])["metadata"]["generation"], 4);
    let seen: Vec<_> = fs::read_dir(state(&home).join("writers"))
        .expect("it is there")
        .map(|entry| entry.expect("it can be read").path())
        .filter(|path| path.is_dir())
        .map(|path| fs::read_to_string(path.join("secrets~FAL_KEY")).expect("it was noted"))
        .collect();
    assert_eq!(seen, ["00000000000000000001\n"]);
}
