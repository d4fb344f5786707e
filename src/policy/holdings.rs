//! The credentials that needs are held against, and the one that serves each requirement.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use crate::credential::minting::Minting;
use crate::model::access_level::AccessLevel;
use crate::model::credential_id::CredentialId;
use crate::model::scope::ScopeSet;
use crate::policy::needs::Need;

/// The credentials and secrets that there are.
#[derive(Debug, Default)]
pub struct Holdings {
    /// The credentials that are there.
    pub credentials: HashMap<CredentialId, HeldCredential>,
    /// The credentials that were chosen to serve, be they there or not.
    pub chosen: HashSet<CredentialId>,
    /// The names of the secrets that are stored.
    pub secrets: HashSet<String>,
}

/// A credential, as far as a verdict needs to know it.
#[derive(Clone, Debug)]
pub struct HeldCredential {
    /// The granted scopes.
    pub scopes: ScopeSet,
    /// The level, of a token of OAuth 1.0a whose level is known.
    pub level: Option<AccessLevel>,
    /// The time at which the access token dies, if it is known.
    pub expires_at: Option<Timestamp>,
    /// The way in which access tokens are minted, where they are.
    pub minting: Option<Minting>,
    /// The lifetime of a new access token, if it is known.
    pub lifetime: Option<SignedDuration>,
    /// `true` if a refresh is still to come.
    pub is_renewed: bool,
    /// Whether requests can be signed with it: the keys of its client are stored, if it takes any.
    pub has_keys: bool,
    /// The reason why that refresh may fail, if it is known before.
    pub doubt: Option<String>,
}

impl Holdings {
    /// Returns the credential that serves a requirement, if there is one.
    pub(super) fn credential(&self, need: &Need<'_>) -> Option<(&CredentialId, &HeldCredential)> {
        let held = self.credentials.iter();
        let serving = held.filter_map(|found| Some((need.preference(found.0)?, found)));
        serving.min_by_key(|(preference, (id, _))| (*preference, *id)).map(|(_, found)| found)
    }
}
