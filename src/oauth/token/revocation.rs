//! Requests that revoke tokens, in the forms that providers have.

use age::secrecy::{ExposeSecret, SecretString};

use super::endpoint::TokenEndpoint;
use super::failure::{self, RequestFailure};
use super::form::Form;
use crate::catalog::{BodyFormat, Provider, Revocation, RevocationExtent, RevocationStyle};
use crate::credential::grant::Grant;
use crate::credential::last_refresh::FailureClass;
use crate::http::client::{Answer, Outgoing, bearer};
use crate::oauth::client::Authentication;

/// The type of a token to be revoked (RFC 7009 section 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenTypeHint {
    /// An access token.
    AccessToken,
    /// A refresh token.
    RefreshToken,
}

/// The way in which a provider ends a grant on request.
#[derive(Clone, Debug)]
pub struct GrantRevocation(Revocation);

impl GrantRevocation {
    /// Returns the way of a provider.
    ///
    /// # Errors
    ///
    /// It has none that ends no more than this client's tokens; the reason is a clause.
    pub fn of(provider: &Provider) -> Result<Self, String> {
        let title = &provider.title;
        match provider.revocation() {
            None => Err(format!("{title} revokes no tokens on request")),
            Some(Revocation { ends: RevocationExtent::Sessions, .. }) => Err(format!(
                "{title} ends a grant only with every session of the account, in all apps"
            )),
            Some(revocation) => Ok(Self(revocation)),
        }
    }

    /// Returns the tokens to revoke, one after the other. The refresh token goes first (RFC 7009
    /// section 2.1): while it lives, it makes access tokens. Where one revocation ends the
    /// authorization, there is one.
    pub fn tokens(&self, grant: &Grant) -> Vec<TokenTypeHint> {
        let can_be_named = self.0.style == RevocationStyle::Rfc7009;
        let mut tokens = vec![TokenTypeHint::AccessToken];
        if grant.refresh_token.is_some() && can_be_named {
            tokens.insert(0, TokenTypeHint::RefreshToken);
        }
        if self.0.ends == RevocationExtent::Authorization {
            tokens.truncate(1);
        }
        tokens
    }

    /// Returns whether the refresh token of a grant is alive when its tokens are revoked: some forms
    /// of requests cannot name one.
    pub fn leaves_refresh_token(&self, grant: &Grant) -> bool {
        self.0.ends == RevocationExtent::Token
            && grant.refresh_token.is_some()
            && !self.tokens(grant).contains(&TokenTypeHint::RefreshToken)
    }
}

impl TokenEndpoint<'_> {
    /// Returns the URL at which tokens are revoked.
    pub fn revocation_url(&self) -> String {
        let id: String = form_urlencoded::byte_serialize(self.client.id.as_bytes()).collect();
        let url = self.urls().revoke.as_deref().unwrap_or_default();
        url.replace("{client_id}", &id.replace('+', "%20"))
    }

    /// Revokes a token. By RFC 7009, one that the provider does not know counts as revoked.
    ///
    /// # Errors
    ///
    /// The token is to be taken for alive (section 2.2.1).
    pub async fn revoke(
        &self,
        GrantRevocation(revocation): &GrantRevocation,
        token: &SecretString,
        hint: TokenTypeHint,
    ) -> Result<(), RequestFailure> {
        let url = self.revocation_url();
        let answer = match revocation.style {
            RevocationStyle::Rfc7009 => {
                let hint = match hint {
                    TokenTypeHint::AccessToken => "access_token",
                    TokenTypeHint::RefreshToken => "refresh_token",
                };
                let format = self.provider.token.body;
                let form = Form::empty(format).with("token", token.expose_secret());
                // The hint is the standard's, and so are forms: who departs from these states what it takes.
                let form = match format {
                    BodyFormat::Form => form.with("token_type_hint", hint),
                    BodyFormat::Json => form,
                };
                self.ask(&url, form).await?
            }
            RevocationStyle::Bearer => {
                let form = Form::empty(self.provider.token.body);
                let (media_type, body, token) = (form.media_type(), form.encoded(), bearer(token));
                let request = Outgoing::post(&url, media_type, &body);
                self.send(request.authorized(Some(&token))).await?
            }
            RevocationStyle::BasicDeleteJson => self.delete(&url, token).await?,
        };
        let is_done = (200..300).contains(&answer.status)
            && !failure::is_refused(&answer.body, self.provider);
        if is_done {
            Ok(())
        } else {
            Err(failure::refusal(&answer, self.provider, &self.sent(&[token])))
        }
    }

    async fn delete(&self, url: &str, token: &SecretString) -> Result<Answer, RequestFailure> {
        let (Authentication::Basic(secret) | Authentication::Post(secret)) = &self.authentication
        else {
            let what = "it revokes tokens for clients with a secret alone";
            return Err(RequestFailure::new(FailureClass::Client, what));
        };
        let proof = Authentication::Basic(secret).apply(
            &self.client.id,
            Form::empty(BodyFormat::Json).with("access_token", token.expose_secret()),
        );
        let request = Outgoing::delete(url, proof.media_type, &proof.body);
        self.send(request.authorized(proof.header.as_ref())).await
    }
}
