//! The dialog of `xreq connect` at a terminal.

use std::io::{self, BufRead, IsTerminal};
use std::time::Duration;

use jiff::SignedDuration;

use crate::app::connect::{
    Announcement, AskedClient, AskedConsumer, ConsentedAccount, DeviceInvitation, Dialog,
    Invitation, Reply, Return,
};
use crate::app::setup::SandboxOffer;
use crate::catalog::Provider;
use crate::commands::client::prompt::{self, SecretNeed};
use crate::commands::keyboard::Keyboard;
use crate::commands::way::place_of;
use crate::error::Result;
use crate::error::wording::command;
use crate::model::credential_id::CredentialId;
use crate::sys::signals;
use crate::terminal::Terminal;
use crate::text::escape::on_one_line;
use crate::text::layout::{Layout, Phrase, Style};
use crate::text::time::in_words;

/// A person at the terminal.
pub(super) struct TerminalDialog<'a> {
    terminal: &'a Terminal,
    keyboard: Keyboard,
}

impl<'a> TerminalDialog<'a> {
    pub(super) fn new(terminal: &'a Terminal) -> Self {
        Self { terminal, keyboard: Keyboard::new() }
    }
}

impl Dialog for TerminalDialog<'_> {
    fn can_confirm(&self) -> bool {
        Keyboard::has_person() && io::stderr().is_terminal()
    }

    fn can_paste(&self) -> bool {
        Keyboard::has_person()
    }

    fn client(
        &self,
        provider: &Provider,
        sandbox: Option<&SandboxOffer>,
    ) -> Result<Option<AskedClient>> {
        if !self.can_confirm() {
            return Ok(None);
        }
        self.terminal.say(&client_wanted(provider, sandbox));
        let id = prompt::id(provider, self.terminal)?;
        let secret = prompt::secret(provider, SecretNeed::Optional)?;
        Ok(Some(AskedClient { id, secret }))
    }

    fn consumer(
        &self,
        provider: &Provider,
        sandbox: Option<&SandboxOffer>,
    ) -> Result<Option<AskedConsumer>> {
        if !self.can_confirm() {
            return Ok(None);
        }
        self.terminal.say(&consumer_wanted(provider, sandbox));
        let key = prompt::consumer_key(provider, self.terminal)?;
        let secret = prompt::consumer_secret(provider)?;
        Ok(Some(AskedConsumer { key, secret }))
    }

    fn announce(&self, announcement: &Announcement<'_>) {
        let Announcement { name, provider, client_id, client, wanted, granted_before } =
            announcement;
        let mut layout = Layout::default();
        let title = on_one_line(&provider.title);
        let app = match client {
            Some(app) => format!("the client `{app}`"),
            None => format!("the client of the environment, `{client_id}`,"),
        };
        let lead = Phrase::new(Style::Strong, &format!("Connecting {name}"));
        let asks = format!(": {title} will ask its owner to let {app}");
        layout.paragraph(0, lead.then(Style::Plain, &asks));
        let mut rows: Vec<(Phrase, Phrase)> = Vec::new();
        for right in wanted {
            let mut allows = Phrase::from(right.allows);
            if let Some(part) = right.part {
                allows = allows.then(Style::Plain, &format!(", by {part}"));
            }
            if let Some(why) = &right.why {
                allows = allows.then(Style::Faint, &format!(" ({why})"));
            }
            rows.push((right.name.into(), allows));
        }
        if let Some(before) = granted_before {
            rows.push(("as before".into(), before.as_str().into()));
        }
        layout.definitions(2, 0, rows);
        self.terminal.say_laid_out(&layout);
    }

    fn invite(&self, invitation: &Invitation<'_>) {
        let mut layout = Layout::default();
        let lead = if invitation.is_opened {
            "The browser was asked to open this address; if it did not, open it yourself:"
        } else {
            "Open this address in a browser, and consent:"
        };
        layout.paragraph(0, lead);
        layout.verbatim(&format!("  {}", on_one_line(invitation.url)));
        // Where something was granted, the redirect URI is right.
        if invitation.is_first {
            layout.paragraph(0, invitation.registration());
        }
        let patience = SignedDuration::try_from(invitation.patience).unwrap_or(SignedDuration::MAX);
        let waits = format!(
            "Waiting for at most {}; until somebody consents, Ctrl-C leaves all as it is.",
            in_words(patience)
        );
        layout.paragraph(0, waits);
        if invitation.can_paste {
            let is_pin = matches!(invitation.back, Return::Pin);
            let alone = if is_pin {
                "At the end the page shows a PIN: type it here"
            } else if invitation.is_awaited {
                "If that browser is on another machine: paste here the whole address of its last page, \
                 which does not load"
            } else {
                "At the end the browser shows a page that does not load, or asks you to copy a code: \
                 paste here the whole address of that page, or the code"
            };
            let life = invitation.provider.lifetimes.authorization_code.filter(|_| !is_pin);
            let haste = life.map_or_else(String::new, |seconds| {
                format!(", at once, since the code in it lives {seconds} seconds")
            });
            layout.paragraph(0, format!("{alone}{haste}:"));
        }
        self.terminal.say_laid_out(&layout);
    }

    fn invite_device(&self, invitation: &DeviceInvitation<'_>) {
        let DeviceInvitation { provider, user_code, page, page_with_code, patience } = invitation;
        let complete = page_with_code.map_or_else(String::new, |page| {
            format!("Or open this address, and compare the code that it shows:\n\n  {page}\n\n")
        });
        let patience = SignedDuration::try_from(*patience).unwrap_or(SignedDuration::MAX);
        self.terminal.say(&format!(
            "Open {page} in any browser, on any device, and type this code:\n\n  {user_code}\n\n{complete}\
             Type it on that page of {} alone, and give it to nobody.\n\nWaiting for the answer, for at \
             most {}. Until somebody consents, Ctrl-C ends this, and leaves everything as it is.\n",
            on_one_line(&provider.title),
            in_words(patience)
        ));
    }

    fn pasted(&self) -> Box<dyn BufRead + Send> {
        self.keyboard.lines()
    }

    fn end_pasting(&self) {
        self.keyboard.close();
        // The terminal has shown `^C`.
        if signals::end_is_wanted() && io::stderr().is_terminal() {
            self.terminal.say("\n");
        }
    }

    fn confirm(&self, account: &ConsentedAccount<'_>, patience: Duration) -> Reply {
        let reply = self.keyboard.ask(|| self.terminal.say(&question(account)), patience);
        if matches!(reply, Reply::None | Reply::Interrupted) {
            self.terminal.say("\n");
        }
        reply
    }
}

/// Returns why a client is asked for, and where a person has one from.
fn client_wanted(provider: &Provider, sandbox: Option<&SandboxOffer>) -> String {
    let title = on_one_line(&provider.title);
    let mut text = format!(
        "There is no client of {title} yet: the app of yours that asks for consent.\n  register it with \
         the redirect URI {}\n",
        provider.redirect_uri()
    );
    if let Some(place) = &provider.help.client {
        text.push_str(&format!("  its id and secret: {}\n", on_one_line(place)));
    }
    if let Some(sandbox) = sandbox
        && let Some(command) = command(&sandbox.request)
    {
        let place = place_of(sandbox);
        text.push_str(&format!("  to try it without an app, {place}: `{command}`\n"));
    }
    text + "Ctrl-C leaves it for later.\n\n"
}

/// Returns why the OAuth 1.0a keys of a client are asked for, and where a person has them from.
fn consumer_wanted(provider: &Provider, sandbox: Option<&SandboxOffer>) -> String {
    let title = on_one_line(&provider.title);
    let mut text = format!(
        "There are no OAuth 1.0a keys of {title} yet: those of the app of yours that asks for consent.\n  \
         switch OAuth 1.0a on for it, and register a redirect URI, such as {}\n",
        provider.redirect_uri()
    );
    if let Some(place) = &provider.help.client {
        text.push_str(&format!("  its keys: {}\n", on_one_line(place)));
    }
    if let Some(sandbox) = sandbox
        && let Some(command) = command(&sandbox.request)
    {
        let place = place_of(sandbox);
        text.push_str(&format!("  to try it without an app, {place}: `{command}`\n"));
    }
    text + "Ctrl-C leaves it for later.\n\n"
}

/// Returns the question whose account consented, and what hangs on the answer.
fn question(account: &ConsentedAccount<'_>) -> String {
    let name = account.name;
    let owner = match account.owner {
        Ok(owner) => owner,
        Err(why) => {
            let expected = account
                .expected
                .as_ref()
                .map_or_else(String::new, |expected| format!("{expected} was expected.\n"));
            let known = account.known_before().map_or_else(String::new, |known| {
                format!("{name} is the account of {known} until now.\n")
            });
            return format!(
                "The account that consented could not be looked up: {why}\n{expected}{known}{}Store \
                 the grant of an unknown account as {name}? [y/N] ",
                consequences(account)
            );
        }
    };
    let change = account.other_account(owner).map_or_else(String::new, |other| {
        format!("{name} is the account of {other} until now; its grant is replaced.\n")
    });
    let owner = owner.named();
    let known = match account.ended.as_slice() {
        [] => String::new(),
        ended => format!("{owner} is {} already.\n", names(ended)),
    };
    format!("{change}{known}{}Connected as {owner}: is this you? [y/N] ", consequences(account))
}

/// Says what the consent did, and what a no does.
fn consequences(ConsentedAccount { ended, maybe_ended, .. }: &ConsentedAccount<'_>) -> String {
    let mut text = String::new();
    let mut say = |condition: &str, ended: &[CredentialId]| {
        if !ended.is_empty() {
            text.push_str(&format!("{condition} ended the grant of {}.\n", names(ended)));
        }
    };
    say("This consent", ended);
    say("If it is the same account, this consent", maybe_ended);
    text.push_str("No, or Ctrl-C, gives the new grant up, and brings nothing back.\n");
    text
}

fn names(grants: &[CredentialId]) -> String {
    grants.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
