//! The answer to a request for consent: what may come, and the request that judges it.

use std::fmt::Debug;

use age::secrecy::SecretString;

use crate::error::Remedy;

/// The content of a redirect (RFC 6749 section 4.1.2), or of what a person pastes in its place.
#[derive(Debug)]
pub enum RedirectAnswer {
    /// It does not belong to this attempt: its `state` is missing or another one. It has to be
    /// ignored, since anybody can send one.
    Foreign,
    /// Consent was given.
    Code(SecretString),
    /// Consent was not given. Both texts are the provider's, made fit to be shown.
    Refused {
        /// The error code, such as `access_denied`.
        error: String,
        /// Its description, in the provider's words.
        description: Option<String>,
    },
    /// It belongs to this attempt, and has neither a code nor an error that can be used.
    Incomplete,
    /// It says that another authorization server sent it (RFC 9207 section 2.4).
    WrongIssuer,
    /// It does not say who sent it, though the authorization server promises to (RFC 9207 section
    /// 2.4).
    NoIssuer,
}

/// A request for consent whose answer is waited for.
pub trait Awaited: Debug + Send + Sync {
    /// Judges the query of a redirect (what is behind `?`).
    fn read(&self, query: &str) -> RedirectAnswer;

    /// Judges a code that came without anything else.
    fn bare(&self, code: &str) -> RedirectAnswer;

    /// Returns the parameter of a redirect that binds it to this request.
    fn binding(&self) -> &'static str;

    /// Returns what a person is to paste.
    fn pasted(&self) -> &'static str;

    /// Returns the name of the provider for people.
    fn title(&self) -> &str;

    /// Returns the place to which the browser comes back.
    fn comes_back_to(&self) -> String;

    /// Returns the request that makes another attempt.
    fn repetition(&self) -> &Remedy;
}
