//! The addresses that are listened on, and for how long.

use std::io::Write;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};

use age::secrecy::ExposeSecret;

use super::attempt::Attempt;
use super::*;
use crate::error::Code;
use crate::oauth::consent::wait::Listener;

#[test]
fn rule_5_only_loopback_addresses_are_listened_on() {
    let (attempt, listener) = Attempt::new("localhost");
    let table =
        |name: &str| std::fs::read_to_string(format!("/proc/net/{name}")).unwrap_or_default();
    let port = format!(":{:04X}", attempt.port);
    let tables = table("tcp") + &table("tcp6");
    // The second column is the local address; 0A is the state `LISTEN`.
    let listening = tables.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let addresses: Vec<_> = listening
        .filter(|columns| columns.get(3) == Some(&"0A") && columns[1].ends_with(&port))
        .map(|columns| columns[1].trim_end_matches(&port).to_owned())
        .collect();
    let loopback = [u32::from_ne_bytes([127, 0, 0, 1]), u32::from_ne_bytes([0, 0, 0, 1])];
    let expected = [format!("{:08X}", loopback[0]), format!("{:024}{:08X}", 0, loopback[1])];
    let has_ipv6 = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok();
    assert_eq!(addresses, expected[..if has_ipv6 { 2 } else { 1 }]);
    drop(listener);
    assert!(attempt.is_closed());
}

#[test]
fn ipv6_and_localhost_work_too() {
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        println!("skipped: this machine has no IPv6");
        return;
    }
    for (host, written) in [("localhost", "LOCALHOST"), ("[::1]", "[::1]")] {
        let (attempt, listener) = Attempt::new(host);
        let answer = attempt.during(listener, || {
            let v6 = SocketAddr::from((Ipv6Addr::LOCALHOST, attempt.port));
            let mut stream = TcpStream::connect(v6).unwrap();
            let (target, port) = (attempt.target(), attempt.port);
            write!(stream, "GET {target} HTTP/1.1\r\nHost: {written}:{port}\r\n\r\n").unwrap();
        });
        assert_eq!(answer.unwrap().code.unwrap().expose_secret(), "the-code", "{host}");
    }
}

#[test]
fn rule_6_a_port_that_is_taken_is_named() {
    for (address, host) in [
        (SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), "127.0.0.1"),
        (SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), "localhost"),
        // Whoever has this one would get the codes of browsers that try it first.
        (SocketAddr::from((Ipv6Addr::LOCALHOST, 0)), "localhost"),
    ] {
        let Ok(other) = TcpListener::bind(address) else { continue };
        let port = other.local_addr().unwrap().port();
        let text = format!("http://{host}:{port}/callback");
        let error = Listener::bind(&RedirectUri::parse(&text).unwrap()).unwrap_err();
        assert_eq!(error.code(), Code::RedirectUnavailable);
        let message = error.to_string();
        assert!(message.contains(&format!("listens on port {port},")), "{message}");
        assert!(message.contains(&format!("`{text}`")), "{message}");
        assert!(error.hint().unwrap().contains(&format!("sport = :{port}")));
    }
}

#[test]
fn what_leads_elsewhere_cannot_be_listened_on() {
    let uri = RedirectUri::parse("https://example.com/callback").unwrap();
    let error = Listener::bind(&uri).unwrap_err();
    assert_eq!(error.code(), Code::RedirectUnavailable);
    assert!(error.hint().unwrap().contains("--paste"));
}
