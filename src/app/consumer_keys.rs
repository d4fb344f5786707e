//! The OAuth 1.0a keys of a stored client.

use std::path::PathBuf;

use age::secrecy::SecretString;

use crate::app::client_lookup::{LONGEST_ID, is_id, likely_client};
use crate::app::context::Context;
use crate::catalog::Provider;
use crate::error::{Code, Error, Inventory, Remedy, Result};
use crate::store::{Client, ClientName, FolderStore, Recipients, SealedClient};

/// A consumer key, and the client that it is added to.
#[derive(Clone, Debug)]
pub(crate) struct ConsumerKey {
    pub(crate) provider: String,
    /// The client's name.
    pub(crate) name: String,
    pub(crate) key: String,
    /// More provider files.
    pub(crate) catalog: Vec<PathBuf>,
}

/// Adds a consumer key to a stored client, and its secret, which is read once everything else is known
/// to be in order. What else the client has stays.
///
/// # Errors
///
/// [`Code::NotStored`], [`Code::BadArgument`]: nothing was stored.
pub(crate) fn add(
    added: &ConsumerKey,
    read: impl FnOnce(&Provider) -> Result<SecretString>,
    context: &Context,
) -> Result<ClientName> {
    let catalog = context.catalog(&added.catalog)?;
    let provider = catalog.known_provider(&added.provider)?;
    let name = ClientName { provider: provider.slug.clone(), name: added.name.parse()? };
    if !is_id(&added.key) {
        let message = format!("a consumer key is visible ASCII of at most {LONGEST_ID} bytes");
        return Err(Error::new(Code::BadArgument, message));
    }
    let store = context.store()?;
    let known = |sealed: Option<SealedClient>| sealed.ok_or_else(|| missing(&store, &name));
    known(store.client(&name)?)?;
    let secret = read(provider)?;

    let recipients = Recipients::load(store.home(), &context.env, &context.passphrase)?;
    let identities = context.identities(&store)?;
    let lock = store.lock_client(&name)?;
    let mut client: Client = known(store.client(&name)?)?.unseal(&identities)?;
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

fn missing(store: &FolderStore, name: &ClientName) -> Error {
    let meant = likely_client(store, name);
    let message = format!("there is no client {name} to add the key to{meant}");
    Error::new(Code::NotStored, message).with_remedy(Remedy::List(Inventory::Clients))
}
