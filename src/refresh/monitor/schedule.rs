//! The schedule of a grant that is kept fresh: a question to its metadata, to the clock and to what
//! failed before.
//!
//! [`decide`] says whether a grant is to be refreshed; here it is spread over time. Many processes
//! that keep the same grant do not come at once: each waits for a part of the margin that it drew by
//! lot, and what the first one achieves is seen by the others. After a failure the next try waits
//! twice as long as the one before, but not past the end of the token without one more try.
//!
//! Every answer is made from the time of day, and none from how much time went by: a machine that
//! slept, or whose clock was set, is right again at the next look.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::catalog::{Catalog, Provider};
use crate::credential::freshness::{
    Step, Stuck, Want, decide, due, is_rejected, lifetime, margin, serves, standing,
};
use crate::store::{DuePolicy, FailureClass, GrantMetadata};

/// The first wait after a failure is a part of the margin, between these two; doubled each time.
const SHORTEST_WAIT: SignedDuration = SignedDuration::from_millis(250);
const LONGEST_FIRST_WAIT: SignedDuration = SignedDuration::from_secs(5);

/// No wait for a provider is longer than the margin, within these two.
const LEAST_LONGEST_WAIT: SignedDuration = SignedDuration::from_secs(1);
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(1);

/// Longest wait after a provider does not accept the client: time alone mends nothing there.
const LONGEST_WAIT_FOR_A_PERSON: SignedDuration = SignedDuration::from_mins(15);

/// Longest interval at which the file of a grant is looked at, to notice what other processes did to it.
const RAREST_LOOK: SignedDuration = SignedDuration::from_secs(2);
const OFTENEST_LOOK: SignedDuration = SignedDuration::from_millis(100);

/// The next action on a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Ask for new tokens now.
    Refresh,
    /// Nothing before this time, if there is one, as long as nobody changes the grant.
    Look(Option<Timestamp>),
    /// It should be refreshed, and asking is of no use before this time.
    Wait(Timestamp),
    /// It ends with its access token, or has ended: nothing but a person helps.
    Dead(Stuck),
}

/// The tries in a row that gave no tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    count: u32,
    last: Option<Timestamp>,
}

impl Failures {
    /// Adds one that failed at this time.
    pub fn add(&mut self, at: Timestamp) {
        self.count = self.count.saturating_add(1);
        self.last = Some(at);
    }

    /// Returns whether there is one.
    pub fn any(&self) -> bool {
        self.count > 0
    }

    /// Returns when the last one failed, if there is one.
    pub fn last(&self) -> Option<Timestamp> {
        self.last
    }

    /// Returns the time of the next try, if one failed; it may have passed. `seed` is the same for as
    /// long as a process keeps the grant.
    pub fn next_try(
        &self,
        grant: &GrantMetadata,
        provider: &Provider,
        seed: u64,
        now: Timestamp,
    ) -> Option<Timestamp> {
        // A time that is to come was noted before the clock was set back.
        let last = self.last.filter(|last| self.any() && *last <= now)?;
        let lot = Lot::draw(seed, grant, self.count);
        let margin = margin(grant, provider);
        let first = (margin / 16).clamp(SHORTEST_WAIT, LONGEST_FIRST_WAIT);
        let longest = match grant.last_error.as_ref().map(|error| error.class) {
            Some(FailureClass::Client) => LONGEST_WAIT_FOR_A_PERSON,
            // What has no life of its own is no reason to hurry.
            _ if margin < SHORTEST_WAIT => LONGEST_WAIT,
            _ => margin.clamp(LEAST_LONGEST_WAIT, LONGEST_WAIT),
        };
        let wait = (first * (1 << (self.count - 1).min(16))).min(longest);
        let next = last.checked_add(wait / 2 + lot.of(wait / 2)).ok()?;
        // Where no end is known, no chance is the last one.
        let last_chance = grant
            .expires_at
            .and_then(|end| end.checked_sub(margin / 8 + lot.of(margin / 8)).ok())
            .filter(|chance| last < *chance);
        Some(last_chance.map_or(next, |chance| next.min(chance)))
    }
}

/// Says what is next for a grant that is to be as fresh as it is wanted (`want.force` is for people).
/// `seed` is any number that differs between processes and stays the same in one.
///
/// It says [`Next::Refresh`] only if [`decide`] says so too: another process that is started to do it
/// comes to the same conclusion. [`Next::Look`] and [`Next::Wait`] give times to come.
pub fn next(
    grant: &GrantMetadata,
    provider: &Provider,
    want: Want,
    failures: Failures,
    seed: u64,
    now: Timestamp,
) -> Next {
    if is_rejected(grant) {
        return Next::Dead(Stuck::Rejected);
    }
    // A token that nothing follows is used to its end.
    let want = if grant.refreshable { want } else { Want::default() };
    match decide(grant, want, provider, now) {
        Step::Keep => Next::Look(due(grant, want, provider)),
        Step::Stuck(Stuck::Busy(at) | Stuck::InDoubt(at)) => Next::Wait(at),
        Step::Stuck(dead) => Next::Dead(dead),
        Step::Refresh => match failures.next_try(grant, provider, seed, now) {
            Some(at) if at > now => Next::Wait(at),
            Some(_) => Next::Refresh,
            None => match turn(grant, provider, want, seed, now) {
                Some(at) if at > now => Next::Look(Some(at)),
                _ => Next::Refresh,
            },
        },
    }
}

/// Returns when grants of these providers are due for those who use them all the time.
pub fn due_policy(catalog: Arc<Catalog>) -> DuePolicy {
    DuePolicy::new(move |grant| {
        let provider = catalog.provider(grant.provider.as_str())?;
        let want = standing(grant, provider);
        due(grant, want, provider).filter(|_| !is_rejected(grant) && grant.refreshable)
    })
}

/// Returns how often the file of a grant has to be looked at, so that what other processes do to it is
/// noticed while that is of use.
pub fn look_every(grant: &GrantMetadata, provider: &Provider) -> Duration {
    let part = lifetime(grant, provider).map_or(RAREST_LOOK, |life| life / 8);
    part.clamp(OFTENEST_LOOK, RAREST_LOOK).unsigned_abs()
}

/// Returns when it is this process's turn to refresh a grant that is due; `None` if there is no time to
/// lose.
fn turn(
    grant: &GrantMetadata,
    provider: &Provider,
    want: Want,
    seed: u64,
    now: Timestamp,
) -> Option<Timestamp> {
    let due = due(grant, want, provider).filter(|due| *due <= now)?;
    let lot = Lot::draw(seed, grant, 0).of(margin(grant, provider) / 4);
    serves(grant, want.min_ttl, provider, now).then(|| due.checked_add(lot).ok())?
}

/// A part of the whole, drawn by lot: the same for the same grant, tokens and seed.
struct Lot(u32);

impl Lot {
    fn draw(seed: u64, grant: &GrantMetadata, try_number: u32) -> Self {
        let issued_at = grant.issued_at.as_second();
        let name = grant.provider.as_str().bytes().chain([0]).chain(grant.account.as_str().bytes());
        let bytes = seed
            .to_le_bytes()
            .into_iter()
            .chain(name)
            .chain(issued_at.to_le_bytes())
            .chain(try_number.to_le_bytes());
        // FNV-1a, whose upper bits are mixed as in SplitMix64.
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let mixed = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Self(u32::try_from(mixed >> 44).expect("20 bits are left"))
    }

    /// Returns this part of a duration.
    fn of(&self, whole: SignedDuration) -> SignedDuration {
        let parts = i64::from(self.0);
        let micros = i64::try_from(whole.as_micros()).unwrap_or(i64::MAX >> 20);
        SignedDuration::from_micros((micros.min(i64::MAX >> 20) * parts) >> 20)
    }
}

#[cfg(test)]
mod tests;
