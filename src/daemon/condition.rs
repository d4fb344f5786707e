//! What is told of a grant: fewer words than there are states, since that a token is about to expire
//! is no news where somebody refreshes it.

use jiff::Timestamp;

use crate::oauth::standing::State;
use crate::store::GrantName;
use crate::time::life;
use crate::verdict::Action;

/// The condition of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// Its access token lives.
    Fine,
    /// Its access token is dead.
    Expired,
    /// The answer to a refresh was lost.
    InDoubt,
    /// It is dead.
    Dead,
    /// Its file cannot be read, or its provider is not known.
    Damaged,
}

impl Condition {
    /// The condition of a state.
    pub(super) fn of(state: State) -> Self {
        match state {
            State::Connected | State::Expiring => Self::Fine,
            State::Expired => Self::Expired,
            State::InDoubt => Self::InDoubt,
            State::Reconnect => Self::Dead,
        }
    }

    /// Whether nothing is wrong.
    pub(super) fn is_good(self) -> bool {
        self == Self::Fine
    }

    /// Whether nothing but a person changes it.
    pub(super) fn is_final(self) -> bool {
        matches!(self, Self::Dead | Self::Damaged)
    }
}

/// A grant's condition is another one than it was told to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// What it is now.
    pub(super) condition: Condition,
    /// Whether nothing was known of the grant before.
    pub(super) is_first: bool,
    /// Why, where something is wrong.
    pub(super) why: Option<String>,
    /// When its access token expires.
    pub(super) expires_at: Option<Timestamp>,
}

/// A grant's new condition in words.
pub(super) fn sentence(name: &GrantName, change: &Change, now: Timestamp) -> String {
    let because = change.why.as_ref().map_or_else(String::new, |why| format!(": {why}"));
    match change.condition {
        Condition::Fine => format!("{name} is fresh again: {}", life(change.expires_at, now)),
        Condition::Expired => format!("the access token of {name} has expired{because}"),
        Condition::InDoubt => format!("the answer to a refresh of {name} was lost{because}"),
        Condition::Dead => {
            let (provider, account) = (name.provider.to_string(), name.account.to_string());
            let command = Action::Connect { provider, account }.command();
            format!("{name} is dead{because}; run `{command}`")
        }
        Condition::Damaged => format!("{name} cannot be kept{because}"),
    }
}
