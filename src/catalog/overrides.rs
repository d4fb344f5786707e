//! The endpoints that a configuration puts in the place of a provider's own.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::provider::Provider;
use super::url;
use crate::error::{Code, Error, Result};
use crate::model::credential_id::Kind;
use crate::text::nearest::suggestion;

/// The changes that a configuration makes to a provider's endpoints; what is absent stays as it is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointOverrides {
    /// The URL at which an account's owner is asked for consent.
    pub authorize_url: Option<String>,
    /// The URL at which tokens are issued and refreshed.
    pub token_url: Option<String>,
    /// The URL at which a device asks for a code.
    pub device_authorization_url: Option<String>,
    /// The URL at which tokens are refreshed.
    pub refresh_url: Option<String>,
    /// The URL at which tokens are revoked.
    pub revoke_url: Option<String>,
    /// The URL to which the paths of the API's operations are appended.
    pub api_url: Option<String>,
    /// The name of the authorization server in redirects.
    pub issuer: Option<String>,
    /// The URLs of services, by their names.
    #[serde(default)]
    pub services: BTreeMap<String, String>,
    /// The URLs of kinds of credentials, by their names.
    #[serde(default)]
    pub kinds: BTreeMap<Kind, BTreeMap<String, String>>,
}

impl EndpointOverrides {
    /// Changes a provider. The issuer of the provider's file does not hold for another authorization
    /// server: where consent is asked for elsewhere and no issuer is named, none is known. Nor does the
    /// URL that refreshes tokens: where they are issued elsewhere and none is named, they are refreshed
    /// there, and no device asks for a code. URLs of kinds of credentials that lie below the API's follow
    /// it.
    ///
    /// # Errors
    ///
    /// [`Code::InvalidConfig`] where a URL is neither `https` nor on this machine.
    pub(super) fn apply(self, provider: &mut Provider) -> Result<()> {
        let slug = provider.slug.as_str().to_owned();
        let slug = slug.as_str();
        let endpoints = &mut provider.endpoints;
        if let Some(issuer) = self.issuer {
            let fault = url::issuer_fault(&issuer);
            endpoints.issuer = Some(sound(slug, "issuer", issuer, fault)?);
        } else if self.authorize_url.is_some() {
            endpoints.issuer = None;
            provider.authorization_response_iss_parameter_supported = false;
        }
        let moves_tokens = self.token_url.is_some();
        for (name, target, url) in [
            ("authorize_url", &mut endpoints.authorize_url, self.authorize_url),
            ("token_url", &mut endpoints.token_url, self.token_url),
        ] {
            let Some(url) = url else { continue };
            if target.is_none() {
                let message =
                    format!("`providers.{slug}` has `{name}`, and no account consents there");
                return Err(Error::new(Code::InvalidConfig, message));
            }
            *target = Some(overriding_url(slug, name, url)?);
        }
        if let Some(url) = self.api_url {
            let url = overriding_url(slug, "api_url", url)?;
            let old = std::mem::replace(&mut endpoints.api_url, url);
            provider.kinds.follow(&old, &endpoints.api_url);
            provider.published_api_url.get_or_insert(old);
        }
        for (kind, urls) in self.kinds {
            for (field, url) in urls {
                let name = format!("kinds.{}.{field}", kind.name());
                let Some(target) = provider.kinds.url_mut(kind, &field) else {
                    let message = format!("`providers.{slug}` has `{name}`, which is no URL of it");
                    return Err(Error::new(Code::InvalidConfig, message));
                };
                *target = overriding_url(slug, &name, url)?;
            }
        }
        for (name, url) in self.services {
            let Some(target) = provider.services.get_mut(&name) else {
                let meant = suggestion(&name, provider.services.keys().map(String::as_str));
                let message =
                    format!("`providers.{slug}.services` has `{name}`, which is no service{meant}");
                return Err(Error::new(Code::InvalidConfig, message));
            };
            let url = overriding_url(slug, &format!("services.{name}"), url)?;
            let old = std::mem::replace(target, url);
            provider.published_services.entry(name).or_insert(old);
        }
        if let Some(url) = self.device_authorization_url {
            let url = overriding_url(slug, "device_authorization_url", url)?;
            endpoints.device_authorization_url = Some(url);
        } else if moves_tokens {
            endpoints.device_authorization_url = None;
        }
        if let Some(url) = self.refresh_url {
            provider.token.refresh_url = Some(overriding_url(slug, "refresh_url", url)?);
        } else if moves_tokens {
            provider.token.refresh_url = None;
        }
        if let Some(url) = self.revoke_url {
            let url = overriding_url(slug, "revoke_url", url)?;
            match &mut provider.revoke {
                Some(revoke) => revoke.url = url,
                None => endpoints.revoke_url = Some(url),
            }
        }
        Ok(())
    }
}

fn overriding_url(slug: &str, name: &str, url: String) -> Result<String> {
    let fault = url::url_fault(&url);
    sound(slug, name, url, fault)
}

fn sound(slug: &str, name: &str, url: String, fault: Option<&'static str>) -> Result<String> {
    match fault {
        None => Ok(url),
        Some(fault) => {
            // Before an `@` there may be a password.
            let shown = if url.contains('@') { String::new() } else { format!(": `{url}`") };
            let message = format!("`providers.{slug}.{name}` {fault}{shown}");
            Err(Error::new(Code::InvalidConfig, message))
        }
    }
}
