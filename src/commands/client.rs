//! `xreq client`: the apps that the user registered with providers.

use std::io::{self, IsTerminal, Read};

use age::secrecy::SecretString;
use serde_json::json;
use zeroize::Zeroizing;

use crate::app::client_lookup::{LONGEST_ID, is_id};
use crate::app::context::{Context, refuse_secret};
use crate::catalog::Provider;
use crate::cli::{CatalogFiles, Client, ClientSet, Format};
use crate::credential::origins::Origins;
use crate::error::{Code, Error, Exit, Result};
use crate::model::name::Slug;
use crate::oauth::consent::redirect_uri::RedirectUri;
use crate::store::{self, ClientMetadata, ClientName, Recipients, Store};
use crate::sys::prompt;
use crate::text::encoding;
use crate::text::time::rfc3339;

/// A client secret has some fifty characters.
const LONGEST_SECRET: usize = 4096;

/// A byte order mark before it, and the end of a line behind.
const ROOM: usize = 5;

pub(super) fn run(command: &Client, context: &Context) -> Result<Exit> {
    match command {
        Client::Set(args) => set(args, context),
        Client::Show { provider, format, catalog } => {
            show(provider.as_deref(), *format, catalog, context)
        }
        Client::Rm { provider, name } => remove(provider, name, context),
    }
}

fn set(args: &ClientSet, context: &Context) -> Result<Exit> {
    let catalog = context.catalog(&args.catalog)?;
    let provider = catalog.known_provider(&args.provider)?;
    refuse_secret("name of a client", &args.name)?;
    let name = ClientName { provider: provider.slug.parse()?, name: args.name.parse()? };
    if !is_id(&args.id) {
        let message = format!(
            "a client id is visible ASCII of at most {LONGEST_ID} bytes (RFC 6749 appendix A.1)"
        );
        return Err(Error::new(Code::BadArgument, message));
    }
    if let Some(uri) = &args.redirect_uri {
        RedirectUri::parse(uri)?;
    }
    let secret = if args.public { None } else { Some(read_secret(provider)?) };

    let store = context.store()?;
    let recipients = Recipients::load(store.home(), &context.env, &context.passphrase)?;
    let client = store::Client {
        metadata: ClientMetadata {
            provider: name.provider.clone(),
            name: name.name.clone(),
            client_id: args.id.clone(),
            origins: Origins::of(provider),
            redirect_uri: args.redirect_uri.clone(),
            confidential: secret.is_some(),
            stored_at: context.now,
        },
        secret,
    };
    let lock = store.lock_client(&name)?;
    let before = store.client(&name);
    store.put_client(&lock, &client, &recipients)?;
    if let Ok(Some(before)) = before
        && before.metadata.client_id != args.id
    {
        warn_of_orphans(&store, &name, &before.metadata.client_id, context);
    }
    let uri = client.metadata.redirect_uri.as_deref().unwrap_or(&provider.redirect_uri);
    context.terminal.print(&format!("stored the client {name}; its redirect URI is {uri}\n"))?;
    Ok(Exit::Done)
}

/// The secret, which may begin with any character that is visible.
fn read_secret(provider: &Provider) -> Result<SecretString> {
    let mut text = Zeroizing::new(Vec::with_capacity(LONGEST_SECRET + ROOM));
    let question = format!("client secret of {}: ", provider.title);
    if io::stdin().is_terminal() {
        let way_out = "a client secret is one line: copy it alone, or pipe it in";
        let typed = prompt::ask_for_paste(&question, &|_| true)
            .map_err(|failure| failure.error("the client secret", way_out))?;
        text.extend_from_slice(typed.as_bytes());
    } else {
        let limit = (LONGEST_SECRET + ROOM) as u64;
        io::stdin().lock().take(limit).read_to_end(&mut text).map_err(|error| {
            let message = format!("cannot read the client secret: {}", error.kind());
            Error::new(Code::FileUnreadable, message)
        })?;
    }
    let text = encoding::decode(&text).map_err(|what| {
        Error::new(Code::BadArgument, format!("the client secret {what}"))
            .with_hint(encoding::AS_UTF8)
    })?;
    let secret = text.trim_end_matches(['\r', '\n']);
    let refused = if secret.is_empty() {
        Some("is empty")
    } else if secret.len() > LONGEST_SECRET {
        Some("has more than 4 KiB")
    } else if secret.contains(['\r', '\n']) {
        Some("has several lines, and is one")
    } else if !secret.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        Some("has characters that no client secret has")
    } else {
        None
    };
    match refused {
        None => Ok(secret.into()),
        Some(why) => Err(Error::new(Code::BadArgument, format!("the client secret {why}"))
            .with_hint("pipe it in, or add `--public` for an app that has none")),
    }
}

fn show(
    provider: Option<&str>,
    format: Format,
    catalog: &CatalogFiles,
    context: &Context,
) -> Result<Exit> {
    let catalog = context.catalog(catalog)?;
    let providers: Vec<&Provider> = match provider {
        Some(slug) => vec![catalog.known_provider(slug)?],
        None => catalog.providers().iter().collect(),
    };
    let store = context.store()?;
    let (mut text, mut clients, mut damaged) = (String::new(), Vec::new(), false);
    for provider in providers {
        let slug: Slug = provider.slug.parse()?;
        for listed in store.clients_of(&slug)? {
            match listed.metadata {
                Ok(metadata) => {
                    text.push_str(&line(&metadata, provider));
                    clients.push(as_json(&metadata, provider));
                }
                Err(error) => {
                    damaged = true;
                    context.terminal.report(&error);
                }
            }
        }
    }
    match format {
        Format::Text if clients.is_empty() && !damaged => {
            context.terminal.note("there is no client: `xreq client set` stores one");
        }
        Format::Text => context.terminal.print(&text)?,
        Format::Json => {
            context.terminal.print_json(&json!({ "schema_version": 1, "clients": clients }))?;
        }
    }
    Ok(if damaged { Exit::Findings } else { Exit::Done })
}

fn line(metadata: &ClientMetadata, provider: &Provider) -> String {
    let kind = if metadata.confidential { "confidential" } else { "public" };
    format!(
        "{} ({})  {}  {kind}  {}\n",
        metadata.provider,
        metadata.name,
        metadata.client_id,
        redirect_uri(metadata, provider)
    )
}

fn as_json(metadata: &ClientMetadata, provider: &Provider) -> serde_json::Value {
    json!({
        "provider": metadata.provider,
        "name": metadata.name,
        "client_id": metadata.client_id,
        "confidential": metadata.confidential,
        "redirect_uri": redirect_uri(metadata, provider),
        "stored_at": rfc3339(metadata.stored_at),
    })
}

fn redirect_uri<'a>(metadata: &'a ClientMetadata, provider: &'a Provider) -> &'a str {
    metadata.redirect_uri.as_deref().unwrap_or(&provider.redirect_uri)
}

fn remove(provider: &str, name: &str, context: &Context) -> Result<Exit> {
    let store = context.store()?;
    let name = ClientName { provider: provider.parse()?, name: name.parse()? };
    // Nothing is made, not even a lock, for what is not there.
    let client = store.client(&name);
    let is_there = !matches!(client, Ok(None));
    if !is_there || !store.remove_client(&store.lock_client(&name)?)? {
        return Err(Error::new(Code::NotStored, format!("there is no client {name}"))
            .with_hint("`xreq client show` lists them"));
    }
    if let Ok(Some(client)) = client {
        warn_of_orphans(&store, &name, &client.metadata.client_id, context);
    }
    context.terminal.print(&format!("removed the client {name}\n"))?;
    Ok(Exit::Done)
}

/// Grants work with the client alone that they were given to.
fn warn_of_orphans(store: &Store, client: &ClientName, id: &str, context: &Context) {
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
        context.terminal.warn(&format!(
            "accounts that were connected with the client that is gone now cannot be refreshed \
             without it: {}; connect them anew, or store that client under another name (`--client`)",
            orphans.join(", ")
        ));
    }
}
