//! The rules for the URLs and hosts of a provider file.

use regex_lite::Regex;

use super::{Check, is_word};
use crate::catalog::locate::Place;
use crate::catalog::provider::Provider;
use crate::catalog::url::{query_fault, url_fault};
use crate::catalog::url_variable::{UrlVariable, template_fault, variables_of};

/// The variable of `revoke.url` that is the client's id.
const CLIENT_ID: &str = "client_id";

impl Check<'_> {
    pub(super) fn urls(&mut self) {
        let Provider { endpoints, website, specification, token, revoke, .. } = self.provider;
        let place = Place::top("endpoints");
        let mut templates = vec![
            (place.field("authorize_url"), endpoints.authorize_url.as_ref()),
            (place.field("token_url"), endpoints.token_url.as_ref()),
            (place.field("device_authorization_url"), endpoints.device_authorization_url.as_ref()),
            (place.field("revoke_url"), endpoints.revoke_url.as_ref()),
            (place.field("api_url"), Some(&endpoints.api_url)),
            (place.field("issuer"), endpoints.issuer.as_ref()),
            (Place::top("token").field("refresh_url"), token.refresh_url.as_ref()),
            (Place::top("revoke").field("url"), revoke.as_ref().map(|revoke| &revoke.url)),
        ];
        let services = self.provider.services.iter();
        templates
            .extend(services.map(|(name, url)| (Place::top("services").field(name), Some(url))));
        let mut unused: Vec<_> = self.provider.url_variables.keys().map(String::as_str).collect();
        for (place, template) in templates {
            let Some(template) = template else { continue };
            unused.retain(|name| !variables_of(template).any(|used| used == *name));
            let of_client = |name: &str| name == CLIENT_ID && place.to_string() == "revoke.url";
            let is_known =
                |name: &str| self.provider.url_variables.contains_key(name) || of_client(name);
            if let Some(fault) = template_fault(template, is_known) {
                self.report(place, fault);
            }
        }
        for name in unused {
            self.report(Place::top("url_variables").name(name), "stands in no URL");
        }
        for (name, variable) in &self.provider.url_variables {
            self.url_variable(name, variable);
        }
        for name in self.provider.services.keys() {
            if !is_word(name) {
                let place = Place::top("services").name(name);
                self.report(place, "must be lower case letters, digits, `-` and `_`");
            }
        }
        for (place, url) in [
            (Place::top("redirect_uri"), self.provider.redirect_uri.as_ref()),
            (Place::top("website"), website.as_ref()),
            (Place::top("specification").field("url"), specification.as_ref().map(|s| &s.url)),
        ] {
            if let Some(fault) = url.and_then(|url| url_fault(url)) {
                self.report(place, fault);
            }
        }
        let issuer = endpoints.issuer.as_deref();
        if let Some(fault) = issuer.and_then(query_fault) {
            self.report(place.field("issuer"), fault);
        }
        if issuer.is_none() && self.provider.authorization_response_iss_parameter_supported {
            self.report(
                Place::top("authorization_response_iss_parameter_supported"),
                "needs `endpoints.issuer` to compare with",
            );
        }
        for host in &self.provider.api_hosts {
            let is_host = |byte: u8| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte)
            };
            if host.is_empty() || !host.bytes().all(is_host) {
                let what = format!("has `{host}`, which is no host name in lower case");
                self.report(Place::top("api_hosts").item(host), what);
            }
        }
    }

    fn url_variable(&mut self, name: &str, variable: &UrlVariable) {
        let place = Place::top("url_variables");
        let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if name.is_empty() || !name.bytes().all(inside) || name == CLIENT_ID {
            let what = "must be lower case letters, digits and `_`, and not `client_id`";
            self.report(place.name(name), what);
        }
        let place = place.field(name);
        self.text(place.field("title"), &variable.title);
        let pattern = variable.pattern.as_deref().map(Regex::new);
        if let Some(Err(error)) = pattern {
            self.report(place.field("pattern"), format!("is no regular expression: {error}"));
        } else if let Some(fault) = variable.default.as_ref().and_then(|it| variable.fault(it)) {
            self.report(place.field("default"), fault);
        }
    }
}
