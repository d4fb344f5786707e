//! Why a grant is not fresh: what happened, what it means, and what to do about it.

use super::decision::Stuck;
use crate::catalog::Provider;
use crate::error::{Code, Error};
use crate::store::{FailureClass, GrantMetadata, GrantName, LastError};
use crate::time::rfc3339;

/// Why a grant is not fresh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// There is no refresh token.
    NoRefreshToken,
    /// Asking failed, now or when it was last tried.
    Failed(LastError),
    /// Asking failed, and the app's plan at the provider is why.
    Billing(LastError),
}

impl Trouble {
    /// Why asking for new tokens is of no use for this grant.
    pub(super) fn of(stuck: Stuck, grant: &GrantMetadata) -> Self {
        let of = |class, retry_at| {
            let stored = grant.last_error.clone();
            let message =
                stored.map_or_else(|| "its answer was lost".to_owned(), |error| error.message);
            Self::Failed(LastError { at: grant.issued_at, class, message, retry_at })
        };
        match stuck {
            Stuck::NoRefreshToken => Self::NoRefreshToken,
            Stuck::Rejected => of(FailureClass::Rejected, None),
            Stuck::Busy(at) => of(FailureClass::Transient, Some(at)),
            Stuck::InDoubt(at) => of(FailureClass::InDoubt, Some(at)),
        }
    }

    /// What it means for the grant; none, where nothing was asked.
    pub fn class(&self) -> Option<FailureClass> {
        match self {
            Self::NoRefreshToken => None,
            Self::Failed(error) | Self::Billing(error) => Some(error.class),
        }
    }

    /// It as a failure: what happened, what it means, and what to do.
    pub fn error(&self, name: &GrantName, connect: &str, provider: &Provider) -> Error {
        let title = &provider.title;
        let (code, message, hint) = match self {
            Self::NoRefreshToken => (
                Code::ReconnectRequired,
                format!("{name} has no refresh token, so that it ends with its access token"),
                format!("run `{connect}`"),
            ),
            Self::Billing(LastError { message, .. }) => (
                Code::ClientRejected,
                format!("{title} does not serve the app of {name}: {message}"),
                format!(
                    "the grant and the client are in order, the plan of the app is not: {}",
                    provider.help.billing.as_deref().unwrap_or("see the provider's console")
                ),
            ),
            Self::Failed(error) => (
                code(error.class),
                sentence(error, name, title),
                hint(error, name, connect, provider),
            ),
        };
        Error::new(code, message).with_hint(hint)
    }
}

fn code(class: FailureClass) -> Code {
    match class {
        FailureClass::Transient => Code::ProviderUnavailable,
        FailureClass::Rejected => Code::ReconnectRequired,
        FailureClass::Client => Code::ClientRejected,
        FailureClass::InDoubt => Code::RefreshInDoubt,
    }
}

fn sentence(error: &LastError, name: &GrantName, title: &str) -> String {
    let said = &error.message;
    match error.class {
        FailureClass::Transient => format!("{title} gave no new tokens for {name}: {said}"),
        FailureClass::Rejected => format!(
            "{title} no longer accepts the refresh token of {name}, which is spent, revoked or \
             expired: {said}"
        ),
        FailureClass::Client => format!("{title} does not accept the client of {name}: {said}"),
        FailureClass::InDoubt => {
            format!("whether {title} gave new tokens for {name} is unknown: {said}")
        }
    }
}

fn hint(error: &LastError, name: &GrantName, connect: &str, provider: &Provider) -> String {
    let GrantName { provider: slug, account } = name;
    match error.class {
        FailureClass::Transient => match error.retry_at {
            Some(at) => {
                format!("the grant is kept; it is tried again from {} on", rfc3339(at))
            }
            None => "the grant is kept; try again later".to_owned(),
        },
        FailureClass::Rejected => format!("run `{connect}`"),
        FailureClass::Client => {
            let place = provider.help.client.as_deref().unwrap_or("see the provider's console");
            format!(
                "the grant is kept; compare the client's id, secret and type, then store them with `xreq client set {slug}`: {place}"
            )
        }
        FailureClass::InDoubt => format!(
            "the grant is kept, and asked for once more when it is needed next; `xreq refresh {slug} \
             --account {account} --force` does it now"
        ),
    }
}
