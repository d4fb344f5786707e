//! The address that the browser comes back to (rules 5 to 8).

use std::fs;
use std::net::{Ipv4Addr, TcpListener};

use rustix::process::{Pid, Signal, kill_process};
use xreq::sandbox::Endpoint;

use super::asked;
use crate::oauth::recorder::{Studio, back};
use crate::support::http::Request;
use crate::support::provider::{Connecting, House, PATIENCE, free_redirect_uri, parameter, split};

/// The addresses on which somebody listens on a port, as the kernel writes them.
fn listening(port: u16) -> Vec<String> {
    const LISTENS: &str = "0A";
    let mut found = Vec::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let text = fs::read_to_string(table).unwrap_or_default();
        for line in text.lines().skip(1) {
            let words: Vec<_> = line.split_whitespace().collect();
            let (address, of) = words[1].split_once(':').expect("an address and a port");
            if of == format!("{port:04X}") && words[3] == LISTENS {
                found.push(address.to_owned());
            }
        }
    }
    found
}

const LOOPBACK: &str = "0100007F";
const LOOPBACK_6: &str = "00000000000000000000000001000000";

fn port(uri: &str) -> u16 {
    let authority = split(uri).0;
    authority.rsplit_once(':').expect("it has a port").1.parse().expect("a number")
}

#[test]
fn rule_05_only_the_loopback_address_listens_and_only_for_the_login() {
    let house = House::new();
    let port = port(&house.redirect_uri);
    let waiting = |args: &[&str]| {
        assert!(listening(port).is_empty());
        let connecting = Connecting::start(&house.home, args);
        assert_eq!(listening(port), [LOOPBACK]);
        connecting
    };

    let connecting = waiting(&[]);
    connecting.comes_back(&house.consent(&connecting.url, "alice", |_| true));
    connecting.end().succeeds();
    assert!(listening(port).is_empty(), "after the redirect");

    waiting(&["--timeout", "1s"]).end().exits(3).complains("error[session_expired]");
    assert!(listening(port).is_empty(), "after the time was over");

    let connecting = waiting(&[]);
    let pid = i32::try_from(connecting.id()).expect("a process id");
    let pid = Pid::from_raw(pid).expect("not zero");
    kill_process(pid, Signal::INT).expect("it is ours");
    assert!(!connecting.end().status.success());
    assert!(listening(port).is_empty(), "after Ctrl-C");
}

#[test]
fn rule_05_while_a_code_is_exchanged_no_other_is_taken_and_then_nobody_listens() {
    use xreq::sandbox::Fault;

    let house = House::new();
    let port = port(&house.redirect_uri);
    let late = Fault::Slow(std::time::Duration::from_millis(500));
    house.control().fault(Endpoint::Token, late, 1);
    let connecting = Connecting::start(&house.home, &[]);
    let back = house.consent(&connecting.url, "alice", |_| true);
    let other = back.replace("code=", "code=another-");
    let is_exchange = |logged: &xreq::sandbox::LogEntry| logged.endpoint == Endpoint::Token;
    std::thread::scope(|scope| {
        scope.spawn(|| connecting.comes_back(&back));
        assert!(house.control().wait_until(PATIENCE, |log| log.iter().any(is_exchange)));
        assert!(connecting.comes_back(&other).contains("X is connected"));
    });
    connecting.end().succeeds();
    assert_eq!(house.control().log().iter().filter(|logged| is_exchange(logged)).count(), 1);
    assert!(listening(port).is_empty());
}

#[test]
fn rule_05_localhost_is_both_loopback_addresses() {
    let house = House::new();
    let uri = house.redirect_uri.replace("127.0.0.1", "localhost");
    let port = port(&uri);
    house.control().add_redirect_uri(&uri);
    let client = house.sandbox.client();
    let args = ["client", "set", "x", "--id", &client.client_id, "--redirect-uri", &uri];
    house.home.xreq_with(&args, client.secret().expect("it has one")).succeeds();
    let has_ipv6 = TcpListener::bind("[::1]:0").is_ok();
    let addresses: &[&str] = if has_ipv6 { &[LOOPBACK, LOOPBACK_6] } else { &[LOOPBACK] };
    let hosts: &[&str] = if has_ipv6 { &["127.0.0.1", "[::1]"] } else { &["127.0.0.1"] };
    for host in hosts {
        let connecting = Connecting::start(&house.home, &[]);
        assert_eq!(listening(port), addresses);
        let back = house.consent(&connecting.url, "alice", |_| true);
        let (base, path) = split(&back);
        let base_url = base.replace("localhost", host);
        let named = base.strip_prefix("http://").expect("plain HTTP");
        let page = Request::get(path).header("host", named).send(&base_url).expect("it answers");
        assert_eq!(page.status, 200, "{}", page.body);
        connecting.end().succeeds();
        assert!(listening(port).is_empty());
    }
}

#[test]
fn rule_06_the_redirect_uri_is_the_same_everywhere() {
    let house = House::connected();
    for endpoint in [Endpoint::Authorize, Endpoint::Token] {
        let requests = asked(&house, endpoint);
        assert!(!requests.is_empty());
        for request in requests {
            assert_eq!(request.redirect_uri.as_ref(), Some(&house.redirect_uri), "{request:?}");
        }
    }
}

#[test]
fn rule_06_a_port_that_is_taken_is_named_with_the_uri() {
    let house = House::new();
    let port = port(&house.redirect_uri);
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("it is free");
    let ran = house.home.xreq(&["connect", "x", "--no-browser", "--timeout", "5s"]).exits(3);
    ran.complains("error[redirect_unavailable]")
        .complains(&format!("port {port}"))
        .complains(&house.redirect_uri)
        .complains("--paste")
        .complains("Callback URI");
    // Nobody was asked for anything yet.
    assert_eq!(house.control().log(), []);
    drop(taken);
    house.connect(&[]).succeeds();
}

#[test]
fn rule_07_a_chosen_port_is_for_providers_that_compare_none() {
    let studio = Studio::new("title: Photos", "title: Photos");
    let urls = [studio.connect(), studio.connect()];
    for (url, request) in urls.iter().zip(studio.recorder.requests("/token")) {
        let uri = parameter(url, "redirect_uri").expect("it is there");
        assert_ne!(port(&uri), 0);
        assert_eq!(request.field("redirect_uri"), Some(uri));
    }

    let house = House::new();
    let id = house.sandbox.client().client_id.as_str();
    let uri = "http://127.0.0.1:0/callback";
    let args = ["client", "set", "x", "--id", id, "--redirect-uri", uri];
    house.home.xreq_with(&args, "secret").succeeds();
    let ran = house.home.xreq(&["connect", "x", "--no-browser", "--timeout", "5s"]).exits(2);
    ran.complains("error[bad_argument]").complains("X compares the port");
    assert_eq!(house.control().log(), []);
}

#[test]
fn rule_08_no_answer_leads_anywhere() {
    let house = House::new();
    let evil = "&next=https%3A%2F%2Fevil.example&redirect_uri=%2F%2Fevil.example&url=evil.example";
    let connecting = Connecting::start(&house.home, &[]);
    let consent = house.consent(&connecting.url, "alice", |_| true);
    let refusal = back(&connecting.url, "x").replace("code=x", "error=access_denied");
    let mut pages = Vec::new();
    let mut visit = |url: &str| {
        let (base, path) = split(url);
        pages.push(Request::get(path).send(base).expect("it answers"));
    };
    visit(&format!("{}?x=1{evil}", house.redirect_uri));
    visit(&format!("{}/..%2f..//evil.example/?{evil}", split(&consent).0));
    visit(&format!("{consent}{evil}"));
    connecting.end().succeeds();
    let connecting = Connecting::start(&house.home, &[]);
    let state = parameter(&refusal, "state").expect("it is there");
    let new = parameter(&connecting.url, "state").expect("it is there");
    visit(&format!("{}{evil}", refusal.replace(&state, &new)));
    connecting.end().exits(1);
    for page in pages {
        assert!(matches!(page.status, 200 | 400 | 404), "{page:?}");
        for header in ["location", "refresh", "content-location", "link"] {
            assert_eq!(page.header(header), None, "{page:?}");
        }
        assert!(!page.body.contains("evil") && !page.body.contains("http-equiv"), "{page:?}");
    }
}

#[test]
fn what_listens_on_any_address_would_be_seen() {
    let port = port(&free_redirect_uri());
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).expect("it is free");
    assert_eq!(listening(port), ["00000000"]);
    drop(listener);
}
