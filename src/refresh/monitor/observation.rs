//! An observation of a grant in the store, and the rules by which it is judged.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::catalog::{Catalog, Provider};
use crate::credential::freshness;
use crate::credential::freshness::Want;
use crate::error::Error;
use crate::model::name::Slug;
use crate::store::{GrantMetadata, Version};

/// A grant as it was found.
pub(crate) struct Observation {
    /// By what it is known again; `None` where it could not be read.
    pub(crate) version: Option<Version>,
    /// Readable metadata of the grant. [`Code::NotStored`](crate::error::Code::NotStored) says that
    /// there is none.
    pub(crate) metadata: Result<GrantMetadata, Arc<Error>>,
}

impl Observation {
    /// Returns the grant and its provider, if they are known.
    pub(super) fn known<'a>(
        &'a self,
        catalog: &'a Catalog,
        provider: &Slug,
    ) -> Result<(&'a GrantMetadata, &'a Provider), Arc<Error>> {
        let grant = self.metadata.as_ref().map_err(Arc::clone)?;
        Ok((grant, catalog.known_provider(provider.as_str()).map_err(Arc::new)?))
    }
}

/// The rules by which grants are kept, the same for all grants of a process.
#[derive(Clone, Copy)]
pub(crate) struct Rules<'a> {
    /// The providers.
    pub(crate) catalog: &'a Catalog,
    /// The age from which access tokens are refreshed, however long they still live.
    pub(crate) older_than: Option<SignedDuration>,
    /// The longest wait of a grant for a provider that does not work, where that is shorter than the
    /// one for a fault of its own.
    pub(crate) longest_probe: Option<SignedDuration>,
    /// A number that other processes do not have.
    pub(crate) seed: u64,
}

impl Rules<'_> {
    /// Returns how fresh a grant is to be kept.
    pub(crate) fn want(&self, grant: &GrantMetadata, provider: &Provider) -> Want {
        Want { older_than: self.older_than, ..freshness::standing(grant, provider) }
    }
}

/// The visible difference between the tokens of a grant and those before them, without a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Issue {
    connected_at: Timestamp,
    issued_at: Timestamp,
    expires_at: Option<Timestamp>,
    /// A hash of the scopes: ten thousand grants need not have a copy of them.
    scopes: u64,
}

impl Issue {
    /// Returns that of the tokens of a grant.
    pub(crate) fn of(grant: &GrantMetadata) -> Self {
        let GrantMetadata { connected_at, issued_at, expires_at, ref scopes, .. } = *grant;
        let mut hasher = DefaultHasher::new();
        scopes.iter().for_each(|scope| scope.hash(&mut hasher));
        Self { connected_at, issued_at, expires_at, scopes: hasher.finish() }
    }

    /// Returns whether these tokens are newer ones than those before, and have expired all the same.
    pub(super) fn is_dead_on_arrival(&self, before: Self, now: Timestamp) -> bool {
        self.issued_at > before.issued_at && self.expires_at.is_some_and(|end| end <= now)
    }
}
