//! The real `age`, `age-keygen` and `ssh-keygen`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::{MANIFEST, SCOPES, home, token};
use crate::support::machine::lacks;
use crate::support::{Home, Ran};

fn run(program: &str, args: &[&str], input: &str) -> Ran {
    Ran::with_input(Command::new(program).args(args), input.as_bytes()).succeeds()
}

/// A sealed part of a file of the store.
fn part(file: impl AsRef<Path>, name: &str) -> String {
    let content = fs::read(file).expect("it can be read");
    let content: Value = serde_json::from_slice(&content).expect("it is JSON");
    content["sealed"][name].as_str().expect("it is text").to_owned()
}

/// The sealed access token of a grant.
fn sealed(file: impl AsRef<Path>) -> String {
    part(file, "access_token")
}

fn decrypt(identity: &Path, sealed: &str) -> Ran {
    let identity = identity.to_str().expect("a plain path");
    Ran::with_input(Command::new("age").args(["-d", "-i", identity]), sealed.as_bytes())
}

/// An identity of `age-keygen` and its recipient.
fn keygen(home: &Home, name: &str) -> (PathBuf, String) {
    let path = home.path().join(name);
    run("age-keygen", &["-o", path.to_str().expect("a plain path")], "");
    let recipient = run("age-keygen", &["-y", path.to_str().expect("a plain path")], "").stdout;
    (path, recipient)
}

/// An SSH key and its public side.
fn ssh_keygen(home: &Home, kind: &str) -> (PathBuf, String) {
    let path = home.path().join(kind);
    let file = path.to_str().expect("a plain path");
    run("ssh-keygen", &["-q", "-t", kind, "-N", "", "-C", "me@here", "-f", file], "");
    let public = fs::read_to_string(path.with_extension("pub")).expect("it was made");
    (path, public)
}

#[test]
fn age_opens_what_xreq_seals() {
    if lacks("age") {
        return;
    }
    let home = home("old");
    let response = json!({
        "access_token": "access", "refresh_token": "refresh", "scope": SCOPES, "expires_in": 7200,
    });
    home.xreq_with(&["import", "x"], response.to_string()).succeeds();
    let identity = home.store().join("identity.txt");
    let opened = decrypt(&identity, &sealed(home.grant("default"))).succeeds().json();
    assert_eq!(opened["access_token"], "access");
    let refresh = part(home.grant("default"), "refresh_token");
    assert_eq!(decrypt(&identity, &refresh).succeeds().json()["refresh_token"], "refresh");
    let content = fs::read(home.grant("default")).expect("it can be read");
    let content: Value = serde_json::from_slice(&content).expect("it is JSON");
    assert_eq!(opened["metadata"], content["metadata"]);

    home.xreq_with(&["secret", "set", "FAL_KEY"], "a value\nof two lines\n").succeeds();
    let secret = home.store().join("secrets/FAL_KEY.json");
    let opened = decrypt(&identity, &part(secret, "value")).succeeds().json();
    assert_eq!(opened["value"], "a value\nof two lines");
    assert_eq!(opened["metadata"]["name"], "FAL_KEY");
}

#[test]
fn xreq_opens_what_age_seals() {
    if lacks("age") {
        return;
    }
    let home = home("old");
    let identity = home.store().join("identity.txt");
    let opened = decrypt(&identity, &sealed(home.grant("default"))).succeeds().stdout;
    let recipient = run("age-keygen", &["-y", identity.to_str().expect("a plain path")], "").stdout;
    let resealed = run("age", &["-a", "-r", recipient.trim()], &opened.replace("old", "by age"));
    let content = fs::read(home.grant("default")).expect("it can be read");
    let mut content: Value = serde_json::from_slice(&content).expect("it is JSON");
    content["sealed"]["access_token"] = resealed.stdout.into();
    // age signs nothing, and the signature is of another seal.
    content.as_object_mut().expect("an object").remove("signature").expect("it was signed");
    fs::write(home.grant("default"), content.to_string()).expect("it can be written");
    assert_eq!(token(&home), "by age");
}

#[test]
fn an_identity_of_age_keygen_serves_a_store() {
    if lacks("age-keygen") {
        return;
    }
    let home = Home::empty();
    home.write("xreq.yaml", MANIFEST);
    let (identity, recipient) = keygen(&home, "key.txt");
    fs::create_dir(home.store()).expect("the home is new");
    fs::copy(&identity, home.store().join("identity.txt")).expect("it can be copied");
    home.xreq(&["init"]).succeeds().prints("there already").prints(recipient.trim());
    home.import("token", SCOPES);
    assert_eq!(token(&home), "token");
    assert_eq!(decrypt(&identity, &sealed(home.grant("default"))).json()["access_token"], "token");
}

#[test]
fn age_keygen_reads_an_identity_of_init() {
    if lacks("age-keygen") {
        return;
    }
    let home = Home::empty();
    let said = home.xreq(&["init"]).succeeds().stdout;
    let identity = home.store().join("identity.txt");
    let recipient = run("age-keygen", &["-y", identity.to_str().expect("a plain path")], "").stdout;
    assert!(said.contains(&format!("recipient  {recipient}")), "{said}");
}

#[test]
fn each_of_three_recipients_opens_the_store() {
    if lacks("age") || lacks("age-keygen") || lacks("ssh-keygen") {
        return;
    }
    let home = Home::with_manifest(MANIFEST);
    let keys = [keygen(&home, "one"), keygen(&home, "two"), ssh_keygen(&home, "ed25519")];
    let recipients: Vec<_> = keys.iter().map(|(_, recipient)| recipient.as_str()).collect();
    home.write("home/recipients.txt", format!("# three\n\n{}", recipients.concat()));
    home.import("token", SCOPES);
    home.xreq_with(&["secret", "set", "FAL_KEY"], "value").succeeds();
    home.write("xreq.yaml", "integrations: [x.tweet.read]\nsecrets: [FAL_KEY]\n");
    let print = ["run", "--", "sh", "-c", "echo $X_ACCESS_TOKEN $FAL_KEY"];
    for (identity, _) in &keys {
        let file = identity.to_str().expect("a plain path");
        let mut command = home.command();
        let ran = Ran::of(command.args(print).env("XREQ_IDENTITY_FILE", file)).succeeds();
        assert_eq!(ran.stdout, "token value\n");
        let text = fs::read_to_string(identity).expect("it can be read");
        let mut command = home.command();
        let ran = Ran::of(command.args(print).env("XREQ_IDENTITY", text)).succeeds();
        assert_eq!(ran.stdout, "token value\n");
        let opened = decrypt(identity, &sealed(home.grant("default"))).succeeds().json();
        assert_eq!(opened["access_token"], "token");
    }
    // The identity of `init` is no recipient.
    let ran = home.xreq(&print).exits(125).complains("error[store_sealed]");
    ran.complains("identity.txt").complains("XREQ_IDENTITY_FILE");
    home.xreq(&["check"]).succeeds();
}

#[test]
fn an_ssh_key_can_be_the_only_identity() {
    if lacks("ssh-keygen") {
        return;
    }
    for kind in ["ed25519", "rsa"] {
        let home = Home::empty();
        home.write("xreq.yaml", MANIFEST);
        let (identity, _) = ssh_keygen(&home, kind);
        let home = home.var("XREQ_IDENTITY_FILE", identity.to_str().expect("a plain path"));
        home.import("token", SCOPES);
        assert_eq!(token(&home), "token");
        assert!(!home.store().join("identity.txt").exists());
        if !lacks("age") {
            let opened = decrypt(&identity, &sealed(home.grant("default"))).succeeds().json();
            assert_eq!(opened["access_token"], "token");
        }
    }
}
