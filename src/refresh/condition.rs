//! What is told of a grant: fewer words than there are states, since that a token is about to expire
//! is no news where somebody refreshes it.

use jiff::Timestamp;

use crate::credential::health::State;
use crate::error::wording;
use crate::model::name::named_account;
use crate::store::GrantName;
use crate::text::time::life;

/// The condition of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
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
    pub(crate) fn of(state: State) -> Self {
        match state {
            State::Connected | State::Expiring => Self::Fine,
            State::Expired => Self::Expired,
            State::InDoubt => Self::InDoubt,
            State::Reconnect => Self::Dead,
        }
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_good(self) -> bool {
        self == Self::Fine
    }

    /// Whether nothing but a person changes it.
    pub(crate) fn is_final(self) -> bool {
        matches!(self, Self::Dead | Self::Damaged)
    }
}

/// A grant's condition is another one than it was told to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// What it is now.
    pub(crate) condition: Condition,
    /// Whether nothing was known of the grant before.
    pub(crate) is_first: bool,
    /// Why, where something is wrong.
    pub(crate) why: Option<String>,
    /// When its access token expires.
    pub(crate) expires_at: Option<Timestamp>,
}

/// A grant's new condition in words.
pub(crate) fn sentence(name: &GrantName, change: &Change, now: Timestamp) -> String {
    let because = change.why.as_ref().map_or_else(String::new, |why| format!(": {why}"));
    match change.condition {
        Condition::Fine => format!("{name} is fresh again: {}", life(change.expires_at, now)),
        Condition::Expired => format!("the access token of {name} has expired{because}"),
        Condition::InDoubt => format!("the answer to a refresh of {name} was lost{because}"),
        Condition::Dead => {
            let account = named_account(name.account.as_str());
            let command = wording::connect(name.provider.as_str(), account);
            format!("{name} is dead{because}; run `{command}`")
        }
        Condition::Damaged => format!("{name} cannot be kept{because}"),
    }
}
