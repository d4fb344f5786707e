//! The level of an OAuth 1.0a token held against what requirements need: it has no scopes.

use super::outcome::{Gap, GapKind, UnprovedLevel};
use crate::credential::failure::raise_level;
use crate::model::access_level::AccessLevel;
use crate::model::credential_id::{CredentialId, Kind};
use crate::policy::holdings::HeldCredential;
use crate::policy::needs::Need;

/// The result for one requirement.
pub(super) enum LevelOutcome<'a> {
    /// The level suffices, or the credential has none.
    Met,
    /// It is lower than what is needed.
    TooLow(Gap),
    /// It is not known.
    Unproved(UnprovedLevel<'a>),
}

impl<'a> LevelOutcome<'a> {
    /// Holds a credential against a requirement that it serves.
    pub(super) fn of(need: &'a Need<'a>, id: &CredentialId, held: &HeldCredential) -> Self {
        let needed = need.capability.map_or(AccessLevel::Read, |capability| capability.level);
        if id.kind != Kind::Oauth1 || needed == AccessLevel::Read {
            return Self::Met;
        }
        let Some(level) = held.level else {
            return Self::Unproved(UnprovedLevel { need, credential: id.clone(), needed });
        };
        if level >= needed {
            return Self::Met;
        }
        Self::TooLow(Gap {
            kind: GapKind::Kind(id.kind),
            key: need.requirement.key.clone(),
            credential: Some(id.clone()),
            required: !need.requirement.optional,
            message: format!("Level of the token too low: `{level}`, and `{needed}` is needed"),
            action: raise_level(id, needed),
            beyond_reach: None,
            span: need.requirement.span.clone(),
        })
    }
}
