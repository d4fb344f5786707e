//! The hosts that a request names: the same everywhere, and one of the API's or the broker's own.

use hyper::http::{HeaderValue, Request, Uri, Version};

use super::request::{BROKER, CATALOG, RUN, X, admit};
use crate::broker::Way;

/// Returns what becomes of a request with a target and hosts.
fn outcome(way: Way<'_>, version: Version, target: &str, hosts: &[&str]) -> &'static str {
    let Ok(uri) = target.parse::<Uri>() else { return "parser" };
    let request = Request::get(uri).version(version).header("authorization", format!("Bearer {X}"));
    let mut request = request.body(()).expect("a request");
    for host in hosts {
        request.headers_mut().append("host", HeaderValue::from_str(host).expect("a header"));
    }
    match admit(&CATALOG, &RUN, way, &request.into_parts().0) {
        Ok(_) => "out",
        Err(refusal) => refusal.code.name(),
    }
}

const AMBIGUOUS: &str = "request/ambiguous";

/// A name, the target, the hosts, and what becomes of it.
type Row<'r> = (&'r str, &'r str, &'r [&'r str], &'r str);

#[track_caller]
fn check(way: Way<'_>, version: Version, rows: &[Row<'_>]) {
    for (name, target, hosts, expected) in rows {
        assert_eq!(outcome(way, version, target, hosts), *expected, "{name}: {target} {hosts:?}");
    }
}

const TUNNEL: Way<'_> = Way::Tunnel { host: "api.x.com", port: 443 };

#[test]
#[rustfmt::skip]
fn in_a_tunnel_of_http_1() {
    check(TUNNEL, Version::HTTP_11, &[
        ("the host", "/2/tweets/12", &["api.x.com"], "out"),
        ("with its port", "/2/tweets/12", &["api.x.com:443"], "out"),
        ("in upper case, with a dot", "/2/tweets/12", &["API.X.COM."], "out"),
        ("no host", "/2/tweets/12", &[], AMBIGUOUS),
        ("an empty host", "/2/tweets/12", &[""], AMBIGUOUS),
        ("another host", "/2/tweets/12", &["evil.example"], AMBIGUOUS),
        ("another host of the API", "/2/tweets/12", &["api.twitter.com"], AMBIGUOUS),
        ("another port", "/2/tweets/12", &["api.x.com:8443"], AMBIGUOUS),
        ("two hosts", "/2/tweets/12", &["api.x.com", "evil.example"], AMBIGUOUS),
        ("the same host twice", "/2/tweets/12", &["api.x.com", "api.x.com"], AMBIGUOUS),
        ("two in one", "/2/tweets/12", &["api.x.com, evil.example"], AMBIGUOUS),
        ("a user", "/2/tweets/12", &["user@api.x.com"], AMBIGUOUS),
        ("a longer name", "/2/tweets/12", &["api.x.com.evil.example"], AMBIGUOUS),
        ("a tab behind it", "/2/tweets/12", &["api.x.com\tevil.example"], AMBIGUOUS),
        ("a URL of the host", "https://api.x.com/2/tweets/12", &["api.x.com"], AMBIGUOUS),
        ("a URL of another", "https://evil.example/2/tweets/12", &["api.x.com"], AMBIGUOUS),
        ("a URL of another that the host says, too", "https://evil.example/2/tweets/12", &["evil.example"], AMBIGUOUS),
        ("a host and a port", "api.x.com:443", &["api.x.com"], AMBIGUOUS),
        ("everything", "*", &["api.x.com"], AMBIGUOUS),
    ]);
    check(TUNNEL, Version::HTTP_10, &[
        ("a host", "/2/tweets/12", &["api.x.com"], "out"),
        ("none", "/2/tweets/12", &[], AMBIGUOUS),
    ]);
}

#[test]
#[rustfmt::skip]
fn in_a_tunnel_of_http_2() {
    check(TUNNEL, Version::HTTP_2, &[
        ("the host", "https://api.x.com/2/tweets/12", &[], "out"),
        ("twice", "https://api.x.com/2/tweets/12", &["api.x.com"], "out"),
        ("with its port", "https://api.x.com:443/2/tweets/12", &[], "out"),
        ("no host", "/2/tweets/12", &[], AMBIGUOUS),
        ("a header alone", "/2/tweets/12", &["api.x.com"], AMBIGUOUS),
        ("another host", "https://evil.example/2/tweets/12", &[], AMBIGUOUS),
        ("another host of the API", "https://api.twitter.com/2/tweets/12", &[], AMBIGUOUS),
        ("another header", "https://api.x.com/2/tweets/12", &["evil.example"], AMBIGUOUS),
        ("two headers", "https://api.x.com/2/tweets/12", &["api.x.com", "api.x.com"], AMBIGUOUS),
        ("a user", "https://user@api.x.com/2/tweets/12", &[], AMBIGUOUS),
        ("another port", "https://api.x.com:80/2/tweets/12", &[], AMBIGUOUS),
        ("no TLS", "http://api.x.com/2/tweets/12", &[], AMBIGUOUS),
        ("another scheme", "ftp://api.x.com/2/tweets/12", &[], AMBIGUOUS),
        ("everything", "*", &[], AMBIGUOUS),
    ]);
}

#[test]
#[rustfmt::skip]
fn at_the_broker_s_own_address() {
    let own = [BROKER.to_owned(), "localhost:4711".to_owned(), "[::1]:4711".to_owned()];
    let way = Way::BaseUrl { authorities: &own };
    check(way, Version::HTTP_11, &[
        ("its address", "/x/2/tweets/12", &[BROKER], "out"),
        ("its name", "/x/2/tweets/12", &["LocalHost:4711"], "out"),
        ("its other address", "/x/2/tweets/12", &["[::1]:4711"], "out"),
        ("a URL", "http://127.0.0.1:4711/x/2/tweets/12", &[BROKER], "out"),
        ("no host", "/x/2/tweets/12", &[], AMBIGUOUS),
        ("a name that leads here", "/x/2/tweets/12", &["evil.example:4711"], AMBIGUOUS),
        ("a name in front of it", "/x/2/tweets/12", &["127.0.0.1.evil.example:4711"], AMBIGUOUS),
        ("another port", "/x/2/tweets/12", &["127.0.0.1:80"], AMBIGUOUS),
        ("no port", "/x/2/tweets/12", &["127.0.0.1"], AMBIGUOUS),
        ("the API's host", "/x/2/tweets/12", &["api.x.com"], AMBIGUOUS),
        ("two hosts", "/x/2/tweets/12", &[BROKER, BROKER], AMBIGUOUS),
        ("a user", "/x/2/tweets/12", &["user@127.0.0.1:4711"], AMBIGUOUS),
        ("a URL with TLS", "https://127.0.0.1:4711/x/2/tweets/12", &[BROKER], AMBIGUOUS),
        ("a URL of another", "http://evil.example/x/2/tweets/12", &[BROKER], AMBIGUOUS),
        ("a URL and another host", "http://127.0.0.1:4711/x/2/tweets/12", &["localhost:4711"], AMBIGUOUS),
        ("a URL without a host", "http://127.0.0.1:4711/x/2/tweets/12", &[], AMBIGUOUS),
        ("a URL of the API", "http://api.x.com/2/tweets/12", &["api.x.com"], AMBIGUOUS),
    ]);
    check(way, Version::HTTP_2, &[
        ("its address", "http://127.0.0.1:4711/x/2/tweets/12", &[], "out"),
        ("no host", "/x/2/tweets/12", &[], AMBIGUOUS),
        ("another host", "http://evil.example:4711/x/2/tweets/12", &[], AMBIGUOUS),
        ("another header", "http://127.0.0.1:4711/x/2/tweets/12", &["evil.example:4711"], AMBIGUOUS),
        ("another scheme", "ftp://127.0.0.1:4711/x/2/tweets/12", &[], AMBIGUOUS),
    ]);
}

#[test]
#[rustfmt::skip]
fn at_a_socket_which_has_no_name() {
    let way = Way::BaseUrl { authorities: &[] };
    check(way, Version::HTTP_11, &[
        ("no host", "/x/2/tweets/12", &[], "out"),
        ("any host", "/x/2/tweets/12", &["anything"], "out"),
        ("two hosts", "/x/2/tweets/12", &["a", "a"], AMBIGUOUS),
        ("a user", "/x/2/tweets/12", &["user@a"], AMBIGUOUS),
        ("a URL of another", "http://b/x/2/tweets/12", &["a"], AMBIGUOUS),
    ]);
    check(way, Version::HTTP_2, &[
        ("any host", "http://localhost/x/2/tweets/12", &[], "out"),
        ("another header", "http://localhost/x/2/tweets/12", &["a"], AMBIGUOUS),
    ]);
}
