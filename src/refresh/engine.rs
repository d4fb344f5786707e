//! Refreshing a grant so that it survives: one process at a time, and with a note of what was sent.
//!
//! If a provider rotates refresh tokens, each is good once. So the lock of the grant is held over all of
//! this: read it again → decide → note that a refresh is in flight → ask → store the new tokens → let
//! go. The note is on the disk before the request leaves. A process that finds it later knows that an
//! answer was lost, be it to the network or to a `kill -9`, and that the refresh token may be spent
//! ([`decide`] says what follows). The new tokens are on the disk before anybody uses them.
//!
//! A process that waited for the lock adopts the other's result, the failure included: fifty
//! agents that start at once ask the provider once. A grant whose metadata say that it is fresh enough
//! takes no lock.
//!
//! An [`Engine`] refreshes many grants at once: requests share one client, and everything that waits for
//! the disk (or for a lock) does so on the few threads of a pool.

use std::sync::Arc;

use age::secrecy::{ExposeSecret, SecretString};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::catalog::{Catalog, Provider};
use crate::credential::failure::Trouble;
use crate::credential::freshness::{Step, Want, decide};
use crate::error::{Code, Error, Inventory, Remedy, Result};
use crate::http::client::Http;
use crate::oauth::client::Client;
use crate::oauth::token::endpoint::TokenEndpoint;
use crate::oauth::token::failure::Failure;
use crate::oauth::token::issue;
use crate::oauth::token::response::TokenResponse;
use crate::refresh::host::Host;
use crate::refresh::persist;
use crate::refresh::result::{Outcome, RefreshResult};
use crate::store::{
    FailureClass, Grant, GrantMetadata, GrantName, Identities, InFlight, LastError, Lock,
    Recipients, SealedGrant, Store,
};
use crate::sys::blocking::BlockingPool;
use crate::sys::signals::Uninterrupted;

/// Refreshes grants of one store.
pub struct Engine {
    /// The store.
    pub store: Store,
    /// The identities that open it.
    pub identities: Arc<Identities>,
    /// The providers.
    pub catalog: Arc<Catalog>,
    /// The way to them.
    pub http: Arc<Http>,
    /// The program that the grants are refreshed for.
    pub host: Box<dyn Host>,
    /// The threads that wait for the disk.
    pub(crate) disk: BlockingPool,
}

/// A grant that was looked at: nothing is to be done, or a request is to be sent.
enum Decision {
    Settled(Box<RefreshResult>),
    Attempt(Box<Attempt>),
}

/// A refresh that the store knows to be in flight.
struct Attempt {
    lock: Lock<Grant>,
    grant: Grant,
    token: SecretString,
    client: Client,
    recipients: Recipients,
    /// The mark of an earlier one, whose answer was lost.
    doubt: Option<InFlight>,
    began: Timestamp,
    /// Holds signals back until the result is recorded.
    signals: Option<Uninterrupted>,
}

impl Engine {
    /// Makes a grant as fresh as it is wanted, if it can be. A refresh whose answer has arrived is
    /// stored, whether or not anybody waits for this.
    ///
    /// # Errors
    ///
    /// [`Code::NotStored`], or another error of the store; [`Code::MissingParams`] and
    /// [`Code::ClientRejected`], if there is no client to ask for it. The provider's answer is an
    /// [`Outcome`].
    pub async fn refresh(self: Arc<Self>, name: GrantName, want: Want) -> Result<RefreshResult> {
        let engine = Arc::clone(&self);
        let attempt = match self.disk.run(move || engine.prepare(&name, want)).await? {
            Decision::Settled(result) => return Ok(*result),
            Decision::Attempt(attempt) => attempt,
        };
        let provider = self.provider(attempt.lock.name());
        let answer = self.ask(provider, &attempt.client, &attempt.token).await;
        let engine = Arc::clone(&self);
        self.disk.run(move || engine.conclude(*attempt, answer)).await
    }

    /// Decides the next step, and marks the grant if a request is to be sent.
    fn prepare(&self, name: &GrantName, want: Want) -> Result<Decision> {
        let provider = self.catalog.known_provider(name.provider.as_str())?;
        let mut signals = None;
        let mut decision = self.decide(provider, name, want, &mut signals);
        match &mut decision {
            Ok(Decision::Attempt(attempt)) => attempt.signals = signals,
            Ok(Decision::Settled(result)) => self.host.record(name, provider, Ok(result)),
            Err(error) => self.host.record(name, provider, Err(error)),
        }
        decision
    }

    fn decide(
        &self,
        provider: &Provider,
        name: &GrantName,
        want: Want,
        signals: &mut Option<Uninterrupted>,
    ) -> Result<Decision> {
        let began = Timestamp::now();
        let sealed = self.sealed(name)?;
        // Whatever another process is doing to the grant, its access token serves.
        if decide(&sealed.metadata, want, provider, began) == Step::Keep {
            let grant = sealed.unseal(&self.identities)?;
            let trouble = Trouble::known(&grant.metadata);
            return Ok(settled(grant, Outcome::Kept(trouble)));
        }
        let lock = self.store.lock_grant(&name.provider, &name.account)?;
        let grant = self.sealed(name)?.unseal(&self.identities)?;
        let now = Timestamp::now();
        let step = decide(&grant.metadata, want, provider, now);
        if lock.waited()
            && step != Step::Keep
            && let Some(failed) = failed_since(&grant.metadata, began)
        {
            return Ok(settled(grant, Outcome::Failed(Trouble::Failed(failed))));
        }
        match outcome_of(step, &grant.metadata) {
            Some(outcome) => Ok(settled(grant, outcome)),
            None => self.begin(provider, lock, grant, now, signals),
        }
    }

    fn sealed(&self, name: &GrantName) -> Result<SealedGrant> {
        self.store.grant(&name.provider, &name.account)?.ok_or_else(|| {
            Error::new(Code::NotStored, format!("there is no grant {name}"))
                .with_remedy(Remedy::List(Inventory::Grants))
        })
    }

    /// Stores that a refresh is in flight.
    fn begin(
        &self,
        provider: &Provider,
        lock: Lock<Grant>,
        mut grant: Grant,
        began: Timestamp,
        signals: &mut Option<Uninterrupted>,
    ) -> Result<Decision> {
        let client = self.host.client(&self.store, &self.identities, provider, &grant.metadata)?;
        TokenEndpoint::new(&self.http, provider, &client)?
            .admit(&grant.metadata, &provider.endpoints.token_url)?;
        let token = grant.refresh_token.clone().expect("only what has a refresh token gets here");
        let recipients = Recipients::beside(&self.identities, self.store.home())?;
        recipients.include(&self.identities, self.store.home())?;
        persist::fits(&recipients)?;
        *signals = Some(Uninterrupted::begin());
        let doubt = self.mark(&lock, &mut grant, &token, &recipients, began)?;
        Ok(Decision::Attempt(Box::new(Attempt {
            lock,
            grant,
            token,
            client,
            recipients,
            doubt,
            began,
            signals: None,
        })))
    }

    async fn ask(
        &self,
        provider: &Provider,
        client: &Client,
        token: &SecretString,
    ) -> Result<TokenResponse, Failure> {
        let endpoint = TokenEndpoint::new(&self.http, provider, client);
        endpoint.expect("the client was checked before").refresh(token).await
    }

    /// Stores what the provider answered, and records it.
    fn conclude(
        &self,
        mut attempt: Attempt,
        answer: Result<TokenResponse, Failure>,
    ) -> Result<RefreshResult> {
        let name = attempt.lock.name().clone();
        // They are let through when the result is recorded.
        let _signals = attempt.signals.take();
        let provider = self.provider(&name);
        let result = match answer {
            Ok(response) => self.renew(provider, attempt, response),
            Err(failure) => self.note(attempt, failure),
        };
        self.host.record(&name, provider, result.as_ref());
        result
    }

    /// Returns the provider of a grant that is being refreshed.
    fn provider(&self, name: &GrantName) -> &Provider {
        let provider = self.catalog.provider(name.provider.as_str());
        provider.expect("it was looked up before, and catalogs do not change")
    }

    fn renew(
        &self,
        provider: &Provider,
        Attempt { lock, mut grant, client, recipients, began, .. }: Attempt,
        response: TokenResponse,
    ) -> Result<RefreshResult> {
        issue::renew(&mut grant, response, provider, &client, began);
        persist::keep(&self.store, &lock, &grant, &recipients)?;
        Ok(RefreshResult { grant, outcome: Outcome::Refreshed })
    }

    /// Stores why there are no new tokens.
    fn note(
        &self,
        Attempt { lock, mut grant, token, recipients, doubt, .. }: Attempt,
        failure: Failure,
    ) -> Result<RefreshResult> {
        if failure.class == FailureClass::Rejected
            && let Some(grant) = self.replacement(&lock, &token)?
        {
            self.store.unreserve_grant(&lock)?;
            return Ok(RefreshResult { grant, outcome: Outcome::Kept(None) });
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
        self.store.put_grant(&lock, &grant, &recipients)?;
        Ok(RefreshResult { grant, outcome: Outcome::Failed(Trouble::Failed(failed)) })
    }

    /// Stores that a refresh is in flight, and makes sure that what it gives can be stored. Returns
    /// the mark of an earlier one, whose answer was lost.
    fn mark(
        &self,
        lock: &Lock<Grant>,
        grant: &mut Grant,
        token: &SecretString,
        recipients: &Recipients,
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
        self.store.put_grant(lock, grant, recipients)?;
        if let Err(error) = persist::reserve(&self.store, lock, grant, recipients) {
            // Nothing is sent, so that there is nothing in doubt.
            grant.metadata.refresh_in_flight = doubt;
            self.store.put_grant(lock, grant, recipients)?;
            return Err(error);
        }
        Ok(doubt)
    }

    /// Returns the grant, if somebody replaced it without asking for the lock: a copy of the store that
    /// was put back, or another machine on a shared disk. Its token is newer than the one sent.
    fn replacement(&self, lock: &Lock<Grant>, sent: &SecretString) -> Result<Option<Grant>> {
        let stored = self.sealed(lock.name())?.unseal(&self.identities)?;
        let other = stored
            .refresh_token
            .as_ref()
            .is_some_and(|token| token.expose_secret() != sent.expose_secret());
        Ok(other.then_some(stored))
    }
}

fn settled(grant: Grant, outcome: Outcome) -> Decision {
    Decision::Settled(Box::new(RefreshResult { grant, outcome }))
}

/// Returns the outcome of a step that asks for nothing.
fn outcome_of(step: Step, grant: &GrantMetadata) -> Option<Outcome> {
    match step {
        Step::Keep => Some(Outcome::Kept(Trouble::known(grant))),
        Step::Stuck(stuck) => Some(Outcome::Failed(Trouble::of(stuck, grant))),
        Step::Refresh => None,
    }
}

/// Returns the failure that another process met since this time.
fn failed_since(grant: &GrantMetadata, began: Timestamp) -> Option<LastError> {
    let whole_second = began.as_second();
    grant.last_error.clone().filter(|error| error.at.as_second() >= whole_second)
}

/// Returns a failure as it is stored. A refresh token that is rejected after a doubt was spent by the
/// refresh whose answer was lost.
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

/// Returns the SHA-256 of a token, in base64url: enough to know it again, and of no use to anybody else.
fn sha256(token: &SecretString) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token.expose_secret().as_bytes()))
}
