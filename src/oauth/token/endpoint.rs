//! Requests to the token endpoint and to the revocation endpoint.

use age::secrecy::{ExposeSecret, SecretString};

use super::failure::{self, RequestFailure};
use super::form::Form;
use crate::catalog::{Provider, Urls};
use crate::credential::failure::connect;
use crate::credential::grant::GrantMetadata;
use crate::error::{Code, Error, Result, advice};
use crate::http::client::sent::Sent;
use crate::http::client::{Answer, Http, Outgoing};
use crate::model::credential_id::Part;
use crate::oauth::client::{Authentication, Client, ClientProof};
use crate::oauth::token::response::TokenResponse;

/// The endpoints where a client gets tokens from a provider, and gives them up.
pub struct TokenEndpoint<'a> {
    http: &'a Http,
    pub(super) provider: &'a Provider,
    pub(super) client: &'a Client,
    pub(super) authentication: Authentication<'a>,
    urls: Urls,
}

impl<'a> TokenEndpoint<'a> {
    /// Creates the endpoints of this provider, asked as this client. The URLs come from the
    /// provider's file and from no answer (RFC 9700 section 4.4).
    ///
    /// # Errors
    ///
    /// [`Code::ClientRejected`]: the provider takes no clients of this type; [`Code::OriginChanged`]:
    /// the client was stored for other servers; those of [`Provider::urls`].
    pub fn new(http: &'a Http, provider: &'a Provider, client: &'a Client) -> Result<Self> {
        let urls = client.admit(provider)?;
        let authentication = client.authentication(provider)?;
        Ok(Self { http, provider, client, authentication, urls })
    }

    /// Returns the provider's URLs for the client.
    pub fn urls(&self) -> &Urls {
        &self.urls
    }

    /// Makes sure that a grant's refresh token may be sent to where tokens are refreshed.
    ///
    /// # Errors
    ///
    /// [`Code::OriginChanged`], as [`TokenEndpoint::admit`].
    pub fn admit_refresh(&self, grant: &GrantMetadata) -> Result<()> {
        self.admit(grant, &self.urls.refresh)
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

    /// Exchanges an authorization code for tokens (RFC 6749 section 4.1.3, RFC 7636 section 4.5): those of
    /// these parts of the consent that the answer has, one at least.
    pub async fn exchange(
        &self,
        code: &SecretString,
        verifier: Option<&SecretString>,
        redirect_uri: &str,
        parts: &[&Part],
    ) -> Result<Vec<(Part, TokenResponse)>, RequestFailure> {
        let mut form = self
            .form("authorization_code")
            .with("code", code.expose_secret())
            .with("redirect_uri", redirect_uri);
        if let Some(verifier) = verifier {
            form = form.with("code_verifier", verifier.expose_secret());
        }
        let form = form.with_all(&self.provider.token.exchange_parameters);
        let sent: Vec<_> = [Some(code), verifier].into_iter().flatten().collect();
        let answer = self.ask(&self.urls.token, form).await?;
        let expected = parts.iter().map(|part| (*part, self.provider.token_of_code(part)));
        failure::read_any(&answer, self.provider, expected, &self.sent(&sent))
    }

    /// Exchanges a refresh token for new tokens (RFC 6749 section 6). It never sends `scope`: what
    /// was granted stays granted.
    pub async fn refresh(
        &self,
        token: &SecretString,
        part: &Part,
    ) -> Result<TokenResponse, RequestFailure> {
        let form = self.form("refresh_token").with("refresh_token", token.expose_secret());
        let form = form.with_all(&self.provider.token.refresh_parameters);
        let answer = self.ask(&self.urls.refresh, form).await?;
        let expected = self.provider.token_of_refresh(part);
        failure::read(&answer, self.provider, expected, &self.sent(&[token]))
    }

    fn form(&self, grant_type: &str) -> Form {
        Form::new(self.provider.token.body, grant_type)
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
        let expected = self.provider.token.expected();
        failure::read(answer, self.provider, expected, &self.sent(secrets))
    }

    /// Returns the secrets of a request: these, and what proves who the client is.
    pub(super) fn sent(&self, secrets: &[&SecretString]) -> Sent {
        let credentials = self.authentication.credentials(&self.client.id);
        let of_client = [self.client.secret.as_ref(), credentials.as_ref()];
        Sent::new(secrets.iter().copied().chain(of_client.into_iter().flatten()))
    }

    /// Sends a request that proves who the client is.
    pub(super) async fn ask(&self, url: &str, form: Form) -> Result<Answer, RequestFailure> {
        let ClientProof { header, media_type, body } =
            self.authentication.apply(&self.client.id, form);
        self.send(Outgoing::post(url, media_type, &body).authorized(header.as_ref())).await
    }

    /// Sends a request with the headers that the provider wants.
    pub(super) async fn send(&self, request: Outgoing<'_>) -> Result<Answer, RequestFailure> {
        let request = request.with(&self.provider.token.headers);
        self.http.send(&request).await.map_err(RequestFailure::from)
    }
}
