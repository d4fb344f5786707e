//! The questions for a client: its id, then its secret, which is not shown.

use std::io::{self, IsTerminal, Read};

use age::secrecy::SecretString;
use zeroize::Zeroizing;

use crate::catalog::Provider;
use crate::commands::keyboard::answer;
use crate::error::{Code, Error, Parameter, Result, advice};
use crate::sys::prompt;
use crate::terminal::Terminal;
use crate::text::encoding;
use crate::text::escape::on_one_line;

/// A client secret has some fifty characters.
const LONGEST_SECRET: usize = 4096;

/// A byte order mark before it, and the end of a line behind.
const ROOM: usize = 5;

/// Whether there may be no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::commands) enum SecretNeed {
    /// The app has one.
    Required,
    /// No answer says that the app has none.
    Optional,
}

/// Asks for the id, where a person is at the terminal.
pub(in crate::commands) fn id(provider: &Provider, terminal: &Terminal) -> Result<String> {
    if !io::stdin().is_terminal() {
        let why = "there is no client id, and nobody to ask for it";
        return Err(Error::new(Code::MissingParams, why)
            .with_hint(advice!["add ", Parameter::Id.value("ID")]));
    }
    line("client id", "no client is stored", provider, terminal)
}

/// Asks the person at the terminal for the consumer key of OAuth 1.0a.
pub(in crate::commands) fn consumer_key(
    provider: &Provider,
    terminal: &Terminal,
) -> Result<String> {
    line("consumer key (API key)", "none is stored", provider, terminal)
}

/// Asks for something that everybody may see.
fn line(what: &str, lack: &str, provider: &Provider, terminal: &Terminal) -> Result<String> {
    let line = answer(&format!("{what} of {}: ", on_one_line(&provider.title)), terminal);
    match line.trim() {
        "" => {
            let message = format!("no {what} was typed, and {lack}");
            Err(Error::new(Code::MissingParams, message))
        }
        id => Ok(id.to_owned()),
    }
}

/// Reads the secret, which may begin with any character that is visible; `None` is that of an app
/// without one.
pub(in crate::commands) fn secret(
    provider: &Provider,
    need: SecretNeed,
) -> Result<Option<SecretString>> {
    let way_out = "pipe it in, or add `--public` for an app that has none";
    read(provider, "client secret", need, way_out)
}

/// Reads the secret of a consumer key of OAuth 1.0a.
pub(in crate::commands) fn consumer_secret(provider: &Provider) -> Result<SecretString> {
    let secret = read(provider, "consumer secret", SecretNeed::Required, "pipe it in")?;
    Ok(secret.expect("it is required"))
}

fn read(
    provider: &Provider,
    what: &str,
    need: SecretNeed,
    way_out: &str,
) -> Result<Option<SecretString>> {
    let mut text = Zeroizing::new(Vec::with_capacity(LONGEST_SECRET + ROOM));
    let without = if need == SecretNeed::Optional { " (Enter if it has none)" } else { "" };
    let question = format!("{what} of {}{without}: ", provider.title);
    if io::stdin().is_terminal() {
        let one_line = format!("a {what} is one line: copy it alone, or pipe it in");
        let typed = prompt::ask_for_paste(&question, &|_| true)
            .map_err(|failure| failure.error(&format!("the {what}"), &one_line))?;
        text.extend_from_slice(typed.as_bytes());
    } else {
        let limit = (LONGEST_SECRET + ROOM) as u64;
        io::stdin().lock().take(limit).read_to_end(&mut text).map_err(|error| {
            let message = format!("cannot read the {what}: {}", error.kind());
            Error::new(Code::FileUnreadable, message)
        })?;
    }
    let text = encoding::decode(&text).map_err(|why| {
        Error::new(Code::BadArgument, format!("the {what} {why}")).with_hint(encoding::AS_UTF8)
    })?;
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.is_empty() && need == SecretNeed::Optional {
        return Ok(None);
    }
    let refused = if secret.is_empty() {
        Some("is empty")
    } else if secret.len() > LONGEST_SECRET {
        Some("has more than 4 KiB")
    } else if secret.contains(['\r', '\n']) {
        Some("has several lines, and is one")
    } else if !secret.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        Some("has characters that no such secret has")
    } else {
        None
    };
    match refused {
        None => Ok(Some(secret.into())),
        Some(why) => {
            let message = format!("the {what} {why}");
            Err(Error::new(Code::BadArgument, message).with_hint(way_out.to_owned()))
        }
    }
}
