//! The endpoint as its clients meet it: over sockets, with a source that does what it is told.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::ops::Deref;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use age::secrecy::ExposeSecret;
use tokio::sync::oneshot;

use super::*;
use crate::http::server::Background;
use crate::refresh::agent::live_token::Live;

/// Answers with a token at once, unless it is asked for one that lives as long as this.
#[derive(Clone, Default)]
struct Told {
    /// Those who asked for an hour, and wait.
    waiting: Arc<Mutex<Vec<Sender>>>,
}

type Sender = oneshot::Sender<Result<Arc<Live>, Unavailable>>;

/// Lifetimes that stand for a broken connection and for a dead grant.
const NEVER: SignedDuration = SignedDuration::from_secs(1);
const DEAD: SignedDuration = SignedDuration::from_secs(2);
const LATE: SignedDuration = SignedDuration::from_hours(1);

impl Source for Told {
    fn ask(&self, name: &str, min_ttl: Option<SignedDuration>) -> Asked {
        if name != "x" {
            return Asked::Unknown;
        }
        let (answer, later) = oneshot::channel();
        match min_ttl {
            Some(NEVER) => drop(answer),
            Some(LATE) => self.waiting.lock().unwrap().push(answer),
            Some(DEAD) => {
                let error = Arc::new(Error::new(Code::ReconnectRequired, "it is dead"));
                answer.send(Err(Unavailable::Dead(error))).unwrap();
            }
            _ => return Asked::Now(live("canary")),
        }
        Asked::Later(later)
    }
}

/// An endpoint with the thread that it runs on.
struct Running {
    endpoint: Endpoint,
    _background: Background,
}

impl Deref for Running {
    type Target = Endpoint;

    fn deref(&self) -> &Endpoint {
        &self.endpoint
    }
}

fn endpoint() -> Running {
    endpoint_of(Told::default(), LIMITS)
}

fn endpoint_of(source: Told, limits: Limits) -> Running {
    let background = Background::start("endpoint").expect("a thread");
    let endpoint = Endpoint::listen(background.handle(), source, limits);
    Running { endpoint: endpoint.expect("there is a free port"), _background: background }
}

fn live(token: &str) -> Arc<Live> {
    let (access_token, scopes) = (token.to_owned().into(), ["a"].into_iter().collect());
    Arc::new(Live { access_token, expires_at: None, scopes })
}

fn connect(endpoint: &Endpoint) -> TcpStream {
    let stream = TcpStream::connect(endpoint.address).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a time limit");
    stream
}

fn get(endpoint: &Endpoint, target: &str, more: &str) -> String {
    let (host, token) = (endpoint.address, endpoint.token().expose_secret());
    format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n{more}\r\n")
}

/// Sends this, and gives all that comes until the endpoint closes the connection.
fn ask(endpoint: &Endpoint, text: &str) -> String {
    let mut stream = connect(endpoint);
    stream.write_all(text.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers and closes");
    answer
}

/// Opens a connection, gets a token over it, and keeps it.
fn let_in(endpoint: &Endpoint) -> TcpStream {
    let mut stream = connect(endpoint);
    stream.write_all(get(endpoint, "/x", "").as_bytes()).expect("it reads");
    let mut answer = Vec::new();
    while !answer.ends_with(b"}\n") {
        let mut byte = [0];
        assert_eq!(stream.read(&mut byte).expect("it answers"), 1);
        answer.push(byte[0]);
    }
    stream
}

#[test]
fn a_token_comes_over_a_connection_that_is_kept() {
    let endpoint = endpoint();
    let last = get(&endpoint, "/x?min_ttl=3s", "Connection: close\r\n");
    let answers = ask(&endpoint, &(get(&endpoint, "/x", "").repeat(50) + &last));
    assert_eq!(answers.matches("HTTP/1.1 200 OK\r\n").count(), 51);
    let body = "{\"access_token\":\"canary\",\"expires_at\":null,\"scopes\":[\"a\"]}\n";
    assert_eq!(answers.matches(body).count(), 51);
    assert_eq!(answers.matches("Cache-Control: no-store").count(), 51);
    assert_eq!(answers.matches("Connection: close").count(), 1);
}

#[test]
fn a_request_may_come_in_pieces() {
    let endpoint = endpoint();
    let mut stream = connect(&endpoint);
    for byte in get(&endpoint, "/x", "Connection: close\r\n").bytes() {
        stream.write_all(&[byte]).expect("it reads");
        stream.flush().expect("it reads");
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[test]
fn what_is_refused_ends_the_connection() {
    let endpoint = endpoint();
    let more = get(&endpoint, "/x", "");
    let wrong = more.replace("Bearer ", "Bearer a");
    let long = format!("A: {}\r\n", "a".repeat(9_000));
    for (text, status) in [
        (wrong.clone(), 401),
        (get(&endpoint, "/y", ""), 404),
        (get(&endpoint, "/", ""), 404),
        (get(&endpoint, "/x", "Origin: null\r\n"), 403),
        (more.replace("127.0.0.1", "localhost"), 421),
        (more.replace("GET", "POST"), 405),
        (get(&endpoint, "/x?min_ttl=x", ""), 400),
        (get(&endpoint, "/x", &long), 431),
        (get(&endpoint, "/x", "Content-Length: 20000\r\n") + &"b".repeat(20_000), 413),
        ("\u{16}\u{3}\u{1}".to_owned(), 400),
        (get(&endpoint, "/x", "Sec-Fetch-Site: none\r\n"), 403),
        (more.replace("Host: 127.0.0.1", "Host: evil.example"), 421),
        (more.replace("Host: ", "Host: a\r\nHost: "), 421),
        (more.replace("Host: ", "Other: "), 421),
        (more.replace("Authorization: ", "Other: "), 401),
        (more.replace("Authorization: ", "Authorization: Bearer x\r\nAuthorization: "), 401),
        (more.replace("GET", "HEAD"), 405),
        (more.replace("GET", "OPTIONS"), 405),
        (more.replace("GET /x", "OPTIONS *"), 405),
        (get(&endpoint, "/x", "Content-Length: 1\r\n"), 413),
        (get(&endpoint, "/x", "Transfer-Encoding: chunked\r\n"), 413),
        (get(&endpoint, "/x", "Content-Length: 5\r\nContent-Length: 5\r\n"), 413),
        (get(&endpoint, "/x", "Content-Length: 0\r\nContent-Length: 5\r\n"), 400),
        (get(&endpoint, "/x?min_ttl=5&min_ttl=6", ""), 400),
        (more.replace("HTTP/1.1", "HTTP/2.0"), 400),
        (more.replace("/x", "/x y"), 400),
        // Who may not ask learns nothing of what there is.
        (wrong.replace("GET /x", "GET /nothing"), 401),
        (wrong.replace("GET", "POST"), 401),
        (wrong.replace("/x", "/x?y"), 401),
        (get(&endpoint, "/x", &"A: b\r\n".repeat(120)), 431),
    ] {
        let answer = ask(&endpoint, &(text + &more));
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{status}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{answer}");
        assert!(!answer.contains("canary"), "{answer}");
    }
}

#[test]
fn connections_are_kept_unless_somebody_says_otherwise() {
    let endpoint = endpoint();
    let whole = get(&endpoint, "/x", "");
    let old = whole.replace("HTTP/1.1", "HTTP/1.0");
    for (text, answers) in [
        (get(&endpoint, "/x", "Connection: Close\r\n"), 1),
        (get(&endpoint, "/x", "connection: keep-alive, close\r\n"), 1),
        (old, 1),
        (get(&endpoint, "/x", "Connection: keep-alive\r\nContent-Length: 0\r\n"), 2),
    ] {
        let last = get(&endpoint, "/x", "Connection: close\r\n");
        let answer = ask(&endpoint, &(text.clone() + &last));
        assert_eq!(answer.matches("\"canary\"").count(), answers, "{text}: {answer}");
    }
}

#[test]
fn who_waits_for_a_refresh_keeps_nobody_waiting() {
    let told = Told::default();
    let endpoint = endpoint_of(told.clone(), LIMITS);
    let close = "Connection: close\r\n";
    let mut slow = connect(&endpoint);
    slow.write_all(get(&endpoint, "/x?min_ttl=1h", close).as_bytes()).expect("it reads");
    let began = Instant::now();
    while told.waiting.lock().unwrap().is_empty() {
        assert!(began.elapsed() < Duration::from_secs(10), "it was not asked");
        thread::yield_now();
    }
    assert!(ask(&endpoint, &get(&endpoint, "/x", close)).contains("canary"));
    slow.set_nonblocking(true).expect("a socket can be");
    let nothing = slow.read(&mut [0; 1]).expect_err("there is no answer yet");
    assert_eq!(nothing.kind(), io::ErrorKind::WouldBlock);
    slow.set_nonblocking(false).expect("a socket can be");
    let waiting = told.waiting.lock().unwrap().pop().expect("it waits");
    waiting.send(Ok(live("late"))).expect("it waits");
    let mut answer = String::new();
    slow.read_to_string(&mut answer).expect("it answers");
    assert!(answer.contains("\"late\""), "{answer}");
}

#[test]
fn a_dead_grant_is_gone_and_an_end_is_told() {
    let endpoint = endpoint();
    let ask = |query| ask(&endpoint, &get(&endpoint, query, "Connection: close\r\n"));
    let answer = ask("/x?min_ttl=2");
    assert!(answer.starts_with("HTTP/1.1 410 Gone"), "{answer}");
    assert!(answer.contains("\"error\":\"reconnect_required\""), "{answer}");
    let answer = ask("/x?min_ttl=1");
    assert!(answer.starts_with("HTTP/1.1 503 Service Unavailable"), "{answer}");
    assert!(answer.contains("Retry-After: 1\r\n"), "{answer}");
}

#[test]
fn nobody_waits_for_the_end_of_a_connection() {
    let endpoint = endpoint();
    let began = Instant::now();
    for _ in 0..20 {
        ask(&endpoint, &get(&endpoint, "/x", "Connection: close\r\n"));
        ask(&endpoint, &get(&endpoint, "/nothing", ""));
    }
    assert!(began.elapsed() < Duration::from_millis(500) * 20, "{:?}", began.elapsed());
}

#[test]
fn many_connections_wait_for_a_place() {
    let endpoint = endpoint_of(Told::default(), Limits { connections: 3, ..LIMITS });
    let silent: Vec<_> = (0..3).map(|_| connect(&endpoint)).collect();
    let text = get(&endpoint, "/x", "Connection: close\r\n");
    let mut one_more = connect(&endpoint);
    one_more.write_all(text.as_bytes()).expect("the system takes it");
    one_more.set_read_timeout(Some(Duration::from_millis(200))).expect("a time limit");
    assert!(one_more.read(&mut [0; 1]).is_err(), "it was served");
    drop(silent);
    one_more.set_read_timeout(Some(Duration::from_secs(10))).expect("a time limit");
    let mut answer = String::new();
    one_more.read_to_string(&mut answer).expect("it answers");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

/// Clients that ask all the time do not shut others out: the last place is kept by nobody.
#[test]
fn the_last_place_is_kept_by_nobody() {
    let endpoint = endpoint_of(Told::default(), Limits { connections: 3, ..LIMITS });
    let mut kept = let_in(&endpoint);
    let answer = ask(&endpoint, &get(&endpoint, "/x", ""));
    assert!(answer.contains("\r\nConnection: close\r\n"), "{answer}");
    kept.write_all(get(&endpoint, "/x", "Connection: close\r\n").as_bytes()).expect("it reads");
    let mut answer = String::new();
    kept.read_to_string(&mut answer).expect("it answers");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

/// Waits for longer than a request may take.
#[test]
fn a_connection_is_kept_while_nothing_is_asked() {
    let endpoint = endpoint();
    let mut kept = let_in(&endpoint);
    thread::sleep(Duration::from_secs(7));
    kept.write_all(get(&endpoint, "/x", "Connection: close\r\n").as_bytes()).expect("it reads");
    let mut answer = String::new();
    kept.read_to_string(&mut answer).expect("it answers");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[test]
fn who_says_nothing_is_cut() {
    let endpoint = endpoint();
    let (mut silent, mut slow) = (connect(&endpoint), connect(&endpoint));
    slow.write_all(b"GET /x HTTP/1.1\r\n").expect("it reads");
    let began = Instant::now();
    for stream in [&mut silent, &mut slow] {
        assert_eq!(stream.read_to_end(&mut Vec::new()).expect("it is closed"), 0);
    }
    assert!((900..5_000).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
}

#[test]
fn who_was_let_in_has_more_time() {
    let endpoint = endpoint();
    let mut slow = let_in(&endpoint);
    slow.write_all(b"GET /x HTTP/1.1\r\n").expect("it reads");
    let began = Instant::now();
    assert_eq!(slow.read_to_end(&mut Vec::new()).expect("it is closed"), 0);
    assert!((4..60).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
}

#[test]
fn it_is_closed_with_its_end_and_each_has_a_token_of_its_own() {
    let (one, other) = (endpoint(), endpoint());
    assert_ne!(one.token().expose_secret(), other.token().expose_secret());
    assert_eq!(one.token().expose_secret().len(), 43);
    let (address, mut open) = (one.address, connect(&one));
    drop(one);
    assert_eq!(open.read(&mut [0; 1]).unwrap_or(0), 0);
    assert!(TcpStream::connect(address).is_err());
    let answer = ask(&other, &get(&other, "/x", "Connection: close\r\n"));
    let now = Timestamp::now().strftime("Date: %a, %d %b %Y").to_string();
    assert!(answer.contains(&now), "{answer}");
}
