//! The ways on from a credential that is kept, since it could not be ended.

use crate::error::{
    Advice, AdvicePart, Argument, Code, Error, Inventory, Parameter, Remedy, advice,
};
use crate::model::credential_id::Kind;
use crate::store::CredentialId;

pub(in crate::app) fn local_only(name: &CredentialId) -> AdvicePart {
    let CredentialId { provider, account, kind, .. } = name;
    let (provider, account) = (provider.to_string(), account.to_string());
    let disconnect = Remedy::Disconnect { provider, account };
    let alone = Argument::from(Parameter::LocalOnly);
    match kind {
        Kind::Oauth2 => disconnect.with(alone),
        kind => {
            let kind = Parameter::Kind.value(kind.name());
            AdvicePart::Request(Box::new(disconnect), vec![kind, alone])
        }
    }
}

/// Adds the way on that asks nobody to the remedy of a failure.
pub(super) fn or_local_only(error: Error, name: &CredentialId) -> Error {
    let remedy =
        error.remedy().cloned().map_or_else(Advice::default, |remedy| advice![remedy, "; "]);
    let alone = advice![Remedy::from(remedy), "or remove it here alone with ", local_only(name)];
    error.with_exact_hint(alone)
}

pub(super) fn gone(name: &CredentialId) -> Error {
    Error::new(Code::NotStored, format!("there is no grant {name}"))
        .with_remedy(Remedy::List(Inventory::Grants))
}
