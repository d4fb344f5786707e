//! What comes in is bounded (rule 21). Answers that never end are waited for in
//! [`crate::oauth::answers`].

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;
use xreq::sandbox::{Endpoint, Fault};

use crate::oauth::PRINT_TOKEN;
use crate::oauth::recorder::{Studio, back};
use crate::support::http::Request;
use crate::support::provider::{Connecting, House, split};

#[test]
fn rule_21_a_redirect_of_more_than_80_kib_is_refused_and_ends_nothing() {
    let house = House::new();
    let connecting = Connecting::start(&house.home, &[]);
    let back = house.consent(&connecting.url, "alice", |_| true);
    let (base, path) = split(&back);
    let page = Request::get(path).header("cookie", &"a".repeat(80 * 1024)).send(base);
    let page = page.expect("it answers");
    assert_eq!(page.status, 431);
    assert!(page.body.contains("Delete the cookies"), "{}", page.body);
    let long = format!("{path}&padding={}", "a".repeat(80 * 1024));
    assert_eq!(Request::get(&long).send(base).expect("it answers").status, 431);
    // Others send slowly, or send nothing, and hold nobody up.
    let authority = base.strip_prefix("http://").expect("plain HTTP");
    let silent: Vec<_> = (0..40)
        .map(|_| {
            let mut stream = TcpStream::connect(authority).expect("somebody listens");
            let _ = stream.write_all(b"GET /callback?code=");
            stream
        })
        .collect();
    assert!(connecting.comes_back(&back).contains("X is connected"));
    connecting.end().succeeds();
    for mut stream in silent {
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("it can be set");
        let mut answer = String::new();
        assert_eq!(stream.read_to_string(&mut answer).unwrap_or(0), 0, "{answer}");
    }
}

/// A browser sends the cookies of every app on this machine, whatever its port.
#[test]
fn a_redirect_comes_with_the_cookies_of_every_app() {
    let house = House::new();
    let connecting = Connecting::start(&house.home, &[]);
    let back = house.consent(&connecting.url, "alice", |_| true);
    let (base, path) = split(&back);
    let cookies: Vec<_> = (0..16).map(|app| format!("app-{app}={}", "c".repeat(4_080))).collect();
    let cookies = cookies.join("; ");
    assert!(cookies.len() > 65_000, "{}", cookies.len());
    let page = Request::get(path).header("cookie", &cookies).send(base).expect("it answers");
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains("X is connected"), "{}", page.body);
    connecting.end().succeeds();
}

#[test]
fn rule_21_a_token_response_of_more_than_1_mib_is_not_read() {
    let studio = Studio::new("title: Photos", "title: Photos");
    let response = |padding: usize| {
        studio.recorder.issues(&json!({
            "access_token": "token", "expires_in": 3600, "padding": "a".repeat(padding),
        }));
    };
    response(1 << 20);
    let connecting = studio.connecting();
    connecting.comes_back(&back(&connecting.url, "the-code"));
    connecting.end().exits(3).complains("error[provider_unavailable]");
    response((1 << 20) - 200);
    studio.connect();
}

#[test]
fn rule_21_a_token_of_more_than_64_kib_is_none() {
    let house = House::connected();
    house.age(7_300);
    let long = "a".repeat((1 << 16) + 1);
    for field in ["access_token", "refresh_token"] {
        let house = House::new();
        house.control().fault(Endpoint::Token, Fault::patch(field, long.as_str()), 1);
        house.connect(&[]).exits(3).complains("a token has more than 64 KiB");
        assert!(!house.home.grant("default").exists());
    }
    house.control().fault(Endpoint::Token, Fault::patch("access_token", long.as_str()), 1);
    house.home.xreq(&PRINT_TOKEN).exits(125).complains("error[refresh_in_doubt]");
}

#[test]
fn rule_21_what_a_server_says_is_told_shortly_and_without_its_tricks() {
    let house = House::connected();
    let description = format!("\u{1b}[2J\r\nno\u{7} {}", "x".repeat(100_000));
    let json = json!({"error": "invalid_request", "error_description": description}).to_string();
    house.control().fault(Endpoint::Token, Fault::Body { status: 400, json }, 1);
    let ran = house.home.xreq(&["refresh", "x", "--force"]).exits(1);
    assert!(ran.stderr.len() < 2_000, "{}", ran.stderr.len());
    assert!(!ran.stderr.contains(['\u{1b}', '\u{7}', '\r']), "{}", ran.stderr);
    let status = house.home.xreq(&["status"]).stdout;
    assert!(!status.contains(['\u{1b}', '\u{7}', '\r']) && status.len() < 2_000, "{status}");
}
