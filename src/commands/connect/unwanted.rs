//! The end of a grant that is not stored: it is revoked, where that harms no other grant.

use age::secrecy::SecretString;

use crate::app::grant_service::Keeper;
use crate::app::network::Network;
use crate::catalog::Provider;
use crate::oauth::token::endpoint::{TokenEndpoint, TokenTypeHint};
use crate::oauth::token::failure::Failure;
use crate::store::{Grant, GrantMetadata};
use crate::terminal::while_waiting;

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
    let stored = Stored::beside(&grant.metadata, keeper);
    let ended = if provider.quirks.one_grant_per_client_and_account {
        stored.ended_by_consent()
    } else {
        String::new()
    };
    match revoke(grant, &stored, revocation, provider) {
        Ok(()) if ended.is_empty() => "its grant was revoked, and nothing changed here".to_owned(),
        Ok(()) => format!("its grant was revoked{ended}"),
        Err(why) => format!(
            "its grant was not stored and is still live, {why}: end the app's access in the account's \
             settings at {}{ended}",
            provider.title
        ),
    }
}

/// Revokes the tokens of a grant; or returns why they are still live.
fn revoke(
    grant: &Grant,
    stored: &Stored,
    revocation: Revocation<'_>,
    provider: &Provider,
) -> Result<(), String> {
    let quirks = &provider.quirks;
    // Where an account has one grant, this one is the last: there is no other that could end with it.
    if quirks.revocation_ends_all_grants
        && !quirks.one_grant_per_client_and_account
        && !stored.is_empty()
    {
        return Err(format!(
            "since revoking it could end other grants of the account ({})",
            stored.names().join(", ")
        ));
    }
    let Some(url) = &provider.endpoints.revoke_url else {
        return Err(format!("since {} revokes no tokens on request", provider.title));
    };
    let revoke = |token: &SecretString, hint| {
        let Revocation { network, endpoint } = revocation;
        let revoking = endpoint.revoke(url, token, hint);
        while_waiting("revoking what was granted", || network.ask(revoking))
    };
    // The refresh token goes first (RFC 7009 section 2.1); the other one, whatever becomes of it.
    let refresh =
        grant.refresh_token.as_ref().map(|token| revoke(token, TokenTypeHint::RefreshToken));
    let access = revoke(&grant.access_token, TokenTypeHint::AccessToken);
    let revoked = refresh.unwrap_or(Ok(())).and(access);
    revoked.map_err(|Failure { what, .. }| format!("since it could not be revoked ({what})"))
}

/// The stored grants of the account and the client of a grant that is not stored, by their names.
#[derive(Default)]
struct Stored {
    same: Vec<String>,
    /// Those whose account or client is not known, or that of the other grant is not.
    possibly_same: Vec<String>,
}

impl Stored {
    fn beside(new: &GrantMetadata, keeper: &Keeper<'_>) -> Self {
        let mut stored = Self::default();
        let Ok(names) = keeper.store.grant_names_of(&new.provider) else { return stored };
        for listed in keeper.store.list_grants(names) {
            let is_same = listed.metadata.as_ref().map_or(None, |other| {
                match [
                    is_same(other.account_id.as_ref(), new.account_id.as_ref()),
                    is_same(other.client_id.as_ref(), new.client_id.as_ref()),
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

/// Returns whether two ids are the same, where both are known.
fn is_same(one: Option<&String>, other: Option<&String>) -> Option<bool> {
    Some(one? == other?)
}
