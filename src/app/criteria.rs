//! The criteria that a manifest's requirements are held to.

use jiff::{SignedDuration, Timestamp};

use crate::policy::verdict::Policy;

/// How strictly grants are judged, and which account serves a provider.
#[derive(Clone, Debug)]
pub(crate) struct Criteria {
    /// The account that serves a provider, where one was chosen: the last choice counts.
    pub(crate) accounts: Vec<(String, String)>,
    /// Whether scopes are required too that only the provider's API asks for.
    pub(crate) strict: bool,
    /// How long an access token must still live.
    pub(crate) min_ttl: SignedDuration,
}

impl Criteria {
    /// Returns the rules of a judgement that is made now: a refresh may have taken some time since the
    /// start.
    pub(crate) fn policy(&self) -> Policy {
        Policy { now: Timestamp::now(), min_ttl: self.min_ttl, strict: self.strict }
    }
}
