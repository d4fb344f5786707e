//! The OAuth 1.0a keys of a client.

use std::collections::BTreeMap;
use std::path::PathBuf;

use age::secrecy::SecretString;

use crate::app::client_lookup::{LONGEST_ID, is_id};
use crate::app::context::{Context, refuse_secret};
use crate::app::setup::offer_home;
use crate::catalog::Provider;
use crate::credential::origins::Origins;
use crate::error::{Code, Error, Result};
use crate::store::{Client, ClientMetadata, ClientName, FolderStore, Recipients, SealedClient};

/// A consumer key, and the client that it belongs to.
#[derive(Clone, Debug)]
pub(crate) struct ConsumerKey {
    pub(crate) provider: String,
    /// The client's name.
    pub(crate) name: String,
    pub(crate) key: String,
    /// More provider files.
    pub(crate) catalog: Vec<PathBuf>,
}

/// Stores a consumer key and its secret, which is read once everything else is known to be in order. The
/// rest of a client that is stored stays as it is.
///
/// # Errors
///
/// [`Code::BadArgument`]: nothing was stored.
pub(crate) fn add(
    added: &ConsumerKey,
    read: impl FnOnce(&Provider) -> Result<SecretString>,
    context: &Context,
) -> Result<ClientName> {
    let catalog = context.catalog(&added.catalog)?;
    let provider = catalog.known_provider(&added.provider)?;
    refuse_secret("name of a client", &added.name)?;
    let name = ClientName { provider: provider.slug.clone(), name: added.name.parse()? };
    if !is_id(&added.key) {
        let message = format!("a consumer key is visible ASCII of at most {LONGEST_ID} bytes");
        return Err(Error::new(Code::BadArgument, message));
    }
    let secret = read(provider)?;

    offer_home(context)?;
    let store = context.store()?;
    let recipients = Recipients::load(store.home(), &context.env, &context.passphrase)?;
    let lock = store.lock_client(&name)?;
    let mut client: Client = match store.client(&name)? {
        Some(sealed) => sealed.unseal(&*context.identities(&store)?)?,
        None => keyless(&name, provider, context)?,
    };
    client.metadata.consumer_key = Some(added.key.clone());
    client.consumer_secret = Some(secret);
    client.metadata.stored_at = context.now;
    client.metadata.generation = store.next_generation(&lock);
    store.put_client(&lock, &client, &recipients)?;
    Ok(name)
}

/// Returns the keys of a client that is stored anew: they outlive its id and secret.
pub(super) fn of(
    before: Option<&SealedClient>,
    store: &FolderStore,
    context: &Context,
) -> Result<Option<(String, SecretString)>> {
    let Some(sealed) = before.filter(|sealed| sealed.metadata.consumer_key.is_some()) else {
        return Ok(None);
    };
    let Client { metadata, consumer_secret, .. } = sealed.unseal(&*context.identities(store)?)?;
    Ok(metadata.consumer_key.zip(consumer_secret))
}

/// Returns a client that has neither an id nor keys yet.
fn keyless(name: &ClientName, provider: &Provider, context: &Context) -> Result<Client> {
    let url_values = BTreeMap::new();
    let urls = provider.urls(&url_values)?;
    let ClientName { provider: slug, name } = name.clone();
    Ok(Client {
        metadata: ClientMetadata {
            provider: slug,
            name,
            client_id: None,
            origins: Origins::of(provider, &urls),
            url_values,
            redirect_uri: None,
            confidential: false,
            consumer_key: None,
            stored_at: context.now,
            generation: 0,
        },
        secret: None,
        consumer_secret: None,
    })
}
