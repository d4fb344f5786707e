//! The look-up of the client that asks: a stored one, or that of the environment.

use std::collections::BTreeMap;

use age::secrecy::SecretString;

use crate::catalog::Provider;
use crate::credential::origins::Origins;
use crate::error::{Code, Error, Remedy, Result, advice};
use crate::model::name::{Label, named_account};
use crate::oauth::client::Client;
use crate::store::{self, ClientName, FolderStore, GrantMetadata, Identities};
use crate::sys::env::Env;
use crate::text::nearest::suggestion;

/// A client id has some forty characters. It is kept with each grant.
pub(crate) const LONGEST_ID: usize = 512;

/// Returns whether a text can be the id of a client: visible ASCII (RFC 6749 appendix A.1).
pub(crate) fn is_id(text: &str) -> bool {
    (1..=LONGEST_ID).contains(&text.len()) && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

/// The places where clients are looked for.
pub(crate) struct Clients<'a> {
    pub(crate) store: &'a FolderStore,
    pub(crate) identities: &'a Identities,
    pub(crate) env: &'a Env,
}

impl Clients<'_> {
    /// Returns the client of this name, or without one: `default`, else that of the environment.
    pub(crate) fn named(&self, provider: &Provider, name: Option<&Label>) -> Result<Client> {
        let label = name.cloned().unwrap_or_default();
        let has_id = |metadata: &store::ClientMetadata| metadata.client_id.is_some();
        if let Some(client) = self.stored(provider, &label, has_id)? {
            return Ok(client);
        }
        let of_environment = if name.is_none() { self.of_environment(provider)? } else { None };
        of_environment.ok_or_else(|| {
            let name = ClientName { provider: provider.slug.clone(), name: label.clone() };
            let message = if let Ok(Some(_)) = self.store.client(&name) {
                format!("the client `{label}` of {} has OAuth 1.0a keys alone", provider.title)
            } else {
                let meant = likely_client(self.store, &name);
                format!("no client of {} is called `{label}`{meant}", provider.title)
            };
            missing(provider, &label, message)
        })
    }

    /// Returns the client that a grant was given to. Another one could do nothing with it.
    pub(crate) fn of_grant(&self, provider: &Provider, grant: &GrantMetadata) -> Result<Client> {
        let Some(id) = &grant.client_id else {
            return self.named(provider, grant.client.as_ref());
        };
        let is_its = |metadata: &store::ClientMetadata| metadata.client_id.as_ref() == Some(id);
        let label = grant.client.clone().unwrap_or_default();
        if let Some(client) = self.stored(provider, &label, is_its)? {
            return Ok(client);
        }
        for listed in self.store.clients_of(&provider.slug)? {
            if listed.metadata.is_ok_and(|metadata| is_its(&metadata))
                && let Some(client) = self.stored(provider, &listed.name.name, is_its)?
            {
                return Ok(client);
            }
        }
        if let Some(client) = self.of_environment(provider)?
            && client.id == *id
        {
            return Ok(client);
        }
        let Provider { slug, .. } = provider;
        let message = format!(
            "the client that {slug} ({}) was granted to is not stored, and no other one can do \
             anything with it",
            grant.account
        );
        Err(Error::new(Code::MissingParams, message).with_remedy(Remedy::SetClient {
            provider: slug.to_string(),
            client: None,
            id: Some(id.clone()),
        }))
    }

    /// Returns a stored client of OAuth 2.0, if it is as wanted.
    fn stored(
        &self,
        provider: &Provider,
        name: &Label,
        wanted: impl Fn(&store::ClientMetadata) -> bool,
    ) -> Result<Option<Client>> {
        let name = ClientName { provider: provider.slug.clone(), name: name.clone() };
        let sealed = self.store.client(&name)?;
        let Some(sealed) = sealed.filter(|sealed| wanted(&sealed.metadata)) else {
            return Ok(None);
        };
        let store::Client { metadata, secret, .. } = sealed.unseal(self.identities)?;
        Ok(metadata.client_id.map(|id| Client {
            id,
            secret,
            name: Some(metadata.name),
            url_values: metadata.url_values,
            origins: metadata.origins,
            redirect_uri: metadata
                .redirect_uri
                .unwrap_or_else(|| provider.redirect_uri().to_owned()),
        }))
    }

    /// Returns the client in the variables of the provider: `X_CLIENT_ID` and `X_CLIENT_SECRET`.
    fn of_environment(&self, provider: &Provider) -> Result<Option<Client>> {
        let variable = |suffix: &str| {
            let name = format!("{}_{suffix}", provider.env_prefix);
            let value = self.env.get(&name).map(|value| value.to_str());
            match value {
                Some(None) => Err(Error::new(Code::BadArgument, format!("`{name}` is no text"))),
                Some(Some(text)) => Ok(Some(text)),
                None => Ok(None),
            }
        };
        let Some(id) = variable("CLIENT_ID")? else { return Ok(None) };
        if !id.is_empty() && !is_id(id) {
            let message = format!(
                "`{}_CLIENT_ID` is not visible ASCII of at most {LONGEST_ID} bytes",
                provider.env_prefix
            );
            return Err(Error::new(Code::BadArgument, message)
                .with_hint("a client id has some forty characters"));
        }
        Ok(Some(Client {
            id: id.to_owned(),
            secret: variable("CLIENT_SECRET")?.map(SecretString::from),
            name: None,
            url_values: BTreeMap::new(),
            origins: Origins::default(),
            redirect_uri: provider.redirect_uri().to_owned(),
        }))
    }
}

/// Returns whether the environment has a client of a provider.
pub(crate) fn is_in_environment(provider: &Provider, env: &Env) -> bool {
    env.get(&format!("{}_CLIENT_ID", provider.env_prefix)).is_some()
}

/// Returns the question whether another client of the provider was meant.
pub(crate) fn likely_client(store: &FolderStore, name: &ClientName) -> String {
    let Ok(listed) = store.clients_of(&name.provider) else { return String::new() };
    let names: Vec<_> = listed.map(|listed| listed.name.name.to_string()).collect();
    suggestion(name.name.as_str(), names.iter().map(String::as_str))
}

fn missing(provider: &Provider, name: &Label, message: String) -> Error {
    let Provider { slug, title, env_prefix, .. } = provider;
    let place = provider.help.client.as_deref().map_or_else(String::new, |at| format!(" ({at})"));
    let client = Remedy::SetClient {
        provider: slug.to_string(),
        client: named_account(name.as_str()).map(str::to_owned),
        id: Some("ID".to_owned()),
    };
    Error::new(Code::MissingParams, message).with_hint(advice![
        format!("register an app with {title}, then run "),
        client.request(),
        format!(", or set `{env_prefix}_CLIENT_ID` and `{env_prefix}_CLIENT_SECRET`{place}"),
    ])
}
