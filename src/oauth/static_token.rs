//! The owner of a bot token or an API key, by a question to the provider's API.

use age::secrecy::{ExposeSecret, SecretString};
use indexmap::IndexMap;

use super::account::{Owner, owner_in};
use super::token::failure::{self, RequestFailure};
use crate::catalog::{Provider, StaticToken};
use crate::http::client::sent::Sent;
use crate::http::client::{Http, Outgoing};

/// Asks whose token it is; none, where the provider's file does not say how.
pub async fn look_up(
    http: &Http,
    provider: &Provider,
    kind: &StaticToken,
    token: &SecretString,
) -> Result<Option<Owner>, RequestFailure> {
    let Some(check) = &kind.check else { return Ok(None) };
    let url = format!("{}{}", provider.fixed_service_url(check.service.as_deref()), check.path);
    let (with_token, others): (IndexMap<_, _>, IndexMap<_, _>) =
        kind.headers.clone().into_iter().partition(|(_, value)| value.contains(StaticToken::PLACE));
    let secret = with_token.first().map(|(name, value)| {
        let value: SecretString = value.replace(StaticToken::PLACE, token.expose_secret()).into();
        (name.as_str(), value)
    });
    let mut request = Outgoing::get(&url).with(&others);
    if let Some((name, value)) = &secret {
        request = request.with_secret(name, value);
    }
    let answer = http.send(&request).await.map_err(RequestFailure::from)?;
    if answer.status != 200 {
        return Err(failure::refusal(&answer, provider, &Sent::new([token])));
    }
    owner_in(&answer.body, &check.path, &check.id, &check.handle).map(Some)
}
