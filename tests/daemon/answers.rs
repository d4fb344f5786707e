//! Health and metrics, on a socket and on an address.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::{Daemon, asked, house, until};
use crate::support::machine;
use crate::support::provider::House;

/// Starts a daemon that listens on a free port; gives that too.
fn on_a_port(house: &House) -> (Daemon, String) {
    let daemon = Daemon::start(&house.home, &["--metrics", "0"]);
    let said = daemon.said();
    let address = said.lines().find_map(|line| line.split_once("http://")).expect("it says so").1;
    (daemon, address.to_owned())
}

#[test]
fn both_answer_alike() {
    let house = house(7_200, 3);
    let (daemon, address) = on_a_port(&house);
    let (status, health) = daemon.health();
    assert_eq!((status, health["status"].as_str()), (200, Some("ok")));
    assert_eq!(health["grants"]["connected"], 3);
    assert_eq!(health["process"], daemon.id());
    for path in ["/health", "/metrics"] {
        let there = TcpStream::connect(&address).expect("it listens");
        let there = asked(there, &format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n\r\n"));
        let here = daemon.answers(path);
        let lines = |text: &str| text.lines().count();
        assert_eq!((there.0, lines(&there.1)), (here.0, lines(&here.1)));
    }
    // A page of the web that has a name for this address.
    let there = TcpStream::connect(&address).expect("it listens");
    let refused = asked(there, "GET /metrics HTTP/1.1\r\nhost: evil.example\r\n\r\n");
    assert_eq!(refused.0, 421, "{}", refused.1);
    let mode = fs::metadata(&daemon.socket).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let folder = daemon.socket.parent().expect("it is in a folder");
    let mode = fs::metadata(folder).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let socket = daemon.socket.clone();
    daemon.signal(Signal::TERM);
    assert!(daemon.end().0.success());
    assert!(!socket.exists());
}

#[test]
fn nothing_else_is_answered() {
    let house = house(7_200, 1);
    let daemon = Daemon::start(&house.home, &[]);
    let says = |request: &str| {
        let stream = UnixStream::connect(&daemon.socket).expect("it listens");
        asked(stream, request).0
    };
    assert_eq!(says("GET / HTTP/1.1\r\nhost: x\r\n\r\n"), 404);
    assert_eq!(says("GET /metrics/ HTTP/1.1\r\nhost: x\r\n\r\n"), 404);
    assert_eq!(says("POST /metrics HTTP/1.1\r\nhost: x\r\n\r\n"), 405);
    assert_eq!(says("HEAD /metrics HTTP/1.1\r\nhost: x\r\n\r\n"), 200);
    assert_eq!(says("GET /metrics?x=1 HTTP/1.0\r\n\r\n"), 200);
    assert_eq!(says("hello\r\n\r\n"), 400);
    let long = "a".repeat(64 << 10);
    assert!(matches!(says(&format!("GET /{long} HTTP/1.1\r\nhost: x\r\n\r\n")), 414 | 431));
}

#[test]
fn no_client_keeps_grants_from_being_refreshed() {
    let house = house(8, 3);
    let daemon = Daemon::start(&house.home, &[]);
    let mut silent: Vec<_> =
        (0..100).map(|_| UnixStream::connect(&daemon.socket).expect("it listens")).collect();
    for stream in &mut silent {
        let _ = stream.write_all(b"GET /metrics HT");
    }
    let before = house.refreshes().len();
    until("refreshes", || house.refreshes().len() >= before + 3);
    // They are cut, and others are answered.
    let start = Instant::now();
    assert_eq!(daemon.health().0, 200);
    assert!(start.elapsed() < Duration::from_secs(25), "{:?}", start.elapsed());
    let mut rest = Vec::new();
    let _ = silent[0].read_to_end(&mut rest);
    assert!(rest.is_empty() || rest.starts_with(b"HTTP/1.1 408"), "{rest:?}");
}

#[test]
fn the_socket_of_somebody_who_listens_is_left_alone() {
    let house = house(7_200, 0);
    let socket = house.home.path().join("a.sock");
    let path = socket.to_str().expect("a plain path");
    let listener = UnixListener::bind(&socket).expect("it is free");
    let ran = house.home.xreq(&["daemon", "--socket", path]).exits(3);
    ran.complains("error[socket_unavailable]").complains("somebody listens there");
    drop(listener);
    // Nobody listens any more.
    let mut command = house.home.command();
    let mut daemon = Daemon::run(command.args(["daemon", "--socket", path]), &house.home);
    daemon.says("keeping ");
    daemon.socket = socket;
    assert_eq!(daemon.health().0, 200);

    house.home.write("b.sock", "something else");
    drop(daemon);
    let ran = house.home.xreq(&["daemon", "--socket", "b.sock"]).exits(3);
    ran.complains("there is something else");
    assert!(house.home.path().join("b.sock").exists());
}

#[test]
fn an_address_that_is_taken_is_an_error() {
    let house = house(7_200, 0);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("it has one").to_string();
    let ran = house.home.xreq(&["daemon", "--metrics", &address]).exits(3);
    ran.complains("error[socket_unavailable]").complains(&address);
    house.home.xreq(&["daemon", "--metrics", "everywhere"]).exits(2).complains("127.0.0.1:9464");
}

/// What the client library of Prometheus makes of a page: the names of the metrics with their types,
/// and the number of their samples.
const PARSE: &str = "
import sys
from prometheus_client.parser import text_string_to_metric_families as parse
for family in parse(sys.stdin.read()):
    assert family.documentation, family.name
    labels = sorted({label for sample in family.samples for label in sample.labels})
    print(family.name, family.type, len(family.samples), *labels)
";

#[test]
fn a_library_of_prometheus_reads_the_metrics() {
    let python = machine::python();
    let has = Command::new(&python).args(["-c", "import prometheus_client"]).output();
    if !has.is_ok_and(|output| output.status.success()) {
        return machine::skips("there is no `prometheus_client` for Python here");
    }
    let house = house(8, 3);
    let daemon = Daemon::start(&house.home, &[]);
    let mut metrics = String::new();
    until("a refresh", || {
        metrics = daemon.answers("/metrics").1;
        metrics.contains("\nxreq_last_refresh_timestamp_seconds ")
    });
    let mut parser = Command::new(python);
    parser.args(["-c", PARSE]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut parser = parser.spawn().expect("it starts");
    let mut stdin = parser.stdin.take().expect("it is a pipe");
    stdin.write_all(metrics.as_bytes()).expect("it reads");
    drop(stdin);
    let read = parser.wait_with_output().expect("it ends");
    assert!(read.status.success(), "{metrics}");
    let read = String::from_utf8(read.stdout).expect("it is text");
    let expected = "\
xreq_build_info gauge 1 version
xreq_start_time_seconds gauge 1
xreq_grants gauge 6 provider state
xreq_grants_needing_a_person gauge 1 provider
xreq_grants_maybe_expired gauge 1 provider
xreq_next_expiry_seconds gauge 1
xreq_refreshes counter 6 class provider
xreq_last_refresh_timestamp_seconds gauge 1
xreq_outages gauge 1
xreq_workers gauge 1
";
    assert_eq!(read, expected, "{metrics}");
    assert!(!metrics.contains("account-1") && !metrics.contains("default"), "{metrics}");
}
