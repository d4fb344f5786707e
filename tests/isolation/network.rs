//! The network: nothing but what xreq serves.

use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener};
use std::thread;

use super::as_each;

#[test]
fn no_port_and_no_name_server_is_reached() {
    let other = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = other.local_addr().expect("it has an address").port();
    let names = UdpSocket::bind("127.0.0.1:0").expect("a port is free");
    let of_names = names.local_addr().expect("it has an address").port();
    thread::spawn(move || {
        let mut question = [0; 16];
        while let Ok((_, from)) = names.recv_from(&mut question) {
            names.send_to(b"!", from).expect("it can be answered");
        }
    });
    as_each(|place| {
        place.closes(&[
            (format!("tcp 127.0.0.1 {port}"), "ECONNREFUSED"),
            (format!("udp 127.0.0.1 {of_names}"), "ECONNREFUSED"),
        ]);
        place.refuses(&[
            ("tcp 169.254.169.254 80".to_owned(), "ENETUNREACH"),
            ("udp 1.1.1.1 53".to_owned(), "ENETUNREACH"),
            ("tcp 2606:4700:4700::1111 443".to_owned(), "ENETUNREACH"),
        ]);
        let names =
            place.isolated("python3 -c 'import socket; socket.getaddrinfo(\"example.com\", 80)'");
        assert!(names.stderr.contains("gaierror"), "{}", names.stderr);
    });
}

/// What an agent makes for itself works: a server and a client of its own.
#[test]
fn its_own_loopback_interface_works() {
    as_each(|place| {
        for address in ["127.0.0.1", "::1"] {
            let script = format!(
                "import socket; s = socket.create_server((\"{address}\", 0), family=socket.\
                 {family}); c = socket.create_connection(s.getsockname()[:2]); print(\"there\")",
                family = if address.contains(':') { "AF_INET6" } else { "AF_INET" }
            );
            let ran = place.isolated(&format!("python3 -c '{script}'")).succeeds();
            assert_eq!(ran.stdout, "there\n");
        }
    });
}

#[test]
fn no_unix_socket_is_reached() {
    as_each(|place| {
        let path = place.name("project/socket");
        let _by_path = UnixListener::bind(&path).expect("a socket can be made");
        let datagrams = place.name("project/datagrams");
        let _datagrams = UnixDatagram::bind(&datagrams).expect("a socket can be made");
        let name = format!("xreq-test-{}-{}", std::process::id(), place.user);
        let address = SocketAddr::from_abstract_name(&name).expect("it is short");
        let _abstract = UnixListener::bind_addr(&address).expect("a socket can be made");
        place.give("");
        place.closes(&[
            (format!("unix {path}"), "EPERM"),
            (format!("unix {name}"), "EPERM"),
            (format!("datagrams {datagrams}"), "EPERM"),
        ]);
        // With the opt-out it is what the agent can see that it reaches, and no abstract one.
        let ways = [format!("unix {path}"), format!("unix {name}")];
        assert_eq!(
            place.inside(&["--allow-unix-sockets"], &ways),
            [format!("unix {path}: reached"), format!("unix {name}: refused ECONNREFUSED")]
        );
    });
}

/// The sockets by which others do things in the user's name are not there, whoever may make sockets.
#[test]
fn sockets_of_helpers_are_covered() {
    as_each(|place| {
        let agent = place.name("home/agent.sock");
        let _agent = UnixListener::bind(&agent).expect("a socket can be made");
        let bus = place.name("home/run/bus");
        std::fs::create_dir(place.path("home/run")).expect("a folder can be made");
        let _bus = UnixListener::bind(&bus).expect("a socket can be made");
        place.give("");
        let ways = [format!("unix {agent}"), format!("unix {bus}")];
        let reached: Vec<_> = ways.iter().map(|way| format!("{way}: reached")).collect();
        assert_eq!(place.outside(&ways), reached);
        let mut command = place.program(crate::support::XREQ);
        command.env("SSH_AUTH_SOCK", &agent).env("XDG_RUNTIME_DIR", place.path("home/run"));
        command.args([
            "run",
            "--isolate",
            "--allow-unix-sockets",
            "--",
            "python3",
            "probe.py",
            "-",
        ]);
        let ran = crate::support::Ran::with_input(&mut command, ways.join("\n").as_bytes());
        let refused =
            [format!("{}: refused EACCES", ways[0]), format!("{}: refused ENOENT", ways[1])];
        assert_eq!(super::results(&ran), refused);
    });
}
