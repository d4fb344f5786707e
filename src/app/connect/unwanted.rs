//! The end of a grant that is not stored: it is revoked, if that harms no other grant.

use crate::app::accounts::names;
use crate::app::connect::siblings::SiblingGrants;
use crate::app::grant_service::Keeper;
use crate::app::network::Network;
use crate::catalog::Provider;
use crate::error::{Advice, Parameter, Remedy, advice};
use crate::model::name::Slug;
use crate::oauth::token::endpoint::TokenEndpoint;
use crate::oauth::token::failure::RequestFailure;
use crate::oauth::token::revocation::{GrantRevocation, TokenTypeHint};
use crate::store::{CredentialId, Grant, GrantMetadata, LastError};

/// The way to revoke a grant.
#[derive(Clone, Copy)]
pub(super) struct Revocation<'a> {
    pub(super) network: &'a Network,
    pub(super) endpoint: &'a TokenEndpoint<'a>,
}

/// Ends a grant that is not to be stored, notes which stored grants its consent ended, and returns what
/// became of all of them, in clauses.
pub(super) fn end(
    grant: &Grant,
    keeper: &Keeper<'_>,
    revocation: Revocation<'_>,
    provider: &Provider,
) -> String {
    let stored = SiblingGrants::beside(&grant.metadata, keeper);
    let siblings = SiblingGrants::ended_by(&grant.metadata, provider, keeper);
    let ended = end_siblings(&siblings, &grant.metadata, keeper);
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

/// Notes which stored grants a consent ended that brought nothing to store, and says it.
pub(super) fn end_siblings(
    siblings: &SiblingGrants,
    grant: &GrantMetadata,
    keeper: &Keeper<'_>,
) -> String {
    let message = format!("{} a consent to {} that was not stored", LastError::ENDED, grant.id());
    let noted = siblings.note_end(grant, &message, keeper);
    let mut said = clause("", &siblings.same);
    for (name, unnoted) in noted {
        if let Some(error) = unnoted {
            said.push_str(&format!("; that {name} ended could not be noted: {error}"));
        }
    }
    said + &clause("if it was the same account, ", &siblings.possibly_same)
}

fn clause(condition: &str, ended: &[CredentialId]) -> String {
    let (verb, pronoun) = match ended {
        [] => return String::new(),
        [_] => ("was", "it"),
        _ => ("were", "them"),
    };
    let ended = names(ended);
    format!("; {condition}{ended} {verb} ended by this consent: connect {pronoun} again")
}

/// Returns which stored grants a consent of this client may have ended that brought no grant, as a
/// clause; `None` if it ended none.
pub(super) fn maybe_ended(
    provider: &Provider,
    slug: &Slug,
    client_id: &str,
    keeper: &Keeper<'_>,
) -> Option<Advice> {
    let stored = SiblingGrants::maybe_ended(slug, client_id, provider, keeper);
    (!stored.is_empty()).then(|| {
        let refresh = Remedy::Refresh { provider: slug.to_string(), account: None };
        advice![
            format!(
                "where it was the same account, the consent may have ended {}: ",
                stored.names()
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
            stored.names()
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
