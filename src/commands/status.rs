//! `xreq status`: the accounts, their scopes, and the time that is left. Needs no key.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Context;
use crate::cli::{Format, Status};
use crate::error::{Exit, Result};
use crate::launch::environment::rfc3339;
use crate::store::GrantMetadata;
use crate::verdict::in_words;

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
    let grants = match &args.provider {
        Some(provider) => store.grants_of(&provider.parse()?)?,
        None => store.grants()?,
    };
    let mut accounts = Vec::new();
    let mut attention = false;
    for listed in grants {
        match listed.metadata {
            Ok(metadata) => accounts.push(metadata),
            Err(error) => {
                attention = true;
                context.terminal.report(&error);
            }
        }
    }
    attention |= accounts.iter().any(|found| State::of(found, context.now) != State::Connected);
    match args.format {
        Format::Json => context.terminal.print_json(&json(&accounts, attention, context.now))?,
        Format::Text if accounts.is_empty() && !attention => {
            context.terminal.note("no account is connected");
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
        text.push_str(&format!(
            "{:width$}  {:9}  {}\n",
            name(account),
            state.name(),
            life(account, now)
        ));
        let assumed = if account.scopes_assumed { "  (as stated at import)" } else { "" };
        text.push_str(&format!("{:width$}  scopes: {}{assumed}\n", "", account.scopes));
    }
    text
}

fn life(account: &GrantMetadata, now: Timestamp) -> String {
    let Some(at) = account.expires_at else { return "expiry unknown".to_owned() };
    let left = at.duration_since(now);
    if left > SignedDuration::ZERO {
        format!("expires in {} ({})", in_words(left), rfc3339(at))
    } else {
        format!("expired {} ago ({})", in_words(left), rfc3339(at))
    }
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
