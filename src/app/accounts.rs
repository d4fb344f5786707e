//! The accounts that serve providers: those that were chosen, and those that nothing names.

use crate::app::context::{Context, refuse_secret};
use crate::catalog::Provider;
use crate::error::{Advice, Argument, Code, Error, Inventory, Parameter, Remedy, Result, advice};
use crate::model::account_choice::AccountChoice;
use crate::model::credential_id::{CredentialId, Kind, Part};
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
    part: Option<&Part>,
) -> Result<CredentialId> {
    one_of(choose_parts(store, provider, label, part)?)
}

/// Returns the credentials of an account of a provider whose tokens are renewed: each part of its consent,
/// unless one is named; else a service account.
pub(crate) fn choose_parts(
    store: &FolderStore,
    provider: &Slug,
    label: Option<&str>,
    part: Option<&Part>,
) -> Result<Vec<CredentialId>> {
    let of_kind = |kind| choose_of_kind(store, provider, kind, label, part);
    of_kind(Kind::Oauth2).or_else(|error| match error.code() {
        Code::NotStored => of_kind(Kind::ServiceAccount).map_err(|other| match other.code() {
            Code::NotStored => error,
            _ => other,
        }),
        _ => Err(error),
    })
}

/// Returns the only one of some credentials that a command works on.
///
/// # Errors
///
/// [`Code::AccountAmbiguous`]: they are parts of a consent, and none was named.
pub(crate) fn one_of(mut found: Vec<CredentialId>) -> Result<CredentialId> {
    let Some(first) = found.pop() else {
        return Err(Error::new(Code::NotStored, "there is no such credential"));
    };
    if found.is_empty() {
        return Ok(first);
    }
    found.push(first);
    let parts: Vec<_> = found.iter().map(|id| id.part.as_str()).collect();
    let CredentialId { provider, account, .. } = &found[0];
    let message = format!("{provider} ({account}) has several tokens: {}", parts.join(", "));
    Err(Error::new(Code::AccountAmbiguous, message)
        .with_hint(advice!["choose one, as with ", Parameter::Part.value(parts[0])]))
}

/// Returns the credentials of a kind of the account that a command works on: one, or each part of its
/// consent; only this part, where one is named.
pub(crate) fn choose_of_kind(
    store: &FolderStore,
    provider: &Slug,
    kind: Kind,
    label: Option<&str>,
    part: Option<&Part>,
) -> Result<Vec<CredentialId>> {
    let stored = |account: &Label| {
        let parts = stored_parts(store, provider, kind, account, part)?;
        Ok((!parts.is_empty()).then_some(parts))
    };
    let is_meant = |it: &Part| part.is_none_or(|part| part == it);
    let found = match label {
        Some(label) => stored(&label.parse()?)?,
        None => unnamed(store, provider, (kind, &is_meant), stored, |label| {
            Parameter::Account.value(label.as_str())
        })?,
    };
    let missing = || {
        let part = part.filter(|part| !part.is_main()).map(Part::as_str);
        let names: Vec<_> = label.into_iter().chain(part).collect();
        let of = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
        let meant = found_instead(store, provider, label);
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
    found.ok_or_else(missing)
}

/// Returns the names of all that is stored of a provider, or of an account of it.
pub(crate) fn stored_of(
    store: &FolderStore,
    provider: &Slug,
    label: Option<&str>,
) -> Vec<CredentialId> {
    let mut there = store.grant_names_of(provider).unwrap_or_default();
    there.retain(|id| label.is_none_or(|label| id.account.as_str() == label));
    there
}

/// Returns what there is in the place of something that is not stored: other credentials of the account, or
/// the question whether another account was meant.
pub(crate) fn found_instead(store: &FolderStore, provider: &Slug, label: Option<&str>) -> String {
    let there = stored_of(store, provider, label);
    if there.is_empty() {
        return label.map(|label| likely_label(store, provider, label)).unwrap_or_default();
    }
    format!(", only {}", names(there.iter().take(10)))
}

/// Returns the names of credentials: "x (default), x (work)".
pub(crate) fn names<'a>(of: impl IntoIterator<Item = &'a CredentialId>) -> String {
    of.into_iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Returns the names of what an account has of a kind: the whole of a consent, or the parts of it.
fn stored_parts(
    store: &FolderStore,
    provider: &Slug,
    kind: Kind,
    account: &Label,
    part: Option<&Part>,
) -> Result<Vec<CredentialId>> {
    let one = |part: &Part| -> Result<Vec<CredentialId>> {
        let found = of_account(store, provider, kind, part, account)?;
        Ok(found.map(|grant| grant.metadata.id()).into_iter().collect())
    };
    if let Some(part) = part {
        return one(part);
    }
    let whole = one(Part::main())?;
    if kind != Kind::Oauth2 || !whole.is_empty() {
        return Ok(whole);
    }
    let mut names = store.grant_names_of(provider)?;
    names.retain(|name| name.account == *account && name.kind == kind);
    Ok(names)
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
    let of_parts = || store.grant_names_of(&provider).unwrap_or_default();
    of_kinds.all(|id| matches!(store.grant(&id), Ok(None)))
        && !of_parts().iter().any(|id| id.account == grant.account)
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
    for (kind, part) in provider.kinds_and_parts() {
        let has = |(kind, part): (Kind, &Part)| {
            found.iter().any(|grant| grant.metadata.kind == kind && grant.metadata.part == *part)
        };
        let is_open = |need: &Need<'_>| {
            let ways = need.ways();
            ways.clone().take_while(|it| *it != (kind, &part)).all(|it| !has(it))
                && ways.clone().any(|it| it == (kind, &part))
        };
        if !needs.of(provider).any(is_open) {
            continue;
        }
        let choice = |label: &Label| Parameter::Account.value(format!("{}={label}", provider.slug));
        // A token of the client acts for no account, whichever was chosen.
        let account = account.filter(|_| kind != Kind::AppOnly);
        let one = match account {
            Some(account) => of_account(store, &provider.slug, kind, &part, account)?,
            None => match unnamed(
                store,
                &provider.slug,
                (kind, &|it| *it == part),
                |account| of_account(store, &provider.slug, kind, &part, account),
                choice,
            ) {
                // Another kind serves then.
                Err(error) if error.code() == Code::AccountAmbiguous && !found.is_empty() => None,
                one => one?,
            },
        };
        found.extend(one);
    }
    let ids: Vec<_> = found.iter().map(|grant| grant.metadata.id()).collect();
    let has = |(kind, part): &(Kind, &Part)| ids.iter().any(|id| id.is_like(*kind, part));
    let serves = |id: &CredentialId| {
        let mut first = needs.of(provider).filter_map(|need| need.ways().find(has));
        first.any(|(kind, part)| id.is_like(kind, part))
    };
    found.retain(|grant| serves(&grant.metadata.id()));
    Ok(found)
}

/// Returns the credential of an account, of this kind and part.
fn of_account(
    store: &FolderStore,
    provider: &Slug,
    kind: Kind,
    part: &Part,
    account: &Label,
) -> Result<Option<SealedGrant>> {
    let grant = CredentialId::grant(provider.clone(), account.clone());
    store.grant(&CredentialId { kind, part: part.clone(), ..grant })
}

/// Returns what is `stored` of the account `default`, else of the only one that has a credential of a
/// kind, and of a part that is meant. Never guesses among several.
fn unnamed<T>(
    store: &FolderStore,
    provider: &Slug,
    (kind, is_meant): (Kind, &dyn Fn(&Part) -> bool),
    stored: impl Fn(&Label) -> Result<Option<T>>,
    choice: impl Fn(&Label) -> Argument,
) -> Result<Option<T>> {
    let of_default = stored(&Label::default())?;
    if of_default.is_some() {
        return Ok(of_default);
    }
    let names = store.grant_names_of(provider)?.into_iter();
    let of_kind = names.filter(|id| id.kind == kind && is_meant(&id.part));
    let mut accounts: Vec<_> = of_kind.map(|id| id.account).collect();
    accounts.dedup();
    match accounts.as_slice() {
        [] => Ok(None),
        [only] => stored(only),
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
