//! Consents of an account whose grant is stored: with X, the consent itself ends that grant.

use std::thread;
use std::time::Duration;

use age::secrecy::ExposeSecret;
use rustix::process::{Pid, Signal, kill_process};
use xreq::model::scope::ScopeSet;
use xreq::sandbox::{Endpoint, Fault};

use super::confirming::{at_a_terminal, visit};
use crate::oauth::PRINT_TOKEN;
use crate::support::machine;
use crate::support::provider::{ASKED, Connecting, House, PATIENCE};
use crate::support::pty::{Pty, ended};
use crate::support::{Ran, XREQ};

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
        pty.wait_for("consent:\n  ");
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

/// The provider ended the grant when it gave the new one, which is not stored.
#[test]
fn a_no_to_an_account_whose_grants_are_stored_marks_them_as_ended() {
    if machine::lacks("setsid") {
        return;
    }
    let house = House::connected();
    for answer in ["n\n", "\x03"] {
        house.connect(&[]).succeeds();
        house.expects_nobody();
        let script = "exec \"$0\" connect x --account again --no-browser --timeout 1m";
        let mut pty = Pty::start(&house.home, script);
        pty.wait_for("consent:\n  ");
        let url = pty.wait_for("\n").trim().to_owned();
        visit(&house.consent(&url, "alice", |_| true));
        // The truth is told before the answer.
        let told = pty.wait_for("Connected as @alice (id 1001): is this you? [y/N] ");
        assert!(told.contains("@alice (id 1001) is x (default) already."), "{told}");
        assert!(told.contains("This consent ended the grant of x (default)."), "{told}");
        assert!(told.contains("No, or Ctrl-C, gives the new grant up, and brings nothing back."));
        pty.type_in(answer);
        let (printed, status) = pty.end();
        let says = "its grant was revoked; x (default) was ended by this consent: connect it again";
        assert!(printed.contains(says), "{printed}");
        let expected = if answer == "n\n" { "exit 1" } else { "signal 2" };
        assert_eq!(ended(status), expected, "{printed}");
        assert!(house.is_revoked("alice"));
        assert_eq!(house.state(), "reconnect");
        let status = house.home.xreq(&["status"]).exits(1).prints("`xreq connect x`");
        status.prints("it was ended by a consent to x (again) that was not stored");
        house.home.xreq(&["refresh", "x"]).exits(1).complains("reconnect_required");
        house.home.xreq(&["check"]).complains("it was ended by a consent to x (again)");
    }
}

/// It may have been the account of a label whose account is known, and may not.
#[test]
fn what_a_stored_grant_of_an_unknown_account_may_have_ended_is_said() {
    if machine::lacks("setsid") {
        return;
    }
    let house = House::connected();
    house.control().fault(Endpoint::Me, Fault::status(403), u32::MAX);
    let (mut pty, _) = at_a_terminal(&house, "--account again", "alice");
    let told = pty.wait_for("Store the grant of an unknown account as x (again)? [y/N] ");
    let says = "If it is the same account, this consent ended the grant of x (default).";
    assert!(told.contains(says), "{told}");
    pty.type_in("y\n");
    let printed = pty.wait_for("status 0");
    let says = "where x (default) is the same account, it is ended by this grant: `xreq refresh x \
                --account default --force` tells";
    assert!(printed.contains(says), "{printed}");
    assert_eq!(house.state(), "connected");
}

/// It ended what was connected before it, and nothing that was connected after it.
#[test]
fn a_consent_that_was_left_behind_is_known_to_have_ended_what_was() {
    if machine::lacks("setsid") {
        return;
    }
    let house = House::connected();
    // Times are kept in whole seconds.
    house.age(1);
    house.expects_nobody();
    let script = "exec \"$0\" connect x --account again --no-browser --timeout 1m";
    let left_behind = || {
        let mut pty = Pty::start(&house.home, script);
        pty.wait_for("consent:\n  ");
        let url = pty.wait_for("\n").trim().to_owned();
        visit(&house.consent(&url, "alice", |_| true));
        pty.wait_for("is this you? [y/N] ");
        let process =
            Pid::from_raw(i32::try_from(pty.leader()).expect("a process")).expect("not 0");
        kill_process(process, Signal::KILL).expect("it is there");
        pty.end();
    };
    left_behind();
    house
        .connect_as("bob", &["--account", "again"], |_| true)
        .succeeds()
        .complains("its grant was revoked; x (default) was ended by this consent");
    assert_eq!(house.state(), "reconnect");
    house.home.xreq(&["disconnect", "x", "--account", "again"]).succeeds();
    left_behind();
    house.connect(&[]).succeeds();
    let connecting = Connecting::start(&house.home, &["--account=again", "--expect=@bob"]);
    assert_eq!(house.state(), "connected");
    connecting.comes_back(&house.consent(&connecting.url, "bob", |_| true));
    let ran = connecting.end().succeeds().complains("an earlier consent to x (again) was never");
    assert!(!ran.stderr.contains("ended by"), "{}", ran.stderr);
    house.home.xreq(&["refresh", "x", "--account", "default", "--force"]).succeeds();
}

/// Nobody can tell whether the account is the expected one, but the person who is there.
#[test]
fn an_expected_account_that_cannot_be_looked_up_is_confirmed_at_a_terminal() {
    if machine::lacks("setsid") {
        return;
    }
    let house = House::connected();
    let script = format!(
        "BROWSER='{XREQ} sandbox approve --only tweet.read %s' \"$0\" connect x; echo status $?"
    );
    let mut pty = Pty::start(&house.home, &script);
    let told = pty.wait_for("Store the grant of an unknown account as x (default)? [y/N] ");
    assert!(told.contains("@alice was expected."), "{told}");
    pty.type_in("y\n");
    let printed = pty.wait_for("status 1");
    assert!(printed.contains("connected x (default): tweet.read"), "{printed}");
    assert!(printed.contains("the grant is stored, and lacks what was asked for"), "{printed}");
    house.home.xreq(&["token", "x"]).succeeds();
    // Without a person nothing tells: the grant that it ended is marked.
    house.connect(&[]).succeeds();
    let browser = format!("{XREQ} sandbox approve --only tweet.read %s");
    let mut command = house.home.command();
    command.args(["connect", "x"]).env("BROWSER", browser);
    Ran::of(&mut command).exits(1).complains("error[account_unconfirmed]: @alice was expected");
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
