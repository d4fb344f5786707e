//! Consent: by PIN, by redirect, by nobody.

use age::secrecy::ExposeSecret;
use xreq::model::access_level::AccessLevel;
use xreq::sandbox::{Endpoint, Fault};

use super::{POSTS, by_pin, connected, consumer, house, pin};
use crate::support::provider::{Connecting, House};
use crate::support::pty::{Pty, ended};
use crate::support::{Ran, XREQ, conforms, machine};

/// Connects by a browser that consents by itself.
fn by_redirect(house: &House, decision: &str, args: &[&str]) -> Ran {
    let mut command = house.home.command();
    command.args(["connect", "x", "--kind", "oauth1", "--timeout", "1m"]).args(args);
    Ran::of(command.env("BROWSER", format!("{XREQ} sandbox approve {decision} %s")))
}

fn accounts(house: &House) -> Vec<serde_json::Value> {
    let status = house.home.xreq(&["status", "--format", "json"]).json();
    conforms("status", &status);
    status["accounts"].as_array().expect("they are listed").clone()
}

#[test]
fn an_account_is_connected_by_pin() {
    let house = house(POSTS);
    let mut connecting = by_pin(&house, &[]);
    assert!(connecting.before().contains("read-write  read and write"), "{}", connecting.before());
    connecting.types("yes");
    connecting.types("what is a PIN?");
    let pin = pin(&connecting.url, "alice");
    connecting.types(&format!(" {pin} "));
    let ran = connecting.end().succeeds();
    let ran =
        ran.prints("connected x (default) by oauth1 as @alice: read-write; it does not expire");
    let ran = ran.complains("At the end the page shows a PIN: type it here");
    assert_eq!(ran.stderr.matches("paste the PIN that the browser shows").count(), 2);
    let [account] = &accounts(&house)[..] else { panic!("one account") };
    assert_eq!((&account["kind"], &account["level"]), (&"oauth1".into(), &"read-write".into()));
    assert_eq!((&account["account_id"], &account["state"]), (&"1001".into(), &"connected".into()));
    assert_eq!(account["client_id"], consumer(&house).0);
    house.home.xreq(&["status"]).succeeds().prints("does not expire").prints("level: read-write");
}

#[test]
fn an_account_is_connected_by_redirect() {
    let house = house("integrations: [{key: x.dm.read, kind: oauth1}]\n");
    let ran = by_redirect(&house, "", &[]).succeeds();
    ran.prints("as @alice: read-write-directmessages").complains("The browser was asked to open");
    let asked = house.control().log();
    let asked = asked.iter().find(|it| it.path == "/oauth/request_token").expect("it was asked");
    assert_eq!(asked.redirect_uri.as_deref(), Some(house.redirect_uri.as_str()));
    // Without a manifest's word, it is what the app has; with a level, that one.
    house.home.write("xreq.yaml", "integrations: [x.tweet.read]\n");
    by_redirect(&house, "", &["--level", "read", "--account", "work", "--expect", "@alice"])
        .succeeds()
        .prints("connected x (work) by oauth1 as @alice: read;");
}

#[test]
fn a_port_that_is_taken_leads_to_a_pin() {
    let house = house(POSTS);
    let port = house.redirect_uri.rsplit(':').next().expect("a port").split('/').next();
    let port: u16 = port.expect("a port").parse().expect("a number");
    let _taken = std::net::TcpListener::bind(("127.0.0.1", port)).expect("it is free");
    let mut command = house.home.command();
    command.args(["connect", "x", "--kind", "oauth1", "--expect", "@alice"]);
    command.env("BROWSER", "/bin/true %s");
    let mut connecting = Connecting::run(&mut command);
    let pin = pin(&connecting.url, "alice");
    connecting.types(&pin);
    connecting.end().succeeds().complains("shows a PIN instead");
}

#[test]
fn a_refusal_leaves_nothing() {
    let house = house(POSTS);
    let ran = by_redirect(&house, "--deny", &[]).exits(1);
    ran.complains("error[authorization_denied]").complains("xreq connect x --kind oauth1");
    let mut connecting = by_pin(&house, &[]);
    connecting.types("0000000");
    let ran = connecting.end().exits(3).complains("error[token_exchange_failed]");
    ran.complains("a consent is good once");
    assert!(accounts(&house).is_empty());
}

#[test]
fn a_token_of_somebody_else_is_ended() {
    let house = house(POSTS);
    let mut connecting = by_pin(&house, &[]);
    let pin = pin(&connecting.url, "bob");
    connecting.types(&pin);
    let ran = connecting.end().exits(1).complains("error[account_mismatch]");
    ran.complains("@bob").complains("its token was ended, and nothing changed here");
    assert!(accounts(&house).is_empty());
    assert_eq!(house.control().oauth1_tokens("bob"), 0);
    // The label's own token is not touched by it, and passes to nobody else.
    connected(&house, &[]).succeeds();
    let mut connecting = by_pin(&house, &["--expect=@bob"]);
    let pin = super::pin(&connecting.url, "bob");
    connecting.types(&pin);
    connecting.end().exits(1).complains("error[account_changed]");
    assert_eq!(
        (house.control().oauth1_tokens("alice"), house.control().oauth1_tokens("bob")),
        (1, 0)
    );
    let mut connecting = by_pin(&house, &["--expect=@bob", "--replace-account"]);
    let pin = super::pin(&connecting.url, "bob");
    connecting.types(&pin);
    connecting.end().succeeds().prints("as @bob");
}

#[test]
fn the_answers_of_a_wrong_set_up_say_what_to_do() {
    let house = House::new();
    let connect = |args: &[&str]| {
        let all = [&["connect", "x", "--kind", "oauth1", "--expect", "@alice"], args].concat();
        house.home.xreq(&all)
    };
    connect(&[])
        .exits(2)
        .complains("the client `default` of X has no OAuth 1.0a keys")
        .complains("xreq client set x --consumer-key KEY");
    connect(&["--client", "other"]).exits(2).complains("no client of X is called `other`");
    let set = ["client", "set", "x", "--consumer-key", &consumer(&house).0];
    house.home.xreq_with(&set, "not-the-secret").succeeds();
    let ran = connect(&[]).complains("error[client_rejected]").complains("error 32");
    ran.complains("xreq client set x --consumer-key KEY");
    house.home.xreq_with(&set, consumer(&house).1).succeeds();
    let control = house.control();
    control.fault(Endpoint::Oauth1, "clock-10m".parse().expect("a fault"), 1);
    let ran = connect(&[]).complains("error[provider_unavailable]").complains("error 135");
    ran.complains("the clock of this machine is 10m behind its own").complains("correct the clock");
    control.fault(Endpoint::Oauth1, "clock--1h".parse().expect("a fault"), 1);
    connect(&[]).complains("the clock of this machine is 1h ahead of its own");
    control.fault(Endpoint::Oauth1, Fault::status(503), 1);
    connect(&[]).exits(3).complains("X gave no request token: it answers 503");
    control.fault(Endpoint::Oauth1, Fault::Html, 1);
    connect(&[]).exits(3).complains("no `oauth_token` that can be used");
    let elsewhere =
        ["client", "set", "x", "--id", "other", "--redirect-uri", "http://127.0.0.1:9/"];
    house.home.xreq_with(&elsewhere, "secret").succeeds();
    let mut command = house.home.command();
    command.args(["connect", "x", "--kind", "oauth1", "--expect", "@alice"]);
    let ran = Ran::of(command.env("BROWSER", "/bin/true %s")).complains("error[client_rejected]");
    ran.complains("X does not let the app come back to `http://127.0.0.1:9/`");
    for (args, words) in [
        (&["--add-scope", "dm.read"][..], "`--add-scope` has no meaning with the kind `oauth1`"),
        (&["--level", "all"], "no level is called `all`: there are read, read-write"),
        (&["--pin", "--paste"], "cannot be used with"),
    ] {
        connect(args).exits(2).complains(words);
    }
    let ran = house.home.xreq(&["connect", "x", "--level", "read"]).exits(2);
    ran.complains("`--level` has no meaning with the kind `oauth2`");
    house
        .home
        .xreq(&["connect", "x", "--kind", "oauth3"])
        .exits(2)
        .complains("possible values: oauth2");
}

#[test]
fn a_level_is_found_out_and_never_guessed() {
    let house = house(POSTS);
    let control = house.control();
    control.fault(Endpoint::Verify, Fault::NoLevel, 1);
    let ran = connected(&house, &[]).succeeds().prints("as @alice: of unknown level");
    ran.complains("the level of the token is not known: X does not say it");
    control.fault(Endpoint::Verify, Fault::Oauth1Permissions, 1);
    let ran = connected(&house, &[]).succeeds().prints("as @alice: of unknown level");
    ran.complains("the app's permissions for OAuth 1.0a are too low to ask");
    control.fault(Endpoint::Verify, Fault::status(404), 1);
    let ran = connected(&house, &[]).succeeds().complains("X does not answer where it is asked");
    ran.prints("of unknown level");
    control.fault(Endpoint::Verify, Fault::status(503), 1);
    let ran = connected(&house, &[]).succeeds().prints("as @alice: of unknown level");
    ran.complains("it could not be asked: it answers 503");
    assert!(accounts(&house)[0]["level"].is_null());
    connected(&house, &[]).succeeds().prints("as @alice: read-write;");
}

#[test]
fn at_a_terminal_keys_and_account_are_asked_for() {
    if machine::lacks("setsid") {
        return;
    }
    let house = House::new();
    house.home.write("xreq.yaml", POSTS);
    house.expects_nobody();
    let (key, secret) = consumer(&house);
    let script = "exec \"$0\" connect x --kind oauth1 --pin --no-browser --timeout 1m";
    let mut pty = Pty::start(&house.home, script);
    pty.wait_for("consumer key (API key) of X: ");
    pty.type_in(&format!("{key}\n"));
    pty.wait_for("consumer secret of X: ");
    pty.type_in(&format!("{secret}\n"));
    pty.wait_for("consent:\n  ");
    let url = pty.wait_for("\n").trim().to_owned();
    pty.wait_for("type it here");
    pty.type_in(&format!("{}\n", pin(&url, "alice")));
    pty.wait_for("Connected as @alice (id 1001): is this you? [y/N] ");
    pty.type_in("y\n");
    let (printed, status) = pty.end();
    assert!(printed.contains("connected x (default) by oauth1 as @alice"), "{printed}");
    assert!(!printed.contains(&secret), "{printed}");
    assert_eq!(ended(status), "exit 0");

    let mut pty = Pty::start(&house.home, &format!("{script} --account bob"));
    pty.wait_for("consent:\n  ");
    let url = pty.wait_for("\n").trim().to_owned();
    pty.wait_for("type it here");
    pty.type_in(&format!("{}\n", pin(&url, "bob")));
    pty.wait_for("is this you? [y/N] ");
    pty.type_in("n\n");
    let (printed, _) = pty.end();
    assert!(printed.contains("its token was ended"), "{printed}");
    assert_eq!(house.control().oauth1_tokens("bob"), 0);
    assert_eq!(accounts(&house).len(), 1);
}

#[test]
fn ctrl_c_leaves_nothing() {
    if machine::lacks("setsid") {
        return;
    }
    let house = house(POSTS);
    let script = "\"$0\" connect x --kind oauth1 --pin --no-browser --timeout 1m; echo status $?";
    let mut pty = Pty::start(&house.home, script);
    pty.wait_for("type it here");
    pty.type_in("\u{3}");
    let (printed, _) = pty.end();
    assert!(printed.contains("error[interrupted]"), "{printed}");
    assert!(accounts(&house).is_empty());
    assert!(!house.home.store().join("pending/x/default~oauth1~main.json").exists());
}

#[test]
fn a_token_is_ended_and_removed() {
    let house = house(POSTS);
    connected(&house, &[]).succeeds();
    house.home.xreq(&["refresh", "--all"]).succeeds();
    let control = house.control();
    control.fault(Endpoint::Oauth1, Fault::status(503), 1);
    let ran = house
        .home
        .xreq(&["disconnect", "x", "--kind", "oauth1"])
        .exits(3)
        .complains("error[revocation_failed]");
    ran.complains("xreq disconnect x --account default --kind oauth1 --local-only");
    assert_eq!((accounts(&house).len(), control.oauth1_tokens("alice")), (1, 1));
    let ran = house.home.xreq(&["disconnect", "x"]).complains("there is no grant of x");
    let ran = ran.complains("error[not_stored]").complains("x (default, oauth1)");
    ran.complains("`xreq disconnect x --account default --kind oauth1`");
    house
        .home
        .xreq(&["disconnect", "x", "--kind", "oauth1"])
        .succeeds()
        .prints("disconnected x (default, oauth1)");
    assert_eq!((accounts(&house).len(), control.oauth1_tokens("alice")), (0, 0));
    // One that its owner ended already counts as ended.
    connected(&house, &[]).succeeds();
    control.revoke_by_user("alice");
    house.home.xreq(&["disconnect", "x", "--kind", "oauth1"]).succeeds();
    // And one that nobody is told of stays alive.
    connected(&house, &[]).succeeds();
    let args = ["disconnect", "x", "--account", "default", "--kind", "oauth1", "--local-only"];
    house.home.xreq(&args).succeeds().complains("X was not told");
    assert_eq!((accounts(&house).len(), control.oauth1_tokens("alice")), (0, 1));
}

#[test]
fn a_grant_and_a_token_of_one_account_live_side_by_side() {
    let house = house(POSTS);
    house.connect(&["x.tweet.write"]).succeeds();
    connected(&house, &[]).succeeds();
    assert_eq!(accounts(&house).len(), 2);
    // Without a word, the grant is meant.
    house.home.xreq(&["disconnect", "x"]).succeeds().prints("disconnected x (default):");
    let pair = house.control().issue_oauth1_token("alice", AccessLevel::Read);
    assert!(!pair.token.expose_secret().is_empty());
    assert_eq!(accounts(&house)[0]["kind"], "oauth1");
}
