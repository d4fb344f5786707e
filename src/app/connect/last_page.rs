//! The page that a browser is left with at the end of an attempt.

use tokio::runtime::Handle;

use crate::error::{Code, Error, Result};
use crate::http::server::Background;
use crate::oauth::consent::page::Page;
use crate::oauth::consent::wait::Browser;
use crate::sys::signals::Uninterrupted;

/// The last page of an attempt. It outlives the attempt, so that a browser which comes again, as for a
/// reload, finds it until the command ends. Signals that end the process wait until this is dropped:
/// what became of the attempt is told first, to the browser too.
#[derive(Default)]
pub(crate) struct LastPage {
    browser: Option<Browser>,
    background: Option<Background>,
    uninterrupted: Option<Uninterrupted>,
}

impl LastPage {
    /// Holds signals back from now on.
    pub(super) fn hold_signals(&mut self) {
        self.uninterrupted = Some(Uninterrupted::begin());
    }

    /// Starts the runtime that serves it.
    ///
    /// # Errors
    ///
    /// [`Code::RedirectUnavailable`]: the system gives no thread.
    pub(super) fn runtime(&mut self) -> Result<Handle> {
        let background = Background::start("redirect").map_err(|error| {
            let message = format!("cannot wait for the consent: {error}");
            Error::new(Code::RedirectUnavailable, message)
                .with_hint("end other processes of this user, and try again")
        })?;
        Ok(self.background.insert(background).handle().clone())
    }

    /// Takes the browser that waits for the page.
    pub(super) fn take(&mut self, browser: Option<Browser>) {
        self.browser = browser;
    }

    /// Shows a page to the browser, if there is one.
    pub(super) fn show(&self, page: &Page<'_>) {
        if let Some(browser) = &self.browser {
            browser.show(page);
        }
    }

    /// Keeps the page within reach for a moment, if a tab has just shown it.
    pub(crate) fn linger(mut self) {
        if let Some(browser) = self.browser.take() {
            browser.linger();
        }
    }
}
