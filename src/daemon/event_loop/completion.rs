//! The consequences of the end of a refresh: for the count, the grant, and what may not work.

use jiff::Timestamp;

use super::EventLoop;
use crate::daemon::message::Completion;
use crate::error::Error;
use crate::model::name::Slug;
use crate::refresh::blame;
use crate::refresh::class::RefreshClass;
use crate::refresh::member::{Observation, in_full};
use crate::refresh::outage::{Failure, Party};
use crate::refresh::schedule::Failures;
use crate::store::GrantName;

impl EventLoop<'_> {
    /// Takes in the end of a refresh.
    pub(super) fn finish(&mut self, Completion { name, began, result }: Completion) {
        let now = Timestamp::now();
        let version = self.settings.store.grant_version(&name);
        let Some(member) = self.fleet.ended(&name, Some(version)) else { return };
        let client = member.client().map(str::to_owned);
        let class = match &result {
            Ok(true) => Some(RefreshClass::Refreshed),
            Ok(false) => None,
            Err(error) => RefreshClass::of_error(error),
        };
        if let Some(class) = class {
            self.refreshes.entry(name.provider.clone()).or_default().add(class);
        }
        if class != Some(RefreshClass::Refreshed) {
            self.note_failure(&name, class, result.as_ref().err(), now);
        }
        self.look_and_tell(&name, now);
        match result {
            Ok(true) => self.works(&name.provider, client.as_deref(), began, now),
            Ok(false) => {}
            Err(error) => self.fails(&name, &error, began, now),
        }
        self.settle(now);
    }

    /// Notes why a refresh gave no tokens. A failure of something that every refresh on this machine
    /// needs is attributed to the grant, until a second grant fails by it.
    fn note_failure(
        &mut self,
        name: &GrantName,
        class: Option<RefreshClass>,
        error: Option<&Error>,
        now: Timestamp,
    ) {
        let Some(member) = self.fleet.member(name) else { return };
        let blamed = |error: &Error| blame::party(&name.provider, member.client(), error.code());
        let party = error
            .and_then(blamed)
            .filter(|party| *party != Party::Machine || !member.fails_alone());
        let is_own = class == Some(RefreshClass::Failed)
            && party.as_ref().is_none_or(|party| !self.concerns_others(name, party));
        let why = error.filter(|_| is_own).map(in_full);
        self.fleet.failed(name, now, party, why);
    }

    /// Returns whether the cause of a grant's failure concerns others too.
    fn concerns_others(&self, name: &GrantName, party: &Party) -> bool {
        *party != Party::Machine
            || self.outages.knows(party)
            || self.fleet.another_fails_by(name, party)
    }

    fn works(&mut self, provider: &Slug, client: Option<&str>, began: Timestamp, now: Timestamp) {
        self.last_refresh_at = Some(now);
        self.fleet.machine_works(began);
        for (party, outage) in self.outages.works(provider, client, began) {
            self.people.works(&party, &outage, now);
        }
    }

    /// Handles a grant that still fails after it was looked at, and whose cause may concern others too.
    fn fails(&mut self, name: &GrantName, error: &Error, began: Timestamp, now: Timestamp) {
        let Some(party) = self.fleet.fails_by(name).cloned() else { return };
        if !self.concerns_others(name, &party) {
            return;
        }
        let Some(Observation { metadata: Ok(grant), .. }) = self.read(name) else { return };
        let Some(provider) = self.catalog.provider(name.provider.as_str()) else { return };
        let next_try = |failures: &Failures| failures.next_try(&grant, provider, self.seed, now);
        let failure = Failure { began, ended: now, retry_at: blame::retry_at(&grant, began) };
        if self.outages.failed(&party, failure, next_try) {
            self.people.fails(&party, error);
        }
    }
}
