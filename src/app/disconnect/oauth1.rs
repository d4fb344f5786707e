//! The end of a token of OAuth 1.0a.

use super::kept::{gone, or_local_only};
use crate::app::accounts::{choose_of_kind, one_of};
use crate::app::connect::oauth1::refused;
use crate::app::consumer_pair::ConsumerPair;
use crate::app::context::Context;
use crate::app::disconnection::local_only;
use crate::app::grant_service::Keeper;
use crate::app::network::Network;
use crate::audit_log::LoggedEvent;
use crate::catalog::Provider;
use crate::credential::failure::way_out;
use crate::error::{Code, Error, Result, advice};
use crate::model::credential_id::Kind;
use crate::oauth::oauth1::endpoint::Oauth1Endpoint;
use crate::oauth::oauth1::token_pair::TokenPair;
use crate::store::GrantMetadata;

/// Ends a token at the provider, and removes it. Returns what was known of it.
///
/// # Errors
///
/// [`Code::RevocationFailed`]: it is kept, since it is still live.
pub(super) fn end(
    label: Option<&str>,
    provider: &Provider,
    context: &Context,
) -> Result<GrantMetadata> {
    let keeper = Keeper::new(context)?;
    let name = &one_of(choose_of_kind(&keeper.store, &provider.slug, Kind::Oauth1, label, None)?)?;
    let endpoints =
        provider.kinds.oauth1.as_ref().ok_or_else(|| provider.unsupported(Kind::Oauth1))?;
    let Some(url) = &endpoints.invalidate_url else {
        let message =
            format!("{} ends no tokens on request, so that {name} is kept", provider.title);
        return Err(Error::new(Code::RevocationFailed, message).with_hint(advice![
            "end the access in the account's settings, then run ",
            local_only(name)
        ]));
    };
    let lock = keeper.store.lock_grant(name)?;
    let sealed = keeper.store.grant(name)?.ok_or_else(|| gone(name))?;
    let grant = sealed.unseal(&keeper.identities)?;
    let pair = ConsumerPair::of(provider, &grant.metadata, &keeper.store, &keeper.identities)
        .map_err(|error| or_local_only(error, name))?;
    pair.admit(provider, [url.as_str()]).map_err(|error| or_local_only(error, name))?;
    if let Some(origin) = grant.metadata.origins.refuse(url) {
        let title = &provider.title;
        let message = format!("{name} was granted for other servers of {title} than {origin}");
        let error = Error::new(Code::OriginChanged, message)
            .with_hint("find out who changed the provider's URLs");
        return Err(or_local_only(error, name));
    }
    let token = TokenPair::of(&grant).ok_or_else(|| gone(name))?;
    let network = Network::default();
    let endpoint = Oauth1Endpoint {
        http: network.http(),
        urls: endpoints,
        consumer_key: &pair.key,
        consumer_secret: &pair.secret,
    };
    let shown = keeper.context.reporter.progress(&format!("ending {name}"));
    let ended = network.ask(endpoint.invalidate(&token));
    drop(shown);
    ended.map_err(|failure| {
        if let Some(error) = refused(&failure, provider, "did not end the token, which is kept") {
            return or_local_only(error, name);
        }
        let what = &failure.request.what;
        let message = format!("the token of {name} is still live, and kept: {what}");
        Error::new(Code::RevocationFailed, message).with_hint(advice![
            failure.request.blames.and_then(way_out).unwrap_or("try again"),
            "; or remove it here alone with ",
            local_only(name)
        ])
    })?;
    keeper.store.remove_grant(&lock)?;
    keeper.context.record_grant(LoggedEvent::Disconnect, &grant.metadata, &grant.access_token);
    Ok(grant.metadata)
}
