//! Current outages: a provider that gives no tokens, or the machine itself.
//!
//! Each grant has its own back-off; that of ten thousand grants is a storm all the same. So while a
//! provider does not work, one grant at a time tries it, at intervals that grow, and a single success
//! lets all of them through again. A limit that a provider states (`Retry-After`) holds for all of its
//! grants. A client that is not known or not accepted stops the grants of that client, and no others.
//!
//! A single failure is no news: the grant is tried again long before its token ends. It is told when
//! there is a second one after it, or when the provider says itself that it takes a while.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::model::name::Slug;
use crate::refresh::monitor::schedule::Failures;

/// The longest wait between two tries of a provider (or of the machine) that does not work, if it does
/// not ask for more: one that is there for a quarter of a minute only is found.
pub(crate) const LONGEST_PROBE: SignedDuration = SignedDuration::from_secs(10);

/// A party that may fail.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Party {
    /// A provider: it is out of reach or busy.
    Provider(Slug),
    /// A client, by its provider and its id: the provider does not accept it, or the store lacks it.
    Client(Slug, Option<String>),
    /// Everything on this machine that a refresh needs: a store that can be written, an identity, a
    /// process.
    Machine,
}

impl Party {
    /// Returns the name for people and in JSON.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Provider(slug) => slug.to_string(),
            Self::Client(slug, _) => format!("a client of {slug}"),
            Self::Machine => "this machine".to_owned(),
        }
    }

    /// Returns the beginning of a sentence that says what happened.
    pub(crate) fn does_not_work(&self) -> String {
        match self {
            Self::Provider(slug) => format!("{slug} gives no tokens:"),
            Self::Client(slug, _) => format!("a client of {slug} gets no tokens:"),
            Self::Machine => "nothing can be refreshed on this machine:".to_owned(),
        }
    }
}

/// The permission to refresh a grant now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leave {
    /// It may.
    Now,
    /// Not before this time.
    At(Timestamp),
    /// Not before another refresh has ended.
    Later,
}

/// The refreshes that are at work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct AtWork {
    /// Of the same provider.
    pub(crate) provider: usize,
    /// Of the same client of it.
    pub(crate) client: usize,
    /// Of all.
    pub(crate) all: usize,
}

/// Tracks what does not work now.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outages {
    known: BTreeMap<Party, Outage>,
    /// Until when providers do not want to be asked, as they told others.
    limits: BTreeMap<Slug, Timestamp>,
}

/// Something that does not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outage {
    /// Since when.
    pub(crate) since: Timestamp,
    /// When it is tried again.
    pub(crate) until: Timestamp,
    /// Whether it is more than a single failure, and so is told.
    pub(crate) is_sure: bool,
    failures: Failures,
    last: Timestamp,
}

/// A refresh that failed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FailedRefresh {
    /// When it began.
    pub(crate) began: Timestamp,
    /// When it ended.
    pub(crate) ended: Timestamp,
    /// The time before which the provider does not want to be asked.
    pub(crate) retry_at: Option<Timestamp>,
}

impl Outages {
    /// Returns whether a grant of this client may be refreshed now.
    pub(crate) fn leave(
        &self,
        provider: &Slug,
        client: Option<&str>,
        at_work: AtWork,
        now: Timestamp,
    ) -> Leave {
        let busy = [at_work.provider, at_work.client, at_work.all];
        let known = parties(provider, client).map(|party| self.known.get(&party));
        let barriers =
            || known.iter().zip(busy).filter_map(|(outage, busy)| Some(((*outage)?, busy)));
        let limit = self.limits.get(provider).copied();
        match barriers().map(|(outage, _)| outage.until).chain(limit).max() {
            Some(until) if until > now => Leave::At(until),
            _ if barriers().any(|(_, busy)| busy > 0) => Leave::Later,
            _ => Leave::Now,
        }
    }

    /// Returns whether this does not work.
    pub(crate) fn knows(&self, party: &Party) -> bool {
        self.known.contains_key(party)
    }

    /// Returns whether something does not work that grants of this client need.
    pub(crate) fn concern(&self, provider: &Slug, client: Option<&str>) -> bool {
        parties(provider, client).iter().any(|party| self.knows(party))
    }

    /// Notes a refresh that failed for a reason that may keep all others from succeeding too. `next_try`
    /// is the time of the next try after so many failures. Those that were at work at the same time
    /// count as one. Returns whether there is now something to tell.
    pub(crate) fn failed(
        &mut self,
        party: &Party,
        failure: FailedRefresh,
        next_try: impl FnOnce(&Failures) -> Option<Timestamp>,
    ) -> bool {
        let FailedRefresh { began, ended, retry_at } = failure;
        let outage = self.known.entry(party.clone()).or_insert_with(|| Outage {
            since: ended,
            until: ended,
            is_sure: false,
            failures: Failures::default(),
            last: Timestamp::MIN,
        });
        let was_sure = outage.is_sure;
        outage.is_sure |= retry_at.is_some_and(|at| at > ended);
        if began >= outage.last {
            outage.is_sure |= outage.failures.any();
            outage.failures.add(ended);
            outage.last = ended;
            let longest = match party {
                Party::Provider(_) | Party::Machine => ended.checked_add(LONGEST_PROBE).ok(),
                // Time alone mends nothing there.
                Party::Client(..) => None,
            };
            let next = next_try(&outage.failures).unwrap_or(ended);
            outage.until = longest.map_or(next, |longest| next.min(longest));
        }
        outage.until = outage.until.max(retry_at.unwrap_or(ended));
        outage.is_sure && !was_sure
    }

    /// Notes that the provider told somebody not to ask before this time.
    pub(crate) fn limited(&mut self, provider: &Slug, until: Timestamp) {
        let limit = self.limits.entry(provider.clone()).or_insert(until);
        *limit = until.max(*limit);
    }

    /// Notes that a refresh of this client that began at this time succeeded: earlier outages are over.
    /// One that was at work when the last failure came says nothing of what followed.
    pub(crate) fn works(
        &mut self,
        provider: &Slug,
        client: Option<&str>,
        began: Timestamp,
    ) -> Vec<(Party, Outage)> {
        let mut ended = Vec::new();
        for party in parties(provider, client) {
            if self.known.get(&party).is_some_and(|outage| outage.last <= began) {
                ended.extend(self.known.remove_entry(&party));
            }
        }
        ended
    }

    /// Keeps those for which this holds, and gives the others.
    pub(crate) fn retain(
        &mut self,
        mut holds: impl FnMut(&Party) -> bool,
    ) -> BTreeMap<Party, Outage> {
        self.known.extract_if(.., |party, _| !holds(party)).collect()
    }

    /// Returns the current outages.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Party, &Outage)> {
        self.known.iter()
    }

    /// Lets everything be tried again now: the clock was set back, or somebody may have mended it.
    pub(crate) fn try_again(&mut self, now: Timestamp) {
        self.limits.clear();
        for outage in self.known.values_mut() {
            outage.until = outage.until.min(now);
            outage.since = outage.since.min(now);
            outage.last = outage.last.min(now);
        }
    }
}

/// Returns the parties that a grant of this client needs.
fn parties(provider: &Slug, client: Option<&str>) -> [Party; 3] {
    let of_client = Party::Client(provider.clone(), client.map(str::to_owned));
    [Party::Provider(provider.clone()), of_client, Party::Machine]
}

#[cfg(test)]
mod tests;
