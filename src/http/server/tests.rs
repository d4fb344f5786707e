//! The server as clients meet it: over sockets, with a site that does what its paths say.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::StatusCode;
use hyper::body::Bytes;
use tokio::sync::Notify;

use super::*;

/// Limit that no test comes near unless something hangs.
const LONG: Duration = Duration::from_secs(20);

const QUICK: Limits = Limits {
    connections: 300,
    crowd: Crowd::Waits,
    head: 64 << 10,
    body: 1 << 10,
    first: Duration::from_millis(300),
    patience: Duration::from_millis(600),
    idle: Some(Duration::from_secs(2)),
    half_close: true,
};

/// `/` is answered, `/echo` with the body, `/wait` once it is let go, `/drop` never.
#[derive(Default)]
struct Paths {
    waits: Notify,
    go: Notify,
}

impl Site for Arc<Paths> {
    async fn answer(&self, request: Request) -> Outcome {
        match request.path() {
            "/" => text(Body::from("hello\n")).into(),
            "/pieces" => {
                let pieces = ["hel", "", "lo\n"].map(|piece| Bytes::from_static(piece.as_bytes()));
                text(Body::pieces(pieces.into())).into()
            }
            "/big" => text(Body::from(vec![b'x'; 32 << 20])).into(),
            "/echo" => match request.body().await {
                Ok(body) => text(Body::from(body)).into(),
                Err(refusal) => Response::new(refusal.status()).closing().into(),
            },
            "/wait" => {
                self.waits.notify_one();
                self.go.notified().await;
                text(Body::from("late\n")).into()
            }
            "/drop" => Outcome::Drop,
            _ => Response::new(StatusCode::NOT_FOUND).into(),
        }
    }
}

fn text(body: Body) -> Response {
    Response::of(StatusCode::OK, "text/plain", body)
}

/// A server with the thread that it runs on.
struct House {
    address: SocketAddr,
    paths: Arc<Paths>,
    stop: Stop,
    background: Background,
}

impl House {
    fn new(limits: Limits) -> Self {
        let background = Background::start("test").expect("a thread");
        let listener = Listener::loopback(0).expect("a free port");
        let address = listener.local_addr().expect("it has one");
        let guard = Guard { host: Host::of(address), pages: Pages::Own };
        let paths = Arc::new(Paths::default());
        let server = Server::new(Arc::clone(&paths), limits);
        let stop = server.stop();
        background.handle().spawn(async move { server.serve(listener, guard).await });
        Self { address, paths, stop, background }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("it listens");
        stream.set_read_timeout(Some(LONG)).expect("a time limit");
        stream
    }

    fn send(&self, text: &str) -> TcpStream {
        let mut stream = self.connect();
        stream.write_all(text.as_bytes()).expect("it reads");
        stream
    }

    /// Writes a request with these header lines, each with its end.
    fn get(&self, target: &str, fields: &str) -> String {
        format!("GET {target} HTTP/1.1\r\nHost: {}\r\n{fields}\r\n", self.address)
    }

    fn until_it_waits(&self) {
        let waits = async { tokio::time::timeout(LONG, self.paths.waits.notified()).await };
        self.background.handle().block_on(waits).expect("it is asked");
    }

    /// Sends a text, and returns all that comes until the server closes the connection.
    fn ask(&self, text: &str) -> String {
        whole(self.send(text))
    }
}

fn whole(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers and closes");
    answer
}

const CLOSE: &str = "Connection: close\r\n";

/// Reads one answer, `hello`, of a connection that is kept.
fn one(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    while !answer.ends_with(b"o\n") {
        let mut byte = [0];
        assert_eq!(stream.read(&mut byte).expect("it answers"), 1, "it was closed");
        answer.push(byte[0]);
    }
    String::from_utf8(answer).expect("it is text")
}

#[test]
fn a_slow_head_is_cut_in_its_time() {
    let house = House::new(QUICK);
    for beginning in ["", "G", "GET / HTTP/1.1\r\nHost: "] {
        let began = Instant::now();
        assert_eq!(house.ask(beginning), "", "{beginning:?}");
        assert!((250..5_000).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    }
}

#[test]
fn answers_come_over_a_connection_that_is_kept() {
    let house = House::new(QUICK);
    let last = house.get("/pieces", CLOSE);
    let answers =
        house.ask(&(house.get("/", "").repeat(20) + &house.get("/pieces", "").repeat(20) + &last));
    assert_eq!(answers.matches("HTTP/1.1 200 OK\r\n").count(), 41);
    assert_eq!(answers.matches("Content-Length: 6\r\n").count(), 41);
    assert_eq!(answers.matches("\r\n\r\nhello\n").count(), 41);
    assert_eq!(answers.matches("Connection: close").count(), 1);
}

#[test]
fn only_a_few_can_keep_a_connection() {
    let house = House::new(Limits { idle: None, ..QUICK });
    let answers = house.ask(&house.get("/", "").repeat(2));
    assert_eq!(answers.matches("HTTP/1.1").count(), 1);
    assert!(answers.contains("\r\nConnection: close\r\n"), "{answers}");
}

/// Waits for longer than a head may take.
#[test]
fn a_connection_is_kept_while_nothing_is_asked_and_then_cut() {
    let house = House::new(QUICK);
    let mut kept = house.send(&house.get("/", ""));
    one(&mut kept);
    std::thread::sleep(QUICK.patience * 2);
    kept.write_all(house.get("/", "").as_bytes()).expect("it reads");
    assert!(one(&mut kept).ends_with("hello\n"));
    // A head that has begun has its own time.
    kept.write_all(b"GET / HTTP").expect("it reads");
    let began = Instant::now();
    assert_eq!(whole(kept), "");
    assert!(began.elapsed() < QUICK.idle.expect("it is kept"), "{:?}", began.elapsed());
    let mut kept = house.send(&house.get("/", ""));
    one(&mut kept);
    let began = Instant::now();
    assert_eq!(whole(kept), "");
    assert!((1_800..10_000).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
}

#[test]
fn a_head_may_have_64_kib_and_no_more() {
    let house = House::new(QUICK);
    let with =
        |filler: usize| house.get("/", &format!("{CLOSE}Cookie: {}\r\n", "c".repeat(filler)));
    let rest = QUICK.head - with(0).len();
    assert!(house.ask(&with(rest)).starts_with("HTTP/1.1 200 "));
    for filler in [rest + 1, QUICK.head, 4 * QUICK.head] {
        let answer = house.ask(&with(filler));
        assert!(answer.starts_with("HTTP/1.1 431 "), "{filler}: {answer}");
        assert!(answer.contains("Cache-Control: no-store\r\n"), "{answer}");
    }
}

#[test]
fn ten_thousand_header_fields_are_too_many() {
    let house = House::new(QUICK);
    for (fields, status) in [(90, 200), (10_000, 431)] {
        let answer = house.ask(&house.get("/", &(CLOSE.to_owned() + &"A: b\r\n".repeat(fields))));
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{fields}: {answer}");
    }
}

#[test]
fn what_is_no_request_is_refused() {
    let house = House::new(QUICK);
    for text in [
        "\u{16}\u{3}\u{1}\u{2}",
        "\r\n\r\n",
        "get / HTTP/1.1\r\n\r\n",
        "GET /\r\n\r\n",
        "GET / HTTP/3\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\n",
    ] {
        let answer = house.ask(text);
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{text:?}: {answer}");
        assert!(answer.contains("Connection: close\r\n"), "{text:?}: {answer}");
    }
    let both = "Content-Length: 1\r\nContent-Length: 2\r\n";
    assert!(house.ask(&house.get("/", both)).starts_with("HTTP/1.1 400 "));
}

#[test]
fn names_that_were_made_to_lead_here_are_refused() {
    let house = House::new(QUICK);
    let good = house.get("/", CLOSE);
    assert!(house.ask(&good).starts_with("HTTP/1.1 200 "));
    let host = house.address.to_string();
    for other in ["evil.example", "localhost", "evil.example:80", "127.0.0.1@evil.example"] {
        let answer = house.ask(&good.replace(&host, other));
        assert!(answer.starts_with("HTTP/1.1 421 "), "{other}: {answer}");
    }
    let answer = house.ask(&good.replace(" / ", " http://evil.example/ "));
    assert!(answer.starts_with("HTTP/1.1 421 "), "{answer}");
    for lines in
        ["GET / HTTP/1.1\r\n\r\n", &good.replace("Host:", &format!("Host: {host}\r\nHost:"))]
    {
        let answer = house.ask(lines);
        assert!(answer.starts_with("HTTP/1.1 421 "), "{lines}: {answer}");
    }
}

#[test]
fn pages_of_other_sites_are_refused_and_the_connection_ends() {
    let house = House::new(QUICK);
    for field in ["Origin: http://evil.example\r\n", "Sec-Fetch-Site: cross-site\r\n"] {
        let answers = house.ask(&(house.get("/", field) + &house.get("/", "")));
        assert!(answers.starts_with("HTTP/1.1 403 "), "{field}: {answers}");
        assert_eq!(answers.matches("HTTP/1.1").count(), 1, "{answers}");
    }
    let link =
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n";
    assert!(house.ask(&house.get("/", &(link.to_owned() + CLOSE))).starts_with("HTTP/1.1 200 "));
}

#[test]
fn bodies_are_bounded_in_length_and_time() {
    let house = House::new(QUICK);
    let post = |fields: &str, body: &str| house.get("/echo", fields).replace("GET", "POST") + body;
    let echo = house.ask(&post(&format!("{CLOSE}Content-Length: 2\r\n"), "a\n"));
    assert!(echo.ends_with("\r\n\r\na\n"), "{echo}");
    let long = "b".repeat(QUICK.body + 1);
    let chunks = format!("{:x}\r\n{long}\r\n0\r\n\r\n", long.len());
    for (text, name) in [
        (post(&format!("Content-Length: {}\r\n", long.len()), &long), "length"),
        (post("Transfer-Encoding: chunked\r\n", &chunks), "chunks"),
        (post("Content-Length: 2\r\n", "a"), "slow"),
        (post("Content-Length: 20000000\r\n", &"b".repeat(200_000)), "endless"),
    ] {
        let answer = house.ask(&text);
        assert!(answer.starts_with("HTTP/1.1 413 "), "{name}: {answer}");
    }
}

#[test]
fn a_client_that_takes_nothing_is_cut() {
    let house = House::new(QUICK);
    let mut deaf = house.send(&house.get("/big", ""));
    assert_eq!(deaf.read(&mut [0; 12]).expect("it begins"), 12);
    std::thread::sleep(QUICK.patience * 3);
    let mut rest = Vec::new();
    // What is in the buffers of the system still comes.
    assert!(deaf.read_to_end(&mut rest).is_err() || rest.len() < 32 << 20, "{}", rest.len());
}

#[test]
fn a_connection_can_end_without_an_answer() {
    let house = House::new(QUICK);
    assert_eq!(house.ask(&house.get("/drop", "")), "");
}

#[test]
fn two_hundred_connections_at_once_are_served() {
    let house = House::new(QUICK);
    let mut streams: Vec<_> = (0..200).map(|_| house.send(&house.get("/", ""))).collect();
    for _ in 0..3 {
        for stream in &mut streams {
            assert!(one(stream).ends_with("hello\n"));
            stream.write_all(house.get("/", "").as_bytes()).expect("it reads");
        }
    }
}

#[test]
fn where_there_is_no_room_connections_wait() {
    let house = House::new(Limits { connections: 20, ..QUICK });
    let asked = house.get("/", "");
    let streams: Vec<_> = (0..200).map(|_| house.send(&asked)).collect();
    // Those who take the last place do not keep it.
    for stream in streams {
        assert!(whole(stream).ends_with("hello\n"));
    }
}

#[test]
fn where_there_is_no_room_the_oldest_can_have_to_go() {
    let limits = Limits { connections: 5, crowd: Crowd::CutsOldest, first: LONG, ..QUICK };
    let house = House::new(limits);
    let mut silent: Vec<_> = (0..200).map(|_| house.send("GET /")).collect();
    assert!(house.ask(&house.get("/", CLOSE)).ends_with("hello\n"));
    for stream in &mut silent[..195] {
        assert!(matches!(stream.read(&mut [0]), Ok(0) | Err(_)));
    }
}

#[test]
fn a_client_that_sends_nothing_more_is_answered() {
    let house = House::new(QUICK);
    let stream = house.send(&house.get("/wait", ""));
    stream.shutdown(std::net::Shutdown::Write).expect("it is connected");
    house.until_it_waits();
    house.paths.go.notify_one();
    assert!(whole(stream).ends_with("late\n"));
}

#[test]
fn what_is_being_answered_is_answered_before_the_end() {
    let house = House::new(QUICK);
    let mut idle = house.send(&house.get("/", ""));
    one(&mut idle);
    let waiting = house.send(&house.get("/wait", ""));
    house.until_it_waits();
    house.stop.stop();
    assert_eq!(whole(idle), "");
    house.paths.go.notify_one();
    let answer = whole(waiting);
    assert!(answer.ends_with("late\n") && answer.contains(CLOSE), "{answer}");
    assert!(TcpStream::connect(house.address).is_err());
}
