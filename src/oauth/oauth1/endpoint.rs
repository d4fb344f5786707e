//! The requests of OAuth 1.0a: for a request token, for a token, for the end of one, and whose it is.

use std::time::{SystemTime, UNIX_EPOCH};

use age::secrecy::{ExposeSecret, SecretString};

use super::answer::{IssuedToken, RequestToken};
use super::refusal::{Oauth1Failure, refusal};
use super::token_pair::TokenPair;
use super::{RequestSigner, SignedRequest};
use crate::catalog::Oauth1;
use crate::credential::last_refresh::FailureClass;
use crate::http::client::sent::Sent;
use crate::http::client::{Answer, Http, Outgoing};
use crate::model::access_level::AccessLevel;
use crate::oauth::token::failure::RequestFailure;
use crate::sys::random::random_text;

/// The callback that says that no browser comes back: the owner reads a PIN and types it.
pub const OUT_OF_BAND: &str = "oob";

/// The endpoints where a client gets tokens of OAuth 1.0a from a provider, and gives them up.
pub struct Oauth1Endpoint<'a> {
    /// The way to the provider.
    pub http: &'a Http,
    /// The endpoints.
    pub urls: &'a Oauth1,
    /// The client's identifier.
    pub consumer_key: &'a str,
    /// The client's secret.
    pub consumer_secret: &'a SecretString,
}

impl Oauth1Endpoint<'_> {
    /// Asks for a request token (RFC 5849 section 2.1). `callback` is a URI at which the client is
    /// registered, or [`OUT_OF_BAND`]; without a level, it is the highest that the app has.
    pub async fn request_token(
        &self,
        callback: &str,
        level: Option<AccessLevel>,
    ) -> Result<RequestToken, Oauth1Failure> {
        let access = match level {
            Some(AccessLevel::Read) => Some("read"),
            Some(AccessLevel::ReadWrite) => Some("write"),
            Some(AccessLevel::ReadWriteDirectMessages) | None => None,
        };
        let mut url = self.urls.request_token_url.clone();
        if let Some(access) = access {
            let joint = if url.contains('?') { '&' } else { '?' };
            url.push_str(&format!("{joint}x_auth_access_type={access}"));
        }
        let answer = self.post(&url, &[("oauth_callback", callback)], None).await?;
        match answer.status {
            200..300 => RequestToken::read(&answer.body),
            _ => Err(refusal(&answer, &self.sent(&[]))),
        }
    }

    /// Exchanges a request token for one of the account (section 2.3). It is good once, whatever comes of
    /// it.
    pub async fn access_token(
        &self,
        request_token: &TokenPair,
        verifier: &SecretString,
    ) -> Result<IssuedToken, Oauth1Failure> {
        let more = [("oauth_verifier", verifier.expose_secret())];
        let answer = self.post(&self.urls.access_token_url, &more, Some(request_token)).await?;
        match answer.status {
            200..300 => IssuedToken::read(&answer.body),
            _ => Err(refusal(&answer, &self.sent(&[request_token]).and([verifier]))),
        }
    }

    /// Ends a token. One that the provider does not know counts as ended.
    ///
    /// # Errors
    ///
    /// The token is to be taken for alive.
    pub async fn invalidate(&self, token: &TokenPair) -> Result<(), Oauth1Failure> {
        let Some(url) = &self.urls.invalidate_url else {
            let what = "it ends no tokens on request";
            return Err(RequestFailure::new(FailureClass::Client, what).into());
        };
        let answer = self.post(url, &[], Some(token)).await?;
        if (200..300).contains(&answer.status) {
            return Ok(());
        }
        match refusal(&answer, &self.sent(&[token])) {
            failure if failure.is_dead_token() => Ok(()),
            failure => Err(failure),
        }
    }

    /// Gets a resource as the owner of a token.
    pub(super) async fn get(&self, url: &str, token: &TokenPair) -> Result<Answer, Oauth1Failure> {
        let header = self.signed("GET", url, &[], Some(token))?;
        self.send(Outgoing::get(url).authorized(Some(&header))).await
    }

    /// Returns the secrets of a request that was signed with these tokens.
    pub(super) fn sent(&self, tokens: &[&TokenPair]) -> Sent {
        let tokens = tokens.iter().flat_map(|pair| [&pair.token, &pair.secret]);
        Sent::new(tokens.chain([self.consumer_secret]))
    }

    async fn post(
        &self,
        url: &str,
        more: &[(&str, &str)],
        token: Option<&TokenPair>,
    ) -> Result<Answer, Oauth1Failure> {
        let header = self.signed("POST", url, more, token)?;
        // The body is empty: nothing of it is signed.
        let request = Outgoing::post(url, "application/x-www-form-urlencoded", "");
        self.send(request.authorized(Some(&header))).await
    }

    async fn send(&self, request: Outgoing<'_>) -> Result<Answer, Oauth1Failure> {
        Ok(self.http.send(&request).await.map_err(RequestFailure::from)?)
    }

    fn signed(
        &self,
        method: &str,
        url: &str,
        more: &[(&str, &str)],
        token: Option<&TokenPair>,
    ) -> Result<SecretString, Oauth1Failure> {
        let signer = RequestSigner {
            consumer_key: self.consumer_key,
            consumer_secret: self.consumer_secret,
            token: token.map(|pair| (pair.token.expose_secret(), &pair.secret)),
        };
        let nonce: String = random_text().chars().filter(char::is_ascii_alphanumeric).collect();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let request = SignedRequest { method, url, form: None };
        let header = signer.authorization(&request, more, &nonce, now).ok_or_else(|| {
            RequestFailure::new(FailureClass::Client, "its URL is none that can be signed")
        })?;
        Ok(header.into())
    }
}
