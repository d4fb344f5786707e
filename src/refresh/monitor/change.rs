//! News of grants that are kept fresh.

use jiff::Timestamp;

use crate::credential::failure::connect;
use crate::credential::health::Health;
use crate::error::{Advice, advice};
use crate::store::CredentialId;
use crate::text::time::life;

/// The news that the health of a grant is another one than was reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// The health that was reported before.
    pub(crate) was: Health,
    /// The health now.
    pub(crate) health: Health,
    /// Whether nothing was known of the grant before.
    pub(crate) is_first: bool,
    /// Reason, if something is wrong.
    pub(crate) why: Option<String>,
    /// When its access token expires.
    pub(crate) expires_at: Option<Timestamp>,
}

/// Returns the news in words.
pub(crate) fn sentence(name: &CredentialId, change: &Change, now: Timestamp) -> Advice {
    let because = change.why.as_ref().map_or_else(String::new, |why| format!(": {why}"));
    let words = match change.health {
        Health::Connected | Health::Expiring => {
            format!("{name} is fresh again: {}", life(change.expires_at, now))
        }
        Health::Expired => format!("the access token of {name} has expired{because}"),
        Health::InDoubt => format!("the answer to a refresh of {name} was lost{because}"),
        Health::Reconnect => {
            return advice![format!("{name} is dead{because}; "), connect(name)];
        }
        Health::Damaged => format!("{name} cannot be kept{because}"),
    };
    words.into()
}
