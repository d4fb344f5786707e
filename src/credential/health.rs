//! The health of a grant, as users see it, and whether a person has to do something about it.

use jiff::{SignedDuration, Timestamp};

use crate::catalog::Provider;
use crate::credential::freshness;
use crate::credential::grant::GrantMetadata;
use crate::credential::last_refresh::FailureClass;
use crate::text::time::rfc3339;

/// A token that lives no longer than this will be dead before an agent has done much.
const SOON: SignedDuration = SignedDuration::from_mins(5);

/// The health of a grant, from the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// The access token lives.
    Connected,
    /// It lives for less than five minutes, or nobody knows for how long, since it was issued by a clock
    /// that was ahead; or it is due to be refreshed, and that fails.
    Expiring,
    /// It is dead; the next use refreshes it.
    Expired,
    /// The answer to a refresh was lost.
    InDoubt,
    /// The grant is dead, or ended without a refresh token.
    Reconnect,
    /// The record cannot be read or opened, or its provider is not known.
    Damaged,
}

impl Health {
    /// Every health, from the best to the worst.
    pub const ALL: [Self; 6] = [
        Self::Connected,
        Self::Expiring,
        Self::Expired,
        Self::InDoubt,
        Self::Reconnect,
        Self::Damaged,
    ];

    /// Returns the name for people, in JSON and in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Expiring => "expiring",
            Self::Expired => "expired",
            Self::InDoubt => "in_doubt",
            Self::Reconnect => "reconnect",
            Self::Damaged => "damaged",
        }
    }

    /// Returns the health to report if somebody refreshes the grant: that its token is about to expire
    /// is no news then.
    #[must_use]
    pub fn under_refresh(self) -> Self {
        if self == Self::Expiring { Self::Connected } else { self }
    }

    /// Returns whether nothing but a person changes it.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Reconnect | Self::Damaged)
    }
}

/// The part of a grant's metadata that decides its health at any time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// When the access token expires, if known.
    pub expires_at: Option<Timestamp>,
    /// When the refresh token dies if it is not used, if known.
    pub refresh_token_expires_at: Option<Timestamp>,
    /// Whether that is a guess: the provider documents it nowhere.
    pub is_assumed: bool,
    issued_at: Timestamp,
    refreshable: bool,
    in_doubt: bool,
    failed: Option<FailureClass>,
}

impl Standing {
    /// Returns the standing of a grant; of its provider it takes how long refresh tokens live.
    pub fn of(grant: &GrantMetadata, provider: Option<&Provider>) -> Self {
        Self {
            expires_at: grant.expires_at,
            refresh_token_expires_at: grant
                .refresh_token_expires_at
                .or_else(|| refresh_token_expires_at(grant, provider?)),
            is_assumed: grant.refresh_token_expires_at.is_none()
                && provider.is_some_and(|provider| provider.lifetimes.refresh_token_is_assumed),
            issued_at: grant.issued_at,
            refreshable: grant.refreshable,
            in_doubt: grant.refresh_in_flight.is_some(),
            failed: grant.last_error.as_ref().map(|error| error.class),
        }
    }

    /// Returns the health at this time.
    pub fn health(&self, now: Timestamp) -> Health {
        let left = self.expires_at.map(|at| at.duration_since(now));
        let is_dead = left.is_some_and(|left| left <= SignedDuration::ZERO);
        if self.is_rejected() || self.cannot_be_refreshed(now) && is_dead {
            Health::Reconnect
        } else if self.in_doubt {
            Health::InDoubt
        } else if is_dead {
            Health::Expired
        } else if left.is_some_and(|left| left < SOON) || self.is_of_wrong_clock(now) {
            Health::Expiring
        } else {
            Health::Connected
        }
    }

    /// Returns whether the access token was issued by a clock that was ahead: its end is not known, and
    /// its next use [refreshes](freshness::decide) it.
    fn is_of_wrong_clock(&self, now: Timestamp) -> bool {
        self.refreshable && freshness::is_from_the_future(self.issued_at, now)
    }

    /// Returns whether a person has to do something about it until this time.
    pub fn needs_a_person(&self, until: Timestamp) -> bool {
        let dies = self.expires_at.is_some_and(|at| at <= until);
        self.is_rejected() || self.is_of_client() || dies && self.cannot_be_refreshed(until)
    }

    /// Returns whether the provider said that the grant is dead.
    pub fn is_rejected(&self) -> bool {
        self.failed == Some(FailureClass::Rejected)
    }

    /// Returns whether the provider does not accept the client.
    pub fn is_of_client(&self) -> bool {
        self.failed == Some(FailureClass::Client)
    }

    /// Returns whether the refresh token is past an end that is only assumed: the next refresh shows
    /// whether it is dead, and until then nothing claims so.
    pub fn may_have_expired(&self, now: Timestamp) -> bool {
        self.is_assumed && self.is_past_end(now) && !self.is_rejected()
    }

    /// Returns the same in words, as they are said everywhere.
    pub fn doubt(&self, now: Timestamp) -> Option<String> {
        let end = self.refresh_token_expires_at.filter(|_| self.may_have_expired(now))?;
        Some(format!(
            "the refresh token may have expired at {}: how long it lives is assumed, and the next \
             refresh shows it",
            rfc3339(end)
        ))
    }

    fn cannot_be_refreshed(&self, at: Timestamp) -> bool {
        !self.refreshable || !self.is_assumed && self.is_past_end(at)
    }

    fn is_past_end(&self, at: Timestamp) -> bool {
        self.refreshable && self.refresh_token_expires_at.is_some_and(|end| end <= at)
    }
}

fn refresh_token_expires_at(grant: &GrantMetadata, provider: &Provider) -> Option<Timestamp> {
    let lifetimes = &provider.lifetimes;
    let seconds = i64::try_from(lifetimes.refresh_token?).ok()?;
    let issued_at = grant.refresh_token_issued_at?;
    let start = if lifetimes.refresh_token_is_fixed { grant.connected_at } else { issued_at };
    start.checked_add(SignedDuration::from_secs(seconds)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: SignedDuration = SignedDuration::from_hours(24);

    fn standing(is_assumed: bool) -> Standing {
        let at = Timestamp::UNIX_EPOCH;
        Standing {
            expires_at: Some(at),
            refresh_token_expires_at: Some(at + DAY),
            is_assumed,
            issued_at: at,
            refreshable: true,
            in_doubt: false,
            failed: None,
        }
    }

    /// As [`freshness::decide`] refreshes it, whatever it says of its end.
    #[test]
    fn a_token_of_a_clock_that_was_ahead_is_not_taken_for_connected() {
        let now = Timestamp::UNIX_EPOCH;
        let hour = SignedDuration::from_hours(1);
        let ahead = Standing {
            issued_at: now + 3 * hour,
            expires_at: Some(now + 5 * hour),
            ..standing(true)
        };
        assert_eq!(ahead.health(now), Health::Expiring);
        assert_eq!(ahead.health(now + 3 * hour), Health::Connected);
        assert_eq!(Standing { refreshable: false, ..ahead }.health(now), Health::Connected);
        assert_eq!(Standing { issued_at: now, ..ahead }.health(now), Health::Connected);
    }

    #[test]
    fn an_end_that_is_assumed_ends_nothing() {
        let (before, after) =
            (Timestamp::UNIX_EPOCH + DAY / 2, Timestamp::UNIX_EPOCH + DAY + DAY / 2);
        let assumed = standing(true);
        assert_eq!(
            (assumed.health(before), assumed.health(after)),
            (Health::Expired, Health::Expired)
        );
        assert!(!assumed.needs_a_person(after));
        assert_eq!(assumed.doubt(before), None);
        let doubt = assumed.doubt(after).expect("its end has passed");
        assert!(doubt.starts_with("the refresh token may have expired at 1970-01-02T00:00:00Z"));
        let documented = standing(false);
        assert_eq!(documented.health(before), Health::Expired);
        assert_eq!(documented.health(after), Health::Reconnect);
        assert!(documented.needs_a_person(after));
        assert_eq!(documented.doubt(after), None);
        let rejected = Standing { failed: Some(FailureClass::Rejected), ..assumed };
        assert_eq!((rejected.health(after), rejected.doubt(after)), (Health::Reconnect, None));
    }
}
