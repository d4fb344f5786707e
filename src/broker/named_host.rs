//! A host that the user named: what an agent may reach beside the API hosts.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The ports that programs use for HTTP.
pub(super) const HTTP_PORTS: [u16; 2] = [80, 443];

/// A host that the user named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedHost {
    /// Its name or address; `*.` and a name for all below that.
    pub(crate) host: String,
    /// Its port; none is 80 and 443.
    pub(crate) port: Option<u16>,
}

impl NamedHost {
    /// Returns whether a host, in lower case and without a dot at its end, is meant at a port.
    pub(super) fn is(&self, host: &str, port: u16) -> bool {
        let is_host = match self.host.strip_prefix("*.") {
            Some(end) => host.strip_suffix(end).is_some_and(|label| label.ends_with('.')),
            None => self.host == host,
        };
        is_host && self.port.map_or(HTTP_PORTS.contains(&port), |own| own == port)
    }
}

impl FromStr for NamedHost {
    type Err = &'static str;

    /// Reads `HOST`, `*.HOST`, `HOST:PORT` or an address, that of IPv6 in brackets where a port follows.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "it is like example.com, *.example.com or example.com:8080";
        let (host, port) = match text.rsplit_once(':') {
            _ if text.parse::<Ipv6Addr>().is_ok() => (text, None),
            Some((host, port)) => (host, Some(port.parse().map_err(|_| FORM)?)),
            None => (text, None),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let name = host.strip_prefix("*.").unwrap_or(host);
        let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
        if name.is_empty() || !(is_name || host.parse::<Ipv6Addr>().is_ok()) {
            return Err(FORM);
        }
        Ok(Self { host: host.to_ascii_lowercase(), port })
    }
}

impl fmt::Display for NamedHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        match port {
            None => f.write_str(host),
            Some(port) if host.contains(':') => write!(f, "[{host}]:{port}"),
            Some(port) => write!(f, "{host}:{port}"),
        }
    }
}

impl Serialize for NamedHost {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for NamedHost {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_host_is_read_and_written() {
        for (text, host, port) in [
            ("Example.com", "example.com", None),
            ("*.example.com", "*.example.com", None),
            ("a.example:8080", "a.example", Some(8080)),
            ("127.0.0.1:1", "127.0.0.1", Some(1)),
            ("::1", "::1", None),
            ("[::1]:8080", "::1", Some(8080)),
        ] {
            let named: NamedHost = text.parse().expect(text);
            assert_eq!((named.host.as_str(), named.port), (host, port), "{text}");
            assert_eq!(named.to_string(), text.to_lowercase());
        }
        for text in ["", "*.", "a b", "https://a.example", "a.example:", "a.example:http", "a/b"] {
            assert!(text.parse::<NamedHost>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_named_host_has_its_ports() {
        let named: [NamedHost; 3] =
            ["a.example", "*.b.example", "c:8080"].map(|text| text.parse().expect(text));
        for (host, port, expected) in [
            ("a.example", 443, true),
            ("a.example", 80, true),
            ("a.example", 22, false),
            ("x.a.example", 443, false),
            ("x.b.example", 443, true),
            ("b.example", 443, false),
            ("xb.example", 443, false),
            ("c", 8080, true),
            ("c", 443, false),
        ] {
            assert_eq!(named.iter().any(|it| it.is(host, port)), expected, "{host}:{port}");
        }
    }
}
