//! The meaning of a failed refresh for other grants, and for when it is tried again.

use jiff::Timestamp;

use super::outage::Party;
use crate::error::Code;
use crate::model::name::Slug;
use crate::store::{FailureClass, GrantMetadata};

/// Returns whom a failure of a grant of this client concerns beyond the grant. A provider that answers
/// nothing is one that does not work.
pub(crate) fn party(provider: &Slug, client: Option<&str>, code: Code) -> Option<Party> {
    match code {
        Code::ProviderUnavailable | Code::RefreshInDoubt => Some(Party::Provider(provider.clone())),
        Code::ClientRejected | Code::MissingParams => {
            Some(Party::Client(provider.clone(), client.map(str::to_owned)))
        }
        Code::ReconnectRequired
        | Code::NotStored
        | Code::CatalogUnknown
        | Code::StoreBusy
        | Code::StoreCorrupt
        | Code::StoreSealed
        | Code::StoreSymlink
        | Code::StoreTampered
        | Code::StoreTooNew => None,
        _ => Some(Party::Machine),
    }
}

/// Returns the time to come before which the provider does not want to be asked, by its answer to
/// anyone.
pub(crate) fn limit(grant: &GrantMetadata, now: Timestamp) -> Option<Timestamp> {
    let error = grant.last_error.as_ref()?;
    let is_current = error.class == FailureClass::Transient && error.at <= now;
    error.retry_at.filter(|at| is_current && *at > now)
}

/// Returns the time before which the provider does not want to be asked, by its answers since then.
pub(crate) fn retry_at(grant: &GrantMetadata, began: Timestamp) -> Option<Timestamp> {
    let error = grant.last_error.as_ref()?;
    error.retry_at.filter(|_| error.at.as_second() >= began.as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_one_grant_or_client_concerns_no_other() {
        let provider: Slug = "x".parse().expect("a slug");
        let of = |code| party(&provider, Some("id"), code);
        for code in [Code::ProviderUnavailable, Code::RefreshInDoubt] {
            assert_eq!(of(code), Some(Party::Provider(provider.clone())));
        }
        for code in [Code::ClientRejected, Code::MissingParams] {
            assert_eq!(of(code), Some(Party::Client(provider.clone(), Some("id".to_owned()))));
        }
        assert_eq!(of(Code::ReconnectRequired), None);
        assert_eq!(of(Code::StoreUnwritable), Some(Party::Machine));
    }
}
