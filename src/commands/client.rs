//! `xreq client`: the apps that the user registered with providers.

pub(super) mod prompt;

use serde_json::{Value, json};

use self::prompt::SecretNeed;
use super::way;
use crate::app::clients::{self, Registration};
use crate::app::consumer_keys::{self, ConsumerKey};
use crate::app::context::Context;
use crate::app::setup::Subject;
use crate::app::stored_client::StoredClient;
use crate::catalog::Provider;
use crate::cli::{Client, ClientSet};
use crate::error::{Exit, Result};
use crate::findings::Format;
use crate::store::ClientMetadata;
use crate::terminal::Terminal;
use crate::text::layout::{Layout, Phrase, Style};
use crate::text::time::rfc3339;

pub(super) fn run(command: Client, context: &Context, terminal: &Terminal) -> Result<Exit> {
    match command {
        Client::Set(args) => set(args, context, terminal),
        Client::Show { provider, format, catalog } => {
            let clients = clients::list(provider.as_deref(), &catalog.files, context)?;
            show(&clients, format, terminal)
        }
        Client::Rm { provider, name } => {
            let name = clients::remove(&provider, &name, context)?;
            terminal.tell(format!("removed the client {name}"))?;
            Ok(Exit::Done)
        }
    }
}

fn set(args: ClientSet, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let ClientSet { provider, id, name, redirect_uri, variables, public, consumer_key, catalog } =
        args;
    if let Some(key) = consumer_key {
        let added = ConsumerKey { provider, name, key, catalog: catalog.files };
        let name = consumer_keys::add(&added, prompt::consumer_secret, context)?;
        terminal.tell(format!("stored the consumer key of the client {name}"))?;
        return Ok(Exit::Done);
    }
    let subject = Subject { catalog: catalog.files.clone(), ..Subject::default() };
    // Whoever is asked for the id is not asked to know of the option for an app without a secret.
    let need = if id.is_none() { SecretNeed::Optional } else { SecretNeed::Required };
    let id = match id {
        Some(id) => id,
        None => prompt::id(context.catalog(&catalog.files)?.known_provider(&provider)?, terminal)?,
    };
    let read = |provider: &Provider| {
        if public { Ok(None) } else { prompt::secret(provider, need) }
    };
    let catalog = catalog.files;
    let url_values = variables.into_iter().collect();
    let registration = Registration { provider, name, id, redirect_uri, url_values, catalog };
    let client = clients::set(&registration, read, context)?;
    let (name, uri) = (client.name(), &client.redirect_uri);
    terminal.tell(format!("stored the client {name}; its redirect URI is {uri}"))?;
    way::tell_next(&subject, context, terminal);
    Ok(Exit::Done)
}

fn show(listed: &[Result<StoredClient>], format: Format, terminal: &Terminal) -> Result<Exit> {
    let damaged = listed.iter().filter_map(|client| client.as_ref().err());
    let is_damaged = damaged.inspect(|error| terminal.report(error)).count() > 0;
    let clients = listed.iter().flatten();
    match format {
        Format::Text if listed.is_empty() => {
            terminal.note("there is no client: `xreq client set` stores one");
        }
        Format::Text => {
            let mut layout = Layout::default();
            layout.table(0, clients.map(row));
            terminal.show(&layout)?;
        }
        _ => {
            let clients: Vec<_> = clients.map(as_json).collect();
            terminal.print_json(&json!({ "schema_version": 1, "clients": clients }))?;
        }
    }
    Ok(if is_damaged { Exit::Findings } else { Exit::Done })
}

fn row(StoredClient { metadata, redirect_uri }: &StoredClient) -> Vec<Phrase> {
    let name = format!("{} ({})", metadata.provider, metadata.name);
    vec![
        Phrase::new(Style::Strong, &name),
        metadata
            .client_id
            .as_deref()
            .or(metadata.consumer_key.as_deref())
            .unwrap_or_default()
            .into(),
        type_of(metadata).into(),
        redirect_uri.as_str().into(),
    ]
}

fn type_of(metadata: &ClientMetadata) -> &'static str {
    if metadata.client_id.is_none() {
        return "OAuth 1.0a";
    }
    match (metadata.confidential, metadata.consumer_key.is_some()) {
        (true, false) => "confidential",
        (false, false) => "public",
        (true, true) => "confidential, OAuth 1.0a",
        (false, true) => "public, OAuth 1.0a",
    }
}

fn as_json(StoredClient { metadata, redirect_uri }: &StoredClient) -> Value {
    json!({
        "provider": metadata.provider,
        "name": metadata.name,
        "client_id": metadata.client_id,
        "confidential": metadata.confidential,
        "consumer_key": metadata.consumer_key,
        "redirect_uri": redirect_uri,
        "variables": metadata.url_values,
        "stored_at": rfc3339(metadata.stored_at),
    })
}
