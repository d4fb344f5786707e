//! The grants that there are: which of them is looked at, and which is refreshed next.
//!
//! Nothing here is secret, and what is kept of a grant is small: its metadata are read when it is
//! looked at, and forgotten.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::condition::Change;
use super::member::{Member, Rules, Seen};
use super::outage::{AtWork, Leave, Outages, Party};
use crate::credential::freshness::Want;
use crate::model::name::Slug;
use crate::refresh::schedule::Failures;
use crate::store::{GrantName, Version};

/// How many refreshes of a provider are at work at once. There is room for some of others beside
/// them: one that does not answer keeps them waiting for all the time that an answer may take.
const AT_ONCE_OF_ONE: usize = 8;

/// All grants.
#[derive(Default)]
pub(crate) struct Fleet {
    members: BTreeMap<GrantName, Member>,
    /// The grants whose refreshes are at work, with their clients. Such a grant may be gone, or be
    /// another one of the same name.
    at_work: BTreeMap<GrantName, Option<String>>,
}

impl Fleet {
    /// The grants and what is known of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&GrantName, &Member)> {
        self.members.iter()
    }

    /// Whether anything is known of a grant.
    pub(crate) fn knows(&self, name: &GrantName) -> bool {
        self.members.contains_key(name)
    }

    /// The grants of a list that are not as they were when they were looked at, and those that are
    /// gone, which are forgotten. A refresh that is at work goes on.
    pub(crate) fn compare(&mut self, listed: &[(GrantName, Version)]) -> Compared {
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
            self.members.remove(name);
        }
        Compared { changed, gone }
    }

    /// The grants whose time has come.
    pub(crate) fn to_look_at(&self, now: Timestamp) -> Vec<GrantName> {
        let has_come = |member: &Member| member.look_at.is_some_and(|at| at <= now);
        self.waiting()
            .filter(|(_, member)| has_come(member))
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// All grants are to be looked at: the rules, or the clock, are others than they were.
    pub(crate) fn look_at_all(&mut self, now: Timestamp) {
        for member in self.members.values_mut() {
            member.look_at = Some(now);
        }
    }

    /// What failed is to be tried again as if it had not.
    pub(crate) fn forget_failures(&mut self) {
        for member in self.members.values_mut() {
            member.failures = Failures::default();
        }
    }

    /// Takes in what was seen of a grant.
    pub(crate) fn saw(
        &mut self,
        name: &GrantName,
        seen: Seen,
        rules: &Rules<'_>,
        now: Timestamp,
    ) -> Option<Change> {
        let member = self.members.entry(name.clone()).or_insert_with(Member::new);
        member.saw(&name.provider, seen, rules, now)
    }

    /// Forgets a grant.
    pub(crate) fn forget(&mut self, name: &GrantName) {
        self.members.remove(name);
    }

    /// The due grant that is to be refreshed next: the one whose token ends first, of those that
    /// may. Where something does not work, one that has not failed comes first, and after these the
    /// one that was tried longest ago: what fails may fail by the grant that tried it.
    pub(crate) fn next(&self, outages: &Outages, now: Timestamp) -> Option<GrantName> {
        let leaves = self.leaves(outages, now);
        let end = |member: &Member| {
            member.standing.and_then(|standing| standing.expires_at).unwrap_or(Timestamp::MAX)
        };
        let due = self.due().filter_map(|(name, member)| {
            let (leave, is_trial) = leaves.get(&(&name.provider, member.client()))?;
            let failed_at = member.failures.last().filter(|_| *is_trial);
            (*leave == Leave::Now).then(|| ((failed_at, end(member)), name))
        });
        due.min_by_key(|(rank, _)| *rank).map(|(_, name)| name.clone())
    }

    /// The next time at which there may be something to do, if nothing happens before.
    pub(crate) fn wakes_at(&self, outages: &Outages, now: Timestamp) -> Option<Timestamp> {
        let look = self.waiting().filter_map(|(_, member)| member.look_at).min();
        let leave = self.leaves(outages, now).into_values().filter_map(|(leave, _)| match leave {
            Leave::At(at) => Some(at),
            Leave::Now | Leave::Later => None,
        });
        look.into_iter().chain(leave).min()
    }

    /// A refresh of this grant begins; gives how fresh it is wanted.
    pub(crate) fn begins(&mut self, name: &GrantName) -> Want {
        let member = self.members.get_mut(name).expect("only what is there is due");
        member.is_due = false;
        self.at_work.insert(name.clone(), member.client().map(str::to_owned));
        member.want
    }

    /// How many refreshes are at work.
    pub(crate) fn at_work(&self) -> usize {
        self.at_work.len()
    }

    /// A refresh of this grant has ended, and left its file in this version; it is to be looked at.
    /// `None` where it is gone meanwhile.
    pub(crate) fn ended(&mut self, name: &GrantName, version: Option<Version>) -> Option<&Member> {
        self.at_work.remove(name);
        let member = self.members.get_mut(name)?;
        member.version = version;
        Some(member)
    }

    /// A grant, where it is there.
    pub(crate) fn member(&self, name: &GrantName) -> Option<&Member> {
        self.members.get(name)
    }

    /// Notes that a refresh of a grant gave no tokens: by what it failed, where that concerns others
    /// too, and why, where it may be the fault of this grant.
    pub(crate) fn failed(
        &mut self,
        name: &GrantName,
        at: Timestamp,
        party: Option<Party>,
        why: Option<String>,
    ) {
        if let Some(member) = self.members.get_mut(name) {
            member.failed(at, party, why);
        }
    }

    /// By what a grant fails that concerns others too.
    pub(crate) fn fails_by(&self, name: &GrantName) -> Option<&Party> {
        self.members.get(name)?.fails_by.as_ref()
    }

    /// Whether a grant fails by this.
    pub(crate) fn any_fails_by(&self, party: &Party) -> bool {
        self.members.values().any(|member| member.fails_by.as_ref() == Some(party))
    }

    /// Whether another grant than this one fails by this.
    pub(crate) fn another_fails_by(&self, name: &GrantName, party: &Party) -> bool {
        let mut others = self.members.iter().filter(|(other, _)| *other != name);
        others.any(|(_, member)| member.fails_by.as_ref() == Some(party))
    }

    /// A refresh that began at this time succeeded: where one failed before by what seemed to be the
    /// machine, it is the grant.
    pub(crate) fn machine_works(&mut self, began: Timestamp) {
        for member in self.members.values_mut() {
            member.machine_works(began);
        }
    }

    fn due(&self) -> impl Iterator<Item = (&GrantName, &Member)> {
        self.waiting().filter(|(_, member)| member.is_due)
    }

    /// The grants whose refreshes are not at work.
    fn waiting(&self) -> impl Iterator<Item = (&GrantName, &Member)> {
        self.members.iter().filter(|(name, _)| !self.at_work.contains_key(*name))
    }

    /// Whether the due grants of each client may be refreshed now, and whether that would be a trial
    /// of what does not work.
    fn leaves(
        &self,
        outages: &Outages,
        now: Timestamp,
    ) -> BTreeMap<(&Slug, Option<&str>), (Leave, bool)> {
        let mut leaves = BTreeMap::new();
        let busy: Vec<_> =
            self.at_work.iter().map(|(name, client)| (&name.provider, client.as_deref())).collect();
        for (GrantName { provider, .. }, member) in self.due() {
            let client = member.client();
            leaves.entry((provider, client)).or_insert_with(|| {
                let of_provider = busy.iter().filter(|(other, _)| *other == provider).count();
                let of_client = busy.iter().filter(|other| **other == (provider, client)).count();
                let at_work = AtWork { provider: of_provider, client: of_client, all: busy.len() };
                let leave = match outages.leave(provider, client, at_work, now) {
                    Leave::Now if of_provider >= AT_ONCE_OF_ONE => Leave::Later,
                    leave => leave,
                };
                (leave, outages.concern(provider, client))
            });
        }
        leaves
    }
}

/// What a list of the files says of the grants that are known.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Compared {
    /// Those that are to be looked at.
    pub(crate) changed: Vec<GrantName>,
    /// Those that are no longer there.
    pub(crate) gone: Vec<GrantName>,
}

#[cfg(test)]
mod tests;
