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
    /// The account that has to consent.
    pub(crate) expect: Option<Expectation>,
    /// Whether the label may pass to another account.
    pub(crate) may_replace: bool,
    /// Whether to paste the redirected address instead of listening for a browser.
    pub(crate) paste: bool,
    /// Whether a PIN is typed instead, where the protocol has one.
    pub(crate) types_pin: bool,
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
