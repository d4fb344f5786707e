//! `xreq import --kind oauth1`: a token of OAuth 1.0a, and the keys of its client.

use crate::app::context::Context;
use crate::app::import::TokenText;
use crate::app::oauth1_import::{self, Oauth1Import, Oauth1ImportOptions};
use crate::cli::Import;
use crate::error::{Exit, Result};
use crate::model::access_level::AccessLevel;
use crate::store::GrantMetadata;
use crate::terminal::Terminal;

/// Stores what a text has, and says what that is.
pub(super) fn import(
    args: Import,
    read: impl FnOnce() -> Result<TokenText>,
    context: &Context,
    terminal: &Terminal,
) -> Result<Exit> {
    let options = Oauth1ImportOptions {
        provider: args.provider,
        account: args.account.label,
        client: args.client,
        catalog: args.catalog.files,
    };
    let imported = match oauth1_import::import(&options, read, context) {
        Ok(imported) => imported,
        Err(errors) => {
            let exit = errors.first().map_or(Exit::Findings, |error| error.code().exit());
            errors.iter().for_each(|error| terminal.report(error));
            return Ok(exit);
        }
    };
    let Oauth1Import { grant, is_new, has_keys, unknown_level } = &imported;
    let GrantMetadata { provider, account, handle, client, level, .. } = grant;
    let verb = if *is_new { "stored" } else { "replaced" };
    let of = handle.as_ref().map_or_else(String::new, |handle| format!(" of @{handle}"));
    let level = level.map_or("of unknown level", AccessLevel::name);
    terminal.tell(format!(
        "{verb} {provider} ({account}) by oauth1{of}: {level}; it does not expire"
    ))?;
    if let Some(client) = client.as_ref().filter(|_| *has_keys) {
        terminal.tell(format!("stored the consumer key of the client {provider} ({client})"))?;
    }
    if let Some(why) = unknown_level {
        terminal.warn(&format!("the level of the token is not known: {why}"));
    }
    Ok(Exit::Done)
}

/// The fields that a token and the keys of its client have.
const FIELDS: usize = 4;

/// Returns whether a pasted text is all of it.
pub(super) fn is_whole(text: &str) -> bool {
    let fields = text.lines().filter(|line| line.contains('=')).count();
    fields >= FIELDS || text.lines().any(|line| line.trim().is_empty())
}
