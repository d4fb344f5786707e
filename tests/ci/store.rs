//! `check --store`: a sealed store that is kept in the repository, on a machine that has no key.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::SystemTime;

use super::repository::Repository;
use crate::support::{Ran, XREQ, machine};

const COVERED: &str = "integrations: [x.tweet.write]\n";
const UNCOVERED: &str = "integrations: [x.dm.read]\n";

/// A repository with a store.
fn repository(manifest: &str) -> Repository {
    let repository = Repository::with_manifest(manifest);
    repository.keep_store("grants-store");
    repository
}

/// `xreq check` where nothing says who the user is.
fn check(repository: &Repository, args: &[&str]) -> Ran {
    let mut xreq = repository.home.program(XREQ);
    xreq.env_clear().current_dir(repository.path()).arg("check").args(args);
    Ran::of(&mut xreq)
}

/// Every path below a folder, with the mode and the time of its last change.
fn listing(folder: &Path) -> Vec<(String, u32, SystemTime)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder can be read") {
        let path = entry.expect("an entry can be read").path();
        let metadata = path.symlink_metadata().expect("it is there");
        let changed = metadata.modified().expect("it has a time");
        found.push((path.display().to_string(), metadata.permissions().mode(), changed));
        if path.is_dir() {
            found.extend(listing(&path));
        }
    }
    found.sort();
    found
}

#[test]
fn a_verdict_needs_no_user() {
    let repository = repository(COVERED);
    check(&repository, &["--store", "grants-store"]).exits(0).prints("1 of 1 requirements met");
    repository.write("xreq.yaml", UNCOVERED);
    let ran = check(&repository, &["--store", "grants-store"]).exits(1);
    ran.complains("Missing scope: dm.read");
    check(&repository, &[]).exits(2).complains("home_unknown");
}

#[test]
fn a_store_that_is_not_there_is_no_store_without_grants() {
    let repository = repository(COVERED);
    for folder in ["no-such", "xreq.yaml", "grants-store/grants/x/default.json"] {
        let ran = check(&repository, &["--store", folder]).exits(2);
        ran.complains("file_unreadable").complains("is no folder");
    }
    fs::create_dir(repository.path().join("empty")).expect("a folder can be made");
    let ran = check(&repository, &["--store", "empty"]).exits(2).complains("no store in ");
    ran.complains("it has no `grants`");
    fs::create_dir_all(repository.path().join("empty/grants")).expect("a folder can be made");
    check(&repository, &["--store", "empty"]).exits(1).complains("Not connected: x");
}

#[test]
fn nothing_is_written() {
    let repository = repository(COVERED);
    let before = listing(repository.path());
    for (args, status) in [
        (&["--store", "grants-store"][..], 0),
        (&["--store", "grants-store", "--refresh"], 0),
        (&["--store", "grants-store", "--refresh", "--min-ttl", "3h"], 1),
        (&["--store", "grants-store", "--format", "sarif"], 0),
        (&["--store", "grants-store", "--account", "x=other"], 1),
    ] {
        check(&repository, args).exits(status);
        assert_eq!(listing(repository.path()), before, "{args:?}");
    }
}

#[test]
fn a_store_that_cannot_be_written_is_judged_alike() {
    let repository = repository(COVERED);
    let store = repository.path().join("grants-store");
    for (folder, mode) in [("grants/x/default.json", 0o444), ("grants/x", 0o555), ("grants", 0o555)]
    {
        fs::set_permissions(store.join(folder), PermissionsExt::from_mode(mode))
            .expect("it is ours");
    }
    check(&repository, &["--store", "grants-store"]).exits(0);
    for folder in ["grants", "grants/x"] {
        fs::set_permissions(store.join(folder), PermissionsExt::from_mode(0o755))
            .expect("it is ours");
    }
}

/// What a refresh needs is the key, and what rotates with it is not the copy's to lose.
#[test]
fn a_refresh_that_is_due_asks_for_the_key() {
    let repository = Repository::with_manifest(COVERED);
    repository.home.xreq(&["init"]).succeeds();
    let response = r#"{"access_token":"a","expires_in":60,"refresh_token":"r",
        "scope":"tweet.read tweet.write users.read offline.access"}"#;
    repository.home.xreq_with(&["import", "x", "-"], response).succeeds();
    let store = repository.home.store();
    let store = store.to_str().expect("it is UTF-8");
    check(&repository, &["--store", store]).exits(0);
    let before = listing(Path::new(store));
    check(&repository, &["--store", store, "--refresh"]).exits(2).complains("home_unknown");
    let mut somebody = repository.home.program(XREQ);
    somebody.env_remove("XREQ_HOME").current_dir(repository.path());
    let ran = Ran::of(somebody.args(["check", "--store", store, "--refresh"]));
    ran.exits(3).complains("error[identity_missing]");
    assert_eq!(listing(Path::new(store)), before);
}

#[test]
fn a_grant_that_is_damaged_or_a_link_is_no_verdict() {
    let repository = repository(COVERED);
    let grant = repository.path().join("grants-store/grants/x/default.json");
    let whole = fs::read_to_string(&grant).expect("it is there");
    for damaged in ["", "{}", &whole[..whole.len() / 2], "<<<<<<< HEAD\n"] {
        fs::write(&grant, damaged).expect("it can be written");
        let ran = check(&repository, &["--store", "grants-store"]).exits(3);
        ran.complains("store_corrupt");
    }
    fs::write(repository.path().join("elsewhere.json"), &whole).expect("it can be written");
    fs::remove_file(&grant).expect("it is there");
    symlink(repository.path().join("elsewhere.json"), &grant).expect("a link can be made");
    check(&repository, &["--store", "grants-store"]).exits(3).complains("store_symlink");
}

/// The folder itself may be a link, and be named in any way.
#[test]
fn the_folder_is_found_however_it_is_named() {
    let repository = repository(COVERED);
    symlink("grants-store", repository.path().join("link")).expect("a link can be made");
    let whole = repository.path().join("grants-store");
    for folder in
        ["link", "./grants-store/", "../my app/grants-store", whole.to_str().expect("it is UTF-8")]
    {
        check(&repository, &["--store", folder]).exits(0);
    }
    if machine::lacks("git") {
        return;
    }
    repository.commit();
    let clone = repository.home.path().join("clone");
    let to = clone.to_str().expect("it is UTF-8");
    repository.git(&["clone", "--quiet", ".", to]);
    let store = clone.join("grants-store");
    check(&repository, &["--store", store.to_str().expect("it is UTF-8")]).exits(0);
}
