//! `xreq status`: the accounts, their scopes, and the time that is left. Needs no key, unless
//! they are to be verified.

mod text;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::app::accounts::acts_as;
use crate::app::context::Context;
use crate::app::status::{AccountStatus, Status, StatusOptions};
use crate::cli;
use crate::error::wording::advice;
use crate::error::{Error, Exit, Result};
use crate::findings::Format;
use crate::findings::report::{Report, Told};
use crate::model::account_choice::AccountChoice;
use crate::store::CredentialId;
use crate::terminal::Terminal;
use crate::text::time::rfc3339;

const SCHEMA_VERSION: u32 = 1;

pub(super) fn run(args: cli::Status, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let format = args.format;
    let options = StatusOptions::try_from(args)?;
    let status = Status::of(&options, context)?;
    for (_, error) in &status.damaged {
        terminal.report(error);
    }
    if status.sealed_to_others > 0 {
        terminal.note(&format!(
            "grants that may be sealed to others than recipients.txt names: {}; run `xreq reseal`",
            status.sealed_to_others
        ));
    }
    let needs_attention = status.needs_attention();
    if format == Format::Text && status.accounts.is_empty() && !needs_attention {
        let of = options.provider.as_ref().map_or_else(String::new, |name| format!(" of {name}"));
        terminal.note(&format!(
            "there is no grant{of}: `xreq connect` gets one, `xreq import` stores one"
        ));
    }
    if format == Format::Text && options.account.is_none() {
        status.unnamed().for_each(|grant| terminal.note(&advice(&acts_as(grant))));
    }
    let columns = terminal.columns();
    terminal.report_in(format, &StatusReport { status: &status, now: context.now, columns })?;
    Ok(if needs_attention { Exit::Findings } else { Exit::Done })
}

impl TryFrom<cli::Status> for StatusOptions {
    type Error = Error;

    fn try_from(args: cli::Status) -> Result<Self> {
        let (provider, account) = AccountChoice::within(args.account, args.provider)?;
        Ok(Self {
            provider,
            account,
            within: args.within,
            verify: args.verify,
            catalog: args.catalog.files,
        })
    }
}

/// The status of the accounts of a store, as of a time.
struct StatusReport<'a> {
    status: &'a Status,
    now: Timestamp,
    /// How wide the text for people may be.
    columns: Option<usize>,
}

impl Report for StatusReport<'_> {
    fn text(&self) -> Told {
        let layout = text::layout(&self.status.accounts, self.status.until, self.now);
        Told { result: layout.shown(self.columns), beside: String::new() }
    }

    fn object(&self) -> Value {
        let status = self.status;
        let accounts = status.accounts.iter();
        let damaged = status.damaged.iter().map(|(name, error): &(CredentialId, Error)| {
            json!({
                "provider": name.provider,
                "account": name.account,
                "kind": name.kind,
                "part": name.part,
                "code": error.code().name(),
                "message": error.to_string(),
            })
        });
        json!({
            "schema_version": SCHEMA_VERSION,
            "attention": status.needs_attention(),
            "accounts": accounts
                .map(|account| account_json(account, status.until, self.now))
                .collect::<Vec<_>>(),
            "damaged": damaged.collect::<Vec<_>>(),
            "sealed_to_others": status.sealed_to_others,
        })
    }
}

fn account_json(account: &AccountStatus, until: Timestamp, now: Timestamp) -> Value {
    let (metadata, standing) = (&account.metadata, &account.standing);
    let last_error = metadata.last_error.as_ref().map(|error| {
        json!({
            "at": rfc3339(error.at),
            "class": error.class.name(),
            "message": error.message,
            "retry_at": error.retry_at.map(rfc3339),
        })
    });
    json!({
        "provider": metadata.provider,
        "account": metadata.account,
        "kind": metadata.kind,
        "part": metadata.part,
        "minting": metadata.minting,
        "account_id": metadata.account_id,
        "handle": metadata.handle,
        "client": metadata.client,
        "client_id": metadata.client_id,
        "state": standing.health(now).name(),
        "needs_a_person": standing.needs_a_person(until),
        "scopes": metadata.scopes,
        "scopes_assumed": metadata.scopes_assumed,
        "level": metadata.level,
        "included_scopes": account.included,
        "narrow_scopes": account.narrow.iter().map(|(scope, _)| scope).collect::<Vec<_>>(),
        "connected_at": rfc3339(metadata.connected_at),
        "refreshed_at": metadata.refreshed_at.map(rfc3339),
        "expires_at": metadata.expires_at.map(rfc3339),
        "expires_in": metadata.expires_at.map(|at| at.duration_since(now).as_secs()),
        "refreshable": metadata.refreshable,
        "refresh_token_expires_at": standing.refresh_token_expires_at.map(rfc3339),
        "refresh_token_expiry_is_assumed": standing.is_assumed,
        "refresh_token_may_have_expired": standing.may_have_expired(now),
        "in_doubt_since": metadata.refresh_in_flight.as_ref().map(|flight| rfc3339(flight.since)),
        "last_error": last_error,
    })
}
