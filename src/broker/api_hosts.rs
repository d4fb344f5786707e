//! The hosts of the APIs that a run may use: the broker looks into what goes there, and its certificates
//! are good for them alone.

use std::collections::BTreeMap;

use super::authority::Authority;
use super::rule::canonical_host;
use crate::catalog::Catalog;
use crate::error::Result;

/// The hosts of the APIs of a run, in lower case, each with its ports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiHosts {
    hosts: BTreeMap<String, Vec<u16>>,
}

impl ApiHosts {
    /// Returns whether requests to a host and port are for one of the APIs. Case does not count, nor does a
    /// dot at the end.
    pub fn has(&self, host: &str, port: u16) -> bool {
        let ports = canonical_host(host).and_then(|host| self.hosts.get(&host));
        ports.is_some_and(|ports| ports.contains(&port))
    }

    /// Returns the names of the hosts.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.hosts.keys().map(String::as_str)
    }
}

/// Returns the hosts at which programs expect the APIs of the providers that a run uses.
///
/// # Errors
///
/// Those of [`Provider::api_places`](crate::catalog::Provider::api_places).
pub fn api_hosts(catalog: &Catalog, authority: &Authority) -> Result<ApiHosts> {
    let mut found = ApiHosts::default();
    for credential in &authority.credentials {
        let provider = catalog.known_provider(credential.id.provider.as_str())?;
        for place in provider.api_places(&credential.url_values)? {
            let Some(port) = place.port else { continue };
            for host in place.hosts {
                let ports = found.hosts.entry(host).or_default();
                if !ports.contains(&port) {
                    ports.push(port);
                }
            }
        }
    }
    Ok(found)
}
