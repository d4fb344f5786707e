//! Who consented is confirmed before a grant is stored: by a person, or by what was said before.

use xreq::sandbox::{Endpoint, Fault};

use crate::oauth::PRINT_TOKEN;
use crate::oauth::recorder::{Studio, back};
use crate::support::http::Request;
use crate::support::machine;
use crate::support::provider::{Connecting, House, split};
use crate::support::pty::{Pty, ended};
use crate::support::stored::Stored;
use crate::support::wait::until;

/// Goes to where the browser is sent, and gives the page that it shows.
pub(super) fn visit(url: &str) -> String {
    let (base, path) = split(url);
    Request::get(path).send(base).expect("xreq answers").body
}

#[test]
fn who_opens_the_address_and_consents_as_themselves_gets_nothing_connected() {
    let house = House::new();
    let connecting = Connecting::start(&house.home, &[]);
    let page = connecting.comes_back(&house.consent(&connecting.url, "bob", |_| true));
    let ran = connecting.end().exits(1).complains(
        "error[account_mismatch]: @bob (id 1002) consented, and @alice was expected (the request); its \
         grant was revoked, and nothing changed here",
    );
    assert_eq!(ran.stdout, "");
    assert!(page.contains("X was not connected") && page.contains("account_mismatch"), "{page}");
    assert!(!page.contains("is connected"), "{page}");
    assert!(!house.home.grant("default").exists());
    assert!(house.is_revoked("bob"));
}

#[test]
fn without_a_terminal_somebody_has_to_be_expected() {
    let house = House::new();
    house.expects_nobody();
    let opened = house.home.write_program("browser", "#!/bin/sh\necho >opened\n");
    for args in
        [&["connect", "x"][..], &["connect", "x", "--paste"], &["connect", "x", "--no-browser"]]
    {
        let mut command = house.home.command();
        command.args(args).args(["--timeout", "5s"]).env("BROWSER", &opened);
        let ran = crate::support::Ran::of(&mut command).exits(2);
        let ran = ran.complains("error[confirmation_needed]").complains("`--expect @HANDLE`");
        ran.complains("`accounts: {x: {default: \"@HANDLE\"}}` in config.yaml");
    }
    assert_eq!(house.control().log(), []);
    assert!(!house.home.path().join("opened").exists());
}

#[test]
fn an_account_is_expected_by_its_handle_or_its_id() {
    let house = House::new();
    for (expected, fits) in [
        ("@alice", true),
        ("@ALICE", true),
        ("1001", true),
        ("@bob", false),
        ("1002", false),
        ("alice", false),
        ("@1001", false),
    ] {
        let connecting = Connecting::start(&house.home, &["--expect", expected]);
        connecting.comes_back(&house.consent(&connecting.url, "alice", |_| true));
        let ran = connecting.end();
        if fits {
            ran.succeeds().prints("connected x (default) as @alice");
            house.home.xreq(&["disconnect", "x"]).succeeds();
        } else {
            ran.exits(1).complains(&format!("{expected} was expected"));
            assert!(!house.home.grant("default").exists(), "{expected}");
        }
    }
    for odd in ["", "@", "a b"] {
        house.home.xreq(&["connect", "x", "--expect", odd]).exits(2);
    }
}

#[test]
fn the_settings_may_say_who_is_expected() {
    let house = House::new();
    let config = House::config(&house.sandbox.base_url());
    let connect = |args: &[&str], owner: &str| {
        let mut command = house.home.command();
        command.args(["connect", "x", "--no-browser", "--timeout", "1m"]).args(args);
        let connecting = Connecting::run(&mut command);
        connecting.comes_back(&house.consent(&connecting.url, owner, |_| true));
        connecting.end()
    };
    connect(&[], "alice").succeeds();
    let ran = connect(&[], "bob").exits(1).complains("error[account_mismatch]");
    ran.complains("@alice was expected (`accounts.x.default` in config.yaml)");
    // The command line has the last word.
    connect(&["--expect", "@bob", "--replace-account"], "bob").succeeds();
    house.home.write("home/config.yaml", config.replace("\"@alice\"", "1002, work: \"@alice\""));
    connect(&[], "bob").succeeds();
    connect(&["--account", "work"], "alice").succeeds();
    for odd in ["@alice", "[\"@alice\"]", "{id: 1}", "true", "\"@\""] {
        house.home.write("home/config.yaml", config.replace("\"@alice\"", odd));
        let ran = house.home.xreq(&["connect", "x", "--timeout", "1s"]).exits(2);
        ran.complains("error[invalid_config]").complains("config.yaml:");
    }
}

#[test]
fn an_account_that_cannot_be_looked_up_is_not_the_expected_one() {
    let not_enrolled = r#"{"reason":"client-not-enrolled","title":"Client Forbidden","detail":"Your app is not enrolled."}"#;
    let house = House::new();
    for fault in [
        Fault::status(503),
        Fault::status(401),
        Fault::status(429),
        Fault::DropAfter,
        Fault::Html,
        Fault::Body { status: 200, json: "{}".to_owned() },
        Fault::Body { status: 200, json: r#"{"data":{"id":"","username":"alice"}}"#.to_owned() },
        Fault::Body { status: 403, json: not_enrolled.to_owned() },
    ] {
        house.control().fault(Endpoint::Me, fault.clone(), u32::MAX);
        let ran = house.connect(&[]).exits(1).complains("error[account_unconfirmed]");
        house.control().clear_faults();
        ran.complains("@alice was expected, and the account that consented could not be looked up")
            .complains("its grant was revoked, and nothing changed here");
        assert!(!house.home.grant("default").exists(), "{fault:?}");
        assert!(house.is_revoked("alice"), "{fault:?}");
    }
    house.control().fault(
        Endpoint::Me,
        Fault::Body { status: 403, json: not_enrolled.to_owned() },
        1,
    );
    house.connect(&[]).exits(1).complains("pay-per-use");
}

#[test]
fn an_account_is_looked_up_again() {
    let house = House::new();
    for fault in [Fault::status(503), Fault::DropAfter, Fault::Html] {
        house.control().fault(Endpoint::Me, fault, 2);
        house.connect(&[]).succeeds().prints("connected x (default) as @alice");
    }
    // A provider that wants a long time gets it.
    house.control().clear_log();
    house.control().fault(Endpoint::Me, Fault::Status { status: 429, retry_after: Some(60) }, 1);
    house.connect(&[]).exits(1).complains("error[account_unconfirmed]");
    let log = house.control().log();
    assert_eq!(log.iter().filter(|logged| logged.endpoint == Endpoint::Me).count(), 1);
}

#[test]
fn nobody_can_be_expected_where_the_provider_does_not_say_whose_a_token_is() {
    let studio = Studio::new("account: {path: /me, id: /id, handle: /name}\n", "");
    let ran = studio.home.xreq(&["connect", "photos", "--expect", "1", "--timeout", "5s"]).exits(2);
    ran.complains("error[confirmation_needed]").complains("does not say how to ask");
    assert_eq!(studio.recorder.all().len(), 0);
}

#[test]
fn what_cannot_be_revoked_is_said_to_be_alive() {
    let house = House::new();
    house.control().fault(Endpoint::Revoke, Fault::status(503), u32::MAX);
    let connecting = Connecting::start(&house.home, &[]);
    connecting.comes_back(&house.consent(&connecting.url, "bob", |_| true));
    let ran = connecting.end().exits(1).complains("error[account_mismatch]");
    ran.complains("is still live").complains("could not be revoked").complains("settings at X");
    let studio = Studio::new("  revoke_url: @/revoke\n", "");
    let connecting = Connecting::to("photos", &studio.home, &["--expect", "2"]);
    connecting.comes_back(&back(&connecting.url, "the-code"));
    connecting.end().exits(1).complains("since Photos revokes no tokens on request");
}

#[test]
fn a_revocation_that_would_end_other_grants_is_left_out() {
    for (quirk, revoked) in [("", 2), ("quirks: {revocation_ends_all_grants: true}\n", 0)] {
        let studio = Studio::new("lifetimes:", &format!("{quirk}lifetimes:"));
        studio.connect();
        let connecting =
            Connecting::to("photos", &studio.home, &["--account", "work", "--expect", "2"]);
        connecting.comes_back(&back(&connecting.url, "the-code"));
        let ran = connecting.end().exits(1);
        assert_eq!(studio.recorder.requests("/revoke").len(), revoked, "{}", ran.stderr);
        assert_eq!(
            ran.stderr.contains("other grants of the account (photos (default))"),
            revoked == 0
        );
    }
}

/// `xreq connect x` at a terminal where nobody is expected, up to the consent of an owner; and the
/// page that their browser shows.
pub(super) fn at_a_terminal(house: &House, args: &str, owner: &str) -> (Pty, String) {
    house.expects_nobody();
    let script = format!(
        "\"$0\" connect x --no-browser --timeout 1m {args}; echo status $?; read line; echo \"[$line]\""
    );
    let mut pty = Pty::start(&house.home, &script);
    pty.wait_for("consent:\n  ");
    let url = pty.wait_for("\n").trim().to_owned();
    pty.wait_for("paste here the whole address");
    // What is typed before the question is no answer to it.
    pty.type_in("y\n");
    pty.wait_for("neither the code nor the URL");
    pty.type_in("half a line: y");
    let page = visit(&house.consent(&url, owner, |_| true));
    (pty, page)
}

#[test]
fn a_person_confirms_the_account() {
    if machine::lacks("setsid") {
        return;
    }
    let house = House::new();
    let (mut pty, page) = at_a_terminal(&house, "", "alice");
    assert!(page.contains("Confirm it in the terminal"), "{page}");
    assert!(!page.contains("is connected"), "{page}");
    pty.wait_for("Connected as @alice (id 1001): is this you? [y/N] ");
    assert!(!house.home.grant("default").exists());
    pty.type_in("y\n");
    let printed = pty.wait_for("status 0");
    assert!(printed.contains("connected x (default) as @alice"), "{printed}");
    house.home.xreq(&PRINT_TOKEN).succeeds();
}

#[test]
fn without_a_yes_the_grant_is_revoked_and_the_stored_one_stays() {
    if machine::lacks("setsid") {
        return;
    }
    for answer in ["n\n", "\n", "yeah\n", "no y\n", "\x04"] {
        let house = House::connected();
        let before = Stored::of(&house.home).grant().expect("it is stored");
        let (mut pty, _) = at_a_terminal(&house, "--replace-account", "bob");
        pty.wait_for(
            "x (default) is the account of @alice (id 1001) until now; its grant is replaced.",
        );
        pty.wait_for("Connected as @bob (id 1002): is this you? [y/N] ");
        // Meanwhile the stored grant is used as ever.
        house.home.xreq(&["refresh", "x", "--force"]).succeeds();
        pty.type_in(answer);
        let printed = pty.wait_for("status 1");
        assert!(printed.contains("error[account_unconfirmed]"), "{printed}");
        assert!(printed.contains("its grant was revoked, and nothing changed here"), "{printed}");
        assert!(house.is_revoked("bob"));
        let after = Stored::of(&house.home).grant().expect("it is stored");
        assert_eq!(after.metadata.account_id, before.metadata.account_id);
        house.home.xreq(&PRINT_TOKEN).succeeds();
    }
}

#[test]
fn nobody_answers_the_question() {
    if machine::lacks("setsid") {
        return;
    }
    let house = House::new();
    house.expects_nobody();
    let script = "\"$0\" connect x --no-browser --timeout 2s; echo status $?";
    let mut pty = Pty::start(&house.home, script);
    pty.wait_for("consent:\n  ");
    let url = pty.wait_for("\n").trim().to_owned();
    visit(&house.consent(&url, "alice", |_| true));
    pty.wait_for("is this you? [y/N] ");
    let printed = pty.wait_for("status 1");
    assert!(printed.contains("nobody confirmed in time"), "{printed}");
    assert!(house.is_revoked("alice") && !house.home.grant("default").exists());
}

#[test]
fn a_signal_at_the_question_revokes_the_grant() {
    if machine::lacks("setsid") {
        return;
    }
    let house = House::new();
    house.expects_nobody();
    let mut pty = Pty::start(&house.home, "exec \"$0\" connect x --no-browser --timeout 1m");
    pty.wait_for("consent:\n  ");
    let url = pty.wait_for("\n").trim().to_owned();
    visit(&house.consent(&url, "alice", |_| true));
    pty.wait_for("is this you? [y/N] ");
    pty.type_in("\x03");
    let (shown, status) = pty.end();
    assert_eq!(ended(status), "signal 2");
    assert!(shown.contains("is this you? [y/N] ^C\nerror[interrupted]"), "{shown}");
    assert!(house.is_revoked("alice") && !house.home.grant("default").exists());
    // The window is closed.
    let mut pty = Pty::start(&house.home, "exec \"$0\" connect x --no-browser --timeout 1m");
    pty.wait_for("consent:\n  ");
    let url = pty.wait_for("\n").trim().to_owned();
    visit(&house.consent(&url, "bob", |_| true));
    pty.wait_for("is this you? [y/N] ");
    pty.hang_up();
    until("the grant is revoked", || house.is_revoked("bob"));
    assert!(!house.home.grant("default").exists());
}

#[test]
fn a_person_may_take_an_account_that_cannot_be_looked_up() {
    if machine::lacks("setsid") {
        return;
    }
    let house = House::new();
    for (answer, status) in [("n\n", "status 1"), ("y\n", "status 0")] {
        house.control().fault(Endpoint::Me, Fault::status(503), u32::MAX);
        let (mut pty, _) = at_a_terminal(&house, "", "alice");
        pty.wait_for("The account that consented could not be looked up: ");
        pty.wait_for("Store the grant of an unknown account as x (default)? [y/N] ");
        pty.type_in(answer);
        pty.wait_for(status);
        assert_eq!(house.home.grant("default").exists(), answer == "y\n");
    }
    house.control().clear_faults();
    house.home.xreq(&PRINT_TOKEN).succeeds();
}

#[test]
fn what_is_typed_behind_a_pasted_address_does_not_get_to_the_shell() {
    if machine::lacks("setsid") {
        return;
    }
    let house = House::new();
    let script =
        "\"$0\" connect x --no-browser --timeout 1m; echo status $?; read line; echo \"[$line]\"";
    let mut pty = Pty::start(&house.home, script);
    pty.wait_for("consent:\n  ");
    let url = pty.wait_for("\n").trim().to_owned();
    pty.wait_for("paste here the whole address");
    let back = house.consent(&url, "alice", |_| true);
    pty.type_in(&format!("{back}\ntouch pasted\ny\n"));
    pty.wait_for("status 0");
    pty.type_in("of the person\n");
    pty.wait_for("[of the person]");
}
