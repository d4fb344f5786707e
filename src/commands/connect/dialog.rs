//! The dialog of `xreq connect` at a terminal.

use std::io::{self, BufRead, IsTerminal};
use std::time::Duration;

use jiff::SignedDuration;

use crate::app::connect::{
    Announcement, AskedClient, ConsentedAccount, Dialog, Invitation, Reply, describe,
};
use crate::catalog::Provider;
use crate::commands::client::prompt::{self, SecretNeed};
use crate::commands::keyboard::Keyboard;
use crate::commands::way::place_of;
use crate::error::wording::command;
use crate::error::{Remedy, Result};
use crate::model::credential_id::CredentialId;
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

    fn client(&self, provider: &Provider, sandbox: Option<&Remedy>) -> Result<Option<AskedClient>> {
        if !self.can_confirm() {
            return Ok(None);
        }
        self.terminal.say(&client_wanted(provider, sandbox));
        let id = prompt::id(provider, self.terminal)?;
        let secret = prompt::secret(provider, SecretNeed::Optional)?;
        Ok(Some(AskedClient { id, secret }))
    }

    fn announce(&self, Announcement { name, provider, client, request }: &Announcement<'_>) {
        let mut layout = Layout::default();
        let title = on_one_line(&provider.title);
        let app = match &client.name {
            Some(app) => format!("the client `{app}`"),
            None => format!("the client of the environment, `{}`,", client.id),
        };
        let lead = Phrase::new(Style::Strong, &format!("Connecting {name}"));
        let asks = format!(": {title} will ask its owner to let {app}");
        layout.paragraph(0, lead.then(Style::Plain, &asks));
        let is_new = |scope: &str| !request.granted_before.contains(scope);
        let mut rows: Vec<(Phrase, Phrase)> = Vec::new();
        for (scope, why) in request.wanted.iter().filter(|(scope, _)| is_new(scope)) {
            let mut allows = Phrase::from(describe(provider, scope));
            // Of the others, the description does not say why they are asked for.
            if provider.offline_scope.as_deref() != Some(scope) {
                allows = allows.then(Style::Faint, &format!(" ({})", why.brief()));
            }
            rows.push((scope.as_str().into(), allows));
        }
        if !request.granted_before.is_empty() {
            rows.push(("as before".into(), request.granted_before.to_string().into()));
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
        if invitation.granted_before.is_empty() {
            layout.paragraph(0, invitation.registration());
        }
        let patience = SignedDuration::try_from(invitation.patience).unwrap_or(SignedDuration::MAX);
        let waits = format!(
            "Waiting for at most {}; until somebody consents, Ctrl-C leaves all as it is.",
            in_words(patience)
        );
        layout.paragraph(0, waits);
        if invitation.can_paste {
            let alone = if invitation.is_awaited {
                "If that browser is on another machine: paste here the whole address of its last page, \
                 which does not load"
            } else {
                "At the end the browser shows a page that does not load, or asks you to copy a code: \
                 paste here the whole address of that page, or the code"
            };
            let life = invitation.provider.lifetimes.authorization_code;
            let haste = life.map_or_else(String::new, |seconds| {
                format!(", at once, since the code in it lives {seconds} seconds")
            });
            layout.paragraph(0, format!("{alone}{haste}:"));
        }
        self.terminal.say_laid_out(&layout);
    }

    fn pasted(&self) -> Box<dyn BufRead + Send> {
        self.keyboard.lines()
    }

    fn end_pasting(&self) {
        self.keyboard.close();
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
fn client_wanted(provider: &Provider, sandbox: Option<&Remedy>) -> String {
    let title = on_one_line(&provider.title);
    let mut text = format!(
        "There is no client of {title} yet: the app of yours that asks for consent.\n  register it with \
         the redirect URI {}\n",
        provider.redirect_uri
    );
    if let Some(place) = &provider.help.client {
        text.push_str(&format!("  its id and secret: {}\n", on_one_line(place)));
    }
    if let Some(sandbox) = sandbox
        && let Some(command) = command(sandbox)
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
