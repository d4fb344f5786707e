//! The grants that there are: which of them is looked at, and which is refreshed next.
//!
//! Nothing here is secret, and what is kept of a grant is small: its metadata are read when it is
//! looked at, and forgotten.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::member::{Member, Observation, Rules};
use super::news::Change;
use super::outage::{AtWork, Leave, Outages, Party};
use crate::credential::freshness::Want;
use crate::model::name::Slug;
use crate::refresh::schedule::Failures;
use crate::store::{GrantName, Version};

/// Maximum number of refreshes of a provider that are at work at once. There is room for some of others
/// beside them: one that does not answer keeps them waiting for all the time that an answer may take.
const AT_ONCE_OF_ONE: usize = 8;

/// The grants of a provider that a client gets tokens for.
type ClientKey = (Slug, Option<String>);

/// All grants.
#[derive(Default)]
pub(crate) struct Fleet {
    members: BTreeMap<GrantName, Member>,
    /// The grants whose refreshes are at work, with their clients. Such a grant may be gone, or be
    /// another one of the same name.
    at_work: BTreeMap<GrantName, Option<String>>,
    /// The due grants of each client that are not at work, by the ends of their tokens.
    due: BTreeMap<ClientKey, BTreeSet<(Timestamp, GrantName)>>,
    /// The next looks at grants that are not at work.
    looks: BTreeSet<(Timestamp, GrantName)>,
    /// The number of grants that fail by the machine.
    failing_by_machine: usize,
}

impl Fleet {
    /// Returns the grants and what is known of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&GrantName, &Member)> {
        self.members.iter()
    }

    /// Returns whether anything is known of a grant.
    pub(crate) fn knows(&self, name: &GrantName) -> bool {
        self.members.contains_key(name)
    }

    /// Returns the grants of a list that are not as they were when they were looked at, and those that
    /// are gone, which are forgotten. A refresh that is at work goes on.
    pub(crate) fn compare(&mut self, listed: &[(GrantName, Version)]) -> Comparison {
        let is_new = |(name, version): &&(GrantName, Version)| {
            let member = self.members.get(name);
            // What a refresh that is at work writes, is looked at in its end.
            let is_left = |member: &Member| {
                !self.at_work.contains_key(name) && member.version != Some(*version)
            };
            member.is_none_or(is_left)
        };
        let changed = listed.iter().filter(is_new).map(|(name, _)| name.clone()).collect();
        let is_listed = |name| listed.binary_search_by(|(other, _)| other.cmp(name)).is_ok();
        let gone: Vec<_> = self.members.keys().filter(|name| !is_listed(name)).cloned().collect();
        for name in &gone {
            self.forget(name);
        }
        Comparison { changed, gone }
    }

    /// Returns the grants whose time has come.
    pub(crate) fn to_look_at(&self, now: Timestamp) -> Vec<GrantName> {
        let have_come = self.looks.iter().take_while(|(at, _)| *at <= now);
        have_come.map(|(_, name)| name.clone()).collect()
    }

    /// Makes all grants be looked at: the rules, or the clock, are others than they were.
    pub(crate) fn look_at_all(&mut self, now: Timestamp) {
        let names: Vec<_> = self.members.keys().cloned().collect();
        for name in names {
            self.change(&name, |member| member.look_at = Some(now));
        }
    }

    /// Makes what failed be tried again as if it had not.
    pub(crate) fn forget_failures(&mut self) {
        for member in self.members.values_mut() {
            member.failures = Failures::default();
        }
    }

    /// Takes in a grant as it was found.
    pub(crate) fn saw(
        &mut self,
        name: &GrantName,
        observation: Observation,
        rules: &Rules<'_>,
        now: Timestamp,
    ) -> Option<Change> {
        if !self.knows(name) {
            self.members.insert(name.clone(), Member::new());
        }
        self.change(name, |member| member.saw(&name.provider, observation, rules, now))?
    }

    /// Forgets a grant.
    pub(crate) fn forget(&mut self, name: &GrantName) {
        self.unlist(name);
        self.members.remove(name);
    }

    /// Returns the due grant that is to be refreshed next: the one whose token ends first, of those that
    /// may. During an outage, one that has not failed comes first, and after these the one that was
    /// tried longest ago: the cause may be the grant that tried it.
    pub(crate) fn next(&self, outages: &Outages, now: Timestamp) -> Option<GrantName> {
        let first = self.due.iter().filter_map(|(client, due)| {
            let (leave, is_trial) = self.leave(client, outages, now);
            let failed_at = |name| self.members.get(name).and_then(|member| member.failures.last());
            let ranked = due.iter().map(|(end, name)| {
                let failed_at = if is_trial { failed_at(name) } else { None };
                (failed_at, *end, name)
            });
            // They are in order, unless failures count.
            let first = if is_trial { ranked.min() } else { ranked.take(1).next() };
            first.filter(|_| leave == Leave::Now)
        });
        first.min().map(|(_, _, name)| name.clone())
    }

    /// Returns the next time at which there may be something to do, if nothing happens before.
    pub(crate) fn wakes_at(&self, outages: &Outages, now: Timestamp) -> Option<Timestamp> {
        let look = self.looks.first().map(|(at, _)| *at);
        let leaves = self.due.keys().map(|client| self.leave(client, outages, now));
        let leave = leaves.filter_map(|(leave, _)| match leave {
            Leave::At(at) => Some(at),
            Leave::Now | Leave::Later => None,
        });
        look.into_iter().chain(leave).min()
    }

    /// Notes that a refresh of this grant begins; returns how fresh it is wanted.
    pub(crate) fn begins(&mut self, name: &GrantName) -> Want {
        self.unlist(name);
        let member = self.members.get_mut(name).expect("only what is there is due");
        member.is_due = false;
        let (client, want) = (member.client().map(str::to_owned), member.want);
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
    pub(crate) fn ended(&mut self, name: &GrantName, version: Option<Version>) -> Option<&Member> {
        self.unlist(name);
        self.at_work.remove(name);
        self.list(name);
        let member = self.members.get_mut(name)?;
        member.version = version;
        Some(member)
    }

    /// Returns a grant, if it is there.
    pub(crate) fn member(&self, name: &GrantName) -> Option<&Member> {
        self.members.get(name)
    }

    /// Notes that a refresh of a grant gave no tokens: by what it failed, if that concerns others too,
    /// and why, if it may be the fault of this grant.
    pub(crate) fn failed(
        &mut self,
        name: &GrantName,
        at: Timestamp,
        party: Option<Party>,
        why: Option<String>,
    ) {
        self.change(name, |member| member.failed(at, party, why));
    }

    /// Returns by what a grant fails that concerns others too.
    pub(crate) fn fails_by(&self, name: &GrantName) -> Option<&Party> {
        self.members.get(name)?.fails_by.as_ref()
    }

    /// Returns whether a grant fails by this.
    pub(crate) fn any_fails_by(&self, party: &Party) -> bool {
        self.members.values().any(|member| member.fails_by.as_ref() == Some(party))
    }

    /// Returns whether another grant than this one fails by this.
    pub(crate) fn another_fails_by(&self, name: &GrantName, party: &Party) -> bool {
        let mut others = self.members.iter().filter(|(other, _)| *other != name);
        others.any(|(_, member)| member.fails_by.as_ref() == Some(party))
    }

    /// Notes that a refresh that began at this time succeeded: if one failed before by what seemed to be
    /// the machine, it is the grant.
    pub(crate) fn machine_works(&mut self, began: Timestamp) {
        if self.failing_by_machine == 0 {
            return;
        }
        for member in self.members.values_mut() {
            member.machine_works(began);
        }
        let fail = self.members.values().filter(|member| member.fails_by == Some(Party::Machine));
        self.failing_by_machine = fail.count();
    }

    /// Returns whether the due grants of a client may be refreshed now, and whether that would be a
    /// trial of what does not work.
    fn leave(
        &self,
        (provider, client): &ClientKey,
        outages: &Outages,
        now: Timestamp,
    ) -> (Leave, bool) {
        let of_provider = self.at_work.iter().filter(|(name, _)| name.provider == *provider);
        let of_client = of_provider.clone().filter(|(_, other)| *other == client).count();
        let of_provider = of_provider.count();
        let all = self.at_work.len();
        let at_work = AtWork { provider: of_provider, client: of_client, all };
        let client = client.as_deref();
        let leave = match outages.leave(provider, client, at_work, now) {
            Leave::Now if of_provider >= AT_ONCE_OF_ONE => Leave::Later,
            leave => leave,
        };
        (leave, outages.concern(provider, client))
    }

    /// Changes what is known of a grant.
    fn change<T>(&mut self, name: &GrantName, change: impl FnOnce(&mut Member) -> T) -> Option<T> {
        self.unlist(name);
        let changed = self.members.get_mut(name).map(change);
        self.list(name);
        changed
    }

    /// Puts a grant into the lists that it belongs to.
    fn list(&mut self, name: &GrantName) {
        let Some(member) = self.members.get(name) else { return };
        self.failing_by_machine += usize::from(member.fails_by == Some(Party::Machine));
        if self.at_work.contains_key(name) {
            return;
        }
        self.looks.extend(member.look_at.map(|at| (at, name.clone())));
        if member.is_due {
            let client = (name.provider.clone(), member.client().map(str::to_owned));
            self.due.entry(client).or_default().insert((member.end(), name.clone()));
        }
    }

    /// Takes a grant out of them, before it changes.
    fn unlist(&mut self, name: &GrantName) {
        let Some(member) = self.members.get(name) else { return };
        self.failing_by_machine -= usize::from(member.fails_by == Some(Party::Machine));
        if let Some(at) = member.look_at {
            self.looks.remove(&(at, name.clone()));
        }
        if member.is_due {
            let client = (name.provider.clone(), member.client().map(str::to_owned));
            if let Some(due) = self.due.get_mut(&client) {
                due.remove(&(member.end(), name.clone()));
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
    pub(crate) changed: Vec<GrantName>,
    /// Those that are no longer there.
    pub(crate) gone: Vec<GrantName>,
}

#[cfg(test)]
mod tests;
