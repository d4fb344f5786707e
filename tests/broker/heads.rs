//! Request heads of any bytes: each is refused, or understood as hyper's own server would.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Empty;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::memory::{Run, block_on};
use super::stand_in::head;
use crate::support::random::Random;

/// Time for an answer, on a machine that has other things to do.
const PROMPT: Duration = Duration::from_secs(30);

/// What is put into heads.
const PIECES: [&str; 40] = [
    "\r\n",
    "\n",
    "\r",
    "\0",
    " ",
    "\t",
    ":",
    "/",
    "//",
    "/./",
    "/../",
    "%2f",
    "%2e",
    "%25",
    "%",
    ";a=b",
    "\\",
    "?",
    "#",
    "@",
    "\u{e9}",
    "HTTP/1.0",
    "HTTP/1.1",
    "HTTP/2.0",
    "GET ",
    "POST ",
    "HEAD ",
    "http://other.example/",
    "Host: other.example\r\n",
    "Content-Length: 5\r\n",
    "Content-Length: 0\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Connection: authorization\r\n",
    "X-HTTP-Method-Override: DELETE\r\n",
    " folded\r\n",
    "Authorization: Bearer x\r\n",
    "Expect: 100-continue\r\n",
    "Upgrade: h2c\r\n",
    "?access_token=x",
    "Origin: null\r\n",
];

/// Returns a head that is right but for some changes.
fn changed(right: &str, random: &mut Random) -> Vec<u8> {
    let mut bytes = right.as_bytes().to_vec();
    for _ in 0..random.below(4) {
        let at = index(random, bytes.len());
        match random.below(5) {
            0 => bytes[at] = u8::try_from(random.below(256)).expect("it is a byte"),
            1 => drop(bytes.remove(at)),
            2 => {
                let end = (at + index(random, 20)).min(bytes.len());
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            _ => {
                // Most often where the target is.
                let at = if random.below(2) == 0 { at } else { index(random, 40) };
                let piece = PIECES[index(random, PIECES.len())];
                bytes.splice(at..at, piece.bytes());
            }
        }
    }
    bytes.extend_from_slice(b"\r\n\r\n");
    bytes
}

fn index(random: &mut Random, limit: usize) -> usize {
    usize::try_from(random.below(limit as u64)).expect("it is below the limit")
}

/// Returns the method and target that hyper's server takes the first request of these bytes for.
async fn understood(bytes: &[u8]) -> Option<String> {
    let found = Arc::new(Mutex::new(None));
    let note = Arc::clone(&found);
    let service = service_fn(move |request: Request<hyper::body::Incoming>| {
        let target = request.uri().path_and_query().map_or("", |target| target.as_str());
        let line = format!("{} {target}", request.method());
        note.lock().expect("nobody panicked").get_or_insert(line);
        async { Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new())) }
    });
    let (mut client, server) = tokio::io::duplex(1 << 20);
    client.write_all(bytes).await.expect("there is room");
    client.shutdown().await.expect("it is open");
    let builder = Builder::new(TokioExecutor::new());
    let reading = builder.serve_connection_with_upgrades(TokioIo::new(server), service);
    let _ = timeout(PROMPT, reading).await.expect("it ends");
    found.lock().expect("nobody panicked").take()
}

/// Sends many heads, and holds what becomes of each against hyper's reading.
fn hold(run: &Run, seed: u64, count: usize) {
    let mut random = Random::new(seed);
    let right = run.asking("alice").replace("/2/", "/x/2/").replace("api.x.com", run.host());
    let right = right.trim_end();
    let (mut passed, mut refused) = (0, 0);
    block_on(async {
        for _ in 0..count {
            let bytes = changed(right, &mut random);
            let shown = || String::from_utf8_lossy(&bytes).into_owned();
            let expected = understood(&bytes).await;
            let mut stream = TcpStream::connect(run.proxy).await.expect("it listens");
            stream.write_all(&bytes).await.expect("it reads");
            let answer = timeout(PROMPT, head(&mut stream)).await;
            let answer = answer.unwrap_or_else(|_| panic!("no answer: {:?}", shown()));
            // An end without an answer is a refusal of the parser.
            let answer = answer.unwrap_or_else(|| "HTTP/1.1 400".to_owned());
            let asked = answer.lines().find_map(|line| line.strip_prefix("x-asked: "));
            if let Some(asked) = asked {
                let expected = expected.map(|line| line.replacen(" /x/", " /", 1));
                assert_eq!(Some(asked), expected.as_deref(), "{:?}", shown());
                passed += 1;
            } else {
                assert!(
                    answer.starts_with("HTTP/1.") && answer[8..].starts_with(" 4"),
                    "{answer} {:?}",
                    shown()
                );
                refused += 1;
            }
        }
        assert_eq!(run.small().await, "small", "it goes on");
    });
    assert!(passed > count / 10 && refused > count / 10, "{passed} {refused}");
}

#[test]
fn heads_are_refused_or_understood_as_hyper_would() {
    hold(&Run::start(), 0x5eed, 1500);
}

#[test]
#[ignore = "slow: 1,000,000 heads, half an hour"]
fn a_million_heads_are_refused_or_understood_as_hyper_would() {
    let run = Run::start();
    for seed in 1..=20 {
        hold(&run, seed, 50_000);
    }
}
