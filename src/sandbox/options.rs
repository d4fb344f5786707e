//! The options of a sandbox.

use std::time::Duration;

use super::face::Face;
use super::faces::FACES;

/// The provider that a sandbox looks like unless another face is chosen.
pub const PROVIDER: &str = "x";

/// The behaviour of a sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The provider that the sandbox looks like.
    pub face: &'static Face,
    /// The port of 127.0.0.1 to listen on; 0 is a free one.
    pub port: u16,
    /// The lifetime of an access token, in seconds.
    pub expires_in: u64,
    /// The time for which an authorization code can be exchanged.
    pub code_lives: Duration,
    /// The time for which a spent refresh token still works, as with some providers. X has nothing
    /// of the kind.
    pub grace: Duration,
    /// `true` if a refresh ends the access tokens that were issued before it. The behaviour of X is
    /// not known.
    pub refresh_ends_access: bool,
    /// The number of times that one account may call one operation of the API in 15 minutes.
    pub rate_limit: u32,
}

/// The lifetime of access tokens that do not end: ten years.
const NO_END: u64 = 10 * 365 * 24 * 3_600;

impl Options {
    /// Returns the usual options of a face.
    pub fn of(face: &'static Face) -> Self {
        Self {
            face,
            port: 0,
            expires_in: face.access_lives.unwrap_or(NO_END),
            code_lives: Duration::from_secs(30),
            grace: Duration::ZERO,
            refresh_ends_access: false,
            rate_limit: 900,
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::of(&FACES[0])
    }
}
