//! The address on this machine that the browser comes back to (RFC 8252 section 7.3).
//!
//! Anything on the machine, and any page in a browser, can send requests here. So a request counts
//! only when it brings the state of the attempt; all others get a page that says so, and neither
//! end the wait nor hold it up.
//!
//! The first one that counts is the redirect. Browsers come again: for a reload, by the back button,
//! for a page that they fetched before somebody wanted it. They get the page that the first one got,
//! and the code is taken once.

use std::io;
use std::net::{self, IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use hyper::header::HeaderName;
use hyper::{Method, StatusCode};
use rustix::io::Errno;
use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use super::awaited::{Awaited, RedirectAnswer};
use super::page::{Page, Rendered};
use super::redirect_uri::{Loopback, RedirectUri};
use crate::error::{Code, Error, Parameter, Result, advice};
use crate::http::server;
use crate::http::server::{
    Crowd, Guard, Host, Limits, Outcome, Pages, Refusal, Request, Response, Server, Site, Stop,
};
use crate::sys::signals;

/// A connection more than there may be ends the oldest, which has had its time. A code is good,
/// whatever becomes of the browser that brought it, and a browser that comes again gets its page.
const LIMITS: Limits = Limits {
    connections: 16,
    crowd: Crowd::CutsOldest,
    body: 0,
    idle: None,
    half_close: true,
    ..Limits::USUAL
};

/// The maximum number of searches for two ports that are the same on both loopback addresses.
const MOST_TRIES: usize = 20;

/// Time for which the last page stays within reach after a tab has shown it.
const REACH: Duration = Duration::from_secs(2);

/// The longest time for which reloads keep the last page within reach.
const LONGEST_REACH: Duration = Duration::from_secs(5);

/// The interval at which it is checked whether that is over.
const NAP: Duration = Duration::from_millis(20);

/// The headers by which browsers say that nobody asked for a page yet: that of the Fetch standard, and
/// older ones.
const PURPOSES: [HeaderName; 4] = [
    HeaderName::from_static("sec-purpose"),
    HeaderName::from_static("purpose"),
    HeaderName::from_static("x-purpose"),
    HeaderName::from_static("x-moz"),
];

/// The header by which browsers say where an answer is shown.
const DESTINATION: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// The loopback addresses of a redirect URI, listened on until this is dropped.
#[derive(Debug)]
pub struct Listener {
    sockets: Vec<net::TcpListener>,
    loopback: Loopback,
}

/// The browser that brought the redirect, or is still to bring it. It waits for its page, and gets the
/// last one again whenever it comes again. When this is dropped, one that still waits gets
/// [`Page::SeeTerminal`], and then nobody listens any more.
#[derive(Debug)]
pub struct Browser {
    callback: Arc<Callback>,
    runtime: Handle,
    stop: Stop,
    serving: Option<JoinHandle<()>>,
}

/// The redirect, once it comes; or the reason why nobody can listen for it.
pub(crate) type Arrival = oneshot::Receiver<io::Result<RedirectAnswer>>;

impl Listener {
    /// Listens on the loopback addresses of a redirect URI and on nothing else. For `localhost`
    /// these are both, since browsers try either; a machine may lack IPv6.
    ///
    /// # Errors
    ///
    /// [`Code::RedirectUnavailable`].
    pub fn bind(redirect_uri: &RedirectUri) -> Result<Self> {
        let Some(loopback) = redirect_uri.loopback() else {
            let message =
                format!("the redirect URI `{redirect_uri}` does not lead to this program");
            return Err(Error::new(Code::RedirectUnavailable, message).with_hint(advice![
                "with ",
                Parameter::Paste,
                " you hand over what the browser shows at the end"
            ]));
        };
        let mut tries = if loopback.port == 0 { MOST_TRIES } else { 1 };
        let sockets = loop {
            tries -= 1;
            match sockets(loopback) {
                Ok(sockets) => break sockets,
                Err(error) if tries == 0 => {
                    return Err(unavailable(redirect_uri, loopback.port, error));
                }
                Err(_) => {}
            }
        };
        let port = sockets.first().and_then(|socket| socket.local_addr().ok());
        let port = port.map_or(loopback.port, |address| address.port());
        Ok(Self { sockets, loopback: Loopback { port, ..loopback.clone() } })
    }

    /// Returns the port, also where this machine chose it.
    pub fn port(&self) -> u16 {
        self.loopback.port
    }

    /// Serves on a runtime that another thread drives, until the browser is dropped.
    pub(crate) fn serve(self, runtime: &Handle, awaited: Arc<dyn Awaited>) -> (Arrival, Browser) {
        let Self { sockets, loopback } = self;
        let guard = Guard { host: Host::exactly(&loopback.host, loopback.port), pages: Pages::Own };
        let (first, arrival) = oneshot::channel();
        let callback = Arc::new(Callback {
            path: loopback.path,
            awaited,
            first: Mutex::new(Some(first)),
            page: watch::Sender::new(None),
            last_visit: Mutex::default(),
        });
        let server = Server::new(Arc::clone(&callback), LIMITS);
        let (stop, site) = (server.stop(), Arc::clone(&callback));
        let serving = runtime.spawn(async move {
            let serve = async |socket| match socket {
                Some(socket) => server.serve(server::Listener::Tcp(socket), guard.clone()).await,
                None => Ok(()),
            };
            let mut sockets = sockets.into_iter();
            let ended = tokio::try_join!(serve(sockets.next()), serve(sockets.next()));
            if let Err(error) = ended {
                site.tell(Err(error));
            }
        });
        let browser = Browser { callback, runtime: runtime.clone(), stop, serving: Some(serving) };
        (arrival, browser)
    }
}

/// A visit of a tab.
#[derive(Debug)]
enum Visit {
    /// It waits for its page.
    Waiting,
    /// It was shown a page, at this time.
    Shown(Instant),
}

/// The site at the redirect URI: it tells the redirect from everything else.
#[derive(Debug)]
struct Callback {
    path: String,
    awaited: Arc<dyn Awaited>,
    /// Gets the redirect.
    first: Mutex<Option<oneshot::Sender<io::Result<RedirectAnswer>>>>,
    /// The page that browsers get which bring the state.
    page: watch::Sender<Option<Rendered>>,
    /// The last visit of a tab.
    last_visit: Mutex<Option<Visit>>,
}

impl Callback {
    /// Hands the redirect over, if it is the first one.
    fn tell(&self, redirected: io::Result<RedirectAnswer>) {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(first) = first {
            // If nobody waits any more, somebody pasted the code.
            let _ = first.send(redirected);
        }
    }

    /// Waits for the page that there is to show.
    async fn page(&self) -> Option<Rendered> {
        self.page.subscribe().wait_for(Option::is_some).await.ok()?.clone()
    }

    fn visited(&self, visit: Visit) {
        *self.last_visit.lock().unwrap_or_else(PoisonError::into_inner) = Some(visit);
    }

    /// Returns whether a tab waits for its page, or showed it a moment ago.
    fn is_in_reach(&self) -> bool {
        match *self.last_visit.lock().unwrap_or_else(PoisonError::into_inner) {
            None => false,
            Some(Visit::Waiting) => true,
            Some(Visit::Shown(at)) => at.elapsed() < REACH,
        }
    }
}

impl Site for Arc<Callback> {
    async fn answer(&self, request: Request) -> Outcome {
        if request.is_for_a_proxy() {
            return stray(StatusCode::BAD_REQUEST).into();
        }
        if request.method() != Method::GET || request.path() != self.path {
            return stray(StatusCode::NOT_FOUND).into();
        }
        if is_early(&request) {
            return Response::new(StatusCode::SERVICE_UNAVAILABLE).into();
        }
        let redirected = match self.awaited.read(request.query()) {
            RedirectAnswer::Foreign => return stray(StatusCode::BAD_REQUEST).into(),
            redirected => redirected,
        };
        let is_tab = request.header(&DESTINATION) == Some("document");
        if is_tab {
            self.visited(Visit::Waiting);
        }
        self.tell(Ok(redirected));
        let Some(page) = self.page().await else { return Outcome::Drop };
        if is_tab {
            self.visited(Visit::Shown(Instant::now()));
        }
        page.response().into()
    }

    fn refuse(&self, refusal: Refusal) -> Option<Response> {
        match refusal {
            // A browser that tries TLS first goes on without it as soon as it is refused.
            Refusal::Foreign => None,
            Refusal::HeadTooLong => Some(Page::TooLong.rendered().response()),
            Refusal::NoHost => Some(stray(StatusCode::BAD_REQUEST)),
            refusal => Some(stray(refusal.status())),
        }
    }
}

fn stray(status: StatusCode) -> Response {
    Page::NotThis.response_with(status)
}

/// Returns whether a browser fetches a page before anybody wants it, and drops it where nobody does. A
/// refusal makes it fetch the page again when somebody does.
fn is_early(request: &Request) -> bool {
    PURPOSES.iter().filter_map(|name| request.header(name)).any(|purpose| {
        let purpose = purpose.to_ascii_lowercase();
        ["prefetch", "prerender", "preview"].iter().any(|early| purpose.contains(early))
    })
}

impl Browser {
    /// Shows a page: to the browser that waits, and to whichever comes again.
    pub fn show(&self, page: &Page<'_>) {
        self.callback.page.send_replace(Some(page.rendered()));
    }

    /// Keeps the last page within reach for a moment, if a tab has just shown it and no signal waits. A
    /// program that brought the redirect does not come again, and is not waited for.
    pub fn linger(self) {
        let began = Instant::now();
        while self.callback.is_in_reach()
            && began.elapsed() < LONGEST_REACH
            && !signals::end_is_wanted()
        {
            thread::sleep(NAP);
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.callback.page.send_if_modified(|page| {
            let is_missing = page.is_none();
            page.get_or_insert_with(|| Page::SeeTerminal.rendered());
            is_missing
        });
        self.stop.stop();
        if let Some(serving) = self.serving.take() {
            // What is being answered gets its answer first.
            let _ = self.runtime.block_on(serving);
        }
    }
}

fn sockets(loopback: &Loopback) -> io::Result<Vec<net::TcpListener>> {
    let mut sockets: Vec<net::TcpListener> = Vec::new();
    let mut port = loopback.port;
    for address in loopback.addresses() {
        match net::TcpListener::bind(SocketAddr::new(*address, port)) {
            Ok(socket) => {
                socket.set_nonblocking(true)?;
                port = socket.local_addr()?.port();
                sockets.push(socket);
            }
            Err(error) if !sockets.is_empty() && is_without(*address, &error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(sockets)
}

/// Returns whether an address cannot be listened on because the machine does not have it.
fn is_without(address: IpAddr, error: &io::Error) -> bool {
    let absent = [Errno::ADDRNOTAVAIL, Errno::AFNOSUPPORT];
    address.is_ipv6() && Errno::from_io_error(error).is_some_and(|errno| absent.contains(&errno))
}

fn unavailable(redirect_uri: &RedirectUri, port: u16, error: io::Error) -> Error {
    let why = match error.kind() {
        io::ErrorKind::AddrInUse => format!("another program listens on port {port}"),
        io::ErrorKind::PermissionDenied => {
            format!("this user may not listen on port {port}")
        }
        _ => format!("cannot listen on port {port}: {error}"),
    };
    let message = format!("{why}, where the redirect URI `{redirect_uri}` leads to");
    let way_out = match error.kind() {
        io::ErrorKind::AddrInUse => advice![
            format!(
                "`ss -ltnp 'sport = :{port}'` (`lsof -i :{port}` on a Mac) names the program; end \
                 it, register another redirect URI, or use "
            ),
            Parameter::Paste
        ],
        _ => advice!["register a redirect URI with a port above 1023, or use ", Parameter::Paste],
    };
    Error::new(Code::RedirectUnavailable, message).with_hint(way_out).with_source(error)
}
