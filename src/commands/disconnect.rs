//! `xreq disconnect`: the end of a grant, at the provider first.

use std::time::Duration;

use super::keyboard::Keyboard;
use super::way;
use crate::app::accounts::acts_as;
use crate::app::connect::Reply;
use crate::app::context::Context;
use crate::app::disconnect::{DisconnectOptions, Disconnection, End, disconnect};
use crate::app::setup::Subject;
use crate::catalog::Provider;
use crate::cli::Disconnect;
use crate::credential::freshness::is_rejected;
use crate::credential::minting::{Minting, SourceSummary};
use crate::error::wording::advice;
use crate::error::{Code, Error, Exit, Parameter, Result, advice as advice_of};
use crate::model::account_choice::AccountChoice;
use crate::model::credential_id::{CredentialId, Kind};
use crate::store::GrantMetadata;
use crate::terminal::Terminal;
use crate::text::escape::on_one_line;
use crate::text::time::life;
use jiff::Timestamp;

/// The time that a person may take for an answer.
const PATIENCE: Duration = Duration::from_mins(15);

pub(super) fn run(args: Disconnect, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let subject = Subject { catalog: args.catalog.files.clone(), ..Subject::default() };
    let is_sure = args.yes;
    let confirm = |id: &CredentialId, provider: &Provider| {
        if is_sure { Ok(()) } else { confirm(id, provider, terminal) }
    };
    for disconnection in disconnect(&options(args)?, confirm, context)? {
        tell(disconnection, context, terminal)?;
    }
    way::tell_missing(&subject, context, terminal);
    Ok(Exit::Done)
}

/// Says what became of a credential.
fn tell(disconnection: Disconnection, context: &Context, terminal: &Terminal) -> Result<()> {
    let Disconnection { name, title, keys, end, now } = disconnection;
    match end {
        End::Forgotten => {
            terminal.tell(format!("removed {name} from this store"))?;
            terminal.warn(&format!(
                "nothing is revoked: the token works until it is replaced or removed at {title}"
            ));
        }
        End::Revoked { in_doubt, lives_on } => {
            let tokens = match name.kind {
                Kind::AppOnly => "its token is invalid, for all who used it",
                _ => "its tokens are revoked",
            };
            terminal.tell(format!("disconnected {name}: {tokens}"))?;
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
    Ok(())
}

fn options(args: Disconnect) -> Result<DisconnectOptions> {
    let (_, account) = AccountChoice::within(args.account, Some(args.provider.clone()))?;
    Ok(DisconnectOptions {
        provider: args.provider,
        account,
        kind: args.kind,
        part: args.part,
        local_only: args.local_only,
        catalog: args.catalog.files,
    })
}

/// Asks whether a token is to be ended for everybody.
///
/// # Errors
///
/// [`Code::ConfirmationNeeded`]: nobody can be asked, or somebody said no.
fn confirm(id: &CredentialId, provider: &Provider, terminal: &Terminal) -> Result<()> {
    let consequence = format!(
        "{} has one such token for an app: disconnecting {id} ends it for everybody who uses the app",
        on_one_line(&provider.title)
    );
    if !Keyboard::has_person() {
        return Err(Error::new(Code::ConfirmationNeeded, consequence)
            .with_hint(advice_of![Parameter::Yes, " says that this is meant"]));
    }
    let question = format!("{consequence}. Go on? [y/N] ");
    match Keyboard::new().ask(|| terminal.say(&question), PATIENCE) {
        Reply::Yes => Ok(()),
        _ => Err(Error::new(Code::ConfirmationNeeded, format!("{id} is kept"))),
    }
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
        SourceSummary::Program { .. }
        | SourceSummary::TokenFile { .. }
        | SourceSummary::Federation { .. } => "and was not changed".to_owned(),
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
