//! Refreshing a grant so that it survives: one process at a time, and with a note of what was sent.
//!
//! If a provider rotates refresh tokens, each is good once. So the grant is claimed over all of this:
//! read it again → decide → announce that a refresh is in flight → ask → store the new tokens → let go.
//! The note of it is on the disk before the request leaves. A process that finds it later knows that an
//! answer was lost, be it to the network or to a `kill -9`, and that the refresh token may be spent
//! ([`decide`] says what follows). The new tokens are on the disk before anybody uses them.
//!
//! A process that waited for the claim adopts the other's result, the failure included: fifty
//! agents that start at once ask the provider once. A grant whose metadata say that it is fresh enough
//! is not claimed.
//!
//! An [`Engine`] knows a store by [`Store`] and [`DueWork`] alone. It refreshes many grants at
//! once: requests share one client, and a few threads wait for the store.

pub mod class;
pub mod host;
mod marks;
mod renewal;
pub mod result;

use std::sync::Arc;

use jiff::Timestamp;

use crate::catalog::{Catalog, Provider};
use crate::credential::failure::Trouble;
use crate::credential::freshness::{Step, Stuck, Want, decide, due, standing};
use crate::error::{Code, Error, Inventory, Remedy, Result};
use crate::http::client::Http;
use crate::oauth::token::failure::RequestFailure;
use crate::oauth::token::response::TokenResponse;
use crate::refresh::engine::host::Host;
use crate::refresh::engine::marks::{failed_since, last_error, mark};
use crate::refresh::engine::renewal::Renewal;
use crate::refresh::engine::result::{Outcome, RefreshResult};
use crate::store::{
    Claim, Completion, CredentialId, DueWork, FailureClass, Grant, GrantMetadata, Identities,
    InFlight, Recipients, SealedGrant, SealedRecord, Store, capacity,
};
use crate::sys::blocking::{BlockingPool, wait_for};
use crate::sys::signals::Uninterrupted;

/// Refreshes grants of one store.
pub struct Engine<S, W> {
    /// The store.
    pub store: S,
    /// The right to refresh its grants, one worker at a time.
    pub work: W,
    /// The identities that open it.
    pub identities: Arc<Identities>,
    /// The providers.
    pub catalog: Arc<Catalog>,
    /// The way to them.
    pub http: Arc<Http>,
    /// The program that the grants are refreshed for.
    pub host: Box<dyn Host>,
    /// The threads that wait for the store.
    pub(crate) disk: BlockingPool,
}

/// A grant that was looked at: nothing is to be done, or a request is to be sent.
enum Decision<H> {
    Settled(Box<RefreshResult>),
    Attempt(Box<Attempt<H>>),
}

/// A refresh that the store knows to be in flight.
struct Attempt<H> {
    claim: Claim<H>,
    grant: Grant,
    renewal: Renewal,
    recipients: Recipients,
    /// The mark of an earlier one, whose answer was lost.
    doubt: Option<InFlight>,
    began: Timestamp,
    /// Holds signals back until the result is recorded.
    signals: Option<Uninterrupted>,
}

impl<S, W> Engine<S, W>
where
    S: Store + Send + Sync + 'static,
    W: DueWork + Send + Sync + 'static,
{
    /// Makes a grant as fresh as it is wanted, if it can be. A refresh whose answer has arrived is
    /// stored, whether or not anybody waits for this.
    ///
    /// # Errors
    ///
    /// [`Code::NotStored`], or another error of the store; [`Code::MissingParams`] and
    /// [`Code::ClientRejected`], if there is no client to ask for it; [`Code::OriginChanged`]. The provider's answer is an
    /// [`Outcome`].
    pub async fn refresh(self: Arc<Self>, name: CredentialId, want: Want) -> Result<RefreshResult> {
        let engine = Arc::clone(&self);
        let prepared = self.disk.run(move || wait_for(engine.prepare(&name, want))).await?;
        let attempt = match prepared {
            Decision::Settled(result) => return Ok(*result),
            Decision::Attempt(attempt) => attempt,
        };
        let provider = self.provider(&attempt.claim.id);
        let answer = attempt.renewal.ask(&self.http, provider, &self.disk).await;
        let engine = Arc::clone(&self);
        self.disk.run(move || wait_for(engine.conclude(*attempt, answer))).await
    }

    /// Decides the next step, and marks the grant if a request is to be sent.
    async fn prepare(&self, name: &CredentialId, want: Want) -> Result<Decision<W::Lock>> {
        let provider = self.catalog.known_provider(name.provider.as_str())?;
        let mut signals = None;
        let mut decision = self.decide(provider, name, want, &mut signals).await;
        match &mut decision {
            Ok(Decision::Attempt(attempt)) => attempt.signals = signals,
            Ok(Decision::Settled(result)) => self.host.record(name, provider, Ok(result)),
            Err(error) => self.host.record(name, provider, Err(error)),
        }
        decision
    }

    async fn decide(
        &self,
        provider: &Provider,
        name: &CredentialId,
        want: Want,
        signals: &mut Option<Uninterrupted>,
    ) -> Result<Decision<W::Lock>> {
        let began = Timestamp::now();
        let sealed = self.stored(name)?.ok_or_else(|| not_stored(name))?;
        // Whatever another process is doing to the grant, its access token serves.
        if decide(&sealed.metadata, want, provider, began) == Step::Keep {
            let grant = sealed.unseal(&self.identities)?;
            let trouble = Trouble::known(&grant.metadata);
            return Ok(settled(grant, Outcome::Kept(trouble)));
        }
        let claim = self.work.claim_one(name).await?.ok_or_else(|| not_stored(name))?;
        match self.judge(&claim, provider, want, began) {
            Ok(Judgement::Settled(result)) => {
                self.release(claim, provider).await;
                Ok(Decision::Settled(result))
            }
            Ok(Judgement::Due(due)) => self.announce(claim, *due, signals).await,
            Err(error) => {
                self.release(claim, provider).await;
                Err(error)
            }
        }
    }

    /// Decides on a grant that nobody else is refreshing, and gets ready to ask for new tokens.
    fn judge(
        &self,
        claim: &Claim<W::Lock>,
        provider: &Provider,
        want: Want,
        began: Timestamp,
    ) -> Result<Judgement> {
        let grant = claim.grant.unseal(&self.identities)?;
        let now = Timestamp::now();
        let step = decide(&grant.metadata, want, provider, now);
        let failed = failed_since(&grant.metadata, began);
        let settled =
            |grant, outcome| Ok(Judgement::Settled(Box::new(RefreshResult { grant, outcome })));
        if claim.waited
            && step != Step::Keep
            && let Some(failed) = failed
        {
            return settled(grant, Outcome::Failed(Trouble::Failed(failed)));
        }
        if let Some(outcome) = outcome_of(step, &grant.metadata) {
            return settled(grant, outcome);
        }
        let renewal = Renewal::of(&*self.host, &self.http, provider, &grant)?;
        let recipients = self.host.recipients()?;
        capacity::fits_all(&recipients)?;
        Ok(Judgement::Due(Box::new(Due { grant, renewal, recipients, began: now })))
    }

    /// Stores that a refresh is in flight, and makes sure that what it gives can be stored.
    async fn announce(
        &self,
        mut claim: Claim<W::Lock>,
        due: Due,
        signals: &mut Option<Uninterrupted>,
    ) -> Result<Decision<W::Lock>> {
        let Due { mut grant, renewal, recipients, began } = due;
        *signals = Some(Uninterrupted::begin());
        let doubt = if renewal.is_repeatable(self.provider(&grant.metadata.id())) {
            grant.metadata.refresh_in_flight = None;
            None
        } else {
            mark(&mut grant, renewal.secret(), began)
        };
        let marked = SealedRecord::seal(&grant, &recipients);
        if let Err(error) = self.work.announce(&mut claim, marked).await {
            self.release(claim, self.provider(&grant.metadata.id())).await;
            return Err(error);
        }
        let signals = None;
        let attempt = Attempt { claim, grant, renewal, recipients, doubt, began, signals };
        Ok(Decision::Attempt(Box::new(attempt)))
    }

    /// Stores what the provider answered, and records it.
    async fn conclude(
        &self,
        mut attempt: Attempt<W::Lock>,
        answer: Result<TokenResponse, RequestFailure>,
    ) -> Result<RefreshResult> {
        let name = attempt.claim.id.clone();
        // They are let through when the result is recorded.
        let _signals = attempt.signals.take();
        let provider = self.provider(&name);
        let result = match answer {
            Ok(response) => self.renew(provider, attempt, response).await,
            Err(failure) => self.note(provider, attempt, failure).await,
        };
        self.host.record(&name, provider, result.as_ref());
        result
    }

    /// Returns the provider of a grant that is being refreshed.
    fn provider(&self, name: &CredentialId) -> &Provider {
        let provider = self.catalog.provider(name.provider.as_str());
        provider.expect("it was looked up before, and catalogs do not change")
    }

    /// Stores new tokens. If somebody replaced the grant without a claim (a copy of the store that was
    /// put back, or another machine on a shared disk), the newer one stays.
    async fn renew(
        &self,
        provider: &Provider,
        Attempt { claim, mut grant, renewal, recipients, began, .. }: Attempt<W::Lock>,
        response: TokenResponse,
    ) -> Result<RefreshResult> {
        let name = claim.id.clone();
        renewal.renew(&mut grant, response, provider, began);
        let sealed = SealedRecord::seal(&grant, &recipients);
        if self.work.complete(claim, sealed).await? == Completion::Stored {
            return Ok(RefreshResult { grant, outcome: Outcome::Refreshed });
        }
        let lock = self.store.lock(&name)?;
        let Some(stored) = self.store.load(&name)? else { return Err(not_stored(&name)) };
        let other = stored.grant.unseal(&self.identities)?;
        let sealed = SealedRecord::seal(&grant, &recipients);
        // A token that was spent is worth nothing.
        if renewal.is_of(&other) && self.store.replace(&lock, &stored.revision, &sealed)? {
            return Ok(RefreshResult { grant, outcome: Outcome::Refreshed });
        }
        Ok(RefreshResult { grant: other, outcome: Outcome::Kept(None) })
    }

    /// Stores why there are no new tokens.
    async fn note(
        &self,
        provider: &Provider,
        Attempt { claim, mut grant, renewal, recipients, doubt, .. }: Attempt<W::Lock>,
        failure: RequestFailure,
    ) -> Result<RefreshResult> {
        if failure.class == FailureClass::Rejected
            && let Some(grant) = self.replacement(&claim.id, &renewal)?
        {
            self.release(claim, provider).await;
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
        // A grant that somebody put there meanwhile says nothing of this.
        self.work.complete(claim, SealedRecord::seal(&grant, &recipients)).await?;
        Ok(RefreshResult { grant, outcome: Outcome::Failed(Trouble::Failed(failed)) })
    }

    /// Ends a claim of which nothing was sent. If that fails, it ends by itself.
    async fn release(&self, claim: Claim<W::Lock>, provider: &Provider) {
        let grant = &claim.grant.metadata;
        let due_at = match decide(grant, standing(grant, provider), provider, Timestamp::now()) {
            Step::Stuck(Stuck::Busy(at) | Stuck::InDoubt(at)) => Some(at),
            Step::Stuck(_) => None,
            Step::Keep | Step::Refresh => due(grant, standing(grant, provider), provider),
        };
        let _ = self.work.release(claim, due_at).await;
    }

    fn stored(&self, name: &CredentialId) -> Result<Option<SealedGrant>> {
        Ok(self.store.load(name)?.map(|loaded| loaded.grant))
    }

    /// Returns the grant, if somebody replaced it without a claim. Its token is newer than the one sent.
    fn replacement(&self, name: &CredentialId, sent: &Renewal) -> Result<Option<Grant>> {
        let stored = self.stored(name)?.ok_or_else(|| not_stored(name))?;
        let stored = stored.unseal(&self.identities)?;
        let is_other = stored.metadata.refreshable && !sent.is_of(&stored);
        Ok(is_other.then_some(stored))
    }
}

/// The step for a grant that was claimed.
enum Judgement {
    Settled(Box<RefreshResult>),
    Due(Box<Due>),
}

/// A grant that is to be refreshed, and what that takes.
struct Due {
    grant: Grant,
    renewal: Renewal,
    recipients: Recipients,
    began: Timestamp,
}

fn settled<H>(grant: Grant, outcome: Outcome) -> Decision<H> {
    Decision::Settled(Box::new(RefreshResult { grant, outcome }))
}

fn not_stored(name: &CredentialId) -> Error {
    Error::new(Code::NotStored, format!("there is no grant {name}"))
        .with_remedy(Remedy::List(Inventory::Grants))
}

/// Returns the outcome of a step that asks for nothing.
fn outcome_of(step: Step, grant: &GrantMetadata) -> Option<Outcome> {
    match step {
        Step::Keep => Some(Outcome::Kept(Trouble::known(grant))),
        Step::Stuck(stuck) => Some(Outcome::Failed(Trouble::of(stuck, grant))),
        Step::Refresh => None,
    }
}

#[cfg(test)]
mod tests;
