//! The way in which a credential gets a new access token: by its refresh token, or from its source.

use age::secrecy::{ExposeSecret, SecretString};
use jiff::Timestamp;

use crate::catalog::Provider;
use crate::credential::failure::connect;
use crate::credential::minting::Minting;
use crate::error::{Code, Error, Result, advice};
use crate::http::client::Http;
use crate::model::credential_id::Part;
use crate::model::scope::ScopeSet;
use crate::oauth::client::Client;
use crate::oauth::service_account::federation::urls_of;
use crate::oauth::service_account::minting::Mint;
use crate::oauth::service_account::source::Source;
use crate::oauth::token::endpoint::TokenEndpoint;
use crate::oauth::token::failure::RequestFailure;
use crate::oauth::token::issue;
use crate::oauth::token::response::TokenResponse;
use crate::refresh::engine::host::Host;
use crate::store::{Grant, GrantMetadata};
use crate::sys::blocking::BlockingPool;

/// The way in which a credential gets a new access token.
pub(super) enum Renewal {
    /// By its refresh token, as the client that it was given to.
    Refresh { client: Client, token: SecretString, part: Part },
    /// From its source.
    Mint { source: Source, secret: SecretString, scopes: ScopeSet, subject: Option<String> },
}

impl Renewal {
    /// Returns the way for a credential that can be renewed.
    pub(super) fn of(
        host: &dyn Host,
        http: &Http,
        provider: &Provider,
        grant: &Grant,
    ) -> Result<Self> {
        let Grant { metadata, refresh_token, source, .. } = grant;
        if let Some(minting) = &metadata.minting {
            return Self::mint(provider, metadata, minting, source.as_ref());
        }
        let client = host.client(provider, metadata)?;
        TokenEndpoint::new(http, provider, &client)?.admit_refresh(metadata)?;
        let token = refresh_token.clone().expect("only what has a refresh token gets here");
        Ok(Self::Refresh { client, token, part: metadata.part.clone() })
    }

    fn mint(
        provider: &Provider,
        metadata: &GrantMetadata,
        minting: &Minting,
        secret: Option<&SecretString>,
    ) -> Result<Self> {
        let secret = secret.cloned().expect("a service account has a source");
        let id = metadata.id();
        let import = connect(&id);
        let source = Source::from_secret(&secret).ok_or_else(|| {
            let message = format!("the source of {id} is of a later version of xreq");
            Error::new(Code::StoreTooNew, message).with_remedy(import.clone())
        })?;
        if !minting.source.is_local() {
            let title = &provider.title;
            let Some(data) = &provider.kinds.service_account else {
                let message = format!("{title} has no service accounts, and {id} is one");
                return Err(Error::new(Code::InvalidConfig, message));
            };
            let is_federated = matches!(source, Source::Federation(_));
            let admitted = metadata.origins.admit(&id, provider, urls_of(is_federated, data));
            admitted.map_err(|error| {
                error.with_hint(advice![
                    "find out who changed the provider's URLs; where you did, ",
                    import.request()
                ])
            })?;
        }
        let (scopes, subject) = (metadata.scopes.clone(), minting.subject.clone());
        Ok(Self::Mint { source, secret, scopes, subject })
    }

    /// Returns the secret by which it is got, which tells whether a credential is still the same.
    pub(super) fn secret(&self) -> &SecretString {
        match self {
            Self::Refresh { token, .. } => token,
            Self::Mint { secret, .. } => secret,
        }
    }

    /// Returns whether this secret is that of a stored credential.
    pub(super) fn is_of(&self, grant: &Grant) -> bool {
        let stored = grant.refresh_token.as_ref().or(grant.source.as_ref());
        stored.is_some_and(|stored| stored.expose_secret() == self.secret().expose_secret())
    }

    /// Returns whether a request whose answer was lost is repeated as if it had never been sent: a source
    /// is not spent, and with some providers a refresh token is not either.
    pub(super) fn is_repeatable(&self, provider: &Provider) -> bool {
        matches!(self, Self::Mint { .. }) || provider.quirks.old_refresh_token_stays
    }

    /// Asks for a new access token.
    pub(super) async fn ask(
        &self,
        http: &Http,
        provider: &Provider,
        pool: &BlockingPool,
    ) -> Result<TokenResponse, RequestFailure> {
        let answer = match self {
            Self::Refresh { client, token, part } => {
                let endpoint = TokenEndpoint::new(http, provider, client);
                endpoint.expect("the client was checked before").refresh(token, part).await
            }
            Self::Mint { source: Source::Local(source), .. } => {
                let source = source.clone();
                pool.run(move || source.token()).await
            }
            Self::Mint { source, scopes, subject, .. } => {
                let data = provider.kinds.service_account.as_ref().expect("it was checked before");
                let mint = Mint { http, provider, data };
                if let Source::Federation(federation) = source {
                    let subject = federation.subject.clone();
                    match pool.run(move || subject.proof()).await {
                        Ok(proof) => mint.exchanged(federation, &proof, scopes).await,
                        Err(failure) => Err(failure),
                    }
                } else {
                    mint.token(source, scopes, subject.as_deref()).await
                }
            }
        };
        answer.map_err(
            |failure| {
                if self.is_repeatable(provider) { failure.repeatable() } else { failure }
            },
        )
    }

    /// Puts new tokens into a credential.
    pub(super) fn renew(
        &self,
        grant: &mut Grant,
        response: TokenResponse,
        provider: &Provider,
        began: Timestamp,
    ) {
        match self {
            Self::Refresh { client, .. } => issue::renew(grant, response, provider, client, began),
            Self::Mint { .. } => issue::mint(grant, response, provider, began),
        }
    }
}
