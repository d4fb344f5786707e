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
//! A built-in provider is split in two, because `xreq run` needs the scopes of those that it uses at
//! every start and their operations never: each is parsed when somebody asks for it. User files, YAML
//! that people write by hand, go through a stricter and slower reader, which says where a mistake
//! is; the built-in data passes it in a test.

mod abilities;
mod addition;
mod allowed;
mod api_place;
mod authorize;
mod builtin;
mod capability;
mod consent_part;
mod coverage;
mod demand;
mod entry;
mod environment;
mod field;
mod hosts;
mod inclusion;
mod kind_order;
mod kinds;
mod lazy_capability;
mod load;
mod locate;
mod operation;
mod overrides;
mod parts;
mod placeholder_form;
mod placeholders;
mod protocol;
mod provider;
mod reach;
mod revocation;
mod routes;
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

use std::path::Path;

use entry::Entry;

pub use addition::Displacement;
pub use allowed::{Permission, Satisfaction};
pub use api_place::ApiPlace;
pub use authorize::{Authorize, ScopeSeparator, SecondConsent};
pub use capability::Capability;
pub use consent_part::ConsentPart;
pub use coverage::Coverage;
pub use demand::Demand;
pub use hosts::HostClaim;
pub use inclusion::Inclusion;
pub use kinds::{AppOnly, Kinds, Oauth1, ServiceAccount, StaticToken, TokenCheck};
pub use lazy_capability::LazyCapability;
pub use operation::{Method, Operation, RequestBody};
pub use overrides::EndpointOverrides;
pub use parts::with_parts;
pub use placeholder_form::PlaceholderForm;
pub use protocol::{
    Account, ClientAuthentication, ConfidentialClient, DeadGrantAnswer, Endpoints, Help, Lifetimes,
    Pkce, PublicClient, Quirks, TokenKind, TokenShape,
};
pub use provider::{Provider, RemovedVariable, Specification};
pub use reach::Reach;
pub use revocation::{Revocation, RevocationExtent, RevocationStyle};
pub use scope_definition::ScopeDefinition;
pub use selection::{Selection, Wanted};
pub use surplus::{BroadScope, ScopeSurplus};
pub use template::{PathParameter, PathParameters};
pub use token::{BodyFormat, ExpectedToken, ResponsePlaces, TokenProtocol};
pub use url_variable::UrlVariable;
pub use urls::Urls;

use crate::error::{Code, Error, Inventory, Remedy, Result};
use crate::text::nearest::nearest;

/// The most bytes that a provider file may have.
pub const MAX_FILE_BYTES: usize = load::MAX_BYTES;

/// Everything that is known about providers: the built-in ones, then the user's own.
#[derive(Debug)]
pub struct Catalog {
    entries: Vec<Entry>,
    displacements: Vec<Displacement>,
}

impl Catalog {
    /// Returns the catalog of the providers that xreq knows by itself.
    pub fn builtin() -> Self {
        Self {
            entries: builtin::BUILTIN.iter().map(Entry::from).collect(),
            displacements: Vec::new(),
        }
    }

    /// Adds the provider of a user's file; `file` is what messages call it. It takes the place of a
    /// built-in one that came later.
    ///
    /// # Errors
    ///
    /// [`Code::CatalogInvalid`] where the file has mistakes, and [`Code::CatalogConflict`] where it
    /// describes a provider that is already there, would set or remove another provider's variables,
    /// or leads to another provider's hosts.
    pub fn add_file(&mut self, file: &Path, bytes: &[u8]) -> Result<()> {
        let new = load::provider(file, bytes)?;
        let displaced = addition::displaced(&self.entries, &new)?;
        let claims = addition::claims(&self.entries, &new, &[]);
        if !claims.is_empty() {
            let claims: Vec<_> = claims.iter().map(ToString::to_string).collect();
            let message = format!(
                "{}: its URLs lead to hosts of others: {}",
                new.origin(),
                claims.join(", ")
            );
            return Err(Error::new(Code::CatalogConflict, message).with_hint(
                "a host belongs to one provider; put the file into the folder `providers` of your \
                 configuration if you want this one to get codes and tokens for these hosts",
            ));
        }
        self.put(new, displaced);
        Ok(())
    }

    /// Adds the provider of a file, where somebody agrees to each of its hosts that belongs to another
    /// provider; the error says why not. The hosts of one whose place it takes are its own.
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
        let displaced = addition::displaced(&self.entries, &new)?;
        let claims = addition::claims(&self.entries, &new, &displaced);
        if !claims.is_empty() {
            agree(&new, &claims)?;
        }
        self.put(new, displaced);
        Ok(())
    }

    fn put(&mut self, new: Provider, displaced: Vec<&'static str>) {
        self.entries.retain(|entry| !displaced.contains(&entry.slug()));
        let by = new.origin();
        let displaced = displaced.into_iter();
        self.displacements.extend(displaced.map(|slug| Displacement { slug, by: by.clone() }));
        self.entries.push(new.into());
    }

    /// Returns the built-in providers whose places files have taken.
    pub fn displacements(&self) -> &[Displacement] {
        &self.displacements
    }

    /// Puts other URLs in place of a provider's endpoints: see [`EndpointOverrides`].
    ///
    /// # Errors
    ///
    /// [`Code::CatalogUnknown`] where there is no such provider, [`Code::InvalidConfig`] where a URL
    /// is neither `https` nor on this machine.
    pub fn override_endpoints(&mut self, slug: &str, overrides: EndpointOverrides) -> Result<()> {
        let Some(at) = self.entries.iter().position(|entry| entry.slug() == slug) else {
            return Err(self.unknown_provider(slug));
        };
        overrides.apply(self.entries[at].provider_mut())
    }

    /// Returns all providers: the built-in ones first, then the user's in the order of their files.
    pub fn providers(&self) -> impl Iterator<Item = &Provider> {
        self.entries.iter().map(Entry::provider)
    }

    /// Returns the providers of which some variable may have one of these names: those whose prefix
    /// begins one. The others are not parsed for it.
    pub fn providers_of_variables(
        &self,
        mut is_beginning: impl FnMut(&str) -> bool,
    ) -> impl Iterator<Item = &Provider> {
        let entries = self.entries.iter();
        entries.filter(move |entry| is_beginning(entry.env_prefix())).map(Entry::provider)
    }

    /// Returns the slugs of all providers.
    pub fn slugs(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(Entry::slug)
    }

    /// Returns the provider with this slug.
    pub fn provider(&self, slug: &str) -> Option<&Provider> {
        self.entries.iter().find(|entry| entry.slug() == slug).map(Entry::provider)
    }

    /// Returns the provider whose variable this is, be it set or removed: no secret has its name.
    pub fn owner_of_variable(&self, name: &str) -> Option<&Provider> {
        let entries = self.entries.iter().filter(|entry| entry.may_own(name));
        entries.map(Entry::provider).find(|provider| provider.owns_variable(name))
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
        let by_host = || Some(self.providers().find(|it| it.has_domain(slug))?.slug.as_str());
        match nearest(slug, self.slugs()).or_else(by_host) {
            Some(known) => error.with_hint(format!("did you mean `{known}`?")),
            None => error.with_remedy(Remedy::List(Inventory::Providers)),
        }
    }
}

#[cfg(test)]
mod tests;
