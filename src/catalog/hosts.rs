//! The hosts of providers: each belongs to one.
//!
//! A provider file whose URLs lead to another provider's hosts shows people the page of that one, and
//! may send what it gives elsewhere. A host of this machine is nobody's.

use std::collections::BTreeSet;
use std::fmt;

use super::entry::Entry;
use super::provider::Provider;
use super::url::host_of;

/// A host of a provider file that belongs to another provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostClaim {
    /// The host.
    pub host: String,
    /// The provider that it belongs to, for people.
    pub owner: String,
}

impl fmt::Display for HostClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` of {}", self.host, self.owner)
    }
}

impl Provider {
    /// Returns the hosts of all its URLs: at these, accounts consent, and codes, tokens and secrets are
    /// sent there. `*` stands for a label that is a variable.
    pub fn hosts(&self) -> BTreeSet<String> {
        let endpoints = &self.endpoints;
        let of_consent = [&endpoints.authorize_url, &endpoints.token_url, &endpoints.revoke_url];
        let urls = of_consent
            .into_iter()
            .chain([&endpoints.device_authorization_url])
            .flatten()
            .chain([&endpoints.api_url])
            .chain(&self.token.refresh_url)
            .chain(self.revoke.as_ref().map(|revoke| &revoke.url))
            .chain(self.services.values());
        let of_kinds = self.kinds.urls().map(|(_, _, url)| url);
        let urls = urls.map(String::as_str).chain(of_kinds).map(|url| pattern(host_of(url)));
        urls.chain(self.api_hosts.iter().cloned()).filter(|host| !is_local(host)).collect()
    }

    /// Returns the hosts at which programs expect its API, whatever server a user has put in their place.
    /// `*` stands for a label that is a variable.
    pub fn expected_api_hosts(&self) -> BTreeSet<String> {
        let api = self.published_api_url.as_ref().unwrap_or(&self.endpoints.api_url);
        let services = self.services.iter();
        let services = services.map(|(name, url)| self.published_services.get(name).unwrap_or(url));
        let hosts = std::iter::once(api).chain(services).map(|url| pattern(host_of(url)));
        hosts.chain(self.api_hosts.iter().cloned()).collect()
    }
}

/// Returns the hosts of a new provider that belong to one that is there.
pub(super) fn claims(owner: &Entry, new: &Provider) -> Vec<HostClaim> {
    let hosts = owner.hosts();
    let taken = new.hosts().into_iter();
    let taken = taken.filter(|host| hosts.iter().any(|its| overlap(host, its)));
    taken.map(|host| HostClaim { host, owner: owner.provider().title.clone() }).collect()
}

/// Returns a host with `*` in the place of a variable.
fn pattern(host: &str) -> String {
    let host = host.to_ascii_lowercase();
    match host.split_once('}') {
        Some((_, fixed)) => format!("*{fixed}"),
        None => host,
    }
}

fn is_local(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

/// Returns whether there is a host that both mean.
fn overlap(one: &str, other: &str) -> bool {
    match (one.strip_prefix('*'), other.strip_prefix('*')) {
        (None, None) => one == other,
        (Some(end), None) => other.ends_with(end),
        (None, Some(end)) => one.ends_with(end),
        (Some(one), Some(other)) => one.ends_with(other) || other.ends_with(one),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_stands_for_every_label() {
        for (one, other, expected) in [
            ("api.x.com", "api.x.com", true),
            ("api.x.com", "x.com", false),
            ("*.x.com", "api.x.com", true),
            ("*.x.com", "a.b.x.com", true),
            ("*.x.com", "x.com", false),
            ("*.x.com", "*.api.x.com", true),
            ("*.x.com", "*.x.com.example", false),
            ("*.ax.com", "*.x.com", false),
        ] {
            assert_eq!((overlap(one, other), overlap(other, one)), (expected, expected), "{one}");
        }
        assert_eq!(pattern("{tenant}.X.com"), "*.x.com");
    }
}
