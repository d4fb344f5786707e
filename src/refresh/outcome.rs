//! What the end of a refresh means: for the count, for the other grants, and for when it is tried again.

use jiff::Timestamp;

use super::answers::Class;
use super::outage::Party;
use crate::error::{Code, Error};
use crate::model::name::Slug;
use crate::store::{FailureClass, GrantMetadata};

/// The class of a refresh that has ended, and gave new tokens or did not; none where nothing was
/// asked: somebody was faster, or the grant is gone.
pub(crate) fn class(result: Result<bool, &Error>) -> Option<Class> {
    match result.map_err(Error::code) {
        Ok(has_new) => has_new.then_some(Class::Refreshed),
        Err(Code::NotStored) => None,
        Err(Code::ProviderUnavailable) => Some(Class::Transient),
        Err(Code::ReconnectRequired) => Some(Class::Rejected),
        Err(Code::ClientRejected | Code::MissingParams) => Some(Class::Client),
        Err(Code::RefreshInDoubt) => Some(Class::InDoubt),
        Err(_) => Some(Class::Failed),
    }
}

/// Whom a failure of a grant of this client concerns beyond the grant. A provider that answers
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

/// The time to come before which the provider does not want to be asked, by what it answered
/// whomever.
pub(crate) fn limit(grant: &GrantMetadata, now: Timestamp) -> Option<Timestamp> {
    let error = grant.last_error.as_ref()?;
    let is_current = error.class == FailureClass::Transient && error.at <= now;
    error.retry_at.filter(|at| is_current && *at > now)
}

/// The time before which the provider does not want to be asked, by what it answered since then.
pub(crate) fn retry_at(grant: &GrantMetadata, began: Timestamp) -> Option<Timestamp> {
    let error = grant.last_error.as_ref()?;
    error.retry_at.filter(|_| error.at.as_second() >= began.as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_refresh_that_gave_tokens_counts_as_one() {
        let failed = |code| Error::new(code, "why");
        assert_eq!(class(Ok(true)), Some(Class::Refreshed));
        assert_eq!(class(Ok(false)), None);
        assert_eq!(class(Err(&failed(Code::NotStored))), None);
        assert_eq!(class(Err(&failed(Code::StoreSealed))), Some(Class::Failed));
    }

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
