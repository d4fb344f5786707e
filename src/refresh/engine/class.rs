//! The classes of results of refreshes, as commands, the daemon and its metrics count them.

use crate::credential::failure::Trouble;
use crate::error::{Code, Error};
use crate::refresh::engine::result::{Outcome, RefreshResult};
use crate::store::FailureClass;

/// The class of the result of a refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefreshClass {
    /// There are new tokens.
    Refreshed,
    /// Nothing was asked: the access token serves, or somebody was faster.
    Fresh,
    /// The provider was out of reach, or busy.
    Transient,
    /// The grant is dead.
    Rejected,
    /// The provider does not accept the client.
    Client,
    /// The answer was lost.
    InDoubt,
    /// Nothing could be asked: the store, the identity or the process itself failed.
    Failed,
}

impl RefreshClass {
    /// Every class.
    pub(crate) const ALL: [Self; 7] = [
        Self::Refreshed,
        Self::Fresh,
        Self::Transient,
        Self::Rejected,
        Self::Client,
        Self::InDoubt,
        Self::Failed,
    ];

    /// Returns the class of a result; `None` if the grant is gone.
    pub(crate) fn of(result: Result<&RefreshResult, &Error>) -> Option<Self> {
        match result {
            Ok(RefreshResult { outcome: Outcome::Refreshed, .. }) => Some(Self::Refreshed),
            Ok(result) => Some(result.trouble().map_or(Self::Fresh, Self::of_trouble)),
            Err(error) => Self::of_error(error),
        }
    }

    /// Returns the class of a failure, by its code; `None` if the grant is gone.
    pub(crate) fn of_error(error: &Error) -> Option<Self> {
        match error.code() {
            Code::NotStored => None,
            Code::ProviderUnavailable => Some(Self::Transient),
            Code::ReconnectRequired => Some(Self::Rejected),
            Code::ClientRejected | Code::MissingParams => Some(Self::Client),
            Code::RefreshInDoubt => Some(Self::InDoubt),
            _ => Some(Self::Failed),
        }
    }

    fn of_trouble(trouble: &Trouble) -> Self {
        match trouble.class() {
            None | Some(FailureClass::Rejected) => Self::Rejected,
            Some(FailureClass::Transient) => Self::Transient,
            Some(FailureClass::Client) => Self::Client,
            Some(FailureClass::InDoubt) => Self::InDoubt,
        }
    }

    /// Returns the name in metrics.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Refreshed => "refreshed",
            Self::Fresh => "fresh",
            Self::Transient => "transient",
            Self::Rejected => "rejected",
            Self::Client => "client",
            Self::InDoubt => "in_doubt",
            Self::Failed => "failed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_has_the_class_of_its_code() {
        let of = |code| RefreshClass::of_error(&Error::new(code, "why"));
        assert_eq!(of(Code::NotStored), None);
        assert_eq!(of(Code::RefreshInDoubt), Some(RefreshClass::InDoubt));
        assert_eq!(of(Code::StoreSealed), Some(RefreshClass::Failed));
    }
}
