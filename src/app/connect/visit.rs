//! The visit of an account's owner to the provider's page, and the answer that comes back from it.

use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use crate::app::connect::dialog::{Dialog, Invitation, Return};
use crate::app::connect::last_page::LastPage;
use crate::app::connect::options::ConnectOptions;
use crate::app::context::Context;
use crate::catalog::Provider;
use crate::credential::failure::connect;
use crate::error::{Code, Error, Parameter, Remedy, Result, advice};
use crate::launch::deliver::file::PageFile;
use crate::oauth::consent::awaited::Awaited;
use crate::oauth::consent::browser::BrowserFailure;
use crate::oauth::consent::redirect_uri::RedirectUri;
use crate::oauth::consent::wait::{self, Answer, Company, Listener, Ways};
use crate::oauth::consent::{browser, opening};
use crate::sandbox::Face;
use crate::store::CredentialId;
use crate::sys::runtime_folder::Runtime;

/// Time in which a server of this machine has to take a connection.
const LOOPBACK_PATIENCE: Duration = Duration::from_millis(500);

/// The visit that an attempt asks for.
pub(super) struct Visit<'a> {
    pub(super) options: &'a ConnectOptions,
    pub(super) context: &'a Context,
    pub(super) dialog: &'a dyn Dialog,
    pub(super) provider: &'a Provider,
    pub(super) name: &'a CredentialId,
    /// The address of the page.
    pub(super) url: &'a str,
    /// The way in which the answer comes back.
    pub(super) back: Return<'a>,
    /// Whether nothing was granted to the client under this label before.
    pub(super) is_first: bool,
    /// Whether a browser is to be opened.
    pub(super) opens: bool,
}

impl Visit<'_> {
    /// Waits for the answer, whichever way it comes.
    pub(super) fn answer<A: Awaited + 'static>(
        &self,
        awaited: &Arc<A>,
        listener: Option<Listener>,
        last_page: &mut LastPage,
    ) -> Result<Answer> {
        let listens = listener.is_some();
        let runtime = last_page.runtime()?;
        // It is there until the wait is over.
        let page = if self.opens { self.page() } else { None };
        let opening = page.as_ref().map(|page| browser::open(&page.path(), &self.context.env));
        let invitation = Invitation {
            provider: self.provider,
            url: self.url,
            back: self.back,
            is_first: self.is_first,
            is_opened: opening.as_ref().is_some_and(|opening| opening.is_started),
            is_awaited: listens,
            can_paste: !listens || self.dialog.can_paste(),
            patience: self.options.patience,
        };
        self.dialog.invite(&invitation);
        if let Some(gone) = absent_server(self.url) {
            let title = &self.provider.title;
            let absent =
                format!("nothing answers at {gone}, where {title} is to ask for the consent: ");
            self.context.reporter.warning(match self.sandbox_here()? {
                Some(sandbox) => {
                    advice![absent, sandbox.request(), " starts the sandbox; then run this again"]
                }
                None => advice![absent, "start that server, then open the address"],
            });
        }
        let paste = invitation.can_paste.then(|| self.dialog.pasted());
        let ways = Ways { listener, paste, opening };
        let answer = wait::wait(&runtime, awaited, ways, self.options.patience, self);
        self.dialog.end_pasting();
        answer.map_err(|error| match error.code() {
            Code::SessionExpired | Code::Interrupted => {
                let again = error.remedy().cloned().unwrap_or("run the command again".into());
                error.with_hint(advice![again, ". ", invitation.place_of_registration()])
            }
            _ => error,
        })
    }

    /// Returns what starts the sandbox, if one is in the provider's place in this home.
    fn sandbox_here(&self) -> Result<Option<Remedy>> {
        let face = Face::of(self.provider.slug.as_str());
        let face = face.filter(|_| self.context.config().is_ok_and(|config| config.is_of_sandbox));
        let home = self.context.home()?.data().to_owned();
        Ok(face.map(|face| face.start(Some(home))))
    }

    /// Writes the page that leads the browser to the consent, if there is a browser. Without it, the
    /// address is still in the invitation.
    fn page(&self) -> Option<PageFile> {
        if !self.options.may_open || !browser::is_known(&self.context.env) {
            return None;
        }
        let html = opening::page(self.url, &self.provider.title);
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
}

impl Company for Visit<'_> {
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
fn absent_server(url: &str) -> Option<String> {
    let server = RedirectUri::parse(url).ok()?;
    let loopback = server.loopback()?;
    let answers = |address: &IpAddr| {
        let address = SocketAddr::new(*address, loopback.port);
        TcpStream::connect_timeout(&address, LOOPBACK_PATIENCE).is_ok()
    };
    let is_gone = !loopback.addresses().iter().any(answers);
    is_gone.then(|| format!("{}:{}", loopback.host, loopback.port))
}
