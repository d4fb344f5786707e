//! The guard of requests: it lets in those that are for this host, and that no other site's page sent.
//!
//! A page in a browser can send requests to any port of this machine. Its browser says so, in headers
//! that no page can change: `Host` is the name that the page's own site used, so that a name which was
//! made to lead to this machine gives itself away; `Origin` (RFC 6454 section 7) and `Sec-Fetch-Site`
//! (Fetch Metadata) name the page's origin.

use std::net::{IpAddr, SocketAddr};

use hyper::Method;
use hyper::header::{HOST, HeaderMap, HeaderName, ORIGIN};
use hyper::http::uri::Authority;

use super::refusal::Refusal;
use super::request::only;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// The rules for requests to one listener.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    /// The hosts that a request may be for.
    pub(crate) host: Host,
    /// The pages that may send requests.
    pub(crate) pages: Pages,
}

/// The hosts that a request may be for.
#[derive(Clone, Debug)]
pub(crate) enum Host {
    /// Any, or none: a Unix socket has no name, and an address that other machines can reach has names
    /// of which nothing is known here.
    Any,
    /// A name and port, as they are written.
    Exactly {
        /// `NAME:PORT`.
        authority: String,
        /// Whether the port is the one that is left out.
        has_usual_port: bool,
    },
    /// The names of the loopback interface, and an address of it.
    Loopback {
        /// The address that is listened on.
        own: Option<IpAddr>,
        /// The port; `None`: any, since a tunnel may lead here.
        port: Option<u16>,
    },
}

/// The pages that may send requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pages {
    /// None: who asks is a program.
    None,
    /// Those of the server itself. Others may link to it, and send a browser here as a whole.
    Own,
}

impl Guard {
    /// Refuses a request by its head.
    pub(crate) fn check<B>(&self, request: &hyper::Request<B>) -> Result<(), Refusal> {
        let headers = request.headers();
        let stated = match request.uri().authority() {
            Some(authority) => Some(authority.as_str()),
            None => only(headers, &HOST).and_then(|host| std::str::from_utf8(host).ok()),
        };
        self.host.check(stated)?;
        if self.pages.lets_in(request.method(), headers, stated) {
            Ok(())
        } else {
            Err(Refusal::OtherSite)
        }
    }
}

impl Host {
    /// Lets in what is for this name and port.
    pub(crate) fn exactly(name: &str, port: u16) -> Self {
        Self::Exactly { authority: format!("{name}:{port}"), has_usual_port: port == 80 }
    }

    /// Lets in what is for this address, by a name that it has on this machine.
    pub(crate) fn of(bound: SocketAddr) -> Self {
        if bound.ip().is_loopback() {
            Self::Loopback { own: Some(bound.ip()), port: Some(bound.port()) }
        } else {
            Self::Any
        }
    }

    fn check(&self, stated: Option<&str>) -> Result<(), Refusal> {
        if let Self::Any = self {
            return Ok(());
        }
        let stated = stated.ok_or(Refusal::NoHost)?;
        if self.is(stated) { Ok(()) } else { Err(Refusal::OtherHost) }
    }

    fn is(&self, stated: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exactly { authority, has_usual_port } => {
                stated.eq_ignore_ascii_case(authority)
                    || *has_usual_port
                        && authority
                            .strip_suffix(":80")
                            .is_some_and(|name| stated.eq_ignore_ascii_case(name))
            }
            Self::Loopback { own, port } => {
                let Ok(stated) = stated.parse::<Authority>() else { return false };
                let is_port = |port: &u16| stated.port_u16().unwrap_or(80) == *port;
                !stated.as_str().contains('@')
                    && port.as_ref().is_none_or(is_port)
                    && is_loopback(stated.host(), *own)
            }
        }
    }
}

fn is_loopback(name: &str, own: Option<IpAddr>) -> bool {
    let is_own = |own: IpAddr| match own {
        IpAddr::V4(own) => name == own.to_string(),
        IpAddr::V6(own) => name == format!("[{own}]"),
    };
    ["localhost", "127.0.0.1", "[::1]"].iter().any(|known| name.eq_ignore_ascii_case(known))
        || own.is_some_and(is_own)
}

impl Pages {
    fn lets_in(self, method: &Method, headers: &HeaderMap, host: Option<&str>) -> bool {
        match self {
            Self::None => !headers.contains_key(ORIGIN) && !headers.contains_key(SEC_FETCH_SITE),
            Self::Own => {
                let says = |name: &HeaderName, words: &[&str]| {
                    only(headers, name)
                        .is_some_and(|value| words.iter().any(|word| word.as_bytes() == value))
                };
                if headers.contains_key(SEC_FETCH_SITE) {
                    says(&SEC_FETCH_SITE, &["same-origin", "none"])
                        || matches!(*method, Method::GET | Method::HEAD)
                            && says(&SEC_FETCH_MODE, &["navigate"])
                            && says(&SEC_FETCH_DEST, &["document"])
                } else if headers.contains_key(ORIGIN) {
                    // An older browser.
                    let own = host.map(|host| format!("http://{host}"));
                    own.is_some_and(|own| {
                        only(headers, &ORIGIN)
                            .is_some_and(|o| o.eq_ignore_ascii_case(own.as_bytes()))
                    })
                } else {
                    true
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;

    fn checked(guard: &Guard, fields: &[(&str, &str)]) -> Result<(), Refusal> {
        let request = Request::get("/metrics");
        let request =
            fields.iter().fold(request, |request, field| request.header(field.0, field.1));
        guard.check(&request.body(()).expect("it is one"))
    }

    fn is_for(host: Option<&str>, guarded: Host) -> bool {
        let guard = Guard { host: guarded, pages: Pages::Own };
        let fields: Vec<_> = host.iter().map(|host| ("host", *host)).collect();
        checked(&guard, &fields).is_ok()
    }

    #[test]
    fn an_address_of_this_machine_is_asked_by_its_names() {
        let is_for = |host, bound: &str| is_for(host, Host::of(bound.parse().expect("an address")));
        for host in ["127.0.0.1:9464", "localhost:9464", "LocalHost:9464", "[::1]:9464"] {
            assert!(is_for(Some(host), "127.0.0.1:9464"), "{host}");
            assert!(is_for(Some(host), "[::1]:9464"), "{host}");
        }
        assert!(is_for(Some("127.0.0.7:9464"), "127.0.0.7:9464"));
        assert!(is_for(Some("localhost"), "127.0.0.1:80"));
        for host in [
            "evil.example:9464",
            "localhost",
            "localhost:9465",
            "localhost.evil.example:9464",
            "a@localhost:9464",
            "",
        ] {
            assert!(!is_for(Some(host), "127.0.0.1:9464"), "{host}");
        }
        assert!(!is_for(None, "127.0.0.1:9464"));
        assert!(is_for(Some("metrics.example:9464"), "0.0.0.0:9464"));
        assert!(is_for(None, "0.0.0.0:9464"));
    }

    #[test]
    fn a_name_can_be_the_only_one() {
        let exactly = || Host::exactly("127.0.0.1", 4711);
        assert!(is_for(Some("127.0.0.1:4711"), exactly()));
        for host in [
            "127.0.0.1",
            "127.0.0.1:4712",
            "127.0.0.1:47110",
            "localhost:4711",
            "[::1]:4711",
            "evil.example",
            "127.0.0.1:4711.evil.example",
            "",
        ] {
            assert!(!is_for(Some(host), exactly()), "{host}");
        }
        assert!(!is_for(None, exactly()));
        let twice = [("host", "127.0.0.1:4711"), ("host", "127.0.0.1:4711")];
        let guard = Guard { host: exactly(), pages: Pages::None };
        assert_eq!(checked(&guard, &twice), Err(Refusal::NoHost));
        let usual = || Host::exactly("localhost", 80);
        assert!(is_for(Some("LOCALHOST"), usual()) && is_for(Some("localhost:80"), usual()));
        assert!(!is_for(Some("localhost:81"), usual()));
    }

    #[test]
    fn a_tunnel_may_have_another_port() {
        let loopback = || Host::Loopback { own: None, port: None };
        for (host, is) in [
            ("127.0.0.1:80", true),
            ("localhost", true),
            ("[::1]:8080", true),
            ("evil.example:1", false),
            ("127.0.0.1@evil.example:1", false),
            ("", false),
        ] {
            assert_eq!(is_for(Some(host), loopback()), is, "{host}");
        }
    }

    #[test]
    fn other_sites_pages_are_refused_and_their_links_are_not() {
        let guard = Guard { host: Host::exactly("localhost", 80), pages: Pages::Own };
        let (host, site) = (("host", "localhost"), "sec-fetch-site");
        let (mode, dest) = ("sec-fetch-mode", "sec-fetch-dest");
        for fields in [
            &[host][..],
            &[host, ("origin", "http://localhost")],
            &[host, (site, "none")],
            &[host, (site, "same-origin"), ("origin", "null")],
            &[host, (site, "cross-site"), (mode, "navigate"), (dest, "document")],
        ] {
            assert_eq!(checked(&guard, fields), Ok(()), "{fields:?}");
        }
        for fields in [
            &[host, ("origin", "null")][..],
            &[host, ("origin", "http://evil.example")],
            &[host, ("origin", "https://localhost")],
            &[host, (site, "cross-site")],
            &[host, (site, "same-site"), (mode, "no-cors"), (dest, "image")],
            &[host, (site, "cross-site"), (mode, "cors"), (dest, "empty")],
            &[host, (site, "cross-site"), (mode, "navigate"), (dest, "iframe")],
            &[host, (site, "none"), (site, "none")],
        ] {
            assert_eq!(checked(&guard, fields), Err(Refusal::OtherSite), "{fields:?}");
        }
        let form = Request::post("/").header("host", "localhost").header(site, "cross-site");
        let form =
            form.header(mode, "navigate").header(dest, "document").body(()).expect("it is one");
        assert_eq!(guard.check(&form), Err(Refusal::OtherSite));
    }

    #[test]
    fn no_page_is_let_in_where_programs_ask() {
        let guard = Guard { host: Host::exactly("127.0.0.1", 4711), pages: Pages::None };
        let host = ("host", "127.0.0.1:4711");
        for field in
            [("origin", "null"), ("sec-fetch-site", "none"), ("origin", "http://127.0.0.1:4711")]
        {
            assert_eq!(checked(&guard, &[host, field]), Err(Refusal::OtherSite), "{field:?}");
        }
        assert_eq!(checked(&guard, &[host]), Ok(()));
    }
}
