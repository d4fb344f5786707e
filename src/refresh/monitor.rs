//! The monitor of one grant: its stored metadata, its failures, and what was reported of it.

use std::sync::Arc;

use jiff::Timestamp;

use super::schedule::{Failures, Next};
use crate::catalog::Provider;
use crate::credential::failure::{Trouble, connect};
use crate::credential::freshness::{Stuck, Want};
use crate::credential::health::Health;
use crate::error::{Code, Error, advice};
use crate::model::scope::ScopeSet;
use crate::refresh::live_token::Live;
use crate::store::{FailureClass, GrantMetadata, GrantName, Store, Version};

/// A worker's task, and the state of the grant when it began.
#[derive(Clone, Copy)]
pub(crate) struct Work {
    pub(crate) want: Want,
    pub(crate) failures: Failures,
    version: Option<Version>,
}

/// The visible difference between the tokens of a grant and those before them, without a key.
#[derive(PartialEq, Eq)]
struct Issue {
    connected_at: Timestamp,
    issued_at: Timestamp,
    expires_at: Option<Timestamp>,
    scopes: ScopeSet,
}

impl Issue {
    fn of(grant: &GrantMetadata) -> Self {
        let GrantMetadata { connected_at, issued_at, expires_at, ref scopes, .. } = *grant;
        Self { connected_at, issued_at, expires_at, scopes: scopes.clone() }
    }
}

/// Tracks one grant that is kept fresh.
pub(crate) struct Monitor {
    pub(crate) name: GrantName,
    /// Content of its file; `None` if there is no grant.
    pub(crate) metadata: Option<GrantMetadata>,
    pub(crate) failures: Failures,
    /// The health that was reported last.
    pub(crate) health: Health,
    /// While a worker is at work.
    pub(crate) at_work: Option<Work>,
    /// Whether the grant was read once.
    pub(crate) is_known: bool,
    /// Version of the file that was read, if it could be.
    version: Option<Version>,
    /// Whether its tokens were told of, and are here if they are held.
    pub(crate) is_told: bool,
    /// Whether the token that is held was taken by its recipient.
    pub(crate) is_taken: bool,
    /// The tokens that were there at the last look.
    issue: Option<Issue>,
    /// Reason of the last failure, if the grant does not say it.
    complaint: Option<Arc<Error>>,
}

impl Monitor {
    pub(crate) fn new(name: GrantName) -> Self {
        Self {
            name,
            metadata: None,
            failures: Failures::default(),
            health: Health::Connected,
            at_work: None,
            is_known: false,
            version: None,
            is_told: false,
            is_taken: true,
            issue: None,
            complaint: None,
        }
    }

    /// Reads the grant, if its file is another one than before. Returns whether it has other tokens
    /// then, or is there no longer.
    pub(crate) fn look(&mut self, store: &Store, now: Timestamp) -> bool {
        let version = store.grant_version(&self.name);
        if self.version == Some(version) {
            return false;
        }
        match store.grant(&self.name.provider, &self.name.account) {
            Ok(sealed) => {
                self.version = Some(version);
                self.is_known = true;
                self.take(sealed.map(|sealed| sealed.metadata), now)
            }
            Err(error) => {
                // Whoever damaged it may put it right at any time.
                self.version = None;
                self.fail(Arc::new(error), now);
                false
            }
        }
    }

    /// Puts what the file says now in the place of what it said before.
    fn take(&mut self, new: Option<GrantMetadata>, now: Timestamp) -> bool {
        let old = std::mem::replace(&mut self.metadata, new);
        let Some(new) = &self.metadata else {
            (self.failures, self.complaint) = (Failures::default(), None);
            return old.is_some();
        };
        let is_reissued = old.as_ref().is_none_or(|old| may_be_reissued(old, new));
        if is_reissued && new.expires_at.is_some_and(|end| end <= now) && old.is_some() {
            // A token that is dead on arrival is as good as none.
            self.failures.add(now);
        } else if is_reissued || new.last_error.is_none() {
            (self.failures, self.complaint) = (Failures::default(), None);
        }
        let old_error = old.as_ref().and_then(|old| old.last_error.as_ref());
        let failure = new
            .last_error
            .as_ref()
            .filter(|error| error.class != FailureClass::Rejected && Some(*error) != old_error);
        if let Some(error) = failure {
            // What was noted before this process came counts from then on.
            self.failures.add(if old.is_some() { now } else { error.at.min(now) });
            self.complaint = None;
        }
        is_reissued
    }

    /// Notes a failed try of which the grant says nothing.
    pub(crate) fn fail(&mut self, why: Arc<Error>, now: Timestamp) {
        self.failures.add(now);
        self.complaint = Some(why);
    }

    /// Notes that a worker begins.
    pub(crate) fn begin(&mut self, want: Want) {
        self.at_work = Some(Work { want, failures: self.failures, version: self.version });
    }

    /// Returns whether nothing happened to the grant since a worker began, and nothing failed.
    pub(crate) fn is_as_before(&self, work: &Work) -> bool {
        self.version.is_some() && self.version == work.version && self.failures == work.failures
    }

    /// Notes that a worker did what it was asked: earlier failures of which the grant says nothing are
    /// over.
    pub(crate) fn succeed(&mut self) {
        if self.version.is_some() && self.complaint.take().is_some() {
            self.failures = Failures::default();
        }
    }

    /// Returns whether its tokens, as far as can be seen, are others than when this was asked last.
    pub(crate) fn has_other_tokens(&mut self) -> bool {
        let old = self.issue.take();
        self.issue = self.metadata.as_ref().map(Issue::of);
        old != self.issue
    }

    /// Notes that this token is told of: it is enough, if it can be that of the grant.
    pub(crate) fn tell(&mut self, live: &Live) {
        self.is_told = self.metadata.as_ref().is_some_and(|grant| live.is_of(grant));
    }

    /// Returns its health, by what is next for it, and the reason if it is not well.
    pub(crate) fn judge(
        &self,
        next: Option<Next>,
        provider: &Provider,
    ) -> (Health, Option<Arc<Error>>) {
        match (next, &self.metadata) {
            (Some(Next::Dead(stuck)), Some(grant)) => {
                (Health::Reconnect, Some(Arc::new(self.obituary(stuck, grant, provider))))
            }
            (_, None) if self.is_known => (Health::Reconnect, Some(Arc::new(self.gone()))),
            _ if self.failures.any() && self.is_due(next) => {
                (Health::Expiring, Some(self.failure(provider)))
            }
            _ => (Health::Connected, None),
        }
    }

    /// Returns whether it should have been refreshed, or its token be had. (A failure does not matter
    /// before: somebody asked for a refresh that was not needed.)
    fn is_due(&self, next: Option<Next>) -> bool {
        let is_in_doubt = |grant: &GrantMetadata| grant.refresh_in_flight.is_some();
        !matches!(next, Some(Next::Look(_)))
            || !self.is_told
            || self.version.is_none()
            || self.metadata.as_ref().is_some_and(is_in_doubt)
    }

    /// Returns why the last try failed.
    pub(crate) fn failure(&self, provider: &Provider) -> Arc<Error> {
        let noted = self.metadata.as_ref().and_then(|grant| grant.last_error.clone());
        match (&self.complaint, noted) {
            (Some(complaint), _) => Arc::clone(complaint),
            (None, Some(error)) => Arc::new(self.error(&Trouble::Failed(error), provider)),
            (None, None) => Arc::new(Error::new(
                Code::ProviderUnavailable,
                format!("{} has no token that lives long enough", self.name),
            )),
        }
    }

    fn obituary(&self, stuck: Stuck, grant: &GrantMetadata, provider: &Provider) -> Error {
        let trouble = match stuck {
            Stuck::NoRefreshToken => Trouble::NoRefreshToken,
            _ => Trouble::known(grant).unwrap_or(Trouble::NoRefreshToken),
        };
        self.error(&trouble, provider)
    }

    fn gone(&self) -> Error {
        Error::new(Code::NotStored, format!("the grant {} is gone", self.name))
            .with_hint(advice![connect(&self.name).request(), " gets another one"])
    }

    fn error(&self, trouble: &Trouble, provider: &Provider) -> Error {
        trouble.error(&self.name, provider)
    }
}

/// Returns whether the tokens of a grant whose file was written may be others than before. Times are in
/// whole seconds, and cannot tell two changes in one second apart; but a failure leaves a note, and so
/// does a refresh that is not done yet.
fn may_be_reissued(old: &GrantMetadata, new: &GrantMetadata) -> bool {
    let is_settled = new.refresh_in_flight.is_none() && new.last_error.is_none();
    is_settled || Issue::of(old) != Issue::of(new)
}
