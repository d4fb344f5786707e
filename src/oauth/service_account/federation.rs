//! The exchange of another identity provider's token (RFC 8693 section 2), and the service account that it
//! may become.

use age::secrecy::{ExposeSecret, SecretString};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroizing;

use super::minting::Mint;
use super::source::Federation;
use crate::catalog::{BodyFormat, ServiceAccount};
use crate::credential::last_refresh::FailureClass;
use crate::http::client::Outgoing;
use crate::http::client::sent::Sent;
use crate::model::scope::ScopeSet;
use crate::oauth::token::failure;
use crate::oauth::token::failure::RequestFailure;
use crate::oauth::token::form::Form;
use crate::oauth::token::response::TokenResponse;

/// The grant type of an exchange (RFC 8693 section 2.1).
const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// The type of token that is asked for (RFC 8693 section 3).
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// The time for which a token of a service account is asked for.
const LIFETIME: &str = "3600s";

/// The token of a service account, as Google's IAM Service Account Credentials API answers it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AccountToken {
    access_token: String,
    expire_time: Timestamp,
}

impl AccountToken {
    /// Returns it as an answer of a token endpoint, which is held to the same rules.
    fn into_response(self, now: Timestamp) -> Option<TokenResponse> {
        let lives = self.expire_time.duration_since(now).as_secs();
        let expires_in = u64::try_from(lives).unwrap_or_default();
        let token = Zeroizing::new(self.access_token);
        let answer = Form::empty(BodyFormat::Json).with("access_token", &token);
        let response = TokenResponse::parse(&answer.encoded()).ok()?;
        Some(TokenResponse { expires_in: Some(expires_in), ..response })
    }
}

impl Mint<'_> {
    /// Gets a token for one of another identity provider, for these scopes.
    pub(crate) async fn exchanged(
        &self,
        federation: &Federation,
        proof: &SecretString,
        scopes: &ScopeSet,
    ) -> Result<TokenResponse, RequestFailure> {
        let Some(account) = &federation.account else {
            return self.exchange(federation, proof, scopes).await;
        };
        let own = self.exchange(federation, proof, &self.data.exchange_scopes).await?;
        self.impersonate(account, &own.access_token, scopes).await
    }

    async fn exchange(
        &self,
        federation: &Federation,
        proof: &SecretString,
        scopes: &ScopeSet,
    ) -> Result<TokenResponse, RequestFailure> {
        let url = self.data.exchange_url.as_deref().ok_or_else(|| self.has_no_federation())?;
        let form = Form::new(BodyFormat::Form, GRANT_TYPE)
            .with("audience", &federation.audience)
            .with("scope", &scopes.to_string())
            .with("requested_token_type", ACCESS_TOKEN)
            .with("subject_token_type", &federation.subject_token_type)
            .with("subject_token", proof.expose_secret());
        let response = self.ask(url, form, &[proof]).await;
        // What is refused is this token, and the source has another one next time.
        response.map_err(|failure| match failure.class {
            FailureClass::Rejected => RequestFailure { class: FailureClass::Client, ..failure },
            _ => failure,
        })
    }

    async fn impersonate(
        &self,
        account: &str,
        own: &SecretString,
        scopes: &ScopeSet,
    ) -> Result<TokenResponse, RequestFailure> {
        let url = self.data.impersonation_url_of(account);
        let url = url.ok_or_else(|| self.has_no_federation())?;
        let scopes: Vec<_> = scopes.iter().collect();
        let body = json!({"scope": scopes, "lifetime": LIFETIME}).to_string();
        let bearer = Zeroizing::new(format!("Bearer {}", own.expose_secret()));
        let bearer = SecretString::from(bearer.as_str());
        let request = Outgoing::post(&url, "application/json", &body);
        let request = request.with(&self.provider.token.headers).authorized(Some(&bearer));
        let answer = self.http.send(&request).await;
        let answer = answer.map_err(|unanswered| RequestFailure::from(unanswered).repeatable())?;
        if !(200..300).contains(&answer.status) {
            let sent = Sent::new([own]);
            return Err(failure::refusal(&answer, self.provider, &sent).repeatable());
        }
        let token = serde_json::from_slice::<AccountToken>(&answer.body).ok();
        token.and_then(|token| token.into_response(Timestamp::now())).ok_or_else(|| {
            let what = "it answers something that is no token of a service account";
            RequestFailure::new(FailureClass::Transient, what)
        })
    }

    fn has_no_federation(&self) -> RequestFailure {
        let title = &self.provider.title;
        let what = format!("{title} exchanges no tokens of other identity providers");
        RequestFailure::new(FailureClass::Client, what)
    }
}

/// Returns the URLs to which a source's tokens and secrets are sent, as the provider has them.
pub(crate) fn urls_of(is_federated: bool, data: &ServiceAccount) -> Vec<&str> {
    if is_federated {
        let urls = [&data.exchange_url, &data.impersonation_url];
        urls.into_iter().flatten().map(String::as_str).collect()
    } else {
        vec![&data.token_url]
    }
}
