//! Texts that nobody can guess.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

/// Returns 256 bits of chance as 43 characters of base64url, which stand in a URL as they are.
pub(crate) fn random_text() -> String {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *bytes).expect("the system has random numbers once it is up");
    BASE64_URL_SAFE_NO_PAD.encode(*bytes)
}
