//! The senders that may answer, and what becomes of each answer.

use std::io::{self, Cursor, Read};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use age::secrecy::ExposeSecret;

use super::attempt::{Attempt, CONNECTED, LONG, status, typed, wait, whole};
use super::*;
use crate::error::{Code, Error};
use crate::oauth::consent::page::Page;

#[test]
fn the_browser_is_held_until_its_page_is_known() {
    let (attempt, listener) = Attempt::new("127.0.0.1");
    let mut browser = None;
    let answer =
        attempt.during(listener, || browser = Some(attempt.get(&attempt.target()))).unwrap();
    assert_eq!(answer.code.as_ref().unwrap().expose_secret(), "the-code");
    assert!(!answer.pasted);
    let mut browser = browser.unwrap();
    browser.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    let early = browser.read(&mut [0]).unwrap_err();
    assert_eq!(early.kind(), io::ErrorKind::WouldBlock);
    browser.set_read_timeout(Some(LONG)).unwrap();
    answer.browser.unwrap().show(&CONNECTED);
    let response = whole(browser);
    assert_eq!(status(&response), "200 OK");
    assert!(response.ends_with(&CONNECTED.html()));
}

#[test]
fn a_browser_that_is_forgotten_is_sent_to_the_terminal() {
    let (attempt, listener) = Attempt::new("127.0.0.1");
    let mut browser = None;
    drop(attempt.during(listener, || browser = Some(attempt.get(&attempt.target()))));
    assert!(whole(browser.unwrap()).ends_with(&Page::SeeTerminal.html()));
}

#[test]
fn a_browser_that_went_away_does_no_harm() {
    let (attempt, listener) = Attempt::new("127.0.0.1");
    let answer = attempt.during(listener, || drop(attempt.get(&attempt.target()))).unwrap();
    answer.browser.unwrap().show(&CONNECTED);
}

#[test]
fn rule_5_nobody_listens_after_the_time_is_over() {
    let (attempt, listener) = Attempt::new("127.0.0.1");
    assert!(!attempt.is_closed());
    let limit = Duration::from_millis(50);
    let error = wait(&attempt.authorization, Some(listener), None, limit, &|_| {}).unwrap_err();
    assert_eq!(error.code(), Code::SessionExpired);
    assert!(attempt.is_closed());
}

#[test]
fn the_time_that_was_given_is_named() {
    let (_sender, input) = typed();
    let authorization = Arc::new(authorization(REDIRECT_URI));
    let limit = Duration::from_secs(1);
    let error = wait(&authorization, None, Some(input), limit, &|_| {}).unwrap_err();
    assert_eq!(error.to_string(), "nobody answered the request for consent within 1s");
}

/// The failure after a redirect with these parameters, and what the browser shows of it.
fn failure(parameters: &str) -> (Error, String) {
    let (attempt, listener) = Attempt::new("127.0.0.1");
    let mut browser = None;
    let target = format!("/callback?{parameters}&state={}", attempt.state);
    let answer = attempt.during(listener, || browser = Some(attempt.get(&target))).unwrap();
    let error = answer.code.unwrap_err();
    answer.browser.unwrap().show(&Page::Failed {
        provider: "X",
        code: error.code(),
        next: error.remedy(),
        what: &error.to_string(),
    });
    (error, whole(browser.unwrap()))
}

#[test]
fn a_refusal_is_told_in_the_providers_words() {
    for (parameters, code, message) in [
        (
            "error=access_denied",
            Code::AuthorizationDenied,
            "the consent was refused on X's page (`access_denied`)",
        ),
        (
            "error=invalid_scope&error_description=%3Cb%3Eno%3C/b%3E%0a",
            Code::AuthorizationDenied,
            "X does not know a scope, or does not give it to this client (`invalid_scope`: \
             <b>no</b>)",
        ),
        (
            "error=unauthorized_client",
            Code::AuthorizationDenied,
            "X does not let this client ask for consent (`unauthorized_client`)",
        ),
        (
            "error=server_error",
            Code::ProviderUnavailable,
            "X could not ask for consent (`server_error`)",
        ),
        ("error=e", Code::AuthorizationDenied, "X refused the request for consent (`e`)"),
        ("x=y", Code::MissingParams, "X sent the browser back with neither a code nor an error"),
        (
            "code=1&iss=https://evil.example",
            Code::AuthorizationDenied,
            "the redirect says that it comes from another server than X's (RFC 9207), \
             and was not used",
        ),
    ] {
        let (error, response) = failure(parameters);
        assert_eq!((error.code(), error.to_string().as_str()), (code, message));
        assert!(error.hint().is_some(), "{message}");
        assert_eq!(status(&response), "400 Bad Request");
        for shown in ["<h1>X was not connected</h1>", code.name()] {
            assert!(response.contains(shown), "no {shown} in {response}");
        }
        assert!(!response.contains("<b>"), "{response}");
    }
}

#[test]
fn a_person_pastes_where_no_browser_is() {
    let authorization = Arc::new(authorization(REDIRECT_URI));
    let lines = format!(
        "\n  \nhello\n{REDIRECT_URI}?code=not-ours&state=x\na {}\n{}\n\
         {REDIRECT_URI}?code=the-code&state={}\nmore\n",
        "a".repeat(20_000),
        authorization.url(),
        state(&authorization),
    );
    let told = Mutex::new(Vec::new());
    let tell = |line: &str| told.lock().unwrap().push(line.to_owned());
    let answer =
        wait(&authorization, None, Some(Box::new(Cursor::new(lines))), LONG, &tell).unwrap();
    assert_eq!(answer.code.as_ref().unwrap().expose_secret(), "the-code");
    assert!(answer.pasted && answer.browser.is_none());
    let told = told.into_inner().unwrap();
    let kinds: Vec<_> = told.iter().map(|line| line.contains("no code in it")).collect();
    assert_eq!(kinds, [false, false, false, true]);
    assert!(!told.concat().contains("not-ours"));
}

#[test]
fn the_end_of_the_input_is_the_end_where_no_browser_is() {
    let authorization = Arc::new(authorization(REDIRECT_URI));
    for input in ["", "hello\n"] {
        let input = Box::new(Cursor::new(input));
        let error = wait(&authorization, None, Some(input), LONG, &|_| {}).unwrap_err();
        assert_eq!(error.code(), Code::MissingParams);
    }
    let error = wait(&authorization, None, None, LONG, &|_| {}).unwrap_err();
    assert_eq!(error.code(), Code::MissingParams);
}

#[test]
fn a_refusal_can_be_pasted() {
    let authorization = Arc::new(authorization(REDIRECT_URI));
    let line = format!("{REDIRECT_URI}?error=access_denied&state={}", state(&authorization));
    let answer =
        wait(&authorization, None, Some(Box::new(Cursor::new(line))), LONG, &|_| {}).unwrap();
    let error = answer.code.unwrap_err();
    assert_eq!(error.code(), Code::AuthorizationDenied);
}

#[test]
fn bytes_that_are_no_text_are_one_more_wrong_line() {
    let authorization = Arc::new(authorization(REDIRECT_URI));
    let input = Cursor::new(b"\xff\xfe\x00abcdefgh\nabcdefgh\n");
    let answer = wait(&authorization, None, Some(Box::new(input)), LONG, &|_| {}).unwrap();
    assert_eq!(answer.code.as_ref().unwrap().expose_secret(), "abcdefgh");
}

#[test]
fn browser_and_person_race() {
    for by_browser in [true, false] {
        let (attempt, listener) = Attempt::new("127.0.0.1");
        let (person, input) = typed();
        let answer = std::thread::scope(|scope| {
            let waiting = scope
                .spawn(|| wait(&attempt.authorization, Some(listener), Some(input), LONG, &|_| {}));
            if by_browser {
                attempt.get(&attempt.target());
            } else {
                person.send("the-code\n".to_owned()).unwrap();
            }
            waiting.join().unwrap().unwrap()
        });
        assert_eq!(answer.code.as_ref().unwrap().expose_secret(), "the-code");
        assert_eq!(answer.pasted, !by_browser);
        assert_eq!(answer.browser.is_some(), by_browser);
        drop(answer);
        assert!(attempt.is_closed());
    }
}

#[test]
fn a_closed_input_leaves_the_browser() {
    let (attempt, listener) = Attempt::new("127.0.0.1");
    let input = Box::new(Cursor::new("hello\n"));
    let (sender, told) = std::sync::mpsc::channel();
    let answer = std::thread::scope(|scope| {
        let authorization = &attempt.authorization;
        let waiting = scope.spawn(move || {
            let tell = |line: &str| sender.send(line.to_owned()).unwrap();
            wait(authorization, Some(listener), Some(input), LONG, &tell)
        });
        // The line was read, and so was the end behind it, or will be soon.
        told.recv_timeout(LONG).unwrap();
        attempt.get(&attempt.target());
        waiting.join().unwrap().unwrap()
    });
    assert!(!answer.pasted);
}
