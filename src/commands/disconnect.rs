//! `xreq disconnect`: the end of a grant, at the provider first.

use super::way;
use crate::app::accounts::acts_as;
use crate::app::context::Context;
use crate::app::disconnect::{DisconnectOptions, Disconnection, End, disconnect};
use crate::app::setup::Subject;
use crate::cli::Disconnect;
use crate::credential::freshness::is_rejected;
use crate::credential::minting::{Minting, SourceSummary};
use crate::error::wording::advice;
use crate::error::{Exit, Result};
use crate::model::account_choice::AccountChoice;
use crate::store::GrantMetadata;
use crate::terminal::Terminal;
use crate::text::time::life;
use jiff::Timestamp;

pub(super) fn run(args: Disconnect, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let subject = Subject { catalog: args.catalog.files.clone(), ..Subject::default() };
    let Disconnection { name, title, keys, end, now } = disconnect(&options(args)?, context)?;
    match end {
        End::Revoked { in_doubt, lives_on } => {
            terminal.tell(format!("disconnected {name}: its tokens are revoked"))?;
            if lives_on {
                terminal.warn(&format!(
                    "{title} revokes access tokens alone: the refresh token works until the access \
                     of the app is ended in the account's settings"
                ));
            }
            if in_doubt {
                terminal.warn(&format!(
                    "the answer to a refresh was lost: if it held tokens, they are live until the \
                     access of the app is ended in the account's settings at {title}"
                ));
            }
        }
        End::Removed(grant) => {
            terminal.tell(format!("removed {name} from this store"))?;
            let minting = grant.as_ref().and_then(|grant| grant.minting.as_ref());
            terminal.warn(&match (&grant, minting) {
                (Some(grant), Some(minting)) => lives_on(grant, minting, keys, context.now),
                (Some(grant), None) => {
                    format!("{title} was not told: {}", still_alive(grant, context.now))
                }
                (None, _) => format!("{title} was not told: its tokens still work there"),
            });
        }
    }
    if let Some(grant) = now {
        terminal.note(&format!("from now on {}", advice(&acts_as(&grant))));
    }
    way::tell_missing(&subject, context, terminal);
    Ok(Exit::Done)
}

fn options(args: Disconnect) -> Result<DisconnectOptions> {
    let (_, account) = AccountChoice::within(args.account, Some(args.provider.clone()))?;
    Ok(DisconnectOptions {
        provider: args.provider,
        account,
        local_only: args.local_only,
        catalog: args.catalog.files,
    })
}

/// Says what is left of a service account, and where it is ended.
fn lives_on(
    metadata: &GrantMetadata,
    minting: &Minting,
    keys: Option<String>,
    now: Timestamp,
) -> String {
    let source = minting.source.described();
    let token = life(metadata.expires_at, now);
    let end = match minting.source {
        SourceSummary::Key { .. } => {
            let place = keys.unwrap_or_else(|| "the provider's console".to_owned());
            format!("until it is deleted: {place}")
        }
        SourceSummary::AuthorizedUser { .. } => {
            "until the user ends the access of that client".to_owned()
        }
        SourceSummary::Program { .. } | SourceSummary::TokenFile { .. } => {
            "and was not changed".to_owned()
        }
    };
    format!("{source} lives on {end}; the last access token {token}")
}

fn still_alive(metadata: &GrantMetadata, now: Timestamp) -> String {
    let access = life(metadata.expires_at, now);
    if is_rejected(metadata) {
        return format!(
            "the refresh token is no longer accepted, and the access token {access}, if it did not end \
             with it"
        );
    }
    let refresh = if metadata.refreshable {
        ", and the refresh token works until the account's owner ends the access"
    } else {
        ""
    };
    format!("the access token {access}{refresh}")
}
