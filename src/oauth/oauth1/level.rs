//! The account and the level of a token, by questions to the provider.
//!
//! The older API tells both. Where it refuses, the newer one tells the account. No level is inferred from
//! what is missing.

use serde_json::Value;

use super::endpoint::Oauth1Endpoint;
use super::refusal::{Oauth1Failure, Oauth1Fault, refusal};
use super::token_pair::TokenPair;
use crate::catalog::{Provider, Urls};
use crate::credential::last_refresh::FailureClass;
use crate::http::client::Answer;
use crate::model::access_level::AccessLevel;
use crate::oauth::account::{Owner, text_at};
use crate::oauth::token::failure::RequestFailure;

/// The header that tells a level.
const ACCESS_LEVEL: &str = "x-access-level";

/// The account of a token, and its level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The account.
    pub owner: Owner,
    /// The level; or why it is not known.
    pub level: Result<AccessLevel, String>,
}

impl Oauth1Endpoint<'_> {
    /// Asks whose a token is, and of which level.
    pub async fn verify(
        &self,
        provider: &Provider,
        urls: &Urls,
        token: &TokenPair,
    ) -> Result<Verified, Oauth1Failure> {
        let title = &provider.title;
        let Some(url) = &self.urls.verify_url else {
            let why = format!("the file of {title} does not say how to ask");
            return self.account(provider, urls, token, why).await;
        };
        let answer = self.get(url, token).await?;
        if answer.status == 200 {
            let (id, handle) = ("/id_str", "/screen_name");
            return verified(&answer, id, handle, format!("{title} does not say it"));
        }
        let failure = refusal(&answer, &self.sent(&[token]));
        let leaves_open = matches!(failure.fault, Some(Oauth1Fault::Level | Oauth1Fault::Plan))
            || matches!(answer.status, 403 | 404 | 410);
        if !leaves_open {
            return Err(failure);
        }
        let why = match failure.fault {
            Some(Oauth1Fault::Level) => format!(
                "{title} says that the app's permissions for OAuth 1.0a are too low to ask ({})",
                failure.request.what
            ),
            _ => format!("{title} does not answer where it is asked ({})", failure.request.what),
        };
        self.account(provider, urls, token, why).await
    }

    /// Asks the newer API whose a token is. `why` is the reason that its level is not known, unless this
    /// tells it.
    async fn account(
        &self,
        provider: &Provider,
        urls: &Urls,
        token: &TokenPair,
        why: String,
    ) -> Result<Verified, Oauth1Failure> {
        let Some(account) = &provider.account else {
            let what =
                format!("the file of {} does not say how to ask whose it is", provider.title);
            return Err(RequestFailure::new(FailureClass::Client, what).into());
        };
        let url = format!("{}{}", urls.service(account.service.as_deref()), account.path);
        let answer = self.get(&url, token).await?;
        if answer.status != 200 {
            return Err(refusal(&answer, &self.sent(&[token])));
        }
        verified(&answer, &account.id, &account.handle, why)
    }
}

fn verified(
    answer: &Answer,
    id: &str,
    handle: &str,
    why: String,
) -> Result<Verified, Oauth1Failure> {
    let value: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let id = text_at(&value, id).ok_or_else(|| {
        RequestFailure::new(FailureClass::Transient, "it answers without the account's id")
    })?;
    let level = answer.header(ACCESS_LEVEL).and_then(|name| name.trim().parse().ok());
    Ok(Verified { owner: Owner { id, handle: text_at(&value, handle) }, level: level.ok_or(why) })
}
