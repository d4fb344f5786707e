//! The standing of the grants of a run, as they were told of last.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::model::credential_id::CredentialId;

/// The standing of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    /// Calls get its token.
    Fresh,
    /// It cannot be refreshed for now.
    Failing,
    /// Nothing but a person helps.
    Dead,
}

/// The standing of the grants of a run that are not fresh.
#[derive(Debug, Default)]
pub(crate) struct Standings(Mutex<Vec<(CredentialId, Standing)>>);

impl Standings {
    /// Notes the standing of a grant.
    pub(crate) fn note(&self, id: &CredentialId, standing: Standing) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(other, _)| other != id);
        if standing != Standing::Fresh {
            known.push((id.clone(), standing));
        }
    }

    /// Returns the standing of a credential.
    pub(crate) fn of(&self, id: &CredentialId) -> Standing {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|(other, _)| other == id).map_or(Standing::Fresh, |(_, it)| *it)
    }
}
