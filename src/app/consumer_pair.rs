//! The OAuth 1.0a keys of a stored client, with their secret: what its requests are signed with.

use age::secrecy::SecretString;

use crate::app::client_lookup::likely_client;
use crate::catalog::Provider;
use crate::credential::origins::Origins;
use crate::error::{Code, Error, Parameter, Remedy, Result, advice};
use crate::model::name::{Label, named_account};
use crate::store::{Client, ClientName, FolderStore, GrantMetadata, Identities};

/// A consumer key and its secret.
#[derive(Clone, Debug)]
pub(crate) struct ConsumerPair {
    /// The key.
    pub(crate) key: String,
    /// Its secret.
    pub(crate) secret: SecretString,
    /// The name of the client.
    pub(crate) client: Label,
    /// The redirect URI that it is registered with.
    pub(crate) redirect_uri: String,
    /// The servers that may get what is signed with it.
    origins: Origins,
}

impl ConsumerPair {
    /// Returns the keys of the client with a name, or of `default`.
    ///
    /// # Errors
    ///
    /// [`Code::MissingParams`]: it has none.
    pub(crate) fn named(
        provider: &Provider,
        name: Option<&Label>,
        store: &FolderStore,
        identities: &Identities,
    ) -> Result<Self> {
        let name = name.cloned().unwrap_or_default();
        let name = ClientName { provider: provider.slug.clone(), name };
        if let Some(pair) = stored(provider, &name, store, identities, |_| true)? {
            return Ok(pair);
        }
        let (label, title) = (&name.name, &provider.title);
        let message = if store.client(&name)?.is_some() {
            format!("the client `{label}` of {title} has no OAuth 1.0a keys")
        } else {
            let meant = likely_client(store, &name);
            format!("no client of {title} is called `{label}`{meant}")
        };
        Err(missing(provider, label, message, "KEY"))
    }

    /// Returns the keys that a credential was given to. Others make no signature that fits it.
    ///
    /// # Errors
    ///
    /// [`Code::MissingParams`]: they are not stored.
    pub(crate) fn of(
        provider: &Provider,
        metadata: &GrantMetadata,
        store: &FolderStore,
        identities: &Identities,
    ) -> Result<Self> {
        let is_its = |key: &str| metadata.client_id.as_deref().is_none_or(|its| its == key);
        let label = metadata.client.clone().unwrap_or_default();
        let name = ClientName { provider: provider.slug.clone(), name: label.clone() };
        if let Some(pair) = stored(provider, &name, store, identities, is_its)? {
            return Ok(pair);
        }
        for listed in store.clients_of(&provider.slug)? {
            if let Some(pair) = stored(provider, &listed.name, store, identities, is_its)? {
                return Ok(pair);
            }
        }
        let message = format!(
            "the OAuth 1.0a keys that {} was given to are not stored, and no others sign for it",
            metadata.id()
        );
        let key = metadata.client_id.as_deref().unwrap_or("KEY");
        Err(missing(provider, &label, message, key))
    }

    /// Returns whether the keys that a credential was given to are stored. Needs no key of the store.
    pub(crate) fn is_stored(metadata: &GrantMetadata, store: &FolderStore) -> Result<bool> {
        let has_it = |key: &Option<String>| match (&metadata.client_id, key) {
            (Some(its), Some(key)) => its == key,
            (_, key) => key.is_some(),
        };
        let provider = metadata.provider.clone();
        let name = ClientName { provider, name: metadata.client.clone().unwrap_or_default() };
        let named = store.client(&name)?;
        if named.is_some_and(|client| has_it(&client.metadata.consumer_key)) {
            return Ok(true);
        }
        let mut others = store.clients_of(&metadata.provider)?;
        Ok(others.any(|client| client.metadata.is_ok_and(|client| has_it(&client.consumer_key))))
    }

    /// Makes sure that what is signed may be sent to these URLs.
    ///
    /// # Errors
    ///
    /// [`Code::OriginChanged`]: the client was stored for other servers.
    pub(crate) fn admit<'u>(
        &self,
        provider: &Provider,
        urls: impl IntoIterator<Item = &'u str>,
    ) -> Result<()> {
        let set = Remedy::set_client(provider.slug.as_str());
        self.origins.admit(format_args!("the client `{}`", self.client), provider, urls).map_err(
            |error| {
                error.with_hint(advice![
                    "find out who changed the provider's URLs; where you did, store the client anew: ",
                    set.with(Parameter::ConsumerKey.value(&self.key))
                ])
            },
        )
    }
}

fn stored(
    provider: &Provider,
    name: &ClientName,
    store: &FolderStore,
    identities: &Identities,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<Option<ConsumerPair>> {
    let sealed = store.client(name)?;
    let has_it = |key: &Option<String>| key.as_deref().is_some_and(&is_wanted);
    let Some(sealed) = sealed.filter(|sealed| has_it(&sealed.metadata.consumer_key)) else {
        return Ok(None);
    };
    let Client { metadata, consumer_secret, .. } = sealed.unseal(identities)?;
    let pair = metadata.consumer_key.zip(consumer_secret);
    Ok(pair.map(|(key, secret)| ConsumerPair {
        key,
        secret,
        client: metadata.name,
        redirect_uri: metadata.redirect_uri.unwrap_or_else(|| provider.redirect_uri().to_owned()),
        origins: metadata.origins,
    }))
}

fn missing(provider: &Provider, label: &Label, message: String, key: &str) -> Error {
    let place = provider.help.client.as_deref().map_or_else(String::new, |at| format!(" ({at})"));
    let set = Remedy::SetClient {
        provider: provider.slug.to_string(),
        client: named_account(label.as_str()).map(str::to_owned),
        id: None,
    };
    Error::new(Code::MissingParams, message).with_hint(advice![
        format!("copy the consumer key of an app of {}{place}, then run ", provider.title),
        set.with(Parameter::ConsumerKey.value(key))
    ])
}
