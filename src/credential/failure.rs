//! The reason why a grant is not fresh: what happened, what it means, and what to do about it.

use crate::catalog::Provider;
use crate::credential::freshness::{Stuck, is_rejected};
use crate::credential::grant::GrantMetadata;
use crate::credential::last_refresh::{Blame, FailureClass, LastError};
use crate::error::{Advice, Code, Error, Parameter, Remedy, advice};
use crate::model::access_level::AccessLevel;
use crate::model::credential_id::{CredentialId, Kind};
use crate::model::name::named_account;
use crate::text::time::rfc3339;

/// The reason why a grant is not fresh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// There is no refresh token.
    NoRefreshToken,
    /// Asking failed, now or when it was last tried.
    Failed(LastError),
}

impl Trouble {
    /// Returns why asking for new tokens is of no use for this grant.
    pub(crate) fn of(stuck: Stuck, grant: &GrantMetadata) -> Self {
        let stored = grant.last_error.clone().unwrap_or_else(|| LastError {
            at: grant.issued_at,
            class: FailureClass::InDoubt,
            message: "its answer was lost".to_owned(),
            blames: None,
            retry_at: None,
        });
        match stuck {
            Stuck::NoRefreshToken => Self::NoRefreshToken,
            Stuck::Rejected | Stuck::Busy(_) => Self::Failed(stored),
            Stuck::InDoubt(at) => Self::Failed(LastError {
                class: FailureClass::InDoubt,
                retry_at: Some(at),
                ..stored
            }),
        }
    }

    /// Returns the known trouble of a grant, whether or not its access token still serves: the provider
    /// called it dead, which may hold for that token too.
    pub fn known(grant: &GrantMetadata) -> Option<Self> {
        is_rejected(grant).then(|| Self::of(Stuck::Rejected, grant))
    }

    /// Returns what it means for the grant; `None` if nothing was asked.
    pub fn class(&self) -> Option<FailureClass> {
        match self {
            Self::NoRefreshToken => None,
            Self::Failed(error) => Some(error.class),
        }
    }

    /// Returns it as a failure: what happened, what it means, and what to do.
    pub fn error(&self, name: &CredentialId, provider: &Provider) -> Error {
        let title = &provider.title;
        let (code, message, remedy) = match self {
            Self::NoRefreshToken => (
                Code::ReconnectRequired,
                format!("{name} has no refresh token, so that it ends with its access token"),
                connect(name),
            ),
            Self::Failed(error) if error.blames == Some(Blame::Plan) => (
                Code::ClientRejected,
                format!("{title} does not serve the app of {name}: {}", error.message),
                format!(
                    "the grant and the client are in order, the plan of the app is not: {}",
                    provider.help.billing.as_deref().unwrap_or("see the provider's console")
                )
                .into(),
            ),
            Self::Failed(error) => (
                code(error.class),
                sentence(error, name, title),
                remedy(error, name, provider).into(),
            ),
        };
        Error::new(code, message).with_remedy(remedy)
    }
}

/// Returns the remedy that a token of a higher level be asked for.
pub(crate) fn raise_level(
    CredentialId { provider, account, kind, .. }: &CredentialId,
    level: AccessLevel,
) -> Remedy {
    Remedy::RaiseLevel {
        provider: provider.to_string(),
        account: named_account(account.as_str()).map(str::to_owned),
        kind: kind.name(),
        level: level.name(),
    }
}

/// Returns the remedy that a credential be stored, anew or for the first time: an account is connected,
/// a key is imported.
pub(crate) fn connect(CredentialId { provider, account, kind, .. }: &CredentialId) -> Remedy {
    let account = named_account(account.as_str()).map(str::to_owned);
    let (provider, of_kind) = (provider.to_string(), Some(kind.name()));
    match kind {
        Kind::ServiceAccount => Remedy::Import { provider, account, kind: of_kind },
        Kind::Oauth2 => Remedy::Connect { provider, account, kind: None },
        _ => Remedy::Connect { provider, account, kind: of_kind },
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

fn sentence(error: &LastError, name: &CredentialId, title: &str) -> String {
    let said = &error.message;
    match error.class {
        FailureClass::Transient => format!("{title} gave no new tokens for {name}: {said}"),
        FailureClass::Rejected if name.kind == Kind::ServiceAccount => {
            format!("{title} no longer accepts the source of {name}: {said}")
        }
        FailureClass::Rejected if error.is_of_end() => {
            format!("{title} no longer accepts the refresh token of {name}: {said}")
        }
        FailureClass::Rejected => format!(
            "{title} no longer accepts the refresh token of {name}, which is spent, revoked or \
             expired: {said}"
        ),
        FailureClass::Client if name.kind == Kind::ServiceAccount => {
            format!("{title} gives {name} no token for what is asked: {said}")
        }
        FailureClass::Client => format!("{title} does not accept the client of {name}: {said}"),
        FailureClass::InDoubt => {
            format!("whether {title} gave new tokens for {name} is unknown: {said}")
        }
    }
}

/// Returns what to do about a setting of this machine that is in the way of a request.
pub fn way_out(blame: Blame) -> Option<&'static str> {
    match blame {
        Blame::Client | Blame::Plan => None,
        Blame::Certificates => Some(
            "`SSL_CERT_FILE` (a file in PEM) and `SSL_CERT_DIR` name the certificate authorities to \
             trust in the place of the system's, such as a company's own: docs/network.md",
        ),
        Blame::Proxy => Some(
            "`HTTPS_PROXY` and `ALL_PROXY` name the proxy, as `http://USER:PASSWORD@HOST:PORT`, and \
             `NO_PROXY` the hosts that are asked without it: docs/network.md",
        ),
        Blame::Clock => Some("set this machine's clock, for instance by NTP"),
    }
}

fn remedy(error: &LastError, name: &CredentialId, provider: &Provider) -> Advice {
    let CredentialId { provider: slug, account, .. } = name;
    let refresh =
        Remedy::Refresh { provider: slug.to_string(), account: Some(account.to_string()) };
    match error.class {
        FailureClass::Transient => match (error.blames.and_then(way_out), error.retry_at) {
            (Some(way_out), _) => format!("the grant is kept; {way_out}").into(),
            (None, Some(at)) => {
                format!("the grant is kept; it is tried again from {} on", rfc3339(at)).into()
            }
            (None, None) => "the grant is kept; try again later".into(),
        },
        FailureClass::Rejected if name.kind == Kind::ServiceAccount || error.is_of_end() => {
            advice![connect(name)]
        }
        FailureClass::Client if name.kind == Kind::ServiceAccount => advice![
            "it is kept; compare its roles, the user that it acts for and the scopes with the provider's \
             console, then run ",
            refresh.with(Parameter::Force)
        ],
        FailureClass::Rejected => advice![
            connect(name),
            "; if the grant is of another client, store that one with ",
            Remedy::set_client(slug.as_str()).request(),
            ", then run ",
            refresh.with(Parameter::Force)
        ],
        FailureClass::Client => advice![
            "the grant is kept; compare the client's id, secret and type, then store them with ",
            Remedy::set_client(slug.as_str()).request(),
            ": ",
            provider.help.client.as_deref().unwrap_or("see the provider's console")
        ],
        FailureClass::InDoubt => advice![
            "the grant is kept, and asked for once more when it is needed next; ",
            refresh.with(Parameter::Force),
            " does it now"
        ],
    }
}
