//! A login as a person does it: the consent page of the sandbox, the way back, and the page there.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use super::{PHONE, SCREENS, audit, file};
use crate::support::Ran;
use crate::support::chromium::Chromium;
use crate::support::http::Request;
use crate::support::provider::{ASKED, Connecting, House, led_to, split};
use crate::support::wait::until;

/// Presses a button of the consent page, and reads the page with a title.
#[track_caller]
fn decide(browser: &mut Chromium, decision: &str, title: &str) -> String {
    browser.evaluate(&format!("document.querySelector('button[value={decision}]').click()"));
    ended(browser, title)
}

/// Waits for the page with a title, and reads all of it.
#[track_caller]
fn ended(browser: &mut Chromium, title: &str) -> String {
    browser.wait_for(&format!("document.title == '{title} · xreq'"));
    browser.wait_for("document.readyState == 'complete'");
    audit::document(browser, title);
    audit::unfold(browser, true);
    audit::layout(browser, title);
    let text = browser.evaluate("document.querySelector('main').innerText");
    audit::unfold(browser, false);
    text.as_str().expect("a text").to_owned()
}

/// Comes to the consent page of an attempt.
fn asked(browser: &mut Chromium, connecting: &Connecting) {
    browser.show_on(PHONE);
    browser.open(&connecting.url);
    browser.wait_for("document.querySelector('button[value=authorize]')");
}

#[test]
fn the_consent_page_says_first_who_asks_for_what() {
    let Some(mut browser) = Chromium::start() else { return };
    let house = House::new();
    let connecting = Connecting::start(&house.home, &["--add-scope", "like.read"]);
    asked(&mut browser, &connecting);
    for (screen_name, screen) in SCREENS {
        let name = format!("login-1-asked-{screen_name}");
        browser.show_on(screen);
        audit::unfold(&mut browser, false);
        let seen = browser.evaluate("document.querySelector('main').innerText");
        let seen = seen.as_str().expect("a text");
        let places: Vec<_> = [
            "Sandbox App wants to use your X account",
            "create, repost and delete posts",
            "see what was liked, and by whom",
            "without asking you again",
            "@alice",
            "Allow",
            "This is for practice",
        ]
        .iter()
        .map(|text| seen.find(text).unwrap_or_else(|| panic!("no {text:?} in {seen}")))
        .collect();
        assert!(places.is_sorted(), "{places:?} in {seen}");
        for jargon in ["PKCE", "scope", "OAuth", "redirect", "tweet.write", "client"] {
            assert!(!seen.contains(jargon), "{jargon} in {seen}");
        }
        if screen.height >= PHONE.height {
            let first = ["h1", "ul", ".accounts", ".decision", ".note"];
            audit::fold(&mut browser, &name, &first);
        }
        browser.screenshot(&file(&name));
        audit::unfold(&mut browser, true);
        audit::layout(&mut browser, &name);
        audit::accessible(&mut browser, &name);
        browser.screenshot(&file(&format!("{name}-unfolded")));
    }
}

#[test]
fn a_person_consents_by_the_keyboard() {
    let Some(mut browser) = Chromium::start() else { return };
    let house = House::new();
    let connecting = Connecting::start(&house.home, &[]);
    asked(&mut browser, &connecting);
    for value in ["alice", "authorize"] {
        browser.press("Tab");
        assert_eq!(browser.evaluate("document.activeElement.value"), value);
        let outline = browser.evaluate("getComputedStyle(document.activeElement).outlineStyle");
        assert_eq!(outline, "solid", "the focus on {value} is not seen");
    }
    browser.press("Enter");
    ended(&mut browser, "X is connected");
    connecting.end().succeeds();
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
    let text = decide(&mut browser, "authorize", "X is connected");
    // A reload finds the page, and takes no code again: at once, since the page lives as long as the command.
    browser.evaluate("location.reload()");
    browser.wait_for("performance.getEntriesByType('navigation')[0].type == 'reload'");
    browser.wait_for("document.title == 'X is connected · xreq'");
    browser.screenshot(&file("login-2-connected"));
    connecting.end().succeeds().prints("connected x (default) as @alice");
    for shown in ASKED.split(' ').chain(["@alice", "default", "xreq run -- printenv"]) {
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
    let (_, missing) = text.split_once("What you did not allow").expect("it is said");
    let next = "xreq connect x --add-scope tweet.write";
    assert!(text.contains(next), "no {next} in {text}");
    let (missing, granted) = missing.split_once("What you allowed").expect("it is said");
    let (granted, details) = granted.split_once("Details").expect("there are some");
    for shown in ["delete posts", "(for x.tweet.write)"] {
        assert!(missing.contains(shown), "no {shown} in {text}");
    }
    assert!(!granted.contains("delete posts") && granted.contains("read posts"), "{text}");
    let (granted, missing) = details.split_once("Not granted").expect("it is said");
    assert!(missing.contains("tweet.write") && !granted.contains("tweet.write"), "{text}");
    assert!(granted.contains("tweet.read"), "{text}");
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
    let (seen, details) = text.split_once("Details").expect("there are some");
    for shown in ["Nothing was stored", "X says that this was not allowed."] {
        assert!(seen.contains(shown), "no {shown} in {text}");
    }
    // The words of the terminal are for whoever asks for them.
    for word in ["access_denied", "The account's owner refused.", "authorization_denied"] {
        assert!(details.contains(word) && !seen.contains(word), "{word} in {text}");
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
