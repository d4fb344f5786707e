//! The wait for the account's owner: the browser's redirect, or what a person pastes, whichever
//! comes first.

use std::future::pending;
use std::io::{self, BufRead, Read};
use std::thread;
use std::time::Duration;

use age::secrecy::SecretString;
use jiff::SignedDuration;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{Receiver, channel};
use zeroize::Zeroizing;

use super::authorization::{Authorization, RedirectAnswer};
pub use super::callback::{Browser, Listener};
use super::page::Page;
use super::paste;
use crate::error::{Advice, Code, Error, Parameter, Remedy, Result, advice};
use crate::sys::signals;
use crate::text::time::in_words;

/// The interval at which it is checked whether the process was told to end.
const NAP: Duration = Duration::from_millis(20);

/// The most bytes of a line that is pasted.
const LONGEST_LINE: u64 = 16 * 1024;

/// Consent.
#[derive(Debug)]
pub struct Answer {
    /// The authorization code. It lives for seconds.
    pub code: SecretString,
    /// `true` if a person pasted it.
    pub pasted: bool,
    /// The browser that brought it and waits for its page.
    pub browser: Option<Browser>,
}

/// Waits for consent, at most for `timeout`, on a runtime that nothing else drives meanwhile.
///
/// `paste` is read to its end by a thread of its own, which goes on reading when this returns: what
/// comes after a code is nobody's. `tell` shows the person a sentence about a line that cannot be
/// used; the wait goes on.
///
/// # Errors
///
/// [`Code::AuthorizationDenied`] and [`Code::ProviderUnavailable`]: the provider answered without a
/// code. [`Code::SessionExpired`]: nobody answered. [`Code::MissingParams`]: the redirect lacks
/// what it has to bring, or there is nowhere left that an answer can come from.
/// [`Code::RedirectUnavailable`]: the listener cannot be used. [`Code::Interrupted`]: a signal came
/// that the caller holds back.
pub fn wait(
    runtime: &Runtime,
    authorization: &Authorization,
    listener: Option<Listener>,
    paste: Option<Box<dyn BufRead + Send>>,
    timeout: Duration,
    tell: &dyn Fn(&str),
) -> Result<Answer> {
    let (redirected, browser) = runtime.block_on(async {
        let first = first(authorization, listener, paste, tell);
        tokio::time::timeout(timeout, first).await.unwrap_or_else(|_| Err(expired(timeout)))
    })?;
    match code(authorization, redirected) {
        Ok(code) => Ok(Answer { code, pasted: browser.is_none(), browser }),
        Err(error) => {
            if let Some(browser) = browser {
                browser.show(&Page::Failed {
                    title: &format!("{} was not connected", authorization.title()),
                    what: &error.to_string(),
                    next: error.hint().unwrap_or("the terminal tells more"),
                    code: error.code().name(),
                });
            }
            Err(error)
        }
    }
}

async fn first(
    authorization: &Authorization,
    listener: Option<Listener>,
    paste: Option<Box<dyn BufRead + Send>>,
    tell: &dyn Fn(&str),
) -> Result<(RedirectAnswer, Option<Browser>)> {
    let is_listening = listener.is_some();
    let browser = async {
        match listener {
            Some(listener) => listener.redirect(authorization).await,
            None => pending().await,
        }
    };
    let person = async {
        if let Some(reader) = paste {
            let lines = lines(reader).map_err(|error| cannot_wait(authorization, &error))?;
            if let Some(redirected) = pasted(authorization, lines, tell).await {
                return Ok(redirected);
            }
        }
        if is_listening { pending().await } else { Err(nowhere_left(authorization)) }
    };
    tokio::select! {
        arrived = browser => arrived
            .map(|(redirected, browser)| (redirected, Some(browser)))
            .map_err(|error| cannot_wait(authorization, &error)),
        redirected = person => redirected.map(|redirected| (redirected, None)),
        () = told_to_end() => {
            Err(Error::new(Code::Interrupted, "the process was told to end before anybody consented"))
        }
    }
}

async fn told_to_end() {
    while !signals::end_is_wanted() {
        tokio::time::sleep(NAP).await;
    }
}

/// Waits for the first line that can be used; none, where the lines end before.
async fn pasted(
    authorization: &Authorization,
    mut lines: Receiver<Zeroizing<String>>,
    tell: &dyn Fn(&str),
) -> Option<RedirectAnswer> {
    while let Some(line) = lines.recv().await {
        if line.trim().is_empty() {
            continue;
        }
        match paste::read(authorization, &line) {
            RedirectAnswer::Foreign => tell(
                "this is neither the code nor the URL of this attempt: paste the whole address \
                 that the browser shows after the consent",
            ),
            RedirectAnswer::Incomplete => tell(
                "this URL has no code in it: paste the address that the browser shows after \
                 the consent",
            ),
            redirected => return Some(redirected),
        }
    }
    None
}

fn lines(mut reader: Box<dyn BufRead + Send>) -> io::Result<Receiver<Zeroizing<String>>> {
    let (sender, receiver) = channel(1);
    thread::Builder::new().spawn(move || {
        let mut bytes = Zeroizing::new(Vec::new());
        while let Ok(1..) = reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut bytes) {
            if !bytes.ends_with(b"\n") && reader.skip_until(b'\n').is_err() {
                break;
            }
            let line = Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned());
            if sender.blocking_send(line).is_err() {
                break;
            }
            bytes.clear();
        }
    })?;
    Ok(receiver)
}

fn code(authorization: &Authorization, redirected: RedirectAnswer) -> Result<SecretString> {
    match redirected {
        RedirectAnswer::Code(code) => Ok(code),
        RedirectAnswer::Refused { error, description } => {
            Err(refused(authorization, &error, description.as_deref()))
        }
        RedirectAnswer::WrongIssuer => {
            let message = format!(
                "the redirect says that it comes from another server than {}'s (RFC 9207), \
                 and was not used",
                authorization.title()
            );
            Err(Error::new(Code::AuthorizationDenied, message).with_hint(
                "compare the endpoints and the issuer of the provider in its file, or in \
                 `config.yaml`, with those that it publishes",
            ))
        }
        RedirectAnswer::NoIssuer => {
            let message = format!(
                "the redirect does not say that it comes from {}'s server, which promises to say so \
                 (`iss`, RFC 9207), and was not used",
                authorization.title()
            );
            Err(Error::new(Code::AuthorizationDenied, message).with_hint(
                "whoever sent it may be another server; where the provider does not send `iss`, take \
                 `authorization_response_iss_parameter_supported` out of its file",
            ))
        }
        RedirectAnswer::Foreign | RedirectAnswer::Incomplete => {
            let message = format!(
                "{} sent the browser back with neither a code nor an error",
                authorization.title()
            );
            Err(Error::new(Code::MissingParams, message).with_hint(again(authorization)))
        }
    }
}

/// Returns the meaning of the provider's refusal (RFC 6749 section 4.1.2.1).
fn refused(authorization: &Authorization, error: &str, description: Option<&str>) -> Error {
    let title = authorization.title();
    let words = match description {
        Some(description) => format!("`{error}`: {description}"),
        None => format!("`{error}`"),
    };
    let (code, what, hint) = match error {
        "access_denied" => (
            Code::AuthorizationDenied,
            format!("the consent was refused on {title}'s page"),
            again(authorization),
        ),
        "server_error" | "temporarily_unavailable" => (
            Code::ProviderUnavailable,
            format!("{title} could not ask for consent"),
            advice!["try later: ", Remedy::from(again(authorization))],
        ),
        "invalid_scope" => (
            Code::AuthorizationDenied,
            format!("{title} does not know a scope, or does not give it to this client"),
            "compare the scopes with those that the client may ask for, in the provider's \
             developer portal"
                .into(),
        ),
        "unauthorized_client" | "unsupported_response_type" => (
            Code::AuthorizationDenied,
            format!("{title} does not let this client ask for consent"),
            "check the type and the settings of the client in the provider's developer portal"
                .into(),
        ),
        _ => (
            Code::AuthorizationDenied,
            format!("{title} refused the request for consent"),
            again(authorization),
        ),
    };
    Error::new(code, format!("{what} ({words})")).with_hint(hint)
}

fn again(authorization: &Authorization) -> Advice {
    advice![authorization.repetition().clone().request(), " asks again"]
}

fn expired(timeout: Duration) -> Error {
    let limit = SignedDuration::try_from(timeout).unwrap_or(SignedDuration::MAX);
    let message = format!("nobody answered the request for consent within {}", in_words(limit));
    Error::new(Code::SessionExpired, message).with_hint(advice![
        "start again; ",
        Parameter::Timeout,
        " gives more time"
    ])
}

fn nowhere_left(authorization: &Authorization) -> Error {
    let message = format!("the input ended without the code that {} gave", authorization.title());
    Error::new(Code::MissingParams, message).with_hint(
        "paste the whole address that the browser shows after the consent, and press Enter",
    )
}

fn cannot_wait(authorization: &Authorization, error: &io::Error) -> Error {
    let uri = authorization.redirect_uri();
    let message = format!("cannot wait for the browser at `{uri}`");
    Error::of_system(Code::RedirectUnavailable, message, error)
        .with_hint(advice!["use ", Parameter::Paste])
}
