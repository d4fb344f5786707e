//! Requests that reach the loopback address and are not the redirect.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use age::secrecy::ExposeSecret;

use super::attempt::{Attempt, CONNECTED, status, whole};
use super::*;
use crate::oauth::consent::page::Page;
use crate::oauth::consent::wait::Answer;

#[test]
fn rules_2_and_3_strays_neither_end_nor_win_the_login() {
    let (attempt, listener) = Attempt::new("127.0.0.1");
    let host = format!("127.0.0.1:{}", attempt.port);
    let other = state(&authorization(REDIRECT_URI));
    let target = attempt.target();
    let request = |line: &str, host: &str| format!("{line} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let strays = [
        (request("GET /", &host), "404 Not Found"),
        (request("GET /favicon.ico", &host), "404 Not Found"),
        (request("GET /callback", &host), "400 Bad Request"),
        (request("GET /callback?code=1", &host), "400 Bad Request"),
        (request("GET /callback?error=access_denied", &host), "400 Bad Request"),
        (request(&format!("GET /callback?code=1&state={other}"), &host), "400 Bad Request"),
        (request(&format!("HEAD {target}"), &host), "404 Not Found"),
        (request(&format!("POST {target}"), &host), "404 Not Found"),
        (request(&format!("OPTIONS {target}"), &host), "404 Not Found"),
        (request(&format!("get {target}"), &host), ""),
        (request(&format!("GET /callback/{}", &target[9..]), &host), "404 Not Found"),
        (request(&format!("GET /other{}", &target[9..]), &host), "404 Not Found"),
        (request(&format!("GET http://{host}{target}"), &host), "400 Bad Request"),
        (format!("GET {target} HTTP/1.1\r\n\r\n"), "400 Bad Request"),
        (format!("GET {target}\r\n\r\n"), "400 Bad Request"),
        // Another site's name that resolves to this machine.
        (request(&format!("GET {target}"), "evil.example"), "421 Misdirected Request"),
        (
            request(&format!("GET {target}"), &format!("localhost:{}", attempt.port)),
            "421 Misdirected Request",
        ),
        (request(&format!("GET {target}"), "127.0.0.1"), "421 Misdirected Request"),
        ("\x16\x03\x01\x02\x00\x01".to_owned(), ""),
        ("\r\n\r\n".to_owned(), ""),
    ];
    let mut browser = None;
    let answer = attempt.during(listener, || {
        for (request, expected) in &strays {
            let response = whole(attempt.send(request));
            assert_eq!(status(&response), *expected, "{request}");
            let has_body = response.contains(&Page::NotThis.html());
            assert_eq!(has_body, !expected.is_empty() && !request.starts_with("HEAD"), "{request}");
        }
        browser = Some(attempt.get(&target));
    });
    assert_eq!(answer.unwrap().code.unwrap().expose_secret(), "the-code");
    assert!(whole(browser.unwrap()).contains("200 OK"));
}

#[test]
fn rule_3_a_second_redirect_takes_no_code_and_gets_the_last_page() {
    let (attempt, listener) = Attempt::new("127.0.0.1");
    let (mut first, mut early) = (None, None);
    let answer = attempt.during(listener, || {
        first = Some(attempt.get(&attempt.target()));
        // While the first one still waits.
        early = Some(attempt.get(&attempt.target().replace("the-code", "another")));
    });
    let Answer { code, browser, .. } = answer.unwrap();
    assert!(["the-code", "another"].contains(&code.unwrap().expose_secret()));
    let browser = browser.unwrap();
    browser.show(&Page::Confirm { provider: "X" });
    for waiting in [first, early] {
        assert!(whole(waiting.unwrap()).ends_with(&Page::Confirm { provider: "X" }.html()));
    }
    browser.show(&CONNECTED);
    for _ in 0..2 {
        assert!(whole(attempt.get(&attempt.target())).ends_with(&CONNECTED.html()));
    }
    let stray = whole(attempt.get("/callback?code=1&state=of-another-attempt"));
    assert!(stray.ends_with(&Page::NotThis.html()), "{stray}");
    drop(browser);
    assert!(attempt.is_closed());
}

#[test]
fn a_browser_that_fetches_early_takes_nothing() {
    let (attempt, listener) = Attempt::new("127.0.0.1");
    let answer = attempt.during(listener, || {
        for early in [
            "Sec-Purpose: prefetch",
            "Sec-Purpose: prefetch;prerender",
            "sec-purpose: Prefetch;anonymous-client-ip",
            "Purpose: prefetch",
            "X-Purpose: preview",
            "X-Moz: prefetch",
        ] {
            let target = attempt.target().replace("the-code", "early");
            let response = whole(attempt.send(&format!(
                "GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n{early}\r\n\r\n",
                attempt.port
            )));
            assert_eq!(status(&response), "503 Service Unavailable", "{early}");
        }
        attempt.get(&attempt.target());
    });
    assert_eq!(answer.unwrap().code.unwrap().expose_secret(), "the-code");
}

#[test]
fn rules_8_and_18_answers_lead_nowhere_and_repeat_nothing() {
    let (attempt, listener) = Attempt::new("127.0.0.1");
    let evil =
        "next=https%3A%2F%2Fevil.example&redirect_uri=//evil.example&error_description=canary";
    let mut responses = Vec::new();
    let mut browser = None;
    let answer = attempt.during(listener, || {
        for path in ["/callback", "//evil.example", "/evil.example/..", "/callback/evil.example"] {
            responses.push(whole(attempt.get(&format!("{path}?code=canary&{evil}"))));
        }
        browser = Some(attempt.get(&format!("{}&{evil}", attempt.target())));
    });
    drop(answer);
    responses.push(whole(browser.unwrap()));
    for response in &responses {
        let lower = response.to_lowercase();
        let state = attempt.state.to_lowercase();
        for word in ["\r\nlocation:", "http-equiv", "evil", "canary", "the-code", &state] {
            assert!(!lower.contains(word), "{word} in {response}");
        }
    }
}

#[test]
fn every_answer_has_the_headers_that_keep_it_to_itself() {
    let (attempt, listener) = Attempt::new("127.0.0.1");
    let mut responses = Vec::new();
    let mut browser = None;
    let answer = attempt.during(listener, || {
        responses.push(whole(attempt.get("/favicon.ico")));
        responses.push(whole(attempt.get("/callback")));
        responses.push(whole(attempt.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")));
        responses.push(whole(attempt.send(&"A".repeat(90_000))));
        browser = Some(attempt.get(&attempt.target()));
    });
    answer.unwrap().browser.unwrap().show(&CONNECTED);
    responses.push(whole(browser.unwrap()));
    for response in &responses {
        for header in [
            "Content-Type: text/html; charset=utf-8",
            "Cache-Control: no-store",
            "Content-Security-Policy: default-src 'none'; style-src 'sha256-",
            "Referrer-Policy: no-referrer",
            "X-Content-Type-Options: nosniff",
            "X-Frame-Options: DENY",
            "Connection: close",
        ] {
            assert!(response.contains(&format!("\r\n{header}")), "no {header} in {response}");
        }
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        let length = format!("\r\nContent-Length: {}", body.len());
        assert!(body.is_empty() || head.contains(&length), "{response}");
    }
}

#[test]
fn rule_21_a_request_of_more_than_80_kib_is_refused() {
    let (attempt, listener) = Attempt::new("127.0.0.1");
    let request = |filler: usize| {
        let (target, port) = (attempt.target(), attempt.port);
        let filler = "a".repeat(filler);
        format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {filler}\r\n\r\n")
    };
    let rest = 80 * 1024 - request(0).len();
    let answer = attempt.during(listener, || {
        for filler in [rest + 1, 80 * 1024, 250_000] {
            let response = whole(attempt.send(&request(filler)));
            assert_eq!(status(&response), "431 Request Header Fields Too Large", "{filler}");
            assert!(response.ends_with(&Page::TooLong.html()), "{response}");
        }
        // Who is still sending can read the answer, which a connection that is cut would take away.
        let mut sending = attempt.send(&request(80 * 1024));
        sending.read_to_string(&mut String::new()).unwrap();
        let started = Instant::now();
        while started.elapsed() < Duration::from_millis(50) {
            sending.write_all(b"m").unwrap();
            std::thread::yield_now();
        }
        attempt.send(&request(rest));
    });
    assert_eq!(answer.unwrap().code.unwrap().expose_secret(), "the-code");
}

#[test]
fn rule_21_slow_senders_hold_nobody_up_and_are_few() {
    let (attempt, listener) = Attempt::new("127.0.0.1");
    let started = Instant::now();
    let answer = attempt.during(listener, || {
        let mut slow: Vec<_> = (0..40).map(|_| attempt.send("GET /callback?")).collect();
        // The oldest have to make room, long before their own time is over.
        for stream in &mut slow[..24] {
            assert!(matches!(stream.read(&mut [0]), Ok(0) | Err(_)));
        }
        attempt.get(&attempt.target());
    });
    assert_eq!(answer.unwrap().code.unwrap().expose_secret(), "the-code");
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
}

#[test]
fn rule_21_a_slow_sender_has_its_time() {
    let (attempt, listener) = Attempt::new("127.0.0.1");
    let answer = attempt.during(listener, || {
        assert_eq!(whole(attempt.send("GET /callback?")), "");
        // One that sends slowly, but all of it.
        let mut stream = attempt.send("GET ");
        for part in [attempt.target(), format!(" HTTP/1.1\r\nHost: 127.0.0.1:{}\r", attempt.port)] {
            stream.write_all(part.as_bytes()).unwrap();
        }
        stream.write_all(b"\n\r\n").unwrap();
    });
    assert_eq!(answer.unwrap().code.unwrap().expose_secret(), "the-code");
}
