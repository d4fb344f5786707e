//! `xreq connect`: consent of an account's owner, exchanged for a grant.

mod asked;
mod confirmation;
mod exchange;
mod keyboard;
mod outcome;
mod pending;
mod unwanted;

use std::io::{self, IsTerminal};
use std::time::Duration;

use self::asked::Asked;
use self::confirmation::{Confirmation, Consenting};
use self::exchange::New;
use self::keyboard::{Keyboard, Reply};
use self::outcome::Connected;
use crate::app::context::{Context, refuse_secret};
use crate::app::grant_service::{Keeper, connect_command};
use crate::audit_log::{Event, Party};
use crate::catalog::Provider;
use crate::cli::Connect;
use crate::error::{Code, Error, Exit, Result};
use crate::launch::deliver::file::{PageFile, Runtime};
use crate::model::name::Label;
use crate::oauth::account::Owner;
use crate::oauth::client::Client;
use crate::oauth::consent::authorization::Authorization;
use crate::oauth::consent::page::Page;
use crate::oauth::consent::redirect_uri::RedirectUri;
use crate::oauth::consent::wait;
use crate::oauth::consent::wait::{Answer, Browser, Listener};
use crate::oauth::consent::{browser, opening};
use crate::oauth::token::endpoint::TokenEndpoint;
use crate::refresh::persist;
use crate::store::{Grant, GrantMetadata, GrantName, Lock};
use crate::sys::signals;
use crate::sys::signals::Uninterrupted;

pub(super) fn run(args: &Connect, context: &Context) -> Result<Exit> {
    let catalog = context.catalog(&args.catalog)?;
    let provider = catalog.known_provider(&args.provider)?;
    refuse_secret("label of an account", &args.account)?;
    let name = GrantName::grant(provider.slug.parse()?, args.account.parse()?);
    let manifest = asked::manifest(args, context)?;
    let needs = match &manifest {
        Some(declared) => Some(declared.needs(&catalog, context)?),
        None => None,
    };

    let keeper = Keeper::new(context)?;
    if let Err(error) = keeper.recipients.include(&keeper.identities, keeper.store.home()) {
        context.terminal.warn_of(&error);
    }
    let before = keeper.store.grant(&name.provider, &name.account)?.map(|sealed| sealed.metadata);
    let client = client(args, provider, before.as_ref(), &keeper)?;
    client.admit(provider)?;
    let asked = Asked::new(provider, needs.as_ref(), &args.add_scopes, before.as_ref())?;
    let has_person = Keyboard::has_person() && io::stderr().is_terminal();
    let confirmation = Confirmation::of(args, provider, &name, context, has_person)?;
    // Whether the tokens can be stored is found out before anybody is asked for them.
    reserve(&keeper, &name).and_then(|lock| keeper.store.unreserve_grant(&lock))?;

    let keyboard = Keyboard::new();
    pending::end_left_behind(&keeper, provider, &name, &client, context)?;
    let connecting =
        Connecting { args, context, provider, name: &name, client: &client, keyboard: &keyboard };
    connecting.announce(&asked);
    // A signal to end the process ends the attempt first: the page of the browser is taken away, a
    // grant that is not stored yet is stored or revoked, and what became of it is reported.
    let _uninterrupted = Uninterrupted::begin();
    let unconnected =
        |error: &Error| context.record_failure(Event::Connect, Party::named(&name), error);
    let (authorization, answer) = connecting.consent(&asked).inspect_err(unconnected)?;
    let Answer { code, pasted, mut browser } = answer;
    let result = connecting
        .exchange(&keeper, &authorization, &code, pasted, &asked)
        .and_then(|new| connecting.finish(&keeper, new, &asked, &confirmation, &mut browser));
    let connected = match result {
        Ok(connected) => connected,
        Err(error) => {
            unconnected(&error);
            if let Some(browser) = browser {
                browser.show(&Page::Failed {
                    title: &format!("{} was not connected", provider.title),
                    what: &error.to_string(),
                    next: error.hint().unwrap_or("the terminal tells more"),
                    code: error.code().name(),
                });
            }
            context.report_before_end(&error);
            return Err(error);
        }
    };
    if let Some(browser) = browser {
        connected.show(browser, provider);
    }
    connected
        .tell(provider, manifest.as_ref(), needs.as_ref(), &keeper, context)
        .inspect_err(|error| context.report_before_end(error))
}

/// Takes the lock of the grant, and room on the disk for its tokens.
fn reserve(keeper: &Keeper<'_>, name: &GrantName) -> Result<Lock<Grant>> {
    let lock = keeper.store.lock_grant(&name.provider, &name.account)?;
    persist::reserve_first(&keeper.store, &lock, &keeper.recipients)?;
    Ok(lock)
}

/// The client that was named, else the one that the account was connected with, else `default`.
fn client(
    args: &Connect,
    provider: &Provider,
    before: Option<&GrantMetadata>,
    keeper: &Keeper<'_>,
) -> Result<Client> {
    let clients = keeper.clients();
    match (&args.client, before.filter(|grant| grant.client_id.is_some())) {
        (Some(name), _) => {
            refuse_secret("name of a client", name)?;
            clients.named(provider, Some(&name.parse::<Label>()?))
        }
        (None, Some(grant)) => {
            clients.of_grant(provider, grant).or_else(|error| match error.code() {
                Code::MissingParams => clients.named(provider, None),
                _ => Err(error),
            })
        }
        (None, None) => clients.named(provider, None),
    }
}

/// An attempt to connect an account.
struct Connecting<'a> {
    args: &'a Connect,
    context: &'a Context,
    provider: &'a Provider,
    name: &'a GrantName,
    client: &'a Client,
    keyboard: &'a Keyboard,
}

impl Connecting<'_> {
    /// Shows what will be asked for, before anything is opened.
    fn announce(&self, asked: &Asked<'_>) {
        let Self { name, provider, client, .. } = self;
        let app = client.name.as_ref().map_or("that of the environment", Label::as_str);
        self.context.terminal.say(&format!(
            "\x1b[1mConnecting {name}\x1b[0m: {} will ask the account's owner to let the client `{}` \
             ({app})\n{}\n",
            provider.title,
            client.id,
            asked.listed()
        ));
    }

    /// Waits for the consent, by whatever way it comes.
    fn consent(&self, asked: &Asked<'_>) -> Result<(Authorization, Answer)> {
        let redirect_uri = RedirectUri::parse(&self.client.redirect_uri)?;
        let listens = !self.args.paste && redirect_uri.loopback().is_some();
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
            Authorization::new(self.provider, &self.client.id, redirect_uri, &asked.scopes)?
                .started_by(connect_command(self.name));
        let can_paste = !listens || Keyboard::has_person();
        // It is there until the wait is over.
        let page = if listens { self.page(&authorization) } else { None };
        let opened = page.as_ref().is_some_and(|page| self.open(page));
        self.instruct(&authorization, opened, listens, can_paste);
        let paste = can_paste.then(|| self.keyboard.lines());
        let tell = |sentence: &str| self.context.terminal.note(sentence);
        let answer = wait::wait(&authorization, listener, paste, self.patience(), &tell);
        self.keyboard.close();
        match answer {
            Ok(answer) => Ok((authorization, answer)),
            Err(error) if error.code() == Code::SessionExpired => {
                let again = error.hint().unwrap_or("run the command again");
                let hint = format!("{again}. {}", self.registration(&authorization));
                Err(error.with_hint(hint))
            }
            Err(error) => Err(error),
        }
    }

    /// How long a person may take.
    fn patience(&self) -> Duration {
        Duration::try_from(self.args.timeout).unwrap_or(Duration::MAX)
    }

    /// Writes the page that leads the browser to the consent, where there is a browser. Without it,
    /// the address is still on the terminal.
    fn page(&self, authorization: &Authorization) -> Option<PageFile> {
        if self.args.no_browser || !browser::is_known(&self.context.env) {
            return None;
        }
        let html = opening::page(authorization.url(), &self.provider.title);
        let written = self
            .context
            .home()
            .and_then(|home| Runtime::in_store(&home))
            .and_then(|runtime| PageFile::write(runtime, "consent", &html));
        written
            .map_err(|error| self.context.terminal.warn(&format!("no browser was opened: {error}")))
            .ok()
    }

    fn open(&self, page: &PageFile) -> bool {
        let terminal = self.context.terminal.clone();
        let tell = move |sentence: &str| {
            terminal.warn(&format!("{sentence}; open the address that is shown here yourself"));
        };
        browser::open(&page.path(), &self.context.env, tell)
    }

    /// What to look at where the provider refuses before it asks anybody.
    fn registration(&self, authorization: &Authorization) -> String {
        let place = self.provider.help.redirect_uri.as_deref();
        let place = place.map_or_else(String::new, |place| format!(" ({place})"));
        format!(
            "If {} refuses at once: the client has to be registered with the redirect URI {}, letter by \
             letter{place}",
            self.provider.title,
            authorization.redirect_uri()
        )
    }

    fn instruct(&self, authorization: &Authorization, opened: bool, listens: bool, paste: bool) {
        let url = authorization.url();
        let lead = if opened {
            "The browser was asked to open this address; if it did not, open it yourself:"
        } else {
            "Open this address in a browser, and consent:"
        };
        let mut text = format!("{lead}\n\n  {url}\n\n{}.\n", self.registration(authorization));
        if paste {
            let alone = if listens {
                "If that browser is on another machine: it ends on a page that does not load. Copy its \
                 whole\naddress and paste it here"
            } else {
                "At the end the browser shows a page that does not load, or asks you to copy a code. \
                 Copy the\nwhole address of that page (or the code) and paste it here"
            };
            let haste =
                self.provider.lifetimes.authorization_code.map_or_else(String::new, |seconds| {
                    format!(", at once: the code in it lives {seconds} seconds")
                });
            text.push_str(&format!("\n{alone}{haste}:\n"));
        }
        self.context.terminal.say(&text);
    }

    /// Stores a grant of the account that was meant, and revokes any other one.
    fn finish(
        &self,
        keeper: &Keeper<'_>,
        new: New,
        asked: &Asked<'_>,
        confirmation: &Confirmation,
        browser: &mut Option<Browser>,
    ) -> Result<Connected> {
        let New { network, mut grant, owner, lock, pending } = new;
        let lock = match self.confirm(keeper, &owner, lock, confirmation, browser) {
            Ok(lock) => lock,
            Err(error) => {
                let endpoint = TokenEndpoint::new(network.http()?, self.provider, self.client)?;
                let end = unwanted::end(&grant, keeper, &endpoint, self.provider);
                pending.remove(keeper)?;
                let told = Error::new(error.code(), format!("{error}; {end}"));
                return Err(match error.hint() {
                    Some(hint) => told.with_exact_hint(hint),
                    None => told,
                });
            }
        };
        if let Ok(Some(before)) = keeper.store.grant(&self.name.provider, &self.name.account) {
            grant.metadata.generation = before.metadata.generation.saturating_add(1);
        }
        persist::keep(&keeper.store, &lock, &grant, &keeper.recipients)?;
        pending.remove(keeper)?;
        self.context.record_grant(Event::Connect, &grant.metadata, &grant.access_token);
        Ok(Connected::new(grant.metadata, asked, owner.err()))
    }

    /// Confirms the account that consented. Where the label passes to nobody else by it, nothing is
    /// asked, and no signal keeps the grant from being stored: the consent may have ended the label's
    /// older one already. The lock is not held while a person thinks.
    fn confirm(
        &self,
        keeper: &Keeper<'_>,
        owner: &Result<Owner, String>,
        lock: Lock<Grant>,
        confirmation: &Confirmation,
        browser: &mut Option<Browser>,
    ) -> Result<Lock<Grant>> {
        let stored = || keeper.store.grant(&self.name.provider, &self.name.account);
        let before = stored()?.map(|sealed| sealed.metadata);
        let consenting = Consenting {
            name: self.name,
            owner: owner.as_ref().map_err(String::as_str),
            before: before.as_ref(),
            may_replace: self.args.replace_account,
        };
        let judged = consenting.judge(confirmation);
        if judged.is_ok() && consenting.is_settled(confirmation) {
            return Ok(lock);
        }
        if let Err(error) = judged.and_then(|()| not_interrupted()) {
            let _ = keeper.store.unreserve_grant(&lock);
            return Err(error);
        }
        keeper.store.unreserve_grant(&lock)?;
        drop(lock);
        if let Some(browser) = browser.take() {
            browser.show(&Page::Confirm { provider: &self.provider.title });
        }
        self.ask(&consenting.question())?;
        let lock = reserve(keeper, self.name)?;
        let account = |grant: Option<&GrantMetadata>| grant.and_then(|it| it.account_id.clone());
        if account(stored()?.map(|sealed| sealed.metadata).as_ref()) != account(before.as_ref()) {
            let _ = keeper.store.unreserve_grant(&lock);
            let message = format!("another process connected {} meanwhile", self.name);
            return Err(Error::new(Code::AccountUnconfirmed, message)
                .with_hint("`xreq status` shows whose account it is now"));
        }
        Ok(lock)
    }

    fn ask(&self, question: &str) -> Result<()> {
        let terminal = &self.context.terminal;
        let unconfirmed = |message: &str| Err(Error::new(Code::AccountUnconfirmed, message));
        match self.keyboard.ask(|| terminal.say(question), self.patience()) {
            Reply::Yes | Reply::Interrupted => not_interrupted(),
            Reply::No => unconfirmed("you did not confirm that the account is yours"),
            Reply::None => {
                terminal.say("\n");
                unconfirmed("nobody confirmed in time whose account it is")
            }
        }
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

/// Refuses to go on where a signal waits for the process to end.
fn not_interrupted() -> Result<()> {
    if signals::end_is_wanted() {
        let message = "the process was told to end before it was confirmed who consented";
        return Err(Error::new(Code::Interrupted, message));
    }
    Ok(())
}
