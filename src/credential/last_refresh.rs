//! The last refresh of a grant: one whose answer is awaited, or one that failed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::seconds;

/// A refresh that was sent. It is stored before the request goes out, so that a lost answer is known as
/// one even if the process dies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InFlight {
    /// When it was sent, or sent again.
    #[serde(with = "seconds")]
    pub since: Timestamp,
    /// Refresh token that it used: the SHA-256 of its text, in base64url.
    pub token_sha256: String,
    /// Number of times it was sent; a process that died before sending counts too.
    pub attempts: u32,
}

/// A refresh that gave no tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastError {
    /// When it failed.
    #[serde(with = "seconds")]
    pub at: Timestamp,
    /// Meaning of that for the grant.
    pub class: FailureClass,
    /// Description of what happened, in words.
    pub message: String,
    /// Party at fault beside the grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blames: Option<Blame>,
    /// The time before which the provider does not want to be asked again.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "seconds::option")]
    pub retry_at: Option<Timestamp>,
}

impl LastError {
    /// The beginning of the message of a grant that something on this machine has ended, and no answer of
    /// the provider.
    pub const ENDED: &str = "it was ended by";

    /// Returns whether that is how the grant ended.
    pub fn is_of_end(&self) -> bool {
        self.message.starts_with(Self::ENDED)
    }
}

/// The party at fault for a failure, beside the grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blame {
    /// The client: its id, its secret or its type.
    Client,
    /// The plan of the app: the provider wants another one, or money.
    Plan,
    /// This machine's certificate authorities, or the certificate that is held against them.
    Certificates,
    /// The proxy that this machine's environment names.
    Proxy,
    /// This machine's clock.
    Clock,
}

/// The meaning for the grant of a refresh that gave no tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// Nothing: the provider was out of reach, or busy. Another try later may succeed.
    Transient,
    /// The grant is dead: the refresh token is spent, revoked or expired.
    Rejected,
    /// Nothing: the provider does not accept the *client*, or what was asked.
    Client,
    /// It is not known: the provider may have issued new tokens that did not arrive.
    InDoubt,
}

impl FailureClass {
    /// Returns the name in files, in JSON and for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::Rejected => "rejected",
            Self::Client => "client",
            Self::InDoubt => "in_doubt",
        }
    }
}
