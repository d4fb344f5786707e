//! A login as a person does it: the consent page of the sandbox, the way back, and the page there.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use super::{PHONE, audit, file};
use crate::support::Ran;
use crate::support::chromium::Chromium;
use crate::support::http::Request;
use crate::support::provider::{ASKED, Connecting, House, led_to, split};
use crate::support::wait::until;

/// Presses a button of the consent page, and waits for the page with a title.
#[track_caller]
fn decide(browser: &mut Chromium, decision: &str, title: &str) -> String {
    browser.evaluate(&format!("document.querySelector('button[value={decision}]').click()"));
    browser.wait_for(&format!("document.title == '{title} · xreq'"));
    browser.wait_for("document.readyState == 'complete'");
    audit::document(browser, title);
    audit::layout(browser, title);
    let text = browser.evaluate("document.querySelector('main').innerText");
    text.as_str().expect("a text").to_owned()
}

/// Comes to the consent page of an attempt.
fn asked(browser: &mut Chromium, connecting: &Connecting) {
    browser.show_on(PHONE);
    browser.open(&connecting.url);
    browser.wait_for("document.querySelector('button[value=authorize]')");
}

#[test]
fn a_person_consents() {
    let Some(mut browser) = Chromium::start() else { return };
    let house = House::new();
    let connecting = Connecting::start(&house.home, &[]);
    // A tab of an earlier attempt.
    browser.open(&format!("{}?error=access_denied&state=stale", house.redirect_uri));
    browser.wait_for("document.title == 'This is not the awaited answer · xreq'");

    asked(&mut browser, &connecting);
    browser.screenshot(&file("login-1-asked"));
    let text = decide(&mut browser, "authorize", "X is connected");
    browser.screenshot(&file("login-2-connected"));
    connecting.end().succeeds().prints("connected x (default) as @alice");
    for shown in ASKED.split(' ').chain(["@alice", "default", "xreq check"]) {
        assert!(text.contains(shown), "no {shown} in {text}");
    }
    assert!(!text.contains("not granted"), "{text}");
}

#[test]
fn a_person_grants_less() {
    let Some(mut browser) = Chromium::start() else { return };
    let house = House::new();
    let connecting = Connecting::start(&house.home, &[]);
    asked(&mut browser, &connecting);
    browser.evaluate("document.querySelector('input[value=\"tweet.write\"]').click()");
    let title = "X is connected, with less than was asked for";
    let text = decide(&mut browser, "authorize", title);
    browser.screenshot(&file("login-3-partly"));
    connecting.end().exits(1).complains("scope_missing");
    let (_, missing) = text.split_once("What was not granted").expect("it is said");
    let (missing, granted) = missing.split_once("What was granted").expect("it is said");
    for shown in ["tweet.write", "delete posts", "(for x.tweet.write)"] {
        assert!(missing.contains(shown), "no {shown} in {text}");
    }
    assert!(!granted.contains("tweet.write") && granted.contains("tweet.read"), "{text}");
}

#[test]
fn a_person_refuses() {
    let Some(mut browser) = Chromium::start() else { return };
    let house = House::new();
    let connecting = Connecting::start(&house.home, &[]);
    asked(&mut browser, &connecting);
    let text = decide(&mut browser, "cancel", "X was not connected");
    browser.screenshot(&file("login-4-refused"));
    connecting.end().exits(1).complains("authorization_denied");
    for shown in ["access_denied", "The account's owner refused.", "No grant was stored"] {
        assert!(text.contains(shown), "no {shown} in {text}");
    }
    assert!(!house.home.grant("default").exists());
}

#[test]
fn the_browser_of_the_variable_is_opened_where_the_terminal_says() {
    let house = House::new();
    let script = "#!/bin/sh\nprintf %s \"$1\" >opened.new && mv opened.new opened\n";
    let program = house.home.write_program("browser", script);
    let mut connect = house.home.command();
    connect.args(["connect", "x"]).env("BROWSER", &program);
    let mut child = connect.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    let stderr = BufReader::new(child.stderr.take().expect("it is a pipe"));
    let mut lines = stderr.lines().map(|line| line.expect("it is text"));
    assert!(lines.any(|line| line.starts_with("The browser was asked to open this address")));
    let shown = lines.find(|line| line.trim().starts_with("http")).expect("the address is shown");
    until("the browser runs", || house.home.path().join("opened").exists());
    let opened = fs::read_to_string(house.home.path().join("opened")).expect("it was opened");
    let opened = led_to(&opened);
    assert_eq!(shown.trim(), opened);

    let back = house.consent(&opened, "alice", |_| true);
    let (base, path) = split(&back);
    let page = Request::get(path).send(base).expect("xreq answers");
    assert!(page.body.contains("X is connected"), "{}", page.body);
    lines.for_each(drop);
    Ran::from(child.wait_with_output().expect("it ends")).succeeds();
}
