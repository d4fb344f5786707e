//! The ways on from a credential that is kept, since it could not be ended.

use crate::app::disconnection::{giving_up, local_only};
use crate::error::{Advice, Code, Error, Inventory, Parameter, Remedy, advice};
use crate::store::CredentialId;

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

/// Names what gives up a credential of another kind, where nothing of the kind that was meant is stored.
pub(super) fn or_other_kind(error: Error, there: &[CredentialId], is_local: bool) -> Error {
    match there.first() {
        Some(first) if error.code() == Code::NotStored => {
            let alone = is_local.then(|| Parameter::LocalOnly.into());
            error.with_exact_hint(advice![giving_up(first, alone), " gives it up"])
        }
        _ => error,
    }
}
