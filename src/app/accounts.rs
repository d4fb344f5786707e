//! The accounts that serve providers: those that were chosen, and those that nothing names.

use crate::app::context::{Context, refuse_secret};
use crate::catalog::Provider;
use crate::error::{Advice, Argument, Code, Error, Inventory, Parameter, Remedy, Result, advice};
use crate::model::account_choice::AccountChoice;
use crate::model::credential_id::{CredentialId, Kind};
use crate::model::name::{Label, Slug, named_account};
use crate::policy::needs::{Need, Needs};
use crate::store::{FolderStore, GrantMetadata, SealedGrant};
use crate::text::nearest::suggestion;

/// Says that an account serves its provider, though nothing names it.
pub(crate) fn acts_as(grant: &GrantMetadata) -> Advice {
    let GrantMetadata { provider, account, handle, .. } = grant;
    let of = handle.as_ref().map_or_else(String::new, |handle| format!(" (@{handle})"));
    advice![
        format!("{provider} acts as `{account}`{of}, its only account here, unless one is named: "),
        Parameter::Account.value(format!("{provider}={account}"))
    ]
}

/// Returns the credential of a provider whose tokens are renewed that a command works on: a grant, else a
/// service account.
pub(crate) fn choose(
    store: &FolderStore,
    provider: &Slug,
    label: Option<&str>,
) -> Result<CredentialId> {
    let of_kind = |kind| choose_of_kind(store, provider, kind, label);
    of_kind(Kind::Oauth2).or_else(|error| match error.code() {
        Code::NotStored => of_kind(Kind::ServiceAccount).map_err(|other| match other.code() {
            Code::NotStored => error,
            _ => other,
        }),
        _ => Err(error),
    })
}

/// Returns the credential of a kind that a command works on.
pub(crate) fn choose_of_kind(
    store: &FolderStore,
    provider: &Slug,
    kind: Kind,
    label: Option<&str>,
) -> Result<CredentialId> {
    let found = match label {
        Some(label) => of_account(store, provider, kind, &label.parse()?)?,
        None => unnamed(store, provider, kind, |label| Parameter::Account.value(label.as_str()))?,
    };
    let missing = || {
        let of = label.map_or_else(String::new, |label| format!(" ({label})"));
        let meant = label.map(|label| likely_label(store, provider, label)).unwrap_or_default();
        if kind != Kind::Oauth2 {
            let kind = kind.name();
            let message = format!("there is no credential of kind {kind} of {provider}{of}{meant}");
            return Error::new(Code::NotStored, message)
                .with_remedy(Remedy::List(Inventory::Grants));
        }
        Error::new(Code::NotStored, format!("there is no grant of {provider}{of}{meant}"))
            .with_hint(advice![
                connect(provider, label).request(),
                " gets one; ",
                Remedy::List(Inventory::Grants)
            ])
    };
    found.map(|grant| grant.metadata.id()).ok_or_else(missing)
}

/// Returns the account of each provider that was chosen. A label alone is of the only provider that is
/// needed.
pub(crate) fn by_provider<'a>(
    chosen: &'a [AccountChoice],
    needs: &Needs<'a>,
) -> Result<Vec<(&'a str, &'a str)>> {
    let of = |choice: &'a AccountChoice| match (&choice.provider, needs.providers().as_slice()) {
        (Some(provider), _) => Ok(provider.as_str()),
        (None, [only]) => Ok(only.slug.as_str()),
        (None, providers) => {
            let label = &choice.label;
            refuse_secret("label of an account", label)?;
            let (message, example) = match providers {
                [] => (format!("the manifest needs no account, and `{label}` is chosen"), "x"),
                [first, ..] => {
                    let names: Vec<_> = providers.iter().map(|it| it.slug.as_str()).collect();
                    let names = names.join(", ");
                    let message = format!("`{label}` may be an account of several: {names}");
                    (message, first.slug.as_str())
                }
            };
            Err(Error::new(Code::AccountAmbiguous, message).with_hint(advice![
                "say of which provider it is, as with ",
                Parameter::Account.value(format!("{example}={label}"))
            ]))
        }
    };
    chosen.iter().map(|choice| Ok((of(choice)?, choice.label.as_str()))).collect()
}

/// Warns of the label of an account that is not there, if one that is there was likely meant.
pub(super) fn warn_of_slip(store: &FolderStore, provider: &Slug, label: &str, context: &Context) {
    let meant = likely_label(store, provider, label);
    if !meant.is_empty() {
        let message = format!("{provider} has no account `{label}`{meant}");
        context.reporter.warning(message.into());
    }
}

/// Returns whether the label of an account that is not there is likely a slip for one that is.
pub(crate) fn is_slip(store: &FolderStore, provider: &str, label: &str) -> bool {
    let (Ok(provider), Ok(account)) = (provider.parse::<Slug>(), label.parse::<Label>()) else {
        return false;
    };
    let grant = CredentialId::grant(provider.clone(), account);
    let mut of_kinds = Kind::ALL.into_iter().map(|kind| CredentialId { kind, ..grant.clone() });
    of_kinds.all(|id| matches!(store.grant(&id), Ok(None)))
        && !likely_label(store, &provider, label).is_empty()
}

/// Returns the question whether another account of a provider was meant.
pub(crate) fn likely_label(store: &FolderStore, provider: &Slug, label: &str) -> String {
    let accounts = store.accounts(provider).unwrap_or_default();
    suggestion(label, accounts.iter().map(Label::as_str))
}

/// Returns the only provider that has a credential which is refreshed, for a request that names none.
///
/// # Errors
///
/// There is no grant, or there are several providers.
pub(crate) fn only_provider(store: &FolderStore) -> Result<Slug> {
    let grants = store.grant_names()?.into_iter().filter(|it| !it.kind.never_expires());
    let mut providers: Vec<_> = grants.map(|it| it.provider).collect();
    providers.sort_unstable();
    providers.dedup();
    match providers.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(Error::new(Code::NotStored, "there is no grant, and no provider was named")
            .with_hint(advice![
                Remedy::connect("PROVIDER", None).request(),
                " gets a grant; ",
                Remedy::List(Inventory::Providers)
            ])),
        several => {
            let names: Vec<_> = several.iter().map(Slug::as_str).collect();
            let message = format!("several providers have grants: {}", names.join(", "));
            Err(Error::new(Code::AccountAmbiguous, message).with_hint("name one of them"))
        }
    }
}

fn connect(provider: &Slug, label: Option<&str>) -> Remedy {
    Remedy::connect(provider.as_str(), label.and_then(named_account))
}

/// Returns the credentials that serve the needs of a provider: for each need the first in its order of
/// preference. What nobody needs is not looked up.
pub(super) fn serving(
    store: &FolderStore,
    provider: &Provider,
    needs: &Needs<'_>,
    account: Option<&Label>,
) -> Result<Vec<SealedGrant>> {
    let mut found: Vec<SealedGrant> = Vec::new();
    for kind in provider.kinds() {
        let has = |kind: &Kind| found.iter().any(|grant| grant.metadata.kind == *kind);
        let is_open = |need: &Need<'_>| {
            need.kinds.iter().take_while(|it| **it != kind).all(|it| !has(it))
                && need.kinds.contains(&kind)
        };
        if !needs.of(provider).any(is_open) {
            continue;
        }
        let choice = |label: &Label| Parameter::Account.value(format!("{}={label}", provider.slug));
        // A token of the client acts for no account, whichever was chosen.
        let account = account.filter(|_| kind != Kind::AppOnly);
        let one = match account {
            Some(account) => of_account(store, &provider.slug, kind, account)?,
            None => match unnamed(store, &provider.slug, kind, choice) {
                // Another kind serves then.
                Err(error) if error.code() == Code::AccountAmbiguous && !found.is_empty() => None,
                one => one?,
            },
        };
        found.extend(one);
    }
    let kinds: Vec<_> = found.iter().map(|grant| grant.metadata.kind).collect();
    let serves = |kind: Kind| {
        needs
            .of(provider)
            .any(|need| need.kinds.iter().find(|it| kinds.contains(it)) == Some(&kind))
    };
    found.retain(|grant| serves(grant.metadata.kind));
    Ok(found)
}

/// Returns the credential of an account, of this kind.
fn of_account(
    store: &FolderStore,
    provider: &Slug,
    kind: Kind,
    account: &Label,
) -> Result<Option<SealedGrant>> {
    let grant = CredentialId::grant(provider.clone(), account.clone());
    store.grant(&CredentialId { kind, ..grant })
}

/// Returns the credential of a kind of the account `default`, else of the only one that has such a
/// credential. Never guesses among several.
fn unnamed(
    store: &FolderStore,
    provider: &Slug,
    kind: Kind,
    choice: impl Fn(&Label) -> Argument,
) -> Result<Option<SealedGrant>> {
    let of_default = of_account(store, provider, kind, &Label::default())?;
    if of_default.is_some() {
        return Ok(of_default);
    }
    let stored = store.grant_names_of(provider)?.into_iter();
    let mut accounts: Vec<_> =
        stored.filter(|id| id.kind == kind && id.part.is_main()).map(|id| id.account).collect();
    accounts.dedup();
    match accounts.as_slice() {
        [] => Ok(None),
        [only] => of_account(store, provider, kind, only),
        [first, ..] => {
            let shown: Vec<_> = accounts.iter().take(10).map(Label::as_str).collect();
            let more = if accounts.len() > shown.len() { " and more" } else { "" };
            Err(Error::new(
                Code::AccountAmbiguous,
                format!(
                    "{provider} has several accounts, and none is called `default`: {}{more}",
                    shown.join(", ")
                ),
            )
            .with_hint(advice!["choose one, as with ", choice(first)]))
        }
    }
}
