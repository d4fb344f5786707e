//! Each fault, as a client sees it, and what was done nevertheless.

use std::io::ErrorKind;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use xreq::sandbox::{Endpoint, Fault};

use super::*;

const PATIENCE: Duration = Duration::from_secs(10);

/// A sandbox with a grant; its token endpoint fails once.
struct Faulty {
    sandbox: Sandbox,
    token: String,
}

impl Faulty {
    fn with(fault: Fault) -> Self {
        let sandbox = sandbox();
        let token = App::of(&sandbox).connect(SCOPES).text("/refresh_token");
        sandbox.control().clear_log();
        sandbox.control().fault(Endpoint::Token, fault, 1);
        Self { sandbox, token }
    }

    fn app(&self) -> App<'_> {
        App::of(&self.sandbox)
    }

    fn refresh(&self) -> std::io::Result<Response> {
        self.app().refreshing(&self.token).send(&self.sandbox.base_url())
    }

    /// Whether the refresh was done, and the next request is answered as ever.
    #[track_caller]
    fn was_done(&self, done: bool) {
        let log = self.sandbox.control().log();
        assert_eq!(log.len(), 1, "a client followed, or tried again: {log:?}");
        assert_eq!(log[0].grant_type.as_deref(), Some("refresh_token"));
        assert_eq!(log[0].presented, Some(xreq::sandbox::fingerprint(&self.token)));
        assert!(log[0].fault.is_some());
        let refreshes = self.sandbox.control().grants("alice")[0].refreshes;
        assert_eq!(refreshes, u32::from(done));
        assert_eq!(self.app().refresh(&self.token).status, if done { 400 } else { 200 });
    }
}

#[test]
fn a_connection_is_dropped_before_or_after_the_work() {
    for (fault, done) in [(Fault::DropBefore, false), (Fault::DropAfter, true)] {
        let faulty = Faulty::with(fault);
        let error = faulty.refresh().expect_err("there is no answer");
        assert!(matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset));
        faulty.was_done(done);
    }
}

#[test]
fn an_answer_is_cut() {
    let faulty = Faulty::with(Fault::Truncated);
    let request = faulty.app().refreshing(&faulty.token);
    let raw = request.send_raw(&faulty.sandbox.base_url()).expect("something is sent");
    let (head, body) = raw.split_once("\r\n\r\n").expect("the head is whole");
    let length = head.to_ascii_lowercase();
    let (_, length) = length.split_once("content-length: ").expect("it says how long it is");
    let length: usize = length.lines().next().and_then(|l| l.parse().ok()).expect("a number");
    assert!(!body.is_empty() && body.len() < length, "{} of {length}", body.len());
    assert!(body.starts_with("{\"token_type\""));
    faulty.was_done(true);
}

#[test]
fn an_answer_comes_late() {
    let delay = Duration::from_secs(2);
    let faulty = Faulty::with(Fault::Slow(delay));
    let started = Instant::now();
    thread::scope(|scope| {
        let answer = scope.spawn(|| faulty.refresh().expect("it comes"));
        let done = |log: &[xreq::sandbox::LogEntry]| log.iter().any(|l| l.status == Some(200));
        assert!(faulty.sandbox.control().wait_until(PATIENCE, done));
        assert!(!answer.is_finished(), "the work is done before the answer");
        assert_eq!(answer.join().expect("no panic").status, 200);
    });
    assert!(started.elapsed() >= delay);
    faulty.was_done(true);
}

#[test]
fn an_answer_never_comes() {
    let faulty = Faulty::with(Fault::Hang);
    let request = faulty.app().refreshing(&faulty.token).patience(Duration::from_secs(1));
    let error = request.send(&faulty.sandbox.base_url()).expect_err("there is no answer");
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
    faulty.was_done(false);
}

#[test]
fn an_answer_is_something_else() {
    for (fault, status, kind, done) in [
        (Fault::Garbage, 200, "application/json; charset=utf-8", false),
        (Fault::GarbageAfter, 200, "application/json; charset=utf-8", true),
        (Fault::Html, 200, "text/html; charset=utf-8", false),
        (Fault::Redirect307, 307, "text/plain", false),
        (Fault::status(503), 503, "application/json; charset=utf-8", false),
        (
            Fault::Status { status: 429, retry_after: Some(60) },
            429,
            "application/json; charset=utf-8",
            false,
        ),
        (
            Fault::Body { status: 200, json: r#"{"error":"server_error"}"#.to_owned() },
            200,
            "application/json; charset=utf-8",
            false,
        ),
    ] {
        let faulty = Faulty::with(fault.clone());
        let answer = faulty.refresh().expect("there is an answer");
        assert_eq!(answer.status, status, "{fault:?}");
        assert_eq!(answer.header("content-type"), Some(kind), "{fault:?}");
        match fault {
            Fault::Garbage | Fault::GarbageAfter | Fault::Html => {
                assert!(serde_json::from_str::<Value>(&answer.body).is_err());
            }
            Fault::Redirect307 => assert_eq!(answer.header("location"), Some("/2/oauth2/token")),
            Fault::Status { retry_after, .. } => {
                let seconds = retry_after.map(|seconds| seconds.to_string());
                assert_eq!(answer.header("retry-after"), seconds.as_deref());
                assert_eq!(answer.json()["status"], status);
            }
            _ => assert_eq!(answer.json(), json!({"error": "server_error"})),
        }
        faulty.was_done(done);
    }
}

#[test]
fn a_successful_answer_is_changed() {
    for (field, value) in [
        ("expires_in", json!("7200")),
        ("expires_in", json!(99_999_999_999_u64)),
        ("token_type", json!("mac")),
        ("scope", json!("tweet.read,users.read")),
        ("scope", Value::Null),
        ("refresh_token", Value::Null),
        ("expires_in", Value::Null),
    ] {
        let faulty = Faulty::with(Fault::patch(field, value.clone()));
        let answer = faulty.refresh().expect("there is an answer").json();
        assert_eq!(answer.get(field), Some(&value).filter(|value| !value.is_null()), "{field}");
        assert!(answer["access_token"].is_string());
        faulty.was_done(true);
    }
    let faulty = Faulty::with(Fault::patch("scope", Value::Null));
    let refused = faulty.app().refresh("unknown");
    assert_eq!(refused.text("/error"), "invalid_request", "an error is left as it is");
}

#[test]
fn faults_strike_their_endpoint_alone_and_can_be_taken_back() {
    let sandbox = sandbox();
    let (app, control) = (App::of(&sandbox), sandbox.control());
    let token = app.connect(SCOPES).text("/access_token");
    let search = || {
        let path = "/2/tweets/search/recent?query=agent";
        app.send(&Request::get(path).bearer(&token)).status
    };
    control.fault(Endpoint::Me, Fault::status(503), u32::MAX);
    control.fault(Endpoint::Api, Fault::status(500), 1);
    assert_eq!([app.me(&token), app.me(&token)], [503, 503]);
    assert_eq!([search(), search()], [500, 200]);
    control.clear_faults();
    assert_eq!(app.me(&token), 200);
    control.fault(Endpoint::Revoke, Fault::status(503), 1);
    let revoke = Request::form("/2/oauth2/revoke", &[("token", &token)])
        .header("authorization", &basic(sandbox.client()));
    assert_eq!(app.send(&revoke).status, 503);
    assert_eq!(app.me(&token), 200, "503 means that it lives");
    assert_eq!(app.send(&revoke).status, 200);
    assert_eq!(app.me(&token), 401);
}

#[test]
fn a_sandbox_stops_when_it_is_dropped() {
    let faulty = Faulty::with(Fault::Hang);
    let base_url = faulty.sandbox.base_url();
    let request = faulty.app().refreshing(&faulty.token);
    thread::scope(|scope| {
        let hanging = scope.spawn(|| request.send(&base_url));
        assert!(faulty.sandbox.control().wait_until(PATIENCE, |log| !log.is_empty()));
        drop(faulty.sandbox);
        hanging.join().expect("no panic").expect_err("the connection is closed");
    });
    assert!(Request::get("/sandbox").send(&base_url).is_err(), "nobody listens any more");
}

#[test]
fn connections_are_kept_alive() {
    use std::io::{Read, Write};
    let sandbox = sandbox();
    let base_url = sandbox.base_url();
    let address = base_url.strip_prefix("http://").expect("plain HTTP");
    let mut stream = std::net::TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time-out");
    for _ in 0..3 {
        let request = format!("GET /sandbox/posts HTTP/1.1\r\nhost: {address}\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("it is sent");
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n[]") {
            let mut byte = [0];
            stream.read_exact(&mut byte).expect("the connection stays open");
            answer.push(byte[0]);
        }
        assert!(answer.starts_with(b"HTTP/1.1 200 OK"));
    }
}
