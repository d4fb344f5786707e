//! The status of the grants of a store. Needs no key, unless they are to be verified.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};

use crate::app::context::{Context, refuse_secret};
use crate::catalog::Provider;
use crate::credential::health::Standing;
use crate::error::{Code, Error, Inventory, Remedy, Result};
use crate::model::name::Label;
use crate::model::scope::ScopeSet;
use crate::store::{CredentialId, GrantMetadata, Recipients};
use crate::text::nearest::suggestion;

/// The grants to look at.
#[derive(Clone, Debug)]
pub(crate) struct StatusOptions {
    /// Only those of this provider.
    pub(crate) provider: Option<String>,
    /// Only those with this label.
    pub(crate) account: Option<String>,
    /// Time to look ahead for grants that will need a person.
    pub(crate) within: SignedDuration,
    /// Whether they are opened.
    pub(crate) verify: bool,
    /// More provider files.
    pub(crate) catalog: Vec<PathBuf>,
}

/// The status of grants.
pub(crate) struct Status {
    pub(crate) accounts: Vec<AccountStatus>,
    /// Those that cannot be read.
    pub(crate) damaged: Vec<(CredentialId, Error)>,
    /// Number of those that may be sealed to others than the current recipients.
    pub(crate) sealed_to_others: usize,
    /// The end of the time that is looked ahead.
    pub(crate) until: Timestamp,
}

/// A grant, and how it stands.
pub(crate) struct AccountStatus {
    pub(crate) metadata: GrantMetadata,
    pub(crate) standing: Standing,
    /// The scopes that are had through granted ones.
    pub(crate) included: ScopeSet,
    /// The narrow scopes among the granted ones, each with what it leaves out.
    pub(crate) narrow: Vec<(String, String)>,
}

impl AccountStatus {
    fn of(metadata: GrantMetadata, provider: Option<&Provider>) -> Self {
        let standing = Standing::of(&metadata, provider);
        let (mut included, mut narrow) = (ScopeSet::default(), Vec::new());
        if let Some(provider) = provider {
            let granted = provider.by_wire_names(&metadata.scopes);
            included = provider.closed(&granted).minus(&granted);
            let limits = granted.iter().filter_map(|scope| {
                let limit = provider.scopes.get(scope)?.narrow.as_ref()?;
                Some((scope.to_owned(), limit.clone()))
            });
            narrow.extend(limits);
        }
        Self { metadata, standing, included, narrow }
    }

    /// Returns the name of the grant.
    pub(crate) fn name(&self) -> CredentialId {
        self.metadata.id()
    }
}

impl Status {
    /// Looks at the grants of the store.
    pub(crate) fn of(options: &StatusOptions, context: &Context) -> Result<Self> {
        let catalog = context.catalog(&options.catalog)?;
        let store = context.store()?;
        let names = match &options.provider {
            Some(provider) => store.grant_names_of(&provider.parse()?)?,
            None => store.grant_names()?,
        };
        if let (Some(provider), []) = (&options.provider, &names[..]) {
            catalog.known_provider(provider)?;
        }
        let names = match &options.account {
            Some(label) => labelled(names, label)?,
            None => names,
        };
        let identities = options.verify.then(|| context.identities(&store)).transpose()?;
        // Whether there are recipients that can be used is for whoever seals something.
        let recipients = Recipients::named(store.home()).unwrap_or_default();
        let mut status = Self {
            accounts: Vec::new(),
            damaged: Vec::new(),
            sealed_to_others: 0,
            until: context.now.checked_add(options.within).unwrap_or(Timestamp::MAX),
        };
        for name in names {
            let read = store.grant(&name).and_then(|sealed| {
                let Some(sealed) = sealed else { return Ok(None) };
                let is_other = |recipients: &Recipients| !sealed.is_sealed_to(recipients);
                status.sealed_to_others += usize::from(recipients.as_ref().is_some_and(is_other));
                match &identities {
                    Some(identities) => sealed.unseal(identities).map(|grant| Some(grant.metadata)),
                    None => Ok(Some(sealed.metadata)),
                }
            });
            match read {
                Ok(metadata) => status.accounts.extend(metadata.map(|metadata| {
                    let provider = catalog.provider(metadata.provider.as_str());
                    AccountStatus::of(metadata, provider)
                })),
                Err(error) => status.damaged.push((name, error)),
            }
        }
        Ok(status)
    }

    /// Returns the grants that serve a provider though their account is not the default one.
    pub(crate) fn unnamed(&self) -> impl Iterator<Item = &GrantMetadata> {
        let is_only = |grant: &GrantMetadata| {
            let stored =
                self.accounts.iter().map(|it| (&it.metadata.provider, &it.metadata.account));
            let damaged = self.damaged.iter().map(|(id, _)| (&id.provider, &id.account));
            let mut of_provider = stored.chain(damaged).filter(|(of, _)| **of == grant.provider);
            of_provider.all(|(_, account)| *account == grant.account)
        };
        let grants = self.accounts.iter().map(|account| &account.metadata);
        grants.filter(move |grant| {
            grant.account != Label::default() && grant.part.is_main() && is_only(grant)
        })
    }

    /// Returns whether something needs a person now, or within the time that is looked ahead.
    pub(crate) fn needs_attention(&self) -> bool {
        let needs_a_person = |account: &AccountStatus| account.standing.needs_a_person(self.until);
        !self.damaged.is_empty() || self.accounts.iter().any(needs_a_person)
    }
}

/// Returns the grants with a label.
///
/// # Errors
///
/// [`Code::NotStored`]: there is none.
fn labelled(names: Vec<CredentialId>, label: &str) -> Result<Vec<CredentialId>> {
    refuse_secret("label of an account", label)?;
    let label: Label = label.parse()?;
    let (wanted, others): (Vec<_>, Vec<_>) = names.into_iter().partition(|it| it.account == label);
    if wanted.is_empty() {
        let meant = suggestion(label.as_str(), others.iter().map(|it| it.account.as_str()));
        let message = format!("no account has the label `{label}`{meant}");
        return Err(
            Error::new(Code::NotStored, message).with_remedy(Remedy::List(Inventory::Grants))
        );
    }
    Ok(wanted)
}
