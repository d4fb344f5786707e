//! More clients than are answered at once.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use super::{Daemon, house, until};

/// Whether a connection was not cut yet.
fn is_open(mut stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).expect("it can be set");
    stream.read(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}

#[test]
fn whoever_crowds_the_address_keeps_nobody_from_the_socket() {
    let house = house(7_200, 1);
    let daemon = Daemon::start(&house.home, &["--metrics", "0"]);
    let said = daemon.said();
    let address = said.lines().find_map(|line| line.split_once("http://")).expect("it says so").1;
    until("an answer while all seats at the address are taken", || {
        let crowd: Vec<_> = (0..100)
            .map(|_| {
                let mut stream = TcpStream::connect(address).expect("it listens");
                stream.write_all(b"GET /metrics HT").expect("it is taken in");
                stream
            })
            .collect();
        // The first answer may come before the seats are taken.
        for _ in 0..3 {
            assert_eq!(daemon.health().0, 200);
        }
        // None was cut to make room. (On a machine that is too slow, time alone did.)
        crowd.iter().all(is_open)
    });
}
