//! Keeping grants fresh, for every command that uses one.

use std::cell::OnceCell;
use std::path::Path;

use jiff::Timestamp;

use super::Context;
use super::clients::Clients;
use crate::audit::{Event, Party};
use crate::catalog::Provider;
use crate::error::{Code, Error, Result};
use crate::oauth::decision::Want;
use crate::oauth::http::Http;
use crate::oauth::refresh::{Outcome, Refreshed, Refresher};
use crate::oauth::trouble::Trouble;
use crate::store::{FailureClass, GrantName, Identities, LastError, Recipients, Store};
use crate::verdict::Action;

/// What opens grants, seals them again, and asks for new tokens in between.
pub(super) struct Keeper<'a> {
    pub(super) context: &'a Context,
    pub(super) store: Store,
    pub(super) identities: Identities,
    pub(super) recipients: Recipients,
}

/// The way to providers, which costs something to make.
#[derive(Default)]
pub(super) struct Network(OnceCell<Http>);

impl Network {
    pub(super) fn http(&self) -> Result<&Http> {
        match self.0.get() {
            Some(http) => Ok(http),
            None => Http::new().map(|http| self.0.get_or_init(|| http)),
        }
    }
}

impl<'a> Keeper<'a> {
    /// Loads the identities, which may ask for a passphrase.
    pub(super) fn new(context: &'a Context) -> Result<Self> {
        let store = context.store()?;
        let identities = context.identities(&store)?;
        let recipients = Recipients::beside(&identities, store.home())?;
        Ok(Self { context, store, identities, recipients })
    }

    /// The clients that may ask.
    pub(super) fn clients(&self) -> Clients<'_> {
        Clients { store: &self.store, identities: &self.identities, env: &self.context.env }
    }

    /// Makes a grant as fresh as it is wanted, if it can be.
    pub(super) fn refresh(
        &self,
        network: &Network,
        provider: &Provider,
        name: &GrantName,
        want: Want,
    ) -> Result<Refreshed> {
        let clients = self.clients();
        let refresher = Refresher {
            store: &self.store,
            identities: &self.identities,
            recipients: &self.recipients,
            http: network.http()?,
            client: &|grant| clients.of_grant(provider, grant),
            uninterrupted: OnceCell::new(),
        };
        let result = refresher.refresh(provider, name, want);
        self.record(&result, provider, name);
        result
    }

    /// Records new tokens, and that there are none where there should be. Signals are held back until
    /// this is done, so that it also reports what a signal would keep from being reported later.
    fn record(&self, result: &Result<Refreshed>, provider: &Provider, name: &GrantName) {
        let failed = |error: &Error| {
            self.context.record_failure(Event::Refresh, Party::named(name), error);
            self.context.report_before_end(error);
        };
        match result {
            Ok(Refreshed { outcome: Outcome::Kept(_), .. }) => {}
            Ok(Refreshed { grant, outcome: Outcome::Refreshed }) => {
                self.context.record_grant(Event::Refresh, &grant.metadata, &grant.access_token);
            }
            Ok(Refreshed { outcome: Outcome::Failed(trouble), .. }) => {
                failed(&failure(trouble, name, provider));
            }
            Err(error) => failed(error),
        }
    }
}

impl Keeper<'_> {
    /// Notes that a grant is dead, though nobody asked the provider.
    pub(super) fn end(&self, name: &GrantName, message: &str) -> Result<()> {
        let lock = self.store.lock_grant(&name.provider, &name.account)?;
        let Some(sealed) = self.store.grant(&name.provider, &name.account)? else { return Ok(()) };
        let mut grant = sealed.unseal(&self.identities)?;
        grant.metadata.refresh_in_flight = None;
        grant.metadata.last_error = Some(LastError {
            at: Timestamp::now(),
            class: FailureClass::Rejected,
            message: message.to_owned(),
            blames: None,
            retry_at: None,
        });
        self.store.put_grant(&lock, &grant, &self.recipients)
    }
}

impl Context {
    /// Refuses an identity that can be read once, where processes will have to read it again.
    pub(super) fn needs_lasting_identity(&self) -> Result<()> {
        let Some(file) = self.env.get("XREQ_IDENTITY_FILE").map(Path::new) else { return Ok(()) };
        match file.metadata() {
            Ok(metadata) if !metadata.is_file() => Err(Error::new(
                Code::IdentityInvalid,
                format!("the identity `{}` is no regular file: it can be read once, and is needed for each refresh", file.display()),
            )
            .with_hint("name a file with `XREQ_IDENTITY_FILE`")),
            _ => Ok(()),
        }
    }

    /// The identities that open the store.
    pub(super) fn identities(&self, store: &Store) -> Result<Identities> {
        Identities::load(store.home(), &self.env, &self.passphrase)
    }
}

/// Why a grant is not fresh, as a failure.
pub(super) fn failure(trouble: &Trouble, name: &GrantName, provider: &Provider) -> Error {
    trouble.error(name, &connect_command(name), provider)
}

/// The command that connects an account, anew or for the first time.
pub(super) fn connect_command(GrantName { provider, account }: &GrantName) -> String {
    Action::Connect { provider: provider.to_string(), account: account.to_string() }.command()
}
