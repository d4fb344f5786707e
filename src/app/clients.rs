//! The clients of the store: the apps that the user registered with providers.

use std::collections::BTreeMap;
use std::path::PathBuf;

use age::secrecy::SecretString;

use crate::app::client_lookup::{LONGEST_ID, is_id, likely_client};
use crate::app::consumer_keys;
use crate::app::context::{Context, refuse_secret};
use crate::app::setup::offer_home;
use crate::app::shared_redirects;
use crate::app::stored_client::StoredClient;
use crate::catalog::Provider;
use crate::credential::origins::Origins;
use crate::error::{Code, Error, Inventory, Remedy, Result};
use crate::oauth::consent::redirect_uri::RedirectUri;
use crate::store::{Client, ClientMetadata, ClientName, FolderStore, Recipients};

/// A client as it was registered, without its secret.
#[derive(Clone, Debug)]
pub(crate) struct Registration {
    pub(crate) provider: String,
    pub(crate) name: String,
    pub(crate) id: String,
    /// None is the provider's usual one.
    pub(crate) redirect_uri: Option<String>,
    /// Values of variables of the provider's URLs.
    pub(crate) url_values: BTreeMap<String, String>,
    /// More provider files.
    pub(crate) catalog: Vec<PathBuf>,
}

/// Stores a client, whose secret is read once everything else is known to be in order; `None` is that
/// of a public client.
///
/// # Errors
///
/// [`Code::BadArgument`]: nothing was stored.
pub(crate) fn set(
    registration: &Registration,
    read: impl FnOnce(&Provider) -> Result<Option<SecretString>>,
    context: &Context,
) -> Result<StoredClient> {
    let Registration { id, redirect_uri, url_values, .. } = registration;
    let catalog = context.catalog(&registration.catalog)?;
    let provider = catalog.known_provider(&registration.provider)?;
    refuse_secret("name of a client", &registration.name)?;
    let name = ClientName { provider: provider.slug.clone(), name: registration.name.parse()? };
    if !is_id(id) {
        let message = format!(
            "a client id is visible ASCII of at most {LONGEST_ID} bytes (RFC 6749 appendix A.1)"
        );
        return Err(Error::new(Code::BadArgument, message));
    }
    if let Some(uri) = redirect_uri {
        RedirectUri::parse(uri)?;
    }
    provider.check_url_values(url_values)?;
    let urls = provider.urls(url_values)?;
    let uri = redirect_uri.as_deref().unwrap_or(provider.redirect_uri());
    let stored = context.store()?.client(&name).ok().flatten();
    let stored = stored.map(|stored| StoredClient::new(stored.metadata, provider));
    let had_before = stored.is_some_and(|stored| stored.redirect_uri == uri);
    shared_redirects::refuse(uri, had_before, provider, &catalog, context)?;
    let secret = read(provider)?;

    offer_home(context)?;
    let store = context.store()?;
    let recipients = Recipients::load(store.home(), &context.env, &context.passphrase)?;
    let lock = store.lock_client(&name)?;
    let before = store.client(&name);
    let sealed = before.as_ref().ok().and_then(Option::as_ref);
    let (consumer_key, consumer_secret) = consumer_keys::of(sealed, &store, context)?.unzip();
    let client = Client {
        metadata: ClientMetadata {
            provider: name.provider.clone(),
            name: name.name.clone(),
            client_id: Some(id.clone()),
            origins: Origins::of(provider, &urls),
            url_values: url_values.clone(),
            redirect_uri: redirect_uri.clone(),
            confidential: secret.is_some(),
            consumer_key,
            stored_at: context.now,
            generation: store.next_generation(&lock),
        },
        secret,
        consumer_secret,
    };
    store.put_client(&lock, &client, &recipients)?;
    if let Ok(Some(before)) = before
        && let Some(before) = before.metadata.client_id.filter(|before| before != id)
    {
        warn_of_orphans(&store, &name, &before, context);
    }
    Ok(StoredClient::new(client.metadata, provider))
}

/// Returns the clients of one provider, or of all, each or why it cannot be read.
pub(crate) fn list(
    provider: Option<&str>,
    catalog: &[PathBuf],
    context: &Context,
) -> Result<Vec<Result<StoredClient>>> {
    let catalog = context.catalog(catalog)?;
    let providers: Vec<&Provider> = match provider {
        Some(slug) => vec![catalog.known_provider(slug)?],
        None => catalog.providers().collect(),
    };
    let store = context.store()?;
    let mut clients = Vec::new();
    for provider in providers {
        let listed = store.clients_of(&provider.slug)?;
        clients.extend(listed.map(|listed| Ok(StoredClient::new(listed.metadata?, provider))));
    }
    Ok(clients)
}

/// Removes a client.
///
/// # Errors
///
/// [`Code::NotStored`]
pub(crate) fn remove(provider: &str, name: &str, context: &Context) -> Result<ClientName> {
    let store = context.store()?;
    let name = ClientName { provider: provider.parse()?, name: name.parse()? };
    // Nothing is made, not even a lock, for what is not there.
    let client = store.client(&name);
    let is_there = !matches!(client, Ok(None));
    if !is_there || !store.remove_client(&store.lock_client(&name)?)? {
        context.catalog(&[])?.known_provider(provider)?;
        let meant = likely_client(&store, &name);
        return Err(Error::new(Code::NotStored, format!("there is no client {name}{meant}"))
            .with_remedy(Remedy::List(Inventory::Clients)));
    }
    if let Ok(Some(client)) = client
        && let Some(id) = &client.metadata.client_id
    {
        warn_of_orphans(&store, &name, id, context);
    }
    Ok(name)
}

/// Warns of grants of a client that is gone: they work with that client alone.
fn warn_of_orphans(store: &FolderStore, client: &ClientName, id: &str, context: &Context) {
    let Ok(names) = store.grant_names_of(&client.provider) else { return };
    let orphans: Vec<_> = store
        .list_grants(names)
        .filter_map(|listed| listed.metadata.ok())
        .filter(|grant| {
            grant.client_id.as_deref() == Some(id) && grant.client.as_ref() == Some(&client.name)
        })
        .map(|grant| grant.account.to_string())
        .collect();
    if !orphans.is_empty() {
        let message = format!(
            "accounts that were connected with the client that is gone now cannot be refreshed \
             without it: {}; connect them anew, or store that client under another name",
            orphans.join(", ")
        );
        context.reporter.warning(message.into());
    }
}
