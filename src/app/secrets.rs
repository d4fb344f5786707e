//! The secrets of the store: values that agents get under their own names.

use age::secrecy::SecretString;

use crate::app::context::{Context, refuse_secret};
use crate::error::{Code, Error, Inventory, Remedy, Result};
use crate::model::name::SecretName;
use crate::policy::needs::VariableOwner;
use crate::store::{Recipients, Secret, SecretMetadata};
use crate::text::nearest::suggestion;

/// Stores a secret, whose value is read once its name is known to be in order.
///
/// # Errors
///
/// [`Code::SecretNameReserved`]: no manifest may use the name, and nobody could ever get the secret.
pub(crate) fn set(
    name: &str,
    read: impl FnOnce() -> Result<SecretString>,
    context: &Context,
) -> Result<()> {
    let label: SecretName = name.parse()?;
    refuse_secret("name of a secret", name)?;
    if let Some(reserved) = VariableOwner::of(name, &context.catalog(&[])?) {
        let reason = reserved.reason();
        let message = format!("no manifest may require the secret `{name}`: it {reason}");
        return Err(Error::new(Code::SecretNameReserved, message).with_hint(reserved.help()));
    }
    let secret = Secret::new(label.clone(), read()?, context.now)?;
    let store = context.store()?;
    let recipients = Recipients::load(store.home(), &context.env, &context.passphrase)?;
    let lock = store.lock_secret(&label)?;
    let secret = secret.of_generation(store.next_generation(&lock));
    store.put_secret(&lock, &secret, &recipients)
}

/// Returns what can be known of each secret without a key, or why that is nothing.
pub(crate) fn list(context: &Context) -> Result<Vec<Result<SecretMetadata>>> {
    Ok(context.store()?.secrets()?.map(|listed| listed.metadata).collect())
}

/// Removes a secret.
///
/// # Errors
///
/// [`Code::NotStored`]
pub(crate) fn remove(name: &str, context: &Context) -> Result<()> {
    let store = context.store()?;
    let label: SecretName = name.parse()?;
    // Nothing is made, not even a lock, for what is not there.
    let is_there = !matches!(store.secret(&label), Ok(None));
    if is_there && store.remove_secret(&store.lock_secret(&label)?)? {
        return Ok(());
    }
    let stored: Vec<_> = store.secrets()?.map(|listed| listed.name.to_string()).collect();
    let meant = suggestion(name, stored.iter().map(String::as_str));
    Err(Error::new(Code::NotStored, format!("no secret is called {name}{meant}"))
        .with_remedy(Remedy::List(Inventory::Secrets)))
}
