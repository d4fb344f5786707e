//! The dialog with the person who connects an account: at a terminal, on a page, by a client of tools.

use std::io::BufRead;
use std::time::Duration;

use age::secrecy::SecretString;

use crate::app::connect::confirmation::ConsentedAccount;
use crate::app::connect::request::ConsentRequest;
use crate::catalog::Provider;
use crate::error::{Remedy, Result};
use crate::model::scope::ScopeSet;
use crate::oauth::client::Client;
use crate::store::CredentialId;
use crate::text::escape::on_one_line;

/// Shows the steps of an attempt to a person, and takes their answers.
pub(crate) trait Dialog {
    /// Returns whether somebody is there to confirm the account.
    fn can_confirm(&self) -> bool;

    /// Returns whether somebody is there to paste the redirected address, if a browser is listened for
    /// as well.
    fn can_paste(&self) -> bool;

    /// Asks for the client of a provider where none is known; `None` if nobody is there to be asked.
    /// `sandbox` starts a provider that needs none, where there is one.
    fn client(&self, provider: &Provider, sandbox: Option<&Remedy>) -> Result<Option<AskedClient>>;

    /// Shows what will be asked for, before anything is opened.
    fn announce(&self, announcement: &Announcement<'_>);

    /// Shows where to consent.
    fn invite(&self, invitation: &Invitation<'_>);

    /// Returns the lines that are pasted, until the dialog is told that they are no longer wanted.
    fn pasted(&self) -> Box<dyn BufRead + Send>;

    /// Ends the pasted lines: when this returns, nobody reads any more.
    fn end_pasting(&self);

    /// Asks whether the account that consented is the person's own, and waits for the answer.
    fn confirm(&self, account: &ConsentedAccount<'_>, patience: Duration) -> Reply;
}

/// A client, as a person has it from the provider.
pub(crate) struct AskedClient {
    pub(crate) id: String,
    /// `None` is that of a public client.
    pub(crate) secret: Option<SecretString>,
}

/// The answer to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Yes,
    No,
    /// Nobody answered in time.
    None,
    /// The process was told to end meanwhile.
    Interrupted,
}

/// The announcement of the consent that an account's owner will be asked for.
pub(crate) struct Announcement<'a> {
    pub(crate) name: &'a CredentialId,
    pub(crate) provider: &'a Provider,
    pub(crate) client: &'a Client,
    pub(crate) request: &'a ConsentRequest,
}

/// The way to the provider's page, and back.
pub(crate) struct Invitation<'a> {
    pub(crate) provider: &'a Provider,
    /// The address of the page.
    pub(crate) url: &'a str,
    pub(crate) redirect_uri: &'a str,
    /// The scopes that the label's grant has already.
    pub(crate) granted_before: &'a ScopeSet,
    /// Whether a browser was asked to open it.
    pub(crate) is_opened: bool,
    /// Whether the redirect is listened for on this machine.
    pub(crate) is_awaited: bool,
    /// Whether the redirected address can be pasted.
    pub(crate) can_paste: bool,
    /// The time for which the answer is waited for.
    pub(crate) patience: Duration,
}

impl Invitation<'_> {
    /// Returns what to look at if the provider refuses before it asks anybody.
    pub(crate) fn registration(&self) -> String {
        format!(
            "If {} refuses: the app needs the redirect URI {}",
            on_one_line(&self.provider.title),
            self.redirect_uri
        )
    }

    /// Returns the same, and where the redirect URI is registered.
    pub(crate) fn place_of_registration(&self) -> String {
        let place = self.provider.help.redirect_uri.as_deref();
        let place = place.map_or_else(String::new, |place| format!(": {}", on_one_line(place)));
        format!("{}, letter by letter{place}", self.registration())
    }
}
