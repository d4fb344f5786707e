//! Which account serves a provider, and what the store holds for a manifest.

use std::collections::HashMap;

use super::{Context, refuse_secret};
use crate::error::{Code, Error, Result};
use crate::name::{Label, SecretName, Slug};
use crate::resolve::Needs;
use crate::store::{SealedGrant, SealedSecret, Store};
use crate::verdict::{Held, Holdings};

/// The grants and secrets that the store has for a manifest, still sealed.
pub(super) struct Stored {
    store: Store,
    /// By provider.
    pub(super) grants: HashMap<String, SealedGrant>,
    /// The accounts that were chosen, by provider.
    accounts: HashMap<String, String>,
    /// By name.
    pub(super) secrets: HashMap<String, SealedSecret>,
}

impl Stored {
    /// Looks up what the needs ask for, and nothing else.
    pub(super) fn find(
        needs: &Needs<'_>,
        chosen: &[(String, String)],
        context: &Context,
    ) -> Result<Self> {
        let store = context.store()?;
        for (provider, _) in chosen {
            if !needs.providers().iter().any(|needed| needed.slug == *provider) {
                context.terminal.warn(&format!(
                    "`--account {provider}=…` has no effect: the manifest requires nothing of it"
                ));
            }
        }
        let mut grants = HashMap::new();
        let mut accounts = HashMap::new();
        for provider in needs.providers() {
            let chosen = chosen.iter().rev().find(|(of, _)| *of == provider.slug);
            let grant = match chosen {
                Some((_, label)) => {
                    refuse_secret("label of an account", label)?;
                    accounts.insert(provider.slug.clone(), label.clone());
                    store.grant(&provider.slug.parse()?, &label.parse()?)?
                }
                None => unnamed(&store, &provider.slug)?,
            };
            if let Some(grant) = grant {
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
        Ok(Self { store, grants, accounts, secrets })
    }

    /// What a verdict needs to know of it.
    pub(super) fn holdings(&self) -> Holdings {
        let grants = self.grants.iter().map(|(provider, grant)| {
            let metadata = &grant.metadata;
            let held = Held {
                account: metadata.account.to_string(),
                scopes: metadata.scopes.clone(),
                expires_at: metadata.expires_at,
            };
            (provider.clone(), held)
        });
        Holdings {
            grants: grants.collect(),
            accounts: self.accounts.clone(),
            secrets: self.secrets.keys().cloned().collect(),
        }
    }

    /// The store that it was found in.
    pub(super) fn store(&self) -> &Store {
        &self.store
    }
}

/// The account `default`, else the only one. Which of several is meant is never guessed.
fn unnamed(store: &Store, provider: &str) -> Result<Option<SealedGrant>> {
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
            .with_hint(format!("choose one, as with `--account {provider}={first}`")))
        }
    }
}
