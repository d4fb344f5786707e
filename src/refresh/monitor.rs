//! The monitor of one grant: what was seen of it, when it is due, what it fails by, and what was
//! reported of it.
//!
//! It holds no token and reads nothing. Whoever keeps the grant shows it what lies in the store
//! (`Monitor::observe`), and tells it how refreshes ended.

pub(crate) mod blame;
pub(crate) mod change;
pub(crate) mod observation;
pub(crate) mod outage;
pub mod schedule;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::catalog::Provider;
use crate::credential::freshness::Want;
use crate::credential::health::{Health, Standing};
use crate::error::{Code, Error};
use crate::model::name::Slug;
use crate::refresh::monitor::change::Change;
use crate::refresh::monitor::observation::{Issue, Observation, Rules};
use crate::refresh::monitor::outage::Party;
use crate::refresh::monitor::schedule::{Failures, Next};
use crate::store::{FailureClass, GrantMetadata, LastError, Version};

/// No answer takes longer.
const LONGEST_FLIGHT: SignedDuration = SignedDuration::from_secs(20);

/// Tracks one grant that is kept fresh.
pub(crate) struct Monitor {
    /// The revision that was seen, if it could be read.
    pub(crate) version: Option<Version>,
    /// `None` if it cannot be read or opened, or its provider is not known.
    pub(crate) standing: Option<Standing>,
    /// The tokens that were seen.
    issue: Option<Issue>,
    /// The failure that the grant itself stated.
    stated: Option<Statement>,
    client: Option<String>,
    /// Freshness that is wanted all the time.
    want: Want,
    /// A lifetime that is asked for now, beyond that.
    pub(crate) demand: Option<SignedDuration>,
    /// The next action by what is wanted all the time.
    pub(crate) next: Option<Next>,
    /// The same by what is asked for now.
    pub(crate) demanded: Option<Next>,
    /// When it is looked at again.
    pub(crate) look_at: Option<Timestamp>,
    /// The refreshes in a row that gave no tokens.
    pub(crate) failures: Failures,
    /// Party by which these failed, if that concerns others too.
    pub(crate) fails_by: Option<Party>,
    /// Reason of the last failure, if the grant does not state it.
    pub(crate) complaint: Option<Arc<Error>>,
    trouble: Option<Trouble>,
    overdue_since: Option<Timestamp>,
    health: Option<Health>,
    reported: Health,
}

/// Trouble that keeps one grant from being refreshed, and no other.
struct Trouble {
    why: String,
    /// Whether it came twice, and so is told.
    is_sure: bool,
}

/// By what a failure that a grant states is known again.
type Statement = (Timestamp, FailureClass, Option<Timestamp>);

impl Monitor {
    /// Creates the monitor of a grant of which nothing is known yet.
    pub(crate) fn new() -> Self {
        Self {
            version: None,
            standing: None,
            issue: None,
            stated: None,
            client: None,
            want: Want::default(),
            demand: None,
            next: None,
            demanded: None,
            look_at: None,
            failures: Failures::default(),
            fails_by: None,
            complaint: None,
            trouble: None,
            overdue_since: None,
            health: None,
            reported: Health::Connected,
        }
    }

    /// Creates the monitor of a grant that serves, as its user knows.
    pub(crate) fn of_serving() -> Self {
        Self { health: Some(Health::Connected), ..Self::new() }
    }

    /// Takes in what was seen of the grant. Returns whether it may have other tokens than before.
    pub(crate) fn observe(
        &mut self,
        provider: &Slug,
        seen: &Observation,
        rules: &Rules<'_>,
        now: Timestamp,
    ) -> bool {
        let is_replaced = self.version != seen.version;
        self.version = seen.version;
        match seen.known(rules.catalog, provider) {
            Ok((grant, provider)) => {
                let is_reissued = self.take(grant, is_replaced, now);
                self.judge(grant, provider, rules, now);
                is_reissued
            }
            Err(error) => {
                // What keeps it from being read may end without a change of the file.
                self.version = None;
                self.spoil(error)
            }
        }
    }

    /// Compares the grant with what was there before. A failure that somebody else met counts as one
    /// of this process; new tokens end all failures.
    fn take(&mut self, grant: &GrantMetadata, is_replaced: bool, now: Timestamp) -> bool {
        let issue = Issue::of(grant);
        let before = self.issue.replace(issue);
        let is_first = before.is_none();
        let is_reissued = before != Some(issue) || is_replaced && states_nothing(grant);
        if is_reissued || is_replaced && grant.last_error.is_none() {
            let failures = self.failures;
            self.begin_anew();
            if before.is_some_and(|before| issue.is_dead_on_arrival(before, now)) {
                // It is as good as none.
                self.failures = failures;
                self.failures.add(now);
            }
        }
        let stated = grant.last_error.as_ref().map(statement);
        let failure = grant.last_error.as_ref().filter(|_| is_replaced && stated != self.stated);
        if let Some(error) = failure.filter(|error| error.class != FailureClass::Rejected) {
            // What was stated before this process came counts from then on.
            self.failures.add(if is_first { error.at.min(now) } else { now });
            self.complaint = None;
        }
        self.stated = stated;
        is_reissued
    }

    fn judge(
        &mut self,
        grant: &GrantMetadata,
        provider: &Provider,
        rules: &Rules<'_>,
        now: Timestamp,
    ) {
        let standing = Standing::of(grant, Some(provider));
        self.want = rules.want(grant, provider);
        let next = self.next(grant, provider, self.want, rules, now);
        self.next = Some(next);
        self.demanded = Some(match self.demand {
            Some(_) => self.next(grant, provider, self.wanted(), rules, now),
            None => next,
        });
        let at = match next {
            Next::Refresh => None,
            Next::Look(at) => at,
            Next::Wait(at) => Some(at),
            Next::Dead(_) => {
                self.begin_anew();
                None
            }
        };
        // Its end is told when it comes.
        let end = standing.expires_at.filter(|end| *end > now);
        let is_over = standing.expires_at.is_some_and(|end| end <= now);
        self.overdue_since = is_over.then(|| self.overdue_since.unwrap_or(now));
        let answered = may_be_answered_until(grant).filter(|end| *end > now);
        self.look_at = [at, end, answered].into_iter().flatten().min();
        let by_name = || grant.client.as_ref().map(ToString::to_string);
        self.client = grant.client_id.clone().or_else(by_name);
        let is_damaged = self.trouble.as_ref().is_some_and(|trouble| trouble.is_sure);
        self.standing = Some(standing).filter(|_| !is_damaged);
    }

    /// Returns what is next for it. If it is the provider that fails, a grant need not wait as long as
    /// for a fault of its own.
    fn next(
        &self,
        grant: &GrantMetadata,
        provider: &Provider,
        want: Want,
        rules: &Rules<'_>,
        now: Timestamp,
    ) -> Next {
        let next = |failures| schedule::next(grant, provider, want, failures, rules.seed, now);
        match (next(self.failures), self.probe(rules)) {
            (Next::Wait(at), Some(probe))
                if probe < at && next(Failures::default()) == Next::Refresh =>
            {
                if probe <= now {
                    Next::Refresh
                } else {
                    Next::Wait(probe)
                }
            }
            (next, _) => next,
        }
    }

    /// Returns when it may try a provider again that failed.
    fn probe(&self, rules: &Rules<'_>) -> Option<Timestamp> {
        let is_of_provider = matches!(self.fails_by, Some(Party::Provider(_)));
        self.failures.last().filter(|_| is_of_provider)?.checked_add(rules.longest_probe?).ok()
    }

    /// Returns how fresh it is wanted now.
    pub(crate) fn wanted(&self) -> Want {
        let min_ttl = self.demand.map_or(self.want.min_ttl, |least| least.max(self.want.min_ttl));
        Want { min_ttl, ..self.want }
    }

    /// Returns whether it is to be refreshed.
    pub(crate) fn is_due(&self) -> bool {
        self.demanded == Some(Next::Refresh)
    }

    /// Notes that a refresh begins; returns how fresh it is wanted.
    pub(crate) fn begin(&mut self) -> Want {
        (self.next, self.demanded) = (None, None);
        self.wanted()
    }

    /// Returns when its access token ends; one whose end is unknown, or that is not known, at last.
    pub(crate) fn end(&self) -> Timestamp {
        self.standing.and_then(|standing| standing.expires_at).unwrap_or(Timestamp::MAX)
    }

    /// Forgets what failed.
    fn begin_anew(&mut self) {
        self.failures = Failures::default();
        (self.fails_by, self.complaint, self.trouble) = (None, None, None);
    }

    /// Forgets what is not known of a grant that cannot be read. Returns whether it is gone since it was
    /// seen.
    fn spoil(&mut self, error: Arc<Error>) -> bool {
        self.begin_anew();
        let is_gone = error.code() == Code::NotStored;
        self.complaint = Some(error);
        let was_there = self.issue.is_some();
        if is_gone {
            (self.issue, self.stated) = (None, None);
        }
        (self.standing, self.overdue_since) = (None, None);
        (self.next, self.demanded, self.look_at) = (None, None, None);
        is_gone && was_there
    }

    /// Returns the news for those who keep many grants, if there are any: that one failed is none, as
    /// long as its token serves.
    pub(crate) fn report(&mut self, seen: &Observation, now: Timestamp) -> Option<Change> {
        let trouble = self.trouble.as_ref().filter(|trouble| trouble.is_sure);
        let (health, why) = match (&seen.metadata, self.standing, trouble) {
            (Ok(grant), _, _) if may_be_answered_until(grant).is_some_and(|end| end > now) => {
                return None;
            }
            (Ok(grant), Some(standing), None) => {
                let why = grant.last_error.as_ref().map(|error| error.message.clone());
                (standing.health(now).under_refresh(), why.or_else(|| standing.doubt(now)))
            }
            (Ok(_), _, Some(trouble)) => (Health::Damaged, Some(trouble.why.clone())),
            _ => (Health::Damaged, self.complaint.as_deref().map(in_full)),
        };
        self.becomes(health, why)
    }

    /// Returns the news of a health, if it is news.
    pub(crate) fn becomes(&mut self, health: Health, why: Option<String>) -> Option<Change> {
        let before = self.health.replace(health);
        if before == Some(health) {
            return None;
        }
        let is_first = before.is_none();
        // What is expired at first is refreshed now: no news.
        let is_news = if is_first { health.is_final() } else { health != self.reported };
        let was = self.reported;
        if is_news || !is_first {
            self.reported = health;
        }
        let expires_at = self.standing.and_then(|standing| standing.expires_at);
        is_news.then_some(Change { was, health, is_first, why, expires_at })
    }

    /// Notes that a refresh gave no tokens: by what it failed, if that concerns others too, and whether
    /// it may be the fault of this grant.
    pub(crate) fn failed(
        &mut self,
        at: Timestamp,
        party: Option<Party>,
        error: Option<&Arc<Error>>,
        is_own: bool,
    ) {
        self.failures.add(at);
        self.fails_by = party;
        self.complaint = error.cloned();
        let trouble = error.filter(|_| is_own).map(|error| in_full(error));
        self.trouble = trouble.map(|why| Trouble { why, is_sure: self.trouble.is_some() });
    }

    /// Notes that a refresh did what was asked: failures that the grant does not state are over.
    pub(crate) fn succeeded(&mut self) {
        if self.version.is_some() && self.complaint.is_some() {
            self.begin_anew();
        }
    }

    /// Notes that a refresh of another grant that began at this time succeeded: an earlier failure of
    /// this one was not the machine's.
    pub(crate) fn machine_works(&mut self, began: Timestamp) {
        let is_before = self.failures.last().is_some_and(|last| last <= began);
        if is_before && self.fails_by == Some(Party::Machine) {
            self.fails_by = None;
            self.trouble.get_or_insert(Trouble { why: String::new(), is_sure: false });
        }
    }

    /// Returns whether it is known to fail for a reason of its own.
    pub(crate) fn fails_alone(&self) -> bool {
        self.trouble.is_some() && self.fails_by.is_none()
    }

    /// Returns since when its access token has been dead, as far as that was seen.
    pub(crate) fn overdue_since(&self) -> Option<Timestamp> {
        self.overdue_since
    }

    /// Returns the client that it was granted to, by its id or else its name.
    pub(crate) fn client(&self) -> Option<&str> {
        self.client.as_deref()
    }
}

/// Returns whether a grant says that all is well: a failure leaves a note, and so does a refresh that is
/// not done yet. Times are in whole seconds, and cannot tell two issues in one second apart.
fn states_nothing(grant: &GrantMetadata) -> bool {
    grant.refresh_in_flight.is_none() && grant.last_error.is_none()
}

fn statement(error: &LastError) -> Statement {
    (error.at, error.class, error.retry_at)
}

/// Returns until when the answer to a refresh that another process has sent does not count as lost.
fn may_be_answered_until(grant: &GrantMetadata) -> Option<Timestamp> {
    let flight = grant.refresh_in_flight.as_ref()?;
    let failed = grant.last_error.as_ref().is_some_and(|error| error.at >= flight.since);
    if failed { None } else { flight.since.checked_add(LONGEST_FLIGHT).ok() }
}

/// Returns an error with its hint.
fn in_full(error: &Error) -> String {
    error.hint().map_or_else(|| error.to_string(), |hint| format!("{error}: {hint}"))
}

#[cfg(test)]
mod tests;
