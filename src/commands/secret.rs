//! `xreq secret`: values that agents get under their own names.

use std::io::{self, IsTerminal, Read};

use age::secrecy::SecretString;
use serde_json::json;
use zeroize::Zeroizing;

use crate::app::context::{Context, refuse_secret};
use crate::cli::{CatalogFiles, Secret};
use crate::error::{Code, Error, Exit, Result};
use crate::findings::Format;
use crate::model::name::SecretName;
use crate::policy::needs::Reserved;
use crate::store::{self, LONGEST_VALUE, Recipients};
use crate::sys::prompt;
use crate::text::encoding;
use crate::text::time::rfc3339;

/// The bytes that may stand around a value: a byte order mark before it, and the end of a line behind;
/// and one by which a value that is too long is known.
const ROOM: usize = 6;

pub(super) fn run(command: &Secret, context: &Context) -> Result<Exit> {
    match command {
        Secret::Set { name } => set(name, context),
        Secret::List { format } => list(*format, context),
        Secret::Rm { name } => remove(name, context),
    }
}

fn set(name: &str, context: &Context) -> Result<Exit> {
    let label: SecretName = name.parse()?;
    refuse_secret("name of a secret", name)?;
    refuse_reserved(name, context)?;
    let secret = store::Secret::new(label.clone(), read_value(name)?, context.now)?;
    let store = context.store()?;
    let recipients = Recipients::load(store.home(), &context.env, &context.passphrase)?;
    let lock = store.lock_secret(&label)?;
    store.put_secret(&lock, &secret, &recipients)?;
    context.terminal.print(&format!("stored {name}\n"))?;
    Ok(Exit::Done)
}

/// Refuses a name that no manifest may use: nobody could ever get the secret.
fn refuse_reserved(name: &str, context: &Context) -> Result<()> {
    let catalog = context.catalog(&CatalogFiles::default())?;
    let Some(reserved) = Reserved::of(name, &catalog) else { return Ok(()) };
    let message = format!("no manifest may require the secret `{name}`: it {}", reserved.reason());
    Err(Error::new(Code::SecretNameReserved, message).with_hint(reserved.help()))
}

fn read_value(name: &str) -> Result<SecretString> {
    let limit = LONGEST_VALUE + ROOM;
    let mut value = Zeroizing::new(Vec::new());
    if io::stdin().is_terminal() {
        let way_out = format!("pipe it in: `xreq secret set {name} <FILE`");
        let typed = prompt::ask_for_paste(&format!("value of {name}: "), &|_| true)
            .map_err(|failure| failure.error(&format!("the value of {name}"), &way_out))?;
        value.extend_from_slice(typed.as_bytes());
    } else {
        value.reserve_exact(limit);
        io::stdin().lock().take(limit as u64).read_to_end(&mut value).map_err(|error| {
            Error::new(Code::FileUnreadable, format!("cannot read the value: {}", error.kind()))
        })?;
    }
    // It may have been cut within a character.
    if value.len() >= limit {
        let message = format!("the value of the secret `{name}` has more than 64 KiB");
        return Err(Error::new(Code::BadArgument, message));
    }
    let value = encoding::decode(&value).map_err(|what| {
        let message = format!("the value of {name} {what}");
        Error::new(Code::BadArgument, message).with_hint(encoding::AS_UTF8)
    })?;
    let value = match value.strip_suffix('\n') {
        Some(line) => line.strip_suffix('\r').unwrap_or(line),
        None => value,
    };
    if value.is_empty() {
        return Err(Error::new(Code::BadArgument, format!("the value of {name} is empty"))
            .with_hint(format!("pipe it in: `pass show … | xreq secret set {name}`")));
    }
    Ok(value.into())
}

fn list(format: Format, context: &Context) -> Result<Exit> {
    let mut damaged = false;
    let mut text = String::new();
    let mut secrets = Vec::new();
    for listed in context.store()?.secrets()? {
        match listed.metadata {
            Ok(metadata) => {
                text.push_str(&format!(
                    "{}  stored {}\n",
                    metadata.name,
                    rfc3339(metadata.stored_at)
                ));
                secrets.push(
                    json!({ "name": metadata.name, "stored_at": rfc3339(metadata.stored_at) }),
                );
            }
            Err(error) => {
                damaged = true;
                context.terminal.report(&error);
            }
        }
    }
    match format {
        Format::Text => context.terminal.print(&text)?,
        _ => {
            context.terminal.print_json(&json!({ "schema_version": 1, "secrets": secrets }))?;
        }
    }
    Ok(if damaged { Exit::Findings } else { Exit::Done })
}

fn remove(name: &str, context: &Context) -> Result<Exit> {
    let store = context.store()?;
    let label: SecretName = name.parse()?;
    // Nothing is made, not even a lock, for what is not there.
    let is_there = !matches!(store.secret(&label), Ok(None));
    if !is_there || !store.remove_secret(&store.lock_secret(&label)?)? {
        return Err(Error::new(Code::NotStored, format!("no secret is called {name}"))
            .with_hint("`xreq secret list` lists them"));
    }
    context.terminal.print(&format!("removed {name}\n"))?;
    Ok(Exit::Done)
}
