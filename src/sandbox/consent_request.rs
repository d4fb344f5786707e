//! A request for consent, and its parameters.

use super::client::RegisteredClient;
use crate::model::scope::ScopeSet;

/// The parameters of a request for consent, which the form of the page repeats.
pub(super) const PARAMETERS: [&str; 11] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "access_type",
    "prompt",
    "duration",
    "include_granted_scopes",
];

/// A request for consent that can be put to an account's owner.
pub(super) struct ConsentRequest<'a> {
    pub(super) client: &'a RegisteredClient,
    pub(super) redirect_uri: &'a str,
    pub(super) scopes: ScopeSet,
    pub(super) code_challenge: &'a str,
}
