//! The dialog with the person who connects an account: at a terminal, on a page, by a client of tools.

use std::io::BufRead;
use std::time::Duration;

use age::secrecy::SecretString;

use crate::app::connect::confirmation::ConsentedAccount;
use crate::app::setup::SandboxOffer;
use crate::catalog::Provider;
use crate::error::Result;
use crate::model::name::Label;
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
    fn client(
        &self,
        provider: &Provider,
        sandbox: Option<&SandboxOffer>,
    ) -> Result<Option<AskedClient>>;

    /// Asks for the OAuth 1.0a keys of a client where none are known, in the same way.
    fn consumer(
        &self,
        provider: &Provider,
        sandbox: Option<&SandboxOffer>,
    ) -> Result<Option<AskedConsumer>>;

    /// Shows what will be asked for, before anything is opened.
    fn announce(&self, announcement: &Announcement<'_>);

    /// Shows where to consent.
    fn invite(&self, invitation: &Invitation<'_>);

    /// Shows the code to type, and where.
    fn invite_device(&self, invitation: &DeviceInvitation<'_>);

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

/// The OAuth 1.0a keys of a client, as a person has them from the provider.
pub(crate) struct AskedConsumer {
    pub(crate) key: String,
    pub(crate) secret: SecretString,
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
    /// The id of the client that asks, at the provider.
    pub(crate) client_id: &'a str,
    /// Its name in the store; none is that of the environment.
    pub(crate) client: Option<&'a Label>,
    /// The rights that were not granted before.
    pub(crate) wanted: Vec<WantedRight<'a>>,
    /// The names of the others, if there are any.
    pub(crate) granted_before: Option<String>,
}

/// A right that an account's owner will be asked for.
pub(crate) struct WantedRight<'a> {
    /// The name: a scope, or a level.
    pub(crate) name: &'a str,
    /// The token that has it, with its article, where a consent gives several.
    pub(crate) part: Option<&'a str>,
    /// Its meaning.
    pub(crate) allows: &'a str,
    /// The things that want it, where the meaning does not say it.
    pub(crate) why: Option<String>,
}

/// The way to the provider's page, and back.
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Invitation<'a> {
    pub(crate) provider: &'a Provider,
    /// The address of the page.
    pub(crate) url: &'a str,
    pub(crate) back: Return<'a>,
    /// Whether nothing was granted to the client under this label before.
    pub(crate) is_first: bool,
    /// Whether a browser was asked to open it.
    pub(crate) is_opened: bool,
    /// Whether the redirect is listened for on this machine.
    pub(crate) is_awaited: bool,
    /// Whether the redirected address can be pasted.
    pub(crate) can_paste: bool,
    /// The time for which the answer is waited for.
    pub(crate) patience: Duration,
}

/// The way in which an answer comes back from the provider's page.
#[derive(Clone, Copy)]
pub(crate) enum Return<'a> {
    /// The browser is sent to this redirect URI.
    Redirect(&'a str),
    /// The page shows a PIN, which is typed.
    Pin,
}

/// The way to the provider's page on another device.
pub(crate) struct DeviceInvitation<'a> {
    pub(crate) provider: &'a Provider,
    /// The code to type.
    pub(crate) user_code: &'a str,
    /// The address of the page where it is typed.
    pub(crate) page: &'a str,
    /// The address of the page that knows the code.
    pub(crate) page_with_code: Option<&'a str>,
    /// The time for which the answer is waited for.
    pub(crate) patience: Duration,
}

impl Invitation<'_> {
    /// Returns what to look at if the provider refuses before it asks anybody.
    pub(crate) fn registration(&self) -> String {
        let title = on_one_line(&self.provider.title);
        match self.back {
            Return::Redirect(uri) => {
                format!("If {title} refuses: the app needs the redirect URI {uri}")
            }
            Return::Pin => {
                format!("If {title} refuses: the app needs some redirect URI, for a PIN too")
            }
        }
    }

    /// Returns the same, and where the redirect URI is registered.
    pub(crate) fn place_of_registration(&self) -> String {
        let place = self.provider.help.redirect_uri.as_deref();
        let place = place.map_or_else(String::new, |place| format!(": {}", on_one_line(place)));
        format!("{}, letter by letter{place}", self.registration())
    }
}
