//! The criteria that a manifest's requirements are held to.

use jiff::{SignedDuration, Timestamp};

use crate::model::account_choice::AccountChoice;
use crate::policy::verdict::Policy;

/// The strictness with which grants are judged, and the account that serves a provider.
#[derive(Clone, Debug)]
pub(crate) struct Criteria {
    /// The account that serves a provider, if one was chosen: the last choice counts.
    pub(crate) accounts: Vec<AccountChoice>,
    /// Whether scopes are required too that only the provider's API asks for.
    pub(crate) strict: bool,
    /// Minimum remaining lifetime of an access token.
    pub(crate) min_ttl: SignedDuration,
}

impl Criteria {
    /// Returns the rules of a judgement that is made now: a refresh may have taken some time since the
    /// start.
    pub(crate) fn policy(&self) -> Policy {
        Policy { now: Timestamp::now(), min_ttl: self.min_ttl, strict: self.strict }
    }
}
