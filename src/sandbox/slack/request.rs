//! A request for consent, and its parameters.

use crate::model::credential_id::Part;
use crate::model::scope::ScopeSet;
use crate::sandbox::client::RegisteredClient;

/// The parameters of a request, which the form of the page repeats.
pub(super) const PARAMETERS: [&str; 8] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "user_scope",
    "state",
    "code_challenge",
    "code_challenge_method",
];

/// A request for consent that can be put to an account's owner.
pub(super) struct Asked<'a> {
    pub(super) client: &'a RegisteredClient,
    pub(super) redirect_uri: &'a str,
    /// The parts that are asked for, each with its scopes.
    pub(super) parts: Vec<(Part, ScopeSet)>,
}
