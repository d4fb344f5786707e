//! `xreq client`: the apps that the user registered with providers.

use std::io::{self, IsTerminal, Read};

use age::secrecy::SecretString;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::app::clients::{self, Registration, StoredClient};
use crate::app::context::Context;
use crate::catalog::Provider;
use crate::cli::{Client, ClientSet};
use crate::error::{Code, Error, Exit, Result};
use crate::findings::Format;
use crate::sys::prompt;
use crate::terminal::Terminal;
use crate::text::encoding;
use crate::text::layout::{Layout, Phrase, Style};
use crate::text::time::rfc3339;

/// A client secret has some fifty characters.
const LONGEST_SECRET: usize = 4096;

/// A byte order mark before it, and the end of a line behind.
const ROOM: usize = 5;

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
    let is_public = args.public;
    let read = |provider: &Provider| {
        if is_public { Ok(None) } else { read_secret(provider).map(Some) }
    };
    let client = clients::set(&args.into(), read, context)?;
    let (name, uri) = (client.name(), &client.redirect_uri);
    terminal.tell(format!("stored the client {name}; its redirect URI is {uri}"))?;
    Ok(Exit::Done)
}

impl From<ClientSet> for Registration {
    fn from(args: ClientSet) -> Self {
        Self {
            provider: args.provider,
            name: args.name,
            id: args.id,
            redirect_uri: args.redirect_uri,
            catalog: args.catalog.files,
        }
    }
}

/// Reads the secret, which may begin with any character that is visible.
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
        metadata.client_id.as_str().into(),
        if metadata.confidential { "confidential".into() } else { "public".into() },
        redirect_uri.as_str().into(),
    ]
}

fn as_json(StoredClient { metadata, redirect_uri }: &StoredClient) -> Value {
    json!({
        "provider": metadata.provider,
        "name": metadata.name,
        "client_id": metadata.client_id,
        "confidential": metadata.confidential,
        "redirect_uri": redirect_uri,
        "stored_at": rfc3339(metadata.stored_at),
    })
}
