//! The request for a token that lives shortly, from a key (RFC 7523 section 2.1) or from the credentials of a
//! user (RFC 6749 section 6).
//!
//! It can be repeated: whether or not a server did its work, nothing is spent.

use age::secrecy::{ExposeSecret, SecretString};
use jiff::{SignedDuration, Timestamp};

use super::assertion::Assertion;
use super::printed::Printed;
use super::private_key::PrivateKey;
use super::program;
use super::source::{AccountKey, AuthorizedUser, LocalSource, Source};
use crate::catalog::{BodyFormat, Provider, ServiceAccount};
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
    /// Its data of service accounts: no URL is that of a file of credentials.
    pub data: &'a ServiceAccount,
}

impl LocalSource {
    /// Returns the access token that it has; blocks until it has one.
    pub(crate) fn token(&self) -> Result<TokenResponse, RequestFailure> {
        self.printed()?.token(Timestamp::now())
    }

    /// Returns the token that it has, which says who somebody is; blocks until it has one.
    pub(crate) fn proof(&self) -> Result<SecretString, RequestFailure> {
        self.printed()?.proof()
    }

    fn printed(&self) -> Result<Printed, RequestFailure> {
        match self {
            Self::Program(program) => program::printed_by(program, &Env::of_process()),
            Self::TokenFile { path } => Printed::in_file(path),
        }
    }
}

impl Mint<'_> {
    /// Gets a token from a source, for these scopes and, where one is named, as this user. Blocks while
    /// a source on this machine is asked.
    pub(crate) async fn token(
        &self,
        source: &Source,
        scopes: &ScopeSet,
        subject: Option<&str>,
    ) -> Result<TokenResponse, RequestFailure> {
        match source {
            Source::Key(key) => self.with_key(key, scopes, subject).await,
            Source::AuthorizedUser(user) => self.with_user(user).await,
            Source::Local(source) => source.token(),
            Source::Federation(federation) => {
                self.exchanged(federation, &federation.subject.proof()?, scopes).await
            }
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
            audience: &self.data.token_url,
            issued_at: Timestamp::now(),
        };
        let assertion = assertion.signed(&private_key);
        let form =
            Form::new(BodyFormat::Form, GRANT_TYPE).with("assertion", assertion.expose_secret());
        self.ask(&self.data.token_url, form, &[&assertion]).await
    }

    async fn with_user(&self, user: &AuthorizedUser) -> Result<TokenResponse, RequestFailure> {
        let form = Form::new(BodyFormat::Form, "refresh_token")
            .with("client_id", &user.client_id)
            .with("client_secret", user.client_secret.expose_secret())
            .with("refresh_token", user.refresh_token.expose_secret());
        self.ask(&self.data.token_url, form, &[&user.client_secret, &user.refresh_token]).await
    }

    pub(super) async fn ask(
        &self,
        url: &str,
        form: Form,
        secrets: &[&SecretString],
    ) -> Result<TokenResponse, RequestFailure> {
        let media_type = form.media_type();
        let body = form.encoded();
        let request = Outgoing::post(url, media_type, &body);
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
