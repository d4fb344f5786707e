//! Stores that earlier versions wrote: they open as they are, and are written anew one by one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use xreq::sandbox::{Endpoint, Fault};

use crate::support::machine::lacks;
use crate::support::provider::House;
use crate::support::{Home, Ran};

const RECORDS: [&str; 4] = [
    "grants/x/default.json",
    "grants/x/work.json",
    "clients/x/default.json",
    "secrets/FAL_KEY.json",
];

/// A house whose store was written by an earlier version.
fn house() -> House {
    let house = House::new();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stores/version-2");
    for file in RECORDS {
        house.home.write(&format!("home/{file}"), fs::read(from.join(file)).expect("it is there"));
    }
    // As `xreq init` made it, it is for its owner alone.
    let identity = house.home.store().join("identity.txt");
    fs::write(identity, fs::read(from.join("identity.txt")).expect("it is there"))
        .expect("it can be written");
    house
}

fn path(home: &Home, file: &str) -> PathBuf {
    home.store().join(file)
}

fn record(home: &Home, file: &str) -> Value {
    let content = fs::read(path(home, file)).expect("it can be read");
    serde_json::from_slice(&content).expect("it is JSON")
}

fn contents(home: &Home) -> Vec<Vec<u8>> {
    RECORDS.map(|file| fs::read(path(home, file)).expect("it can be read")).into()
}

/// Lets the provider answer the next refresh.
fn answer(house: &House, access_token: &str, refresh_token: &str) {
    let json = json!({
        "token_type": "bearer", "expires_in": 7200, "access_token": access_token,
        "refresh_token": refresh_token, "scope": "tweet.read users.read offline.access",
    });
    let fault = Fault::Body { status: 200, json: json.to_string() };
    house.control().fault(Endpoint::Token, fault, 1);
}

#[test]
fn an_older_store_is_read_as_it_is() {
    let house = house();
    let before = contents(&house.home);
    house.home.xreq(&["status"]).prints("x (work)");
    let verified = house.home.xreq(&["status", "--verify", "--format", "json"]).json();
    assert_eq!(verified["damaged"], json!([]), "{verified}");
    house.home.xreq(&["client", "show", "x"]).prints("client-of-format-1");
    house.home.write("xreq.yaml", "secrets: [FAL_KEY]\n");
    let ran = house.home.xreq(&["run", "--", "sh", "-c", "printf %s \"$FAL_KEY\""]).succeeds();
    assert_eq!(ran.stdout, "value-of-format-1");
    assert_eq!(contents(&house.home), before);
}

#[test]
fn an_older_grant_is_refreshed_and_written_anew() {
    let house = house();
    let before = contents(&house.home);
    answer(&house, "access-2", "refresh-2");
    house.home.xreq(&["refresh", "x", "--force"]).succeeds();
    let sent = house.refreshes();
    assert_eq!(sent.len(), 1, "{sent:?}");
    let grant = record(&house.home, RECORDS[0]);
    assert_eq!(grant["version"], 3);
    let metadata = &grant["metadata"];
    assert_eq!(metadata["generation"], 1);
    assert_eq!(metadata["origins"], json!([house.sandbox.base_url(), "https://api.twitter.com"]));
    assert_eq!((&metadata["kind"], &metadata["part"]), (&json!("oauth2"), &json!("main")));
    assert_eq!(contents(&house.home)[1..], before[1..], "nothing else was written");
    house.home.write("xreq.yaml", "integrations: [x.tweet.read]\n");
    let print = ["run", "--", "sh", "-c", "printf %s \"$X_ACCESS_TOKEN\""];
    assert_eq!(house.home.xreq(&print).succeeds().stdout, "access-2");
}

#[test]
fn age_opens_an_older_store_and_what_became_of_it() {
    if lacks("age") {
        return;
    }
    let house = house();
    let identity = house.home.store().join("identity.txt");
    let open = |sealed: &Value| {
        let mut age = Command::new("age");
        age.arg("-d").arg("-i").arg(&identity);
        let sealed = sealed.as_str().expect("it is text");
        Ran::with_input(&mut age, sealed.as_bytes()).succeeds().json()
    };
    let old = record(&house.home, RECORDS[0]);
    let opened = open(&old["sealed"]);
    assert_eq!(opened["access_token"], "access-of-format-2");
    assert_eq!(opened["refresh_token"], "refresh-of-format-2");
    assert_eq!(open(&record(&house.home, RECORDS[1])["sealed"])["access_token"], "access-of-work");
    assert_eq!(
        open(&record(&house.home, RECORDS[2])["sealed"])["client_secret"],
        "secret-of-format-1"
    );

    answer(&house, "access-2", "refresh-2");
    house.home.xreq(&["refresh", "x", "--force"]).succeeds();
    let new = record(&house.home, RECORDS[0]);
    for (part, secret) in [("access_token", "access-2"), ("refresh_token", "refresh-2")] {
        let opened = open(&new["sealed"][part]);
        assert_eq!(opened, json!({ "metadata": new["metadata"], part: secret }));
    }
}
