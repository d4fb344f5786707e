//! The reason why a call has no answer of its provider.

use std::error::Error as _;
use std::fmt;

use hyper::StatusCode;
use hyper_util::client::legacy::Error;

/// The reason why a call has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// Nothing of it was ever written to the provider, for this cause.
    Unsent(String),
    /// The connection broke off, for this cause.
    Broken(String),
    /// The provider took too long.
    Late,
}

impl Unanswered {
    /// Returns that a call cannot be written as a request.
    pub(super) fn unfit() -> Self {
        Self::Unsent("the call cannot be written as a request".to_owned())
    }

    /// Returns the same of a call that had been sent before.
    pub(super) fn once_sent(self) -> Self {
        match self {
            Self::Unsent(cause) => Self::Broken(cause),
            sent => sent,
        }
    }

    /// Returns the status that the agent is answered.
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Late => StatusCode::GATEWAY_TIMEOUT,
            Self::Unsent(_) | Self::Broken(_) => StatusCode::BAD_GATEWAY,
        }
    }
}

impl From<Error> for Unanswered {
    /// Keeps the innermost cause, which is the one that helps.
    fn from(error: Error) -> Self {
        let mut cause = error.source();
        while let Some(inner) = cause.and_then(std::error::Error::source) {
            cause = Some(inner);
        }
        let text = cause.map_or_else(|| error.to_string(), ToString::to_string);
        if error.is_connect() { Self::Unsent(text) } else { Self::Broken(text) }
    }
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsent(cause) => write!(f, "the provider cannot be reached: {cause}"),
            Self::Broken(cause) => write!(f, "the provider broke the connection off: {cause}"),
            Self::Late => f.write_str("the provider did not answer in time"),
        }
    }
}
