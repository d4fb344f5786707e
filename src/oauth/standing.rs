//! How a grant stands: the state that users see, and whether a person has to do something about it.

use jiff::{SignedDuration, Timestamp};

use crate::catalog::Provider;
use crate::store::{FailureClass, GrantMetadata};

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

    fn cannot_be_refreshed(&self, at: Timestamp) -> bool {
        !self.refreshable || self.refresh_token_expires_at.is_some_and(|end| end <= at)
    }
}

fn refresh_token_expires_at(grant: &GrantMetadata, provider: &Provider) -> Option<Timestamp> {
    let seconds = i64::try_from(provider.lifetimes.refresh_token?).ok()?;
    grant.refresh_token_issued_at?.checked_add(SignedDuration::from_secs(seconds)).ok()
}
