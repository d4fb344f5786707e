//! The URLs of a provider for one client.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::provider::Provider;
use super::url::{host_of, url_fault};
use super::url_variable::{is_label, variables_of};
use crate::error::{Code, Error, Parameter, Remedy, Result, advice};
use crate::model::credential_id::Kind;
use crate::text::nearest::suggestion;

/// The URLs of a provider, with the values of one client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Urls {
    /// The URL at which an account's owner is asked for consent.
    pub authorize: String,
    /// The URL at which tokens are issued.
    pub token: String,
    /// The URL at which a device asks for a code, if one can.
    pub device_authorization: Option<String>,
    /// The URL at which tokens are refreshed.
    pub refresh: String,
    /// The URL at which tokens are revoked, if they can be.
    pub revoke: Option<String>,
    /// The URL to which the paths of the operations are appended.
    pub api: String,
    /// The URLs of the services.
    pub services: IndexMap<String, String>,
    /// The name of the authorization server.
    pub issuer: Option<String>,
}

impl Urls {
    /// Returns the URL to which the paths of a service are appended; none is the API itself.
    pub fn service(&self, service: Option<&str>) -> &str {
        let url = service.and_then(|service| self.services.get(service));
        url.unwrap_or(&self.api).trim_end_matches('/')
    }
}

impl Provider {
    /// Returns the URL to which the paths of a service are appended, for a credential that no client was
    /// used for; none is the API itself. It has no variables.
    pub fn fixed_service_url(&self, service: Option<&str>) -> &str {
        let url = service.and_then(|service| self.services.get(service));
        url.unwrap_or(&self.endpoints.api_url).trim_end_matches('/')
    }

    /// Returns the URLs for a client that states these values.
    ///
    /// # Errors
    ///
    /// [`Code::MissingParams`]: a variable has no value. [`Code::BadArgument`]: a value is none, or
    /// makes a URL that nothing may be sent to. [`Code::KindUnsupported`]: no account consents to grants.
    pub fn urls(&self, values: &BTreeMap<String, String>) -> Result<Urls> {
        let fill = |template: &String| self.fill(template, values);
        let (Some(authorize), Some(token)) =
            (&self.endpoints.authorize_url, &self.endpoints.token_url)
        else {
            return Err(self.unsupported(Kind::Oauth2));
        };
        let token = fill(token)?;
        let refresh = self.token.refresh_url.as_ref().map_or_else(|| Ok(token.clone()), fill)?;
        let services = self.services.iter();
        Ok(Urls {
            authorize: fill(authorize)?,
            token,
            device_authorization: self
                .endpoints
                .device_authorization_url
                .as_ref()
                .map(fill)
                .transpose()?,
            refresh,
            revoke: self.revocation().map(|revocation| fill(&revocation.url)).transpose()?,
            api: fill(&self.endpoints.api_url)?,
            services: services
                .map(|(name, url)| Ok((name.clone(), fill(url)?)))
                .collect::<Result<_>>()?,
            issuer: self.endpoints.issuer.as_ref().map(fill).transpose()?,
        })
    }

    /// Makes sure that a client may state these values.
    ///
    /// # Errors
    ///
    /// [`Code::BadArgument`]: one is no value, or of a variable that there is not. Those of
    /// [`Provider::urls`].
    pub fn check_url_values(&self, values: &BTreeMap<String, String>) -> Result<()> {
        if let Some(name) = values.keys().find(|name| !self.url_variables.contains_key(*name)) {
            let known = self.url_variables.keys().map(String::as_str);
            let meant = suggestion(name, known);
            let message = format!("the URLs of {} have no variable `{name}`{meant}", self.title);
            return Err(Error::new(Code::BadArgument, message));
        }
        self.urls(values).map(drop)
    }

    /// Puts a client's values in the place of the variables of a URL.
    pub(super) fn fill(&self, template: &str, values: &BTreeMap<String, String>) -> Result<String> {
        let mut url = template.to_owned();
        for name in variables_of(template) {
            let Some(variable) = self.url_variables.get(name) else { continue };
            let Some(value) = values.get(name).or(variable.default.as_ref()) else {
                let message = format!(
                    "the client has no `{name}`, which the URLs of {} need: {}",
                    self.title, variable.title
                );
                return Err(self.misfit(Code::MissingParams, message, name));
            };
            if let Some(fault) = variable.fault(value) {
                let message = format!("the `{name}` of the client {fault}");
                return Err(self.misfit(Code::BadArgument, message, name));
            }
            url = url.replace(&format!("{{{name}}}"), value);
        }
        let fault = url_fault(&url.replace(['{', '}'], ""));
        match fault.or_else(|| (!keeps_host(template, &url)).then_some("leads elsewhere")) {
            None => Ok(url),
            Some(fault) => {
                let message =
                    format!("with the values of the client a URL of {} {fault}", self.title);
                Err(Error::new(Code::BadArgument, message))
            }
        }
    }

    fn misfit(&self, code: Code, message: String, name: &str) -> Error {
        Error::new(code, message).with_hint(advice![
            "store the client anew: ",
            Remedy::set_client(self.slug.as_str())
                .with(Parameter::UrlVariable.value(format!("{name}=VALUE")))
        ])
    }
}

/// Returns whether a URL leads to the host of its template, as far as that is fixed.
fn keeps_host(template: &str, url: &str) -> bool {
    let (fixed, host) = (host_of(template), host_of(url));
    match fixed.split_once('}') {
        Some((_, fixed)) => {
            host.strip_suffix(fixed).is_some_and(|value| value.split('.').all(is_label))
        }
        None => host == fixed,
    }
}
