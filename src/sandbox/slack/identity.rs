//! The workspace and those who act in it, as they are named.

use crate::sandbox::token::Digest;

/// The name of the part that acts as the app.
pub(super) const BOT: &str = "bot";

/// The workspace.
pub(super) const TEAM: (&str, &str) = ("T0000000001", "Sandbox");

/// Returns the id that an account has in the workspace.
pub(super) fn user_id(account: &str) -> String {
    format!("U{account:0>10}")
}

/// Returns the id that an app's bot has in the workspace.
pub(super) fn bot_id(client_id: &str) -> String {
    format!("UB{}", Digest::of(client_id).hex()[..8].to_ascii_uppercase())
}
