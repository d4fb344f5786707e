//! The end of a refresh: what follows for the grant, and for others that need the same provider, client
//! or machine.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::Fleet;
use crate::error::Error;
use crate::refresh::engine::class::RefreshClass;
use crate::refresh::monitor::observation::{Observation, Rules};
use crate::refresh::monitor::outage::{FailedRefresh, Outage, Party};
use crate::refresh::monitor::schedule::Failures;
use crate::refresh::monitor::{Monitor, blame};
use crate::store::CredentialId;

/// The end of a refresh.
pub(crate) struct Completion<'a> {
    /// The grant.
    pub(crate) name: &'a CredentialId,
    /// When it was begun.
    pub(crate) began: Timestamp,
    /// Whether it gave new tokens.
    pub(crate) result: Result<bool, &'a Arc<Error>>,
    /// The grant that it left.
    pub(crate) seen: &'a Observation,
}

/// The change of what works by the end of a refresh.
#[derive(Debug, Default)]
pub(crate) struct Aftermath {
    /// Outages that are over.
    pub(crate) over: BTreeMap<Party, Outage>,
    /// The party whose outage has become sure.
    pub(crate) begun: Option<Party>,
}

impl Completion<'_> {
    /// Returns the class of the refresh; `None` if it did nothing, or the grant is gone.
    pub(crate) fn class(&self) -> Option<RefreshClass> {
        match self.result {
            Ok(true) => Some(RefreshClass::Refreshed),
            Ok(false) => None,
            Err(error) => RefreshClass::of_error(error),
        }
    }
}

impl Fleet {
    /// Takes in the end of a refresh, and the grant as it was found then.
    pub(crate) fn finish(
        &mut self,
        completion: &Completion<'_>,
        rules: &Rules<'_>,
        now: Timestamp,
    ) -> Aftermath {
        let Completion { name, began, result, seen } = *completion;
        match result {
            Ok(true) => self.succeeds(name),
            Ok(false) => self.fails(name, None, now),
            Err(error) => self.fails(name, Some(error), now),
        }
        self.saw(name, seen, rules, now);
        match result {
            Ok(true) => Aftermath { over: self.works(name, began), begun: None },
            Ok(false) => Aftermath::default(),
            Err(_) => {
                Aftermath { over: BTreeMap::new(), begun: self.blames(completion, rules, now) }
            }
        }
    }

    /// Notes that a refresh did what was asked.
    fn succeeds(&mut self, name: &CredentialId) {
        self.change(name, Monitor::succeeded);
    }

    /// Notes why a refresh gave no tokens. A failure of something that every refresh on this machine
    /// needs is attributed to the grant, until a second grant fails by it.
    fn fails(&mut self, name: &CredentialId, error: Option<&Arc<Error>>, now: Timestamp) {
        let Some(monitor) = self.monitors.get(name) else { return };
        let blamed =
            |error: &Arc<Error>| blame::party(&name.provider, monitor.client(), error.code());
        let party = error
            .and_then(blamed)
            .filter(|party| *party != Party::Machine || !monitor.fails_alone());
        let class = error.and_then(|error| RefreshClass::of_error(error));
        let is_own = class == Some(RefreshClass::Failed)
            && party.as_ref().is_none_or(|party| !self.concerns_others(name, party));
        self.change(name, |monitor| monitor.failed(now, party, error, is_own));
    }

    /// Returns whether the cause of a grant's failure concerns others too.
    pub(super) fn concerns_others(&self, name: &CredentialId, party: &Party) -> bool {
        let mut others = self.monitors.iter().filter(|(other, _)| *other != name);
        *party != Party::Machine
            || self.outages.knows(party)
            || others.any(|(_, monitor)| monitor.fails_by.as_ref() == Some(party))
    }

    /// Notes that a refresh that began at this time succeeded, and returns the outages that are over.
    fn works(&mut self, name: &CredentialId, began: Timestamp) -> BTreeMap<Party, Outage> {
        self.machine_works(began);
        let client =
            self.monitors.get(name).and_then(|monitor| monitor.client().map(str::to_owned));
        self.outages.works(&name.provider, client.as_deref(), began).into_iter().collect()
    }

    /// If a grant failed before by what seemed to be the machine, it is the grant.
    pub(super) fn machine_works(&mut self, began: Timestamp) {
        if self.failing_by_machine == 0 {
            return;
        }
        for monitor in self.monitors.values_mut() {
            monitor.machine_works(began);
        }
        let fails = |party: &Option<Party>| *party == Some(Party::Machine);
        self.failing_by_machine =
            self.monitors.values().filter(|monitor| fails(&monitor.fails_by)).count();
    }

    /// Handles a grant that still fails after it was looked at, and whose cause may concern others too.
    /// Returns the party whose outage is news.
    fn blames(
        &mut self,
        Completion { name, began, seen, .. }: &Completion<'_>,
        rules: &Rules<'_>,
        now: Timestamp,
    ) -> Option<Party> {
        let party = self.monitors.get(*name)?.fails_by.clone()?;
        if !self.concerns_others(name, &party) {
            return None;
        }
        let grant = seen.metadata.as_ref().ok()?;
        let provider = rules.catalog.provider(name.provider.as_str())?;
        let next_try = |failures: &Failures| failures.next_try(grant, provider, rules.seed, now);
        let failure =
            FailedRefresh { began: *began, ended: now, retry_at: blame::retry_at(grant, *began) };
        self.outages.failed(&party, failure, next_try).then_some(party)
    }
}
