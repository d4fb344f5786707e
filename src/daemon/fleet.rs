//! The grants that there are: how each stands, when it is looked at again, and whether it is due.
//!
//! Nothing here is secret, and what is kept of a grant is small: its metadata are read when it is
//! looked at, and forgotten.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::condition::{Change, Condition};
use super::outage::{AtWork, Leave, Outages, Party};
use crate::catalog::{Catalog, Provider};
use crate::error::{Error, Result};
use crate::name::Slug;
use crate::oauth::decision::{self, Want};
use crate::oauth::standing::Standing;
use crate::store::{GrantMetadata, GrantName, Version};
use crate::upkeep::schedule::{self, Failures, Next};

/// How many refreshes of a provider are at work at once. There is room for some of others beside
/// them: one that does not answer keeps them waiting for all the time that an answer may take.
const AT_ONCE_OF_ONE: usize = 8;

/// No answer takes longer.
const LONGEST_FLIGHT: SignedDuration = SignedDuration::from_secs(20);

/// By what is judged when a grant is due.
pub(super) struct Rules<'a> {
    /// The providers.
    pub(super) catalog: &'a Catalog,
    /// The age from which access tokens are refreshed, however long they still live.
    pub(super) older_than: Option<SignedDuration>,
    /// A number that other daemons do not have.
    pub(super) seed: u64,
}

/// A grant.
pub(super) struct Member {
    version: Option<Version>,
    /// None, where its file cannot be read or opened, or its provider is not known.
    pub(super) standing: Option<Standing>,
    issued_at: Option<Timestamp>,
    client: Option<String>,
    is_due: bool,
    want: Want,
    look_at: Option<Timestamp>,
    failures: Failures,
    fails_by: Option<Party>,
    trouble: Option<Trouble>,
    overdue_since: Option<Timestamp>,
    is_at_work: bool,
    condition: Option<Condition>,
    told: Condition,
}

/// What keeps one grant from being refreshed, and no other.
struct Trouble {
    why: String,
    /// Whether it came twice, and so is told.
    is_sure: bool,
}

/// What was seen of a grant.
pub(super) struct Seen {
    /// By what its file is known again.
    pub(super) version: Option<Version>,
    /// What can be read of it.
    pub(super) metadata: Result<GrantMetadata>,
}

/// All grants.
#[derive(Default)]
pub(super) struct Fleet {
    members: BTreeMap<GrantName, Member>,
}

impl Rules<'_> {
    /// How fresh a grant is to be kept.
    fn want(&self, grant: &GrantMetadata, provider: &Provider) -> Want {
        Want { older_than: self.older_than, ..decision::standing(grant, provider) }
    }
}

impl Member {
    fn new() -> Self {
        Self {
            version: None,
            standing: None,
            issued_at: None,
            client: None,
            is_due: false,
            want: Want::default(),
            look_at: None,
            failures: Failures::default(),
            fails_by: None,
            trouble: None,
            overdue_since: None,
            is_at_work: false,
            condition: None,
            told: Condition::Fine,
        }
    }

    fn judge(
        &mut self,
        grant: &GrantMetadata,
        provider: &Provider,
        rules: &Rules<'_>,
        now: Timestamp,
    ) {
        if self.issued_at != Some(grant.issued_at) {
            // Whoever it was: there are new tokens.
            self.begin_anew();
        }
        let standing = Standing::of(grant, Some(provider));
        self.want = rules.want(grant, provider);
        let next = schedule::next(grant, provider, self.want, self.failures, rules.seed, now);
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
        self.is_due = next == Next::Refresh;
        self.look_at = [at, end].into_iter().flatten().min();
        self.issued_at = Some(grant.issued_at);
        let by_name = || grant.client.as_ref().map(ToString::to_string);
        self.client = grant.client_id.clone().or_else(by_name);
        self.standing = Some(standing);
    }

    /// Forgets what failed.
    fn begin_anew(&mut self) {
        (self.failures, self.fails_by, self.trouble) = (Failures::default(), None, None);
    }

    fn spoil(&mut self) {
        self.begin_anew();
        self.standing = None;
        self.overdue_since = None;
        self.is_due = false;
        self.look_at = None;
    }

    /// What there is to tell of a condition.
    fn becomes(&mut self, condition: Condition, why: Option<String>) -> Option<Change> {
        let before = self.condition.replace(condition);
        if before == Some(condition) {
            return None;
        }
        let is_first = before.is_none();
        // What is expired at first is refreshed now: no news.
        let is_news = if is_first { condition.is_final() } else { condition != self.told };
        if is_news || !is_first {
            self.told = condition;
        }
        let expires_at = self.standing.and_then(|standing| standing.expires_at);
        is_news.then_some(Change { condition, is_first, why, expires_at })
    }
}

impl Fleet {
    /// The grants and what is known of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&GrantName, &Member)> {
        self.members.iter()
    }

    /// Whether anything is known of a grant.
    pub(super) fn knows(&self, name: &GrantName) -> bool {
        self.members.contains_key(name)
    }

    /// The grants of a list that are not as they were when they were looked at, and those that are
    /// gone, which are forgotten. A refresh that is at work goes on.
    pub(super) fn compare(&mut self, listed: &[(GrantName, Version)]) -> Compared {
        let is_new = |(name, version): &&(GrantName, Version)| {
            let member = self.members.get(name);
            // What a refresh that is at work writes, is looked at in its end.
            member.is_none_or(|member| !member.is_at_work && member.version != Some(*version))
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
    pub(super) fn to_look_at(&self, now: Timestamp) -> Vec<GrantName> {
        let has_come = |member: &Member| member.look_at.is_some_and(|at| at <= now);
        let waiting = self.members.iter().filter(|(_, member)| !member.is_at_work);
        waiting.filter(|(_, member)| has_come(member)).map(|(name, _)| name.clone()).collect()
    }

    /// All grants are to be looked at: the rules, or the clock, are others than they were.
    pub(super) fn look_at_all(&mut self, now: Timestamp) {
        for member in self.members.values_mut() {
            member.look_at = Some(now);
        }
    }

    /// What failed is to be tried again as if it had not.
    pub(super) fn forget_failures(&mut self) {
        for member in self.members.values_mut() {
            member.failures = Failures::default();
        }
    }

    /// Takes in what was seen of a grant.
    pub(super) fn saw(
        &mut self,
        name: &GrantName,
        seen: Seen,
        rules: &Rules<'_>,
        now: Timestamp,
    ) -> Option<Change> {
        let member = self.members.entry(name.clone()).or_insert_with(Member::new);
        if member.trouble.is_some() && member.version != seen.version {
            // Somebody put another file there.
            member.begin_anew();
        }
        member.version = seen.version;
        let known = seen.metadata.and_then(|grant| {
            let provider = rules.catalog.known_provider(name.provider.as_str())?;
            member.judge(&grant, provider, rules, now);
            Ok(grant)
        });
        let (condition, why) = match known {
            Ok(grant) => {
                if let Some(end) = may_be_answered_until(&grant).filter(|end| *end > now) {
                    member.look_at = Some(member.look_at.map_or(end, |at| at.min(end)));
                    return None;
                }
                if let Some(trouble) = member.trouble.as_ref().filter(|trouble| trouble.is_sure) {
                    member.standing = None;
                    (Condition::Damaged, Some(trouble.why.clone()))
                } else {
                    let state = member.standing.expect("it was judged").state(now);
                    (Condition::of(state), grant.last_error.map(|error| error.message))
                }
            }
            Err(error) => {
                // What keeps it from being read may end without a change of the file.
                member.version = None;
                member.spoil();
                (Condition::Damaged, Some(in_full(&error)))
            }
        };
        member.becomes(condition, why)
    }

    /// Forgets a grant.
    pub(super) fn forget(&mut self, name: &GrantName) {
        self.members.remove(name);
    }

    /// The due grant that is to be refreshed next: the one whose token ends first, of those that
    /// may. Where something does not work, one that has not failed comes first, and after these the
    /// one that was tried longest ago: what fails may fail by the grant that tried it.
    pub(super) fn next(&self, outages: &Outages, now: Timestamp) -> Option<GrantName> {
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
    pub(super) fn wakes_at(&self, outages: &Outages, now: Timestamp) -> Option<Timestamp> {
        let waiting = self.members.values().filter(|member| !member.is_at_work);
        let look = waiting.filter_map(|member| member.look_at).min();
        let leave = self.leaves(outages, now).into_values().filter_map(|(leave, _)| match leave {
            Leave::At(at) => Some(at),
            Leave::Now | Leave::Later => None,
        });
        look.into_iter().chain(leave).min()
    }

    /// A refresh of this grant begins; gives how fresh it is wanted.
    pub(super) fn begins(&mut self, name: &GrantName) -> Want {
        let member = self.members.get_mut(name).expect("only what is there is due");
        member.is_at_work = true;
        member.is_due = false;
        member.want
    }

    /// A refresh of this grant has ended, and left its file in this version; it is to be looked at.
    /// `None` where it is gone meanwhile.
    pub(super) fn ended(&mut self, name: &GrantName, version: Option<Version>) -> Option<&Member> {
        let member = self.members.get_mut(name)?;
        member.is_at_work = false;
        member.version = version;
        Some(member)
    }

    /// A grant, where it is there.
    pub(super) fn member(&self, name: &GrantName) -> Option<&Member> {
        self.members.get(name)
    }

    /// Notes that a refresh of a grant gave no tokens: by what it failed, where that concerns others
    /// too, and why, where it may be the fault of this grant.
    pub(super) fn failed(
        &mut self,
        name: &GrantName,
        at: Timestamp,
        party: Option<Party>,
        why: Option<String>,
    ) {
        let Some(member) = self.members.get_mut(name) else { return };
        member.failures.add(at);
        member.fails_by = party;
        member.trouble = why.map(|why| Trouble { why, is_sure: member.trouble.is_some() });
    }

    /// By what a grant fails that concerns others too.
    pub(super) fn fails_by(&self, name: &GrantName) -> Option<&Party> {
        self.members.get(name)?.fails_by.as_ref()
    }

    /// Whether a grant fails by this.
    pub(super) fn any_fails_by(&self, party: &Party) -> bool {
        self.members.values().any(|member| member.fails_by.as_ref() == Some(party))
    }

    /// Whether another grant than this one fails by this.
    pub(super) fn another_fails_by(&self, name: &GrantName, party: &Party) -> bool {
        let mut others = self.members.iter().filter(|(other, _)| *other != name);
        others.any(|(_, member)| member.fails_by.as_ref() == Some(party))
    }

    /// A refresh that began at this time succeeded: where one failed before by what seemed to be the
    /// machine, it is the grant.
    pub(super) fn machine_works(&mut self, began: Timestamp) {
        for member in self.members.values_mut() {
            let is_before = member.failures.last().is_some_and(|last| last <= began);
            if is_before && member.fails_by == Some(Party::Machine) {
                member.fails_by = None;
                member.trouble.get_or_insert(Trouble { why: String::new(), is_sure: false });
            }
        }
    }

    fn due(&self) -> impl Iterator<Item = (&GrantName, &Member)> {
        self.members.iter().filter(|(_, member)| member.is_due && !member.is_at_work)
    }

    /// Whether the due grants of each client may be refreshed now, and whether that would be a trial
    /// of what does not work.
    fn leaves(
        &self,
        outages: &Outages,
        now: Timestamp,
    ) -> BTreeMap<(&Slug, Option<&str>), (Leave, bool)> {
        let mut leaves = BTreeMap::new();
        let busy: Vec<_> = self
            .members
            .iter()
            .filter(|(_, member)| member.is_at_work)
            .map(|(name, member)| (&name.provider, member.client()))
            .collect();
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

impl Member {
    /// Whether it is known to fail for a reason of its own.
    pub(super) fn fails_alone(&self) -> bool {
        self.trouble.is_some() && self.fails_by.is_none()
    }

    /// Since when its access token has been dead, as far as that was seen.
    pub(super) fn overdue_since(&self) -> Option<Timestamp> {
        self.overdue_since
    }

    /// The client that it was granted to, by its id or else its name.
    pub(super) fn client(&self) -> Option<&str> {
        self.client.as_deref()
    }
}

/// What a list of the files says of the grants that are known.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Compared {
    /// Those that are to be looked at.
    pub(super) changed: Vec<GrantName>,
    /// Those that are no longer there.
    pub(super) gone: Vec<GrantName>,
}

/// Until when the answer to a refresh that another process has sent is no lost one.
fn may_be_answered_until(grant: &GrantMetadata) -> Option<Timestamp> {
    let flight = grant.refresh_in_flight.as_ref()?;
    let failed = grant.last_error.as_ref().is_some_and(|error| error.at >= flight.since);
    if failed { None } else { flight.since.checked_add(LONGEST_FLIGHT).ok() }
}

/// An error with its hint.
pub(super) fn in_full(error: &Error) -> String {
    error.hint().map_or_else(|| error.to_string(), |hint| format!("{error}: {hint}"))
}

#[cfg(test)]
mod tests;
