//! An attempt to connect an account: the consent of its owner.

use std::sync::Arc;

use crate::app::connect::dialog::{Announcement, Dialog, Invitation};
use crate::app::connect::options::ConnectOptions;
use crate::app::connect::request::ConsentRequest;
use crate::app::context::Context;
use crate::app::network::Network;
use crate::catalog::Provider;
use crate::credential::failure::connect;
use crate::error::{Code, Error, Result};
use crate::launch::deliver::file::PageFile;
use crate::oauth::client::Client;
use crate::oauth::consent::authorization::Authorization;
use crate::oauth::consent::redirect_uri::RedirectUri;
use crate::oauth::consent::wait;
use crate::oauth::consent::wait::{Answer, Listener};
use crate::oauth::consent::{browser, opening};
use crate::store::GrantName;
use crate::sys::runtime_folder::Runtime;

/// Everything that an attempt works with.
pub(super) struct Attempt<'a> {
    pub(super) options: &'a ConnectOptions,
    pub(super) context: &'a Context,
    pub(super) dialog: &'a dyn Dialog,
    pub(super) provider: &'a Provider,
    pub(super) name: &'a GrantName,
    pub(super) client: &'a Client,
}

impl Attempt<'_> {
    /// Shows what will be asked for, before anything is opened.
    pub(super) fn announce(&self, request: &ConsentRequest) {
        let Self { name, provider, client, .. } = self;
        self.dialog.announce(&Announcement { name, provider, client, request });
    }

    /// Waits for the consent, whichever way it comes.
    pub(super) fn consent(&self, request: &ConsentRequest) -> Result<(Authorization, Answer)> {
        let redirect_uri = RedirectUri::parse(&self.client.redirect_uri)?;
        let listens = !self.options.paste && redirect_uri.loopback().is_some();
        let listener = if listens {
            Some(Listener::bind(&redirect_uri).map_err(|error| self.with_place(error))?)
        } else {
            None
        };
        let redirect_uri = match &listener {
            Some(listener) => redirect_uri.with_port(listener.port()),
            None => redirect_uri,
        };
        let authorization =
            Authorization::new(self.provider, &self.client.id, redirect_uri, &request.scopes)?
                .repeated_by(connect(self.name));
        // It is there until the wait is over.
        let page = if listens { self.page(&authorization) } else { None };
        let invitation = Invitation {
            provider: self.provider,
            url: authorization.url(),
            redirect_uri: &authorization.redirect_uri().to_string(),
            is_opened: page.as_ref().is_some_and(|page| self.open(page)),
            is_awaited: listens,
            can_paste: !listens || self.dialog.can_paste(),
        };
        self.dialog.invite(&invitation);
        let pasted = invitation.can_paste.then(|| self.dialog.pasted());
        let note = |sentence: &str| self.context.reporter.note(sentence);
        let network = Network::default();
        let (runtime, patience) = (network.runtime()?, self.options.patience);
        let answer = wait::wait(runtime, &authorization, listener, pasted, patience, &note);
        self.dialog.end_pasting();
        match answer {
            Ok(answer) => Ok((authorization, answer)),
            Err(error) if error.code() == Code::SessionExpired => {
                let again = error.hint().unwrap_or("run the command again");
                let hint = format!("{again}. {}", invitation.registration());
                Err(error.with_hint(hint))
            }
            Err(error) => Err(error),
        }
    }

    /// Writes the page that leads the browser to the consent, if there is a browser. Without it, the
    /// address is still in the invitation.
    fn page(&self, authorization: &Authorization) -> Option<PageFile> {
        if !self.options.may_open || !browser::is_known(&self.context.env) {
            return None;
        }
        let html = opening::page(authorization.url(), &self.provider.title);
        let written = self
            .context
            .home()
            .and_then(|home| Runtime::in_store(&home))
            .and_then(|runtime| PageFile::write(runtime, "consent", &html));
        written
            .map_err(|error| {
                self.context.reporter.warning(&format!("no browser was opened: {error}"));
            })
            .ok()
    }

    fn open(&self, page: &PageFile) -> bool {
        let reporter = Arc::clone(&self.context.reporter);
        let tell = move |sentence: &str| {
            reporter.warning(&format!("{sentence}; open the address that is shown here yourself"));
        };
        browser::open(&page.path(), &self.context.env, tell)
    }

    /// Says where the redirect URI is registered, beside what is wrong with it here.
    fn with_place(&self, error: Error) -> Error {
        match (&self.provider.help.redirect_uri, error.hint()) {
            (Some(place), Some(hint)) => {
                let hint = format!("{hint}; another one is registered here: {place}");
                error.with_hint(hint)
            }
            _ => error,
        }
    }
}
