//! The rules by which grants live and end.

use std::time::Duration;

/// The lifetimes of tokens, and what ends with what.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a habit of its own")]
pub(super) struct Rules {
    pub(super) access_lives: Duration,
    pub(super) code_lives: Duration,
    pub(super) grace: Duration,
    pub(super) refresh_ends_access: bool,
    /// A new grant of an account ends the client's older one.
    pub(super) one_grant: bool,
    /// A refresh token is good once, and answers another.
    pub(super) rotates: bool,
    /// One that was replaced goes on working.
    pub(super) old_stays: bool,
    /// Revoking one token ends every grant of the client by the account.
    pub(super) revocation_ends_grant: bool,
}
