//! How a grant stands: the state that users see, and whether a person has to do something about it.

use jiff::{SignedDuration, Timestamp};

use crate::catalog::Provider;
use crate::credential::grant::GrantMetadata;
use crate::credential::last_refresh::FailureClass;
use crate::text::time::rfc3339;

/// A token that lives no longer than this will be dead before an agent has done much.
const SOON: SignedDuration = SignedDuration::from_mins(5);

/// The state of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// The access token lives.
    Connected,
    /// It lives for less than five minutes.
    Expiring,
    /// It is dead; the next use refreshes it.
    Expired,
    /// The answer to a refresh was lost.
    InDoubt,
    /// The grant is dead, or ended without a refresh token.
    Reconnect,
}

impl State {
    /// Every state, from the best to the worst.
    pub const ALL: [Self; 5] =
        [Self::Connected, Self::Expiring, Self::Expired, Self::InDoubt, Self::Reconnect];

    /// The name for people, in JSON and in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Expiring => "expiring",
            Self::Expired => "expired",
            Self::InDoubt => "in_doubt",
            Self::Reconnect => "reconnect",
        }
    }
}

/// What decides the state of a grant at any time: its metadata without their texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// When the access token expires, where that is known.
    pub expires_at: Option<Timestamp>,
    /// When the refresh token dies where it is not used, where that is known.
    pub refresh_token_expires_at: Option<Timestamp>,
    /// Whether that is a guess: the provider documents it nowhere.
    pub is_assumed: bool,
    refreshable: bool,
    in_doubt: bool,
    failed: Option<FailureClass>,
}

impl Standing {
    /// How a grant stands; of its provider it takes how long refresh tokens live.
    pub fn of(grant: &GrantMetadata, provider: Option<&Provider>) -> Self {
        Self {
            expires_at: grant.expires_at,
            refresh_token_expires_at: provider
                .and_then(|provider| refresh_token_expires_at(grant, provider)),
            is_assumed: provider
                .is_some_and(|provider| provider.lifetimes.refresh_token_is_assumed),
            refreshable: grant.refreshable,
            in_doubt: grant.refresh_in_flight.is_some(),
            failed: grant.last_error.as_ref().map(|error| error.class),
        }
    }

    /// The state at this time.
    pub fn state(&self, now: Timestamp) -> State {
        let left = self.expires_at.map(|at| at.duration_since(now));
        let is_dead = left.is_some_and(|left| left <= SignedDuration::ZERO);
        if self.is_rejected() || self.cannot_be_refreshed(now) && is_dead {
            State::Reconnect
        } else if self.in_doubt {
            State::InDoubt
        } else if is_dead {
            State::Expired
        } else if left.is_some_and(|left| left < SOON) {
            State::Expiring
        } else {
            State::Connected
        }
    }

    /// Whether a person has to do something about it until this time.
    pub fn needs_a_person(&self, until: Timestamp) -> bool {
        let dies = self.expires_at.is_some_and(|at| at <= until);
        self.is_rejected() || self.is_of_client() || dies && self.cannot_be_refreshed(until)
    }

    /// Whether the provider said that the grant is dead.
    pub fn is_rejected(&self) -> bool {
        self.failed == Some(FailureClass::Rejected)
    }

    /// Whether the provider does not accept the client.
    pub fn is_of_client(&self) -> bool {
        self.failed == Some(FailureClass::Client)
    }

    /// Whether the refresh token is past an end that is only assumed: the next refresh shows whether
    /// it is dead, and until then nothing claims so.
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
    let seconds = i64::try_from(provider.lifetimes.refresh_token?).ok()?;
    grant.refresh_token_issued_at?.checked_add(SignedDuration::from_secs(seconds)).ok()
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
            refreshable: true,
            in_doubt: false,
            failed: None,
        }
    }

    #[test]
    fn an_end_that_is_assumed_ends_nothing() {
        let (before, after) =
            (Timestamp::UNIX_EPOCH + DAY / 2, Timestamp::UNIX_EPOCH + DAY + DAY / 2);
        let assumed = standing(true);
        assert_eq!((assumed.state(before), assumed.state(after)), (State::Expired, State::Expired));
        assert!(!assumed.needs_a_person(after));
        assert_eq!(assumed.doubt(before), None);
        let doubt = assumed.doubt(after).expect("its end has passed");
        assert!(doubt.starts_with("the refresh token may have expired at 1970-01-02T00:00:00Z"));
        let documented = standing(false);
        assert_eq!(documented.state(before), State::Expired);
        assert_eq!(documented.state(after), State::Reconnect);
        assert!(documented.needs_a_person(after));
        assert_eq!(documented.doubt(after), None);
        let rejected = Standing { failed: Some(FailureClass::Rejected), ..assumed };
        assert_eq!((rejected.state(after), rejected.doubt(after)), (State::Reconnect, None));
    }
}
