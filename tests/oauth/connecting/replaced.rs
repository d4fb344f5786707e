//! Consents of an account whose grant is stored: with X, the consent itself ends that grant.

use std::thread;
use std::time::Duration;

use age::secrecy::ExposeSecret;
use xreq::model::scope::ScopeSet;
use xreq::sandbox::{Endpoint, Fault};

use super::confirming::{at_a_terminal, visit};
use crate::oauth::PRINT_TOKEN;
use crate::support::machine;
use crate::support::provider::{ASKED, Connecting, House, PATIENCE};
use crate::support::pty::{Pty, ended};

/// The consent ended the grant that the label had: whatever happens then, the new one is stored.
#[test]
fn the_account_of_the_label_is_connected_anew_without_a_question() {
    if machine::lacks("setsid") {
        return;
    }
    let house = House::connected();
    house.expects_nobody();
    let slow = Fault::Slow(Duration::from_secs(2));
    for (endpoint, fault, is_interrupted) in [
        (Endpoint::Me, Fault::status(503), false),
        (Endpoint::Token, slow.clone(), true),
        (Endpoint::Me, slow, true),
    ] {
        house.control().clear_log();
        house.control().fault(endpoint, fault, 1);
        let mut pty = Pty::start(&house.home, "exec \"$0\" connect x --no-browser --timeout 1m");
        pty.wait_for("consent:\n\n  ");
        let url = pty.wait_for("\n").trim().to_owned();
        let back = house.consent(&url, "alice", |_| true);
        let page = thread::scope(|scope| {
            let browser = scope.spawn(|| visit(&back));
            if is_interrupted {
                let asked = house
                    .control()
                    .wait_until(PATIENCE, |log| log.iter().any(|l| l.endpoint == endpoint));
                assert!(asked, "it does not ask");
                pty.type_in("\x03");
            }
            browser.join().expect("there is a page")
        });
        assert!(page.contains("is connected"), "{page}");
        let (printed, status) = pty.end();
        assert!(printed.contains("connected x (default) as @alice"), "{printed}");
        assert!(!printed.contains("[y/N]"), "{printed}");
        assert_eq!(ended(status), if is_interrupted { "signal 2" } else { "exit 0" });
        house.home.xreq(&PRINT_TOKEN).succeeds();
        house.home.xreq(&["refresh", "x", "--force"]).succeeds();
    }
}

#[test]
fn a_label_whose_account_is_not_known_is_asked_about() {
    if machine::lacks("setsid") {
        return;
    }
    let house = House::new();
    let issued = house.control().issue_grant("alice", &ScopeSet::parse(ASKED));
    house.home.xreq_with(&["import", "x", "-"], issued.response.expose_secret()).succeeds();
    let (mut pty, _) = at_a_terminal(&house, "", "alice");
    pty.wait_for("Connected as @alice (id 1001): is this you? [y/N] ");
    pty.type_in("n\n");
    let printed = pty.wait_for("status 1");
    assert!(printed.contains("if it was the same account, x (default) was ended"), "{printed}");
}

#[test]
fn a_consent_that_is_not_stored_is_said_to_have_ended_what_was() {
    let house = House::connected();
    let ran = house.connect_as("bob", &["--account", "work"], |_| true).succeeds();
    assert_eq!(ran.stderr.matches("ended").count(), 0, "{}", ran.stderr);
    // Neither the look-up nor the stored grants tell which account it was.
    house.control().fault(Endpoint::Me, Fault::status(503), u32::MAX);
    let ran = house.connect(&[]).exits(1).complains(
        "its grant was revoked; if it was the same account, x (default), x (work) were ended by this \
         consent: connect them again",
    );
    assert!(!ran.stderr.contains("nothing changed"), "{}", ran.stderr);
    house.control().clear_faults();
    house.home.xreq(&["refresh", "x", "--force", "--account", "work"]).succeeds();
    house.home.xreq(&["refresh", "x", "--force", "--account", "default"]).exits(1);
    house.connect(&[]).succeeds();
    // It was the account of another label.
    let ran = Connecting::start(&house.home, &[]);
    ran.comes_back(&house.consent(&ran.url, "bob", |_| true));
    ran.end()
        .exits(1)
        .complains("error[account_mismatch]")
        .complains("its grant was revoked; x (work) was ended by this consent: connect it again");
    house.home.xreq(&["refresh", "x", "--force", "--account", "work"]).exits(1);
    house.home.xreq(&["refresh", "x", "--force", "--account", "default"]).succeeds();
}

#[test]
fn a_no_to_an_account_whose_grants_are_stored_says_that_they_are_ended() {
    if machine::lacks("setsid") {
        return;
    }
    let house = House::connected();
    let (mut pty, _) = at_a_terminal(&house, "--account again", "alice");
    pty.wait_for("is this you? [y/N] ");
    pty.type_in("n\n");
    let printed = pty.wait_for("status 1");
    let says = "its grant was revoked; x (default) was ended by this consent: connect it again";
    assert!(printed.contains(says), "{printed}");
    assert!(house.is_revoked("alice"));
    house.home.xreq(&["refresh", "x", "--force"]).exits(1);
}

#[test]
fn a_consent_that_brought_no_grant_is_said_to_have_ended_what_was() {
    let house = House::connected();
    house.control().fault(Endpoint::Token, Fault::status(503), 1);
    house.connect(&[]).exits(3).complains("nothing was stored").complains(
        "where it was the same account, the consent may have ended x (default): `xreq refresh x \
         --force` tells",
    );
    let empty = House::new();
    empty.control().fault(Endpoint::Token, Fault::status(503), 1);
    let ran = empty.connect(&[]).exits(3);
    assert!(!ran.stderr.contains("the consent"), "{}", ran.stderr);
}
