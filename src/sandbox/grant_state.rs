//! The state of a grant, as it is told.

use serde::Serialize;

use crate::model::scope::ScopeSet;

/// The reason why a grant is dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// A refresh token was used a second time.
    RefreshTokenReused,
    /// Its authorization code was used a second time.
    CodeReused,
    /// The account's owner consented anew for the same client.
    Replaced,
    /// The account's owner took the access away.
    RevokedByUser,
}

/// The state of a client's grant of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GrantState {
    /// The client that has it.
    pub client_id: String,
    /// The id of the account that gave it.
    pub account_id: String,
    /// The scopes.
    pub scopes: ScopeSet,
    /// The number of its refreshes.
    pub refreshes: u32,
    /// `true` if a refresh token of it works.
    pub refreshable: bool,
    /// The number of its access tokens that work.
    pub access_tokens: usize,
    /// The reason why it is dead; none while it lives.
    pub ended: Option<Ended>,
}
