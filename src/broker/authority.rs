//! The authority of a run: the credentials that its agent may use through the broker, and the
//! requirements that each of them satisfies.

use std::collections::BTreeMap;

use super::placeholder::Placeholder;
use crate::catalog::Satisfaction;
use crate::model::credential_id::CredentialId;
use crate::model::scope::ScopeSet;

/// The credentials of a run, in the manifest's order.
#[derive(Debug, Default)]
pub struct Authority {
    /// The credentials.
    pub credentials: Vec<BrokeredCredential>,
}

/// A credential that the broker adds to requests.
#[derive(Debug)]
pub struct BrokeredCredential {
    /// Its identity.
    pub id: CredentialId,
    /// The text that the agent has in its place.
    pub placeholder: Placeholder,
    /// The requirements that it satisfies.
    pub requirements: Vec<SatisfiedRequirement>,
    /// The values that its client states for the variables of the provider's URLs.
    pub url_values: BTreeMap<String, String>,
}

/// A requirement that a credential satisfies.
#[derive(Debug)]
pub struct SatisfiedRequirement {
    /// The integration key; the provider's name where it stands with raw scopes.
    pub key: String,
    /// The scopes that it declares.
    pub scopes: ScopeSet,
}

impl BrokeredCredential {
    /// Returns the requirements as the catalog judges them.
    pub(super) fn satisfactions(&self) -> Vec<Satisfaction<'_>> {
        let requirements = self.requirements.iter();
        let satisfied = requirements.map(|requirement| Satisfaction {
            key: &requirement.key,
            scopes: &requirement.scopes,
            kind: self.id.kind,
            part: &self.id.part,
        });
        satisfied.collect()
    }
}
