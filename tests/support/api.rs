//! A stand-in for X's API on the loopback interface, for agents that are run by tests.
//!
//! It knows one token and the scopes granted to it, and is as terse as X when it refuses: 401 for
//! any other token, and a 403 that does not say which scope is missing.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// The longest request that is read, head and body together, in bytes.
const MAX_REQUEST: u64 = 64 * 1024;

/// How long the stand-in waits for a client that neither sends nor receives.
const PATIENCE: Duration = Duration::from_secs(5);

/// A request that arrived, whether or not it was refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// What follows the `?`, still percent-encoded; empty without one.
    pub query: String,
    /// The value of the `Authorization` header; empty without one.
    pub authorization: String,
    /// The body; empty without a `Content-Length`.
    pub body: String,
}

/// An operation of X's API: what it takes, and what it answers to those who may.
///
/// The scopes are those that X's description of its API names; all of them are needed.
struct Operation {
    method: &'static str,
    /// The path; a segment in braces stands for any one segment.
    path: &'static str,
    scopes: &'static [&'static str],
    status: &'static str,
    answer: &'static str,
}

const OPERATIONS: &[Operation] = &[
    Operation {
        method: "GET",
        path: "/2/users/me",
        scopes: &["tweet.read", "users.read"],
        status: "200 OK",
        answer: r#"{"data":{"id":"1001","name":"An Agent","username":"an_agent"}}"#,
    },
    Operation {
        method: "POST",
        path: "/2/tweets",
        scopes: &["tweet.read", "tweet.write", "users.read"],
        status: "201 Created",
        answer: r#"{"data":{"edit_history_tweet_ids":["3001"],"id":"3001","text":"as sent"}}"#,
    },
    Operation {
        method: "GET",
        path: "/2/dm_events",
        scopes: &["dm.read", "tweet.read", "users.read"],
        status: "200 OK",
        answer: r#"{"data":[
            {"id":"2003","event_type":"MessageCreate","sender_id":"1001","text":"one moment"},
            {"id":"2002","event_type":"MessageCreate","sender_id":"1002","text":"are you there? 👋"},
            {"id":"2001","event_type":"MessageCreate","sender_id":"1003","text":"hello"}],
            "includes":{"users":[
            {"id":"1001","name":"An Agent","username":"an_agent"},
            {"id":"1002","name":"A Friend","username":"a_friend"}]},
            "meta":{"result_count":3}}"#,
    },
    Operation {
        method: "POST",
        path: "/2/dm_conversations/with/{participant_id}/messages",
        scopes: &["dm.write", "tweet.read", "users.read"],
        status: "201 Created",
        answer: r#"{"data":{"dm_conversation_id":"1001-1002","dm_event_id":"2004"}}"#,
    },
];

impl Operation {
    fn matches(&self, request: &Request) -> bool {
        let mut given = request.path.split('/');
        self.method == request.method
            && self.path.split('/').all(|segment| match given.next() {
                Some(text) if segment.starts_with('{') => !text.is_empty(),
                text => text == Some(segment),
            })
            && given.next().is_none()
    }
}

/// What the threads of one stand-in share.
struct Shared {
    authorization: String,
    scopes: Vec<String>,
    requests: Mutex<Vec<Request>>,
    stopping: AtomicBool,
}

/// A stand-in that listens until it is dropped.
pub struct Api {
    address: SocketAddr,
    shared: Arc<Shared>,
    listener: Option<JoinHandle<()>>,
}

impl Api {
    /// Starts a stand-in on a free port of 127.0.0.1 that accepts `token` with these scopes.
    pub fn start(token: &str, scopes: &[&str]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free loopback port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let shared = Arc::new(Shared {
            authorization: format!("Bearer {token}"),
            scopes: scopes.iter().map(ToString::to_string).collect(),
            requests: Mutex::default(),
            stopping: AtomicBool::new(false),
        });
        let listening = Arc::clone(&shared);
        let listener = thread::spawn(move || listen(&listener, &listening));
        Self { address, shared, listener: Some(listener) }
    }

    /// Where it listens, without a slash at the end: for `X_API_BASE_URL`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What has arrived, in order.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        // The listener sees the flag at the next connection. If none can be made it is gone.
        let woken = TcpStream::connect(self.address).is_ok();
        if let Some(listener) = self.listener.take().filter(|_| woken) {
            let _ = listener.join();
        }
    }
}

fn listen(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stopping.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let shared = Arc::clone(shared);
        // A client that goes away is no concern of the test.
        thread::spawn(move || serve(&stream, &shared).ok());
    }
}

/// Answers the one request of a connection.
fn serve(mut stream: &TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let (status, body) = match read(stream) {
        Ok(request) => {
            let answer = shared.answer(&request);
            shared.requests.lock().unwrap_or_else(PoisonError::into_inner).push(request);
            answer
        }
        Err(_) => problem("400 Bad Request"),
    };
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json; charset=utf-8\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    stream.write_all(answer.as_bytes())
}

/// Reads a request; what is too long, cut off or not HTTP is an error.
fn read(stream: &TcpStream) -> io::Result<Request> {
    let mut reader = BufReader::new(stream.take(MAX_REQUEST));
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_ascii_whitespace();
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        ..Request::default()
    };

    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.strip_suffix("\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').ok_or(io::ErrorKind::InvalidData)?;
        match name.to_ascii_lowercase().as_str() {
            "authorization" => value.trim().clone_into(&mut request.authorization),
            "content-length" => {
                length = value.trim().parse().map_err(|_| io::ErrorKind::InvalidData)?;
            }
            _ => {}
        }
    }
    if reader.take(length).read_to_string(&mut request.body)? as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(request)
}

impl Shared {
    /// The status and the body that X would answer.
    fn answer(&self, request: &Request) -> (&'static str, String) {
        let Some(operation) = OPERATIONS.iter().find(|operation| operation.matches(request)) else {
            return problem("404 Not Found");
        };
        if request.authorization != self.authorization {
            return problem("401 Unauthorized");
        }
        if !operation.scopes.iter().all(|scope| self.scopes.iter().any(|granted| granted == scope))
        {
            return problem("403 Forbidden");
        }
        (operation.status, operation.answer.to_owned())
    }
}

/// An error as X words it: the status and its usual name, and nothing about the reason.
fn problem(status: &'static str) -> (&'static str, String) {
    let (number, title) = status.split_once(' ').unwrap_or((status, ""));
    let body = format!(
        r#"{{"title":"{title}","type":"about:blank","status":{number},"detail":"{title}"}}"#
    );
    (status, body)
}
