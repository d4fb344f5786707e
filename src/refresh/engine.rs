//! Refreshing a grant so that it survives: one process at a time, and with a note of what was sent.
//!
//! Where a provider rotates refresh tokens, each is good once. So the lock of the grant is held
//! over all of this: read it again → decide → note that a refresh is in flight → ask → store the new
//! tokens → let go. The note is on the disk before the request leaves. Whoever finds it later knows
//! that an answer was lost, be it to the network or to a `kill -9`, and that the refresh token may
//! be spent ([`decide`] says what follows). The new tokens are on the disk before anybody uses them.
//!
//! Who waited for the lock takes over what the other process achieved, the failure included: fifty
//! agents that start at once ask the provider once.

use std::cell::OnceCell;

use age::secrecy::{ExposeSecret, SecretString};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::catalog::Provider;
use crate::credential::failure::Trouble;
use crate::credential::freshness::{Step, Want, decide};
use crate::error::{Code, Error, Result};
use crate::http::client::Http;
use crate::oauth::client::Client;
use crate::oauth::token::endpoint::TokenEndpoint;
use crate::oauth::token::failure::Failure;
use crate::oauth::token::issue;
use crate::refresh::persist;
use crate::store::{
    FailureClass, Grant, GrantMetadata, GrantName, Identities, InFlight, LastError, Lock,
    Recipients, Store,
};
use crate::sys::signals::Uninterrupted;

/// What refreshing takes.
pub struct Refresher<'a> {
    /// Where the grants are.
    pub store: &'a Store,
    /// What opens them.
    pub identities: &'a Identities,
    /// Whom they are sealed to.
    pub recipients: &'a Recipients,
    /// The way to the provider.
    pub http: &'a Http,
    /// The client that a grant was given to.
    pub client: &'a dyn Fn(&GrantMetadata) -> Result<Client>,
    /// Holds signals back from the request on, as long as this lives: who asked for a refresh can
    /// record what came of it.
    pub(crate) uninterrupted: OnceCell<Uninterrupted>,
}

/// What became of a grant.
#[derive(Debug)]
pub struct Refreshed {
    /// The grant as it lies in the store now.
    pub grant: Grant,
    /// What was done.
    pub outcome: Outcome,
}

/// What was done to a grant.
#[derive(Debug)]
pub enum Outcome {
    /// Nothing: its access token serves. What is wrong with it all the same is here.
    Kept(Option<Trouble>),
    /// It has new tokens.
    Refreshed,
    /// It has none, and why.
    Failed(Trouble),
}

impl Refresher<'_> {
    /// Makes a grant as fresh as it is wanted, if it can be.
    ///
    /// # Errors
    ///
    /// [`Code::NotStored`], or what goes wrong with the store; [`Code::MissingParams`] and
    /// [`Code::ClientRejected`], where there is no client to ask for it. What the provider answers
    /// is an [`Outcome`].
    pub fn refresh(&self, provider: &Provider, name: &GrantName, want: Want) -> Result<Refreshed> {
        let began = Timestamp::now();
        let lock = self.store.lock_grant(&name.provider, &name.account)?;
        let mut grant = self.read(name)?;
        let now = Timestamp::now();
        if lock.waited()
            && let Some(failed) = failed_since(&grant.metadata, began)
            && decide(&grant.metadata, want, provider, now) != Step::Keep
        {
            return Ok(Refreshed { grant, outcome: Outcome::Failed(Trouble::Failed(failed)) });
        }
        let outcome = match decide(&grant.metadata, want, provider, now) {
            Step::Keep => Outcome::Kept(Trouble::known(&grant.metadata)),
            Step::Stuck(stuck) => Outcome::Failed(Trouble::of(stuck, &grant.metadata)),
            Step::Refresh => self.ask(provider, &lock, &mut grant, now)?,
        };
        Ok(Refreshed { grant, outcome })
    }

    fn read(&self, name: &GrantName) -> Result<Grant> {
        let sealed = self.store.grant(&name.provider, &name.account)?.ok_or_else(|| {
            Error::new(Code::NotStored, format!("there is no grant {name}"))
                .with_hint("`xreq status` lists the grants")
        })?;
        sealed.unseal(self.identities)
    }

    fn ask(
        &self,
        provider: &Provider,
        lock: &Lock<Grant>,
        grant: &mut Grant,
        now: Timestamp,
    ) -> Result<Outcome> {
        let client = (self.client)(&grant.metadata)?;
        let endpoint = TokenEndpoint::new(self.http, provider, &client)?;
        endpoint.admit(&grant.metadata, &provider.endpoints.token_url)?;
        let token = grant.refresh_token.clone().expect("only what has a refresh token gets here");
        self.recipients.include(self.identities, self.store.home())?;
        persist::fits(self.recipients)?;
        self.uninterrupted.get_or_init(Uninterrupted::begin);
        let doubt = self.mark(lock, grant, &token, now)?;
        let failure = match endpoint.refresh(&token) {
            Ok(response) => {
                issue::renew(grant, response, provider, &client, now);
                persist::keep(self.store, lock, grant, self.recipients)?;
                return Ok(Outcome::Refreshed);
            }
            Err(failure) => failure,
        };
        if failure.class == FailureClass::Rejected
            && let Some(newer) = self.replaced_meanwhile(lock, &token)?
        {
            self.store.unreserve_grant(lock)?;
            *grant = newer;
            return Ok(Outcome::Kept(None));
        }
        let doubt_was_there = doubt.is_some();
        let flight = &mut grant.metadata.refresh_in_flight;
        match failure.class {
            FailureClass::InDoubt => {}
            FailureClass::Rejected => *flight = None,
            // Nothing was done this time, and an earlier doubt remains.
            FailureClass::Transient | FailureClass::Client => *flight = doubt,
        }
        let failed = last_error(failure, doubt_was_there);
        grant.metadata.last_error = Some(failed.clone());
        self.store.put_grant(lock, grant, self.recipients)?;
        Ok(Outcome::Failed(Trouble::Failed(failed)))
    }

    /// Stores that a refresh is in flight, and makes sure that what it gives can be stored. Gives
    /// the mark of an earlier one, whose answer was lost.
    fn mark(
        &self,
        lock: &Lock<Grant>,
        grant: &mut Grant,
        token: &SecretString,
        now: Timestamp,
    ) -> Result<Option<InFlight>> {
        let doubt = grant.metadata.refresh_in_flight.take();
        let hash = sha256(token);
        let attempts = match &doubt {
            Some(earlier) if earlier.token_sha256 == hash => earlier.attempts.saturating_add(1),
            _ => 1,
        };
        grant.metadata.refresh_in_flight =
            Some(InFlight { since: now, token_sha256: hash, attempts });
        self.store.put_grant(lock, grant, self.recipients)?;
        if let Err(error) = persist::reserve(self.store, lock, grant, self.recipients) {
            // Nothing is sent, so that there is nothing in doubt.
            grant.metadata.refresh_in_flight = doubt;
            self.store.put_grant(lock, grant, self.recipients)?;
            return Err(error);
        }
        Ok(doubt)
    }

    /// The grant, where somebody replaced it without asking for the lock: a copy of the store that
    /// was put back, or another machine on a shared disk. What it has is newer than what was sent.
    fn replaced_meanwhile(&self, lock: &Lock<Grant>, sent: &SecretString) -> Result<Option<Grant>> {
        let stored = self.read(lock.name())?;
        let other = stored
            .refresh_token
            .as_ref()
            .is_some_and(|token| token.expose_secret() != sent.expose_secret());
        Ok(other.then_some(stored))
    }
}

/// The failure that another process met since this time.
fn failed_since(grant: &GrantMetadata, began: Timestamp) -> Option<LastError> {
    let whole_second = began.as_second();
    grant.last_error.clone().filter(|error| error.at.as_second() >= whole_second)
}

/// A failure as it is stored. A refresh token that is rejected after a doubt was spent by the refresh
/// whose answer was lost.
fn last_error(failure: Failure, was_in_doubt: bool) -> LastError {
    let at = Timestamp::now();
    let lost = failure.class == FailureClass::Rejected && was_in_doubt;
    let message = if lost {
        format!(
            "the answer to an earlier refresh was lost, and its tokens with it: {}",
            failure.what
        )
    } else {
        failure.what
    };
    let wait = failure.retry_after.and_then(|wait| SignedDuration::try_from(wait).ok());
    LastError {
        at,
        class: failure.class,
        message,
        blames: failure.blames,
        retry_at: wait.and_then(|wait| at.checked_add(wait).ok()),
    }
}

/// The SHA-256 of a token, in base64url: enough to know it again, and of no use to anybody else.
fn sha256(token: &SecretString) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token.expose_secret().as_bytes()))
}
