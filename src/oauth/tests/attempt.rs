//! An attempt to log in over real sockets, in which the test plays the browser and the person.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::Duration;

use super::*;
use crate::error::{Remedy, Result};
use crate::http::server::Background;
use crate::oauth::consent::browser::BrowserFailure;
use crate::oauth::consent::page::Page;
use crate::oauth::consent::wait::{self, Answer, Company, Listener, Ways};

/// A time that no test comes near unless something hangs.
pub(super) const LONG: Duration = Duration::from_secs(30);

pub(super) const CONNECTED: Page<'_> = Page::Connected {
    provider: "X",
    handle: Some("someone"),
    account: "default",
    allowed: &[],
    scopes: &[],
    missing: &[],
    next: Some((&Remedy::Check { account: None }, &[])),
};

/// A person who hears of lines that cannot be used, and of no browser.
struct Hearer<'a>(&'a dyn Fn(&str));

impl Company for Hearer<'_> {
    fn told(&self, sentence: &str) {
        (self.0)(sentence);
    }

    fn browser_failed(&self, failure: &BrowserFailure) -> Result<()> {
        panic!("{failure:?}")
    }
}

/// Waits for consent on the runtime of all attempts.
pub(super) fn wait(
    authorization: &Arc<Authorization>,
    listener: Option<Listener>,
    paste: Option<Box<dyn BufRead + Send>>,
    timeout: Duration,
    tell: &dyn Fn(&str),
) -> Result<Answer> {
    static RUNTIME: LazyLock<Background> = LazyLock::new(|| Background::start("test").unwrap());
    let ways = Ways { listener, paste, opening: None };
    wait::wait(RUNTIME.handle(), authorization, ways, timeout, &Hearer(tell))
}

/// An attempt that is being waited for.
pub(super) struct Attempt {
    pub(super) authorization: Arc<Authorization>,
    pub(super) port: u16,
    pub(super) state: String,
}

impl Attempt {
    /// Listens on a port that is free, as if it were the registered one.
    pub(super) fn new(host: &str) -> (Self, Listener) {
        let uri = RedirectUri::parse(&format!("http://{host}:0/callback")).unwrap();
        let listener = Listener::bind(&uri).unwrap();
        let port = listener.port();
        let authorization = Arc::new(authorization(&format!("http://{host}:{port}/callback")));
        let state = state(&authorization);
        (Self { authorization, port, state }, listener)
    }

    pub(super) fn target(&self) -> String {
        format!("/callback?code=the-code&state={}", self.state)
    }

    pub(super) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        stream
    }

    pub(super) fn send(&self, request: &str) -> TcpStream {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        stream
    }

    pub(super) fn get(&self, target: &str) -> TcpStream {
        self.send(&format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", self.port))
    }

    pub(super) fn is_closed(&self) -> bool {
        let refused = |error: io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
        TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err_and(refused)
    }

    /// Waits for the browser alone, while `meanwhile` plays it.
    pub(super) fn during(&self, listener: Listener, meanwhile: impl FnOnce()) -> Result<Answer> {
        thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                wait(&self.authorization, Some(listener), None, LONG, &|line| panic!("{line}"))
            });
            meanwhile();
            waiting.join().unwrap()
        })
    }
}

pub(super) fn whole(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

pub(super) fn status(response: &str) -> &str {
    response.lines().next().unwrap_or_default().strip_prefix("HTTP/1.1 ").unwrap_or_default()
}

/// Lines that come when the test sends them.
struct Typed(Receiver<String>);

impl Read for Typed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Ok(line) = self.0.recv() else { return Ok(0) };
        buffer[..line.len()].copy_from_slice(line.as_bytes());
        Ok(line.len())
    }
}

pub(super) fn typed() -> (Sender<String>, Box<dyn BufRead + Send>) {
    let (sender, receiver) = channel();
    (sender, Box::new(BufReader::new(Typed(receiver))))
}
