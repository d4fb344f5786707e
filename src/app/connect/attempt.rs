//! An attempt to connect an account: the consent of its owner.

use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use crate::app::connect::dialog::{Announcement, Dialog, Invitation};
use crate::app::connect::last_page::LastPage;
use crate::app::connect::options::ConnectOptions;
use crate::app::connect::request::ConsentRequest;
use crate::app::context::Context;
use crate::catalog::{Provider, Urls};
use crate::credential::failure::connect;
use crate::error::{Code, Error, Parameter, Remedy, Result, advice};
use crate::launch::deliver::file::PageFile;
use crate::oauth::client::Client;
use crate::oauth::consent::authorization::{Authorization, Wish};
use crate::oauth::consent::browser::BrowserFailure;
use crate::oauth::consent::redirect_uri::RedirectUri;
use crate::oauth::consent::wait;
use crate::oauth::consent::wait::{Answer, Company, Listener, Ways};
use crate::oauth::consent::{browser, opening};
use crate::store::CredentialId;
use crate::sys::runtime_folder::Runtime;

/// Time in which a server of this machine has to take a connection.
const LOOPBACK_PATIENCE: Duration = Duration::from_millis(500);

/// Everything that an attempt works with.
pub(super) struct Attempt<'a> {
    pub(super) options: &'a ConnectOptions,
    pub(super) context: &'a Context,
    pub(super) dialog: &'a dyn Dialog,
    pub(super) provider: &'a Provider,
    pub(super) name: &'a CredentialId,
    pub(super) client: &'a Client,
    /// The provider's URLs for the client.
    pub(super) urls: &'a Urls,
    /// The account that is expected to consent, if one is known.
    pub(super) hint: Option<&'a str>,
    /// Whether the account consented before.
    pub(super) adds: bool,
}

impl Attempt<'_> {
    /// Shows what will be asked for, before anything is opened.
    pub(super) fn announce(&self, request: &ConsentRequest) {
        let Self { name, provider, client, .. } = self;
        self.dialog.announce(&Announcement { name, provider, client, request });
    }

    /// Waits for the consent, whichever way it comes.
    pub(super) fn consent(
        &self,
        request: &ConsentRequest,
        last_page: &mut LastPage,
    ) -> Result<(Arc<Authorization>, Answer)> {
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
        let wish = Wish { scopes: &request.scopes, adds: self.adds, account: self.hint };
        let (provider, id) = (self.provider, &self.client.id);
        let authorization = Authorization::new(provider, self.urls, id, redirect_uri, &wish)?
            .repeated_by(connect(self.name));
        let authorization = Arc::new(authorization);
        let runtime = last_page.runtime()?;
        // It is there until the wait is over.
        let page = if listens { self.page(&authorization) } else { None };
        let opening = page.as_ref().map(|page| browser::open(&page.path(), &self.context.env));
        let invitation = Invitation {
            provider: self.provider,
            url: authorization.url(),
            redirect_uri: &authorization.redirect_uri().to_string(),
            granted_before: &request.granted_before,
            is_opened: opening.as_ref().is_some_and(|opening| opening.is_started),
            is_awaited: listens,
            can_paste: !listens || self.dialog.can_paste(),
            patience: self.options.patience,
        };
        self.dialog.invite(&invitation);
        if let Some(gone) = absent_server(&self.urls.authorize) {
            let title = &self.provider.title;
            self.context.reporter.warning(advice![
                format!("nothing answers at {gone}, where {title} is to ask for the consent: "),
                "start that server (the sandbox: ",
                Remedy::StartSandbox { home: None }.request(),
                "), then open the address"
            ]);
        }
        let paste = invitation.can_paste.then(|| self.dialog.pasted());
        let ways = Ways { listener, paste, opening };
        let answer = wait::wait(&runtime, &authorization, ways, self.options.patience, self);
        self.dialog.end_pasting();
        match answer {
            Ok(answer) => Ok((authorization, answer)),
            Err(error) if matches!(error.code(), Code::SessionExpired | Code::Interrupted) => {
                let again = error.remedy().cloned().unwrap_or("run the command again".into());
                Err(error.with_hint(advice![again, ". ", invitation.place_of_registration()]))
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
                self.context.reporter.warning(format!("no browser was opened: {error}").into());
            })
            .ok()
    }

    /// Says where the redirect URI is registered, beside what is wrong with it here.
    fn with_place(&self, error: Error) -> Error {
        match (&self.provider.help.redirect_uri, error.remedy().cloned()) {
            (Some(place), Some(remedy)) => error
                .with_hint(advice![remedy, format!("; another one is registered here: {place}")]),
            _ => error,
        }
    }
}

impl Company for Attempt<'_> {
    fn told(&self, sentence: &str) {
        self.context.reporter.note(sentence.into());
    }

    /// Tells a person of a browser that failed; where nobody is, the last one that fails ends the wait.
    fn browser_failed(&self, BrowserFailure { what, is_last }: &BrowserFailure) -> Result<()> {
        let then = match is_last {
            true if self.dialog.can_paste() => {
                "open the address above yourself, or end this by Ctrl-C"
            }
            true => {
                return Err(Error::new(Code::BrowserFailed, what.as_str()).with_hint(advice![
                    "nobody consented, and nothing was stored: correct `BROWSER`, or run ",
                    connect(self.name).with(Parameter::NoBrowser),
                    " and open the address that it shows while it waits"
                ]));
            }
            false => "the next one is tried",
        };
        self.context.reporter.warning(format!("{what}; {then}").into());
        Ok(())
    }
}

/// Returns the address of an authorization server on this machine at which nobody listens.
fn absent_server(authorize_url: &str) -> Option<String> {
    let server = RedirectUri::parse(authorize_url).ok()?;
    let loopback = server.loopback()?;
    let answers = |address: &IpAddr| {
        let address = SocketAddr::new(*address, loopback.port);
        TcpStream::connect_timeout(&address, LOOPBACK_PATIENCE).is_ok()
    };
    let is_gone = !loopback.addresses().iter().any(answers);
    is_gone.then(|| format!("{}:{}", loopback.host, loopback.port))
}
