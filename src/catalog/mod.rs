//! The meaning of integration keys: the scopes behind `x.tweet.write`, the operations of the
//! provider's API that these scopes allow, and the endpoints at which the provider issues tokens.
//!
//! A provider is data. Nothing outside its file knows its name, its URLs or its peculiarities, and
//! a provider that a user adds is read, checked and used like a built-in one. The file's form is
//! published as `schemas/provider.schema.json`.
//!
//! Every capability has two scope sets, which are never mixed up. The *published* one is what the
//! platform's documentation promises for the key; a verdict is decided on it. The *API* one is what
//! the provider really demands for the operations behind the key. If the promise is too small (for
//! most keys of X it is), the difference is a warning before the launch instead of an unexplained
//! refusal after it.
//!
//! The built-in provider is split in two, because `xreq run` needs its scopes at every start and
//! its operations never: the operations are parsed when somebody asks for them. User files, YAML
//! that people write by hand, go through a stricter and slower reader, which says where a mistake
//! is; the built-in data passes it in a test.

mod abilities;
mod allowed;
mod authorize;
mod coverage;
mod demand;
mod environment;
mod field;
mod hosts;
mod inclusion;
mod kind_order;
mod kinds;
mod load;
mod locate;
mod operation;
mod protocol;
mod provider;
mod revocation;
mod scope_definition;
mod selection;
mod surplus;
mod template;
mod token;
pub(crate) mod url;
mod url_variable;
mod urls;
mod validate;
mod variables;
mod x;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

pub use allowed::{Permission, Satisfaction};
pub use authorize::{Authorize, ScopeSeparator, SecondConsent};
pub use coverage::Coverage;
pub use demand::Demand;
pub use hosts::HostClaim;
pub use inclusion::Inclusion;
pub use kinds::{AppOnly, Kinds, Oauth1, ServiceAccount, StaticToken, TokenCheck};
pub use operation::{Method, Operation};
pub use protocol::{
    Account, ClientAuthentication, ConfidentialClient, DeadGrantAnswer, Endpoints, Help, Lifetimes,
    Pkce, PublicClient, Quirks, TokenKind, TokenShape,
};
pub use provider::{Capability, Provider, RemovedVariable, Specification};
pub use revocation::{Revocation, RevocationExtent, RevocationStyle};
pub use scope_definition::ScopeDefinition;
pub use selection::{Selection, Wanted};
pub use surplus::{BroadScope, ScopeSurplus};
pub use template::{PathParameter, PathParameters};
pub use token::{BodyFormat, ResponsePlaces, TokenProtocol};
pub use url_variable::UrlVariable;
pub use urls::Urls;

use crate::error::{Code, Error, Inventory, Remedy, Result};
use crate::model::credential_id::Kind;
use crate::text::nearest::{nearest, suggestion};

/// The most bytes that a provider file may have.
pub const MAX_FILE_BYTES: usize = load::MAX_BYTES;

/// Everything that is known about providers: the built-in ones, then the user's own.
#[derive(Debug)]
pub struct Catalog {
    providers: Vec<Provider>,
}

/// The changes that a configuration makes to a provider's endpoints; what is absent stays as it is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointOverrides {
    /// The URL at which an account's owner is asked for consent.
    pub authorize_url: Option<String>,
    /// The URL at which tokens are issued and refreshed.
    pub token_url: Option<String>,
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

impl Catalog {
    /// Returns the catalog of the providers that xreq knows by itself.
    pub fn builtin() -> Self {
        Self { providers: vec![Provider::embedded(x::PROVIDER, x::OPERATIONS)] }
    }

    /// Adds the provider of a user's file; `file` is what messages call it.
    ///
    /// # Errors
    ///
    /// [`Code::CatalogInvalid`] where the file has mistakes, and [`Code::CatalogConflict`] where it
    /// describes a provider that is already there, would set or remove another provider's variables,
    /// or leads to another provider's hosts.
    pub fn add_file(&mut self, file: &Path, bytes: &[u8]) -> Result<()> {
        self.add_agreed_file(file, bytes, |new, claims| {
            let claims: Vec<_> = claims.iter().map(ToString::to_string).collect();
            let message = format!(
                "{}: its URLs lead to hosts of others: {}",
                new.origin(),
                claims.join(", ")
            );
            Err(Error::new(Code::CatalogConflict, message).with_hint(
                "a host belongs to one provider; put the file into the folder `providers` of your \
                 configuration if you want this one to get codes and tokens for these hosts",
            ))
        })
    }

    /// Adds the provider of a file, where somebody agrees to each of its hosts that belongs to another
    /// provider; the error says why not.
    ///
    /// # Errors
    ///
    /// As [`Catalog::add_file`], and that of `agree`.
    pub fn add_agreed_file(
        &mut self,
        file: &Path,
        bytes: &[u8],
        agree: impl FnOnce(&Provider, &[HostClaim]) -> Result<()>,
    ) -> Result<()> {
        let new = load::provider(file, bytes)?;
        self.refuse_clash(&new)?;
        let claims: Vec<_> =
            self.providers.iter().flat_map(|owner| hosts::claims(owner, &new)).collect();
        if !claims.is_empty() {
            agree(&new, &claims)?;
        }
        self.providers.push(new);
        Ok(())
    }

    fn refuse_clash(&self, new: &Provider) -> Result<()> {
        let clash = self.providers.iter().find_map(|old| {
            if old.slug == new.slug {
                Some((old, format!("provider `{}`", new.slug)))
            } else if old.env_prefix == new.env_prefix {
                Some((old, format!("the variable prefix `{}`", new.env_prefix)))
            } else {
                let taken = new.variables().find(|name| old.variables().any(|own| own == *name))?;
                Some((old, format!("the variable `{taken}`")))
            }
        });
        if let Some((old, what)) = clash {
            let message = format!("{}: {what} is taken by {}", new.origin(), old.origin());
            return Err(Error::new(Code::CatalogConflict, message).with_hint(
                "choose another `provider` and `env_prefix`; to use other servers of a known \
                 provider, set its URLs under `providers` in `config.yaml`",
            ));
        }
        Ok(())
    }

    /// Puts other URLs in place of a provider's endpoints: those of a self-hosted or test server.
    /// The issuer of the provider's file does not hold for another authorization server: where consent
    /// is asked for elsewhere and no issuer is named, none is known. Nor does the URL that refreshes
    /// tokens: where they are issued elsewhere and none is named, they are refreshed there. URLs of
    /// kinds of credentials that lie below the API's follow it.
    ///
    /// # Errors
    ///
    /// [`Code::CatalogUnknown`] where there is no such provider, [`Code::InvalidConfig`] where a URL
    /// is neither `https` nor on this machine.
    pub fn override_endpoints(&mut self, slug: &str, overrides: EndpointOverrides) -> Result<()> {
        let Some(at) = self.providers.iter().position(|provider| provider.slug.as_str() == slug)
        else {
            return Err(self.unknown_provider(slug));
        };
        let provider = &mut self.providers[at];
        let endpoints = &mut provider.endpoints;
        if let Some(issuer) = overrides.issuer {
            let fault = url::issuer_fault(&issuer);
            endpoints.issuer = Some(sound(slug, "issuer", issuer, fault)?);
        } else if overrides.authorize_url.is_some() {
            endpoints.issuer = None;
            provider.authorization_response_iss_parameter_supported = false;
        }
        let moves_tokens = overrides.token_url.is_some();
        for (name, target, url) in [
            ("authorize_url", &mut endpoints.authorize_url, overrides.authorize_url),
            ("token_url", &mut endpoints.token_url, overrides.token_url),
        ] {
            let Some(url) = url else { continue };
            if target.is_none() {
                let message =
                    format!("`providers.{slug}` has `{name}`, and no account consents there");
                return Err(Error::new(Code::InvalidConfig, message));
            }
            *target = Some(overriding_url(slug, name, url)?);
        }
        if let Some(url) = overrides.api_url {
            let url = overriding_url(slug, "api_url", url)?;
            let old = std::mem::replace(&mut endpoints.api_url, url);
            provider.kinds.follow(&old, &endpoints.api_url);
        }
        for (kind, urls) in overrides.kinds {
            for (field, url) in urls {
                let name = format!("kinds.{}.{field}", kind.name());
                let Some(target) = provider.kinds.url_mut(kind, &field) else {
                    let message = format!("`providers.{slug}` has `{name}`, which is no URL of it");
                    return Err(Error::new(Code::InvalidConfig, message));
                };
                *target = overriding_url(slug, &name, url)?;
            }
        }
        for (name, url) in overrides.services {
            let Some(target) = provider.services.get_mut(&name) else {
                let meant = suggestion(&name, provider.services.keys().map(String::as_str));
                let message =
                    format!("`providers.{slug}.services` has `{name}`, which is no service{meant}");
                return Err(Error::new(Code::InvalidConfig, message));
            };
            *target = overriding_url(slug, &format!("services.{name}"), url)?;
        }
        if let Some(url) = overrides.refresh_url {
            provider.token.refresh_url = Some(overriding_url(slug, "refresh_url", url)?);
        } else if moves_tokens {
            provider.token.refresh_url = None;
        }
        if let Some(url) = overrides.revoke_url {
            let url = overriding_url(slug, "revoke_url", url)?;
            match &mut provider.revoke {
                Some(revoke) => revoke.url = url,
                None => endpoints.revoke_url = Some(url),
            }
        }
        Ok(())
    }

    /// Returns all providers: the built-in ones first, then the user's in the order of their files.
    pub fn providers(&self) -> &[Provider] {
        &self.providers
    }

    /// Returns the provider with this slug.
    pub fn provider(&self, slug: &str) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.slug.as_str() == slug)
    }

    /// Returns the provider whose variable this is, be it set or removed: no secret has its name.
    pub fn owner_of_variable(&self, name: &str) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.owns_variable(name))
    }

    /// Returns the provider with this slug, which somebody named.
    ///
    /// # Errors
    ///
    /// [`Code::CatalogUnknown`], with the nearest slug there is.
    pub fn known_provider(&self, slug: &str) -> Result<&Provider> {
        self.provider(slug).ok_or_else(|| self.unknown_provider(slug))
    }

    fn unknown_provider(&self, slug: &str) -> Error {
        let error = Error::new(Code::CatalogUnknown, format!("no provider is called `{slug}`"));
        let slugs = self.providers.iter().map(|provider| provider.slug.as_str());
        let by_host = || Some(self.providers.iter().find(|it| it.has_domain(slug))?.slug.as_str());
        match nearest(slug, slugs).or_else(by_host) {
            Some(known) => error.with_hint(format!("did you mean `{known}`?")),
            None => error.with_remedy(Remedy::List(Inventory::Providers)),
        }
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

#[cfg(test)]
mod tests;
