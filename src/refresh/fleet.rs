//! A fleet of monitored grants, those of a whole store or of one agent: which of them is looked at,
//! which is refreshed next, and what does not work.
//!
//! Nothing here is secret, and what is kept of a grant is small: its metadata are shown to it when they
//! are looked at, and forgotten.

pub(crate) mod completion;
pub(crate) mod report;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::credential::freshness::Want;
use crate::credential::health::Health;
use crate::model::name::Slug;
use crate::refresh::monitor::change::Change;
use crate::refresh::monitor::observation::{Observation, Rules};
use crate::refresh::monitor::outage::{AtWork, Leave, Outage, Outages, Party};
use crate::refresh::monitor::schedule::Failures;
use crate::refresh::monitor::{Monitor, blame};
use crate::store::{CredentialId, Version};

/// Maximum number of refreshes of a provider that are at work at once. There is room for some of others
/// beside them: one that does not answer keeps them waiting for all the time that an answer may take.
const AT_ONCE_OF_ONE: usize = 8;

/// The grants of a provider that a client gets tokens for.
type ClientKey = (Slug, Option<String>);

/// All grants.
#[derive(Default)]
pub(crate) struct Fleet {
    /// The monitors, each in a place of its own: a node of the map has room for twice as many as it has.
    monitors: BTreeMap<CredentialId, Box<Monitor>>,
    /// The grants whose refreshes are at work, with their clients. Such a grant may be gone, or be
    /// another one of the same name.
    at_work: BTreeMap<CredentialId, Option<String>>,
    /// The due grants of each client that are not at work, by the ends of their tokens.
    due: BTreeMap<ClientKey, BTreeSet<(Timestamp, CredentialId)>>,
    /// The next looks at grants that are not at work.
    looks: BTreeSet<(Timestamp, CredentialId)>,
    /// The number of grants that fail by the machine.
    failing_by_machine: usize,
    outages: Outages,
}

impl Fleet {
    /// Returns the grants and what is known of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&CredentialId, &Monitor)> {
        self.monitors.iter().map(|(name, monitor)| (name, &**monitor))
    }

    /// Returns whether anything is known of a grant.
    pub(crate) fn knows(&self, name: &CredentialId) -> bool {
        self.monitors.contains_key(name)
    }

    /// Returns the grants of a list that are not as they were when they were looked at, and those that
    /// are gone, which are forgotten. A refresh that is at work goes on.
    pub(crate) fn compare(&mut self, listed: &[(CredentialId, Version)]) -> Comparison {
        let is_new = |(name, version): &&(CredentialId, Version)| {
            let monitor = self.monitors.get(name);
            // What a refresh that is at work writes, is looked at in its end.
            let is_left = |monitor: &Monitor| {
                !self.at_work.contains_key(name) && monitor.version != Some(*version)
            };
            monitor.is_none_or(|monitor| is_left(monitor))
        };
        let changed = listed.iter().filter(is_new).map(|(name, _)| name.clone()).collect();
        let is_listed = |name| listed.binary_search_by(|(other, _)| other.cmp(name)).is_ok();
        let gone: Vec<_> = self.monitors.keys().filter(|name| !is_listed(name)).cloned().collect();
        for name in &gone {
            self.forget(name);
        }
        Comparison { changed, gone }
    }

    /// Returns the grants whose time has come.
    pub(crate) fn to_look_at(&self, now: Timestamp) -> Vec<CredentialId> {
        let have_come = self.looks.iter().take_while(|(at, _)| *at <= now);
        have_come.map(|(_, name)| name.clone()).collect()
    }

    /// Makes all grants be looked at, and lets everything be tried again: the rules, or the clock, are
    /// others than they were.
    pub(crate) fn look_at_all(&mut self, now: Timestamp) {
        self.outages.try_again(now);
        let names: Vec<_> = self.monitors.keys().cloned().collect();
        for name in names {
            self.change(&name, |monitor| monitor.look_at = Some(now));
        }
    }

    /// Makes what failed be tried again as if it had not.
    pub(crate) fn forget_failures(&mut self) {
        for monitor in self.monitors.values_mut() {
            monitor.failures = Failures::default();
        }
    }

    /// Begins to keep a grant that serves, as its user knows.
    pub(crate) fn keep(&mut self, name: CredentialId) {
        self.monitors.insert(name, Box::new(Monitor::of_serving()));
    }

    /// Takes in a grant as it was found, which is kept from then on. Returns whether it may have other
    /// tokens than before.
    pub(crate) fn saw(
        &mut self,
        name: &CredentialId,
        seen: &Observation,
        rules: &Rules<'_>,
        now: Timestamp,
    ) -> bool {
        let limit = seen.metadata.as_ref().ok().and_then(|grant| blame::limit(grant, now));
        if let Some(until) = limit {
            self.outages.limited(&name.provider, until);
        }
        if !self.knows(name) {
            self.monitors.insert(name.clone(), Box::new(Monitor::new()));
        }
        let observe = |monitor: &mut Monitor| monitor.observe(&name.provider, seen, rules, now);
        self.change(name, observe).expect("it is kept")
    }

    /// Returns the news of a grant as it was found, if there are any.
    pub(crate) fn news(
        &mut self,
        name: &CredentialId,
        seen: &Observation,
        now: Timestamp,
    ) -> Option<Change> {
        self.monitors.get_mut(name)?.report(seen, now)
    }

    /// Notes the health of a grant by other rules than those for many. Returns what is news.
    pub(crate) fn becomes(&mut self, name: &CredentialId, health: Health) -> Option<Change> {
        self.monitors.get_mut(name)?.becomes(health, None)
    }

    /// Sets how long the token of a grant is to live now, beyond what is wanted all the time. It holds
    /// from the next look on.
    pub(crate) fn demand(&mut self, name: &CredentialId, min_ttl: Option<SignedDuration>) {
        self.change(name, |monitor| monitor.demand = min_ttl);
    }

    /// Forgets a grant.
    pub(crate) fn forget(&mut self, name: &CredentialId) {
        self.unlist(name);
        self.monitors.remove(name);
    }

    /// Returns the due grant that is to be refreshed next: the one whose token ends first, of those that
    /// may. During an outage, one that has not failed comes first, and after these the one that was
    /// tried longest ago: the cause may be the grant that tried it.
    pub(crate) fn next(&self, now: Timestamp) -> Option<CredentialId> {
        let first = self.due.iter().filter_map(|(client, due)| {
            let (leave, is_trial) = self.leave(client, now);
            if leave != Leave::Now {
                return None;
            }
            let failed_at =
                |name| self.monitors.get(name).and_then(|monitor| monitor.failures.last());
            let ranked = due.iter().map(|(end, name)| {
                let failed_at = if is_trial { failed_at(name) } else { None };
                (failed_at, *end, name)
            });
            // They are in order, unless failures count.
            if is_trial { ranked.min() } else { ranked.take(1).next() }
        });
        first.min().map(|(_, _, name)| name.clone())
    }

    /// Returns the next time at which there may be something to do, if nothing happens before.
    pub(crate) fn wakes_at(&self, now: Timestamp) -> Option<Timestamp> {
        let look = self.looks.first().map(|(at, _)| *at);
        let leaves = self.due.keys().map(|client| self.leave(client, now));
        let leave = leaves.filter_map(|(leave, _)| match leave {
            Leave::At(at) => Some(at),
            Leave::Now | Leave::Later => None,
        });
        look.into_iter().chain(leave).min()
    }

    /// Notes that a refresh of this grant begins; returns how fresh it is wanted.
    pub(crate) fn begins(&mut self, name: &CredentialId) -> Want {
        self.unlist(name);
        let monitor = self.monitors.get_mut(name).expect("only what is there is due");
        let (client, want) = (monitor.client().map(str::to_owned), monitor.begin());
        self.at_work.insert(name.clone(), client);
        self.list(name);
        want
    }

    /// Returns how many refreshes are at work.
    pub(crate) fn at_work(&self) -> usize {
        self.at_work.len()
    }

    /// Notes that a refresh of this grant has ended, and left its file in this version; it is to be
    /// looked at. `None` if it is gone meanwhile.
    pub(crate) fn ended(
        &mut self,
        name: &CredentialId,
        version: Option<Version>,
    ) -> Option<&Monitor> {
        self.unlist(name);
        self.at_work.remove(name);
        self.list(name);
        let monitor = self.monitors.get_mut(name)?;
        monitor.version = version;
        Some(monitor)
    }

    /// Returns a grant, if it is there.
    pub(crate) fn monitor(&self, name: &CredentialId) -> Option<&Monitor> {
        self.monitors.get(name).map(|monitor| &**monitor)
    }

    /// Returns when a due grant may be refreshed; `None` if it is not due, or is being refreshed.
    pub(crate) fn leave_of(&self, name: &CredentialId, now: Timestamp) -> Option<Leave> {
        let monitor = self.monitors.get(name).filter(|monitor| monitor.is_due())?;
        let client = (name.provider.clone(), monitor.client().map(str::to_owned));
        (!self.at_work.contains_key(name)).then(|| self.leave(&client, now).0)
    }

    /// Returns what does not work.
    pub(crate) fn outages(&self) -> &Outages {
        &self.outages
    }

    /// Forgets what did not work if nobody is left who would notice that it works again, and returns it.
    pub(crate) fn settle(&mut self) -> BTreeMap<Party, Outage> {
        let fail_by = self.monitors.values().map(|monitor| monitor.fails_by.as_ref());
        self.outages.retain(|party| fail_by.clone().any(|other| other == Some(party)))
    }

    /// Returns whether the due grants of a client may be refreshed now, and whether that would be a
    /// trial of what does not work.
    fn leave(&self, (provider, client): &ClientKey, now: Timestamp) -> (Leave, bool) {
        let of_provider = self.at_work.iter().filter(|(name, _)| name.provider == *provider);
        let of_client = of_provider.clone().filter(|(_, other)| *other == client).count();
        let of_provider = of_provider.count();
        let all = self.at_work.len();
        let at_work = AtWork { provider: of_provider, client: of_client, all };
        let client = client.as_deref();
        let leave = match self.outages.leave(provider, client, at_work, now) {
            Leave::Now if of_provider >= AT_ONCE_OF_ONE => Leave::Later,
            leave => leave,
        };
        (leave, self.outages.concern(provider, client))
    }

    /// Changes what is known of a grant.
    fn change<T>(
        &mut self,
        name: &CredentialId,
        change: impl FnOnce(&mut Monitor) -> T,
    ) -> Option<T> {
        self.unlist(name);
        let changed = self.monitors.get_mut(name).map(|monitor| change(monitor));
        self.list(name);
        changed
    }

    /// Puts a grant into the lists that it belongs to.
    fn list(&mut self, name: &CredentialId) {
        let Some(monitor) = self.monitors.get(name) else { return };
        self.failing_by_machine += usize::from(monitor.fails_by == Some(Party::Machine));
        if self.at_work.contains_key(name) {
            return;
        }
        self.looks.extend(monitor.look_at.map(|at| (at, name.clone())));
        if monitor.is_due() {
            let client = (name.provider.clone(), monitor.client().map(str::to_owned));
            self.due.entry(client).or_default().insert((monitor.end(), name.clone()));
        }
    }

    /// Takes a grant out of them, before it changes.
    fn unlist(&mut self, name: &CredentialId) {
        let Some(monitor) = self.monitors.get(name) else { return };
        self.failing_by_machine -= usize::from(monitor.fails_by == Some(Party::Machine));
        if let Some(at) = monitor.look_at {
            self.looks.remove(&(at, name.clone()));
        }
        if monitor.is_due() {
            let client = (name.provider.clone(), monitor.client().map(str::to_owned));
            if let Some(due) = self.due.get_mut(&client) {
                due.remove(&(monitor.end(), name.clone()));
                if due.is_empty() {
                    self.due.remove(&client);
                }
            }
        }
    }
}

/// The difference between a list of the files and the grants that are known.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Comparison {
    /// Those that are to be looked at.
    pub(crate) changed: Vec<CredentialId>,
    /// Those that are no longer there.
    pub(crate) gone: Vec<CredentialId>,
}

#[cfg(test)]
mod tests;
