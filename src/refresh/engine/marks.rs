//! Marks that a refresh leaves in a grant's metadata: that it is in flight, and why it gave no tokens.

use age::secrecy::{ExposeSecret, SecretString};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::oauth::token::failure::RequestFailure;
use crate::store::{FailureClass, Grant, GrantMetadata, InFlight, LastError};

/// Marks a refresh as in flight. Returns the mark of an earlier one, whose answer was lost.
pub(super) fn mark(grant: &mut Grant, token: &SecretString, now: Timestamp) -> Option<InFlight> {
    let doubt = grant.metadata.refresh_in_flight.take();
    let hash = sha256(token);
    let attempts = match &doubt {
        Some(earlier) if earlier.token_sha256 == hash => earlier.attempts.saturating_add(1),
        _ => 1,
    };
    grant.metadata.refresh_in_flight = Some(InFlight { since: now, token_sha256: hash, attempts });
    doubt
}

/// Returns the failure that another process met since this time.
pub(super) fn failed_since(grant: &GrantMetadata, began: Timestamp) -> Option<LastError> {
    let whole_second = began.as_second();
    grant.last_error.clone().filter(|error| error.at.as_second() >= whole_second)
}

/// Returns a failure as it is stored. A refresh token that is rejected after a doubt was spent by the
/// refresh whose answer was lost.
pub(super) fn last_error(failure: RequestFailure, was_in_doubt: bool) -> LastError {
    let at = Timestamp::now();
    let lost = failure.class == FailureClass::Rejected && was_in_doubt;
    let message = if lost {
        format!(
            "the answer to an earlier refresh was lost, and its tokens with it: {}",
            failure.what
        )
    } else {
        failure.what
    };
    let wait = failure.retry_after.and_then(|wait| SignedDuration::try_from(wait).ok());
    LastError {
        at,
        class: failure.class,
        message,
        blames: failure.blames,
        retry_at: wait.and_then(|wait| at.checked_add(wait).ok()),
    }
}

/// Returns the SHA-256 of a token, in base64url: enough to know it again, and of no use to anybody else.
fn sha256(token: &SecretString) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token.expose_secret().as_bytes()))
}
