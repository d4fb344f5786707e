//! The options of an attempt to connect an account.

use std::path::PathBuf;
use std::time::Duration;

use crate::model::access_level::AccessLevel;
use crate::oauth::expectation::Expectation;

/// Options of connecting an account, and the consent to ask its owner for.
#[derive(Clone, Debug)]
pub(crate) struct ConnectOptions {
    /// The provider; none is the only one that the manifest needs.
    pub(crate) provider: Option<String>,
    /// The label of the account.
    pub(crate) account: String,
    /// The client that asks; none is the one that the account was connected with, else `default`.
    pub(crate) client: Option<String>,
    /// Integration keys to ask for, instead of those of the manifest.
    pub(crate) keys: Vec<String>,
    /// Scopes to ask for as well.
    pub(crate) add_scopes: Vec<String>,
    /// The part of the consent that they are asked for with; none is the first that can have them.
    pub(crate) part: Option<String>,
    /// The account that has to consent.
    pub(crate) expect: Option<Expectation>,
    /// Whether the label may pass to another account.
    pub(crate) may_replace: bool,
    /// The way in which the answer comes.
    pub(crate) way: AnswerWay,
    /// The level to ask for, with tokens that have one.
    pub(crate) level: Option<AccessLevel>,
    /// Whether a browser may be opened.
    pub(crate) may_open: bool,
    /// Time that a person may take.
    pub(crate) patience: Duration,
    /// The manifest; none is the one that is found here.
    pub(crate) manifest: Option<PathBuf>,
    /// More provider files.
    pub(crate) catalog: Vec<PathBuf>,
}

/// A way in which the answer of an account's owner comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum AnswerWay {
    /// By the browser's redirect; or as the provider lets it, where no browser can be opened.
    #[default]
    Usual,
    /// By the address that the browser ends at, which is pasted.
    Paste,
    /// By a code that is typed on another device.
    Device,
    /// By a PIN that the provider's page shows, with OAuth 1.0a.
    Pin,
}
