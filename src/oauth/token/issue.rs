//! Token responses turned into grants.

use jiff::{SignedDuration, Timestamp};

use crate::catalog::Provider;
use crate::credential::grant::{Grant, GrantMetadata};
use crate::credential::origins::Origins;
use crate::model::credential_id::CredentialId;
use crate::model::scope::ScopeSet;
use crate::oauth::client::Client;
use crate::oauth::token::response::TokenResponse;

/// Creates the grant that a consent, or an import, makes of its token response. `asked` are the
/// scopes that were asked for: those that count where the response names none (RFC 6749 section
/// 5.1). `now` is a time at which the tokens were not older than they are: that of the request.
pub fn grant(
    id: CredentialId,
    response: TokenResponse,
    asked: &ScopeSet,
    provider: &Provider,
    client: Option<&Client>,
    now: Timestamp,
) -> Grant {
    Grant {
        metadata: GrantMetadata {
            client_id: client.map(|client| client.id.clone()),
            client: client.and_then(|client| client.name.clone()),
            origins: origins(provider, client),
            scopes_assumed: response.scopes.is_none(),
            scopes: response.scopes.clone().unwrap_or_else(|| asked.clone()),
            expires_at: expires_at(&response, provider, now),
            refreshable: response.refresh_token.is_some(),
            refresh_token_issued_at: response.refresh_token.is_some().then_some(now),
            refresh_token_expires_at: refresh_token_expires_at(&response, now),
            ..GrantMetadata::new(id, now)
        },
        access_token: response.access_token,
        refresh_token: response.refresh_token,
        token_secret: None,
        source: None,
    }
}

/// Replaces the tokens of a grant with those of a refresh. A refresh token is replaced where there
/// is a new one, and stays otherwise (RFC 6749 section 6). The client that got them is the one that
/// the grant was given to. If the answer names more scopes than a grant keeps, the old ones stay,
/// and are marked as assumed.
pub fn renew(
    grant: &mut Grant,
    response: TokenResponse,
    provider: &Provider,
    client: &Client,
    now: Timestamp,
) {
    let refresh_token_end = refresh_token_expires_at(&response, now);
    let metadata = &mut grant.metadata;
    metadata.client_id = Some(client.id.clone());
    metadata.client.clone_from(&client.name);
    metadata.generation = metadata.generation.saturating_add(1);
    if metadata.origins.is_empty() {
        metadata.origins = origins(provider, Some(client));
    }
    metadata.expires_at = expires_at(&response, provider, now);
    metadata.issued_at = now;
    metadata.refreshed_at = Some(now);
    metadata.refresh_in_flight = None;
    metadata.last_error = None;
    if let Some(scopes) = response.scopes {
        metadata.scopes = scopes;
        metadata.scopes_assumed = false;
    } else if response.has_too_many_scopes {
        metadata.scopes_assumed = true;
    }
    grant.access_token = response.access_token;
    if let Some(refresh_token) = response.refresh_token {
        metadata.refresh_token_expires_at = refresh_token_end;
        metadata.refresh_token_issued_at = Some(now);
        metadata.refreshable = true;
        grant.refresh_token = Some(refresh_token);
    }
}

/// Replaces the access token of a service account by one that was minted. Where the answer does not say
/// when it ends, the provider's usual life counts from now; but not that of a token which a program or a
/// file had already.
pub fn mint(grant: &mut Grant, response: TokenResponse, provider: &Provider, now: Timestamp) {
    let metadata = &mut grant.metadata;
    let is_local = metadata.minting.as_ref().is_some_and(|minting| minting.source.is_local());
    let is_told = response.expires_in.is_some() || !is_local;
    metadata.generation = metadata.generation.saturating_add(1);
    metadata.expires_at = is_told.then(|| expires_at(&response, provider, now)).flatten();
    metadata.issued_at = now;
    metadata.refreshed_at = Some(now);
    metadata.refresh_in_flight = None;
    metadata.last_error = None;
    if let Some(scopes) = response.scopes {
        metadata.scopes = scopes;
        metadata.scopes_assumed = false;
    }
    grant.access_token = response.access_token;
}

/// Returns the servers that may get the tokens. None are known where the client is not known whose
/// values the provider's URLs take.
fn origins(provider: &Provider, client: Option<&Client>) -> Origins {
    let stated = client.map(|client| client.url_values.clone()).unwrap_or_default();
    let urls = provider.urls(&stated).ok();
    urls.map_or_else(Origins::default, |urls| Origins::of(provider, &urls))
}

/// Returns the time at which the refresh token of a response dies, if it says so.
fn refresh_token_expires_at(response: &TokenResponse, now: Timestamp) -> Option<Timestamp> {
    response.refresh_token.as_ref()?;
    let seconds = i64::try_from(response.refresh_expires_in?).ok()?;
    now.checked_add(SignedDuration::from_secs(seconds)).ok()
}

/// Returns the time at which an access token expires: as the response says, else as the provider's
/// tokens usually do.
fn expires_at(response: &TokenResponse, provider: &Provider, now: Timestamp) -> Option<Timestamp> {
    let seconds = response.expires_in.or(provider.lifetimes.access_token)?;
    now.checked_add(SignedDuration::from_secs(i64::try_from(seconds).ok()?)).ok()
}
