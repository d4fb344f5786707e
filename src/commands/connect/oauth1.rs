//! The words about an account that is connected by OAuth 1.0a.

use crate::app::connect::oauth1::Oauth1Connection;
use crate::error::wording::help;
use crate::error::{Code, Error, Exit, Result};
use crate::model::access_level::AccessLevel;
use crate::store::GrantMetadata;
use crate::terminal::Terminal;

/// Prints what is connected, and what that leaves out.
pub(super) fn tell(connection: &Oauth1Connection, terminal: &Terminal) -> Result<Exit> {
    let GrantMetadata { provider, account, handle, level, .. } = &connection.grant;
    let of = handle.as_ref().map_or_else(String::new, |handle| format!(" as @{handle}"));
    let level = level.map_or("of unknown level", AccessLevel::name);
    terminal.tell(format!(
        "connected {provider} ({account}) by oauth1{of}: {level}; it does not expire"
    ))?;
    if let Some(why) = &connection.unknown_level {
        terminal.warn(&format!("the level of the token is not known: {why}"));
    }
    if !connection.is_too_low() {
        return Ok(Exit::Done);
    }
    let message = format!(
        "the token is stored, and has the level `{level}`: `{}` was asked for",
        connection.asked
    );
    let again = help(&connection.asked_again());
    Err(Error::new(Code::ScopeMissing, message).with_hint(format!(
        "raise the permissions of the app in the provider's developer portal, then {again}: a token keeps \
         the level that it was made with"
    )))
}
