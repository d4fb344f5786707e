//! `reseal`: what was sealed before `recipients.txt` was changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use xreq::store::InFlight;

use crate::support::random::Random;
use crate::support::stored::Stored;
use crate::support::{Home, Ran, SCOPES, conforms};

/// A home with a record of each kind.
fn home() -> Home {
    let home = Home::with_manifest("integrations: [x.tweet.read]\nsecrets: [FAL_KEY]\n");
    home.import("canary-token", SCOPES);
    home.xreq_with(&["secret", "set", "FAL_KEY"], "canary-value").succeeds();
    home.xreq_with(&["client", "set", "x", "--id", "an-id"], "canary-secret").succeeds();
    home
}

/// The recipient of a home's own identity.
fn recipient(home: &Home) -> String {
    let identity = fs::read_to_string(home.store().join("identity.txt")).expect("it is there");
    let line = identity.lines().find_map(|line| line.strip_prefix("# public key: "));
    line.expect("xreq made it").to_owned()
}

fn write_recipients(home: &Home, recipients: &[&str]) {
    home.write("home/recipients.txt", recipients.join("\n") + "\n");
}

/// Runs a command with the identity of another home.
fn with_identity_of(other: &Home, home: &Home, args: &[&str]) -> Ran {
    let file = other.store().join("identity.txt");
    Ran::of(home.command().env("XREQ_IDENTITY_FILE", file).args(args))
}

/// The records of a home, by path.
fn records(home: &Home) -> BTreeMap<PathBuf, Value> {
    fn walk(folder: &Path, found: &mut BTreeMap<PathBuf, Value>) {
        for entry in fs::read_dir(folder).expect("it is there") {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "json") {
                let text = fs::read_to_string(&path).expect("it is there");
                found.insert(path, serde_json::from_str(&text).expect("it is JSON"));
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(&home.store(), &mut found);
    found
}

#[test]
fn a_recipient_is_added_and_removed_again() {
    let (home, other) = (home(), Home::with_manifest(""));
    let (own, added) = (recipient(&home), recipient(&other));
    home.xreq(&["reseal", "--check"]).succeeds().prints("0 to reseal, 3 current, 0 failed");
    let opens = |exit: i32| {
        let ran = with_identity_of(&other, &home, &["check", "--verify"]).exits(exit);
        assert_eq!(ran.stderr.contains("store_sealed"), exit != 0, "{}", ran.stderr);
    };
    opens(3);
    write_recipients(&home, &["# both", &added, &own]);
    let before = records(&home);
    let ran = home.xreq(&["reseal", "--check"]).exits(1).prints("3 to reseal, 0 current");
    let ran = ran.prints("grant x (default)").prints("client x (default)").prints("secret FAL_KEY");
    ran.complains("`xreq reseal`");
    home.xreq(&["reseal", "--dry-run"]).succeeds().prints("3 to reseal");
    assert_eq!(records(&home), before);
    home.xreq(&["status", "--within", "1h"]).succeeds().complains("run `xreq reseal`");
    home.xreq(&["reseal"]).succeeds().prints("3 resealed, 0 current, 0 failed");
    opens(0);
    let after = records(&home);
    for (path, record) in &after {
        assert_eq!(record["metadata"], before[path]["metadata"], "{}", path.display());
        assert_ne!(record["sealed"], before[path]["sealed"], "{}", path.display());
    }
    // The order does not matter, and neither do comments.
    write_recipients(&home, &[&own, &added, "# the same"]);
    home.xreq(&["reseal"]).succeeds().prints("0 resealed, 3 current, 0 failed");
    assert_eq!(records(&home), after);

    write_recipients(&home, &[&own]);
    opens(0);
    let answer = home.xreq(&["reseal", "--format", "json"]).succeeds().json();
    let names = json!(["grant x (default)", "client x (default)", "secret FAL_KEY"]);
    assert_eq!(
        answer,
        json!({ "schema_version": 1, "resealed": names, "due": [], "current": 0, "failed": [] })
    );
    opens(3);
    assert_eq!(home.xreq(&["token", "x"]).succeeds().stdout, "canary-token\n");
    let status = home.xreq(&["status", "--within", "1h", "--format", "json"]).succeeds().json();
    conforms("status", &status);
    assert_eq!(status["sealed_to_others"], 0);
    fs::remove_file(home.store().join("recipients.txt")).expect("it is there");
    home.xreq(&["reseal", "--check"]).succeeds().prints("3 current");
}

#[test]
fn nobody_locks_themselves_out() {
    let (home, other) = (home(), Home::with_manifest(""));
    write_recipients(&home, &[&recipient(&other)]);
    let before = records(&home);
    home.xreq(&["reseal"]).exits(3).complains("error[store_sealed]").complains("add its recipient");
    assert_eq!(records(&home), before);
}

#[test]
fn it_is_recorded() {
    let home = home();
    home.write("home/config.yaml", "audit: true\n");
    home.xreq(&["reseal", "--check"]).succeeds();
    home.xreq(&["reseal"]).succeeds();
    let text = fs::read_to_string(home.store().join("audit.jsonl")).expect("there is a log");
    let line: Value = serde_json::from_str(text.trim_end()).expect("it is one line");
    conforms("audit", &line);
    assert_eq!((&line["event"], &line["outcome"]), (&json!("reseal"), &json!("done")));
}

#[test]
fn a_record_that_does_not_open_keeps_no_other_from_it() {
    let (home, other) = (home(), Home::with_manifest(""));
    write_recipients(&home, &[&recipient(&home), &recipient(&other)]);
    let secret = home.store().join("secrets/FAL_KEY.json");
    let whole = fs::read(&secret).expect("it is there");
    let text = String::from_utf8(whole.clone()).expect("it is text");
    fs::write(&secret, text.replacen("FAL_KEY", "FAL_KEX", 1)).expect("it can be written");
    let ran = home.xreq(&["reseal"]).exits(3).prints("2 resealed, 0 current, 1 failed");
    ran.complains("error[store_tampered]").complains("FAL_KEY.json");
    fs::write(&secret, whole).expect("it can be written");
    home.xreq(&["reseal"]).succeeds().prints("1 resealed, 2 current, 0 failed");
}

#[test]
fn a_refresh_that_is_in_flight_stays_known() {
    let (home, other) = (home(), Home::with_manifest(""));
    let stored = Stored::of(&home);
    let flight = InFlight {
        since: "2026-11-22T08:00:00Z".parse().expect("a time"),
        token_sha256: "A".repeat(43),
        attempts: 2,
    };
    stored.change(|grant| grant.metadata.refresh_in_flight = Some(flight.clone()));
    write_recipients(&home, &[&recipient(&home), &recipient(&other)]);
    home.xreq(&["reseal"]).succeeds();
    let grant = stored.grant().expect("it is stored");
    assert_eq!(grant.metadata.refresh_in_flight, Some(flight));
}

/// A killed writer leaves tokens that are sealed to the recipients of its time.
#[test]
fn nothing_is_left_beside_the_records() {
    let home = home();
    let left = [".default~.tmp", ".gone~.tmp"].map(|name| home.store().join("grants/x").join(name));
    for file in &left {
        fs::write(file, "sealed").expect("it can be written");
    }
    home.xreq(&["reseal"]).succeeds().prints("0 resealed, 3 current, 0 failed");
    assert!(left.iter().all(|file| !file.exists()));
}

#[test]
fn rescued_tokens_are_told() {
    let home = home();
    home.write("tmp/xreq-rescued-1.tmp", "sealed");
    let folder = home.path().join("tmp");
    let ran = Ran::of(home.command().env("TMPDIR", &folder).arg("reseal")).succeeds();
    ran.complains(&folder.join("xreq-rescued-1.tmp").display().to_string());
    assert!(folder.join("xreq-rescued-1.tmp").exists());
    // Others can put a link or a folder there, or a file of their own.
    fs::create_dir(folder.join("xreq-rescued-2.tmp")).expect("it can be made");
    std::os::unix::fs::symlink("xreq-rescued-1.tmp", folder.join("xreq-rescued-3.tmp"))
        .expect("the place is free");
    if rustix::process::geteuid().is_root() {
        home.write("tmp/xreq-rescued-4.tmp", "sealed");
        std::os::unix::fs::chown(folder.join("xreq-rescued-4.tmp"), Some(1234), None)
            .expect("root may");
    }
    let ran = Ran::of(home.command().env("TMPDIR", &folder).arg("reseal")).succeeds();
    assert_eq!(ran.stderr.matches("xreq-rescued-").count(), 1, "{}", ran.stderr);
    ran.complains("put it back into its place only if you know it");
}

#[test]
fn what_was_interrupted_goes_on() {
    const RECORDS: usize = 60;
    let (home, other) = (Home::with_manifest(""), Home::with_manifest(""));
    for number in 0..RECORDS {
        let name = format!("SECRET_{number}");
        home.xreq_with(&["secret", "set", &name], format!("value-{number}")).succeeds();
    }
    let lists = [vec![recipient(&home), recipient(&other)], vec![recipient(&home)]];
    let manifest: Vec<_> = (0..RECORDS).map(|number| format!("SECRET_{number}")).collect();
    home.write("xreq.yaml", format!("secrets: [{}]\n", manifest.join(", ")));
    let mut random = Random::new(7);
    let (mut moment, mut interrupted) = (20_000, 0);
    for round in 0..30 {
        let recipients: Vec<_> = lists[round % 2].iter().map(String::as_str).collect();
        write_recipients(&home, &recipients);
        let mut command = home.command();
        command.arg("reseal").stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("it starts");
        thread::sleep(Duration::from_micros(moment / 2 + random.below(moment)));
        child.kill().expect("it is ours");
        let is_done = child.wait().expect("it ends").success();
        moment = if is_done { moment * 3 / 4 } else { moment * 5 / 4 }.max(100);
        home.xreq(&["check", "--verify"]).succeeds();
        let done = home.xreq(&["reseal", "--format", "json"]).succeeds().json();
        let resealed = done["resealed"].as_array().expect("a list").len();
        interrupted += usize::from((1..RECORDS).contains(&resealed));
        assert_eq!(done["current"], RECORDS - resealed);
        home.xreq(&["check", "--verify"]).succeeds();
        home.xreq(&["reseal", "--check"]).succeeds();
    }
    println!("{interrupted} of 30 were killed between two records");
}
