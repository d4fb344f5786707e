//! A credential that was given up.

use crate::catalog::Provider;
use crate::error::{AdvicePart, Argument, Parameter, Remedy};
use crate::model::credential_id::{CredentialId, Kind};
use crate::store::GrantMetadata;

/// A grant that is gone from the store.
pub(crate) struct Disconnection {
    pub(crate) name: CredentialId,
    /// The provider, for people.
    pub(crate) title: String,
    /// The place where keys of service accounts are ended, where the provider's file names one.
    pub(crate) keys: Option<String>,
    pub(crate) end: End,
    /// The account that serves the provider from now on where none is named, if that changed.
    pub(crate) now: Option<Box<GrantMetadata>>,
}

/// The way a grant ended.
pub(crate) enum End {
    /// The provider revoked its tokens.
    Revoked {
        /// Whether there may be other tokens of it: the answer to a refresh was lost.
        in_doubt: bool,
        /// Whether its refresh token could not be named to the provider.
        lives_on: bool,
    },
    /// The provider was told nothing; none if the metadata could not be read.
    Removed(Option<Box<GrantMetadata>>),
    /// It has no end at the provider that could be asked for.
    Forgotten,
}

/// Returns a credential that was given up, and what the provider's file says of it.
pub(super) fn disconnection(
    name: CredentialId,
    provider: &Provider,
    end: End,
    now: Option<Box<GrantMetadata>>,
) -> Disconnection {
    let keys = provider.kinds.service_account.as_ref().and_then(|data| data.help.clone());
    Disconnection { name, title: provider.title.clone(), keys, end, now }
}

/// Returns the request that removes a credential here, and tells the provider nothing.
pub(super) fn local_only(name: &CredentialId) -> AdvicePart {
    giving_up(name, Some(Parameter::LocalOnly.into()))
}

/// Returns the request that gives up a credential, with another argument.
pub(super) fn giving_up(name: &CredentialId, argument: Option<Argument>) -> AdvicePart {
    let CredentialId { provider, account, kind, part } = name;
    let (provider, account) = (provider.to_string(), account.to_string());
    let is_named = match kind {
        Kind::Oauth2 => (!part.is_main()).then(|| Parameter::Part.value(part.as_str())),
        kind => Some(Parameter::Kind.value(kind.name())),
    };
    let arguments = is_named.into_iter().chain(argument).collect();
    AdvicePart::Request(Box::new(Remedy::Disconnect { provider, account }), arguments)
}
