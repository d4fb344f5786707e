//! The end of a grant that is not stored: it is revoked, if that harms no other grant.

use crate::app::grant_service::Keeper;
use crate::app::network::Network;
use crate::catalog::Provider;
use crate::error::{Advice, Parameter, Remedy, advice};
use crate::model::name::Slug;
use crate::oauth::token::endpoint::TokenEndpoint;
use crate::oauth::token::failure::RequestFailure;
use crate::oauth::token::revocation::{GrantRevocation, TokenTypeHint};
use crate::store::{Grant, GrantMetadata};

/// The way to revoke a grant.
#[derive(Clone, Copy)]
pub(super) struct Revocation<'a> {
    pub(super) network: &'a Network,
    pub(super) endpoint: &'a TokenEndpoint<'a>,
}

/// Ends a grant that is not to be stored, and returns what became of it and of the stored grants of its
/// account, in clauses.
pub(super) fn end(
    grant: &Grant,
    keeper: &Keeper<'_>,
    revocation: Revocation<'_>,
    provider: &Provider,
) -> String {
    let GrantMetadata { provider: slug, account_id, client_id, .. } = &grant.metadata;
    let stored = SiblingGrants::beside(slug, account_id.as_deref(), client_id.as_deref(), keeper);
    let ended = if provider.quirks.one_grant_per_client_and_account {
        stored.ended_by_consent()
    } else {
        String::new()
    };
    let shown = keeper.context.reporter.progress("revoking what was granted");
    let revoked = revoke(grant, &stored, revocation, provider);
    drop(shown);
    match revoked {
        Ok(()) if ended.is_empty() => "its grant was revoked, and nothing changed here".to_owned(),
        Ok(()) => format!("its grant was revoked{ended}"),
        Err(why) => format!(
            "its grant was not stored and is still live, {why}: end the app's access in the account's \
             settings at {}{ended}",
            provider.title
        ),
    }
}

/// Returns which stored grants a consent of this client may have ended that brought no grant, as a
/// clause; `None` if it ended none.
pub(super) fn maybe_ended(
    provider: &Provider,
    slug: &Slug,
    client_id: &str,
    keeper: &Keeper<'_>,
) -> Option<Advice> {
    if !provider.quirks.one_grant_per_client_and_account {
        return None;
    }
    let stored = SiblingGrants::beside(slug, None, Some(client_id), keeper);
    (!stored.is_empty()).then(|| {
        let refresh = Remedy::Refresh { provider: slug.to_string(), account: None };
        advice![
            format!(
                "where it was the same account, the consent may have ended {}: ",
                stored.names().join(", ")
            ),
            refresh.with(Parameter::Force),
            " tells"
        ]
    })
}

/// Revokes the tokens of a grant; or returns why they are still live.
fn revoke(
    grant: &Grant,
    stored: &SiblingGrants,
    revocation: Revocation<'_>,
    provider: &Provider,
) -> Result<(), String> {
    let quirks = &provider.quirks;
    // Where an account has one grant, this one is the last: there is no other that could end with it.
    if provider.revocation_ends_other_grants()
        && !quirks.one_grant_per_client_and_account
        && !stored.is_empty()
    {
        return Err(format!(
            "since revoking it could end other grants of the account ({})",
            stored.names().join(", ")
        ));
    }
    let way = GrantRevocation::of(provider).map_err(|why| format!("since {why}"))?;
    let Revocation { network, endpoint } = revocation;
    let url = endpoint.revocation_url();
    endpoint.admit(&grant.metadata, &url).map_err(|error| format!("since {error}"))?;
    // Each one, whatever becomes of the other.
    let revoked = way.tokens(grant).into_iter().map(|hint| {
        let refresh_token = grant.refresh_token.as_ref();
        let token = match hint {
            TokenTypeHint::RefreshToken => refresh_token.unwrap_or(&grant.access_token),
            TokenTypeHint::AccessToken => &grant.access_token,
        };
        network.ask(endpoint.revoke(&way, token, hint))
    });
    let revoked: Vec<_> = revoked.collect();
    let revoked: Result<(), RequestFailure> = revoked.into_iter().collect();
    revoked
        .map_err(|RequestFailure { what, .. }| format!("since it could not be revoked ({what})"))?;
    if way.leaves_refresh_token(grant) {
        return Err(format!("since {} revokes access tokens alone", provider.title));
    }
    Ok(())
}

/// The stored grants of the account and the client of a grant that is not stored, by their names.
#[derive(Default)]
struct SiblingGrants {
    same: Vec<String>,
    /// Those whose account or client is not known, or that of the other grant is not.
    possibly_same: Vec<String>,
}

impl SiblingGrants {
    fn beside(
        provider: &Slug,
        account_id: Option<&str>,
        client_id: Option<&str>,
        keeper: &Keeper<'_>,
    ) -> Self {
        let mut stored = Self::default();
        let Ok(names) = keeper.store.grant_names_of(provider) else { return stored };
        for listed in keeper.store.list_grants(names) {
            let is_same = listed.metadata.as_ref().map_or(None, |other| {
                match [
                    is_same(other.account_id.as_deref(), account_id),
                    is_same(other.client_id.as_deref(), client_id),
                ] {
                    [Some(false), _] | [_, Some(false)] => Some(false),
                    [Some(true), Some(true)] => Some(true),
                    _ => None,
                }
            });
            match is_same {
                Some(true) => stored.same.push(listed.name.to_string()),
                None => stored.possibly_same.push(listed.name.to_string()),
                Some(false) => {}
            }
        }
        stored
    }

    fn is_empty(&self) -> bool {
        self.same.is_empty() && self.possibly_same.is_empty()
    }

    fn names(&self) -> Vec<&str> {
        self.same.iter().chain(&self.possibly_same).map(String::as_str).collect()
    }

    /// Says which of them the consent ended, with a provider that keeps one grant of an account.
    fn ended_by_consent(&self) -> String {
        let ended = |condition: &str, names: &[String]| match names {
            [] => String::new(),
            [name] => format!("; {condition}{name} was ended by this consent: connect it again"),
            names => format!(
                "; {condition}{} were ended by this consent: connect them again",
                names.join(", ")
            ),
        };
        ended("", &self.same) + &ended("if it was the same account, ", &self.possibly_same)
    }
}

/// Returns whether two ids are the same, if both are known.
fn is_same(one: Option<&str>, other: Option<&str>) -> Option<bool> {
    Some(one? == other?)
}
