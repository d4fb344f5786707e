//! The beginning and the end of a sidecar.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use xreq::sandbox::{Endpoint, Fault};

use super::*;
use crate::support::wait::until;

const BOTH: [&str; 4] = ["--listen", "0", "--socket", "agent.sock"];

/// The files of a sidecar: its certificates, and its socket.
fn files(sidecar: &Sidecar) -> [PathBuf; 2] {
    ["SSL_CERT_FILE", "XREQ_BROKER_SOCKET"].map(|name| sidecar.variable(name).into())
}

#[test]
fn a_signal_ends_it_and_nothing_is_left() {
    let house = house();
    for signal in [Signal::TERM, Signal::INT] {
        let sidecar = Sidecar::start(&house, &BOTH);
        let (port, files, broker) = (sidecar.port(), files(&sidecar), sidecar.broker());
        assert!(listens(port) && files.iter().all(|file| file.exists()));
        sidecar.signal(signal);
        let (status, printed) = sidecar.end();
        assert_eq!((status.code(), printed.as_str()), (Some(0), ""));
        assert!(!listens(port));
        assert!(files.iter().all(|file| !file.exists()), "{files:?}");
        let broker = format!("/proc/{}", broker.as_raw_nonzero());
        until("the broker is gone", || !Path::new(&broker).exists());
    }
}

#[test]
fn a_call_that_is_under_way_comes_to_its_end() {
    let house = house();
    let sidecar = Sidecar::start(&house, &BOTH);
    let slow = Fault::Slow(Duration::from_secs(2));
    house.control().fault(Endpoint::Me, slow, 1);
    let before = house.control().log().len();
    let script = format!("{CALL}call https://api.x.com/2/users/me");
    let mut agent = sidecar.agent("sh", &["-c", &script]);
    let agent = agent.stdout(Stdio::piped()).spawn().expect("it starts");
    until("the call is under way", || house.control().log().len() > before);
    sidecar.signal(Signal::TERM);
    let socket = files(&sidecar)[1].clone();
    until("nobody else may come", || !socket.exists());
    let answer = agent.wait_with_output().expect("it ends").stdout;
    assert!(String::from_utf8_lossy(&answer).contains("alice"));
    assert_eq!(sidecar.end().0.code(), Some(0));
}

#[test]
fn a_call_that_hangs_is_not_waited_for_without_end() {
    let house = house();
    let sidecar = Sidecar::start(&house, &BOTH);
    house.control().fault(Endpoint::Me, Fault::Hang, 1);
    let before = house.control().log().len();
    let script = format!("{CALL}call $X_API_BASE_URL/2/users/me");
    let mut agent = sidecar.agent("sh", &["-c", &script]);
    let mut agent = agent.stderr(Stdio::null()).spawn().expect("it starts");
    until("the call is under way", || house.control().log().len() > before);
    let begun = Instant::now();
    sidecar.signal(Signal::TERM);
    assert_eq!(sidecar.end().0.code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    assert!(!agent.wait().expect("it ends").success());
}

#[test]
fn one_that_is_killed_takes_its_broker_along() {
    let house = house();
    let sidecar = Sidecar::start(&house, &BOTH);
    let (port, files, broker) = (sidecar.port(), files(&sidecar), sidecar.broker());
    sidecar.signal(Signal::KILL);
    sidecar.end();
    until("nobody listens any more", || !listens(port));
    until("its files are gone", || files.iter().all(|file| !file.exists()));
    let broker = format!("/proc/{}", broker.as_raw_nonzero());
    until("the broker is gone", || !Path::new(&broker).exists());
}

#[test]
fn what_a_killed_pair_left_is_in_nobodys_way() {
    let house = house();
    let sidecar = Sidecar::start(&house, &BOTH);
    let files = files(&sidecar);
    // Neither is there to remove anything: the one is stopped while the other one is killed.
    sidecar.signal(Signal::STOP);
    kill_process(sidecar.broker(), Signal::KILL).expect("it runs");
    sidecar.signal(Signal::KILL);
    sidecar.end();
    assert!(files.iter().all(|file| file.exists()), "{files:?}");
    let again = Sidecar::start(&house, &BOTH);
    again.script("call --unix-socket $XREQ_BROKER_SOCKET http://x/x/2/users/me").prints("alice");
    assert!(!files[0].exists(), "it is removed by the next one");
}

#[test]
fn a_broker_that_is_killed_ends_the_sidecar() {
    let house = house();
    let sidecar = Sidecar::start(&house, &BOTH);
    kill_process(sidecar.broker(), Signal::KILL).expect("it runs");
    assert_eq!(sidecar.end().0.code(), Some(3));
}

#[test]
fn a_grant_that_dies_ends_it_where_that_is_wanted() {
    let house = house();
    let sidecar = Sidecar::start(&house, &["--socket", "agent.sock", "--on-dead", "exit"]);
    house.control().revoke_by_user("alice");
    // The provider refuses the token, and then a new one.
    let call = "call --unix-socket $XREQ_BROKER_SOCKET http://x/x/2/users/me";
    sidecar.script(call).succeeds();
    assert_eq!(sidecar.end().0.code(), Some(3));
}

#[test]
fn two_of_them_know_nothing_of_each_other() {
    let house = house();
    let one = Sidecar::start(&house, &BOTH);
    house
        .home
        .xreq(&["broker", "--socket", "agent.sock"])
        .exits(125)
        .complains("socket_unavailable");
    let port = one.port().to_string();
    house.home.xreq(&["broker", "--listen", &port]).exits(125).complains("socket_unavailable");
    let other = Sidecar::start(&house, &["--listen", "0", "--socket", "other.sock"]);
    assert_ne!(one.variable("X_ACCESS_TOKEN"), other.variable("X_ACCESS_TOKEN"));
    let script = format!("call {}/2/users/me", other.variable("X_API_BASE_URL"));
    one.script(&script).succeeds().prints("request/foreign-credential");
    let proxy = one.variable("HTTPS_PROXY").replace(&port, &other.port().to_string());
    let script =
        format!("curl -sS -o /dev/null -w '%{{http_connect}}' -x {proxy} https://api.x.com/; true");
    assert_eq!(one.script(&script).succeeds().stdout, "407");
    one.signal(Signal::TERM);
    assert_eq!(one.end().0.code(), Some(0));
    other.script("call https://api.x.com/2/users/me").succeeds().prints("alice");
}

#[test]
fn nothing_but_a_dead_socket_is_replaced() {
    let house = house();
    let refused = |why: &str| {
        let ran = house.home.xreq(&["broker", "--socket", "taken"]).exits(125);
        ran.complains("socket_unavailable").complains(why);
    };
    house.home.write("taken", "mine");
    refused("something else");
    let path = house.home.path().join("taken");
    assert_eq!(fs::read_to_string(&path).expect("it stays"), "mine");
    fs::remove_file(&path).expect("it is there");
    let living = UnixListener::bind(&path).expect("it is free");
    refused("somebody listens there");
    assert!(UnixStream::connect(&path).is_ok());
    drop(living);
    let sidecar = Sidecar::start(&house, &["--socket", "taken"]);
    sidecar.script("call --unix-socket $XREQ_BROKER_SOCKET http://x/x/2/users/me").prints("alice");
}

#[test]
fn certificates_are_written_over_no_file_of_somebody_else() {
    let house = house();
    let options = ["--listen", "0", "--certificates", "mine.pem"];
    house.home.write("mine.pem", "mine");
    let ran = house.home.xreq(&[&["broker"], &options[..]].concat()).exits(125);
    ran.complains("something else is there").complains("name another file");
    let path = house.home.path().join("mine.pem");
    assert_eq!(fs::read_to_string(&path).expect("it stays"), "mine");
    fs::remove_file(&path).expect("it is there");
    // What a machine that went down left is replaced.
    let left = "# The certificates of a broker of xreq, which removes them when it ends.\nold\n";
    house.home.write("mine.pem", left);
    let sidecar = Sidecar::start(&house, &options);
    sidecar.script("call https://api.x.com/2/users/me").prints("alice");
    sidecar.signal(Signal::TERM);
    sidecar.end();
    assert!(!path.exists());
}

#[test]
fn a_line_says_that_it_serves() {
    let house = house();
    let script = "exec \"$0\" broker --socket agent.sock --ready-fd 3 3>ready";
    let mut command = house.home.program("sh");
    command.args(["-c", script, crate::support::XREQ]);
    let sidecar = Sidecar::run(command);
    let ready = house.home.path().join("ready");
    until("it says so", || fs::read_to_string(&ready).is_ok_and(|text| text == "ready\n"));
    sidecar.script("call --unix-socket $XREQ_BROKER_SOCKET http://x/x/2/users/me").prints("alice");
    let wrong = ["broker", "--socket", "other.sock", "--ready-fd", "77"];
    house.home.xreq(&wrong).exits(125).complains("open file 77");
    assert!(!house.home.path().join("other.sock").exists());
}

#[test]
fn a_service_manager_hears_of_the_beginning_and_the_end() {
    let house = house();
    let path = house.home.path().join("notify");
    let name = format!("xreq-sidecar-{}", std::process::id());
    let hidden = SocketAddr::from_abstract_name(&name).expect("a short name");
    for (manager, address) in [
        (UnixDatagram::bind(&path).expect("it is free"), path.display().to_string()),
        (UnixDatagram::bind_addr(&hidden).expect("it is free"), format!("@{name}")),
    ] {
        manager.set_read_timeout(Some(Duration::from_secs(30))).expect("a socket");
        let mut command = command(&house, &BOTH);
        command.env("NOTIFY_SOCKET", &address);
        let sidecar = Sidecar::run(command);
        let hears = || {
            let mut message = [0; 512];
            let length = manager.recv(&mut message).expect("it is told");
            String::from_utf8_lossy(&message[..length]).into_owned()
        };
        assert!(hears().starts_with("READY=1\n"), "{address}");
        sidecar.signal(Signal::TERM);
        assert_eq!(hears(), "STOPPING=1", "{address}");
        assert!(sidecar.end().0.success());
    }
}
