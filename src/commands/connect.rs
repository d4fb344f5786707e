//! `xreq connect`: consent of an account's owner, exchanged for a grant.

mod asked;
mod outcome;

use std::io::{self, BufRead, BufReader, IsTerminal};
use std::time::Duration;

use age::secrecy::SecretString;
use jiff::Timestamp;
use rustix::process::getpgrp;
use rustix::termios::tcgetpgrp;

use self::asked::Asked;
use self::outcome::Connected;
use super::keeper::{Keeper, Network, connect_command};
use super::{Context, refuse_secret};
use crate::audit::{Event, Party};
use crate::catalog::{Pkce, Provider};
use crate::cli::Connect;
use crate::error::{Code, Error, Exit, Result};
use crate::name::Label;
use crate::oauth::authorization::Authorization;
use crate::oauth::client::Client;
use crate::oauth::consent::{self, Answer, Listener};
use crate::oauth::failure::Failure;
use crate::oauth::page::Page;
use crate::oauth::redirect_uri::RedirectUri;
use crate::oauth::token_endpoint::TokenEndpoint;
use crate::oauth::token_response::TokenResponse;
use crate::oauth::trouble::way_out;
use crate::oauth::{account, browser, issue, keep};
use crate::signals::Uninterrupted;
use crate::store::{Blame, FailureClass, Grant, GrantMetadata, GrantName, Lock};

pub(super) fn run(args: &Connect, context: &Context) -> Result<Exit> {
    let catalog = context.catalog(&args.catalog)?;
    let provider = catalog.known_provider(&args.provider)?;
    refuse_secret("label of an account", &args.account)?;
    let name = GrantName { provider: provider.slug.parse()?, account: args.account.parse()? };
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
    let asked = Asked::new(provider, needs.as_ref(), &args.add_scopes, before.as_ref())?;
    // Whether the tokens can be stored is found out before anybody is asked for them.
    reserve(&keeper, &name).and_then(|lock| keeper.store.unreserve_grant(&lock))?;

    let connecting = Connecting { args, context, provider, name: &name, client: &client };
    connecting.announce(&asked);
    let unconnected =
        |error: &Error| context.record_failure(Event::Connect, Party::named(&name), error);
    let (authorization, answer) = connecting.consent(&asked).inspect_err(unconnected)?;
    let Answer { code, pasted, browser } = answer;
    let result = connecting.finish(&keeper, &authorization, &code, pasted, &asked, before.as_ref());
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
            return Err(error);
        }
    };
    if let Some(browser) = browser {
        connected.show(browser, provider);
    }
    connected.tell(provider, manifest.as_ref(), needs.as_ref(), &keeper, context)
}

/// Takes the lock of the grant, and room on the disk for its tokens.
fn reserve(keeper: &Keeper<'_>, name: &GrantName) -> Result<Lock<Grant>> {
    let lock = keeper.store.lock_grant(&name.provider, &name.account)?;
    keep::reserve_first(&keeper.store, &lock, &keeper.recipients)?;
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
        let can_paste = !listens || is_at_the_terminal();
        let opened = listens && !self.args.no_browser && {
            browser::may_exist(&self.context.env)
                && browser::open(authorization.url(), &self.context.env)
        };
        self.instruct(&authorization, opened, listens, can_paste);
        let paste = can_paste.then(standard_input);
        let timeout = Duration::try_from(self.args.timeout).unwrap_or(Duration::MAX);
        let tell = |sentence: &str| self.context.terminal.note(sentence);
        match consent::wait(&authorization, listener, paste, timeout, &tell) {
            Ok(answer) => Ok((authorization, answer)),
            Err(error) if error.code() == Code::SessionExpired => {
                let again = error.hint().unwrap_or("run the command again");
                let hint = format!("{again}. {}", self.registration(&authorization));
                Err(error.with_hint(hint))
            }
            Err(error) => Err(error),
        }
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

    /// Exchanges the code, stores the grant, then asks whose it is.
    fn finish(
        &self,
        keeper: &Keeper<'_>,
        authorization: &Authorization,
        code: &SecretString,
        pasted: bool,
        asked: &Asked<'_>,
        before: Option<&GrantMetadata>,
    ) -> Result<Connected> {
        let network = Network::default();
        let lock = reserve(keeper, self.name)?;
        let uninterrupted = Uninterrupted::begin();
        let now = Timestamp::now();
        let response = match self.exchange(&network, authorization, code, pasted) {
            Ok(response) => response,
            Err(error) => {
                // The room is given back where that is possible; what failed is told in any case.
                let _ = keeper.store.unreserve_grant(&lock);
                return Err(error);
            }
        };
        let mut grant = issue::grant(
            self.name.clone(),
            response,
            &asked.scopes,
            self.provider,
            Some(self.client),
            now,
        );
        keep::keep(&keeper.store, &lock, &grant, &keeper.recipients)?;
        self.context.record_grant(Event::Connect, &grant.metadata, &grant.access_token);
        drop(uninterrupted);
        let unnamed = self.name_owner(&network, &mut grant).err();
        if unnamed.is_none()
            && let Err(error) = keeper.store.put_grant(&lock, &grant, &keeper.recipients)
        {
            self.context.terminal.warn(&format!("whose grant it is was not stored: {error}"));
        }
        if let Some(before) = before {
            self.warn_of_another(before, &grant.metadata);
        }
        Ok(Connected::new(grant.metadata, asked, unnamed))
    }

    fn exchange(
        &self,
        network: &Network,
        authorization: &Authorization,
        code: &SecretString,
        pasted: bool,
    ) -> Result<TokenResponse> {
        let endpoint = TokenEndpoint::new(network.http()?, self.provider, self.client)?;
        let verifier = (self.provider.pkce == Pkce::S256).then(|| authorization.verifier());
        let redirect_uri = authorization.redirect_uri().to_string();
        endpoint
            .exchange(code, verifier, &redirect_uri)
            .map_err(|failure| self.not_exchanged(&failure, &redirect_uri, pasted))
    }

    fn not_exchanged(&self, failure: &Failure, redirect_uri: &str, pasted: bool) -> Error {
        let Provider { title, slug, help, lifetimes, .. } = self.provider;
        let what = &failure.what;
        let place = |place: &Option<String>| {
            place.as_deref().map_or_else(String::new, |place| format!(": {place}"))
        };
        if failure.blames == Some(Blame::Plan) {
            let message = format!("{title} does not serve this app: {what}");
            return Error::new(Code::ClientRejected, message).with_hint(format!(
                "the plan of the app is why, not the account{}",
                place(&help.billing)
            ));
        }
        match failure.class {
            FailureClass::Client if failure.blames == Some(Blame::Client) => {
                let message = format!("{title} does not accept the client: {what}");
                Error::new(Code::ClientRejected, message).with_hint(format!(
                    "compare its id, secret and type, then store it with `xreq client set {slug}`{}",
                    place(&help.client)
                ))
            }
            FailureClass::Transient | FailureClass::InDoubt => {
                let message = format!("{title} did not exchange the code: {what}");
                let way_out = failure.blames.and_then(way_out);
                let way_out = way_out.map_or_else(String::new, |way_out| format!("{way_out}; "));
                Error::new(Code::ProviderUnavailable, message).with_hint(format!(
                    "{way_out}nothing was stored; run the command again, for a new code"
                ))
            }
            FailureClass::Rejected | FailureClass::Client => {
                let life = lifetimes.authorization_code.map_or_else(String::new, |seconds| {
                    let late = if pasted { " (pasting may have taken too long)" } else { "" };
                    format!("a code is good once and for {seconds} seconds{late}; ")
                });
                let message = format!("{title} gave no tokens for the code: {what}");
                Error::new(Code::TokenExchangeFailed, message).with_hint(format!(
                    "{life}run the command again; the redirect URI `{redirect_uri}` has to be \
                     registered letter by letter{}",
                    place(&help.redirect_uri)
                ))
            }
        }
    }

    /// One label, two people: the grant of the first is gone from here, and may be live there.
    fn warn_of_another(&self, before: &GrantMetadata, now: &GrantMetadata) {
        let handle = |grant: &GrantMetadata| {
            let handle = grant.handle.as_ref().map(|handle| format!("@{handle}"));
            handle.or_else(|| grant.account_id.clone()).unwrap_or_else(|| "somebody".to_owned())
        };
        if before.account_id.is_some()
            && now.account_id.is_some()
            && before.account_id != now.account_id
        {
            self.context.terminal.warn(&format!(
                "{} was the account of {} until now, whose grant is no longer stored; a second account \
                 takes a label of its own: `xreq connect {} --account LABEL`",
                self.name,
                handle(before),
                self.name.provider
            ));
        }
    }

    /// Adds the account's id and handle to the grant.
    fn name_owner(&self, network: &Network, grant: &mut Grant) -> Result<(), Failure> {
        let http = network.http().expect("it was used already");
        if let Some(owner) = account::look_up(http, self.provider, &grant.access_token)? {
            grant.metadata.account_id = Some(owner.id);
            grant.metadata.handle = owner.handle;
        }
        Ok(())
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

/// Whether somebody can type. A job in the background that reads from the terminal is stopped.
fn is_at_the_terminal() -> bool {
    io::stdin().is_terminal() && tcgetpgrp(io::stdin()).is_ok_and(|group| group == getpgrp())
}

/// The lines that are typed, or come by a pipe.
fn standard_input() -> Box<dyn BufRead + Send> {
    Box::new(BufReader::new(io::stdin()))
}
