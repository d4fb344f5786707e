//! An access token that lives for long enough.

use jiff::{SignedDuration, Timestamp};

use crate::catalog::Provider;
use crate::error::{Code, Error, Parameter, Result, advice};
use crate::refresh::engine::result::RefreshResult;
use crate::store::{CredentialId, Grant};
use crate::text::time::in_words;

/// A grant whose access token lives for long enough.
pub(crate) struct AccessToken {
    /// The grant.
    pub(crate) grant: Grant,
    /// Trouble that it has all the same.
    pub(crate) warning: Option<Error>,
}

/// Returns the access token of a grant that was to be refreshed.
///
/// # Errors
///
/// The reason why there is none that lives so long; [`Code::RequirementsUnmet`]: a new one does not.
pub(crate) fn access_token(
    result: RefreshResult,
    name: &CredentialId,
    provider: &Provider,
    min_ttl: SignedDuration,
) -> Result<AccessToken> {
    let trouble = result.failure(provider);
    let grant = result.grant;
    if grant.metadata.lives(min_ttl, Timestamp::now()) {
        return Ok(AccessToken { grant, warning: trouble });
    }
    Err(trouble.unwrap_or_else(|| short(&grant, name, min_ttl)))
}

/// Returns the error that a new token does not live as long as it is asked to.
fn short(grant: &Grant, name: &CredentialId, min_ttl: SignedDuration) -> Error {
    let left = grant.metadata.expires_at.map(|at| at.duration_since(Timestamp::now()));
    let half = left.map_or(0, |left| left.as_secs() / 2);
    let left = left.map_or_else(String::new, in_words);
    let least = in_words(min_ttl);
    let message = format!("a new access token of {name} lives {left}, less than {least}");
    Error::new(Code::RequirementsUnmet, message)
        .with_hint(advice!["ask for less, as with ", Parameter::MinTtl.value(format!("{half}s"))])
}
