//! The doors of a broker: where agents come to it, and by which names.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The doors that a broker is to have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Doors {
    /// The port, if it is to have one.
    pub(crate) port: Option<PortDoor>,
    /// The Unix socket, if it is to have one.
    pub(crate) socket: Option<SocketDoor>,
}

/// A port, which is a proxy and the base URL of the APIs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PortDoor {
    /// Its address; port 0 is a free one.
    pub(crate) address: SocketAddr,
    /// The names by which agents call it, beside those of the address.
    pub(crate) names: Vec<String>,
    /// Whether it is reached by TLS.
    pub(crate) has_tls: bool,
    /// The file for the certificates that agents trust; none is one of the run.
    pub(crate) certificates: Option<PathBuf>,
}

/// A Unix socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SocketDoor {
    /// One in the folder of the run.
    OfRun,
    /// One at a path from the root.
    At(PathBuf),
}

impl Doors {
    /// Returns the doors beside an agent that is launched here.
    pub(crate) fn of_run() -> Self {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let port = PortDoor { address, names: Vec::new(), has_tls: false, certificates: None };
        Self { port: Some(port), socket: Some(SocketDoor::OfRun) }
    }
}

impl PortDoor {
    /// Returns whether other machines reach it.
    pub(crate) fn is_exposed(&self) -> bool {
        !self.address.ip().is_loopback()
    }

    /// Returns the hosts by which it is called: the names that it was given, its address unless that stands for
    /// all of a machine, and the usual names of this machine where only that reaches it.
    pub(crate) fn hosts(&self) -> Vec<String> {
        let address = Some(self.address.ip()).filter(|ip| !ip.is_unspecified()).map(host_of);
        let mut hosts: Vec<_> = self.names.iter().cloned().chain(address).collect();
        if !self.is_exposed() {
            hosts.extend(["127.0.0.1", "localhost", "[::1]"].map(str::to_owned));
        }
        hosts.dedup();
        hosts
    }

    /// Returns the hosts and ports by which requests may call it, once its port is known.
    pub(crate) fn authorities(&self, port: u16) -> Vec<String> {
        let with_port = self.hosts().into_iter().map(|host| format!("{host}:{port}"));
        let usual = if self.has_tls { 443 } else { 80 };
        // There, programs leave it out.
        let alone = self.hosts().into_iter().filter(|_| port == usual);
        with_port.chain(alone).collect()
    }

    /// Returns the host of the agents' variables.
    pub(crate) fn host(&self) -> String {
        self.hosts().into_iter().next().unwrap_or_else(|| host_of(self.address.ip()))
    }

    /// Returns the scheme of its URLs.
    pub(crate) fn scheme(&self) -> &'static str {
        if self.has_tls { "https" } else { "http" }
    }
}

fn host_of(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door(address: &str, names: &[&str]) -> PortDoor {
        PortDoor {
            address: address.parse().expect("an address"),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            has_tls: false,
            certificates: None,
        }
    }

    #[test]
    fn a_port_is_called_by_its_names_and_its_address() {
        let of_run = Doors::of_run().port.expect("it has one");
        assert_eq!(of_run.host(), "127.0.0.1");
        assert_eq!(of_run.authorities(4711), ["127.0.0.1:4711", "localhost:4711", "[::1]:4711"]);
        let container = door("0.0.0.0:8443", &["broker"]);
        assert_eq!(
            (container.host().as_str(), container.authorities(8443)),
            ("broker", vec!["broker:8443".to_owned()])
        );
        assert!(container.is_exposed() && door("10.0.0.1:0", &[]).is_exposed());
        assert!(!door("[::1]:0", &[]).is_exposed() && !door("127.0.0.7:0", &[]).is_exposed());
        assert_eq!(
            door("10.0.0.1:80", &["b"]).authorities(80),
            ["b:80", "10.0.0.1:80", "b", "10.0.0.1"]
        );
        let tls = PortDoor { has_tls: true, ..door("[fd00::1]:443", &[]) };
        assert_eq!(tls.authorities(443), ["[fd00::1]:443", "[fd00::1]"]);
        assert_eq!(tls.authorities(80), ["[fd00::1]:80"]);
    }
}
