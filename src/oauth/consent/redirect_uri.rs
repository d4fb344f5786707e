//! The redirect URI (RFC 6749 section 3.1.2): where the browser comes back to with the code.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::catalog::url::url_fault;
use crate::error::{Code, Error, Result};

/// A redirect URI, kept and sent exactly as it was written: providers compare it letter by letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectUri {
    text: String,
    loopback: Option<Loopback>,
    /// `true` if the port was chosen by this machine and not by a person.
    ephemeral: bool,
}

/// A redirect URI that comes back to this machine (RFC 8252 section 7.3), taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loopback {
    /// The host as it is written: an address, or `localhost`.
    pub host: String,
    /// The port; 0 stands for one that this machine chooses.
    pub port: u16,
    /// The path, which begins with a slash.
    pub path: String,
}

impl Loopback {
    /// Returns the addresses to listen on, the one that must work first. `localhost` may be either.
    pub fn addresses(&self) -> &'static [IpAddr] {
        const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
        const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);
        match self.host.as_str() {
            "127.0.0.1" => &[V4],
            "[::1]" => &[V6],
            _ => &[V4, V6],
        }
    }
}

impl RedirectUri {
    /// Reads a redirect URI: `https`, or `http` to this machine, without a fragment.
    ///
    /// # Errors
    ///
    /// [`Code::BadArgument`].
    pub fn parse(text: &str) -> Result<Self> {
        if let Some(fault) = url_fault(text) {
            return Err(Error::new(Code::BadArgument, format!("the redirect URI {fault}"))
                .with_hint(
                    "write it exactly as it is registered with the provider, such as \
                     `http://127.0.0.1:8080/callback`",
                ));
        }
        Ok(Self { text: text.to_owned(), loopback: loopback(text), ephemeral: false })
    }

    /// Returns the address to listen on. `None`: the browser comes back to a place from which only
    /// a person can fetch the code.
    pub fn loopback(&self) -> Option<&Loopback> {
        self.loopback.as_ref()
    }

    /// Returns whether this machine chooses, or chose, the port (RFC 8252 section 7.3).
    pub fn is_ephemeral(&self) -> bool {
        self.ephemeral || self.loopback.as_ref().is_some_and(|loopback| loopback.port == 0)
    }

    /// Returns the same URI with the port that this machine chose in the place of port 0.
    #[must_use]
    pub fn with_port(&self, port: u16) -> Self {
        match &self.loopback {
            Some(loopback) if loopback.port == 0 => Self {
                text: self.text.replacen(
                    &format!("{}:0", loopback.host),
                    &format!("{}:{port}", loopback.host),
                    1,
                ),
                loopback: Some(Loopback { port, ..loopback.clone() }),
                ephemeral: true,
            },
            _ => self.clone(),
        }
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Takes a URL apart that has no fault. Those with `https` need a certificate to listen with.
fn loopback(url: &str) -> Option<Loopback> {
    let rest = url.strip_prefix("http://")?;
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
        _ => (authority, 80),
    };
    let path = match path.split('?').next() {
        Some("") | None => "/",
        Some(path) => path,
    };
    Some(Loopback { host: host.to_owned(), port, path: path.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_6_the_text_stays_as_it_was_written() {
        for text in [
            "http://127.0.0.1:8080/callback",
            "http://localhost:8080",
            "http://localhost:8080/",
            "https://example.com/a%20b?c=d",
        ] {
            assert_eq!(RedirectUri::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn rule_5_only_literal_loopback_addresses_are_listened_on() {
        for (text, expected) in [
            ("http://127.0.0.1:8080/callback", Some((8080, "/callback", "127.0.0.1"))),
            ("http://[::1]:8080/callback", Some((8080, "/callback", "::1"))),
            ("http://[::1]", Some((80, "/", "::1"))),
            ("http://localhost/a/b?c=d", Some((80, "/a/b", "127.0.0.1 ::1"))),
            ("http://localhost:1?c=d", Some((1, "/", "127.0.0.1 ::1"))),
            ("https://localhost:8080/callback", None),
            ("https://example.com/callback", None),
        ] {
            let uri = RedirectUri::parse(text).unwrap();
            let found = uri.loopback().map(|loopback| {
                let addresses: Vec<_> =
                    loopback.addresses().iter().map(ToString::to_string).collect();
                (loopback.port, loopback.path.as_str(), addresses.join(" "))
            });
            let expected = expected.map(|(port, path, at)| (port, path, at.to_owned()));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn refuses_where_a_code_must_not_go() {
        for text in [
            "",
            "http://example.com/callback",
            "http://127.0.0.1.example.com/",
            "http://0.0.0.0:8080/",
            "https://me:word@example.com/",
            "http://127.0.0.1:8080/#here",
            "app://callback",
        ] {
            let error = RedirectUri::parse(text).unwrap_err();
            assert_eq!(error.code(), Code::BadArgument, "{text}");
            assert!(!error.to_string().contains("word"));
        }
    }

    #[test]
    fn rule_7_port_0_becomes_the_port_that_was_found() {
        let uri = RedirectUri::parse("http://127.0.0.1:0/127.0.0.1:0").unwrap();
        assert!(uri.is_ephemeral());
        let found = uri.with_port(4321);
        assert_eq!(found.to_string(), "http://127.0.0.1:4321/127.0.0.1:0");
        assert_eq!(found.loopback().unwrap().port, 4321);
        assert!(found.is_ephemeral());
        let fixed = RedirectUri::parse("http://[::1]:8080/").unwrap();
        assert_eq!(fixed.with_port(1), fixed);
        assert!(!fixed.is_ephemeral());
    }
}
