//! The end of a grant that nobody confirmed: it is revoked, where that harms no other grant.

use age::secrecy::SecretString;

use crate::catalog::Provider;
use crate::commands::keeper::Keeper;
use crate::commands::terminal::while_waiting;
use crate::oauth::failure::Failure;
use crate::oauth::token_endpoint::{TokenEndpoint, TokenTypeHint};
use crate::store::{Grant, GrantMetadata};

/// Ends a grant that is not to be stored, and returns what became of it, in a clause.
pub(super) fn end(
    grant: &Grant,
    keeper: &Keeper<'_>,
    endpoint: &TokenEndpoint<'_>,
    provider: &Provider,
) -> String {
    let alive = |why: &str| {
        format!(
            "its grant was not stored and is still live, {why}: end the app's access in the account's \
             settings at {}",
            provider.title
        )
    };
    let others = ended_with(&grant.metadata, keeper, provider);
    if !others.is_empty() {
        return alive(&format!(
            "since revoking it could end other grants of the account ({})",
            others.join(", ")
        ));
    }
    let Some(url) = &provider.endpoints.revoke_url else {
        return alive(&format!("since {} revokes no tokens on request", provider.title));
    };
    let revoke = |token: &SecretString, hint| {
        while_waiting("revoking what was granted", || endpoint.revoke(url, token, hint))
    };
    // The refresh token goes first (RFC 7009 section 2.1); the other one, whatever becomes of it.
    let refresh =
        grant.refresh_token.as_ref().map(|token| revoke(token, TokenTypeHint::RefreshToken));
    let access = revoke(&grant.access_token, TokenTypeHint::AccessToken);
    match refresh.unwrap_or(Ok(())).and(access) {
        Ok(()) => "its grant was revoked, and nothing changed here".to_owned(),
        Err(Failure { what, .. }) => alive(&format!("since it could not be revoked ({what})")),
    }
}

/// Returns the stored grants that revoking this one could end. An account that is not known may be the
/// same.
fn ended_with(new: &GrantMetadata, keeper: &Keeper<'_>, provider: &Provider) -> Vec<String> {
    let quirks = &provider.quirks;
    if !quirks.one_grant_per_client_and_account && !quirks.revocation_ends_all_grants {
        return Vec::new();
    }
    let Ok(names) = keeper.store.grant_names_of(&new.provider) else { return Vec::new() };
    let is_same = |one: &Option<String>, other: &Option<String>| {
        one.is_none() || other.is_none() || one == other
    };
    let listed = keeper.store.list_grants(names);
    let could_end = listed.filter(|listed| match &listed.metadata {
        Ok(other) => {
            is_same(&other.account_id, &new.account_id) && is_same(&other.client_id, &new.client_id)
        }
        Err(_) => true,
    });
    could_end.map(|listed| listed.name.to_string()).collect()
}
