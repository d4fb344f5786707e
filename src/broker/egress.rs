//! Other hosts: those that are no API host of the run, and the addresses that may be dialled for them.
//!
//! A name is resolved here, every address is judged, and the one that was judged is dialled, so that a name
//! cannot lead elsewhere in between (rebinding). Where another proxy has to resolve it, the name decides.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::named_host::{HTTP_PORTS, NamedHost};

/// Time for making a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The names that systems have for themselves beside `localhost.localdomain`, and with which others end.
const LOOPBACK_NAMES: [&str; 5] =
    ["localhost", "localhost4", "localhost6", "ip6-localhost", "ip6-loopback"];

/// The rule for other hosts.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Egress {
    /// Whether hosts that nobody named are let through.
    pub(crate) allows_others: bool,
    /// Hosts that the user named, with their ports where another than 80 and 443 is meant.
    pub(crate) named: Vec<NamedHost>,
}

/// The reason why a host is not dialled.
#[derive(Debug)]
pub(crate) enum Undialled {
    /// The rule does not let it through; as the rest of a sentence.
    Refused(&'static str),
    /// It cannot be reached.
    Failed(io::Error),
}

/// A host that the rule lets through by its name.
#[derive(Debug)]
pub(super) struct Judged {
    /// Its name or address, in lower case and without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// Whether the user named it, so that it may be at any address.
    is_named: bool,
}

impl Egress {
    /// Judges a host by its name.
    ///
    /// # Errors
    ///
    /// The rule refuses it.
    pub(super) fn judge(&self, host: &str, port: u16) -> Result<Judged, Undialled> {
        let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let is_named = self.names(&host, port);
        if !is_named {
            if !self.allows_others {
                return Err(Undialled::Refused("is not among the hosts of this run"));
            }
            if host.parse::<IpAddr>().is_ok() {
                return Err(Undialled::Refused("is an address, and names alone pass"));
            }
            if !HTTP_PORTS.contains(&port) {
                return Err(Undialled::Refused("is asked for at another port than 80 and 443"));
            }
        }
        Ok(Judged { host, port, is_named })
    }

    fn names(&self, host: &str, port: u16) -> bool {
        self.named.iter().any(|named| named.is(host, port))
    }
}

impl Judged {
    /// Connects to the host, at an address that was judged.
    ///
    /// # Errors
    ///
    /// An address that its name has is refused; it cannot be reached.
    pub(super) async fn dial(&self) -> Result<TcpStream, Undialled> {
        let addresses: Vec<SocketAddr> = if let Ok(address) = self.host.parse::<IpAddr>() {
            vec![(address, self.port).into()]
        } else {
            let found = lookup_host((self.host.as_str(), self.port)).await;
            found.map_err(Undialled::Failed)?.collect()
        };
        if !self.is_named && addresses.iter().any(|address| !is_public(address.ip())) {
            return Err(Undialled::Refused("leads to an address that is not public"));
        }
        let mut failed = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for address in addresses {
            match timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    let _ = stream.set_nodelay(true);
                    return Ok(stream);
                }
                Ok(Err(error)) => failed = error,
                Err(_) => failed = io::ErrorKind::TimedOut.into(),
            }
        }
        Err(Undialled::Failed(failed))
    }

    /// Judges a host that another proxy resolves, whose address nobody sees here: a name passes, unless it is
    /// one of that machine itself, or a reader of addresses takes it for one (`127.1`, `0x7f000001`).
    ///
    /// # Errors
    ///
    /// It is refused.
    pub(super) fn may_be_unseen(&self) -> Result<(), Undialled> {
        if self.is_named {
            return Ok(());
        }
        let last = self.host.rsplit('.').next().unwrap_or_default();
        let is_hexadecimal = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        if last.bytes().all(|byte| byte.is_ascii_digit())
            || last.strip_prefix("0x").is_some_and(is_hexadecimal)
        {
            return Err(Undialled::Refused("is an address, and names alone pass"));
        }
        if self.host.contains([':', '%']) {
            return Err(Undialled::Refused("is an address, and names alone pass"));
        }
        if LOOPBACK_NAMES.contains(&last) || self.host == "localhost.localdomain" {
            return Err(Undialled::Refused("leads to an address that is not public"));
        }
        Ok(())
    }
}

impl fmt::Display for Egress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named: Vec<_> = self.named.iter().map(ToString::to_string).collect();
        let named = named.join(", ");
        match (self.allows_others, named.is_empty()) {
            (true, true) => f.write_str("any, by name at the ports 80 and 443"),
            (true, false) => write!(f, "any, by name at the ports 80 and 443, and {named}"),
            (false, true) => f.write_str("none"),
            (false, false) => write!(f, "none but {named}"),
        }
    }
}

/// Returns whether an address is one of the internet: not of this machine, a private network, a link, a
/// cloud's metadata, or another range that leads to one of these (RFC 6890).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19));
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(mapped) = address.to_ipv4() {
        return is_public_v4(mapped);
    }
    let segments = address.segments();
    // Only 2000::/3 is given out; of it, Teredo, 6to4, documentation and benchmarks lead elsewhere.
    segments[0] & 0xe000 == 0x2000
        && !(segments[0] == 0x2001 && (segments[1] < 0x200 || segments[1] == 0xdb8))
        && segments[0] != 0x2002
        && segments[0] != 0x3fff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_are_not_of_the_internet_are_told() {
        for address in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.0.8",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
            "2001:db8::1",
            "2001::1",
            "ff02::1",
            "::127.0.0.1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in ["1.1.1.1", "93.184.216.34", "172.32.0.1", "2606:4700::1111", "2a00:1450::1"]
        {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    fn named(host: &str, port: Option<u16>) -> NamedHost {
        NamedHost { host: host.to_owned(), port }
    }

    async fn refusal(egress: &Egress, host: &str, port: u16) -> Option<&'static str> {
        let dialled = match egress.judge(host, port) {
            Ok(judged) => judged.dial().await,
            Err(undialled) => Err(undialled),
        };
        match dialled {
            Err(Undialled::Refused(why)) => Some(why),
            _ => None,
        }
    }

    #[tokio::test]
    async fn what_is_not_named_is_judged_by_its_address_too() {
        let open = Egress { allows_others: true, named: Vec::new() };
        for (host, port) in [
            ("127.0.0.1", 80),
            ("[::1]", 443),
            ("1.1.1.1", 443),
            ("localhost", 443),
            ("example.com", 22),
        ] {
            assert!(refusal(&open, host, port).await.is_some(), "{host}:{port}");
        }
        let closed = Egress::default();
        assert!(refusal(&closed, "example.com", 443).await.is_some());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let opened = Egress { allows_others: false, named: vec![named("localhost", Some(port))] };
        assert!(opened.judge("LOCALHOST.", port).expect("it is named").dial().await.is_ok());
    }

    #[test]
    fn names_alone_pass_where_nobody_sees_the_address() {
        let open = Egress { allows_others: true, named: vec![named("10.0.0.1", None)] };
        let passes = |host| open.judge(host, 443).and_then(|judged| judged.may_be_unseen()).is_ok();
        for host in ["example.com", "a.0x.example", "x1", "0xyz", "10.0.0.1", "localhost.example"] {
            assert!(passes(host), "{host}");
        }
        for host in [
            "1.1.1.1",
            "[::1]",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "a.1",
            "0x",
            "010.1",
            "localhost",
            "a.localhost",
            "LOCALHOST.",
            "",
        ] {
            assert!(!passes(host), "{host}");
        }
        let closed = Egress { allows_others: false, named: vec![named("a.example", None)] };
        assert!(closed.judge("a.example", 443).is_ok());
        assert!(closed.judge("b.example", 443).is_err());
    }
}
