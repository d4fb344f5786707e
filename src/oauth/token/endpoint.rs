//! Requests to the token endpoint and to the revocation endpoint.

use age::secrecy::{ExposeSecret, SecretString};

use super::failure::{self, RequestFailure};
use super::form::Form;
use crate::catalog::Provider;
use crate::credential::failure::connect;
use crate::credential::grant::GrantMetadata;
use crate::error::{Code, Error, Result, advice};
use crate::http::client::sent::Sent;
use crate::http::client::{Answer, Http};
use crate::oauth::client::{Authentication, Client, ClientProof};
use crate::oauth::token::response::TokenResponse;

/// The media type of requests to both endpoints.
const FORM: &str = "application/x-www-form-urlencoded";

/// The endpoints where a client gets tokens from a provider, and gives them up.
pub struct TokenEndpoint<'a> {
    http: &'a Http,
    provider: &'a Provider,
    client: &'a Client,
    authentication: Authentication<'a>,
}

/// The type of a token to be revoked (RFC 7009 section 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenTypeHint {
    /// An access token.
    AccessToken,
    /// A refresh token.
    RefreshToken,
}

impl<'a> TokenEndpoint<'a> {
    /// Creates the endpoints of this provider, asked as this client. The URLs come from the
    /// provider's file and from no answer (RFC 9700 section 4.4).
    ///
    /// # Errors
    ///
    /// [`Code::ClientRejected`]: the provider takes no clients of this type; [`Code::OriginChanged`]:
    /// the client was stored for other servers.
    pub fn new(http: &'a Http, provider: &'a Provider, client: &'a Client) -> Result<Self> {
        client.admit(provider)?;
        let authentication = client.authentication(provider)?;
        Ok(Self { http, provider, client, authentication })
    }

    /// Makes sure that a grant's tokens may be sent to a URL.
    ///
    /// # Errors
    ///
    /// [`Code::OriginChanged`]: the grant was made for other servers.
    pub fn admit(&self, grant: &GrantMetadata, url: &str) -> Result<()> {
        let Some(origin) = grant.origins.refuse(url) else { return Ok(()) };
        let (id, title) = (grant.id(), &self.provider.title);
        let message = format!("{id} was granted for other servers of {title} than {origin}");
        Err(Error::new(Code::OriginChanged, message).with_hint(advice![
            "find out who changed the provider's URLs; where you did, ",
            connect(&id)
        ]))
    }

    /// Exchanges an authorization code for tokens (RFC 6749 section 4.1.3, RFC 7636 section 4.5).
    pub async fn exchange(
        &self,
        code: &SecretString,
        verifier: Option<&SecretString>,
        redirect_uri: &str,
    ) -> Result<TokenResponse, RequestFailure> {
        let mut form = Form::new("authorization_code")
            .with("code", code.expose_secret())
            .with("redirect_uri", redirect_uri);
        if let Some(verifier) = verifier {
            form = form.with("code_verifier", verifier.expose_secret());
        }
        let sent: Vec<_> = [Some(code), verifier].into_iter().flatten().collect();
        self.tokens(form, &sent).await
    }

    /// Exchanges a refresh token for new tokens (RFC 6749 section 6). It never sends `scope`: what
    /// was granted stays granted.
    pub async fn refresh(&self, token: &SecretString) -> Result<TokenResponse, RequestFailure> {
        let form = Form::new("refresh_token").with("refresh_token", token.expose_secret());
        self.tokens(form, &[token]).await
    }

    /// Revokes a token (RFC 7009). A token that the provider does not know counts as revoked.
    ///
    /// # Errors
    ///
    /// The token is to be taken for alive (section 2.2.1).
    pub async fn revoke(
        &self,
        url: &str,
        token: &SecretString,
        hint: TokenTypeHint,
    ) -> Result<(), RequestFailure> {
        let hint = match hint {
            TokenTypeHint::AccessToken => "access_token",
            TokenTypeHint::RefreshToken => "refresh_token",
        };
        let form = Form::empty().with("token", token.expose_secret()).with("token_type_hint", hint);
        let answer = self.ask(url, form).await?;
        match answer.status {
            200..300 => Ok(()),
            _ => Err(failure::refusal(&answer, self.provider, &self.sent(&[token]))),
        }
    }

    async fn tokens(
        &self,
        form: Form,
        secrets: &[&SecretString],
    ) -> Result<TokenResponse, RequestFailure> {
        let answer = self.ask(&self.provider.endpoints.token_url, form).await?;
        self.read(&answer, secrets)
    }

    /// Reads an answer to a request for tokens that held these secrets, and those of the client
    /// (RFC 6749 sections 5.1 and 5.2).
    ///
    /// # Errors
    ///
    /// There are no tokens in it. None of the secrets is in the failure.
    pub fn read(
        &self,
        answer: &Answer,
        secrets: &[&SecretString],
    ) -> Result<TokenResponse, RequestFailure> {
        failure::read(answer, self.provider, &self.sent(secrets))
    }

    /// Returns the secrets of a request: these, and what proves who the client is.
    fn sent(&self, secrets: &[&SecretString]) -> Sent {
        let credentials = self.authentication.credentials(&self.client.id);
        let of_client = [self.client.secret.as_ref(), credentials.as_ref()];
        Sent::new(secrets.iter().copied().chain(of_client.into_iter().flatten()))
    }

    async fn ask(&self, url: &str, form: Form) -> Result<Answer, RequestFailure> {
        let ClientProof { header, form } = self.authentication.apply(&self.client.id, form);
        self.http.post(url, header.as_ref(), FORM, &form).await.map_err(RequestFailure::from)
    }
}
