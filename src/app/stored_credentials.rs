//! The records that the store holds for a manifest.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use crate::app::accounts::{by_provider, serving, warn_of_slip};
use crate::app::consumer_pair::ConsumerPair;
use crate::app::context::{Context, refuse_secret};
use crate::catalog::Provider;
use crate::credential::freshness::{lifetime, obstacle};
use crate::credential::health::Standing;
use crate::error::{Error, Parameter, Result, advice};
use crate::model::account_choice::AccountChoice;
use crate::model::credential_id::{CredentialId, Kind};
use crate::model::name::{Label, SecretName};
use crate::policy::needs::Needs;
use crate::policy::verdict::{HeldCredential, Holdings};
use crate::store::{FolderStore, GrantMetadata, Identities, SealedGrant, SealedSecret};
use crate::text::nearest::suggestion;

/// The grants and secrets that the store has for a manifest, still sealed.
pub(crate) struct StoredCredentials {
    store: FolderStore,
    pub(crate) grants: HashMap<CredentialId, SealedGrant>,
    /// Lifetimes of new access tokens, if known.
    lifetimes: HashMap<CredentialId, SignedDuration>,
    /// Those that sign with keys of a client which are not stored.
    keyless: HashSet<CredentialId>,
    /// Reasons why refreshing may fail, if known before.
    doubts: HashMap<CredentialId, String>,
    /// The credentials of the accounts that were chosen, be they there or not.
    chosen: HashSet<CredentialId>,
    /// By name.
    pub(crate) secrets: HashMap<String, SealedSecret>,
}

impl StoredCredentials {
    /// Looks up what the needs ask for, and nothing else.
    pub(crate) fn find(
        needs: &Needs<'_>,
        chosen: &[AccountChoice],
        store: FolderStore,
        context: &Context,
    ) -> Result<Self> {
        let chosen = by_provider(chosen, needs)?;
        for (provider, label) in &chosen {
            let needed: Vec<_> = needs.providers().iter().map(|it| it.slug.as_str()).collect();
            if !needed.contains(provider) {
                let meant = suggestion(provider, needed);
                context.reporter.warning(advice![
                    Parameter::Account.value(format!("{provider}={label}")),
                    format!(" has no effect: the manifest requires nothing of it{meant}")
                ]);
            }
        }
        let mut grants = HashMap::new();
        let mut wanted = HashSet::new();
        let mut lifetimes = HashMap::new();
        let mut doubts = HashMap::new();
        let mut keyless = HashSet::new();
        for provider in needs.providers() {
            let chosen = chosen.iter().rev().find(|(of, _)| provider.slug.as_str() == *of);
            let label = chosen.map(|(_, label)| *label);
            let account = match label {
                Some(label) => {
                    refuse_secret("label of an account", label)?;
                    let account = label.parse()?;
                    wanted.extend(needs.credentials_of(provider, &account));
                    Some(account)
                }
                None => None,
            };
            let found = serving(&store, provider, needs, account.as_ref())?;
            if let Some(label) = label.filter(|_| found.is_empty()) {
                warn_of_slip(&store, &provider.slug, label, context);
            }
            for grant in found {
                let id = grant.metadata.id();
                let life = lifetime(&grant.metadata, provider);
                if id.kind == Kind::Oauth1 && !ConsumerPair::is_stored(&grant.metadata, &store)? {
                    keyless.insert(id.clone());
                }
                lifetimes.extend(life.map(|life| (id.clone(), life)));
                let doubt = Standing::of(&grant.metadata, Some(provider)).doubt(context.now);
                doubts.extend(doubt.map(|doubt| (id.clone(), doubt)));
                grants.insert(id, grant);
            }
        }
        let mut secrets = HashMap::new();
        for secret in &needs.secrets {
            let name: SecretName = secret.name.parse()?;
            if let Some(sealed) = store.secret(&name)? {
                secrets.insert(secret.name.clone(), sealed);
            }
        }
        Ok(Self { store, grants, lifetimes, keyless, doubts, chosen: wanted, secrets })
    }

    /// Returns the credentials that there are, each with its provider, in the manifest's order.
    pub(crate) fn credentials<'a>(&self, needs: &Needs<'a>) -> Vec<(&'a Provider, CredentialId)> {
        let mut credentials = Vec::new();
        for provider in needs.providers() {
            let ids = self.grants.keys().filter(|id| id.provider == provider.slug);
            let first = credentials.len();
            credentials.extend(ids.map(|id| (provider, id.clone())));
            credentials[first..].sort_unstable_by(|(_, one), (_, other)| one.cmp(other));
        }
        credentials
    }

    /// Returns the grants that serve a provider though nothing names their account.
    pub(crate) fn unnamed(&self, needs: &Needs<'_>) -> Vec<&GrantMetadata> {
        let ids = self.credentials(needs).into_iter().map(|(_, id)| id);
        let is_unnamed =
            |id: &CredentialId| id.account != Label::default() && !self.chosen.contains(id);
        ids.filter(is_unnamed).filter_map(|id| Some(&self.grants.get(&id)?.metadata)).collect()
    }

    /// Looks a grant up once more.
    pub(crate) fn reload(&mut self, id: &CredentialId) -> Result<()> {
        match self.store.grant(id)? {
            Some(grant) => self.grants.insert(id.clone(), grant),
            None => self.grants.remove(id),
        };
        Ok(())
    }

    /// Returns the holdings that a verdict needs, if nothing more will be refreshed.
    pub(crate) fn holdings(&self) -> Holdings {
        self.holdings_with(|_| false)
    }

    /// Returns the same, if access tokens are still to be refreshed before they are used.
    pub(crate) fn renewable_holdings(&self, now: Timestamp) -> Holdings {
        self.holdings_with(|metadata| obstacle(metadata, now).is_none())
    }

    fn holdings_with(&self, is_renewed: impl Fn(&GrantMetadata) -> bool) -> Holdings {
        let credentials = self.grants.iter().map(|(id, grant)| {
            let metadata = &grant.metadata;
            let held = HeldCredential {
                scopes: metadata.scopes.clone(),
                level: metadata.level,
                has_keys: !self.keyless.contains(id),
                minting: metadata.minting.clone(),
                expires_at: metadata.expires_at,
                lifetime: self.lifetimes.get(id).copied(),
                is_renewed: is_renewed(metadata),
                doubt: self.doubts.get(id).cloned(),
            };
            (id.clone(), held)
        });
        Holdings {
            credentials: credentials.collect(),
            chosen: self.chosen.clone(),
            secrets: self.secrets.keys().cloned().collect(),
        }
    }

    /// Opens every record, which proves what is readable of it. Gives what is wrong, in the order of
    /// providers and names.
    pub(crate) fn verify(&self, identities: &Identities) -> Vec<Error> {
        let mut grants: Vec<_> = self.grants.iter().collect();
        let mut secrets: Vec<_> = self.secrets.iter().collect();
        grants.sort_unstable_by_key(|(id, _)| *id);
        secrets.sort_unstable_by_key(|(name, _)| *name);
        let grants = grants.into_iter().map(|(_, grant)| grant.unseal(identities).map(drop));
        let secrets = secrets.into_iter().map(|(_, secret)| secret.unseal(identities).map(drop));
        grants.chain(secrets).filter_map(Result::err).collect()
    }

    /// Returns the store that it was found in.
    pub(crate) fn store(&self) -> &FolderStore {
        &self.store
    }
}
