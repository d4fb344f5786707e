//! A grant is pending until its account is confirmed, and survives the process that asked for it.

use std::fs;
use std::path::PathBuf;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::confirming::visit;
use crate::oauth::PRINT_TOKEN;
use crate::support::machine;
use crate::support::provider::House;
use crate::support::pty::Pty;

fn pending(house: &House) -> PathBuf {
    house.home.store().join("pending/x/default.json")
}

/// A process that asks whether bob is its user, at the terminal of one who has connected nobody.
fn asks(house: &House) -> Pty {
    house.expects_nobody();
    let mut pty = Pty::start(&house.home, "exec \"$0\" connect x --no-browser --timeout 1m");
    pty.wait_for("consent:\n  ");
    let url = pty.wait_for("\n").trim().to_owned();
    visit(&house.consent(&url, "bob", |_| true));
    pty.wait_for("is this you? [y/N] ");
    pty
}

#[test]
fn a_grant_that_nobody_confirmed_survives_a_kill_and_is_ended_by_the_next_attempt() {
    if machine::lacks("setsid") {
        return;
    }
    let house = House::new();
    let pty = asks(&house);
    let stored: Value =
        serde_json::from_slice(&fs::read(pending(&house)).expect("it is stored")).expect("JSON");
    assert_eq!(stored["metadata"]["state"], json!("pending"));
    assert!(!house.home.grant("default").exists());
    let process = Pid::from_raw(i32::try_from(pty.leader()).expect("a process")).expect("not 0");
    kill_process(process, Signal::KILL).expect("it is there");
    pty.end();
    assert!(pending(&house).exists() && !house.is_revoked("bob"));
    // Nothing uses it.
    house.home.xreq(&PRINT_TOKEN).exits(125);
    house.home.xreq(&["refresh", "x"]).exits(2).complains("not_stored");

    let ran = house.connect(&[]).succeeds();
    ran.complains("an earlier consent to x (default) was never confirmed; its grant was revoked");
    assert!(house.is_revoked("bob") && !pending(&house).exists());
    house.home.xreq(&PRINT_TOKEN).succeeds();
}

#[test]
fn a_grant_that_became_the_labels_is_not_ended() {
    if machine::lacks("setsid") {
        return;
    }
    let house = House::new();
    let mut pty = asks(&house);
    let left = fs::read(pending(&house)).expect("it is stored");
    pty.type_in("y\n");
    let (printed, _) = pty.end();
    assert!(printed.contains("connected x (default) as @bob"), "{printed}");
    assert!(!pending(&house).exists());
    // As if the process had been killed before it removed the record.
    fs::write(pending(&house), left).expect("it can be written");
    let connecting = crate::support::provider::Connecting::start(&house.home, &["--expect=@bob"]);
    assert!(!house.is_revoked("bob"));
    house.home.xreq(&PRINT_TOKEN).succeeds();
    connecting.comes_back(&house.consent(&connecting.url, "bob", |_| true));
    connecting.end().succeeds();
}
