//! What a run expects of requests: where its APIs are, and where its placeholders stand. It is made once.

use super::placeholder_place::PlaceholderPlace;
use crate::broker::{Authority, BrokeredCredential};
use crate::catalog::{ApiPlace, Catalog};

/// What the credentials of a run expect of requests, in the order of the authority's.
#[derive(Debug)]
pub struct Expected(Vec<Option<Expectation>>);

/// What one credential expects of requests.
#[derive(Debug)]
pub(super) struct Expectation {
    /// The places of the API; none where a client lacks a value for them.
    pub(super) places: Vec<ApiPlace>,
    /// The place of the credential in a request.
    pub(super) placeholder: PlaceholderPlace,
}

impl Expected {
    /// Returns what a run expects. Of a provider that the catalog does not have that is nothing.
    pub fn of(catalog: &Catalog, authority: &Authority) -> Self {
        let of_credential = |credential: &BrokeredCredential| {
            let provider = catalog.provider(credential.id.provider.as_str())?;
            Some(Expectation {
                places: provider.api_places(&credential.url_values).unwrap_or_default(),
                placeholder: PlaceholderPlace::of(provider, credential),
            })
        };
        Self(authority.credentials.iter().map(of_credential).collect())
    }

    /// Returns the credentials of which something is expected, each with that.
    pub(super) fn credentials<'a, 'e>(
        &'e self,
        authority: &'a Authority,
    ) -> impl Iterator<Item = (&'a BrokeredCredential, &'e Expectation)> {
        let all = authority.credentials.iter().zip(&self.0);
        all.filter_map(|(credential, expected)| Some((credential, expected.as_ref()?)))
    }
}
