//! Which account serves a provider, and what the store holds for a manifest.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use crate::app::context::{Context, refuse_secret};
use crate::catalog::Provider;
use crate::credential::freshness::{lifetime, obstacle};
use crate::credential::health::Standing;
use crate::error::{Code, Error, Result};
use crate::model::name::{DEFAULT_ACCOUNT, Label, SecretName, Slug};
use crate::policy::needs::Needs;
use crate::policy::verdict::{Action, Held, Holdings};
use crate::store::{GrantMetadata, GrantName, Identities, SealedGrant, SealedSecret, Store};

/// The grants and secrets that the store has for a manifest, still sealed.
pub(crate) struct Stored {
    store: Store,
    /// By provider.
    pub(crate) grants: HashMap<String, SealedGrant>,
    /// How long new access tokens live, by provider, where that is known.
    lifetimes: HashMap<String, SignedDuration>,
    /// Why refreshing may fail, by provider, where that is known before.
    doubts: HashMap<String, String>,
    /// The accounts that were chosen, by provider.
    accounts: HashMap<String, String>,
    /// By name.
    pub(crate) secrets: HashMap<String, SealedSecret>,
}

impl Stored {
    /// Looks up what the needs ask for, and nothing else.
    pub(crate) fn find(
        needs: &Needs<'_>,
        chosen: &[(String, String)],
        store: Store,
        context: &Context,
    ) -> Result<Self> {
        for (provider, _) in chosen {
            if !needs.providers().iter().any(|needed| needed.slug == *provider) {
                context.terminal.warn(&format!(
                    "`--account {provider}=…` has no effect: the manifest requires nothing of it"
                ));
            }
        }
        let mut grants = HashMap::new();
        let mut accounts = HashMap::new();
        let mut lifetimes = HashMap::new();
        let mut doubts = HashMap::new();
        for provider in needs.providers() {
            let chosen = chosen.iter().rev().find(|(of, _)| *of == provider.slug);
            let grant = match chosen {
                Some((_, label)) => {
                    refuse_secret("label of an account", label)?;
                    accounts.insert(provider.slug.clone(), label.clone());
                    store.grant(&provider.slug.parse()?, &label.parse()?)?
                }
                None => unnamed(&store, &provider.slug, |label| {
                    format!("--account {}={label}", provider.slug)
                })?,
            };
            if let Some(grant) = grant {
                let life = lifetime(&grant.metadata, provider);
                lifetimes.extend(life.map(|life| (provider.slug.clone(), life)));
                let doubt = Standing::of(&grant.metadata, Some(provider)).doubt(context.now);
                doubts.extend(doubt.map(|doubt| (provider.slug.clone(), doubt)));
                grants.insert(provider.slug.clone(), grant);
            }
        }
        let mut secrets = HashMap::new();
        for secret in &needs.secrets {
            let name: SecretName = secret.name.parse()?;
            if let Some(sealed) = store.secret(&name)? {
                secrets.insert(secret.name.clone(), sealed);
            }
        }
        Ok(Self { store, grants, lifetimes, doubts, accounts, secrets })
    }

    /// Looks a grant up once more.
    pub(crate) fn reload(&mut self, provider: &Provider, name: &GrantName) -> Result<()> {
        match self.store.grant(&name.provider, &name.account)? {
            Some(grant) => self.grants.insert(provider.slug.clone(), grant),
            None => self.grants.remove(&provider.slug),
        };
        Ok(())
    }

    /// What a verdict needs to know of it, where nothing more will be refreshed.
    pub(crate) fn holdings(&self) -> Holdings {
        self.holdings_with(|_| false)
    }

    /// The same, where access tokens are still to be refreshed before they are used.
    pub(crate) fn renewable_holdings(&self, now: Timestamp) -> Holdings {
        self.holdings_with(|metadata| obstacle(metadata, now).is_none())
    }

    fn holdings_with(&self, is_renewed: impl Fn(&GrantMetadata) -> bool) -> Holdings {
        let grants = self.grants.iter().map(|(provider, grant)| {
            let metadata = &grant.metadata;
            let held = Held {
                account: metadata.account.to_string(),
                scopes: metadata.scopes.clone(),
                expires_at: metadata.expires_at,
                lifetime: self.lifetimes.get(provider).copied(),
                is_renewed: is_renewed(metadata),
                doubt: self.doubts.get(provider).cloned(),
            };
            (provider.clone(), held)
        });
        Holdings {
            grants: grants.collect(),
            accounts: self.accounts.clone(),
            secrets: self.secrets.keys().cloned().collect(),
        }
    }

    /// Opens every record, which proves what is readable of it. Gives what is wrong, in the order of
    /// providers and names.
    pub(crate) fn verify(&self, identities: &Identities) -> Vec<Error> {
        let mut grants: Vec<_> = self.grants.iter().collect();
        let mut secrets: Vec<_> = self.secrets.iter().collect();
        grants.sort_unstable_by_key(|(provider, _)| *provider);
        secrets.sort_unstable_by_key(|(name, _)| *name);
        let grants = grants.into_iter().map(|(_, grant)| grant.unseal(identities).map(drop));
        let secrets = secrets.into_iter().map(|(_, secret)| secret.unseal(identities).map(drop));
        grants.chain(secrets).filter_map(Result::err).collect()
    }

    /// The store that it was found in.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }
}

/// The grant of a provider that a command works on.
pub(crate) fn choose(store: &Store, provider: &str, label: Option<&str>) -> Result<GrantName> {
    let slug: Slug = provider.parse()?;
    let account = match label {
        Some(label) => {
            let label = label.parse()?;
            store.grant(&slug, &label)?.map(|_| label)
        }
        None => unnamed(store, provider, |label| format!("--account {label}"))?
            .map(|grant| grant.metadata.account),
    };
    let missing = || {
        let of = label.map_or_else(String::new, |label| format!(" ({label})"));
        Error::new(Code::NotStored, format!("there is no grant of {provider}{of}"))
            .with_hint(format!("`{}` gets one; `xreq status` lists them", connect(provider, label)))
    };
    Ok(GrantName::grant(slug, account.ok_or_else(missing)?))
}

fn connect(provider: &str, label: Option<&str>) -> String {
    let account = label.unwrap_or(DEFAULT_ACCOUNT).to_owned();
    Action::Connect { provider: provider.to_owned(), account }.command()
}

/// The account `default`, else the only one. Which of several is meant is never guessed.
fn unnamed(
    store: &Store,
    provider: &str,
    option: impl Fn(&Label) -> String,
) -> Result<Option<SealedGrant>> {
    let slug: Slug = provider.parse()?;
    if let Some(grant) = store.grant(&slug, &Label::default())? {
        return Ok(Some(grant));
    }
    let accounts = store.accounts(&slug)?;
    match accounts.as_slice() {
        [] => Ok(None),
        [only] => store.grant(&slug, only),
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
            .with_hint(format!("choose one, as with `{}`", option(first))))
        }
    }
}
