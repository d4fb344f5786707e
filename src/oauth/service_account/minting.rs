//! The request for a token that lives shortly, from a key (RFC 7523 section 2.1) or from the credentials of a
//! user (RFC 6749 section 6).
//!
//! It can be repeated: whether or not a server did its work, nothing is spent.

use age::secrecy::{ExposeSecret, SecretString};
use jiff::{SignedDuration, Timestamp};

use super::assertion::Assertion;
use super::private_key::PrivateKey;
use super::source::{AccountKey, AuthorizedUser, Source};
use super::{printed, program};
use crate::catalog::{BodyFormat, Provider};
use crate::credential::last_refresh::{Blame, FailureClass};
use crate::http::client::sent::Sent;
use crate::http::client::{Answer, Http, Outgoing};
use crate::model::scope::ScopeSet;
use crate::oauth::token::failure;
use crate::oauth::token::failure::RequestFailure;
use crate::oauth::token::form::Form;
use crate::oauth::token::response::TokenResponse;
use crate::sys::env::Env;

/// The grant type of an assertion (RFC 7523 section 2.1).
const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// A clock that is wrong by more makes servers refuse an assertion.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_mins(1);

/// The endpoint at which a provider mints tokens.
pub struct Mint<'a> {
    /// The way to it.
    pub http: &'a Http,
    /// The provider.
    pub provider: &'a Provider,
    /// The URL, which is the provider's, and of no file of credentials.
    pub token_url: &'a str,
}

/// Returns the token that a source on this machine has; `None` where a provider has to be asked.
pub fn local_token(source: &Source) -> Option<Result<TokenResponse, RequestFailure>> {
    match source {
        Source::Key(_) | Source::AuthorizedUser(_) => None,
        Source::Program(program) => Some(program::token_of(program, &Env::of_process())),
        Source::File(path) => Some(printed::in_file(path, Timestamp::now())),
    }
}

impl Mint<'_> {
    /// Gets a token from a source, for these scopes and, where one is named, as this user.
    pub async fn token(
        &self,
        source: &Source,
        scopes: &ScopeSet,
        subject: Option<&str>,
    ) -> Result<TokenResponse, RequestFailure> {
        match source {
            Source::Key(key) => self.with_key(key, scopes, subject).await,
            Source::AuthorizedUser(user) => self.with_user(user).await,
            here => local_token(here).expect("it is on this machine"),
        }
    }

    async fn with_key(
        &self,
        key: &AccountKey,
        scopes: &ScopeSet,
        subject: Option<&str>,
    ) -> Result<TokenResponse, RequestFailure> {
        let private_key = PrivateKey::from_pem(&key.private_key).map_err(|fault| {
            RequestFailure::new(FailureClass::Rejected, format!("the stored key {fault}"))
        })?;
        let assertion = Assertion {
            issuer: &key.client_email,
            key_id: key.key_id.as_deref(),
            subject,
            scopes,
            audience: self.token_url,
            issued_at: Timestamp::now(),
        };
        let assertion = assertion.signed(&private_key);
        let form =
            Form::new(BodyFormat::Form, GRANT_TYPE).with("assertion", assertion.expose_secret());
        self.ask(form, &[&assertion]).await
    }

    async fn with_user(&self, user: &AuthorizedUser) -> Result<TokenResponse, RequestFailure> {
        let form = Form::new(BodyFormat::Form, "refresh_token")
            .with("client_id", &user.client_id)
            .with("client_secret", user.client_secret.expose_secret())
            .with("refresh_token", user.refresh_token.expose_secret());
        self.ask(form, &[&user.client_secret, &user.refresh_token]).await
    }

    async fn ask(
        &self,
        form: Form,
        secrets: &[&SecretString],
    ) -> Result<TokenResponse, RequestFailure> {
        let media_type = form.media_type();
        let body = form.encoded();
        let request = Outgoing::post(self.token_url, media_type, &body);
        let request = request.with(&self.provider.token.headers);
        let answer = self.http.send(&request).await;
        let answer = answer.map_err(|unanswered| RequestFailure::from(unanswered).repeatable())?;
        let sent = Sent::new(secrets.iter().copied());
        let read = failure::read(&answer, self.provider, self.provider.token.expected(), &sent);
        read.map_err(|failure| by_clock(failure.repeatable(), &answer))
    }
}

/// Returns the failure of a clock, where that is why an assertion is refused.
fn by_clock(failure: RequestFailure, answer: &Answer) -> RequestFailure {
    let lead = answer.clock_lead.filter(|lead| lead.abs() > CLOCK_TOLERANCE);
    let Some(lead) = lead.filter(|_| failure.class == FailureClass::Rejected) else {
        return failure;
    };
    let direction = if lead.is_positive() { "ahead of" } else { "behind" };
    let minutes = (lead.abs().as_secs() + 30) / 60;
    let what = format!(
        "this machine's clock is {minutes} min {direction} the provider's, which refuses what is signed at \
         such a time: {}",
        failure.what
    );
    RequestFailure {
        blames: Some(Blame::Clock),
        ..RequestFailure::new(FailureClass::Transient, what)
    }
}
