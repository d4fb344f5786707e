//! The decision to refresh a grant, from its metadata and the clock alone.

use jiff::{SignedDuration, Timestamp};

use crate::catalog::Provider;
use crate::credential::grant::GrantMetadata;
use crate::credential::last_refresh::FailureClass;

/// A clock that is this far behind the time of what was stored has been set back: it says nothing of
/// a token's life, and a wait by it might not end for days.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_mins(1);

/// Pause after a replay whose answer was lost too, before the next one; doubled each time.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_secs(30);
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(15);

/// The age from which a token of a source on this machine that does not say when it ends is asked for
/// anew.
const ASKED_ANEW: SignedDuration = SignedDuration::from_mins(5);

/// The freshness that a grant has to have.
#[derive(Clone, Copy, Debug, Default)]
pub struct Want {
    /// Minimum remaining lifetime of its access token.
    pub min_ttl: SignedDuration,
    /// The age from which an access token is refreshed, however long it still lives.
    pub older_than: Option<SignedDuration>,
    /// Refresh in any case, whatever speaks against it.
    pub force: bool,
}

/// The next step for a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is fresh enough, or as fresh as it gets.
    Keep,
    /// Ask for new tokens.
    Refresh,
    /// It is not fresh enough, and asking is of no use (now).
    Stuck(Stuck),
}

/// The reason why asking for new tokens is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stuck {
    /// There is no refresh token.
    NoRefreshToken,
    /// The provider rejected the refresh token.
    Rejected,
    /// The provider wants not to be asked before this time.
    Busy(Timestamp),
    /// The answer of a replay was lost too: the next one follows at this time.
    InDoubt(Timestamp),
}

/// Decides the next step. The access token is refreshed a margin before its end; but if the answer to an
/// earlier refresh was lost, the old token is used while it lives as long as it must: the provider may
/// have spent the refresh token, and a replay may then end the whole grant. When the old token no longer
/// serves, nothing is lost by a replay.
pub fn decide(grant: &GrantMetadata, want: Want, provider: &Provider, now: Timestamp) -> Step {
    if want.force {
        let stuck = (!grant.refreshable).then_some(Step::Stuck(Stuck::NoRefreshToken));
        return stuck.unwrap_or(Step::Refresh);
    }
    let min_ttl = within_reach(grant, want.min_ttl, provider);
    let serves = grant.lives(min_ttl, now);
    let is_fresh = grant.lives(min_ttl.max(margin(grant, provider)), now)
        && !is_from_the_future(grant.issued_at, now)
        && !is_old(grant, want, now);
    if serves && (is_settled(grant) || is_fresh) {
        return Step::Keep;
    }
    obstacle(grant, now).map_or(Step::Refresh, Step::Stuck)
}

/// Returns when [`decide`] no longer says [`Step::Keep`] of a grant that it keeps now, if nothing
/// happens to it and the clock goes on as it does; `None`: never.
pub fn due(grant: &GrantMetadata, want: Want, provider: &Provider) -> Option<Timestamp> {
    let min_ttl = within_reach(grant, want.min_ttl, provider);
    if is_settled(grant) {
        return last_moment(grant, min_ttl);
    }
    let too_old = oldest(grant, want).and_then(|age| grant.issued_at.checked_add(age).ok());
    let too_short = last_moment(grant, min_ttl.max(margin(grant, provider)));
    [too_short, too_old].into_iter().flatten().min()
}

/// Returns whether the access token still lives for so long, as far as a new one would.
pub fn serves(
    grant: &GrantMetadata,
    min_ttl: SignedDuration,
    provider: &Provider,
    now: Timestamp,
) -> bool {
    grant.lives(within_reach(grant, min_ttl, provider), now)
}

/// Returns how fresh a grant is kept for somebody who uses it all the time: it is asked for a margin
/// before its end, and if the answer is lost, once more when half of the margin is left.
pub fn standing(grant: &GrantMetadata, provider: &Provider) -> Want {
    Want { min_ttl: margin(grant, provider) / 2, ..Want::default() }
}

/// Returns how long an access token can be asked to live at any time, if its life is known: a longer
/// life could be had only by asking for a new one at each use.
pub fn reach(grant: &GrantMetadata, provider: &Provider) -> Option<SignedDuration> {
    lifetime(grant, provider).map(|life| life - margin(grant, provider))
}

/// Returns why asking for new tokens would be of no use (now).
pub fn obstacle(grant: &GrantMetadata, now: Timestamp) -> Option<Stuck> {
    if is_rejected(grant) {
        return Some(Stuck::Rejected);
    }
    if !grant.refreshable {
        return Some(Stuck::NoRefreshToken);
    }
    let last_error = grant.last_error.as_ref();
    let asked_to_wait = last_error
        .filter(|error| !is_from_the_future(error.at, now))
        .and_then(|error| error.retry_at);
    let in_doubt = grant.refresh_in_flight.as_ref();
    let next_replay = in_doubt
        .filter(|flight| !is_from_the_future(flight.since, now))
        .and_then(|flight| flight.since.checked_add(pause(flight.attempts)?).ok());
    match (asked_to_wait, next_replay) {
        (Some(at), _) if at > now => Some(Stuck::Busy(at)),
        (_, Some(at)) if at > now => Some(Stuck::InDoubt(at)),
        _ => None,
    }
}

/// Returns whether the provider said that the grant is dead.
pub fn is_rejected(grant: &GrantMetadata) -> bool {
    grant.last_error.as_ref().is_some_and(|error| error.class == FailureClass::Rejected)
}

/// Returns how long a new access token of this grant will live, if that is known.
pub fn lifetime(grant: &GrantMetadata, provider: &Provider) -> Option<SignedDuration> {
    let usual = provider.lifetimes.access_token.and_then(|seconds| i64::try_from(seconds).ok());
    let refreshed = grant.refreshed_at.is_some() || grant.client_id.is_some();
    let last = grant.expires_at.filter(|_| refreshed).map(|at| at.duration_since(grant.issued_at));
    last.or(usual.map(SignedDuration::from_secs))
}

/// Returns whether a token with this end lives for so long. One whose end is unknown does.
pub fn lives(expires_at: Option<Timestamp>, at_least: SignedDuration, now: Timestamp) -> bool {
    expires_at.is_none_or(|at| {
        let left = at.duration_since(now);
        left.is_positive() && left >= at_least
    })
}

impl GrantMetadata {
    /// Returns whether the access token lives for so long. One whose end is unknown does.
    pub fn lives(&self, at_least: SignedDuration, now: Timestamp) -> bool {
        lives(self.expires_at, at_least, now)
    }
}

/// Returns when the access token no longer lives for so long.
fn last_moment(grant: &GrantMetadata, at_least: SignedDuration) -> Option<Timestamp> {
    // It has to live at all, but a life of just so long is long enough.
    let end = grant.expires_at?;
    let least = at_least - SignedDuration::from_nanos(1);
    Some(end.checked_sub(least.max(SignedDuration::ZERO)).unwrap_or(Timestamp::MIN))
}

/// Returns whether it would be of no use, or be a risk, to ask while the access token serves.
fn is_settled(grant: &GrantMetadata) -> bool {
    grant.refresh_in_flight.is_some() || !grant.refreshable || is_rejected(grant)
}

/// Returns how long the access token must live, as far as a new one can: a life that no token reaches is
/// no reason to ask for one at each use.
fn within_reach(
    grant: &GrantMetadata,
    min_ttl: SignedDuration,
    provider: &Provider,
) -> SignedDuration {
    match lifetime(grant, provider) {
        Some(life) if life < min_ttl => SignedDuration::ZERO,
        _ => min_ttl,
    }
}

/// Returns how long before its end an access token is refreshed. Tokens that live shortly are not
/// refreshed at each use.
pub fn margin(grant: &GrantMetadata, provider: &Provider) -> SignedDuration {
    let stated = i64::try_from(provider.lifetimes.refresh_margin).unwrap_or(i64::MAX);
    let stated = SignedDuration::from_secs(stated);
    lifetime(grant, provider).map_or(stated, |life| stated.min(life / 4))
}

/// Returns whether a time that was stored is one of a clock that was ahead.
pub(super) fn is_from_the_future(time: Timestamp, now: Timestamp) -> bool {
    time.duration_since(now) > CLOCK_TOLERANCE
}

fn is_old(grant: &GrantMetadata, want: Want, now: Timestamp) -> bool {
    oldest(grant, want).is_some_and(|age| now.duration_since(grant.issued_at) >= age)
}

/// Returns the age from which an access token is too old. One whose end nobody tells may be dead by then.
fn oldest(grant: &GrantMetadata, want: Want) -> Option<SignedDuration> {
    let is_local = grant.minting.as_ref().is_some_and(|minting| minting.source.is_local());
    let of_source = (is_local && grant.expires_at.is_none()).then_some(ASKED_ANEW);
    [of_source, want.older_than].into_iter().flatten().min()
}

/// Returns how long after an attempt whose answer was lost the next one has to wait; the first replay
/// need not.
fn pause(attempts: u32) -> Option<SignedDuration> {
    let doublings = attempts.checked_sub(2)?.min(10);
    Some((FIRST_PAUSE * (1 << doublings)).min(LONGEST_PAUSE))
}

#[cfg(test)]
mod tests;
