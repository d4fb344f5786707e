//! `xreq secret`: values that agents get under their own names.

mod import;

use std::io::{self, IsTerminal, Read};

use age::secrecy::SecretString;
use serde_json::json;
use zeroize::Zeroizing;

use super::way;
use crate::app::context::Context;
use crate::app::secrets;
use crate::app::setup::Subject;
use crate::cli::SecretCommand;
use crate::error::{Code, Error, Exit, Result};
use crate::findings::Format;
use crate::model::name::SecretName;
use crate::store::{LONGEST_VALUE, SecretMetadata};
use crate::sys::prompt;
use crate::terminal::Terminal;
use crate::text::dotenv::{self, Entry};
use crate::text::encoding;
use crate::text::layout::{Layout, Phrase, Style};
use crate::text::time::rfc3339;

/// The bytes that may stand around a value: a byte order mark before it, and the end of a line behind;
/// and one by which a value that is too long is known.
const ROOM: usize = 6;

pub(super) fn run(command: &SecretCommand, context: &Context, terminal: &Terminal) -> Result<Exit> {
    match command {
        SecretCommand::Set { name } => {
            refuse_value(name)?;
            secrets::set(name, || read_value(name), context)?;
            terminal.tell(format!("stored {name}"))?;
            way::tell_next(&Subject::default(), context, terminal);
        }
        SecretCommand::Import(args) => return import::run(args, context, terminal),
        SecretCommand::List { format } => return list(*format, context, terminal),
        SecretCommand::Rm { name } => {
            secrets::remove(name, context)?;
            terminal.tell(format!("removed {name}"))?;
        }
    }
    Ok(Exit::Done)
}

/// Refuses `NAME=VALUE`: neither is repeated but a name that is one.
fn refuse_value(name: &str) -> Result<()> {
    let Some((name, _)) = name.split_once('=') else { return Ok(()) };
    let name = name.parse::<SecretName>().map_or_else(|_| "NAME".to_owned(), |it| it.to_string());
    let message = "the value of a secret is no argument: other users of the machine can read those";
    Err(Error::new(Code::BadArgument, message)
        .with_hint(format!("`xreq secret set {name}` asks for it, or reads a pipe")))
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
    refuse_assignment(name, value)?;
    Ok(value.into())
}

/// Refuses what assigns the secret, as a `.env` file does: the value alone was meant.
fn refuse_assignment(name: &str, value: &str) -> Result<()> {
    let assigns = |entry| matches!(entry, Entry::Assignment(assigned) if assigned.name == name);
    if !dotenv::entries(value).any(assigns) {
        return Ok(());
    }
    let message = format!("this is no value of {name}, but a line or a file that assigns it one");
    Err(Error::new(Code::BadArgument, message).with_hint(format!(
        "`xreq secret import FILE {name}` takes the value out of a file such as `.env`, \
         `xreq secret import - {name}` out of a pipe"
    )))
}

fn list(format: Format, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let listed = secrets::list(context)?;
    let damaged = listed.iter().filter_map(|secret| secret.as_ref().err());
    let is_damaged = damaged.inspect(|error| terminal.report(error)).count() > 0;
    let secrets = listed.iter().flatten();
    if format == Format::Text {
        let row = |secret: &SecretMetadata| {
            let name = Phrase::new(Style::Strong, &secret.name.to_string());
            vec![name, format!("stored {}", rfc3339(secret.stored_at)).into()]
        };
        let mut layout = Layout::default();
        layout.table(0, secrets.map(row));
        terminal.show(&layout)?;
    } else {
        let secrets: Vec<_> = secrets
            .map(|it| json!({ "name": it.name, "stored_at": rfc3339(it.stored_at) }))
            .collect();
        terminal.print_json(&json!({ "schema_version": 1, "secrets": secrets }))?;
    }
    Ok(if is_damaged { Exit::Findings } else { Exit::Done })
}
