//! Keeping grants fresh, for every command that uses one.

use std::cell::OnceCell;
use std::path::Path;

use jiff::Timestamp;

use crate::app::client_lookup::Clients;
use crate::app::context::Context;
use crate::audit_log::{Event, Party};
use crate::catalog::Provider;
use crate::credential::failure::Trouble;
use crate::credential::freshness::Want;
use crate::error::{Code, Error, Result};
use crate::http::client::Http;
use crate::policy::verdict::Action;
use crate::refresh::engine::{Outcome, Refreshed, Refresher};
use crate::store::{FailureClass, GrantName, Identities, LastError, Recipients, Store};

/// What opens grants, seals them again, and asks for new tokens in between.
pub(crate) struct Keeper<'a> {
    pub(crate) context: &'a Context,
    pub(crate) store: Store,
    pub(crate) identities: Identities,
    pub(crate) recipients: Recipients,
}

/// The way to providers, which costs something to make.
#[derive(Default)]
pub(crate) struct Network(OnceCell<Http>);

impl Network {
    pub(crate) fn http(&self) -> Result<&Http> {
        match self.0.get() {
            Some(http) => Ok(http),
            None => Http::new().map(|http| self.0.get_or_init(|| http)),
        }
    }
}

impl<'a> Keeper<'a> {
    /// Loads the identities, which may ask for a passphrase.
    pub(crate) fn new(context: &'a Context) -> Result<Self> {
        let store = context.store()?;
        let identities = context.identities(&store)?;
        let recipients = Recipients::beside(&identities, store.home())?;
        Ok(Self { context, store, identities, recipients })
    }

    /// The clients that may ask.
    pub(crate) fn clients(&self) -> Clients<'_> {
        Clients { store: &self.store, identities: &self.identities, env: &self.context.env }
    }

    /// Makes a grant as fresh as it is wanted, if it can be.
    pub(crate) fn refresh(
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
    pub(crate) fn end(&self, name: &GrantName, message: &str) -> Result<()> {
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
    pub(crate) fn needs_lasting_identity(&self) -> Result<()> {
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
    pub(crate) fn identities(&self, store: &Store) -> Result<Identities> {
        Identities::load(store.home(), &self.env, &self.passphrase)
    }
}

/// Why a grant is not fresh, as a failure.
pub(crate) fn failure(trouble: &Trouble, name: &GrantName, provider: &Provider) -> Error {
    trouble.error(name, &connect_command(name), provider)
}

/// The command that connects an account, anew or for the first time.
pub(crate) fn connect_command(GrantName { provider, account, .. }: &GrantName) -> String {
    Action::Connect { provider: provider.to_string(), account: account.to_string() }.command()
}
