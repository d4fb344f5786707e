//! Disconnecting an account: the end of a grant, at the provider first.

mod kept;
mod oauth1;

use std::path::PathBuf;

use self::kept::{gone, or_local_only, or_other_kind};
use crate::app::accounts::{choose_of_kind, choose_parts, found_instead, one_of, stored_of};
use crate::app::app_only;
use crate::app::context::{Context, refuse_secret};
pub(crate) use crate::app::disconnection::{Disconnection, End};
use crate::app::disconnection::{disconnection, local_only};
use crate::app::grant_service::Keeper;
use crate::app::network::Network;
use crate::audit_log::{LogEntry, LoggedEvent, Party};
use crate::catalog::Provider;
use crate::credential::failure::way_out;
use crate::error::{Code, Error, Inventory, Remedy, Result, advice};
use crate::model::credential_id::{Kind, Part};
use crate::oauth::token::endpoint::TokenEndpoint;
use crate::oauth::token::failure::RequestFailure;
use crate::oauth::token::revocation::{GrantRevocation, TokenTypeHint};
use crate::store::{CredentialId, FolderStore, GrantMetadata};
use crate::sys::signals::Uninterrupted;

/// The account to disconnect, and the way to do it.
#[derive(Clone, Debug)]
pub(crate) struct DisconnectOptions {
    pub(crate) provider: String,
    /// The label of the account; none is `default`, or the only one.
    pub(crate) account: Option<String>,
    /// The kind of the credential; none is a grant, or the first that the provider has.
    pub(crate) kind: Option<Kind>,
    /// The part of the consent; none are all that the account has.
    pub(crate) part: Option<String>,
    /// Whether the provider is told nothing.
    pub(crate) local_only: bool,
    /// More provider files.
    pub(crate) catalog: Vec<PathBuf>,
}

/// Ends a credential, or each part of a consent.
///
/// # Errors
///
/// [`Code::RevocationFailed`]: the grant is kept, since it is still live. [`Code::NotStored`].
///
/// Whether a token is ended for everybody who uses the app, `confirm` says.
pub(crate) fn disconnect(
    options: &DisconnectOptions,
    confirm: impl FnOnce(&CredentialId, &Provider) -> Result<()>,
    context: &Context,
) -> Result<Vec<Disconnection>> {
    let catalog = context.catalog(&options.catalog)?;
    let provider = catalog.known_provider(&options.provider)?;
    if let Some(label) = &options.account {
        refuse_secret("label of an account", label)?;
    }
    let known = provider.kinds();
    let kind = options.kind.or(known.first().copied()).unwrap_or_default();
    if !known.contains(&kind) && !options.local_only {
        return Err(provider.unsupported(kind));
    }
    let part = options.part.as_deref().map(|part| provider.known_part(part)).transpose()?;
    let names = || named(options, kind, part.as_ref(), provider, context);
    let one = |ended: Result<Disconnection>| ended.map(|ended| vec![ended]);
    let removed = || names()?.iter().map(|name| remove(name, provider, context)).collect();
    let ended = match kind {
        _ if options.local_only => removed(),
        Kind::AppOnly => {
            let label = options.account.as_deref();
            let chosen = choose_of_kind(&context.store()?, &provider.slug, kind, label, None);
            one(chosen.and_then(one_of).and_then(|id| {
                confirm(&id, provider)?;
                app_only::disconnect(provider, &id, context)
            }))
        }
        // No request ends a key; its tokens end by themselves.
        Kind::ServiceAccount => removed(),
        Kind::Oauth1 => {
            one(oauth1::end(options.account.as_deref(), provider, context).map(|ended| {
                let end = End::Revoked { in_doubt: false, lives_on: false };
                disconnection(ended.id(), provider, end, None)
            }))
        }
        Kind::Static => removed().map(|removed: Vec<_>| {
            let forgotten = |it| Disconnection { end: End::Forgotten, ..it };
            removed.into_iter().map(forgotten).collect()
        }),
        Kind::Oauth2 => Keeper::new(context).and_then(|keeper| {
            let label = options.account.as_deref();
            let of = &provider.slug;
            let names = choose_of_kind(&keeper.store, of, kind, label, part.as_ref())?;
            names.iter().map(|name| revoke(name, &keeper, provider, context)).collect()
        }),
    };
    let ended = ended.map_err(|error| match (options.kind, context.store()) {
        (None, Ok(store)) => {
            let mut there = stored_of(&store, &provider.slug, options.account.as_deref());
            there.retain(|id| id.kind != kind);
            or_other_kind(error, &there, options.local_only)
        }
        _ => error,
    });
    ended.inspect_err(|error| {
        let party = Party::of(provider.slug.as_str(), options.account.as_deref());
        let party = party.with_kind(kind);
        context.record_failure(LoggedEvent::Disconnect, party, error);
    })
}

fn revoke(
    name: &CredentialId,
    keeper: &Keeper<'_>,
    provider: &Provider,
    context: &Context,
) -> Result<Disconnection> {
    let before = unnamed_account(&keeper.store, provider);
    let revocation = GrantRevocation::of(provider).map_err(|why| {
        Error::new(Code::RevocationFailed, format!("{why}, so that {name} is kept")).with_hint(
            advice!["end the access in the account's settings, then run ", local_only(name)],
        )
    })?;
    let lock = keeper.store.lock_grant(name)?;
    let sealed = keeper.store.grant(name)?.ok_or_else(|| gone(name))?;
    let mut grant = sealed.unseal(&keeper.identities)?;
    let client = keeper
        .clients()
        .of_grant(provider, &grant.metadata)
        .map_err(|error| or_local_only(error, name))?;
    let network = Network::default();
    let endpoint = TokenEndpoint::new(network.http(), provider, &client)?;
    endpoint
        .admit(&grant.metadata, &endpoint.revocation_url())
        .map_err(|error| or_local_only(error, name))?;
    let lives = |token: &str, failure: &RequestFailure| {
        let message =
            format!("the {token} of {name} is still live, and the grant is kept: {}", failure.what);
        Error::new(Code::RevocationFailed, message).with_hint(advice![
            failure.blames.and_then(way_out).unwrap_or("try again"),
            "; or remove it here alone with ",
            local_only(name)
        ])
    };
    // What the provider has revoked is not left in the store.
    let signals = Uninterrupted::begin();
    let shown = context.reporter.progress(&format!("revoking {name}"));
    let lives_on = revocation.leaves_refresh_token(&grant);
    for token in revocation.tokens(&grant) {
        match (token, grant.refresh_token.take()) {
            (TokenTypeHint::RefreshToken, Some(token)) => {
                network
                    .ask(endpoint.revoke(&revocation, &token, TokenTypeHint::RefreshToken))
                    .map_err(|failure| lives("refresh token", &failure))?;
                grant.metadata.refreshable = false;
                grant.metadata.refresh_token_issued_at = None;
                grant.metadata.refresh_token_expires_at = None;
                keeper.store.put_grant(&lock, &grant, &keeper.recipients)?;
            }
            _ => network
                .ask(endpoint.revoke(&revocation, &grant.access_token, TokenTypeHint::AccessToken))
                .map_err(|failure| lives("access token", &failure))?,
        }
    }
    drop(shown);
    keeper.store.remove_grant(&lock)?;
    context.record_grant(LoggedEvent::Disconnect, &grant.metadata, &grant.access_token);
    drop(signals);
    let in_doubt = grant.metadata.refresh_in_flight.is_some();
    let now = new_account(before.as_ref(), &keeper.store, provider);
    let end = End::Revoked { in_doubt, lives_on };
    Ok(disconnection(name.clone(), provider, end, now))
}

/// Returns the names of what is to be removed.
fn named(
    options: &DisconnectOptions,
    kind: Kind,
    part: Option<&Part>,
    provider: &Provider,
    context: &Context,
) -> Result<Vec<CredentialId>> {
    let store = context.store()?;
    let Some(label) = &options.account else {
        return choose_of_kind(&store, &provider.slug, kind, None, part);
    };
    // What cannot be read can be removed all the same.
    let grant = CredentialId::grant(provider.slug.clone(), label.parse()?);
    let whole = CredentialId { kind, ..grant };
    if let Some(part) = part {
        return Ok(vec![CredentialId { part: part.clone(), ..whole }]);
    }
    let mut parts = store.grant_names_of(&provider.slug)?;
    parts.retain(|it| it.account == whole.account && it.kind == kind && !it.part.is_main());
    let is_whole = parts.is_empty() || !matches!(store.grant(&whole), Ok(None));
    Ok(is_whole.then_some(whole).into_iter().chain(parts).collect())
}

fn remove(name: &CredentialId, provider: &Provider, context: &Context) -> Result<Disconnection> {
    let store = context.store()?;
    let found = store.grant(name);
    if matches!(found, Ok(None)) {
        return Err(absent(name, &store));
    }
    let before = unnamed_account(&store, provider);
    let lock = store.lock_grant(name)?;
    if !store.remove_grant(&lock)? {
        return Err(gone(name));
    }
    let removed = found.ok().flatten().map(|sealed| Box::new(sealed.metadata));
    let party = removed.as_deref().map_or_else(|| Party::named(name), Party::sealed);
    context.record_done(|_| Ok(LogEntry::done(LoggedEvent::Disconnect).with_grants([party])));
    let now = new_account(before.as_ref(), &store, provider);
    Ok(disconnection(name.clone(), provider, End::Removed(removed), now))
}

/// Returns the account that serves a provider where none is named.
fn unnamed_account(store: &FolderStore, provider: &Provider) -> Option<CredentialId> {
    let found = choose_parts(store, &provider.slug, None, None).ok()?;
    found.into_iter().next()
}

/// Returns the grant that serves a provider now where none is named, if it was another one before.
fn new_account(
    before: Option<&CredentialId>,
    store: &FolderStore,
    provider: &Provider,
) -> Option<Box<GrantMetadata>> {
    let now = unnamed_account(store, provider).filter(|now| before != Some(now))?;
    let sealed = store.grant(&now).ok()??;
    Some(Box::new(sealed.metadata))
}

fn absent(name: &CredentialId, store: &FolderStore) -> Error {
    let meant = found_instead(store, &name.provider, Some(name.account.as_str()));
    Error::new(Code::NotStored, format!("there is no grant {name}{meant}"))
        .with_remedy(Remedy::List(Inventory::Grants))
}
