//! `xreq status`: the accounts, their scopes, and the time that is left. Needs no key.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Context;
use crate::cli::{Format, Status};
use crate::error::{Exit, Result};
use crate::store::GrantMetadata;
use crate::time::life;
use crate::time::rfc3339;

const SCHEMA_VERSION: u32 = 1;

/// A token that lives no longer than this will be dead before an agent has done much.
const SOON: SignedDuration = SignedDuration::from_mins(5);

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Connected,
    Expiring,
    Expired,
}

impl State {
    fn of(metadata: &GrantMetadata, now: Timestamp) -> Self {
        match metadata.expires_at.map(|at| at.duration_since(now)) {
            Some(left) if left <= SignedDuration::ZERO => Self::Expired,
            Some(left) if left < SOON => Self::Expiring,
            _ => Self::Connected,
        }
    }

    /// The escape sequence of its colour.
    fn paint(self) -> &'static str {
        match self {
            Self::Connected => "\x1b[32m",
            Self::Expiring => "\x1b[33m",
            Self::Expired => "\x1b[31m",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Expiring => "expiring",
            Self::Expired => "expired",
        }
    }
}

pub(super) fn run(args: &Status, context: &Context) -> Result<Exit> {
    let store = context.store()?;
    let names = match &args.provider {
        Some(provider) => store.grant_names_of(&provider.parse()?)?,
        None => store.grant_names()?,
    };
    let mut accounts = Vec::new();
    let mut damaged = Vec::new();
    for listed in store.list_grants(names) {
        match listed.metadata {
            Ok(metadata) => accounts.push(metadata),
            Err(error) => {
                context.terminal.report(&error);
                damaged.push(json!({
                    "provider": listed.name.provider,
                    "account": listed.name.account,
                    "code": error.code().name(),
                    "message": error.to_string(),
                }));
            }
        }
    }
    let attention = !damaged.is_empty()
        || accounts.iter().any(|found| State::of(found, context.now) != State::Connected);
    match args.format {
        Format::Json => {
            let mut answer = json(&accounts, attention, context.now);
            answer["damaged"] = damaged.into();
            context.terminal.print_json(&answer)?;
        }
        Format::Text if accounts.is_empty() && !attention => {
            let of =
                args.provider.as_deref().map_or_else(String::new, |name| format!(" of {name}"));
            context.terminal.note(&format!("there is no grant{of}: `xreq import` stores one"));
        }
        Format::Text => context.terminal.print(&text(&accounts, context.now))?,
    }
    Ok(if attention { Exit::Findings } else { Exit::Done })
}

fn text(accounts: &[GrantMetadata], now: Timestamp) -> String {
    let name = |account: &GrantMetadata| format!("{} ({})", account.provider, account.account);
    let width = accounts.iter().map(|account| name(account).len()).max().unwrap_or(0);
    let mut text = String::new();
    for account in accounts {
        let state = State::of(account, now);
        let until = account.expires_at.map_or_else(String::new, |at| format!(" ({})", rfc3339(at)));
        let life = life(account.expires_at, now);
        let (paint, state) = (state.paint(), state.name());
        text.push_str(&format!(
            "{:width$}  {paint}{state:9}\x1b[0m  {life}{until}\n",
            name(account)
        ));
        let assumed = if account.scopes_assumed { "  (as stated at import)" } else { "" };
        text.push_str(&format!("{:width$}  scopes: {}{assumed}\n", "", account.scopes));
    }
    text
}

fn json(accounts: &[GrantMetadata], attention: bool, now: Timestamp) -> Value {
    let accounts: Vec<_> = accounts
        .iter()
        .map(|account| {
            json!({
                "provider": account.provider,
                "account": account.account,
                "account_id": account.account_id,
                "handle": account.handle,
                "client_id": account.client_id,
                "state": State::of(account, now).name(),
                "scopes": account.scopes,
                "scopes_assumed": account.scopes_assumed,
                "connected_at": rfc3339(account.connected_at),
                "expires_at": account.expires_at.map(rfc3339),
                "expires_in": account.expires_at.map(|at| at.duration_since(now).as_secs()),
                "refreshable": account.refreshable,
            })
        })
        .collect();
    json!({ "schema_version": SCHEMA_VERSION, "attention": attention, "accounts": accounts })
}
