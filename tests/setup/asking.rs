//! `xreq connect` where a person is at the terminal and nothing is set up.

use crate::support::provider::{House, MANIFEST};
use crate::support::pty::{Pty, ended};
use crate::support::{Home, machine};

/// A home with a manifest, in which the provider is a sandbox and nothing else was done.
fn house() -> House {
    let house = House::empty();
    house.home.write("xreq.yaml", MANIFEST);
    house.home.write("home/config.yaml", House::config(&house.sandbox.base_url()));
    house
}

#[test]
fn it_makes_the_home_and_asks_for_the_client() {
    if machine::lacks("setsid") {
        return;
    }
    let house = house();
    let client = house.sandbox.client();
    let secret = client.secret().expect("it is confidential");
    let script = "\"$0\" connect x --paste --no-browser --timeout 1m; echo status $?";
    let mut pty = Pty::start(&house.home, script);
    pty.wait_for("note: made a home for what is stored, with a new identity: ");
    let asked = pty.wait_for("client id of X: ");
    assert!(asked.contains("the redirect URI http://127.0.0.1:8080/callback"), "{asked}");
    assert!(asked.contains("the developer portal"), "{asked}");
    pty.type_in(&format!("{}\n", client.client_id));
    pty.wait_for("client secret of X (Enter if it has none): ");
    pty.type_in(&format!("{secret}\n"));
    pty.wait_for("consent:\n  ");
    let url = pty.wait_for("\n").trim().to_owned();
    pty.wait_for("paste here the whole address");
    pty.type_in(&format!("{}\n", house.consent(&url, "alice", |_| true)));
    let last = pty.wait_for("status 0");
    assert!(last.contains("connected x (default) as @alice"), "{last}");
    assert!(last.contains("next: xreq run -- printenv XREQ_INTEGRATIONS\n"), "{last}");
    let (all, _) = pty.end();
    assert!(!all.contains(secret), "{all}");
    house.home.xreq(&["client", "show"]).succeeds().prints("confidential");
    house.home.xreq(&["run", "--", "true"]).succeeds();
}

#[test]
fn whoever_has_no_secret_gives_none_and_whoever_stops_stores_nothing() {
    if machine::lacks("setsid") {
        return;
    }
    let house = house();
    let script = "\"$0\" connect x --paste --no-browser --timeout 0s; echo status $?";
    let mut pty = Pty::start(&house.home, "exec \"$0\" connect x --paste --no-browser");
    pty.wait_for("client id of X: ");
    pty.type_in("\x03");
    let (shown, status) = pty.end();
    assert_eq!(ended(status), "signal 2");
    assert!(shown.contains("client id of X: ^C\n"), "{shown:?}");
    assert!(
        shown.ends_with("ended by Ctrl-C at the question, and nothing was done\n"),
        "{shown:?}"
    );

    let mut pty = Pty::start(&house.home, script);
    pty.wait_for("client id of X: ");
    pty.type_in("\n");
    pty.wait_for("no client id was typed, and no client is stored");
    pty.wait_for("status 2");
    house.home.xreq(&["client", "show"]).succeeds().complains("there is no client");

    let mut pty = Pty::start(&house.home, script);
    pty.wait_for("client id of X: ");
    pty.type_in(&format!("{}\n", house.sandbox.public_client().client_id));
    pty.wait_for("(Enter if it has none): ");
    pty.type_in("\n");
    pty.wait_for("status 3");
    house.home.xreq(&["client", "show"]).succeeds().prints("public");
}

#[test]
fn a_script_is_told_the_way_and_asked_nothing() {
    let house = house();
    let ran = house.home.xreq(&["connect", "x", "--timeout", "5s"]).exits(3);
    let ran = ran.complains("error[identity_missing]").complains("The way to a launch");
    let ran = ran.complains("next: xreq init\n");
    assert!(!ran.stderr.contains("client id of X: "), "{}", ran.stderr);
    assert!(!house.home.store().join("identity.txt").exists());
    assert_eq!(house.control().log(), []);
}

#[test]
fn a_client_is_asked_for_by_its_own_command_too() {
    if machine::lacks("setsid") {
        return;
    }
    let home = Home::empty();
    let mut pty = Pty::start(&home, "\"$0\" client set x; echo status $?");
    pty.wait_for("client id of X: ");
    pty.type_in("an-id\n");
    pty.wait_for("client secret of X (Enter if it has none): ");
    pty.type_in("a secret\n");
    pty.wait_for("stored the client x (default)");
    pty.wait_for("status 0");
    home.xreq(&["client", "show"]).succeeds().prints("an-id  confidential");
}
