//! The origins that may get a code, a token or a secret.
//!
//! They are sealed into a client when it is stored, and into a grant when it is given. So a person who
//! can write the provider's file or `config.yaml`, but holds no key, cannot direct anything to another
//! server.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::catalog::{Provider, Urls};
use crate::error::{Code, Error, Result};
use crate::model::credential_id::Kind;

/// A set of origins: schemes, hosts and ports.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Origins(BTreeSet<String>);

impl Origins {
    /// Returns the origins of a provider with these URLs.
    pub fn of(provider: &Provider, urls: &Urls) -> Self {
        let all = [&urls.token, &urls.refresh, &urls.api].into_iter();
        let all = all.chain(&urls.device_authorization).chain(&urls.revoke);
        let hosts = provider.api_hosts.iter().map(|host| format!("https://{host}"));
        let all = all.chain(urls.services.values()).map(|url| origin(url));
        let of_kinds = provider.kinds.urls().map(|(_, _, url)| origin(url));
        Self(all.chain(of_kinds).chain(hosts.map(|url| origin(&url))).collect())
    }

    /// Returns the origins for a credential of this kind, which no client's URLs are for.
    pub fn of_kind(provider: &Provider, kind: Kind) -> Self {
        let of_kind = provider.kinds.urls().filter(|(of, _, _)| *of == kind);
        let urls = of_kind.map(|(_, _, url)| url).chain([provider.endpoints.api_url.as_str()]);
        let urls = urls.chain(provider.services.values().map(String::as_str));
        let hosts = provider.api_hosts.iter().map(|host| origin(&format!("https://{host}")));
        Self(urls.map(origin).chain(hosts).collect())
    }

    /// Returns whether none was sealed, as in records of older versions.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Makes sure that what they were sealed into, which `stored` names, may be sent to these URLs of a
    /// provider.
    ///
    /// # Errors
    ///
    /// [`Code::OriginChanged`], without a hint: the way out depends on what is stored.
    pub fn admit<'u>(
        &self,
        stored: impl fmt::Display,
        provider: &Provider,
        urls: impl IntoIterator<Item = &'u str>,
    ) -> Result<()> {
        let Some(origin) = urls.into_iter().find_map(|url| self.refuse(url)) else {
            return Ok(());
        };
        let title = &provider.title;
        let message = format!("{stored} was stored for other servers of {title} than {origin}");
        Err(Error::new(Code::OriginChanged, message))
    }

    /// Returns the origin of a URL, if it is not one of them.
    pub fn refuse(&self, url: &str) -> Option<String> {
        let origin = origin(url);
        let is_known = self.is_empty() || self.0.contains(&origin);
        (!is_known).then_some(origin)
    }
}

/// Returns the origin of a URL that a provider may have (RFC 6454 section 4).
fn origin(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let default = match scheme {
        "https" => ":443",
        _ => ":80",
    };
    let authority = authority.strip_suffix(default).unwrap_or(authority);
    format!("{scheme}://{authority}").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn an_origin_is_a_scheme_a_host_and_a_port() {
        for (url, expected) in [
            ("https://Example.com/token?a=b", "https://example.com"),
            ("https://example.com:443", "https://example.com"),
            ("https://example.com:8443/", "https://example.com:8443"),
            ("http://127.0.0.1:80/x", "http://127.0.0.1"),
            ("http://[::1]:9000/x", "http://[::1]:9000"),
        ] {
            assert_eq!(origin(url), expected, "{url}");
        }
    }

    #[test]
    fn another_origin_is_refused_and_another_path_is_not() {
        let catalog = Catalog::builtin();
        let provider = catalog.provider("x").expect("it is built in");
        let urls = provider.urls(&BTreeMap::new()).expect("they have no variables");
        let origins = Origins::of(provider, &urls);
        assert_eq!(origins.refuse("https://api.x.com/another/path"), None);
        let refused = ["https://api.x.com.example", "http://api.x.com", "https://api.x.com:8443"];
        for url in refused {
            assert_eq!(origins.refuse(&format!("{url}/2/oauth2/token")).as_deref(), Some(url));
        }
        assert_eq!(Origins::default().refuse("https://example.com/"), None);
    }
}
