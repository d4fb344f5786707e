//! The places of a provider's API: where its documentation says that it is, and where requests for it go,
//! which a configuration may have moved.

use std::collections::BTreeMap;

use super::provider::Provider;
use super::url::host_of;
use crate::error::Result;

/// The port of `https` where a URL states none.
const HTTPS: u16 = 443;

/// A place of an API: the API itself, or a service that has a URL of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiPlace {
    /// The service; none is the API itself.
    pub service: Option<String>,
    /// The hosts at which programs expect it, in lower case: that of its URL first.
    pub hosts: Vec<String>,
    /// The port there; none if it is no place of `https`.
    pub port: Option<u16>,
    /// The beginning of its paths there, without a slash at the end: `/api/v10`; mostly empty.
    pub base_path: String,
    /// The URL to which requests go, without a slash at the end.
    url: String,
    /// Whether that is another than programs expect.
    is_moved: bool,
}

impl ApiPlace {
    /// Returns whether programs expect it at a host, in lower case, and a port.
    pub fn is_at(&self, host: &str, port: u16) -> bool {
        self.port == Some(port) && self.hosts.iter().any(|own| own == host)
    }

    /// Returns the rest of a path that leads below it there.
    pub fn path_below<'r>(&self, path: &'r str) -> Option<&'r str> {
        path.strip_prefix(&self.base_path).filter(|rest| rest.starts_with('/'))
    }

    /// Returns the URL to which a request goes that was meant for one of its hosts: the same host, unless
    /// it was moved. Without a host, that of its URL.
    pub fn url_for(&self, host: Option<&str>) -> String {
        match host.filter(|host| !self.is_moved && self.hosts.first().is_none_or(|own| own != host))
        {
            Some(host) => {
                let port = self.port.filter(|port| *port != HTTPS);
                let port = port.map(|port| format!(":{port}")).unwrap_or_default();
                format!("https://{host}{port}{}", self.base_path)
            }
            None => self.url.clone(),
        }
    }
}

impl Provider {
    /// Returns the places of the API for a credential whose client states these values: the API itself,
    /// then the services.
    ///
    /// # Errors
    ///
    /// Those of [`Provider::urls`].
    pub fn api_places(&self, values: &BTreeMap<String, String>) -> Result<Vec<ApiPlace>> {
        let published = self.published_api_url.as_ref().unwrap_or(&self.endpoints.api_url);
        let api = self.place(None, published, &self.endpoints.api_url, values);
        let services = self.services.iter().map(|(name, url)| {
            let published = self.published_services.get(name).unwrap_or(url);
            self.place(Some(name), published, url, values)
        });
        std::iter::once(api).chain(services).collect()
    }

    fn place(
        &self,
        service: Option<&str>,
        published: &str,
        url: &str,
        values: &BTreeMap<String, String>,
    ) -> Result<ApiPlace> {
        let (published, url) = (self.fill(published, values)?, self.fill(url, values)?);
        let (published, url) = (published.trim_end_matches('/'), url.trim_end_matches('/'));
        let (scheme, rest) = published.split_once("://").unwrap_or_default();
        let host = host_of(published);
        let (port, base_path) = rest[host.len()..]
            .split_at(rest[host.len()..].find('/').unwrap_or(rest.len() - host.len()));
        let port = port.strip_prefix(':').map_or(Some(HTTPS), |port| port.parse().ok());
        let others = if service.is_none() { &self.api_hosts[..] } else { &[] };
        let hosts = std::iter::once(host).chain(others.iter().map(String::as_str));
        Ok(ApiPlace {
            service: service.map(str::to_owned),
            hosts: hosts.map(str::to_ascii_lowercase).collect(),
            port: port.filter(|_| scheme == "https"),
            base_path: base_path.to_owned(),
            url: url.to_owned(),
            is_moved: published != url,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, EndpointOverrides};

    fn places(catalog: &Catalog, slug: &str) -> Vec<(Option<String>, Vec<String>, String, String)> {
        let provider = catalog.provider(slug).expect("it is built in");
        let places = provider.api_places(&BTreeMap::new()).expect("no variables");
        places
            .into_iter()
            .map(|it| {
                let url = it.url_for(None);
                (it.service, it.hosts, it.base_path, url)
            })
            .collect()
    }

    #[test]
    fn places_are_where_the_provider_s_file_says() {
        let catalog = Catalog::builtin();
        let x = places(&catalog, "x");
        let hosts = vec!["api.x.com".to_owned(), "api.twitter.com".to_owned()];
        assert_eq!(x, [(None, hosts, String::new(), "https://api.x.com".to_owned())]);
        let discord = places(&catalog, "discord");
        assert_eq!(discord[0].2, "/api/v10");
        let google = places(&catalog, "google");
        assert_eq!(google.len(), 9);
        assert_eq!(google[1].1, ["gmail.googleapis.com"]);
    }

    #[test]
    fn a_place_that_was_moved_is_expected_where_it_was() {
        let mut catalog = Catalog::builtin();
        let local = "http://127.0.0.1:9/x".to_owned();
        let services = [("gmail".to_owned(), "http://127.0.0.1:9/mail/".to_owned())].into();
        let api = EndpointOverrides { api_url: Some(local.clone()), ..Default::default() };
        let mail = EndpointOverrides { services, ..Default::default() };
        catalog.override_endpoints("x", api).expect("a URL on this machine");
        catalog.override_endpoints("google", mail).expect("a URL on this machine");
        let provider = catalog.provider("x").expect("it is built in");
        let place = &provider.api_places(&BTreeMap::new()).expect("no variables")[0];
        assert!(place.is_at("api.x.com", 443) && place.is_at("api.twitter.com", 443));
        assert!(!place.is_at("api.x.com", 8443) && !place.is_at("127.0.0.1", 9));
        assert_eq!(place.url_for(Some("api.twitter.com")), local);
        let google = places(&catalog, "google");
        assert_eq!(google[1].3, "http://127.0.0.1:9/mail");
        assert_eq!(google[2].3, "https://sheets.googleapis.com");
    }

    #[test]
    fn a_request_for_another_host_of_the_same_api_goes_there() {
        let catalog = Catalog::builtin();
        let provider = catalog.provider("gcp").expect("it is built in");
        let place = &provider.api_places(&BTreeMap::new()).expect("no variables")[0];
        let region = "us-east1-aiplatform.googleapis.com";
        assert!(place.is_at(region, 443));
        assert_eq!(place.url_for(Some(region)), format!("https://{region}"));
        assert_eq!(place.url_for(None), "https://aiplatform.googleapis.com");
    }

    #[test]
    fn paths_lie_below_a_place_as_a_whole_segment() {
        let catalog = Catalog::builtin();
        let provider = catalog.provider("discord").expect("it is built in");
        let place = &provider.api_places(&BTreeMap::new()).expect("no variables")[0];
        assert_eq!(place.path_below("/api/v10/users/@me"), Some("/users/@me"));
        for other in ["/api/v10", "/api/v100/users", "/api/v9/users/@me", "/users/@me", ""] {
            assert_eq!(place.path_below(other), None, "{other}");
        }
    }
}
