//! The wait for the account's owner: the browser's redirect, or what a person pastes, whichever
//! comes first.

use std::future::pending;
use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use age::secrecy::SecretString;
use jiff::SignedDuration;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{Receiver, channel};
use zeroize::Zeroizing;

use super::awaited::{Awaited, RedirectAnswer};
use super::browser::{BrowserFailure, Opening};
use super::callback::Arrival;
pub use super::callback::{Browser, Listener};
use super::paste;
use crate::error::{Advice, Code, Error, Parameter, Remedy, Result, advice};
use crate::sys::signals;
use crate::text::time::in_words;

/// The interval at which it is checked whether the process was told to end.
const NAP: Duration = Duration::from_millis(20);

/// The most bytes of a line that is pasted.
const LONGEST_LINE: u64 = 16 * 1024;

/// The answer of the account's owner.
#[derive(Debug)]
pub struct Answer {
    /// The authorization code, which lives for seconds; or why there is none.
    pub code: Result<SecretString>,
    /// `true` if a person pasted it.
    pub pasted: bool,
    /// The browser that brought it and waits for its page.
    pub browser: Option<Browser>,
}

/// The ways on which an answer may come.
#[derive(Default)]
pub struct Ways {
    /// The address of the redirect.
    pub listener: Option<Listener>,
    /// The lines that a person pastes. A thread of its own reads them to their end, and goes on when
    /// the wait is over: what comes after a code is nobody's.
    pub paste: Option<Box<dyn BufRead + Send>>,
    /// The start of a browser.
    pub opening: Option<Opening>,
}

/// The person who waits too.
pub trait Company {
    /// Shows a sentence about a line that was pasted and cannot be used; the wait goes on.
    fn told(&self, sentence: &str);

    /// Learns that a browser failed; an error ends the wait.
    ///
    /// # Errors
    ///
    /// Nobody is there to open the address in another way.
    fn browser_failed(&self, failure: &BrowserFailure) -> Result<()>;
}

/// Waits for an answer, at most for `timeout`, by a runtime that another thread drives.
///
/// # Errors
///
/// Nobody answered. [`Code::SessionExpired`]: the time is over. [`Code::MissingParams`]: there is
/// nowhere left that an answer can come from. [`Code::RedirectUnavailable`]: the listener cannot be
/// used. [`Code::Interrupted`]: a signal came that the caller holds back. Or that of a browser that
/// failed.
pub fn wait<A: Awaited + 'static>(
    runtime: &Handle,
    awaited: &Arc<A>,
    ways: Ways,
    timeout: Duration,
    company: &dyn Company,
) -> Result<Answer> {
    let Ways { listener, paste, opening } = ways;
    let serve = |listener: Listener| listener.serve(runtime, Arc::clone(awaited) as _);
    let (arrival, browser) = listener.map(serve).unzip();
    let awaited: &dyn Awaited = &**awaited;
    let (redirected, pasted) = runtime.block_on(async {
        let first = first(awaited, arrival, paste, opening, company);
        tokio::time::timeout(timeout, first).await.unwrap_or_else(|_| Err(expired(timeout)))
    })?;
    let browser = browser.filter(|_| !pasted);
    Ok(Answer { code: code(awaited, redirected), pasted, browser })
}

/// Waits for the first answer, and returns whether it was pasted.
async fn first(
    awaited: &dyn Awaited,
    arrival: Option<Arrival>,
    paste: Option<Box<dyn BufRead + Send>>,
    opening: Option<Opening>,
    company: &dyn Company,
) -> Result<(RedirectAnswer, bool)> {
    let is_listening = arrival.is_some();
    let browser = async {
        match arrival {
            // The sender lives for as long as the browser.
            Some(arrival) => {
                arrival.await.unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()))
            }
            None => pending().await,
        }
    };
    let person = async {
        if let Some(reader) = paste {
            let lines = lines(reader).map_err(|error| cannot_wait(awaited, &error))?;
            if let Some(redirected) = pasted(awaited, lines, company).await {
                return Ok(redirected);
            }
        }
        if is_listening { pending().await } else { Err(nowhere_left(awaited)) }
    };
    let failure = async {
        if let Some(mut opening) = opening {
            while let Some(failure) = opening.failure().await {
                if let Err(error) = company.browser_failed(&failure) {
                    return error;
                }
            }
        }
        pending().await
    };
    tokio::select! {
        arrived = browser => arrived
            .map(|redirected| (redirected, false))
            .map_err(|error| cannot_wait(awaited, &error)),
        redirected = person => redirected.map(|redirected| (redirected, true)),
        error = failure => Err(error),
        () = told_to_end() => {
            let message = "the wait was ended before anybody consented: nothing was stored or changed";
            Err(Error::new(Code::Interrupted, message).with_hint(again(awaited)))
        }
    }
}

/// Waits until the process is told to end by a signal that is held back.
pub(crate) async fn told_to_end() {
    while !signals::end_is_wanted() {
        tokio::time::sleep(NAP).await;
    }
}

/// Waits for the first line that can be used; none, where the lines end before.
async fn pasted(
    awaited: &dyn Awaited,
    mut lines: Receiver<Zeroizing<String>>,
    company: &dyn Company,
) -> Option<RedirectAnswer> {
    while let Some(line) = lines.recv().await {
        if line.trim().is_empty() {
            continue;
        }
        match paste::read(awaited, &line) {
            RedirectAnswer::Foreign => company.told(&format!(
                "this is neither the code nor the URL of this attempt: paste {}",
                awaited.pasted()
            )),
            RedirectAnswer::Incomplete => company.told(
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

fn code(awaited: &dyn Awaited, redirected: RedirectAnswer) -> Result<SecretString> {
    match redirected {
        RedirectAnswer::Code(code) => Ok(code),
        RedirectAnswer::Refused { error, description } => {
            Err(refused(awaited, &error, description.as_deref()))
        }
        RedirectAnswer::WrongIssuer => {
            let message = format!(
                "the redirect says that it comes from another server than {}'s (RFC 9207), \
                 and was not used",
                awaited.title()
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
                awaited.title()
            );
            Err(Error::new(Code::AuthorizationDenied, message).with_hint(
                "whoever sent it may be another server; where the provider does not send `iss`, take \
                 `authorization_response_iss_parameter_supported` out of its file",
            ))
        }
        RedirectAnswer::Foreign | RedirectAnswer::Incomplete => {
            let message = format!(
                "{} sent the browser back with neither a code nor an error",
                awaited.title()
            );
            Err(Error::new(Code::MissingParams, message).with_hint(again(awaited)))
        }
    }
}

/// Returns the meaning of the provider's refusal (RFC 6749 section 4.1.2.1).
fn refused(awaited: &dyn Awaited, error: &str, description: Option<&str>) -> Error {
    let title = awaited.title();
    let words = match description {
        Some(description) => format!("`{error}`: {description}"),
        None => format!("`{error}`"),
    };
    let (code, what, hint) = match error {
        "access_denied" => (
            Code::AuthorizationDenied,
            format!("the consent was refused on {title}'s page"),
            again(awaited),
        ),
        "server_error" | "temporarily_unavailable" => (
            Code::ProviderUnavailable,
            format!("{title} could not ask for consent"),
            advice!["try later: ", Remedy::from(again(awaited))],
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
            again(awaited),
        ),
    };
    Error::new(code, format!("{what} ({words})")).with_hint(hint)
}

fn again(awaited: &dyn Awaited) -> Advice {
    advice![awaited.repetition().clone().request(), " asks again"]
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

fn nowhere_left(awaited: &dyn Awaited) -> Error {
    let message = format!("the input ended without the code that {} gave", awaited.title());
    Error::new(Code::MissingParams, message)
        .with_hint(format!("paste {}, and press Enter", awaited.pasted()))
}

fn cannot_wait(awaited: &dyn Awaited, error: &io::Error) -> Error {
    let uri = awaited.comes_back_to();
    let message = format!("cannot wait for the browser at `{uri}`");
    Error::of_system(Code::RedirectUnavailable, message, error)
        .with_hint(advice!["use ", Parameter::Paste])
}
